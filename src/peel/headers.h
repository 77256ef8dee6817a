/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers that stand around datagrams in captures, as tables: for reading only. */
#ifndef PEEL_HEADERS_H
#define PEEL_HEADERS_H

#include <tcpcraft/field.h>

/* Kinds of header beside those of enum tc_header_id, in one count with them. */
enum tc_peel_header {
	PEEL_SERVICE_TAG = TC_HDR_COUNT,
	PEEL_LLC,
	PEEL_PPPOE,
	PEEL_PPP,
	PEEL_PPP_SHORT,		/* the protocol in one byte (RFC 1661 6.5) */
	PEEL_MPLS,
	PEEL_CONTROL_WORD,
	PEEL_UDP,
	PEEL_GRE,
	PEEL_GRE_SUM,
	PEEL_GRE_KEY,
	PEEL_GRE_SEQUENCE,
	PEEL_VXLAN,
	PEEL_GENEVE,		/* its options behind it have no rows */
	PEEL_GTP,		/* without rows for what its flags add, and its extensions */
	PEEL_TEREDO_SENDER,	/* without rows for name, proof, nonce and confirmation */
	PEEL_TEREDO_ORIGIN,
	PEEL_METADATA,
	PEEL_ETAG,
	PEEL_VNTAG,
	PEEL_PBB,
	PEEL_FABRICPATH,
	PEEL_NSH,		/* without rows for its contexts */
	PEEL_ERSPAN,
	PEEL_ERSPAN3,		/* without rows for what a platform adds */
	PEEL_WCCP,
	PEEL_PPTP_KEY,
	PEEL_PPTP_ACK,
	PEEL_PPP_ADDRESS,
	PEEL_CAPWAP,		/* without rows for radio and options */
	PEEL_WLAN,		/* and LLC, without rows for what is behind two addresses */
	PEEL_COUNT
};

/* The table of either kind. */
const struct tc_header *tc_peel_header(unsigned kind);

#endif
