#include "src/themes/mother.h"

#include <pthread.h>
#include <string.h>

#include "src/themes/builtin.h"

enum { LANGUAGES = 8 };

static const struct builtin *builtin_of(const char *lang)
{
	for (const struct builtin *b = builtin_lexicons; b->lang != NULL; b++)
		if (strcmp(b->lang, lang) == 0)
			return b;
	return NULL;
}

struct lexicon *mother_lexicon(const char *lang)
{
	struct lexicon *l = lexicon_new();
	const struct builtin *b = builtin_of(lang);
	if (b != NULL)
		lexicon_read(l, b->text, b->len, NULL);
	return l;
}

const struct mother *mother_of(const char *lang)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct mother learnt[LANGUAGES]; /* as builtin_lexicons */
	const struct builtin *b = builtin_of(lang);
	if (b == NULL || b - builtin_lexicons >= LANGUAGES)
		return NULL;
	struct mother *m = &learnt[b - builtin_lexicons];
	pthread_mutex_lock(&lock);
	if (m->tongue == NULL) {
		m->lexicon = mother_lexicon(lang);
		m->tongue = tongue_new(lang, m->lexicon);
	}
	pthread_mutex_unlock(&lock);
	return m;
}
