/* actions.c: every set of actions there is. A view that has one adds its line here. */
#include "ui/action.h"

extern const struct action_set actions_global, actions_pager, actions_question, actions_wording, actions_transcript,
	actions_prompter, actions_list, actions_queue, actions_messages;

const struct action_set *const action_sets[] = {
	&actions_queue,
	&actions_messages,
	&actions_question,
	&actions_wording,
	&actions_transcript,
	&actions_prompter,
	&actions_list,
	&actions_pager,
	&actions_global,
	NULL,
};
