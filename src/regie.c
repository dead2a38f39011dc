/* regie: the console of one seat. */
#include "src/cmd/cmd.h"

static const struct command commands[] = {
	{ "do", cmd_do, "do operations without a screen" },
	{ "show", cmd_show, "show what the panes show, as text or JSON" },
	{ "demo", cmd_demo, "play a whole evening by itself" },
	{ NULL, NULL, NULL },
};

int main(int argc, char **argv)
{
	return command_main("regie", "The console of Régie, the control room of a live question-and-answer event.",
		commands, argc, argv);
}
