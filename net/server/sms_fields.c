/* sms_fields.c: charsets, times, user data headers and conflicting values, for all kinds of gateways. */
#include "net/server/sms_fields.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "src/base/clock.h"
#include "src/base/mem.h"
#include "src/base/text.h"
#include "src/base/utf8.h"

void sms_fields_init(struct sms_fields *f)
{
	*f = (struct sms_fields){ 0 };
	for (size_t i = 0; i < SMS_FIELDS; i++)
		buf_init(&f->v[i], 0);
}

void sms_fields_release(struct sms_fields *f)
{
	if (f->v[SF_SENDER].cap)
		explicit_bzero(f->v[SF_SENDER].data, f->v[SF_SENDER].cap);
	for (size_t i = 0; i < SMS_FIELDS; i++)
		buf_release(&f->v[i]);
}

/* ---- gathering --------------------------------------------------------------------------------------------------- */

static bool same_sender(const struct buf *had, const char *value, size_t len)
{
	char a[PHONE_MAX], b[PHONE_MAX], text[2 * PHONE_MAX];
	if (len >= sizeof text)
		return false;
	memcpy(text, value, len);
	text[len] = '\0';
	const bool same = phone_normalise(had->data, a) && phone_normalise(text, b) && strcmp(a, b) == 0;
	explicit_bzero(a, sizeof a);
	explicit_bzero(b, sizeof b);
	explicit_bzero(text, sizeof text);
	return same;
}

bool sms_fields_put(struct sms_fields *f, enum sms_field field, const char *value, size_t len, struct error *e)
{
	if (!value)
		return true;
	struct buf *v = &f->v[field];
	if (!f->given[field]) {
		f->given[field] = true;
		buf_add(v, value, len);
		return true;
	}
	if (field == SF_SENDER) {
		if (v->len == 0)
			buf_add(v, value, len);
		else if (len > 0 && !same_sender(v, value, len))
			return error_set(e, ERR_FORMAT, "the request names two different senders");
	}
	if (field == SF_TEXT && (v->len != len || memcmp(v->data, value, len) != 0))
		return error_set(e, ERR_FORMAT, "the request holds two different texts");
	return true;
}

bool sms_fields_puts(struct sms_fields *f, enum sms_field field, const char *value, struct error *e)
{
	return sms_fields_put(f, field, value, value ? strlen(value) : 0, e);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	const char l = (char)(c | 0x20);
	return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

void sms_percent(const char *s, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '%' && i + 2 < len && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
			buf_addc(out, (char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2])));
			i += 2;
		} else {
			buf_addc(out, s[i] == '+' ? ' ' : s[i]);
		}
	}
}

static const struct sms_name *name_find(const struct sms_name *names, const char *name, size_t len)
{
	for (; names->name; names++)
		if (strlen(names->name) == len && strncasecmp(names->name, name, len) == 0)
			return names;
	return NULL;
}

bool sms_fields_form(struct sms_fields *f, const struct sms_name *names, const char *s, size_t len, struct error *e)
{
	const char *const end = s + len;
	struct buf name = BUF_INIT, value = BUF_INIT;
	bool fine = true;
	while (fine && s < end) {
		const char *stop = memchr(s, '&', (size_t)(end - s));
		if (!stop)
			stop = end;
		const char *eq = memchr(s, '=', (size_t)(stop - s));
		if (!eq)
			eq = stop;
		buf_reset(&name);
		sms_percent(s, (size_t)(eq - s), &name);
		const struct sms_name *row = name_find(names, name.data, name.len);
		if (row) {
			buf_reset(&value);
			if (eq < stop)
				sms_percent(eq + 1, (size_t)(stop - eq - 1), &value);
			fine = sms_fields_put(f, row->field, value.data, value.len, e);
		}
		s = stop + 1;
	}
	if (value.cap)
		explicit_bzero(value.data, value.cap);
	buf_release(&name);
	buf_release(&value);
	return fine;
}

void sms_media_type(const char *header, char type[static 64], char charset[static 32])
{
	type[0] = charset[0] = '\0';
	if (!header)
		return;
	header += strspn(header, " \t");
	size_t n = strcspn(header, "; \t");
	for (size_t i = 0; i < n && i < 63; i++) {
		type[i] = (char)(header[i] >= 'A' && header[i] <= 'Z' ? header[i] | 0x20 : header[i]);
		type[i + 1] = '\0';
	}
	for (const char *p = strchr(header, ';'); p; p = strchr(p, ';')) {
		p += 1 + strspn(p + 1, " \t");
		if (strncasecmp(p, "charset=", 8) != 0)
			continue;
		p += 8 + (p[8] == '"');
		n = strcspn(p, "\"; \t");
		if (n > 31)
			n = 31;
		memcpy(charset, p, n);
		charset[n] = '\0';
		return;
	}
}

/* ---- charsets ---------------------------------------------------------------------------------------------------- */

static void add_point(struct buf *out, uint32_t point)
{
	if (point)
		utf8_add(out, point);
}

static void decode_utf16(const unsigned char *p, size_t len, bool little, struct buf *out)
{
	if (len >= 2 && ((p[0] == 0xFE && p[1] == 0xFF) || (p[0] == 0xFF && p[1] == 0xFE))) {
		little = p[0] == 0xFF;
		p += 2;
		len -= 2;
	}
	unsigned high = 0;
	for (size_t i = 0; i + 1 < len; i += 2) {
		const unsigned u = little ? (unsigned)p[i + 1] << 8 | p[i] : (unsigned)p[i] << 8 | p[i + 1];
		if (high && u >= 0xDC00 && u <= 0xDFFF) {
			add_point(out, 0x10000 + ((high - 0xD800) << 10) + (u - 0xDC00));
			high = 0;
			continue;
		}
		if (high)
			add_point(out, UTF8_REPLACEMENT);
		high = u >= 0xD800 && u <= 0xDBFF ? u : 0;
		if (!high)
			add_point(out, u >= 0xDC00 && u <= 0xDFFF ? UTF8_REPLACEMENT : u);
	}
	if (high || len % 2)
		add_point(out, UTF8_REPLACEMENT);
}

/* Windows-1252, 0x80 to 0x9F; unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT. 0: none there. */
static const unsigned short cp1252[32] = {
	0x20AC,
	0,
	0x201A,
	0x0192,
	0x201E,
	0x2026,
	0x2020,
	0x2021,
	0x02C6,
	0x2030,
	0x0160,
	0x2039,
	0x0152,
	0,
	0x017D,
	0,
	0,
	0x2018,
	0x2019,
	0x201C,
	0x201D,
	0x2022,
	0x2013,
	0x2014,
	0x02DC,
	0x2122,
	0x0161,
	0x203A,
	0x0153,
	0,
	0x017E,
	0x0178,
};

static void add_latin(struct buf *out, unsigned char c, bool nine)
{
	static const struct {
		unsigned char byte;
		unsigned short point;
	} latin9[] = {
		{ 0xA4, 0x20AC },
		{ 0xA6, 0x0160 },
		{ 0xA8, 0x0161 },
		{ 0xB4, 0x017D },
		{ 0xB8, 0x017E },
		{ 0xBC, 0x0152 },
		{ 0xBD, 0x0153 },
		{ 0xBE, 0x0178 },
	};
	for (size_t i = 0; nine && i < COUNT_OF(latin9); i++)
		if (latin9[i].byte == c) {
			add_point(out, latin9[i].point);
			return;
		}
	if (c >= 0x80 && c <= 0x9F)
		add_point(out, cp1252[c - 0x80] ? cp1252[c - 0x80] : UTF8_REPLACEMENT);
	else
		add_point(out, c);
}

static void decode_utf8(const unsigned char *p, size_t len, struct buf *out)
{
	for (size_t i = 0; i < len;) {
		bool bad = false;
		uint32_t point;
		const size_t n = utf8_next((const char *)p + i, len - i, &point, &bad);
		if (bad)
			add_latin(out, p[i], false);
		else
			add_point(out, point);
		i += bad ? 1 : n;
	}
}

static void decode_data(const unsigned char *p, size_t len, struct buf *out)
{
	enum { SHOWN = 140 }; /* octets of one SMS */
	bool text = true;
	for (size_t i = 0; i < len; i++)
		if ((p[i] < 0x20 && p[i] != '\n' && p[i] != '\r' && p[i] != '\t') || p[i] == 0x7F)
			text = false;
	if (text) {
		decode_utf8(p, len, out);
		return;
	}
	for (size_t i = 0; i < len && i < SHOWN; i++)
		buf_addf(out, "%s%02X", i ? " " : "[", p[i]);
	buf_adds(out, len > SHOWN ? " …]" : "]");
}

void sms_decode(enum sms_charset charset, const char *bytes, size_t len, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)bytes;
	switch (charset) {
	case SMS_UTF8:
		decode_utf8(p, len, out);
		break;
	case SMS_UTF16BE:
	case SMS_UTF16LE:
		decode_utf16(p, len, charset == SMS_UTF16LE, out);
		break;
	case SMS_LATIN1:
	case SMS_LATIN9:
		for (size_t i = 0; i < len; i++)
			add_latin(out, p[i], charset == SMS_LATIN9);
		break;
	case SMS_DATA:
		decode_data(p, len, out);
		break;
	}
}

static const struct {
	const char *label;
	enum sms_charset charset;
} charsets[] = {
	{ "utf-8", SMS_UTF8 },
	{ "utf8", SMS_UTF8 },
	{ "us-ascii", SMS_UTF8 },
	{ "ascii", SMS_UTF8 },
	{ "utf-16be", SMS_UTF16BE },
	{ "utf-16", SMS_UTF16BE },
	{ "utf16", SMS_UTF16BE },
	{ "ucs-2", SMS_UTF16BE },
	{ "ucs2", SMS_UTF16BE },
	{ "ucs-2be", SMS_UTF16BE },
	{ "iso-10646-ucs-2", SMS_UTF16BE },
	{ "utf-16le", SMS_UTF16LE },
	{ "ucs-2le", SMS_UTF16LE },
	{ "iso-8859-1", SMS_LATIN1 },
	{ "iso8859-1", SMS_LATIN1 },
	{ "latin1", SMS_LATIN1 },
	{ "windows-1252", SMS_LATIN1 },
	{ "cp1252", SMS_LATIN1 },
	{ "iso-8859-15", SMS_LATIN9 },
	{ "latin9", SMS_LATIN9 },
	{ "8-bit", SMS_DATA },
	{ "binary", SMS_DATA },
};

static bool has_nul(const struct buf *b)
{
	return memchr(b->data, 0, b->len) != NULL;
}

/* What the bytes are: their label, else their coding. NULs belie "UTF-8": no telephone sends them. */
static enum sms_charset choose_charset(const struct sms_fields *f)
{
	const char *coding = f->v[SF_CODING].data, *label = f->v[SF_CHARSET].data;
	const enum sms_charset by_coding = strcmp(coding, "2") == 0 ? SMS_UTF16BE
		: strcmp(coding, "1") == 0                          ? SMS_DATA
								    : SMS_UTF8;
	for (size_t i = 0; i < COUNT_OF(charsets); i++)
		if (strcasecmp(charsets[i].label, label) == 0) {
			const bool belied = charsets[i].charset == SMS_UTF8 && has_nul(&f->v[SF_TEXT]);
			return belied ? by_coding : charsets[i].charset;
		}
	return by_coding;
}

/* ---- times and parts --------------------------------------------------------------------------------------------- */

static bool plain_number(const struct buf *b, int64_t max, int64_t *out)
{
	if (b->len == 0 || b->len > 15 || strspn(b->data, "0123456789") != b->len)
		return false;
	int64_t n = 0;
	for (size_t i = 0; i < b->len; i++)
		n = n * 10 + (b->data[i] - '0');
	*out = n;
	return n <= max;
}

static int64_t read_time(const struct buf *b)
{
	int64_t n;
	if (plain_number(b, INT64_MAX, &n))
		return n < 100000000000 ? n * 1000 : n; /* seconds until the year 5138 */
	if (b->len == 19 && b->data[10] == ' ') {       /* UTC by convention */
		char s[24];
		snprintf(s, sizeof s, "%.10sT%.8sZ", b->data, b->data + 11);
		n = time_parse(s);
	} else {
		n = time_parse(b->data);
	}
	return n > 0 ? n : 0;
}

/* Walks information elements that must fill the octets exactly; IEI 00 and 08 are concatenation (3GPP TS 23.040
 * §9.2.3.24). */
static bool walk_udh(const unsigned char *p, size_t len, struct sms *out)
{
	unsigned ref = 0, total = 0, part = 0;
	size_t i = 0;
	while (i + 2 <= len && i + 2 + p[i + 1] <= len) {
		const unsigned char *v = p + i + 2;
		if (p[i] == 0x00 && p[i + 1] == 3) {
			ref = v[0];
			total = v[1];
			part = v[2];
		} else if (p[i] == 0x08 && p[i + 1] == 4) {
			ref = (unsigned)v[0] << 8 | v[1];
			total = v[2];
			part = v[3];
		}
		i += 2 + (size_t)p[i + 1];
	}
	if (i != len || part == 0 || part > total)
		return false;
	out->ref = ref;
	out->total = total;
	out->part = part;
	return true;
}

static bool walk_either(const unsigned char *p, size_t len, struct sms *out)
{
	return (len > 1 && p[0] == len - 1 && walk_udh(p + 1, len - 1, out)) || walk_udh(p, len, out);
}

static void read_udh(const struct buf *b, struct sms *out)
{
	unsigned char octets[160];
	size_t n = 0;
	if (b->len == 0 || walk_either((const unsigned char *)b->data, b->len, out))
		return;
	for (size_t i = 0; i + 1 < b->len && n < sizeof octets; i += 2) {
		const int high = hex_value(b->data[i]), low = hex_value(b->data[i + 1]);
		if (high < 0 || low < 0)
			return;
		octets[n++] = (unsigned char)(high << 4 | low);
	}
	walk_either(octets, n, out);
}

static void read_part(const struct sms_fields *f, struct sms *out)
{
	int64_t ref, total, part;
	read_udh(&f->v[SF_UDH], out);
	if (!out->total && plain_number(&f->v[SF_REF], 65535, &ref) && plain_number(&f->v[SF_TOTAL], 255, &total) &&
		plain_number(&f->v[SF_PART], total, &part) && part > 0) {
		out->ref = (unsigned)ref;
		out->total = (unsigned)total;
		out->part = (unsigned)part;
	}
	if (out->total == 1)
		out->ref = out->total = out->part = 0;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* Any id is kept apart from any other; what is not printable or too long is kept by its hash. */
static void read_id(const struct buf *b, char out[static SMS_ID_MAX])
{
	bool plain = b->len < SMS_ID_MAX;
	for (size_t i = 0; i < b->len; i++)
		if (b->data[i] <= 0x20 || b->data[i] > 0x7E)
			plain = false;
	if (plain) {
		memcpy(out, b->data, b->len + 1);
		return;
	}
	const struct key128 k = key128_of(b->data, b->len);
	snprintf(out, SMS_ID_MAX, "hash:%016llx%016llx", (unsigned long long)k.hi, (unsigned long long)k.lo);
}

static void read_to(const struct buf *b, char out[static SMS_TO_MAX])
{
	struct buf line = BUF_INIT;
	text_clean_line(b->data, b->len, TEXT_NAME_MAX, &line);
	const size_t n = text_fit(line.data, SMS_TO_MAX - 1);
	if (n < SMS_TO_MAX)
		memcpy(out, line.data, n); /* out was zeroed */
	buf_release(&line);
}

static int refuse(struct error *e, enum err code, int status, const char *sentence)
{
	error_set(e, code, "%s", sentence);
	return status;
}

static int finish(struct sms_fields *f, struct sms *out, struct error *e)
{
	const struct buf *sender = &f->v[SF_SENDER], *text = &f->v[SF_TEXT];
	if (!f->given[SF_SENDER] || sender->len == 0)
		return refuse(e, ERR_FORMAT, 400, "the request names no sender; the gateway must send one (\"from\")");
	if (has_nul(sender) || !phone_normalise(sender->data, out->sender))
		return refuse(e, ERR_FORMAT, 400, "the sender is no number or name that can be read");
	if (!f->given[SF_TEXT])
		return refuse(e, ERR_FORMAT, 400, "the request holds no text; the gateway must send one (\"text\")");
	if (text->len > TEXT_RAW_MAX)
		return refuse(e, ERR_TOO_BIG, 413, "the text is longer than any SMS");
	out->charset = choose_charset(f);
	buf_add(&out->raw, text->data, text->len);
	sms_decode(out->charset, text->data, text->len, &out->text);
	read_to(&f->v[SF_TO], out->to);
	read_id(&f->v[SF_ID], out->id);
	out->at_ms = read_time(&f->v[SF_AT]);
	read_part(f, out);
	return 0;
}

int sms_fields_finish(struct sms_fields *f, struct sms *out, struct error *e)
{
	const int status = finish(f, out, e);
	sms_fields_release(f);
	return status;
}
