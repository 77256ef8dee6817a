/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter's side of the driver: the honest frame is shown to it, what it sends instead
 * goes out as it is, at once or when its time has come. See tcpcraft/filter.h.
 */
#include "own.h"

#include "wire/find_tcp.h"
#include "wire/place.h"

#include "wire/flow.h"

#include <tcpcraft/error.h>
#include <tcpcraft/field.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tc_stack_set_filter(struct tc_stack *s, const struct tc_filter *filter)
{
	s->filter = filter ? *filter : (struct tc_filter){ 0 };
	if (filter)	/* it is to see each segment */
		s->tcp.merge = s->tcp6.merge = 0;
}

static void fill(struct tc_outgoing *out, struct tc_conn *c, const struct tc_seg *seg,
		 bool retransmission)
{
	bool bare = seg->len == 0 && seg->flags == TC_FLAG_ACK;

	*out = (struct tc_outgoing){
		.stack = c->stack, .conn = c, .owner = c->ctx, .conn_id = c->id, .seg = seg,
		.frame = c->stack->honest, .dlt = c->stack->dlt_sent,
		.l3 = c->stack->template[0].l3,
		.retransmission = retransmission, .nth = c->nth,
		.nth_data = seg->len ? c->nth_data : 0, .nth_ack = bare ? c->nth_ack : 0,
		.state = c->tcb.state,
	};
}

bool tc_filter_segment(struct tc_stack *s, struct tc_conn *c, const struct tc_flow *flow,
			const struct tc_seg *seg, bool retransmission,
			const struct tc_news *news)
{
	const uint16_t id = s->next_ip_id;
	struct tc_outgoing out;
	bool taken;

	if (!s->honest)
		s->honest = malloc(s->slot_bytes);
	if (!s->honest)
		return false;
	fill(&out, c, seg, retransmission);
	out.len = tc_output_build(s, c, flow, seg, s->honest);
	s->pending_news = news;
	taken = s->filter.segment(s->filter.ctx, &out);
	if (taken && s->pending_news && s->pending_news->n_changes)
		tc_story_change(s, c, s->pending_news);
	s->pending_news = NULL;
	if (!taken)
		s->next_ip_id = id;	/* it is built again, the same */
	return taken;
}

void tc_stack_clock_stop(struct tc_stack *s)
{
	tc_output_flush(s);
	s->stopped_at = tc_clock_monotonic();
}

tc_time tc_stack_clock_go(struct tc_stack *s)
{
	tc_time stood = tc_clock_monotonic() - s->stopped_at;

	s->stood_still += stood;
	return stood;
}

/* What the machine did is told with the first frame that comes of it. */
static const struct tc_news *take_news(struct tc_stack *s)
{
	const struct tc_news *news = s->pending_news;

	s->pending_news = NULL;
	return news;
}

void tc_stack_withhold(struct tc_stack *s, const struct tc_outgoing *out, const char *what)
{
	tc_story_withheld(s, out, what, take_news(s));
}

/* Wherever the headers say it is: the guard's rule looks there too. */
static bool is_reset(const uint8_t *ip, size_t n)
{
	size_t left;
	const uint8_t *tcp = tc_find_tcp(ip, n, &left);

	return tcp && left > TC_TCP_RESET_OFF / 8 && *PLACE(tcp, TCP_RESET) & TC_FLAG_RST;
}

struct tc_conn *tc_alias_find(const struct tc_stack *s, const struct tc_flow *flow)
{
	for (uint32_t i = 0; i < ALIASES_MAX && i < s->n_aliases; i++)
		if (s->alias[i].conn && s->alias[i].flow.local_port == flow->local_port &&
		    tc_flow_same(&s->alias[i].flow, flow))
			return s->alias[i].conn;
	return NULL;
}

/* Answers will come to the four-tuple that is in the frame now. */
static void note_alias(struct tc_stack *s, struct tc_conn *c, const struct tc_out *out)
{
	struct tc_flow flow;
	struct tc_rx rx;

	if (tc_rx_parse(&rx, out->bytes, out->len, s->dlt_sent, NULL) < 0 ||
	    rx.kind != TC_RX_TCP)
		return;
	flow = tc_flow_out(&rx);
	if (tc_flow_same(&flow, &c->flow) || tc_alias_find(s, &flow))
		return;
	s->alias[s->n_aliases++ & (ALIASES_MAX - 1)] = (struct tc_alias){ flow, c };
}

static void emit(struct tc_stack *s, struct tc_conn *c, const struct tc_injection *in,
		 const struct tc_news *news)
{
	struct tc_out *out;
	uint8_t *slot = tc_output_slot(s, &out);
	bool reset = is_reset(in->frame + in->l3, in->len - in->l3);

	memcpy(slot, in->frame, in->len);
	tc_keys_sign(s, c, slot, in->len);
	out->len = in->len;
	out->marked = s->raw && reset;
	if (c) {
		c->segments_sent++;
		note_alias(s, c, out);
	}
	if (reset || s->observer.trace)
		tc_story_injected(s, c, out, in, news);
}

static int check(const struct tc_stack *s, const struct tc_injection *in,
		 struct tc_error *err)
{
	if (in->len - in->l3 > s->mtu)
		return tc_fail(err, -EMSGSIZE, "%zu bytes of IP are more than the %u that "
			       "the path takes", in->len - in->l3, s->mtu);
	return tc_link_can_carry(s->link, in->frame, in->len, err);
}

static void free_later(struct tc_later *l)
{
	free((void *)(uintptr_t)l->in.frame);
	free((void *)(uintptr_t)l->in.mutations);
	free((void *)(uintptr_t)l->in.what);
}

static void *copy_of(const void *bytes, size_t n)
{
	void *copy = malloc(n ? n : 1);

	if (copy && n)
		memcpy(copy, bytes, n);
	return copy;
}

static int make_room(struct tc_stack *s, struct tc_error *err)
{
	uint32_t cap = s->later_cap ? s->later_cap * 2 : 16;
	struct tc_later *more;

	if (s->n_later == TC_LATER_MAX)
		return tc_fail(err, -ENOBUFS, "%d frames wait for their time already",
			       TC_LATER_MAX);
	if (s->n_later < s->later_cap)
		return 0;
	more = realloc(s->later, cap * sizeof *more);
	if (!more)
		return tc_nomem(err);
	s->later = more;
	s->later_cap = cap;
	return 0;
}

/* Behind those of the same time: what was asked for first goes first. */
static int keep_for_later(struct tc_stack *s, struct tc_conn *c,
			  const struct tc_injection *in, struct tc_error *err)
{
	struct tc_later l = { .at = in->at, .conn = c, .in = *in };
	uint32_t i;
	int rc = make_room(s, err);

	if (rc < 0)
		return rc;
	l.in.frame = copy_of(in->frame, in->len);
	l.in.mutations = copy_of(in->mutations, in->n_mutations * sizeof *in->mutations);
	l.in.what = in->what ? strdup(in->what) : NULL;
	if (!l.in.frame || !l.in.mutations || (in->what && !l.in.what)) {
		free_later(&l);
		return tc_nomem(err);
	}
	for (i = s->n_later++; i > 0 && s->later[i - 1].at > l.at; i--)
		s->later[i] = s->later[i - 1];
	s->later[i] = l;
	return 0;
}

int tc_stack_inject(struct tc_stack *s, struct tc_conn *c, const struct tc_injection *in,
		    struct tc_error *err)
{
	int rc = check(s, in, err);

	if (rc < 0)
		return rc;
	if (in->at)
		return keep_for_later(s, c, in, err);
	emit(s, c, in, take_news(s));
	return 0;
}

void tc_filter_due(struct tc_stack *s, tc_time now)
{
	while (s->n_later && s->later[0].at <= now) {
		struct tc_later l = s->later[0];

		memmove(s->later, s->later + 1, --s->n_later * sizeof l);
		emit(s, l.conn, &l.in, NULL);
		free_later(&l);
		s->progressed = true;
	}
}

void tc_filter_forget(struct tc_stack *s, const struct tc_conn *c)
{
	for (uint32_t i = 0; i < s->n_later; i++)
		if (s->later[i].conn == c)
			s->later[i].conn = NULL;
	for (uint32_t i = 0; i < ALIASES_MAX && i < s->n_aliases; i++)
		if (s->alias[i].conn == c)
			s->alias[i].conn = NULL;
}

void tc_filter_free(struct tc_stack *s)
{
	for (uint32_t i = 0; i < s->n_later; i++)
		free_later(&s->later[i]);
	free(s->later);
	free(s->honest);
}
