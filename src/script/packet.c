/* SPDX-License-Identifier: BSD-2-Clause */
/* The packets of a script: direction, IP header, ports, flags, numbers, options. Of what is
 * a plain number, what cannot be is refused here. */
#include "own.h"

#include <tcpcraft/segment.h>
#include <tcpcraft/tcpopt.h>

#include <ctype.h>

/* ---- the IP header ---------------------------------------------------------------- */

static const char *const ecn_names[] = { "noecn", "ect1", "ect0", "ce" };

static int read_byte(struct script_cursor *c, const char *what, int *out)
{
	const char *at;
	int64_t v = 0;
	int rc;

	tc_sc_skip(c);
	at = c->at;
	rc = tc_sc_number(c, &v, NULL);
	if (rc >= 0 && v > 255)
		rc = tc_sc_fail_at(c, at, "%s is 0 to 255", what);
	*out = (int)v;
	return rc;
}

static bool is_ip_word(struct script_cursor *c)
{
	return tc_sc_is(c, "noecn") || tc_sc_is(c, "ect1") || tc_sc_is(c, "ect0") ||
	       tc_sc_is(c, "ce") || tc_sc_is(c, "tos") || tc_sc_is(c, "ttl");
}

static int read_ip_word(struct script_cursor *c, struct tc_script_ip *ip)
{
	if (tc_sc_accept(c, "tos"))
		return read_byte(c, "tos", &ip->tos);
	if (tc_sc_accept(c, "ttl"))
		return read_byte(c, "ttl", &ip->ttl);
	for (int i = 0; i < 4; i++)
		if (tc_sc_accept(c, ecn_names[i])) {
			ip->ecn = i;
			return 0;
		}
	return tc_sc_want(c, "ect0, ect1, ce, noecn, tos N or ttl N");
}

static int read_ip(struct script_cursor *c, struct tc_script_ip *ip)
{
	const char *from, *close;
	int rc = 0;

	*ip = (struct tc_script_ip){ -1, -1, -1 };
	tc_sc_skip(c);
	if (*c->at != '(' && *c->at != '[')
		return 0;
	from = c->at;
	close = *c->at++ == '(' ? ")" : "]";
	if (!is_ip_word(c) && (isdigit((unsigned char)*c->at) || *close == ')')) {
		c->at = from;		/* ports, or what an ICMP error quotes */
		return 0;
	}
	do
		rc = read_ip_word(c, ip);
	while (rc >= 0 && (tc_sc_accept(c, ",") || !tc_sc_is(c, close)));
	return rc < 0 ? rc : tc_sc_expect(c, close, close);
}

/* ---- ports, flags, numbers -------------------------------------------------------- */

/* "sport > dport" stands here: its '>' comes before any ':'. */
static bool has_ports(const struct script_cursor *c)
{
	size_t n = strcspn(c->at, ":><{}\"`");

	return n && c->at[n] == '>';
}

/* A number that a field of the header holds. */
static int read_bounded(struct script_cursor *c, const char *what, int64_t max,
			const struct tc_script_expr **e)
{
	const char *from;
	int64_t v;
	int rc;

	tc_sc_skip(c);
	from = c->at;
	rc = tc_sc_expr(c, e);
	if (rc >= 0 && tc_sc_constant(*e, &v) && v > max)
		return tc_sc_fail_at(c, from, "%s %lld: at most %lld", what, (long long)v,
				     (long long)max);
	return rc;
}

static int read_ports(struct script_cursor *c, struct tc_script_packet *p)
{
	int rc = read_bounded(c, "port", UINT16_MAX, &p->sport);

	if (rc >= 0)
		rc = tc_sc_expect(c, ">", "'>' and the other port");
	return rc < 0 ? rc : read_bounded(c, "port", UINT16_MAX, &p->dport);
}

static const struct {
	char letter;
	uint16_t bit;
} letters[] = {
	{ '.', TC_FLAG_ACK }, { 'F', TC_FLAG_FIN },  { 'S', TC_FLAG_SYN },
	{ 'R', TC_FLAG_RST }, { 'P', TC_FLAG_PSH },  { 'E', TC_FLAG_ECE },
	{ 'W', TC_FLAG_CWR }, { 'A', TC_SCRIPT_AE }, { 'U', TC_FLAG_URG },
};

static uint16_t flag_of(char letter)
{
	for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
		if (letters[i].letter == letter)
			return letters[i].bit;
	return 0;
}

static int read_flags(struct script_cursor *c, uint16_t *flags)
{
	const char *from;

	tc_sc_skip(c);
	from = c->at;
	if (*c->at == '-') {
		c->at++;
		return 0;
	}
	for (; flag_of(*c->at); c->at++) {
		if (*flags & flag_of(*c->at))
			return tc_sc_fail_at(c, c->at, "flag %c twice", *c->at);
		*flags |= flag_of(*c->at);
	}
	if (c->at > from && isalnum((unsigned char)*c->at))
		return tc_sc_fail_at(c, c->at,
				     "no flag %c: they are . F S R P E W A U, and - "
				     "for none",
				     *c->at);
	return c->at > from ? 0 : tc_sc_want(c, "flags, such as S or P. (- for none)");
}

/* ---- options ---------------------------------------------------------------------- */

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
		rc = read_bounded(c, "val", UINT32_MAX, &o->a);
	if (rc >= 0)
		rc = tc_sc_expect(c, "ecr", "ecr N");
	return rc < 0 ? rc : read_bounded(c, "ecr", UINT32_MAX, &o->b);
}

static const struct {
	const char *name;
	enum tc_script_option_kind kind;
} option_names[] = {
	{ "mss", TC_SOPT_MSS },
	{ "wscale", TC_SOPT_WSCALE },
	{ "sackOK", TC_SOPT_SACK_OK },
	{ "sack", TC_SOPT_SACK },
	{ "TS", TC_SOPT_TS },
	{ "nop", TC_SOPT_NOP },
	{ "eol", TC_SOPT_EOL },
	{ "FO", TC_SOPT_FASTOPEN },
	{ "FOEXP", TC_SOPT_FASTOPEN_EXP },
	{ "md5", TC_SOPT_MD5 },
	{ "hex", TC_SOPT_HEX },
};

static int read_value(struct script_cursor *c, struct tc_script_option *o)
{
	switch (o->kind) {
	case TC_SOPT_MSS:
		return read_bounded(c, "mss", UINT16_MAX, &o->a);
	case TC_SOPT_WSCALE:
		return read_bounded(c, "wscale", UINT8_MAX, &o->a);
	case TC_SOPT_SACK:
		return read_sack(c, o);
	case TC_SOPT_TS:
		return read_timestamps(c, o);
	case TC_SOPT_FASTOPEN:
	case TC_SOPT_FASTOPEN_EXP:
	case TC_SOPT_MD5:
		return read_cookie(c, o);
	case TC_SOPT_HEX:
		if (tc_sc_expect(c, ":", "':' and digits") < 0)
			return c->err->code;
		return tc_sc_hex(c, &o->bytes, &o->n_bytes);
	case TC_SOPT_SACK_OK:
	case TC_SOPT_NOP:
	case TC_SOPT_EOL:
		return 0;
	}
	return 0;
}

/* Bytes on the wire. */
static size_t option_len(const struct tc_script_option *o)
{
	switch (o->kind) {
	case TC_SOPT_MSS:
		return 4;
	case TC_SOPT_WSCALE:
		return 3;
	case TC_SOPT_SACK_OK:
		return 2;
	case TC_SOPT_SACK:
		return 2 + 8u * o->n_sack;
	case TC_SOPT_TS:
		return 10;
	case TC_SOPT_NOP:
	case TC_SOPT_EOL:
		return 1;
	case TC_SOPT_FASTOPEN:
	case TC_SOPT_MD5:
		return 2 + o->n_bytes;
	case TC_SOPT_FASTOPEN_EXP:
		return 4 + o->n_bytes;
	case TC_SOPT_HEX:
		return o->n_bytes;
	}
	return 0;
}

size_t tc_sc_options_len(const struct tc_script_packet *p)
{
	size_t total = 0;

	for (const struct tc_script_option *o = p->options; o; o = o->next)
		total += option_len(o);
	return total;
}

static int read_option(struct script_cursor *c, struct tc_script_option **out)
{
	struct tc_script_option *o = tc_sc_alloc(c, sizeof *o);

	*out = o;
	if (!o)
		return c->err->code;
	for (size_t i = 0; i < sizeof option_names / sizeof *option_names; i++)
		if (tc_sc_accept(c, option_names[i].name)) {
			o->kind = option_names[i].kind;
			return read_value(c, o);
		}
	return tc_sc_want(c,
			  "an option: mss wscale sackOK sack TS nop eol FO FOEXP md5 hex:");
}

static int read_options(struct script_cursor *c, struct tc_script_packet *p)
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

/* ---- the whole -------------------------------------------------------------------- */

static int read_numbers(struct script_cursor *c, struct tc_script_packet *p)
{
	int rc = tc_sc_span(c, &p->start, &p->end, &p->len);

	if (rc >= 0 && tc_sc_accept(c, "ack"))
		rc = read_bounded(c, "ack", UINT32_MAX, &p->ack);
	if (rc >= 0 && tc_sc_accept(c, "win"))
		rc = read_bounded(c, "win", UINT16_MAX, &p->win);
	if (rc >= 0 && tc_sc_accept(c, "urg"))
		rc = read_bounded(c, "urg", UINT16_MAX, &p->urg);
	return rc;
}

static int read_tcp(struct script_cursor *c, struct tc_script_packet *p)
{
	int rc = has_ports(c) ? read_ports(c, p) : 0;

	if (rc >= 0)
		rc = read_flags(c, &p->flags);
	if (rc >= 0)
		rc = read_numbers(c, p);
	tc_sc_skip(c);
	if (rc >= 0)
		rc = read_options(c, p);
	if (rc >= 0)
		rc = tc_sc_payload(c, p);
	return rc < 0 ? rc : tc_sc_sets(c, p->sent, NULL, &p->sets);
}

int tc_sc_pattern(struct script_cursor *c, struct tc_script_packet *p)
{
	int rc;

	p->sent = false;
	rc = tc_sc_expect(c, ">", "'>' and the packet");
	if (rc >= 0)
		rc = read_ip(c, &p->ip);
	return rc < 0 ? rc : read_tcp(c, p);
}

int tc_sc_packet(struct script_cursor *c, struct tc_script_event *e)
{
	struct tc_script_packet *p = &e->packet;
	int rc;

	p->sent = *c->at++ == '<';
	rc = read_ip(c, &p->ip);
	tc_sc_skip(c);
	if (rc >= 0 && (tc_sc_is(c, "icmp") || *c->at == '[')) {
		e->kind = TC_SCRIPT_ICMP;
		e->icmp.sent = p->sent;
		e->icmp.ip = p->ip;
		return tc_sc_icmp(c, &e->icmp);
	}
	e->kind = TC_SCRIPT_PACKET;
	return rc < 0 ? rc : read_tcp(c, p);
}
