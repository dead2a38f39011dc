/* help.c: all keys, from the keymap; all operations, from their table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"
#include "ui/pager.h"
#include "ui/ui_own.h"

struct filling {
	struct pager *p;
	const char *context;
	const struct action *last; /* several keys of one action share a line */
	const char *arg;
};

static void add_keys(const struct binding *b, struct buf *out)
{
	for (int i = 0; i < b->n; i++) {
		if (i)
			buf_addc(out, ' ');
		key_show(&b->keys[i], out);
	}
}

static bool add_binding(void *arg, const struct binding *b)
{
	struct filling *f = arg;
	struct buf keys = BUF_INIT, text = BUF_INIT;
	if (b->action && (b->action->flags & ACT_QUIET))
		return true;
	add_keys(b, &keys);
	struct pager_line *l = f->p->n ? &f->p->v[f->p->n - 1] : NULL;
	if (b->action && l && f->last == b->action && !strcmp(f->arg, b->arg)) {
		struct buf both = BUF_INIT;
		buf_addf(&both, "%s, %s", l->left, keys.data);
		text_set(&l->left, both.data);
		buf_release(&both);
	} else if (b->action) {
		pager_add(f->p, UI_KEY, keys.data, UI_TEXT, _(action_help(f->context, b->action, b->arg)));
	} else {
		buf_addf(&text, ":%s", b->arg);
		pager_add(f->p, UI_KEY, keys.data, UI_TEXT, text.data);
	}
	f->last = b->action;
	f->arg = b->arg;
	buf_release(&keys);
	buf_release(&text);
	return true;
}

static void add_context(struct pager *p, struct ui *ui, const struct action_set *set)
{
	struct filling f = { .p = p, .context = set->context, .arg = "" };
	if (p->n)
		pager_addf(p, UI_TEXT, "%s", "");
	pager_addf(p, UI_TITLE, "%s", _(set->title));
	keymap_each(ui->config->keys, set->context, add_binding, &f);
}

static const struct action_set *set_of(const char *context)
{
	for (size_t i = 0; action_sets[i]; i++)
		if (!strcmp(action_sets[i]->context, context))
			return action_sets[i];
	return NULL;
}

/* The contexts of the pane beneath first, then what there is everywhere; the other panes have a help of their own. */
static void fill_keys(struct pager *p, struct ui *ui)
{
	struct view *below = ui_view(ui, (int)ui_view_of(ui, ui->focus));
	const char *const *c = below->class->contexts ? below->class->contexts(below) : NULL;
	for (; c && *c; c++)
		if (set_of(*c))
			add_context(p, ui, set_of(*c));
	add_context(p, ui, set_of("global"));
	pager_addf(p, UI_DIM, "%s", _("The keys of another pane: go there, and ask again. All of them: regie(1)."));
}

static void fill_ops(struct pager *p, struct ui *ui)
{
	pager_addf(p, UI_TEXT, "%s", "");
	pager_addf(p, UI_TITLE, "%s", _("What this seat may type after : (! what the public sees is armed first)"));
	for (size_t i = 0; i < ops_n; i++) {
		struct buf usage = BUF_INIT, text = BUF_INIT;
		if (!op_allowed(ui_world(ui), &ops[i], ui->role))
			continue;
		op_usage(&ops[i], &usage);
		buf_addf(&text, "%s%s", ops[i].flags & OP_PUBLIC ? "! " : "", _(ops[i].help));
		pager_add(p, UI_KEY, usage.data, UI_TEXT, text.data);
		buf_release(&usage);
		buf_release(&text);
	}
}

static struct view *make(struct ui *ui)
{
	(void)ui;
	struct pager *p = xmalloc(sizeof *p);
	pager_init(p, &view_help, 18);
	p->wraps = true;
	return &p->view;
}

static void release(struct view *v)
{
	pager_release(pager_of(v));
	free(v);
}

static void changed(struct view *v, struct ui *ui, unsigned what)
{
	struct pager *p = pager_of(v);
	if (!(what & VIEW_FOCUS) && p->n)
		return;
	p->at = p->top = 0;
	pager_clear(p);
	fill_keys(p, ui);
	fill_ops(p, ui);
}

static void title(struct view *v, struct ui *ui, struct buf *left, struct buf *right)
{
	(void)v;
	(void)ui;
	buf_adds(left, _("Help"));
	buf_adds(right, _("/ looks for a word, q closes"));
}

static void draw(struct view *v, struct ui *ui, struct area a, bool focused)
{
	pager_draw(pager_of(v), ui, a, focused);
}

const struct view_class view_help = {
	.name = "help", .contexts = pager_contexts, .make = make, .free = release, .changed = changed, .title = title, .draw = draw
};
