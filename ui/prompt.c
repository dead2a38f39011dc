#include "ui/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/base/utf8.h"
#include "ui/editor.h"
#include "ui/intl.h"
#include "ui/term.h"
#include "ui/ui_own.h"

enum { CHOICES_MAX = 24, HISTORY_MAX = 50, LINE_MAX_BYTES = 4000, COMPLETIONS_MAX = 60 };

struct prompt {
	char *label;
	void *ctx;
	void (*typed)(void *ctx, const char *text);
	void (*taken)(void *ctx, const char *text);
	struct editor *ed;                /* NULL: a choice */
	bool colon;
	char *history;                    /* lines, newest last */
	int back;                         /* which of them is shown: 0 none, 1 the newest … */
	char *hint;                       /* completions, shown at the foot */
	struct choice rows[CHOICES_MAX];  /* owned copies */
	size_t n;
};

static void release(struct prompt *p)
{
	if (!p)
		return;
	editor_free(p->ed);
	for (size_t i = 0; i < p->n; i++) {
		free((char *)(uintptr_t)p->rows[i].key);
		free((char *)(uintptr_t)p->rows[i].word);
		free((char *)(uintptr_t)p->rows[i].value);
	}
	free(p->label);
	free(p->history);
	free(p->hint);
	free(p);
}

void prompt_close(struct ui *ui)
{
	struct prompt *p = ui->prompt;
	ui->prompt = NULL;
	ui->dirty = true;
	release(p);
}

static struct prompt *begin(struct ui *ui, const char *label, void *ctx, void (*taken)(void *ctx, const char *text))
{
	prompt_close(ui);
	ui->n_chord = 0;
	struct prompt *p = xcalloc(1, sizeof *p);
	p->label = xstrdup(label);
	p->hint = xstrdup("");
	p->ctx = ctx;
	p->taken = taken;
	return ui->prompt = p;
}

void prompt_line(struct ui *ui, const char *label, const char *text, void *ctx, void (*typed)(void *ctx, const char *text),
	void (*taken)(void *ctx, const char *text))
{
	char *own = xstrdup(text ? text : "");
	struct prompt *p = begin(ui, label, ctx, taken);
	p->typed = typed;
	p->ed = editor_new(true, LINE_MAX_BYTES);
	editor_set(p->ed, own, SIZE_MAX);
	free(own);
}

void prompt_choice(struct ui *ui, const char *label, const struct choice *rows, size_t n, void *ctx,
	void (*taken)(void *ctx, const char *value))
{
	struct prompt *p = begin(ui, label, ctx, taken);
	for (size_t i = 0; i < n && i < CHOICES_MAX; i++)
		p->rows[p->n++] = (struct choice){ .key = xstrdup(rows[i].key), .word = xstrdup(rows[i].word),
			.value = xstrdup(rows[i].value) };
}

bool prompt_typing(const struct ui *ui)
{
	return ui->prompt && ui->prompt->ed;
}

/* Closes first: who is told may ask again. */
static void answer(struct ui *ui, const char *text)
{
	struct prompt *p = ui->prompt;
	char *own = text ? xstrdup(text) : NULL;
	ui->prompt = NULL;
	ui->dirty = true;
	if (p->taken)
		p->taken(p->ctx, own);
	free(own);
	release(p);
}

/* ---- the `:` line ------------------------------------------------------------------------------------------------ */

static const char *history_line(const char *all, int back, size_t *n)
{
	const char *end = all + strlen(all);
	for (; back > 0; back--) {
		const char *from = end;
		if (from == all)
			return NULL;
		while (from > all && from[-1] != '\n')
			from--;
		*n = (size_t)(end - from);
		if (back == 1)
			return from;
		if (from == all)
			return NULL;
		end = from - 1;
	}
	return NULL;
}

static void remember(struct ui *ui, const char *line)
{
	char *all = desk_get(ui->o.desk, "line-history");
	struct buf b = BUF_INIT;
	size_t n = 0, lines = 0;
	const char *last = all ? history_line(all, 1, &n) : NULL;
	if (last && n == strlen(line) && !memcmp(last, line, n)) {
		free(all);
		return;
	}
	const char *from = all ? all : "";
	for (const char *c = from; *c; c++)
		lines += *c == '\n';
	for (; lines + 2 > HISTORY_MAX && strchr(from, '\n'); lines--)
		from = strchr(from, '\n') + 1;
	buf_addf(&b, "%s%s%s", from, *from ? "\n" : "", line);
	desk_set(ui->o.desk, "line-history", b.data, NULL);
	buf_release(&b);
	free(all);
}

static bool set_value(struct ui *ui, const char *rest, struct error *e)
{
	char name[40];
	const size_t n = strcspn(rest, " =");
	snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), rest);
	const char *value = rest + n + strspn(rest + n, " =");
	if (!*name)
		return error_set(e, ERR_USAGE, "%s", _("set NAME VALUE"));
	if (!config_set(ui->config, name, value, e))
		return false;
	if (ui->o.term) {
		term_settings(ui->o.term, ui->config->colours, ui->config->mouse);
		term_looks(ui->o.term, term_mono(ui->o.term) ? ui->config->mono : ui->config->colour);
	}
	ui->moved |= VIEW_ALL;
	ui_say(ui, false, _("%s is %s now, until this console is closed; regie.conf keeps it"), name, *value ? value : "\"\"");
	return true;
}

/* An action of the contexts of now; names of operations come first. */
static const struct action *action_of(struct ui *ui, const char *name)
{
	const char *contexts[8];
	ui_contexts(ui, contexts);
	for (int i = 0; contexts[i]; i++)
		for (size_t s = 0; action_sets[s]; s++)
			for (const struct action *a = action_sets[s]->actions; a->name && !strcmp(action_sets[s]->context, contexts[i]); a++)
				if (!strcmp(a->name, name))
					return a;
	return NULL;
}

/* False, and the sentence was said already. */
static bool was_told(struct error *e)
{
	*e = (struct error){ .code = ERR_REFUSED };
	return false;
}

static bool run_words(struct ui *ui, const struct words *w, struct error *e)
{
	const char *const *arg = (const char *const *)w->arg;
	if (w->op->flags & OP_PUBLIC)
		return ui_arm(ui, w->op->name, arg, NULL) || was_told(e);
	return ui_do_args(ui, w->op->name, arg, -1) || was_told(e);
}

bool prompt_run(struct ui *ui, const char *line, struct error *e)
{
	char name[40];
	struct words w = { 0 };
	line += strspn(line, " :");
	const size_t n = strcspn(line, " ");
	snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), line);
	const char *rest = line + n + strspn(line + n, " ");
	if (!*name)
		return true;
	if (!strcmp(name, "set"))
		return set_value(ui, rest, e);
	if (!strcmp(name, "q"))
		snprintf(name, sizeof name, "quit");
	const struct action *a = op_by_name(name) ? NULL : action_of(ui, name);
	if (a) {
		if (!ui_act(ui, a, rest))
			return error_set(e, ERR_REFUSED, _("\"%s\" has nothing to do here"), name);
		return true;
	}
	const bool done = words_parse(line, &w, e) && run_words(ui, &w, e);
	words_release(&w);
	return done;
}

static void colon_taken(void *ctx, const char *text)
{
	struct ui *ui = ctx;
	struct error e = { 0 };
	if (!text)
		return;
	if (*text)
		remember(ui, text);
	if (!prompt_run(ui, text, &e) && e.text[0])
		ui_say(ui, true, "%s", e.text);
}

void prompt_colon(struct ui *ui, const char *text)
{
	prompt_line(ui, ":", text, ui, NULL, colon_taken);
	ui->prompt->colon = true;
	ui->prompt->history = desk_get(ui->o.desk, "line-history");
}

/* ---- completion -------------------------------------------------------------------------------------------------- */

struct completing {
	const char *prefix;
	size_t n;
	void (*take)(void *arg, const char *word, const char *help);
	void *arg;
	int left;
};

static void offer(struct completing *c, const char *word, const char *help)
{
	if (c->left > 0 && !strncmp(word, c->prefix, c->n)) {
		c->left--;
		c->take(c->arg, word, help);
	}
}

static void complete_names(struct ui *ui, struct completing *c)
{
	const char *contexts[8];
	for (size_t i = 0; i < ops_n; i++)
		if (op_allowed(ui_world(ui), &ops[i], ui->role) || ui->role == R_NONE)
			offer(c, ops[i].name, ops[i].help);
	ui_contexts(ui, contexts);
	for (int k = 0; contexts[k]; k++)
		for (size_t s = 0; action_sets[s]; s++)
			for (const struct action *a = action_sets[s]->actions; a->name && !strcmp(action_sets[s]->context, contexts[k]); a++)
				if (!(a->flags & ACT_QUIET) && !op_by_name(a->name))
					offer(c, a->name, _(a->help));
	offer(c, "set", _("change a setting"));
}

static bool complete_record(void *arg, const struct record *r)
{
	struct completing *c = arg;
	char word[ID_MAX + 2];
	const struct question *q = (const void *)r;
	if (r->gone)
		return true;
	if (r->kind == K_SEAT) {
		offer(c, ((const struct seat *)r)->name, role_word(((const struct seat *)r)->role));
	} else if (q->number && q->state != Q_DROPPED && q->state != Q_RETURNED) {
		snprintf(word, sizeof word, "q%lld", (long long)q->number);
		offer(c, word, q->wording);
	}
	return c->left > 0;
}

static void complete_arg(struct ui *ui, const struct arg *a, struct completing *c)
{
	for (const char *const *v = a->choices; v && *v; v++)
		offer(c, *v, "");
	if (a->type == A_QUESTION || a->type == A_TARGET || a->type == A_ANSWER) {
		offer(c, "next", "");
		offer(c, "air", "");
		world_each(ui_world(ui), K_QUESTION, complete_record, c);
	}
	if (a->type == A_SEGMENT || a->type == A_TARGET)
		offer(c, "last", "");
	if (a->type == A_SEAT) {
		world_each(ui_world(ui), K_SEAT, complete_record, c);
		offer(c, "all", "");
	}
}

void prompt_complete(struct ui *ui, const char *line, void (*take)(void *arg, const char *word, const char *help), void *arg)
{
	const char *last = strrchr(line, ' ');
	struct completing c = { .prefix = last ? last + 1 : line, .take = take, .arg = arg, .left = COMPLETIONS_MAX };
	char name[40];
	c.n = strlen(c.prefix);
	const size_t n = strcspn(line, " ");
	snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), line);
	if (!last) {
		complete_names(ui, &c);
		return;
	}
	if (!strcmp(name, "set")) {
		for (size_t i = 0; i < settings_n; i++)
			offer(&c, settings[i].name, _(settings[i].help));
		return;
	}
	const struct op *op = op_by_name(name);
	size_t at = 0;
	for (const char *s = line; s < last; s++)
		at += *s == ' ' && s[1] != ' ';
	for (size_t i = 0, place = 0; op && i < op_arg_count(op); i++) {
		if (op->args[i].flags & ARG_NAMED)
			continue;
		if (place++ == at || (i + 1 == op_arg_count(op) && (op->args[i].flags & ARG_MANY)))
			complete_arg(ui, &op->args[i], &c);
	}
}

struct gathered {
	struct buf common, all;
	const char *prefix;
	size_t n;
};

static void gather(void *arg, const char *word, const char *help)
{
	struct gathered *g = arg;
	size_t same = 0;
	(void)help;
	if (g->n++ == 0) {
		buf_adds(&g->common, word);
	} else {
		while (g->common.data[same] && g->common.data[same] == word[same])
			same++;
		while (same > 0 && ((unsigned char)g->common.data[same] & 0xC0) == 0x80)
			same--; /* never half a letter */
		g->common.len = same;
		if (g->common.data != buf_empty)
			g->common.data[same] = '\0';
	}
	buf_addf(&g->all, "%s%s", g->all.len ? "  " : "", word);
}

static void complete(struct ui *ui, struct prompt *p)
{
	struct gathered g = { .common = BUF_INIT, .all = BUF_INIT };
	const char *line = editor_text(p->ed), *last = strrchr(line, ' ');
	const size_t from = last ? (size_t)(last + 1 - line) : 0, typed = strlen(line) - from;
	prompt_complete(ui, line, gather, &g);
	if (g.n == 1)
		buf_addc(&g.common, ' ');
	text_set(&p->hint, g.n > 1 ? g.all.data : "");
	if (g.n && g.common.len >= typed)
		editor_replace(p->ed, from, strlen(line), g.common.data);
	buf_release(&g.common);
	buf_release(&g.all);
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

static void recall(struct prompt *p, int step)
{
	size_t n = 0;
	const int back = p->back + step;
	const char *line = back > 0 && p->history ? history_line(p->history, back, &n) : NULL;
	if (back > 0 && !line)
		return;
	p->back = back > 0 ? back : 0;
	char *own = xstrndup(line ? line : "", n);
	editor_set(p->ed, own, SIZE_MAX);
	free(own);
}

static bool is_ctrl(const struct key *k, uint32_t code)
{
	return k->code == code && k->mods == KEY_CTRL;
}

static void line_key(struct ui *ui, struct prompt *p, const struct key *k)
{
	if (k->code == UK_ENTER) {
		answer(ui, editor_text(p->ed));
	} else if (k->code == UK_ESC || is_ctrl(k, 'c') || is_ctrl(k, 'g')) {
		answer(ui, NULL);
	} else if (k->code == UK_BACKSPACE && editor_len(p->ed) == 0) {
		answer(ui, NULL);
	} else if (p->colon && k->code == UK_TAB) {
		complete(ui, p);
	} else if (p->colon && (k->code == UK_UP || k->code == UK_DOWN || is_ctrl(k, 'p') || is_ctrl(k, 'n'))) {
		recall(p, k->code == UK_UP || k->code == 'p' ? 1 : -1);
	} else {
		text_set(&p->hint, "");
		editor_key(p->ed, k);
		if (p->typed)
			p->typed(p->ctx, editor_text(p->ed));
	}
}

/* Where letters are text, one that the menu does not know closes it and is typed: nothing a scribe writes is swallowed. */
static bool is_for_text(struct ui *ui, const struct key *k)
{
	const struct view *v = ui_focused(ui);
	return v != NULL && v->class->typing != NULL && v->class->typing(v) && key_is_text(k);
}

/* False: the menu is gone, and the key is somebody else's. */
static bool choice_key(struct ui *ui, struct prompt *p, const struct key *k)
{
	struct buf name = BUF_INIT;
	const char *value = NULL;
	key_spell(k, &name);
	for (size_t i = 0; i < p->n && !value; i++)
		if (!strcmp(p->rows[i].key, name.data))
			value = p->rows[i].value;
	buf_release(&name);
	if (value)
		answer(ui, value);
	else if (k->code == UK_ESC || is_for_text(ui, k))
		answer(ui, NULL);
	return value || k->code == UK_ESC || ui->prompt != NULL;
}

bool prompt_key(struct ui *ui, const struct key *k)
{
	struct prompt *p = ui->prompt;
	if (!p)
		return false;
	ui->dirty = true;
	if (!p->ed)
		return k->code == UK_PASTE || choice_key(ui, p, k);
	line_key(ui, p, k);
	return true;
}

/* ---- on the screen ----------------------------------------------------------------------------------------------- */

static void draw_choice(struct ui *ui, const struct prompt *p, struct area line, struct area foot)
{
	struct area a = line;
	int col = grid_text(&ui->grid, a, 0, 1, a.cols - 1, UI_STRONG, p->label) + 3;
	for (size_t i = 0; i < p->n; i++) {
		const int need = (int)(text_width(p->rows[i].key) + text_width(p->rows[i].word)) + 3;
		if (col + need > a.cols && a.row == line.row) {
			a = foot;
			col = 1;
		}
		col += grid_text(&ui->grid, a, 0, col, a.cols - col, UI_KEY, p->rows[i].key) + 1;
		col += grid_text(&ui->grid, a, 0, col, a.cols - col, UI_SAY, p->rows[i].word) + 2;
	}
	if (a.row == line.row)
		grid_right(&ui->grid, foot, 0, foot.cols - 1, foot.cols - 2, UI_FOOT, _("Esc leaves it"));
	grid_cursor(&ui->grid, line, 0, line.cols > 1 ? 1 : 0, true);
}

static void usage(struct ui *ui, const struct prompt *p, struct buf *out)
{
	char name[40];
	const char *line = editor_text(p->ed);
	const size_t n = strcspn(line, " ");
	snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), line);
	const struct op *op = op_by_name(name);
	const struct action *a = op ? NULL : action_of(ui, name);
	if (op) {
		op_usage(op, out);
		buf_addf(out, "  %s  %s", ui_sign(SIGN_DASH), _(op->help));
	} else if (a) {
		buf_addf(out, "%s  %s  %s", a->name, ui_sign(SIGN_DASH), _(a->help));
	} else {
		buf_adds(out, _("Tab completes  Enter does it  Esc leaves it  Up the line before"));
	}
}

void prompt_draw(struct ui *ui, struct area line, struct area foot)
{
	struct prompt *p = ui->prompt;
	struct buf b = BUF_INIT;
	if (!p->ed) {
		draw_choice(ui, p, line, foot);
		return;
	}
	int col = grid_cut(&ui->grid, line, 0, 0, line.cols / 2, UI_STRONG, p->label);
	if (!p->colon && strcmp(p->label, "/") != 0)
		col++;
	const struct area text = { .row = line.row, .col = line.col + col, .rows = 1, .cols = line.cols - col };
	editor_draw(p->ed, &ui->grid, text, 0, 1, true, UI_TEXT, NULL, NULL);
	if (*p->hint)
		buf_adds(&b, p->hint);
	else if (p->colon)
		usage(ui, p, &b);
	else
		buf_adds(&b, _("Enter takes it  Esc leaves it"));
	grid_cut(&ui->grid, foot, 0, 1, foot.cols - 1, UI_FOOT, b.data);
	buf_release(&b);
}
