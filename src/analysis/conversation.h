/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The connections of a capture, followed from outside: who opened, how it ended, how many
 * bytes, and the tags of each segment. One pass; memory is bounded by the connections that
 * are open, up to a limit where there is one, and a fixed number of those that are over. Not thread-safe.
 */
#ifndef ANALYSIS_CONVERSATION_H
#define ANALYSIS_CONVERSATION_H

#include "tags.h"
#include "peel/tunnel.h"
#include "wire_state.h"

#include <tcpcraft/ao.h>

struct tc_error;

/* How a connection stands at its last segment. */
enum tc_convo_state {
	TC_CONVO_SYN,		/* a SYN, and nothing that tells of an answer */
	TC_CONVO_HANDSHAKE,	/* SYN and SYN/ACK */
	TC_CONVO_OPEN,		/* also where only one direction was captured */
	TC_CONVO_CLOSING,	/* at least one FIN */
	TC_CONVO_CLOSED,	/* both FINs acknowledged */
	TC_CONVO_REFUSED,	/* RST for the SYN, captured or not */
	TC_CONVO_RESET,
};

const char *tc_convo_state_name(enum tc_convo_state s);	/* "no-answer", "open" … */

#define TC_CONVO_RECENT 4	/* datagrams remembered, to know copies */

struct tc_convo_side {
	struct tc_addr addr;
	uint16_t port;
	uint64_t bytes;		/* of payload, each once */
	uint64_t segments;
	struct tc_seen *seen;	/* its last bytes, for comparison */
	struct tc_stream_map {	/* which of its bytes were captured, see stream_map.h */
		bool known, open_below;
		tc_seq low, next;
		uint32_t n_holes;
		struct tc_holes *holes;
	} map;
	struct tc_datagram {	/* the last ones: what is equal in a copy */
		uint16_t id;
		uint8_t ttl;
		uint8_t mac[6];
		uint16_t flags;
		tc_seq seq, ack;
		uint32_t len;
	} recent[TC_CONVO_RECENT];
	unsigned n_recent;	/* ever */
};

struct tc_convo {
	unsigned number;		/* from 1, in order of the first segment */
	struct tc_convo_side side[2];	/* [0] opened it, or, where that is not known, spoke first */
	struct tc_wire_states wire;	/* what both are known to have done */
	bool syn;			/* its SYN was seen */
	bool syn_ack, shown;		/* shown: the owner's own mark */
	uint16_t syn_mss;		/* the owner's: what its SYN said */
	enum tc_convo_state state;
	tc_time first, last, established;	/* established: 0 = not seen */
	struct tc_tag_state tags;
	uint64_t tagged;		/* segments with a tag that means trouble */
	char around[TC_TUNNEL_TEXT];	/* the layers of the first segment; the owner's */
	void *owned;			/* the owner's; freed with the connection */
	tc_seq last_ack;		/* of the segment before, */
	tc_time last_at;
	unsigned last_from;		/* its side */
	bool last_syn_ack;
	struct tc_convo *chain, *newer, *older;
	bool is_over;
};

struct tc_convos;

/* Told of each connection once, when it is forgotten: over, and many others since, or of too
 * many that are open the one that was still for longest. It is freed after that; a segment that
 * comes for it nevertheless is of another. */
typedef void tc_convo_end_fn(void *ctx, struct tc_convo *c);

int tc_convos_open(struct tc_convos **t, tc_convo_end_fn *end, void *ctx, struct tc_error *err);

/* So many are open at once, 1 or more; each takes about 800 bytes. No limit until then. */
void tc_convos_limit(struct tc_convos *t, unsigned most);

/*
 * Take in a TCP segment (rx->kind TC_RX_TCP) of a frame; mac: the sender's hardware address
 * or NULL. *from: its side. The connection is valid until the next call, *tags are its
 * tags. NULL only without memory.
 */
struct tc_convo *tc_convos_segment(struct tc_convos *t, const struct tc_rx *rx, tc_time now,
				   const uint8_t *mac, unsigned *from, uint32_t *tags);

/* Is side 0 who opened it? A SYN, or an answer to one, was captured. */
bool tc_convo_opener_known(const struct tc_convo *c);

/* What the key of a segment of side `from` is derived of (RFC 5925 5.2). */
struct tc_ao_way tc_convo_ao_way(const struct tc_convo *c, unsigned from);

/* The connection that an ICMP error quotes, or NULL. */
struct tc_convo *tc_convos_quoted(struct tc_convos *t, const struct tc_rx *rx);

/* `end` for all that are left, in order of their numbers, then gone. NULL is allowed. */
void tc_convos_close(struct tc_convos *t);

unsigned tc_convos_count(const struct tc_convos *t);	/* ever */
unsigned tc_convos_early(const struct tc_convos *t);	/* forgotten while they were open */

#endif
