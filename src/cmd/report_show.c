/* report_show.c: the report as text, as one HTML file, and as JSON. */
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/cmd/report.h"
#include "src/wire/wire.h"

/* ---- text -------------------------------------------------------------------------------------------------------- */

enum { CELL_MAX = 40 }; /* columns of a terminal; longer ones are cut */

static size_t width_of(const char *s)
{
	size_t w = text_width(s);
	return w < CELL_MAX ? w : CELL_MAX;
}

static void pad(struct buf *out, size_t n)
{
	while (n--)
		buf_addc(out, ' ');
}

static void put_cell(struct buf *out, const char *s, size_t width, bool right, bool last)
{
	size_t fit = text_fit(s, CELL_MAX);
	bool cut = s[fit] != '\0';
	size_t w;
	if (cut)
		fit = text_fit(s, CELL_MAX - 1);
	char *shown = xstrndup(s, fit);
	w = text_width(shown) + cut;
	if (right)
		pad(out, width - w);
	buf_adds(out, shown);
	if (cut)
		buf_adds(out, "…");
	if (!right && !last)
		pad(out, width - w);
	free(shown);
}

static void text_section(const struct section *s, struct buf *out)
{
	size_t width[SECTION_COLUMNS] = { 0 };
	for (size_t i = 0; i < s->n; i++) {
		size_t w = width_of(s->cells[i]);
		if (w > width[i % s->columns])
			width[i % s->columns] = w;
	}
	for (size_t i = 0; i < s->n; i++) {
		size_t column = i % s->columns;
		bool last = column + 1 == s->columns;
		buf_adds(out, "  ");
		put_cell(out, s->cells[i], width[column], s->numbers & 1u << column, last);
		if (last) {
			while (out->len && out->data[out->len - 1] == ' ') /* an empty last cell */
				out->data[--out->len] = '\0';
			buf_addc(out, '\n');
		}
	}
}

static void sparkline(const struct report *p, struct buf *out)
{
	static const char *const bars[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	struct graph g = report_graph(p);
	if (g.n) {
		buf_adds(out, "  ");
		for (size_t i = 0; i < g.n; i++) {
			int64_t n = g.web[i] + g.sms[i];
			buf_adds(out, bars[n ? 1 + (n * 7 + g.most / 2) / g.most : 0]);
		}
		buf_addc(out, '\n');
	}
	buf_adds(out, "  ");
	graph_legend(p, &g, out);
	buf_addc(out, '\n');
}

void report_text(const struct report *p, struct buf *out)
{
	struct sheet s = report_sheet(p);
	buf_addf(out, "%s\n", s.title);
	for (size_t i = 0; i < s.n; i++) {
		buf_addf(out, "\n%s\n", s.v[i].heading);
		if (s.v[i].columns)
			text_section(&s.v[i], out);
		else
			sparkline(p, out);
	}
	sheet_release(&s);
}

/* ---- HTML -------------------------------------------------------------------------------------------------------- */

static const char style[] =
	"body{font:16px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
	"1rem;color:#1a1a1a;background:#fff}"
	"h1{font-size:1.6rem}h2{font-size:1.1rem;margin:2rem 0 .5rem;border-bottom:1px solid #888}"
	"table{border-collapse:collapse}td,th{padding:.2rem 1rem .2rem "
	"0;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
	".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}tr+tr>*{border-top:1px solid #ddd}"
	"svg{width:100%;height:9rem;display:block;background:#f4f4f4}.web{fill:#1f5fa8}.sms{fill:#e08a1e}p{margin:."
	"4rem 0}"
	"@media print{body{margin:0;max-width:none}}";

static void html_section(const struct section *s, struct buf *out)
{
	buf_adds(out, "<table>\n");
	for (size_t i = 0; i < s->n; i++) {
		size_t column = i % s->columns;
		bool head = s->header && i < s->columns;
		if (!column)
			buf_adds(out, "<tr>");
		buf_addf(out, "<%s%s%s>", head ? "th" : "td", s->numbers & 1u << column ? " class=\"n\"" : "",
			head ? " scope=\"col\"" : "");
		text_html(s->cells[i], out);
		buf_addf(out, "</%s>", head ? "th" : "td");
		if (column + 1 == s->columns)
			buf_adds(out, "</tr>\n");
	}
	buf_adds(out, "</table>\n");
}

enum { BAR = 10, HIGH = 120 }; /* units of the drawing */

static void bar(struct buf *out, const char *class, size_t column, int64_t from, int64_t n, int64_t most)
{
	if (n)
		buf_addf(out, "<rect class=\"%s\" x=\"%zu\" y=\"%.2f\" width=\"%d\" height=\"%.2f\"/>", class,
			column * BAR, HIGH - (double)(from + n) * HIGH / (double)most, BAR - 1,
			(double)n * HIGH / (double)most);
}

static void html_graph(const struct report *p, struct buf *out)
{
	struct graph g = report_graph(p);
	struct buf legend = BUF_INIT;
	graph_legend(p, &g, &legend);
	if (g.n) {
		buf_addf(out, "<svg viewBox=\"0 0 %zu %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"",
			g.n * BAR, HIGH);
		text_html(legend.data, out);
		buf_adds(out, "\">");
		for (size_t i = 0; i < g.n; i++) {
			bar(out, "web", i, 0, g.web[i], g.most);
			bar(out, "sms", i, g.web[i], g.sms[i], g.most);
		}
		buf_adds(out, "</svg>\n");
	}
	buf_adds(out, "<p>");
	text_html(legend.data, out);
	buf_adds(out, "</p>\n");
	if (g.n) {
		buf_adds(out,
			"<p><svg class=\"key\" viewBox=\"0 0 1 1\" "
			"style=\"width:.8em;height:.8em;display:inline\"><rect class=\"web\" width=\"1\" "
			"height=\"1\"/></svg> ");
		text_html(report_channel_name(p, CH_WEB), out);
		buf_adds(out,
			" <svg class=\"key\" viewBox=\"0 0 1 1\" style=\"width:.8em;height:.8em;display:inline\"><rect "
			"class=\"sms\" width=\"1\" height=\"1\"/></svg> ");
		text_html(report_channel_name(p, CH_SMS), out);
		buf_adds(out, "</p>\n");
	}
	buf_release(&legend);
}

void report_html(const struct report *p, struct buf *out)
{
	struct sheet s = report_sheet(p);
	buf_addf(out,
		"<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
		"'unsafe-inline'\">\n<title>",
		s.lang);
	text_html(s.title, out);
	buf_addf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n<h1>", style);
	text_html(s.title, out);
	buf_adds(out, "</h1>\n");
	for (size_t i = 0; i < s.n; i++) {
		buf_adds(out, "<h2>");
		text_html(s.v[i].heading, out);
		buf_adds(out, "</h2>\n");
		if (s.v[i].columns)
			html_section(&s.v[i], out);
		else
			html_graph(p, out);
	}
	buf_adds(out, "</body>\n</html>\n");
	sheet_release(&s);
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void open_at(struct buf *b, const char *name, char bracket)
{
	if (b->data[b->len - 1] != '{' && b->data[b->len - 1] != '[')
		buf_addc(b, ',');
	if (name)
		buf_addf(b, "\"%s\":", name);
	buf_addc(b, bracket);
}

static void json_channels(const struct report *p, struct buf *b)
{
	open_at(b, "channels", '{');
	for (enum channel c = CH_WEB; c <= CH_ROOM; c++) {
		const struct report_channel *v = &p->channels[c];
		open_at(b, channel_names[c], '{');
		if (c != CH_ROOM) {
			json_member_int(b, "messages", v->messages);
			json_member_int(b, "people", v->people);
			json_member_int(b, "dismissed", v->dismissed);
			json_member_int(b, "muted", v->muted);
		}
		json_member_int(b, "questions", v->questions);
		json_member_int(b, "aired", v->aired);
		buf_addc(b, '}');
	}
	buf_addc(b, '}');
}

static void json_arrivals(const struct report *p, struct buf *b)
{
	open_at(b, "arrivals", '[');
	for (size_t i = 0; i < p->n_arrivals; i++) {
		open_at(b, NULL, '{');
		json_member_int(b, "at", p->arrivals[i].at);
		json_member_int(b, "web", p->arrivals[i].web);
		json_member_int(b, "sms", p->arrivals[i].sms);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

static void json_largest(const struct report *p, struct buf *b)
{
	open_at(b, "largest", '[');
	for (size_t i = 0; i < p->n_largest; i++) {
		const struct report_theme *t = &p->largest[i];
		char id[ID_MAX];
		id_from_number(id, t->id);
		open_at(b, NULL, '{');
		json_member(b, "theme", id);
		json_member(b, "title", t->title);
		json_member_int(b, "people", t->people);
		json_member_int(b, "messages", t->messages);
		json_member_int(b, "web", t->web);
		json_member_int(b, "sms", t->sms);
		json_member_bool(b, "dismissed", t->dismissed);
		if (t->question) {
			json_member_int(b, "question", t->question);
			json_member(b, "state", question_state_names[t->state]);
			json_member(b, "outcome", result_names[t->outcome]);
			json_member_bool(b, "struck", t->struck);
			json_member_int(b, "aired_at", t->aired_at);
			json_member_int(b, "closed_at", t->closed_at);
		}
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

static void json_questions(const struct report *p, struct buf *b)
{
	open_at(b, "questions", '{');
	json_member_int(b, "planned", p->plan_questions);
	json_member_int(b, "accepted", p->accepted);
	json_member_int(b, "composed", p->composed);
	json_member_int(b, "improvised", p->improvised);
	json_member_int(b, "aired", p->aired);
	json_member_int(b, "waiting", p->waiting);
	json_member_int(b, "dropped", p->dropped);
	json_member_int(b, "returned", p->returned);
	json_member_int(b, "struck", p->struck);
	json_member_int(b, "people_aired", p->people_aired);
	open_at(b, "outcomes", '{');
	for (enum result r = OUT_ANSWERED; r < RESULTS; r++)
		json_member_int(b, result_names[r], p->outcomes[r]);
	buf_adds(b, "}}");
}

static void json_spread(struct buf *b, const char *name, const struct report_spread *s)
{
	open_at(b, name, '{');
	json_member_int(b, "n", s->n);
	json_member_int(b, "median", s->median);
	json_member_int(b, "ninth", s->ninth);
	json_member_int(b, "longest", s->longest);
	buf_addc(b, '}');
}

static void json_delays(const struct report *p, struct buf *b)
{
	open_at(b, "delays", '{');
	json_spread(b, "to_accept", &p->to_accept);
	json_spread(b, "to_air", &p->to_air);
	json_spread(b, "to_answer", &p->to_answer);
	buf_addc(b, '}');
}

static void json_answers(const struct report *p, struct buf *b)
{
	open_at(b, "answers", '{');
	json_member_int(b, "answers", p->answers);
	json_member_int(b, "segments", p->segments);
	json_member_int(b, "corrections", p->corrected);
	json_member_int(b, "retracted", p->retracted);
	json_member_int(b, "in_review", p->in_review);
	json_member_int(b, "notices", p->notices);
	buf_addc(b, '}');
	open_at(b, "interruptions", '[');
	for (size_t i = 0; i < p->n_interruptions; i++) {
		open_at(b, NULL, '{');
		json_member(b, "kind",
			p->interruptions[i].kind == IN_NONE ? "" : interruption_names[p->interruptions[i].kind]);
		json_member_int(b, "at", p->interruptions[i].at);
		json_member_int(b, "until", p->interruptions[i].until);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

static void json_crew(const struct report *p, struct buf *b)
{
	open_at(b, "seats", '[');
	for (size_t i = 0; i < p->n_seats; i++) {
		open_at(b, NULL, '{');
		json_member(b, "seat", p->seats[i].id);
		json_member(b, "name", p->seats[i].name);
		json_member(b, "role", role_names[p->seats[i].role]);
		json_member_bool(b, "removed", p->seats[i].removed);
		json_member_int(b, "acts", p->seats[i].acts);
		json_member_int(b, "undone", p->seats[i].undone);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
	open_at(b, "operations", '{');
	for (size_t i = 0; i < p->n_ops; i++) {
		open_at(b, p->ops[i].name, '{');
		json_member_int(b, "acts", p->ops[i].acts);
		json_member_int(b, "undone", p->ops[i].undone);
		buf_addc(b, '}');
	}
	buf_addc(b, '}');
	open_at(b, "decisions", '{');
	json_member_int(b, "acts", p->acts);
	json_member_int(b, "undone", p->undone);
	json_member_int(b, "holds", p->holds);
	json_member_int(b, "refused", p->refused);
	json_member_int(b, "expired", p->expired);
	buf_addc(b, '}');
}

void report_json(const struct report *p, struct buf *b)
{
	buf_addc(b, '{');
	open_at(b, "event", '{');
	json_member(b, "title", p->title);
	json_member(b, "lang", p->lang);
	json_member_bool(b, "rehearsal", p->rehearsal);
	json_member(b, "state", event_state_names[p->state]);
	json_member(b, "purged", p->purged);
	json_member_int(b, "opened_at", p->opened_at);
	json_member_int(b, "ended_at", p->ended_at);
	json_member_int(b, "plan_end", p->plan_end);
	buf_addc(b, '}');
	open_at(b, "totals", '{');
	json_member_int(b, "messages", p->messages);
	json_member_int(b, "people", p->people);
	json_member_int(b, "themes", p->themes);
	json_member_int(b, "merged", p->merged);
	json_member_int(b, "prepared", p->prepared);
	json_member_int(b, "repeats", p->repeats);
	json_member_int(b, "not_kept", p->not_kept);
	json_member_int(b, "stops", p->stops);
	json_member_int(b, "contacts", p->contacts);
	json_member_int(b, "held", p->held);
	json_member_int(b, "alerts", p->alerts);
	buf_addc(b, '}');
	json_channels(p, b);
	json_arrivals(p, b);
	json_largest(p, b);
	json_questions(p, b);
	json_delays(p, b);
	json_answers(p, b);
	json_crew(p, b);
	buf_adds(b, "}\n");
}
