/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which answer belongs to which packet. Probes are kept in the order of sending, found by
 * their four-tuple, and told apart by sequence arithmetic: an answer acknowledges the
 * probe's sequence space or takes its sequence number from the probe's ACK (RFC 9293
 * 3.4, 3.5.2); an ICMP error quotes its ports and sequence number. A bare ACK that does
 * neither may still be an answer (a challenge, RFC 5961). One thread.
 */
#ifndef TCPCRAFT_MATCH_H
#define TCPCRAFT_MATCH_H

#include <tcpcraft/clock.h>
#include <tcpcraft/craft.h>
#include <tcpcraft/segment.h>

struct tc_match;

enum tc_reply_kind {
	TC_REPLY_NONE,
	TC_REPLY_SYN_ACK,
	TC_REPLY_RST,
	TC_REPLY_SYN,		/* without ACK: a simultaneous open */
	TC_REPLY_FIN,
	TC_REPLY_DATA,
	TC_REPLY_ACK,		/* and nothing else of the above */
	TC_REPLY_ICMP,
	TC_REPLY_OTHER,
	TC_REPLY_KINDS
};

/* "none", "syn-ack", "rst" …, "icmp". */
const char *tc_reply_kind_name(enum tc_reply_kind k);
enum tc_reply_kind tc_reply_kind_of(const struct tc_rx *rx);

/* A packet that was sent. */
struct tc_probe {
	uint64_t number;		/* as crafted, from 1 … */
	unsigned part;			/* … and of its fragments which, from 0 */
	uint8_t *frame;			/* as injected */
	size_t len;
	int dlt;			/* what it begins with: TC_DLT_EN10MB or TC_DLT_RAW */
	bool tcp;			/* what follows is known, and an answer may come */
	struct tc_flow flow;		/* local: what it says to be from */
	tc_seq seq, ack;
	uint32_t seq_len;		/* of sequence space, SYN and FIN included */
	uint16_t flags, ip_id;
	uint8_t ttl;
	tc_time sent;			/* CLOCK_REALTIME: when it was handed over, or, once
					 * `stamped`, its stamp on the wire */
	bool stamped;
	tc_time deadline;		/* CLOCK_MONOTONIC: no answer after that */
	unsigned answers;
	enum tc_reply_kind kind;	/* of the first answer */
	tc_time rtt;			/* … and its time after `sent`, ns */
	int error;			/* negative errno: it was not sent, or given up */
	bool announced;			/* told to the owner of the sender */
	void *user;			/* the caller's */
};

/* Room for `most` probes at once. */
int tc_match_open(struct tc_match **m, size_t most, struct tc_error *err);
void tc_match_close(struct tc_match *m);	/* NULL is allowed */

/* Keep a frame that is about to be sent: its number, flow and sequence space are read from
 * it. The memory is the match's until tc_match_drop. NULL when there is no room (then
 * drop one, or wait) or no memory. */
struct tc_probe *tc_match_add(struct tc_match *m, const struct tc_crafted *c);

/* The captured frame (from its link header on, IP at `l3`) is a copy of a probe that has
 * no stamp yet: that probe, else NULL. */
struct tc_probe *tc_match_copy(struct tc_match *m, const uint8_t *frame, size_t n,
			       size_t l3);

/* The probe that a received segment or ICMP error answers, or NULL. Nothing is noted. */
struct tc_probe *tc_match_reply(struct tc_match *m, const struct tc_rx *rx);

/* Was a probe sent with this flow that is still kept? */
bool tc_match_knows(const struct tc_match *m, const struct tc_flow *flow);

/* The nth probe kept, from the oldest (0), and their number. */
struct tc_probe *tc_match_nth(struct tc_match *m, size_t n);
size_t tc_match_count(const struct tc_match *m);

/* Forget the oldest. */
void tc_match_drop(struct tc_match *m);

#endif
