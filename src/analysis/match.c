/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers to packets: a ring of probes with chains by four-tuple; see match.h. */
#include "wire/flow.h"
#include "base/name.h"
#include "wire/place.h"

#include <tcpcraft/match.h>

#include <tcpcraft/error.h>

#include <stdlib.h>
#include <string.h>

#define FIRST_RING 256
#define LOOK_MOST 4096		/* probes of one four-tuple that are looked at */
#define COPY_LOOK_MOST 256	/* probes without a stamp that a frame is compared with */
#define NOBODY SIZE_MAX

struct kept {
	struct tc_probe p;
	size_t newer, older;	/* of the same chain: counted like `first` */
};

struct tc_match {
	struct kept *ring;	/* cap of them, a power of two */
	size_t *chain;		/* cap: the newest of each */
	size_t cap, most;
	size_t first, n;	/* the oldest, counted from the beginning of time */
	size_t unstamped;	/* all before it have a stamp, or never get one */
};

const char *tc_reply_kind_name(enum tc_reply_kind k)
{
	static const char *const names[TC_REPLY_KINDS] = {
		[TC_REPLY_NONE] = "none", [TC_REPLY_SYN_ACK] = "syn-ack",
		[TC_REPLY_RST] = "rst", [TC_REPLY_SYN] = "syn", [TC_REPLY_FIN] = "fin",
		[TC_REPLY_DATA] = "data", [TC_REPLY_ACK] = "ack", [TC_REPLY_ICMP] = "icmp",
		[TC_REPLY_OTHER] = "other",
	};

	return TC_NAME(names, k);
}

enum tc_reply_kind tc_reply_kind_of(const struct tc_rx *rx)
{
	uint16_t flags = rx->seg.flags;

	if (rx->kind == TC_RX_ICMP_ERROR)
		return TC_REPLY_ICMP;
	if (rx->kind != TC_RX_TCP)
		return TC_REPLY_OTHER;
	if (flags & TC_FLAG_RST)
		return TC_REPLY_RST;
	if (flags & TC_FLAG_SYN)
		return flags & TC_FLAG_ACK ? TC_REPLY_SYN_ACK : TC_REPLY_SYN;
	if (flags & TC_FLAG_FIN)
		return TC_REPLY_FIN;
	if (rx->seg.len)
		return TC_REPLY_DATA;
	return flags & TC_FLAG_ACK ? TC_REPLY_ACK : TC_REPLY_OTHER;
}

int tc_match_open(struct tc_match **out, size_t most, struct tc_error *err)
{
	struct tc_match *m = calloc(1, sizeof *m);

	if (!m)
		return tc_nomem(err);
	m->most = most;
	*out = m;
	return 0;
}

void tc_match_close(struct tc_match *m)
{
	if (!m)
		return;
	while (m->n)
		tc_match_drop(m);
	free(m->ring);
	free(m->chain);
	free(m);
}

static struct kept *at(const struct tc_match *m, size_t i)
{
	return &m->ring[i & (m->cap - 1)];
}

static size_t *chain_of(const struct tc_match *m, const struct tc_flow *f)
{
	return &m->chain[tc_flow_hash(f) & (m->cap - 1)];
}

static void link_in(struct tc_match *m, size_t i)
{
	size_t *chain = chain_of(m, &at(m, i)->p.flow);

	at(m, i)->newer = NOBODY;
	at(m, i)->older = *chain;
	if (*chain != NOBODY)
		at(m, *chain)->newer = i;
	*chain = i;
}

static void link_out(struct tc_match *m, size_t i)
{
	struct kept *k = at(m, i);

	if (k->newer == NOBODY)
		*chain_of(m, &k->p.flow) = k->older;
	else
		at(m, k->newer)->older = k->older;
	if (k->older != NOBODY)
		at(m, k->older)->newer = k->newer;
}

/* Twice the room, all chains made again. */
static bool grow(struct tc_match *m)
{
	size_t cap = m->cap ? 2 * m->cap : FIRST_RING;
	struct kept *ring = malloc(cap * sizeof *ring);
	size_t *chain = malloc(cap * sizeof *chain);

	if (!ring || !chain) {
		free(ring);
		free(chain);
		return false;
	}
	for (size_t i = m->first; i < m->first + m->n; i++)
		ring[i & (cap - 1)] = *at(m, i);
	free(m->ring);
	free(m->chain);
	m->ring = ring;
	m->chain = chain;
	m->cap = cap;
	for (size_t i = 0; i < cap; i++)
		chain[i] = NOBODY;
	for (size_t i = m->first; i < m->first + m->n; i++)
		if (at(m, i)->p.tcp)
			link_in(m, i);
	return true;
}

/* ---- what a frame says of itself ------------------------------------------------- */

static uint64_t get(enum tc_header_id id, unsigned row, const uint8_t *header)
{
	return tc_field_get(&tc_header_get(id)->rows[row], header);
}

/* Sequence space by the header's own length; when that lies, at most what is there. */
static uint32_t seq_len(const uint8_t *tcp, size_t n, uint16_t flags)
{
	size_t head = 4 * get(TC_HDR_TCP, TC_TCP_HDR_LEN, tcp);
	size_t fixed = tc_header_get(TC_HDR_TCP)->head_bytes;

	if (head < fixed || head > n)
		head = fixed;
	return (uint32_t)(n - head) + !!(flags & TC_FLAG_SYN) + !!(flags & TC_FLAG_FIN);
}

/* What the header of either family says: the addresses, and what an ICMP error that quotes it
 * is known by. */
static void read_ip(struct tc_probe *p, const uint8_t *ip)
{
	if (ip[0] >> 4 == 6) {
		p->ttl = (uint8_t)get(TC_HDR_IPV6, TC_IPV6_HLIM, ip);
		p->flow.local_addr = tc_addr_from_v6(PLACE(ip, IPV6_SRC));
		p->flow.remote_addr = tc_addr_from_v6(PLACE(ip, IPV6_DST));
		return;
	}
	p->ttl = (uint8_t)get(TC_HDR_IP, TC_IP_TTL, ip);
	p->ip_id = (uint16_t)get(TC_HDR_IP, TC_IP_ID, ip);
	p->flow.local_addr = tc_addr_from_v4((uint32_t)get(TC_HDR_IP, TC_IP_SRC, ip));
	p->flow.remote_addr = tc_addr_from_v4((uint32_t)get(TC_HDR_IP, TC_IP_DST, ip));
}

/* By the header's own length: a trailer is not part of it. */
static size_t datagram_len(const uint8_t *ip)
{
	if (ip[0] >> 4 == 6)
		return IPV6_BYTES + get(TC_HDR_IPV6, TC_IPV6_PLEN, ip);
	return get(TC_HDR_IP, TC_IP_LEN, ip);
}

/* Reads what a crafted packet says; of one that was cut, its first fragment. */
static void read_probe(struct tc_probe *p, const struct tc_crafted *c)
{
	const uint8_t *ip = c->whole + c->at.ip, *tcp = c->whole + c->at.tcp;
	size_t head = (size_t)(c->at.tcp - c->at.ip), n, room;

	if (c->at.ip < 0)
		return;
	read_ip(p, ip);
	if (c->at.tcp < 0 || c->part)
		return;
	p->tcp = true;
	p->flow.local_port = (uint16_t)get(TC_HDR_TCP, TC_TCP_SRCPORT, tcp);
	p->flow.remote_port = (uint16_t)get(TC_HDR_TCP, TC_TCP_DSTPORT, tcp);
	p->seq = (tc_seq)get(TC_HDR_TCP, TC_TCP_SEQ, tcp);
	p->ack = (tc_seq)get(TC_HDR_TCP, TC_TCP_ACK, tcp);
	p->flags = (uint16_t)tc_bits_get(tcp, TC_TCP_FLAGS_OFF, TC_TCP_FLAGS_BITS);
	room = c->whole_len - (size_t)c->at.ip;
	n = datagram_len(ip);
	if (n > room || n < head + tc_header_get(TC_HDR_TCP)->head_bytes)
		n = room;
	p->seq_len = seq_len(tcp, n - head, p->flags);
}

struct tc_probe *tc_match_add(struct tc_match *m, const struct tc_crafted *c)
{
	struct tc_probe p = { .number = c->packet, .part = c->part, .len = c->len,
			      .dlt = c->dlt };

	if (m->n == m->most || (m->n == m->cap && !grow(m)))
		return NULL;
	p.frame = malloc(c->len);
	if (!p.frame)
		return NULL;
	memcpy(p.frame, c->bytes, c->len);
	read_probe(&p, c);
	at(m, m->first + m->n)->p = p;
	if (p.tcp)
		link_in(m, m->first + m->n);
	return &at(m, m->first + m->n++)->p;
}

void tc_match_drop(struct tc_match *m)
{
	if (at(m, m->first)->p.tcp)
		link_out(m, m->first);
	free(at(m, m->first)->p.frame);
	m->first++;
	m->n--;
}

struct tc_probe *tc_match_nth(struct tc_match *m, size_t n)
{
	return &at(m, m->first + n)->p;
}

size_t tc_match_count(const struct tc_match *m)
{
	return m->n;
}

/* ---- copies and answers ----------------------------------------------------------- */

/* Same bytes: of the whole frame when it was sent with its Ethernet header. */
static bool is_copy(const struct tc_probe *p, const uint8_t *frame, size_t n, size_t l3)
{
	if (p->dlt != TC_DLT_EN10MB && l3 <= n) {
		frame += l3;
		n -= l3;
	}
	return n == p->len && memcmp(frame, p->frame, n) == 0;
}

struct tc_probe *tc_match_copy(struct tc_match *m, const uint8_t *frame, size_t n,
			       size_t l3)
{
	size_t end = m->first + m->n, from;

	if (m->unstamped < m->first)
		m->unstamped = m->first;
	while (m->unstamped < end && at(m, m->unstamped)->p.stamped)
		m->unstamped++;
	from = m->unstamped;
	for (size_t i = from; i < end && i < from + COPY_LOOK_MOST; i++)
		if (!at(m, i)->p.stamped && is_copy(&at(m, i)->p, frame, n, l3)) {
			m->unstamped = i + 1;	/* the wire keeps the order */
			return &at(m, i)->p;
		}
	return NULL;
}

/* Does it acknowledge what the probe occupies, or speak where the probe's ACK pointed? */
static bool numbers_fit(const struct tc_probe *p, const struct tc_seg *s)
{
	uint32_t acked = s->ack - p->seq;

	if (s->flags & TC_FLAG_ACK && (p->seq_len ? acked && acked <= p->seq_len : !acked))
		return true;
	return p->flags & TC_FLAG_ACK && s->seq == p->ack;
}

static bool is_challenge(const struct tc_seg *s)
{
	return s->flags & TC_FLAG_ACK &&
	       !(s->flags & (TC_FLAG_SYN | TC_FLAG_RST | TC_FLAG_FIN)) && !s->len;
}

/* How well an answer fits: the probe without an answer before the others. */
static unsigned fit(const struct tc_probe *p, const struct tc_rx *rx)
{
	unsigned open = p->answers ? 0 : 1;

	if (rx->kind == TC_RX_ICMP_ERROR) {
		if (p->seq != rx->quoted_seq)
			return 0;
		return 2 + open + (p->ip_id == rx->quoted_id ? 2 : 0);
	}
	if (numbers_fit(p, &rx->seg))
		return 2 + open;
	return is_challenge(&rx->seg) ? open : 0;
}

struct tc_probe *tc_match_reply(struct tc_match *m, const struct tc_rx *rx)
{
	struct tc_flow flow = rx->kind == TC_RX_ICMP_ERROR ? rx->quoted : tc_flow_in(rx);
	struct tc_probe *best = NULL;
	unsigned best_fit = 0, f, looked = 0;

	if (!m->cap)
		return NULL;
	/* from the newest; of several that fit as well the oldest, but for a challenge */
	for (size_t i = *chain_of(m, &flow); i != NOBODY && looked++ < LOOK_MOST;
	     i = at(m, i)->older) {
		struct tc_probe *p = &at(m, i)->p;

		if (!tc_flow_same(&p->flow, &flow))
			continue;
		f = fit(p, rx);
		if (f > best_fit ||
		    (f == best_fit && f > 1 && !(p->answers && best->answers))) {
			best = p;
			best_fit = f;
		}
	}
	return best;
}

bool tc_match_knows(const struct tc_match *m, const struct tc_flow *flow)
{
	unsigned looked = 0;

	if (!m->cap)
		return false;
	for (size_t i = *chain_of(m, flow); i != NOBODY && looked++ < LOOK_MOST;
	     i = at(m, i)->older)
		if (tc_flow_same(&at(m, i)->p.flow, flow))
			return true;
	return false;
}
