/* demo_voices.c: what the public wrote. */
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "src/cmd/demo.h"

enum { FILE_MAX = 64 << 20 };

static char *words_of(const char *channel, const char *name, const char *text)
{
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s\n%s\n%s", channel, name, text);
	return buf_detach(&b);
}

static const char *member(const struct json *j, const char *name)
{
	const char *v = json_text(j, name);
	return v == NULL ? "" : v;
}

static bool add_voice(struct voices *all, const char *line, size_t len, struct error *e)
{
	struct json *j = json_parse(line, len, e);
	if (j == NULL)
		return false;
	grow(&all->v, &all->cap, all->n + 1, sizeof *all->v);
	all->v[all->n++] = (struct voice){ .json = j,
		.id = member(j, "id"),
		.channel = member(j, "channel"),
		.name = member(j, "name"),
		.text = member(j, "text"),
		.theme = member(j, "theme") };
	return true;
}

/* An SMS brings no name: it is known by its words. */
static const char *name_there(const char *channel, const char *name)
{
	return strcmp(channel, "sms") == 0 ? "" : name;
}

static void index_voices(struct voices *all)
{
	for (size_t i = all->n; i-- > 0;) { /* the first of several alike stays */
		struct voice *v = &all->v[i];
		char *words = words_of(v->channel, name_there(v->channel, v->name), v->text);
		strmap_put(&all->by_words, words, v);
		free(words);
	}
}

bool voices_read(struct voices *all, const char *file, struct error *e)
{
	struct buf text = BUF_INIT;
	bool good = file_read(file, FILE_MAX, &text, e);
	for (const char *p = text.data, *end = text.data + text.len; good && p < end;) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		size_t len = stop == NULL ? (size_t)(end - p) : (size_t)(stop - p);
		good = len == 0 || add_voice(all, p, len, e) || error_context(e, "\"%s\"", file);
		p += len + 1;
	}
	buf_release(&text);
	index_voices(all);
	return good;
}

void voices_release(struct voices *all)
{
	for (size_t i = 0; i < all->n; i++)
		json_free(all->v[i].json);
	free(all->v);
	strmap_release(&all->by_words);
	*all = (struct voices){ 0 };
}

void voices_learn(struct voices *all, const char *line)
{
	struct json *j = json_parse(line, strlen(line), NULL);
	int64_t message, group;
	if (j != NULL && id_number(member(j, "id"), &message)) {
		const char *channel = member(j, "channel");
		char *words = words_of(channel, name_there(channel, member(j, "name")), member(j, "text"));
		struct voice *v = strmap_get(&all->by_words, words);
		if (v != NULL && v->message == 0)
			v->message = message;
		if (v != NULL && v->message == message && id_number(member(j, "theme"), &group))
			v->group = group;
		free(words);
	}
	json_free(j);
}

struct voice *voices_find(const struct voices *all, const char *id)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].id, id) == 0)
			return &all->v[i];
	return NULL;
}

/* Whether the backend's words lead to this very voice: others may have written the same. */
static bool is_told_apart(const struct voices *all, const struct voice *v)
{
	char *words = words_of(v->channel, name_there(v->channel, v->name), v->text);
	bool own = strmap_get(&all->by_words, words) == v;
	free(words);
	return own;
}

struct voice *voices_asking(const struct voices *all, const char *theme, const char *credit, double share)
{
	char *name = xstrndup(credit, strcspn(credit, ","));
	const char *channel = strstr(credit, "SMS") != NULL ? "sms" : "web";
	struct voice *named = NULL, *first = NULL, *any = NULL;
	for (size_t i = 0; i < all->n; i++) {
		struct voice *v = &all->v[i];
		if (strcmp(v->theme, theme) != 0 || !is_told_apart(all, v))
			continue;
		bool early = (double)i < share * (double)all->n, fits = strcmp(v->channel, channel) == 0;
		any = any == NULL ? v : any;
		if (early && fits && first == NULL)
			first = v;
		if (early && fits && named == NULL && strcasestr(v->name, name) != NULL)
			named = v;
	}
	free(name);
	return named != NULL ? named : first != NULL ? first : any;
}
