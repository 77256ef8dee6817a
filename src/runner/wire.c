/* SPDX-License-Identifier: BSD-2-Clause */
/* The wire of a script that is carried out: packets go out, frames come in, and the story
 * of both is kept in the order of the capture until it can be told. */
#include "own.h"

#include "wire/family.h"
#include "wire/flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IP_ADDRESSES 12			/* of both headers: what no path rewrites follows */

/* ---- in --------------------------------------------------------------------------- */

/* Our own packet, captured: the same from the addresses on. */
static bool is_copy(const struct run_sent *s, const uint8_t *l3, size_t n)
{
	size_t len = s->len - s->l3;

	return n >= len && len >= IP_ADDRESSES &&
	       memcmp(l3 + IP_ADDRESSES, s->frame + s->l3 + IP_ADDRESSES,
		      len - IP_ADDRESSES) == 0;
}

static void *take_copy(void *ctx, const struct tc_heard *h)
{
	struct tc_script_run *r = ctx;
	struct run_sent *s, **at;

	if (h->l3 < 0)
		return NULL;
	for (at = &r->sent; (s = *at); at = &s->next) {
		if (!is_copy(s, h->frame.bytes + h->l3, h->frame.len - (size_t)h->l3))
			continue;
		*at = s->next;
		if (!s->next)
			r->sent_end = at;
		return s;
	}
	return NULL;
}

static void tell_sent(struct tc_script_run *r, struct run_sent *s, const struct tc_frame *f)
{
	struct run_record *rec = tc_run_append(r, TC_ORIGIN_US, f->bytes, f->len, f->stamp,
					       f->dlt);

	if (rec) {
		rec->flow = s->flow;
		rec->event = s->event;
		if (s->note)
			tc_run_note(rec, "%s", s->note);
	}
	tc_run_was_late(r, f->stamp - s->at, f->stamp);
	if (r->awaited == s) {
		r->wire = f->stamp;
		r->awaited = NULL;
	}
	free(s->frame);
	free(s);
}

/* The connection that a segment to us belongs to. A SYN from someone new is that of the
 * connection that waits for its peer. */
static struct run_flow *flow_in(struct tc_script_run *r, const struct tc_flow *live,
				const struct tc_heard *h)
{
	struct run_flow *f = tc_run_flow_find(r, live);
	bool syn = (h->rx.seg.flags & (TC_FLAG_SYN | TC_FLAG_ACK)) == TC_FLAG_SYN;

	for (unsigned i = 0; i < r->n_flows && !f && syn; i++)
		if (!r->flow[i].live.remote_port &&
		    r->flow[i].live.local_port == live->local_port) {
			f = &r->flow[i];
			f->live = *live;
			tc_run_learn_mac(r, f, h->frame.bytes, &h->rx);
		}
	return f;
}

static bool is_to_us(const struct tc_script_run *r, const struct tc_rx *rx)
{
	uint16_t first = r->cfg.flow.local_port;

	return rx->dport >= first && rx->dport < first + r->cfg.n_ports &&
	       (tc_run_any_address(&r->cfg.flow.local_addr) ||
		tc_addr_equal(&rx->dst, &r->cfg.flow.local_addr));
}

static void *from_us(void *ctx, const struct tc_flow *flow, const struct tc_heard *h)
{
	(void)h;
	return tc_run_flow_find(ctx, flow);
}

/* Whose connection a frame to us is of; r itself: it is to us, and of no connection yet; NULL: not
 * to us (frames of a connection with itself all count as ours). */
static void *to_us(void *ctx, const struct tc_flow *flow, const struct tc_heard *h)
{
	struct tc_flow back = tc_flow_back(flow);
	struct tc_script_run *r = ctx;
	struct run_flow *f;

	if (h->rx.kind == TC_RX_ICMP_ERROR)
		return tc_run_flow_find(r, flow);
	if (tc_run_flow_find(r, &back))
		return NULL;
	f = flow_in(r, flow, h);
	return f ? (void *)f : is_to_us(r, &h->rx) ? r : NULL;
}

const struct tc_receiver_ops tc_run_receives = {
	.copy = take_copy, .to_us = to_us, .from_us = from_us,
};

/* But for its clock's value, which goes on. */
static bool same_options(const struct tc_seg_opts *a, const struct tc_seg_opts *b)
{
	return a->present == b->present && a->ts_ecr == b->ts_ecr && a->n_sack == b->n_sack &&
	       memcmp(a->sack, b->sack, a->n_sack * sizeof *a->sack) == 0;
}

/* Bytes that were sent before, or an ACK that says what the last segment said. */
static bool is_again(const struct run_flow *f, const struct tc_seg *seg)
{
	const struct tc_wire_side *peer = &f->wire.side[1];
	const struct tc_seg *last = &f->last;

	if (!peer->next_known || seg->flags & TC_FLAG_RST ||
	    tc_seq_gt(seg->seq + tc_seg_seq_len(seg), peer->next))
		return false;
	return tc_seg_seq_len(seg) ||
	       (f->heard && seg->ack == last->ack && seg->wnd == last->wnd &&
		same_options(&seg->opts, &last->opts));
}

static void take_segment(struct tc_script_run *r, struct run_record *rec,
			 const struct tc_seg *seg, bool damaged)
{
	rec->again = rec->flow && is_again(rec->flow, seg);
	rec->late = r->late.by;
	r->result->segments_received++;
	if ((seg->flags & (TC_FLAG_SYN | TC_FLAG_ACK)) == (TC_FLAG_SYN | TC_FLAG_ACK))
		r->result->answered = true;
	rec->open = true;
	/* a SYN may be of a connection that the script comes to later */
	rec->settled = !rec->flow && !(seg->flags & TC_FLAG_SYN &&
				       (r->cfg.server || r->opening == RUN_CONNECTS));
	if (rec->flow && !damaged) {
		tc_run_flow_segment(rec->flow, false, seg);
		rec->flow->heard = true;
		rec->flow->last = *seg;
	}
}

static void take(struct tc_script_run *r, const struct tc_heard *h)
{
	bool kernel = h->kind == TC_HEARD_KERNEL && h->rx.kind == TC_RX_TCP;
	tc_time came = h->frame.stamp;
	struct run_record *rec;

	tc_run_was_late(r, r->woke - (came > r->listens ? came : r->listens), r->woke);
	if (h->kind == TC_HEARD_COPY)
		tell_sent(r, h->sent, &h->frame);
	if (h->kind != TC_HEARD_PEER && h->kind != TC_HEARD_ICMP && !kernel)
		return;
	rec = tc_run_append(r, kernel ? TC_ORIGIN_KERNEL : TC_ORIGIN_PEER, h->frame.bytes,
			    h->frame.len, h->frame.stamp, h->frame.dlt);
	if (!rec)
		return;
	rec->flow = h->end == r ? NULL : h->end;
	if (h->kind == TC_HEARD_PEER)
		take_segment(r, rec, &h->rx.seg, h->rx.tcp_checksum == TC_CSUM_BAD);
	if (h->kind == TC_HEARD_ICMP) {
		rec->open = r->wants_icmp;
		rec->settled = !rec->open;
	}
}

/* All that was captured, into the story. */
static int take_captured(struct tc_script_run *r)
{
	struct tc_heard h;
	int rc;

	while ((rc = tc_receiver_next(&r->receiver, &h, r->err)) > 0)
		take(r, &h);
	r->result->kernel_resets = r->receiver.kernel_resets;
	return rc < 0 ? rc : r->err->code;
}

int tc_run_wait(struct tc_script_run *r, tc_time until)
{
	tc_time left = until - tc_run_now(r);

	if (r->cfg.tape)
		return tc_run_tape_wait(r, until);
	r->listens = until - left;
	tc_receiver_wait(&r->receiver, left > 0 ? tc_clock_monotonic() + left : 0, r->cfg.extra,
			 r->cfg.n_extra);
	r->woke = tc_run_now(r);
	tc_run_was_late(r, r->woke - (left > 0 ? until : r->listens), r->woke);
	if (take_captured(r) < 0)
		return r->err->code;
	tc_run_tell(r, false);
	return r->cfg.ops->turn ? r->cfg.ops->turn(r->cfg.ctx, r->err) : 0;
}

/* An ICMP error is open for who expects ICMP; it stands in nobody's way. */
struct run_record *tc_run_first_open(struct tc_script_run *r, const struct run_flow *f,
				     bool ours)
{
	for (struct run_record *rec = r->story; rec; rec = rec->next)
		if (rec->open && (rec->origin == TC_ORIGIN_US) == ours &&
		    rec->rx.kind == TC_RX_TCP && (!f || rec->flow == f))
			return rec;
	return NULL;
}

/* ---- out -------------------------------------------------------------------------- */

static int check(struct tc_script_run *r, const struct tc_script_event *e, size_t n)
{
	struct tc_error why = { 0 };
	size_t l3 = tc_link_head(r->cfg.link);

	if (n > r->cfg.path->mtu + l3)
		return tc_run_cannot(r, e->line, e->column,
				     "this packet of %zu bytes is longer than "
				     "the %u that %s carries",
				     n - l3, r->cfg.path->mtu, r->cfg.path->ifname);
	if (tc_link_can_carry(r->cfg.link, r->bytes, n, &why) < 0)
		return tc_run_cannot(r, e->line, e->column, "%s", why.msg);
	return 0;
}

/* What it did to the connection, as the peer sees it: nothing if it is damaged. */
static void count_sent(struct tc_script_run *r, struct run_flow *f, size_t n)
{
	int dlt = tc_link_sends_dlt(r->cfg.link);
	struct tc_rx rx;

	r->result->segments_sent++;
	if (tc_rx_parse(&rx, r->bytes, n, dlt, NULL) < 0 || rx.kind != TC_RX_TCP)
		return;
	if (rx.tcp_checksum == TC_CSUM_OK && rx.ip_checksum != TC_CSUM_BAD &&
	    rx.sport == f->live.local_port && rx.dport == f->live.remote_port)
		tc_run_flow_segment(f, true, &rx.seg);
	if (rx.seg.flags & TC_FLAG_SYN && rx.seg.opts.present & TC_HAS_MSS)
		f->mss = rx.seg.opts.mss;
}

static struct run_sent *keep(struct tc_script_run *r, size_t n, struct run_flow *f,
			     const struct tc_script_event *e, const char *note)
{
	struct run_sent *s = calloc(1, sizeof *s);

	if (s)
		s->frame = malloc(n);
	if (!s || !s->frame) {
		free(s);
		tc_nomem(r->err);
		return NULL;
	}
	memcpy(s->frame, r->bytes, n);
	*s = (struct run_sent){ .frame = s->frame, .len = n, .flow = f, .event = e,
				.note = note, .at = tc_clock_realtime(),
				.l3 = tc_link_head(r->cfg.link) };
	*r->sent_end = s;
	r->sent_end = &s->next;
	return s;
}

int tc_run_send(struct tc_script_run *r, const struct tc_script_event *e,
		struct run_flow *f, const char *note)
{
	int n = tc_packet_build(&r->packet, r->bytes, sizeof r->bytes, r->err);
	int tcp = tc_packet_layer(&r->packet, tc_header_get(TC_HDR_TCP), 0);
	struct tc_error why = { 0 };
	struct tc_out out = { .bytes = r->bytes };
	struct run_sent *s;

	if (n < 0)
		return e ? tc_run_cannot(r, e->line, e->column, "%s", r->err->msg) : n;
	if (e && check(r, e, (size_t)n) < 0)
		return -TC_ERR_VERDICT;
	out.len = (size_t)n;
	/* What the guard would take for the kernel's: a reset, and "unreachable". */
	out.marked = tcp < 0 || tc_packet_get(&r->packet, tcp, TC_TCP_RESET);
	s = keep(r, out.len, f, e, note);
	if (!s)
		return -ENOMEM;
	if (tc_link_send(r->cfg.link, &out, 1, &why) < 0 || out.error) {
		r->result->blocked += out.error == -EPERM;
		return tc_fail(r->err, out.error ? out.error : -EIO, "%s", why.msg);
	}
	count_sent(r, f, out.len);
	r->wire = s->at;
	r->awaited = s;
	r->last_sent_flow = f;
	return tc_packet_parse(&r->last_sent, r->bytes + s->l3, out.len - s->l3,
			       tc_family(f->live.remote_addr.family)->header,
			       NULL) == -ENOMEM ? -ENOMEM : 0;
}

void tc_run_tell_unseen(struct tc_script_run *r)
{
	int dlt = tc_link_sends_dlt(r->cfg.link);
	struct run_sent *s, *next;

	for (s = r->sent; s; s = next) {
		struct run_record *rec = tc_run_append(r, TC_ORIGIN_US, s->frame, s->len, s->at,
						       dlt);

		next = s->next;
		if (rec) {
			rec->unseen = true;
			rec->flow = s->flow;
			rec->event = s->event;
		}
		free(s->frame);
		free(s);
	}
	r->sent = NULL;
	r->sent_end = &r->sent;
	r->awaited = NULL;
}
