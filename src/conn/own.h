/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of conn/ share. Not for others: see tcpcraft/conn.h. */
#ifndef CONN_OWN_H
#define CONN_OWN_H

#include <tcpcraft/clock.h>
#include <tcpcraft/conn.h>
#include <tcpcraft/filter.h>
#include "base/ring.h"
#include <tcpcraft/rng.h>

#include "host/iss.h"
#include "link/receiver.h"

#define NOT_IN_HEAP UINT32_MAX

struct tc_conn {
	struct tc_tcb tcb;
	struct tc_stack *stack;
	struct tc_flow flow;
	const struct tc_conn_ops *ops;
	void *ctx;
	struct tc_ring snd;		/* bytes from snd_base on, until acknowledged */
	tc_seq snd_base;
	struct tc_follow *follow;	/* follow.c: where the wire has other numbers; or NULL */
	uint8_t *rcv;			/* out-of-order bytes, place = seq & rcv_mask; or NULL */
	struct tc_disorder *disorder;	/* lent to tcb when it first wants it; or NULL */
	tc_time timer;			/* the earlier of the next two; heap.c's */
	tc_time machine_at;		/* when the machine wants TIMEOUT; 0 = never */
	tc_time deadline;		/* when the owner wants to be called; 0 = never */
	uint32_t heap_at;
	uint32_t id;
	uint32_t depth;			/* callbacks under way */
	uint32_t n_awaited;		/* frames of it whose copies are */
	bool freed;			/* tc_conn_free was called: go when depth is 0 */
	bool detached;			/* nobody owns it: free it when it is CLOSED */
	bool ended;			/* ops->ended was called */
	uint8_t end;			/* enum tc_end */
	uint8_t furthest;		/* enum tc_state */
	uint8_t first_ttl;		/* of what came of the peer */
	bool other_call;		/* has come from its port meanwhile */
	bool own_reset;
	tc_seq call_seq;		/* of the SYN in call, also when the machine forgot it */
	bool our_fin, peer_fin, peer_fin_first;
	bool unlisted;			/* no longer in the table: its tuple has a successor */
	bool half_open;			/* of the listener, not yet accepted … */
	uint8_t generation;		/* … of this one */
	bool unanswered;		/* its SYN waits in call */
	bool hung_up;			/* … and the caller has reset it */
	struct tc_seg *call;		/* or NULL */
	uint8_t icmp_type, icmp_code;
	uint8_t mac[6];			/* the peer's, where the stack learns them */
	struct tc_addr icmp_from;
	uint32_t segments_sent, segments_received;
	uint32_t beyond_hole;		/* bytes in rcv; of a connection that ended, at its end */
	uint32_t nth, nth_data, nth_ack; /* first transmissions: all, with payload, bare */
	uint64_t bytes_sent, bytes_acked, bytes_received;
	tc_time syn_sent_at, established_at;
	tc_time heard_at;		/* monotonic: the last segment of the peer */
	tc_time heard_stamp;		/* its capture stamp */
	tc_seq peer_ack;		/* its ACK number, as it came */
};

/* table.c: connections by four-tuple, open addressing. */
struct tc_table {
	struct tc_conn **slot;
	uint32_t cap;			/* a power of two, or 0 */
	uint32_t used;
};

struct tc_conn *tc_table_find(const struct tc_table *t, const struct tc_flow *flow);
int tc_table_add(struct tc_table *t, struct tc_conn *c);
void tc_table_remove(struct tc_table *t, struct tc_conn *c);

/* time_wait.c: connections at rest */
struct tc_rest;

struct tc_resting {
	struct tc_rest *rest;
	uint32_t *bucket;		/* as many heads as records */
	uint32_t cap, n;
	uint32_t oldest, newest, free;	/* records; valid once cap is not 0 */
	tc_time heard_at;		/* when one came or was spoken to */
};

/* heap.c: connections by timer, earliest first. */
struct tc_heap {
	struct tc_conn **at;
	uint32_t n, cap;
};

int tc_heap_reserve(struct tc_heap *h, uint32_t n);	/* room for n: tc_heap_set cannot fail */
void tc_heap_set(struct tc_heap *h, struct tc_conn *c, tc_time timer);	/* 0: take it out */

/* A frame that was sent and whose captured copy is awaited. */
struct tc_sent {
	struct tc_sent *next;		/* sent after it */
	struct tc_sent *next_like;	/* … and of the same bucket */
	uint32_t mark;			/* of its headers: no copy has another */
	struct tc_conn *conn;		/* NULL when it is gone */
	tc_time stamp;
	bool retransmission;
	enum tc_state state;
	uint32_t cwnd;
	struct tc_news news;
	/* of a filter's frame, which is known by all its bytes: anything may be in it */
	bool injected;
	struct tc_mutation *mutations;
	unsigned n_mutations;
	char surgery[TC_MUTATION_TEXT];
	size_t l3, frame_len;
	uint8_t frame[];
};

/* filter.c: a frame that waits for its time */
struct tc_later {
	tc_time at;
	struct tc_conn *conn;		/* NULL when it is gone */
	struct tc_injection in;		/* owns frame, mutations and what */
};

/* A four-tuple that a filter made, and whose frames it had been. */
struct tc_alias {
	struct tc_flow flow;
	struct tc_conn *conn;
};

#define ALIASES_MAX 64

#define SENT_MAX 65536			/* frames whose copies are awaited */
#define SENT_BUCKETS 4096		/* by their marks, and one of those without */

struct tc_sent_list {			/* oldest first */
	struct tc_sent *first, *last;
};

#define BATCH 64

struct tc_listener {			/* port 0: there is none */
	struct tc_addr addr;		/* none: any */
	uint16_t port;
	unsigned backlog, half_open;
	uint32_t rcv_buf;		/* of those who call */
	uint8_t generation;		/* one more after each that was closed */
	tc_accept_fn *accept;
	void *ctx;
	tc_called_fn *called;		/* NULL: calls do not wait */
	void *called_ctx;
};

/* fastopen.c: RFC 7413 */
struct tc_fastopen_memory {
	struct tc_cookie kept;		/* the peer's; n 0: it is asked for one */
	uint16_t peer_mss;		/* that came with it; 0: not known */
	bool failed;			/* the peer, or the path, does not take it */
	struct tc_iss_key key;		/* of the cookies that we give; this run's */
};

struct tc_stack {
	struct tc_link *link;
	struct tc_receiver receiver;
	struct tc_tcp_config tcp;
	struct tc_tcp_config tcp6;	/* of IPv6 connections, where both families come */
	struct tc_ip_config ip;
	struct tc_rng rng;		/* of the seed */
	struct tc_template template[2];	/* of IPv4, of IPv6 */
	struct tc_observer observer;
	struct tc_addr own, peer;	/* of the path */
	bool siblings;
	uint16_t port_lo, port_hi;
	bool raw;			/* frames start at the IP header */
	bool learns;			/* who listens on a link: the way back is the way in, */
	uint8_t heard_mac[6];		/* of the frame in hand */
	int dlt_sent;			/* link type of the frames we build */
	struct tc_iss_key iss_key;
	struct tc_fastopen_memory fastopen;
	uint16_t next_ip_id;
	uint32_t next_id;
	uint32_t rcv_mask;		/* size of a receive buffer - 1 */
	uint32_t rcv_buf;		/* of the next open or listener; 0: the configuration's */
	struct tc_table table;
	struct tc_heap heap;
	uint32_t n_conns;		/* that exist, listed or not */
	struct tc_resting resting;
	struct tc_listener listener;
	struct tc_stack_stats stats;
	/* frames being gathered for one send */
	struct tc_out out[BATCH];
	uint8_t *slots;			/* BATCH of slot_bytes */
	size_t slot_bytes;
	uint32_t mtu;
	unsigned n_out;
	struct tc_sent *sent, **sent_end;	/* oldest first */
	struct tc_sent_list like[SENT_BUCKETS + 1];
	uint32_t sent_n;
	/* filter.c */
	struct tc_filter filter;	/* segment NULL: none */
	uint8_t *honest;		/* the frame that the filter looks at */
	/* What the machine reported with the segment that the filter decides about; told once
	 * it is sent. NULL: nothing waits. */
	const struct tc_news *pending_news;
	struct tc_later *later;		/* soonest first */
	uint32_t n_later, later_cap;
	struct tc_alias alias[ALIASES_MAX];
	uint32_t n_aliases;		/* made so far: the oldest give way */
	uint32_t n_injected;		/* of sent: what a filter sent */
	tc_time stood_still;		/* what the connections' clock is behind */
	tc_time stopped_at;		/* monotonic: when it was stopped last */
	struct tc_conn *held;		/* whose ACK waits for what is behind in the queue; or NULL */
	unsigned n_held;		/* of its segments in a row */
	bool progressed;		/* a frame or timer was handled: tc_stack_run returns 1 */
	bool reopen;			/* RFC 6191: the SYN in hand may begin anew, */
	tc_seq reopen_after;		/* with an ISS beyond this */
};

static inline const struct tc_template *tc_stack_template(const struct tc_stack *s,
							  const struct tc_flow *flow)
{
	return &s->template[flow->local_addr.family == 6];
}

static inline const struct tc_tcp_config *tc_stack_tcp(const struct tc_stack *s,
							const struct tc_flow *flow)
{
	return flow->local_addr.family == 6 ? &s->tcp6 : &s->tcp;
}

/* What the connections take for the time: all of theirs is counted so. */
static inline tc_time tc_stack_now(const struct tc_stack *s)
{
	return tc_clock_monotonic() - s->stood_still;
}

/* time_wait.c */
bool tc_resting_add(struct tc_stack *s, const struct tc_conn *c);	/* false: no memory */
bool tc_resting_segment(struct tc_stack *s, const struct tc_flow *flow,
		     const struct tc_rx *rx, bool listens);	/* false: it is not one of these */
void tc_resting_drop(struct tc_stack *s, const struct tc_flow *flow);
void tc_resting_expire(struct tc_stack *s, tc_time now);
void tc_resting_free(struct tc_resting *r);

/* listen.c */
struct tc_conn *tc_listen_syn(struct tc_stack *s, const struct tc_flow *flow,
			   const struct tc_rx *rx, tc_seq iss);
static inline bool tc_listen_has(const struct tc_stack *s, const struct tc_flow *flow)
{
	const struct tc_listener *l = &s->listener;

	return l->port && flow->local_port == l->port &&
	       (tc_addr_is_none(&l->addr) || tc_addr_equal(&flow->local_addr, &l->addr));
}
/* A segment for a connection whose SYN waits, or is this one. */
void tc_listen_called(struct tc_conn *c, const struct tc_heard *h);

/* life.c */
/* The receive buffer that was set for this open or listener, bytes; 0: none was. */
uint32_t tc_stack_take_receive_buffer(struct tc_stack *s);

struct tc_conn *tc_conn_new(struct tc_stack *s, const struct tc_flow *flow,
			 const struct tc_conn_ops *ops, void *ctx, struct tc_error *err);
void tc_conn_release(struct tc_conn *c);	/* free when nobody is inside it */
void tc_conn_destroy(struct tc_conn *c);	/* only its memory */
void tc_conn_left_handshake(struct tc_conn *c);	/* SYN-RECEIVED is over */
void tc_conn_retime(struct tc_conn *c);	/* machine_at or deadline changed */

/* step.c: one event through the machine, actions done. h: what brought it, or NULL. */
void tc_conn_step(struct tc_conn *c, const struct tc_event *ev, const struct tc_heard *h);

/* input.c: whose is it, and what does the machine say to it */
extern const struct tc_receiver_ops tc_stack_receives;
void tc_stack_take(struct tc_stack *s, struct tc_heard *h);

/* held.c: ACKs of text, until what came with it is read */
bool tc_held_segment(struct tc_conn *c, const struct tc_seg *seg);	/* is this one's to wait? */
void tc_held_let_go(struct tc_stack *s);

/* output.c */
void tc_output_segment(struct tc_stack *s, struct tc_conn *c, const struct tc_flow *flow,
		    const struct tc_seg *seg, bool retransmission,
		    const struct tc_news *news);

/* fastopen.c */
void tc_fastopen_begin(struct tc_stack *s);
void tc_fastopen_open(const struct tc_stack *s, struct tc_event *open);
void tc_fastopen_keep(struct tc_stack *s, const struct tc_action *a);
/* A SYN for the listener: what its event says of cookies; *right is that of its sender. */
void tc_fastopen_syn(const struct tc_stack *s, const struct tc_rx *rx, struct tc_cookie *right,
		     struct tc_event *ev);

/* slots.c */
size_t tc_output_build(struct tc_stack *s, struct tc_conn *c, const struct tc_flow *flow,
		       const struct tc_seg *seg, uint8_t *to);
uint8_t *tc_output_slot(struct tc_stack *s, struct tc_out **out);	/* the next frame's room */
void tc_output_flush(struct tc_stack *s);

/* keys.c, where there is a key. c may be NULL. */
static inline bool tc_keys_wanted(const struct tc_stack *s)
{
	return s->ip.md5.n || s->ip.ao.n;
}

void tc_keys_sign(const struct tc_stack *s, const struct tc_conn *c, uint8_t *frame, size_t n);
/* Of a segment that the key does not vouch for: why it is not taken, and the clause; else
 * NULL. */
const char *tc_keys_distrust(const struct tc_stack *s, const struct tc_conn *c,
			     const struct tc_rx *rx, const char **clause);
bool tc_keys_ignore(const struct tc_stack *s, const struct tc_conn *c, const struct tc_rx *rx);
uint8_t tc_keys_option(const struct tc_stack *s);	/* TC_OPT_…; 0: there is none */

/* filter.c */
bool tc_filter_segment(struct tc_stack *s, struct tc_conn *c, const struct tc_flow *flow,
			const struct tc_seg *seg, bool retransmission,
			const struct tc_news *news);	/* false: the honest frame is to go */
void tc_filter_due(struct tc_stack *s, tc_time now);
void tc_filter_forget(struct tc_stack *s, const struct tc_conn *c);
void tc_filter_free(struct tc_stack *s);
struct tc_conn *tc_alias_find(const struct tc_stack *s, const struct tc_flow *flow);

/* follow.c: our sequence numbers on the wire, for the machine's, and back; of all that the
 * peer says of them. c may be NULL going out. */
tc_seq tc_follow_out(const struct tc_conn *c, tc_seq honest);
tc_seq tc_follow_in(const struct tc_conn *c, tc_seq wire);
void tc_follow_seg(const struct tc_conn *c, struct tc_seg *seg);	/* c->follow is there */

/* story.c: what the observer is told, in wire order. */
void tc_story_expect(struct tc_stack *s, struct tc_conn *c, uint16_t flags,
		     const struct tc_out *out, bool retransmission, const struct tc_news *news);
void tc_story_injected(struct tc_stack *s, struct tc_conn *c, const struct tc_out *out,
		       const struct tc_injection *in, const struct tc_news *news);
/* Which of what we sent is it? NULL: none. h->l3 >= 0. */
struct tc_sent *tc_story_find(struct tc_stack *s, const struct tc_heard *h);
/* The copy of what we sent, which is forgotten, or what the kernel sent in our name. */
void tc_story_left(struct tc_stack *s, struct tc_heard *h);
void tc_story_withheld(struct tc_stack *s, const struct tc_outgoing *out, const char *what,
		       const struct tc_news *news);
void tc_story_received(struct tc_stack *s, const struct tc_conn *c, const struct tc_heard *h,
		    const struct tc_news *news);
void tc_story_change(struct tc_stack *s, const struct tc_conn *c,
		  const struct tc_news *news);
void tc_story_forget(struct tc_stack *s, struct tc_conn *c);
void tc_story_flush(struct tc_stack *s);	/* tell what was never seen */
void tc_story_free(struct tc_stack *s);

#endif
