/* SPDX-License-Identifier: BSD-2-Clause */
/* The headers of a segment whose fields are tried, and those of them that are not. */
#include "own.h"

unsigned tc_fuzz_headers(uint8_t family, const struct tc_header *payload,
			 const struct tc_header *list[FUZZ_HEADERS])
{
	static const enum tc_header_id v6[] = {
		TC_HDR_IPV6, TC_HDR_HOPOPTS, TC_HDR_ROUTING, TC_HDR_FRAGHDR, TC_HDR_DSTOPTS,
	};
	unsigned n = 0;

	for (size_t i = 0; family == 6 && i < sizeof v6 / sizeof *v6; i++)
		list[n++] = tc_header_get(v6[i]);
	if (family != 6)
		list[n++] = tc_header_get(TC_HDR_IP);
	list[n++] = tc_header_get(TC_HDR_TCP);
	list[n++] = payload;
	list[n++] = tc_header_get(TC_HDR_ETH);
	return n;
}

static const struct {
	enum tc_header_id id;
	unsigned row;
} astray[] = {
	{ TC_HDR_IP, TC_IP_SRC }, { TC_HDR_IP, TC_IP_DST }, { TC_HDR_IPV6, TC_IPV6_SRC },
	{ TC_HDR_IPV6, TC_IPV6_DST }, { TC_HDR_ROUTING, TC_ROUTING_ADDRS },
};

bool tc_fuzz_leads_astray(const struct tc_header *h, unsigned row)
{
	for (size_t i = 0; i < sizeof astray / sizeof *astray; i++)
		if (h == tc_header_get(astray[i].id) && row == astray[i].row)
			return true;
	return h == tc_header_get(TC_HDR_ETH);
}
