/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 9293 3.10.1 to 3.10.5: what the user asks for. STATUS (3.10.6) is reading the TCB.
 * The error texts are the RFC's.
 */
#include "own.h"

#include "wire/family.h"

#define SEND_MAX (1u << 30)	/* half the sequence space, less room for comparisons */

static void error(struct tc_step *s, const char *text)
{
	tc_tcp_notify(s, TC_NOTIFY_ERROR, text);
}

void tc_tcp_begin(struct tc_tcb *t, tc_seq iss, uint32_t ts_offset, bool passive)
{
	*t = (struct tc_tcb){
		.cfg = t->cfg,
		.state = t->state,
		.rcv_buf = t->rcv_buf,
		.t_announced = t->t_announced,
		.ooo = t->ooo,
		.ooo_recent = t->ooo_recent,
		.sacked = t->sacked,
		.passive = passive,
		.iss = iss,
		.snd_una = iss,
		.snd_max = iss,
		.snd_nxt = iss + 1,
		.snd_end = iss + 1,
		.recover = iss,
		.ecn_high = iss,
		.snd_mss = tc_family(t->cfg->family)->mss_default,
		.path_mss = t->cfg->mss_path,
		.rto = t->cfg->rto_initial,
		.ts_offset = ts_offset,
		.keepalive = t->cfg->keepalive,
	};
	tc_tcp_offer(t);
}

static void queue(struct tc_step *s, uint32_t len, bool urgent)
{
	struct tc_tcb *t = s->t;

	if (len > SEND_MAX || t->snd_end - t->snd_una > SEND_MAX - len) {
		error(s, "insufficient resources");
		return;
	}
	tc_tcp_cwnd_idle(s);
	t->snd_end += len;
	if (urgent && len)
		tc_tcp_urg_queued(t);
}

static void open_active(struct tc_step *s, const struct tc_event *ev)
{
	tc_tcp_begin(s->t, ev->open.iss, ev->open.ts_offset, false);
	queue(s, ev->open.len, false);
	tc_tcp_fastopen_open(s, ev->open.peer_mss);
	tc_tcp_emit_syn(s);
	tc_tcp_move_to(s, TC_ST_SYN_SENT, "RFC 9293 3.10.1 OPEN, active");
}

static void open_passive(struct tc_step *s, const struct tc_event *ev)
{
	tc_tcp_begin(s->t, ev->open.iss, ev->open.ts_offset, true);
	tc_tcp_move_to(s, TC_ST_LISTEN, "RFC 9293 3.10.1 OPEN, passive");
}

/* 3.10.1 */
void tc_tcp_open(struct tc_step *s, const struct tc_event *ev)
{
	enum tc_state state = s->t->state;

	if (state == TC_ST_CLOSED && ev->open.passive)
		open_passive(s, ev);
	else if (state == TC_ST_CLOSED || (state == TC_ST_LISTEN && !ev->open.passive))
		open_active(s, ev);
	else
		error(s, "connection already exists");	/* MUST-41 */
}

/* 3.10.2; output() does the rest where data may go already */
void tc_tcp_send(struct tc_step *s, uint32_t len, bool urgent)
{
	switch ((enum tc_state)s->t->state) {
	case TC_ST_CLOSED:
		error(s, "connection does not exist");
		break;
	case TC_ST_LISTEN:
		error(s, "remote socket unspecified");
		break;
	case TC_ST_SYN_SENT:
	case TC_ST_SYN_RECEIVED:
		if (s->t->fin_queued)
			error(s, "connection closing");
		else
			queue(s, len, urgent);
		break;
	case TC_ST_ESTABLISHED:
	case TC_ST_CLOSE_WAIT:
		queue(s, len, urgent);
		break;
	case TC_ST_FIN_WAIT_1:
	case TC_ST_FIN_WAIT_2:
	case TC_ST_CLOSING:
	case TC_ST_LAST_ACK:
	case TC_ST_TIME_WAIT:
		error(s, "connection closing");
		break;
	}
}

/*
 * The user has taken len bytes. A window update goes out when it is worth one: the edge
 * may move at all (3.8.6.2.2, MUST-39) and the peer has half the window left or less.
 */
static void consumed(struct tc_step *s, uint32_t len)
{
	struct tc_tcb *t = s->t;
	uint32_t left = t->rcv_adv - t->rcv_nxt;

	if (len > t->rcv_unread) {
		error(s, "more was taken than delivered");
		return;
	}
	t->rcv_unread -= len;
	if (!t->fin_seen && left <= tc_tcp_rcv_buf(t) / 2 && tc_tcp_rcv_wnd(t) > left)
		t->ack_now = true;
}

/* 3.10.3. Data on hand may be taken after the close too: it is the driver that has it. */
void tc_tcp_receive(struct tc_step *s, uint32_t len)
{
	if (s->t->state == TC_ST_CLOSED || s->t->state == TC_ST_LISTEN)
		error(s, "connection does not exist");
	else
		consumed(s, len);
}

/* 3.10.4; the FIN goes at snd_end, with the last data when there is some */
void tc_tcp_close(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	switch ((enum tc_state)t->state) {
	case TC_ST_CLOSED:
		error(s, "connection does not exist");
		break;
	case TC_ST_LISTEN:
		tc_tcp_drop(s, "RFC 9293 3.10.4 CLOSE in LISTEN");
		break;
	case TC_ST_SYN_SENT:
		tc_tcp_drop(s, "RFC 9293 3.10.4 CLOSE in SYN-SENT");
		break;
	case TC_ST_SYN_RECEIVED:
		if (!t->fin_queued && t->snd_end == t->iss + 1)
			tc_tcp_move_to(s, TC_ST_FIN_WAIT_1,
				       "RFC 9293 3.10.4 CLOSE in SYN-RECEIVED");
		t->fin_queued = true;
		break;
	case TC_ST_ESTABLISHED:
		t->fin_queued = true;
		tc_tcp_move_to(s, TC_ST_FIN_WAIT_1, "RFC 9293 3.10.4 CLOSE");
		break;
	case TC_ST_CLOSE_WAIT:
		t->fin_queued = true;
		tc_tcp_move_to(s, TC_ST_LAST_ACK, "RFC 9293 3.10.4 CLOSE in CLOSE-WAIT");
		break;
	case TC_ST_FIN_WAIT_1:
	case TC_ST_FIN_WAIT_2:
	case TC_ST_CLOSING:
	case TC_ST_LAST_ACK:
	case TC_ST_TIME_WAIT:
		error(s, "connection closing");
		break;
	}
}

/* 3.10.5 */
void tc_tcp_abort(struct tc_step *s)
{
	switch ((enum tc_state)s->t->state) {
	case TC_ST_CLOSED:
		error(s, "connection does not exist");
		break;
	case TC_ST_LISTEN:
	case TC_ST_SYN_SENT:
	case TC_ST_CLOSING:
	case TC_ST_LAST_ACK:
	case TC_ST_TIME_WAIT:
		tc_tcp_drop(s, "RFC 9293 3.10.5 ABORT");
		break;
	case TC_ST_SYN_RECEIVED:
	case TC_ST_ESTABLISHED:
	case TC_ST_FIN_WAIT_1:
	case TC_ST_FIN_WAIT_2:
	case TC_ST_CLOSE_WAIT:
		tc_tcp_emit_rst(s);
		tc_tcp_drop(s, "RFC 9293 3.10.5 ABORT: reset sent");
		break;
	}
}
