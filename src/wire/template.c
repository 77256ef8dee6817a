/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sending path: frames from a template, with what the run keeps constant copied and
 * already summed. It makes right frames only; wrong ones are built row by row
 * (packet.h).
 */
#include <tcpcraft/segment.h>
#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/tcpopt.h>
#include "place.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define VLANS_MAX 2		/* 802.1ad: a service tag before the customer's */

#define MD5_BYTES 16u		/* of zeros: it is computed over the whole segment, last */
#define AO_BYTES 12u		/* the same of RFC 5925's code */

/* What Linux puts before an option so that it ends on a 32-bit boundary. */
#define NOP_NOP ((uint32_t)TC_OPT_NOP << 24 | TC_OPT_NOP << 16)

/* 2^16 is 1 in one's complement, so words of any width may be added before folding. */
static uint16_t fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/* A template computes these rows for every frame: a value set on purpose would be lost. */
static int check_rows(const struct tc_layer *l, struct tc_error *err)
{
	uint64_t lost = l->set & l->hdr->auto_rows;

	if (!lost)
		return 0;
	return tc_fail(err, -EINVAL,
		       "%s is set, but a template computes it for every frame: unset it, "
		       "or build each packet", l->hdr->rows[__builtin_ctzll(lost)].name);
}

static bool is_layer(const struct tc_packet *p, unsigned at, enum tc_header_id id)
{
	return at < p->n && p->layer[at].hdr == tc_header_get(id);
}

/* Link layers before IP: their count, or -EINVAL when the stack is another one. */
static int check_layers(const struct tc_packet *p, struct tc_error *err)
{
	unsigned n = is_layer(p, 0, TC_HDR_ETH);

	while (n && n <= VLANS_MAX && is_layer(p, n, TC_HDR_VLAN))
		n++;
	if (p->n != n + 2 || !is_layer(p, n + 1, TC_HDR_TCP) ||
	    !(is_layer(p, n, TC_HDR_IP) || is_layer(p, n, TC_HDR_IPV6)))
		return tc_fail(err, -EINVAL,
			       "a template needs the layers [eth [vlan [vlan]]] ip|ipv6 tcp");
	return (int)n;
}

static void sum_head(struct tc_template *t)
{
	const uint8_t *ip = t->head + t->l3;

	t->ip_sum = fold((uint64_t)tc_get16(PLACE(ip, IP_VERSION)) +
			 tc_get16(PLACE(ip, IP_RB)) + tc_get16(PLACE(ip, IP_TTL)));
}

void tc_template_set_dsfield(struct tc_template *t, uint8_t dsfield)
{
	uint8_t *ip = t->head + t->l3;

	if (t->family == 4) {
		*PLACE(ip, IP_DSFIELD) = dsfield;
	} else {
		tc_bits_put(ip, TC_IPV6_DSCP_OFF, TC_IPV6_DSCP_BITS, dsfield >> 2);
		tc_bits_put(ip, TC_IPV6_ECN_OFF, TC_IPV6_ECN_BITS, dsfield & 3);
	}
	sum_head(t);
}

int tc_template_init(struct tc_template *t, struct tc_packet *p, struct tc_error *err)
{
	uint8_t bytes[TC_HEAD_MAX];
	int rc, layer = check_layers(p, err);

	if (layer < 0)
		return layer;
	if (p->layer[layer].var.len)
		return tc_fail(err, -EINVAL,
			       "a template has no room for ip.options (%zu bytes)",
			       p->layer[layer].var.len);
	rc = check_rows(&p->layer[layer], err);
	if (rc == 0)
		rc = check_rows(&p->layer[layer + 1], err);
	if (rc == 0)
		rc = tc_packet_build(p, bytes, sizeof bytes, err);
	if (rc < 0)
		return rc;
	t->l3 = (uint8_t)tc_packet_offset(p, layer);
	t->l4 = (uint8_t)tc_packet_offset(p, layer + 1);
	t->family = is_layer(p, (unsigned)layer, TC_HDR_IPV6) ? 6 : 4;
	memset(t->head, 0, sizeof t->head);
	memcpy(t->head, bytes, t->l4);
	t->order.n = 0;
	sum_head(t);
	t->tcp_sum = tc_checksum_pseudo(0, 0, TCP_IPPROTO, 0);
	return 0;
}

/* One of the two (RFC 5925 2.2): there is no room for both. */
static size_t signature_len(unsigned present)
{
	return present & TC_HAS_MD5 ? 20u : present & TC_HAS_AO ? 16u : 0;
}

/* Beyond those of most segments, which are written and counted by the shortest way. */
#define RARE (TC_HAS_MD5 | TC_HAS_AO | TC_HAS_SACK | TC_HAS_FASTOPEN)

/* sackOK takes the place of TS's two nops. */
static size_t common_opts_len(unsigned present)
{
	return (present & TC_HAS_MSS ? 4u : 0) + (present & TC_HAS_TS ? 12u : 0) +
	       ((present & (TC_HAS_TS | TC_HAS_SACK_OK)) == TC_HAS_SACK_OK ? 4u : 0) +
	       (present & TC_HAS_WSCALE ? 4u : 0);
}

/* All but a cookie and SACK blocks. */
static size_t fixed_opts_len(const struct tc_seg_opts *o)
{
	return common_opts_len(o->present) + signature_len(o->present);
}

/* Bytes of the Fast Open option and its padding; 0 if it is left out, as where there is no room
 * (RFC 7413 4.2.2). */
static size_t fastopen_len(const struct tc_seg_opts *o)
{
	const size_t n = (2u + o->cookie.n + 3u) & ~3u;

	if (!(o->present & TC_HAS_FASTOPEN))
		return 0;
	return fixed_opts_len(o) + n > TC_OPTIONS_MAX ? 0 : n;
}

static size_t plain_opts_len(const struct tc_seg_opts *o)
{
	return fixed_opts_len(o) + fastopen_len(o);
}

/* SACK blocks that fit beside the other options (RFC 2018 3). */
static unsigned sack_blocks(const struct tc_seg_opts *o)
{
	unsigned n = o->n_sack < TC_SACK_BLOCKS ? o->n_sack : TC_SACK_BLOCKS;
	size_t used, room;

	if (!(o->present & TC_HAS_SACK))
		return 0;
	used = plain_opts_len(o);
	room = used + 4 < TC_OPTIONS_MAX ? (TC_OPTIONS_MAX - used - 4) / 8 : 0;
	return n < room ? n : (unsigned)room;
}

size_t tc_seg_opts_len(const struct tc_seg_opts *opts)
{
	size_t n;
	unsigned blocks;

	if (!(opts->present & RARE))
		return common_opts_len(opts->present);
	n = plain_opts_len(opts);
	blocks = sack_blocks(opts);
	return blocks ? n + 4 + 8 * blocks : n;
}

static bool has_order(const struct tc_template *t, const struct tc_seg *seg)
{
	return t->order.n && seg->flags & TC_FLAG_SYN;
}

static size_t opts_len(const struct tc_template *t, const struct tc_seg *seg)
{
	uint8_t bytes[TC_OPTIONS_MAX];

	if (has_order(t, seg))
		return tc_syn_order_write(&t->order, &seg->opts, bytes);
	return seg->opts.present ? tc_seg_opts_len(&seg->opts) : 0;
}

size_t tc_template_head_len(const struct tc_template *t, const struct tc_seg *seg)
{
	return (size_t)(t->l4 + TCP_BYTES) + opts_len(t, seg);
}

/* Words on their way into the header, summed as they go: reading them back from memory
 * for the sum would wait for the stores. */
struct words {
	uint8_t *at;
	uint64_t sum;
};

static void add_word(struct words *w, uint32_t v)
{
	tc_put32(w->at, v);
	w->at += 4;
	w->sum += v;
}

/* Its nops come last, as Linux has it. */
static void add_cookie(struct words *w, const struct tc_seg_opts *o)
{
	uint8_t bytes[2 + TC_COOKIE_MAX + 2];

	assert(o->cookie.n <= TC_COOKIE_MAX);
	memset(bytes, TC_OPT_NOP, sizeof bytes);
	bytes[0] = TC_OPT_FASTOPEN;
	bytes[1] = (uint8_t)(2 + o->cookie.n);
	memcpy(bytes + 2, o->cookie.bytes, o->cookie.n);
	for (size_t i = 0; i < fastopen_len(o); i += 4)
		add_word(w, tc_get32(bytes + i));
}

/* A digest, SACK blocks, all behind their nops; then a cookie. */
static void add_rare_opts(struct words *w, const struct tc_seg_opts *o)
{
	const unsigned has = o->present;
	const unsigned blocks = sack_blocks(o);

	if (has & TC_HAS_MD5) {
		add_word(w, NOP_NOP | TC_OPT_MD5 << 8 | (2 + MD5_BYTES));
		for (unsigned i = 0; i < MD5_BYTES; i += 4)
			add_word(w, 0);
	} else if (has & TC_HAS_AO) {
		add_word(w, (uint32_t)TC_OPT_AO << 24 | (4 + AO_BYTES) << 16 |
			    (uint32_t)o->ao_keyid << 8 | o->ao_rnextkeyid);
		for (unsigned i = 0; i < AO_BYTES; i += 4)
			add_word(w, 0);
	}
	if (blocks)
		add_word(w, NOP_NOP | TC_OPT_SACK << 8 | (2 + 8 * blocks));
	for (unsigned i = 0; i < blocks; i++) {
		add_word(w, o->sack[i].left);
		add_word(w, o->sack[i].right);
	}
	if (has & TC_HAS_FASTOPEN && fastopen_len(o))
		add_cookie(w, o);
}

/* In Linux's order: mss, sackOK with TS, wscale; then the rare ones. */
static void add_opts(struct words *w, const struct tc_seg_opts *o)
{
	const unsigned has = o->present;
	const uint32_t sack_ok = (uint32_t)TC_OPT_SACK_PERM << 24 | 2u << 16;

	if (has & TC_HAS_MSS)
		add_word(w, (uint32_t)TC_OPT_MSS << 24 | 4u << 16 | o->mss);
	if (has & TC_HAS_TS) {
		add_word(w, (has & TC_HAS_SACK_OK ? sack_ok : NOP_NOP) |
			    TC_OPT_TS << 8 | 10);
		add_word(w, o->ts_val);
		add_word(w, o->ts_ecr);
	} else if (has & TC_HAS_SACK_OK) {
		add_word(w, NOP_NOP | TC_OPT_SACK_PERM << 8 | 2);
	}
	if (has & TC_HAS_WSCALE)
		add_word(w, (uint32_t)TC_OPT_NOP << 24 | TC_OPT_WSCALE << 16 | 3u << 8 |
			    o->wscale);
	if (has & RARE)
		add_rare_opts(w, o);
}

static void add_ordered(struct words *w, const struct tc_syn_order *order,
			const struct tc_seg_opts *o)
{
	uint8_t bytes[TC_OPTIONS_MAX];
	size_t n = tc_syn_order_write(order, o, bytes);

	for (size_t i = 0; i < n; i += 4)
		add_word(w, tc_get32(bytes + i));
}

/* They return the sum of the addresses. */
static uint64_t write_ip(const struct tc_template *t, uint8_t *ip, const struct tc_flow *flow,
			 uint16_t id, uint16_t total, uint8_t ecn)
{
	const uint32_t src = tc_get32(flow->local_addr.bytes);
	const uint32_t dst = tc_get32(flow->remote_addr.bytes);
	/* from the template: the byte of `ip` is still on its way to memory */
	const uint8_t dsfield = *PLACE(t->head + t->l3, IP_DSFIELD);
	const uint8_t more = (uint8_t)(ecn & ~dsfield);
	const uint64_t sum = (uint64_t)t->ip_sum + src + dst + total + id + more;

	if (more)
		*PLACE(ip, IP_DSFIELD) = dsfield | more;
	tc_put16(PLACE(ip, IP_LEN), total);
	tc_put16(PLACE(ip, IP_ID), id);
	memcpy(PLACE(ip, IP_SRC), flow->local_addr.bytes, sizeof src);
	memcpy(PLACE(ip, IP_DST), flow->remote_addr.bytes, sizeof dst);
	tc_put16(PLACE(ip, IP_CHECKSUM), (uint16_t)~fold(sum));
	return (uint64_t)src + dst;
}

/* The traffic class lies across two bytes, its two ECN bits in the second. */
enum { ECN_SHIFT = 8 - TC_IPV6_ECN_OFF % 8 - TC_IPV6_ECN_BITS };

static uint64_t put_ipv6_address(uint8_t *to, const struct tc_addr *a)
{
	uint64_t sum = 0;

	memcpy(to, a->bytes, sizeof a->bytes);
	for (unsigned i = 0; i < sizeof a->bytes; i += 4)
		sum += tc_get32(a->bytes + i);
	return sum;
}

static uint64_t write_ipv6(uint8_t *ip, const struct tc_flow *flow, uint16_t plen, uint8_t ecn)
{
	ip[TC_IPV6_ECN_OFF / 8] |= (uint8_t)(ecn << ECN_SHIFT);
	tc_put16(PLACE(ip, IPV6_PLEN), plen);
	return put_ipv6_address(PLACE(ip, IPV6_SRC), &flow->local_addr) +
	       put_ipv6_address(PLACE(ip, IPV6_DST), &flow->remote_addr);
}

/* The TCP header but for its checksum, which stays unwritten; returns its sum. */
static uint64_t write_tcp(const struct tc_template *t, uint8_t *tcp,
			  const struct tc_flow *flow, const struct tc_seg *seg, size_t head)
{
	const uint16_t flags = seg->flags & ((1u << TC_TCP_FLAGS_BITS) - 1);
	const uint16_t len_flags = (uint16_t)(head / 4 << TC_TCP_FLAGS_BITS | flags);
	struct words opts = { tcp + TCP_BYTES, 0 };

	tc_put16(PLACE(tcp, TCP_SRCPORT), flow->local_port);
	tc_put16(PLACE(tcp, TCP_DSTPORT), flow->remote_port);
	tc_put32(PLACE(tcp, TCP_SEQ), seg->seq);
	tc_put32(PLACE(tcp, TCP_ACK), seg->ack);
	tc_put16(PLACE(tcp, TCP_HDR_LEN), len_flags);
	tc_put16(PLACE(tcp, TCP_WINDOW), seg->wnd);
	tc_put16(PLACE(tcp, TCP_URGENT), seg->urg);
	if (has_order(t, seg))
		add_ordered(&opts, &t->order, &seg->opts);
	else if (seg->opts.present)
		add_opts(&opts, &seg->opts);
	return opts.sum + flow->local_port + flow->remote_port + seg->seq + seg->ack +
	       len_flags + seg->wnd + seg->urg;
}

/* The head is copied as if it began with Ethernet, in lengths that the compiler turns into a
 * few moves; what is too much of it falls on the TCP header, which is written afterwards. */
enum { TAGS_MAX = VLANS_MAX * VLAN_BYTES };

static_assert(sizeof ((struct tc_template *)0)->head == ETH_BYTES + TAGS_MAX + IPV6_BYTES,
	      "the longest head is of IPv6");
static_assert((int)ETH_BYTES <= (int)TCP_BYTES && (int)TAGS_MAX <= (int)TCP_BYTES,
	      "not into a payload that is in place");

static void copy_head(const struct tc_template *t, uint8_t *out)
{
	const size_t tags = ETH_BYTES + IP_BYTES, tags6 = ETH_BYTES + IPV6_BYTES;

	memcpy(out, t->head, tags);
	if (t->family == 6)
		memcpy(out + tags, t->head + tags, tags6 - tags);
	if (t->l3 > ETH_BYTES)
		memcpy(out + t->l4 - TAGS_MAX, t->head + t->l4 - TAGS_MAX, TAGS_MAX);
}

size_t tc_template_emit(const struct tc_template *t, const struct tc_flow *flow,
			const struct tc_seg *seg, uint16_t ip_id, const uint8_t *payload,
			uint8_t *out)
{
	const size_t head = TCP_BYTES + opts_len(t, seg);
	uint8_t *ip = out + t->l3, *tcp = out + t->l4;
	const size_t len = head + seg->len;
	uint64_t sum = t->tcp_sum + len, pseudo;

	assert(len + IP_BYTES <= UINT16_MAX);
	copy_head(t, out);
	if (t->family == 4)
		sum += write_ip(t, ip, flow, ip_id, (uint16_t)(IP_BYTES + len), seg->ecn);
	else
		sum += write_ipv6(ip, flow, (uint16_t)len, seg->ecn);
	pseudo = sum;
	sum += write_tcp(t, tcp, flow, seg, head);
	if (seg->len && payload)
		memcpy(tcp + head, payload, seg->len);
	if (seg->len && !seg->each)
		sum += tc_checksum_sum(tcp + head, seg->len, 0);
	/* who cuts it makes the checksums, from what is there */
	tc_put16(PLACE(tcp, TCP_CHECKSUM), seg->each ? fold(pseudo) : (uint16_t)~fold(sum));
	return t->l4 + len;
}
