/* question_edit.c: the wording's editor: drafts that outlive everything, and what to do when somebody was quicker.
 *
 * A draft in the desk: "REV N LENGTH\n", LENGTH bytes of the wording it was written over, then the words. N is the desk's
 * number of the edit they went with, 0 as long as they did not; it goes when the backend has them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/wire/wire.h"
#include "ui/intl.h"
#include "ui/question.h"

struct draft {
	int64_t rev, n;
	char *base, *text;
};

static void draft_name(const char *id, char out[static ID_MAX + 8])
{
	snprintf(out, ID_MAX + 8, "draft/%s", id);
}

static void list_drafts(struct question_view *v, struct ui *ui)
{
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < v->drafts.n; i++)
		buf_addf(&b, "%s%s", i ? " " : "", v->drafts.v[i]);
	desk_set(ui->o.desk, "drafts", b.len ? b.data : NULL, NULL);
	buf_release(&b);
}

static void draft_put(struct question_view *v, struct ui *ui, const char *id, const struct draft *d)
{
	char name[ID_MAX + 8];
	struct buf b = BUF_INIT;
	struct error e = { 0 };
	draft_name(id, name);
	buf_addf(&b, "%" PRId64 " %" PRId64 " %zu\n%s%s", d->rev, d->n, strlen(d->base), d->base, d->text);
	if (!ids_have(&v->drafts, id)) {
		ids_add(&v->drafts, id);
		list_drafts(v, ui);
	}
	if (!desk_set(ui->o.desk, name, b.data, &e))
		ui_say(ui, true, _("your words are not safe: %s"), e.text);
	buf_release(&b);
}

static bool draft_get(struct ui *ui, const char *id, struct draft *d)
{
	char name[ID_MAX + 8];
	draft_name(id, name);
	char *value = desk_get(ui->o.desk, name), *end = value;
	*d = (struct draft){ 0 };
	if (!value)
		return false;
	d->rev = strtoll(value, &end, 10);
	d->n = strtoll(end, &end, 10);
	size_t len = (size_t)strtoull(end, &end, 10);
	bool good = *end == '\n' && len <= strlen(end + 1);
	if (good) {
		d->base = xstrndup(end + 1, len);
		d->text = xstrdup(end + 1 + len);
	}
	free(value);
	return good;
}

static void draft_release(struct draft *d)
{
	free(d->base);
	free(d->text);
}

static void draft_forget(struct question_view *v, struct ui *ui, const char *id)
{
	char name[ID_MAX + 8];
	if (!ids_have(&v->drafts, id))
		return;
	draft_name(id, name);
	desk_set(ui->o.desk, name, NULL, NULL);
	ids_remove(&v->drafts, id);
	list_drafts(v, ui);
}

static void await(struct question_view *v, const char *id, int64_t n)
{
	if (v->n_sent == SENT_MAX) /* the oldest stays a draft, and is looked at at the next start */
		memmove(v->sent, v->sent + 1, --v->n_sent * sizeof *v->sent);
	struct sent *s = &v->sent[v->n_sent++];
	memcpy(s->id, id, strlen(id) + 1);
	s->n = n;
}

void drafts_load(struct question_view *v, struct ui *ui)
{
	char *list = desk_get(ui->o.desk, "drafts");
	for (const char *p = list; p && *p;) {
		char id[ID_MAX];
		size_t n = strcspn(p, " ");
		struct draft d;
		if (n < ID_MAX) {
			memcpy(id, p, n);
			id[n] = '\0';
			if (draft_get(ui, id, &d)) {
				ids_add(&v->drafts, id);
				if (d.n)
					await(v, id, d.n);
				draft_release(&d);
			}
		}
		p += n + strspn(p + n, " ");
	}
	free(list);
}

static bool is_awaited(const struct question_view *v, const char *id)
{
	for (size_t i = 0; i < v->n_sent; i++)
		if (!strcmp(v->sent[i].id, id))
			return true;
	return false;
}

bool draft_is_kept(const struct question_view *v, const char *id)
{
	return ids_have(&v->drafts, id) && !is_awaited(v, id);
}

/* ---- the editor --------------------------------------------------------------------------------------------------- */

bool wording_is_open(const struct question_view *v)
{
	return v->wording.id[0] != '\0';
}

static const struct question *edited(struct question_view *v, struct ui *ui)
{
	return wording_is_open(v) ? world_question(ui_world(ui), v->wording.id) : NULL;
}

static void compare(struct question_view *v, struct ui *ui)
{
	struct wording *w = &v->wording;
	const struct question *q = edited(v, ui);
	if (!q)
		return;
	const bool theirs = w->conflict || w->settled;
	text_set(&w->beside, theirs ? q->wording : q->original[0] ? q->original : w->base);
	diff_words(w->beside, editor_text(w->ed), theirs, &w->diff);
}

static bool may(struct ui *ui, const char *op)
{
	return op_allowed(ui_world(ui), op_by_name(op), ui->role);
}

/* Whether this seat may only propose words for it. */
static bool only_suggests(struct ui *ui, const struct question *q)
{
	if (q->state == Q_AIR || q->state == Q_CLOSED)
		return !may(ui, "reword");
	return !may(ui, "edit") || (q->state == Q_NEXT && !may(ui, "next"));
}

static void say_conflict(struct ui *ui, const struct question *q)
{
	struct buf hour = BUF_INIT;
	add_hour(&hour, q->r.when, true);
	ui_say(ui, true, _("%s changed q%lld at %s while you wrote: both are here"), ui_name_of(ui, q->r.by), (long long)q->number,
		hour.data);
	buf_release(&hour);
}

static void say_another(struct question_view *v, struct ui *ui)
{
	char claim[ID_MAX + 12];
	struct wording *w = &v->wording;
	const struct question *q = edited(v, ui);
	snprintf(claim, sizeof claim, "question:%s", w->id);
	const char *who = q ? ui_claimed(ui, claim) : NULL;
	if (who && !w->another && !w->conflict)
		ui_say(ui, true, _("%s is editing q%lld too: who keeps second will see both"), who, (long long)q->number);
	w->another = who != NULL;
}

/* What is there now becomes what these words are written over. */
static void rebase(struct wording *w, const struct question *q)
{
	text_set(&w->base, q->wording);
	w->rev = q->r.rev;
	w->settled = w->settled || w->conflict;
	w->conflict = false;
}

bool wording_open(struct question_view *v, struct ui *ui, const char *id, bool suggest)
{
	const struct question *q = world_question(ui_world(ui), id);
	struct wording *w = &v->wording;
	struct draft d;
	if (!q || q->struck || (wording_is_open(v) && !strcmp(w->id, id)))
		return q && !q->struck;
	wording_close(v, ui);
	if (!w->ed)
		w->ed = editor_new(false, EDITOR_MAX);
	memcpy(w->id, q->r.id, sizeof w->id);
	memcpy(v->selected, q->r.id, sizeof v->selected);
	w->suggest = suggest || only_suggests(ui, q);
	w->conflict = w->settled = w->another = false;
	w->back = -1;
	rebase(w, q);
	bool drafted = draft_is_kept(v, id) && draft_get(ui, id, &d);
	editor_set(w->ed, drafted ? d.text : suggest && q->suggestion[0] ? q->suggestion : q->wording, SIZE_MAX);
	if (drafted && strcmp(d.base, q->wording) != 0) {
		w->conflict = true;
		text_set(&w->base, d.base);
		w->rev = d.rev;
		say_conflict(ui, q);
	} else if (drafted) {
		ui_say(ui, false, _("your draft of q%lld is here again; F8 forgets it"), (long long)q->number);
	} else if (w->suggest && !suggest) {
		ui_say(ui, false, _("the words of q%lld are the host's now: yours go as a suggestion"), (long long)q->number);
	}
	if (drafted)
		draft_release(&d);
	say_another(v, ui);
	w->read = readings_of(ui, q->original, &w->reading);
	w->save_at = -1;
	compare(v, ui);
	ui_presence(ui);
	ui_dirty(ui);
	return true;
}

void wording_keep(struct question_view *v, struct ui *ui)
{
	struct wording *w = &v->wording;
	w->save_at = -1;
	if (!wording_is_open(v))
		return;
	const char *text = editor_text(w->ed);
	if (strcmp(text, w->base) != 0)
		draft_put(v, ui, w->id, &(struct draft){ w->rev, 0, w->base, (char *)(uintptr_t)text });
	else if (!is_awaited(v, w->id))
		draft_forget(v, ui, w->id);
}

/* The editor is shut; who came from another pane goes on there. */
static void over(struct question_view *v, struct ui *ui)
{
	struct wording *w = &v->wording;
	const int back = w->back;
	w->id[0] = '\0';
	w->conflict = w->settled = false;
	w->save_at = w->back = -1;
	if (back >= 0 && ui->focus == PANE_QUESTION)
		ui_focus(ui, (enum pane)back);
	ui_presence(ui);
	ui_dirty(ui);
}

void wording_close(struct question_view *v, struct ui *ui)
{
	if (!wording_is_open(v))
		return;
	wording_keep(v, ui);
	over(v, ui);
}

void wording_typed(struct question_view *v, struct ui *ui)
{
	if (v->wording.save_at < 0)
		v->wording.save_at = ui->mono + DRAFT_MS;
	compare(v, ui);
	ui_dirty(ui);
}

/* Somebody moved what is being edited: quietly rebased when the words are the same, else both are shown. */
static void follow(struct question_view *v, struct ui *ui)
{
	struct wording *w = &v->wording;
	const struct question *q = edited(v, ui);
	if (!q || q->struck) {
		ui_say(ui, true, _("that question is gone; your words are kept as a draft"));
		wording_close(v, ui);
		return;
	}
	if (!w->conflict && q->r.rev != w->rev) {
		if (!strcmp(q->wording, w->base) || !strcmp(q->wording, editor_text(w->ed))) {
			rebase(w, q);
		} else if (!strcmp(editor_text(w->ed), w->base)) { /* nothing was typed yet */
			rebase(w, q);
			editor_set(w->ed, q->wording, SIZE_MAX);
			ui_say(ui, false, _("%s changed the words of q%lld just now"), ui_name_of(ui, q->r.by), (long long)q->number);
		} else {
			w->conflict = true;
			say_conflict(ui, q);
		}
	}
	w->suggest = w->suggest || only_suggests(ui, q);
	if (!w->read)
		w->read = readings_of(ui, q->original, &w->reading);
	compare(v, ui);
}

/* Verdicts on edits: what was applied needs no draft; what was refused is one again. */
static void hear_verdicts(struct question_view *v, struct ui *ui)
{
	for (size_t i = 0; i < v->n_sent;) {
		struct sent s = v->sent[i];
		const char *text = "";
		enum verdict verdict = acts_verdict(ui->acts, s.n, &text);
		if (verdict == V_NONE) {
			i++;
			continue;
		}
		memmove(&v->sent[i], &v->sent[i + 1], (--v->n_sent - i) * sizeof *v->sent);
		struct draft d;
		if (!draft_get(ui, s.id, &d))
			continue;
		if (d.n == s.n && verdict == V_APPLIED) {
			draft_forget(v, ui, s.id);
		} else if (d.n == s.n) {
			d.n = 0;
			draft_put(v, ui, s.id, &d);
			const struct question *q = world_question(ui_world(ui), s.id);
			ui_say(ui, true, _("your words of q%lld were not taken (%s); they are kept: e shows both"),
				q ? (long long)q->number : 0LL, text ? text : "");
		}
		draft_release(&d);
	}
}

/* A reword that was armed and done needs no draft any more. */
static void forget_what_stands(struct question_view *v, struct ui *ui)
{
	for (size_t i = v->drafts.n; i-- > 0;) {
		char id[ID_MAX];
		memcpy(id, v->drafts.v[i], sizeof id);
		const struct question *q = world_question(ui_world(ui), id);
		struct draft d;
		if (!q || !strcmp(id, v->wording.id) || is_awaited(v, id) || !draft_get(ui, id, &d))
			continue;
		if (!strcmp(d.text, q->wording) || !strcmp(d.text, q->suggestion))
			draft_forget(v, ui, id);
		draft_release(&d);
	}
}

void wording_changed(struct question_view *v, struct ui *ui, unsigned what)
{
	if (v->wording.save_at >= 0 && (ui->mono >= v->wording.save_at || what & VIEW_FOCUS))
		wording_keep(v, ui);
	if (what & (VIEW_WORLD | VIEW_VERDICTS))
		hear_verdicts(v, ui);
	if ((what & (VIEW_WORLD | VIEW_VERDICTS)) && wording_is_open(v))
		follow(v, ui);
	if (what & (VIEW_WORLD | VIEW_VERDICTS))
		forget_what_stands(v, ui);
	if ((what & VIEW_OTHERS) && wording_is_open(v))
		say_another(v, ui);
}

/* ---- saving ------------------------------------------------------------------------------------------------------- */

static void arm_reword(struct question_view *v, struct ui *ui, const struct question *q, const char *text)
{
	struct buf b = BUF_INIT;
	const char *arg[OP_ARGS_MAX] = { q->r.id, text };
	buf_addf(&b, _("Reword q%lld, which the public has seen, to:\n%s %s %s"), (long long)q->number, ui_sign(SIGN_OPEN_QUOTE), text,
		ui_sign(SIGN_CLOSE_QUOTE));
	wording_keep(v, ui);
	if (ui_arm(ui, "reword", arg, b.data))
		wording_close(v, ui);
	buf_release(&b);
}

/* The words go into the desk as an operation; the draft stays until there is a verdict. */
static void offer(struct question_view *v, struct ui *ui, const struct question *q, const char *text)
{
	struct wording *w = &v->wording;
	char target[ID_MAX + 12], id[ID_MAX];
	struct error e = { 0 };
	snprintf(target, sizeof target, "question:%s", q->r.id);
	const char *arg[OP_ARGS_MAX] = { w->suggest ? target : q->r.id, text };
	long long number = (long long)q->number;
	struct draft d = { w->rev, 0, xstrdup(w->base), xstrdup(text) };
	memcpy(id, w->id, sizeof id);
	wording_keep(v, ui);
	d.n = acts_do(ui->acts, op_by_name(w->suggest ? "suggest" : "edit"), arg, w->suggest ? -1 : w->rev, &e);
	if (d.n) {
		draft_put(v, ui, id, &d);
		await(v, id, d.n);
		ui_say(ui, false, w->suggest ? _("q%lld: your wording is proposed") : _("q%lld: reworded"), number);
		ui->moved |= VIEW_WORLD;
		over(v, ui);
	} else {
		ui_say(ui, true, "%s", e.text);
	}
	draft_release(&d);
	ui_dirty(ui);
}

bool wording_save(struct question_view *v, struct ui *ui)
{
	struct wording *w = &v->wording;
	const struct question *q = edited(v, ui);
	if (!q)
		return false;
	const char *text = editor_text(w->ed);
	if (w->conflict)
		ui_say(ui, true, _("first choose: keep yours, take theirs, or mix both"));
	else if (!text[strspn(text, " \n\t")])
		ui_say(ui, true, _("a question needs words; Esc leaves it as it was"));
	else if (!strcmp(text, w->base))
		wording_close(v, ui);
	else if (!w->suggest && (q->state == Q_AIR || q->state == Q_CLOSED))
		arm_reword(v, ui, q, text);
	else
		offer(v, ui, q, text);
	return true;
}

/* ---- keys --------------------------------------------------------------------------------------------------------- */

static void put_text(struct question_view *v, struct ui *ui, const char *text)
{
	editor_replace(v->wording.ed, 0, editor_len(v->wording.ed), text);
	wording_typed(v, ui);
}

static bool run_save(struct view *view, struct ui *ui, const char *arg)
{
	(void)arg;
	return wording_save(question_view_of(view), ui);
}

static bool run_leave(struct view *view, struct ui *ui, const char *arg)
{
	struct question_view *v = question_view_of(view);
	(void)arg;
	bool differs = wording_is_open(v) && strcmp(editor_text(v->wording.ed), v->wording.base) != 0;
	wording_close(v, ui);
	if (differs)
		ui_say(ui, false, _("draft kept; e goes on with it"));
	return true;
}

static bool run_reading(struct view *view, struct ui *ui, const char *arg)
{
	struct question_view *v = question_view_of(view);
	(void)arg;
	if (!v->wording.read)
		return false;
	put_text(v, ui, v->wording.reading.text.data);
	return true;
}

static bool run_original(struct view *view, struct ui *ui, const char *arg)
{
	struct question_view *v = question_view_of(view);
	const struct question *q = edited(v, ui);
	(void)arg;
	if (!q || !q->original[0])
		return false;
	put_text(v, ui, q->original);
	return true;
}

static bool run_forget(struct view *view, struct ui *ui, const char *arg)
{
	struct question_view *v = question_view_of(view);
	const struct question *q = edited(v, ui);
	(void)arg;
	if (!q)
		return false;
	rebase(&v->wording, q);
	put_text(v, ui, q->wording);
	wording_keep(v, ui);
	return true;
}

/* Out of a conflict. Only `mine` puts something over theirs, and theirs was in sight. */
static bool run_mine(struct view *view, struct ui *ui, const char *arg)
{
	struct question_view *v = question_view_of(view);
	const struct question *q = edited(v, ui);
	(void)arg;
	if (!q || !v->wording.conflict)
		return false;
	rebase(&v->wording, q);
	return wording_save(v, ui);
}

static bool run_theirs(struct view *view, struct ui *ui, const char *arg)
{
	struct question_view *v = question_view_of(view);
	const struct question *q = edited(v, ui);
	(void)arg;
	if (!q || !v->wording.conflict)
		return false;
	rebase(&v->wording, q);
	put_text(v, ui, q->wording);
	ui_say(ui, false, _("theirs stands; ^_ brings yours back, Esc leaves it so"));
	return true;
}

static bool run_mix(struct view *view, struct ui *ui, const char *arg)
{
	struct question_view *v = question_view_of(view);
	const struct question *q = edited(v, ui);
	struct buf b = BUF_INIT;
	(void)arg;
	if (!q || !v->wording.conflict)
		return false;
	buf_addf(&b, "%s\n%s", q->wording, editor_text(v->wording.ed));
	rebase(&v->wording, q);
	put_text(v, ui, b.data);
	ui_say(ui, false, _("both are in the line now; Enter keeps what you make of them"));
	buf_release(&b);
	return true;
}

bool question_unkept(struct ui *ui, const char *id, struct buf *out)
{
	struct question_view *v = question_view_of(ui->views[V_QUESTION]);
	const struct question *q = v ? world_question(ui_world(ui), id) : NULL;
	char claim[ID_MAX + 12];
	if (!q)
		return false;
	snprintf(claim, sizeof claim, "question:%s", id);
	const char *who = ui_claimed(ui, claim);
	const bool open = !strcmp(v->wording.id, id) && strcmp(editor_text(v->wording.ed), v->wording.base) != 0;
	if (open || draft_is_kept(v, id))
		buf_adds(out, _("WITHOUT your draft: you typed other words and did not keep them"));
	else if (who)
		buf_addf(out, _("%s is editing it right now: these are the words of before"), who);
	return out->len > 0;
}

static bool has_reading(const struct view *view, const struct ui *ui)
{
	(void)ui;
	return question_view_of(view)->wording.read;
}

static bool is_conflict(const struct view *view, const struct ui *ui)
{
	(void)ui;
	return question_view_of(view)->wording.conflict;
}

static const struct action wording_rows[] = {
	{ "mine", N_("somebody was quicker: keep your words in the place of theirs"), N_("keep yours"), 0, run_mine, is_conflict },
	{ "theirs", N_("somebody was quicker: take theirs; yours come back by undo"), N_("take theirs"), 0, run_theirs, is_conflict },
	{ "mix", N_("somebody was quicker: put both texts into the line, to make one of them"), N_("mix both"), 0, run_mix, is_conflict },
	{ "save", N_("keep these words (an aired question's are armed first)"), N_("keep"), 0, run_save, NULL },
	{ "leave", N_("leave; what was typed stays as a draft"), N_("leave"), 0, run_leave, NULL },
	{ "reading", N_("take the reading in standard spelling"), N_("reading"), 0, run_reading, has_reading },
	{ "original", N_("take the original as it came"), NULL, 0, run_original, NULL },
	{ "forget", N_("back to what stands, and forget the draft"), NULL, 0, run_forget, NULL },
	{ 0 },
};
const struct action_set actions_wording = { "wording", N_("Wording of a question"), wording_rows };
