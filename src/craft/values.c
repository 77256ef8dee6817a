/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The values of one field as people write several: lists, ranges, rand. Each text is tried
 * as one value first, so that what a kind understands (syn,ack; ftp-data; MACs with
 * dashes) never falls apart.
 */
#include "spec.h"

#include "base/array.h"

#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEXT_MAX 128		/* longest text of one value */

static int add_item(struct tc_spec_assign *a, enum tc_spec_item_kind kind, tc_value low,
		    tc_value high, struct tc_error *err)
{
	struct tc_spec_item *item;
	tc_value more = high - low;	/* one less than there are */

	if (more >= PACKETS_MAX - a->count)
		return tc_fail(err, -ERANGE, "%s=%s has too many values: 2^62 at most",
			       a->ref.field->name, a->text);
	item = TC_ARRAY_ADD(a->items, a->n_items);
	if (!item)
		return tc_nomem(err);
	*item = (struct tc_spec_item){ kind, low, high };
	a->count += (uint64_t)more + 1;
	return 0;
}

/* One value, as a packet of this layer alone takes it: its own reading of `bad` and
 * `auto` decides what they mean. */
static int read_one(const struct tc_field_ref *ref, const char *text,
		    struct tc_spec_item *item, struct tc_error *err)
{
	struct tc_packet p = { 0 };
	const struct tc_layer *l = &p.layer[0];
	int rc = tc_packet_push(&p, ref->hdr, err);

	if (rc >= 0)
		rc = tc_packet_set_text(&p, ref->field->name, text, ref->hdr, err);
	if (rc >= 0 && ref->row >= 0 && l->bad >> ref->row & 1) {
		*item = (struct tc_spec_item){ .kind = ITEM_BAD };
	} else if (rc >= 0 && ref->row >= 0 && !(l->set >> ref->row & 1)) {
		*item = (struct tc_spec_item){ .kind = ITEM_AUTO };
	} else if (rc >= 0 && ref->field->bits) {
		rc = tc_field_parse(ref->field, text, &item->low, err);
		item->high = item->low;
		item->kind = ITEM_RANGE;
	}
	tc_packet_free(&p);
	return rc < 0 ? rc : 0;
}

static int refuse(const struct tc_spec_assign *a, const char *text, const char *why,
		    struct tc_error *err)
{
	return tc_fail(err, -EINVAL, "%s=%s: %s", a->ref.field->name, text, why);
}

/* low-high; the dash may be any, for names and MACs have some too. 1 when it is one, 0 when
 * the text is something else, negative when one end is wrong. */
static int read_range(const struct tc_spec_assign *a, const char *text,
		      struct tc_spec_item *item, struct tc_error *err)
{
	const struct tc_field *f = a->ref.field;
	struct tc_error why;
	char low[TEXT_MAX];
	const char *dash = text;
	int rc = 0;

	item->kind = ITEM_RANGE;
	while ((dash = strchr(dash + 1, '-'))) {
		memcpy(low, text, (size_t)(dash - text));
		low[dash - text] = 0;
		if (tc_field_parse(f, low, &item->low, NULL) < 0)
			continue;
		if (!dash[1])
			return refuse(a, text, "a range has two ends, as 1-1024", err);
		if (tc_field_parse(f, dash + 1, &item->high, &why) == 0)
			return item->low <= item->high ? 1 :
			       refuse(a, text, "the range runs backwards", err);
		rc = tc_fail(err, why.code, "%s", why.msg);
	}
	return rc;
}

/* A value, a range or rand. */
static int read_element(struct tc_spec_assign *a, const char *text, struct tc_error *err)
{
	struct tc_spec_item item = { 0 };
	struct tc_error why;
	int rc, range;

	if (!*text)
		return refuse(a, a->text, "an empty value in the list", err);
	if (strlen(text) >= TEXT_MAX)
		return refuse(a, text, "too long for one value", err);
	if (strcasecmp(text, "rand") == 0)
		return add_item(a, ITEM_RANDOM, 0, 0, err);
	rc = read_one(&a->ref, text, &item, &why);
	if (rc < 0) {
		range = read_range(a, text, &item, err);
		if (range < 0)
			return range;
		rc = range ? 0 : tc_fail(err, why.code, "%s", why.msg);
	}
	return rc < 0 ? rc : add_item(a, item.kind, item.low, item.high, err);
}

static int read_list(struct tc_spec_assign *a, struct tc_error *err)
{
	char *list = strdup(a->text), *at = list, *comma;
	int rc = list ? 0 : tc_nomem(err);

	while (rc == 0 && at) {
		comma = strchr(at, ',');
		if (comma)
			*comma++ = 0;
		rc = read_element(a, at, err);
		at = comma;
	}
	free(list);
	return rc;
}

/* Commas are between the options of one set, so bars are between the sets. */
static int read_sets(struct tc_spec_assign *a, struct tc_error *err)
{
	struct tc_spec_item item;
	char *at, *bar;
	int rc = 0;

	a->sets = strdup(a->text);
	if (!a->sets)
		return tc_nomem(err);
	for (at = a->sets; at && rc == 0; at = bar) {
		bar = strchr(at, '|');
		if (bar)
			*bar++ = 0;
		rc = read_one(&a->ref, at, &item, err);
		if (rc == 0)
			rc = add_item(a, ITEM_SET, (tc_value)(at - a->sets),
				      (tc_value)(at - a->sets), err);
	}
	return rc;
}

int tc_values_read(struct tc_spec_assign *a, struct tc_error *err)
{
	struct tc_spec_item item = { 0 };
	int rc;

	if (a->ref.field->kind == TC_KIND_TCPOPT && strchr(a->text, '|'))
		return read_sets(a, err);
	if (a->ref.field->bits == 0) {		/* commas and dashes belong to the value */
		a->count = 1;
		return read_one(&a->ref, a->text, &item, err);
	}
	if (!*a->text)
		return read_one(&a->ref, a->text, &item, err);
	if (!strchr(a->text, ','))
		return read_element(a, a->text, err);
	rc = read_one(&a->ref, a->text, &item, NULL);
	if (rc == 0)
		return add_item(a, item.kind, item.low, item.high, err);
	return read_list(a, err);
}

bool tc_values_special(const struct tc_spec_assign *a)
{
	for (size_t i = 0; i < a->n_items; i++)
		if (a->items[i].kind == ITEM_AUTO || a->items[i].kind == ITEM_BAD ||
		    a->items[i].kind == ITEM_SET)
			return true;
	return false;
}
