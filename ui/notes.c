/* notes.c: a ring of sentences. */
#include "ui/notes.h"

#include <stdlib.h>

#include "src/base/mem.h"

struct notes {
	struct note v[NOTES_KEPT];
	size_t next, n;
	int64_t until; /* mono; 0: nothing is shown */
};

struct notes *notes_new(void)
{
	return xcalloc(1, sizeof(struct notes));
}

void notes_free(struct notes *n)
{
	for (size_t i = 0; n && i < NOTES_KEPT; i++)
		free(n->v[i].text);
	free(n);
}

void notes_add(struct notes *n, int64_t mono, int64_t utc, bool bad, const char *text)
{
	struct note *x = &n->v[n->next];
	free(x->text);
	*x = (struct note){ .at = utc, .bad = bad, .text = xstrdup(text) };
	n->next = (n->next + 1) % NOTES_KEPT;
	n->n += n->n < NOTES_KEPT;
	n->until = mono + (bad ? NOTE_BAD_MS : NOTE_MS);
}

const struct note *notes_shown(const struct notes *n, int64_t mono)
{
	return n->until > mono ? notes_at(n, 0) : NULL;
}

void notes_hush(struct notes *n)
{
	n->until = 0;
}

int64_t notes_due(const struct notes *n, int64_t mono)
{
	return n->until > mono ? n->until : -1;
}

size_t notes_count(const struct notes *n)
{
	return n->n;
}

const struct note *notes_at(const struct notes *n, size_t i)
{
	return i < n->n ? &n->v[(n->next + NOTES_KEPT - 1 - i) % NOTES_KEPT] : NULL;
}
