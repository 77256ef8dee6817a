/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments of a crafted packet, of IPv4 and of IPv6; see fragment.h. */
#include "fragment.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <string.h>

#define COPIED 0x80		/* of an option's type: also in later fragments */

/* The options that later fragments carry. What cannot be read as options is carried
 * whole: it was asked for. */
static void copied_options(struct tc_buf *out, const uint8_t *o, size_t n)
{
	size_t before = out->len, len;

	for (size_t i = 0; i < n && o[i] != 0; i += len) {
		len = o[i] == 1 ? 1 : i + 1 < n ? o[i + 1] : 0;
		if (len == 0 || (o[i] != 1 && len < 2) || len > n - i) {
			out->len = before;
			tc_buf_add(out, o, n);
			return;
		}
		if (o[i] & COPIED)
			tc_buf_add(out, o + i, len);
	}
}

static int copy_layer(struct tc_packet *to, const struct tc_layer *from, bool first,
		      struct tc_error *err)
{
	int at = tc_packet_push(to, from->hdr, err);
	struct tc_layer *l = &to->layer[at < 0 ? 0 : at];

	if (at < 0)
		return at;
	l->set = from->set;
	l->bad = from->bad;
	memcpy(l->fixed, from->fixed, sizeof l->fixed);
	if (from->hdr->var_row >= 0 && first)
		tc_buf_add(&l->var, from->var.data, from->var.len);
	else if (from->hdr->var_row >= 0)
		copied_options(&l->var, from->var.data, from->var.len);
	return at;
}

/* The last layer that each fragment has: IPv4's header; of IPv6 the header and what routers on
 * the way look at, RFC 8200 4.5. Negative: nothing here can be cut. */
static int last_kept(const struct tc_packet *p)
{
	int at = tc_packet_layer(p, tc_header_get(TC_HDR_IP), 0);
	int routing = tc_packet_layer(p, tc_header_get(TC_HDR_ROUTING), 0);

	if (at >= 0)
		return at;
	at = tc_packet_layer(p, tc_header_get(TC_HDR_IPV6), 0);
	if (at >= 0 && (unsigned)at + 1 < p->n &&
	    p->layer[at + 1].hdr == tc_header_get(TC_HDR_HOPOPTS))
		at++;
	return at >= 0 && routing > at ? routing : at;
}

/* Known by numbers that the seed decides, as all of the packet: its ports and its number. */
static int push_fragment_header(struct tc_packet *q, const struct tc_packet *p, int kept,
				const uint8_t *part, size_t n, struct tc_error *err)
{
	int at = tc_packet_push(q, tc_header_get(TC_HDR_FRAGHDR), err);
	uint32_t ident = n < 8 ? 1 : tc_get32(part) ^ tc_get32(part + 4);
	int next = (unsigned)kept + 1 < p->n ? p->layer[kept + 1].hdr->ipproto : 0;
	int rc = at < 0 ? at : tc_packet_set(q, at, TC_FRAGHDR_IDENT, ident, err);

	if (rc >= 0 && next >= 0)
		rc = tc_packet_set(q, at, TC_FRAGHDR_NXT, (unsigned)next, err);
	return rc < 0 ? rc : at;
}

static void place_v6(struct tc_packet *q, int at, size_t offset, bool more)
{
	const struct tc_header *h = q->layer[at].hdr;

	tc_field_put(&h->rows[TC_FRAGHDR_OFFSET], q->layer[at].fixed, offset / 8);
	tc_field_put(&h->rows[TC_FRAGHDR_MORE], q->layer[at].fixed, more);
}

/* Rows that fragments compute: nobody set them, or tc_craft_open would have refused. */
static void place(struct tc_packet *q, int ip, size_t offset, bool more)
{
	const struct tc_header *h = q->layer[ip].hdr;

	tc_field_put(&h->rows[TC_IP_FRAG], q->layer[ip].fixed, offset / 8);
	tc_field_put(&h->rows[TC_IP_MF], q->layer[ip].fixed, more);
	if (!(q->layer[ip].set >> TC_IP_DF & 1))
		tc_field_put(&h->rows[TC_IP_DF], q->layer[ip].fixed, 0);
}

static int add_bytes(struct tc_packet *q, enum tc_header_id id, const uint8_t *bytes,
		     size_t n, struct tc_error *err)
{
	int at = tc_packet_push(q, tc_header_get(id), err);

	return at < 0 ? at : tc_packet_set_bytes(q, at, bytes, n, err);
}

static int build(struct tc_fragments *f, struct tc_error *err)
{
	size_t end;
	int n;

	if (tc_buf_reserve(&f->bytes, TC_PACKET_MAX) < 0)
		return tc_nomem(err);
	n = tc_packet_build(&f->piece, f->bytes.data + f->bytes.len, TC_PACKET_MAX, err);
	if (n < 0)
		return n;
	f->bytes.len += (size_t)n;
	end = f->bytes.len;
	tc_buf_add(&f->end, &end, sizeof end);
	return f->end.failed ? tc_nomem(err) : 0;
}

size_t tc_fragments_head(const struct tc_packet *p)
{
	bool v6 = tc_packet_layer(p, tc_header_get(TC_HDR_IP), 0) < 0;

	return tc_packet_offset(p, last_kept(p) + 1) +
	       (v6 ? tc_header_get(TC_HDR_FRAGHDR)->head_bytes : 0);
}

/* The headers of the fragment that begins `offset` bytes behind them. */
static int begin(struct tc_fragments *f, const struct tc_packet *p, int kept,
		 const uint8_t *part, size_t n, size_t offset, bool more, struct tc_error *err)
{
	bool v6 = tc_packet_layer(p, tc_header_get(TC_HDR_IP), 0) < 0;
	int rc = 0;

	tc_packet_clear(&f->piece);
	for (int i = 0; i <= kept && rc >= 0; i++)
		rc = copy_layer(&f->piece, &p->layer[i], offset == 0 || v6, err);
	if (rc >= 0 && v6)
		rc = push_fragment_header(&f->piece, p, kept, part, n, err);
	if (rc < 0)
		return rc;
	if (v6)
		place_v6(&f->piece, rc, offset, more);
	else
		place(&f->piece, kept, offset, more);
	return 0;
}

int tc_fragments_make(struct tc_fragments *f, const struct tc_packet *p,
		      const uint8_t *whole, size_t size, struct tc_error *err)
{
	int kept = last_kept(p), rc = 0;
	int tail = tc_packet_layer(p, tc_header_get(TC_HDR_TRAILER), 0);
	size_t from, to, n;

	if (kept < 0)
		return tc_fail(err, -EINVAL, "only IP packets have fragments");
	from = tc_packet_offset(p, kept + 1);
	to = tc_packet_offset(p, tail < 0 ? (int)p->n : tail);
	f->bytes.len = f->end.len = 0;
	for (size_t at = from; rc >= 0 && (at < to || at == from); at += n ? n : size) {
		n = to - at < size ? to - at : size;
		rc = begin(f, p, kept, whole + from, to - from, at - from, at + n < to, err);
		if (rc < 0)
			break;
		rc = add_bytes(&f->piece, TC_HDR_DATA, whole + at, n, err);
		if (rc >= 0 && at + n == to && tail >= 0)
			rc = add_bytes(&f->piece, TC_HDR_TRAILER, whole + to,
				       p->layer[tail].var.len, err);
		if (rc >= 0)
			rc = build(f, err);
	}
	return rc < 0 ? rc : 0;
}

void tc_fragments_free(struct tc_fragments *f)
{
	tc_buf_free(&f->bytes);
	tc_buf_free(&f->end);
	tc_packet_free(&f->piece);
}
