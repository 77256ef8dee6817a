/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of ICMP errors; see icmp.h. */
#include "icmp.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/field.h>

#include <stddef.h>

#define ROW(type, code, class, name, words) \
	{ TC_ICMP_##type, code, TC_ICMP_##class, name, "ICMP: " words, words }

static const struct tc_icmp_row rows[] = {
	ROW(UNREACHABLE, 0, SOFT, "net_unreachable", "network unreachable"),
	ROW(UNREACHABLE, 1, SOFT, "host_unreachable", "host unreachable"),
	ROW(UNREACHABLE, 2, HARD, "protocol_unreachable", "protocol unreachable"),
	ROW(UNREACHABLE, 3, HARD, "port_unreachable", "port unreachable"),
	ROW(UNREACHABLE, 4, TOO_BIG, "frag_needed", "fragmentation needed"),
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
	ROW(UNREACHABLE, 13, SOFT, "packet_filtered",
	    "communication administratively prohibited"),
	ROW(UNREACHABLE, 14, UNUSED, "precedence_violation", "host precedence violation"),
	ROW(UNREACHABLE, 15, UNUSED, "precedence_cutoff", "precedence cutoff in effect"),
	ROW(QUENCH, 0, UNUSED, NULL, "source quench"),
	ROW(REDIRECT, 0, UNUSED, NULL, "redirect for the network"),
	ROW(REDIRECT, 1, UNUSED, NULL, "redirect for the host"),
	ROW(REDIRECT, 2, UNUSED, NULL, "redirect for the type of service and network"),
	ROW(REDIRECT, 3, UNUSED, NULL, "redirect for the type of service and host"),
	ROW(EXCEEDED, 0, SOFT, "ttl_exceeded", "time to live exceeded"),
	ROW(EXCEEDED, 1, SOFT, "reassembly_time_exceeded",
	    "fragment reassembly time exceeded"),
	ROW(PARAMETER, 0, SOFT, NULL, "parameter problem"),
	ROW(PARAMETER, 1, SOFT, NULL, "required option missing"),
	ROW(PARAMETER, 2, SOFT, NULL, "bad length"),
};
#define ROWS_END (rows + sizeof rows / sizeof *rows)

const struct tc_icmp_row *tc_icmp_next(uint8_t type, const struct tc_icmp_row *row)
{
	for (row = row ? row + 1 : rows; row < ROWS_END; row++)
		if (row->type == type)
			return row;
	return NULL;
}

const struct tc_icmp_row *tc_icmp_find(uint8_t type, uint8_t code)
{
	const struct tc_icmp_row *row = tc_icmp_next(type, NULL);

	while (row && row->code != code)
		row = tc_icmp_next(type, row);
	return row;
}

const char *tc_icmp_words(uint8_t type, uint8_t code)
{
	const struct tc_icmp_row *row = tc_icmp_find(type, code);

	if (row)
		return row->words;
	for (const struct tc_sym *s = tc_syms_icmp; s->name; s++)
		if (s->value == type)
			return s->name;
	return "error";
}

void tc_icmp_put(struct tc_buf *out, uint8_t type, uint8_t code)
{
	tc_buf_printf(out, "%s (type %u code %u)", tc_icmp_words(type, code), type, code);
}

bool tc_icmp_quotes(uint8_t type)
{
	return tc_icmp_next(type, NULL) != NULL;
}

bool tc_icmp_is_too_big(uint8_t type, uint8_t code)
{
	return type == TC_ICMP_UNREACHABLE && code == TC_ICMP_FRAG_NEEDED;
}

bool tc_icmp_is_unreachable(uint8_t type, uint8_t code)
{
	return type == TC_ICMP_UNREACHABLE && code != TC_ICMP_FRAG_NEEDED;
}
