/* SPDX-License-Identifier: BSD-2-Clause */
/* A script in its canonical form: an event a line, blocks indented by tabs, numbers in
 * decimal, everything that has a default left out. */
#include "own.h"

#include "wire/icmp.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/tcp.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

/* ---- parts ------------------------------------------------------------------------ */

/* Words for people: letters beyond ASCII stay. */
static void print_words(struct tc_buf *out, const char *text)
{
	const char *plain;

	tc_buf_text(out, "\"");
	for (; *text; text = plain) {
		struct tc_buf one = { 0 };

		for (plain = text; (uint8_t)*plain >= 0x80; plain++)
			tc_buf_add_u8(out, (uint8_t)*plain);
		text = plain;
		while (*plain && (uint8_t)*plain < 0x80)
			plain++;
		tc_sc_print_string(&one, (const uint8_t *)text, (size_t)(plain - text));
		if (one.len > 2)
			tc_buf_add(out, one.data + 1, one.len - 2);
		tc_buf_free(&one);
	}
	tc_buf_text(out, "\"");
}

/* As few decimals as say it. */
static void print_seconds(struct tc_buf *out, tc_time t)
{
	char text[40];
	int n = snprintf(text, sizeof text, "%" PRId64 ".%09" PRId64, t / TC_S, t % TC_S);

	while (text[n - 1] == '0')
		n--;
	if (text[n - 1] == '.')
		n--;
	tc_buf_add(out, text, (size_t)n);
}

static void print_time(struct tc_buf *out, const struct tc_script_event *e)
{
	bool relative = e->time.when == TC_WHEN_RELATIVE ||
			e->time.when == TC_WHEN_RELATIVE_RANGE;

	if (e->time.when == TC_WHEN_ANY) {
		tc_buf_text(out, "* ");
		return;
	}
	if (relative)
		tc_buf_text(out, "+");
	print_seconds(out, e->time.from);
	if (e->time.when == TC_WHEN_RANGE || e->time.when == TC_WHEN_RELATIVE_RANGE) {
		tc_buf_text(out, relative ? "~+" : "~");
		print_seconds(out, e->time.to);
	}
	if (e->call.blocks) {
		tc_buf_text(out, "...");
		print_seconds(out, e->call.until);
	}
	tc_buf_text(out, " ");
}

/* ---- packets ---------------------------------------------------------------------- */

static void print_ip(struct tc_buf *out, bool sent, const struct tc_script_ip *ip)
{
	static const char *const ecn[] = { "noecn", "ect1", "ect0", "ce" };
	const char *between = " [";

	tc_buf_text(out, sent ? "<" : ">");
	if (ip->ecn >= 0) {
		tc_buf_printf(out, "%s%s", between, ecn[ip->ecn]);
		between = ", ";
	}
	if (ip->tos >= 0) {
		tc_buf_printf(out, "%stos 0x%02x", between, (unsigned)ip->tos);
		between = ", ";
	}
	if (ip->ttl >= 0) {
		tc_buf_printf(out, "%sttl %d", between, ip->ttl);
		between = ", ";
	}
	tc_buf_text(out, *between == ',' ? "] " : " ");
}

void tc_sc_print_flags(struct tc_buf *out, uint16_t flags)
{
	static const struct { char letter; uint16_t bit; } order[] = {
		{ 'F', TC_FLAG_FIN }, { 'S', TC_FLAG_SYN }, { 'R', TC_FLAG_RST },
		{ 'P', TC_FLAG_PSH }, { 'U', TC_FLAG_URG }, { 'E', TC_FLAG_ECE },
		{ 'W', TC_FLAG_CWR }, { 'A', TC_SCRIPT_AE }, { '.', TC_FLAG_ACK },
	};
	size_t before = out->len;

	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (flags & order[i].bit)
			tc_buf_add_u8(out, (uint8_t)order[i].letter);
	if (out->len == before)
		tc_buf_text(out, "-");
}

static void print_span(struct tc_buf *out, const struct tc_script *s,
		       const struct tc_script_expr *start, const struct tc_script_expr *end,
		       const struct tc_script_expr *len)
{
	tc_sc_print_expr(out, s, start);
	tc_buf_text(out, ":");
	tc_sc_print_expr(out, s, end);
	tc_buf_text(out, "(");
	tc_sc_print_expr(out, s, len);
	tc_buf_text(out, ")");
}

static void print_sets(struct tc_buf *out, const struct tc_script_set *s)
{
	const char *between = "{";

	for (; s; s = s->next, between = ", ") {
		tc_buf_printf(out, "%s%s=", between, s->field);
		if (strpbrk(s->value, ",}\"\\\n") || s->value[0] == 0 ||
		    isspace((unsigned char)s->value[0]) ||
		    isspace((unsigned char)s->value[strlen(s->value) - 1]))
			print_words(out, s->value);
		else
			tc_buf_text(out, s->value);
		if (!s->next)
			tc_buf_text(out, "}");
	}
}

static void print_payload(struct tc_buf *out, const struct tc_script_payload *p)
{
	if (p->kind == TC_SPAY_NONE)
		return;
	tc_buf_text(out, " ");
	if (p->kind == TC_SPAY_FRAME) {
		tc_buf_text(out, p->frame->name);
		print_sets(out, p->sets);
		tc_buf_text(out, " ");
	}
	if (!p->hex) {
		tc_sc_print_string(out, p->bytes, p->n);
		return;
	}
	tc_buf_text(out, "hex:");
	tc_hex_encode(out, p->bytes, p->n);
}

static void print_options(struct tc_buf *out, const struct tc_script *s,
			  const struct tc_script_packet *p)
{
	const char *between = " <";

	for (const struct tc_script_option *o = p->options; o; o = o->next, between = ",") {
		tc_buf_text(out, between);
		tc_sc_print_option(out, s, o);
	}
	if (p->any_options)
		tc_buf_printf(out, "%s...", between);
	if (p->options || p->any_options)
		tc_buf_text(out, ">");
}

static void print_packet(struct tc_buf *out, const struct tc_script *s,
			 const struct tc_script_packet *p)
{
	print_ip(out, p->sent, &p->ip);
	if (p->sport) {
		tc_sc_print_expr(out, s, p->sport);
		tc_sc_print_number(out, s, " > ", p->dport);
		tc_buf_text(out, " ");
	}
	tc_sc_print_flags(out, p->flags);
	tc_buf_text(out, " ");
	print_span(out, s, p->start, p->end, p->len);
	tc_sc_print_number(out, s, " ack ", p->ack);
	tc_sc_print_number(out, s, " win ", p->win);
	tc_sc_print_number(out, s, " urg ", p->urg);
	print_options(out, s, p);
	print_payload(out, &p->payload);
	if (p->sets)
		tc_buf_text(out, " ");
	print_sets(out, p->sets);
}

static void print_icmp_code(struct tc_buf *out, const struct tc_script_icmp *i)
{
	bool six = i->of[i->six].known ? i->six : !i->six;
	const struct tc_script_icmp_code *of = &i->of[six];
	const char *type = tc_sc_icmp_type_name(six ? 6 : 4, of->type);
	const char *code = tc_sc_icmp_code_name(six ? 6 : 4, of->type, of->code);

	tc_buf_text(out, "icmp ");
	if (six && of->type == TC_ICMPV6_BIG && code) {		/* which is both in one */
		tc_buf_text(out, code);
		return;
	}
	if (type)
		tc_buf_text(out, type);
	else
		tc_buf_printf(out, "%u", of->type);
	if (code)
		tc_buf_printf(out, " %s", code);
	else
		tc_buf_printf(out, " %u", of->code);
}

static void print_icmp(struct tc_buf *out, const struct tc_script *s,
		       const struct tc_script_icmp *i)
{
	print_ip(out, i->sent, &i->ip);
	print_icmp_code(out, i);
	tc_sc_print_number(out, s, " mtu ", i->mtu);
	if (!i->start)
		return;
	tc_buf_text(out, " [");
	print_span(out, s, i->start, i->end, i->len);
	tc_buf_text(out, "]");
}

/* ---- events ----------------------------------------------------------------------- */

static void print_block(struct tc_buf *out, const struct tc_script *s,
			const struct tc_script_event *e, unsigned depth)
{
	tc_buf_text(out, " {\n");
	for (; e; e = e->next)
		tc_script_print_event(out, s, e, depth + 1);
	for (unsigned i = 0; i < depth; i++)
		tc_buf_text(out, "\t");
	tc_buf_text(out, "}");
}

static void print_loop(struct tc_buf *out, const struct tc_script *s,
		       const struct tc_script_event *e, unsigned depth)
{
	if (e->kind == TC_SCRIPT_REPEAT) {
		tc_sc_print_number(out, s, "repeat ", e->a);
	} else {
		tc_buf_printf(out, "for %s in ", s->names[e->slot]);
		tc_sc_print_expr(out, s, e->a);
		tc_sc_print_number(out, s, "..", e->b);
	}
	print_block(out, s, e->body, depth);
}

static void print_if(struct tc_buf *out, const struct tc_script *s,
		     const struct tc_script_event *e, unsigned depth)
{
	tc_buf_text(out, e->packet.start ? "if seen " : "if seen");
	if (e->packet.start)
		print_packet(out, s, &e->packet);
	print_block(out, s, e->body, depth);
	if (e->other) {
		tc_buf_text(out, " else");
		print_block(out, s, e->other, depth);
	}
}

static void print_statement(struct tc_buf *out, const struct tc_script *s,
			    const struct tc_script_event *e, unsigned depth)
{
	switch (e->kind) {
	case TC_SCRIPT_PACKET:
		print_packet(out, s, &e->packet);
		return;
	case TC_SCRIPT_ICMP:
		print_icmp(out, s, &e->icmp);
		return;
	case TC_SCRIPT_CALL:
		tc_sc_print_call(out, &e->call);
		return;
	case TC_SCRIPT_SHELL:
		tc_buf_printf(out, "`%s`", e->text);
		return;
	case TC_SCRIPT_CODE:
		tc_buf_printf(out, "%%{%s}%%", e->text);
		return;
	case TC_SCRIPT_SILENCE:
		tc_buf_text(out, "silence ");
		print_seconds(out, e->duration);
		return;
	case TC_SCRIPT_ANY_MORE:
		tc_buf_text(out, "any");
		return;
	case TC_SCRIPT_LET:
		tc_buf_printf(out, "let %s = ", s->names[e->slot]);
		tc_sc_print_expr(out, s, e->a);
		return;
	case TC_SCRIPT_REPEAT:
	case TC_SCRIPT_FOR:
		print_loop(out, s, e, depth);
		return;
	case TC_SCRIPT_IF_SEEN:
		print_if(out, s, e, depth);
		return;
	case TC_SCRIPT_EXPECT_STATE:
		tc_buf_text(out, "expect state=");
		for (const char *c = tc_state_name((enum tc_state)e->state); *c; c++)
			tc_buf_add_u8(out, *c == '-' ? '_' : (uint8_t)*c);
		return;
	case TC_SCRIPT_EXPECT_NUMBER:
		tc_sc_print_number(out, s, "expect ", e->a);
		tc_buf_printf(out, " %s ", tc_sc_compare[e->compare]);
		tc_sc_print_expr(out, s, e->b);
		return;
	case TC_SCRIPT_SAY:
	case TC_SCRIPT_ASK:
		tc_buf_text(out, e->kind == TC_SCRIPT_SAY ? "say " : "ask ");
		print_words(out, e->text);
		return;
	}
}

/* A moment of +0 goes without saying before what needs none. */
static bool needs_time(const struct tc_script_event *e)
{
	return e->kind == TC_SCRIPT_PACKET || e->kind == TC_SCRIPT_ICMP ||
	       e->kind == TC_SCRIPT_CALL || e->time.when != TC_WHEN_RELATIVE ||
	       e->time.from;
}

void tc_script_print_event(struct tc_buf *out, const struct tc_script *s,
			   const struct tc_script_event *e, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		tc_buf_text(out, "\t");
	if (needs_time(e))
		print_time(out, e);
	print_statement(out, s, e, depth);
	tc_buf_text(out, "\n");
}

void tc_script_print(struct tc_buf *out, const struct tc_script *s)
{
	for (const struct tc_script_switch *w = s->switches; w; w = w->next) {
		tc_buf_printf(out, "--%s", w->name);
		if (w->value)
			tc_buf_printf(out, "=%s", w->value);
		tc_buf_text(out, "\n");
	}
	for (const struct tc_script_event *e = s->events; e; e = e->next)
		tc_script_print_event(out, s, e, 0);
}
