/* SPDX-License-Identifier: BSD-2-Clause */
/* What must be true of a TCP machine after every step, whatever the wire does. */
#include "tcp_sim.h"

#define S(x) (1u << TC_ST_##x)

/* RFC 9293 3.3.2 figure 5, with every state's way out by reset, abort or timeout. */
static const uint16_t may_follow[TC_STATES] = {
	[TC_ST_CLOSED] = S(LISTEN) | S(SYN_SENT),
	[TC_ST_LISTEN] = S(SYN_RECEIVED) | S(SYN_SENT) | S(CLOSED),
	[TC_ST_SYN_SENT] = S(SYN_RECEIVED) | S(ESTABLISHED) | S(CLOSED),
	[TC_ST_SYN_RECEIVED] = S(ESTABLISHED) | S(FIN_WAIT_1) | S(LISTEN) | S(CLOSED),
	[TC_ST_ESTABLISHED] = S(FIN_WAIT_1) | S(CLOSE_WAIT) | S(CLOSED),
	[TC_ST_FIN_WAIT_1] = S(FIN_WAIT_2) | S(CLOSING) | S(CLOSED),
	[TC_ST_FIN_WAIT_2] = S(TIME_WAIT) | S(CLOSED),
	[TC_ST_CLOSE_WAIT] = S(LAST_ACK) | S(CLOSED),
	[TC_ST_CLOSING] = S(TIME_WAIT) | S(CLOSED),
	[TC_ST_LAST_ACK] = S(CLOSED),
	[TC_ST_TIME_WAIT] = S(CLOSED),
};

static bool synchronised(const struct tc_tcb *t)
{
	return t->state >= TC_ST_ESTABLISHED;
}

static void check_states(struct sim *sim, struct sim_host *h, const struct tc_actions *out)
{
	uint8_t at = h->before.state;

	for (unsigned i = 0; i < out->n; i++) {
		if (out->a[i].type != TC_ACT_STATE)
			continue;
		if (out->a[i].state.from != at ||
		    !(may_follow[at] & 1u << out->a[i].state.to))
			sim_fail(sim, h, "%s to %s is not in the diagram", tc_state_name(at),
				 tc_state_name(out->a[i].state.to));
		at = out->a[i].state.to;
	}
	if (at != h->tcb.state)
		sim_fail(sim, h, "the state changed without an action");
}

static void check_send_space(struct sim *sim, struct sim_host *h)
{
	const struct tc_tcb *t = &h->tcb;

	if (tc_seq_gt(t->snd_una, t->snd_nxt))
		sim_fail(sim, h, "snd_una > snd_nxt");
	if (t->syn_acked && tc_seq_gt(t->snd_nxt, t->snd_max))
		sim_fail(sim, h, "snd_nxt > snd_max");
	if (tc_seq_gt(t->snd_max, t->snd_end + (t->fin_queued ? 1 : 0)))
		sim_fail(sim, h, "sent more than was queued");
	if (synchronised(t) && synchronised(&h->before) &&
	    tc_seq_lt(t->snd_una, h->before.snd_una))
		sim_fail(sim, h, "snd_una went back");
	if (t->n_sacked && tc_seq_leq(t->sacked[0].left, t->snd_una))
		sim_fail(sim, h, "the scoreboard overlaps what is acknowledged");
}

static void check_receive_space(struct sim *sim, struct sim_host *h)
{
	const struct tc_tcb *t = &h->tcb, *b = &h->before;

	if (synchronised(t) && synchronised(b) && tc_seq_lt(t->rcv_nxt, b->rcv_nxt))
		sim_fail(sim, h, "rcv_nxt went back");
	if (synchronised(t) && synchronised(b) && tc_seq_lt(t->rcv_adv, b->rcv_adv))
		sim_fail(sim, h, "the right edge went back");
	if (t->rcv_unread > h->cfg.rcv_buf)
		sim_fail(sim, h, "%u unread in a buffer of %u", t->rcv_unread, h->cfg.rcv_buf);
	for (unsigned i = 0; i < t->n_ooo; i++)
		if (!tc_seq_lt(t->ooo[i].left, t->ooo[i].right) ||
		    (i && !tc_seq_lt(t->ooo[i - 1].right, t->ooo[i].left)))
			sim_fail(sim, h, "kept ranges touch");
	if (synchronised(t) && t->n_ooo && tc_seq_leq(t->ooo[0].left, t->rcv_nxt))
		sim_fail(sim, h, "something in order is kept");
}

static void check_timers(struct sim *sim, struct sim_host *h)
{
	const struct tc_tcb *t = &h->tcb;

	if (h->timer != t->t_announced)
		sim_fail(sim, h, "the timer was not announced");
	if (t->state == TC_ST_CLOSED && h->timer)
		sim_fail(sim, h, "a timer runs in CLOSED");
	if (t->state != TC_ST_CLOSED && t->snd_una != t->snd_max && !t->t_rexmit)
		sim_fail(sim, h, "something is outstanding and no timer runs");
	if (synchronised(t) && t->snd_una == t->snd_end + t->fin_queued &&
	    (t->t_rexmit || t->t_give_up))
		sim_fail(sim, h, "nothing is outstanding and a timer runs");
}

void sim_check(struct sim *sim, struct sim_host *h, const struct tc_actions *out)
{
	check_states(sim, h, out);
	check_send_space(sim, h);
	check_receive_space(sim, h);
	check_timers(sim, h);
}

/* Nothing beyond the window but one number that probes it (3.8.6.1). */
static void check_window(struct sim *sim, struct sim_host *h, const struct tc_seg *seg)
{
	tc_seq end = seg->seq + tc_seg_seq_len(seg);

	if (seg->flags & (TC_FLAG_SYN | TC_FLAG_RST) || !tc_seg_seq_len(seg))
		return;
	if (!h->edge_known || tc_seq_leq(end, h->edge))
		return;
	if (tc_seg_seq_len(seg) > 1 || seg->seq != h->tcb.snd_una)
		sim_fail(sim, h, "sent %u beyond the window", end - h->edge);
}

/* … and one asks for it */
static bool both_use_ecn(const struct sim *sim)
{
	uint8_t a = sim->host[0].cfg.use_ecn, b = sim->host[1].cfg.use_ecn;

	return a && b && (a == TC_ECN_ON || b == TC_ECN_ON);
}

void sim_check_segment(struct sim *sim, struct sim_host *h, const struct tc_seg *seg)
{
	const struct tc_tcb *t = &h->tcb;
	uint32_t mss = t->snd_mss < t->path_mss ? t->snd_mss : t->path_mss;
	uint32_t options = seg->opts.present & TC_HAS_TS ? 12 : 0;

	if (seg->opts.n_sack)
		options += 4 + 8u * seg->opts.n_sack;
	if (!(seg->flags & TC_FLAG_SYN) &&
	    seg->opts.present & (TC_HAS_MSS | TC_HAS_WSCALE | TC_HAS_SACK_OK))
		sim_fail(sim, h, "an option of a SYN elsewhere");	/* MUST-65 */
	if (options > 40)
		sim_fail(sim, h, "%u bytes of options", options);
	if (seg->flags & TC_FLAG_SYN) {		/* all options may be in it, and no MSS is known */
		options = 40;
		mss = t->path_mss;
	}
	if (seg->len > 1 && seg->len + options > mss)
		sim_fail(sim, h, "%u bytes and %u of options in a segment of %u", seg->len,
			 options, mss);
	if (t->ts_ok && synchronised(t) && !(seg->flags & TC_FLAG_RST) &&
	    !(seg->opts.present & TC_HAS_TS))
		sim_fail(sim, h, "a segment without the timestamp");
	if (seg->ecn != TC_ECN_NOT && (seg->ecn != TC_ECN_ECT0 || !seg->len || !both_use_ecn(sim)))
		sim_fail(sim, h, "ECN-capable where that is not allowed");
	check_window(sim, h, seg);
}
