/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Misbehaviour: a filter between the machine, which stays honest, and the link. It sees
 * each segment of a connection as the frame that would be sent, and may take it over: put
 * other frames in its place, at once or later, or none. The machine's sequence state
 * follows the honest segment, unless tc_conn_follow says otherwise. All on the driver's
 * thread.
 */
#ifndef TCPCRAFT_FILTER_H
#define TCPCRAFT_FILTER_H

#include <tcpcraft/conn.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;

/* A segment on its way out, valid during the call only. */
struct tc_outgoing {
	struct tc_stack *stack;
	struct tc_conn *conn;
	void *owner;			/* ctx of the connection's ops */
	unsigned conn_id;		/* 1.. in order of opening */
	const struct tc_seg *seg;
	const uint8_t *frame;		/* the honest one, from the header the link sends */
	size_t len;
	int dlt;			/* what it begins with: TC_DLT_EN10MB or TC_DLT_RAW */
	size_t l3;			/* its IP header */
	bool retransmission;
	unsigned nth;			/* of the connection's first transmissions, from 1 */
	unsigned nth_data;		/* … of those with payload; 0 without */
	unsigned nth_ack;		/* … of those that only acknowledge; 0 for others */
	enum tc_state state;		/* after the event that sends it */
};

struct tc_filter {
	void *ctx;
	/* True: taken over; the honest frame is not sent. False: let it pass. */
	bool (*segment)(void *ctx, const struct tc_outgoing *out);
};

/* NULL: no filter. Copied; ctx outlives the stack. */
void tc_stack_set_filter(struct tc_stack *s, const struct tc_filter *filter);

/*
 * A filter that waits for a person stops the clock of the connections meanwhile: what was
 * sent before goes out first, and no timer of ours runs on (deadlines neither). The peer's
 * do. tc_stack_clock_go says how long it stood.
 */
void tc_stack_clock_stop(struct tc_stack *s);
tc_time tc_stack_clock_go(struct tc_stack *s);

#define TC_MUTATION_TEXT 64

/* A field that was changed. */
struct tc_mutation {
	const char *field;		/* a name that outlives the stack */
	char from[TC_MUTATION_TEXT], to[TC_MUTATION_TEXT];
};

struct tc_injection {
	const uint8_t *frame;		/* as tc_outgoing.frame; copied */
	size_t len;
	size_t l3;			/* where the IP header is, or would be */
	tc_time at;			/* monotonic; 0 = now */
	const struct tc_mutation *mutations; /* copied */
	unsigned n_mutations;
	const char *what;		/* what was done besides ("copy 1 of 2"), or NULL */
};

/*
 * Send a frame for a connection, as it is. From inside the filter's call or from anywhere
 * else. Later ones wait in the stack, at most TC_LATER_MAX; closing it forgets them.
 * -EOPNOTSUPP names a field that the path would rewrite, -EMSGSIZE says by how much it is
 * too long for the path, -ENOBUFS too many wait; nothing is sent then.
 */
#define TC_LATER_MAX 1024

int tc_stack_inject(struct tc_stack *s, struct tc_conn *conn, const struct tc_injection *in,
		    struct tc_error *err);

/*
 * From inside the filter's call: what went out in place of seg fills the numbers from ..to,
 * and the connection goes on from there: its further segments have numbers behind `to`, and
 * what the peer acknowledges up to there counts as all of seg. Retransmissions of seg have
 * the number `from`.
 */
void tc_conn_follow(struct tc_conn *c, const struct tc_seg *seg, tc_seq from, tc_seq to);

/* Tell the story that the segment in hand was not sent, and why. */
void tc_stack_withhold(struct tc_stack *s, const struct tc_outgoing *out, const char *what);

#endif
