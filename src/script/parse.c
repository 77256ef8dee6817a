/* SPDX-License-Identifier: BSD-2-Clause */
/* A script from its text: switches, then events and blocks of events; see script.h. */
#include "own.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/tcp.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

static int read_block(struct script_cursor *c, const struct tc_script_event **out);

/* ---- statements ------------------------------------------------------------------- */

static int read_text(struct script_cursor *c, struct tc_script_event *e)
{
	const char *from = tc_sc_skip(c);
	const uint8_t *bytes;
	size_t n;

	if (tc_sc_string(c, &bytes, &n) < 0)
		return c->err->code;
	if (strlen((const char *)bytes) != n)
		return tc_sc_fail_at(c, from, "a string cannot contain a NUL byte");
	e->text = (const char *)bytes;
	return 0;
}

static int read_silence(struct script_cursor *c, struct tc_script_event *e)
{
	return tc_sc_seconds(c, &e->duration);
}

static int read_any(struct script_cursor *c, struct tc_script_event *e)
{
	(void)c, (void)e;
	return 0;
}

static int read_let(struct script_cursor *c, struct tc_script_event *e)
{
	const char *from, *name;
	int rc;

	from = tc_sc_skip(c);
	name = tc_sc_word(c, false, "a name"); /* known behind its own value only */
	if (!name || tc_sc_expect(c, "=", "'=' and a value") < 0)
		return c->err->code;
	rc = tc_sc_expr(c, &e->a);
	if (rc >= 0) {
		const char *behind = c->at;

		c->at = from;
		rc = tc_sc_name(c, &e->slot);
		c->at = behind;
	}
	return rc;
}

static int read_repeat(struct script_cursor *c, struct tc_script_event *e)
{
	int rc = tc_sc_expr(c, &e->a);

	return rc < 0 ? rc : read_block(c, &e->body);
}

static int read_for(struct script_cursor *c, struct tc_script_event *e)
{
	int rc = tc_sc_name(c, &e->slot);

	if (rc >= 0)
		rc = tc_sc_expect(c, "in", "in and a range: for N in 1..10");
	if (rc >= 0)
		rc = tc_sc_expr(c, &e->a);
	if (rc >= 0)
		rc = tc_sc_expect(c, "..", "'..' of a range: for N in 1..10");
	if (rc >= 0)
		rc = tc_sc_expr(c, &e->b);
	return rc < 0 ? rc : read_block(c, &e->body);
}

static int read_if(struct script_cursor *c, struct tc_script_event *e)
{
	int rc = tc_sc_expect(c, "seen", "seen: if seen > … { }");

	if (rc >= 0 && tc_sc_is(c, ">"))
		rc = tc_sc_pattern(c, &e->packet);
	if (rc >= 0)
		rc = read_block(c, &e->body);
	if (rc >= 0 && tc_sc_accept(c, "else"))
		rc = read_block(c, &e->other);
	return rc;
}

/* "CLOSE_WAIT" as here, or "CLOSE-WAIT" as in RFC 9293. */
static int read_state(struct script_cursor *c, struct tc_script_event *e)
{
	const char *from, *name;
	size_t n = 0;

	if (tc_sc_expect(c, "=", "'=' and a state") < 0)
		return c->err->code;
	from = tc_sc_skip(c);
	while (isalnum((unsigned char)from[n]) || from[n] == '_' || from[n] == '-')
		n++;
	for (enum tc_state s = TC_ST_CLOSED; s <= TC_ST_TIME_WAIT; s++) {
		size_t i = 0;

		name = tc_state_name(s);
		while (i < n && name[i] && (from[i] == '_' ? '-' : from[i]) == name[i])
			i++;
		if (i == n && !name[i]) {
			e->state = (int)s;
			c->at += n;
			return 0;
		}
	}
	return tc_sc_want(c, "a state of RFC 9293, such as ESTABLISHED or CLOSE_WAIT");
}

/* "state=CLOSE_WAIT", or how two numbers compare. */
static int read_expect(struct script_cursor *c, struct tc_script_event *e)
{
	int rc;

	if (tc_sc_accept(c, "state"))
		return read_state(c, e);
	e->kind = TC_SCRIPT_EXPECT_NUMBER;
	rc = tc_sc_expr(c, &e->a);
	for (unsigned i = 0; i < TC_COMPARE_COUNT && rc >= 0; i++)
		if (tc_sc_accept(c, tc_sc_compare[i])) {
			e->compare = (enum tc_script_compare)i;
			return tc_sc_expr(c, &e->b);
		}
	return rc < 0 ? rc : tc_sc_want(c, "one of == != < <= > >= and a number");
}

static const struct statement {
	const char *word;
	enum tc_script_kind kind;
	int (*read)(struct script_cursor *, struct tc_script_event *);
} statements[] = {
	{ "silence", TC_SCRIPT_SILENCE, read_silence },
	{ "any", TC_SCRIPT_ANY_MORE, read_any },
	{ "let", TC_SCRIPT_LET, read_let },
	{ "repeat", TC_SCRIPT_REPEAT, read_repeat },
	{ "for", TC_SCRIPT_FOR, read_for },
	{ "if", TC_SCRIPT_IF_SEEN, read_if },
	{ "expect", TC_SCRIPT_EXPECT_STATE, read_expect },
	{ "say", TC_SCRIPT_SAY, read_text },
	{ "ask", TC_SCRIPT_ASK, read_text },
};

/* ---- events ----------------------------------------------------------------------- */

/* `…` and %{ … }% as they are. */
static int read_raw(struct script_cursor *c, const char *open, const char *close,
		    const char *missing, struct tc_script_event *e)
{
	const char *from = c->at, *end;

	tc_sc_accept(c, open);
	end = strstr(c->at, close);
	if (!end)
		return tc_sc_fail_at(c, from, "%s", missing);
	e->text = tc_sc_keep(c, c->at, (size_t)(end - c->at));
	c->at = end + strlen(close);
	return e->text ? 0 : c->err->code;
}

static int read_action(struct script_cursor *c, struct tc_script_event *e)
{
	tc_sc_skip(c);
	if (*c->at == '<' || *c->at == '>')
		return tc_sc_packet(c, e);
	if (*c->at == '`') {
		e->kind = TC_SCRIPT_SHELL;
		return read_raw(c, "`", "`", "this command is not closed: ` is missing", e);
	}
	if (tc_sc_is(c, "%{")) {
		e->kind = TC_SCRIPT_CODE;
		return read_raw(c, "%{", "}%", "this code is not closed: }% is missing", e);
	}
	for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
		if (tc_sc_accept(c, statements[i].word)) {
			e->kind = statements[i].kind;
			return statements[i].read(c, e);
		}
	if (!tc_sc_is_word(c))
		return tc_sc_want(c, "a packet (< or >), a call or a statement");
	e->kind = TC_SCRIPT_CALL;
	return tc_sc_call(c, &e->call);
}

/* What is expected has a window of time, what we do has a moment; both have a time. */
static int check_time(struct script_cursor *c, const char *at,
		      const struct tc_script_event *e, bool timed)
{
	bool packet = e->kind == TC_SCRIPT_PACKET || e->kind == TC_SCRIPT_ICMP;
	bool sent = e->kind == TC_SCRIPT_ICMP ? e->icmp.sent : e->packet.sent;
	bool expects = (packet && !sent) || e->kind == TC_SCRIPT_IF_SEEN;

	if (!timed && (packet || e->kind == TC_SCRIPT_CALL))
		return tc_sc_fail_at(c, at, "an event begins with its time: +0, 0.1, …");
	if (tc_sc_is_window(&e->time) && !expects)
		return tc_sc_fail_at(c, at, "* and ranges are for what is expected ('>')");
	if (e->call.blocks && e->kind != TC_SCRIPT_CALL)
		return tc_sc_fail_at(c, at, "T...T is for calls");
	return 0;
}

/* The line as written: blanks are one, and it ends where the event does. */
static const char *source_line(struct script_cursor *c, const char *from, const char *to)
{
	struct tc_buf b = { 0 };
	const char *kept = NULL;

	for (; from < to && *from != '\n'; from++)
		if (!isspace((unsigned char)*from))
			tc_buf_add_u8(&b, (uint8_t)*from);
		else if (!b.len || b.data[b.len - 1] != ' ')
			tc_buf_add_u8(&b, ' ');
	if (b.len && b.data[b.len - 1] == ' ')
		b.len--;
	if (!b.failed)
		kept = tc_sc_keep(c, (const char *)b.data, b.len);
	tc_buf_free(&b);
	return kept;
}

static int read_event(struct script_cursor *c, struct tc_script_event *e)
{
	struct script_place place;
	const char *from = tc_sc_skip(c);
	bool timed;
	int rc = 0;

	place = tc_sc_place(c, from);
	e->line = place.line;
	e->column = place.column;
	e->time.when = TC_WHEN_RELATIVE;
	timed = tc_sc_begins_time(c);
	if (timed) {
		rc = tc_sc_time(c, &e->time);
		if (rc >= 0)
			rc = tc_sc_until(c, e);
	}
	if (rc >= 0)
		rc = read_action(c, e);
	if (rc >= 0)
		rc = check_time(c, from, e, timed);
	if (rc < 0)
		return rc;
	e->source = source_line(c, from, c->at);
	return e->source ? 0 : c->err->code;
}

/* Does an event, or a switch, begin here? c is at the first word of a line. */
static bool begins_event(struct script_cursor *c)
{
	bool begins = tc_sc_begins_time(c) || *c->at == '`' || tc_sc_is(c, "%{") || tc_sc_is(c, "--");

	for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
		begins |= tc_sc_is(c, statements[i].word);
	for (const char *p = c->at; p > c->text && p[-1] != '\n'; p--)
		begins &= isspace((unsigned char)p[-1]) != 0;
	return begins;
}

/* Behind an error of what began at `from`: the next line that begins as an event does. */
static int go_on(struct script_cursor *c, const char *from)
{
	if (!c->tell || c->err->code != -EINVAL)
		return c->err->code;
	if (c->told == TOLD_MOST) {
		*c->err = (struct tc_error){ 0 };
		return tc_sc_fail_at(c, from, "this error, and what is behind it, is not told");
	}
	/* (a line of a block that failed at its beginning is read once more) */
	if (!c->failed || c->failed != c->last_told) {
		c->tell(c->ctx, c->err);
		c->told++;
	}
	c->last_told = c->failed;
	c->failed = NULL;
	*c->err = (struct tc_error){ 0 };
	c->depth = 0;
	for (tc_sc_skip(c); *c->at && (c->at == from || !begins_event(c)); tc_sc_skip(c))
		c->at += strcspn(c->at, "\n");
	return 0;
}

/* Events up to the brace that closes the block, or to the end of the script. */
static int read_events(struct script_cursor *c, bool block, const struct tc_script_event **out)
{
	struct tc_script_event *e, **tail = (struct tc_script_event **)(uintptr_t)out;
	const char *from;
	int rc = 0;

	for (tc_sc_skip(c); rc >= 0 && *c->at && !(block && *c->at == '}'); tc_sc_skip(c)) {
		if (c->told && *c->at == '}') {	/* of a block that could not be read */
			c->at++;
			if (tc_sc_accept(c, "else"))
				tc_sc_accept(c, "{");
			continue;
		}
		e = tc_sc_alloc(c, sizeof *e);
		if (!e)
			return c->err->code;
		*tail = e;
		tail = &e->next;
		from = c->at;
		rc = read_event(c, e);
		if (rc < 0 && !block)
			rc = go_on(c, from);
	}
	return rc;
}

static int read_block(struct script_cursor *c, const struct tc_script_event **out)
{
	int rc = tc_sc_enter(c);

	if (rc >= 0)
		rc = tc_sc_expect(c, "{", "'{' of a block");
	if (rc >= 0)
		rc = read_events(c, true, out);
	if (rc >= 0)
		rc = tc_sc_expect(c, "}", "'}' behind a block");
	tc_sc_leave(c);
	return rc;
}

/* ---- the whole -------------------------------------------------------------------- */

/* --name or --name=value, up to a blank. */
static int read_switch(struct script_cursor *c, struct tc_script_switch *w)
{
	struct script_place p = tc_sc_place(c, c->at);
	const char *from;
	size_t n = 0;

	w->line = p.line;
	w->column = p.column;
	c->at += 2;
	from = c->at;
	while (isalnum((unsigned char)from[n]) || from[n] == '_' || from[n] == '-')
		n++;
	if (n == 0)
		return tc_sc_want(c, "the name of an option behind --");
	w->name = tc_sc_keep(c, from, n);
	c->at += n;
	if (*c->at == '=') {
		from = ++c->at;
		while (*c->at && !isspace((unsigned char)*c->at))
			c->at++;
		w->value = tc_sc_keep(c, from, (size_t)(c->at - from));
		if (!w->value)
			return c->err->code;
	}
	return w->name ? 0 : c->err->code;
}

static int read_switches(struct script_cursor *c)
{
	struct tc_script_switch **tail =
		(struct tc_script_switch **)(uintptr_t)&c->s->switches;
	const char *from;
	int rc = 0;

	while (rc >= 0 && tc_sc_is(c, "--")) {
		from = c->at;
		*tail = tc_sc_alloc(c, sizeof **tail);
		rc = *tail ? read_switch(c, *tail) : c->err->code;
		if (*tail)
			tail = &(*tail)->next;
		if (rc < 0)
			rc = go_on(c, from);
	}
	return rc;
}

int tc_script_parse(struct tc_script **out, const char *file, const char *text, size_t n,
		    const struct tc_script_define *defines, size_t n_defines, struct tc_error *err)
{
	return tc_script_parse_with(out, NULL, file, text, n, defines, n_defines, err);
}

/* Fills c->s, which is the caller's whatever comes of it. */
static int read_script(struct script_cursor *c, const char *file, const char *text, size_t n,
		       const struct tc_script_define *defines, size_t n_defines)
{
	int rc;

	c->err->code = 0;
	c->s->file = "-";
	c->s->file = tc_sc_keep(c, file, strlen(file));
	rc = c->s->file ? tc_sc_text_open(c, text, n, defines, n_defines) : c->err->code;
	rc = rc < 0 ? rc : read_switches(c);
	if (rc >= 0)
		rc = read_events(c, false, &c->s->events);
	if (rc >= 0 && !c->s->events)
		rc = tc_sc_fail_at(c, c->text, "there is no event in it");
	tc_sc_text_close(c);
	return rc;
}

int tc_script_parse_with(struct tc_script **out, const struct tc_header *frame, const char *file,
			 const char *text, size_t n, const struct tc_script_define *defines,
			 size_t n_defines, struct tc_error *err)
{
	struct tc_error own = { 0 };
	struct script_cursor c = { .s = calloc(1, sizeof *c.s), .frame = frame,
				   .err = err ? err : &own };
	int rc = c.s ? read_script(&c, file, text, n, defines, n_defines) : tc_nomem(err);

	if (rc < 0) {
		tc_script_free(c.s);
		return rc;
	}
	*out = c.s;
	return 0;
}

int tc_script_check(const struct tc_header *frame, const char *file, const char *text, size_t n,
		    const struct tc_script_define *defines, size_t n_defines,
		    void (*tell)(void *ctx, const struct tc_error *err), void *ctx,
		    struct tc_error *err)
{
	struct tc_error own = { 0 };
	struct script_cursor c = { .s = calloc(1, sizeof *c.s), .frame = frame,
				   .err = err ? err : &own, .tell = tell, .ctx = ctx };
	int rc = c.s ? read_script(&c, file, text, n, defines, n_defines) : tc_nomem(err);

	tc_script_free(c.s);
	if (rc == -EINVAL && (!c.told || c.told == TOLD_MOST)) {
		tell(ctx, c.err);
		c.told++;
		rc = 0;
	}
	return rc < 0 && rc != -EINVAL ? rc : c.told;
}
