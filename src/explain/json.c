/* SPDX-License-Identifier: BSD-2-Clause */
/* An explained frame as one JSON line. */
#include "object.h"
#include "report/json.h"

#include <string.h>

static void put_symbol(json_t *o, const struct tc_explained *x)
{
	for (const struct tc_sym *s = x->field->syms; s && s->name; s++)
		if (s->value == x->value) {
			put_text(o, "symbol", s->name);
			return;
		}
}

static void put_value(json_t *o, const struct tc_explained *x)
{
	struct tc_buf text = { 0 };

	uint8_t bytes[sizeof x->value];

	if (x->field->bits > 64) {	/* more than a number of JSON holds */
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = (uint8_t)(x->value >> (120 - 8 * i));
		put_hex(o, "value_hex", bytes, sizeof bytes);
		tc_field_print(x->field, x->value, false, &text);
	} else if (x->field->bits) {
		put_int(o, "value", (uint64_t)x->value);
		tc_field_print(x->field, x->value, false, &text);
	} else {
		put_hex(o, "value_hex", x->bytes, x->bits / 8);
		tc_field_print_bytes(x->field, x->bytes, x->bits / 8, &text);
	}
	put_buf(o, "text", &text);
}

void tc_explain_row(json_t *o, const struct tc_field *f)
{
	put_text(o, "unit", f->unit);
	put_text(o, "meaning", f->doc);
	put_text(o, "reference", f->ref[0] == '-' ? NULL : f->ref);
}

static json_t *field_object(const struct tc_explained *x, unsigned show)
{
	json_t *o = json_object();

	put_text(o, "name", x->field->name);
	put_int(o, "bit", x->bit);
	put_int(o, "bits", x->bits);
	if (x->there) {
		put_value(o, x);
		put_symbol(o, x);
	} else {
		json_object_set_new(o, "missing", json_true());
	}
	if (!(show & TC_EXPLAIN_BRIEF))
		tc_explain_row(o, x->field);
	put_text(o, "check", tc_check_name(x->check));
	if (x->digest_n)
		put_hex(o, "expected_digest", x->digest, x->digest_n);
	else if (x->check == TC_CHECK_BAD && x->field->bits)
		put_int(o, "expected", x->expected);
	put_text(o, "why", x->why);
	return o;
}

static json_t *layer_object(const struct tc_explain *e, unsigned i, unsigned show)
{
	const struct tc_explain_layer *l = &e->layer[i];
	json_t *o = json_object(), *fields = json_array();
	struct tc_explained x;

	put_text(o, "name", l->hdr->name);
	put_text(o, "title", l->hdr->title);
	put_int(o, "offset", l->at);
	put_int(o, "length", l->len);
	if (l->quoted)
		json_object_set_new(o, "quoted", json_true());
	for (unsigned row = 0; row < l->hdr->n_rows; row++) {
		tc_explain_field(e, i, row, &x);
		if (x.field->bits || (x.there && (x.bits || x.check)))
			json_array_append_new(fields, field_object(&x, show));
	}
	json_object_set_new(o, "fields", fields);
	return o;
}

static void put_sums(json_t *o, const struct tc_explain *e, unsigned i)
{
	struct tc_buf text = { 0 };

	for (unsigned row = 0; row < e->layer[i].hdr->n_rows; row++)
		if (e->layer[i].hdr->sum_rows >> row & 1)
			tc_explain_sum(&text, e, i, row);
	put_buf(o, "checksum_steps", &text);
}

json_t *tc_explain_object(const struct tc_explain *e, uint64_t number, unsigned show)
{
	json_t *o = tc_json_line("packet"), *layers = json_array(), *l;

	put_int(o, "number", number);
	put_int(o, "length", e->n);
	if (e->missing)
		put_int(o, "not_captured", e->missing);
	if (e->dlt != TC_DLT_UNKNOWN)
		put_text(o, "link", link_name(e->dlt));
	put_hex(o, "frame_hex", e->bytes, e->n);
	for (unsigned i = 0; i < e->n_layers; i++) {
		l = layer_object(e, i, show);
		if (show & TC_EXPLAIN_SUMS)
			put_sums(l, e, i);
		json_array_append_new(layers, l);
	}
	json_object_set_new(o, "layers", layers);
	put_text(o, "damage", e->damage);
	return o;
}

void tc_explain_json(struct tc_buf *out, const struct tc_explain *e, uint64_t number,
		     unsigned show)
{
	tc_json_put_line(out, tc_explain_object(e, number, show));
}
