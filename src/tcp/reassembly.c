/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The receive sequence space: what is in order is delivered, what lies beyond a hole is
 * kept (SHLD-31) as ranges; the bytes are the driver's. A FIN beyond a hole is a number
 * to remember.
 */
#include "own.h"

void tc_tcp_window_open(struct tc_tcb *t)
{
	t->rcv_adv = t->rcv_nxt + tc_tcp_syn_wnd(t);
}

/* Make it the idealised segment of 3.10.7.4: it begins at RCV.NXT or later and does not
 * exceed the window. A SYN stays as it is: the fourth check wants to see it. */
void tc_tcp_trim(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	struct tc_seg *seg = &s->seg;
	uint32_t old = tc_seq_lt(seg->seq, t->rcv_nxt) ? t->rcv_nxt - seg->seq : 0;

	if (seg->flags & TC_FLAG_SYN)
		return;
	if (old > seg->len)
		old = seg->len;
	if (old)
		tc_tcp_sack_twice(t, seg->seq, seg->seq + old);
	seg->seq += old;
	seg->len -= old;
	if (tc_seq_lt(seg->seq + seg->len, t->rcv_adv))
		return;
	seg->len = t->rcv_adv - seg->seq;
	seg->flags &= (uint16_t)~TC_FLAG_FIN;
}

static void range_action(struct tc_step *s, enum tc_action_type type, tc_seq seq,
			 uint32_t len)
{
	struct tc_action *a = tc_tcp_add(s, type);

	a->range.seq = seq;
	a->range.len = len;
}

static void deliver(struct tc_step *s, uint32_t len)
{
	struct tc_tcb *t = s->t;

	range_action(s, TC_ACT_DELIVER, t->rcv_nxt, len);
	t->rcv_nxt += len;
	t->rcv_unread += len;
}

static void keep(struct tc_step *s)
{
	const struct tc_seg *seg = &s->seg;
	struct tc_range r = { seg->seq, seg->seq + seg->len };

	if (!s->t->ooo || !tc_ranges_insert(s->t->ooo, &s->t->n_ooo, TC_OOO_MAX, r)) {
		tc_tcp_note(s, "more holes than are kept: dropped", "RFC 9293 3.10.7.4");
		return;
	}
	tc_tcp_sack_received(s->t, seg->seq);
	range_action(s, TC_ACT_NEED_BUFFER, seg->seq, seg->len);
}

static void deliver_kept(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	bool had = t->n_ooo;

	while (t->n_ooo && tc_seq_leq(t->ooo[0].left, t->rcv_nxt)) {
		if (tc_seq_gt(t->ooo[0].right, t->rcv_nxt))
			deliver(s, t->ooo[0].right - t->rcv_nxt);
		tc_ranges_remove(t->ooo, &t->n_ooo, 0, 1);
	}
	if (had && !t->n_ooo)
		tc_tcp_add(s, TC_ACT_FREE_BUFFER);
}

/*
 * 3.8.6.3: every second segment, and at once what is out of order or fills a hole (RFC
 * 5681 4.2); the rest a little later, with data if there is any (SHLD-18, SHLD-19).
 */
static void owe_ack(struct tc_step *s, bool at_once)
{
	struct tc_tcb *t = s->t;

	t->unacked_segs++;
	if (at_once || !t->cfg->delayed_ack || t->unacked_segs >= 2 ||
	    s->seg.len >= 2u * t->cfg->mss)
		t->ack_now = true;
	else if (!t->t_delack)
		t->t_delack = s->now + t->cfg->delack;
}

static void remember_fin(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	if (!(s->seg.flags & TC_FLAG_FIN))
		return;
	t->ooo_fin = true;
	t->ooo_fin_seq = s->seg.seq + s->seg.len;
}

/* The segment is trimmed: it begins at RCV.NXT or later and ends in the window. */
void tc_tcp_text(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	tc_seq before = t->rcv_nxt;
	bool holes = t->n_ooo;

	remember_fin(s);
	tc_tcp_sack_twice_kept(t, s->seg.seq, s->seg.seq + s->seg.len);
	if (s->seg.len && s->seg.seq == t->rcv_nxt)
		deliver(s, s->seg.len);
	else if (s->seg.len)
		keep(s);
	deliver_kept(s);
	if (s->seg.len || t->rcv_nxt != before || s->seg.flags & TC_FLAG_FIN)
		owe_ack(s, holes || t->n_ooo || t->ooo_fin);
}

/* "queue them for processing after the ESTABLISHED state has been reached" */
void tc_tcp_text_keep(struct tc_step *s)
{
	remember_fin(s);
	if (s->seg.len)
		keep(s);
}

bool tc_tcp_fin_in_order(struct tc_step *s)
{
	return s->t->ooo_fin && s->t->ooo_fin_seq == s->t->rcv_nxt;
}

void tc_tcp_forget_kept(struct tc_step *s)
{
	if (s->t->n_ooo)
		tc_tcp_add(s, TC_ACT_FREE_BUFFER);
	s->t->n_ooo = 0;
	s->t->ooo_fin = false;
}
