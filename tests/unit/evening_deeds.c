/* evening_deeds.c: what people do in a turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"
#include "tests/unit/evening_own.h"

/* What a seat does, drawn by role; %d is a small number, %m a mark that tells these words from all others. Most are refused
 * at one time or another: that is wanted. */
static const struct { enum role role; const char *line; } deeds[] = {
	{R_PRODUCER, "collect"}, {R_PRODUCER, "open"}, {R_PRODUCER, "open"}, {R_PRODUCER, "air next"}, {R_PRODUCER, "close q%d partly"},
	{R_PRODUCER, "interrupt technical"}, {R_PRODUCER, "interrupt editorial"}, {R_PRODUCER, "resume"}, {R_PRODUCER, "resume"},
	{R_PRODUCER, "release"}, {R_PRODUCER, "strike q%d"}, {R_PRODUCER, "notice Un mot de la salle %m"}, {R_PRODUCER, "undo"},
	{R_PRODUCER, "merge t%d t%d"}, {R_PRODUCER, "hold q%d legal adviser"}, {R_PRODUCER, "end"}, {R_PRODUCER, "reopen"},
	{R_PRODUCER, "plan questions=%d"},
	{R_HOST, "compose Une question de la maison %m"}, {R_HOST, "next"}, {R_HOST, "next q%d"}, {R_HOST, "air"}, {R_HOST, "air next"},
	{R_HOST, "ask Et si je vous demande %m ?"}, {R_HOST, "ask Et encore %m ?"}, {R_HOST, "close"}, {R_HOST, "reword q%d Autrement dit %m"},
	{R_HOST, "move q%d first"}, {R_HOST, "return q%d trop long"}, {R_HOST, "outcome air declined"}, {R_HOST, "baton"}, {R_HOST, "undo"},
	{R_HOST, "redo"},
	{R_SCRIBE, "publish Nous verrons bien, numéro %m."}, {R_SCRIBE, "publish Je l'ai dit, %m."}, {R_SCRIBE, "publish q%d Plus tard %m."},
	{R_SCRIBE, "publish Voilà, %m."}, {R_SCRIBE, "correct last Je l'ai redit, %m."}, {R_SCRIBE, "retract last"}, {R_SCRIBE, "retract last-1"},
	{R_SCRIBE, "speaker Le ministre"}, {R_SCRIBE, "reassign last q%d"}, {R_SCRIBE, "attach q%d q%d"}, {R_SCRIBE, "say host Plus lentement %m"},
	{R_SCRIBE, "ack"},
	{R_WEB, "accept t%d"}, {R_WEB, "accept t%d"}, {R_WEB, "accept m%d Une autre formulation %m"}, {R_WEB, "dismiss m%d abuse"},
	{R_WEB, "restore m%d"}, {R_WEB, "refile m%d t%d"}, {R_WEB, "merge t%d t%d"}, {R_WEB, "unmerge t%d"}, {R_WEB, "label t%d Un nom %m"},
	{R_WEB, "edit q%d Mieux dit %m"}, {R_WEB, "combine q%d q%d"}, {R_WEB, "undo"}, {R_WEB, "redo"}, {R_WEB, "pin t%d"}, {R_WEB, "away"},
	{R_WEB, "back"},
	{R_ADVISER, "clear q%d"}, {R_ADVISER, "block q%d diffamation"}, {R_ADVISER, "retract last"}, {R_ADVISER, "strike q%d"},
};

static const char *const asked[] = {
	"Quand augmentez-vous le Smic ?", "Que faites-vous pour le climat ?", "Et la violence au collège ?", "Pourquoi fermer des maternités ?",
	"Le Smic, c'est pour quand ?", "Allez-vous démissionner ?",
};
/* ---- people who ask -------------------------------------------------------------------------------------------------- */

static void post_web(struct evening *v, int n)
{
	struct buf body = BUF_INIT;
	buf_addf(&body, "{\"text\":\"%s (%d)\",\"id\":\"id-%d\",\"name\":\"Zoé\",\"room\":\"salle\"}", asked[draw_below(&v->p, COUNT_OF(asked))], n, n);
	v->post[n] = post_new(&v->p, "/v1/messages", "application/json", body.data);
	buf_release(&body);
}

static void post_sms(struct evening *v, int n)
{
	struct buf target = BUF_INIT;
	buf_addf(&target, "/v1/sms/orange?key=%s&from=%%2B3360000%04d&id=sms-%d&text=c+pour+kan+le+smic+(%d)", v->key, n % 50, n, n);
	v->post[n] = post_new(&v->p, target.data, NULL, NULL);
	buf_release(&target);
}

static void post(struct evening *v)
{
	if (v->posts == POSTS_MAX)
		return;
	if (draw(&v->p) & 1)
		post_web(v, v->posts++);
	else
		post_sms(v, v->posts++);
}

/* Everybody at once. */
static void crowd(struct evening *v)
{
	for (size_t n = 5 + draw_below(&v->p, 15); n > 0; n--)
		post(v);
}

/* ---- what the seats do ----------------------------------------------------------------------------------------------- */

/* The line with numbers and a mark where it wants them; the mark, or "", into mark. */
static void fill_in(struct evening *v, const char *line, struct buf *out, char mark[static MARK_ROOM])
{
	mark[0] = '\0';
	for (const char *s = line; *s; s++)
		if (s[0] == '%' && s[1] == 'd') {
			buf_addf(out, "%zu", 1 + draw_below(&v->p, 9));
			s++;
		} else if (s[0] == '%' && s[1] == 'm') {
			snprintf(mark, MARK_ROOM, "«%d»", ++v->marks);
			buf_adds(out, mark);
			s++;
		} else {
			buf_addc(out, *s);
		}
}

/* A desk on a disk that is well takes everything that has a meaning. */
static void desk_may_say(const struct seat_at *s, const struct error *e)
{
	bool its_fault = e->code == ERR_IO || e->code == ERR_FULL || e->code == ERR_BUSY || e->code == ERR_FORMAT;
	if (its_fault && !s->stormy && !(s->c->disk && disk_died(s->c->disk)))
		fail_msg("a desk on a sound disk says: %s", e->text);
}

static void decide(struct evening *v, struct seat_at *s, const char *line)
{
	struct error e = {0};
	struct buf words = BUF_INIT;
	char mark[MARK_ROOM];
	fill_in(v, line, &words, mark);
	int64_t n = s->c->sync && s->n_puts < PUTS_MAX ? console_do(s->c, words.data, &e) : 0;
	if (n) {
		struct put *put = &s->puts[s->n_puts++];
		put->n = n;
		memcpy(put->mark, mark, sizeof put->mark);
		if (v->disks && chance(&v->p, 30)) /* what the desk took is on the platter */
			console_end(s->c, true);
	} else {
		desk_may_say(s, &e);
	}
	buf_release(&words);
}

/* Two change one question as they see it now. */
static void collide(struct evening *v)
{
	char host[64], web[64];
	size_t q = 1 + draw_below(&v->p, 9);
	if (v->n_seats < 4)
		return;
	snprintf(host, sizeof host, "reword q%zu Plutôt ainsi %%m", q);
	snprintf(web, sizeof web, "edit q%zu Ou bien ainsi %%m", q);
	decide(v, &v->seat[1], host);
	decide(v, &v->seat[3], web);
}

/* A decision that cannot even be named yet is none. */
static void act(struct evening *v)
{
	size_t i = draw_below(&v->p, COUNT_OF(deeds));
	for (size_t s = 0; s < v->n_seats; s++)
		if (crew[s].role == deeds[i].role)
			decide(v, &v->seat[s], deeds[i].line);
}

static void type(struct evening *v)
{
	struct seat_at *s = &v->seat[2 + draw_below(&v->p, v->n_seats - 2)];
	struct error e = {0};
	char words[DRAFT_ROOM];
	if (!s->c->sync)
		return;
	snprintf(words, sizeof words, "%d Je disais donc que", ++s->typed);
	if (desk_set(s->c->desk, "draft", words, &e)) {
		s->kept = s->typed;
		s->calm = 0;
		if (v->disks && chance(&v->p, 60))
			console_end(s->c, false);
	} else {
		desk_may_say(s, &e);
	}
}

void evening_deeds(struct evening *v)
{
	struct in_process *p = &v->p;
	for (size_t n = draw_below(p, 3); n > 0; n--)
		act(v);
	for (size_t n = draw_below(p, 2); n > 0; n--)
		post(v);
	if (chance(p, 8))
		crowd(v);
	if (chance(p, 300))
		type(v);
	if (chance(p, 40))
		collide(v);
}
