/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending crafted packets and hearing what comes back; see sender.h. */
#include <tcpcraft/sender.h>

#include "reset.h"

#include "wire/flow.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define BEHIND_MOST (50 * TC_MS)	/* what a late sender catches up with in a burst */
#define COPY_WAIT (100 * TC_MS)		/* for the copy of what nobody answers */
#define EXTRA_MOST 8

struct tc_sender {
	struct tc_sender_config cfg;
	struct tc_sender_stats stats;
	struct tc_match *match;
	struct tc_sender_resets resets;
	tc_time start;			/* packet n is due at start + n / rate */
	uint64_t due;			/* packets since then */
	size_t n_done;			/* of the probes kept, from the oldest */
	bool cut_off;			/* in the middle of a packet's fragments */
	bool all_sent, stopped;
	struct tc_crafted crafted[TC_CRAFT_BATCH];
	struct tc_out out[TC_CRAFT_BATCH];
};

int tc_sender_open(struct tc_sender **out, const struct tc_sender_config *cfg,
		   struct tc_error *err)
{
	struct tc_sender *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return tc_nomem(err);
	s->cfg = *cfg;
	if (s->cfg.most < TC_CRAFT_BATCH)
		s->cfg.most = TC_CRAFT_BATCH;
	rc = tc_match_open(&s->match, s->cfg.most, err);
	if (rc >= 0 && s->cfg.reset)
		rc = tc_sender_resets_open(&s->resets, err);
	if (rc < 0) {
		tc_sender_close(s);
		return rc;
	}
	*out = s;
	return 0;
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
	double due;

	if (s->all_sent || s->stopped || room_of(s) < TC_CRAFT_BATCH)
		return 0;
	if (s->cfg.rate <= 0)
		return TC_CRAFT_BATCH;
	if (!s->start)
		s->start = now;
	due = (double)(now - s->start) * s->cfg.rate / (double)TC_S + 1 - (double)s->due;
	if (due / s->cfg.rate > (double)BEHIND_MOST / (double)TC_S && due > 1) {
		s->start = now;		/* too late to be made up for */
		s->due = 0;
		due = 1;
	}
	return due < 1 ? 0 : due < TC_CRAFT_BATCH ? (size_t)due : TC_CRAFT_BATCH;
}

static tc_time next_due(const struct tc_sender *s)
{
	return s->start + (tc_time)((double)s->due * (double)TC_S / s->cfg.rate);
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
		s->due += s->crafted[i].part == 0;
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
	if (!from_us)
		s->stats.strays++;
	else if (rx->seg.flags & TC_FLAG_RST)
		s->stats.kernel_resets++;
	if (s->cfg.ops->stray)
		s->cfg.ops->stray(s->cfg.ctx, from_us, rx, f);
}

/* Our host's packet filter rejects what the peer answers. */
static void count_icmp(struct tc_sender *s, const struct tc_rx *rx)
{
	struct tc_flow ours = tc_flow_back(&rx->quoted);

	s->stats.kernel_icmp += rx->src == ours.local_addr && tc_match_knows(s->match, &ours);
}

static bool is_copy(struct tc_sender *s, const struct tc_frame *f)
{
	uint16_t type;
	int l3 = tc_link_header(f->bytes, f->len, tc_link_dlt(s->cfg.link), &type, NULL);
	struct tc_probe *p = tc_match_copy(s->match, f->bytes, f->len,
					   l3 < 0 ? f->len : (size_t)l3);

	if (!p)
		return false;
	p->stamped = true;
	p->sent = f->stamp;
	s->stats.copies++;
	announce(s, p);
	return true;
}

static void take_frame(struct tc_sender *s, const struct tc_frame *f)
{
	struct tc_flow in, out;
	struct tc_probe *p;
	struct tc_rx rx;

	if (s->cfg.ops->frame)
		s->cfg.ops->frame(s->cfg.ctx, f);
	if (is_copy(s, f) ||
	    tc_rx_parse(&rx, f->bytes, f->len, tc_link_dlt(s->cfg.link), NULL) < 0)
		return;
	if (rx.kind == TC_RX_ARP && s->cfg.arp)
		tc_arp_answer(s->cfg.arp, s->cfg.link, &rx, NULL);
	if ((rx.kind != TC_RX_TCP && rx.kind != TC_RX_ICMP_ERROR) ||
	    tc_sender_resets_has(&s->resets, &rx))
		return;
	if (s->cfg.flood) {		/* the filter shows answers alone */
		s->stats.kinds[tc_reply_kind_of(&rx)]++;
		return;
	}
	p = tc_match_reply(s->match, &rx);
	if (p) {
		answered(s, p, &rx, f);
		return;
	}
	if (rx.kind == TC_RX_ICMP_ERROR)
		count_icmp(s, &rx);
	in = tc_flow_in(&rx);
	out = tc_flow_out(&rx);
	if (rx.kind == TC_RX_TCP && tc_match_knows(s->match, &in))
		stray(s, false, &rx, f);
	else if (rx.kind == TC_RX_TCP && tc_match_knows(s->match, &out))
		stray(s, true, &rx, f);
}

/* All that is there; the number of frames, or negative when the capture died. */
static int receive(struct tc_sender *s, struct tc_error *err)
{
	struct tc_frame f;
	int n = 0, rc;

	while ((rc = tc_link_recv(s->cfg.link, &f, err)) > 0) {
		take_frame(s, &f);
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

/* Until when there is nothing to do. */
static tc_time quiet_until(struct tc_sender *s, tc_time now)
{
	tc_time until = now + TC_S, t;

	if (s->n_done < tc_match_count(s->match)) {
		t = tc_match_nth(s->match, s->n_done)->deadline;
		until = t < until ? t : until;
	}
	if (!s->all_sent && !s->stopped && s->cfg.rate > 0 &&
	    room_of(s) == TC_CRAFT_BATCH) {
		t = next_due(s);
		until = t < until ? t : until;
	}
	return until;
}

/* With nothing to send or take, until something comes; else only a look. */
static void wait_for(struct tc_sender *s, tc_time until, struct pollfd *extra, unsigned n)
{
	struct pollfd fds[EXTRA_MOST + 1];
	tc_time now = tc_clock_monotonic();
	bool asleep = until > now && tc_link_sleep(s->cfg.link);
	tc_time left = asleep ? until - now : 0;
	struct timespec ts = { .tv_sec = left / TC_S, .tv_nsec = left % TC_S };

	for (unsigned i = 0; i < n; i++)
		fds[i] = extra[i];
	fds[n] = (struct pollfd){ .fd = tc_link_fd(s->cfg.link), .events = POLLIN };
	if (ppoll(fds, n + 1, &ts, NULL) < 0)
		for (unsigned i = 0; i < n; i++)
			fds[i].revents = 0;
	if (asleep)
		tc_link_wake(s->cfg.link);
	for (unsigned i = 0; i < n; i++)
		extra[i].revents = fds[i].revents;
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
	if ((s->all_sent || s->stopped) && s->n_done == tc_match_count(s->match))
		return 0;
	wait_for(s, sent || got ? 0 : quiet_until(s, now), extra, n_extra);
	return 1;
}

void tc_sender_stop(struct tc_sender *s)
{
	s->stopped = true;
}

void tc_sender_stats(const struct tc_sender *s, struct tc_sender_stats *out)
{
	*out = s->stats;
}
