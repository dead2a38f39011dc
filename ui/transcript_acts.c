/* transcript_acts.c: the keys of the transcript pane. */
#include "ui/transcript_own.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "ui/intl.h"

static void send_correction(struct transcript *t)
{
	const struct said *row = transcript_row(t, t->correcting);
	struct buf line = BUF_INIT;
	struct error e = { 0 };
	text_clean_line(editor_text(t->ed), editor_len(t->ed), EDITOR_MAX, &line);
	if (line.len == 0) {
		ui_say(t->ui, true, _("there is nothing left of it; to take a segment back, retract it"));
	} else if (row && !strcmp(line.data, row->text)) {
		transcript_leave(t);
	} else {
		const char *arg[OP_ARGS_MAX] = { t->correcting, NULL, line.data };
		const int64_t n = acts_do(t->ui->acts, op_by_name("correct"), arg,
			acts_unsent(t->ui->acts, K_SEGMENT, t->correcting) ? -1 : t->rev, &e);
		if (n > 0) {
			transcript_offered(t, n, line.data);
			transcript_leave(t);
		} else
			ui_say(t->ui, true, "%s", e.text);
	}
	buf_release(&line);
}

enum { SAME_END_MS = 2000 };

static bool act_send(struct view *v, struct ui *ui, const char *arg)
{
	struct transcript *t = transcript_of(v);
	(void)arg;
	(void)ui;
	if (!transcript_types(t) || !transcript_begin(t))
		return transcript_types(t);
	if (*t->correcting)
		send_correction(t);
	else if (editor_len(t->ed))
		transcript_close(t);
	else if (t->closed_by_space && t->ui->mono - t->closed_by_space < SAME_END_MS)
		t->closed_by_space = 0; /* "…hier. " and Enter: this Enter meant the sentence that the space has closed */
	else if (scribe_send_now(&t->s))
		transcript_edited(t);
	return true;
}

static bool act_now(struct view *v, struct ui *ui, const char *arg)
{
	struct transcript *t = transcript_of(v);
	(void)ui;
	(void)arg;
	if (!transcript_types(t) || *t->correcting || !transcript_begin(t))
		return false;
	if (editor_len(t->ed))
		transcript_close(t);
	scribe_send_now(&t->s);
	transcript_edited(t);
	return true;
}

static bool act_take_back(struct view *v, struct ui *ui, const char *arg)
{
	struct transcript *t = transcript_of(v);
	char *speaker = NULL, *text = *t->correcting ? NULL : scribe_take_back(&t->s, &speaker);
	(void)arg;
	if (!transcript_types(t))
		return false;
	if (!text) {
		ui_say(ui, true, _("nothing is held back any more; what left can be corrected"));
		return true;
	}
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s ", text); /* the blank stands already: the next one typed closes it no second time */
	size_t at = b.len;
	if (editor_len(t->ed)) {
		buf_adds(&b, editor_text(t->ed));
		at += editor_at(t->ed);
	} else {
		free(t->s.speaker);
		t->s.speaker = xstrdup(speaker);
	}
	editor_set(t->ed, b.data, at);
	t->waiting = false;
	transcript_edited(t);
	buf_release(&b);
	free(text);
	free(speaker);
	return true;
}

void transcript_correct(struct transcript *t, const struct said *row)
{
	if (!*t->correcting) {
		free(t->aside);
		t->aside = xstrdup(editor_text(t->ed));
		t->aside_at = editor_at(t->ed);
	}
	memcpy(t->correcting, row->id, sizeof t->correcting);
	t->rev = row->rev;
	free(t->opened);
	t->opened = xstrdup(row->text);
	editor_set(t->ed, row->text, SIZE_MAX);
	transcript_edited(t);
}

void transcript_leave(struct transcript *t)
{
	t->correcting[0] = '\0';
	editor_set(t->ed, t->aside ? t->aside : "", t->aside_at);
	free(t->aside);
	t->aside = NULL;
	transcript_edited(t);
}

bool transcript_older(struct transcript *t, int step)
{
	size_t i = t->n_rows;
	if (*t->correcting)
		for (i = 0; i < t->n_rows && strcmp(t->rows[i].id, t->correcting);)
			i++;
	if (*t->correcting && t->opened && *t->opened && strcmp(t->opened, editor_text(t->ed)))
		return false; /* changed already: it is sent or left first */
	for (;;) {
		if (step < 0 ? i == 0 : i + 1 >= t->n_rows)
			return false;
		i = step < 0 ? i - 1 : i + 1;
		if (t->rows[i].state != SG_RETRACTED && *t->rows[i].text) {
			transcript_correct(t, &t->rows[i]);
			return true;
		}
	}
}

static bool act_correct(struct view *v, struct ui *ui, const char *arg)
{
	struct transcript *t = transcript_of(v);
	(void)arg;
	if (!transcript_may_write(t) || (!t->writing && !transcript_begin(t)))
		return false;
	if (!transcript_older(t, -1))
		ui_say(ui, true, *t->correcting ? _("Enter sends the correction, Esc leaves it") : _("nothing was published yet"));
	return true;
}

static bool act_leave(struct view *v, struct ui *ui, const char *arg)
{
	struct transcript *t = transcript_of(v);
	(void)arg;
	if (*t->correcting) {
		transcript_leave(t);
		return true;
	}
	if (t->back) {
		t->back = 0;
		ui_dirty(ui);
		return true;
	}
	if (!t->writing || ui->role == R_SCRIBE || editor_len(t->ed))
		return false;
	t->writing = false;
	ui_presence(ui);
	ui_dirty(ui);
	return true;
}

static bool act_take(struct view *v, struct ui *ui, const char *arg)
{
	struct transcript *t = transcript_of(v);
	(void)arg;
	if (!transcript_may_write(t)) {
		ui_say(ui, true, _("this seat does not write the transcript"));
		return true;
	}
	if (!t->writing)
		ui_say(ui, false, _("you write the transcript"));
	t->writing = true;
	t->other = ui_claimed(ui, "transcript") != NULL; /* they hear of it and stop */
	ui_presence(ui);
	ui_dirty(ui);
	return true;
}

static bool act_speaker(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	(void)ui;
	if (!transcript_may_write(transcript_of(v)))
		return false;
	transcript_speakers(transcript_of(v));
	return true;
}

static bool act_choice(struct view *v, struct ui *ui, const char *arg)
{
	(void)arg;
	(void)ui;
	if (!transcript_may_write(transcript_of(v)))
		return false;
	transcript_choices(transcript_of(v));
	return true;
}

static void asked(void *ctx, const char *text)
{
	struct transcript *t = ctx;
	struct buf shows = BUF_INIT;
	if (!text || !*text)
		return;
	const char *arg[OP_ARGS_MAX] = { NULL, NULL, text };
	buf_addf(&shows, _("On the air at once, as a question of the room:\n%s"), text);
	ui_arm(t->ui, "ask", arg, shows.data);
	buf_release(&shows);
}

static bool act_ask(struct view *v, struct ui *ui, const char *arg)
{
	struct transcript *t = transcript_of(v);
	(void)arg;
	if (!transcript_may_write(t))
		return false;
	ui_ask(ui, _("The question that was asked:"), "", t, NULL, asked);
	return true;
}

static bool act_retract(struct view *v, struct ui *ui, const char *arg)
{
	struct transcript *t = transcript_of(v);
	const struct said *row = *t->correcting ? transcript_row(t, t->correcting) : NULL;
	(void)arg;
	if (!op_allowed(ui_world(ui), op_by_name("retract"), ui->role))
		return false;
	for (size_t i = t->n_rows - (t->back < t->n_rows ? t->back : 0); !row && i-- > 0;)
		if (t->rows[i].state != SG_RETRACTED && !t->rows[i].ours)
			row = &t->rows[i];
	if (!row) {
		ui_say(ui, true, _("nothing was published yet"));
		return true;
	}
	struct buf shows = BUF_INIT;
	const char *a[OP_ARGS_MAX] = { row->id };
	buf_addf(&shows, _("Erased for everybody, in every room:\n%s"), row->text);
	ui_arm(ui, "retract", a, shows.data);
	buf_release(&shows);
	return true;
}

/* The first hint below the line; in a correction, what another seat suggests. */
static bool act_complete(struct view *v, struct ui *ui, const char *arg)
{
	struct transcript *t = transcript_of(v);
	const struct said *row = *t->correcting ? transcript_row(t, t->correcting) : NULL;
	struct glossary_hint hint;
	(void)arg;
	(void)ui;
	if (!transcript_types(t))
		return false;
	if (row && *row->suggestion && strcmp(row->suggestion, editor_text(t->ed))) {
		editor_replace(t->ed, 0, editor_len(t->ed), row->suggestion);
		transcript_edited(t);
		return true;
	}
	size_t at = editor_at(t->ed), from = editor_word_start(t->ed, at);
	if (from < at && glossary_hints(t->glossary, editor_text(t->ed) + from, at - from, &hint, 1)) {
		editor_replace(t->ed, from, at, hint.words);
		transcript_edited(t);
	}
	return true; /* never to another pane: the next letters would be keys there */
}

/* ---- motions ------------------------------------------------------------------------------------------------------- */

static void scroll(struct transcript *t, long by)
{
	long last = t->n_rows ? (long)t->n_rows - 1 : 0, to = (long)t->back + by;
	t->back = (size_t)(to < 0 ? 0 : to > last ? last : to);
	ui_dirty(t->ui);
}

static bool by_line(struct view *v, enum motion m, int step)
{
	struct transcript *t = transcript_of(v);
	if (!transcript_types(t)) {
		scroll(t, step);
		return true;
	}
	if (editor_move(t->ed, m)) {
		transcript_edited(t);
		return true;
	}
	if (*t->correcting)
		transcript_older(t, -step);
	return true;
}

static bool act_up(struct view *v, struct ui *ui, const char *arg)
{
	(void)ui;
	(void)arg;
	return by_line(v, MO_UP, 1);
}

static bool act_down(struct view *v, struct ui *ui, const char *arg)
{
	(void)ui;
	(void)arg;
	return by_line(v, MO_DOWN, -1);
}

/* "reading": not while typing, when the key is the editor's. */
static bool act_page_up(struct view *v, struct ui *ui, const char *arg)
{
	(void)ui;
	if (*arg && transcript_types(transcript_of(v)))
		return false;
	scroll(transcript_of(v), 5);
	return true;
}

static bool act_page_down(struct view *v, struct ui *ui, const char *arg)
{
	(void)ui;
	if (*arg && transcript_types(transcript_of(v)))
		return false;
	scroll(transcript_of(v), -5);
	return true;
}

static bool act_first(struct view *v, struct ui *ui, const char *arg)
{
	struct transcript *t = transcript_of(v);
	(void)ui;
	(void)arg;
	if (transcript_types(t))
		return false;
	scroll(t, (long)t->n_rows);
	return true;
}

static bool act_last(struct view *v, struct ui *ui, const char *arg)
{
	struct transcript *t = transcript_of(v);
	(void)ui;
	(void)arg;
	if (transcript_types(t))
		return false;
	scroll(t, -(long)t->n_rows);
	return true;
}

static bool can_type(const struct view *v, const struct ui *ui)
{
	(void)ui;
	return transcript_types(transcript_of(v));
}

static bool can_take(const struct view *v, const struct ui *ui)
{
	const struct transcript *t = transcript_of(v);
	(void)ui;
	return !t->writing && transcript_may_write(t) && (t->other || t->ui->role != R_SCRIBE);
}

static bool can_take_back(const struct view *v, const struct ui *ui)
{
	const struct transcript *t = transcript_of(v);
	(void)ui;
	return transcript_types(t) && scribe_count(&t->s, PIECE_LEAVING) < t->s.n;
}

static bool can_correct(const struct view *v, const struct ui *ui)
{
	const struct transcript *t = transcript_of(v);
	(void)ui;
	return transcript_may_write(t) && t->n_rows > 0;
}

static bool can_retract(const struct view *v, const struct ui *ui)
{
	const struct transcript *t = transcript_of(v);
	return t->n_rows > 0 && op_allowed(ui_world(t->ui), op_by_name("retract"), ui->role);
}

static bool can_leave(const struct view *v, const struct ui *ui)
{
	const struct transcript *t = transcript_of(v);
	return *t->correcting || t->back || (t->writing && ui->role != R_SCRIBE && editor_len(t->ed) == 0);
}

static const struct action transcript_table[] = {
	{ "send", N_("close the segment; on an empty line, send what is held back at once; a correction: send it"), N_("send"), 0, act_send, can_type },
	{ "now", N_("close the segment and send all that is held back at once"), N_("send now"), 0, act_now, can_type },
	{ "take-back", N_("take the newest segment back into the line before it leaves, or one that was refused"), N_("take back"), ACT_REPEAT,
		act_take_back, can_take_back },
	{ "correct", N_("correct the newest published segment; again: the one before"), N_("correct"), ACT_REPEAT, act_correct, can_correct },
	{ "leave", N_("leave a correction without sending it; stop writing"), N_("leave"), 0, act_leave, can_leave },
	{ "speaker", N_("who speaks from the next segment on"), N_("who speaks"), 0, act_speaker, can_type },
	{ "choice", N_("choose the question that the answer belongs to"), N_("other question"), 0, act_choice, can_type },
	{ "ask", N_("put a question that was improvised on the air: arms it"), NULL, 0, act_ask, can_type },
	{ "retract", N_("take a published segment back from everybody: arms it"), NULL, 0, act_retract, can_retract },
	{ "complete", N_("write out the first of the words hinted at below the line; in a correction: take what is suggested"), NULL, 0, act_complete, can_type },
	{ "take", N_("write the transcript from this seat, in the place of who writes it"), N_("write here"), 0, act_take, can_take },
	{ "up", N_("a line up; while correcting: the segment before"), NULL, ACT_REPEAT | ACT_PASTE, act_up, NULL },
	{ "down", N_("a line down; while correcting: the segment after"), NULL, ACT_REPEAT | ACT_PASTE, act_down, NULL },
	{ "page-up", N_("back in the transcript"), NULL, ACT_REPEAT | ACT_PASTE, act_page_up, NULL },
	{ "page-down", N_("on in the transcript"), NULL, ACT_REPEAT | ACT_PASTE, act_page_down, NULL },
	{ "first", N_("to the first segment"), NULL, ACT_PASTE, act_first, NULL },
	{ "last", N_("to the newest segment"), NULL, ACT_PASTE, act_last, NULL },
	{ NULL, NULL, NULL, 0, NULL, NULL },
};
const struct action_set actions_transcript = { "transcript", N_("Transcript"), transcript_table };
