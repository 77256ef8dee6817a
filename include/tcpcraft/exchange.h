/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One question, one answer, over one connection: handshake, request in one go, reply
 * until it is complete or the peer ends or time is up, then close from this side. Or several
 * questions, each after the answer to the one before. It drives itself from the stack's
 * callbacks; nothing has to be polled.
 *
 * Or the peer calls, and speaks first if it likes: then the request is what it is told, when it
 * has said something or `hold` is over, and its own bytes are the reply. Once ours are
 * acknowledged and the reply is complete (or nothing more comes for `hold`) we close.
 */
#ifndef TCPCRAFT_EXCHANGE_H
#define TCPCRAFT_EXCHANGE_H

#include <tcpcraft/buf.h>
#include <tcpcraft/conn.h>
#include <tcpcraft/verdict.h>

struct tc_exchange;

struct tc_message {
	const uint8_t *bytes;
	size_t len;
};

struct tc_exchange_config {	/* shared by many exchanges; outlives them */
	const uint8_t *request;
	size_t request_len;
	const struct tc_message *more;	/* further requests */
	size_t n_more;
	const uint8_t *expect;	/* the good reply to each, complete at this many bytes; or NULL: */
	size_t expect_len;
	tc_time pause;		/* to the one request any reply is good, and complete when the
				 * peer has paused so long, or closes; ns */
	tc_time timeout;	/* for the handshake, for the reply, for the close; ns */
	tc_time close_timeout;	/* for the close; 0 = timeout */
	tc_time hold;		/* rest this long between handshake and request; ns */
	void (*decided)(struct tc_exchange *x);	/* the verdict is in; may be NULL */
	void (*ended)(struct tc_exchange *x);	/* and the connection is over; may be NULL */
};

/* Zero-initialised before tc_exchange_start; must not move while it runs. */
struct tc_exchange {
	const struct tc_exchange_config *cfg;
	void *ctx;			/* the caller's */
	struct tc_conn *conn;
	enum tc_verdict verdict;
	struct tc_buf reply;
	size_t asked;			/* requests sent */
	tc_time decided_at;		/* CLOCK_REALTIME, as stamps: when the verdict was there, */
	tc_time replied_at;		/* and when the last of the reply came; or 0 */
	bool holding;			/* connected, the request not yet sent */
	bool closing, fin_sent;		/* a caller that says no more: we close, soon or now */
	bool over;			/* the connection is CLOSED or in TIME-WAIT; its numbers
					 * can be asked for until it is freed */
};

/* Opens the connection. As tc_conn_open. x->cfg must be set. */
int tc_exchange_start(struct tc_exchange *x, struct tc_stack *s, const struct tc_flow *flow,
		      tc_seq iss, struct tc_error *err);

/* The peer calls: answer its connection (tc_stack_hold_calls) with this ISS. x->cfg must be
 * set. As tc_conn_answer. */
int tc_exchange_answer(struct tc_exchange *x, struct tc_conn *c, tc_seq iss);

/* End it now with this verdict (Ctrl-C): resets the connection. */
void tc_exchange_stop(struct tc_exchange *x, enum tc_verdict v);

/* Frees connection and reply. */
void tc_exchange_free(struct tc_exchange *x);

#endif
