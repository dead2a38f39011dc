/* net/server/space.h, and what the backend makes of it: seats are warned, then the public is refused while seats write on.
 * The disk is the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/server/space.h"
#include "src/base/file.h"
#include "src/base/mem.h"
#include "tests/unit/in_process.h"

#define MB (INT64_C(1) << 20)

struct fake_disk {
	int64_t left, total; /* MB */
	bool dead;
};
static bool measure(void *ctx, const char *dir, int64_t *left, int64_t *total)
{
	const struct fake_disk *d = ctx;
	(void)dir;
	*left = d->left * MB;
	*total = d->total * MB;
	return !d->dead;
}

static void levels_have_bounds_and_do_not_flicker(void **state)
{
	(void)state;
	struct fake_disk d = { 100000, 200000, false };
	struct space s;
	space_begin(&s, &(struct space_options){ .measure = measure, .ctx = &d }, "/nowhere");
	static const struct { int64_t left; enum space_level level; } steps[] = {
		{ 10001, SPACE_ENOUGH }, { 9999, SPACE_LOW }, { 10001, SPACE_LOW }, { 11251, SPACE_ENOUGH },
		{ 257, SPACE_LOW }, { 255, SPACE_STOPPED }, { 287, SPACE_STOPPED }, { 289, SPACE_LOW }, { 10, SPACE_STOPPED },
		{ 100000, SPACE_ENOUGH },
	};
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		enum space_level was = s.level;
		d.left = steps[i].left;
		assert_int_equal(space_look(&s, false), was != steps[i].level);
		assert_int_equal(s.level, steps[i].level);
	}
	d.total = 5000; /* a small disk: 1 GB */
	d.left = 1023;
	assert_true(space_look(&s, false));
	assert_int_equal(s.level, SPACE_LOW);
	d.dead = true;
	d.left = 0;
	assert_false(space_look(&s, false));
	assert_int_equal(s.level, SPACE_LOW);
}

static void a_reserve_is_kept_and_given(void **state)
{
	(void)state;
	char dir[] = "/tmp/space-XXXXXX", file[64];
	struct fake_disk d = { 100000, 200000, false };
	struct space s;
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof file, "%s/reserve", dir);
	space_begin(&s, &(struct space_options){ .reserve = MB, .measure = measure, .ctx = &d }, dir);
	space_look(&s, false);
	if (s.reserved) { /* the file system can */
		assert_true(file_exists(file));
		d.left = 17;
		space_look(&s, false);
		assert_true(file_exists(file));
		space_look(&s, true);
		assert_false(file_exists(file));
		d.left = 500;
		space_look(&s, false);
		assert_false(file_exists(file));
		d.left = 100000;
		space_look(&s, false);
		assert_true(file_exists(file));
		space_begin(&s, &s.o, dir); /* the next life finds it */
		d.left = 15;
		space_look(&s, false);
	}
	assert_false(file_exists(file));
	rmdir(dir);
}

/* ---- in the backend ------------------------------------------------------------------------------------------------ */

static int status_of(struct in_process *p, const struct request *r, const char *has)
{
	struct reply a;
	int status = ask(p, r, &a);
	if (has && !strstr(a.body.data, has))
		fail_msg("\"%s\" is not in %s", has, a.body.data);
	if (status == 503)
		assert_string_equal(reply_header(&a, "Retry-After"), "60");
	reply_release(&a);
	return status;
}
#define STATUS(has, ...) status_of(&p, &(struct request){ __VA_ARGS__ }, has)
#define OP(n, op) "{\"client\":\"0189f7e2-0000-7000-8000-000000000001\",\"ops\":[{\"n\":" #n ",\"op\":\"" op "\",\"at\":1,\"args\":{}}]}"

static void the_public_is_refused_and_seats_write_on(void **state)
{
	(void)state;
	struct in_process p;
	struct fake_disk d = { 100000, 200000, false };
	char hugo[33], key[33], sms[120];
	in_process_new(&p, 5);
	in_process_seat(&p, "Hugo", R_HOST, hugo);
	in_process_gateway(&p, "orange", "generic", key);
	p.options.space = (struct space_options){ .measure = measure, .ctx = &d };
	in_process_start(&p);
	snprintf(sms, sizeof sms, "/v1/sms/orange?key=%s&from=0612345678&text=Bonjour", key);
	assert_int_equal(STATUS("\"applied\"", .method = "POST", .target = "/v1/ops", .body = OP(1, "collect"), .token = hugo), 200);
	assert_int_equal(STATUS("receipt", .method = "POST", .target = "/v1/messages", .body = "{\"text\":\"Le smic ?\"}"), 202);
	assert_int_equal(STATUS("\"low\":false", .method = "GET", .target = "/v1/status", .token = hugo), 200);

	/* A console that waits is told at once. */
	struct console *c = console_new(&p, hugo);
	assert_true(consoles_settled(&p));
	struct sync_state now;
	sync_state(c->sync, &now);
	assert_int_equal(now.disk_left, -1);
	d.left = 5000;
	for (int i = 0; i < 20; i++)
		in_process_step(&p, 100);
	sync_state(c->sync, &now);
	assert_int_equal(now.disk_left, 5000 * MB);
	assert_false(now.disk_stopped);
	assert_int_equal(STATUS("\"low\":true,\"stopped\":false", .method = "GET", .target = "/v1/status", .token = hugo), 200);
	assert_int_equal(STATUS(NULL, .method = "POST", .target = "/v1/messages", .body = "{\"text\":\"Le smic ?\"}"), 202);

	d.left = 200;
	for (int i = 0; i < 20; i++)
		in_process_step(&p, 100);
	sync_state(c->sync, &now);
	assert_true(now.disk_stopped);
	assert_int_equal(STATUS("almost full", .method = "POST", .target = "/v1/messages", .body = "{\"text\":\"Le smic ?\"}"), 503);
	assert_int_equal(STATUS(NULL, .method = "GET", .target = sms), 503);
	assert_int_equal(STATUS(NULL, .method = "GET", .target = "/readyz"), 503);
	assert_int_equal(STATUS("\"applied\"", .method = "POST", .target = "/v1/ops", .body = OP(2, "open"), .token = hugo), 200);
	assert_int_equal(STATUS("regie_disk_level 2", .method = "GET", .target = "/metrics"), 200);

	d.left = 100000;
	for (int i = 0; i < 20; i++)
		in_process_step(&p, 100);
	assert_int_equal(STATUS(NULL, .method = "POST", .target = "/v1/messages", .body = "{\"text\":\"Le smic ?\"}"), 202);
	sync_state(c->sync, &now);
	assert_int_equal(now.disk_left, -1);
	in_process_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_have_bounds_and_do_not_flicker),
		cmocka_unit_test(a_reserve_is_kept_and_given),
		cmocka_unit_test(the_public_is_refused_and_seats_write_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
