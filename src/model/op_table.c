/* op_table.c: the whole grammar of the control room, a row an operation. */
#include <string.h>

#include "src/base/mem.h"
#include "src/model/rules.h"

static const char *const holds[] = {"legal", "opinion", "fact", NULL};
static const char *const results[] = {"answered", "partly", "declined", "cut", "written", NULL};
static const char *const on_off[] = {"on", "off", NULL};
static const char *const intake_channels[] = {"web", "sms", "all", NULL};
static const char *const interruptions[] = {"technical", "editorial", NULL};

#define QUESTION {"question", A_QUESTION, 0, NULL, "the question: its id, q7, next or air"}
#define QUESTION_OR_NONE {"question", A_QUESTION, ARG_OPTIONAL, NULL, "the question: its id, q7, next or air"}
#define TARGETS {"target", A_TARGET, ARG_MANY, NULL, "messages (m12), themes (t12) or questions (q7)"}
#define TEXT(what) {"text", A_TEXT, 0, NULL, what}
#define NEW_ID {"id", A_ID, ARG_OPTIONAL | ARG_NAMED, NULL, "the new record's UUIDv7; made when absent"}
#define REASON {"reason", A_TEXT, ARG_OPTIONAL, NULL, "why, in a word or two"}
#define SEGMENT {"segment", A_SEGMENT, 0, NULL, "the segment: its id, or last"}
#define SPEAKER {"speaker", A_WORD, ARG_OPTIONAL | ARG_NAMED, NULL, "who speaks; absent: as set by speaker"}

const struct op ops[] = {
	/* ---- messages ---- */
	{.name = "dismiss", .roles = MODERATORS, .flags = OP_UNDO, .subject = KIND_COUNT, .subject_arg = 0, .apply = do_dismiss,
		.args = {TARGETS, REASON}, .help = "set messages or themes aside, with a reason"},
	{.name = "restore", .roles = MODERATORS | HOST, .flags = OP_UNDO, .subject = KIND_COUNT, .subject_arg = 0, .apply = do_restore,
		.args = {TARGETS}, .help = "bring back what was dismissed, dropped or returned"},
	{.name = "refile", .roles = MODERATORS, .flags = OP_UNDO, .subject = KIND_COUNT, .subject_arg = 0, .apply = do_refile,
		.args = {{"message", A_PART, ARG_MANY, NULL, "the messages (m12), or whole clusters (c12)"},
			{"theme", A_THEME, 0, NULL, "where they belong"}},
		.help = "move messages or clusters to another theme"},
	{.name = "mute", .roles = MODERATORS, .flags = OP_UNDO, .subject = K_PARTICIPANT, .subject_arg = 0, .apply = do_mute,
		.args = {{"person", A_PERSON, 0, NULL, "a participant (p12), or the sender of a message (m12)"}},
		.help = "set a participant's later messages aside"},
	{.name = "unmute", .roles = MODERATORS, .flags = OP_UNDO, .subject = K_PARTICIPANT, .subject_arg = 0, .apply = do_unmute,
		.args = {{"person", A_PERSON, 0, NULL, "a participant (p12), or the sender of a message (m12)"}},
		.help = "hear a participant again"},
	{.name = "hold", .roles = WORKING, .flags = OP_UNDO, .subject = KIND_COUNT, .subject_arg = 0, .apply = do_hold,
		.args = {TARGETS, {"why", A_CHOICE, 0, holds, "legal, opinion or fact"},
			{"whom", A_WORD, ARG_OPTIONAL, NULL, "whom it waits for: a seat, a role"},
			{"note", A_TEXT, ARG_OPTIONAL | ARG_NAMED, NULL, "a word to them"}},
		.help = "hold for legal advice, a second opinion or a fact check: it cannot be aired"},
	{.name = "clear", .roles = ADVISER | PRODUCER, .flags = OP_UNDO, .subject = KIND_COUNT, .subject_arg = 0, .apply = do_clear,
		.args = {TARGETS}, .help = "lift a hold, a block or an alert"},
	{.name = "block", .roles = ADVISER | PRODUCER, .flags = OP_UNDO, .subject = KIND_COUNT, .subject_arg = 0, .apply = do_block,
		.args = {TARGETS, REASON}, .help = "refuse for good: it cannot be aired"},
	{.name = "alert", .roles = WORKING, .flags = OP_UNDO, .subject = K_MESSAGE, .subject_arg = 0, .apply = do_alert,
		.args = {{"message", A_MESSAGE, 0, NULL, "the message"}, {"note", A_TEXT, ARG_OPTIONAL, NULL, "what is feared"}},
		.help = "someone may be in danger: tell producer and adviser at once"},
	/* ---- themes ---- */
	{.name = "merge", .roles = MODERATORS, .flags = OP_UNDO, .subject = K_THEME, .subject_arg = 0, .apply = do_merge,
		.args = {{"theme", A_THEME, 0, NULL, "the theme that stays"}, {"others", A_THEME, ARG_MANY, NULL, "the themes that join it"}},
		.help = "join themes that ask the same thing"},
	{.name = "unmerge", .roles = MODERATORS, .flags = OP_UNDO, .subject = K_THEME, .subject_arg = 0, .apply = do_unmerge,
		.args = {{"theme", A_THEME, 0, NULL, "the theme that was joined to another"}}, .help = "let a merged theme stand by itself again"},
	{.name = "split", .roles = MODERATORS, .flags = OP_UNDO, .subject = K_THEME, .subject_arg = 0, .apply = do_split,
		.args = {{"theme", A_THEME, 0, NULL, "the theme"}, {"messages", A_PART, ARG_MANY, NULL, "the messages (m12) or clusters (c12) that leave it"},
			{"title", A_TEXT, ARG_OPTIONAL, NULL, "the new theme's title"}},
		.help = "take messages out of a theme into a new one"},
	{.name = "label", .roles = MODERATORS, .flags = OP_UNDO | OP_EDIT, .subject = K_THEME, .subject_arg = 0, .apply = do_label,
		.args = {{"theme", A_THEME, 0, NULL, "the theme"}, {"text", A_TEXT, ARG_OPTIONAL, NULL, "its name; absent: as found"}},
		.help = "name a theme"},
	{.name = "pin", .roles = MODERATORS, .flags = OP_UNDO, .subject = K_THEME, .subject_arg = 0, .apply = do_pin,
		.args = {{"theme", A_THEME, 0, NULL, "the theme"}, {"state", A_CHOICE, ARG_OPTIONAL, on_off, "on (default) or off"}},
		.help = "keep a theme at the top of the queue"},
	{.name = "prepare", .roles = MODERATORS, .flags = OP_UNDO, .subject = KIND_COUNT, .subject_arg = -1, .apply = do_prepare,
		.args = {{"name", A_WORD, 0, NULL, "a short key"}, {"words", A_WORD, ARG_OPTIONAL | ARG_NAMED, NULL, "key words, comma-separated"},
			{"examples", A_WORD, ARG_OPTIONAL | ARG_NAMED, NULL, "questions that belong to it, with | between"},
			{"title", A_TEXT, ARG_OPTIONAL, NULL, "its title; may be absent when it was prepared before"}},
		.help = "make a theme in advance, or change one that was prepared"},
	/* ---- questions ---- */
	{.name = "accept", .roles = MODERATORS | HOST, .flags = OP_UNDO | OP_EDIT, .subject = KIND_COUNT, .subject_arg = 0, .apply = do_accept,
		.args = {{"source", A_TARGET, ARG_MANY, NULL, "a theme (t12) or messages (m12)"}, {"credit", A_WORD, ARG_OPTIONAL | ARG_NAMED, NULL, "who asks, as shown"},
			NEW_ID, {"text", A_TEXT, ARG_OPTIONAL, NULL, "the wording; absent: as it came"}},
		.help = "make a question of a theme or of messages"},
	{.name = "compose", .roles = DESK, .flags = OP_UNDO, .subject = KIND_COUNT, .subject_arg = -1, .apply = do_compose,
		.args = {NEW_ID, TEXT("the wording")}, .help = "write a question of the room's own"},
	{.name = "edit", .roles = MODERATORS | HOST, .flags = OP_UNDO | OP_EDIT, .subject = K_QUESTION, .subject_arg = 0, .apply = do_edit,
		.args = {QUESTION, TEXT("the new wording")}, .help = "change the wording of a question not yet aired"},
	{.name = "credit", .roles = DESK, .flags = OP_UNDO | OP_EDIT, .subject = K_QUESTION, .subject_arg = 0, .apply = do_credit,
		.args = {QUESTION, TEXT("who asks, as shown")}, .help = "change the credit of a question not yet aired"},
	{.name = "suggest", .roles = WORKING, .flags = OP_UNDO | OP_EDIT, .subject = KIND_COUNT, .subject_arg = 0, .apply = do_suggest,
		.args = {{"target", A_TARGET, 0, NULL, "a question or a segment"}, TEXT("the words proposed")},
		.help = "propose a wording, or a correction, to who decides"},
	{.name = "combine", .roles = MODERATORS | HOST, .flags = OP_UNDO, .subject = K_QUESTION, .subject_arg = 0, .apply = do_combine,
		.args = {QUESTION, {"others", A_QUESTION, ARG_MANY, NULL, "the questions that join it"},
			{"text", A_TEXT, ARG_OPTIONAL, NULL, "the wording of both"}},
		.help = "make one question of several"},
	{.name = "return", .roles = DESK, .flags = OP_UNDO, .subject = K_QUESTION, .subject_arg = 0, .apply = do_return,
		.args = {QUESTION, REASON}, .help = "send a question back to the moderators"},
	{.name = "move", .roles = DESK, .flags = OP_UNDO, .subject = K_QUESTION, .subject_arg = 0, .apply = do_move,
		.args = {QUESTION, {"to", A_WORD, 0, NULL, "place in the reserve (1 = first), first, last, up or down"}},
		.help = "order the reserve"},
	{.name = "next", .roles = DESK, .flags = OP_UNDO, .subject = K_QUESTION, .subject_arg = 0, .apply = do_next,
		.args = {{"question", A_QUESTION, ARG_OPTIONAL, NULL, "the question; absent: the first of the reserve"}},
		.help = "make it the next one; its wording is the host's from now on"},
	{.name = "drop", .roles = DESK, .flags = OP_UNDO, .subject = K_QUESTION, .subject_arg = 0, .apply = do_drop,
		.args = {QUESTION, REASON}, .help = "take a question out of the rundown, with a reason"},
	/* ---- air ---- */
	{.name = "air", .roles = DESK, .flags = OP_PUBLIC | OP_EXPIRES, .subject = K_QUESTION, .subject_arg = 0, .apply = do_air, .back = "strike",
		.args = {{"question", A_QUESTION, ARG_OPTIONAL, NULL, "the question; absent: the next one"}},
		.help = "put a question on the air; the one before is closed as answered"},
	{.name = "ask", .roles = DESK | SCRIBE, .flags = OP_PUBLIC | OP_EXPIRES, .subject = KIND_COUNT, .subject_arg = -1, .apply = do_ask, .back = "strike",
		.args = {NEW_ID, {"credit", A_WORD, ARG_OPTIONAL | ARG_NAMED, NULL, "who asks, as shown"}, TEXT("the question as it was asked")},
		.help = "put an improvised question on the air at once"},
	{.name = "reword", .roles = DESK, .flags = OP_PUBLIC | OP_EDIT, .subject = K_QUESTION, .subject_arg = 0, .apply = do_reword, .back = "reword",
		.args = {QUESTION, TEXT("the new wording")}, .help = "change the wording of a question that was aired"},
	{.name = "close", .roles = DESK, .flags = OP_PUBLIC, .subject = K_QUESTION, .subject_arg = 0, .apply = do_close, .back = "air",
		.args = {QUESTION_OR_NONE, {"outcome", A_CHOICE, ARG_OPTIONAL, results, "answered (default), partly, declined, cut or written"}},
		.help = "take the question off the air, with its outcome"},
	{.name = "strike", .roles = DESK | ADVISER, .flags = OP_PUBLIC | OP_TAKES, .subject = K_QUESTION, .subject_arg = 0, .apply = do_strike,
		.args = {QUESTION}, .help = "take an aired question back: its words are erased everywhere"},
	/* ---- answer ---- */
	{.name = "publish", .roles = WRITERS, .flags = OP_PUBLIC, .subject = KIND_COUNT, .subject_arg = -1, .apply = do_publish, .back = "retract",
		.args = {{"question", A_QUESTION, ARG_OPTIONAL, NULL, "whose answer it is; absent: the one on the air, else the one closed last"},
			{"answer", A_ANSWER, ARG_OPTIONAL | ARG_NAMED, NULL, "the answer to go on with"}, SPEAKER, NEW_ID, TEXT("what was said")},
		.help = "publish a segment of the answer"},
	{.name = "speaker", .roles = WRITERS, .flags = OP_UNDO, .subject = KIND_COUNT, .subject_arg = -1, .apply = do_speaker,
		.args = {{"name", A_TEXT, ARG_OPTIONAL, NULL, "who speaks from now on; absent: nobody named"}},
		.help = "say who speaks in the segments that follow"},
	{.name = "attach", .roles = WRITERS, .flags = OP_PUBLIC, .subject = K_ANSWER, .subject_arg = 0, .apply = do_attach, .back = "reassign",
		.args = {{"answer", A_ANSWER, 0, NULL, "the answer, or the question it was begun for"}, QUESTION},
		.help = "link an answer to another question too"},
	{.name = "reassign", .roles = WRITERS, .flags = OP_PUBLIC, .subject = KIND_COUNT, .subject_arg = 0, .apply = do_reassign, .back = "reassign",
		.args = {{"segment", A_SEGMENT, ARG_MANY, NULL, "the segments"}, QUESTION, NEW_ID},
		.help = "move segments to the answer of another question"},
	{.name = "correct", .roles = WRITERS, .flags = OP_PUBLIC | OP_EDIT, .subject = K_SEGMENT, .subject_arg = 0, .apply = do_correct, .back = "correct",
		.args = {SEGMENT, SPEAKER, TEXT("what it should read")}, .help = "correct a published segment; viewers see it in place"},
	{.name = "retract", .roles = WRITERS | ADVISER, .flags = OP_PUBLIC | OP_TAKES, .subject = K_SEGMENT, .subject_arg = 0, .apply = do_retract,
		.args = {SEGMENT}, .help = "take a segment back: its words are erased everywhere"},
	{.name = "outcome", .roles = WRITERS | HOST, .flags = OP_PUBLIC, .subject = K_QUESTION, .subject_arg = 0, .apply = do_outcome, .back = "outcome",
		.args = {{"question", A_QUESTION, ARG_OPTIONAL, NULL, "the question; absent: the one on the air, else the one closed last"},
			{"outcome", A_CHOICE, 0, results, "answered, partly, declined, cut or written"}},
		.help = "change how a closed question ended"},
	{.name = "release", .roles = DESK | ADVISER, .flags = OP_PUBLIC, .subject = KIND_COUNT, .subject_arg = 0, .apply = do_release, .back = "retract",
		.args = {{"segments", A_SEGMENT, ARG_MANY | ARG_OPTIONAL, NULL, "the segments; absent: all that wait"}},
		.help = "let segments go out that an editorial interruption held for review"},
	/* ---- event ---- */
	{.name = "collect", .roles = DESK, .flags = OP_PUBLIC, .subject = K_EVENT, .subject_arg = -1, .apply = do_collect, .back = "intake",
		.help = "begin to take questions, by web and SMS"},
	{.name = "open", .roles = DESK, .flags = OP_PUBLIC | OP_EXPIRES, .subject = K_EVENT, .subject_arg = -1, .apply = do_open, .back = "end",
		.help = "open the event: questions can be aired"},
	{.name = "notice", .roles = DESK | SCRIBE, .flags = OP_PUBLIC, .subject = KIND_COUNT, .subject_arg = -1, .apply = do_notice, .back = "notice",
		.args = {NEW_ID, TEXT("the notice")}, .help = "a neutral word of the room to all viewers"},
	{.name = "interrupt", .roles = DESK | SCRIBE, .flags = OP_PUBLIC | OP_EXPIRES, .subject = K_EVENT, .subject_arg = -1, .apply = do_interrupt, .back = "resume",
		.args = {{"kind", A_CHOICE, ARG_OPTIONAL, interruptions, "technical (default): what is published flows on resume; editorial: it is reviewed first"}},
		.help = "put up the interruption card in every room"},
	{.name = "resume", .roles = DESK, .flags = OP_PUBLIC | OP_EXPIRES, .subject = K_EVENT, .subject_arg = -1, .apply = do_resume, .back = "interrupt",
		.help = "take the interruption card down"},
	{.name = "end", .roles = DESK, .flags = OP_PUBLIC, .subject = K_EVENT, .subject_arg = -1, .apply = do_end, .back = "reopen",
		.help = "end the event, once the scribe has nothing left to publish"},
	{.name = "reopen", .roles = DESK, .flags = OP_PUBLIC, .subject = K_EVENT, .subject_arg = -1, .apply = do_reopen, .back = "end",
		.help = "go on with an event that was ended"},
	{.name = "seal", .roles = DESK, .flags = OP_PUBLIC, .subject = K_EVENT, .subject_arg = -1, .apply = do_seal,
		.help = "close an ended event for good"},
	{.name = "intake", .roles = DESK, .flags = OP_UNDO, .subject = K_EVENT, .subject_arg = -1, .apply = do_intake,
		.args = {{"channel", A_CHOICE, 0, intake_channels, "web, sms or all"}, {"state", A_CHOICE, 0, on_off, "on or off"}},
		.help = "take messages by a channel, or not"},
	{.name = "plan", .roles = DESK, .flags = OP_UNDO, .subject = K_EVENT, .subject_arg = -1, .apply = do_plan,
		.args = {{"end", A_TIME, ARG_OPTIONAL, NULL, "planned end: HH:MM or RFC 3339"}, {"questions", A_NUMBER, ARG_OPTIONAL, NULL, "number of questions planned"}},
		.help = "set the planned end and the number of questions"},
	/* ---- everywhere ---- */
	{.name = "say", .roles = WORKING, .flags = OP_SEND, .subject = KIND_COUNT, .subject_arg = -1, .apply = do_say,
		.args = {{"to", A_SEAT, 0, NULL, "a seat, a role, or all"}, NEW_ID, TEXT("the word")}, .help = "a word to another seat"},
	{.name = "ack", .roles = WORKING, .flags = OP_SEND, .subject = KIND_COUNT, .subject_arg = -1, .apply = do_ack,
		.args = {{"word", A_WORD, ARG_OPTIONAL, NULL, "the word's id; absent: the newest to this seat"}}, .help = "say that a word was read"},
	{.name = "away", .roles = WORKING, .flags = OP_SEND, .subject = KIND_COUNT, .subject_arg = -1, .apply = do_away, .help = "leave the seat for a while"},
	{.name = "back", .roles = WORKING, .flags = OP_SEND, .subject = KIND_COUNT, .subject_arg = -1, .apply = do_back, .help = "be back at the seat"},
	{.name = "baton", .roles = WORKING, .flags = OP_UNDO, .subject = K_EVENT, .subject_arg = -1, .apply = do_baton,
		.args = {{"seat", A_SEAT, ARG_OPTIONAL, NULL, "who alone may air from now on; absent: host and producer alike"}}, .help = "pass the right to air"},
	{.name = "undo", .roles = WORKING, .flags = OP_UNDO, .subject = KIND_COUNT, .subject_arg = -1, .apply = do_undo,
		.args = {{"act", A_ACT, ARG_OPTIONAL, NULL, "the act, by its number in the log; absent: this seat's last"}}, .help = "undo an act of this seat"},
	{.name = "redo", .roles = WORKING, .flags = OP_UNDO, .subject = KIND_COUNT, .subject_arg = -1, .apply = do_redo,
		.args = {{"act", A_ACT, ARG_OPTIONAL, NULL, "the undo, by its number in the log; absent: this seat's last"}}, .help = "undo an undo of this seat"},
};
const size_t ops_n = COUNT_OF(ops);

const char *const cast_names[] = {"question", "reword", "answer", "segment", "correction", "retraction", "notice", "state", NULL};

const struct op *op_by_name(const char *name)
{
	for (size_t i = 0; i < ops_n; i++)
		if (!strcmp(ops[i].name, name))
			return &ops[i];
	return NULL;
}

size_t op_arg_count(const struct op *op)
{
	size_t n = 0;
	while (n < OP_ARGS_MAX && op->args[n].name)
		n++;
	return n;
}
