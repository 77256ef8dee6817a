/* SPDX-License-Identifier: BSD-2-Clause */
/* The lab's connections, and which of them a segment is of: of clients, a new call may be one. */
#include "own.h"

#include "wire/flow.h"
#include "wire/icmp.h"
#include "wire/place.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW 65535
#define FLAGS (TC_FLAG_SYN | TC_FLAG_ACK | TC_FLAG_RST | TC_FLAG_FIN)

static struct tc_lab_conn *add(struct tc_lab *lab)
{
	struct tc_lab_parts *own = lab->own;
	struct tc_lab_conn *c = calloc(1, sizeof *c), **place;

	place = c ? TC_ARRAY_ADD(own->conns, own->n_conns) : NULL;
	if (!place) {
		free(c);
		return NULL;
	}
	c->window = WINDOW;
	c->cursor = own->n_log;
	*place = c;
	return c;
}

struct tc_lab_conn *tc_lab_conn(struct tc_lab *lab)
{
	struct tc_lab_conn *c = add(lab);

	if (!c)
		return NULL;
	tc_session_flow(lab->cfg.session, (unsigned)lab->own->n_conns - 1, &c->flow);
	c->iss = tc_iss(&lab->own->iss_key, &c->flow, tc_clock_monotonic());
	c->snd_nxt = c->snd_una = c->waits_for = c->iss;
	return c;
}

/* ---- looked for ----------------------------------------------------------------------- */

/* The latest with this end; ports come again. */
struct tc_lab_conn *tc_lab_find_end(const struct tc_lab *lab, const struct tc_addr *addr,
				uint16_t port)
{
	for (size_t i = lab->own->n_conns; i-- > 0;)
		if (lab->own->conns[i]->flow.local_port == port &&
		    tc_addr_equal(&lab->own->conns[i]->flow.local_addr, addr))
			return lab->own->conns[i];
	return NULL;
}

struct tc_lab_conn *tc_lab_find(const struct tc_lab *lab, const struct tc_flow *flow)
{
	for (size_t i = lab->own->n_conns; i-- > 0;)
		if (tc_flow_same(&lab->own->conns[i]->flow, flow))
			return lab->own->conns[i];
	return NULL;
}

struct tc_lab_conn *tc_lab_pinged(const struct tc_lab *lab, const struct tc_rx *rx)
{
	struct tc_lab_conn *c;
	uint16_t ident;

	if (!tc_icmp_is_echo_reply(rx, &ident))
		return NULL;
	c = tc_lab_find_end(lab, &rx->dst, ident);
	return c && tc_addr_equal(&c->flow.remote_addr, &rx->src) ? c : NULL;
}

/* ---- calls ----------------------------------------------------------------------------- */

static bool is_for_us(const struct tc_lab *lab, const struct tc_flow *flow)
{
	const struct tc_addr *ours = &lab->path->src;
	struct tc_flow any;

	tc_session_flow(lab->cfg.session, 0, &any);
	return flow->local_port == any.local_port &&
	       (tc_addr_is_none(ours) || tc_addr_equal(ours, &flow->local_addr));
}

static struct tc_lab_conn *new_call(struct tc_lab *lab, const struct tc_flow *flow,
				    const struct tc_heard *h)
{
	const struct tc_seg *syn = &h->rx.seg;
	struct tc_lab_conn *c = add(lab);

	if (!c)
		return NULL;
	c->flow = *flow;
	c->iss = c->snd_nxt = c->snd_una = c->waits_for =
		tc_iss(&lab->own->iss_key, &c->flow, tc_clock_monotonic());
	c->irs = syn->seq;
	c->rcv_nxt = syn->seq + 1;
	c->peer = syn->opts;
	c->ts_recent = syn->opts.ts_val;
	c->calls = true;
	c->called_at = h->frame.stamp;
	if (h->frame.dlt == TC_DLT_EN10MB)
		memcpy(c->mac, PLACE(h->frame.bytes, ETH_SRC), sizeof c->mac);
	return c;
}

/* A SYN with another number, or of a connection that is over, is a call of its own. */
struct tc_lab_conn *tc_lab_called(struct tc_lab *lab, const struct tc_flow *flow,
				  const struct tc_heard *h)
{
	struct tc_lab_conn *c = tc_lab_find(lab, flow);
	bool syn = h->rx.kind == TC_RX_TCP && (h->rx.seg.flags & FLAGS) == TC_FLAG_SYN;

	if (!syn || h->rx.tcp_checksum == TC_CSUM_BAD || !is_for_us(lab, flow)) {
		if (c && h->rx.kind == TC_RX_TCP && h->rx.seg.flags & TC_FLAG_RST)
			c->calls = false;	/* it has given up */
		return c;
	}
	if (c && c->end == TC_LAB_ALIVE && c->irs == h->rx.seg.seq) {
		c->called_at = h->frame.stamp;
		return c;
	}
	if (c)
		c->calls = false;
	return new_call(lab, flow, h);
}
