/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the oracle share: words in flight. */
#ifndef ORACLE_OWN_H
#define ORACLE_OWN_H

#include "wire.h"

#include "abstract.h"
#include "sockets.h"

#include "base/pace.h"
#include "host/iss.h"
#include "link/receiver.h"

#include <tcpcraft/packet.h>
#include <tcpcraft/rng.h>

#define ORACLE_MARK 0x7463		/* ip.id, or flow label, of all that we send */
#define ORACLE_FRAMES 64		/* sent at once */
#define ORACLE_MEASURED 24		/* words asked first, to measure how long to wait */
#define ORACLE_MEASURE_END (5 * TC_MS)	/* wait for answers to the resets of these words */

/* At the end late segments are waited for, and those resets sent that answer them: so long, in all
 * at most so long, and with a rate, unless a signal came, up to the third. */
#define ORACLE_LATE (300 * TC_MS)
#define ORACLE_REST (3 * TC_S)
#define ORACLE_REST_MOST (30 * TC_S)
/* Most resets of a connection whose word is over: each input may be answered late, each reset
 * challenged. */
#define ORACLE_RESETS (2 * TC_WORD_MAX)

#define ORACLE_WAIT_LEAST (2 * TC_MS)
#define ORACLE_WAIT_MOST (150 * TC_MS)	/* a peer retransmits after 200 ms at the earliest */

struct oracle_slot {
	enum { FREE, ASKING, CLOSING } state;
	struct tc_flow flow;
	struct tc_abstract a;
	struct tc_socket socket;
	struct tc_word *word;
	unsigned at;			/* inputs sent */
	tc_time sent_at;		/* CLOCK_REALTIME, as captures count */
	tc_time due;			/* of the next input or the end; monotonic */
	tc_time first_at;		/* the peer's first data or FIN; as captures count; 0: none */
	unsigned first_in;		/* … and the inputs sent by then */
	tc_time held, held_since;	/* by the pace, since first_at; it is since then, or 0 */
	bool overtaken;			/* by a timer of the peer's */
	bool hurried;			/* silence came sooner than the learner asked for */
	uint8_t hurry;			/* times that it was, when it was asked before */
};

/* A port of ours: the connection that used it last, and its slot, which another connection may
 * have by now. */
struct oracle_port {
	struct oracle_slot *slot;
	struct tc_flow flow;
	unsigned resets;		/* sent since its word was over */
	bool due;			/* one is to be sent, … */
	tc_seq reset_at;		/* … with this number */
};

struct tc_oracle {
	struct tc_oracle_config cfg;
	struct tc_link *link;
	struct tc_receiver receiver;
	struct tc_template template;
	struct tc_iss_key iss_key;
	struct tc_rng rng;
	struct tc_pace pace;
	struct tc_symbols outputs;
	struct tc_oracle_seen seen;
	uint16_t mss, port_lo;
	unsigned nth;			/* connections begun so far */
	tc_time turned_at;
	tc_time took[ORACLE_MEASURED];		/* by each SYN,ACK, while the wait is measured */
	unsigned n_took;
	bool measuring, gone;		/* gone: no call is made any more */
	unsigned judged, late;		/* SYN,ACKs since the wait was judged; the late among them */
	struct oracle_slot slots[TC_ORACLE_PARALLEL_MOST];
	unsigned n_busy;
	struct oracle_port ports[TC_ORACLE_PORTS];
	unsigned n_due;			/* of those */
	struct tc_out out[ORACLE_FRAMES];
	uint8_t bytes[ORACLE_FRAMES][TC_HEAD_MAX + 1];
	size_t n_out;
};

extern const struct tc_receiver_ops tc_oracle_receives;	/* ctx is the oracle */

/* patience.c. A SYN,ACK took so long. */
void tc_oracle_note_time(struct tc_oracle *o, tc_time took);

/* How long the answer to the next input is waited for; times: how often others came to it. */
tc_time tc_oracle_patience(const struct tc_oracle *o, const struct oracle_slot *s, unsigned times);

/* This came to it. */
void tc_oracle_note_last(struct tc_oracle *o, struct oracle_slot *s, const struct tc_seg *seg);

/* Silence came to an input that others had come to so often. */
void tc_oracle_note_silence(const struct tc_oracle *o, struct oracle_slot *s, unsigned times);

/* The pace holds the next input back now, or does so no more; monotonic. */
void tc_oracle_note_held(struct oracle_slot *s, bool holds, tc_time now);

/* What tc_abstract_hear said of a segment with this stamp. */
void tc_oracle_note_timer(struct tc_oracle *o, struct oracle_slot *s, int news, tc_time stamp);

/* A timer of the peer's had a part in the answers: its word is to be asked again. */
bool tc_oracle_is_overtaken(const struct oracle_slot *s);

static inline tc_time tc_oracle_bounded(tc_time wait)
{
	return wait < ORACLE_WAIT_LEAST ? ORACLE_WAIT_LEAST :
	       wait > ORACLE_WAIT_MOST ? ORACLE_WAIT_MOST : wait;
}

#endif
