/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending crafted packets and hearing what comes back; see sender.h. */
#include <tcpcraft/sender.h>

#include "reset.h"
#include "base/opened.h"

#include "base/pace.h"
#include "link/receiver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BEHIND_MOST (50 * TC_MS)	/* what a late sender catches up with in a burst */
#define COPY_WAIT (100 * TC_MS)		/* for the copy of what nobody answers, or of a reset */

struct tc_sender {
	struct tc_sender_config cfg;
	struct tc_sender_stats stats;
	struct tc_receiver receiver;
	struct tc_match *match;
	struct tc_sender_resets resets;
	uint64_t resets_seen;		/* copies of those that were sent */
	tc_time reset_at;		/* monotonic: when the last one was */
	struct tc_pace pace;		/* of packets */
	size_t n_done;			/* of the probes kept, from the oldest */
	bool cut_off;			/* in the middle of a packet's fragments */
	bool all_sent, stopped;
	struct tc_crafted crafted[TC_CRAFT_BATCH];
	struct tc_out out[TC_CRAFT_BATCH];
};

static const struct tc_receiver_ops receives;

int tc_sender_open(struct tc_sender **out, const struct tc_sender_config *cfg,
		   struct tc_error *err)
{
	struct tc_sender *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return tc_nomem(err);
	s->cfg = *cfg;
	s->pace = (struct tc_pace){ .rate = cfg->rate, .behind = BEHIND_MOST };
	s->receiver = (struct tc_receiver){ .link = cfg->link, .neigh = cfg->neigh,
					    .ops = &receives, .ctx = s,
					    .any_vlan = cfg->any_vlan,
					    .frame = cfg->ops->frame,
					    .frame_ctx = cfg->ctx };
	if (s->cfg.most < TC_CRAFT_BATCH)
		s->cfg.most = TC_CRAFT_BATCH;
	rc = tc_match_open(&s->match, s->cfg.most, err);
	if (rc >= 0 && s->cfg.reset)
		rc = tc_sender_resets_open(&s->resets, err);
	return TC_OPENED(out, s, rc, tc_sender_close);
}

void tc_sender_close(struct tc_sender *s)
{
	if (!s)
		return;
	tc_match_close(s->match);
	free(s);
}

int tc_sender_check(struct tc_sender *s, uint64_t most, struct tc_error *err)
{
	struct tc_crafted *c = s->crafted;
	uint64_t seen = 0;
	int n = 1, rc = 0;

	tc_craft_rewind(s->cfg.craft);
	while (seen < most && rc >= 0 && n > 0) {
		n = rc = tc_craft_fill(s->cfg.craft, c, TC_CRAFT_BATCH, err);
		for (int i = 0; i < n && rc >= 0; i++)
			rc = tc_link_can_carry(s->cfg.link, c[i].bytes, c[i].len, err);
		seen += TC_CRAFT_BATCH;
	}
	tc_craft_rewind(s->cfg.craft);
	return rc < 0 ? rc : 0;
}

/* ---- out -------------------------------------------------------------------------- */

/* Frames that a batch can hold, and whose answers can be waited for. */
static size_t room_of(const struct tc_sender *s)
{
	size_t room = s->cfg.most - tc_match_count(s->match);

	return s->cfg.flood || room > TC_CRAFT_BATCH ? TC_CRAFT_BATCH : room;
}

/* How many packets may go now. */
static size_t allowed(struct tc_sender *s, tc_time now)
{
	if (s->all_sent || s->stopped || room_of(s) < TC_CRAFT_BATCH)
		return 0;
	return tc_pace_may(&s->pace, now, TC_CRAFT_BATCH);
}

/* What the guard would take for the kernel's carries the mark that it lets pass. */
static bool is_marked(const struct tc_crafted *c)
{
	return c->at.tcp < 0 || c->whole[c->at.tcp + TC_TCP_RESET_OFF / 8] &
				 0x80u >> TC_TCP_RESET_OFF % 8;
}

static int keep(struct tc_sender *s, int n, tc_time now, struct tc_error *err)
{
	tc_time stamp = tc_clock_realtime();

	for (int i = 0; i < n; i++) {
		struct tc_probe *p = tc_match_add(s->match, &s->crafted[i]);

		if (!p)
			return tc_nomem(err);
		p->sent = stamp;
		p->deadline = now + (p->tcp ? s->cfg.timeout : COPY_WAIT);
		s->stats.awaited += p->tcp;
	}
	return 0;
}

/* A frame that the kernel refused; the others went. */
static void refused(struct tc_sender *s, int i, int n, const struct tc_error *why)
{
	struct tc_probe *p;

	if (s->out[i].error == -EPERM)
		s->stats.blocked++;
	else if (s->stats.failed++ == 0)
		s->stats.failure = *why;
	if (s->cfg.flood)
		return;
	p = tc_match_nth(s->match, tc_match_count(s->match) - (size_t)(n - i));
	p->error = s->out[i].error;
	p->stamped = true;		/* nobody will see a copy */
	s->stats.awaited -= p->tcp;
}

static void count_sent(struct tc_sender *s, int n, const struct tc_error *why)
{
	for (int i = 0; i < n; i++) {
		s->pace.gone += s->crafted[i].part == 0;
		if (s->out[i].error) {
			refused(s, i, n, why);
			continue;
		}
		s->stats.frames++;
		s->stats.bytes += s->out[i].len;
		s->stats.packets = s->crafted[i].packet;
	}
}

/* Send what is due; the number of frames, or negative when the link is gone. */
static int send_due(struct tc_sender *s, tc_time now, struct tc_error *err)
{
	size_t may = allowed(s, now);
	struct tc_error why = { 0 };
	int n, rc = 0;

	if (may == 0 && !s->cut_off)
		return 0;
	n = tc_craft_fill(s->cfg.craft, s->crafted, may, err);
	if (n <= 0) {
		s->all_sent = true;
		return n;
	}
	s->cut_off = s->crafted[n - 1].more;
	for (int i = 0; i < n; i++)
		s->out[i] = (struct tc_out){ .bytes = s->crafted[i].bytes,
			.len = s->crafted[i].len, .marked = is_marked(&s->crafted[i]) };
	if (!s->cfg.flood)
		rc = keep(s, n, now, err);
	if (rc < 0)
		return rc;
	if (!s->stats.began)
		s->stats.began = now;
	rc = tc_link_send(s->cfg.link, s->out, (size_t)n, &why);
	s->stats.ended = tc_clock_monotonic();
	count_sent(s, n, &why);
	if (rc == -ENETDOWN || rc == -ENODEV || rc == -ENXIO)
		return tc_fail(err, rc, "%s", why.msg);
	return n;
}

/* ---- in --------------------------------------------------------------------------- */

static void announce(struct tc_sender *s, struct tc_probe *p)
{
	if (p->announced)
		return;
	p->announced = true;
	if (s->cfg.ops->sent)
		s->cfg.ops->sent(s->cfg.ctx, p);
}

static void count_time(struct tc_sender_stats *st, tc_time rtt)
{
	if (st->answered == 1 || rtt < st->rtt_min)
		st->rtt_min = rtt;
	if (rtt > st->rtt_max)
		st->rtt_max = rtt;
	st->rtt_sum += (double)rtt;
	st->rtt_squares += (double)rtt * (double)rtt;
}

/* As the kernel of a host that knows nothing of it would, each time that it is asked. */
static void reset(struct tc_sender *s, const struct tc_probe *p, const struct tc_rx *rx)
{
	struct tc_error why;
	int rc;

	if (!s->cfg.reset || !(p->flags & TC_FLAG_SYN) ||
	    tc_reply_kind_of(rx) != TC_REPLY_SYN_ACK)
		return;
	rc = tc_sender_resets_send(&s->resets, s->cfg.link, p, rx, &why);
	s->reset_at = tc_clock_monotonic();
	if (rc == 1)
		s->stats.resets++;
	else if (rc == 0)
		s->stats.blocked++;
	else if (s->stats.failed++ == 0)
		s->stats.failure = why;
}

static void answered(struct tc_sender *s, struct tc_probe *p, const struct tc_rx *rx,
		     const struct tc_frame *f)
{
	announce(s, p);
	if (p->answers++ == 0) {
		p->kind = tc_reply_kind_of(rx);
		p->rtt = f->stamp > p->sent ? f->stamp - p->sent : 0;
		s->stats.answered++;
		s->stats.kinds[p->kind]++;
		count_time(&s->stats, p->rtt);
	} else {
		s->stats.extra++;
	}
	reset(s, p, rx);
	if (s->cfg.ops->replied)
		s->cfg.ops->replied(s->cfg.ctx, p, rx, f);
}

static void stray(struct tc_sender *s, bool from_us, const struct tc_rx *rx,
		  const struct tc_frame *f)
{
	s->stats.strays += !from_us;
	if (s->cfg.ops->stray)
		s->cfg.ops->stray(s->cfg.ctx, from_us, rx, f);
}

static void *copy(void *ctx, const struct tc_heard *h)
{
	struct tc_sender *s = ctx;
	size_t n = h->frame.len;

	return tc_match_copy(s->match, h->frame.bytes, n, h->l3 < 0 ? n : (size_t)h->l3);
}

/* The probe that it answers; s itself for what answers none. Where the filter shows answers
 * alone, all are. */
static void *to_us(void *ctx, const struct tc_flow *flow, const struct tc_heard *h)
{
	struct tc_sender *s = ctx;
	struct tc_probe *p;

	if (tc_sender_resets_has(&s->resets, &h->rx))
		return NULL;
	p = s->cfg.flood ? NULL : tc_match_reply(s->match, &h->rx);
	if (p)
		return p;
	return s->cfg.flood || (h->rx.kind == TC_RX_TCP && tc_match_knows(s->match, flow)) ?
	       s : NULL;
}

static void *from_us(void *ctx, const struct tc_flow *flow, const struct tc_heard *h)
{
	struct tc_sender *s = ctx;

	(void)h;
	return tc_match_knows(s->match, flow) ? s : NULL;
}

static void *sent(void *ctx, const struct tc_heard *h)
{
	struct tc_sender *s = ctx;

	return tc_sender_resets_has(&s->resets, &h->rx) ? s : NULL;
}

static const struct tc_receiver_ops receives = {
	.copy = copy, .to_us = to_us, .from_us = from_us, .sent = sent,
};

static void stamped(struct tc_sender *s, struct tc_probe *p, tc_time stamp)
{
	p->stamped = true;
	p->sent = stamp;
	s->stats.copies++;
	announce(s, p);
}

static void take(struct tc_sender *s, const struct tc_heard *h)
{
	switch (h->kind) {
	case TC_HEARD_COPY:
		if (h->sent == s)	/* a reset's */
			s->resets_seen++;
		else
			stamped(s, h->sent, h->frame.stamp);
		break;
	case TC_HEARD_PEER:
	case TC_HEARD_ICMP:
		if (s->cfg.flood)
			s->stats.kinds[tc_reply_kind_of(&h->rx)]++;
		else if (h->end != s)
			answered(s, h->end, &h->rx, &h->frame);
		else
			stray(s, false, &h->rx, &h->frame);
		break;
	case TC_HEARD_KERNEL:
		if (h->rx.kind == TC_RX_TCP)
			stray(s, true, &h->rx, &h->frame);
		break;
	case TC_HEARD_BAD:
	case TC_HEARD_NOBODY:
	case TC_HEARD_ELSEWHERE:
	case TC_HEARD_NEIGH:
		break;
	}
}

/* All that is there; the number of frames, or negative when the capture died. */
static int receive(struct tc_sender *s, struct tc_error *err)
{
	struct tc_heard h;
	int n = 0, rc;

	while ((rc = tc_receiver_next(&s->receiver, &h, err)) > 0) {
		take(s, &h);
		n++;
	}
	return rc < 0 ? rc : n;
}

/* ---- what became of each ---------------------------------------------------------- */

static bool is_over(const struct tc_sender *s, const struct tc_probe *p, tc_time now)
{
	return p->answers || p->error || s->stopped || now >= p->deadline ||
	       (!p->tcp && p->stamped);
}

/* Close probes in the order of sending; forget the oldest when their time is over, or to
 * make room, so that what comes late is still known. */
static void close_probes(struct tc_sender *s, tc_time now)
{
	struct tc_probe *p;

	while (s->n_done < tc_match_count(s->match)) {
		p = tc_match_nth(s->match, s->n_done);
		if (!is_over(s, p, now))
			break;
		if (!p->error)
			announce(s, p);
		if (s->stopped && !p->answers && !p->error)
			p->error = -ECANCELED;
		if (s->cfg.ops->done)
			s->cfg.ops->done(s->cfg.ctx, p);
		s->n_done++;
	}
	while (s->n_done > 0 && (now >= tc_match_nth(s->match, 0)->deadline ||
				 room_of(s) < TC_CRAFT_BATCH)) {
		tc_match_drop(s->match);
		s->n_done--;
	}
}

/* A capture of the run has its resets too, unless one is never seen on the wire. */
static bool reset_is_awaited(const struct tc_sender *s, tc_time now)
{
	return s->resets_seen < s->stats.resets && now < s->reset_at + COPY_WAIT;
}

/* Until when there is nothing to do. */
static tc_time quiet_until(struct tc_sender *s, tc_time now)
{
	tc_time until = now + TC_S, t;

	if (s->n_done < tc_match_count(s->match)) {
		t = tc_match_nth(s->match, s->n_done)->deadline;
		until = t < until ? t : until;
	}
	if (reset_is_awaited(s, now) && s->reset_at + COPY_WAIT < until)
		until = s->reset_at + COPY_WAIT;
	if (!s->all_sent && !s->stopped && s->cfg.rate > 0 &&
	    room_of(s) == TC_CRAFT_BATCH) {
		t = tc_pace_next(&s->pace);
		until = t < until ? t : until;
	}
	return until;
}

int tc_sender_run(struct tc_sender *s, struct pollfd *extra, unsigned n_extra,
		  struct tc_error *err)
{
	tc_time now = tc_clock_monotonic();
	int sent, got;

	sent = send_due(s, now, err);
	if (sent < 0)
		return sent;
	got = receive(s, err);
	if (got < 0)
		return got;
	now = tc_clock_monotonic();
	close_probes(s, now);
	if ((s->all_sent || s->stopped) && s->n_done == tc_match_count(s->match) &&
	    !reset_is_awaited(s, now))
		return 0;
	/* with something to send or take only a look */
	tc_receiver_wait(&s->receiver, sent || got ? 0 : quiet_until(s, now), extra, n_extra);
	return 1;
}

void tc_sender_stop(struct tc_sender *s)
{
	s->stopped = true;
}

void tc_sender_stats(const struct tc_sender *s, struct tc_sender_stats *out)
{
	*out = s->stats;
	out->kernel_resets = s->receiver.kernel_resets;
	out->kernel_icmp = s->receiver.kernel_icmp;
}
