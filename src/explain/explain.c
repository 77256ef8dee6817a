/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames taken apart and judged; see explain.h. How they look is in text.c and
 * json.c. */
#include "digest.h"

#include "base/name.h"

#include <tcpcraft/error.h>
#include "peel/headers.h"
#include "peel/tunnel.h"
#include "wire/family.h"
#include "wire/icmp.h"
#include "wire/link_type.h"
#include "wire/pseudo.h"
#include <tcpcraft/payload.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct tc_explain_layer *add_layer(struct tc_explain *e, const struct tc_header *h,
					  size_t at, size_t len)
{
	struct tc_explain_layer *l;

	if (e->n_layers == TC_EXPLAIN_LAYERS)
		return NULL;
	l = &e->layer[e->n_layers++];
	*l = (struct tc_explain_layer){ .hdr = h, .at = at, .len = len };
	return l;
}

/* RFC 792, RFC 4443 2.4: errors carry the header that provoked them. NULL: layer i is none. */
static const struct tc_header *quoted_by(const struct tc_packet *p, int i)
{
	const struct tc_header *h = p->layer[i].hdr;

	if (h == tc_header_get(TC_HDR_ICMP) &&
	    tc_icmp_quotes(4, (uint8_t)tc_packet_get(p, i, TC_ICMP_TYPE)))
		return tc_header_get(TC_HDR_IP);
	if (h == tc_header_get(TC_HDR_ICMPV6_ERROR) || h == tc_header_get(TC_HDR_ICMPV6_BIG) ||
	    h == tc_header_get(TC_HDR_ICMPV6_PARAM))
		return tc_header_get(TC_HDR_IPV6);
	return NULL;
}

static bool is_ip(const struct tc_header *h)
{
	return tc_family_of(h) != NULL;
}

/* What data can be read as, or NULL. No number announces what TCP carries: its first fields
 * do. */
static const struct tc_header *inside(const struct tc_explain *e, const struct tc_packet *p,
				      int data, const uint8_t *bytes, size_t n)
{
	if (data == 0)
		return NULL;
	if (quoted_by(p, data - 1))
		return quoted_by(p, data - 1);
	if (p->layer[data - 1].hdr == tc_header_get(TC_HDR_TCP) &&
	    n >= e->payload->head_bytes && tc_payload_looks(e->payload, bytes, n))
		return e->payload;
	return NULL;
}

/* The header that the parser stumbled over: the one after the last it took. */
static const struct tc_header *broken_header(const struct tc_packet *p, unsigned taken,
					     const struct tc_header *first)
{
	if (taken == 0)
		return first;
	return tc_header_next(p->layer[taken - 1].hdr, p->layer[taken - 1].fixed);
}

static void take_apart(struct tc_explain *e, size_t at, size_t n,
		       const struct tc_header *first, bool quoted);

/* A tunnel's headers at the beginning of len bytes, and what is in it: true. */
static bool list_tunnel(struct tc_explain *e, size_t at, size_t len, bool quoted)
{
	const struct tc_tunnel *t = e->tunnel;
	const struct tc_tunnel_header *h = t->header, *end = h + t->n_headers;
	struct tc_explain_layer *l;

	while (h < end && h->at != at)
		h++;
	if (quoted || h == end || e->n_parts == TC_EXPLAIN_PARTS)
		return false;
	for (; h < end && h->at == at && h->kind >= TC_HDR_COUNT && h->len <= len; h++) {
		l = add_layer(e, tc_peel_header(h->kind), at, h->len);
		if (l)
			l->around = true;
		at += h->len;
		len -= h->len;
	}
	if (h < end && h->at == at && h->kind < TC_HDR_COUNT)
		take_apart(e, at, len, tc_peel_header(h->kind), false);
	else if (len)
		add_layer(e, tc_header_get(TC_HDR_DATA), at, len);
	return true;
}

/* The type before a tag says which kind it is (IEEE 802.1Q 9.5); a packet's header of tags is
 * one for all kinds, and the names are those of a capture's. */
static bool is_service_tag(const struct tc_packet *p, int i)
{
	const struct tc_header *before = i ? p->layer[i - 1].hdr : NULL;

	if (p->layer[i].hdr != tc_header_get(TC_HDR_VLAN))
		return false;
	if (before == tc_header_get(TC_HDR_ETH))
		return tc_packet_get(p, i - 1, TC_ETH_TYPE) == TC_ETHERTYPE_SERVICE_TAG;
	return before == p->layer[i].hdr &&
	       tc_packet_get(p, i - 1, TC_VLAN_ETYPE) == TC_ETHERTYPE_SERVICE_TAG;
}

/* Layer i of a part; its data may hold another. */
static void list_layer(struct tc_explain *e, const struct tc_packet *p, int i, size_t at,
		       bool quoted)
{
	size_t len = tc_packet_layer_len(p, i);
	const struct tc_header *next = NULL;
	struct tc_explain_layer *l;

	if (p->layer[i].hdr == tc_header_get(TC_HDR_DATA) && list_tunnel(e, at, len, quoted))
		return;
	if (p->layer[i].hdr == tc_header_get(TC_HDR_DATA))
		next = inside(e, p, i, e->bytes + at, len);
	if (next && e->n_parts < TC_EXPLAIN_PARTS) {
		take_apart(e, at, len, next, quoted || is_ip(next));
		return;
	}
	if (is_service_tag(p, i)) {
		l = add_layer(e, tc_peel_header(PEEL_SERVICE_TAG), at, len);
		if (l)
			l->around = true;
		return;
	}
	l = add_layer(e, p->layer[i].hdr, at, len);
	if (l) {
		l->packet = p;
		l->index = i;
		l->quoted = quoted;
	}
}

/* Bytes of this layer's datagram that ip.len or ipv6.plen counts and that are not here. */
static size_t lacking(const struct tc_packet *p, int layer)
{
	int ip = is_ip(p->layer[layer].hdr) ? layer : tc_ip_outside(p, layer);
	const struct tc_family *f;
	size_t there = 0, len;

	if (ip < 0)
		return 0;
	for (unsigned i = (unsigned)ip; i < p->n; i++)
		if (p->layer[i].hdr != tc_header_get(TC_HDR_TRAILER))
			there += tc_packet_layer_len(p, (int)i);
	f = tc_family_of(p->layer[ip].hdr);
	len = f->not_counted + tc_packet_get(p, ip, f->length);
	return len > there ? len - there : 0;
}

static void note_lacking(struct tc_explain *e, const struct tc_packet *p)
{
	int layer = 0;
	const struct tc_family *f;

	while (layer < (int)p->n && !is_ip(p->layer[layer].hdr))
		layer++;
	if (layer == (int)p->n || !lacking(p, layer))
		return;
	f = tc_family_of(p->layer[layer].hdr);
	snprintf(e->damage, sizeof e->damage, "%s=%u, %zu bytes of them are missing",
		 p->layer[layer].hdr->rows[f->length].name,
		 (unsigned)tc_packet_get(p, layer, f->length), lacking(p, layer));
}

/* What there is of a header that could not be taken, and the bytes behind it. */
static void list_broken(struct tc_explain *e, const struct tc_header *h, size_t at,
			size_t n, bool quoted)
{
	size_t most = h && h->n_parts ? h->rows[h->parts[0].row].off / 8 : h ? h->head_bytes : 0;
	size_t head = n > most ? most : n;
	struct tc_explain_layer *l = h ? add_layer(e, h, at, head) : NULL;

	if (l)
		l->quoted = quoted;
	if (n > head)
		add_layer(e, tc_header_get(TC_HDR_DATA), at + head, n - head);
}

static void take_apart(struct tc_explain *e, size_t at, size_t n,
		       const struct tc_header *first, bool quoted)
{
	struct tc_packet *p = &e->part[e->n_parts++];
	const struct tc_header *data = tc_header_get(TC_HDR_DATA);
	const struct tc_header *trailer = tc_header_get(TC_HDR_TRAILER);
	struct tc_error why = { 0 };
	bool broken = tc_packet_parse_as(p, e->bytes + at, n, first, &why) < 0;

	if (broken && !quoted && !*e->damage)
		snprintf(e->damage, sizeof e->damage, "%s", why.msg);
	for (unsigned i = 0; i < p->n; i++) {
		const struct tc_header *h = p->layer[i].hdr;
		size_t len = tc_packet_layer_len(p, (int)i);

		if (broken && (h == data || h == trailer)) {
			list_broken(e, broken_header(p, i, first), at, h == data ? len : 0,
				    quoted);
			broken = false;
		}
		if (h != data || !*why.msg)
			list_layer(e, p, (int)i, at, quoted);
		at += len;
	}
	if (!*e->damage && !quoted)
		note_lacking(e, p);
	if (broken)		/* not a byte of it is there */
		list_broken(e, broken_header(p, p->n, first), at, 0, quoted);
}

/* Where the first header is that a table describes. */
static const struct tc_header *pass_link_header(struct tc_explain *e,
						const struct tc_header *first)
{
	struct tc_error why;
	uint16_t type;
	int rc;

	if (e->dlt == TC_DLT_UNKNOWN)
		return first;
	if (e->dlt == TC_DLT_EN10MB)
		return tc_header_get(TC_HDR_ETH);
	rc = tc_link_read(e->bytes, e->n, e->dlt, &type, &why);
	if (rc < 0) {
		snprintf(e->damage, sizeof e->damage, "%s", why.msg);
		return tc_header_get(TC_HDR_DATA);
	}
	e->link_bytes = (size_t)rc;
	for (enum tc_header_id id = 0; id < TC_HDR_COUNT; id++)
		if (type && tc_header_get(id)->ethertype == type)
			return tc_header_get(id);
	return tc_header_get(TC_HDR_DATA);
}

/* The link type of a frame that begins with this header, where nothing says one. */
static int link_of(int dlt, const struct tc_header *first)
{
	if (dlt != TC_DLT_UNKNOWN)
		return dlt;
	if (first == tc_header_get(TC_HDR_ETH))
		return TC_DLT_EN10MB;
	return first == tc_header_get(TC_HDR_IP) ? TC_DLT_IPV4 :
	       first == tc_header_get(TC_HDR_IPV6) ? TC_DLT_IPV6 : TC_DLT_UNKNOWN;
}

int tc_explain_open(struct tc_explain *e, const struct tc_frame *f, int dlt,
		    enum tc_header_id first, struct tc_error *err)
{
	return tc_explain_open_as(e, f, dlt, tc_header_get(first), NULL, err);
}

int tc_explain_open_as(struct tc_explain *e, const struct tc_frame *f, int dlt,
		       const struct tc_header *first, const struct tc_header *payload,
		       struct tc_error *err)
{
	struct tc_tunnel tunnel;

	*e = (struct tc_explain){
		.bytes = f->len ? f->bytes : (const uint8_t *)"", .n = f->len, .dlt = dlt,
		.payload = payload ? payload : tc_header_get(TC_HDR_PROT),
		.missing = f->wire_len > f->len ? f->wire_len - f->len : 0,
	};
	tc_tunnel_find(&tunnel, e->bytes, e->n, link_of(dlt, first));
	e->tunnel = &tunnel;
	first = pass_link_header(e, first);
	take_apart(e, e->link_bytes, e->n - e->link_bytes, first, false);
	e->tunnel = NULL;
	for (unsigned i = 0; i < e->n_parts; i++)
		for (unsigned k = 0; k < e->part[i].n; k++)
			if (e->part[i].layer[k].var.failed)
				return tc_nomem(err);
	return 0;
}

void tc_explain_free(struct tc_explain *e)
{
	for (unsigned i = 0; i < TC_EXPLAIN_PARTS; i++)
		tc_packet_free(&e->part[i]);
	*e = (struct tc_explain){ 0 };
}

/* ---- one field -------------------------------------------------------------------- */

/* The first variable row; none: how many rows there are. */
static unsigned first_variable(const struct tc_header *h)
{
	return h->n_parts ? h->parts[0].row : h->var_row < 0 ? h->n_rows : (unsigned)h->var_row;
}

/* Is the layer in a fragment, with others before or behind it? */
static bool is_fragment(const struct tc_packet *p, int ip, int layer)
{
	if (p->layer[ip].hdr == tc_header_get(TC_HDR_IP))
		return tc_packet_get(p, ip, TC_IP_MF) || tc_packet_get(p, ip, TC_IP_FRAG);
	for (int i = ip + 1; i < layer; i++)
		if (p->layer[i].hdr == tc_header_get(TC_HDR_FRAGHDR) &&
		    (tc_packet_get(p, i, TC_FRAGHDR_MORE) || tc_packet_get(p, i, TC_FRAGHDR_OFFSET)))
			return true;
	return false;
}

/* Why a checksum or length cannot be held against the bytes, or NULL. */
static const char *uncheckable(const struct tc_explain *e, const struct tc_explain_layer *l,
			       const struct tc_field *f)
{
	const struct tc_packet *p = l->packet;
	int ip = p ? tc_ip_outside(p, l->index) : -1;
	bool all = f->autofill == TC_FILL_CSUM_ALL || f->autofill == TC_FILL_CSUM_PSEUDO;
	bool counts = f->autofill == TC_FILL_TOTAL_LEN || f->autofill == TC_FILL_BODY_LEN;

	if (l->quoted && (all || counts))
		return "only a part is quoted";
	if ((e->missing || !l->packet) && (all || counts))
		return "the capture is cut";
	if (!all)
		return NULL;
	if (ip < 0 && f->autofill == TC_FILL_CSUM_PSEUDO)
		return "the addresses are not known";
	if (ip >= 0 && is_fragment(p, ip, l->index))
		return "one fragment of several";
	/* a capture would say when it is cut; bare bytes may have been pasted in part */
	return e->dlt == TC_DLT_UNKNOWN && lacking(p, l->index) ? "bytes are missing"
								: NULL;
}

/* Only the pseudo-header's sum, uncomplemented, is there. */
static bool is_partial(const struct tc_packet *p, int layer, uint64_t value)
{
	size_t n = 0;

	if (tc_ip_outside(p, layer) < 0)
		return false;
	for (unsigned i = (unsigned)layer; i < p->n; i++)
		if (p->layer[i].hdr != tc_header_get(TC_HDR_TRAILER))
			n += tc_packet_layer_len(p, (int)i);
	return value == tc_pseudo_sum(p, layer, n);
}

/* What a capture on the sending host has in place of a sum that the network card puts there:
 * in an IP header 0, in TCP's the pseudo-header's sum, with the length or (large send
 * offload) without it. */
static bool is_offloaded(const struct tc_explain *e, const struct tc_explain_layer *l,
			 const struct tc_explained *x)
{
	bool captured = e->dlt != TC_DLT_UNKNOWN;

	if (x->field->autofill == TC_FILL_CSUM_HDR)
		return captured && x->value == 0;
	if (x->field->autofill != TC_FILL_CSUM_PSEUDO ||
	    tc_ip_outside(l->packet, l->index) < 0)
		return false;
	return is_partial(l->packet, l->index, (uint64_t)x->value) ||
	       (captured && x->value == tc_pseudo_sum(l->packet, l->index, 0));
}

static void judge(const struct tc_explain *e, const struct tc_explain_layer *l,
		  unsigned row, struct tc_explained *x)
{
	if (x->field->autofill == TC_FILL_NONE)
		return;
	x->why = uncheckable(e, l, x->field);
	if (x->why ||
	    tc_packet_computed(l->packet, l->index, row, &x->expected, NULL) < 0) {
		x->check = TC_CHECK_UNKNOWN;
		return;
	}
	x->check = x->expected == x->value ? TC_CHECK_OK : TC_CHECK_BAD;
	if (x->check == TC_CHECK_BAD && is_offloaded(e, l, x))
		x->check = TC_CHECK_PARTIAL;
}

/* What a header that could not be taken says of its own length, in bytes; 0: not in one field. */
static size_t claimed(const struct tc_header *h, const uint8_t *bytes)
{
	for (unsigned row = 0; row < first_variable(h); row++) {
		if (h->rows[row].autofill == TC_FILL_HDR_LEN)
			return 4 * (size_t)tc_field_value(&h->rows[row], bytes);
		if (h->rows[row].autofill == TC_FILL_EXT_LEN)
			return 8 * (size_t)(tc_field_value(&h->rows[row], bytes) + 1);
	}
	return 0;
}

/* Where the bytes ended on the wire that can be this layer's: the IP headers before it count
 * theirs. */
static size_t end_on_wire(const struct tc_explain *e, const struct tc_explain_layer *l)
{
	size_t end = e->n + e->missing;

	for (const struct tc_explain_layer *ip = e->layer; ip < l; ip++) {
		const struct tc_family *f = ip->packet ? tc_family_of(ip->hdr) : NULL;
		size_t counted = f ? (size_t)tc_packet_get(ip->packet, ip->index, f->length) : 0;
		size_t at = counted ? ip->at + f->not_counted + counted : end;

		if (at > l->at && at < end)
			end = at;
	}
	return end;
}

/* Why a header could not be taken. A length that the wire had the bytes for is none that lies. */
static const char *broken_by(const struct tc_explain *e, const struct tc_explain_layer *l)
{
	size_t len;

	if (l->len < l->hdr->head_bytes)
		return "the header is not whole";
	if (l->quoted)
		return "only a part is quoted";
	len = claimed(l->hdr, e->bytes + l->at);
	return e->missing && (!len || len >= l->hdr->head_bytes) &&
	       l->at + len <= end_on_wire(e, l) ? "the capture is cut" : "its length lies";
}

/* What is there of a header that could not be taken: its rows as far as its bytes go. */
static void broken_field(const struct tc_explain *e, const struct tc_explain_layer *l,
			 unsigned row, struct tc_explained *x)
{
	const struct tc_header *h = l->hdr;

	x->bit = x->field->off;
	x->bits = x->field->bits;
	if (h->head_bytes + h->tail_bytes == 0) {	/* bytes behind it */
		x->there = true;
		x->bits = (unsigned)(8 * l->len);
		x->bytes = e->bytes + l->at;
	}
	if (!x->field->bits || row > first_variable(h))
		return;
	x->there = (x->bit + x->bits + 7) / 8 <= l->len;
	if (x->there)
		x->value = tc_field_value(x->field, e->bytes + l->at);
	if (!x->there || x->field->autofill == TC_FILL_NONE)
		return;
	x->check = TC_CHECK_UNKNOWN;
	x->why = broken_by(e, l);
	if (x->field->autofill == TC_FILL_HDR_LEN && 4 * x->value < h->head_bytes) {
		x->check = TC_CHECK_BAD;	/* or more, if options were meant */
		x->expected = h->head_bytes / 4;
		x->why = NULL;
	}
}

void tc_explain_field(const struct tc_explain *e, unsigned layer, unsigned row,
		      struct tc_explained *x)
{
	const struct tc_explain_layer *l = &e->layer[layer];
	const struct tc_header *h = l->hdr;
	const struct tc_layer *at;

	*x = (struct tc_explained){ .field = &h->rows[row] };
	if (!l->packet) {
		broken_field(e, l, row, x);
		return;
	}
	at = &l->packet->layer[l->index];
	x->there = true;
	x->bit = (unsigned)tc_layer_bit(at, row);
	if (x->field->bits == 0) {
		x->bits = (unsigned)tc_layer_bit(at, row + 1) - x->bit;
		x->bytes = e->bytes + l->at + x->bit / 8;
		if ((e->md5 || e->ao) && x->field->kind == TC_KIND_TCPOPT)
			tc_explain_digest(e, layer, x);
		return;
	}
	x->bits = x->field->bits;
	x->value = tc_packet_value(l->packet, l->index, row);
	judge(e, l, row, x);
}

const char *tc_check_name(enum tc_check c)
{
	static const char *const names[] = {
		[TC_CHECK_NONE] = "", [TC_CHECK_OK] = "ok", [TC_CHECK_BAD] = "BAD",
		[TC_CHECK_PARTIAL] = "partial", [TC_CHECK_UNKNOWN] = "not checked",
	};

	return TC_NAME(names, c);
}
