/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes to packet. A header's length comes from its own rows; every length is checked
 * here, once, against the bytes that are there. Nothing is judged that does not decide
 * where bytes belong: wrong versions and checksums are kept as they are.
 */
#include "layer.h"
#include "link_type.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define NO_NEXT_HEADER 59	/* RFC 8200 4.7 */

static uint64_t value_at(const struct tc_header *h, int row, const uint8_t *bytes)
{
	return tc_field_get(&h->rows[row], bytes);
}

/* What a variable row's count says of it. */
struct counted {
	const struct tc_field *by, *what;
	uint64_t value;
	int64_t besides;		/* bytes that it counts, too */
	unsigned max;			/* of the row, 0 = no limit */
	size_t there, room;		/* bytes from its first on, and those not needed by what
					 * follows */
};

static int counted_length(const struct counted *c, size_t *len, struct tc_error *err)
{
	uint64_t var = c->value - (uint64_t)c->besides;

	if (c->besides > 0 && c->value < (uint64_t)c->besides)
		return tc_fail(err, -EBADMSG, "%s=%" PRIu64 ", %" PRId64 " at least: so many "
			       "bytes it counts besides %s", c->by->name, c->value, c->besides,
			       c->what->name);
	if (c->max && var > c->max)
		return tc_fail(err, -EBADMSG, "%s=%" PRIu64 ", %" PRIu64 " at most", c->by->name,
			       c->value, c->max + (uint64_t)c->besides);
	if (var > c->room)
		return tc_fail(err, -EAGAIN, "%s=%" PRIu64 ", %" PRIu64 " bytes are there",
			       c->by->name, c->value, c->there + (uint64_t)c->besides);
	*len = (size_t)var;
	return 0;
}

/* The head of a header with parts: what is of fixed width in it, and where its parts are. */
struct head {
	uint8_t fixed[TC_LAYER_FIXED_MAX];
	struct { size_t at, len; } part[TC_PARTS_MAX];
	size_t parts;			/* bytes of all of them */
};

static void gather(struct head *head, const uint8_t *bytes, size_t from, size_t to)
{
	memcpy(head->fixed + from, bytes + from + head->parts, to - from);
}

/* Part by part: what counts one has been gathered when it comes. */
static int read_head(struct head *head, const struct tc_header *h, const uint8_t *bytes,
		     size_t avail, struct tc_error *err)
{
	size_t from = 0, room = avail - h->head_bytes - h->tail_bytes;
	int rc = 0;

	head->parts = 0;
	for (unsigned k = 0; k < h->n_parts && rc == 0; k++) {
		const struct tc_part *part = &h->parts[k];
		const struct tc_field *by = &h->rows[part->counter];
		size_t to = h->rows[part->row].off / 8;
		struct counted c = { by, &h->rows[part->row], 0, by->add, part->max,
				     avail - to - head->parts, room };

		gather(head, bytes, from, to);
		c.value = tc_field_get(by, head->fixed);
		head->part[k].at = to + head->parts;
		head->part[k].len = 0;
		rc = counted_length(&c, &head->part[k].len, err);
		head->parts += head->part[k].len;
		room -= head->part[k].len;
		from = to;
	}
	if (rc == 0)
		gather(head, bytes, from, h->head_bytes);
	return rc;
}

/* Bytes of the parts that a length counts besides the payload. */
static size_t parts_in(const struct head *head, const struct tc_header *h,
		       const struct tc_field *f)
{
	size_t n = 0;

	for (unsigned k = 0; k < h->n_parts; k++)
		if (h->parts[k].row >= f->from && h->parts[k].row <= f->to)
			n += head->part[k].len;
	return n;
}

/* Length of the payload, given the bytes of fixed width before it. */
static int payload_length(const struct tc_header *h, const struct head *head,
			  const uint8_t *fixed, size_t room, size_t *len, struct tc_error *err)
{
	int row = payload_counter(h);
	const struct tc_field *f = row < 0 ? NULL : &h->rows[row];
	struct counted c = { f, &h->rows[h->var_row], 0, 0, h->var_max,
			     room + h->tail_bytes, room };

	if (!f) {
		*len = room;
		return 0;
	}
	c.value = tc_field_get(f, fixed);
	c.besides = f->add + (int64_t)parts_in(head, h, f);
	return counted_length(&c, len, err);
}

/* Length of the variable row of a header that starts at bytes (its head is there). */
static int var_length(const struct tc_header *h, const struct head *head, const uint8_t *bytes,
		      size_t avail, size_t *len, struct tc_error *err)
{
	unsigned fixed = h->head_bytes + h->tail_bytes;
	int words = row_with(h, TC_FILL_HDR_LEN), eights = row_with(h, TC_FILL_EXT_LEN);
	uint64_t v;

	if (h->var_row < 0) {
		*len = 0;
	} else if (words >= 0) {
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
	} else {
		return payload_length(h, head, bytes, avail - fixed, len, err);
	}
	return 0;
}

/* What was read becomes the layer's. */
static int fill_layer(struct tc_layer *l, const struct head *head, const uint8_t *bytes,
		      size_t var, struct tc_error *err)
{
	const struct tc_header *h = l->hdr;
	const uint8_t *behind = bytes + h->head_bytes + head->parts;
	bool failed;

	tc_buf_add(&l->var, behind, var);
	failed = l->var.failed;
	for (unsigned k = 0; k < h->n_parts; k++) {
		tc_buf_add(&l->part[k], bytes + head->part[k].at, head->part[k].len);
		failed |= l->part[k].failed;
	}
	if (failed)
		return tc_fail(err, -ENOMEM, "%s: out of memory", h->name);
	memcpy(l->fixed, h->n_parts ? head->fixed : bytes, h->head_bytes);
	memcpy(l->fixed + h->head_bytes, behind + var, h->tail_bytes);
	l->set = UINT64_MAX >> (64 - h->n_rows);
	return 0;
}

/* Take one layer off the front of bytes; *used is its length. */
static int take_layer(struct tc_packet *p, const struct tc_header *h, const uint8_t *bytes,
		      size_t avail, size_t *used, struct tc_error *err)
{
	unsigned fixed = h->head_bytes + h->tail_bytes;
	struct head head;
	size_t var = 0;
	int rc = 0;

	if (avail < fixed)
		return tc_fail(err, -EAGAIN, "%s needs %u bytes, %zu are there", h->name,
			       fixed, avail);
	head.parts = 0;
	if (h->n_parts)
		rc = read_head(&head, h, bytes, avail, err);
	if (rc == 0)
		rc = var_length(h, &head, h->n_parts ? head.fixed : bytes, avail - head.parts,
				&var, err);
	if (rc == 0)
		rc = tc_packet_push_empty(p, h, err);
	if (rc < 0)
		return rc;
	*used = fixed + head.parts + var;
	return fill_layer(&p->layer[rc], &head, bytes, var, err);
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
