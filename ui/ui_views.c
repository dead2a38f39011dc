/* ui_views.c: the views there are, made when they are first needed. */
#include "ui/ui_own.h"

static const struct view_class *const classes[VIEWS] = {
	[V_WEB] = &view_web,
	[V_SMS] = &view_sms,
	[V_QUESTION] = &view_question,
	[V_TRANSCRIPT] = &view_transcript,
	[V_PROMPTER] = &view_prompter,
	[V_LOG] = &view_log,
	[V_HELP] = &view_help,
	[V_SEATS] = &view_seats,
};

struct view *ui_view(struct ui *ui, int id)
{
	if (!ui->views[id]) {
		ui->views[id] = classes[id]->make(ui);
		classes[id]->changed(ui->views[id], ui, VIEW_ALL);
	}
	return ui->views[id];
}

enum view_id ui_view_of(const struct ui *ui, enum pane p)
{
	static const enum view_id views[PANES] = { [PANE_WEB] = V_WEB, [PANE_SMS] = V_SMS, [PANE_QUESTION] = V_QUESTION,
		[PANE_TRANSCRIPT] = V_TRANSCRIPT };
	return ui->role == R_PROMPTER ? V_PROMPTER : views[p];
}

struct view *ui_focused(struct ui *ui)
{
	return ui_view(ui, ui->over >= 0 ? ui->over : (int)ui_view_of(ui, ui->focus));
}
