/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between words and segments: an input is a segment whose numbers follow from what the peer
 * said before, or a call of the peer's own user (RFC 9293 3.9.1); an answer is what came of it
 * without its numbers. Pure; one connection.
 *
 * Inputs continue: SEG.SEQ is what the peer last acknowledged, at first the ISS; SEG.ACK is
 * behind all that it sent in order, at first a number of no meaning. An answer is the flags
 * and where its numbers lie, as "SA(new,all)":
 *
 *	flags	S SYN, A ACK, F FIN, R RST, P data
 *	SEQ	next: where the peer is to go on. new: of a SYN, unheard before. again: behind
 *		that. acked: what our segment acknowledged, though nothing was heard. zero, other.
 *	ACK	all: of our segment. none of it. old: less. other. -: no ACK flag.
 *
 * What comes to one input is told as one answer, in however many segments it came: SYN, RST,
 * and all the rest apart. Data, FIN and a SYN without ACK that come again are not told: that is
 * a timer's work. In front of what came to a call stands its result, as in "ok|S(new,-)".
 */
#ifndef ORACLE_ABSTRACT_H
#define ORACLE_ABSTRACT_H

#include <tcpcraft/learn.h>
#include <tcpcraft/segment.h>

enum tc_input {
	TC_INPUT_SYN, TC_INPUT_SYN_ACK, TC_INPUT_ACK, TC_INPUT_ACK_FIN, TC_INPUT_ACK_RST,
	TC_INPUT_RST, TC_INPUT_ACK_PSH,
	TC_INPUT_LISTEN, TC_INPUT_ACCEPT, TC_INPUT_CONNECT, TC_INPUT_CLOSE, TC_INPUT_SEND,
	TC_INPUT_RECEIVE, TC_INPUTS
};
#define TC_INPUT_SEGMENTS TC_INPUT_LISTEN	/* so many are segments; calls are behind them */

extern const char *const tc_input_names[TC_INPUTS];	/* "SYN", "SYN+ACK", … "listen" */

enum tc_answer_part { TC_PART_SYN, TC_PART_PLAIN, TC_PART_RST, TC_PARTS };

struct tc_abstract {
	tc_seq iss, snd, sent;		/* first; where we go on; behind all that was sent */
	tc_seq irs, rcv;		/* the peer's last SYN; behind all that came in order */
	bool heard;			/* a SYN of the peer */
	struct tc_seg last;		/* what was sent last */
	const char *said;		/* the call's result; NULL: the input was a segment */
	struct {			/* what came to it */
		uint8_t order;		/* 1: the first; 0: nothing of this kind */
		char flags[6];
		const char *seq, *ack;
	} part[TC_PARTS];
};

/* A new connection; ack: the number of no meaning. */
void tc_abstract_begin(struct tc_abstract *a, tc_seq iss, tc_seq ack);

/* The segment that this input is now; with P it has one byte of payload. */
void tc_abstract_send(struct tc_abstract *a, unsigned input, struct tc_seg *seg);

/* A call is the input now; its result, which outlives the answer. */
void tc_abstract_call(struct tc_abstract *a, const char *said);

/* A segment of the peer. 1: it has data or a FIN; -1: that was here before; 0: it has none. */
int tc_abstract_hear(struct tc_abstract *a, const struct tc_seg *seg);

/* What came since the last input; TC_SILENCE_NAME if nothing did. */
void tc_abstract_answer(const struct tc_abstract *a, char name[TC_MEALY_NAME_MAX]);

/* A reset that ends the connection at the peer, by its last word (RFC 5961 3.2). */
void tc_abstract_reset(const struct tc_abstract *a, struct tc_seg *seg);

#endif
