#include "net/server/say.h"

#include <string.h>
#include <strings.h>

#include "net/server/sms_fields.h"
#include "net/server/view.h"
#include "net/server/viewers.h"
#include "src/base/mem.h"
#include "src/base/phrase.h"
#include "src/base/text.h"

/* ---- words ------------------------------------------------------------------------------------------------------- */

/* What the public may be told. French has U+202F before "?;!" and U+00A0 before ":". */
static const struct phrase french[] = {
	{ "there is no room by this name", "Il n’y a pas de salon de ce nom ici. Vérifiez l’adresse." },
	{ "there is no room \"%s\"", "il n’y a pas de salon « %s »" },
	{ "there is nothing at this address; see /openapi.json", "Il n’y a rien à cette adresse. Vérifiez-la." },
	{ "this address does not take %s; it takes %s", "cette adresse ne prend pas %s ; elle prend %s" },
	{ "this broadcast does not go on from there; read the transcript and start from its since",
		"cette diffusion ne reprend pas de là ; lisez la transcription et repartez de son « since »" },
	{ "the question's text is missing: give \"text\"", "le texte de la question manque" },
	{ "a question is at most %d characters; please shorten it",
		"une question a au plus %d caractères ; raccourcissez-la, s’il vous plaît" },
	{ "the message is longer than %zu characters", "votre question dépasse %zu caractères ; raccourcissez-la" },
	{ "the message has %zu characters and may have at most %zu",
		"votre question a %zu caractères et peut en avoir %zu au plus" },
	{ "the message has nothing in it that can be seen", "votre question ne contient rien qui se voie" },
	{ "an id is at most 128 bytes", "un « id » a au plus 128 octets" },
	{ "questions from this origin are not taken here; the operator can list it with regied room add --origin",
		"les questions venues de ce site ne sont pas prises ici" },
	{ "the event is over; questions are no longer taken", "l’événement est terminé ; les questions ne sont plus prises" },
	{ "questions are not being taken yet", "les questions ne sont pas encore prises" },
	{ "questions are not being taken on the web at the moment", "les questions du web ne sont pas prises en ce moment" },
	{ "your question cannot be kept at the moment; send it again in a minute",
		"votre question ne peut pas être gardée en ce moment ; renvoyez-la dans une minute" },
	{ "too many questions from this address; try again in %d s",
		"trop de questions sont venues de cette adresse ; réessayez dans %d s" },
	{ "too many viewers from this address", "trop de connexions sont venues de cette adresse" },
	{ "nothing more can be taken at the moment (the disk is almost full); try again in a minute",
		"rien ne peut plus être pris en ce moment ; réessayez dans une minute" },
	{ "nothing can be kept at the moment (%s); try again in a minute",
		"rien ne peut être gardé en ce moment ; réessayez dans une minute" },
	{ "too many messages at once; try again in a few seconds",
		"trop de messages arrivent à la fois ; réessayez dans quelques secondes" },
	{ "the backend is being stopped; try again in a few seconds", "le service redémarre ; réessayez dans quelques secondes" },
	{ "no question has this receipt; look at it again", "aucune question n’a ce reçu ; relisez-le" },
	{ "this cannot be read at the moment; try again in a minute",
		"ceci ne peut pas être lu en ce moment ; réessayez dans une minute" },
	{ "send application/json or application/x-www-form-urlencoded", "envoyez application/json ou application/x-www-form-urlencoded" },
};

void say_in(const char *lang, const char *sentence, struct buf *out)
{
	if (strcmp(lang, "fr") == 0)
		phrase_say(french, COUNT_OF(french), sentence, out);
	else
		buf_adds(out, sentence);
}

const char *say_event_lang(const struct backend *b)
{
	const char *lang = b->directory->event.lang;
	return lang && *lang ? lang : "fr";
}

/* The first of the list that we have (RFC 9110 §12.5.4; weights come in falling order in practice). */
static const char *wished(const struct http_request *req)
{
	const char *p = request_header(req, "Accept-Language");
	for (; p && *p; p += strcspn(p, ","), p += strspn(p, ", \t"))
		if (!strncasecmp(p, "fr", 2) || !strncasecmp(p, "en", 2))
			return strncasecmp(p, "fr", 2) ? "en" : "fr";
	return "en";
}

/* ---- forms ------------------------------------------------------------------------------------------------------- */

void form_read(const struct http_request *req, struct form_field *v, size_t n)
{
	const char *p = req->body, *end = req->body + req->body_len;
	struct buf name = BUF_INIT;
	while (p < end) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		const char *stop = amp ? amp : end, *eq = memchr(p, '=', (size_t)(stop - p));
		buf_reset(&name);
		sms_percent(p, (size_t)((eq ? eq : stop) - p), &name);
		for (size_t i = 0; i < n; i++)
			if (eq && !v[i].given && !strcmp(name.data, v[i].name)) {
				v[i].given = true;
				sms_percent(eq + 1, (size_t)(stop - eq - 1), v[i].value);
			}
		p = stop + 1;
	}
	buf_release(&name);
}

static bool is_form(const struct http_request *req)
{
	const char *type = request_header(req, "Content-Type");
	return req->method == HTTP_POST && type && !strncasecmp(type, "application/x-www-form-urlencoded", 33);
}

bool say_wants_page(const struct http_request *req)
{
	const char *accept = request_header(req, "Accept");
	return accept && strstr(accept, "text/html") && (is_form(req) || req->method == HTTP_GET);
}

/* ---- pages ------------------------------------------------------------------------------------------------------- */

/* A text of a refused form as it may be shown again, clean or not at all. */
static void keep_typed(struct buf *text)
{
	struct buf clean = BUF_INIT;
	bool changed;
	text_clean(text->data, text->len, TEXT_RAW_MAX, &clean, &changed, NULL);
	buf_release(text);
	*text = clean;
}

static void page(struct backend *b, struct exchange *x, const char *sentence)
{
	struct buf text = BUF_INIT, name = BUF_INIT, slug = BUF_INIT, said = BUF_INIT;
	struct form_field v[] = { { "text", &text, false }, { "name", &name, false }, { "room", &slug, false } };
	bool form = is_form(&x->req) && !strcmp(x->req.path, "/v1/messages");
	if (form)
		form_read(&x->req, v, COUNT_OF(v));
	keep_typed(&text);
	keep_typed(&name);
	int room = backend_room(b, slug.data);
	say_in(say_event_lang(b), sentence, &said);
	x->res.type = "text/html; charset=utf-8";
	buf_reset(&x->res.body);
	page_headers(b, &x->res, room);
	view_refusal(&x->res.body,
		&(struct view_receipt){ .event = &b->directory->event,
			.slug = room < 0 ? "" : slug.data,
			.name = room < 0 ? "" : b->directory->rooms[room].name,
			.refusal = said.data,
			.text = text.data,
			.sender = name.data },
		form);
	struct buf *const all[] = { &text, &name, &slug, &said };
	for (size_t i = 0; i < COUNT_OF(all); i++)
		buf_release(all[i]);
}

void say_polish(void *backend, struct exchange *x)
{
	struct backend *b = backend;
	struct buf said = BUF_INIT;
	const char *sentence = x->res.problem;
	if (!sentence || x->res.status < 400)
		return;
	bool public = (x->req.listeners & ON_PUBLIC) != 0 && x->res.status != 401;
	if (public && say_wants_page(&x->req)) {
		page(b, x, sentence);
	} else if (strcmp(wished(&x->req), "fr") == 0) {
		say_in("fr", sentence, &said);
		response_problem(&x->res, x->res.status, "%s", said.data);
	}
	buf_release(&said);
}
