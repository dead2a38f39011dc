/* regied: the backend and the operator's commands. */
#include "src/cmd/cmd.h"

static const struct command commands[] = {
	{ "init", cmd_init, "make an event in a directory", false },
	{ "seat", cmd_seat, "add, list, remove or renew the seats of the crew", false },
	{ "room", cmd_room, "add, list or remove the rooms that carry the event", false },
	{ "gateway", cmd_gateway, "add, list, remove or renew the gateways that bring SMS", false },
	{ "import", cmd_import, "take in questions left in advance, CSV or JSONL", false },
	{ "prepare", cmd_prepare, "prepare the themes that the room expects", false },
	{ "lexicon", cmd_lexicon, "take the operator's own words, beside those that come with Régie", false },
	{ "serve", cmd_serve, "serve the event over HTTP", false },
	{ "backup", cmd_backup, "copy the event to a file, also while it is served", false },
	{ "restore", cmd_restore, "put the event back from a backup, as a new epoch", false },
	{ "themes", cmd_themes, "group a file of messages by what they ask", false },
	{ "report", cmd_report, "the evening in figures, for the day after", false },
	{ "reading", cmd_reading, "SMS in standard spelling, a line a message", false },
	{ "purge", cmd_purge, "erase the public's words, or all of them, for good", false },
	{ NULL, NULL, NULL, false },
};

int main(int argc, char **argv)
{
	return command_main("regied", "The backend of Régie, the control room of a live question-and-answer event.",
		commands, argc, argv);
}
