/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pcap link types that are read, as a table: to add one, add a row, and a reader where
 * none of those there fits. Numbers of https://www.tcpdump.org/linktypes.html. Pure.
 */
#ifndef WIRE_LINK_TYPE_H
#define WIRE_LINK_TYPE_H

#include "place.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/segment.h>

#define TC_ETHERTYPE_SERVICE_TAG 0x88a8	/* IEEE 802.1ad, before the customer's tag … */
#define TC_ETHERTYPE_OLD_TAG 0x9100	/* … and what stood for it before the standard */
#define TC_ETHERTYPE_PPPOE   0x8864
#define TC_ETHERTYPE_METADATA 0x8909	/* Cisco's */
#define TC_ETHERTYPE_FABRICPATH 0x8903	/* Cisco's, too, as is … */
#define TC_ETHERTYPE_VNTAG   0x8926	/* … this */
#define TC_ETHERTYPE_PBB     0x88e7	/* IEEE 802.1Q, a backbone's service */
#define TC_ETHERTYPE_ETAG    0x893f	/* IEEE 802.1BR */
#define TC_ETHERTYPE_NSH     0x894f	/* RFC 8300 */
#define TC_ETHERTYPE_MPLS    0x8847
#define TC_ETHERTYPE_MPLS_UP 0x8848	/* label assigned upstream, RFC 5332 */

/* What stands for an ethertype where there is none: why no datagram is there. Neither a
 * length nor a type of 802.3 is such a number (IEEE 802.3 3.2.6). */
enum tc_no_ethertype {
	TC_TYPE_NONE,		/* of no network layer with a name here */
	TC_TYPE_WLAN_CONTROL = 0x05e0, /* 802.11 management, control, data frames without data */
	TC_TYPE_WLAN_PROTECTED,	/* encrypted */
	TC_TYPE_WLAN_PIECES,	/* a fragment of a frame, or several frames in one */
	TC_TYPE_PPP,		/* PPP's own: LCP, IPCP … */
	TC_TYPE_NO_PACKET,	/* a log's entry without one */
	TC_TYPE_NO_LINK,	/* behind a header that names a link type, which is not read */
};

struct tc_link_type {
	int dlt;
	const char *name;	/* as libpcap has it, without DLT_ */
	const char *what;	/* the header, where it is cut */
	const char *sign;	/* what frames of it look like; NULL: files that say another
				 * type are not suspected of it */
	/* Bytes before what *type is of; -EBADMSG: cut. */
	int (*read)(const struct tc_link_type *t, const uint8_t *frame, size_t n,
		    uint16_t *type, struct tc_error *err);
	unsigned bytes;		/* of the header, or its least */
	uint16_t type;		/* of what follows, where no field says it */
};

#define TC_LINK_TYPES_MOST 32

/* Those that tunnels carry, too. */
#define TC_DLT_PPP 9
#define TC_DLT_WLAN 105

/* Row i, from 0; NULL behind the last. */
const struct tc_link_type *tc_link_type(unsigned i);

/* "EN10MB", "LOOP" …, or NULL; the number for a name or a number: -EINVAL lists the names. */
const char *tc_dlt_name(int dlt);
int tc_dlt_parse(const char *text, struct tc_error *err);

/* What files have for raw IP is 101 on every system; 12 and 14 differ from one to another, and
 * are only read. All others as they are. */
static inline int tc_linktype(int dlt)
{
	return dlt == TC_DLT_RAW_BSD || dlt == TC_DLT_RAW_OPENBSD ? TC_DLT_RAW : dlt;
}

/* tc_link_header, but for tags and LLC, which the ethertype then announces. */
int tc_link_read(const uint8_t *frame, size_t n, int dlt, uint16_t *type,
		 struct tc_error *err);

/* LLC and SNAP (IEEE 802.2; RFC 1042) where *type is a length of 802.3: their bytes, and
 * *type of what is behind; 0 where there are none. */
size_t tc_llc(const uint8_t *at, size_t n, uint16_t *type);

/* Does a tag of a VLAN follow, of whatever kind? */
static inline bool tc_is_tag(uint16_t type)
{
	return type == VLAN_ETHERTYPE || type == TC_ETHERTYPE_SERVICE_TAG ||
	       type == TC_ETHERTYPE_OLD_TAG;
}

static inline bool tc_is_length(uint16_t type)
{
	return type && type <= 1500;
}

/* What nearly each frame is that is heard: Ethernet without a tag, with the type of what follows
 * its header. 0: another, of which tc_link_header and tc_vlan_has tell more. */
static inline uint16_t tc_plain_ethernet(const uint8_t *frame, size_t n, int dlt)
{
	uint16_t type = dlt == TC_DLT_EN10MB && n >= ETH_BYTES ? tc_get16(PLACE(frame, ETH_TYPE)) : 0;

	return tc_is_tag(type) || tc_is_length(type) ? 0 : type;
}

#endif
