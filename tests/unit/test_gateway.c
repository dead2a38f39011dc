/* net/server/gateway.h, sms_fields.h, parts.h: the requests that gateways were seen to send, and worse ones. */
#include "net/server/gateway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/server/parts.h"
#include "net/server/sms_fields.h"
#include "src/base/mem.h"

/* A request as a test writes it: headers as "Name: value" lines. */
struct ask {
	enum http_method method;
	const char *query;
	const char *headers;
	const char *body;
	size_t body_len; /* 0: strlen(body) */
};

/* Reads it as the server would hand it over: bodies and queries end where memory ends, so that ASan sees any
 * overrun. */
static int read_as(const char *kind, struct ask a, struct sms *out, struct error *e)
{
	struct http_pair pairs[16];
	char *lines = xstrdup(a.headers ? a.headers : "");
	size_t n = 0;
	for (char *at = lines, *end; *at; at = end) {
		end = at + strcspn(at, "\n");
		if (*end)
			*end++ = '\0';
		char *colon = strstr(at, ": ");
		assert_non_null(colon);
		*colon = '\0';
		pairs[n++] = (struct http_pair){ at, colon + 2 };
	}
	const char *bytes = a.body ? a.body : "";
	const size_t len = a.body_len ? a.body_len : strlen(bytes);
	char *body = xcalloc(len + 1, 1), *query = xstrdup(a.query ? a.query : "");
	memcpy(body, bytes, len);
	const struct http_request req = { .method = a.method, .path = "/v1/sms/test", .query = query, .headers = pairs,
		.n_headers = n, .body = body, .body_len = len };
	*e = (struct error){ 0 };
	const int status = gateway_read(kind, &req, out, e);
	free(body);
	free(query);
	free(lines);
	return status;
}

#define KANNEL_HEAD "Connection: keep-alive\nUser-Agent: Kannel/1.4.5\n"

static void expect(const char *kind, struct ask a, const char *sender, const char *to, const char *text)
{
	struct sms s;
	struct error e;
	const int status = read_as(kind, a, &s, &e);
	assert_string_equal(e.text, "");
	assert_int_equal(status, 0);
	assert_string_equal(s.sender, sender);
	assert_string_equal(s.to, to);
	assert_string_equal(s.text.data, text);
	sms_release(&s);
	assert_string_equal(s.sender, "");
}

static void refuse(const char *kind, struct ask a, int status, const char *sentence)
{
	struct sms s;
	struct error e;
	assert_int_equal(read_as(kind, a, &s, &e), status);
	assert_string_equal(e.text, sentence);
	sms_release(&s);
}

static void kannel_post(void **state)
{
	(void)state;
	const struct ask a = { HTTP_POST,
		"id=4c173c20-392d-4be9-b5bd-3bafbcc442eb&from=%2B33612345678&to=81004&smsc=SMPP&ts=1795460816",
		KANNEL_HEAD "Content-Type: text/plain; charset=\"UTF-8\"\nX-Kannel-From: +33612345678\nX-Kannel-To: 81004\n"
		"X-Kannel-Time: 2026-11-23 19:06:56\nDate: 2026-11-23 19:06:56\nX-Kannel-SMSC: SMPP\nX-Kannel-PID: 0\n"
		"X-Kannel-Alt-DCS: 0\nX-Kannel-Coding: 0\nX-Kannel-Compress: 0\nX-Kannel-Service: svcpostid\n"
		"X-Kannel-Meta-Data: ?smpp?\nHost: 127.0.0.1:28080",
		"SMPP-GSM7  Où est l'été ? à é è ù ì ò Ç Ä { } [ ] ~ \\ | ^ € 100% a+b&c=d @£$", 0 };
	expect("kannel", a, "33612345678", "81004",
		"SMPP-GSM7  Où est l'été ? à é è ù ì ò Ç Ä { } [ ] ~ \\ | ^ € 100% a+b&c=d @£$");
	struct sms s;
	struct error e;
	assert_int_equal(read_as("kannel", a, &s, &e), 0);
	assert_string_equal(s.id, "4c173c20-392d-4be9-b5bd-3bafbcc442eb");
	assert_int_equal(s.at_ms, 1795460816000);
	assert_int_equal(s.total, 0);
	sms_release(&s);
}

static void kannel_post_without_query(void **state)
{
	(void)state;
	struct sms s;
	struct error e;
	const struct ask a = { HTTP_POST, "key=K",
		"Content-Type: text/plain\nX-Kannel-From: 0612345678\nX-Kannel-To: 36200\n"
		"X-Kannel-Time: 2026-11-23 19:06:56", "bonjour", 0 };
	assert_int_equal(read_as("kannel", a, &s, &e), 0);
	assert_string_equal(s.sender, "33612345678");
	assert_string_equal(s.id, "");
	assert_int_equal(s.at_ms, 1795460816000);
	sms_release(&s);
}

static void kannel_post_charsets(void **state)
{
	(void)state;
	static const char be[] = "\0F\0A\0K\0E\0-\x01\x53\xD8\x3D\xDE\x00\0 \x20\xAC"; /* FAKE-œ😀 € */
#define FROM "X-Kannel-From: 33612345678\nX-Kannel-To: 81001\n"
	const struct { const char *headers, *body; size_t len; const char *text; } rows[] = {
		{ FROM "Content-Type: text/plain; charset=\"UTF-16BE\"\nX-Kannel-Coding: 2", be, sizeof be - 1,
			"FAKE-œ😀 €" },
		{ FROM "Content-Type: text/plain; charset=UTF-16BE", be, sizeof be - 1, "FAKE-œ😀 €" },
		{ FROM "Content-Type: text/plain\nX-Kannel-Coding: 2", be, sizeof be - 1, "FAKE-œ😀 €" },
		{ FROM "Content-Type: text/plain; charset=\"UTF-8\"\nX-Kannel-Coding: 2", be, sizeof be - 1,
			"FAKE-œ😀 €" },
		{ FROM "Content-Type: text/plain; charset=\"UTF-16BE\"", "\xD8\x3D\0a\xDE\0\0", 7,
			"\xEF\xBF\xBD" "a\xEF\xBF\xBD\xEF\xBF\xBD" },
		{ FROM "Content-Type: text/plain; charset=UTF-16", "\xFF\xFE" "a\0b\0", 6, "ab" },
		{ FROM "Content-Type: Text/Plain; format=flowed; Charset=ISO-8859-1", "\xE9t\xE9 \x80", 0, "été €" },
		{ FROM "Content-Type: text/plain; charset=\"ISO-8859-15\"", "10 \xA4 c\xBDur", 0, "10 € cœur" },
		/* alt-charset: Latin-1 that says UTF-8, with a euro in UTF-8 */
		{ FROM "Content-Type: text/plain; charset=\"UTF-8\"", "\xE9t\xE9 10 \xE2\x82\xAC", 0, "été 10 €" },
		{ FROM "Content-Type: application/octet-stream\nX-Kannel-Coding: 1", "o\xF9 \xE7" "a", 0, "où ça" },
		{ FROM "Content-Type: application/octet-stream\nX-Kannel-Coding: 1", "\x01\0\xFF", 3, "[01 00 FF]" },
		{ FROM "X-Kannel-Coding: 0", "sans type", 0, "sans type" },
		{ FROM "Content-Type: text/plain; charset=\"UTF-8\"", "", 0, "" },
		{ FROM "Content-Type: text/plain; charset=klingon", " deux  espaces\n", 0, " deux  espaces\n" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		expect("kannel", (struct ask){ HTTP_POST, "", rows[i].headers, rows[i].body, rows[i].len },
			"33612345678", "81001",
			rows[i].text);
}

static void kannel_get(void **state)
{
	(void)state;
	const struct ask a = { HTTP_GET,
		"from=%2B33612345678&to=81001&smsc=SMPP&id=65b54075-8692-4bad-83df-7e8d826bbafc"
		"&t=2026-11-23+19:06:52&T=1795460812&coding=0&charset=UTF-8&udh=&n=svcget"
		"&text_b=SMPP-GSM7++O%C3%B9+est+l'%C3%A9t%C3%A9+%3F+%E2%82%AC+100%25+a%2Bb%26c%3Dd+%40%C2%A3%24",
		KANNEL_HEAD "X-Kannel-From: +33612345678\nHost: 127.0.0.1:28080", NULL, 0 };
	expect("kannel", a, "33612345678", "81001", "SMPP-GSM7  Où est l'été ? € 100% a+b&c=d @£$");
	struct sms s;
	struct error e;
	assert_int_equal(read_as("kannel", a, &s, &e), 0);
	assert_int_equal(s.at_ms, 1795460812000);
	assert_string_equal(s.id, "65b54075-8692-4bad-83df-7e8d826bbafc");
	sms_release(&s);
}

static void kannel_get_utf16(void **state)
{
	(void)state;
	/* %b is exact; %a lost a byte of every blank: the first wins */
	expect("kannel", (struct ask){ HTTP_GET,
		"from=33612345678&to=81001&id=1&coding=2&charset=UTF-16BE&text_a=%00+%18"
		"&text_b=%00F%00A%00K%00E%00-%D8%3D%DE%00%00++%AC", NULL, NULL, 0 }, "33612345678", "81001",
		"FAKE-😀 €");
	expect("kannel", (struct ask){ HTTP_GET, "from=0033612345678&coding=2&text=%00%E9%00t", NULL, NULL, 0 },
		"33612345678", "", "ét");
	expect("kannel", (struct ask){ HTTP_GET, "from=612&text_a=seul", NULL, NULL, 0 }, "612", "", "seul");
	expect("kannel", (struct ask){ HTTP_GET, "from=33612345678&charset=8-BIT&coding=1&text=%e9t%e9",
		NULL, NULL, 0 }, "33612345678", "", "été");
}

#define XML(extra, ud, coding) \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<message cid=\"1\">\n\t<submit>\n  \t\t<oa>  \t\t<number>+33612345678</number>\n</oa>\n" \
	"  \t\t<da>  \t\t<number>81003</number>\n</da>\n  \t\t<ud>" ud "</ud>\n" extra "  \t\t<pid>0</pid>\n" \
	"  \t\t<dcs>  \t\t<coding>" coding "</coding>\n</dcs>\n  \t\t<at><year>2026</year><month>11</month><day>23</day>" \
	"<hour>19</hour><minute>06</minute><second>54</second><timezone>0</timezone></at>\n" \
	"  \t\t<from>  \t\t<account>FAKE</account>\n</from>\n  \t\t<to>  \t\t<service>svcxml</service>\n</to>\n\t</submit>\n</message>\n"

static void kannel_xml(void **state)
{
	(void)state;
	struct ask a = { HTTP_POST, "id=7", "Content-Type: text/xml; charset=\"UTF-8\"",
		XML("", "SMPP-UCS2+%C3%A7a+%F0%9F%98%80+%C5%93+a%26b &amp; c", "0"), 0 };
	expect("kannel", a, "33612345678", "81003", "SMPP-UCS2 ça 😀 œ a&b & c");
	struct sms s;
	struct error e;
	assert_int_equal(read_as("kannel", a, &s, &e), 0);
	assert_int_equal(s.at_ms, 1795460814000);
	assert_string_equal(s.id, "7");
	sms_release(&s);

	a.headers = "Content-Type: text/xml";
	a.body = XML("<udh>%05%00%03%2A%02%01</udh>", "%00%E9%00t%00%E9", "2");
	assert_int_equal(read_as("kannel", a, &s, &e), 0);
	assert_string_equal(s.text.data, "été");
	assert_int_equal(s.ref, 42);
	assert_int_equal(s.total, 2);
	sms_release(&s);

	const char *const bad[] = { "<message><submit><ud>a</submit></message>", "<a", "<message>", "</a>", "<>",
		"<!DOCTYPE a><a></a>",
		"<a><a><a><a><a><a><a><a><a>", "<message><?xml?></message>",
		"<abcdefghijklmnopqrstuvwxyz></abcdefghijklmnopqrstuvwxyz>" };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		a.body = bad[i];
		assert_int_equal(read_as("kannel", a, &s, &e), 400);
		assert_true(strstr(e.text, "XML") != NULL);
		sms_release(&s);
	}
}

static void kannel_udh(void **state)
{
	(void)state;
	const struct { const char *udh; unsigned ref, total, part; } rows[] = {
		{ "%08%04%124%02%01", 0x1234, 2, 1 },         /* as seen: no length octet before it */
		{ "%06%08%04%124%02%02", 0x1234, 2, 2 },
		{ "%05%00%03%c4%03%02", 0xC4, 3, 2 },
		{ "%00%03+%03%02", 0x20, 3, 2 },
		{ "0608040102FF03", 0x0102, 255, 3 },          /* as the manual says: hexadecimal */
		{ "%0B%05%04%0B%84%23%F0%00%03%01%02%01", 1, 2, 1 }, /* behind a port element */
		{ "%05%00%03%c4%03%00", 0, 0, 0 },            /* part 0 of 3 */
		{ "%05%00%03%c4%03%04", 0, 0, 0 },
		{ "%05%00%03%c4%01%01", 0, 0, 0 },            /* the only one */
		{ "%05%00%03%c4", 0, 0, 0 },
		{ "%FF%FF", 0, 0, 0 },
		{ "", 0, 0, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf headers = BUF_INIT, query = BUF_INIT;
		buf_addf(&headers, "X-Kannel-From: 33612345678\nX-Kannel-UDH: %s", rows[i].udh);
		buf_addf(&query, "from=33612345678&text=x&udh=%s", rows[i].udh);
		for (int get = 0; get < 2; get++) {
			struct sms s;
			struct error e;
			const struct ask a = { get ? HTTP_GET : HTTP_POST, get ? query.data : "",
				get ? NULL : headers.data, "x", 0 };
			assert_int_equal(read_as("kannel", a, &s, &e), 0);
			assert_int_equal(s.ref, rows[i].ref);
			assert_int_equal(s.total, rows[i].total);
			assert_int_equal(s.part, rows[i].part);
			sms_release(&s);
		}
		buf_release(&headers);
		buf_release(&query);
	}
}

static void kannel_refusals(void **state)
{
	(void)state;
	refuse("kannel", (struct ask){ HTTP_POST, "", "Content-Type: text/plain", "x", 0 }, 400,
		"the request names no sender; the gateway must send one (\"from\")");
	refuse("kannel", (struct ask){ HTTP_POST, "from=", "Content-Type: text/plain", "x", 0 }, 400,
		"the request names no sender; the gateway must send one (\"from\")");
	refuse("kannel", (struct ask){ HTTP_POST, "from=33612345679", "X-Kannel-From: +33612345678", "x", 0 }, 400,
		"the request names two different senders");
	refuse("kannel", (struct ask){ HTTP_GET, "from=33612345678", NULL, NULL, 0 }, 400,
		"the request holds no text; the gateway must send one (\"text\")");
	refuse("kannel", (struct ask){ HTTP_GET, "from=33612345678&text=a&text=b", NULL, NULL, 0 }, 400,
		"the request holds two different texts");
	refuse("kannel", (struct ask){ HTTP_GET, "from=336%0012345678&text=a", NULL, NULL, 0 }, 400,
		"the sender is no number or name that can be read");
	refuse("kannel", (struct ask){ HTTP_POST, "from=33612345678", "Content-Type: application/json", "{}", 0 }, 415,
		"Kannel sends text/plain, application/octet-stream or text/xml");
	refuse("kannel", (struct ask){ HTTP_PUT, "from=33612345678", NULL, "x", 0 }, 405,
		"a gateway delivers with GET or POST");
	refuse("pigeon", (struct ask){ HTTP_GET, "", NULL, NULL, 0 }, 404, "there is no kind of gateway \"pigeon\"");
	/* the same sender in two writings, and a plus that became a blank, are one sender */
	expect("kannel", (struct ask){ HTTP_POST, "from=+33612345678", "X-Kannel-From: 06 12 34 56 78", "x", 0 },
		"33612345678", "", "x");
	struct buf big = BUF_INIT;
	for (int i = 0; i < 20000; i++)
		buf_addc(&big, 'a');
	refuse("kannel", (struct ask){ HTTP_POST, "from=33612345678", NULL, big.data, big.len }, 413,
		"the text is longer than any SMS");
	for (int i = 0; i < 50000; i++)
		buf_addc(&big, 'a');
	refuse("generic", (struct ask){ HTTP_POST, "from=33612345678", NULL, big.data, big.len }, 413,
		"the request is longer than 65536 bytes");
	buf_release(&big);
}

static void senders(void **state)
{
	(void)state;
	const struct { const char *as_sent, *normal; } rows[] = {
		{ "%2B33612345678", "33612345678" }, { "0033612345678", "33612345678" },
		{ "33612345678", "33612345678" },
		{ "0612345678", "33612345678" }, { "06+12+34+56+78", "33612345678" },
		{ "06.12.34.56.78", "33612345678" },
		{ "%2B33+(0)6+12+34+56+78", "33612345678" }, { "0692123456", "262692123456" }, { "36200", "36200" },
		{ "ORANGE", "orange" }, { "%2B447700900123", "447700900123" },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf q = BUF_INIT;
		buf_addf(&q, "text=x&from=%s", rows[i].as_sent);
		expect("kannel", (struct ask){ HTTP_GET, q.data, NULL, NULL, 0 }, rows[i].normal, "", "x");
		expect("generic", (struct ask){ HTTP_GET, q.data, NULL, NULL, 0 }, rows[i].normal, "", "x");
		buf_release(&q);
	}
}

static void generic_forms(void **state)
{
	(void)state;
#define FORM "Content-Type: application/x-www-form-urlencoded"
	expect("generic", (struct ask){ HTTP_GET, "key=K&from=0612345678&to=36200&text=O%C3%B9+%3F&id=9",
		NULL, NULL, 0 }, "33612345678", "36200", "Où ?");
	expect("generic", (struct ask){ HTTP_POST, "key=K", FORM, "from=%2B33612345678&to=36200&text=a%26b&id=9", 0 },
		"33612345678", "36200", "a&b");
	expect("generic", (struct ask){ HTTP_POST, "", FORM "; charset=ISO-8859-1", "from=612345678&text=%e9", 0 },
		"612345678", "", "é");
	/* Twilio, 46elks, OVHcloud */
	expect("generic", (struct ask){ HTTP_POST, "", FORM,
		"MessageSid=SM1&From=%2B33612345678&To=36200&Body=oui&NumMedia=0", 0 },
		"33612345678", "36200", "oui");
	expect("generic", (struct ask){ HTTP_POST, "", FORM,
		"from=%2B33612345678&to=%2B46700&message=oui&id=s1&created=2026-11-23T19:06:56Z", 0 },
		"33612345678", "+46700", "oui");
	expect("generic", (struct ask){ HTTP_POST, "", FORM, "senderid=0612345678&shortcode=36200&message=oui&id=1",
		0 },
		"33612345678", "36200", "oui");
	expect("generic", (struct ask){ HTTP_POST, "from=0612345678&to=36200",
		"Content-Type: text/plain; charset=utf-8", "ça &amp;", 0 },
		"33612345678", "36200", "ça &amp;");
	refuse("generic", (struct ask){ HTTP_POST, "from=0612345678&text=a", FORM, "text=b", 0 }, 400,
		"the request holds two different texts");
	refuse("generic", (struct ask){ HTTP_POST, "from=0612345678", FORM, "from=0612345679&text=b", 0 }, 400,
		"the request names two different senders");
	refuse("generic", (struct ask){ HTTP_POST, "from=0612345678", "Content-Type: multipart/form-data", "x", 0 },
		415, "the body must be a form, JSON or text/plain");
	refuse("generic", (struct ask){ HTTP_POST, "text=a", NULL, NULL, 0 }, 400,
		"the request names no sender; the gateway must send one (\"from\")");
}

static void generic_json(void **state)
{
	(void)state;
#define JSON "Content-Type: application/json"
	struct sms s;
	struct error e;
	struct ask a = { HTTP_POST, "key=K", JSON,
		"{\"from\":\"+33612345678\",\"to\":\"36200\",\"text\":\"Où ? \\ud83d\\ude00\",\"id\":\"a1\",\"at\":1795460816123,\"x\":[1]}", 0 };
	assert_int_equal(read_as("generic", a, &s, &e), 0);
	assert_string_equal(s.sender, "33612345678");
	assert_string_equal(s.text.data, "Où ? 😀");
	assert_string_equal(s.id, "a1");
	assert_int_equal(s.at_ms, 1795460816123);
	sms_release(&s);
	a.body = "{\"from\":33612345678,\"to\":36200,\"text\":\"x\",\"at\":\"2026-11-23T19:06:56Z\"}";
	assert_int_equal(read_as("generic", a, &s, &e), 0);
	assert_string_equal(s.sender, "33612345678");
	assert_string_equal(s.to, "36200");
	assert_int_equal(s.at_ms, 1795460816000);
	sms_release(&s);
	/* Vonage, which does not join parts */
	a.body = "{\"msisdn\":\"33612345678\",\"to\":\"36200\",\"text\":\"x\",\"messageId\":\"03\",\"concat\":\"true\",\"concat-ref\":\"7\","
		"\"concat-total\":\"3\",\"concat-part\":\"2\",\"message-timestamp\":\"2026-11-23 19:06:56\"}";
	assert_int_equal(read_as("generic", a, &s, &e), 0);
	sms_release(&s);
	assert_int_equal(s.total, 3);
	assert_int_equal(s.part, 2);
	assert_int_equal(s.ref, 7);
	a.body = "{\"from\":\"0612345678\",\"text\":";
	assert_int_equal(read_as("generic", a, &s, &e), 400);
	assert_int_equal(strncmp(e.text, "the body is no JSON object", 26), 0);
	sms_release(&s);
	expect("generic", (struct ask){ HTTP_POST, "", JSON, "{\"from\":\"0612345678\",\"text\":7}", 0 }, "33612345678",
		"", "7");
	refuse("generic", (struct ask){ HTTP_POST, "", JSON, "{\"from\":\"0612345678\"}", 0 }, 400,
		"the request holds no text; the gateway must send one (\"text\")");
}

static void odd_ids(void **state)
{
	(void)state;
	char query[512] = "from=0612345678&text=x&id=";
	memset(query + strlen(query), 'a', 300);
	struct sms a, b;
	struct error e;
	assert_int_equal(read_as("generic", (struct ask){ HTTP_GET, query, NULL, NULL, 0 }, &a, &e), 0);
	query[strlen(query) - 1] = 'b';
	assert_int_equal(read_as("generic", (struct ask){ HTTP_GET, query, NULL, NULL, 0 }, &b, &e), 0);
	assert_int_equal(strncmp(a.id, "hash:", 5), 0);
	assert_int_not_equal(strcmp(a.id, b.id), 0);
	sms_release(&a);
	sms_release(&b);
}

static bool no_key(struct key128 k)
{
	return k.hi == 0 && k.lo == 0;
}

static bool same(struct key128 a, struct key128 b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

static void sources(void **state)
{
	(void)state;
	const struct key128 ann = { 1, 2 }, bob = { 3, 4 };
	struct sms s;
	sms_init(&s);
	buf_adds(&s.raw, "oui");
	assert_true(no_key(sms_source(&s, "g", ann)));
	s.at_ms = 5000;
	const struct key128 timed = sms_source(&s, "g", ann);
	assert_true(same(timed, sms_source(&s, "g", ann)));
	assert_false(same(timed, sms_source(&s, "g", bob)));
	assert_false(same(timed, sms_source(&s, "h", ann)));
	memcpy(s.id, "77", 3);
	const struct key128 named = sms_source(&s, "g", ann);
	buf_adds(&s.raw, "!");
	s.at_ms = 6000;
	assert_true(same(named, sms_source(&s, "g", bob)));
	assert_false(same(named, sms_source(&s, "h", ann)));
	sms_release(&s);
}

static void words_to_the_service(void **state)
{
	(void)state;
	const struct { const char *text; enum service service; } rows[] = {
		{ "STOP", SV_STOP }, { "stop", SV_STOP }, { "Stop!", SV_STOP }, { "STOP au 36111", SV_STOP },
		{ "stop 36111", SV_STOP },
		{ "STOP SMS", SV_STOP }, { "Arrêt", SV_STOP }, { "ARRET", SV_STOP }, { "« stop »", SV_STOP },
		{ "STOP STOP STOP", SV_STOP },
		{ "stop svp", SV_STOP }, { "Stop s'il vous plaît", SV_STOP }, { "CONTACT", SV_CONTACT },
		{ "Contact 36200", SV_CONTACT },
		{ "quand va-t-on stopper les textos ?", SV_NONE }, { "Stop à la violence", SV_NONE },
		{ "stop ou encore ?", SV_NONE },
		{ "faut-il un stop", SV_NONE }, { "arrêt de travail au 36200", SV_NONE },
		{ "stop aux 35 heures", SV_NONE },
		{ "aide", SV_NONE }, { "info", SV_NONE }, { "contact avec le Premier ministre", SV_NONE },
		{ "au stop", SV_NONE },
		{ "stop contact", SV_NONE }, { "36200", SV_NONE }, { "stop 0612345678", SV_NONE },
		{ "stop a a a a a a a a", SV_NONE },
		{ "?", SV_NONE }, { "😀", SV_NONE }, { "nonstop", SV_NONE },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (sms_service(rows[i].text) != rows[i].service)
			fail_msg("\"%s\" was taken for %d", rows[i].text, (int)sms_service(rows[i].text));
}

/* ---- parts.h ----------------------------------------------------------------------------------------------------- */

static const struct key128 person = { 11, 12 };

static enum parts_fate take(struct parts *p, unsigned ref, unsigned total, unsigned part, const char *text, int64_t now,
	void *waiter, struct whole *w)
{
	struct sms s;
	sms_init(&s);
	s.ref = ref;
	s.total = total;
	s.part = part;
	memcpy(s.to, "36200", 6);
	s.id[0] = (char)('a' + part);
	buf_adds(&s.raw, text);
	sms_decode(s.charset, s.raw.data, s.raw.len, &s.text);
	const enum parts_fate fate = parts_take(p, "g", person, &s, now, waiter, p, w);
	sms_release(&s);
	return fate;
}

static void settle(struct parts *p, const struct whole *w, bool stored, int64_t now, size_t waiters)
{
	size_t n;
	void **v = parts_settle(p, w->key, stored, now, &n);
	assert_int_equal(n, waiters);
	free(v);
}

static void parts_joined(void **state)
{
	(void)state;
	struct parts *p = parts_new(5000, 100);
	struct whole w;
	int x[4];
	assert_int_equal(take(p, 1, 3, 3, "fin.", 0, &x[0], &w), PARTS_WAIT);
	assert_int_equal(take(p, 1, 3, 1, "Début, ", 10, &x[1], &w), PARTS_WAIT);
	assert_int_equal(take(p, 1, 3, 1, "Début, ", 20, &x[2], &w), PARTS_WAIT); /* a repeat waits with the others */
	assert_int_equal(parts_next(p), 5000);
	assert_int_equal(take(p, 1, 3, 2, "milieu, ", 30, &x[3], &w), PARTS_WHOLE);
	assert_true(w.complete);
	assert_string_equal(w.text.data, "Début, milieu, fin.");
	assert_string_equal(w.id, "b");
	assert_string_equal(w.to, "36200");
	assert_ptr_equal(w.context, p);
	assert_true(same(w.person, person));
	assert_int_equal(take(p, 1, 3, 2, "milieu, ", 35, &x[0], &w), PARTS_WAIT); /* while it is being stored */
	size_t n;
	void **waiters = parts_settle(p, w.key, true, 40, &n);
	assert_int_equal(n, 5);
	assert_ptr_equal(waiters[0], &x[0]);
	assert_ptr_equal(waiters[3], &x[3]);
	free(waiters);
	whole_release(&w);
	assert_int_equal(take(p, 1, 3, 2, "milieu, ", 50, NULL, &w), PARTS_BEFORE);
	assert_int_equal(take(p, 1, 3, 2, "autre", 60, NULL, &w), PARTS_WAIT); /* the number was used again */
	assert_int_equal(parts_next(p), 5060);
	parts_free(p);
}

static void parts_late(void **state)
{
	(void)state;
	struct parts *p = parts_new(5000, 100);
	struct whole w;
	assert_int_equal(take(p, 1, 4, 2, "deux", 0, NULL, &w), PARTS_WAIT);
	assert_int_equal(take(p, 2, 2, 1, "un", 100, NULL, &w), PARTS_WAIT);
	assert_false(parts_due(p, 4999, &w));
	assert_true(parts_due(p, 5000, &w));
	assert_false(w.complete);
	assert_string_equal(w.text.data, "[…] deux […]");
	const struct key128 one = w.source;
	assert_false(no_key(one));
	settle(p, &w, true, 5001, 1);
	whole_release(&w);
	assert_int_equal(take(p, 1, 4, 1, "un", 6000, NULL, &w), PARTS_ALONE);
	assert_int_equal(take(p, 1, 4, 2, "deux", 6000, NULL, &w), PARTS_BEFORE);
	assert_int_equal(take(p, 1, 4, 2, "deux", 6000 + PARTS_MEMORY_MS, NULL, &w), PARTS_WAIT); /* forgotten */
	assert_true(parts_due(p, INT64_MAX, &w));
	assert_string_equal(w.text.data, "un […]");
	settle(p, &w, false, 7000, 1);
	whole_release(&w);
	assert_int_equal(take(p, 2, 2, 1, "un", 7001, NULL, &w), PARTS_WAIT); /* was not stored: begins anew */
	assert_true(parts_due(p, INT64_MAX, &w));
	assert_true(same(one, w.source));
	whole_release(&w);
	assert_true(parts_due(p, INT64_MAX, &w));
	whole_release(&w);
	assert_false(parts_due(p, INT64_MAX, &w));
	assert_int_equal(parts_next(p), INT64_MAX);
	size_t n;
	assert_null(parts_settle(p, person, true, 0, &n));
	parts_free(p);
}

static void parts_bounded(void **state)
{
	(void)state;
	struct parts *p = parts_new(5000, 3);
	struct whole w;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(take(p, i, 2, 1, "x", 0, NULL, &w), PARTS_WAIT);
	assert_int_equal(take(p, 9, 2, 1, "x", 0, NULL, &w), PARTS_ALONE);
	assert_int_equal(take(p, 1, 2, 2, "y", 0, NULL, &w), PARTS_WHOLE);
	settle(p, &w, true, 0, 2);
	whole_release(&w);
	assert_int_equal(take(p, 9, 2, 1, "x", 0, NULL, &w), PARTS_WAIT); /* what is only remembered makes room */
	assert_int_equal(take(p, 0, 2, 1, "z", 0, NULL, &w), PARTS_ALONE); /* the same part with other words */
	parts_free(p);
	parts_free(NULL);
}

static void parts_cut_pair(void **state)
{
	(void)state;
	struct parts *p = parts_new(5000, 10);
	struct whole w;
	struct sms a, b;
	struct error e;
#define HALF(n, ud) (struct ask){ HTTP_GET, "from=0612345678&to=1&coding=2&udh=%05%00%03%07%02%0" n "&text=" ud, NULL, \
	NULL, 0 }
	assert_int_equal(read_as("kannel", HALF("1", "%00a%D8%3D"), &a, &e), 0);
	assert_int_equal(read_as("kannel", HALF("2", "%DE%00%00b"), &b, &e), 0);
	assert_int_equal(parts_take(p, "g", person, &b, 0, NULL, NULL, &w), PARTS_WAIT);
	assert_int_equal(parts_take(p, "g", person, &a, 0, NULL, NULL, &w), PARTS_WHOLE);
	assert_string_equal(w.text.data, "a😀b");
	assert_int_equal(w.raw.len, 8);
	assert_true(no_key(w.source)); /* neither ids nor times */
	whole_release(&w);
	sms_release(&a);
	sms_release(&b);
	parts_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kannel_post), cmocka_unit_test(kannel_post_without_query),
			cmocka_unit_test(kannel_post_charsets),
		cmocka_unit_test(kannel_get), cmocka_unit_test(kannel_get_utf16), cmocka_unit_test(kannel_xml),
		cmocka_unit_test(kannel_udh), cmocka_unit_test(kannel_refusals), cmocka_unit_test(senders),
		cmocka_unit_test(generic_forms), cmocka_unit_test(generic_json), cmocka_unit_test(odd_ids),
		cmocka_unit_test(sources), cmocka_unit_test(words_to_the_service), cmocka_unit_test(parts_joined),
		cmocka_unit_test(parts_late), cmocka_unit_test(parts_bounded), cmocka_unit_test(parts_cut_pair),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
