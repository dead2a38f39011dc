/* evening_purge.c: the event is purged, by a backend that dies while it does so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/unit/evening_own.h"

enum { TRIES_MAX = 8, STORE_KEY_ROOM = 64, END_MS = 70000 /* a scribe who is busy is waited for no longer than presence lasts */ };

/* Of people's names; and of all that evening_deeds.c has people and seats say. */
static const char *const public_words[] = {"Zoé", "pour kan le smic"};
static const char *const all_words[] = {
	"augmentez-vous", "pour le climat", "au collège", "des maternités", "vous démissionner", "de la maison", "Autrement dit",
	"Nous verrons", "Je l'ai", "formulation", "Mieux dit", "mot de la salle", "Plus lentement", "Un nom", "diffamation",
};

struct purging {
	struct job j;
	enum purge what;
	bool over, done;
};

static void work(struct job *j, struct store *s)
{
	struct purging *p = (struct purging *)j;
	struct purged out;
	struct error e = {0};
	p->done = store_purge(s, p->what, &out, &e);
}

static void over(struct job *j, const struct error *failed)
{
	struct purging *p = (struct purging *)j;
	p->over = true;
	p->done = p->done && !failed;
}

static bool is_over(const struct evening *v)
{
	const struct event *ev = v->p.backend ? &v->p.backend->directory->event : NULL;
	return ev && (ev->state == EV_ENDED || ev->state == EV_SEALED);
}

static void end_event(struct evening *v)
{
	struct error e = {0};
	for (int i = 0; i < 2 && !is_over(v); i++) {
		if (console_do(v->seat[0].c, "end", &e))
			evening_settle(v);
		for (int ms = 0; ms < END_MS && !is_over(v); ms += END_MS / 10)
			evening_step(v, END_MS / 10);
	}
}

/* Whether it said that it is done, and nothing is left to do. */
static bool try_purge(struct evening *v, enum purge what)
{
	struct in_process *p = &v->p;
	struct purging job = {.j = {.work = work, .over = over, .urgent = true}, .what = what};
	writer_put(p->backend->writer, &job.j);
	in_process_settle(p);
	bool died = disk_died(p->disk);
	evening_step(v, 1); /* buries it, and tells the job */
	disk_die_at(p->disk, 0);
	disk_die_at_sync(p->disk, 0);
	evening_mend(v, 1000);
	assert_true(job.over);
	char *left = p->backend ? store_meta_get(p->backend->store, "purging") : NULL;
	bool whole = p->backend && !died && job.done && (!left || !*left);
	free(left);
	return whole;
}

static void is_in_no_file(const struct evening *v, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (disk_find(v->p.disk, "event.db", words[i]))
			fail_msg("\"%s\" was purged and is still in %s", words[i], disk_find(v->p.disk, "event.db", words[i]));
}

static void is_in_no_replica(struct evening *v, const char *const *words, size_t n)
{
	struct buf have = BUF_INIT;
	evening_replicas(v);
	evening_lines(v->fresh[0]->replica, &have);
	for (size_t i = 0; i < n; i++)
		if (strstr(have.data, words[i]))
			fail_msg("\"%s\" was purged and is still in the replicas:\n%s", words[i], have.data);
	buf_release(&have);
}

static void is_not_told(struct evening *v, const char *const *words, size_t n)
{
	struct viewer *fresh = viewer_new(&v->p);
	for (int i = 0; i < 5; i++)
		in_process_step(&v->p, 300);
	for (size_t k = 0; k < fresh->n; k++)
		for (size_t i = 0; i < n; i++)
			if (strstr(fresh->heard[k].text, words[i]))
				fail_msg("\"%s\" was purged and viewers hear:\n%s", words[i], fresh->heard[k].text);
}

static void words_are_gone(struct evening *v, enum purge what)
{
	const char *const *words = what == PURGE_EVENT ? all_words : public_words;
	size_t n = what == PURGE_EVENT ? COUNT_OF(all_words) : COUNT_OF(public_words);
	is_in_no_file(v, words, n);
	evening_settle(v);
	is_in_no_replica(v, words, n);
	is_not_told(v, words, n);
}

static void purge(struct evening *v, enum purge what)
{
	struct in_process *p = &v->p;
	int tries = 1;
	if (chance(p, 400))
		disk_die_at_sync(p->disk, 1 + (int64_t)draw_below(p, 12));
	else if (chance(p, 600))
		disk_die_at(p->disk, 1 + (int64_t)draw_below(p, 250));
	while (!try_purge(v, what))
		assert_true(++tries < TRIES_MAX);
	v->purged++;
	words_are_gone(v, what);
	in_process_power_cut(p);
	evening_mend(v, 1000);
	words_are_gone(v, what);
}

void evening_purge(struct evening *v)
{
	struct in_process *p = &v->p;
	enum purge what = draw(p) & 1 ? PURGE_EVENT : PURGE_PEOPLE;
	struct error e = {0};
	struct buf key = BUF_INIT;
	char *path = path_join(p->event, "key");
	evening_drop_backup(v);
	end_event(v);
	if (is_over(v)) {
		assert_true(file_read(path, STORE_KEY_ROOM, &key, &e));
		purge(v, what);
		assert_true(file_replace(path, key.data, key.len, 0600, &e)); /* for the next evening, which begins as this one did */
	}
	buf_release(&key);
	free(path);
}
