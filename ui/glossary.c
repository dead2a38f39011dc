/* glossary.c: a sorted list would be no quicker for the few hundred forms a scribe can remember. */
#include "ui/glossary.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/base/utf8.h"

enum { FILE_MAX = 1 << 20, FORM_MAX = 32, FORMS_MAX = 5000 };

struct form {
	char *form, *words, *folded; /* `folded`: the words, for hints */
};
struct glossary {
	struct form *v;
	size_t n, cap;
};

static const char french_forms[] =
	"pm\tPremier ministre\nedn\tÉducation nationale\npdr\tprésident de la République\n"
	"gvt\tgouvernement\nue\tUnion européenne\nbcp\tbeaucoup\ncàd\tc'est-à-dire\ncad\tc'est-à-dire\n"
	"pcq\tparce que\npdt\tpendant\nqd\tquand\nqqn\tquelqu'un\nqqch\tquelque chose\nsvp\ts'il vous plaît\ntjs\ttoujours\n"
	"tlm\ttout le monde\nvs\tvous\nns\tnous\najd\taujourd'hui\npb\tproblème\npbs\tproblèmes\ndéveloppt\tdéveloppement\n";
static const char english_forms[] =
	"pm\tPrime Minister\ngvt\tgovernment\nmp\tMember of Parliament\neu\tEuropean Union\nbc\tbecause\nppl\tpeople\n"
	"abt\tabout\nw/o\twithout\nedu\teducation\n";

static struct form *find(const struct glossary *g, const char *form, size_t n)
{
	for (size_t i = 0; i < g->n; i++)
		if (strlen(g->v[i].form) == n && !memcmp(g->v[i].form, form, n))
			return &g->v[i];
	return NULL;
}

static void form_release(struct form *f)
{
	free(f->form);
	free(f->words);
	free(f->folded);
}

static void put(struct glossary *g, const char *form, size_t n, const char *words, size_t words_n)
{
	struct form *f = find(g, form, n);
	struct buf clean = BUF_INIT, folded = BUF_INIT;
	text_clean_line(words, words_n, 400, &clean);
	if (!f) {
		grow(&g->v, &g->cap, g->n + 1, sizeof *g->v);
		f = &g->v[g->n++];
		f->form = xstrndup(form, n);
	} else {
		free(f->words);
		free(f->folded);
	}
	text_fold(clean.data, &folded);
	f->words = buf_detach(&clean);
	f->folded = buf_detach(&folded);
	if (!*f->words) { /* taken out */
		form_release(f);
		*f = g->v[--g->n];
	}
}

bool glossary_read(struct glossary *g, const char *text, const char *name, struct error *e)
{
	bool fine = true;
	for (int line = 1; *text; line++) {
		size_t len = strcspn(text, "\n"), form = strcspn(text, "\t\n");
		size_t words = len - form - (form < len);
		bool empty = len == 0 || *text == '#' || *text == '\r';
		if (!empty && (form == 0 || form == len || form > FORM_MAX || !text_is_utf8(text, len) || g->n >= FORMS_MAX)) {
			if (fine)
				error_set(e, ERR_FORMAT, "line %d of \"%s\" is no short form: write it, a tab, and what it stands for", line, name);
			fine = false;
		} else if (!empty) {
			put(g, text, form, text + form + 1, words);
		}
		text += len + (text[len] == '\n');
	}
	return fine;
}

bool glossary_load(struct glossary *g, const char *path, struct error *e)
{
	struct buf b = BUF_INIT;
	bool done = file_read(path, FILE_MAX, &b, e) && glossary_read(g, b.data, path, e);
	buf_release(&b);
	return done;
}

struct glossary *glossary_new(bool french)
{
	struct glossary *g = xcalloc(1, sizeof *g);
	glossary_read(g, french ? french_forms : english_forms, "", NULL);
	return g;
}

void glossary_free(struct glossary *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n; i++)
		form_release(&g->v[i]);
	free(g->v);
	free(g);
}

/* "Gvt" for "gvt": only an ASCII first letter, as forms have. */
static const struct form *find_typed(const struct glossary *g, const char *form, size_t n, bool *capital)
{
	char lower[FORM_MAX];
	const struct form *f = find(g, form, n);
	*capital = false;
	if (f || n == 0 || n > FORM_MAX || form[0] < 'A' || form[0] > 'Z')
		return f;
	memcpy(lower, form, n);
	lower[0] = (char)(lower[0] + 'a' - 'A');
	*capital = true;
	return find(g, lower, n);
}

bool glossary_expand(const struct glossary *g, const char *form, size_t n, struct buf *out)
{
	bool capital;
	const struct form *f = find_typed(g, form, n, &capital);
	buf_reset(out);
	if (!f)
		return false;
	buf_adds(out, f->words);
	if (capital && out->data[0] >= 'a' && out->data[0] <= 'z')
		out->data[0] = (char)(out->data[0] + 'A' - 'a');
	return true;
}

size_t glossary_hints(const struct glossary *g, const char *typed, size_t n, struct glossary_hint *out, size_t max)
{
	size_t found = 0;
	if (n < 2)
		return 0;
	for (size_t i = 0; i < g->n && found < max; i++)
		if (strlen(g->v[i].form) >= n && !memcmp(g->v[i].form, typed, n))
			out[found++] = (struct glossary_hint){ g->v[i].form, g->v[i].words };
	if (n < 3 || found == max)
		return found;
	struct buf folded = BUF_INIT;
	char *word = xstrndup(typed, n);
	text_fold(word, &folded);
	for (size_t i = 0; i < g->n && found < max && folded.len; i++)
		if (!strncmp(g->v[i].folded, folded.data, folded.len) && strncmp(g->v[i].form, typed, n))
			out[found++] = (struct glossary_hint){ g->v[i].form, g->v[i].words };
	free(word);
	buf_release(&folded);
	return found;
}
