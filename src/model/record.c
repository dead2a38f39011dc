/* record.c: the tables of fields, and what walks them. */
#include "src/model/record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"

const char *const event_state_names[] = { "preparing", "collecting", "open", "interrupted", "ended", "sealed", NULL };
const char *const interruption_names[] = { "none", "technical", "editorial", NULL };
const char *const role_names[] = { "none", "web", "sms", "host", "scribe", "producer", "adviser", "observer",
	"prompter", "backend", NULL };
const char *const channel_names[] = { "none", "web", "sms", "room", NULL };
const char *const message_state_names[] = { "waiting", "dismissed", NULL };
const char *const service_names[] = { "none", "stop", "contact", NULL };
const char *const question_state_names[] = { "reserve", "next", "air", "closed", "dropped", "returned", NULL };
const char *const result_names[] = { "none", "answered", "partly", "declined", "cut", "written", NULL };
const char *const segment_state_names[] = { "live", "review", "retracted", NULL };
const char *const hold_names[] = { "none", "legal", "opinion", "fact", "blocked", NULL };

#define SAME_LENGTH(names, count) static_assert(COUNT_OF(names) == (size_t)(count) + 1, #names " misses a name")
SAME_LENGTH(event_state_names, EV_STATES);
SAME_LENGTH(interruption_names, IN_KINDS);
SAME_LENGTH(role_names, ROLES);
SAME_LENGTH(channel_names, CHANNELS);
SAME_LENGTH(message_state_names, MS_STATES);
SAME_LENGTH(service_names, SERVICES);
SAME_LENGTH(question_state_names, Q_STATES);
SAME_LENGTH(result_names, RESULTS);
SAME_LENGTH(segment_state_names, SG_STATES);
SAME_LENGTH(hold_names, HOLDS);
static_assert(sizeof(enum hold) == sizeof(unsigned), "enum fields are read and written as unsigned");

/* ---- the fields ------------------------------------------------------------------------------------------------ */

#define FIELD(s, member, field_type, field_flags) \
	{ \
		.name = #member, .type = (field_type), .offset = offsetof(struct s, member), .flags = (field_flags) \
	}
#define FIELD_ENUM(s, member, table) \
	{ \
		.name = #member, .type = F_ENUM, .offset = offsetof(struct s, member), .names = (table) \
	}

static const struct field event_fields[] = {
	FIELD(event, title, F_TEXT, 0),
	FIELD(event, lang, F_TEXT, 0),
	FIELD(event, rehearsal, F_BOOL, 0),
	FIELD_ENUM(event, state, event_state_names),
	FIELD(event, ending, F_BOOL, 0),
	FIELD_ENUM(event, interruption, interruption_names),
	FIELD(event, opened_at, F_TIME, 0),
	FIELD(event, interrupted_at, F_TIME, 0),
	FIELD(event, ended_at, F_TIME, 0),
	FIELD(event, intake_web, F_BOOL, 0),
	FIELD(event, intake_sms, F_BOOL, 0),
	FIELD(event, plan_end, F_TIME, 0),
	FIELD(event, plan_questions, F_INT, 0),
	FIELD(event, baton, F_ID, 0),
	FIELD(event, air, F_ID, 0),
	FIELD(event, aired, F_INT, 0),
};

static const struct field seat_fields[] = {
	FIELD(seat, name, F_TEXT, 0),
	FIELD_ENUM(seat, role, role_names),
	FIELD(seat, away, F_BOOL, 0),
	FIELD(seat, speaker, F_TEXT, 0),
};

static const struct field room_fields[] = {
	FIELD(room, name, F_TEXT, 0),
	FIELD(room, origins, F_TEXT, 0),
};

static const struct field gateway_fields[] = {
	FIELD(gateway, type, F_TEXT, 0),
};

static const struct field participant_fields[] = {
	FIELD(participant, muted, F_BOOL, 0),
	FIELD(participant, stopped, F_BOOL, FIELD_LIVE), /* STOP comes by SMS: no undo of a `mute` may take it back */
};

static const struct field theme_fields[] = {
	FIELD(theme, title, F_TEXT, FIELD_PUBLIC_TEXT),
	FIELD(theme, label, F_TEXT, 0),
	FIELD(theme, name, F_TEXT, 0),
	FIELD(theme, words, F_TEXT, 0),
	FIELD(theme, examples, F_TEXT, 0),
	FIELD(theme, into, F_ID, 0),
	FIELD(theme, pinned, F_BOOL, 0),
	FIELD(theme, dismissed, F_BOOL, 0),
	FIELD(theme, reason, F_TEXT, 0),
	FIELD(theme, question, F_ID, 0),
	FIELD(theme, answered_at, F_TIME, 0),
	FIELD(theme, first_at, F_TIME, FIELD_LIVE),
	FIELD(theme, first, F_INT, FIELD_LIVE),
	FIELD_ENUM(theme, hold, hold_names),
	FIELD(theme, hold_why, F_TEXT, 0),
	FIELD(theme, typical, F_TEXT, FIELD_PUBLIC_TEXT | FIELD_LIVE),
	FIELD(theme, typical_id, F_INT, FIELD_LIVE),
	FIELD(theme, key_words, F_TEXT, FIELD_PUBLIC_TEXT | FIELD_LIVE),
	FIELD(theme, asks_nothing, F_BOOL, FIELD_LIVE),
};

static const struct field cluster_fields[] = {
	FIELD(cluster, theme, F_ID, 0),
};

static const struct field count_fields[] = {
	FIELD(count, web, F_INT, FIELD_LIVE),
	FIELD(count, sms, F_INT, FIELD_LIVE),
	FIELD(count, people_web, F_INT, FIELD_LIVE),
	FIELD(count, people_sms, F_INT, FIELD_LIVE),
	FIELD(count, people, F_INT, FIELD_LIVE),
	FIELD(count, last_at, F_TIME, FIELD_LIVE),
	FIELD(count, rise, F_TEXT, FIELD_LIVE),
};

static const struct field message_fields[] = {
	FIELD_ENUM(message, channel, channel_names),
	FIELD(message, participant, F_INT, 0),
	FIELD(message, name, F_TEXT, FIELD_PUBLIC_TEXT),
	FIELD(message, text, F_TEXT, FIELD_PUBLIC_TEXT),
	FIELD(message, room, F_TEXT, 0),
	FIELD(message, gateway, F_TEXT, 0),
	FIELD(message, at, F_TIME, 0),
	FIELD(message, cluster, F_INT, 0),
	FIELD_ENUM(message, service, service_names),
	FIELD_ENUM(message, state, message_state_names),
	FIELD(message, muted, F_BOOL, 0),
	FIELD(message, reason, F_TEXT, 0),
	FIELD_ENUM(message, hold, hold_names),
	FIELD(message, hold_why, F_TEXT, 0),
	FIELD(message, hold_for, F_TEXT, 0),
	FIELD(message, alert, F_BOOL, 0),
	FIELD(message, question, F_ID, 0),
};

static const struct field question_fields[] = {
	FIELD(question, number, F_INT, 0),
	FIELD_ENUM(question, state, question_state_names),
	FIELD_ENUM(question, outcome, result_names),
	FIELD(question, wording, F_TEXT, FIELD_PUBLIC_TEXT),
	FIELD(question, credit, F_TEXT, FIELD_PUBLIC_TEXT),
	FIELD_ENUM(question, channel, channel_names),
	FIELD(question, theme, F_ID, 0),
	FIELD(question, messages, F_IDS, 0),
	FIELD(question, original, F_TEXT, FIELD_PUBLIC_TEXT),
	FIELD(question, position, F_INT, 0),
	FIELD(question, suggestion, F_TEXT, FIELD_PUBLIC_TEXT), /* begins as a copy of the wording */
	FIELD(question, suggested_by, F_ID, 0),
	FIELD_ENUM(question, hold, hold_names),
	FIELD(question, hold_why, F_TEXT, 0),
	FIELD(question, hold_for, F_TEXT, 0),
	FIELD(question, accepted_at, F_TIME, 0),
	FIELD(question, aired_at, F_TIME, 0),
	FIELD(question, closed_at, F_TIME, 0),
	FIELD(question, times, F_INT, 0),
	FIELD(question, improvised, F_BOOL, 0),
	FIELD(question, struck, F_BOOL, 0),
	FIELD(question, reason, F_TEXT, 0),
	FIELD(question, people, F_INT, 0),
};

static const struct field answer_fields[] = {
	FIELD(answer, questions, F_IDS, 0),
	FIELD(answer, begun_at, F_TIME, 0),
};

static const struct field segment_fields[] = {
	FIELD(segment, answer, F_ID, 0),
	FIELD(segment, position, F_INT, 0),
	FIELD(segment, speaker, F_TEXT, 0),
	FIELD(segment, text, F_TEXT, 0),
	FIELD(segment, revision, F_INT, 0),
	FIELD_ENUM(segment, state, segment_state_names),
	FIELD(segment, unsent, F_BOOL,
		FIELD_LIVE), /* cleared when it goes out, which is no act: no undo brings it back */
	FIELD(segment, at, F_TIME, 0),
	FIELD(segment, suggestion, F_TEXT, 0),
	FIELD(segment, suggested_by, F_ID, 0),
};

static const struct field notice_fields[] = {
	FIELD(notice, text, F_TEXT, 0),
	FIELD(notice, at, F_TIME, 0),
};

static const struct field word_fields[] = {
	FIELD(word, from, F_ID, 0),
	FIELD(word, to, F_TEXT, 0),
	FIELD(word, text, F_TEXT, 0),
	FIELD(word, at, F_TIME, 0),
	FIELD(word, acks, F_IDS, 0),
};

static const struct field act_fields[] = {
	FIELD(act, seat, F_ID, 0),
	FIELD(act, op, F_TEXT, 0),
	FIELD(act, words, F_TEXT, FIELD_SEALED | FIELD_PUBLIC_TEXT), /* a wording typed on the line is the public's */
	FIELD(act, subject, F_TEXT, 0),
	FIELD(act, at, F_TIME, 0),
	FIELD(act, client, F_ID, 0),
	FIELD(act, n, F_INT, 0),
	FIELD(act, undo_of, F_ID, 0),
	FIELD(act, undone, F_BOOL, 0),
	FIELD(act, sealed, F_BOOL, 0),
};

#define KIND(s) \
	{ \
		.name = #s, .size = sizeof(struct s), .fields = s##_fields, .n_fields = COUNT_OF(s##_fields) \
	}

const struct kind_row kinds[KIND_COUNT] = {
	[K_EVENT] = KIND(event),
	[K_SEAT] = KIND(seat),
	[K_ROOM] = KIND(room),
	[K_GATEWAY] = KIND(gateway),
	[K_QUESTION] = KIND(question),
	[K_ANSWER] = KIND(answer),
	[K_SEGMENT] = KIND(segment),
	[K_NOTICE] = KIND(notice),
	[K_WORD] = KIND(word),
	[K_ACT] = KIND(act),
	[K_PARTICIPANT] = KIND(participant),
	[K_THEME] = KIND(theme),
	[K_CLUSTER] = KIND(cluster),
	[K_COUNT] = KIND(count),
	[K_MESSAGE] = KIND(message),
};

bool kind_by_name(const char *name, enum kind *out)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (strcmp(kinds[i].name, name) == 0) {
			*out = (enum kind)i;
			return true;
		}
	return false;
}

/* ---- walking them ---------------------------------------------------------------------------------------------- */

static void *at_field(void *record, const struct field *f)
{
	return (char *)record + f->offset;
}

static const void *peek_field(const void *record, const struct field *f)
{
	return (const char *)record + f->offset;
}

static const struct kind_row *row_of(const void *record)
{
	return &kinds[((const struct record *)record)->kind];
}

static const char *text_or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

/* Releases what the fields of a record of that kind own and leaves them zero. */
static void release_fields(void *record, enum kind kind)
{
	const struct kind_row *row = &kinds[kind];
	for (size_t i = 0; i < row->n_fields; i++) {
		void *p = at_field(record, &row->fields[i]);
		if (row->fields[i].type == F_TEXT)
			free(*(char **)p);
		else if (row->fields[i].type == F_IDS)
			ids_clear(p);
	}
	memset(record, 0, row->size);
}

static void init_fields(void *record, enum kind kind, const char *id)
{
	const struct kind_row *row = &kinds[kind];
	struct record *r = record;
	r->kind = kind;
	strncpy(r->id, id, sizeof r->id - 1);
	for (size_t i = 0; i < row->n_fields; i++)
		if (row->fields[i].type == F_TEXT)
			*(char **)at_field(record, &row->fields[i]) = xstrdup("");
}

void record_init(void *record, enum kind kind, const char *id)
{
	char own[ID_MAX] = "";
	strncpy(own, id, sizeof own - 1); /* the id given may be the record's own */
	release_fields(record, kind);
	init_fields(record, kind, own);
}

void record_clear(void *record)
{
	enum kind kind = ((struct record *)record)->kind;
	release_fields(record, kind);
	((struct record *)record)->kind = kind;
}

void *record_new(enum kind kind, const char *id)
{
	void *record = xcalloc(1, kinds[kind].size);
	init_fields(record, kind, id);
	return record;
}

static size_t inline_size(enum field_type type)
{
	static const size_t sizes[] = { [F_INT] = sizeof(int64_t),
		[F_TIME] = sizeof(int64_t),
		[F_BOOL] = sizeof(bool),
		[F_ENUM] = sizeof(unsigned),
		[F_ID] = ID_MAX,
		[F_TEXT] = 0,
		[F_IDS] = 0 };
	return sizes[type];
}

static void copy_field(void *to, const void *from, const struct field *f)
{
	void *dst = at_field(to, f);
	const void *src = peek_field(from, f);
	if (f->type == F_TEXT)
		text_set(dst, *(char *const *)src);
	else if (f->type == F_IDS)
		ids_set(dst, src);
	else
		memmove(dst, src, inline_size(f->type));
}

void *record_copy(const void *record)
{
	const struct kind_row *row = row_of(record);
	void *copy = xmalloc(row->size);
	memcpy(copy, record, row->size);
	for (size_t i = 0; i < row->n_fields; i++) {
		const struct field *f = &row->fields[i];
		if (f->type == F_TEXT)
			*(char **)at_field(copy, f) = xstrdup(*(char *const *)peek_field(record, f));
		else if (f->type == F_IDS) {
			*(struct ids *)at_field(copy, f) = (struct ids){ 0 };
			ids_set(at_field(copy, f), peek_field(record, f));
		}
	}
	return copy;
}

void record_free(void *record)
{
	if (record == NULL)
		return;
	record_clear(record);
	free(record);
}

static bool same_field(const void *a, const void *b, const struct field *f)
{
	const void *x = peek_field(a, f), *y = peek_field(b, f);
	if (f->type == F_TEXT)
		return strcmp(text_or_empty(*(char *const *)x), text_or_empty(*(char *const *)y)) == 0;
	if (f->type == F_ID)
		return strcmp(x, y) == 0;
	if (f->type != F_IDS)
		return memcmp(x, y, inline_size(f->type)) == 0;
	const struct ids *l = x, *m = y;
	if (l->n != m->n)
		return false;
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], m->v[i]) != 0)
			return false;
	return true;
}

bool record_same(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	if (x->kind != y->kind || x->gone != y->gone)
		return false;
	const struct kind_row *row = row_of(a);
	for (size_t i = 0; i < row->n_fields; i++)
		if (!(row->fields[i].flags & FIELD_LIVE) && !same_field(a, b, &row->fields[i]))
			return false;
	return true;
}

void record_restore(void *to, const void *from)
{
	const struct kind_row *row = row_of(to);
	assert(row == row_of(from));
	((struct record *)to)->gone = ((const struct record *)from)->gone;
	for (size_t i = 0; i < row->n_fields; i++)
		if (!(row->fields[i].flags & FIELD_LIVE))
			copy_field(to, from, &row->fields[i]);
}

/* ---- texts and lists ------------------------------------------------------------------------------------------- */

void text_set(char **field, const char *s)
{
	char *fresh = xstrdup(text_or_empty(s)); /* before the free: s may point into the old text */
	free(*field);
	*field = fresh;
}

static size_t ids_find(const struct ids *l, const char *id)
{
	size_t i = 0;
	while (i < l->n && strcmp(l->v[i], id) != 0)
		i++;
	return i;
}

void ids_add(struct ids *l, const char *id)
{
	if (ids_have(l, id))
		return;
	l->v = xrealloc(l->v, l->n + 1, sizeof *l->v);
	memset(l->v[l->n], 0, sizeof *l->v);
	strncpy(l->v[l->n], id, sizeof *l->v - 1);
	l->n++;
}

bool ids_have(const struct ids *l, const char *id)
{
	return ids_find(l, id) < l->n;
}

void ids_remove(struct ids *l, const char *id)
{
	size_t i = ids_find(l, id);
	if (i == l->n)
		return;
	memmove(l->v + i, l->v + i + 1, (l->n - i - 1) * sizeof *l->v);
	l->n--;
	if (l->n == 0)
		ids_clear(l);
}

void ids_set(struct ids *l, const struct ids *from)
{
	if (l == from)
		return;
	ids_clear(l);
	if (from->n == 0)
		return;
	l->v = xrealloc(NULL, from->n, sizeof *l->v);
	memcpy(l->v, from->v, from->n * sizeof *l->v);
	l->n = from->n;
}

void ids_clear(struct ids *l)
{
	free(l->v);
	*l = (struct ids){ 0 };
}

const char *const theme_asks_nothing[2] = { "(ne demande rien : saluts, essais, publicités…)",
	"(asks nothing: greetings, tests, adverts…)" };

const char *theme_asks(const struct theme *t)
{
	bool found = text_or_empty(t->name)[0] == '\0' && !t->asks_nothing;
	return found && text_or_empty(t->typical)[0] != '\0' ? t->typical : text_or_empty(t->title);
}

const char *theme_title(const struct theme *t)
{
	return t->label != NULL && t->label[0] != '\0' ? t->label : theme_asks(t);
}
