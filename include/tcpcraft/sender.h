/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Crafted packets out, answers in: the loop where a craft, a link and a match meet. It
 * sends what is due in batches, takes times from capture stamps, and tells its owner what
 * came of each packet. One thread; callbacks are made from tc_sender_run.
 */
#ifndef TCPCRAFT_SENDER_H
#define TCPCRAFT_SENDER_H

#include <tcpcraft/neigh.h>
#include <tcpcraft/error.h>
#include <tcpcraft/link.h>
#include <tcpcraft/match.h>

struct pollfd;
struct tc_sender;

struct tc_sender_ops {		/* any may be NULL */
	/* A frame was seen: for capture files. */
	void (*frame)(void *ctx, const struct tc_frame *f);
	/* On the wire (or, when not `stamped`, handed over and never seen). */
	void (*sent)(void *ctx, struct tc_probe *p);
	/* An answer; p->answers counts it already. */
	void (*replied)(void *ctx, struct tc_probe *p, const struct tc_rx *rx,
			const struct tc_frame *f);
	/* Answered, or no answer in time (p->answers is 0), or not sent (p->error). In the
	 * order of sending. */
	void (*done)(void *ctx, struct tc_probe *p);
	/* A segment of ours that we did not send (from_us: the kernel's), or an answer that
	 * fits nothing that was sent. */
	void (*stray)(void *ctx, bool from_us, const struct tc_rx *rx,
		      const struct tc_frame *f);
};

struct tc_sender_config {
	struct tc_link *link;		/* open; both outlive the sender */
	struct tc_craft *craft;
	struct tc_neigh *neigh;		/* addresses to answer ARP for meanwhile, or NULL */
	double rate;			/* packets a second; 0 = as fast as it goes */
	bool flood;			/* answers are counted, not matched; no probes */
	bool reset;			/* a SYN,ACK to a SYN of ours gets a RST, as from a
					 * kernel that knows of no connection; for who keeps
					 * the kernel from it. Not in a flood */
	bool any_vlan;			/* the craft's frames have tags of their own, and answers
					 * may have any */
	tc_time timeout;		/* for each answer */
	size_t most;			/* frames whose answers are awaited at once */
	const struct tc_sender_ops *ops;
	void *ctx;
};

struct tc_sender_stats {
	uint64_t packets, frames, bytes;	/* sent */
	uint64_t blocked;			/* frames refused by a local firewall */
	uint64_t failed;			/* … by the kernel for other reasons */
	uint64_t awaited;			/* packets that can be answered */
	uint64_t answered;			/* of them */
	uint64_t extra;				/* answers after the first of a packet */
	uint64_t kinds[TC_REPLY_KINDS];		/* first answers; in a flood all */
	uint64_t strays;
	uint64_t kernel_resets;
	uint64_t kernel_icmp;			/* its ICMP errors about what the peer sent */
	uint64_t copies;			/* frames of ours that the capture had */
	uint64_t resets;			/* sent of ours, to what we had opened */
	tc_time rtt_min, rtt_max;		/* ns; of first answers */
	double rtt_sum, rtt_squares;
	tc_time began, ended;			/* CLOCK_MONOTONIC: first and last frame */
	struct tc_error failure;		/* the first of `failed` */
};

int tc_sender_open(struct tc_sender **s, const struct tc_sender_config *cfg,
		   struct tc_error *err);
void tc_sender_close(struct tc_sender *s);	/* NULL is allowed */

/*
 * Can the link carry every frame as it is? Looks at all frames of the craft, at most
 * `most` of them, and rewinds it. 0, or -EOPNOTSUPP as tc_link_can_carry.
 */
int tc_sender_check(struct tc_sender *s, uint64_t most, struct tc_error *err);

/*
 * One turn: send what is due, receive what is there; when nothing is, sleep until the next
 * packet is due, an answer is late, or an `extra` descriptor is ready (its revents are
 * set). 1 while there is more to do, 0 when all is sent and answered or given up. Negative
 * when nothing can be sent or received any more.
 */
int tc_sender_run(struct tc_sender *s, struct pollfd *extra, unsigned n_extra,
		  struct tc_error *err);

/* Send no more, give up on what is not answered yet. */
void tc_sender_stop(struct tc_sender *s);

void tc_sender_stats(const struct tc_sender *s, struct tc_sender_stats *out);

#endif
