/* question_paint.c: the wording's editor on the screen: the original beside it when there is room, else above. */
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"
#include "ui/intl.h"
#include "ui/question.h"
#include "ui/sms_length.h"

enum { BESIDE = 84, BOTH = 56 /* two wordings to choose from stand side by side sooner */ };

static enum ui_role role_at(void *arg, size_t at)
{
	const struct wording *w = arg;
	return diff_changed(&w->diff.b, at) ? UI_ADDED : UI_TEXT;
}

static void draw_length(struct question_view *v, struct ui *ui, struct area a, int row)
{
	const char *text = editor_text(v->wording.ed);
	struct sms_length l = sms_length_of(text);
	struct buf b = BUF_INIT;
	buf_addf(&b, "%d/%d, ", l.units, l.room);
	buf_addf(&b, P_("%d SMS", "%d SMS", l.parts), l.parts);
	if (l.ucs2) {
		size_t end = l.forced + 1;
		while ((text[end] & 0xC0) == 0x80)
			end++;
		buf_addf(&b, _(" (because of %s %.*s %s)"), ui_sign(SIGN_OPEN_QUOTE), (int)(end - l.forced), text + l.forced,
			ui_sign(SIGN_CLOSE_QUOTE));
	}
	int used = grid_cut(&ui->grid, a, row, 1, a.cols - 2, UI_DIM, b.data);
	const char *word = v->wording.save_at >= 0 ? "" : strcmp(text, v->wording.base) ? _("draft kept") : "";
	if (v->wording.suggest)
		word = _("as a suggestion");
	char claim[ID_MAX + 12];
	snprintf(claim, sizeof claim, "question:%s", v->wording.id);
	const char *who = ui_claimed(ui, claim);
	buf_reset(&b);
	if (who)
		buf_addf(&b, _("%s is editing it too"), who);
	grid_right(&ui->grid, a, row, a.cols - 1, a.cols - used - 4, who ? UI_CLAIM : UI_DIM, who ? b.data : word);
	buf_release(&b);
}

static void draw_beside(struct question_view *v, struct ui *ui, struct area a, int row, int col, int cols, int rows)
{
	const struct wording *w = &v->wording;
	draw_words(&ui->grid, a, row, col, cols, rows, UI_TEXT, w->conflict || w->settled ? UI_ADDED : UI_GONE, w->beside, &w->diff.a);
}

/* What stands beside the text, in words: the original, or whose change and when. */
static void beside_title(struct question_view *v, struct ui *ui, const struct question *q, struct buf *b)
{
	if (!v->wording.conflict && !v->wording.settled) {
		buf_adds(b, q->original[0] ? _("original") : _("as it stood"));
		return;
	}
	buf_addf(b, _("%s's, "), ui_name_of(ui, q->r.by));
	add_hour(b, q->r.when, true);
}

static void add_choice(struct ui *ui, const char *action, const char *word, struct buf *b)
{
	struct buf key = BUF_INIT;
	keymap_key_of(ui->config->keys, "wording", action, &key);
	buf_addf(b, "%s%s %s", " · ", key.len ? key.data : action, word);
	buf_release(&key);
}

/* As long as nothing was decided: who was quicker and when, and the three ways out. Returns the lines it took. */
static int draw_conflict(struct question_view *v, struct ui *ui, struct area a, int row, const struct question *q)
{
	struct buf b = BUF_INIT, hour = BUF_INIT;
	if (!v->wording.conflict || a.rows < 7)
		return 0;
	add_hour(&hour, q->r.when, true);
	buf_addf(&b, _("%s changed it at %s while you wrote"), ui_name_of(ui, q->r.by), hour.data);
	add_choice(ui, "mine", _("keeps yours"), &b);
	add_choice(ui, "theirs", _("takes theirs"), &b);
	add_choice(ui, "mix", _("puts both in the line"), &b);
	int lines = text_wrap(b.data, a.cols - 2, NULL, NULL);
	lines = lines > 2 ? 2 : lines;
	for (int i = 0; i < lines; i++)
		grid_fill(&ui->grid, a, row + i, 0, a.cols, UI_BAND, " ");
	grid_wrap(&ui->grid, a, row, 1, a.cols - 2, lines, UI_BAND, b.data);
	buf_release(&b);
	buf_release(&hour);
	return lines;
}

/* The reading and its changed words, above the foot of the pane; returns the lines it took. */
static int draw_reading(struct question_view *v, struct ui *ui, struct area a, int end, int most)
{
	const struct wording *w = &v->wording;
	if (!w->read || most < 1 || !strcmp(w->reading.text.data, editor_text(w->ed)))
		return 0;
	struct diff *d = &v->diff;
	const struct question *q = world_question(ui_world(ui), w->id);
	diff_words(q ? q->original : "", w->reading.text.data, false, d);
	int lines = text_wrap(w->reading.text.data, a.cols - 6, NULL, NULL);
	lines = lines > most ? most : lines;
	grid_text(&ui->grid, a, end - lines, 1, 3, UI_KEY, "F5");
	draw_words(&ui->grid, a, end - lines, 4, a.cols - 6, lines, UI_TEXT, UI_ADDED, w->reading.text.data, &d->b);
	return lines;
}

/* What is on the air stays in sight while other words are written. */
static int draw_on_air(struct question_view *v, struct ui *ui, struct area a, int row)
{
	const struct question *air = v->rundown.air[0] ? world_question(ui_world(ui), v->rundown.air) : NULL;
	if (!air || a.rows < 10 || !strcmp(air->r.id, v->wording.id))
		return row;
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s ", ui_sign(SIGN_AIR));
	add_span(&b, question_air_ms(v, ui));
	int col = 3 + grid_text(&ui->grid, a, row, 1, a.cols, UI_STRONG, b.data);
	grid_cut(&ui->grid, a, row, col, a.cols - col - 1, UI_DIM, air->wording);
	buf_release(&b);
	return row + 1;
}

void wording_draw(struct question_view *v, struct ui *ui, struct area a, bool focused)
{
	struct wording *w = &v->wording;
	const struct question *q = world_question(ui_world(ui), w->id);
	if (!q || a.rows < 1)
		return;
	struct buf b = BUF_INIT;
	int row = draw_on_air(v, ui, a, 0), end = a.rows, half = a.cols / 2;
	const bool theirs = w->conflict || w->settled, wide = a.cols >= (theirs ? BOTH : BESIDE);
	row += draw_conflict(v, ui, a, row, q);
	if (a.rows >= 5) {
		beside_title(v, ui, q, &b);
		if (wide)
			grid_cut(&ui->grid, a, row, half + 2, a.cols - half - 3, theirs ? UI_CLAIM : UI_DIM, b.data);
		if (theirs && !wide)
			grid_cut(&ui->grid, a, row, 1, a.cols - 2, UI_CLAIM, b.data);
		else
			grid_cut(&ui->grid, a, row, 1, wide ? half - 2 : a.cols - 2, UI_DIM, theirs ? _("yours") : q->credit);
		if (!theirs && !wide)
			grid_right(&ui->grid, a, row, a.cols - 1, a.cols / 2, UI_DIM, b.data);
		row++;
	}
	if (a.rows >= 3)
		draw_length(v, ui, a, --end);
	if (a.rows >= 7)
		end -= draw_reading(v, ui, a, end, a.rows / 4);
	if (wide) {
		for (int i = row; i < end; i++)
			grid_text(&ui->grid, a, i, half, 1, UI_RULE, ui_sign(SIGN_BAR));
		draw_beside(v, ui, a, row, half + 2, a.cols - half - 3, end - row);
	} else if (end - row >= 4) {
		int lines = (end - row - 1) / 2, want = text_wrap(w->beside, a.cols - 3, NULL, NULL);
		lines = want < lines ? want : lines;
		draw_beside(v, ui, a, row, 1, a.cols - 3, lines);
		row += lines;
		grid_fill(&ui->grid, a, row, 0, a.cols, UI_RULE, ui_sign(SIGN_RULE));
		if (theirs)
			grid_textf(&ui->grid, a, row, 2, a.cols - 4, UI_DIM, " %s ", _("yours"));
		row++;
	}
	struct area text = { a.row, a.col + 1, a.rows, (wide ? half : a.cols) - 2 };
	editor_draw(w->ed, &ui->grid, text, row, end - row, focused, UI_TEXT, role_at, w);
	buf_release(&b);
}
