/* simulate.c: plays many random evenings (tests/unit/evening.h) on disks that fail, and says which of them went wrong.
 *
 *   simulate [--first SEED] [--seeds N] [--jobs N] [--tap] [--keep-going] [--again N]
 *
 * Worker processes play every jobs-th seed each. A worker that ends on a seed has found a violation: its words are shown
 * with the seed, which plays the same evening again. Exit status 1 then. With --again, every N-th evening is played once more
 * after the one that follows it: it must be the same, to the byte.
 */
#include <ftw.h>
#include <getopt.h>
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/base/clock.h"
#include "src/base/mem.h"
#include "tests/unit/evening.h"
#include "tests/unit/fault_disk.h"

enum { JOBS_MAX = 64, SHOWN = 6000 };

/* Shared with a worker. */
struct worker {
	pid_t pid;
	int words;             /* what it says: a file in memory, begun anew with each seed */
	volatile int64_t seed; /* being played; its last one played well when `done` */
	volatile bool done;
	uint64_t trace;        /* of the last one */
	struct evening_sum sum;
	char dir[64];
};

static struct {
	int64_t first, seeds, again;
	int jobs;
	bool tap, keep_going;
} o = {.first = 1, .seeds = 1000};

static struct worker *workers;
static int64_t violations, first_violated = INT64_MAX;
static volatile sig_atomic_t stopped; /* asked to end: reports what was played */

/* ---- a worker -------------------------------------------------------------------------------------------------------- */

static void add_sum(struct evening_sum *to, const struct evening_sum *s)
{
	to->played += s->played;
	to->applied += s->applied;
	to->refused += s->refused;
	to->messages += s->messages;
	to->told += s->told;
	to->links += s->links;
	to->kills += s->kills;
	to->power_cuts += s->power_cuts;
	to->disks += s->disks;
	to->clocks += s->clocks;
	to->full += s->full;
	to->hushed += s->hushed;
	to->restored += s->restored;
	to->purged += s->purged;
	if (to->kinds_least == 0 || (s->played > 0 && s->kinds_least < to->kinds_least))
		to->kinds_least = s->kinds_least;
}

/* The same seed plays the same evening, whatever was played before. */
static void play_again(struct evening *v, int64_t seed, uint64_t trace)
{
	fprintf(stderr, "seed %lld again\n", (long long)seed);
	evening_play(v, (uint64_t)seed);
	if (evening_trace(v, true) == trace)
		return;
	fprintf(stderr, "ERROR: seed %lld played twice is two evenings: %016llx, %016llx\n", (long long)seed, (unsigned long long)trace,
		(unsigned long long)evening_trace(v, true));
	_exit(1);
}

static void play_all(struct worker *w, int64_t from)
{
	int64_t before_seed = 0;
	uint64_t before_trace = 0;
	sigaction(SIGTERM, &(struct sigaction){.sa_handler = SIG_IGN}, NULL); /* the parent's to hear, who ends us */
	sigaction(SIGINT, &(struct sigaction){.sa_handler = SIG_IGN}, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(w->words, STDERR_FILENO);
	dup2(w->words, STDOUT_FILENO);
	setenv("CMOCKA_TEST_ABORT", "1", 1); /* an assertion says its words and ends the process */
	disk_alone();
	struct evening_sum before = w->sum;
	struct evening *v = evening_new(true);
	snprintf(w->dir, sizeof w->dir, "%s", evening_dir(v));
	for (int64_t seed = from; seed < o.first + o.seeds; seed += o.jobs) {
		w->seed = seed;
		if (ftruncate(w->words, 0) < 0 || lseek(w->words, 0, SEEK_SET) < 0)
			_exit(70);
		evening_play(v, (uint64_t)seed);
		w->trace = evening_trace(v, false);
		uint64_t trace = evening_trace(v, true);
		if (before_seed)
			play_again(v, before_seed, before_trace);
		before_seed = o.again && seed % o.again == 0 ? seed : 0;
		before_trace = trace;
		struct evening_sum sum = before, now = evening_sum(v);
		add_sum(&sum, &now);
		w->sum = sum;
	}
	evening_free(v);
	w->done = true;
	fflush(NULL);
	_exit(0);
}

/* ---- all of them ----------------------------------------------------------------------------------------------------- */

static void start(struct worker *w, int64_t from)
{
	fflush(NULL);
	w->done = false;
	w->seed = from;
	pid_t pid = fork();
	if (pid == 0)
		play_all(w, from);
	if (pid < 0) {
		perror("simulate: no process could be made");
		exit(2);
	}
	w->pid = pid;
}

static const char *mark(void)
{
	return o.tap ? "# " : "";
}

static void show_words(const struct worker *w)
{
	char words[SHOWN + 1];
	off_t end = lseek(w->words, 0, SEEK_END), from = end > SHOWN ? end - SHOWN : 0;
	ssize_t n = pread(w->words, words, SHOWN, from);
	words[n < 0 ? 0 : n] = '\0';
	for (char *line = words; *line;) {
		size_t len = strcspn(line, "\n");
		printf("%s  %.*s\n", mark(), (int)len, line);
		line += len + (line[len] == '\n');
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void clean_up(struct worker *w)
{
	if (w->dir[0])
		nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	w->dir[0] = '\0';
}

static void violated(struct worker *w, int status)
{
	violations++;
	if (w->seed < first_violated)
		first_violated = w->seed;
	printf("%sseed %lld went wrong (%s):\n", mark(), (long long)w->seed,
		WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it ended");
	show_words(w);
	printf("%splay it again: make simulate SEED=%lld SEEDS=1\n", mark(), (long long)w->seed);
	fflush(stdout);
}

static struct worker *worker_of(pid_t pid)
{
	for (int i = 0; i < o.jobs; i++)
		if (workers[i].pid == pid)
			return &workers[i];
	return NULL;
}

static void run(void)
{
	int running = o.jobs, status;
	for (int i = 0; i < o.jobs; i++)
		start(&workers[i], o.first + i);
	while (running > 0 && !stopped) {
		struct worker *w = worker_of(waitpid(-1, &status, 0));
		if (!w)
			continue;
		if (!w->done || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
			violated(w, status);
			clean_up(w);
			if (o.keep_going && w->seed + o.jobs < o.first + o.seeds) {
				start(w, w->seed + o.jobs);
				continue;
			}
			for (int i = 0; !o.keep_going && i < o.jobs; i++) /* they play on to the seed that failed */
				if (&workers[i] != w && !workers[i].done && workers[i].seed > w->seed)
					kill(workers[i].pid, SIGKILL);
		}
		w->pid = 0;
		running--;
		if (violations > 0 && !o.keep_going)
			break;
	}
	for (int i = 0; i < o.jobs; i++)
		if (workers[i].pid > 0) {
			kill(workers[i].pid, SIGKILL);
			waitpid(workers[i].pid, NULL, 0);
			clean_up(&workers[i]);
		}
}

static void report(double seconds)
{
	struct evening_sum s = {.played = 0};
	for (int i = 0; i < o.jobs; i++)
		add_sum(&s, &workers[i].sum);
	printf("%s%lld evenings from seed %lld in %.1f s, %.0f a second: %lld operations applied, %lld refused, %lld messages, %lld events "
		"broadcast\n", mark(), (long long)s.played, (long long)o.first, seconds, (double)s.played / (seconds > 0 ? seconds : 1),
		(long long)s.applied, (long long)s.refused, (long long)s.messages, (long long)s.told);
	printf("%sfaults: %lld of links, %lld kills, %lld power cuts, %lld of disks, %lld jumps of clocks, %lld disks nearly full; "
		"at least %lld kinds in each evening; ", mark(), (long long)s.links, (long long)s.kills, (long long)s.power_cuts,
		(long long)s.disks, (long long)s.clocks, (long long)s.full, (long long)s.kinds_least);
	printf("%lld interruptions by silence, %lld backups put back, %lld events purged\n", (long long)s.hushed, (long long)s.restored,
		(long long)s.purged);
	if (s.played == 1)
		printf("%strace: %016llx\n", mark(), (unsigned long long)workers[0].trace);
	if (violations > 0)
		printf("%s%lld violations, the first at seed %lld\n", mark(), (long long)violations, (long long)first_violated);
	if (!o.tap)
		return;
	printf("%sok 1 - %lld evenings on failing disks, links and clocks broke no promise\n", violations ? "not " : "", (long long)s.played);
	printf("%sok 2 - each saw faults of three kinds or more\n1..2\n", s.kinds_least < 3 ? "not " : "");
}

static int64_t number(const char *text)
{
	char *end;
	int64_t n = strtoll(text, &end, 10);
	if (*end || n < 0) {
		fprintf(stderr, "simulate: \"%s\" is no number\n", text);
		exit(2);
	}
	return n;
}

static void read_options(int argc, char **argv)
{
	static const struct option known[] = {{"first", required_argument, NULL, 'f'}, {"seeds", required_argument, NULL, 'n'},
		{"jobs", required_argument, NULL, 'j'}, {"tap", no_argument, NULL, 't'},
		{"again", required_argument, NULL, 'a'}, {"keep-going", no_argument, NULL, 'k'}, {0}};
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	o.jobs = cores < 1 ? 1 : cores > JOBS_MAX ? JOBS_MAX : (int)cores;
	for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;)
		if (c == 'f')
			o.first = number(optarg);
		else if (c == 'n')
			o.seeds = number(optarg);
		else if (c == 'j')
			o.jobs = (int)number(optarg);
		else if (c == 'a')
			o.again = number(optarg);
		else if (c == 't')
			o.tap = true;
		else if (c == 'k')
			o.keep_going = true;
		else
			exit(2);
	if (o.jobs < 1 || o.jobs > JOBS_MAX)
		o.jobs = 1;
	if (o.jobs > o.seeds)
		o.jobs = o.seeds ? (int)o.seeds : 1;
}

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

int main(int argc, char **argv)
{
	read_options(argc, argv);
	mallopt(M_MMAP_THRESHOLD, 1 << 20); /* large tables of which an evening uses little come as pages that nobody cleared */
	mallopt(M_TRIM_THRESHOLD, 64 << 20); /* what one evening frees the next one takes */
	sigaction(SIGTERM, &(struct sigaction){.sa_handler = stop}, NULL);
	sigaction(SIGINT, &(struct sigaction){.sa_handler = stop}, NULL);
	workers = mmap(NULL, JOBS_MAX * sizeof *workers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (workers == MAP_FAILED)
		return 2;
	for (int i = 0; i < o.jobs; i++)
		if ((workers[i].words = memfd_create("words", 0)) < 0)
			return 2;
	int64_t begun = clock_mono(clock_system());
	run();
	report((double)(clock_mono(clock_system()) - begun) / 1000);
	return violations ? 1 : 0;
}
