#include "tests/unit/memory_link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"

static bool add_record(void *arg, const struct record *r)
{
	wire_record(arg, r, WIRE_STORE, "fr");
	buf_addc(arg, '\n');
	return true;
}

void link_pull(struct memory_room *room, struct replica *to, const char *seat)
{
	struct buf page = BUF_INIT;
	struct page_info info;
	struct error e = { 0 };
	for (int k = 0; k < KIND_COUNT; k++)
		memory_world_each(room->records, (enum kind)k, add_record, &page);
	buf_addf(&page,
		"{\"next\":\"%lld\",\"more\":false,\"time\":1,\"ready\":true,\"whole\":true,\"event\":\"ev\",\"seat\":\"%s\"}\n",
		(long long)room->version, seat);
	if (!replica_apply(to, page.data, page.len, &info, &e))
		fail_msg("%s", e.text);
	free(info.presence);
	buf_release(&page);
}

static bool is_of_an_act(const struct op *op)
{
	return !strcmp(op->name, "undo") || !strcmp(op->name, "redo");
}

static void judge(struct memory_room *room, struct desk *desk, const char *seat, const struct wire_op *op)
{
	struct error e = { 0 }, why = { 0 };
	struct wire_verdict of = { 0 };
	struct offer o = memory_room_ask(room, seat, op->op);
	o.rev = op->rev;
	o.until = op->until;
	for (size_t k = 0; k < OP_ARGS_MAX; k++)
		o.arg[k] = op->arg[k];
	/* the room knows no desks: an act by its number instead */
	const char *colon = op->arg[0] ? strchr(op->arg[0], ':') : NULL;
	if (is_of_an_act(op->op) && colon && desk_verdict(desk, strtol(colon + 1, NULL, 10), &of, &e))
		o.arg[0] = of.act;
	const size_t acts = room->n_deeds;
	const enum err got = memory_room_offer(room, &o, NULL, &why);
	struct wire_verdict v = { .n = op->n,
		.verdict = got == ERR_NONE ? V_APPLIED : got == ERR_GONE ? V_EXPIRED : V_REFUSED,
		.text = got == ERR_NONE ? "applied" : why.text };
	if (got == ERR_NONE)
		id_from_number(v.act, (int64_t)acts + 1);
	assert_true(desk_settle(desk, &v, &e));
	wire_verdict_release(&of);
}

void link_carry(struct memory_room *room, struct desk *desk, const char *seat)
{
	struct wire_op v[50];
	size_t n;
	struct error e = { 0 };
	assert_true(desk_unsent(desk, v, COUNT_OF(v), &n, &e));
	for (size_t i = 0; i < n; i++) {
		judge(room, desk, seat, &v[i]);
		wire_op_release(&v[i]);
	}
}
