/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments that no honest peer sends: any flags, numbers around the edges that matter, any
 * options, between user calls and timers, in every state. The machine may end the
 * connection; it may not lose its own order, deliver out of turn, keep what is outside the
 * window, or answer one segment with many.
 */
#include "tcp_lab.h"

#include <tcpcraft/rng.h>

#define SEEDS 20000
#define EVENTS 60

static uint32_t below(struct tc_rng *rng, uint32_t n)
{
	return (uint32_t)tc_rng_below(rng, n);
}

/* A number at, just beside, or far from one that means something. */
static tc_seq near(struct tc_rng *rng, const tc_seq *marks, unsigned n)
{
	tc_seq at = marks[below(rng, n)];

	switch (below(rng, 8)) {
	case 0:
		return (tc_seq)tc_rng_u64(rng);
	case 1:
		return at + below(rng, 5) - 2;
	case 2:
	case 3:
		return at + below(rng, 4000) - 2000;
	}
	return at;
}

static void any_options(struct tc_rng *rng, const struct tc_tcb *t, struct tc_seg_opts *o)
{
	uint32_t flight = t->snd_max - t->snd_una + 1;
	const tc_seq marks[] = { t->snd_una + below(rng, flight), t->snd_max,
				 t->snd_una + below(rng, flight) };

	o->present = (uint8_t)below(rng, 32);
	if (t->ts_ok && below(rng, 8))
		o->present |= TC_HAS_TS;
	if (!below(rng, 4)) {
		o->present |= TC_HAS_FASTOPEN;
		o->cookie.n = (uint8_t)(2 * below(rng, TC_COOKIE_MAX / 2 + 1));
	}
	o->mss = (uint16_t)(below(rng, 2) ? below(rng, 20) : below(rng, 65536));
	o->wscale = (uint8_t)below(rng, 20);
	o->ts_val = t->ts_recent + below(rng, 8) - 1;
	o->ts_ecr = (uint32_t)tc_rng_u64(rng);
	o->n_sack = (uint8_t)below(rng, TC_SACK_BLOCKS + 1);
	for (unsigned i = 0; i < o->n_sack; i++) {
		o->sack[i].left = near(rng, marks, 3);
		o->sack[i].right = near(rng, marks, 3);
	}
}

static void any_segment(struct tc_rng *rng, const struct tc_tcb *t, struct tc_seg *seg)
{
	const tc_seq seqs[] = { t->irs, t->rcv_nxt, t->rcv_nxt + below(rng, 9000),
				t->rcv_adv, t->ooo_fin_seq };
	const tc_seq acks[] = { t->iss, t->snd_una, t->snd_una, t->snd_nxt, t->snd_max };

	*seg = (struct tc_seg){
		.seq = near(rng, seqs, 5),
		.ack = near(rng, acks, 5),
		.len = below(rng, 3) ? 0 : below(rng, below(rng, 50) ? 3000 : 66000),
		.wnd = (uint16_t)(below(rng, 3) ? below(rng, 65536) : below(rng, 3)),
		.urg = (uint16_t)below(rng, 65536),
		.flags = TC_FLAG_ACK,
	};
	if (!below(rng, 3))
		seg->flags = (uint16_t)below(rng, 512);
	if (below(rng, 8))	/* else few connections would live long */
		seg->flags &= (uint16_t)~TC_FLAG_RST;
	any_options(rng, t, &seg->opts);
}

static void any_event(struct tc_rng *rng, struct tc_tcb *t, struct tc_event *ev,
		      struct tc_seg *seg)
{
	*ev = (struct tc_event){ .type = TC_EV_SEGMENT, .seg = seg, .more = below(rng, 2) };
	any_segment(rng, t, seg);
	if (t->state == TC_ST_LISTEN && below(rng, 2)) {
		ev->cookie_right = below(rng, 2);
		ev->cookie = ev->cookie_right ? NULL : &seg->opts.cookie;
	}
	switch (below(rng, 12)) {
	case 0:
		*ev = (struct tc_event){ .type = TC_EV_SEND, .len = below(rng, 5000),
					 .urgent = below(rng, 2) };
		break;
	case 1:
		*ev = (struct tc_event){ .type = TC_EV_RECEIVE,
					 .len = below(rng, t->rcv_unread + 1) };
		break;
	case 2:
		*ev = (struct tc_event){ .type = TC_EV_TIMEOUT };
		break;
	case 3:
		*ev = (struct tc_event){ .type = TC_EV_ICMP, .icmp = {
			.type = (uint8_t)below(rng, 16), .code = (uint8_t)below(rng, 16),
			.mtu = (uint16_t)below(rng, 2000), .seq = seg->ack } };
		break;
	case 4:
		if (!below(rng, 5))
			*ev = (struct tc_event){ .type = TC_EV_CLOSE };
		break;
	}
}

static const char *order_lost(const struct tc_tcb *t)
{
	if (tc_seq_gt(t->snd_una, t->snd_nxt) ||
	    tc_seq_gt(t->snd_max, t->snd_end + t->fin_queued))
		return "the send space";
	if (t->rcv_adv - t->rcv_nxt > t->cfg->rcv_buf + 1)
		return "the receive window";
	for (unsigned i = 0; i < t->n_ooo; i++)
		if (!tc_seq_lt(t->ooo[i].left, t->ooo[i].right) ||
		    tc_seq_lt(t->ooo[i].left, i ? t->ooo[i - 1].right + 1 : t->rcv_nxt) ||
		    tc_seq_gt(t->ooo[i].right, t->rcv_adv))
			return "what is kept";
	for (unsigned i = 0; i < t->n_sacked; i++)
		if (!tc_seq_lt(t->sacked[i].left, t->sacked[i].right) ||
		    tc_seq_lt(t->sacked[i].left,
			      (i ? t->sacked[i - 1].right : t->snd_una) + 1) ||
		    tc_seq_gt(t->sacked[i].right, t->snd_max))
			return "the scoreboard";
	return NULL;
}

static const char *delivered_wrong(const struct tc_tcb *was, const struct tc_actions *out)
{
	tc_seq next = was->rcv_nxt;

	for (unsigned i = 0; i < out->n; i++) {
		if (out->a[i].type != TC_ACT_DELIVER)
			continue;
		if (was->rcv_adv != was->rcv_nxt && out->a[i].range.seq != next &&
		    was->state >= TC_ST_SYN_RECEIVED)
			return "delivered out of turn";
		next = out->a[i].range.seq + out->a[i].range.len;
	}
	return NULL;
}

/* Bare answers to one segment: one ACK or reset, and the SYN again at most. */
static unsigned answers(const struct tc_actions *out)
{
	unsigned n = 0;

	for (unsigned i = 0; i < out->n; i++)
		n += out->a[i].type == TC_ACT_SEND && !out->a[i].send.seg.len;
	return n;
}

static const char *one_life(uint64_t seed)
{
	struct tc_tcb was;
	struct tc_actions out;
	struct tc_event ev;
	struct tc_seg seg;
	const char *wrong = NULL;
	struct tc_rng rng;
	struct lab lab;

	tc_rng_seed(&rng, seed);
	lab_init(&lab);
	lab.cfg.use_ts = below(&rng, 2);
	lab.cfg.use_sack = below(&rng, 2);
	lab.cfg.use_wscale = below(&rng, 2);
	lab.cfg.delayed_ack = below(&rng, 2);
	lab.cfg.keepalive = below(&rng, 2) * TC_S;
	lab_go(&lab, (enum tc_state)(1 + seed % (TC_STATES - 1)));
	for (unsigned i = 0; i < EVENTS && !wrong; i++) {
		any_event(&rng, &lab.tcb, &ev, &seg);
		lab.now += below(&rng, 2000) * TC_MS / 10;
		do {
			was = lab.tcb;
			ev.now = lab.now;
			tc_tcp_step(&lab.tcb, &ev, &out);
			wrong = order_lost(&lab.tcb);
			if (!wrong)
				wrong = delivered_wrong(&was, &out);
			if (!wrong && answers(&out) > 3)
				wrong = "more than three answers";
			ev.type = TC_EV_POLL;
		} while (out.more && !wrong);
	}
	return wrong;
}

static void nothing_breaks_its_order(void)
{
	const char *wrong;
	char msg[100];

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		wrong = one_life(seed);
		snprintf(msg, sizeof msg, "seed %" PRIu64 ": %s", seed, wrong ? wrong : "");
		check_true(!wrong, msg, AT);
	}
}

CU_TestInfo tests_tcp_hostile[] = {
	{ "nothing that arrives breaks the machine's order", nothing_breaks_its_order },
	CU_TEST_INFO_NULL,
};
