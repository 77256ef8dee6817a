/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a script before it is read: comments, and the branches of #ifdef that do not
 * hold, become blanks and the words of -D their values, while each byte keeps the place where
 * it was written. And the script's memory. */
#include "own.h"

#include "base/format.h"

#include <tcpcraft/buf.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- memory ----------------------------------------------------------------------- */

#define CHUNK 16384

struct chunk {
	struct chunk *next;
	size_t used, cap;
	_Alignas(16) uint8_t bytes[];
};

void *tc_sc_alloc(struct script_cursor *c, size_t n)
{
	struct chunk *top = c->s->memory, *fresh;
	size_t cap;
	void *at;

	n = (n + 15) & ~(size_t)15;
	if (!top || top->cap - top->used < n) {
		cap = n > CHUNK ? n : CHUNK;
		fresh = calloc(1, sizeof *fresh + cap);
		if (!fresh) {
			if (!c->err->code)
				tc_nomem(c->err);
			return NULL;
		}
		fresh->cap = cap;
		fresh->next = top;
		c->s->memory = top = fresh;
	}
	at = top->bytes + top->used;
	top->used += n;
	return at;
}

const char *tc_sc_keep(struct script_cursor *c, const char *bytes, size_t n)
{
	char *copy = tc_sc_alloc(c, n + 1);

	if (copy && n)
		memcpy(copy, bytes, n);
	return copy;
}

void tc_script_free(struct tc_script *s)
{
	struct chunk *at, *next;

	if (!s)
		return;
	for (at = s->memory; at; at = next) {
		next = at->next;
		free(at);
	}
	free(s);
}

/* ---- the text --------------------------------------------------------------------- */

struct pass {
	struct script_cursor *c;
	const char *begin, *at, *end;	/* of what was given */
	struct script_place here;
	const struct tc_script_define *d;
	size_t n_d;
	struct tc_buf text, places;
	struct { bool holds, is_else; } branch[TC_SCRIPT_DEPTH];	/* of #ifdef */
	unsigned n_branches;
};

static void put(struct pass *p, const char *bytes, size_t n)
{
	tc_buf_add(&p->text, bytes, n);
	for (size_t i = 0; i < n; i++)
		tc_buf_add(&p->places, &p->here, sizeof p->here);
}

static void step(struct pass *p)
{
	if (*p->at++ == '\n') {
		p->here.line++;
		p->here.column = 1;
	} else {
		p->here.column++;
	}
}

static bool starts(const struct pass *p, const char *token)
{
	size_t n = strlen(token);

	return (size_t)(p->end - p->at) >= n && memcmp(p->at, token, n) == 0;
}

static void copy(struct pass *p, size_t n)
{
	for (; n && p->at < p->end; n--) {
		put(p, p->at, 1);
		step(p);
	}
}

/* Up to and with the closing token; what is not closed is told when it is read. */
static void copy_quoted(struct pass *p, const char *open, const char *close)
{
	bool text = *close == '"';

	copy(p, strlen(open));
	while (p->at < p->end && !starts(p, close) && !(text && *p->at == '\n'))
		copy(p, text && *p->at == '\\' ? 2 : 1);
	if (starts(p, close))
		copy(p, strlen(close));
}

static int drop_comment(struct pass *p)
{
	struct script_place from = p->here;
	bool block = starts(p, "/*");

	put(p, " ", 1);
	step(p);
	if (block)
		step(p);
	while (p->at < p->end && !(block ? starts(p, "*/") : *p->at == '\n')) {
		if (*p->at == '\n')
			put(p, "\n", 1);
		step(p);
	}
	if (!block)
		return 0;
	if (p->at == p->end)
		return tc_script_fail(p->c->s, from.line, from.column, p->c->err, -EINVAL,
				      "this comment is not closed: */ is missing");
	step(p);
	step(p);
	return 0;
}

/* ---- #ifdef ------------------------------------------------------------------------ */

static int fail_here(const struct pass *p, const char *what)
{
	return tc_script_fail(p->c->s, p->here.line, p->here.column, p->c->err, -EINVAL, "%s", what);
}

static bool begins_line(const struct pass *p)
{
	const char *at = p->at;

	while (at > p->begin && (at[-1] == ' ' || at[-1] == '\t'))
		at--;
	return at == p->begin || at[-1] == '\n';
}

static size_t word_len(const char *at, const char *end)
{
	size_t n = 0;

	while (at + n < end && (isalnum((unsigned char)at[n]) || at[n] == '_'))
		n++;
	return n;
}

/* They begin a line: else it is a comment. */
static bool is_directive(const struct pass *p, const char *word)
{
	size_t n = strlen(word);

	return starts(p, word) && begins_line(p) && word_len(p->at + n, p->end) == 0;
}

static bool is_defined(const struct pass *p, const char *at, size_t n)
{
	for (size_t i = 0; i < p->n_d; i++)
		if (strlen(p->d[i].name) == n && memcmp(p->d[i].name, at, n) == 0)
			return true;
	return false;
}

static int open_branch(struct pass *p, size_t word, bool yes)
{
	const char *name = p->at + word;
	size_t n;

	while (name < p->end && (*name == ' ' || *name == '\t'))
		name++;
	n = word_len(name, p->end);
	if (n == 0)
		return fail_here(p, "a name is missing: #ifdef NAME, with -D NAME=VALUE");
	if (p->n_branches == TC_SCRIPT_DEPTH)
		return fail_here(p, "too many #ifdef within each other");
	p->branch[p->n_branches].holds = is_defined(p, name, n) == yes;
	p->branch[p->n_branches++].is_else = false;
	return 1;
}

static int other_branch(struct pass *p)
{
	if (p->branch[p->n_branches - 1].is_else)
		return fail_here(p, "a second #else: the #ifdef has one, #endif is missing");
	p->branch[p->n_branches - 1].is_else = true;
	p->branch[p->n_branches - 1].holds ^= true;
	return 1;
}

/* 1: it was one, and is behind us. As a comment, one that we do not know would let what
 * stands on both sides of it be run. */
static int take_directive(struct pass *p)
{
	bool yes = is_directive(p, "#ifdef"), no = is_directive(p, "#ifndef");
	bool other = is_directive(p, "#else");
	int rc = 1;

	if (is_directive(p, "#if") || is_directive(p, "#elif"))
		return fail_here(p, "there is only #ifdef NAME, #ifndef NAME, #else and #endif");
	if (!yes && !no && !other && !is_directive(p, "#endif"))
		return 0;
	if (!yes && !no && p->n_branches == 0)
		return fail_here(p, "no #ifdef stands before this");
	if (yes || no)
		rc = open_branch(p, yes ? 6 : 7, yes);
	else if (other)
		rc = other_branch(p);
	else
		p->n_branches--;
	while (rc > 0 && p->at < p->end && *p->at != '\n')
		step(p);
	return rc;
}

static bool is_hidden(const struct pass *p)
{
	for (unsigned i = 0; i < p->n_branches; i++)
		if (!p->branch[i].holds)
			return true;
	return false;
}

static void take_word(struct pass *p)
{
	size_t n = word_len(p->at, p->end);

	for (size_t i = 0; i < p->n_d; i++) {
		if (strlen(p->d[i].name) != n || memcmp(p->d[i].name, p->at, n) != 0)
			continue;
		put(p, p->d[i].value, strlen(p->d[i].value));
		for (; n; n--)
			step(p);
		return;
	}
	copy(p, n);
}

static int take(struct pass *p)
{
	unsigned char ch = (unsigned char)*p->at;

	if (ch == 0)
		return tc_script_fail(p->c->s, p->here.line, p->here.column, p->c->err,
				      -EINVAL, "a script cannot contain a NUL byte");
	if (ch == '"')
		copy_quoted(p, "\"", "\"");
	else if (ch == '`')
		copy_quoted(p, "`", "`");
	else if (starts(p, "%{"))
		copy_quoted(p, "%{", "}%");
	else if (ch == '#' || starts(p, "//") || starts(p, "/*"))
		return drop_comment(p);
	else if (isalpha(ch) || ch == '_')
		take_word(p);
	else if (isdigit(ch))		/* no word begins in a number: 0x10 */
		do
			copy(p, 1);
		while (p->at < p->end && isalnum((unsigned char)*p->at));
	else
		copy(p, 1);
	return 0;
}

static int check_define(const struct tc_script_define *d, struct tc_error *err)
{
	size_t n = 0;

	while (isalnum((unsigned char)d->name[n]) || d->name[n] == '_')
		n++;
	if (n == 0 || d->name[n] || isdigit((unsigned char)d->name[0]))
		return tc_fail(err, -EINVAL, "-D %s: a name is letters, digits and _",
			       d->name);
	return 0;
}

int tc_sc_text_open(struct script_cursor *c, const char *text, size_t n,
		    const struct tc_script_define *d, size_t n_d)
{
	struct pass p = { .c = c, .begin = text, .at = text, .end = text + n, .here = { 1, 1 }, .d = d,
			  .n_d = n_d };
	int rc = 0;

	for (size_t i = 0; i < n_d && rc >= 0; i++)
		rc = check_define(&d[i], c->err);
	while (p.at < p.end && rc >= 0) {
		rc = take_directive(&p);
		if (rc == 0 && is_hidden(&p)) {
			put(&p, *p.at == '\n' ? "\n" : " ", 1);
			step(&p);
		} else if (rc == 0) {
			rc = take(&p);
		}
		if (rc >= 0 && p.text.len > TC_SCRIPT_MAX)
			rc = tc_fail(c->err, -EMSGSIZE, "%s: a script has at most %u bytes",
				     c->s->file, TC_SCRIPT_MAX);
	}
	if (rc >= 0 && p.n_branches)
		rc = fail_here(&p, "an #ifdef is not closed: #endif is missing");
	put(&p, "", 1);
	if (rc >= 0 && (p.text.failed || p.places.failed))
		rc = tc_nomem(c->err);
	c->text = c->at = (const char *)p.text.data;
	c->places = (const struct script_place *)(const void *)p.places.data;
	if (rc < 0)
		tc_sc_text_close(c);
	return rc;
}

void tc_sc_text_close(struct script_cursor *c)
{
	free((void *)(uintptr_t)c->text);
	free((void *)(uintptr_t)c->places);
	c->text = c->at = NULL;
	c->places = NULL;
}

int tc_script_fail(const struct tc_script *s, unsigned line, unsigned column,
		   struct tc_error *err, int code, const char *fmt, ...)
{
	char text[TC_ERROR_MSG_MAX];

	TC_FORMAT(text, sizeof text, fmt);
	return tc_fail(err, code, "%s:%u:%u: %s", s->file, line, column, text);
}
