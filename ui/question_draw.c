/* question_draw.c: the rundown on the screen: what is on the air first, then what comes, then the reserve. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "ui/intl.h"
#include "ui/question.h"

enum { WIDE = 90 /* columns for a credit in each row */, TWO = 84 /* for two texts side by side */, INDENT = 3 };

const char *question_channel(const struct question *q)
{
	static const char *const words[CHANNELS] = { "", N_("web"), N_("SMS"), N_("room") };
	return q->channel ? _(words[q->channel]) : "";
}

const char *result_word(enum result r)
{
	static const char *const words[RESULTS] = { "", N_("answered"), N_("partly"), N_("declined"), N_("cut short"), N_("in writing") };
	return r ? _(words[r]) : "";
}

const char *hold_word(enum hold h)
{
	static const char *const words[HOLDS] = { "", N_("held: legal"), N_("held: opinion"), N_("held: fact"), N_("blocked") };
	return h ? _(words[h]) : "";
}

/* ---- words with differences -------------------------------------------------------------------------------------- */

struct wrapped {
	struct grid *g;
	struct area a;
	int row, col, cols, rows, used;
	enum ui_role role, changed;
	const char *s;
	const struct diff_side *side;
};

static bool draw_line(void *arg, size_t from, size_t len)
{
	struct wrapped *w = arg;
	int col = w->col, end = w->col + w->cols;
	bool more = w->used + 1 == w->rows && w->s[from + len] && strspn(w->s + from + len, " \n") < strlen(w->s + from + len);
	for (size_t i = from; i < from + len;) {
		bool changed = w->side && diff_changed(w->side, i);
		size_t j = i + 1;
		while (j < from + len && (w->side && diff_changed(w->side, j)) == changed)
			j++;
		col += grid_textn(w->g, w->a, w->row + w->used, col, end - col, changed ? w->changed : w->role, w->s + i, j - i);
		i = j;
	}
	if (more)
		grid_text(w->g, w->a, w->row + w->used, col < end ? col : end - 1, 1, UI_DIM, ui_sign(SIGN_MORE));
	return ++w->used < w->rows;
}

int draw_words(struct grid *g, struct area a, int row, int col, int cols, int rows, enum ui_role role, enum ui_role changed,
	const char *s, const struct diff_side *side)
{
	struct wrapped w = { g, a, row, col, cols, rows, 0, role, changed, s, side };
	if (rows > 0 && cols > 0)
		text_wrap(s, cols, draw_line, &w);
	return w.used;
}

/* ---- blocks ------------------------------------------------------------------------------------------------------- */

static void add_people(struct buf *b, int64_t people, bool asked)
{
	struct buf n = BUF_INIT;
	add_number(&n, people);
	buf_addf(b, asked ? P_("asked by %s person", "asked by %s people", people) : P_("%s person", "%s people", people), n.data);
	buf_release(&n);
}

static void select_row(struct question_view *v, struct ui *ui, struct area a, int row, const char *id, bool focused)
{
	if (strcmp(id, v->selected) || row >= a.rows)
		return;
	grid_paint(&ui->grid, a, row, 0, a.cols, focused ? UI_SELECT : UI_SELECT_OFF);
	if (focused)
		grid_cursor(&ui->grid, a, row, 0, false);
}

static int credit_line(struct question_view *v, struct ui *ui, struct area a, int row, int cols, const struct question *q)
{
	struct buf b = BUF_INIT;
	const struct question_row *known = question_row(v, q->r.id);
	int64_t people = known ? known->people : q->people;
	if (row < a.rows) {
		if (people)
			add_people(&b, people, q->state == Q_AIR && cols >= WIDE);
		int taken = people ? (int)text_width(b.data) + 2 : 0;
		grid_cut(&ui->grid, a, row, INDENT, cols - INDENT - taken, UI_TEXT, q->credit);
		if (people)
			grid_right(&ui->grid, a, row, cols - 1, cols, UI_DIM, b.data);
	}
	buf_release(&b);
	return row + 1;
}

/* Who has a hand in it, as the last words of its first line. */
static void add_state(struct question_view *v, struct ui *ui, const struct question *q, struct buf *b, enum ui_role *role)
{
	char what[ID_MAX + 12];
	snprintf(what, sizeof what, "question:%s", q->r.id);
	const char *who = ui_claimed(ui, what);
	const struct question_row *row = question_row(v, q->r.id);
	*role = UI_DIM;
	if (who) {
		*role = UI_CLAIM;
		buf_addf(b, _("%s is editing"), who);
		return;
	}
	if (draft_is_kept(v, q->r.id)) {
		*role = UI_MARK;
		buf_adds(b, _("draft kept"));
		return;
	}
	switch (row ? row->needs : NEEDS_NOTHING) {
	case NEEDS_RELEASE:
		*role = UI_HELD;
		buf_adds(b, hold_word(row->hold));
		if (row->why[0])
			buf_addf(b, " · %s", row->why);
		return;
	case NEEDS_DECISION:
		*role = UI_MARK;
		buf_adds(b, _("suggestion"));
		return;
	case NEEDS_REREADING:
		buf_adds(b, _("to re-read"));
		return;
	case NEEDS_NOTHING:
		break;
	}
	if (q->state == Q_CLOSED)
		buf_adds(b, q->struck ? _("struck") : result_word(q->outcome));
	else if (q->state == Q_DROPPED || q->state == Q_RETURNED)
		buf_addf(b, "%s%s%s", q->state == Q_DROPPED ? _("dropped") : _("returned"), q->reason[0] ? ": " : "", q->reason);
	else if (acts_unsent(ui->acts, K_QUESTION, q->r.id))
		buf_adds(b, _("sending"));
}

/* The theme's name, where that says more than the wording. */
static void draw_title(struct question_view *v, struct ui *ui, struct area a, int row, int col, const struct question *q)
{
	const struct question_row *r = question_row(v, q->r.id);
	if (r && strncmp(r->title, q->wording, strlen(r->title)) != 0)
		grid_cut(&ui->grid, a, row, col, a.cols - col, UI_TITLE, r->title);
}

static int draw_air(struct question_view *v, struct ui *ui, struct area a, int row, bool focused)
{
	const struct question *q = world_question(ui_world(ui), v->rundown.air);
	if (!q)
		return row;
	struct buf b = BUF_INIT;
	const enum ui_role clock = acts_confirmed_air(ui->acts, q->r.id) ? UI_STRONG : UI_WARN;
	if (clock == UI_WARN) /* the backend has not said so yet: nobody sees it */
		buf_adds(&b, _("NOT YET ON AIR: sending"));
	else
		buf_addf(&b, "%s ", _("on air")), add_span(&b, question_air_ms(v, ui));
	bool wide = a.cols >= WIDE;
	int first = row;
	grid_text(&ui->grid, a, row, 1, 2, UI_STRONG, ui_sign(SIGN_AIR));
	if (wide) {
		row += wide && a.rows > 14; /* room to breathe, for the host at arm's length */
		if (row != first)
			grid_text(&ui->grid, a, first, 1, 2, UI_TEXT, " "), grid_text(&ui->grid, a, row, 1, 2, UI_STRONG, ui_sign(SIGN_AIR));
		int taken = (int)text_width(b.data) + 2;
		grid_right(&ui->grid, a, row, a.cols - 1, taken, clock, b.data);
		first = row;
		row += draw_words(&ui->grid, a, row, INDENT, a.cols - INDENT - taken - 1, a.rows / 4 + 1, UI_STRONG, UI_STRONG, q->wording, NULL);
	} else {
		int col = INDENT + grid_text(&ui->grid, a, row, INDENT, a.cols - INDENT, clock, b.data) + 3;
		draw_title(v, ui, a, row, col, q);
		row++;
		row += draw_words(&ui->grid, a, row, INDENT, a.cols - INDENT - 1, a.rows / 4 + 1, UI_STRONG, UI_STRONG, q->wording, NULL);
	}
	select_row(v, ui, a, first, q->r.id, focused);
	row = credit_line(v, ui, a, row, a.cols, q);
	if (q->suggestion[0] && row < a.rows) {
		buf_reset(&b);
		buf_addf(&b, _("%s suggests: %s"), ui_name_of(ui, q->suggested_by), q->suggestion);
		grid_cut(&ui->grid, a, row++, INDENT, a.cols - INDENT - 1, UI_MARK, b.data);
	}
	buf_release(&b);
	return row;
}

static void heading(struct ui *ui, struct area a, int row, const char *left, int at, const char *right)
{
	grid_fill(&ui->grid, a, row, 0, a.cols, UI_RULE, ui_sign(SIGN_RULE));
	grid_textf(&ui->grid, a, row, 2, a.cols - 2, UI_TITLE, " %s ", left);
	if (right)
		grid_textf(&ui->grid, a, row, at, a.cols - at, UI_DIM, " %s ", right);
}

/* Where the original comes from: "Ric24 · 19:35", and who changed the wording since. */
static void source_line(struct question_view *v, struct ui *ui, struct area a, int row, int col, int cols, const struct question *q)
{
	struct buf b = BUF_INIT;
	int used = grid_cut(&ui->grid, a, row, col, cols, UI_DIM, v->source);
	if (!strcmp(q->r.did, "edit")) {
		buf_addf(&b, _("edited by %s "), ui_name_of(ui, q->r.by));
		add_hour(&b, q->r.when, false);
		grid_right(&ui->grid, a, row, col + cols, cols - used - 2, UI_DIM, b.data);
	}
	buf_release(&b);
}

static int draw_next_wide(struct question_view *v, struct ui *ui, struct area a, int row, const struct question *q, bool focused)
{
	int half = a.cols / 2, rows = a.rows / 4 + 1;
	heading(ui, a, row++, _("next"), half + 1, _("original"));
	diff_words(q->original, q->wording, false, &v->diff);
	bool original = q->original[0] != '\0';
	int left = draw_words(&ui->grid, a, row, INDENT, half - INDENT - 1, rows, UI_STRONG, original ? UI_ADDED : UI_STRONG, q->wording,
		original ? &v->diff.b : NULL);
	int right = draw_words(&ui->grid, a, row, half + 2, a.cols - half - 3, rows, UI_TEXT, UI_GONE, q->original, &v->diff.a);
	int used = left > right ? left : right;
	grid_text(&ui->grid, a, row, 1, 2, UI_TEXT, ui_sign(SIGN_NEXT));
	select_row(v, ui, (struct area){ a.row, a.col, a.rows, half }, row, q->r.id, focused);
	for (int i = 0; i <= used; i++)
		grid_text(&ui->grid, a, row + i, half, 1, UI_RULE, ui_sign(SIGN_BAR));
	row += used;
	source_line(v, ui, a, row, half + 2, a.cols - half - 3, q);
	return credit_line(v, ui, a, row, half, q);
}

static int draw_next_narrow(struct question_view *v, struct ui *ui, struct area a, int row, const struct question *q, bool focused)
{
	grid_text(&ui->grid, a, row, 1, 2, UI_TEXT, ui_sign(SIGN_NEXT));
	int col = INDENT + grid_text(&ui->grid, a, row, INDENT, a.cols - INDENT, UI_DIM, _("next")) + 3;
	draw_title(v, ui, a, row, col, q);
	select_row(v, ui, a, row, q->r.id, focused);
	row++;
	row += draw_words(&ui->grid, a, row, INDENT, a.cols - INDENT - 1, a.rows / 4 + 1, UI_TEXT, UI_TEXT, q->wording, NULL);
	return credit_line(v, ui, a, row, a.cols, q);
}

static int draw_next(struct question_view *v, struct ui *ui, struct area a, int row, bool focused)
{
	const struct question *q = world_question(ui_world(ui), v->rundown.next);
	if (!q && v->rundown.n && row < a.rows - 3) {
		grid_text(&ui->grid, a, row, 1, 2, UI_DIM, ui_sign(SIGN_NEXT));
		grid_cut(&ui->grid, a, row++, INDENT, a.cols - INDENT - 1, UI_DIM, _("nothing next"));
	}
	if (!q || row >= a.rows)
		return row;
	row = (a.cols >= TWO ? draw_next_wide : draw_next_narrow)(v, ui, a, row, q, focused);
	struct buf b = BUF_INIT;
	enum ui_role role;
	add_state(v, ui, q, &b, &role);
	if (b.len && role != UI_DIM && row < a.rows)
		grid_cut(&ui->grid, a, row++, INDENT, a.cols - INDENT - 1, role, b.data);
	if (q->suggestion[0] && row < a.rows) {
		buf_reset(&b);
		buf_addf(&b, _("%s suggests: %s"), ui_name_of(ui, q->suggested_by), q->suggestion);
		grid_cut(&ui->grid, a, row++, INDENT, a.cols - INDENT - 1, UI_MARK, b.data);
	}
	buf_release(&b);
	return row;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static void draw_row(struct question_view *v, struct ui *ui, struct area a, int row, const struct question_row *r, bool focused)
{
	const struct question *q = world_question(ui_world(ui), r->id);
	if (!q)
		return;
	struct buf b = BUF_INIT;
	enum ui_role role, plain = r->part == PART_RESERVE ? UI_TEXT : UI_DIM;
	bool marked = ids_have(&v->marked, r->id);
	int end = a.cols - 1;
	if (marked)
		grid_text(&ui->grid, a, row, 0, 2, UI_MARK, "+");
	if (r->place)
		grid_textf(&ui->grid, a, row, 2, 4, UI_DIM, "%2d", r->place);
	else if (q->number)
		grid_textf(&ui->grid, a, row, 1, 5, UI_DIM, "q%lld", (long long)q->number);
	add_state(v, ui, q, &b, &role);
	int room = a.cols >= WIDE ? 24 : a.cols / 4;
	int state = (int)text_width(b.data);
	state = state > room ? room : state;
	int reserved = a.cols >= WIDE ? 14 : 12;
	reserved = state > reserved ? state : reserved;
	if (b.len)
		grid_cut(&ui->grid, a, row, end - state, state, role, b.data);
	end -= reserved ? reserved + 2 : 0;
	buf_reset(&b);
	int64_t people = r->people;
	if (people && end > 34) {
		add_number(&b, people);
		grid_right(&ui->grid, a, row, end, 9, plain, b.data);
	}
	end -= end > 34 ? 10 : 0;
	buf_reset(&b);
	int width = a.cols >= WIDE ? a.cols / 5 : 5;
	if (end > 24) {
		if (a.cols >= WIDE && q->credit[0])
			buf_adds(&b, q->credit);
		else
			buf_adds(&b, question_channel(q));
		int w = (int)text_width(b.data);
		w = w > width ? width : w;
		grid_cut(&ui->grid, a, row, end - w, w, UI_DIM, b.data);
		end -= width + 1;
	}
	buf_reset(&b);
	if (a.cols >= WIDE)
		buf_adds(&b, q->wording);
	else
		buf_adds(&b, r->title);
	grid_cut(&ui->grid, a, row, 6, end - 6, marked ? UI_MARK : plain, b.data);
	select_row(v, ui, a, row, r->id, focused);
	buf_release(&b);
}

static void part_heading(struct question_view *v, struct ui *ui, struct area a, int row, enum question_part part, bool folded)
{
	static const char *const words[PARTS] = { "", "", N_("reserve"), N_("closed"), N_("dropped and returned") };
	struct buf b = BUF_INIT;
	buf_addf(&b, "%s %zu", _(words[part]), v->rundown.count[part]);
	heading(ui, a, row, b.data, a.cols - 12, folded ? _("folded") : NULL);
	buf_release(&b);
}

/* Rows of the reserve and behind, with a heading where another part begins; scrolled so that the selection is seen. */
static int draw_list(struct question_view *v, struct ui *ui, struct area a, int row, int end, bool focused)
{
	size_t first = (size_t)(v->rundown.air[0] != 0) + (v->rundown.next[0] != 0), at = rundown_find(&v->rundown, v->selected);
	int room = end - row;
	v->page = room > 2 ? room - 1 : 1;
	if (v->top < first)
		v->top = first;
	if (at < v->rundown.n && at >= first) {
		size_t parts = 1; /* lines that headings take between top and the selection */
		for (size_t i = v->top + 1; i <= at && i < v->rundown.n; i++)
			parts += v->rundown.v[i].part != v->rundown.v[i - 1].part;
		if (at < v->top)
			v->top = at;
		else if (room > 0 && at - v->top + parts >= (size_t)room)
			v->top = at + parts + 1 > (size_t)room ? at + parts + 1 - (size_t)room : first;
		if (v->top > at)
			v->top = at;
	} else {
		v->top = first;
	}
	for (size_t i = v->top; i < v->rundown.n && row < end; i++) {
		const struct question_row *r = &v->rundown.v[i];
		if ((i == v->top || r->part != v->rundown.v[i - 1].part) && end - row > 1)
			part_heading(v, ui, a, row++, r->part, false);
		draw_row(v, ui, a, row++, r, focused);
	}
	for (int part = PART_CLOSED; part < PARTS && row < end; part++)
		if (v->rundown.count[part] && !(part == PART_CLOSED ? v->closed : v->gone))
			part_heading(v, ui, a, row++, (enum question_part)part, true);
	return row;
}

static void add_share(struct buf *b, int64_t part, int64_t all)
{
	buf_addf(b, "%lld %%", all ? (long long)((part * 100 + all / 2) / all) : 0LL);
}

/* "SMS 67 % of questions, 99 % of messages": whether the questions aired are those of the public. */
static void add_channels(const struct question_view *v, struct buf *b)
{
	static const char *const words[CHANNELS] = { "", N_("web"), N_("SMS"), N_("room") };
	static const enum channel order[] = { CH_SMS, CH_WEB, CH_ROOM };
	int64_t all = v->public_by[CH_WEB] + v->public_by[CH_SMS];
	bool first = true;
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		const enum channel c = order[i];
		if (!v->rundown.by[c] && !v->public_by[c])
			continue;
		buf_addf(b, " · %s ", _(words[c]));
		add_share(b, v->rundown.by[c], v->rundown.aired);
		if (first)
			buf_addf(b, " %s", _("of questions"));
		if (all && c != CH_ROOM) {
			buf_adds(b, ", ");
			add_share(b, v->public_by[c], all);
			buf_addf(b, " %s", _("of messages"));
		}
		first = false;
	}
}

/* "12 questions aired: 412 000 people of 1 008 029 (41 %)", and by channel where there is room: `say` 3 all, 1 the least. The
 * backend counts a person once; until it has told, people of each question as it was aired are added up. */
static void add_coverage(const struct question_view *v, struct buf *b, int say)
{
	const struct rundown *r = &v->rundown;
	int64_t people = v->people_aired >= 0 ? v->people_aired : r->people;
	struct buf n = BUF_INIT;
	buf_addf(b, P_("%lld question aired: ", "%lld questions aired: ", r->aired), (long long)r->aired);
	add_people(b, people, false);
	if (v->public_people > 0) {
		add_number(&n, v->public_people);
		buf_addf(b, _(" of %s"), n.data);
	}
	if (v->public_people > 0 && say > 1) {
		buf_adds(b, " (");
		add_share(b, people, v->public_people);
		buf_addc(b, ')');
	}
	if (say > 2)
		add_channels(v, b);
	buf_release(&n);
}

/* What the evening stands at: questions and people, by channel, time and questions left. */
static void draw_balance(struct question_view *v, struct ui *ui, struct area a, int row)
{
	const struct rundown *r = &v->rundown;
	struct buf b = BUF_INIT;
	struct to_end end = rundown_to_end(ui_world(ui), ui_now(ui));
	if (end.timed) {
		long long minutes = (long long)((end.ms < 0 ? -end.ms : end.ms + 59999) / 60000);
		buf_addf(&b, end.ms < 0 ? _("%lld min past the end") : _("%lld min left"), minutes);
	}
	if (end.counted)
		buf_addf(&b, P_("%s%lld question left", "%s%lld questions left", end.questions), b.len ? ", " : "", (long long)end.questions);
	int right = b.len ? grid_right(&ui->grid, a, row, a.cols - 1, a.cols - 2, UI_TEXT, b.data) + 3 : 0;
	buf_reset(&b);
	for (int say = 3; r->aired && (say == 3 || (say > 0 && (int)text_width(b.data) > a.cols - 1 - right)); say--) {
		buf_reset(&b);
		add_coverage(v, &b, say);
	}
	if (b.len > 0)
		grid_cut(&ui->grid, a, row, 1, a.cols - 1 - right, UI_DIM, b.data);
	buf_release(&b);
}

void question_draw(struct question_view *v, struct ui *ui, struct area a, bool focused)
{
	if (focused)
		grid_cursor(&ui->grid, a, 0, 0, false);
	int row = draw_air(v, ui, a, 0, focused), end = a.rows - (a.rows >= 7);
	row = draw_next(v, ui, a, row, focused);
	if (row > a.rows - 4 && a.rows >= 4 && rundown_find(&v->rundown, v->selected) > 1) {
		row = a.rows - 4 > 0 ? a.rows - 4 : 0; /* the selection is always seen */
		for (int i = row; i < a.rows; i++)
			grid_fill(&ui->grid, a, i, 0, a.cols, UI_TEXT, " ");
	}
	if (!v->rundown.n)
		grid_cut(&ui->grid, a, row, INDENT, a.cols - INDENT, UI_DIM,
			_("No question yet: the moderators accept themes into the rundown, `:compose` writes one of the room's own."));
	draw_list(v, ui, a, row, end, focused);
	if (a.rows >= 7)
		draw_balance(v, ui, a, a.rows - 1);
}
