/* ui_place.c: where this seat was: panes, selections, filters; kept in the desk, put back at the next start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/wire/wire.h"
#include "ui/ui_own.h"

static const char *const names[PANES] = { [PANE_WEB] = "web", [PANE_SMS] = "sms", [PANE_QUESTION] = "question",
	[PANE_TRANSCRIPT] = "transcript" };

static void place_json(struct ui *ui, struct buf *b)
{
	buf_addc(b, '{');
	json_member(b, "role", role_names[ui->role]);
	json_member(b, "focus", names[ui->focus]);
	json_member_bool(b, "zoom", ui->zoom);
	json_member_int(b, "seen", ui->loop->seen_act);
	for (int i = 0; i <= V_PROMPTER; i++) {
		const struct view *v = ui->views[i];
		struct buf saved = BUF_INIT;
		if (v && v->class->save)
			v->class->save(v, &saved);
		if (saved.len)
			json_member(b, v->class->name, saved.data);
		buf_release(&saved);
	}
	buf_addc(b, '}');
}

void ui_place_moved(struct ui *ui)
{
	if (ui->loop->place_due < 0)
		ui->loop->place_due = ui->mono + PLACE_MS;
}

void ui_place_save(struct ui *ui)
{
	struct buf b = BUF_INIT;
	ui->loop->place_due = -1;
	place_json(ui, &b);
	if (!ui->loop->place || strcmp(ui->loop->place, b.data) != 0) {
		desk_set(ui->o.desk, "place", b.data, NULL);
		free(ui->loop->place);
		ui->loop->place = buf_detach(&b);
	}
	buf_release(&b);
}

void ui_place_restore(struct ui *ui)
{
	char *saved = desk_get(ui->o.desk, "place");
	struct json *j = saved ? json_parse(saved, strlen(saved), NULL) : NULL;
	if (!j) {
		free(saved);
		return;
	}
	const char *role = json_text(j, "role"), *focus = json_text(j, "focus");
	int64_t seen = 0;
	if (json_int(j, "seen", &seen) && seen > ui->loop->seen_act)
		ui->loop->seen_act = seen;
	if (role && !strcmp(role, role_names[ui->role])) {
		for (int i = 0; i < PANES; i++)
			if (focus && !strcmp(focus, names[i]))
				ui->focus = (enum pane)i;
		ui->zoom = json_bool(j, "zoom", false);
		for (int i = 0; i <= V_PROMPTER; i++) {
			if (ui->role == R_PROMPTER ? i != V_PROMPTER : i == V_PROMPTER)
				continue;
			struct view *v = ui_view(ui, i);
			const char *own = json_text(j, v->class->name);
			if (own && v->class->restore)
				v->class->restore(v, ui, own);
		}
	}
	json_free(j);
	free(ui->loop->place);
	ui->loop->place = saved;
}
