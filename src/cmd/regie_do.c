/* regie_do.c: regie do: the operations of the `:` line, without a screen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/cmd/cmd.h"
#include "src/cmd/regie_seat.h"
#include "src/wire/wire.h"

enum { TIMEOUT_S = 15, TIMEOUT_MAX_S = 86400, CONNECT_MS = 3000, SETTLE_MS = 500, EARLIER_MAX = 100, EXIT_UNSENT = 2 };

static const struct cli_option options[] = {
	SEAT_OPTIONS,
	{ "timeout", "SECONDS", NULL, "how long to wait for a verdict; 15. What was not sent by then stays in the desk",
		false },
	{ NULL, NULL, NULL, NULL, false },
};

static void print_operations(void)
{
	struct buf usage = BUF_INIT;
	printf("\noperations (! = the public sees it, x = expires after %d s):\n", OP_UNTIL_MS / 1000);
	for (size_t i = 0; i < ops_n; i++) {
		buf_reset(&usage);
		op_usage(&ops[i], &usage);
		printf("  %s%s%s\n      %s\n", usage.data, ops[i].flags & OP_PUBLIC ? "  !" : "",
			ops[i].flags & OP_EXPIRES ? "x" : "", ops[i].help);
	}
	buf_release(&usage);
	puts("\nA question is q7, next, air or its id; a theme t12; a message m12; a segment last, last-1 or its id; "
	     "several are\n"
	     "separated by commas. NAME=VALUE gives an argument by name; text is the rest of the line.");
}

/* ---- one operation ----------------------------------------------------------------------------------------------- */

static const struct record *subject(const struct world *w, const struct wire_op *op)
{
	const char *id = op->op->subject_arg >= 0 ? op->arg[op->op->subject_arg] : NULL;
	enum kind kind = op->op->subject;
	if (!id || strchr(id, ' '))
		return NULL;
	const char *colon = strchr(id, ':');
	if (colon) {
		char name[16];
		snprintf(name, sizeof name, "%.*s", (int)(colon - id), id);
		if (!kind_by_name(name, &kind))
			return NULL;
		id = colon + 1;
	}
	return kind < KIND_COUNT ? world_get(w, kind, id) : NULL;
}

/* Words are changed on the revision they were read in; while earlier operations wait here, theirs is not known yet. */
static void state_rev(struct open_seat *s, struct wire_op *op)
{
	const struct record *r = (op->op->flags & OP_EDIT) && !desk_unsent_count(s->desk)
		? subject(replica_world(s->replica), op)
		: NULL;
	op->rev = r ? r->rev : -1;
}

static bool new_record_id(struct wire_op *op)
{
	for (size_t i = 0; i < op_arg_count(op->op); i++)
		if (op->op->args[i].type == A_ID && !op->arg[i]) {
			op->arg[i] = xcalloc(1, ID_MAX);
			id_uuid7(op->arg[i], op->at, randomness_system());
			return true;
		}
	return false;
}

/* "last" is this seat's newest segment, what still waits in the desk included: the replica does not know of it, and
 * `retract last` must not take another's words. */
struct waiting_segments {
	long skip;
	char id[ID_MAX];
};
static bool waiting_segment(void *arg, const struct wire_op *op, const struct wire_verdict *v)
{
	struct waiting_segments *m = arg;
	if (v->verdict != V_NONE || strcmp(op->op->name, "publish") != 0)
		return true;
	for (size_t i = 0; i < op_arg_count(op->op); i++)
		if (op->op->args[i].type == A_ID && op->arg[i] && m->skip == 0)
			snprintf(m->id, sizeof m->id, "%s", op->arg[i]);
	return m->skip-- > 0;
}

/* The words with "last" replaced by what it means now; NULL leaves them as they are. Owned by the caller. */
static char *last_segment(struct open_seat *s, const struct arg *a, const char *given)
{
	struct error ignore = { 0 };
	if (!given || (a->type != A_SEGMENT && a->type != A_TARGET) || strncmp(given, "last", 4) != 0 ||
		strpbrk(given, " ,"))
		return NULL;
	struct waiting_segments m = { .skip = given[4] == '-' ? strtol(given + 5, NULL, 10) : 0 };
	long asked = m.skip;
	desk_each(s->desk, 0, waiting_segment, &m, &ignore);
	struct buf b = BUF_INIT;
	if (m.id[0])
		buf_addf(&b, "%s%s", a->type == A_TARGET ? "segment:" : "", m.id);
	else if (m.skip < asked)
		buf_addf(&b, "last-%ld", m.skip);
	return b.len ? buf_detach(&b) : NULL;
}

static bool resolve(struct open_seat *s, const struct words *w, const char *seat, int64_t at, char *arg[OP_ARGS_MAX],
	struct error *e)
{
	struct words now = *w;
	char *made[OP_ARGS_MAX] = { 0 };
	for (size_t i = 0; i < op_arg_count(w->op); i++)
		if ((made[i] = last_segment(s, &w->op->args[i], w->arg[i])))
			now.arg[i] = made[i];
	bool good = words_resolve(replica_world(s->replica), &now, seat, at, arg, e);
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		free(made[i]);
	return good;
}

static bool put(struct open_seat *s, const struct words *w, struct wire_op *op, struct error *e)
{
	struct sync_state now;
	sync_state(s->sync, &now);
	const char *seat = now.seat[0] ? now.seat : desk_seat(s->desk);
	*op = (struct wire_op){ .op = w->op, .at = seat_now(s) };
	if (!resolve(s, w, seat, op->at, op->arg, e))
		return false;
	new_record_id(op);
	op->until = w->op->flags & OP_EXPIRES ? op->at + OP_UNTIL_MS : 0;
	state_rev(s, op);
	return desk_put(s->desk, op, e);
}

/* Steps until there is a verdict; V_NONE when the time is over or the link refuses. */
static bool wait_verdict(struct open_seat *s, const struct wire_op *op, int64_t timeout_ms, struct wire_verdict *v,
	char why[256], struct error *e)
{
	int64_t end = clock_mono(clock_system()) + timeout_ms;
	struct sync_state now;
	sync_wake(s->sync);
	for (;;) {
		wire_verdict_release(v);
		if (!desk_verdict(s->desk, op->n, v, e))
			return false;
		if (v->verdict != V_NONE)
			return true;
		sync_state(s->sync, &now);
		snprintf(why, 256, "%s", now.link == LINK_UP ? "" : now.why);
		if (now.link == LINK_REFUSED || clock_mono(clock_system()) >= end)
			return true;
		sync_step(s->sync, 50);
	}
}

static void print_verdict(const struct op *op, const struct wire_verdict *v)
{
	struct buf line = BUF_INIT;
	wire_verdict(&line, v);
	printf("{\"op\":\"%s\",%s\n", op->name, line.data + 1);
	fflush(stdout);
	buf_release(&line);
}

static void print_other(const struct op *op, int64_t n, const char *verdict, const char *text)
{
	struct buf line = BUF_INIT;
	buf_addc(&line, '{');
	json_member(&line, "op", op->name);
	if (n)
		json_member_int(&line, "n", n);
	json_member(&line, "verdict", verdict);
	json_member(&line, "text", text);
	printf("%s}\n", line.data);
	fflush(stdout);
	buf_release(&line);
}

/* Every operation's effects are here before the next is resolved, be it by a later command without the backend. */
static bool catch_up(struct open_seat *s, int64_t patience_ms)
{
	struct error ignore = { 0 };
	sync_wake(s->sync);
	return seat_pull(s, NEED_READY, patience_ms, &ignore);
}

static int do_one(struct open_seat *s, const struct words *w, int64_t timeout_ms)
{
	struct wire_op op = { 0 };
	struct wire_verdict v = { 0 };
	struct error e = { 0 };
	char why[256] = "";
	int code = EXIT_UNSENT;
	if (!put(s, w, &op, &e)) {
		code = e.code == ERR_REFUSED || e.code == ERR_NOT_FOUND || e.code == ERR_USAGE ? EXIT_REFUSED
											       : EXIT_UNSENT;
		print_other(w->op, 0, code == EXIT_REFUSED ? "refused" : "unsent", e.text);
	} else if (!wait_verdict(s, &op, timeout_ms, &v, why, &e)) {
		print_other(w->op, op.n, "unsent", e.text);
	} else if (v.verdict == V_NONE) {
		char text[700];
		snprintf(text, sizeof text,
			op.until ? "kept in the desk, it expires when the backend does not answer in time%s%s"
				 : "kept in the desk, it will be sent when the backend answers%s%s",
			*why ? ": " : "", why);
		print_other(w->op, op.n, "unsent", text);
	} else {
		print_verdict(w->op, &v);
		code = v.verdict == V_APPLIED ? EXIT_DONE : EXIT_REFUSED;
	}
	wire_verdict_release(&v);
	wire_op_release(&op);
	return code;
}

/* Operations that an earlier command left in the desk, newest first: what becomes of them is told here. */
struct earlier {
	int64_t n[EARLIER_MAX];
	const struct op *op[EARLIER_MAX];
	size_t count;
};

static bool into_earlier(void *arg, const struct wire_op *op, const struct wire_verdict *v)
{
	struct earlier *list = arg;
	if (v->verdict != V_NONE || list->count == EARLIER_MAX)
		return false;
	list->op[list->count] = op->op;
	list->n[list->count++] = op->n;
	return true;
}

static void tell_earlier(struct open_seat *s, const struct earlier *list)
{
	struct wire_verdict v = { 0 };
	struct error ignore = { 0 };
	for (size_t i = list->count; i-- > 0;) {
		if (desk_verdict(s->desk, list->n[i], &v, &ignore) && v.verdict != V_NONE && v.verdict != V_APPLIED)
			fprintf(stderr, "regie do: \"%s\", which was waiting to be sent, was not done: %s\n",
				list->op[i]->name, v.text);
		wire_verdict_release(&v);
	}
}

static int do_all(struct open_seat *s, const struct words *w, size_t n, int64_t timeout_ms)
{
	struct error why = { 0 };
	struct earlier waiting = { .count = 0 };
	int worst = EXIT_DONE;
	desk_each(s->desk, 0, into_earlier, &waiting, &why);
	/* with the backend away what was decided goes into the desk at once, on what is known */
	int64_t patience = replica_ready(s->replica) ? 0 : timeout_ms < CONNECT_MS ? timeout_ms : CONNECT_MS;
	bool up = seat_pull(s, NEED_READY, patience, &why);
	if (!up && why.code == ERR_REFUSED)
		return command_fail("regie", "do", &why), EXIT_UNSENT;
	if (!up && !replica_ready(s->replica)) {
		error_context(&why, "nothing is known of the event yet");
		command_fail("regie", "do", &why);
		return EXIT_UNSENT;
	}
	for (size_t i = 0; i < n; i++) {
		int code = do_one(s, &w[i], timeout_ms);
		worst = code > worst ? code : worst;
		if (code == EXIT_UNSENT)
			timeout_ms = 0; /* nobody answers: the rest goes into the desk behind it */
		else
			catch_up(s, i + 1 < n ? CONNECT_MS : SETTLE_MS);
	}
	tell_earlier(s, &waiting);
	return worst;
}

int cmd_do(int argc, char **argv)
{
	struct cli c = { 0 };
	struct error e = { 0 };
	int code = EXIT_DONE;
	if (!command_options(&c, "regie do [--backend URL]... [--token-file FILE] 'OPERATION ARGS'...",
		    "Does operations, in order; each waits for the backend's verdict and prints one JSON line. "
		    "Exit 0: applied; 1: refused; 2: could not be sent.",
		    options, argc, argv, &code)) {
		if (code == EXIT_DONE)
			print_operations();
		return code;
	}
	struct words *w = xcalloc(c.n_words + 1, sizeof *w);
	bool good = c.n_words > 0 || error_set(&e, ERR_USAGE, "give an operation, as in regie do 'accept t12'");
	for (size_t i = 0; good && i < c.n_words; i++)
		good = words_parse(c.words[i], &w[i], &e);
	const char *timeout = cli_get(&c, "timeout");
	char *end = NULL;
	long seconds = timeout ? strtol(timeout, &end, 10) : TIMEOUT_S;
	if (good && timeout && (end == timeout || *end || seconds < 0 || seconds > TIMEOUT_MAX_S))
		good = error_set(&e, ERR_USAGE, "--timeout is a number of seconds up to %d, not \"%.20s\"",
			TIMEOUT_MAX_S, timeout);
	struct open_seat s = { 0 };
	if (!good)
		code = command_fail("regie", "do", &e);
	else if (!seat_open(&s, &c, &e))
		code = (command_fail("regie", "do", &e), EXIT_UNSENT);
	else
		code = do_all(&s, w, c.n_words, seconds * INT64_C(1000));
	seat_close(&s);
	for (size_t i = 0; i < c.n_words; i++)
		words_release(&w[i]);
	free(w);
	cli_release(&c);
	return code;
}
