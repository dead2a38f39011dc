/* regie: the console of one seat. */
#include "src/cmd/cmd.h"

static const struct command commands[] = {
	{ "console", cmd_console, "the screen of one seat; also without any command", true },
	{ "do", cmd_do, "do operations without a screen", false },
	{ "show", cmd_show, "show what the panes show, as text or JSON", false },
	{ "demo", cmd_demo, "play a whole evening by itself", false },
	{ "keys", cmd_keys, "print what the keys of the screen do", false },
	{ NULL, NULL, NULL, false },
};

int main(int argc, char **argv)
{
	return command_main("regie", "The console of Régie, the control room of a live question-and-answer event.",
		commands, argc, argv);
}
