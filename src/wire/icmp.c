/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of ICMP errors; see icmp.h. */
#include "icmp.h"
#include "family.h"
#include "place.h"
#include "rx_own.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <string.h>

#define ROW_ALSO(type, code, class, name, also, words) \
	{ 4, TC_ICMP_##type, code, TC_ICMP_##class, name, also, "ICMP: " words, words }
#define ROW(type, code, class, name, words) ROW_ALSO(type, code, class, name, NULL, words)
#define ROW6(type, code, class, name, also, words) \
	{ 6, TC_ICMPV6_##type, code, TC_ICMP_##class, name, also, "ICMPv6: " words, words }

static const struct tc_icmp_row rows[] = {
	ROW_ALSO(UNREACHABLE, 0, SOFT, "net_unreachable", "no_route", "network unreachable"),
	ROW_ALSO(UNREACHABLE, 1, SOFT, "host_unreachable", "address_unreachable", "host unreachable"),
	ROW(UNREACHABLE, 2, HARD, "protocol_unreachable", "protocol unreachable"),
	ROW(UNREACHABLE, 3, HARD, "port_unreachable", "port unreachable"),
	ROW_ALSO(UNREACHABLE, 4, TOO_BIG, "frag_needed", "packet_too_big", "fragmentation needed"),
	ROW(UNREACHABLE, 5, SOFT, "source_route_failed", "source route failed"),
	ROW(UNREACHABLE, 6, SOFT, "net_unknown", "network unknown"),
	ROW(UNREACHABLE, 7, SOFT, "host_unknown", "host unknown"),
	ROW(UNREACHABLE, 8, UNUSED, "source_host_isolated", "source host isolated"),
	ROW(UNREACHABLE, 9, SOFT, "net_prohibited", "network administratively prohibited"),
	ROW(UNREACHABLE, 10, SOFT, "host_prohibited", "host administratively prohibited"),
	ROW(UNREACHABLE, 11, SOFT, "net_unreachable_for_tos",
	    "network unreachable for type of service"),
	ROW(UNREACHABLE, 12, SOFT, "host_unreachable_for_tos",
	    "host unreachable for type of service"),
	ROW_ALSO(UNREACHABLE, 13, SOFT, "packet_filtered", "admin_prohibited",
	    "communication administratively prohibited"),
	ROW(UNREACHABLE, 14, UNUSED, "precedence_violation", "host precedence violation"),
	ROW(UNREACHABLE, 15, UNUSED, "precedence_cutoff", "precedence cutoff in effect"),
	ROW(QUENCH, 0, UNUSED, NULL, "source quench"),
	ROW(REDIRECT, 0, UNUSED, NULL, "redirect for the network"),
	ROW(REDIRECT, 1, UNUSED, NULL, "redirect for the host"),
	ROW(REDIRECT, 2, UNUSED, NULL, "redirect for the type of service and network"),
	ROW(REDIRECT, 3, UNUSED, NULL, "redirect for the type of service and host"),
	ROW_ALSO(EXCEEDED, 0, SOFT, "ttl_exceeded", "exceeded_hop_limit", "time to live exceeded"),
	ROW_ALSO(EXCEEDED, 1, SOFT, "reassembly_time_exceeded", "exceeded_frag_time",
	    "fragment reassembly time exceeded"),
	ROW(PARAMETER, 0, SOFT, NULL, "parameter problem"),
	ROW(PARAMETER, 1, SOFT, NULL, "required option missing"),
	ROW(PARAMETER, 2, SOFT, NULL, "bad length"),
	ROW6(UNREACHABLE, 0, SOFT, "no_route", "net_unreachable", "no route to destination"),
	ROW6(UNREACHABLE, 1, HARD, "admin_prohibited", "packet_filtered",
	     "communication administratively prohibited"),
	ROW6(UNREACHABLE, 2, SOFT, "not_neighbour", NULL, "beyond scope of source address"),
	ROW6(UNREACHABLE, 3, SOFT, "address_unreachable", "host_unreachable",
	     "address unreachable"),
	ROW6(UNREACHABLE, 4, HARD, "port_unreachable", NULL, "port unreachable"),
	ROW6(UNREACHABLE, 5, HARD, "policy_fail", NULL, "source address failed policy"),
	ROW6(UNREACHABLE, 6, HARD, "reject_route", NULL, "reject route to destination"),
	ROW6(BIG, 0, TOO_BIG, "packet_too_big", "frag_needed", "packet too big"),
	ROW6(EXCEEDED, 0, SOFT, "exceeded_hop_limit", "ttl_exceeded", "hop limit exceeded"),
	ROW6(EXCEEDED, 1, SOFT, "exceeded_frag_time", "reassembly_time_exceeded",
	     "fragment reassembly time exceeded"),
	ROW6(PARAMETER, 0, HARD, "header_field", NULL, "erroneous header field"),
	ROW6(PARAMETER, 1, HARD, "unknown_next_header", NULL, "unrecognized next header"),
	ROW6(PARAMETER, 2, HARD, "unknown_option", NULL, "unrecognized IPv6 option"),
};
#define ROWS_END (rows + sizeof rows / sizeof *rows)

const struct tc_icmp_row *tc_icmp_next(uint8_t family, uint8_t type,
				       const struct tc_icmp_row *row)
{
	for (row = row ? row + 1 : rows; row < ROWS_END; row++)
		if (row->family == family && row->type == type)
			return row;
	return NULL;
}

const struct tc_icmp_row *tc_icmp_find(uint8_t family, uint8_t type, uint8_t code)
{
	const struct tc_icmp_row *row = tc_icmp_next(family, type, NULL);

	while (row && row->code != code)
		row = tc_icmp_next(family, type, row);
	return row;
}

const struct tc_icmp_row *tc_icmp_named(uint8_t family, const char *name)
{
	for (const struct tc_icmp_row *row = rows; row < ROWS_END; row++)
		if (row->family == family && row->name &&
		    (strcmp(row->name, name) == 0 ||
		     (row->also && strcmp(row->also, name) == 0)))
			return row;
	return NULL;
}

const char *tc_icmp_words(uint8_t family, uint8_t type, uint8_t code)
{
	const struct tc_icmp_row *row = tc_icmp_find(family, type, code);
	const struct tc_sym *syms = family == 6 ? tc_syms_icmpv6 : tc_syms_icmp;

	if (row)
		return row->words;
	for (const struct tc_sym *s = syms; s->name; s++)
		if (s->value == type)
			return s->name;
	return "error";
}

void tc_icmp_put(struct tc_buf *out, uint8_t family, uint8_t type, uint8_t code)
{
	tc_buf_printf(out, "%s (type %u code %u)", tc_icmp_words(family, type, code), type,
		      code);
}

bool tc_icmp_quotes(uint8_t family, uint8_t type)
{
	return tc_icmp_next(family, type, NULL) != NULL;
}

bool tc_icmp_is_too_big(uint8_t family, uint8_t type, uint8_t code)
{
	const struct tc_icmp_row *row = tc_icmp_find(family, type, code);

	return row && row->class == TC_ICMP_TOO_BIG;
}

bool tc_icmp_is_unreachable(uint8_t family, uint8_t type, uint8_t code)
{
	if (family == 6)
		return type == TC_ICMPV6_UNREACHABLE;
	return type == TC_ICMP_UNREACHABLE && code != TC_ICMP_FRAG_NEEDED;
}

static int push_icmp(struct tc_packet *p, uint8_t type, uint8_t code, uint32_t mtu,
		     struct tc_error *err)
{
	int at = tc_packet_push(p, tc_header_get(TC_HDR_ICMP), err), rc;

	if (at < 0)
		return at;
	tc_packet_set(p, at, TC_ICMP_TYPE, type, NULL);
	tc_packet_set(p, at, TC_ICMP_CODE, code, NULL);
	rc = tc_packet_set(p, at, TC_ICMP_MTU, mtu, err);
	return rc < 0 ? rc : at;
}

/* What follows type, code and checksum is 4 bytes in every error (RFC 4443 3). */
static int push_icmpv6(struct tc_packet *p, uint8_t type, uint8_t code, uint32_t mtu,
		       struct tc_error *err)
{
	bool big = type == TC_ICMPV6_BIG;
	int at = tc_packet_push(p, tc_header_get(TC_HDR_ICMPV6), err);

	if (at < 0)
		return at;
	tc_packet_set(p, at, TC_ICMPV6_TYPE, type, NULL);
	tc_packet_set(p, at, TC_ICMPV6_CODE, code, NULL);
	at = tc_packet_push(p, tc_header_get(big ? TC_HDR_ICMPV6_BIG : TC_HDR_ICMPV6_ERROR), err);
	return at >= 0 && big ? tc_packet_set(p, at, TC_ICMPV6_BIG_MTU, mtu, err) : at;
}

int tc_icmp_push(struct tc_packet *p, uint8_t family, uint8_t type, uint8_t code, uint32_t mtu,
		 struct tc_error *err)
{
	return family == 6 ? push_icmpv6(p, type, code, mtu, err)
			   : push_icmp(p, type, code, mtu, err);
}

int tc_icmp_push_echo(struct tc_packet *p, uint8_t code, uint16_t ident, uint16_t number,
		      struct tc_error *err)
{
	int at = push_icmp(p, TC_ICMP_ECHO, code, number, err);

	return at < 0 ? at : tc_packet_set(p, at, TC_ICMP_REST, ident, err);
}

bool tc_icmp_is_echo_reply(const struct tc_rx *rx, uint16_t *ident)
{
	size_t head = rx->kind == TC_RX_OTHER && rx->src.family == 4 ? tc_ip_head(rx->l3) : 0;

	if (!head || *PLACE(rx->l3, IP_PROTO) != ICMP_IPPROTO || rx->l3_len < head + ICMP_BYTES ||
	    rx->icmp_type != TC_ICMP_ECHO_REPLY)
		return false;
	*ident = tc_get16(PLACE(rx->l3 + head, ICMP_REST));
	return true;
}

int tc_rx_icmp_head(struct tc_rx *rx, const uint8_t *icmp, size_t n, const char *field,
		    struct tc_error *err)
{
	if (n < ICMP_BYTES)
		return tc_fail(err, -EBADMSG, "%s leaves %zu bytes, an ICMP%s header needs %d",
			       field, n, rx->src.family == 6 ? "v6" : "", ICMP_BYTES);
	rx->icmp_type = *PLACE(icmp, ICMP_TYPE);
	rx->icmp_code = *PLACE(icmp, ICMP_CODE);
	return 0;
}
