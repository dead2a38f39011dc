/* do_admin.c: whether it is well, and what it has done. */
#include <stdio.h>
#include <string.h>

#include "net/server/routes.h"
#include "net/server/viewers.h"
#include "src/base/cli.h"
#include "src/wire/wire.h"

HANDLER(handle_health)
{
	(void)b;
	(void)part;
	x->res.status = 200;
	x->res.type = "text/plain; charset=utf-8";
	buf_adds(&x->res.body, "ok\n");
	exchange_done(x);
}

HANDLER(handle_ready)
{
	(void)part;
	if (!backend_ready(b, x))
		return;
	x->res.status = 200;
	x->res.type = "text/plain; charset=utf-8";
	buf_adds(&x->res.body, "ready\n");
	exchange_done(x);
}

HANDLER(handle_openapi)
{
	(void)b;
	(void)part;
	backend_ok_json(x);
	response_header(&x->res, "Access-Control-Allow-Origin", "*");
	openapi(&x->res.body);
	exchange_done(x);
}

HANDLER(handle_status)
{
	(void)part;
	struct seat_ref seat;
	if (!backend_seat(b, x, &seat))
		return;
	struct buf *out = &x->res.body;
	backend_ok_json(x);
	buf_adds(out, "{");
	json_member_int(out, "time", clock_now(b->clock));
	json_member_int(out, "version", b->version);
	json_member_int(out, "epoch", b->directory->epoch);
	json_member(out, "seat", seat.id);
	json_member(out, "name", seat.name);
	json_member(out, "role", role_names[seat.role]);
	json_member_int(out, "messages", b->figures.messages);
	json_member_int(out, "people", b->figures.people);
	json_member_int(out, "people_aired", b->figures.people_aired);
	json_member_int(out, "themes", b->figures.themes);
	backend_disk_json(b, true, out);
	status_members(b, out);
	buf_adds(out, ",\"presence\":");
	presence_json(b->presence, out);
	buf_adds(out, "}\n");
	exchange_done(x);
}

static void metric(struct buf *out, const char *name, const char *type, const char *help, double v)
{
	buf_addf(out, "# HELP regie_%s %s\n# TYPE regie_%s %s\nregie_%s %.17g\n", name, help, name, type, name, v);
}

static void room_metrics(struct backend *b, struct buf *out)
{
	static const struct {
		const char *name, *help;
	} rows[] = {
		{ "room_viewers", "viewers on the live stream" },
		{ "room_last_sent", "highest broadcast number any viewer of the room has taken whole" },
		{ "room_delivered", "broadcast number that every present viewer of the room has" },
		{ "room_idle_seconds", "since any viewer of the room took bytes; -1: never" },
	};
	for (size_t m = 0; m < 4; m++) {
		buf_addf(out, "# HELP regie_%s %s\n# TYPE regie_%s gauge\n", rows[m].name, rows[m].help, rows[m].name);
		for (size_t i = 0; i < b->directory->n_rooms; i++) {
			struct hub_room r = hub_room(b->hub, viewers_room(b, b->directory->rooms[i].slug));
			double idle = r.last_ms ? (double)(clock_mono(b->clock) - r.last_ms) / 1000 : -1;
			double v[] = { (double)r.viewers, (double)r.sent, (double)r.delivered, idle };
			buf_addf(out, "regie_%s{room=\"%s\"} %.17g\n", rows[m].name, b->directory->rooms[i].slug, v[m]);
		}
	}
}

HANDLER(handle_metrics)
{
	(void)part;
	struct buf *out = &x->res.body;
	const struct store_figures *f = &b->figures;
	x->res.status = 200;
	x->res.type = "text/plain; version=0.0.4; charset=utf-8";
	buf_adds(out,
		"# HELP regie_info version\n# TYPE regie_info gauge\nregie_info{version=\"" REGIE_VERSION "\"} 1\n");
	metric(out, "uptime_seconds", "gauge", "since this process began to serve",
		(double)(clock_now(b->clock) - b->started_at) / 1000);
	metric(out, "up", "gauge", "1 when what comes can be kept", b->trouble.code ? 0 : 1);
	metric(out, "messages", "gauge", "messages of the event", (double)f->messages);
	metric(out, "people", "gauge", "participants of the event", (double)f->people);
	metric(out, "themes", "gauge", "themes of the event", (double)f->themes);
	metric(out, "version", "gauge", "version of the event", (double)f->version);
	metric(out, "operations", "gauge", "operations applied", (double)f->acts);
	metric(out, "broadcast_last", "gauge", "last broadcast number", (double)hub_last(b->hub));
	metric(out, "viewers", "gauge", "viewers on the live stream, all rooms", (double)hub_viewers(b->hub));
	metric(out, "commit_sync_seconds", "gauge", "last fdatasync of a commit", (double)f->sync_us_last / 1e6);
	metric(out, "commit_sync_median_seconds", "gauge", "median fdatasync of recent commits",
		(double)f->sync_us_median / 1e6);
	metric(out, "memory_themes_bytes", "gauge", "memory of the theme engine and its counts",
		(double)f->memory_themes);
	metric(out, "memory_people_bytes", "gauge", "memory of the sets of people", (double)f->memory_people);
	metric(out, "disk_free_bytes", "gauge", "left on the event's disk; -1: not known", (double)b->space.left);
	metric(out, "disk_level", "gauge", "0 enough, 1 low, 2 the public is refused", (double)b->space.level);
	if (b->check) {
		metric(out, "check_verdict", "gauge", "on the event's file: 0 sound, 1 looked at still, 2 damaged",
			(double)b->check->verdict);
		metric(out, "check_tables", "gauge", "tables of it found sound", (double)b->check->look.done);
	}
	metric(out, "requests_total", "counter", "requests answered", (double)b->tally.requests);
	metric(out, "messages_taken_total", "counter", "messages stored since the start", (double)b->tally.messages);
	metric(out, "messages_repeated_total", "counter", "repeats recognised", (double)b->tally.repeats);
	metric(out, "messages_refused_total", "counter", "requests that held no message we can keep",
		(double)b->tally.refused);
	metric(out, "messages_not_kept_total", "counter", "messages that came while the intake was shut",
		(double)b->tally.not_kept);
	metric(out, "messages_limited_total", "counter", "messages over the bound of an address",
		(double)b->tally.too_many);
	metric(out, "writer_waiting", "gauge", "jobs waiting for the writer", (double)writer_waiting(b->writer));
	room_metrics(b, out);
	exchange_done(x);
}
