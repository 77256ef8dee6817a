/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's frame: one event in, actions out. Read it in this order: this file,
 * user_calls.c, segment_arrives.c, checks.c, check_ack.c, timeouts.c, output.c, emit.c,
 * then the small ones beside them.
 */
#include "tcp_int.h"

#include <assert.h>

static const char *const state_names[TC_STATES] = {
	[TC_ST_CLOSED] = "CLOSED",
	[TC_ST_LISTEN] = "LISTEN",
	[TC_ST_SYN_SENT] = "SYN-SENT",
	[TC_ST_SYN_RECEIVED] = "SYN-RECEIVED",
	[TC_ST_ESTABLISHED] = "ESTABLISHED",
	[TC_ST_FIN_WAIT_1] = "FIN-WAIT-1",
	[TC_ST_FIN_WAIT_2] = "FIN-WAIT-2",
	[TC_ST_CLOSE_WAIT] = "CLOSE-WAIT",
	[TC_ST_CLOSING] = "CLOSING",
	[TC_ST_LAST_ACK] = "LAST-ACK",
	[TC_ST_TIME_WAIT] = "TIME-WAIT",
};

const char *tc_state_name(enum tc_state s)
{
	return (unsigned)s < TC_STATES ? state_names[s] : "?";
}

void tc_tcp_config_default(struct tc_tcp_config *c, unsigned mtu)
{
	unsigned mss = mtu > 40 ? mtu - 40 : 1;		/* MUST-67 */

	if (mss > UINT16_MAX)
		mss = UINT16_MAX;
	*c = (struct tc_tcp_config){
		.rcv_buf = 256 * 1024,
		.mss = (uint16_t)mss,
		.mss_path = (uint16_t)mss,
		.use_wscale = true,
		.use_ts = true,
		.use_sack = true,
		.nagle = true,			/* SHLD-7 */
		.delayed_ack = true,		/* SHLD-18 */
		.rto_initial = TC_S,
		.rto_min = 200 * TC_MS,
		.rto_max = 60 * TC_S,
		.delack = 40 * TC_MS,
		.syn_timeout = 180 * TC_S,	/* MUST-23 */
		/* SHLD-11 says 100 s or more; where a fifth is lost the back-off of one
		 * segment can take that long. Linux takes about as long as this. */
		.user_timeout = 900 * TC_S,
		.msl = 2 * TC_S,
	};
}

void tc_tcp_init(struct tc_tcb *t, const struct tc_tcp_config *cfg)
{
	*t = (struct tc_tcb){ .cfg = cfg, .state = TC_ST_CLOSED };
}

/* One step needs far fewer than TC_ACTIONS_MAX: only output() loops, and leaves room. */
struct tc_action *tc_tcp_add(struct tc_step *s, enum tc_action_type type)
{
	struct tc_action *a = &s->out->a[s->out->n];

	assert(s->out->n < TC_ACTIONS_MAX);
	s->out->n++;
	a->type = type;
	return a;
}

void tc_tcp_notify(struct tc_step *s, enum tc_notify what, const char *text)
{
	struct tc_action *a = tc_tcp_add(s, TC_ACT_NOTIFY);

	a->notify.what = what;
	a->notify.text = text;
}

void tc_tcp_note(struct tc_step *s, const char *text, const char *clause)
{
	struct tc_action *a = tc_tcp_add(s, TC_ACT_NOTE);

	a->note.text = text;
	a->note.clause = clause;
}

void tc_tcp_move_to(struct tc_step *s, enum tc_state to, const char *clause)
{
	struct tc_action *a = tc_tcp_add(s, TC_ACT_STATE);

	a->state.from = s->t->state;
	a->state.to = (uint8_t)to;
	a->state.clause = clause;
	s->t->state = (uint8_t)to;
}

void tc_tcp_drop(struct tc_step *s, const char *clause)
{
	struct tc_tcb *t = s->t;

	tc_tcp_forget_kept(s);
	t->t_rexmit = t->t_2msl = t->t_delack = t->t_give_up = t->t_keepalive = 0;
	t->ack_now = false;
	tc_tcp_move_to(s, TC_ST_CLOSED, clause);
	tc_tcp_notify(s, TC_NOTIFY_CLOSED, NULL);
}

void tc_tcp_fail(struct tc_step *s, enum tc_notify why, const char *text,
		 const char *clause)
{
	tc_tcp_notify(s, why, text);
	tc_tcp_drop(s, clause);
}

static void announce_timer(struct tc_step *s)
{
	tc_time at = tc_tcp_next_timer(s->t);

	if (at == s->t->t_announced)
		return;
	s->t->t_announced = at;
	tc_tcp_add(s, TC_ACT_TIMER)->at = at;
}

static void do_event(struct tc_step *s, const struct tc_event *ev)
{
	switch (ev->type) {
	case TC_EV_OPEN:
		tc_tcp_open(s, ev);
		break;
	case TC_EV_SEND:
		tc_tcp_send(s, ev->len, ev->urgent);
		break;
	case TC_EV_RECEIVE:
		tc_tcp_receive(s, ev->len);
		break;
	case TC_EV_CLOSE:
		tc_tcp_close(s);
		break;
	case TC_EV_ABORT:
		tc_tcp_abort(s);
		break;
	case TC_EV_SEGMENT:
		s->seg = *ev->seg;
		s->seg_up = s->seg.seq + s->seg.urg;
		tc_tcp_segment(s);
		break;
	case TC_EV_ICMP:
		tc_tcp_icmp(s, ev);
		break;
	case TC_EV_TIMEOUT:
		tc_tcp_timeout(s);
		break;
	case TC_EV_POLL:
		break;
	}
}

void tc_tcp_step(struct tc_tcb *t, const struct tc_event *ev, struct tc_actions *out)
{
	struct tc_step s = { .t = t, .now = ev->now, .out = out };

	out->n = 0;
	out->more = false;
	do_event(&s, ev);
	tc_tcp_output(&s);
	/* MUST-58, MUST-59; each duplicate ACK counts, so those are not held */
	if (t->ack_now && (!ev->more || t->n_ooo))
		tc_tcp_emit_ack(&s);
	tc_tcp_arm(&s);
	announce_timer(&s);
}
