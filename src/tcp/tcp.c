/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's frame: one event in, actions out. Read it in this order: this file,
 * state.c, user_calls.c, segment_arrives.c, checks.c, check_ack.c, timeouts.c, output.c,
 * emit.c, then the small ones beside them.
 */
#include "own.h"

#include "wire/family.h"

void tc_tcp_config_default(struct tc_tcp_config *c, uint8_t family, unsigned mtu)
{
	uint16_t mss = (uint16_t)tc_family_mss(family, mtu);	/* MUST-67 */

	*c = (struct tc_tcp_config){
		.rcv_buf = 256 * 1024,
		.family = family,
		.mss = mss,
		.mss_path = mss,
		.use_wscale = true,
		.wscale = TC_WSCALE_FITS,
		.syn_retries = TC_SYN_RETRIES_ANY,
		.use_ts = true,
		.ts_hz = TC_TS_HZ,
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

void tc_tcp_lend(struct tc_tcb *t, struct tc_disorder *place)
{
	*place = (struct tc_disorder){ 0 };
	t->ooo = place->ooo;
	t->ooo_recent = place->ooo_recent;
	t->sacked = place->sacked;
}

/* Text in a SYN is kept until the connection stands (RFC 9293 3.10.7.2). */
bool tc_tcp_wants_place(const struct tc_tcb *t, const struct tc_seg *seg)
{
	bool waits = seg->seq != t->rcv_nxt || t->state < TC_ST_ESTABLISHED;

	return !t->ooo && ((seg->len && waits) || seg->opts.present & TC_HAS_SACK);
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
	case TC_EV_NODELAY:
		s->t->nodelay = ev->off;
		break;
	case TC_EV_KEEPALIVE:
		tc_tcp_keepalive_set(s, ev->idle);
		break;
	case TC_EV_POLL:
		break;
	}
}

void tc_tcp_step(struct tc_tcb *t, const struct tc_event *ev, struct tc_actions *out)
{
	struct tc_step s = { .t = t, .now = ev->now, .out = out, .cookie = ev->cookie,
			     .cookie_right = ev->cookie_right,
			     .nobody_listens = ev->nobody_listens };

	out->n = 0;
	out->more = false;
	/* One that was held is no duplicate; that of what is out of order is to be (RFC 5681 4.2) */
	if (t->ack_now && ev->type == TC_EV_SEGMENT && ev->seg->seq != t->rcv_nxt)
		tc_tcp_emit_ack(&s);
	do_event(&s, ev);
	tc_tcp_output(&s);
	/* MUST-58, MUST-59; each duplicate ACK counts, so those are not held */
	if (t->ack_now && (!ev->more || t->n_ooo))
		tc_tcp_emit_ack(&s);
	tc_tcp_arm(&s);
	announce_timer(&s);
}
