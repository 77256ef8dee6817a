/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words asked of a peer on the wire, many at once: each on a port and with an ISS of its own,
 * its inputs at intervals that are long enough to hear what comes of each, and a reset at its
 * end. How long that is is measured first, and follows how late answers come. One thread.
 */
#ifndef ORACLE_WIRE_H
#define ORACLE_WIRE_H

#include <tcpcraft/learn.h>
#include <tcpcraft/session.h>

struct tc_oracle;

#define TC_ORACLE_PORTS 8192		/* words before a port comes again */
#define TC_ORACLE_PARALLEL 64
#define TC_ORACLE_PARALLEL_MOST 128	/* what the capture holds of them, frame by frame */

struct tc_oracle_config {
	/* Open, bare, with a block of TC_ORACLE_PORTS; without a capture thread (busy_poll), so
	 * that what was captured by some time is what is heard by then, however busy the
	 * machine is. */
	struct tc_session *session;
	const uint8_t *inputs;		/* what the numbers in words are: of enum tc_input, TC_INPUTS
					 * at most; borrowed */
	unsigned n_inputs;
	struct tc_hand *hand;		/* makes the calls; NULL: there are none among inputs */
	uint16_t call_port;		/* with a hand: the machine's for the first of the words at
					 * once; each further one has the next. Else the session's */
	unsigned parallel;		/* words at once */
	tc_time wait;			/* for each answer; 0: it is measured, and follows */
	double rate;			/* packets a second; 0 = no limit */
	tc_time until;			/* monotonic: -ETIME then; 0 = never */
	int stop_fd;			/* readable: end early (-EINTR); or -1 */
	void (*turn)(void *ctx);	/* called now and then, or NULL */
	void *turn_ctx;
	void (*frame)(void *ctx, const struct tc_frame *f);	/* each captured, or NULL */
	void *ctx;
};

/* *o is usable, also when what was asked to measure is not answered at all. */
int tc_oracle_open(struct tc_oracle **o, const struct tc_oracle_config *cfg,
		   struct tc_error *err);
void tc_oracle_close(struct tc_oracle *o);	/* NULL is allowed */

/* struct tc_learn_config's ask; ctx is the oracle. -EINTR, -ETIME, -TC_ERR_HAND_GONE, or what
 * sending and capturing say; what is open at the peer is reset all the same. */
int tc_oracle_ask(void *ctx, struct tc_word **words, size_t n, struct tc_error *err);

/* After the last word, until what the peer says late has come: an ACK of a connection that a reset
 * of ours did not end, which is ended then. Nothing stays open at the peer, unless resets are left
 * (tc_oracle_seen) when the time for them is over, which is three seconds once stop_fd is readable.
 * It is looked at no more then. */
int tc_oracle_rest(struct tc_oracle *o, struct tc_error *err);

struct tc_oracle_seen {
	tc_time wait;			/* for an answer, in the end */
	bool answered;			/* anything ever was */
	struct tc_addr icmp_from;	/* of the last ICMP error; none: there was none */
	uint8_t icmp_type, icmp_code;
	uint64_t segments_sent, segments_received;
	uint64_t sends_blocked, resets_leaked;
	uint64_t overtaken;		/* words by a timer of the peer's, each of which was asked
					 * again: what it answers depends on how long they take */
	uint64_t hurried;		/* of the words, those whose last asking a timer overtook
					 * as well, or that had silence with less patience */
	unsigned resets_left;		/* by tc_oracle_rest: they were due, and did not go out */
};

void tc_oracle_seen(const struct tc_oracle *o, struct tc_oracle_seen *seen);
const struct tc_symbols *tc_oracle_outputs(const struct tc_oracle *o);

#endif
