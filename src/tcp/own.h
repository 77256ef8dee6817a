/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the TCP machine share. Nothing here is for other layers. */
#ifndef TCP_OWN_H
#define TCP_OWN_H

#include <tcpcraft/tcp.h>

#include <stddef.h>

/* A peer that asks for segments of a few bytes makes us send forty times as much in
 * headers (CVE-2019-11479); options of 40 bytes leave 24 of it. Every link carries that:
 * RFC 791 has 68 bytes at least, fragmented, and 576 for every host. */
#define TC_MSS_FLOOR 64
#define TC_MD5_OPT_LEN 20u	/* the same with a digest */
#define TC_AO_OPT_LEN 16u	/* RFC 5925 2.2, with a code of 96 bits */

/* One event being worked on. */
struct tc_step {
	struct tc_tcb *t;
	tc_time now;
	struct tc_actions *out;
	struct tc_seg seg;	/* SEGMENT: the segment, trimmed as the checks go on */
	tc_seq seg_up;		/* SEG.UP as a sequence number, when URG is set */
	bool text_dropped;	/* only its ACK is being read */
	const struct tc_cookie *cookie;	/* for the SYN that this step sends, or NULL */
	uint32_t syn_len;		/* text for it */
	bool cookie_right, nobody_listens;
};

/* actions.c */
struct tc_action *tc_tcp_add(struct tc_step *s, enum tc_action_type type);
void tc_tcp_notify(struct tc_step *s, enum tc_notify what, const char *text);
void tc_tcp_note(struct tc_step *s, const char *text, const char *clause);

/* state.c: the only writer of the state */
void tc_tcp_move_to(struct tc_step *s, enum tc_state to, const char *clause);
/* To CLOSED: stops all timers and forgets all queues. */
void tc_tcp_drop(struct tc_step *s, const char *clause);
/* The same when all is not well; the user hears why first (MUST-12). */
void tc_tcp_fail(struct tc_step *s, enum tc_notify why, const char *text,
		 const char *clause);

/* user_calls.c: 3.10.1 to 3.10.5 */
/* A fresh connection of this configuration, in the state it is in. */
void tc_tcp_begin(struct tc_tcb *t, tc_seq iss, uint32_t ts_offset, bool passive);
void tc_tcp_open(struct tc_step *s, const struct tc_event *ev);
void tc_tcp_send(struct tc_step *s, uint32_t len, bool urgent);
void tc_tcp_receive(struct tc_step *s, uint32_t len);
void tc_tcp_close(struct tc_step *s);
void tc_tcp_abort(struct tc_step *s);

/* segment_arrives.c: 3.10.7; the eight checks of 3.10.7.4 in checks.c and check_ack.c */
enum tc_tcp_check {
	TC_CHECK_NEXT,		/* go on with the next check */
	TC_CHECK_DONE,		/* drop the segment and return */
};
void tc_tcp_segment(struct tc_step *s);
void tc_tcp_in_other_states(struct tc_step *s);
enum tc_tcp_check tc_tcp_check_5_ack(struct tc_step *s);
bool tc_tcp_ack_is_plausible(const struct tc_step *s);
void tc_tcp_acked(struct tc_step *s);	/* SEG.ACK is new: SND.UNA <- SEG.ACK and all */
/* The sixth check and on, for text and controls that came with a SYN. */
void tc_tcp_check_6_and_on(struct tc_step *s);
void tc_tcp_enter_established(struct tc_step *s, const char *clause);
void tc_tcp_enter_time_wait(struct tc_step *s, const char *clause);

/* timeouts.c: 3.10.8 */
void tc_tcp_timeout(struct tc_step *s);
tc_time tc_tcp_next_timer(const struct tc_tcb *t);
/* Start or stop the retransmission timer and R2 after sending. */
void tc_tcp_arm(struct tc_step *s);

/* output.c: what may be sent, and when */
void tc_tcp_output(struct tc_step *s);
bool tc_tcp_all_sent(const struct tc_tcb *t);
void tc_tcp_override(struct tc_step *s);	/* send what SWS avoidance held back */
void tc_tcp_probe(struct tc_step *s);		/* one number into a zero window */
bool tc_tcp_fin_acked(const struct tc_tcb *t);

/* ranges.c: ascending, disjoint ranges */
void tc_ranges_remove(struct tc_range *r, uint8_t *n, unsigned at, unsigned count);
/* Ranges that touch become one. False: no room for one more. */
bool tc_ranges_insert(struct tc_range *r, uint8_t *n, unsigned max, struct tc_range add);

/* emit.c: segments */
void tc_tcp_emit(struct tc_step *s, tc_seq seq, uint32_t len, uint16_t flags);
void tc_tcp_emit_syn(struct tc_step *s);
void tc_tcp_emit_ack(struct tc_step *s);
void tc_tcp_emit_rst(struct tc_step *s);	/* <SEQ=SND.NXT><CTL=RST> */
void tc_tcp_refuse(struct tc_step *s);		/* the reset of 3.10.7.1 for s->seg */
static inline uint32_t tc_tcp_buffer(const struct tc_tcb *t)	/* bytes it holds */
{
	return t->rcv_buf ? t->rcv_buf : t->cfg->rcv_buf;
}
uint32_t tc_tcp_rcv_buf(const struct tc_tcb *t);
uint32_t tc_tcp_syn_wnd(const struct tc_tcb *t);	/* that a SYN offers at most */
/* Most text in the next segment: Eff.snd.MSS, less the SACK blocks it will carry */
uint32_t tc_tcp_max_text(const struct tc_tcb *t);

/* options.c: negotiation, RFC 7323 timestamps */
uint32_t tc_tcp_steady_options(const struct tc_tcb *t);
uint32_t tc_tcp_eff_mss(const struct tc_tcb *t);
void tc_tcp_offer(struct tc_tcb *t);
void tc_tcp_take_syn_options(struct tc_step *s);
tc_time tc_tcp_ts_tick(const struct tc_tcp_config *c);
uint32_t tc_tcp_ts_now(const struct tc_step *s);
bool tc_tcp_paws_rejects(struct tc_step *s);
void tc_tcp_ts_update(struct tc_step *s);

/* urgent.c: 3.8.5 */
void tc_tcp_urg_queued(struct tc_tcb *t);	/* what SEND queued last is urgent */
void tc_tcp_urg_received(struct tc_step *s);
void tc_tcp_urg_fill(const struct tc_tcb *t, struct tc_seg *seg);

/* challenge.c: RFC 5961 sections 3 to 5 and 10 */
bool tc_tcp_challenge_allowed(struct tc_step *s);
void tc_tcp_challenge_ack(struct tc_step *s);
void tc_tcp_answer(struct tc_step *s);

/* rtt.c: RFC 6298 */
void tc_tcp_rtt_start(struct tc_step *s, tc_seq end);
void tc_tcp_rtt_spoil(struct tc_step *s);
void tc_tcp_rtt_acked(struct tc_step *s);
void tc_tcp_rto_back_off(struct tc_tcb *t);
void tc_tcp_rto_after_syn(struct tc_tcb *t);

/* congestion.c: RFC 5681 section 3.1 and 4.1 */
void tc_tcp_cwnd_init(struct tc_tcb *t);
void tc_tcp_cwnd_acked(struct tc_tcb *t, uint32_t bytes);
void tc_tcp_cwnd_timeout(struct tc_tcb *t);
void tc_tcp_cwnd_idle(struct tc_step *s);
uint32_t tc_tcp_half_flight(const struct tc_tcb *t);	/* equation (4) */
uint32_t tc_tcp_cwnd_left(const struct tc_tcb *t);

/* recovery.c: RFC 5681 3.2, RFC 6582, RFC 6675 */
void tc_tcp_dup_ack(struct tc_step *s);
/* SND.UNA moved; timer is what the retransmission timer was before */
void tc_tcp_recovery_acked(struct tc_step *s, uint32_t bytes, tc_time timer);
void tc_tcp_recovery_timeout(struct tc_tcb *t);
void tc_tcp_ecn_acked(struct tc_step *s);	/* RFC 3168 6.1.2 */
bool tc_tcp_recovery_send(struct tc_step *s);	/* one segment that is lost; or false */

/* sack.c: RFC 2018, 2883 */
void tc_tcp_sack_fill(struct tc_tcb *t, struct tc_seg *seg);
void tc_tcp_sack_twice(struct tc_tcb *t, tc_seq left, tc_seq right);
void tc_tcp_sack_twice_kept(struct tc_tcb *t, tc_seq left, tc_seq right);	/* what of it is kept */
unsigned tc_tcp_sack_len(const struct tc_tcb *t, bool with_text);	/* bytes of option */
void tc_tcp_sack_received(struct tc_tcb *t, tc_seq at);
bool tc_tcp_sack_take(struct tc_step *s);	/* true: it told something new */
void tc_tcp_sack_acked(struct tc_tcb *t);
uint32_t tc_tcp_sacked_below(const struct tc_tcb *t, tc_seq end);

/* ecn.c: RFC 3168 */
uint16_t tc_tcp_ecn_syn_flags(struct tc_tcb *t, bool answer);
void tc_tcp_ecn_negotiate(struct tc_tcb *t, const struct tc_seg *syn);
void tc_tcp_ecn_received(struct tc_step *s);
void tc_tcp_ecn_fill(struct tc_tcb *t, struct tc_seg *seg);
bool tc_tcp_ecn_is_echo(const struct tc_step *s);
void tc_tcp_ecn_reduced(struct tc_tcb *t);

/* fastopen.c: RFC 7413 */
/* Before the SYN of an OPEN: what it takes with it. */
void tc_tcp_fastopen_open(struct tc_step *s, uint16_t peer_mss);
void tc_tcp_fastopen_answered(struct tc_step *s);	/* by a SYN,ACK, not yet processed */
void tc_tcp_fastopen_unanswered(struct tc_step *s);	/* the SYN goes again */
/* In LISTEN a SYN: true: its text is taken before the handshake is over. */
bool tc_tcp_fastopen_takes(struct tc_step *s);
void tc_tcp_fastopen_deliver(struct tc_step *s);

/* keepalive.c: 3.8.4 */
void tc_tcp_keepalive_heard(struct tc_step *s);
void tc_tcp_keepalive_timeout(struct tc_step *s);
void tc_tcp_keepalive_set(struct tc_step *s, tc_time idle);

/* icmp.c: 3.9.2.2 */
void tc_tcp_icmp(struct tc_step *s, const struct tc_event *ev);

/* reopen.c: RFC 6191: true: the SYN in hand may begin a new connection. A handshake that was
 * reset goes back to LISTEN. */
bool tc_tcp_may_reopen(const struct tc_step *s);
void tc_tcp_back_to_listen(struct tc_step *s, const char *clause);

/* reassembly.c: the receive sequence space */
void tc_tcp_window_open(struct tc_tcb *t);	/* after RCV.NXT is known */
void tc_tcp_trim(struct tc_step *s);
void tc_tcp_text(struct tc_step *s);
void tc_tcp_text_keep(struct tc_step *s);	/* until ESTABLISHED */
bool tc_tcp_fin_in_order(struct tc_step *s);
void tc_tcp_forget_kept(struct tc_step *s);

#endif
