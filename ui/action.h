/* action.h: what keys can do: named actions in tables, and the keymap that binds keys to them.
 *
 * Actions do not know keys; keys name actions (`bind CONTEXT KEY ACTION [ARGUMENT]` in regie.conf; the shipped defaults are
 * that file, ui/regie.conf, read by the same reader). A context is a word such as "list", "queue", "transcript" or
 * "global"; the view that has the keys names its contexts, nearest first, and "global" comes last. An action whose name
 * begins with ":" puts the rest on the `:` line ("bind question K :drop "), or, ended by "!", runs it at once when it is
 * neither public nor needs more words. Help, foot line, `:` completion and the manual walk the same tables.
 *
 * Recipe: to add an action: a row in the table of its view (or of ui/act_global.c), its default key in ui/regie.conf, its
 * French words in ui/po/fr.po; test_keymap and test_manual say what was forgotten.
 */
#ifndef REGIE_UI_ACTION_H
#define REGIE_UI_ACTION_H

#include "src/base/error.h"
#include "ui/key.h"

struct ui;
struct view;

enum action_flags {
	ACT_REPEAT = 1,  /* motions and typing: a held key repeats it; all others are done once until the key is let go */
	ACT_PASTE = 2,   /* may come out of an unbracketed paste (motions only) */
	ACT_QUIET = 4,   /* left out of help (aliases of another row) */
	ACT_FIRST = 8,   /* in the foot line before all that are not */
};
struct action {
	const char *name;                /* "merge", as in regie.conf */
	const char *help;                /* N_(): one line */
	const char *foot;                /* N_(): one or two words for the foot line, or NULL: not there */
	unsigned flags;
	/* Does it. False: not now, not here; the action goes to the next context's binding of the key. `arg`: from the
	 * binding, or "". */
	bool (*run)(struct view *v, struct ui *ui, const char *arg);
	/* NULL, or whether it can be done now: the foot line shows only what can. */
	bool (*can)(const struct view *v, const struct ui *ui);
};
/* The actions of one context. All sets are listed in action_sets[] (ui/actions.c), ended by NULL. */
struct action_set {
	const char *context;
	const char *title;               /* N_(): heading in help */
	const struct action *actions;    /* ended by a NULL name */
};
extern const struct action_set *const action_sets[];
/* What an action does with an argument, for help and manual. */
struct action_arg {
	const char *context, *action, *arg;
	const char *help;                /* N_(): one line, in the place of the action's */
};
extern const struct action_arg action_args[]; /* ended by a NULL context */
const char *action_help(const char *context, const struct action *a, const char *arg); /* untranslated; of the action when there is none */
/* In the context, else in "global"; NULL: none. */
const struct action *action_find(const char *context, const char *name);

/* ---- keymap ---------------------------------------------------------------------------------------------------- */

struct keymap;
struct keymap *keymap_new(void);     /* empty */
void keymap_free(struct keymap *m);
/* Makes a context known that has no set of actions of its own (global actions and `:` lines can be bound in it). */
void keymap_context(struct keymap *m, const char *context);
/* Binds; a later binding of the same keys in the same context replaces. `keys` "g m" or "a"; `action` "none" unbinds.
 * A key that both acts and begins a chord in one context is a mistake of the earlier binding, which goes. ERR_FORMAT: no
 * such context, key or action; ERR_NOT_FOUND: no such action, in a context whose actions are not all known. */
bool keymap_bind(struct keymap *m, const char *context, const char *keys, const char *action, struct error *e);
struct binding {
	const char *context;
	struct key keys[CHORD_MAX];
	int n;
	const struct action *action;     /* NULL for a `:` line */
	const char *arg;                 /* "" none; for a `:` line all of it without the ":" */
};
enum key_match { MATCH_NONE, MATCH_PART /* a chord has begun */, MATCH_WHOLE };
/* Looks the keys struck so far up in the contexts in order (NULL-ended; "global" is added). On MATCH_WHOLE `out` holds the
 * bindings that fit, nearest context first, at most `max`; *n how many. */
enum key_match keymap_find(const struct keymap *m, const char *const *contexts, const struct key *keys, int n_keys,
	const struct binding **out, int max, int *n);
/* Walks the bindings of one context in the order of its action table. */
void keymap_each(const struct keymap *m, const char *context, bool (*visit)(void *arg, const struct binding *b), void *arg);
/* The first key of an action in a context as text ("a", "g m"), "" when unbound. Appended. */
void keymap_key_of(const struct keymap *m, const char *context, const char *action, struct buf *out);

#endif
