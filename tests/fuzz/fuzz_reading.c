/* Any bytes through what readings are made of: a lexicon, counts and a message (src/themes). What is read is bounded and
 * valid UTF-8, and its words lie in it. The input is three parts, parted by NUL bytes: message, lexicon, counts; what is
 * missing is ours. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/themes/reading.h"

static const char our_lexicon[] = "spell\tke\tque|qu'\nspell\tkon t vou\tcomptez-vous\nspell\ti é\ty ait\nspell\t2\tde|2\nspell\tt il\t-t-il\n"
	"spell\tc\tc'est|ces\nspell\tpk\tpourquoi\n";
static const char our_counts[] = "@class\n-t-il 3\n-vous 9\n0 9\nait 5\nc' 9\nd' 5\nde 90\nest 50\nj' 9\nl' 90\nla 9\nle 99\nque 30\nqu' 9\n"
	"vous 20\ny 4\n+I\nfaire 9\nparler 3\n+Nms|V3s\ncollège 4\nFrance 2\nécole 3\nviolence\n+V2p\ncomptez 9\n@pair\nde\tfrance 3\n"
	"@class2\n0\t1 2 3 9\n13\t15 9\n@class3\n0 13\t15 4\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size);
	size_t n = strlen(text), n_lexicon = 0, n_counts = 0;
	const char *lexicon = our_lexicon, *counts = our_counts;
	if (n < size) {
		lexicon = (const char *)data + n + 1;
		const char *end = memchr(lexicon, 0, size - n - 1);
		n_lexicon = end ? (size_t)(end - lexicon) : size - n - 1;
		counts = end ? end + 1 : our_counts;
		n_counts = end ? size - n - n_lexicon - 2 : 0;
	}
	struct lexicon *l = lexicon_new();
	if (!n_lexicon || !lexicon_read(l, lexicon, n_lexicon, NULL))
		lexicon_read(l, our_lexicon, sizeof our_lexicon - 1, NULL);
	struct reading_model *m = n_counts ? reading_model_new("fr", l, counts, n_counts, NULL) : NULL;
	if (!m)
		m = reading_model_new("fr", l, our_counts, sizeof our_counts - 1, NULL);
	struct reading r = { 0 };
	bool good = m != NULL;
	if (good && text_is_utf8(text, n)) {
		reading_of(m, text, &r);
		good = text_is_utf8(r.text.data, r.text.len) && r.text.len <= 6 * n + 64;
		size_t end = 0;
		for (size_t i = 0; i < r.n; i++) {
			good = good && r.words[i].at >= end && r.words[i].len > 0;
			end = r.words[i].at + r.words[i].len;
		}
		good = good && end <= r.text.len;
	}
	if (!good) {
		fprintf(stderr, "broken promise: \"%s\" became \"%s\"\n", text, r.text.data);
		abort();
	}
	reading_release(&r);
	reading_model_free(m);
	lexicon_free(l);
	free(text);
	return 0;
}
