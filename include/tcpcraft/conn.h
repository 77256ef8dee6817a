/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver: the one loop where clock, link and TCP machine meet. A stack owns all the
 * bytes of its connections, tells them apart by their four-tuple, keeps their timers, and
 * sends their segments in batches. Everything runs on the caller's thread, inside
 * tc_stack_run; callbacks are made from there and may call back into the connection.
 */
#ifndef TCPCRAFT_CONN_H
#define TCPCRAFT_CONN_H

#include <tcpcraft/link.h>
#include <tcpcraft/personality.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/tcp.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pollfd;
struct tc_neigh;
struct tc_conn;
struct tc_error;
struct tc_mutation;
struct tc_stack;

/* Where a frame that was seen on the wire came from. */
enum tc_origin {
	TC_ORIGIN_US,		/* its bytes were injected by this stack */
	TC_ORIGIN_KERNEL,	/* our tuple, but not our bytes: the local kernel */
	TC_ORIGIN_PEER,
};

#define TC_CHANGES_MAX 3	/* one segment: acknowledges our FIN, brings theirs … */

/* What one event did to the machine. */
struct tc_news {
	unsigned n_changes;
	struct { uint8_t from, to; const char *clause; } changes[TC_CHANGES_MAX];
	const char *note;		/* why it was not taken, what is odd, or NULL */
	const char *note_clause;	/* may be NULL */
};

/*
 * One line of the story: a frame as captured, with what the machine made of it. Pointers
 * are valid during the callback only. A state change without a frame of its own (a timer)
 * has frame NULL.
 */
struct tc_trace {
	const struct tc_conn *conn;
	tc_time stamp;			/* CLOCK_REALTIME */
	enum tc_origin origin;
	const uint8_t *frame;		/* as captured; NULL: no frame */
	size_t frame_len, wire_len;
	int dlt;			/* of frame: its link type */
	size_t l3;			/* of frame: where its IP header begins, or whatever
					 * a filter put there */
	const struct tc_rx *rx;		/* the frame taken apart; NULL: no frame, or one that
					 * a filter sent that is not a valid packet */
	struct tc_news news;		/* what the machine made of it */
	enum tc_state state;		/* ours after it: of what we sent, when we did */
	uint32_t cwnd;			/* of what we sent: our congestion window then, bytes (RFC
					 * 5681); 0: there was none yet */
	bool retransmission;		/* sent by us, not for the first time */
	bool unseen;			/* sent by us, but the capture never showed it: frame is
					 * what was injected */
	/* What a filter did to it (tcpcraft/filter.h). */
	bool withheld;			/* frame is the honest one, which was not sent */
	const struct tc_mutation *mutations;
	unsigned n_mutations;
	const char *surgery;		/* in words, or NULL */
};

struct tc_observer {
	void *ctx;
	/* A frame passed the capture filter (before it is understood); for capture files. */
	void (*frame)(void *ctx, const struct tc_frame *f);
	/* Segments, ICMP errors and state changes of our connections, in wire order. */
	void (*trace)(void *ctx, const struct tc_trace *t);
};

/* Why a connection is over. */
enum tc_end {
	TC_END_NONE,		/* it is not */
	TC_END_CLOSED,		/* both FINs acknowledged */
	TC_END_REFUSED,		/* RST to our SYN */
	TC_END_RESET,		/* RST by the peer */
	TC_END_TIMED_OUT,	/* the machine gave up */
	TC_END_UNREACHABLE,	/* ICMP error in SYN-SENT */
	TC_END_ABORTED,		/* tc_conn_abort */
};

/* What happened, as numbers. Times are CLOCK_REALTIME capture stamps, 0 = never. */
struct tc_conn_info {
	unsigned id;			/* 1.. in order of opening */
	struct tc_flow flow;
	enum tc_state state;
	enum tc_state furthest;		/* last state before the end */
	enum tc_end end;
	tc_seq iss, irs;
	uint64_t bytes_sent;		/* handed to the machine and sent once */
	uint64_t bytes_acked;		/* by ACKs, and by an acceptable RST's ACK number */
	tc_seq peer_ack;		/* the peer's last ACK number, taken or not; 0: none came */
	uint64_t bytes_received;	/* in order */
	unsigned segments_sent, segments_received;
	bool peer_fin, our_fin;		/* seen; peer_fin_first: theirs came before ours */
	bool peer_fin_first;
	tc_time syn_sent_at, established_at;
	uint8_t icmp_type, icmp_code;	/* of the last ICMP error that quoted us */
	struct tc_addr icmp_from;	/* its sender, or none */
	uint32_t peer_window;		/* the last it offered, bytes */
	uint32_t beyond_hole;		/* bytes that came after some that never did */
	bool own_reset;			/* the last reset had the TTL (hop limit) of the peer's
					 * first segment, and no other call came from its port: else
					 * who stands between may have sent it, or another */
	uint8_t signed_by;		/* TC_OPT_MD5 or TC_OPT_AO: what comes has the key's
					 * digest, or is dropped; 0: any is taken */
	bool syns_over;			/* that its SYN was sent as often as syn_retries of its
					 * stack has it, without an answer, ended it */
};

/* What the owner of a connection is told. Any may be NULL. */
struct tc_conn_ops {
	void (*connected)(struct tc_conn *c, void *ctx);
	/* n bytes in order; take them all. They count against the receive window until
	 * tc_conn_consumed. */
	void (*data)(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n);
	void (*acked)(struct tc_conn *c, void *ctx);	/* room in the send buffer */
	void (*peer_closed)(struct tc_conn *c, void *ctx);
	void (*deadline)(struct tc_conn *c, void *ctx);	/* see tc_conn_set_deadline */
	/* The machine is CLOSED or rests in TIME-WAIT. The connection may be freed from here
	 * on with tc_conn_free. Called once. */
	void (*ended)(struct tc_conn *c, void *ctx, enum tc_end end);
};

struct tc_stack_config {
	struct tc_link *link;		/* open, outlives the stack */
	const struct tc_path *path;	/* for MACs; copied */
	const struct tc_tcp_config *tcp; /* copied */
	const struct tc_ip_config *ip;	/* copied; NULL = that of tc_personality_default */
	const struct tc_observer *observer; /* NULL or outlives the stack */
	uint16_t port_lo, port_hi;	/* our ports: what comes from them without being ours
					 * is the kernel's */
	bool siblings;			/* … unless other stacks of ours send from them, too: then
					 * only what is of an open connection is known to be */
	uint64_t seed;			/* IP identification numbers */
	bool busy_poll;			/* never sleep */
	struct tc_neigh *neigh;		/* addresses to answer ARP for, outlives the stack; or
					 * NULL */
};

struct tc_stack_stats {
	uint64_t resets_leaked;		/* RSTs of kernel origin seen on the wire */
	uint64_t icmp_leaked;		/* ICMP errors of this host's about what the peer sent us */
	uint64_t own_seen;		/* segments of ours that the capture had */
	struct tc_flow diverted;	/* of one of ours whose destination this host had
					 * changed on the way (remote_port 0: none was) */
	uint64_t frames_bad;		/* received frames dropped: headers or checksums */
	uint64_t sends_blocked;		/* frames the local firewall refused (EPERM) */
	int send_error;			/* negative errno: why the last frame could not be sent;
					 * 0: it was */
	uint64_t segments_sent, segments_received;
};

int tc_stack_open(struct tc_stack **s, const struct tc_stack_config *cfg,
		  struct tc_error *err);

/* Frees the stack and its connections as they are; sends nothing. NULL is allowed. */
void tc_stack_close(struct tc_stack *s);

/*
 * The initial sequence number for a connection of this four-tuple that is opened now. Unless
 * the stack was given another way (enum tc_isn) a clock and a keyed function of the tuple
 * (RFC 9293 3.4.1 MUST-8, SHLD-1; RFC 6528), so that the same tuple opened again, also by
 * another run, begins beyond its old numbers.
 */
tc_seq tc_stack_iss(const struct tc_stack *s, const struct tc_flow *flow);

/* The Diffserv codepoint, 0 to 63, of all segments from now on (RFC 9293 MUST-48, SHLD-21). */
void tc_stack_set_dscp(struct tc_stack *s, uint8_t dscp);

/*
 * Active open. Sends the SYN. `iss` as given, by tc_stack_iss if nothing else is wanted; local
 * address and port in flow->local_*.
 * Returns the connection, NULL with *err set (-EADDRINUSE: the four-tuple is in use).
 */
struct tc_conn *tc_conn_open(struct tc_stack *s, const struct tc_flow *flow, tc_seq iss,
			     const struct tc_conn_ops *ops, void *ctx, struct tc_error *err);

/*
 * The same with bytes (copied) that are to be sent: the SYN takes them with it where Fast Open is
 * on and there is a cookie of this peer (RFC 7413), else they follow the handshake. A cookie
 * is kept for the stack's active opens, which are for one peer.
 */
struct tc_conn *tc_conn_open_with(struct tc_stack *s, const struct tc_flow *flow, tc_seq iss,
				  const void *bytes, size_t n, const struct tc_conn_ops *ops,
				  void *ctx, struct tc_error *err);

/*
 * Passive open on a local port (addr none: any address, of either family). `accept` is called
 * when a handshake is complete and returns the ops and ctx for the new connection; before that, and if it
 * returns NULL (the connection is reset), the connection is the stack's. At most `backlog`
 * handshakes are half-open at a time; further SYNs are dropped (the peer sends them again).
 * With Fast Open (RFC 7413) each address is given a cookie of this run; data in a SYN with the
 * right one is told at once, before its handshake is complete.
 * One listener a port; it lives until the stack is closed, or tc_stack_unlisten. -EINVAL: the
 * stack has a cookie to bring (tc_ip_config), which is for who calls.
 */
typedef const struct tc_conn_ops *tc_accept_fn(void *ctx, struct tc_conn *c, void **conn_ctx);

int tc_stack_listen(struct tc_stack *s, const struct tc_addr *addr, uint16_t port, unsigned backlog,
		    tc_accept_fn *accept, void *ctx, struct tc_error *err);

/* CLOSE of the listener (RFC 9293 3.10.4): its port is as closed as others, and a handshake that
 * is complete later is reset. Connections that were accepted stay. */
void tc_stack_unlisten(struct tc_stack *s);

/*
 * From now on the listener's calls wait for their answer: `called` is told of each, and the
 * connection is its to answer, at once or later, or to let go of with tc_conn_free (no answer;
 * the caller sends its SYN again). The listener's accept is not asked any more.
 */
typedef void tc_called_fn(void *ctx, struct tc_conn *c);
void tc_stack_hold_calls(struct tc_stack *s, tc_called_fn *called, void *ctx);

/* Answer a call that waits, with this ISS: SYN,ACK goes out, and from here on the connection
 * is the owner's; `ended` also tells of a handshake that fails. -ECONNRESET: the caller has
 * reset it meanwhile; it is still to be freed. */
int tc_conn_answer(struct tc_conn *c, tc_seq iss, const struct tc_conn_ops *ops, void *ctx);

/* Queue bytes (copied). 0 or -ENOMEM; -EPIPE after close or end. */
int tc_conn_send(struct tc_conn *c, const void *bytes, size_t n, struct tc_error *err);
/* The same, and the last of them is urgent (RFC 9293 MUST-30). */
int tc_conn_send_urgent(struct tc_conn *c, const void *bytes, size_t n, struct tc_error *err);
size_t tc_conn_unacked(const struct tc_conn *c);	/* bytes queued or in flight */
size_t tc_conn_unread(const struct tc_conn *c);		/* bytes received, not yet consumed */
void tc_conn_consumed(struct tc_conn *c, size_t n);	/* opens the receive window again */
void tc_conn_set_nodelay(struct tc_conn *c, bool off);	/* Nagle's algorithm: RFC 9293 MUST-17 */
/* Probe a peer that is silent for so long (RFC 9293 3.8.4); 0: never. */
void tc_conn_set_keepalive(struct tc_conn *c, tc_time idle);
/* The receive buffer (RFC 9293 3.8.6.2.2) of the one connection that is opened, or of all callers
 * of the one listener that begins, next, whatever comes of that call: bytes, where that is less
 * than the configuration's; 0: that one. The window that is offered is rounded down to the unit
 * of the window scale (RFC 7323 2.2), and the scale is less where the buffer has not one unit. */
void tc_stack_set_receive_buffer(struct tc_stack *s, uint32_t bytes);
uint32_t tc_stack_receive_buffer(const struct tc_stack *s);	/* … bytes, as configured */
void tc_conn_close(struct tc_conn *c);			/* FIN after what is queued */
void tc_conn_abort(struct tc_conn *c);			/* RST; ended(ABORTED) is called */
/* Of a connection that a reset ended, else nothing: a reset in return, which is acceptable to a peer
 * that knows nothing of it (RFC 9293 3.10.7.3, 3.5.3): who stands between may have sent the first, as
 * a NAT does that finds no way back for a segment. Until the connection is freed. */
void tc_conn_reset_back(struct tc_conn *c);
void tc_conn_info(const struct tc_conn *c, struct tc_conn_info *info);
void tc_conn_free(struct tc_conn *c);	/* aborts first when it is not over */

/* ops->deadline is called once when this time (monotonic) has come; 0 = not any more. One
 * a connection: setting it again moves it. It is later by what the clock stood still
 * (tcpcraft/filter.h). */
void tc_conn_set_deadline(struct tc_conn *c, tc_time at);

/* The owner lets go: no more callbacks; the stack frees it when it is CLOSED (after
 * TIME-WAIT). For connections that ended, or that nobody watches. */
void tc_conn_detach(struct tc_conn *c);

/* True when nothing more is to be expected: CLOSED, or TIME-WAIT with 2 RTO passed
 * without a segment. */
bool tc_conn_is_quiet(const struct tc_conn *c);

/* True when every connection of the stack is quiet, those at rest too. */
bool tc_stack_is_quiet(const struct tc_stack *s);

/*
 * Receive, step, send and fire timers until `until` (CLOCK_MONOTONIC), an `extra`
 * descriptor is ready (its revents are set), or at least one connection event happened.
 * Returns 1 when something happened, 0 at `until`, negative when the link died.
 */
int tc_stack_run(struct tc_stack *s, tc_time until, struct pollfd *extra, unsigned n_extra,
		 struct tc_error *err);

/* Give the observer what is still waiting for its captured copy: call once before the
 * end. Waits at most `wait` ns for the capture to show it. */
void tc_stack_drain(struct tc_stack *s, tc_time wait);

void tc_stack_stats(const struct tc_stack *s, struct tc_stack_stats *out);

#endif
