/* SPDX-License-Identifier: BSD-2-Clause */
/* Specs: which fields take which values, and what that makes of the packets' layers. */
#include "spec.h"

#include "wire/digest.h"

#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/packet.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 64
#define BIT(id) (1u << (id))

int tc_spec_open(struct tc_spec **out, struct tc_error *err)
{
	*out = calloc(1, sizeof **out);
	if (!*out)
		return tc_nomem(err);
	(*out)->packets = 1;
	return 0;
}

static void free_assign(struct tc_spec_assign *a)
{
	free(a->text);
	free(a->sets);
	free(a->items);
	*a = (struct tc_spec_assign){ 0 };
}

void tc_spec_free(struct tc_spec *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free_assign(&s->assign[i]);
	tc_buf_free(&s->payload);
	free(s);
}

static enum tc_header_id id_of(const struct tc_header *h)
{
	return (enum tc_header_id)(h - tc_header_get(0));
}

#define EXTENSIONS (BIT(TC_HDR_HOPOPTS) | BIT(TC_HDR_ROUTING) | BIT(TC_HDR_FRAGHDR) | \
		    BIT(TC_HDR_DSTOPTS))
#define BODIES (BIT(TC_HDR_ICMPV6_RD + 1) - BIT(TC_HDR_ICMPV6_ERROR))
#define MESSAGE (BIT(TC_HDR_ICMPV6) | BODIES)

static const struct tc_spec_assign *find(const struct tc_spec *s, enum tc_header_id id,
					 int row)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->assign[i].ref.hdr == tc_header_get(id) &&
		    s->assign[i].ref.row == row)
			return &s->assign[i];
	return NULL;
}

/* The body of an ICMPv6 message of which only the type is known, by its first value. A type
 * without a table has none. */
static unsigned body_by_type(const struct tc_spec *s)
{
	const struct tc_field *f = &tc_header_get(TC_HDR_ICMPV6)->rows[TC_ICMPV6_TYPE];
	const struct tc_spec_assign *a = find(s, TC_HDR_ICMPV6, TC_ICMPV6_TYPE);
	uint8_t head[4] = { 0 };
	const struct tc_header *body;

	tc_field_put(f, head, a && a->items[0].kind == ITEM_RANGE ? a->items[0].low : f->def);
	body = tc_header_next(tc_header_get(TC_HDR_ICMPV6), head);
	return body ? BIT(id_of(body)) : 0;
}

/* IPv4 and TCP, unless what was named stands in their place. */
unsigned tc_spec_layers(const struct tc_spec *s)
{
	unsigned named = s->named | s->used;

	if (named & BIT(TC_HDR_VLAN))
		named |= BIT(TC_HDR_ETH);
	if (s->payload.len)
		named |= BIT(TC_HDR_DATA);
	if (named & BIT(TC_HDR_ARP))
		return named | BIT(TC_HDR_ETH);
	if (named & MESSAGE)
		named |= BIT(TC_HDR_ICMPV6) | (named & BODIES ? 0 : body_by_type(s));
	else if (!(named & BIT(TC_HDR_ICMP)))
		named |= BIT(TC_HDR_TCP);
	return named | (named & (BIT(TC_HDR_IPV6) | EXTENSIONS | MESSAGE) ? BIT(TC_HDR_IPV6)
									 : BIT(TC_HDR_IP));
}

void tc_spec_use_layer(struct tc_spec *s, enum tc_header_id id)
{
	s->used |= BIT(id);
}

bool tc_spec_has_layer(const struct tc_spec *s, enum tc_header_id id)
{
	return tc_spec_layers(s) & BIT(id);
}

const char *tc_spec_names_layer(const struct tc_spec *s, enum tc_header_id id)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->assign[i].given && s->assign[i].ref.hdr == tc_header_get(id))
			return s->assign[i].ref.field->name;
	return NULL;
}

#define SIX (BIT(TC_HDR_IPV6) | EXTENSIONS | MESSAGE)

/* Headers that cannot be in one packet here: none of a with one of b. Of several bodies of
 * ICMPv6 messages one. */
static const struct { unsigned a, b; } strangers[] = {
	{ BIT(TC_HDR_ARP), BIT(TC_HDR_IP) | BIT(TC_HDR_ICMP) | BIT(TC_HDR_TCP) |
			   BIT(TC_HDR_PROT) | SIX },
	{ BIT(TC_HDR_ICMP), BIT(TC_HDR_TCP) | BIT(TC_HDR_PROT) | MESSAGE },
	{ BIT(TC_HDR_IP), SIX },
	{ MESSAGE, BIT(TC_HDR_TCP) | BIT(TC_HDR_PROT) },
};

static int check_layers(const struct tc_spec *s, const struct tc_field_ref *ref,
			struct tc_error *err)
{
	unsigned bit = BIT(id_of(ref->hdr)), clash = bit & BODIES ? BODIES & ~bit : 0;
	enum tc_header_id other;
	const char *name;

	for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
		if (strangers[i].a & bit)
			clash |= strangers[i].b;
		if (strangers[i].b & bit)
			clash |= strangers[i].a;
	}
	clash &= s->named | s->used;
	if (!clash)
		return 0;
	other = (enum tc_header_id)__builtin_ctz(clash);
	name = tc_spec_names_layer(s, other);
	return tc_fail(err, -EINVAL, "%s and %s cannot be in one packet",
		       name ? name : tc_header_get(other)->title, ref->field->name);
}

const char *tc_spec_names_ipv6(const struct tc_spec *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->assign[i].given && BIT(id_of(s->assign[i].ref.hdr)) & SIX)
			return s->assign[i].ref.field->name;
	return NULL;
}

bool tc_spec_names_field(const struct tc_spec *s, enum tc_header_id id, unsigned row)
{
	const struct tc_spec_assign *a = find(s, id, (int)row);

	return a && a->given;
}

size_t tc_spec_bytes(const struct tc_spec *s, enum tc_header_id id, unsigned row,
		     struct tc_buf *out)
{
	const struct tc_spec_assign *a = find(s, id, (int)row);
	size_t before = out->len;

	if (a && !a->ref.field->bits && !a->n_items)
		tc_field_parse_bytes(a->ref.field, a->text, out, NULL);
	return out->len - before;
}

static int check_twice(const struct tc_spec *s, const struct tc_spec_assign *a,
		       struct tc_error *err)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct tc_spec_assign *b = &s->assign[i];

		if (!b->given || b->ref.field != a->ref.field)
			continue;
		if (a->as != b->as)
			return tc_fail(err, -EINVAL, "%s and %s are both given: use one", b->as, a->as);
		if (a->as != a->ref.field->name)	/* its text is made */
			return tc_fail(err, -EINVAL, "%s is given twice: use one", a->as);
		return tc_fail(err, -EINVAL, "%s is given twice: %s and %s", a->as, b->text, a->text);
	}
	if (s->payload.len && a->ref.hdr == tc_header_get(TC_HDR_DATA))
		return tc_fail(err, -EINVAL, "%s and a payload are both given: use one",
			       a->ref.field->name);
	return 0;
}

/* Take a in; it is the spec's, or freed. */
static int append(struct tc_spec *s, struct tc_spec_assign *a, struct tc_error *err)
{
	int rc = 0;

	if (s->n == ASSIGNS_MAX)
		rc = tc_fail(err, -EMSGSIZE, "%s is field number %d, %d at most",
			     a->ref.field->name, ASSIGNS_MAX + 1, ASSIGNS_MAX);
	else if (!a->by_packet && a->count > PACKETS_MAX / s->packets)
		rc = tc_fail(err, -ERANGE, "%s=%s: with the other fields that makes more "
			     "than 2^62 packets", a->ref.field->name, a->text);
	if (rc < 0) {
		free_assign(a);
		return rc;
	}
	if (!a->by_packet)
		s->packets *= a->count;
	if (a->given)
		s->named |= BIT(id_of(a->ref.hdr));
	s->assign[s->n++] = *a;
	return 0;
}

/* tcp.md5 and tcp.ao are options with that alone: their text. */
static int digest_options(const struct tc_digest *d, const char *value, struct tc_buf *text,
			  struct tc_error *err)
{
	struct tc_buf bytes = { 0 };
	int rc = tc_digest_option(d, value, &bytes, err);

	tc_buf_text(text, "hex:");
	tc_hex_encode(text, bytes.data, rc < 0 ? 0 : bytes.len);
	tc_buf_add_u8(text, 0);
	tc_buf_free(&bytes);
	return rc >= 0 && text->failed ? tc_nomem(err) : rc;
}

/* The field, and what its values are read from. */
static int begin(struct tc_spec_assign *a, const char *field, const char *value,
		 struct tc_error *err)
{
	const struct tc_digest *d = tc_digest_named(field);
	struct tc_buf text = { 0 };
	int rc = tc_field_find(&a->ref, d ? "tcp.options" : field, NULL, err);

	if (rc >= 0 && d)
		rc = digest_options(d, value, &text, err);
	if (rc >= 0) {
		a->as = d ? d->field.name : a->ref.field->name;
		a->text = strdup(d ? (const char *)text.data : value);
		rc = a->text ? 0 : tc_nomem(err);
	}
	tc_buf_free(&text);
	return rc;
}

int tc_spec_add(struct tc_spec *s, const char *field, const char *value,
		struct tc_error *err)
{
	struct tc_spec_assign a = { .given = true };
	int rc = begin(&a, field, value, err);

	if (rc < 0)
		return rc;
	rc = check_twice(s, &a, err);
	if (rc == 0)
		rc = check_layers(s, &a.ref, err);
	if (rc == 0)
		rc = tc_values_read(&a, err);
	if (rc < 0) {
		free_assign(&a);
		return rc;
	}
	return append(s, &a, err);
}

int tc_spec_add_pair(struct tc_spec *s, const char *pair, struct tc_error *err)
{
	const char *eq = strchr(pair, '=');
	char name[NAME_MAX_LEN];

	if (!eq || eq == pair)
		return tc_fail(err, -EINVAL,
			       "'%.80s' is not FIELD=VALUE, such as ip.ttl=64", pair);
	if ((size_t)(eq - pair) >= sizeof name)
		return tc_fail(err, -ENOENT, "%.40s...: no such field (tcpcraft fields "
			       "lists them)", pair);
	memcpy(name, pair, (size_t)(eq - pair));
	name[eq - pair] = 0;
	return tc_spec_add(s, name, eq + 1, err);
}

int tc_spec_payload(struct tc_spec *s, const uint8_t *bytes, size_t n,
		    struct tc_error *err)
{
	const char *data = tc_spec_names_layer(s, TC_HDR_DATA);

	if (data && n)
		return tc_fail(err, -EINVAL, "%s and a payload are both given: use one",
			       data);
	s->payload.len = 0;
	tc_buf_add(&s->payload, bytes, n);
	return s->payload.failed ? tc_nomem(err) : 0;
}

/* Does a value that was given reach into the bits of this row? Rows of variable width
 * meet only themselves. */
static bool is_covered(const struct tc_spec *s, const struct tc_field_ref *ref)
{
	const struct tc_field *f = ref->field;

	for (size_t i = 0; i < s->n; i++) {
		const struct tc_field *g = s->assign[i].ref.field;

		if (s->assign[i].ref.hdr != ref->hdr)
			continue;
		if (g == f || (f->off < g->off + g->bits && g->off < f->off + f->bits))
			return true;
	}
	return false;
}

static bool wants_default(const struct tc_spec *s, const struct tc_field_ref *ref)
{
	return tc_spec_has_layer(s, id_of(ref->hdr)) && !is_covered(s, ref);
}

int tc_spec_default(struct tc_spec *s, const char *field, const char *value,
		    struct tc_error *err)
{
	struct tc_spec_assign a = { 0 };
	int rc = tc_field_find(&a.ref, field, NULL, err);

	if (rc < 0 || !wants_default(s, &a.ref))
		return rc;
	a.text = strdup(value);
	rc = a.text ? tc_values_read(&a, err) : tc_nomem(err);
	if (rc < 0) {
		free_assign(&a);
		return rc;
	}
	return append(s, &a, err);
}

int tc_spec_default_by_packet(struct tc_spec *s, enum tc_header_id id, unsigned row,
			  tc_value first, uint64_t count, uint64_t each,
			  struct tc_error *err)
{
	const struct tc_header *h = tc_header_get(id);
	struct tc_spec_assign a = {
		.ref = { h, &h->rows[row], (int)row }, .count = count, .by_packet = count > 1,
		.each = each,
	};

	if (!wants_default(s, &a.ref))
		return 0;
	a.items = malloc(sizeof *a.items);
	if (!a.items)
		return tc_nomem(err);
	a.items[0] = (struct tc_spec_item){ ITEM_RANGE, first, first + count - 1 };
	a.n_items = 1;
	return append(s, &a, err);
}

int tc_spec_default_value(struct tc_spec *s, enum tc_header_id id, unsigned row,
			  tc_value value, struct tc_error *err)
{
	return tc_spec_default_by_packet(s, id, row, value, 1, 1, err);
}

bool tc_spec_each(const struct tc_spec *s, enum tc_header_id id, unsigned row,
		  bool (*fn)(void *ctx, tc_value low, tc_value high), void *ctx)
{
	const struct tc_spec_assign *a = find(s, id, (int)row);

	for (size_t i = 0; a && i < a->n_items; i++) {
		struct tc_spec_item it = a->items[i];

		if (it.kind == ITEM_RANDOM)
			it = (struct tc_spec_item){
				ITEM_RANGE, 0, tc_field_max(a->ref.field)
			};
		if (it.kind == ITEM_RANGE && !fn(ctx, it.low, it.high))
			return false;
	}
	return true;
}

struct range {
	bool any;
	tc_value low, high;
};

static bool widen(void *ctx, tc_value low, tc_value high)
{
	struct range *r = ctx;

	r->low = !r->any || low < r->low ? low : r->low;
	r->high = !r->any || high > r->high ? high : r->high;
	r->any = true;
	return true;
}

bool tc_spec_range(const struct tc_spec *s, enum tc_header_id id, unsigned row,
		   tc_value *low, tc_value *high)
{
	struct range r = { 0 };

	tc_spec_each(s, id, row, widen, &r);
	*low = r.low;
	*high = r.high;
	return r.any;
}

/* In a range of more than one value, and in a random one, any bit may be. */
static bool may_hold(const struct tc_spec_assign *a, unsigned shift)
{
	for (size_t i = 0; i < a->n_items; i++) {
		const struct tc_spec_item *it = &a->items[i];

		if (it->kind != ITEM_RANGE || it->low != it->high || it->low >> shift & 1)
			return true;
	}
	return false;
}

bool tc_spec_may_be_set(const struct tc_spec *s, enum tc_header_id id, unsigned row)
{
	const struct tc_header *h = tc_header_get(id);
	const struct tc_field *f = &h->rows[row];
	bool may = f->def;

	for (size_t i = 0; i < s->n; i++) {	/* the last one that covers it counts */
		const struct tc_spec_assign *a = &s->assign[i];
		unsigned end = (unsigned)a->ref.field->off + a->ref.field->bits;

		if (a->ref.hdr == h && f->off >= a->ref.field->off && f->off < end)
			may = may_hold(a, end - 1 - f->off);
	}
	return may;
}

uint64_t tc_spec_run(const struct tc_spec *s, enum tc_header_id id, unsigned row)
{
	const struct tc_spec_assign *a;

	for (size_t i = s->n; i-- > 0;) {
		a = &s->assign[i];
		if (a->given && a->count > 1)
			return a == find(s, id, (int)row) ? a->count : 1;
	}
	return 1;
}

uint64_t tc_spec_packets(const struct tc_spec *s)
{
	return s->packets;
}
