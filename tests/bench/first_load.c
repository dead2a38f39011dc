/* first_load.c: a first load of the evening of 2004 into an empty replica, without the network: seconds, then the search
 * index, then what the queues and searches cost. Pages are made in memory as the backend makes them.
 *
 * usage: first_load DIR [MESSAGES [THEMES]]
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "data/replica.h"
#include "src/base/buf.h"
#include "src/base/file.h"
#include "src/base/id.h"
#include "src/base/mem.h"
#include "src/wire/wire.h"

enum { PAGE = 20000, INDEX_STEP = 20000 };

static const char *const words[] = { "pourquoi", "le", "smic", "va", "t-il", "augmenter", "école", "kolège", "emploi", "jeunes",
	"ministre", "cher", "prix", "texto", "sms", "retraite", "sécurité", "sociale", "Turquie", "Europe", "vote", "oui", "non",
	"musique", "télécharger", "cd", "trop", "bcp", "pk", "kan", "ke", "vou", "fer", "violence", "moin", "2", "france",
	"travail", "lundi", "pentecôte", "férié", "santé", "hôpital", "médecin", "bac", "études", "bourse", "logement", "loyer",
	"permis", "radar", "points", "cannabis", "dépénaliser", "mariage", "Bègles", "impôts", "essence", "auto", "vacances",
	"chômage", "patron", "grève", "train", "avion", "guerre", "paix", "Irak", "Bush", "Chirac", "sport", "jeux", "euro" };

static uint64_t seed = 2004;

static uint64_t dice(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Of this program alone, whatever else the machine does. */
static double cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Some letters of its own in each text, so that rare words are rare. */
static void make_text(struct buf *b)
{
	buf_reset(b);
	size_t n = 4 + dice() % 16;
	for (size_t i = 0; i < n; i++) {
		size_t w = dice() % COUNT_OF(words) * (dice() % COUNT_OF(words)) / COUNT_OF(words); /* the first more often */
		buf_addf(b, "%s%s", i == 0 ? "" : " ", words[w]);
	}
	if (dice() % 4 == 0)
		buf_addf(b, " %c%c%c%c%c", 'a' + (char)(dice() % 26), 'a' + (char)(dice() % 26), 'a' + (char)(dice() % 26),
			'a' + (char)(dice() % 26), 'a' + (char)(dice() % 26));
	buf_addc(b, '?');
}

/* Half of the messages fall into few themes: rank r with a weight of about 1 / r. */
static int64_t pick_theme(int64_t themes, int64_t i)
{
	if (dice() % 1000 < 540)
		return i < themes ? i + 1 : 1 + (int64_t)(dice() % (uint64_t)themes);
	double u = (double)(dice() % 1000000) / 1e6;
	double r = 1;
	while (u > 0.1 && r < (double)themes) {
		u -= 0.1;
		r *= 2.8;
	}
	int64_t t = (int64_t)(r * (1 + u * 18));
	return t < 1 ? 1 : t > themes ? themes : t;
}

struct load {
	struct replica *r;
	struct buf page;
	size_t rows;
	int64_t version;
	double applying, cpu;
	bool failed;
};

static void send(struct load *l, bool last, bool ready)
{
	struct error e = { 0 };
	struct page_info info;
	buf_addf(&l->page, "{\"next\":\"c%" PRId64 "\",\"more\":%s,\"time\":1,\"ready\":%s,\"whole\":%s,\"event\":\"e\",\"seat\":\"1\"}\n",
		l->version, last ? "false" : "true", ready ? "true" : "false", last ? "true" : "false");
	double from = seconds(), cpu_from = cpu_seconds();
	if (!replica_apply(l->r, l->page.data, l->page.len, &info, &e)) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	l->applying += seconds() - from;
	l->cpu += cpu_seconds() - cpu_from;
	free(info.presence);
	buf_reset(&l->page);
	l->rows = 0;
}

static void add(struct load *l, struct record *x, bool ready)
{
	x->version = ++l->version;
	wire_record(&l->page, x, WIRE_MASK, "fr");
	buf_addc(&l->page, '\n');
	if (++l->rows == PAGE)
		send(l, false, ready);
}

static void load_themes(struct load *l, int64_t themes, const int64_t *sizes)
{
	struct buf text = BUF_INIT;
	for (int64_t i = 1; i <= themes; i++) {
		char id[ID_MAX];
		id_from_number(id, i);
		struct theme t = { 0 };
		record_init(&t, K_THEME, id);
		make_text(&text);
		text_set(&t.title, text.data);
		t.first_at = 1088000000000 + i;
		add(l, &t.r, false);
		record_clear(&t);
		struct count c = { 0 };
		record_init(&c, K_COUNT, id);
		c.sms = sizes[i];
		c.web = sizes[i] / 50;
		c.people_sms = sizes[i] - sizes[i] / 10;
		c.people_web = c.web;
		c.people = c.people_sms + c.people_web;
		c.last_at = 1088000000000 + (int64_t)(dice() % 3600000);
		text_set(&c.rise, "0,1,0,0,2,0,1,0,0,1");
		add(l, &c.r, false);
		record_clear(&c);
	}
	buf_release(&text);
}

static void load_messages(struct load *l, int64_t messages, const int64_t *cluster)
{
	struct buf text = BUF_INIT;
	for (int64_t i = 1; i <= messages; i++) {
		char id[ID_MAX];
		id_from_number(id, i);
		struct message m = { 0 };
		record_init(&m, K_MESSAGE, id);
		make_text(&text);
		text_set(&m.text, text.data);
		m.channel = i % 80 == 0 ? CH_WEB : CH_SMS;
		text_set(&m.gateway, m.channel == CH_SMS ? "kannel" : "");
		if (i % 3 == 0)
			text_set(&m.name, "Momi543");
		m.participant = i - i / 4;
		m.at = 1088000000000 + i * 3;
		m.cluster = cluster[i];
		add(l, &m.r, true);
		record_clear(&m);
	}
	send(l, true, true);
	buf_release(&text);
}

static void report_memory(const char *when)
{
	struct buf b = BUF_INIT;
	if (file_read("/proc/self/status", 65536, &b, NULL)) {
		const char *now = strstr(b.data, "VmRSS:"), *peak = strstr(b.data, "VmHWM:");
		printf("memory %s: %ld MB, at most %ld MB\n", when, now ? strtol(now + 6, NULL, 10) / 1024 : 0,
			peak ? strtol(peak + 6, NULL, 10) / 1024 : 0);
	}
	buf_release(&b);
}

static bool count_theme(void *arg, const struct theme_row *row)
{
	(void)row;
	++*(int *)arg;
	return true;
}

static bool count_message(void *arg, const struct message *m)
{
	(void)m;
	++*(int *)arg;
	return true;
}

static void time_themes(struct replica *r, const char *what, const struct theme_query *q)
{
	double best = 1e9;
	int n = 0;
	for (int i = 0; i < 3; i++) {
		double from = seconds();
		n = 0;
		replica_themes(r, q, count_theme, &n, NULL);
		double took = seconds() - from;
		best = took < best ? took : best;
	}
	printf("%-52s %8.2f ms, %d rows\n", what, best * 1e3, n);
}

static void time_messages(struct replica *r, const char *what, const struct message_query *q)
{
	double best = 1e9;
	int n = 0;
	for (int i = 0; i < 3; i++) {
		double from = seconds();
		n = 0;
		replica_messages(r, q, count_message, &n, NULL);
		double took = seconds() - from;
		best = took < best ? took : best;
	}
	printf("%-52s %8.2f ms, %d rows\n", what, best * 1e3, n);
}

static void time_queries(struct replica *r, int64_t big)
{
	time_themes(r, "40 themes, people by SMS", &(struct theme_query){ .channel = CH_SMS, .limit = 40 });
	time_themes(r, "40 themes, people by web", &(struct theme_query){ .channel = CH_WEB, .limit = 40 });
	time_themes(r, "40 themes, people", &(struct theme_query){ .limit = 40 });
	time_themes(r, "40 themes, rise", &(struct theme_query){ .order = BY_RISE, .limit = 40 });
	time_themes(r, "40 themes, arrival", &(struct theme_query){ .order = BY_ARRIVAL, .limit = 40 });
	time_themes(r, "40 themes, filter smic", &(struct theme_query){ .filter = "smic", .limit = 40 });
	time_themes(r, "themes, filter zzqzq (none)", &(struct theme_query){ .filter = "zzqzq", .limit = 40 });
	time_themes(r, "40 themes at offset 500,000", &(struct theme_query){ .offset = 500000, .limit = 40 });
	time_messages(r, "newest 40", &(struct message_query){ .state = -1, .limit = 40 });
	time_messages(r, "newest 40 by web", &(struct message_query){ .channel = CH_WEB, .state = -1, .limit = 40 });
	time_messages(r, "newest 40 dismissed (none)", &(struct message_query){ .state = MS_DISMISSED, .limit = 40 });
	time_messages(r, "newest 40 of the largest theme", &(struct message_query){ .theme = big, .state = -1, .limit = 40 });
	time_messages(r, "newest 40 of a small theme", &(struct message_query){ .theme = 300000, .state = -1, .limit = 40 });
	time_messages(r, "search: ecole", &(struct message_query){ .words = "ecole", .state = -1, .limit = 40 });
	time_messages(r, "search: depénaliser cannabis", &(struct message_query){ .words = "depénaliser cannabis", .state = -1, .limit = 40 });
	time_messages(r, "search: pourquoi (most)", &(struct message_query){ .words = "pourquoi", .state = -1, .limit = 40 });
	time_messages(r, "search: xqjzk (few or none)", &(struct message_query){ .words = "xqjzk", .state = -1, .limit = 40 });
	time_messages(r, "search: qx (two letters)", &(struct message_query){ .words = "qx", .state = -1, .limit = 40 });
	time_messages(r, "search: qxwz9 within the largest theme", &(struct message_query){ .theme = big, .words = "qxwz9", .state = -1, .limit = 40 });
	int n = 0;
	double from = seconds();
	replica_sample(r, &(struct message_query){ .theme = big, .limit = 1 }, 7, count_message, &n, NULL);
	printf("%-52s %8.2f ms, %d rows\n", "a sample of the largest theme", (seconds() - from) * 1e3, n);
}

static void index_all(struct replica *r)
{
	struct error e = { 0 };
	int64_t indexed;
	bool done = false;
	double from = seconds(), cpu_from = cpu_seconds(), longest = 0;
	while (!done) {
		double step = seconds();
		if (!replica_index_step(r, INDEX_STEP, &indexed, &done, &e)) {
			fprintf(stderr, "%s\n", e.text);
			exit(1);
		}
		step = seconds() - step;
		longest = step > longest ? step : longest;
	}
	printf("index: %.1f s (%.1f s of CPU); longest step of %d rows %.0f ms\n", seconds() - from, cpu_seconds() - cpu_from,
		INDEX_STEP, longest * 1e3);
}

int main(int argc, char **argv)
{
	struct error e = { 0 };
	int64_t messages = argc > 2 ? strtoll(argv[2], NULL, 10) : 1300000, themes = argc > 3 ? strtoll(argv[3], NULL, 10) : 700000;
	if (argc < 2)
		return 2;
	int64_t *cluster = xcalloc((size_t)messages + 1, sizeof *cluster), *sizes = xcalloc((size_t)themes + 1, sizeof *sizes);
	int64_t big = 1;
	for (int64_t i = 1; i <= messages; i++)
		sizes[cluster[i] = pick_theme(themes, i - 1)]++;
	for (int64_t i = 1; i <= themes; i++)
		big = sizes[i] > sizes[big] ? i : big;
	printf("%" PRId64 " messages, %" PRId64 " themes, the largest %" PRId64 "\n", messages, themes, sizes[big]);
	struct load l = { .page = BUF_INIT };
	l.r = replica_open(&(struct replica_options){ .dir = argv[1] }, &e);
	if (l.r == NULL) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	report_memory("before");
	load_themes(&l, themes, sizes);
	printf("themes and counts applied in %.1f s (%.1f s of CPU)\n", l.applying, l.cpu);
	load_messages(&l, messages, cluster);
	free(cluster);
	free(sizes);
	printf("all applied in %.1f s (%.1f s of CPU)\n", l.applying, l.cpu);
	report_memory("after the rows");
	index_all(l.r);
	report_memory("after the index");
	time_queries(l.r, big);
	replica_close(l.r);
	buf_release(&l.page);
	char *path = path_join(argv[1], "replica.db");
	struct stat st;
	if (stat(path, &st) == 0)
		printf("replica.db: %lld MB\n", (long long)(st.st_size >> 20));
	free(path);
	return 0;
}
