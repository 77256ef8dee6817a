/* SPDX-License-Identifier: BSD-2-Clause */
/* One end: a machine, the driver that owns its bytes, and its user. */
#include "tcp_sim.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sim_fail(struct sim *sim, const struct sim_host *h, const char *fmt, ...)
{
	size_t n;
	va_list ap;

	if (sim->why[0])
		return;
	n = (size_t)snprintf(sim->why, sizeof sim->why, "%s at %.6f s in %s: ",
			     h->id ? "B" : "A", (double)sim->now / 1e9,
			     tc_state_name(h->tcb.state));
	va_start(ap, fmt);
	vsnprintf(sim->why + n, sizeof sim->why - n, fmt, ap);
	va_end(ap);
}

static void trace_segment(const struct sim *sim, const struct sim_host *from,
			  const struct tc_seg *seg, const char *fate)
{
	const struct sim_host *to = &sim->host[!from->id];

	if (!sim->trace)
		return;
	printf("%.6f %s %s%s%s%s%s seq %u ack %u len %u win %u%s", (double)sim->now / 1e9,
	       from->id ? "  <--" : "-->  ", seg->flags & TC_FLAG_SYN ? "S" : "",
	       seg->flags & TC_FLAG_FIN ? "F" : "", seg->flags & TC_FLAG_RST ? "R" : "",
	       seg->flags & TC_FLAG_PSH ? "P" : "", seg->flags & TC_FLAG_ACK ? "." : "",
	       seg->seq - from->tcb.iss, seg->ack - to->tcb.iss, seg->len, seg->wnd, fate);
	for (unsigned i = 0; i < seg->opts.n_sack; i++)
		printf(" sack %u:%u", seg->opts.sack[i].left - to->tcb.iss,
		       seg->opts.sack[i].right - to->tcb.iss);
	printf("\n");
}

static unsigned datagram_len(const struct tc_seg *seg)
{
	unsigned n = 40 + seg->len;

	n += seg->opts.present & TC_HAS_TS ? 12 : 0;
	n += seg->opts.n_sack ? 4 + 8u * seg->opts.n_sack : 0;
	return n + (seg->flags & TC_FLAG_SYN ? 8 : 0);
}

/* The narrow place is in the middle: its ICMP error comes back as late as an answer. */
static bool too_big(struct sim *sim, struct sim_host *from, const struct tc_seg *seg)
{
	const struct sim_wire *w = &sim->wire;

	if (!w->mtu_at || sim->now < w->mtu_at || datagram_len(seg) <= w->mtu)
		return false;
	sim_put_on_wire(sim, (struct sim_packet){ .to = from->id, .icmp = true, .seg = *seg,
						  .mtu = w->mtu_untold ? 0 : w->mtu });
	return true;
}

static bool chance(struct sim *sim, unsigned of_1000)
{
	return tc_rng_below(&sim->rng, 1000) < of_1000;
}

void sim_transmit(struct sim *sim, struct sim_host *from, const struct tc_seg *seg)
{
	struct sim_packet p = { .to = !from->id, .seg = *seg };
	uint32_t off = seg->seq + !!(seg->flags & TC_FLAG_SYN) - from->tcb.iss - 1;

	sim->segments++;
	if (seg->len && (off > from->queued || seg->len > from->queued - off)) {
		sim_fail(sim, from, "sent bytes that were not queued");
		return;
	}
	if ((sim->wire.cut_at && sim->now >= sim->wire.cut_at) ||
	    chance(sim, sim->wire.loss) || chance(sim, sim->wire.corrupt)) {
		trace_segment(sim, from, seg, " (lost)");
		return;
	}
	if (too_big(sim, from, seg)) {
		trace_segment(sim, from, seg, " (too big)");
		return;
	}
	trace_segment(sim, from, seg, "");
	p.payload = seg->len ? from->stream + off : NULL;
	if (seg->ecn != TC_ECN_NOT && chance(sim, sim->wire.marks)) {
		p.seg.ecn = TC_ECN_CE;
		sim->marked++;
	}
	sim->echoed += !(seg->flags & TC_FLAG_SYN) && seg->flags & TC_FLAG_ECE;
	sim_put_on_wire(sim, p);
	if (chance(sim, sim->wire.dup))
		sim_put_on_wire(sim, p);
}

/* Where seq is in the stream that comes in; false when that is nonsense. */
static bool offset_in(const struct sim_host *h, tc_seq seq, uint32_t len, uint32_t *off)
{
	*off = seq - h->tcb.irs - 1;
	return *off <= SIM_STREAM && len <= SIM_STREAM - *off;
}

static bool in_segment(const struct sim_packet *p, tc_seq seq, uint32_t len)
{
	tc_seq first = p ? p->seg.seq + !!(p->seg.flags & TC_FLAG_SYN) : 0;

	return p && seq - first <= p->seg.len && len <= p->seg.len - (seq - first);
}

static void deliver(struct sim *sim, struct sim_host *h, const struct tc_action *a,
		    const struct sim_packet *p)
{
	tc_seq first = p ? p->seg.seq + !!(p->seg.flags & TC_FLAG_SYN) : 0;
	uint32_t off, len = a->range.len;

	if (!offset_in(h, a->range.seq, len, &off) || off != h->n_got) {
		sim_fail(sim, h, "delivered out of order");
		return;
	}
	if (in_segment(p, a->range.seq, len)) {
		memcpy(h->got + off, p->payload + (a->range.seq - first), len);
	} else if (!memchr(h->is_kept + off, 0, len)) {
		memcpy(h->got + off, h->kept + off, len);
	} else {
		sim_fail(sim, h, "delivered from neither segment nor buffer");
		return;
	}
	h->n_got += len;
	h->unread += len;
	sim->bytes += len;
}

static void keep(struct sim *sim, struct sim_host *h, const struct tc_action *a,
		 const struct sim_packet *p)
{
	uint32_t off, len = a->range.len;
	tc_seq first;

	if (!in_segment(p, a->range.seq, len) || !offset_in(h, a->range.seq, len, &off)) {
		sim_fail(sim, h, "keeps what is not in the segment");
		return;
	}
	first = p->seg.seq + !!(p->seg.flags & TC_FLAG_SYN);
	memcpy(h->kept + off, p->payload + (a->range.seq - first), len);
	memset(h->is_kept + off, 1, len);
}

static void notified(struct sim *sim, struct sim_host *h, enum tc_notify what)
{
	switch (what) {
	case TC_NOTIFY_CONNECTED:
		h->connected = true;
		break;
	case TC_NOTIFY_PEER_CLOSED:
		h->peer_closed = true;
		break;
	case TC_NOTIFY_CLOSED:
		h->over = true;
		break;
	case TC_NOTIFY_REFUSED:
	case TC_NOTIFY_RESET:
	case TC_NOTIFY_TIMED_OUT:
	case TC_NOTIFY_UNREACHABLE:
		h->failed = true;
		sim->errors++;
		break;
	case TC_NOTIFY_ERROR:
		sim_fail(sim, h, "the user was told of an error");
		break;
	case TC_NOTIFY_SOFT_ERROR:
	case TC_NOTIFY_REOPEN:
	case TC_NOTIFY_URGENT:
		break;
	}
}

static void act(struct sim *sim, struct sim_host *h, const struct tc_action *a,
		const struct sim_packet *p)
{
	switch (a->type) {
	case TC_ACT_SEND:
		sim->retransmissions += a->send.retransmission;
		sim_check_segment(sim, h, &a->send.seg);
		sim_transmit(sim, h, &a->send.seg);
		break;
	case TC_ACT_DELIVER:
		deliver(sim, h, a, p);
		break;
	case TC_ACT_NEED_BUFFER:
		keep(sim, h, a, p);
		break;
	case TC_ACT_FREE_BUFFER:
		memset(h->is_kept, 0, sizeof h->is_kept);
		break;
	case TC_ACT_TIMER:
		h->timer = a->at;
		break;
	case TC_ACT_NOTIFY:
		notified(sim, h, a->notify.what);
		break;
	case TC_ACT_STATE:
		if (sim->trace)
			printf("%.6f %s %s -> %s (%s)\n", (double)sim->now / 1e9,
			       h->id ? "B" : "A", tc_state_name(a->state.from),
			       tc_state_name(a->state.to), a->state.clause);
		break;
	case TC_ACT_NOTE:
		if (sim->trace)
			printf("%.6f %s: %s (%s)\n", (double)sim->now / 1e9,
			       h->id ? "B" : "A", a->note.text, a->note.clause);
		if (!h->tcb.ooo && strstr(a->note.text, "holes"))
			sim_fail(sim, h, "a place was needed that had not been wanted");
		break;
	case TC_ACT_ACKED:
	case TC_ACT_COOKIE:
		break;
	}
}

static void note_edge(struct sim_host *h, const struct tc_seg *seg)
{
	unsigned shift = seg->flags & TC_FLAG_SYN ? 0 : h->tcb.snd_wscale;
	tc_seq edge = seg->ack + ((uint32_t)seg->wnd << shift);

	if (seg->flags & TC_FLAG_SYN && !(seg->flags & TC_FLAG_ACK))
		edge = h->tcb.iss + 1 + seg->wnd;
	if (!h->edge_known || tc_seq_gt(edge, h->edge))
		h->edge = edge;
	h->edge_known = true;
}

const struct tc_cookie sim_cookies[] = {
	[SIM_WRONG_COOKIE] = { 8, "guessed" }, [SIM_COOKIE] = { 8, "correct" },
};

/* What a driver says of it. */
static void look_at_cookie(struct sim *sim, const struct sim_packet *p, struct tc_event *ev)
{
	const struct tc_cookie *right = &sim_cookies[SIM_COOKIE];

	if (!(p->seg.opts.present & TC_HAS_FASTOPEN))
		return;
	ev->cookie_right = memcmp(&p->seg.opts.cookie, right, sizeof *right) == 0;
	if (!ev->cookie_right)
		ev->cookie = right;
	sim->taken += ev->cookie_right && p->seg.len;
}

void sim_event(struct sim *sim, struct sim_host *h, struct tc_event ev,
	       const struct sim_packet *p)
{
	struct tc_actions out;

	ev.now = sim->now;
	if (p && !(p->seg.flags & TC_FLAG_RST))
		note_edge(h, &p->seg);
	if (p)
		sim_wake(sim, h);
	if (p && h->tcb.state == TC_ST_LISTEN && h->takes)
		look_at_cookie(sim, p, &ev);
	if (p && tc_tcp_wants_place(&h->tcb, &p->seg))
		tc_tcp_lend(&h->tcb, &h->disorder);
	do {
		h->before = h->tcb;
		tc_tcp_step(&h->tcb, &ev, &out);
		for (unsigned i = 0; i < out.n; i++)
			act(sim, h, &out.a[i], p);
		sim_check(sim, h, &out);
		sim->steps++;
		ev.type = TC_EV_POLL;
		ev.cookie = NULL;
	} while (out.more && !sim->why[0]);
}

static bool done_sending(const struct sim_host *h)
{
	return h->queued == h->total && (!h->close_last || h->peer_closed);
}

static uint32_t some(struct sim *sim, uint32_t most)
{
	return 1 + (uint32_t)tc_rng_below(&sim->rng, most);
}

static void write_some(struct sim *sim, struct sim_host *h)
{
	uint32_t n = some(sim, h->chunk), left = h->total - h->queued;

	if (n > left)
		n = left;
	h->queued += n;
	sim_event(sim, h, (struct tc_event){ .type = TC_EV_SEND, .len = n,
					     .urgent = chance(sim, 20) }, NULL);
}

static void read_some(struct sim *sim, struct sim_host *h)
{
	uint32_t n = some(sim, h->bite);

	if (n > h->unread)
		n = h->unread;
	h->unread -= n;
	sim_event(sim, h, (struct tc_event){ .type = TC_EV_RECEIVE, .len = n }, NULL);
}

static void close_it(struct sim *sim, struct sim_host *h)
{
	h->closed = true;
	sim_event(sim, h, (struct tc_event){ .type = TC_EV_CLOSE }, NULL);
}

void sim_give_up(struct sim *sim, struct sim_host *h)
{
	h->failed = h->closed = true;
	sim_event(sim, h, (struct tc_event){ .type = TC_EV_ABORT }, NULL);
}

void sim_wake(struct sim *sim, struct sim_host *h)
{
	if (!h->app_at)
		h->app_at = sim->now + 1 +
			    (tc_time)tc_rng_below(&sim->rng, (uint64_t)h->app_gap);
}

static bool deed(struct sim *sim, struct sim_host *h)
{
	if (h->connected && h->abort && chance(sim, 50))
		sim_give_up(sim, h);
	else if (h->unread && (h->closed || chance(sim, 500)))
		read_some(sim, h);
	else if (h->connected && !h->closed && h->queued < h->total)
		write_some(sim, h);
	else if (h->connected && !h->closed && done_sending(h))
		close_it(sim, h);
	else
		return h->unread;
	return true;
}

/* One deed, then a pause; with nothing to do until the next segment. */
void sim_user(struct sim *sim, struct sim_host *h)
{
	bool busy = !h->over && deed(sim, h);

	h->app_at = 0;
	if (busy)
		sim_wake(sim, h);
}
