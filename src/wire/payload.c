/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames above TCP over the field table; see payload.h. */
#include "layer.h"

#include "base/text.h"

#include <tcpcraft/payload.h>

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define SHOWN_BYTES 48

/* A field of the segment is not of the frame: what it takes is another switch. */
static int check_layer(const struct tc_header *h, const char *name, const char *value,
		       struct tc_error *err)
{
	struct tc_field_ref ref;
	int rc = tc_field_find(&ref, name, h, err);

	if (rc < 0 || ref.hdr == h)
		return rc;
	if (ref.hdr == tc_header_get(TC_HDR_ETH) || ref.hdr == tc_header_get(TC_HDR_IP) ||
	    ref.hdr == tc_header_get(TC_HDR_TCP))
		return tc_fail(err, -ENOENT, "%s is a field of the segment, --set is for %s: "
			       "use --mutate 'data[1]: %s=%.40s'", ref.field->name, h->name,
			       ref.field->name, value);
	return tc_fail(err, -ENOENT, "%s: the frame has only fields of %s", ref.field->name,
		       h->name);
}

static int apply_set(struct tc_packet *p, const char *set, struct tc_error *err)
{
	const struct tc_header *h = p->layer[0].hdr;
	const char *eq = strchr(set, '=');
	char name[64];
	int rc;

	if (!eq || eq == set || (size_t)(eq - set) >= sizeof name)
		return tc_fail(err, -EINVAL, "'%.80s' is not FIELD=VALUE, such as %s=%s", set,
			       h->rows[h->n_rows > 1 && h->rows[1].bits].name, "2");
	memcpy(name, set, (size_t)(eq - set));
	name[eq - set] = 0;
	rc = check_layer(h, name, eq + 1, err);
	return rc < 0 ? rc : tc_packet_set_text(p, name, eq + 1, h, err);
}

static bool is_set(const struct tc_packet *p, int row)
{
	return row >= 0 && p->layer[0].set >> row & 1;
}

/* The header's own limit holds unless the user took the length into his own hands. */
static int put_payload(struct tc_packet *p, const uint8_t *payload, size_t n,
		       struct tc_error *err)
{
	const struct tc_header *h = p->layer[0].hdr;
	int row = payload_counter(h);

	if (h->var_row < 0 && n)
		return tc_fail(err, -EINVAL, "%s has no place for a payload of %zu bytes: use "
			       "--set %s=...", h->title, n, h->rows[0].name);
	if (h->var_max && n > h->var_max && !is_set(p, row)) {
		if (row < 0)
			return tc_fail(err, -EMSGSIZE, "the payload has %zu bytes, %s allows %u",
				       n, h->name, h->var_max);
		return tc_fail(err, -EMSGSIZE, "the payload has %zu bytes, %s allows %u: to "
			       "send it all the same add --set %s=%zu", n, h->name, h->var_max,
			       h->rows[row].name, n + (size_t)h->rows[row].add +
			       part_bytes(&p->layer[0], h->rows[row].from, h->rows[row].to));
	}
	p->layer[0].var.len = 0;
	tc_buf_add(&p->layer[0].var, payload, n);
	return p->layer[0].var.failed ? tc_nomem(err) : 0;
}

int tc_payload_build(struct tc_buf *out, const struct tc_header *h, const uint8_t *payload,
		     size_t n, char *const *sets, size_t n_sets, struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int rc = tc_packet_push(&p, h, err);

	for (size_t i = 0; i < n_sets && rc >= 0; i++)
		rc = apply_set(&p, sets[i], err);
	if (rc >= 0 && !is_set(&p, h->var_row))
		rc = put_payload(&p, payload, n, err);
	if (rc >= 0 && tc_buf_reserve(out, TC_PACKET_MAX) < 0)
		rc = tc_nomem(err);
	if (rc >= 0)
		rc = tc_packet_build(&p, out->data + out->len, TC_PACKET_MAX, err);
	if (rc >= 0)
		out->len += (size_t)rc;
	tc_packet_free(&p);
	return rc < 0 ? rc : 0;
}

/* Not every field that differs from its default is worth a word: it may be anything. */
static bool is_unusual(const struct tc_header *h, unsigned row)
{
	return h->mark_rows >> row & 1 || (h->rows[row].def && !h->rows[row].syms);
}

static void describe_row(struct tc_buf *out, const struct tc_packet *p, unsigned row)
{
	const struct tc_header *h = p->layer[0].hdr;
	const struct tc_field *f = &h->rows[row];
	const struct tc_buf *value_bytes;
	uint64_t value, right;

	tc_buf_printf(out, " %s=", strchr(f->name, '.') + 1);
	if (f->bits == 0) {
		value_bytes = tc_layer_bytes(&p->layer[0], row);
		tc_text_print(out, value_bytes->data, value_bytes->len, SHOWN_BYTES);
		return;
	}
	value = tc_packet_get(p, 0, row);
	tc_field_print(f, value, true, out);
	right = f->def;
	if (f->autofill != TC_FILL_NONE && tc_packet_computed(p, 0, row, &right, NULL) < 0)
		return;
	if (right == value || (f->autofill == TC_FILL_NONE && !is_unusual(h, row)))
		return;
	tc_buf_printf(out, f->autofill == TC_FILL_NONE ? " (usually " : " (BAD, expected ");
	tc_field_print(f, right, false, out);
	tc_buf_printf(out, ")");
}

bool tc_payload_looks(const struct tc_header *h, const uint8_t *bytes, size_t n)
{
	struct tc_packet p = { 0 };
	bool looks;

	if (h->mark_rows)
		return tc_header_marks(h, bytes, n);
	looks = tc_packet_parse_as(&p, bytes, n, h, NULL) >= 0;
	tc_packet_free(&p);
	return looks;
}

bool tc_payload_describe(struct tc_buf *out, struct tc_payload what, const uint8_t *bytes,
			 size_t n)
{
	const struct tc_header *h = what.hdr ? what.hdr : tc_header_get(TC_HDR_PROT);
	struct tc_error err = { 0 };
	struct tc_packet p = { 0 };
	size_t used;

	if (!what.surely && !tc_payload_looks(h, bytes, n))
		return false;
	for (const char *name = h->name; *name; name++)
		tc_buf_add_u8(out, (uint8_t)toupper((unsigned char)*name));
	if (tc_packet_parse_as(&p, bytes, n, h, &err) < 0) {
		tc_buf_printf(out, " %s: ", err.msg);
		tc_text_print(out, bytes, n, SHOWN_BYTES);
	} else {
		for (unsigned row = 0; row < h->n_rows; row++)
			describe_row(out, &p, row);
		used = tc_packet_layer_len(&p, 0);
		if (used < n)
			tc_buf_printf(out, ", and %zu bytes more", n - used);
	}
	tc_packet_free(&p);
	return true;
}

/* Is one of the bytes that are there another than the marks want? */
static bool contradicts(const struct tc_header *h, const uint8_t *bytes, size_t n)
{
	uint8_t want[TC_LAYER_FIXED_MAX] = { 0 }, mask[TC_LAYER_FIXED_MAX] = { 0 };
	unsigned differ = 0;

	for (uint64_t rows = h->mark_rows; rows; rows &= rows - 1) {
		const struct tc_field *f = &h->rows[__builtin_ctzll(rows)];

		tc_field_put(f, want, f->def);
		tc_field_put(f, mask, tc_field_max(f));
	}
	for (size_t i = 0; i < h->head_bytes && i < n; i++)	/* beyond a part none is marked */
		differ |= (unsigned)(bytes[i] ^ want[i]) & mask[i];
	return differ != 0;
}

int tc_payload_length(const struct tc_header *h, const uint8_t *bytes, size_t n,
		      struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int rc;

	if (h->var_row >= 0 && payload_counter(h) < 0)
		return tc_fail(err, -ENOTSUP, "%s has no field that counts its payload",
			       h->name);
	if (contradicts(h, bytes, n))
		return tc_fail(err, -EBADMSG, "the bytes do not begin as %s does", h->name);
	rc = tc_packet_parse_as(&p, bytes, n, h, err);
	if (rc >= 0)
		rc = (int)tc_packet_layer_len(&p, 0);
	tc_packet_free(&p);
	return rc;
}
