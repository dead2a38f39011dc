/* ui/queue.h: a moderator's queue in a whole console, with a room that judges what it does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"
#include "tests/unit/ui_seat.h"
#include "ui/queue.h"

static void shows(struct ui_seat *s, const char *text, bool there)
{
	char *screen = seat_screen(s);
	if ((strstr(screen, text) != NULL) != there)
		fail_msg("\"%s\" is %son the screen:\n%s", text, there ? "not " : "", screen);
	free(screen);
}

static void carried(struct ui_seat *s)
{
	seat_carry(s);
	seat_pull(s);
	seat_settle(s);
}

static void opened(struct ui_seat *s)
{
	seat_do(s, "Paul", "collect");
	seat_do(s, "Paul", "open");
	int64_t smic = memory_room_theme(s->room, "Le smic"), bread = memory_room_theme(s->room, "Le pain");
	for (int i = 0; i < 5; i++)
		memory_room_message(s->room, CH_SMS, 10 + i, smic, "combien le smic ?");
	for (int i = 0; i < 3; i++)
		memory_room_message(s->room, CH_SMS, 20 + i, bread, "et le pain ?");
	seat_pull(s);
	seat_settle(s);
}

static void accepting_is_seen_at_once_and_stays(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_SMS, 24, 80);
	opened(&s);
	shows(&s, "Le smic", true);
	shows(&s, "reserve 1", false);
	seat_keys(&s, "a");
	shows(&s, "reserve 1", true);
	carried(&s);
	shows(&s, "reserve 1", true);
	seat_keys(&s, "a");
	assert_int_equal(desk_unsent_count(s.desk), 0); /* a second time it takes another key */
	seat_keys(&s, "u");
	carried(&s);
	shows(&s, "reserve 1", false);
	seat_stop(&s);
}

static void dismissing_takes_a_reason_of_one_key(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_SMS, 24, 80);
	opened(&s);
	seat_keys(&s, "x 3");
	shows(&s, "dismissed: insult", true);
	carried(&s);
	shows(&s, "Le pain", true); /* it stays until asked to go */
	seat_keys(&s, "r");
	seat_settle(&s);
	shows(&s, "  Le pain", false);
	seat_keys(&s, "X");
	seat_settle(&s);
	shows(&s, "dismissed: insult", true);
	seat_keys(&s, "g g R");
	carried(&s);
	shows(&s, "dismissed: insult", false);
	seat_stop(&s);
}

static void merging_takes_marks_or_a_target(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_SMS, 24, 80);
	opened(&s);
	seat_keys(&s, "j m k Enter");
	carried(&s);
	shows(&s, "merged", true);
	seat_keys(&s, "G w");
	carried(&s);
	shows(&s, "merged", false);
	seat_stop(&s);
}

static void opened_themes_are_read_and_left(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_SMS, 24, 80);
	opened(&s);
	seat_keys(&s, "Enter");
	seat_settle(&s);
	shows(&s, "et le pain ?", true);
	shows(&s, "drawn by lot", true);
	seat_keys(&s, "t");
	seat_settle(&s);
	seat_keys(&s, "G a");
	carried(&s);
	shows(&s, "reserve 1", true);
	seat_keys(&s, "Esc");
	seat_settle(&s);
	shows(&s, "Le smic", true);
	shows(&s, "reserve 1", true); /* the theme is answered with it */
	seat_stop(&s);
}

static void messages_and_clusters_are_split_off(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_SMS, 24, 80);
	opened(&s);
	seat_keys(&s, "Enter");
	seat_settle(&s);
	seat_keys(&s, "s P a r t Enter");
	carried(&s);
	shows(&s, "split off", true);
	seat_keys(&s, "q r");
	seat_settle(&s);
	shows(&s, "  Part", true);
	seat_keys(&s, "c");
	seat_settle(&s);
	shows(&s, "clusters", true);
	seat_keys(&s, "g g s Enter");
	carried(&s);
	shows(&s, "split off", true);
	seat_keys(&s, "u");
	carried(&s);
	shows(&s, "undone", true);
	seat_stop(&s);
}

/* Nobody has moved: what is selected is another one all the same. */
static void what_comes_to_be_selected_is_previewed(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_SMS, 24, 80);
	seat_settle(&s);
	shows(&s, "no questions yet", true);
	opened(&s);
	shows(&s, "one of ", true);
	seat_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepting_is_seen_at_once_and_stays),
		cmocka_unit_test(dismissing_takes_a_reason_of_one_key),
		cmocka_unit_test(merging_takes_marks_or_a_target),
		cmocka_unit_test(opened_themes_are_read_and_left),
		cmocka_unit_test(messages_and_clusters_are_split_off),
		cmocka_unit_test(what_comes_to_be_selected_is_previewed),
	};
	return cmocka_run_group_tests_name("ui_queue_room", tests, NULL, NULL);
}
