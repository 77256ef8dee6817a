/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Surgery on a live connection: rules that say which segments are changed, and how; all
 * else stays honest. A rule is one text:
 *
 *	SELECTOR[ where STATE][ every K][ +retx]: ACTION[; ACTION …]
 *
 * SELECTOR: syn, ack (the first that only acknowledges: the handshake's third), acks (the
 * further ones), data[N], fin, rst, seg[N], any. N counts first transmissions from 1; without it, all of them.
 * ACTION: FIELD=VALUE, FIELD+=N, FIELD^=MASK (any field of the tables; those above TCP where
 * the payload is such a frame), tcp.md5=bad|HEX and tcp.ao=bad|HEX (the digest or code that a key
 * would make, set wrong); drop, dup [N], delay MS, split N, overlap N [old|new], swap,
 * truncate N and pad N (of the payload), before HEX, after HEX (a segment of their own, at
 * the same number or behind this one), fragment N; and of the ACK: divide K (what it
 * acknowledges, in K steps), sack FROM:TO (a block so many bytes behind the ACK number), renege
 * N (SACK half of the last N bytes, take that back, and tell the truth when they have come
 * again).
 *
 * An extension header of IPv6 whose field is named is put into the segment where it has none;
 * what is said of the other family's header does nothing.
 *
 * What was not set is computed again after a change. One engine serves all connections of
 * a stack, on the driver's thread.
 */
#ifndef TCPCRAFT_MUTATE_H
#define TCPCRAFT_MUTATE_H

#include <tcpcraft/filter.h>
#include <tcpcraft/payload.h>
#include <tcpcraft/session.h>

#include <stdbool.h>
#include <stddef.h>

struct tc_error;
struct tc_mutate;

/* A receiver that lies: its name may stand for the rule. */
struct tc_mutate_preset {
	const char *name, *rule, *doc;
};

/* The nth from 0; false: there are not so many. */
bool tc_mutate_preset(unsigned nth, struct tc_mutate_preset *p);

/* Rules, or names of presets, in the order in which they apply. -EINVAL and what the field tables say, with the
 * rule and the place in it. payload: what TCP carries; its header outlives the rules. */
int tc_mutate_open(struct tc_mutate **m, const char *const *rules, size_t n,
		   struct tc_payload payload, struct tc_error *err);

/* The one rule `any +retx: ACTIONS`; the error's line names what is wrong, without a place. */
int tc_mutate_open_actions(struct tc_mutate **m, const char *actions,
			   struct tc_payload payload, struct tc_error *err);
void tc_mutate_close(struct tc_mutate *m);	/* NULL is allowed */

/* As tc_filter.segment; ctx is the struct tc_mutate. */
bool tc_mutate_segment(void *ctx, const struct tc_outgoing *out);

/* Be told of each frame that goes out because of a rule, and of the honest segment whose
 * place it takes. */
typedef void tc_mutate_sent_fn(void *ctx, const struct tc_outgoing *out,
			       const struct tc_injection *in);

void tc_mutate_watch(struct tc_mutate *m, tc_mutate_sent_fn *sent, void *ctx);

/* 0, or what the path refused to carry: the first refusal. It was not sent. */
int tc_mutate_refused(const struct tc_mutate *m, struct tc_error *err);

/* The connections go on from what went out, not from what the machine said: their numbers
 * follow a changed segment (filter.h), its retransmissions are changed the same way. A
 * segment that was dropped, swapped, or has no bytes any more is not followed. */
void tc_mutate_follow_wire(struct tc_mutate *m);

/* The same, but only where data went out with its own number and more bytes than it had. */
void tc_mutate_follow_longer(struct tc_mutate *m);

/* How many segments rule i changed. */
unsigned tc_mutate_hits(const struct tc_mutate *m, size_t i);

/* As tc_session_config.widen; ctx is the struct tc_mutate. -EACCES: a destination, or a
 * source route, that only --authorized allows. */
int tc_mutate_widen(void *ctx, const struct tc_path *path, uint16_t port_lo,
		    uint16_t port_hi, struct tc_wider *w, struct tc_error *err);
void tc_mutate_authorize(struct tc_mutate *m);	/* any destination is allowed */

#endif
