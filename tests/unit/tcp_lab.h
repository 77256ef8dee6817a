/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TCP machine on the bench. The test speaks for the peer, the user and the clock:
 *
 *	lab_in(&lab, TC_ST_ESTABLISHED);
 *	rx(&lab, "P. seq=1 ack=1 len=5");
 *	want_deliver(&lab, 1, 5);
 *	want_tx(&lab, ". seq=1 ack=6");
 *	want_nothing(&lab);
 *
 * Numbers are relative: those of the peer count from its ISN, ours from ours. Both ISNs
 * are a few below 2^32, so every test crosses the wrap. A segment is flags (tcpdump's
 * letters) and key=value: seq ack len win urg mss ws sackok ce ts=VAL/ECR sack=L:R,L:R fo=COOKIE.
 * want_tx() compares the keys it names, the flags and the length (0 when not named).
 * A segment that no want_tx() asked for fails the test at the next event.
 */
#ifndef TESTS_TCP_LAB_H
#define TESTS_TCP_LAB_H

#include "check.h"

#include <tcpcraft/tcp.h>

#define LAB_ISS 0xfffffff0u		/* ours */
#define LAB_IRS 0xfffffff8u		/* the peer's */
#define LAB_LOG 512

struct lab {
	struct tc_tcp_config cfg;
	struct tc_tcb tcb;
	struct tc_disorder disorder;
	tc_time now;
	struct tc_action log[LAB_LOG];	/* of the last event */
	bool used[LAB_LOG];
	unsigned n;
	tc_time timer;			/* last TIMER action */
	uint32_t peer_ts;		/* TSval of the peer's segments when not named */
	bool nobody_listens;		/* as segments come in */
	bool more;			/* are behind each of them: its ACK may wait */
};

/* A machine in CLOSED: MSS 1000, buffer 10,000 bytes, R2 100 s, no options, no delays. A
 * test may change lab->cfg before the first event. */
void lab_init(struct lab *lab);
/* Take a machine there by the shortest way of the RFC's diagram; forget the log. */
void lab_go(struct lab *lab, enum tc_state to);
void lab_in(struct lab *lab, enum tc_state to);	/* lab_init and lab_go */
void lab_forget(struct lab *lab);

void lab_event(struct lab *lab, const struct tc_event *ev, unsigned line, const char *file);
void lab_rx(struct lab *lab, const char *seg, unsigned line, const char *file);
void lab_at_ms(struct lab *lab, int64_t ms, unsigned line, const char *file);
void lab_want_tx(struct lab *lab, const char *seg, unsigned line, const char *file);
void lab_want_nothing(struct lab *lab, unsigned line, const char *file);
void lab_want_state(struct lab *lab, enum tc_state to, unsigned line, const char *file);
void lab_want_notify(struct lab *lab, enum tc_notify what, unsigned line, const char *file);
void lab_want_note(struct lab *lab, const char *part, unsigned line, const char *file);
void lab_want_range(struct lab *lab, enum tc_action_type type, uint32_t seq, uint32_t len,
		    unsigned line, const char *file);
/* The timer comes; without one, a TIMEOUT that nobody asked for. */
void lab_timeout(struct lab *lab);
bool lab_has(const struct lab *lab, enum tc_action_type type);

/* "S. seq=0 ack=1 …" of a segment, for messages and the matrix. */
void lab_print(const struct tc_seg *seg, bool ours, char text[160]);
/* The other way; false (with a failed check) when the text is wrong. */
bool lab_parse(struct tc_seg *seg, const char *text, bool ours, unsigned line,
	       const char *file);

#define AT __LINE__, __FILE__
#define event(lab, ...) lab_event(lab, &(struct tc_event){ __VA_ARGS__ }, AT)
#define open_active(lab) event(lab, .type = TC_EV_OPEN, .open = { .iss = LAB_ISS })
#define open_passive(lab) \
	event(lab, .type = TC_EV_OPEN, .open = { .iss = LAB_ISS, .passive = true })
#define user_send(lab, n) event(lab, .type = TC_EV_SEND, .len = (n))
#define user_received(lab, n) event(lab, .type = TC_EV_RECEIVE, .len = (n))
#define user_close(lab) event(lab, .type = TC_EV_CLOSE)
#define user_abort(lab) event(lab, .type = TC_EV_ABORT)
#define rx(lab, seg) lab_rx(lab, seg, AT)
/* The clock goes to ms after the start; TIMEOUT comes whenever the machine asked for it. */
#define at_ms(lab, ms) lab_at_ms(lab, ms, AT)
#define want_tx(lab, seg) lab_want_tx(lab, seg, AT)
#define want_nothing(lab) lab_want_nothing(lab, AT)
#define want_state(lab, to) lab_want_state(lab, to, AT)
#define want_notify(lab, what) lab_want_notify(lab, what, AT)
#define want_note(lab, part) lab_want_note(lab, part, AT)
#define want_deliver(lab, seq, len) lab_want_range(lab, TC_ACT_DELIVER, seq, len, AT)
#define want_keep(lab, seq, len) lab_want_range(lab, TC_ACT_NEED_BUFFER, seq, len, AT)
#define want_acked(lab, seq, len) lab_want_range(lab, TC_ACT_ACKED, seq, len, AT)

#endif
