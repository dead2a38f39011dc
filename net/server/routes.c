#include "net/server/routes.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "src/base/mem.h"
#include "src/wire/wire.h"

#define KIB (size_t)1024
const struct route routes[] = {
	{HTTP_POST, "/v1/messages", ON_PUBLIC, WHO_PUBLIC, TAKES_JSON | TAKES_FORM, 64 * KIB, handle_message,
		"leave a question: text, name?, room?, id? (from? with a partner's key)", "", "202 400 401 403 409 413 415 429 503"},
	{HTTP_GET, "/v1/messages", ON_SEATS, WHO_SEAT, TAKES_NOTHING, 0, handle_messages,
		"messages, newest first, for a console that does not keep them all", "theme q before limit", "200 400 401"},
	{HTTP_GET, "/v1/messages/{receipt}", ON_PUBLIC, WHO_PUBLIC, TAKES_NOTHING, 0, handle_fate,
		"the fate of one's own question", "", "200 404"},
	{HTTP_POST, "/v1/sms/{gateway}", ON_PUBLIC, WHO_GATEWAY, TAKES_ANY, 64 * KIB, handle_sms,
		"one SMS in the form of that gateway's kind", "key", "202 400 401 403 413 415 503"},
	{HTTP_GET, "/v1/sms/{gateway}", ON_PUBLIC, WHO_GATEWAY, TAKES_NOTHING, 0, handle_sms,
		"one SMS in the query, in the form of that gateway's kind", "key", "202 400 401 403 503"},
	{HTTP_GET, "/v1/rooms/{room}/live", ON_PUBLIC, WHO_VIEWER, TAKES_NOTHING, 0, handle_live,
		"the broadcast as Server-Sent Events; resumes by Last-Event-ID or since", "since", "200 404 410 429"},
	{HTTP_GET, "/v1/rooms/{room}/transcript", ON_PUBLIC, WHO_VIEWER, TAKES_NOTHING, 0, handle_transcript,
		"all that was aired, as it stands now, with the since to follow on from", "", "200 304 404"},
	{HTTP_GET, "/r/{room}", ON_PUBLIC, WHO_VIEWER, TAKES_NOTHING, 0, handle_page, "the viewer's page", "receipt", "200 404"},
	{HTTP_GET, "/a/{asset}", ON_PUBLIC, WHO_ANYONE, TAKES_NOTHING, 0, handle_asset, "a file of the viewer's page", "", "200 304 404"},
	{HTTP_GET, "/v1/changes", ON_SEATS, WHO_SEAT, TAKES_NOTHING, 0, handle_changes,
		"rows changed since a cursor, as NDJSON; waits up to wait seconds for something", "since wait limit status", "200 400 401 410"},
	{HTTP_POST, "/v1/ops", ON_SEATS, WHO_SEAT, TAKES_JSON, 2048 * KIB, handle_ops,
		"operations, in order, each applied at most once; a verdict each", "", "200 400 401 409 410 413 415 503"},
	{HTTP_PUT, "/v1/presence", ON_SEATS, WHO_SEAT, TAKES_JSON, 16 * KIB, handle_presence,
		"what this seat claims, types, and whether it is here; forgotten after 60 s", "", "204 400 401 413 415"},
	{HTTP_GET, "/v1/themes/{id}/sample", ON_SEATS, WHO_SEAT, TAKES_NOTHING, 0, handle_sample,
		"messages of a theme drawn at random", "seed limit", "200 400 401 404"},
	{HTTP_GET, "/v1/status", ON_SEATS, WHO_SEAT, TAKES_NOTHING, 0, handle_status,
		"rooms and what they last received, who is present, figures", "", "200 401"},
	{HTTP_GET, "/healthz", ON_PUBLIC | ON_SEATS | ON_ADMIN, WHO_ANYONE, TAKES_NOTHING, 0, handle_health, "the process answers", "", "200"},
	{HTTP_GET, "/readyz", ON_PUBLIC | ON_SEATS | ON_ADMIN, WHO_ANYONE, TAKES_NOTHING, 0, handle_ready, "it can take and keep messages", "", "200 503"},
	{HTTP_GET, "/openapi.json", ON_PUBLIC | ON_SEATS | ON_ADMIN, WHO_ANYONE, TAKES_NOTHING, 0, handle_openapi, "this document", "", "200"},
	{HTTP_GET, "/metrics", ON_ADMIN, WHO_ANYONE, TAKES_NOTHING, 0, handle_metrics, "figures as Prometheus text", "", "200"},
};
const size_t routes_n = COUNT_OF(routes);

/* Matches one path against a pattern; `{…}` takes one non-empty segment. */
static bool matches(const char *pattern, const char *path, char part[ROUTE_PARTS][ID_MAX + 24])
{
	size_t n = 0;
	while (*pattern) {
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		size_t len = strcspn(path, "/");
		if (!len || len >= ID_MAX + 24 || n == ROUTE_PARTS)
			return false;
		memcpy(part[n], path, len);
		part[n++][len] = '\0';
		path += len;
		pattern += strcspn(pattern, "}") + 1;
	}
	return !*path;
}

/* HEAD must change nothing (RFC 9110 §9.2.1), and a gateway's GET hands over an SMS. */
static bool has_head(const struct route *r)
{
	return r->method == HTTP_GET && r->who != WHO_GATEWAY;
}

static const char *method_name(const struct route *r)
{
	return has_head(r) ? "GET, HEAD" : r->method == HTTP_GET ? "GET" : r->method == HTTP_POST ? "POST" : r->method == HTTP_PUT ? "PUT" : "DELETE";
}

const struct route *route_find(const struct http_request *req, char part[ROUTE_PARTS][ID_MAX + 24], int *status, char allow[64])
{
	size_t n = 0;
	allow[0] = '\0';
	for (size_t i = 0; i < routes_n; i++) {
		const struct route *r = &routes[i];
		if (!(r->listeners & req->listeners) || !matches(r->path, req->path, part))
			continue;
		if (r->method == (unsigned)req->method && (!req->head || has_head(r)))
			return r;
		n += (size_t)snprintf(allow + n, 64 - n, "%s%s", n ? ", " : "", method_name(r));
	}
	*status = n ? 405 : 404;
	return NULL;
}

/* ---- the API document -------------------------------------------------------------------------------------------- */

static const char *answer_text(const char *code)
{
	static const struct { const char *code, *text; } texts[] = {
		{"200", "done"}, {"202", "kept: it is on disk"}, {"204", "done"}, {"304", "unchanged"}, {"400", "not understood; detail says why"},
		{"401", "no token or key, or one that is not known"}, {"403", "not allowed"}, {"404", "there is no such thing"},
		{"409", "not now; detail says why"}, {"410", "another epoch: start anew"}, {"413", "too large"}, {"415", "not in a form that is taken here"},
		{"429", "too many; come again after Retry-After seconds"}, {"503", "cannot be kept now; come again after Retry-After seconds"},
	};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (!strncmp(texts[i].code, code, 3))
			return texts[i].text;
	return "";
}

static void parameter(struct buf *out, const char *name, size_t len, const char *in)
{
	if (out->data[out->len - 1] != '[')
		buf_addc(out, ',');
	buf_adds(out, "{\"name\":");
	json_string_n(out, name, len);
	buf_addf(out, ",\"in\":\"%s\",\"required\":%s,\"schema\":{\"type\":\"string\"}}", in, in[0] == 'p' ? "true" : "false");
}

static void route_document(struct buf *out, const struct route *r)
{
	buf_addf(out, "\"%s\":{", r->method == HTTP_GET ? "get" : r->method == HTTP_POST ? "post" : "put");
	json_member(out, "summary", r->summary);
	buf_adds(out, ",\"parameters\":[");
	for (const char *p = strchr(r->path, '{'); p; p = strchr(p + 1, '{'))
		parameter(out, p + 1, strcspn(p + 1, "}"), "path");
	for (const char *p = r->query; *p; p += strcspn(p, " "), p += strspn(p, " "))
		parameter(out, p, strcspn(p, " "), "query");
	buf_addc(out, ']');
	if (r->takes) {
		buf_adds(out, ",\"requestBody\":{\"content\":{");
		if (r->takes & TAKES_JSON)
			buf_adds(out, "\"application/json\":{}");
		if (r->takes & TAKES_FORM)
			buf_addf(out, "%s\"application/x-www-form-urlencoded\":{}", r->takes & TAKES_JSON ? "," : "");
		if (r->takes & TAKES_ANY)
			buf_adds(out, "\"*/*\":{}");
		buf_addf(out, "}},\"x-body-max\":%zu", r->body_max);
	}
	if (r->who == WHO_SEAT)
		buf_adds(out, ",\"security\":[{\"seat\":[]}]");
	buf_adds(out, ",\"responses\":{");
	for (const char *p = r->answers; *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		if (out->data[out->len - 1] != '{')
			buf_addc(out, ',');
		buf_addf(out, "\"%.3s\":{\"description\":", p);
		json_string(out, answer_text(p));
		buf_addc(out, '}');
	}
	buf_adds(out, "}}");
}

static void op_document(struct buf *out, const struct op *op)
{
	json_string(out, op->name);
	buf_adds(out, ":{");
	json_member(out, "help", op->help);
	json_member_bool(out, "public", op->flags & OP_PUBLIC);
	json_member_bool(out, "expires", op->flags & OP_EXPIRES);
	json_member_bool(out, "undo", op->flags & OP_UNDO);
	if (op->back)
		json_member(out, "takenBackBy", op->back);
	buf_adds(out, ",\"roles\":[");
	for (int r = R_WEB, n = 0; r < R_BACKEND; r++)
		if (op->roles & (1u << r))
			buf_addf(out, "%s\"%s\"", n++ ? "," : "", role_names[r]);
	buf_adds(out, "],\"args\":[");
	for (size_t i = 0; i < op_arg_count(op); i++) {
		const struct arg *a = &op->args[i];
		buf_adds(out, i ? ",{" : "{");
		json_member(out, "name", a->name);
		json_member(out, "help", a->help);
		json_member_bool(out, "required", !(a->flags & ARG_OPTIONAL));
		json_member_bool(out, "many", a->flags & ARG_MANY);
		for (size_t c = 0; a->choices && a->choices[c]; c++) {
			buf_adds(out, c ? "," : ",\"choices\":[");
			json_string(out, a->choices[c]);
			if (!a->choices[c + 1])
				buf_addc(out, ']');
		}
		buf_addc(out, '}');
	}
	buf_adds(out, "]}");
}

void openapi(struct buf *out)
{
	buf_adds(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Régie\",\"version\":\"1\"},"
		"\"components\":{\"securitySchemes\":{\"seat\":{\"type\":\"http\",\"scheme\":\"bearer\"}}},\"paths\":{");
	for (size_t i = 0; i < routes_n; i++) {
		bool same = i && !strcmp(routes[i - 1].path, routes[i].path);
		if (!same) {
			if (i)
				buf_adds(out, "},");
			json_string(out, routes[i].path);
			buf_adds(out, ":{");
		} else {
			buf_addc(out, ',');
		}
		route_document(out, &routes[i]);
	}
	buf_adds(out, "}},\"x-operations\":{");
	for (size_t i = 0; i < ops_n; i++) {
		if (i)
			buf_addc(out, ',');
		op_document(out, &ops[i]);
	}
	buf_adds(out, "},\"x-live-events\":[");
	for (size_t i = 0; cast_names[i]; i++)
		buf_addf(out, "%s\"%s\"", i ? "," : "", cast_names[i]);
	buf_adds(out, "]}");
}
