/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A header as the RFCs draw it: 32 bits a line, two characters a bit.
 *
 *	 0                   1                   2                   3
 *	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *	|         srcport 20000         |           dstport 80          |
 */
#include <tcpcraft/explain.h>

#include <tcpcraft/buf.h>

#include <stdio.h>
#include <string.h>

#define LINE 32			/* bits */
#define CELLS_MAX (8 * TC_LAYER_FIXED_MAX)
#define TEXT_MAX 48

/* The bits of the fixed parts, each with its row: head, then tail. */
struct drawing {
	const struct tc_explain *e;
	unsigned layer;
	unsigned from, bits;		/* of this part, as in tc_explained.bit */
	signed char row[CELLS_MAX];	/* -1: no such bit */
};

static const char *short_name(const struct tc_field *f)
{
	const char *dot = strrchr(f->name, '.');

	return dot ? dot + 1 : f->name;
}

static int row_at(const struct drawing *d, unsigned bit)
{
	return bit < d->bits ? d->row[bit] : -1;
}

/* The longest of "name value", "name", "value" that fits. */
static void cell_text(const struct drawing *d, unsigned row, unsigned width, char *text)
{
	struct tc_explained x;
	struct tc_buf value = { 0 };
	char both[2 * TEXT_MAX];
	const char *v, *name;

	tc_explain_field(d->e, d->layer, row, &x);
	name = short_name(x.field);
	if (x.there)
		tc_field_print(x.field, x.value, false, &value);
	else
		tc_buf_printf(&value, "?");
	v = value.failed ? "?" : (const char *)value.data;
	snprintf(both, sizeof both, "%s %s", name, v);
	if (strlen(both) > width)
		snprintf(both, sizeof both, "%s", strlen(name) <= width ? name : v);
	snprintf(text, TEXT_MAX, "%.*s", (int)width, both);
	tc_buf_free(&value);
}

static void put_cell(struct tc_buf *out, const struct drawing *d, unsigned from,
		     unsigned to)
{
	unsigned width = 2 * (to - from) - 1, left;
	char text[2 * LINE] = "";
	int len;

	if (row_at(d, from) >= 0)
		cell_text(d, (unsigned)row_at(d, from), width, text);
	len = (int)strlen(text);
	left = (width - (unsigned)len) / 2;
	tc_buf_printf(out, "%*s%s%*s", (int)left, "", text, (int)(width - left) - len, "");
	tc_buf_printf(out, row_at(d, from) >= 0 ? "|" : " ");
}

static void put_line(struct tc_buf *out, const struct drawing *d, unsigned line)
{
	unsigned end = line + LINE < d->bits ? line + LINE : d->bits, to;

	tc_buf_printf(out, "  |");
	for (unsigned from = line; from < end; from = to) {
		for (to = from + 1; to < end && row_at(d, to) == row_at(d, from); to++)
			;
		put_cell(out, d, from, to);
	}
	tc_buf_printf(out, "\n");
}

static int row_above(const struct drawing *d, unsigned bit)
{
	return bit >= LINE ? row_at(d, bit - LINE) : -1;
}

/* Between two lines; open where a field goes on from one to the next. */
static void put_rule(struct tc_buf *out, const struct drawing *d, unsigned below)
{
	bool open, next;

	tc_buf_printf(out, "  +");
	for (unsigned i = 0; i < LINE; i++) {
		if (row_above(d, below + i) < 0 && row_at(d, below + i) < 0)
			break;
		open = row_above(d, below + i) == row_at(d, below + i);
		next = i + 1 < LINE &&
		       row_above(d, below + i + 1) == row_at(d, below + i + 1);
		tc_buf_printf(out, "%c%c", open ? ' ' : '-', open && next ? ' ' : '+');
	}
	tc_buf_printf(out, "\n");
}

static void put_part(struct tc_buf *out, struct drawing *d, bool go_on)
{
	unsigned line = 0;

	for (; line < d->bits; line += LINE) {
		if (line || !go_on)
			put_rule(out, d, line);
		put_line(out, d, line);
	}
	put_rule(out, d, line);
}

/* Rows `from` to `to` of the header side by side; go_on: under a rule that is drawn. */
static void draw(struct tc_buf *out, const struct tc_explain *e, unsigned layer,
		 unsigned from, unsigned to, bool go_on)
{
	struct drawing d = { .e = e, .layer = layer };
	struct tc_explained x;

	for (unsigned row = from; row < to; row++) {
		tc_explain_field(e, layer, row, &x);
		for (unsigned i = 0; i < x.field->bits && d.bits < CELLS_MAX; i++)
			d.row[d.bits++] = (signed char)row;
	}
	if (d.bits)
		put_part(out, &d, go_on);
}

static bool put_variable(struct tc_buf *out, const struct tc_explain *e, unsigned layer,
			 unsigned row)
{
	struct tc_explained x;
	char text[2 * LINE];
	int pad;

	tc_explain_field(e, layer, row, &x);
	if (!x.there || x.bits == 0)
		return false;
	snprintf(text, sizeof text, "%s (%u bytes)", short_name(x.field), x.bits / 8);
	pad = 2 * LINE - 1 - (int)strlen(text);
	tc_buf_printf(out, "  |%*s%s%*s|\n", pad / 2, "", text, pad - pad / 2, "");
	tc_buf_printf(out, "  +");
	for (unsigned i = 0; i < LINE; i++)
		tc_buf_printf(out, "-+");
	tc_buf_printf(out, "\n");
	return true;
}

/* Tens above ones. */
static void put_scale(struct tc_buf *out)
{
	tc_buf_printf(out, "  ");
	for (unsigned i = 0; i < LINE; i += 10)
		tc_buf_printf(out, i + 10 < LINE ? " %-19u" : " %u\n  ", i / 10);
	for (unsigned i = 0; i < LINE; i++)
		tc_buf_printf(out, " %u", i % 10);
	tc_buf_printf(out, "\n");
}

void tc_explain_ruler(struct tc_buf *out, const struct tc_explain *e, unsigned layer)
{
	const struct tc_header *h = e->layer[layer].hdr;
	unsigned from = 0;
	bool go_on = false;

	if (h->head_bytes == 0)
		return;
	put_scale(out);
	for (unsigned row = 0; row < h->n_rows; row++) {
		if (h->rows[row].bits)
			continue;
		draw(out, e, layer, from, row, go_on);
		go_on = put_variable(out, e, layer, row);
		from = row + 1;
	}
	draw(out, e, layer, from, h->n_rows, go_on);
}
