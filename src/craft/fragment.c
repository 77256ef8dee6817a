/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 fragments of a crafted packet; see fragment.h. */
#include "fragment.h"

#include <tcpcraft/error.h>

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

int tc_fragments_make(struct tc_fragments *f, const struct tc_packet *p,
		      const uint8_t *whole, size_t size, struct tc_error *err)
{
	int ip = tc_packet_layer(p, tc_header_get(TC_HDR_IP), 0), rc = 0;
	int tail = tc_packet_layer(p, tc_header_get(TC_HDR_TRAILER), 0);
	size_t from = tc_packet_offset(p, ip + 1);
	size_t to = tc_packet_offset(p, tail < 0 ? (int)p->n : tail), n;

	f->bytes.len = f->end.len = 0;
	for (size_t at = from; rc >= 0 && (at < to || at == from); at += n ? n : size) {
		n = to - at < size ? to - at : size;
		tc_packet_clear(&f->piece);
		for (int i = 0; i <= ip && rc >= 0; i++)
			rc = copy_layer(&f->piece, &p->layer[i], at == from, err);
		if (rc < 0)
			break;
		place(&f->piece, ip, at - from, at + n < to);
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
