/* words.c: the `:` line: from what people type to an operation, and back for the log. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/buf.h"
#include "src/base/mem.h"
#include "src/model/rules.h"

void words_release(struct words *w)
{
	for (size_t i = 0; i < OP_ARGS_MAX; i++)
		free(w->arg[i]);
	*w = (struct words){ 0 };
}

void op_usage(const struct op *op, struct buf *out)
{
	buf_adds(out, op->name);
	for (size_t i = 0; i < op_arg_count(op); i++) {
		const struct arg *a = &op->args[i];
		bool optional = a->flags & ARG_OPTIONAL;
		buf_adds(out, optional ? " [" : " ");
		if (a->flags & ARG_NAMED)
			buf_addf(out, "%s=", a->name);
		for (const char *p = a->name; *p; p++)
			buf_addc(out, (char)toupper((unsigned char)*p));
		buf_addf(out, "%s%s", a->flags & ARG_MANY ? "…" : "", optional ? "]" : "");
	}
}

static bool usage_error(const struct op *op, struct error *e, const char *what)
{
	struct buf usage = BUF_INIT;
	op_usage(op, &usage);
	error_set(e, ERR_USAGE, "%s; usage: %s", what, usage.data);
	buf_release(&usage);
	return false;
}

/* ---- tokens ------------------------------------------------------------------------------------------------------ */

/* One token from *p into out: a word, or a "quoted one" with \" and \\ inside. False at the end. */
static bool token(const char **p, struct buf *out)
{
	const char *s = *p + strspn(*p, " \t");
	buf_reset(out);
	if (!*s)
		return false;
	bool quoted = false;
	for (; *s && (quoted || (*s != ' ' && *s != '\t')); s++) {
		if (*s == '"')
			quoted = !quoted;
		else if (*s == '\\' && quoted && (s[1] == '"' || s[1] == '\\'))
			buf_addc(out, *++s);
		else
			buf_addc(out, *s);
	}
	*p = s;
	return true;
}

/* The rest of the line as a text: without the quotes when it is quoted as a whole. */
static char *rest_text(const char *s)
{
	s += strspn(s, " \t");
	size_t len = strlen(s);
	while (len && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	if (len >= 2 && s[0] == '"' && s[len - 1] == '"' && !memchr(s + 1, '"', len - 2))
		return xstrndup(s + 1, len - 2);
	return xstrndup(s, len);
}

static bool one_looks(const struct arg *a, const char *s, bool before_text)
{
	int64_t n;
	switch (a->type) {
	case A_QUESTION:
		return ref_lettered(s, 'q') || id_is_uuid(s) || !strncmp(s, "question:", 9) ||
			(!before_text && (ref_word(s, "next") || ref_word(s, "air") || ref_digits(s)));
	case A_ANSWER:
		return ref_lettered(s, 'q') || id_is_uuid(s);
	case A_THEME:
		return ref_lettered(s, 't') || ref_digits(s) || !strncmp(s, "theme:", 6);
	case A_MESSAGE:
		return ref_lettered(s, 'm') || ref_digits(s) || !strncmp(s, "message:", 8);
	case A_PART:
		return ref_lettered(s, 'm') || ref_lettered(s, 'c') || ref_digits(s) || !strncmp(s, "message:", 8);
	case A_PERSON:
		return ref_lettered(s, 'p') || ref_lettered(s, 'm') || ref_digits(s);
	case A_TARGET:
		return ref_lettered(s, 't') || ref_lettered(s, 'm') || ref_lettered(s, 'q') || id_is_uuid(s) ||
			!strncmp(s, "theme:", 6) || !strncmp(s, "message:", 8) || !strncmp(s, "question:", 9) ||
			!strncmp(s, "segment:", 8) || (!before_text && (ref_word(s, "next") || ref_word(s, "air")));
	case A_SEGMENT:
		return ref_last_but(s) >= 0 || id_is_uuid(s);
	case A_NUMBER:
		return ref_digits(s);
	case A_TIME:
		return ref_ms(s) || (strchr(s, ':') && isdigit((unsigned char)s[0]));
	case A_CHOICE:
		for (const char *const *c = a->choices; *c; c++)
			if (ref_word(s, *c))
				return true;
		return false;
	case A_ACT:
		return ref_digits(s) || act_name(s, &n);
	default:
		return true;
	}
}

/* Does this token look like the argument's type? "m1,m2" does when each part does. */
static bool looks(const struct arg *a, const char *s, bool before_text)
{
	if (!(a->flags & ARG_MANY) || !strchr(s, ','))
		return one_looks(a, s, before_text);
	char *copy = xstrdup(s), *save = NULL;
	bool all = true;
	for (char *part = strtok_r(copy, ",", &save); part; part = strtok_r(NULL, ",", &save))
		all = all && one_looks(a, part, before_text);
	free(copy);
	return all;
}

/* ---- parsing ----------------------------------------------------------------------------------------------------- */

static const struct op *find_op(const char *name, struct error *e)
{
	const struct op *found = op_by_name(name);
	if (found)
		return found;
	size_t n = strlen(name), hits = 0;
	for (size_t i = 0; i < ops_n; i++)
		if (n && !strncasecmp(ops[i].name, name, n)) {
			if (!ops[i].name[n])
				return &ops[i];
			found = &ops[i];
			hits++;
		}
	if (hits == 1)
		return found;
	struct buf could = BUF_INIT;
	for (size_t i = 0; i < ops_n && hits; i++)
		if (!strncasecmp(ops[i].name, name, n))
			buf_addf(&could, "%s%s", could.len ? ", " : "", ops[i].name);
	if (hits)
		error_set(e, ERR_USAGE, "\"%s\" could be %s; write more of it", brief(name).s, could.data);
	else
		error_set(e, ERR_USAGE, "there is no operation \"%s\"; see regie do --help", brief(name).s);
	buf_release(&could);
	return NULL;
}

static int named_arg(const struct op *op, const char *tok, const char **value)
{
	const char *eq = strchr(tok, '=');
	for (int i = 0; eq && i < (int)op_arg_count(op); i++)
		if (strlen(op->args[i].name) == (size_t)(eq - tok) &&
			!strncmp(op->args[i].name, tok, (size_t)(eq - tok))) {
			*value = eq + 1;
			return i;
		}
	return -1;
}

static size_t needed_after(const struct words *w, size_t i)
{
	size_t n = 0;
	for (size_t j = i + 1; j < op_arg_count(w->op); j++)
		n += !(w->op->args[j].flags & ARG_OPTIONAL) && !w->arg[j];
	return n;
}

static size_t tokens_left(const char *p)
{
	struct buf t = BUF_INIT;
	size_t n = 0;
	while (token(&p, &t))
		n++;
	buf_release(&t);
	return n;
}

static void add_value(char **slot, const char *v)
{
	struct buf joined = BUF_INIT;
	if (*slot)
		buf_addf(&joined, "%s ", *slot);
	buf_adds(&joined, v);
	free(*slot);
	*slot = buf_detach(&joined);
}

/* NAME=VALUE arguments that stand here; stops at the first token that is none. */
static bool take_named(struct words *w, const char **p, struct buf *t, struct error *e)
{
	for (;;) {
		const char *after = *p, *value;
		if (!token(&after, t))
			return true;
		int i = named_arg(w->op, t->data, &value);
		if (i < 0)
			return true;
		if (w->arg[i])
			return usage_error(w->op, e, "an argument is given twice");
		const char *raw = strchr(*p, '=');
		if (w->op->args[i].type == A_TEXT && raw && raw[1] != '"') {
			w->arg[i] = rest_text(raw + 1);
			*p += strlen(*p);
			return true;
		}
		w->arg[i] = xstrdup(value);
		*p = after;
	}
}

static bool text_follows(const struct op *op, size_t i)
{
	const struct arg *last = &op->args[op_arg_count(op) - 1];
	return i + 1 < op_arg_count(op) && last->type == A_TEXT && !(last->flags & ARG_NAMED);
}

static bool take_positional(struct words *w, size_t i, const char **p, struct buf *t)
{
	const struct arg *a = &w->op->args[i];
	if (a->type == A_TEXT) {
		char *text = rest_text(*p);
		*p += strlen(*p);
		if (*text)
			w->arg[i] = text;
		else
			free(text);
		return true;
	}
	bool first = true;
	for (;;) {
		const char *after = *p;
		if (!token(&after, t))
			return true;
		bool fits = looks(a, t->data, text_follows(w->op, i));
		if (first && fits && text_follows(w->op, i) && (a->type == A_QUESTION || a->type == A_TARGET) &&
			tokens_left(*p) == 1) {
			add_value(&w->arg[i], t->data); /* "publish q1" lacks its text; "q1" is nothing anybody says */
			*p = after;
			return true;
		}
		if ((!first || (a->flags & ARG_OPTIONAL)) && (!fits || tokens_left(*p) <= needed_after(w, i)))
			return true;
		add_value(&w->arg[i], t->data);
		*p = after;
		first = false;
		if (!(a->flags & ARG_MANY))
			return true;
	}
}

/* speeker="X" in front of a text is a slip, not what somebody said. */
static bool stray_name(const char *p)
{
	p += strspn(p, " \t");
	size_t len = strspn(p, "abcdefghijklmnopqrstuvwxyz_");
	return len && p[len] == '=' && p[len + 1] == '"';
}

/* A word too many is mostly a choice that was not known: say what there is. */
static bool surplus(const struct words *w, const char *word, struct error *e)
{
	for (size_t i = 0; i < op_arg_count(w->op); i++) {
		const struct arg *a = &w->op->args[i];
		if (a->type == A_CHOICE && !w->arg[i])
			return error_set(e, ERR_USAGE, "\"%s\" is no %s for \"%s\"; it is %s", brief(word).s, a->name,
				w->op->name, a->help);
	}
	return usage_error(w->op, e, "there is more on the line than it takes");
}

static bool all_given(struct words *w, struct error *e)
{
	for (size_t i = 0; i < op_arg_count(w->op); i++) {
		if (w->arg[i] && !w->arg[i][strspn(w->arg[i], " \t")]) {
			free(w->arg[i]); /* "" is as good as not given */
			w->arg[i] = NULL;
		}
		if (!w->arg[i] && !(w->op->args[i].flags & ARG_OPTIONAL))
			return usage_error(w->op, e, "an argument is missing");
	}
	return true;
}

bool words_parse(const char *line, struct words *out, struct error *e)
{
	*out = (struct words){ 0 };
	struct buf t = BUF_INIT;
	const char *p = line;
	bool good = token(&p, &t) ? (out->op = find_op(t.data, e)) != NULL
				  : error_set(e, ERR_USAGE, "no operation was given; see regie do --help");
	for (size_t i = 0; good && i < op_arg_count(out->op); i++) {
		good = take_named(out, &p, &t, e);
		if (good && !out->arg[i] && !(out->op->args[i].flags & ARG_NAMED))
			good = out->op->args[i].type == A_TEXT && stray_name(p)
				? usage_error(out->op, e, "it has no argument by that name")
				: take_positional(out, i, &p, &t);
	}
	good = good && take_named(out, &p, &t, e);
	if (good && token(&p, &t))
		good = surplus(out, t.data, e);
	good = good && all_given(out, e);
	buf_release(&t);
	if (!good)
		words_release(out);
	return good;
}

/* ---- back again, for the log -------------------------------------------------------------------------------------- */

static void add_quoted(struct buf *out, const char *v)
{
	buf_addc(out, '"');
	for (; *v; v++) {
		if (*v == '"' || *v == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *v);
	}
	buf_addc(out, '"');
}

static void add_arg(struct buf *out, const struct arg *a, const char *v, bool by_name)
{
	buf_addc(out, ' ');
	if (by_name || strchr(v, '='))
		buf_addf(out, "%s=", a->name);
	if (strpbrk(v, " \t\"\\") || a->type == A_TEXT)
		add_quoted(out, v);
	else
		buf_adds(out, v);
}

/* Would the text at the end of the line be read as itself there? */
static bool reads_as_text(const char *line, const struct op *op, size_t i, const char *text)
{
	struct words w;
	bool same = words_parse(line, &w, NULL) && w.op == op && w.arg[i] && !strcmp(w.arg[i], text);
	words_release(&w);
	return same;
}

void words_line(const struct op *op, const char *const arg[OP_ARGS_MAX], struct buf *out)
{
	size_t from = out->len;
	buf_adds(out, op->name);
	for (size_t i = 0; i < op_arg_count(op); i++) {
		const struct arg *a = &op->args[i];
		if (!arg[i] || !*arg[i])
			continue;
		size_t here = out->len;
		bool last = a->type == A_TEXT && i + 1 == op_arg_count(op);
		if (last)
			buf_addf(out, " %s", arg[i]);
		if (last && reads_as_text(out->data + from, op, i, arg[i]))
			continue;
		out->len = here;
		out->data[here] = '\0';
		add_arg(out, a, arg[i], last || a->flags & (ARG_NAMED | ARG_OPTIONAL));
	}
}
