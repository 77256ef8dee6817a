/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes to packet. A header's length comes from its own rows; every length is checked
 * here, once, against the bytes that are there. Nothing is judged that does not decide
 * where bytes belong: wrong versions and checksums are kept as they are.
 */
#include "layer.h"
#include "link_type.h"
#include "place.h"

#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define NO_NEXT_HEADER 59	/* RFC 8200 4.7 */

static uint64_t value_at(const struct tc_header *h, int row, const uint8_t *bytes)
{
	return tc_field_get(&h->rows[row], bytes);
}

/* … by the row that counts it, and perhaps other bytes of the header (tc_field.add). */
static int counted_length(const struct tc_header *h, const struct tc_field *f,
			  const uint8_t *bytes, size_t avail, size_t *len,
			  struct tc_error *err)
{
	unsigned fixed = h->head_bytes + h->tail_bytes;
	uint64_t v = tc_field_get(f, bytes), var = v - (uint64_t)f->add;

	if (f->add > 0 && v < (uint64_t)f->add)
		return tc_fail(err, -EBADMSG, "%s=%" PRIu64 ", %d at least: so many bytes it "
			       "counts besides %s", f->name, v, f->add,
			       h->rows[h->var_row].name);
	if (h->var_max && var > h->var_max)
		return tc_fail(err, -EBADMSG, "%s=%" PRIu64 ", %" PRIu64 " at most", f->name,
			       v, h->var_max + (uint64_t)f->add);
	if (var > avail || var + fixed > avail)
		return tc_fail(err, -EAGAIN, "%s=%" PRIu64 ", %zu bytes are there", f->name, v,
			       (size_t)(avail - h->head_bytes + (uint64_t)f->add));
	*len = (size_t)var;
	return 0;
}

/* Length of the variable row of a header that starts at bytes (its head is there). */
static int var_length(const struct tc_header *h, const uint8_t *bytes, size_t avail,
		      size_t *len, struct tc_error *err)
{
	unsigned fixed = h->head_bytes + h->tail_bytes;
	int words = row_with(h, TC_FILL_HDR_LEN), eights = row_with(h, TC_FILL_EXT_LEN);
	int count = row_with(h, TC_FILL_VAR_LEN);
	uint64_t v;

	if (words >= 0) {
		v = value_at(h, words, bytes);
		if (4 * v < fixed)
			return tc_fail(err, -EBADMSG, "%s=%" PRIu64 " is %" PRIu64
				       " bytes, the header of %s needs %u",
				       h->rows[words].name, v, 4 * v, h->name, fixed);
		if (4 * v > avail)
			return tc_fail(err, -EAGAIN, "%s=%" PRIu64 " is %" PRIu64
				       " bytes, %zu are there", h->rows[words].name, v,
				       4 * v, avail);
		*len = 4 * (size_t)v - fixed;
	} else if (eights >= 0) {
		v = 8 * (value_at(h, eights, bytes) + 1);
		if (v > avail)
			return tc_fail(err, -EAGAIN, "%s=%" PRIu64 " is %" PRIu64
				       " bytes, %zu are there", h->rows[eights].name, v / 8 - 1,
				       v, avail);
		*len = (size_t)v - fixed;
	} else if (count >= 0) {
		return counted_length(h, &h->rows[count], bytes, avail, len, err);
	} else {
		*len = h->var_row < 0 ? 0 : avail - fixed;
	}
	return 0;
}

/* Take one layer off the front of bytes; *used is its length. */
static int take_layer(struct tc_packet *p, const struct tc_header *h, const uint8_t *bytes,
		      size_t avail, size_t *used, struct tc_error *err)
{
	unsigned fixed = h->head_bytes + h->tail_bytes;
	size_t var = 0;
	struct tc_layer *l;
	int rc;

	if (avail < fixed)
		return tc_fail(err, -EAGAIN, "%s needs %u bytes, %zu are there", h->name,
			       fixed, avail);
	rc = var_length(h, bytes, avail, &var, err);
	if (rc < 0)
		return rc;
	rc = tc_packet_push(p, h, err);
	if (rc < 0)
		return rc;
	l = &p->layer[rc];
	if (h->var_row >= 0) {
		tc_buf_add(&l->var, bytes + h->head_bytes, var);
		if (l->var.failed)
			return tc_fail(err, -ENOMEM, "%s: out of memory", h->name);
	}
	memcpy(l->fixed, bytes, h->head_bytes);
	memcpy(l->fixed + h->head_bytes, bytes + h->head_bytes + var, h->tail_bytes);
	l->set = UINT64_MAX >> (64 - h->n_rows);
	*used = fixed + var;
	return 0;
}

/* Where the bytes that this layer counts end: at most `avail` after its start. */
static size_t counted_bytes(const struct tc_header *h, const uint8_t *bytes, size_t used,
			    size_t avail)
{
	int row = row_with(h, TC_FILL_TOTAL_LEN), body = row_with(h, TC_FILL_BODY_LEN);
	uint64_t total = row < 0 ? avail : value_at(h, row, bytes);

	/* RFC 2675 3: the length is in an option; it is 0 before an offload, too */
	if (body >= 0 && (value_at(h, body, bytes) ||
			  value_at(h, row_with(h, TC_FILL_IPPROTO), bytes) == NO_NEXT_HEADER))
		total = used + value_at(h, body, bytes);
	return total < used || total > avail ? avail : (size_t)total;
}

bool tc_header_marks(const struct tc_header *h, const uint8_t *bytes, size_t n)
{
	for (uint64_t rows = h->mark_rows; rows; rows &= rows - 1) {
		const struct tc_field *f = &h->rows[__builtin_ctzll(rows)];

		if ((f->off + f->bits + 7u) / 8 > n || tc_field_get(f, bytes) != f->def)
			return false;
	}
	return true;
}

/* Extension headers of IPv6 follow nothing else: what IPv4 calls 0 is none of them. */
bool tc_header_is_extension(const struct tc_header *h)
{
	return h >= tc_header_get(TC_HDR_HOPOPTS) && h <= tc_header_get(TC_HDR_DSTOPTS);
}

/* A fragment at another offset does not begin with a header (RFC 791 3.1, RFC 8200 4.5). */
static bool is_later_fragment(const struct tc_header *h, const uint8_t *bytes)
{
	return (h == tc_header_get(TC_HDR_IP) && value_at(h, TC_IP_FRAG, bytes)) ||
	       (h == tc_header_get(TC_HDR_FRAGHDR) && value_at(h, TC_FRAGHDR_OFFSET, bytes));
}

/* The types of a tag are several, its header is one. */
static uint64_t announced(uint64_t ethertype)
{
	return tc_is_tag((uint16_t)ethertype) ? VLAN_ETHERTYPE : ethertype;
}

/* Is `to` what this header announces by its numbers? Rows are -1 where it has none. */
static bool announces(const struct tc_header *h, const uint8_t *bytes, int etype, int proto,
		      int icmpv6, const struct tc_header *to)
{
	uint64_t type = icmpv6 < 0 ? 0 : value_at(h, icmpv6, bytes);

	if (etype >= 0 && to->ethertype && announced(value_at(h, etype, bytes)) == to->ethertype)
		return true;
	if (type && (type == (to->icmpv6 & 0xffu) || type == to->icmpv6 >> 8))
		return true;
	return proto >= 0 && to->ipproto >= 0 &&
	       value_at(h, proto, bytes) == (uint64_t)to->ipproto &&
	       (!tc_header_is_extension(to) || h == tc_header_get(TC_HDR_IPV6) ||
		tc_header_is_extension(h));
}

const struct tc_header *tc_header_next(const struct tc_header *h, const uint8_t *bytes)
{
	int etype = row_with(h, TC_FILL_ETHERTYPE);
	int proto = row_with(h, TC_FILL_IPPROTO);
	int icmpv6 = row_with(h, TC_FILL_ICMPV6);

	if ((etype < 0 && proto < 0 && icmpv6 < 0) || is_later_fragment(h, bytes))
		return NULL;
	for (enum tc_header_id id = 0; id < TC_HDR_COUNT; id++)
		if (announces(h, bytes, etype, proto, icmpv6, tc_header_get(id)))
			return tc_header_get(id);
	return NULL;
}

/* Bytes as they are, in a layer that is nothing but a variable row. */
static int take_rest(struct tc_packet *p, enum tc_header_id id, const uint8_t *bytes,
		     size_t n, struct tc_error *err)
{
	size_t used;

	return n ? take_layer(p, tc_header_get(id), bytes, n, &used, err) : 0;
}

int tc_packet_parse(struct tc_packet *p, const uint8_t *bytes, size_t n,
		    enum tc_header_id first, struct tc_error *err)
{
	return tc_packet_parse_as(p, bytes, n, tc_header_get(first), err);
}

int tc_packet_parse_as(struct tc_packet *p, const uint8_t *bytes, size_t n,
		       const struct tc_header *h, struct tc_error *err)
{
	size_t at = 0, end = n, used = 0;
	int rc = 0, rest;

	if (n == 0)		/* an empty buffer may have no address */
		bytes = (const uint8_t *)"";
	tc_packet_clear(p);
	while (h && p->n < TC_LAYERS_MAX - 2) {		/* data and trailer need two */
		rc = take_layer(p, h, bytes + at, end - at, &used, err);
		if (rc < 0)
			break;
		end = at + counted_bytes(h, bytes + at, used, end - at);
		h = tc_header_next(h, bytes + at);
		at += used;
	}
	rest = take_rest(p, TC_HDR_DATA, bytes + at, end - at, rc < 0 ? NULL : err);
	if (rest >= 0)
		rest = take_rest(p, TC_HDR_TRAILER, bytes + end, n - end,
				 rc < 0 ? NULL : err);
	return rc < 0 ? rc : rest;
}
