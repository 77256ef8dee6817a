/* SPDX-License-Identifier: BSD-2-Clause */
/* The layers around a datagram; see tunnel.h. */
#include "own.h"

#define LAYERS_MOST 16
#define PPPOE_BYTES 6
#define CONTROL_WORD_BYTES 4
#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057
#define PROTO_IPV4 4
#define PROTO_UDP 17
#define PROTO_IPV6 41
#define PROTO_GRE 47
#define FRAGMENT     0x3fffu		/* more fragments, or an offset: ip.flags and offset */

static bool pass_pppoe(struct tc_walk *w)
{
	const uint8_t *head = w->frame + w->off;
	unsigned proto, bytes = PPPOE_BYTES + 2;

	if (!tc_walk_has(w, bytes))
		return false;
	proto = tc_get16(head + PPPOE_BYTES);
	if (proto & 0x100) {		/* compressed to one byte: RFC 1661 6.5 */
		proto >>= 8;
		bytes--;
	}
	if (head[0] != 0x11 || head[1] || (proto != PPP_IPV4 && proto != PPP_IPV6))
		return tc_walk_strange(w);
	tc_walk_name(w, "pppoe", tc_get16(head + 2));
	tc_walk_mark(w, 0, PEEL_PPPOE, PPPOE_BYTES);
	tc_walk_mark(w, PPPOE_BYTES, bytes == PPPOE_BYTES + 2 ? PEEL_PPP : PEEL_PPP_SHORT,
	     bytes - PPPOE_BYTES);
	w->t->inside = true;
	return tc_walk_step(w, bytes, proto == PPP_IPV4 ? IP_ETHERTYPE : IPV6_ETHERTYPE);
}

/* Labels do not say what they carry; the first four bits behind them do (RFC 4928 2). */
static bool pass_mpls(struct tc_walk *w)
{
	uint32_t label;

	do {
		if (!tc_walk_has(w, 5))
			return false;
		label = tc_get32(w->frame + w->off);
		tc_walk_name(w, "mpls", label >> 12);
		tc_walk_mark(w, 0, PEEL_MPLS, 4);
		w->off += 4;
	} while (!(label & 0x100));
	w->t->inside = true;
	switch (w->frame[w->off] >> 4) {
	case 4:
		return tc_walk_step(w, 0, IP_ETHERTYPE);
	case 6:
		return tc_walk_step(w, 0, IPV6_ETHERTYPE);
	case 0:		/* a control word, and Ethernet (RFC 4385 3, RFC 4448 4.6) */
		if (!tc_walk_has(w, CONTROL_WORD_BYTES))
			return false;
		tc_walk_name(w, "pw", -1);
		tc_walk_mark(w, 0, PEEL_CONTROL_WORD, CONTROL_WORD_BYTES);
		return tc_walk_enter(w, CONTROL_WORD_BYTES, ETHERTYPE_ETHERNET);
	}
	return tc_walk_strange(w);
}

/* Pass what follows an IP header (w->off is behind it): `proto` is its protocol's number. */
static bool pass_proto(struct tc_walk *w, uint8_t proto, bool outer6)
{
	if (proto == PROTO_GRE)
		return tc_walk_gre(w);
	if (proto == PROTO_UDP)
		return tc_walk_udp(w);
	if (proto != PROTO_IPV4 && proto != PROTO_IPV6)
		return false;
	if (proto == PROTO_IPV4)
		tc_walk_name(w, outer6 ? "4in6" : "ip in ip", -1);
	else
		tc_walk_name(w, outer6 ? "6in6" : "6in4", -1);
	return tc_walk_enter(w, 0, proto == PROTO_IPV4 ? IP_ETHERTYPE : IPV6_ETHERTYPE);
}

/* An IP header: the innermost one so far. */
static void found(struct tc_walk *w)
{
	w->t->at = w->off;
	w->t->ethertype = w->type;
	tc_walk_mark(w, 0, w->type == IP_ETHERTYPE ? TC_HDR_IP : TC_HDR_IPV6, 0);
}

static bool pass_ipv4(struct tc_walk *w)
{
	const uint8_t *ip = w->frame + w->off;
	size_t head;

	if (w->n - w->off < IP_BYTES)
		return tc_walk_has(w, IP_BYTES);
	found(w);
	head = (ip[0] & 15u) * 4;
	if (ip[0] >> 4 != 4 || head < IP_BYTES || w->n - w->off < head ||
	    tc_get16(PLACE(ip, IP_RB)) & FRAGMENT)
		return false;
	w->off += head;
	return pass_proto(w, *PLACE(ip, IP_PROTO), false);
}

static bool pass_ipv6(struct tc_walk *w)
{
	const uint8_t *ip = w->frame + w->off;
	uint8_t proto;
	size_t len;

	if (!tc_walk_has(w, IPV6_BYTES))
		return false;
	found(w);
	if (ip[0] >> 4 != 6)
		return false;
	proto = *PLACE(ip, IPV6_NXT);
	w->off += IPV6_BYTES;
	while (proto == HOPOPTS_IPPROTO || proto == DSTOPTS_IPPROTO || proto == ROUTING_IPPROTO) {
		len = w->n - w->off < 2 ? 8 : (w->frame[w->off + 1] + 1u) * 8;
		if (w->n - w->off < len)
			return false;
		proto = w->frame[w->off];
		w->off += len;
	}
	return pass_proto(w, proto, true);
}

static bool pass_llc(struct tc_walk *w)
{
	size_t bytes = tc_llc(w->frame + w->off, w->n - w->off, &w->type);

	if (bytes)
		tc_walk_mark(w, 0, PEEL_LLC, bytes);
	w->off += bytes;
	return bytes;
}

/* false: here it ends. */
static bool pass(struct tc_walk *w)
{
	static const struct {
		uint16_t type;
		bool (*pass)(struct tc_walk *w);
	} rows[] = {
		{ IP_ETHERTYPE, pass_ipv4 }, { IPV6_ETHERTYPE, pass_ipv6 },
		{ TC_ETHERTYPE_PPPOE, pass_pppoe },
		{ TC_ETHERTYPE_MPLS, pass_mpls }, { TC_ETHERTYPE_MPLS_UP, pass_mpls },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].type == w->type)
			return rows[i].pass(w);
	return tc_is_length(w->type) ? pass_llc(w) : tc_walk_tag(w);
}

static void find(struct tc_tunnel *t, const uint8_t *frame, size_t n, int dlt)
{
	struct tc_walk w = { .frame = frame, .n = n, .t = t };
	unsigned layers = 0;
	int off;

	t->inside = false;
	t->at = 0;
	t->ethertype = 0;
	t->lost = TC_TUNNEL_FOUND;
	t->unread = 0;
	t->n_headers = 0;
	off = tc_link_read(frame, n, dlt, &w.type, NULL);
	if (off < 0)
		return;
	w.off = (size_t)off;
	while (layers < LAYERS_MOST && pass(&w))
		layers++;
	if (layers == LAYERS_MOST)
		t->lost = TC_TUNNEL_DEEP;
	/* what stands around one that was not reached is not around the one that was */
	t->inside = t->inside && t->ethertype;
}

void tc_tunnel_find(struct tc_tunnel *t, const uint8_t *frame, size_t n, int dlt)
{
	t->text[0] = '\0';
	find(t, frame, n, dlt);
}

bool tc_tunnel_enter(struct tc_tunnel *t, struct tc_frame *f, bool on)
{
	if (!on)
		t->text[0] = '\0';
	find(t, f->bytes, f->len, f->dlt);
	if (!t->inside)
		return false;
	f->bytes += t->at;
	f->len -= t->at;
	f->wire_len -= t->at;
	f->dlt = t->ethertype == IPV6_ETHERTYPE ? TC_DLT_IPV6 : TC_DLT_IPV4;
	return true;
}
