/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams from their fragments, of either family (RFC 791 3.2, RFC 8200 4.5): a fixed
 * number at a time, the oldest gives way, and none waits longer than a minute (RFC 8200 4.5;
 * RFC 1122 3.3.2 for IPv4). What never is whole is counted by the cause.
 */
#ifndef PEEL_DEFRAG_H
#define PEEL_DEFRAG_H

#include <tcpcraft/buf.h>
#include <tcpcraft/clock.h>
#include <tcpcraft/segment.h>

#define DEFRAG_MOST 64
#define DEFRAG_WAIT (60 * TC_S)

/* Why fragments did not become a datagram. */
enum tc_defrag_lost {
	DEFRAG_LATE,		/* not whole within DEFRAG_WAIT */
	DEFRAG_CROWDED,		/* gave way */
	DEFRAG_OVERLAP,		/* of IPv6: the datagram is dropped (RFC 5722 3) */
	DEFRAG_LIES,		/* beyond their datagram's end, or not of whole units */
	DEFRAG_CUT,		/* by the capture */
	DEFRAG_UNFINISHED,	/* the others did not come */
	DEFRAG_CAUSES
};

struct tc_defrag {
	struct tc_buf whole;		/* the datagram given last */
	struct partial {
		struct tc_addr src, dst;
		uint32_t id;
		uint8_t proto;		/* IPv6: of the first fragment */
		bool used, last_seen;
		bool spoilt;		/* fragments of it overlap */
		uint64_t age;
		tc_time since;
		uint64_t fragments;
		struct tc_buf bytes;	/* the data */
		struct tc_buf header;	/* of the first fragment; none: it is missing */
		size_t next;		/* where in it the protocol's number is */
		size_t end;		/* of the data, when last_seen */
		size_t got;		/* bytes of data, each once */
		uint8_t have[8192 / 8];	/* a bit for each 8 bytes of data */
	} *datagram;			/* DEFRAG_MOST */
	uint64_t clock;
	uint64_t lost[DEFRAG_CAUSES];	/* fragments */
};

/*
 * Take in a fragment (rx->kind TC_RX_FRAGMENT) that came at `stamp`; rx may point into
 * d->whole. The datagram, without a fragment's header, in d->whole when this was the last
 * fragment: 1; else 0; -ENOMEM. Where fragments of IPv4 overlap, the bytes that came first
 * count; of IPv6 a datagram with any that overlap is dropped, but for copies of what came.
 */
int tc_defrag_take(struct tc_defrag *d, const struct tc_rx *rx, tc_time stamp);
void tc_defrag_end(struct tc_defrag *d);	/* no more will come: count what waits */
void tc_defrag_free(struct tc_defrag *d);

#endif
