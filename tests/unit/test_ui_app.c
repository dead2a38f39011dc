/* ui/ui.h: a whole console without a terminal: keys in, cells out. */
#include "ui/ui.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/mem.h"
#include "tests/unit/ui_seat.h"
#include "ui/intl.h"
#include "ui/ui_own.h"

static void opened(struct ui_seat *s)
{
	seat_do(s, "Paul", "collect");
	seat_do(s, "Paul", "open");
	seat_do(s, "Paul", "compose Que ferez-vous pour le smic ?");
	seat_do(s, "Paul", "compose Et la lecture ?");
	seat_pull(s);
	seat_settle(s);
}

static void shows(struct ui_seat *s, const char *text)
{
	char *screen = seat_screen(s);
	if (!strstr(screen, text)) {
		fputs(screen, stderr);
		fail_msg("\"%s\" is not there", text);
	}
	free(screen);
}

static void shows_not(struct ui_seat *s, const char *text)
{
	char *screen = seat_screen(s);
	if (strstr(screen, text)) {
		fputs(screen, stderr);
		fail_msg("\"%s\" is there", text);
	}
	free(screen);
}

static void the_frame_says_who_and_how(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_PRODUCER, 36, 120);
	seat_settle(&s);
	shows(&s, "Régie  Producer: Nora");
	shows(&s, "Le chat");
	shows(&s, "preparing");
	shows(&s, "synced 0.2 s");
	seat_grid_holds(&s);
	opened(&s);
	s.room->now += 42 * 60000;
	s.mono += 42 * 60000;
	shows(&s, "LIVE 0:42");
	shows(&s, "help");
	seat_stop(&s);
}

static void the_band_tells_what_is_abnormal(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_HOST, 24, 80);
	opened(&s);
	shows_not(&s, "NO LINK");
	s.link_now.is = LINK_IS_DOWN;
	s.link_now.since = s.room->now;
	ui_turn(s.ui);
	shows(&s, "offline since");
	shows_not(&s, "NO LINK");
	s.room->now += 2100;
	s.mono += 2100;
	shows(&s, "NO LINK since");
	seat_keys(&s, ":");
	seat_type(&s, "compose Trois");
	seat_keys(&s, "Enter");
	shows(&s, "1 kept here");
	s.link_now.is = LINK_IS_UP;
	seat_carry(&s);
	seat_pull(&s);
	seat_settle(&s);
	shows_not(&s, "NO LINK");
	s.others = "[]";
	s.status = "{\"viewers\":20013,\"broadcast\":9,\"trouble\":\"\",\"rooms\":[{\"room\":\"a\",\"name\":\"Alpha\",\"viewers\":3,"
		   "\"sent\":7,\"delivered\":7,\"last_ago_ms\":10},{\"room\":\"b\",\"name\":\"Beta\",\"viewers\":3,\"sent\":9,"
		   "\"delivered\":9,\"last_ago_ms\":10}]}";
	s.mono += 2000;
	seat_settle(&s);
	shows_not(&s, "ROOM");
	s.mono += ROOM_STUCK_MS;
	s.status = "{\"time\":2,\"viewers\":20013,\"broadcast\":10,\"trouble\":\"\",\"rooms\":[{\"room\":\"a\",\"name\":\"Alpha\",\"viewers\":3,"
		   "\"sent\":7,\"delivered\":7,\"last_ago_ms\":10},{\"room\":\"b\",\"name\":\"Beta\",\"viewers\":3,\"sent\":9,"
		   "\"delivered\":9,\"last_ago_ms\":10}]}";
	seat_settle(&s);
	shows(&s, "1 ROOM RECEIVES NOTHING: Alpha");
	shows_not(&s, "NO SCRIBE IS HERE");
	s.mono += SCRIBE_MS;
	shows(&s, "NO SCRIBE IS HERE");
	seat_do(&s, "Anne", "away");
	seat_pull(&s);
	seat_settle(&s);
	shows(&s, "THE SCRIBE IS AWAY");
	seat_stop(&s);
}

/* Which way out, how much disk is left, who put the card up and who takes it down: as long as it is so, and no longer. */
static void the_link_and_the_card_in_words(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_SCRIBE, 24, 80);
	opened(&s);
	s.link_now.way = 1;
	s.link_now.ways = 2;
	s.ui->dirty = true;
	shows(&s, "synced 0.2 s, first address");
	s.link_now.way = 2;
	ui_turn(s.ui);
	shows(&s, "synced 0.2 s, second address");
	s.link_now.disk_left = 900LL << 20;
	ui_turn(s.ui);
	shows(&s, "DISK NEARLY FULL: the backend has 900 MB left");
	s.link_now.disk_left = 1536LL << 20;
	ui_turn(s.ui);
	shows(&s, "DISK NEARLY FULL: the backend has 1.5 GB left");
	s.link_now.disk_stopped = true;
	ui_turn(s.ui);
	shows(&s, "DISK IS FULL: nothing is taken from the public");
	s.link_now.disk_stopped = false;
	s.link_now.disk_left = -1;
	ui_turn(s.ui);
	shows_not(&s, "DISK");
	seat_do(&s, "Paul", "interrupt");
	seat_pull(&s);
	seat_settle(&s);
	shows(&s, "INTERRUPTED since");
	shows(&s, "by Paul");
	shows(&s, "the host takes it"); /* and down, in the row below */
	seat_do(&s, "Paul", "resume");
	seat_pull(&s);
	seat_settle(&s);
	shows_not(&s, "INTERRUPTED");
	seat_stop(&s);
}

/* A sentence about a link that is down goes when it is up again. */
static void nothing_is_kept_here_when_the_link_is_back(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_HOST, 24, 80);
	opened(&s);
	s.link_now.is = LINK_IS_DOWN;
	s.link_now.since = s.room->now;
	seat_keys(&s, ":");
	seat_type(&s, "compose Trois");
	seat_keys(&s, "Enter");
	shows(&s, "kept here until the link");
	seat_keys(&s, ":");
	seat_type(&s, "air q1");
	seat_keys(&s, "Enter !");
	shows(&s, "not sent yet, and given up after 10 s: air q1");
	shows(&s, "NOT YET ON AIR: sending");
	s.room->now += OP_UNTIL_MS + 1;
	s.mono += OP_UNTIL_MS + 1;
	seat_settle(&s);
	shows(&s, "not done: air q1");
	shows_not(&s, "NOT YET ON AIR");
	seat_keys(&s, ":");
	seat_type(&s, "compose Quatre");
	seat_keys(&s, "Enter");
	shows(&s, "3 kept here");
	s.link_now.is = LINK_IS_UP;
	seat_carry(&s);
	seat_pull(&s);
	seat_settle(&s);
	shows_not(&s, "kept here");
	seat_stop(&s);
}

static void coverage_is_told_as_it_grows(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_PRODUCER, 36, 120);
	opened(&s);
	seat_do(&s, "Paul", "air q1");
	seat_pull(&s);
	s.status = "{\"viewers\":3,\"people\":15,\"people_aired\":0,\"broadcast\":1,\"trouble\":\"\",\"rooms\":[]}";
	seat_settle(&s);
	shows(&s, "1 question aired: 0 people of 15");
	s.status = "{\"viewers\":3,\"people\":15,\"people_aired\":4,\"broadcast\":1,\"trouble\":\"\",\"rooms\":[]}";
	seat_settle(&s);
	shows(&s, "1 question aired: 4 people of 15");
	s.status = "{\"viewers\":3,\"people\":16,\"people_aired\":4,\"broadcast\":1,\"trouble\":\"\",\"rooms\":[]}";
	seat_settle(&s);
	shows(&s, "1 question aired: 4 people of 16");
	seat_stop(&s);
}

static void help_fits_and_pages(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_HOST, 24, 80);
	opened(&s);
	seat_keys(&s, "?");
	shows(&s, "arm the selected question for the air, not the next one");
	shows_not(&s, "argument");
	shows_not(&s, ui_sign(SIGN_MORE));
	char *first = seat_screen(&s);
	seat_keys(&s, "^F");
	char *second = seat_screen(&s);
	assert_string_not_equal(strchr(first, '\n'), strchr(second, '\n'));
	shows_not(&s, "arm the next question for the air");
	for (int i = 0; i < 12; i++) {
		if (i < 1) /* those of operations say "and more" with it */
			shows_not(&s, ui_sign(SIGN_MORE));
		shows_not(&s, "dismiss with a reason"); /* the queue's */
		seat_keys(&s, "^F");
	}
	seat_keys(&s, "q");
	shows(&s, "in reserve");
	free(first);
	free(second);
	seat_stop(&s);
}

static void danger_is_told_to_who_decides(void **state)
{
	(void)state;
	static const enum role roles[] = { R_PRODUCER, R_WEB };
	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		struct ui_seat s;
		seat_start(&s, roles[i], 24, 80);
		opened(&s);
		memory_room_message(s.room, CH_SMS, 4, 0, "je veux en finir");
		seat_do(&s, "Claire", "alert m1 appel à l'aide");
		seat_pull(&s);
		seat_settle(&s);
		assert_int_equal(seat_shows(&s, "SOMEONE IN DANGER: m1 appel"), roles[i] == R_PRODUCER);
		assert_int_equal(s.ui->loop->bell_rung, roles[i] == R_PRODUCER);
		seat_do(&s, "Nora", "clear m1");
		seat_pull(&s);
		seat_settle(&s);
		shows_not(&s, "SOMEONE IN DANGER");
		seat_stop(&s);
	}
}

static void the_guard_needs_another_key(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_HOST, 30, 100);
	opened(&s);
	seat_keys(&s, ":");
	seat_type(&s, "air q1");
	seat_keys(&s, "Enter");
	shows(&s, "ARMED: air");
	shows(&s, "O does it");
	shows(&s, "Que ferez-vous pour le smic ?");
	assert_int_equal(desk_unsent_count(s.desk), 0);
	seat_keys(&s, "Esc");
	shows_not(&s, "ARMED");
	seat_keys(&s, "!");
	shows(&s, "nothing is armed");
	seat_keys(&s, ":");
	seat_type(&s, "air q1");
	seat_keys(&s, "Enter !");
	shows_not(&s, "ARMED");
	assert_int_equal(desk_unsent_count(s.desk), 1);
	seat_carry(&s);
	seat_pull(&s);
	seat_settle(&s);
	shows(&s, "Q 1");
	seat_keys(&s, ":");
	seat_type(&s, "air q2");
	seat_keys(&s, "Enter");
	shows(&s, "ARMED");
	s.mono += ARM_MS;
	shows_not(&s, "ARMED");
	shows(&s, "not done: air q2"); /* where it was armed */
	seat_keys(&s, "!");
	assert_int_equal(desk_unsent_count(s.desk), 0);
	shows(&s, "the second key did not come in time");
	seat_keys(&s, "Esc");
	shows_not(&s, "disarmed:");
	seat_stop(&s);
}

static struct key letter(char c)
{
	return (struct key){ .code = (uint32_t)(unsigned char)c };
}

static void a_held_key_acts_once(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_HOST, 24, 80);
	seat_settle(&s);
	const struct key plus = letter('+');
	for (int i = 0; i < 30; i++) {
		ui_key(s.ui, &plus);
		s.mono += 33;
	}
	assert_true(s.ui->zoom);
	shows(&s, "held key ignored: let go first");
	s.mono += 800;
	ui_key(s.ui, &plus);
	assert_false(s.ui->zoom);
	seat_stop(&s);
}

static void pastes_are_not_keys(void **state)
{
	(void)state;
	struct ui_seat s;
	struct key burst[12];
	seat_start(&s, R_HOST, 24, 80);
	opened(&s);
	for (int i = 0; i < 12; i++)
		burst[i] = letter("ooxd!uaO+cqQ"[i]);
	ui_burst(s.ui, burst, 12);
	shows(&s, "pasted keys ignored");
	assert_int_equal(desk_unsent_count(s.desk), 0);
	assert_null(s.ui->prompt);
	const struct key paste = { .code = UK_PASTE, .paste = "air q1\n!" };
	ui_key(s.ui, &paste);
	shows(&s, "pasted text ignored");
	seat_keys(&s, ":");
	ui_key(s.ui, &paste);
	shows(&s, ":air q1");
	assert_int_equal(desk_unsent_count(s.desk), 0);
	seat_stop(&s);
}

static void caps_lock_is_noticed(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_HOST, 24, 80);
	seat_settle(&s);
	seat_keys(&s, "W X Y");
	shows(&s, "Caps Lock?");
	seat_stop(&s);
}

static void the_line_completes_and_remembers(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_HOST, 24, 100);
	opened(&s);
	seat_keys(&s, ": c o m p Tab");
	shows(&s, ":compose");
	seat_keys(&s, "Esc :");
	seat_type(&s, "edit q1 Autrement");
	shows(&s, "edit QUESTION");
	seat_keys(&s, "Enter");
	shows(&s, "changed q1");
	shows(&s, "u undo");
	seat_keys(&s, "u");
	shows(&s, "undone");
	seat_again(&s);
	seat_keys(&s, ": Up");
	shows(&s, ":edit q1 Autrement");
	seat_keys(&s, "Esc :");
	seat_type(&s, "edit q9 Rien");
	seat_keys(&s, "Enter");
	shows(&s, "there is no question q9");
	seat_keys(&s, ":");
	seat_type(&s, "zoom");
	seat_keys(&s, "Enter");
	assert_true(s.ui->zoom);
	seat_stop(&s);
}

static void words_between_seats(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_HOST, 24, 100);
	seat_settle(&s);
	seat_do(&s, "Claire", "say host retraites ?");
	seat_pull(&s);
	seat_settle(&s);
	shows(&s, "Claire: retraites ?");
	assert_true(s.ui->loop->bell_rung);
	seat_keys(&s, "g a");
	shows_not(&s, "Claire: retraites ?");
	seat_carry(&s);
	seat_pull(&s);
	seat_settle(&s);
	assert_int_equal(s.ui->loop->words, 0);
	seat_keys(&s, ":");
	seat_type(&s, "say all bonsoir");
	seat_keys(&s, "Enter");
	shows(&s, "said");
	seat_stop(&s);
}

static void who_is_here(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_HOST, 30, 100);
	opened(&s);
	s.others = "[{\"seat\":\"2\",\"here\":true,\"claims\":[\"theme:12\"],\"typing\":\"\",\"choice\":\"\",\"unsent\":0,\"at\":1}]";
	s.mono += 200;
	seat_settle(&s);
	assert_string_equal(ui_claimed(s.ui, "theme:12"), "Claire");
	assert_null(ui_claimed(s.ui, "theme:1"));
	seat_keys(&s, "g e");
	shows(&s, "Claire");
	shows(&s, "theme 12");
	seat_keys(&s, "q");
	assert_int_equal(s.ui->over, -1);
	assert_non_null(s.presence);
	assert_non_null(strstr(s.presence, "\"here\":true"));
	seat_keys(&s, "F12");
	seat_settle(&s);
	assert_non_null(strstr(s.presence, "\"here\":false"));
	shows(&s, "locked since");
	seat_keys(&s, "! u Enter");
	shows(&s, "locked since");
	seat_type(&s, "unlock");
	seat_keys(&s, "Enter");
	shows_not(&s, "locked since");
	seat_stop(&s);
}

static void places_and_meanwhile(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_HOST, 30, 100);
	opened(&s);
	seat_keys(&s, "Tab");
	const enum pane there = s.ui->focus;
	ui_place_save(s.ui);
	seat_do(&s, "Nora", "compose Une de plus");
	seat_pull(&s);
	seat_again(&s);
	seat_settle(&s);
	assert_int_equal(s.ui->focus, there);
	shows(&s, "1 decision by others since you left: g m");
	seat_keys(&s, "g m");
	shows(&s, "Meanwhile: 1 decision");
	shows(&s, "Nora: written");
	seat_stop(&s);
}

/* Cut off, locked, or away for a minute: the log opens once with what others decided; never over a line being typed. */
static void a_long_absence_is_told_once(void **state)
{
	(void)state;
	static const enum role roles[] = { R_HOST, R_SCRIBE };
	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		struct ui_seat s;
		seat_start(&s, roles[i], 24, 80);
		opened(&s);
		seat_do(&s, "Nora", "compose Une de plus");
		seat_pull(&s);
		seat_settle(&s);
		shows_not(&s, "while you were away");
		seat_do(&s, "Nora", "compose Pendant la coupure");
		seat_do(&s, "Nora", "drop q1 hors sujet");
		s.room->now += ABSENT_MS;
		s.mono += ABSENT_MS;
		seat_pull(&s);
		seat_settle(&s);
		if (roles[i] == R_SCRIBE) {
			shows_not(&s, "Meanwhile");
			shows(&s, "2 decisions by others since you left: M-m");
			seat_keys(&s, "M-m");
		}
		shows(&s, "2 decisions while you were away");
		shows(&s, "Nora: dropped q1");
		seat_keys(&s, "q");
		shows_not(&s, "Meanwhile");
		seat_do(&s, "Nora", "compose Encore");
		seat_pull(&s);
		seat_settle(&s);
		shows_not(&s, "Meanwhile");
		seat_keys(&s, roles[i] == R_SCRIBE ? "M-m" : "g m");
		shows(&s, "Nora: dropped q1");
		seat_stop(&s);
	}
}

static void sizes_at_random(void **state)
{
	(void)state;
	struct ui_seat s;
	unsigned seed = 4;
	seat_start(&s, R_PRODUCER, 24, 80);
	opened(&s);
	static const char *const keys[] = { "Tab", "+", "?", "q", "g m", "j", "Esc", "g e", ":", "Esc", "BackTab", "Down", "G" };
	for (int i = 0; i < 200; i++) {
		seed = seed * 1103515245u + 12345u;
		const int rows = 1 + (int)(seed >> 16) % 70, cols = 1 + (int)(seed >> 8) % 230;
		ui_resize(s.ui, rows, cols);
		ui_turn(s.ui);
		seat_grid_holds(&s);
		seat_keys(&s, keys[(seed >> 20) % COUNT_OF(keys)]);
		seat_grid_holds(&s);
	}
	seat_stop(&s);
}

static void too_small_is_one_sentence(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_HOST, 15, 59);
	shows(&s, "60 columns by 16 rows");
	ui_resize(s.ui, 16, 60);
	shows_not(&s, "60 columns by 16 rows");
	seat_stop(&s);
}

static void nothing_ticks_before_opening(void **state)
{
	(void)state;
	struct ui_seat s;
	seat_start(&s, R_HOST, 24, 80);
	seat_settle(&s);
	s.mono += NOTE_BAD_MS + PLACE_MS;
	ui_turn(s.ui);
	s.mono += PLACE_MS;
	assert_int_equal(ui_turn(s.ui), -1);
	seat_stop(&s);
}

static void scripts(void **state)
{
	(void)state;
	struct ui_seat s;
	struct buf out = BUF_INIT;
	struct error e = { 0 };
	seat_start(&s, R_HOST, 24, 80);
	assert_true(ui_script(s.ui, "# a screen\nsize 60x16\nkeys ?\nscreen help\n", &out, &e));
	assert_non_null(strstr(out.data, "---- help, 60x16\n"));
	seat_keys(&s, "/");
	seat_type(&s, "typed");
	seat_keys(&s, "Enter");
	shows(&s, "until \"unlock\" is typed");
	seat_keys(&s, "/ Esc");
	assert_false(ui_script(s.ui, "keys q\nkeys Nothing\n", &out, &e));
	assert_string_equal(e.text, "line 2: there is no key \"Nothing\"");
	buf_release(&out);
	seat_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_frame_says_who_and_how),
		cmocka_unit_test(the_band_tells_what_is_abnormal),
		cmocka_unit_test(the_link_and_the_card_in_words),
		cmocka_unit_test(nothing_is_kept_here_when_the_link_is_back),
		cmocka_unit_test(coverage_is_told_as_it_grows),
		cmocka_unit_test(help_fits_and_pages),
		cmocka_unit_test(danger_is_told_to_who_decides),
		cmocka_unit_test(the_guard_needs_another_key),
		cmocka_unit_test(a_held_key_acts_once),
		cmocka_unit_test(pastes_are_not_keys),
		cmocka_unit_test(caps_lock_is_noticed),
		cmocka_unit_test(the_line_completes_and_remembers),
		cmocka_unit_test(words_between_seats),
		cmocka_unit_test(who_is_here),
		cmocka_unit_test(places_and_meanwhile),
		cmocka_unit_test(a_long_absence_is_told_once),
		cmocka_unit_test(sizes_at_random),
		cmocka_unit_test(too_small_is_one_sentence),
		cmocka_unit_test(nothing_ticks_before_opening),
		cmocka_unit_test(scripts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
