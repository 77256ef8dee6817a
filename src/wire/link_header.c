/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes before the network layer's header, for each pcap link type that carries
 * IP (https://www.tcpdump.org/linktypes.html).
 */
#include <tcpcraft/segment.h>
#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>
#include "place.h"

#include <errno.h>

#define ETHERTYPE_QINQ	0x88a8	/* IEEE 802.1ad service tag */
#define ETHERTYPE_QINQ_OLD 0x9100	/* the same before the standard */

#define SLL_BYTES	16	/* LINKTYPE_LINUX_SLL: protocol in the last two bytes */
#define SLL2_BYTES	20	/* LINKTYPE_LINUX_SLL2: protocol in the first two */
#define FAMILY_BYTES	4	/* LINKTYPE_NULL and LINKTYPE_LOOP: an address family */

static int cut(const char *what, size_t want, size_t have, struct tc_error *err)
{
	return tc_fail(err, -EBADMSG, "%s cut: it needs %zu bytes, the frame has %zu", what,
		       want, have);
}

/* Pass the VLAN tags at frame + off, if any. Each takes four bytes, so n bounds them. */
static int pass_tags(const uint8_t *frame, size_t n, size_t off, uint16_t *type,
		     struct tc_error *err)
{
	while (*type == VLAN_ETHERTYPE || *type == ETHERTYPE_QINQ ||
	       *type == ETHERTYPE_QINQ_OLD) {
		if (n < off + VLAN_BYTES)
			return cut("802.1Q tag", off + VLAN_BYTES, n, err);
		*type = tc_get16(PLACE(frame + off, VLAN_ETYPE));
		off += VLAN_BYTES;
	}
	return (int)off;
}

/*
 * The family is in the writer's byte order for LINKTYPE_NULL, big-endian for
 * LINKTYPE_LOOP; files that mislabel one as the other exist, and no family is larger
 * than 255, so both are read either way round. 2 is IPv4 everywhere; IPv6 is 10 on
 * Linux, 24, 28 or 30 on the BSDs.
 */
static uint16_t family_ethertype(const uint8_t *frame)
{
	uint32_t family = tc_get32(frame);

	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
		return IP_ETHERTYPE;
	case 10:
	case 24:
	case 28:
	case 30:
		return IPV6_ETHERTYPE;
	}
	return 0;
}

int tc_link_header(const uint8_t *frame, size_t n, int dlt, uint16_t *ethertype,
		   struct tc_error *err)
{
	switch (dlt) {
	case TC_DLT_EN10MB:
		if (n < ETH_BYTES)
			return cut("Ethernet header", ETH_BYTES, n, err);
		*ethertype = tc_get16(PLACE(frame, ETH_TYPE));
		return pass_tags(frame, n, ETH_BYTES, ethertype, err);
	case TC_DLT_LINUX_SLL:
		if (n < SLL_BYTES)
			return cut("cooked (SLL) header", SLL_BYTES, n, err);
		*ethertype = tc_get16(frame + SLL_BYTES - 2);
		return pass_tags(frame, n, SLL_BYTES, ethertype, err);
	case TC_DLT_LINUX_SLL2:
		if (n < SLL2_BYTES)
			return cut("cooked (SLL2) header", SLL2_BYTES, n, err);
		*ethertype = tc_get16(frame);
		return pass_tags(frame, n, SLL2_BYTES, ethertype, err);
	case TC_DLT_NULL:
	case TC_DLT_LOOP:
		if (n < FAMILY_BYTES)
			return cut("loopback header", FAMILY_BYTES, n, err);
		*ethertype = family_ethertype(frame);
		return FAMILY_BYTES;
	case TC_DLT_RAW_BSD:
	case TC_DLT_RAW_OPENBSD:
	case TC_DLT_RAW:
		if (n < 1)
			return cut("IP header", 1, n, err);
		*ethertype = frame[0] >> 4 == 6 ? IPV6_ETHERTYPE : IP_ETHERTYPE;
		return 0;
	case TC_DLT_IPV4:
		*ethertype = IP_ETHERTYPE;
		return 0;
	case TC_DLT_IPV6:
		*ethertype = IPV6_ETHERTYPE;
		return 0;
	}
	return tc_fail(err, -EBADMSG, "link type %d is not one that is read here", dlt);
}
