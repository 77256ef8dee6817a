/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds the segments that the RFC writes as <SEQ=…><ACK=…><CTL=…>. */
#include "own.h"

uint32_t tc_tcp_max_text(const struct tc_tcb *t)
{
	uint32_t mss = tc_tcp_eff_mss(t), sack = tc_tcp_sack_len(t, true);

	return mss > sack ? mss - sack : 1;
}

/* What of the buffer a header can offer (RFC 7323 2.3); more would be offered for ever. */
uint32_t tc_tcp_rcv_buf(const struct tc_tcb *t)
{
	uint32_t most = (uint32_t)UINT16_MAX << t->rcv_wscale;

	return tc_tcp_buffer(t) < most ? tc_tcp_buffer(t) : most;
}

/*
 * 3.8.6.2.2 (MUST-39): the right edge stays until it can move by a segment or half the
 * buffer. It never goes back (SHLD-14).
 */
uint32_t tc_tcp_rcv_wnd(const struct tc_tcb *t)
{
	uint32_t offered = t->rcv_adv - t->rcv_nxt;
	uint32_t all = tc_tcp_buffer(t), room = all > t->rcv_unread ? all - t->rcv_unread : 0;
	uint32_t most = tc_tcp_rcv_buf(t), step = most / 2;

	if (step > t->cfg->mss)
		step = t->cfg->mss;
	if (room > most)	/* the header is the limit, not the buffer: nothing to save up */
		return most;
	return room > offered && room - offered >= step ? room : offered;
}

/* Where segments fill the 64 KiB, as those of 1024 bytes do, 16 bits say a byte less (RFC 7323
 * 2.2). */
uint32_t tc_tcp_config_window(const struct tc_tcp_config *c, bool stamped)
{
	uint32_t most, each = c->mss, n = c->window_in_mss;

	if (!n || !each)
		return c->syn_window ? c->syn_window : UINT16_MAX;
	if (stamped && each > TC_TS_OPT_LEN)
		each -= TC_TS_OPT_LEN;
	most = (UINT16_MAX + 1u) / each;
	most = (n < most ? n : most) * each;
	return most > UINT16_MAX ? UINT16_MAX : most;
}

/* The window of a SYN is never scaled (RFC 7323 2.2). */
uint32_t tc_tcp_syn_wnd(const struct tc_tcb *t)
{
	const uint16_t answer = t->passive ? t->cfg->answer_window : 0;
	uint32_t most = answer ? answer : tc_tcp_config_window(t->cfg, t->passive && t->ts_ok);

	return tc_tcp_buffer(t) < most ? tc_tcp_buffer(t) : most;
}

/* Scaled down the edge may seem to go back by less than one unit; what was announced is
 * still taken (RFC 7323 2.4). */
static uint16_t offer_window(struct tc_tcb *t, bool syn)
{
	uint8_t shift = syn ? 0 : t->rcv_wscale;
	uint32_t field = tc_tcp_rcv_wnd(t) >> shift;
	uint32_t most = syn ? tc_tcp_syn_wnd(t) : UINT16_MAX;
	tc_seq edge;

	if (field > most)
		field = most;
	edge = t->rcv_nxt + (field << shift);
	if (tc_seq_gt(edge, t->rcv_adv))
		t->rcv_adv = edge;
	return (uint16_t)field;
}

static void fill_ack(struct tc_tcb *t, struct tc_seg *seg)
{
	seg->ack = t->rcv_nxt;
	t->last_ack_sent = t->rcv_nxt;
	t->ack_now = false;
	t->unacked_segs = 0;
	t->t_delack = 0;
}

static void fill_options(const struct tc_step *s, struct tc_seg *seg)
{
	const struct tc_tcb *t = s->t;
	bool syn = seg->flags & TC_FLAG_SYN;

	if (syn) {		/* in no other segment (MUST-65), in every SYN (SHLD-5) */
		seg->opts.present |= TC_HAS_MSS;
		seg->opts.mss = t->cfg->mss;
		if (t->wscale_ok)
			seg->opts.present |= TC_HAS_WSCALE;
		seg->opts.wscale = t->rcv_wscale;
		if (t->sack_ok)
			seg->opts.present |= TC_HAS_SACK_OK;
		if (s->cookie) {
			seg->opts.present |= TC_HAS_FASTOPEN;
			seg->opts.cookie = *s->cookie;
		}
	}
	if (t->ts_ok) {
		seg->opts.present |= TC_HAS_TS;
		seg->opts.ts_val = tc_tcp_ts_now(s);
		seg->opts.ts_ecr = seg->flags & TC_FLAG_ACK ? t->ts_recent : 0;
	}
	tc_tcp_sack_fill(s->t, seg);
}

/* In resets too (RFC 2385 2.0, RFC 5925 7.4). */
static void fill_signature(const struct tc_tcp_config *c, struct tc_seg_opts *opts)
{
	if (c->use_md5)
		opts->present |= TC_HAS_MD5;
	if (c->ao.on) {
		opts->present |= TC_HAS_AO;
		opts->ao_keyid = c->ao.keyid;
		opts->ao_rnextkeyid = c->ao.rnextkeyid;
	}
}

static struct tc_seg *add_segment(struct tc_step *s, tc_seq seq, uint16_t flags)
{
	struct tc_action *a = tc_tcp_add(s, TC_ACT_SEND);

	a->send.seg = (struct tc_seg){ .seq = seq, .flags = flags };
	fill_signature(s->t->cfg, &a->send.seg.opts);
	a->send.retransmission = false;
	return &a->send.seg;
}

/* Text or controls that take numbers: SND.NXT moves, or it is a retransmission. Of a SYN with
 * text the SYN is timed: the text may have to go again. */
static void count_numbers(struct tc_step *s, tc_seq seq, uint32_t numbers)
{
	struct tc_tcb *t = s->t;
	struct tc_action *a = &s->out->a[s->out->n - 1];
	bool syn = a->send.seg.flags & TC_FLAG_SYN;

	if (!numbers)
		return;
	t->sent_at = s->now;
	a->send.retransmission = tc_seq_lt(seq, t->snd_max);
	if (a->send.retransmission)
		tc_tcp_rtt_spoil(s);
	else
		tc_tcp_rtt_start(s, syn ? seq + 1 : seq + numbers);
	t->snd_max = tc_seq_max(t->snd_max, seq + numbers);
}

void tc_tcp_emit(struct tc_step *s, tc_seq seq, uint32_t len, uint16_t flags)
{
	struct tc_tcb *t = s->t;
	struct tc_seg *seg = add_segment(s, seq, flags);

	seg->len = len;
	if (len && !(flags & TC_FLAG_SYN) && len > tc_tcp_max_text(t))
		seg->each = (uint16_t)tc_tcp_max_text(t);
	if (len && seq + !!(flags & TC_FLAG_SYN) + len == t->snd_end)
		seg->flags |= TC_FLAG_PSH;	/* MUST-61 */
	if (flags & TC_FLAG_ACK)
		fill_ack(t, seg);
	if (!(flags & TC_FLAG_SYN))
		tc_tcp_ecn_fill(t, seg);
	seg->wnd = offer_window(t, flags & TC_FLAG_SYN);
	tc_tcp_urg_fill(t, seg);
	fill_options(s, seg);
	count_numbers(s, seq, tc_seg_seq_len(seg));
}

/* <SEQ=ISS><CTL=SYN>; once the peer's is there <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> */
void tc_tcp_emit_syn(struct tc_step *s)
{
	bool answer = s->t->state != TC_ST_CLOSED && s->t->state != TC_ST_LISTEN &&
		      s->t->state != TC_ST_SYN_SENT;

	uint16_t flags = answer ? TC_FLAG_SYN | TC_FLAG_ACK : TC_FLAG_SYN;

	tc_tcp_emit(s, s->t->iss, s->syn_len, (uint16_t)(flags | tc_tcp_ecn_syn_flags(s->t, answer)));
}

/*
 * SND.NXT; but when a probe was sent, or the peer shrank its window, that is outside and
 * the peer would not look at the segment: then the last number inside. A window that seems to
 * have shrunk by less than one unit of its scale has not (RFC 7323 2.4): two ends that both
 * went back for that would each find the other's ACKs old, for ever.
 */
static tc_seq seq_in_window(const struct tc_tcb *t)
{
	tc_seq edge = t->snd_una + t->snd_wnd, unit = 1u << t->snd_wscale;
	bool probed = !t->snd_wnd && t->snd_max == t->snd_una + 1;

	if (!t->syn_acked || (!probed && tc_seq_lt(t->snd_max, edge + unit)))
		return t->snd_max;
	return t->snd_wnd ? edge - 1 : t->snd_una;
}

/* <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK> */
void tc_tcp_emit_ack(struct tc_step *s)
{
	tc_tcp_emit(s, seq_in_window(s->t), 0, TC_FLAG_ACK);
}

void tc_tcp_emit_rst(struct tc_step *s)
{
	struct tc_seg *seg = add_segment(s, seq_in_window(s->t), TC_FLAG_RST);

	fill_options(s, seg);
}

void tc_tcp_refuse(struct tc_step *s)
{
	struct tc_seg *seg;

	if (s->seg.flags & TC_FLAG_ACK) {
		add_segment(s, s->seg.ack, TC_FLAG_RST);
		return;
	}
	seg = add_segment(s, 0, TC_FLAG_RST | TC_FLAG_ACK);
	seg->ack = s->seg.seq + tc_seg_seq_len(&s->seg);
}
