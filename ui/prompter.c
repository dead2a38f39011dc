/* prompter.c: for the person who faces the guest: the question, large and alone; who asks; what comes; how long. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "ui/intl.h"
#include "ui/question_rows.h"
#include "ui/ui.h"

struct prompter {
	struct view view;
	struct rundown rundown;
	int top;                 /* lines scrolled, when the question is longer than the screen */
	int64_t second;          /* on the air, last drawn; -1: nothing is */
};

static struct prompter *of(const struct view *v)
{
	return (struct prompter *)(uintptr_t)v;
}

static const char *const *contexts(const struct view *v)
{
	static const char *const names[] = { "prompter", NULL };
	(void)v;
	return names;
}

static struct view *make(struct ui *ui)
{
	(void)ui;
	struct prompter *p = xcalloc(1, sizeof *p);
	p->view.class = &view_prompter;
	p->second = -1;
	return &p->view;
}

static void release(struct view *v)
{
	rundown_release(&of(v)->rundown);
	free(v);
}

static int64_t air_ms(const struct prompter *p, struct ui *ui)
{
	const struct question *q = p->rundown.air[0] ? world_question(ui_world(ui), p->rundown.air) : NULL;
	int64_t ms = q ? (ui_now(ui) / 1000 - q->aired_at / 1000) * 1000 : -1;
	return q && ms < 0 ? 0 : ms;
}

static void clock_drawn(struct prompter *p, struct ui *ui)
{
	int64_t air = air_ms(p, ui);
	p->second = air < 0 ? -1 : air / 1000;
}

static void changed(struct view *v, struct ui *ui, unsigned what)
{
	struct prompter *p = of(v);
	if (what & VIEW_WORLD) {
		char was[ID_MAX];
		memcpy(was, p->rundown.air, sizeof was);
		rundown_build(&p->rundown, ui_world(ui), false, false);
		if (strcmp(was, p->rundown.air) != 0)
			p->top = 0;
	}
	clock_drawn(p, ui);
	if (what)
		ui_dirty(ui);
}

static int64_t due(const struct view *v, const struct ui *cui)
{
	struct prompter *p = of(v);
	struct ui *ui = (struct ui *)(uintptr_t)cui;
	int64_t was = p->second, now = air_ms(p, ui);
	now = now < 0 ? -1 : now / 1000;
	return now < 0 && was < 0 ? -1 : now != was ? ui->mono : ui->mono + 1000 - ui_now(ui) % 1000;
}

struct newest {
	struct ui *ui;
	const struct word *word;
};

/* Said to this seat, to prompters, or to all, and not yet acknowledged by it. */
static bool to_us(void *arg, const struct record *r)
{
	struct newest *n = arg;
	const struct word *w = (const void *)r;
	bool ours = !strcmp(w->to, n->ui->seat) || !strcmp(w->to, role_names[R_PROMPTER]) || !strcmp(w->to, "all");
	if (!r->gone && ours && !ids_have(&w->acks, n->ui->seat) && (!n->word || w->at > n->word->at))
		n->word = w;
	return true;
}

enum { WORD_MS = 120000 }; /* a word to someone on the air is of use for two minutes */

/* What is said to the prompter, at the foot: nothing else may push the question away. Returns the lines it took. */
static int draw_word(struct ui *ui, struct area a)
{
	struct newest n = { .ui = ui };
	world_each(ui_world(ui), K_WORD, to_us, &n);
	if (!n.word || ui_now(ui) - n.word->at > WORD_MS || a.rows < 8)
		return 0;
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s: %s", ui_name_of(ui, n.word->from), n.word->text);
	int lines = text_wrap(b.data, a.cols - 2, NULL, NULL);
	lines = lines > 2 ? 2 : lines;
	grid_wrap(&ui->grid, a, a.rows - lines, 1, a.cols - 2, lines, UI_MARK, b.data);
	buf_release(&b);
	return lines;
}

struct large {
	struct ui *ui;
	struct area a;
	const char *s;
	int row, rows, gap, skip, col;
};

static bool draw_large(void *arg, size_t from, size_t len)
{
	struct large *l = arg;
	if (l->skip > 0) {
		l->skip--;
		return true;
	}
	if (l->row >= l->rows)
		return false;
	grid_textn(&l->ui->grid, l->a, l->row, l->col, l->a.cols - l->col, UI_STRONG, l->s + from, len);
	l->row += l->gap;
	return true;
}

/* The words in lines of a width the eye takes at a glance, with a line between them when there is room. */
static int draw_question(struct prompter *p, struct ui *ui, struct area a, const char *words, int row, int rows)
{
	int margin = a.cols >= 100 ? 8 : a.cols >= 60 ? 4 : 1, cols = a.cols - 2 * margin;
	int lines = text_wrap(words, cols, NULL, NULL), gap = lines * 2 - 1 <= rows - row ? 2 : 1;
	int over = lines - (rows - row);
	p->top = over <= 0 ? 0 : p->top > over ? over : p->top < 0 ? 0 : p->top;
	if (gap == 2 && lines * 2 + 4 < rows - row)
		row += (rows - row - lines * 2) / 3;
	struct large l = { ui, a, words, row, rows, gap, p->top, margin };
	text_wrap(words, cols, draw_large, &l);
	if (over > p->top)
		grid_text(&ui->grid, a, rows - 1, a.cols - 1, 1, UI_DIM, ui_sign(SIGN_MORE));
	return l.row;
}

/* Under the question: its time; minutes and questions to the end. */
static void draw_times(struct prompter *p, struct ui *ui, struct area a, int row)
{
	struct buf b = BUF_INIT;
	int64_t air = air_ms(p, ui);
	struct to_end end = rundown_to_end(ui_world(ui), ui_now(ui));
	if (air >= 0) {
		buf_addf(&b, "%s ", ui_sign(SIGN_AIR));
		add_span(&b, air);
		grid_text(&ui->grid, a, row, 1, 12, UI_STRONG, b.data);
	}
	buf_reset(&b);
	if (end.timed) {
		long long minutes = (long long)((end.ms < 0 ? -end.ms : end.ms + 59999) / 60000);
		buf_addf(&b, end.ms < 0 ? _("%lld min past the end") : _("%lld min left"), minutes);
	}
	if (end.counted)
		buf_addf(&b, P_("%s%lld question", "%s%lld questions", end.questions), b.len ? ", " : "", (long long)end.questions);
	grid_right(&ui->grid, a, row, a.cols - 1, a.cols - 13, UI_TEXT, b.data);
	buf_release(&b);
}

static void draw_next(struct prompter *p, struct ui *ui, struct area a, int row)
{
	const struct question *next = p->rundown.next[0] ? world_question(ui_world(ui), p->rundown.next) : NULL;
	grid_text(&ui->grid, a, row, 1, 2, UI_DIM, ui_sign(SIGN_NEXT));
	grid_cut(&ui->grid, a, row, 3, a.cols - 4, UI_DIM, next ? next->wording : _("nothing next yet"));
}

static void draw(struct view *v, struct ui *ui, struct area a, bool focused)
{
	struct prompter *p = of(v);
	const struct world *w = ui_world(ui);
	const struct question *air = p->rundown.air[0] ? world_question(w, p->rundown.air) : NULL;
	int row = 0, end = a.rows - draw_word(ui, a);
	clock_drawn(p, ui);
	if (a.rows < 3)
		return;
	draw_next(p, ui, a, end - 1);
	draw_times(p, ui, a, end - 2);
	if (!air) {
		grid_cut(&ui->grid, a, row + 1, 1, a.cols - 2, UI_TEXT, _("No question is on the air."));
	} else {
		int credit = end - 3;
		bool people = air->people && a.cols >= 60;
		draw_question(p, ui, a, air->wording, row, credit - (a.rows > 10));
		struct buf b = BUF_INIT, n = BUF_INIT;
		buf_adds(&b, air->credit);
		if (people) {
			add_number(&n, air->people);
			buf_addf(&b, P_(" · asked by %s person", " · asked by %s people", air->people), n.data);
		}
		grid_cut(&ui->grid, a, credit, 1, a.cols - 2, UI_TITLE, b.data);
		buf_release(&b);
		buf_release(&n);
	}
	if (focused)
		grid_cursor(&ui->grid, a, row, 0, false);
}

static void title(struct view *v, struct ui *ui, struct buf *left, struct buf *right)
{
	(void)v;
	(void)ui;
	(void)right;
	buf_adds(left, _("Prompter"));
}

static void strip(struct view *v, struct ui *ui, struct buf *out)
{
	const struct question *air = world_question(ui_world(ui), of(v)->rundown.air);
	buf_adds(out, air ? air->wording : _("No question is on the air."));
}

static bool scroll(struct view *v, struct ui *ui, const char *arg)
{
	of(v)->top += !strcmp(arg, "up") ? -1 : 1; /* draw keeps it within the question */
	ui_dirty(ui);
	return true;
}

static const struct action rows[] = {
	{ "scroll", N_("scroll a long question"), NULL, ACT_REPEAT | ACT_PASTE, scroll, NULL },
	{ 0 },
};
extern const struct action_set actions_prompter;
const struct action_set actions_prompter = { "prompter", N_("Prompter"), rows };

const struct view_class view_prompter = { .name = "prompter", .contexts = contexts, .make = make, .free = release,
	.changed = changed, .title = title, .strip = strip, .draw = draw, .due = due };
