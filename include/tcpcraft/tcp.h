/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TCP machine of RFC 9293, pure: no clock, randomness, heap, globals, printing,
 * threads or descriptors. The same TCB, configuration and event give the same actions
 * for ever. It knows sequence ranges only; the driver (conn/) owns every byte.
 *
 *	tc_tcp_init(&tcb, &config);
 *	tc_tcp_step(&tcb, &(struct tc_event){ .type = TC_EV_OPEN, .now = now,
 *					      .open = { .iss = iss } }, &actions);
 *	for (i = 0; i < actions.n; i++) … do actions.a[i], in order …
 *	while (actions.more) step with TC_EV_POLL and do those.
 *
 * Misbehaviour is never in here: it is a filter on the SEND actions, in conn/.
 * A TCB is used by one thread at a time; all times are nanoseconds of one clock that
 * never goes back; all numbers are host order.
 */
#ifndef TCPCRAFT_TCP_H
#define TCPCRAFT_TCP_H

#include <tcpcraft/clock.h>
#include <tcpcraft/segment.h>

#include <stdbool.h>
#include <stdint.h>

/* RFC 9293 3.3.2 */
enum tc_state {
	TC_ST_CLOSED,
	TC_ST_LISTEN,
	TC_ST_SYN_SENT,
	TC_ST_SYN_RECEIVED,
	TC_ST_ESTABLISHED,
	TC_ST_FIN_WAIT_1,
	TC_ST_FIN_WAIT_2,
	TC_ST_CLOSE_WAIT,
	TC_ST_CLOSING,
	TC_ST_LAST_ACK,
	TC_ST_TIME_WAIT,
};

#define TC_STATES 11

#define TC_WSCALE_FITS 255	/* the shift that rcv_buf needs */
#define TC_WSCALE_MAX  14	/* RFC 7323 2.3 */
#define TC_TS_OPT_LEN  12u	/* timestamps as everybody pads them: nop nop TS */
#define TC_TS_HZ 1000		/* the clock of timestamps, where none is chosen */
#define TC_SYN_RETRIES_ANY 255	/* until syn_timeout */

/* RFC 3168 6.1.1 */
enum tc_ecn_use {
	TC_ECN_OFF,
	TC_ECN_ON,		/* our SYN asks for it, and who asks is told yes */
	TC_ECN_ASKED,		/* only the latter */
};

/* What is the same for many connections; const while any TCB uses it. */
struct tc_tcp_config {
	uint32_t rcv_buf;	/* receive buffer, bytes: the largest window offered */
	uint16_t mss;		/* MSS we announce: largest datagram we take - 40, of IPv6 - 60 */
	uint16_t mss_path;	/* MTU of the path - 40 or 60: the most we put in one segment,
				 * TCP options included (RFC 9293 3.7.1, RFC 6691) */
	uint8_t family;		/* 4 or 6: of the IP header that this leaves room for */
	uint8_t merge;		/* new data goes in segments of up to so many full ones, into
				 * which the link cuts them (tc_seg.each); 0: of one */
	bool use_wscale;	/* offer RFC 7323 window scaling */
	uint8_t wscale;		/* the shift of our windows: 0 to 14, or TC_WSCALE_FITS */
	uint16_t syn_window;	/* what a SYN of ours offers at most, bytes; 0 = rcv_buf. From
				 * the next segment on it is rcv_buf */
	uint16_t window_in_mss;	/* the same in MSS, and then not in bytes: see
				 * tc_tcp_config_window; 0 = syn_window */
	uint16_t answer_window;	/* what a SYN,ACK of ours to a SYN offers at most, bytes; 0 = as
				 * a SYN */
	uint8_t iw;		/* initial window in segments (RFC 6928: 10); 0 = RFC 5681 3.1 */
	uint8_t syn_retries;	/* a SYN is sent again so often, or TC_SYN_RETRIES_ANY */
	bool use_ts;		/* offer RFC 7323 timestamps */
	uint16_t ts_hz;		/* ticks of their clock in a second, 1 to 1000 (RFC 7323 5.4);
				 * 0: TC_TS_HZ */
	bool use_sack;		/* offer RFC 2018 SACK */
	uint8_t use_ecn;	/* enum tc_ecn_use: RFC 3168 */
	bool use_md5;		/* each segment has room for RFC 2385's digest */
	struct {		/* … or for RFC 5925's code, with these key IDs */
		bool on;
		uint8_t keyid, rnextkeyid;
	} ao;
	bool nagle;		/* RFC 9293 3.7.4 */
	bool delayed_ack;	/* RFC 9293 3.8.6.3 */
	bool ack_with_data;	/* the handshake's third segment waits for queued data and
				 * carries it (RFC 9293 3.10.7.3 allows that) */
	tc_time rto_initial;	/* RFC 6298 2.1: 1 s */
	tc_time rto_min;	/* RFC 6298 2.4 says 1 s; 200 ms as Linux by default */
	tc_time rto_max;	/* RFC 6298 2.5: at least 60 s */
	tc_time delack;		/* longest delay of an ACK: under 0.5 s (MUST-40) */
	tc_time syn_timeout;	/* R2 for SYN: give up after this long (RFC 9293 3.8.3);
				 * 0 = never */
	tc_time user_timeout;	/* R2 for data (MUST-21); 0 = never */
	tc_time msl;		/* TIME-WAIT lasts 2 of these (MUST-13) */
	bool hold_time_wait;	/* for the driver: a run is not over before they are; else
				 * when 2 RTO have passed without a segment */
	tc_time keepalive;	/* idle time before a probe; 0 = off (RFC 9293 3.8.4,
				 * MUST-24, MUST-27); who turns it on without saying
				 * how long should say 2 h (MUST-28) */
};

/* Values that suit a path of this family (4 or 6) with this MTU (bytes): what the CLI starts
 * from. */
void tc_tcp_config_default(struct tc_tcp_config *c, uint8_t family, unsigned mtu);

/* What a SYN of ours offers at most, bytes; `stamped`: a SYN,ACK to a SYN with timestamps, where
 * these are on. Of window_in_mss segments as many as 64 KiB hold; of text that then has 12 bytes
 * less, as Linux counts (who sends a SYN does not know yet, RFC 7323 3.2). Of an MSS of 0 none is
 * counted: as if window_in_mss were 0. Any thread. */
uint32_t tc_tcp_config_window(const struct tc_tcp_config *c, bool stamped);

/* The clock of its timestamps at that time, before the connection's offset. Any thread. */
uint32_t tc_tcp_config_clock(const struct tc_tcp_config *c, tc_time now);

/* RFC 7413: what became of Fast Open */
enum tc_fastopen {
	TC_FASTOPEN_NONE,		/* it is not used, or has failed */
	TC_FASTOPEN_ASKED,		/* our SYN asks for a cookie */
	TC_FASTOPEN_BROUGHT,		/* our SYN brings one, and data */
	TC_FASTOPEN_TAKEN,		/* the peer's did: its user was told in SYN-RECEIVED */
};

#define TC_OOO_MAX 16		/* out-of-order ranges kept; more are dropped */
#define TC_SACKED_MAX 16	/* ranges the peer has beyond a hole; more are forgotten */

struct tc_range {		/* [left, right) */
	tc_seq left;
	tc_seq right;
};

/* What only a connection with holes needs. The driver has the memory, as it has the bytes. */
struct tc_disorder {
	struct tc_range ooo[TC_OOO_MAX];
	struct tc_range sacked[TC_SACKED_MAX];
	tc_seq ooo_recent[TC_SACK_BLOCKS];
};

/* RFC 9293 3.3.1. Open, so that tests can build one; the driver only reads it. */
struct tc_tcb {
	const struct tc_tcp_config *cfg;
	uint8_t state;			/* enum tc_state; written by one function only */
	bool passive;			/* opened by a passive OPEN */
	bool wscale_ok, ts_ok, sack_ok, ecn_ok;	/* negotiated */
	uint8_t snd_wscale, rcv_wscale;
	uint8_t challenges;		/* RFC 5961 10: ACKs since challenge_since */
	uint16_t snd_mss;		/* the peer's MSS option, or 536, 1220 */
	uint16_t path_mss;		/* cfg->mss_path, or less since an ICMP error */

	/* Send sequence space. After a timeout snd_nxt goes back to snd_una; snd_max, after
	 * all that was ever sent, is the RFC's SND.NXT wherever it checks or answers. */
	tc_seq iss, snd_una, snd_nxt, snd_max;
	tc_seq snd_wl1, snd_wl2;
	uint32_t snd_wnd;		/* scaled, bytes */
	uint32_t max_snd_wnd;
	tc_seq snd_end;			/* after the last byte that SEND queued */
	tc_seq snd_up;			/* after the last urgent byte (MUST-62) */
	bool snd_urg;			/* snd_up is ahead of what is acknowledged */
	bool syn_acked;
	bool syn_kicked;		/* SYN sent again after resetting a stale peer */
	bool syns_over;			/* cfg->syn_retries ended it: no SYN was answered */
	uint8_t fastopen;		/* enum tc_fastopen */
	bool fin_queued;		/* CLOSE was called: FIN goes at snd_end */
	bool nodelay;			/* this connection is without Nagle's algorithm */

	/* Receive sequence space */
	tc_seq irs, rcv_nxt;
	tc_seq rcv_adv;			/* right edge that we announced: RCV.NXT + RCV.WND */
	uint32_t rcv_buf;		/* this one's, bytes; 0: cfg->rcv_buf */
	uint32_t rcv_unread;		/* delivered, not yet taken by RECEIVE */
	tc_seq last_ack_sent;
	tc_seq rcv_up;
	struct tc_range *ooo;		/* ascending, disjoint, beyond rcv_nxt; lent, or NULL */
	tc_seq *ooo_recent;		/* where text came last, newest first; lent with it */
	struct tc_range twice;		/* came, and was there: told once (RFC 2883). Empty: nothing */
	tc_seq ooo_fin_seq;
	uint8_t n_ooo;
	bool ooo_fin;			/* a FIN was seen, maybe beyond a hole, at ooo_fin_seq */
	bool fin_seen;			/* the peer's FIN is in order and processed */
	bool rcv_urg;			/* rcv_up is valid: urgent data up to it (MUST-33) */
	bool ack_now;			/* an ACK is owed at the end of this step */
	uint8_t unacked_segs;		/* with text, since our last ACK */

	/* RFC 5681, 6582, 6675 */
	uint8_t dupacks;
	bool fast_recovery;
	bool partial_ack;		/* one was seen in this recovery */
	uint8_t n_sacked;
	struct tc_range *sacked;	/* ascending, disjoint, beyond snd_una; lent, or NULL */
	uint32_t cwnd, ssthresh;
	tc_seq recover;			/* recovery ends when all before it is acknowledged */
	tc_seq rtx_nxt;			/* before it all that is lost was sent again */

	/* RFC 3168 */
	bool ecn_echo;			/* a mark came, and no CWR since */
	bool ecn_cwr;			/* our next new text says CWR */
	tc_seq ecn_high;		/* the window was made smaller; again only for ACKs from
					 * here on */

	/* RFC 6298 */
	tc_seq rtt_seq;
	bool rtt_pending;		/* Karn: timing rtt_seq since rtt_start */
	bool rto_backed_off;		/* no sample since the last timeout */
	uint8_t retransmits;		/* of snd_una, in a row */
	uint8_t keepalive_probes;	/* without an answer */
	tc_time rtt_start;
	tc_time srtt, rttvar, rto;

	/* RFC 7323 */
	uint32_t ts_offset;		/* added to the millisecond clock */
	uint32_t ts_recent;
	tc_time ts_recent_at;

	/* Timers: absolute time, 0 = off */
	tc_time t_rexmit;		/* retransmission, or zero-window probe */
	tc_time t_2msl;
	tc_time t_delack;
	tc_time t_give_up;		/* R2 */
	tc_time t_keepalive;
	tc_time keepalive;		/* of this connection; at first cfg->keepalive */
	tc_time t_announced;		/* what the last TIMER action said */

	tc_time challenge_since;
	tc_time sent_at;		/* last segment with text */
	tc_time heard_at;		/* last segment that was taken */
};

enum tc_event_type {
	TC_EV_OPEN,		/* RFC 9293 3.10.1. Passive: LISTEN, then feed the SYN; iss is
				 * the one its SYN,ACK will carry */
	TC_EV_SEND,		/* 3.10.2: len more bytes are in the send buffer */
	TC_EV_RECEIVE,		/* 3.10.3: the user took len delivered bytes */
	TC_EV_CLOSE,		/* 3.10.4; in SYN-SENT that drops queued data (as it says):
				 * whoever has queued some closes after CONNECTED */
	TC_EV_ABORT,		/* 3.10.5 */
	TC_EV_SEGMENT,		/* 3.10.7: checksums were checked by the driver. A CLOSED TCB
				 * answers with the RST of 3.10.7.1 */
	TC_EV_ICMP,		/* 3.9.2.2: an ICMP error that quotes a segment of ours */
	TC_EV_TIMEOUT,		/* 3.10.8: the time of the last TIMER action has come. Too early
				 * is harmless, and that action still stands */
	TC_EV_NODELAY,		/* 3.9.1.2, MUST-17: of this connection alone, Nagle's algorithm is
				 * off (on: as cfg->nagle says) */
	TC_EV_KEEPALIVE,	/* 3.8.4, MUST-25: … the idle time before a probe; 0 = off */
	TC_EV_POLL,		/* go on after actions.more */
};

struct tc_event {
	enum tc_event_type type;
	tc_time now;
	bool urgent;				/* SEND: the last of these bytes is urgent */
	bool more;				/* SEGMENT, RECEIVE: another of this connection may
						 * be in hand; ACKs wait for it, or for POLL (MUST-58,
						 * MUST-59) */
	/* RFC 7413. OPEN: for the SYN, one of n 0 asks for one. SEGMENT in LISTEN: what the
	 * SYN,ACK gives; it is not given to a SYN that brings the right one. NULL: none. Not
	 * with use_md5: there is no room (4.2.2). */
	const struct tc_cookie *cookie;
	bool cookie_right;			/* SEGMENT in LISTEN: its data is taken now */
	bool nobody_listens;			/* SEGMENT in TIME-WAIT: a SYN cannot be accepted
						 * any more, so it ends nothing (3.6.1, MAY-2) */
	union {
		struct {
			tc_seq iss;
			uint32_t ts_offset;
			uint32_t len;		/* bytes that are in the send buffer already; a
						 * SYN with a cookie takes of them what one
						 * segment holds */
			uint16_t peer_mss;	/* for that: the peer's, or 0: not known */
			bool passive;
		} open;
		uint32_t len;			/* SEND, RECEIVE */
		bool off;			/* NODELAY */
		tc_time idle;			/* KEEPALIVE */
		const struct tc_seg *seg;	/* SEGMENT */
		struct {			/* ICMP: as in struct tc_rx */
			uint8_t family, type, code;
			uint16_t mtu;		/* type 3 code 4; ICMPv6 type 2 */
			tc_seq seq;		/* quoted */
		} icmp;
	};
};

/* 3.9.1.8, asynchronous reports (MUST-47) */
enum tc_notify {
	TC_NOTIFY_CONNECTED,	/* ESTABLISHED; of a SYN with data and a cookie SYN-RECEIVED */
	TC_NOTIFY_PEER_CLOSED,	/* the peer's FIN, in order: no more will be delivered */
	TC_NOTIFY_URGENT,	/* urgent data up to rcv_up, new or further than before */
	TC_NOTIFY_REFUSED,	/* RST to our SYN */
	TC_NOTIFY_RESET,	/* acceptable RST in a synchronised state */
	TC_NOTIFY_TIMED_OUT,	/* R2 passed without an answer */
	TC_NOTIFY_UNREACHABLE,	/* ICMP hard error to our SYN; text says which */
	TC_NOTIFY_SOFT_ERROR,	/* ICMP error that does not end the connection (SHLD-25) */
	TC_NOTIFY_REOPEN,	/* in TIME-WAIT, a SYN that may begin anew (RFC 6191): CLOSED
				 * follows; feed the segment to the listener, whose ISS
				 * must be beyond snd_max of this TCB (3.6.1) */
	TC_NOTIFY_CLOSED,	/* the TCB is CLOSED: nothing more will happen */
	TC_NOTIFY_ERROR,	/* the user call is not allowed in this state; text says why */
};

enum tc_action_type {
	TC_ACT_SEND,		/* send this segment; payload is [seq, seq + len) of the
				 * send buffer (a SYN takes one number before the data) */
	TC_ACT_DELIVER,		/* hand [seq, seq + len) to the user. Each range lies wholly in
				 * the segment in hand or wholly in the receive buffer; of two
				 * in one step the first is the segment's */
	TC_ACT_NEED_BUFFER,	/* keep [seq, seq + len) of the segment in hand */
	TC_ACT_FREE_BUFFER,	/* nothing is kept any more: take the receive buffer back */
	TC_ACT_ACKED,		/* bytes before seq are acknowledged: drop them */
	TC_ACT_COOKIE,		/* for Fast Open: keep it for this peer, with its MSS; of n 0:
				 * do not try again with it (RFC 7413 4.1.3) */
	TC_ACT_TIMER,		/* call TIMEOUT at `at`, the earliest of all; 0 = never.
				 * Given when it differs from the last one given */
	TC_ACT_NOTIFY,
	TC_ACT_STATE,
	TC_ACT_NOTE,		/* for the observer: why a segment was not taken */
};

struct tc_action {
	enum tc_action_type type;
	union {
		struct { struct tc_seg seg; bool retransmission; } send;
		struct { tc_seq seq; uint32_t len; } range;	/* DELIVER, NEED_BUFFER, ACKED */
		struct { struct tc_cookie cookie; uint16_t peer_mss; } fastopen;
		tc_time at;
		struct { enum tc_notify what; const char *text; } notify; /* text or NULL */
		struct { uint8_t from, to; const char *clause; } state;
		struct { const char *text; const char *clause; } note;
	};
};

#define TC_ACTIONS_MAX 24

struct tc_actions {
	unsigned n;
	bool more;		/* room ran out: step again with TC_EV_POLL */
	struct tc_action a[TC_ACTIONS_MAX];
};

/* A TCB in CLOSED, with nothing lent. cfg must outlive it. */
void tc_tcp_init(struct tc_tcb *t, const struct tc_tcp_config *cfg);

/* Lends it a place for what lies beyond holes, which must outlive it and is cleared. Without one
 * the machine keeps no text beyond a hole (SHLD-31 asks for it) and remembers no block that the
 * peer acknowledged selectively. */
void tc_tcp_lend(struct tc_tcb *t, struct tc_disorder *place);

/* Whether this segment is the first that could leave something there, and nothing is lent
 * yet: it brings text out of order, or before ESTABLISHED, or blocks of SACK. */
bool tc_tcp_wants_place(const struct tc_tcb *t, const struct tc_seg *seg);

/* One event in, actions out (out is overwritten). Never fails: what the user may not do
 * comes back as TC_NOTIFY_ERROR, what the peer may not do as a NOTE and the RFC's
 * answer. */
void tc_tcp_step(struct tc_tcb *t, const struct tc_event *ev, struct tc_actions *out);

/* What is left of a connection in TIME-WAIT, small enough to keep very many. */
struct tc_time_wait {
	tc_seq snd_nxt, rcv_nxt;
	uint32_t rcv_wnd;		/* bytes */
	uint32_t ts_recent, ts_offset;
	uint8_t rcv_wscale;
	bool ts_ok, passive;
};

/* From a TCB in TIME-WAIT, and back to one that acts the same but for the TIMEOUT: that
 * is due at `expires`. */
void tc_tcp_time_wait_save(const struct tc_tcb *t, struct tc_time_wait *w);
void tc_tcp_time_wait_load(struct tc_tcb *t, const struct tc_tcp_config *cfg,
			   const struct tc_time_wait *w, tc_time expires, tc_time now);

/* Window to put in the next segment, bytes (RFC 9293 3.8.6.2.2). */
uint32_t tc_tcp_rcv_wnd(const struct tc_tcb *t);

/* "SYN-SENT": the RFC's spelling. */
const char *tc_state_name(enum tc_state s);

#endif
