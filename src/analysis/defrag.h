/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IPv4 datagrams from their fragments (RFC 791 3.2, "An Example Reassembly Procedure"):
 * a fixed number at a time, the oldest gives way.
 */
#ifndef ANALYSIS_DEFRAG_H
#define ANALYSIS_DEFRAG_H

#include <tcpcraft/buf.h>
#include <tcpcraft/segment.h>

#define DEFRAG_MOST 64

struct tc_defrag {
	struct tc_buf whole;		/* the datagram given last */
	struct puzzle {
		struct tc_addr src, dst;
		uint16_t id;
		uint8_t proto;
		bool used, last_seen;
		uint64_t age;
		struct tc_buf bytes;	/* header of the first fragment, then data */
		size_t head;		/* bytes of header; 0 = the first is missing */
		uint8_t header[60];
		size_t end;		/* of the data, when last_seen */
		size_t got;		/* bytes of data, each once */
		uint8_t have[8192 / 8];	/* a bit for each 8 bytes of data */
	} *puzzle;			/* DEFRAG_MOST */
	uint64_t clock;
};

/* Take in a fragment (rx->kind TC_RX_FRAGMENT, uncut); of IPv6 none is. The whole datagram, a plain IPv4
 * one, in d->whole when this was the last piece: 1; else 0; -ENOMEM. */
int tc_defrag_take(struct tc_defrag *d, const struct tc_rx *rx);
void tc_defrag_free(struct tc_defrag *d);

#endif
