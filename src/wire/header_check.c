/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers from text, all rows read: what lengths and sums refer to, sizes, and whether the
 * whole can be computed. */
#include "header_own.h"

#include "base/format.h"
#include "layer.h"

#include <tcpcraft/buf.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAME_MAX 65535u	/* bytes of one */

void *tc_header_keep(struct reader *r, size_t n)
{
	struct chunk *c = calloc(1, sizeof *c + n);

	if (!c) {
		tc_nomem(r->err);
		return NULL;
	}
	c->next = r->l->chunks;
	r->l->chunks = c;
	return c->bytes;
}

int tc_header_wrong(const struct reader *r, const struct word *w, const char *fmt, ...)
{
	char why[TC_ERROR_MSG_MAX];

	TC_FORMAT(why, sizeof why, fmt);
	return tc_fail(r->err, -EINVAL, "%s:%u:%u: %s", r->file, w->line, w->column, why);
}

/* -1: none. */
static int row_named(const struct reader *r, const char *at, size_t len)
{
	for (unsigned i = 0; i < r->l->h.n_rows; i++) {
		const char *name = strchr(r->l->rows[i].name, '.') + 1;

		if (strlen(name) == len && memcmp(name, at, len) == 0)
			return (int)i;
	}
	return -1;
}

static bool in_tail(const struct tc_header *h, unsigned row)
{
	return h->var_row >= 0 && row > (unsigned)h->var_row;
}

/* Bytes of fixed width behind a row, which ends with a byte. */
static unsigned bytes_behind(const struct tc_header *h, unsigned row)
{
	unsigned end = (h->rows[row].off + h->rows[row].bits) / 8u;

	return in_tail(h, row) ? h->tail_bytes - end : h->head_bytes - end + h->tail_bytes;
}

static bool ends_byte(const struct tc_field *f)
{
	return (f->off + f->bits) % 8 == 0;
}

/* The field of any length that a row counts by its name. */
static int find_counted(struct reader *r, unsigned row)
{
	const struct word *what = &r->wishes[row].what;
	const struct tc_header *h = &r->l->h;
	int named = row_named(r, what->at, what->len);

	if (!h->n_parts && named != h->var_row)
		return tc_header_wrong(r, what, "'%.*s' is none of %s (the payload), "
				       "rest, frame", (int)what->len, what->at,
				       strchr(h->rows[h->var_row].name, '.') + 1);
	if (named < 0 || h->rows[named].bits)
		return tc_header_wrong(r, what, "'%.*s' is neither a field of any length "
				       "(width *) nor rest or frame", (int)what->len, what->at);
	if (named < (int)row)
		return tc_header_wrong(r, what, "%s stands before what counts it: nobody could "
				       "find its end", h->rows[named].name);
	return named;
}

static int check_length(struct reader *r, unsigned row)
{
	const struct wish *wish = &r->wishes[row];
	const struct tc_header *h = &r->l->h;
	struct tc_field *f = &r->l->rows[row];
	int64_t add = wish->extra;
	int named;

	if (h->var_row < 0)
		return tc_header_wrong(r, &wish->what, "there is no payload (width *) to count");
	if (in_tail(h, row))
		return tc_header_wrong(r, &wish->row, "length-of behind the payload: nobody "
				       "could find its place");
	if (f->bits > 32)
		return tc_header_wrong(r, &wish->row, "length-of takes 32 bits at most, not %u",
				       f->bits);
	f->to = (uint8_t)(h->n_rows - 1);
	if (word_is(&wish->what, "frame")) {
		add += h->head_bytes + h->tail_bytes;
	} else if (word_is(&wish->what, "rest") && ends_byte(f)) {
		add += bytes_behind(h, row);
		f->from = (uint8_t)(row + 1);
	} else if (word_is(&wish->what, "rest")) {
		return tc_header_wrong(r, &wish->what, "rest: the field does not end with a "
				       "whole byte");
	} else {
		named = find_counted(r, row);
		if (named < 0)
			return named;
		f->from = f->to = (uint8_t)named;
	}
	f->add = (int16_t)add;
	return 0;
}

/* FIRST..LAST, or one row. */
static int find_rows(struct reader *r, unsigned row, int *from, int *to)
{
	const struct word *w = &r->wishes[row].what;
	size_t len = 0;

	*to = (int)r->l->h.n_rows - 1;
	*from = word_is(w, "frame") ? 0 : (int)row + 1;
	if (word_is(w, "frame") || word_is(w, "rest"))
		return 0;
	while (len + 2 <= w->len && memcmp(w->at + len, "..", 2) != 0)
		len++;
	if (len + 2 > w->len)
		len = w->len;
	*from = *to = row_named(r, w->at, len);
	if (len < w->len)
		*to = row_named(r, w->at + len + 2, w->len - len - 2);
	if (*from < 0)
		return tc_header_wrong(r, w, "there is no field '%.*s'", (int)len, w->at);
	if (*to < 0)
		return tc_header_wrong(r, w, "there is no field '%.*s'",
				       (int)(w->len - len - 2), w->at + len + 2);
	return 0;
}

static int check_width(struct reader *r, unsigned row)
{
	const struct tc_field *f = &r->l->rows[row];
	unsigned want = f->autofill == TC_FILL_CRC32 ? 32 : f->autofill == TC_FILL_CRC16 ||
			f->autofill == TC_FILL_INET ? 16 : 0;

	if (want && f->bits != want)
		return tc_header_wrong(r, &r->wishes[row].row, "that sum has %u bits, the field "
				       "has %u", want, f->bits);
	if (f->bits % 8 || f->off % 8)
		return tc_header_wrong(r, &r->wishes[row].row, "a sum is whole bytes: %u bits "
				       "from bit %u are not", f->bits, f->off);
	return 0;
}

static int check_sum(struct reader *r, unsigned row)
{
	const struct word *w = &r->wishes[row].what;
	struct tc_field *f = &r->l->rows[row];
	int from, to, rc = find_rows(r, row, &from, &to);

	if (rc == 0)
		rc = check_width(r, row);
	if (rc < 0)
		return rc;
	if (from > to)
		return tc_header_wrong(r, w, "'%.*s': nothing is there, or it is the wrong way "
				       "round", (int)w->len, w->at);
	if (from == to && from == (int)row)
		return tc_header_wrong(r, w, "a sum of nothing but itself");
	if (r->l->rows[from].off % 8 || !ends_byte(&r->l->rows[to]))
		return tc_header_wrong(r, w, "'%.*s' does not begin and end with a whole byte",
				       (int)w->len, w->at);
	f->from = (uint8_t)from;
	f->to = (uint8_t)to;
	return 0;
}

static uint64_t covered(const struct tc_field *f)
{
	return (UINT64_MAX >> (63 - f->to)) & (UINT64_MAX << f->from);
}

/* Take away, again and again, the sums that cover no other: a ring is what stays. */
static int check_rings(struct reader *r)
{
	uint64_t left = r->l->h.sum_rows, before;

	do {
		before = left;
		for (unsigned i = 0; i < r->l->h.n_rows; i++)
			if (left >> i & 1 &&
			    !(covered(&r->l->rows[i]) & left & ~(UINT64_C(1) << i)))
				left &= ~(UINT64_C(1) << i);
	} while (left != before);
	if (!left)
		return 0;
	return tc_header_wrong(r, &r->wishes[__builtin_ctzll(left)].what, "%s covers a sum that "
			       "covers it: neither can be computed",
			       r->l->rows[__builtin_ctzll(left)].name);
}

static int check_sizes(struct reader *r)
{
	struct tc_header *h = &r->l->h;
	struct word here = { .line = r->line ? r->line : 1, .column = 1 };

	if (!h->name)
		return tc_header_wrong(r, &here, "there is no line: header NAME");
	if (!h->n_rows)
		return tc_header_wrong(r, &here, "header %s has no fields", h->name);
	if (r->off % 8)
		return tc_header_wrong(r, &here, "the fields%s have %u bits: no whole bytes",
				       h->var_row < 0 ? "" : " behind the payload", r->off);
	if (h->var_row < 0)
		h->head_bytes = r->off / 8;
	else
		h->tail_bytes = r->off / 8;
	if (h->head_bytes + h->tail_bytes > TC_LAYER_FIXED_MAX)
		return tc_header_wrong(r, &here, "the fields of fixed width have %u bytes, %d at "
				       "most", h->head_bytes + h->tail_bytes,
				       TC_LAYER_FIXED_MAX);
	return 0;
}

static int read_default(struct reader *r, const struct any_length *any, struct tc_part *part)
{
	struct tc_error why = { 0 };
	struct tc_buf b = { 0 };
	char text[TC_ERROR_MSG_MAX];
	uint8_t *kept = NULL;
	int rc = 0;

	if (!any->value.at)
		return 0;
	if (any->value.len >= sizeof text)
		return tc_header_wrong(r, &any->value, "that value is too long");
	memcpy(text, any->value.at, any->value.len);
	text[any->value.len] = 0;
	if (tc_field_parse_bytes(&r->l->rows[any->row], text, &b, &why) < 0)
		rc = tc_header_wrong(r, &any->value, "%s", why.msg);
	else if (any->max && b.len > any->max)
		rc = tc_header_wrong(r, &any->value, "that has %zu bytes, %u at most", b.len,
				     any->max);
	else if (b.len)
		kept = tc_header_keep(r, b.len);
	if (kept) {
		part->def = memcpy(kept, b.data, b.len);
		part->def_len = b.len;
	} else if (rc == 0 && b.len) {
		rc = -ENOMEM;
	}
	tc_buf_free(&b);
	return rc;
}

/* Nobody could find what stands behind a part without a field before it that counts it. */
static int check_part(struct reader *r, unsigned k)
{
	const struct any_length *any = &r->any[k];
	const struct tc_header *h = &r->l->h;
	unsigned by = 0;

	while (by < any->row && (h->rows[by].autofill != TC_FILL_VAR_LEN ||
				 h->rows[by].from != any->row || h->rows[by].to != any->row))
		by++;
	if (by == any->row)
		return tc_header_wrong(r, &any->name, "a field of any length comes behind %s: "
				       "length-of %.*s is needed before it",
				       h->rows[any->row].name, (int)any->name.len, any->name.at);
	r->l->parts[k] = (struct tc_part){
		.row = (uint8_t)any->row, .counter = (uint8_t)by, .max = any->max,
	};
	return read_default(r, any, &r->l->parts[k]);
}

/* What counts the payload, if it does not count it alone: else NULL. */
static const char *counts_parts(const struct tc_header *h)
{
	int by = payload_counter(h);

	return by >= 0 && h->rows[by].from < h->parts[h->n_parts - 1].row + 1u ?
	       h->rows[by].name : NULL;
}

/* A frame of defaults can be sent. */
static int check_defaults(struct reader *r)
{
	const struct tc_header *h = &r->l->h;
	size_t n = tc_header_before(h) + h->tail_bytes;

	if (n <= FRAME_MAX)
		return 0;
	return tc_header_wrong(r, &r->any[h->n_parts - 1].value, "with its defaults a frame has "
			       "%zu bytes, %u at most", n, FRAME_MAX);
}

static int check_parts(struct reader *r)
{
	struct tc_header *h = &r->l->h;
	int rc = 0;

	h->parts = r->l->parts;
	for (unsigned k = 0; k < h->n_parts && rc == 0; k++)
		rc = check_part(r, k);
	if (rc == 0 && h->n_parts)
		rc = check_defaults(r);
	if (rc == 0 && h->n_parts && h->var_max && counts_parts(h))
		return tc_header_wrong(r, &r->any[h->n_parts].name, "max: %s counts other fields "
				       "of any length, too: leave max out", counts_parts(h));
	if (rc == 0 && r->n_any && r->any[r->n_any - 1].value.at)
		return tc_header_wrong(r, &r->any[r->n_any - 1].given, "the payload takes "
				       "nothing but max N and a \"MEANING\"");
	return rc;
}

int tc_header_check(struct reader *r)
{
	struct tc_header *h = &r->l->h;
	int rc = check_sizes(r);

	for (unsigned i = 0; i < h->n_rows && rc == 0; i++) {
		enum tc_autofill fill = (enum tc_autofill)h->rows[i].autofill;

		if (fill == TC_FILL_NONE)
			continue;
		h->auto_rows |= UINT64_C(1) << i;
		if (fill == TC_FILL_VAR_LEN) {
			rc = check_length(r, i);
			continue;
		}
		h->sum_rows |= UINT64_C(1) << i;
		rc = check_sum(r, i);
	}
	if (rc == 0)
		rc = check_parts(r);
	return rc < 0 ? rc : check_rings(r);
}
