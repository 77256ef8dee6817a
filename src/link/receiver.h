/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes over a link, told apart: each captured frame is our own copy, the peer's, this
 * host's kernel's, an ICMP error about us, ARP, or nobody's. And the wait for the next one.
 * Whoever receives says by `ops` which connections are its own and what it sent; the order
 * of the questions is here. No allocation. One thread, the link's.
 */
#ifndef LINK_RECEIVER_H
#define LINK_RECEIVER_H

#include <tcpcraft/link.h>
#include <tcpcraft/segment.h>

struct pollfd;
struct tc_neigh;

enum tc_heard_kind {
	TC_HEARD_BAD,		/* cut, or its headers lie: `rx` is not filled */
	TC_HEARD_NOBODY,	/* none of the following; `rx` says what it is */
	TC_HEARD_COPY,		/* what we sent, as the capture saw it */
	TC_HEARD_PEER,		/* a segment to us */
	TC_HEARD_KERNEL,	/* a segment from one of our ends that we did not send, or the
				 * kernel's ICMP error to the peer about one to them */
	TC_HEARD_ICMP,		/* an ICMP error that quotes a segment of ours */
	TC_HEARD_ELSEWHERE,	/* with other tags than the link's, or none: of another VLAN,
				 * and `rx` is not filled */
	TC_HEARD_NEIGH,		/* ARP; answered, as neighbour discovery is, if it asked for an address of ours */
};

struct tc_heard {
	enum tc_heard_kind kind;
	struct tc_frame frame;	/* borrowed, as of tc_link_recv */
	int l3;			/* of frame: where IP, or whatever stands in its place,
				 * begins; negative: the link header is cut */
	bool parsed;		/* rx is filled; of a COPY known by its bytes it is not */
	struct tc_rx rx;
	void *end;		/* PEER, ICMP: as to_us said. KERNEL, COPY: as from_us said */
	void *sent;		/* COPY: as copy or sent said */
};

/* Answers of NULL are "no". All but to_us and from_us may be left out. */
struct tc_receiver_ops {
	/* Is it a copy of what we sent, by its bytes, whatever they are? */
	void *(*copy)(void *ctx, const struct tc_heard *h);
	/* Which end of ours is the segment for, or whose segment does the error quote? flow is
	 * seen from us. May take the segment in hand: a listener makes the connection. */
	void *(*to_us)(void *ctx, const struct tc_flow *flow, const struct tc_heard *h);
	/* Asked when it is for none: which end of ours is it from? Of an ICMP error: which end
	 * of ours got the segment that it quotes? */
	void *(*from_us)(void *ctx, const struct tc_flow *flow, const struct tc_heard *h);
	/* A segment from h->end: which of those that we sent is it? NULL: the kernel's. */
	void *(*sent)(void *ctx, const struct tc_heard *h);
};

/* For who waits for other frames than TCP's: no end is ours. */
extern const struct tc_receiver_ops tc_receiver_no_ends;

struct tc_receiver {
	struct tc_link *link;
	struct tc_neigh *neigh;	/* answers for addresses of ours; NULL: no ARP */
	const struct tc_receiver_ops *ops;
	void *ctx;
	/* Sees every frame, before anything is asked; or NULL. */
	void (*frame)(void *frame_ctx, const struct tc_frame *f);
	void *frame_ctx;
	bool any_vlan;		/* frames with whatever tags are of the network: it is the
				 * packets that say them, not the link */
	bool unfinished;	/* read frames as tc_rx_parse_cut does: checksums that are left
				 * to the card, and cut frames, are no fault */
	tc_time since;		/* CLOCK_REALTIME: what the kernel sent before is not counted */
	tc_time spin;		/* how long to look again and again before sleeping … */
	bool busy;		/* … or always, which costs a core */
	/* to read */
	uint64_t kernel_resets;
	uint64_t kernel_icmp;	/* its errors to the peer about segments to us */
	/* the receiver's own */
	tc_time spin_until, looked_at;
	unsigned looks;
};

/* The next frame: 1 and *h is filled, valid until the next call; 0 when there is none now.
 * Negative when the capture died. */
int tc_receiver_next(struct tc_receiver *r, struct tc_heard *h, struct tc_error *err);

/* A wait begins: `spin` counts from now. */
void tc_receiver_begin(struct tc_receiver *r);

#define TC_RECEIVER_EXTRA 8

/*
 * Until a frame may be there, one of the extra descriptors (TC_RECEIVER_EXTRA at most) is
 * ready, or `until` (CLOCK_MONOTONIC) has come; 0 only looks at the descriptors. It returns
 * early while it spins. Their revents are set; the number of those that are ready.
 */
unsigned tc_receiver_wait(struct tc_receiver *r, tc_time until, struct pollfd *extra,
			  unsigned n);

/* For who does not come to wait, since there is always something to do: now and then, a look at
 * the descriptors all the same. As tc_receiver_wait with `until` 0, or 0 without a look. */
unsigned tc_receiver_glance(struct tc_receiver *r, struct pollfd *extra, unsigned n);

#endif
