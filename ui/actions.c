/* actions.c: every set of actions there is. A view that has one adds its line here. */
#include "ui/action.h"

#include <string.h>

#include "ui/intl.h"

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

const struct action_arg action_args[] = {
	{ "global", "pane", "web", N_("go to the web queue") },
	{ "global", "pane", "sms", N_("go to the SMS queue") },
	{ "global", "pane", "question", N_("go to the questions") },
	{ "global", "pane", "transcript", N_("go to the transcript") },
	{ "messages", "mute", "off", N_("hear its author again") },
	{ "question", "air", "this", N_("arm the selected question for the air, not the next one") },
	{ "question", "move", "up", N_("move it up in the reserve") },
	{ "question", "move", "down", N_("move it down in the reserve") },
	{ "question", "move", "first", N_("move it to the head of the reserve") },
	{ "question", "move", "last", N_("move it to the end of the reserve") },
	{ "question", "outcome", "answered", N_("while closing is armed: it was answered") },
	{ "question", "outcome", "partly", N_("while closing is armed: it was answered in part") },
	{ "question", "outcome", "declined", N_("while closing is armed: the guest declined") },
	{ "question", "outcome", "cut", N_("while closing is armed: it was cut short") },
	{ "question", "outcome", "written", N_("while closing is armed: an answer in writing is promised") },
	{ "question", "fold", "gone", N_("show or fold questions that were dropped or returned") },
	{ "transcript", "page-up", "reading", N_("back in the transcript, for who does not write it") },
	{ "transcript", "page-down", "reading", N_("on in the transcript, for who does not write it") },
	{ "prompter", "scroll", "up", N_("scroll a long question up") },
	{ "prompter", "scroll", "down", N_("scroll a long question down") },
	{ .context = NULL },
};

const char *action_help(const char *context, const struct action *a, const char *arg)
{
	for (const struct action_arg *x = action_args; *arg && x->context; x++)
		if (!strcmp(x->context, context) && !strcmp(x->action, a->name) && !strcmp(x->arg, arg))
			return x->help;
	return a->help;
}
