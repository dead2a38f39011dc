/* regied_crew.c: regied seat, room, gateway: who works, who carries the event, who brings SMS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/server/gateway.h"
#include "src/base/file.h"
#include "src/base/text.h"
#include "src/cmd/cmd.h"
#include "src/cmd/regied_admin.h"

#define DATA \
	{ \
		"data", "DIR", "REGIED_DATA", "the event's directory", false \
	}
#define END \
	{ \
		NULL, NULL, NULL, NULL, false \
	}

static int wrong(struct buf *err, const char *name, const char *what)
{
	struct error e = { 0 };
	error_set(&e, ERR_USAGE, "%s; see regied %s --help", what, name);
	return admin_fail(err, name, &e);
}

static const char *verb(const struct cli *c)
{
	return c->n_words == 1 ? c->words[0] : "";
}

/* A name as people type it, made what the store takes: one line, normal form. */
static char *clean_name(const char *name)
{
	struct buf clean = BUF_INIT;
	if (name)
		text_clean_line(name, strlen(name) < TEXT_RAW_MAX ? strlen(name) : TEXT_RAW_MAX, TEXT_NAME_MAX, &clean);
	return buf_detach(&clean);
}

/* ---- seats ------------------------------------------------------------------------------------------------------- */

static bool role_by_name(const char *name, enum role *out)
{
	for (int r = R_WEB; r < R_BACKEND; r++)
		if (!strcmp(role_names[r], name)) {
			*out = (enum role)r;
			return true;
		}
	return false;
}

static bool list_seat(void *arg, const struct record *r)
{
	const struct seat *s = (const void *)r;
	if (!r->gone)
		buf_addf(arg, "%s\t%s\t%s\n", r->id, role_names[s->role], s->name);
	return true;
}

static int seat_named(struct store *s, const struct cli *c, const char *name, struct buf *out, struct buf *err)
{
	const char *v = verb(c), *role_name = cli_get(c, "role");
	char token[33];
	struct error e = { 0 };
	enum role role;
	bool done;
	if (!*name)
		return wrong(err, "seat", "name the seat: --name NAME");
	if (!strcmp(v, "add")) {
		if (!role_name || !role_by_name(role_name, &role))
			return wrong(err, "seat",
				"--role is one of web, sms, host, scribe, producer, adviser, observer, prompter");
		done = store_seat_add(s, name, role, token, &e);
	} else if (!strcmp(v, "renew")) {
		done = store_seat_renew(s, name, token, &e);
	} else if (!strcmp(v, "remove")) {
		done = store_seat_remove(s, name, &e);
		token[0] = '\0';
	} else {
		return wrong(err, "seat", "say add, list, remove or renew");
	}
	if (!done)
		return admin_fail(err, "seat", &e);
	if (token[0])
		buf_addf(out, "%s\n", token);
	return EXIT_DONE;
}

static int seat_run(struct store *s, const struct cli *c, struct buf *out, struct buf *err)
{
	if (!strcmp(verb(c), "list")) {
		world_each(store_world(s), K_SEAT, list_seat, out);
		return EXIT_DONE;
	}
	char *name = clean_name(cli_get(c, "name"));
	int code = seat_named(s, c, name, out, err);
	free(name);
	return code;
}

static const struct cli_option seat_options[] = { DATA,
	{ "name", "NAME", NULL, "the seat's name, as its crew knows it", false },
	{ "role", "ROLE", NULL, "web, sms, host, scribe, producer, adviser, observer or prompter", false }, END };
const struct admin admin_seat = { "seat",
	"regied seat --data DIR add --name NAME --role ROLE | list | remove --name NAME | renew --name NAME",
	"The seats of the crew. add and renew print the seat's token, once: it is kept as a hash only.", seat_options,
	seat_run };
int cmd_seat(int argc, char **argv)
{
	return admin_main(&admin_seat, argc, argv);
}

/* ---- rooms ------------------------------------------------------------------------------------------------------- */

static bool list_room(void *arg, const struct record *r)
{
	const struct room *m = (const void *)r;
	if (!r->gone)
		buf_addf(arg, "%s\t%s\t%s\n", r->id, m->name, m->origins);
	return true;
}

static int room_run(struct store *s, const struct cli *c, struct buf *out, struct buf *err)
{
	const char *v = verb(c), *slug = cli_get(c, "slug");
	struct error e = { 0 };
	bool done;
	if (!strcmp(v, "list")) {
		world_each(store_world(s), K_ROOM, list_room, out);
		return EXIT_DONE;
	}
	if (!slug || !id_is_slug(slug))
		return wrong(
			err, "room", "--slug is the room's short name: small letters, digits and hyphens, at most 32");
	if (!strcmp(v, "add")) {
		struct buf origins = BUF_INIT;
		char *name = clean_name(cli_get(c, "name"));
		for (size_t i = 0; i < cli_count(c, "origin"); i++)
			buf_addf(&origins, "%s%s", i ? " " : "", cli_nth(c, "origin", i));
		done = strpbrk(origins.data, "\"'<>;,\n\r")
			? error_set(&e, ERR_USAGE, "an origin is like https://www.example.org")
			: store_room_add(s, slug, *name ? name : slug, origins.data, &e);
		free(name);
		buf_release(&origins);
		if (done)
			buf_addf(out, "/r/%s\n", slug);
	} else if (!strcmp(v, "remove")) {
		done = store_room_remove(s, slug, &e);
	} else {
		return wrong(err, "room", "say add, list or remove");
	}
	return done ? EXIT_DONE : admin_fail(err, "room", &e);
}

static const struct cli_option room_options[] = { DATA,
	{ "slug", "SLUG", NULL, "the room's short name in addresses", false },
	{ "name", "NAME", NULL, "its name for people", false },
	{ "origin", "ORIGIN", NULL, "a site that may post its visitors' questions and frame the page; several times",
		true },
	END };
const struct admin admin_room = { "room",
	"regied room --data DIR add --slug SLUG --name NAME [--origin ORIGIN]... | list | remove --slug SLUG",
	"The rooms that carry the event. add prints the path of the room's page.", room_options, room_run };
int cmd_room(int argc, char **argv)
{
	return admin_main(&admin_room, argc, argv);
}

/* ---- gateways ---------------------------------------------------------------------------------------------------- */

static bool list_gateway(void *arg, const struct record *r)
{
	if (!r->gone)
		buf_addf(arg, "%s\t%s\n", r->id, ((const struct gateway *)r)->type);
	return true;
}

static void print_gateway(
	struct store *s, const char *name, const char *type, const char *key, struct buf *out, struct buf *err)
{
	if (!strcmp(type, "partner")) {
		buf_addf(out, "%s\n", key);
		buf_adds(err,
			"a partner sends POST /v1/messages with \"Authorization: Bearer KEY\" and may add \"from\"\n");
		return;
	}
	char *base = store_meta_get(s, "public-url");
	const char *url = base ? base : "http://127.0.0.1:8080";
	buf_addf(out, "%s/v1/sms/%s?key=%s\n", url, name, key);
	if (!strcmp(type, "kannel"))
		buf_addf(err,
			"in Kannel's sms-service: post-url = "
			"\"%s/v1/sms/%s?key=%s&id=%%I&from=%%p&to=%%P&smsc=%%i&ts=%%T\", "
			"max-messages = 0; in group smsbox: mo-recode = true, http-request-retry = 100, "
			"http-queue-delay = 5\n",
			url, name, key);
	free(base);
}

struct type_search {
	const char *name;
	char type[16];
};
static bool find_type(void *arg, const struct record *r)
{
	struct type_search *t = arg;
	if (!strcmp(r->id, t->name))
		snprintf(t->type, sizeof t->type, "%s", ((const struct gateway *)r)->type);
	return true;
}

static int wrong_kind(struct buf *err)
{
	struct buf b = BUF_INIT;
	buf_adds(&b, "--kind is one of ");
	for (const struct gateway_kind *k = gateway_kinds; k->name; k++)
		buf_addf(&b, "%s, ", k->name);
	buf_adds(&b, "partner");
	int code = wrong(err, "gateway", b.data);
	buf_release(&b);
	return code;
}

static int gateway_run(struct store *s, const struct cli *c, struct buf *out, struct buf *err)
{
	const char *v = verb(c), *name = cli_get(c, "name"), *type = cli_get(c, "kind");
	struct error e = { 0 };
	char key[33];
	bool done;
	if (!strcmp(v, "list")) {
		world_each(store_world(s), K_GATEWAY, list_gateway, out);
		return EXIT_DONE;
	}
	if (!name || !id_is_slug(name))
		return wrong(err, "gateway",
			"--name is the gateway's short name: small letters, digits and hyphens, at most 32");
	struct type_search t = { .name = name };
	if (!strcmp(v, "add")) {
		if (!type || (!gateway_kind(type) && strcmp(type, "partner") != 0))
			return wrong_kind(err);
		snprintf(t.type, sizeof t.type, "%s", type);
		done = store_gateway_add(s, name, type, key, &e);
	} else if (!strcmp(v, "renew")) {
		world_each(store_world(s), K_GATEWAY, find_type, &t);
		done = store_gateway_renew(s, name, key, &e);
	} else if (!strcmp(v, "remove")) {
		done = store_gateway_remove(s, name, &e);
		t.name = NULL;
	} else {
		return wrong(err, "gateway", "say add, list, remove or renew");
	}
	if (!done)
		return admin_fail(err, "gateway", &e);
	if (t.name)
		print_gateway(s, name, t.type, key, out, err);
	return EXIT_DONE;
}

static const struct cli_option gateway_options[] = { DATA, { "name", "NAME", NULL, "the gateway's short name", false },
	{ "kind", "KIND", NULL, "kannel, generic, or partner (a site that names its own people)", false }, END };
const struct admin admin_gateway = { "gateway",
	"regied gateway --data DIR add --name NAME --kind KIND | list | remove --name NAME | renew --name NAME",
	"The gateways that bring SMS. add and renew print the URL for the gateway, key included, once.",
	gateway_options, gateway_run };
int cmd_gateway(int argc, char **argv)
{
	return admin_main(&admin_gateway, argc, argv);
}

/* ---- backup ------------------------------------------------------------------------------------------------------ */

static int backup_run(struct store *s, const struct cli *c, struct buf *out, struct buf *err)
{
	struct error e = { 0 };
	if (c->n_words != 1)
		return wrong(err, "backup", "name the file to write");
	bool keyed = cli_has(c, "with-key");
	if (keyed && !store_backup_key(s, c->words[0], &e))
		return admin_fail(err, "backup", &e);
	if (!store_backup(s, c->words[0], &e)) {
		struct buf key = BUF_INIT;
		buf_addf(&key, "%s.key", c->words[0]);
		if (keyed)
			unlink(key.data);
		buf_release(&key);
		return admin_fail(err, "backup", &e);
	}
	store_backup_note(s, c->words[0]);
	buf_addf(out, "%s\n", c->words[0]);
	if (keyed)
		buf_addf(out, "%s.key\n", c->words[0]);
	return EXIT_DONE;
}

static const struct cli_option backup_options[] = { DATA,
	{ "with-key", NULL, NULL, "copy the key that makes pseudonyms too, to FILE.key", false }, END };
const struct admin admin_backup = { "backup", "regied backup --data DIR FILE [--with-key]",
	"Copies the event to FILE, checked and whole. The key that makes pseudonyms is in it only when asked for.", backup_options,
	backup_run };

/* A serving backend has a folder of its own: the file is named from here. */
int cmd_backup(int argc, char **argv)
{
	char cwd[4096];
	struct cli c = { 0 };
	struct error e = { 0 };
	char *file = NULL;
	if (cli_parse(&c, backup_options, argc, argv, &e) && c.n_words == 1 && c.words[0][0] != '/' &&
		getcwd(cwd, sizeof cwd))
		for (int i = 1; i < argc; i++)
			if (argv[i] == c.words[0])
				argv[i] = file = path_join(cwd, c.words[0]);
	cli_release(&c);
	int code = admin_main(&admin_backup, argc, argv);
	free(file);
	return code;
}
