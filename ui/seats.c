/* seats.c: who sits where and is on what; what each room last received. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "ui/intl.h"
#include "ui/pager.h"
#include "ui/ui_own.h"

static void add_claims(struct ui *ui, const char *claims, struct buf *b)
{
	while (*claims) {
		char one[ID_MAX + 16];
		const size_t n = strcspn(claims, " ");
		snprintf(one, sizeof one, "%.*s", (int)(n < sizeof one ? n : sizeof one - 1), claims);
		buf_adds(b, "  ");
		ui_call_target(ui, one, b);
		claims += n + (claims[n] == ' ');
	}
}

struct filling {
	struct pager *p;
	struct ui *ui;
};

static bool add_seat(void *arg, const struct record *r)
{
	struct filling *f = arg;
	const struct seat *s = (const void *)r;
	const struct mate *m = crew_mate(f->ui->crew, r->id);
	const bool mine = !strcmp(r->id, f->ui->seat);
	struct buf b = BUF_INIT;
	if (r->gone)
		return true;
	const bool here = !s->away && (mine || (m && m->here));
	buf_addf(&b, "%-10s %-8s", role_word(s->role), s->away ? _("away") : here ? _("here") : _("not here"));
	if (mine)
		buf_addf(&b, "  %s", _("you"));
	if (m && m->unsent)
		buf_addf(&b, P_("  %lld unsent", "  %lld unsent", m->unsent), (long long)m->unsent);
	if (m)
		add_claims(f->ui, m->claims, &b);
	if (m && *m->typing)
		buf_addf(&b, "  %s %s", ui_sign(SIGN_MORE), m->typing);
	pager_add(f->p, here ? UI_CLAIM : UI_DIM, s->name, here ? UI_TEXT : UI_DIM, b.data);
	buf_release(&b);
	return true;
}

static void add_room(struct pager *p, const struct status *s, const struct room_state *r)
{
	struct buf b = BUF_INIT;
	const bool good = r->viewers && r->sent >= s->broadcast;
	add_number(&b, r->viewers);
	buf_addf(&b, " %s", P_("viewer", "viewers", r->viewers));
	if (r->sent < s->broadcast)
		buf_addf(&b, _("  %lld behind"), (long long)(s->broadcast - r->sent));
	else
		buf_addf(&b, "  %s", r->delivered >= s->broadcast ? _("all have it all") : _("some are behind"));
	pager_add(p, UI_TEXT, r->name, good ? UI_GOOD : UI_WARN, b.data);
	buf_release(&b);
}

/* The link whole: its state, the address in use, why it is down. */
static void add_link(struct pager *p, struct ui *ui)
{
	struct buf b = BUF_INIT;
	pager_addf(p, UI_TITLE, "%s", _("Link"));
	const bool well = status_link(ui, &b);
	pager_add(p, UI_TEXT, ui->link.backend, well ? UI_GOOD : UI_WARN, b.data);
	if (!well && ui->link.why[0])
		pager_add(p, UI_TEXT, "", UI_WARN, ui->link.why);
	pager_addf(p, UI_TEXT, "%s", "");
	buf_release(&b);
}

static void fill(struct pager *p, struct ui *ui)
{
	const struct status *s = &ui->loop->status;
	struct filling f = { p, ui };
	pager_clear(p);
	pager_addf(p, UI_TITLE, "%s", _("Seats"));
	world_each(ui_world(ui), K_SEAT, add_seat, &f);
	pager_addf(p, UI_TEXT, "%s", "");
	add_link(p, ui);
	pager_addf(p, UI_TITLE, "%s", _("Rooms"));
	for (size_t i = 0; i < s->rooms; i++)
		add_room(p, s, &s->room[i]);
	if (!s->known)
		pager_addf(p, UI_DIM, "%s", _("nothing was heard of them yet"));
}

static struct view *make(struct ui *ui)
{
	(void)ui;
	struct pager *p = xmalloc(sizeof *p);
	pager_init(p, &view_seats, 20);
	return &p->view;
}

static void release(struct view *v)
{
	pager_release(pager_of(v));
	free(v);
}

static void changed(struct view *v, struct ui *ui, unsigned what)
{
	if (what & (VIEW_FOCUS | VIEW_WORLD | VIEW_OTHERS | VIEW_LINK))
		fill(pager_of(v), ui);
}

static void title(struct view *v, struct ui *ui, struct buf *left, struct buf *right)
{
	(void)v;
	(void)right;
	(void)ui;
	buf_adds(left, _("Seats and rooms"));
}

static void draw(struct view *v, struct ui *ui, struct area a, bool focused)
{
	pager_draw(pager_of(v), ui, a, focused);
}

const struct view_class view_seats = {
	.name = "seats", .contexts = pager_contexts, .make = make, .free = release, .changed = changed, .title = title, .draw = draw
};
