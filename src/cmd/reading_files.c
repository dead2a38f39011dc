#include "src/cmd/reading_files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/cmd/share.h"

static bool map_file(const char *path, struct reading_files *out, struct error *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(e, ERR_IO, "\"%s\" cannot be opened", path);
	bool good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
	out->len = good ? (size_t)st.st_size : 0;
	out->map = good ? mmap(NULL, out->len, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	close(fd);
	if (out->map == MAP_FAILED) {
		out->map = NULL;
		return error_set(e, ERR_IO, "\"%s\" cannot be read", path);
	}
	return true;
}

static bool read_lexicon(struct lexicon *l, const char *path, struct error *e)
{
	struct buf text = BUF_INIT;
	bool good = file_read(path, LEXICON_TEXT_MAX, &text, e) &&
		(lexicon_read(l, text.data, text.len, e) || error_context(e, "\"%s\"", path));
	buf_release(&text);
	return good;
}

bool reading_files_open(const char *lang, const char *more, struct reading_files *out, struct error *e)
{
	struct buf name = BUF_INIT;
	struct lexicon *l = lexicon_new();
	buf_addf(&name, "lexicon-%s.tsv", lang);
	char *lexicon = share_file(name.data, e), *counts = NULL;
	buf_reset(&name);
	buf_addf(&name, "words-%s.tsv", lang);
	if (lexicon)
		counts = share_file(name.data, e);
	bool good = counts && read_lexicon(l, lexicon, e) && (!more || read_lexicon(l, more, e)) && map_file(counts, out, e);
	if (good) {
		out->model = reading_model_new(lang, l, out->map, out->len, e);
		good = out->model || error_context(e, "\"%s\"", counts);
	}
	if (!good)
		reading_files_close(out);
	lexicon_free(l);
	free(lexicon);
	free(counts);
	buf_release(&name);
	return good;
}

void reading_files_close(struct reading_files *f)
{
	reading_model_free(f->model);
	if (f->map)
		munmap(f->map, f->len);
	*f = (struct reading_files){ 0 };
}

/* $XDG_CONFIG_HOME/regie/lexicon-LANG.tsv; the caller frees. NULL: there is none. */
static char *own_lexicon(const char *lang)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	struct buf p = BUF_INIT;
	if (base && *base)
		buf_addf(&p, "%s/regie/lexicon-%s.tsv", base, lang);
	else
		buf_addf(&p, "%s/.config/regie/lexicon-%s.tsv", home ? home : "", lang);
	if (file_exists(p.data))
		return buf_detach(&p);
	buf_release(&p);
	return NULL;
}

bool reading_files_check(struct error *e)
{
	static const char *const langs[] = { "fr", "en" };
	bool good = true;
	for (size_t i = 0; good && i < COUNT_OF(langs); i++) {
		struct lexicon *l = lexicon_new();
		char *own = own_lexicon(langs[i]);
		good = !own || read_lexicon(l, own, e);
		free(own);
		lexicon_free(l);
	}
	return good;
}

/* A mistake in one's own words takes nobody the readings: they are made without them then. */
const struct reading_model *reading_files_keep(const char *lang, struct error *e)
{
	static struct reading_files kept[4]; /* a language is asked for once */
	static size_t n;
	if (n == COUNT_OF(kept))
		return NULL;
	char *own = own_lexicon(lang);
	bool good = (own && reading_files_open(lang, own, &kept[n], NULL)) || reading_files_open(lang, NULL, &kept[n], e);
	free(own);
	return good ? kept[n++].model : NULL;
}
