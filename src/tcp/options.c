/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two SYNs agree on: MSS (RFC 9293 3.7.1, MUST-14), window scale, timestamps
 * (RFC 7323), SACK permitted (RFC 2018); and PAWS, which lives on the timestamps. */
#include "own.h"

#include "wire/family.h"
#define TS_RECENT_LIFE (24 * 24 * 3600 * TC_S)	/* RFC 7323 5.5 */

static uint8_t wscale_of(const struct tc_tcb *t)
{
	uint8_t shift = 0;

	if (t->cfg->wscale == TC_WSCALE_FITS) {
		while (shift < TC_WSCALE_MAX && tc_tcp_buffer(t) >> shift > UINT16_MAX)
			shift++;
		return shift;
	}
	/* A buffer of less than one unit would be a window of 0 for ever. */
	for (shift = t->cfg->wscale; shift && !(tc_tcp_buffer(t) >> shift);)
		shift--;
	return shift;
}

/* Until the peer's SYN is there, "negotiated" is what we offer. */
void tc_tcp_offer(struct tc_tcb *t)
{
	t->wscale_ok = t->cfg->use_wscale;
	t->rcv_wscale = t->wscale_ok ? wscale_of(t) : 0;
	t->ts_ok = t->cfg->use_ts;
	t->sack_ok = t->cfg->use_sack;
	t->ecn_ok = t->cfg->use_ecn == TC_ECN_ON ||
		    (t->cfg->use_ecn == TC_ECN_ASKED && t->passive);
}

void tc_tcp_take_syn_options(struct tc_step *s)
{
	const struct tc_seg_opts *o = &s->seg.opts;
	struct tc_tcb *t = s->t;

	/* MUST-15 */
	t->snd_mss = o->present & TC_HAS_MSS && o->mss ? o->mss : tc_family(t->cfg->family)->mss_default;
	if (t->snd_mss < TC_MSS_FLOOR) {
		tc_tcp_note(s, "MSS below 64: 64 used", "CVE-2019-11479");
		t->snd_mss = TC_MSS_FLOOR;
	}
	t->wscale_ok = t->wscale_ok && o->present & TC_HAS_WSCALE;
	t->snd_wscale = t->wscale_ok ? o->wscale : 0;
	if (t->snd_wscale > TC_WSCALE_MAX) {
		tc_tcp_note(s, "window scale above 14: 14 used", "RFC 7323 2.3");
		t->snd_wscale = TC_WSCALE_MAX;
	}
	if (!t->wscale_ok)
		t->rcv_wscale = 0;
	t->ts_ok = t->ts_ok && o->present & TC_HAS_TS;
	t->ts_recent = t->ts_ok ? o->ts_val : 0;
	t->ts_recent_at = s->now;
	t->sack_ok = t->sack_ok && o->present & TC_HAS_SACK_OK;
	tc_tcp_ecn_negotiate(t, &s->seg);
}

tc_time tc_tcp_ts_tick(const struct tc_tcp_config *c)
{
	return TC_S / (c->ts_hz ? c->ts_hz : TC_TS_HZ);
}

uint32_t tc_tcp_config_clock(const struct tc_tcp_config *c, tc_time now)
{
	return (uint32_t)(now / tc_tcp_ts_tick(c));
}

uint32_t tc_tcp_ts_now(const struct tc_step *s)
{
	return s->t->ts_offset + tc_tcp_config_clock(s->t->cfg, s->now);
}

/* RFC 7323 5.3 R1, and 3.2: a segment that lost its option. Resets go on either way, and
 * a SYN, which may come of a peer that has forgotten all: it is challenged. */
bool tc_tcp_paws_rejects(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	if (!t->ts_ok || s->seg.flags & (TC_FLAG_RST | TC_FLAG_SYN))
		return false;
	if (!(s->seg.opts.present & TC_HAS_TS)) {
		tc_tcp_note(s, "no timestamp, though both ends agreed on them", "RFC 7323 3.2");
		return true;
	}
	if (!tc_seq_lt(s->seg.opts.ts_val, t->ts_recent))
		return false;
	if (s->now - t->ts_recent_at > TS_RECENT_LIFE)
		return false;
	tc_tcp_note(s, "PAWS: timestamp older than the last", "RFC 7323 5.3");
	tc_tcp_answer(s);
	return true;
}

/*
 * RFC 7323 4.3 (2). Text that we have already, sent again because our ACK was lost, counts
 * too (5.3 would not look at it): its sender learns the round trip from the echo. But not
 * older than a window, so that one must know where the connection is. What PAWS does not
 * judge tells nothing either, nor does a segment that the fifth check will throw away for
 * its ACK: one who guesses in the dark would make PAWS drop all that the peer sends.
 */
void tc_tcp_ts_update(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	if (!t->ts_ok || !(s->seg.opts.present & TC_HAS_TS) ||
	    s->seg.flags & (TC_FLAG_RST | TC_FLAG_SYN))
		return;
	if (t->last_ack_sent - s->seg.seq > tc_tcp_buffer(t) || !tc_tcp_ack_is_plausible(s))
		return;
	t->ts_recent = s->seg.opts.ts_val;
	t->ts_recent_at = s->now;
}

/* Bytes of options that every segment has. */
uint32_t tc_tcp_steady_options(const struct tc_tcb *t)
{
	return (t->ts_ok ? TC_TS_OPT_LEN : 0) + (t->cfg->use_md5 ? TC_MD5_OPT_LEN : 0) +
	       (t->cfg->ao.on ? TC_AO_OPT_LEN : 0);
}

/* MUST-16: Eff.snd.MSS, less the options that every segment carries (RFC 6691) */
uint32_t tc_tcp_eff_mss(const struct tc_tcb *t)
{
	uint32_t mss = t->snd_mss < t->path_mss ? t->snd_mss : t->path_mss;
	uint32_t options = tc_tcp_steady_options(t);

	return mss > options ? mss - options : 1;
}
