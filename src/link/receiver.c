/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of a link told apart, and the wait for them; see receiver.h. */
#include "receiver.h"

#include "wire/link_type.h"
#include "wire/place.h"
#include "wire/rx.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/neigh.h>

#include <poll.h>
#include <time.h>

#define LOOKS_EACH 64		/* returns at once between looks at other descriptors */
#define GLANCE_EVERY (10 * TC_MS)

static void *no_end(void *ctx, const struct tc_flow *flow, const struct tc_heard *h)
{
	(void)ctx, (void)flow, (void)h;
	return NULL;
}

const struct tc_receiver_ops tc_receiver_no_ends = { .to_us = no_end, .from_us = no_end };

/* ---- whose is it ------------------------------------------------------------------- */

static struct tc_flow reversed(const struct tc_flow *f)
{
	return (struct tc_flow){ f->remote_addr, f->local_addr, f->remote_port,
				 f->local_port };
}

/* To us first: on one host both ends may be ours, and what the machine is told of a segment
 * matters more than that it was seen to leave. */
static enum tc_heard_kind segment(struct tc_receiver *r, struct tc_heard *h)
{
	const struct tc_rx *rx = &h->rx;
	struct tc_flow in = { rx->dst, rx->src, rx->dport, rx->sport }, out;

	h->end = r->ops->to_us(r->ctx, &in, h);
	if (h->end)
		return TC_HEARD_PEER;
	out = reversed(&in);
	h->end = r->ops->from_us(r->ctx, &out, h);
	if (!h->end)
		return TC_HEARD_NOBODY;
	h->sent = r->ops->sent ? r->ops->sent(r->ctx, h) : NULL;
	if (h->sent)
		return TC_HEARD_COPY;
	if (rx->seg.flags & TC_FLAG_RST && h->frame.stamp >= r->since)
		r->kernel_resets++;
	return TC_HEARD_KERNEL;
}

/* Our kernel's word to the peer about what the peer sent us: an INPUT chain of this host
 * rejects what it does not know, and our connections it does not. */
static enum tc_heard_kind icmp_error(struct tc_receiver *r, struct tc_heard *h)
{
	struct tc_flow ours = reversed(&h->rx.quoted);

	h->end = r->ops->to_us(r->ctx, &h->rx.quoted, h);
	if (h->end)
		return TC_HEARD_ICMP;
	if (tc_addr_equal(&h->rx.src, &ours.local_addr))
		h->end = r->ops->from_us(r->ctx, &ours, h);
	if (!h->end)
		return TC_HEARD_NOBODY;
	r->kernel_icmp += h->frame.stamp >= r->since;
	return TC_HEARD_KERNEL;
}

/* ARP, or what may be neighbour discovery. */
static enum tc_heard_kind neighbour(struct tc_receiver *r, const struct tc_heard *h)
{
	if (r->neigh && h->frame.dlt == TC_DLT_EN10MB)
		tc_neigh_answer(r->neigh, r->link, &h->rx, h->frame.bytes, NULL);
	return r->neigh && h->rx.kind == TC_RX_ARP ? TC_HEARD_NEIGH : TC_HEARD_NOBODY;
}

/* A length of 0 is that of a super-segment, for which 16 bits are too few: of any other datagram
 * it is less than what is there, and the kernel drops it, too (RFC 791 3.1, RFC 8200 3). */
static bool lacks_length(const struct tc_rx *rx)
{
	bool six = rx->src.family == 6;
	size_t sent = rx->l3_len + rx->head_cut + rx->cut;	/* whatever was captured of it */

	return (rx->kind == TC_RX_TCP || rx->kind == TC_RX_ICMP_ERROR) &&
	       tc_get16(six ? PLACE(rx->l3, IPV6_PLEN) : PLACE(rx->l3, IP_LEN)) == 0 &&
	       sent <= (six ? IPV6_BYTES : 0) + (size_t)UINT16_MAX;
}

static bool parse(const struct tc_receiver *r, struct tc_heard *h, uint16_t type)
{
	const struct tc_frame *f = &h->frame;

	return h->l3 >= 0 && (r->unfinished || f->len >= f->wire_len) &&
	       tc_rx_parse_at(&h->rx, f, (size_t)h->l3, type, r->unfinished, NULL) >= 0 &&
	       !lacks_length(&h->rx);
}

static bool in_our_vlan(const struct tc_receiver *r, const struct tc_frame *f, bool plain)
{
	const struct tc_vlan *ours = tc_link_vlan(r->link);

	return r->any_vlan ||
	       (plain ? ours->n == 0 : tc_vlan_has(ours, f->bytes, f->len, f->dlt));
}

static enum tc_heard_kind tell_apart(struct tc_receiver *r, struct tc_heard *h)
{
	const struct tc_frame *f = &h->frame;
	uint16_t type = tc_plain_ethernet(f->bytes, f->len, f->dlt);
	const bool plain = type;

	if (r->frame)
		r->frame(r->frame_ctx, f);
	h->parsed = false;
	h->end = NULL;
	h->l3 = plain ? ETH_BYTES : tc_link_header(f->bytes, f->len, f->dlt, &type, NULL);
	/* before anybody tries to read it: what we send need not be readable */
	h->sent = r->ops->copy ? r->ops->copy(r->ctx, h) : NULL;
	if (!h->sent && !in_our_vlan(r, f, plain))
		return TC_HEARD_ELSEWHERE;
	h->parsed = !h->sent && parse(r, h, type);
	if (h->sent)
		return TC_HEARD_COPY;
	if (!h->parsed)
		return TC_HEARD_BAD;
	switch (h->rx.kind) {
	case TC_RX_TCP:
		return segment(r, h);
	case TC_RX_ICMP_ERROR:
		return icmp_error(r, h);
	case TC_RX_ARP:
	case TC_RX_OTHER:
		return neighbour(r, h);
	case TC_RX_FRAGMENT:
		break;
	}
	return TC_HEARD_NOBODY;
}

int tc_receiver_next(struct tc_receiver *r, struct tc_heard *h, struct tc_error *err)
{
	int rc = tc_link_recv(r->link, &h->frame, err);

	if (rc > 0)
		h->kind = tell_apart(r, h);
	return rc;
}

/* ---- the wait ---------------------------------------------------------------------- */

void tc_receiver_begin(struct tc_receiver *r)
{
	r->spin_until = r->spin ? tc_clock_monotonic() + r->spin : 0;
	r->looks = 0;
}

static unsigned n_ready(const struct pollfd *extra, unsigned n)
{
	unsigned ready = 0;

	for (unsigned i = 0; i < n; i++)
		ready += extra[i].revents != 0;
	return ready;
}

static unsigned look(struct pollfd *extra, unsigned n)
{
	return n && poll(extra, n, 0) > 0 ? n_ready(extra, n) : 0;
}

/* The link's wake-up is armed. */
static unsigned sleep_for(const struct tc_receiver *r, tc_time left, struct pollfd *extra,
			  unsigned n)
{
	struct timespec ts = { left / TC_S, left % TC_S };
	struct pollfd fds[TC_RECEIVER_EXTRA + 1];

	fds[0] = (struct pollfd){ .fd = tc_link_fd(r->link), .events = POLLIN };
	for (unsigned i = 0; i < n; i++)
		fds[1 + i] = extra[i];
	if (ppoll(fds, n + 1, &ts, NULL) <= 0)
		return 0;
	for (unsigned i = 0; i < n; i++)
		extra[i].revents = fds[1 + i].revents;
	return n_ready(extra, n);
}

unsigned tc_receiver_glance(struct tc_receiver *r, struct pollfd *extra, unsigned n)
{
	tc_time now = tc_clock_monotonic();

	if (now - r->looked_at < GLANCE_EVERY)
		return 0;
	r->looked_at = now;
	return look(extra, n);
}

unsigned tc_receiver_wait(struct tc_receiver *r, tc_time until, struct pollfd *extra,
			  unsigned n)
{
	tc_time now = tc_clock_monotonic();
	unsigned ready;

	if (n > TC_RECEIVER_EXTRA)
		n = TC_RECEIVER_EXTRA;
	for (unsigned i = 0; i < n; i++)
		extra[i].revents = 0;
	if (until <= now)
		return look(extra, n);
	if (r->busy || now < r->spin_until || !tc_link_sleep(r->link))
		return ++r->looks % LOOKS_EACH ? 0 : look(extra, n);
	ready = sleep_for(r, until - now, extra, n);
	tc_link_wake(r->link);
	return ready;
}
