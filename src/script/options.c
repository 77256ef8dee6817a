/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP options of a script's packets, a row each: how they are read, and printed. */
#include "own.h"

#include "wire/ao_text.h"
#include "wire/mptcp_text.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/tcpopt.h>

static int read_mss(struct script_cursor *c, struct tc_script_option *o)
{
	return tc_sc_bounded(c, "mss", UINT16_MAX, &o->a);
}

static int read_wscale(struct script_cursor *c, struct tc_script_option *o)
{
	return tc_sc_bounded(c, "wscale", UINT8_MAX, &o->a);
}

static int read_sack(struct script_cursor *c, struct tc_script_option *o)
{
	int rc = 0;

	do {
		if (o->n_sack == 4)
			return tc_sc_fail_at(c, c->at, "more than 4 blocks have no room");
		rc = tc_sc_expr(c, &o->sack[o->n_sack].left);
		if (rc >= 0)
			rc = tc_sc_expect(c, ":", "':' of left:right");
		if (rc >= 0)
			rc = tc_sc_expr(c, &o->sack[o->n_sack].right);
		o->n_sack++;
	} while (rc >= 0 && !tc_sc_is(c, ",") && !tc_sc_is(c, ">"));
	return rc;
}

/* Hexadecimal digits up to the next option; without digits there are no bytes. */
static int read_cookie(struct script_cursor *c, struct tc_script_option *o)
{
	return tc_sc_is(c, ",") || tc_sc_is(c, ">") ? 0 :
	       tc_sc_hex(c, &o->bytes, &o->n_bytes);
}

static int read_timestamps(struct script_cursor *c, struct tc_script_option *o)
{
	int rc = tc_sc_expect(c, "val", "val N ecr N");

	if (rc >= 0)
		rc = tc_sc_bounded(c, "val", UINT32_MAX, &o->a);
	if (rc >= 0)
		rc = tc_sc_expect(c, "ecr", "ecr N");
	return rc < 0 ? rc : tc_sc_bounded(c, "ecr", UINT32_MAX, &o->b);
}

static int read_hex(struct script_cursor *c, struct tc_script_option *o)
{
	int rc = tc_sc_expect(c, ":", "':' and digits");

	return rc < 0 ? rc : tc_sc_hex(c, &o->bytes, &o->n_bytes);
}

/* As it is written elsewhere: "mptcp mp_prio backup", "ao keyid 1 rnextkeyid 2 mac HEX". */
static int read_as_elsewhere(struct script_cursor *c, struct tc_script_option *o)
{
	struct tc_buf text = { 0 }, option = { 0 };
	struct tc_error why = { 0 };
	const char *at = tc_sc_skip(c);
	int rc;

	c->at += strcspn(at, ",>\n");
	tc_buf_text(&text, o->kind == TC_SOPT_AO ? "ao " : "mptcp ");
	tc_buf_add(&text, at, (size_t)(c->at - at));
	tc_buf_add_u8(&text, 0);
	rc = text.failed ? tc_nomem(c->err)
			 : tc_tcpopt_parse_text(&option, (const char *)text.data, &why);
	if (rc < 0 && why.code)
		rc = tc_sc_fail_at(c, at, "%s", why.msg);
	if (rc >= 0) {
		o->n_bytes = option.len - 2;
		o->bytes = (const uint8_t *)tc_sc_keep(c, (const char *)option.data + 2,
						       o->n_bytes);
		rc = o->bytes ? 0 : c->err->code;
	}
	tc_buf_free(&text);
	tc_buf_free(&option);
	return rc;
}

/* The kind of AccECN's option says in which order its counters stand, of which the last may be
 * missing (RFC 9768 3.2.3). */
#define ACCECN_COUNTERS 3
#define COUNTER_MOST 0xffffff
static const struct accecn {
	uint8_t kind;
	const char *counters[ACCECN_COUNTERS];
} accecn[] = {
	{ 172, { "e0b", "ceb", "e1b" } },
	{ 174, { "e1b", "ceb", "e0b" } },
};

static int read_counter(struct script_cursor *c, const char *name, uint8_t out[3])
{
	int64_t v = 0;
	int rc = tc_sc_number_to(c, COUNTER_MOST, name, &v);

	out[0] = (uint8_t)(v >> 16);
	out[1] = (uint8_t)(v >> 8);
	out[2] = (uint8_t)v;
	return rc;
}

static int read_accecn(struct script_cursor *c, struct tc_script_option *o)
{
	const struct accecn *a = &accecn[tc_sc_is(c, accecn[1].counters[0])];
	uint8_t bytes[2 + 3 * ACCECN_COUNTERS] = { a->kind, 2 };
	int rc = tc_sc_is(c, a->counters[0]) ? 0 :
		 tc_sc_want(c, "e0b N ceb N e1b N, or e1b N ceb N e0b N");

	for (unsigned i = 0; rc >= 0 && i < ACCECN_COUNTERS && tc_sc_accept(c, a->counters[i]);
	     i++, bytes[1] = (uint8_t)(bytes[1] + 3))
		rc = read_counter(c, a->counters[i], bytes + bytes[1]);
	if (rc < 0)
		return rc;
	o->n_bytes = bytes[1];
	o->bytes = (const uint8_t *)tc_sc_keep(c, (const char *)bytes, o->n_bytes);
	return o->bytes ? 0 : c->err->code;
}

static void print_accecn(struct tc_buf *out, const struct tc_script *s,
			 const struct tc_script_option *o)
{
	(void)s;
	tc_sc_print_accecn(out, o->bytes[0], o->bytes + 2, o->n_bytes - 2);
}

bool tc_sc_print_accecn(struct tc_buf *out, uint8_t kind, const uint8_t *d, size_t n)
{
	for (size_t i = 0; i < sizeof accecn / sizeof *accecn; i++) {
		if (accecn[i].kind != kind || n == 0 || n > 3 * ACCECN_COUNTERS || n % 3)
			continue;
		for (size_t at = 0; at < n; at += 3)
			tc_buf_printf(out, " %s %u", accecn[i].counters[at / 3],
				      (unsigned)d[at] << 16 | tc_get16(d + at + 1));
		return true;
	}
	return false;
}

static void print_value(struct tc_buf *out, const struct tc_script *s,
			const struct tc_script_option *o)
{
	tc_sc_print_number(out, s, " ", o->a);
}

static void print_sack(struct tc_buf *out, const struct tc_script *s,
		       const struct tc_script_option *o)
{
	for (unsigned i = 0; i < o->n_sack; i++) {
		tc_sc_print_number(out, s, " ", o->sack[i].left);
		tc_sc_print_number(out, s, ":", o->sack[i].right);
	}
}

static void print_timestamps(struct tc_buf *out, const struct tc_script *s,
			     const struct tc_script_option *o)
{
	tc_sc_print_number(out, s, " val ", o->a);
	tc_sc_print_number(out, s, " ecr ", o->b);
}

static void print_bytes(struct tc_buf *out, const struct tc_script *s,
			const struct tc_script_option *o)
{
	(void)s;
	if (o->n_bytes || o->kind == TC_SOPT_HEX)
		tc_buf_text(out, o->kind == TC_SOPT_HEX ? ":" : " ");
	tc_hex_encode(out, o->bytes, o->n_bytes);
}

static void print_mptcp(struct tc_buf *out, const struct tc_script *s,
			const struct tc_script_option *o)
{
	(void)s;
	tc_mptcp_print(out, o->bytes, o->n_bytes);
}

static void print_ao(struct tc_buf *out, const struct tc_script *s,
		     const struct tc_script_option *o)
{
	(void)s;
	tc_ao_print(out, o->bytes, o->n_bytes);
}

/* What stands behind the name is nothing where there are no functions. */
static const struct {
	const char *name;
	uint8_t bytes;		/* on the wire, besides blocks and bytes that were written */
	int (*read)(struct script_cursor *c, struct tc_script_option *o);
	void (*print)(struct tc_buf *out, const struct tc_script *s,
		      const struct tc_script_option *o);
} rows[] = {
	[TC_SOPT_MSS] = { "mss", 4, read_mss, print_value },
	[TC_SOPT_WSCALE] = { "wscale", 3, read_wscale, print_value },
	[TC_SOPT_SACK_OK] = { "sackOK", 2, NULL, NULL },
	[TC_SOPT_SACK] = { "sack", 2, read_sack, print_sack },
	[TC_SOPT_TS] = { "TS", 10, read_timestamps, print_timestamps },
	[TC_SOPT_NOP] = { "nop", 1, NULL, NULL },
	[TC_SOPT_EOL] = { "eol", 1, NULL, NULL },
	[TC_SOPT_FASTOPEN] = { "FO", 2, read_cookie, print_bytes },
	[TC_SOPT_FASTOPEN_EXP] = { "FOEXP", 4, read_cookie, print_bytes },
	[TC_SOPT_MD5] = { "md5", 2, read_cookie, print_bytes },
	[TC_SOPT_AO] = { "ao", 2, read_as_elsewhere, print_ao },
	[TC_SOPT_MPTCP] = { "mptcp", 2, read_as_elsewhere, print_mptcp },
	[TC_SOPT_ACCECN] = { "ECN", 0, read_accecn, print_accecn },
	[TC_SOPT_HEX] = { "hex", 0, read_hex, print_bytes },
};

size_t tc_sc_options_len(const struct tc_script_packet *p)
{
	size_t total = 0;

	for (const struct tc_script_option *o = p->options; o; o = o->next)
		total += rows[o->kind].bytes + 8u * o->n_sack + o->n_bytes;
	return total;
}

static int want_option(struct script_cursor *c)
{
	struct tc_buf what = { 0 };
	int rc;

	tc_buf_text(&what, "an option:");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		tc_buf_printf(&what, " %s", rows[i].name);
	tc_buf_add_u8(&what, 0);
	rc = what.failed ? tc_nomem(c->err) : tc_sc_want(c, (const char *)what.data);
	tc_buf_free(&what);
	return rc;
}

static int read_option(struct script_cursor *c, struct tc_script_option **out)
{
	struct tc_script_option *o = tc_sc_alloc(c, sizeof *o);

	*out = o;
	if (!o)
		return c->err->code;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (tc_sc_accept(c, rows[i].name)) {
			o->kind = (enum tc_script_option_kind)i;
			return rows[i].read ? rows[i].read(c, o) : 0;
		}
	return want_option(c);
}

int tc_sc_options(struct script_cursor *c, struct tc_script_packet *p)
{
	struct tc_script_option **tail = (struct tc_script_option **)(uintptr_t)&p->options;
	const char *from = c->at;
	size_t total;
	int rc = 0;

	if (!tc_sc_accept(c, "<"))
		return 0;
	do {
		if (tc_sc_accept(c, "...")) {
			p->any_options = true;
			break;
		}
		rc = read_option(c, tail);
		if (rc < 0)
			return rc;
		tail = &(*tail)->next;
	} while (tc_sc_accept(c, ","));
	if (p->any_options && p->sent)
		return tc_sc_fail_at(c, from, "<...> is for what is expected ('>'): say what "
				     "to send");
	total = tc_sc_options_len(p);
	if (total > TC_OPTIONS_MAX)
		return tc_sc_fail_at(c, from,
				     "%zu bytes of options: a header has room for %d",
				     total, TC_OPTIONS_MAX);
	return tc_sc_expect(c, ">", p->any_options ? "'>' behind ..." :
			    "',' or '>' behind an option");
}

void tc_sc_print_option(struct tc_buf *out, const struct tc_script *s,
			const struct tc_script_option *o)
{
	tc_buf_text(out, rows[o->kind].name);
	if (rows[o->kind].print)
		rows[o->kind].print(out, s, o);
}
