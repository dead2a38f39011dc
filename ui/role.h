/* role.h: what a piece of screen is for. Views name roles, never colours (DESIGN.md §11).
 *
 * Each role has a look in colour and one without: attributes alone must tell what matters (no meaning by colour alone).
 * `color ROLE …` in regie.conf changes it; the letter is what grid_dump prints.
 */
#ifndef REGIE_UI_ROLE_H
#define REGIE_UI_ROLE_H

/*      name        letter  colour: fg bg attributes              mono          what it is for */
#define UI_ROLES(X) \
	X(TEXT,     "text",     '.', -1, -1, 0,            0,            "plain text") \
	X(DIM,      "dim",      'd', -1, -1, LOOK_DIM,     LOOK_DIM,     "what is there but not looked at: hours, hints") \
	X(STRONG,   "strong",   'B', -1, -1, LOOK_BOLD,    LOOK_BOLD,    "the one thing this seat looks at") \
	X(RULE,     "rule",     '-', -1, -1, LOOK_DIM,     0,            "rules between panes") \
	X(TITLE,    "title",    't', -1, -1, LOOK_BOLD,    LOOK_BOLD,    "titles on the rules") \
	X(FOCUS,    "focus",    'f',  6, -1, LOOK_BOLD,    LOOK_BOLD,    "title of the pane that has the keys") \
	X(SELECT,   "select",   'S', -1, -1, LOOK_REVERSE, LOOK_REVERSE, "the selected row in the pane that has the keys") \
	X(SELECT_OFF, "selectoff", 's', -1, -1, LOOK_UNDERLINE, LOOK_UNDERLINE, "the selected row in another pane") \
	X(MARK,     "mark",     'm',  3, -1, LOOK_BOLD,    LOOK_BOLD,    "marked rows' sign") \
	X(CLAIM,    "claim",    'c',  5, -1, 0,            0,            "who is on it") \
	X(AIR,      "air",      'a',  1, -1, LOOK_BOLD,    LOOK_BOLD,    "what is on the air") \
	X(NEXT,     "next",     'n',  2, -1, LOOK_BOLD,    LOOK_BOLD,    "what is next") \
	X(GOOD,     "good",     'g',  2, -1, 0,            0,            "in order") \
	X(WARN,     "warn",     'w',  3, -1, LOOK_BOLD,    LOOK_BOLD,    "not as it should be") \
	X(BAND,     "band",     '#', -1, -1, LOOK_REVERSE | LOOK_BOLD, LOOK_REVERSE | LOOK_BOLD, "the full-width band of what is abnormal") \
	X(STATUS,   "status",   'h', -1, -1, 0,            0,            "the head line") \
	X(FOOT,     "foot",     'k', -1, -1, LOOK_DIM,     0,            "what keys do") \
	X(KEY,      "key",      'K',  6, -1, 0,            LOOK_BOLD,    "a key's name in the foot line and help") \
	X(SAY,      "say",      'v', -1, -1, 0,            0,            "verdicts and messages") \
	X(FOUND,    "found",    '/',  3, -1, LOOK_UNDERLINE, LOOK_UNDERLINE, "what a search matched") \
	X(ADDED,    "added",    '+',  2, -1, LOOK_UNDERLINE, LOOK_UNDERLINE, "difference: words added") \
	X(GONE,     "gone",     '~',  1, -1, LOOK_DIM,     LOOK_DIM,     "difference: words taken away") \
	X(TYPED,    "typed",    'y', -1, -1, 0,            0,            "scribe: being typed") \
	X(HELD,     "held",     'l',  3, -1, 0,            LOOK_DIM,     "scribe: closed, held back, may be taken back") \
	X(LEAVING,  "leaving",  'e',  6, -1, 0,            LOOK_DIM,     "scribe: on its way") \
	X(SENT,     "sent",     'p', -1, -1, 0,            0,            "scribe: sent") \
	X(MISSPELT, "misspelt", 'q',  1, -1, LOOK_UNDERLINE, LOOK_UNDERLINE, "spelling") \
	X(GRAPH,    "graph",    'r',  4, -1, 0,            0,            "sparklines and bars")

enum { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_REVERSE = 4, LOOK_UNDERLINE = 8 };
#define UI_ROLE_ENUM(NAME, name, letter, fg, bg, look, mono, help) UI_##NAME,
enum ui_role { UI_ROLES(UI_ROLE_ENUM) UI_ROLE_COUNT };

struct look {
	int fg, bg;      /* 0–255, -1: the terminal's own */
	unsigned look;   /* LOOK_… */
};
struct role_row {
	const char *name;
	char letter;
	struct look colour, mono;
	const char *help;
};
extern const struct role_row ui_roles[UI_ROLE_COUNT];

#endif
