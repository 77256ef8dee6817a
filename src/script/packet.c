/* SPDX-License-Identifier: BSD-2-Clause */
/* The packets of a script: direction, IP header, ports, flags, numbers. Of what is
 * a plain number, what cannot be is refused here. */
#include "own.h"

#include <tcpcraft/segment.h>
#include <tcpcraft/tcpopt.h>

#include <ctype.h>

/* ---- the IP header ---------------------------------------------------------------- */

static const char *const ecn_names[] = { "noecn", "ect1", "ect0", "ce" };

static int read_byte(struct script_cursor *c, const char *what, int *out)
{
	int64_t v = 0;
	int rc = tc_sc_number_to(c, 255, what, &v);

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

static int read_ports(struct script_cursor *c, struct tc_script_packet *p)
{
	int rc = tc_sc_bounded(c, "port", UINT16_MAX, &p->sport);

	if (rc >= 0)
		rc = tc_sc_expect(c, ">", "'>' and the other port");
	return rc < 0 ? rc : tc_sc_bounded(c, "port", UINT16_MAX, &p->dport);
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

/* The three bits as the number that AccECN makes of them (RFC 9768 3.2.2). */
#define ACE (TC_SCRIPT_AE | TC_FLAG_CWR | TC_FLAG_ECE)
static uint16_t ace_of(int n)
{
	return (uint16_t)((n & 4 ? TC_SCRIPT_AE : 0) | (n & 2 ? TC_FLAG_CWR : 0) |
			  (n & 1 ? TC_FLAG_ECE : 0));
}

static int read_flags(struct script_cursor *c, uint16_t *flags)
{
	const char *from = tc_sc_skip(c);
	uint16_t bit;
	bool has_ace = false;

	if (*c->at == '-') {
		c->at++;
		return 0;
	}
	for (; flag_of(*c->at) || (c->at > from && *c->at >= '0' && *c->at <= '7'); c->at++) {
		bit = flag_of(*c->at);
		if (*flags & (bit ? bit : ACE) || (has_ace && (!bit || bit & ACE)))
			return tc_sc_fail_at(c, c->at, "flag %c twice", *c->at);
		has_ace |= !bit;
		*flags |= bit ? bit : ace_of(*c->at - '0');
	}
	if (c->at > from && isalnum((unsigned char)*c->at))
		return tc_sc_fail_at(c, c->at,
				     "no flag %c: they are . F S R P E W A U, 0 to 7 "
				     "for A, W and E, and - for none",
				     *c->at);
	return c->at > from ? 0 : tc_sc_want(c, "flags, such as S or P. (- for none)");
}

/* ---- the whole -------------------------------------------------------------------- */

static int read_numbers(struct script_cursor *c, struct tc_script_packet *p)
{
	int rc = tc_sc_span(c, &p->start, &p->end, &p->len);

	if (rc >= 0 && tc_sc_accept(c, "ack"))
		rc = tc_sc_bounded(c, "ack", UINT32_MAX, &p->ack);
	if (rc >= 0 && tc_sc_accept(c, "win"))
		rc = tc_sc_bounded(c, "win", UINT16_MAX, &p->win);
	if (rc >= 0 && tc_sc_accept(c, "urg"))
		rc = tc_sc_bounded(c, "urg", UINT16_MAX, &p->urg);
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
		rc = tc_sc_options(c, p);
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
