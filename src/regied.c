/* regied: the backend and the operator's commands. */
#include "src/cmd/cmd.h"

static const struct command commands[] = {
	{ "init", cmd_init, "make an event in a directory" },
	{ "seat", cmd_seat, "add, list, remove or renew the seats of the crew" },
	{ "room", cmd_room, "add, list or remove the rooms that carry the event" },
	{ "gateway", cmd_gateway, "add, list, remove or renew the gateways that bring SMS" },
	{ "import", cmd_import, "take in questions left in advance, CSV or JSONL" },
	{ "serve", cmd_serve, "serve the event over HTTP" },
	{ "backup", cmd_backup, "copy the event to a file, also while it is served" },
	{ "themes", cmd_themes, "group a file of messages by what they ask" },
	{ "report", cmd_report, "the evening in figures, for the day after" },
	{ "reading", cmd_reading, "SMS in standard spelling, a line a message" },
	{ "purge", cmd_purge, "erase the public's words, or all of them, for good" },
	{ NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
	return command_main("regied", "The backend of Régie, the control room of a live question-and-answer event.",
		commands, argc, argv);
}
