/* keymap.c: bindings in one short array; a key is looked up by walking it, which a person's fingers cannot outrun. */
#include "ui/action.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/base/text.h"
#include "ui/intl.h"

struct keymap {
	struct binding **bound; /* in the order in which they were made */
	size_t n, cap;
	char **contexts;        /* without a set of their own */
	size_t n_contexts, cap_contexts;
};

/* ---- actions ---- */

static const struct action_set *set_of(const char *context)
{
	for (size_t i = 0; action_sets[i]; i++)
		if (strcmp(action_sets[i]->context, context) == 0)
			return action_sets[i];
	return NULL;
}

static const struct action *in_set(const struct action_set *set, const char *name)
{
	for (const struct action *a = set ? set->actions : NULL; a && a->name; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

const struct action *action_find(const char *context, const char *name)
{
	const struct action *a = in_set(set_of(context), name);

	return a ? a : in_set(set_of("global"), name);
}

/* How many letters differ (Levenshtein), for sentences; words are short. */
static size_t distance(const char *a, const char *b)
{
	size_t row[65];
	const size_t n = strnlen(b, 64);

	for (size_t k = 0; k <= n; k++)
		row[k] = k;
	for (size_t i = 1; a[i - 1] && i <= 64; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t k = 1; k <= n; k++) {
			const size_t put = row[k - 1] + 1, drop = row[k] + 1;
			const size_t keep = diagonal + (a[i - 1] != b[k - 1]);

			diagonal = row[k];
			row[k] = put < drop ? put : drop;
			if (keep < row[k])
				row[k] = keep;
		}
	}
	return row[n];
}

struct guess {
	const char *word;
	size_t off;
};

static void guess(struct guess *g, const char *meant, const char *word)
{
	const size_t off = distance(meant, word);

	if (!g->word || off < g->off)
		*g = (struct guess){ .word = word, .off = off };
}

static void guess_action(struct guess *g, const char *meant, const struct action_set *set)
{
	for (const struct action *a = set ? set->actions : NULL; a && a->name; a++)
		guess(g, meant, a->name);
}

/* ---- the map ---- */

struct keymap *keymap_new(void)
{
	return xcalloc(1, sizeof(struct keymap));
}

static void binding_free(struct binding *b)
{
	free((char *)(uintptr_t)b->context);
	free((char *)(uintptr_t)b->arg);
	free(b);
}

void keymap_free(struct keymap *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		binding_free(m->bound[i]);
	for (size_t i = 0; i < m->n_contexts; i++)
		free(m->contexts[i]);
	free(m->bound);
	free(m->contexts);
	free(m);
}

static bool known(const struct keymap *m, const char *context)
{
	if (set_of(context))
		return true;
	for (size_t i = 0; i < m->n_contexts; i++)
		if (strcmp(m->contexts[i], context) == 0)
			return true;
	return false;
}

void keymap_context(struct keymap *m, const char *context)
{
	if (known(m, context))
		return;
	grow(&m->contexts, &m->cap_contexts, m->n_contexts + 1, sizeof *m->contexts);
	m->contexts[m->n_contexts++] = xstrdup(context);
}

static bool unknown_context(const struct keymap *m, const char *context, struct error *e)
{
	struct guess g = { .word = NULL };

	for (size_t i = 0; action_sets[i]; i++)
		guess(&g, context, action_sets[i]->context);
	for (size_t i = 0; i < m->n_contexts; i++)
		guess(&g, context, m->contexts[i]);
	if (!g.word)
		return error_set(e, ERR_FORMAT, _("no keys are known for \"%.60s\""), context);
	return error_set(e, ERR_FORMAT, _("no keys are known for \"%.60s\"; the nearest is \"%s\""), context, g.word);
}

static bool unknown_action(const char *context, const char *name, struct error *e)
{
	const struct action_set *own = set_of(context), *global = set_of("global");
	struct guess g = { .word = NULL };

	guess_action(&g, name, own);
	guess_action(&g, name, global);
	if (!own || !global) /* the words of this context are not all known */
		return error_set(e, ERR_NOT_FOUND, _("there is no action \"%.60s\" in \"%.60s\""), name, context);
	return error_set(e, ERR_FORMAT, _("there is no action \"%.60s\" in \"%.60s\"; the nearest is \"%s\""), name, context,
		g.word ? g.word : "none");
}

/* "g m" → keys; false: one of them has no such name. */
static bool parse_keys(const char *s, struct key keys[CHORD_MAX], int *n, struct error *e)
{
	*n = 0;
	for (;;) {
		char one[40];

		s += strspn(s, " ");
		if (!*s)
			break;
		const size_t len = strcspn(s, " ");
		if (*n == CHORD_MAX)
			return error_set(e, ERR_FORMAT, _("a chord has at most %d keys"), (int)CHORD_MAX);
		if (len < sizeof one) {
			memcpy(one, s, len);
			one[len] = '\0';
		}
		if (len >= sizeof one || !key_parse(one, &keys[*n]))
			return error_set(e, ERR_FORMAT, _("there is no key \"%.*s\"; write a letter, ^X, M-x, F1 or a name such as PageUp"),
				(int)(len < 60 ? len : 60), s);
		++*n;
		s += len;
	}
	return *n > 0 || error_set(e, ERR_FORMAT, _("a key is missing"));
}

/* How many of the first keys are the same. */
static int alike(const struct binding *b, const struct key *keys, int n)
{
	int i = 0;

	while (i < n && i < b->n && key_same(&b->keys[i], &keys[i]))
		i++;
	return i;
}

/* Takes away what these keys meant in the context, and chords that they begin or that begin with them: one key cannot both
 * act and wait. */
static void unbind(struct keymap *m, const char *context, const struct key *keys, int n)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++) {
		struct binding *b = m->bound[i];
		const int same = alike(b, keys, n);

		if (strcmp(b->context, context) == 0 && (same == n || same == b->n))
			binding_free(b);
		else
			m->bound[kept++] = b;
	}
	m->n = kept;
}

bool keymap_bind(struct keymap *m, const char *context, const char *keys, const char *action, struct error *e)
{
	struct binding b = { .n = 0 };
	const struct action *does = NULL;
	const char *arg = "";

	if (!known(m, context))
		return unknown_context(m, context, e);
	if (!parse_keys(keys, b.keys, &b.n, e))
		return false;
	if (strcmp(action, "none") == 0) {
		unbind(m, context, b.keys, b.n);
		return true;
	}
	if (action[0] == ':') {
		arg = action + 1;
		if (!*arg)
			return error_set(e, ERR_FORMAT, _("a line is missing after \":\""));
	} else {
		char name[64];
		const size_t len = strcspn(action, " ");

		memcpy(name, action, len < sizeof name ? len : sizeof name - 1);
		name[len < sizeof name ? len : sizeof name - 1] = '\0';
		if (!len)
			return error_set(e, ERR_FORMAT, _("an action is missing"));
		does = action_find(context, name);
		if (!does)
			return unknown_action(context, name, e);
		arg = action + len + strspn(action + len, " ");
	}
	unbind(m, context, b.keys, b.n);
	b.context = xstrdup(context);
	b.action = does;
	b.arg = xstrdup(arg);
	grow(&m->bound, &m->cap, m->n + 1, sizeof *m->bound);
	m->bound[m->n] = xmalloc(sizeof b);
	*m->bound[m->n++] = b;
	return true;
}

static enum key_match find_in(const struct keymap *m, const char *context, const struct key *keys, int n,
	const struct binding **out)
{
	enum key_match match = MATCH_NONE;

	for (size_t i = 0; i < m->n; i++) {
		const struct binding *b = m->bound[i];

		if (b->n < n || !key_same(&b->keys[0], &keys[0]) || strcmp(b->context, context) != 0 || alike(b, keys, n) < n)
			continue;
		*out = b;
		match = b->n == n ? MATCH_WHOLE : MATCH_PART;
	}
	return match;
}

enum key_match keymap_find(const struct keymap *m, const char *const *contexts, const struct key *keys, int n_keys,
	const struct binding **out, int max, int *n)
{
	bool global = false;

	*n = 0;
	if (n_keys < 1)
		return MATCH_NONE;
	for (;;) {
		const char *context = contexts && *contexts ? *contexts++ : global ? NULL : "global";
		const struct binding *b = NULL;

		if (!context)
			break;
		if (strcmp(context, "global") == 0)
			global = true;
		const enum key_match match = find_in(m, context, keys, n_keys, &b);
		if (match == MATCH_PART && *n == 0)
			return MATCH_PART;
		if (match == MATCH_WHOLE && *n < max)
			out[(*n)++] = b;
	}
	return *n > 0 ? MATCH_WHOLE : MATCH_NONE;
}

/* Each frame asks this of all contexts: those of one are picked out first. */
void keymap_each(const struct keymap *m, const char *context, bool (*visit)(void *arg, const struct binding *b), void *arg)
{
	const struct action_set *set = set_of(context);
	const struct binding **own = xcalloc(m->n + 1, sizeof(const struct binding *));
	size_t n = 0;
	bool on = true;

	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->bound[i]->context, context) == 0)
			own[n++] = m->bound[i];
	for (const struct action *a = set ? set->actions : NULL; on && a && a->name; a++)
		for (size_t i = 0; on && i < n; i++)
			on = own[i]->action != a || visit(arg, own[i]);
	for (size_t i = 0; on && i < n; i++) { /* lines, and what global does */
		const struct action *of_set = own[i]->action ? in_set(set, own[i]->action->name) : NULL;

		on = (of_set && of_set == own[i]->action) || visit(arg, own[i]);
	}
	free(own);
}

void keymap_key_of(const struct keymap *m, const char *context, const char *action, struct buf *out)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct binding *b = m->bound[i];

		if (!b->action || strcmp(b->action->name, action) != 0 || strcmp(b->context, context) != 0)
			continue;
		for (int k = 0; k < b->n; k++) {
			if (k > 0)
				buf_addc(out, ' ');
			key_show(&b->keys[k], out);
		}
		return;
	}
}
