/* SPDX-License-Identifier: BSD-2-Clause */
/* Two ladders beside each other; see beside.h. */
#include "beside.h"

#include "wire/segment_line.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/diff.h>

#include <stdio.h>
#include <string.h>

/* ---- rows ------------------------------------------------------------------------------ */

/* FNV-1a: enough to see that bytes are others. */
static uint32_t sum_of(const uint8_t *bytes, size_t n)
{
	uint32_t sum = 2166136261u;

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ bytes[i]) * 16777619u;
	return sum;
}

static void name_tcp(struct tc_beside_row *row, const struct tc_rx *rx, struct tc_isns isn)
{
	const struct tc_seg *seg = &rx->seg;
	uint32_t seq = seg->seq - isn.seq;
	char flags[16], bytes[32] = "", ack[20] = "";

	tc_flags_print(seg->flags, flags);
	if (seg->len)
		snprintf(bytes, sizeof bytes, ":%u (%u)", seq + seg->len, seg->len);
	if (seg->flags & TC_FLAG_ACK)
		snprintf(ack, sizeof ack, " ack %u", seg->ack - isn.ack);
	snprintf(row->text, sizeof row->text, "%s seq %u%s%s", flags, seq, bytes, ack);
	if (!rx->no_window)
		snprintf(row->window, sizeof row->window, " win %u", seg->wnd);
	row->sum = sum_of(rx->payload, seg->len - rx->cut);
}

void tc_beside_add(struct tc_beside_side *s, const struct tc_rx *rx, bool ours, tc_time stamp,
		   struct tc_isns isn, unsigned line)
{
	struct tc_beside_row *row = &s->rows[s->n];

	if (rx->kind != TC_RX_TCP && rx->kind != TC_RX_ICMP_ERROR)
		return;
	if (s->n == TC_BESIDE_ROWS) {
		s->left_out++;
		return;
	}
	if (s->n == 0)
		s->start = s->ours_at = stamp;
	if (ours)
		s->ours_at = stamp;
	if (line)
		s->line = line;
	*row = (struct tc_beside_row){ .at = stamp - s->start, .after = stamp - s->ours_at,
				       .ours = ours, .line = s->line };
	snprintf(row->where, sizeof row->where, "line %u", s->line);
	if (rx->kind == TC_RX_TCP)
		name_tcp(row, rx, isn);
	else
		snprintf(row->text, sizeof row->text, "ICMP type %u code %u", rx->icmp_type,
			 rx->icmp_code);
	s->n++;
}

/* ---- pairs ----------------------------------------------------------------------------- */

struct pair {
	const struct tc_beside_row *row[2];
	bool differs;
};

static const struct tc_beside_row *row_at(const struct tc_beside_side *s, unsigned at)
{
	return at < s->n ? &s->rows[at] : NULL;
}

/* A row of both, in order: false behind the last. at[] is 0 at first; a side that has none
 * there is NULL. Ours wait for ours: before them come all answers of either side. */
static bool next_pair(const struct tc_beside_side *a, const struct tc_beside_side *b,
		      unsigned at[2], struct pair *pair)
{
	const struct tc_beside_row *x = row_at(a, at[0]), *y = row_at(b, at[1]);

	if (x && y && x->ours && !y->ours)
		x = NULL;
	else if (x && y && y->ours && !x->ours)
		y = NULL;
	at[0] += x != NULL;
	at[1] += y != NULL;
	pair->row[0] = x;
	pair->row[1] = y;
	pair->differs = !x || !y || strcmp(x->text, y->text) != 0 || x->sum != y->sum;
	return x || y;
}

/* What was met tells more of the place than what was not. */
static const struct tc_beside_row *place(const struct pair *p)
{
	const struct tc_beside_row *x = p->row[0], *y = p->row[1];

	return !x || (y && y->line > x->line) ? y : x;
}

static void diff_pair(struct tc_diff *d, const struct pair *p)
{
	const struct tc_beside_row *x = p->row[0], *y = p->row[1];
	const char *where = place(p)->where;

	if (p->differs && x && y && strcmp(x->text, y->text) == 0)
		tc_diff_add(d, where, x->text, "other bytes");
	else if (p->differs)
		tc_diff_add(d, where, x ? x->text : "", y ? y->text : "");
	else
		tc_diff_time(d, where, x->after, y->after);
}

void tc_beside_diff(struct tc_diff *d, const struct tc_beside_side *a,
		    const struct tc_beside_side *b, unsigned last)
{
	unsigned at[2] = { 0, 0 };
	struct pair p;

	while (next_pair(a, b, at, &p))
		if (!place(&p)->ours && (!last || place(&p)->line <= last))
			diff_pair(d, &p);
}

/* ---- as text --------------------------------------------------------------------------- */

/* "  0.000012 --> S seq 0 win 65535" */
static void put_row(struct tc_buf *out, const struct tc_beside_row *row)
{
	tc_line_time(out, row->at);
	tc_buf_printf(out, "%s %s%s", row->ours ? "-->" : "<--", row->text, row->window);
}

static void put_cell(struct tc_buf *out, const struct tc_beside_row *row, size_t width)
{
	size_t from = out->len;

	if (row)
		put_row(out, row);
	while (out->len - from < width && !out->failed)
		tc_buf_add_u8(out, ' ');
}

static size_t width_of(const char *name, const struct tc_beside_side *s)
{
	size_t most = strlen(name);
	struct tc_buf text = { 0 };

	for (unsigned i = 0; i < s->n; i++, text.len = 0) {
		put_row(&text, &s->rows[i]);
		most = text.len > most ? text.len : most;
	}
	tc_buf_free(&text);
	return most;
}

static void put_left_out(struct tc_buf *out, const char *before, const char *name,
			 const struct tc_beside_side *s)
{
	if (s->left_out)
		tc_buf_printf(out, "%s%u more of %s\n", before, s->left_out, name);
}

void tc_beside_put(struct tc_buf *out, const char *before, const char *name_a,
		   const struct tc_beside_side *a, const char *name_b,
		   const struct tc_beside_side *b)
{
	size_t width = width_of(name_a, a);
	unsigned at[2] = { 0, 0 };
	struct pair p;

	tc_buf_printf(out, "%s%-*s | %s\n", before, (int)width, name_a, name_b);
	while (next_pair(a, b, at, &p)) {
		tc_buf_text(out, before);
		put_cell(out, p.row[0], width);
		tc_buf_printf(out, " %c%s", p.differs ? '#' : '|', p.row[1] ? " " : "");
		put_cell(out, p.row[1], 0);
		tc_buf_add_u8(out, '\n');
	}
	put_left_out(out, before, name_a, a);
	put_left_out(out, before, name_b, b);
}
