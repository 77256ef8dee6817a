/* SPDX-License-Identifier: BSD-2-Clause */
/* The connections of a capture as text. */
#include "own.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NARROW 38		/* columns of a short row without its ends */
#define WIDE 75			/* and of a long one */
#define STACKED 33		/* and of the second line of one whose ends have a line each */
#define SECONDS 9		/* of the column that a short row has where there is room */

/* Where a long row would be broken, and a short one is not. */
static bool is_narrow(const struct tc_show *s)
{
	unsigned ends = 2 * (unsigned)s->width;

	return s->o->columns < WIDE + ends && s->o->columns >= NARROW + ends;
}

/* Where a short row would be broken, too, and one of two lines is not. */
static bool is_stacked(const struct tc_show *s)
{
	unsigned width = (unsigned)s->width;

	return s->o->columns < NARROW + 2 * width && s->o->columns >= STACKED + width;
}

/* Columns before the second line of such a row: as many as its number has, if there is room. */
static int indent(const struct tc_show *s)
{
	return s->o->columns >= STACKED + 4 + (unsigned)s->width ? 5 : 1;
}

static bool has_seconds(const struct tc_show *s)
{
	unsigned width = (unsigned)s->width;
	unsigned without = is_stacked(s) ? STACKED + 4 + width : NARROW + 2 * width;

	return s->o->columns >= without + SECONDS;
}

void tc_show_heading(const struct tc_show *s, struct tc_buf *out)
{
	int width = s->width;

	if (is_narrow(s) || is_stacked(s))
		tc_buf_printf(out, "%4s %-*s%s%*s%-*s %-9s %5s %5s %5s%s\n", "#",
			      is_stacked(s) ? 0 : width, "opened by", is_stacked(s) ? "\n" : "",
			      is_stacked(s) ? indent(s) : 1, "", width, "to", "state", "segs",
			      "B >", "B <", has_seconds(s) ? "  seconds" : "");
	else
		tc_buf_printf(out, "%4s  %-*s  %-*s  %-9s %8s %11s %11s %11s %11s\n", "#",
			      width, "opened by", width, "to", "state", "segments",
			      "bytes >", "bytes <", "start", "seconds");
}

static const char *end_text(char text[TC_ADDR_PORT_STRING], const struct tc_convo_side *s)
{
	return tc_addr_port_string(&s->addr, s->port, text);
}

/* What stands behind the ends. */
static void put_rest(const struct tc_show *s, struct tc_buf *out, const struct tc_convo *c)
{
	tc_buf_printf(out, "%-9s %8" PRIu64 " %11" PRIu64 " %11" PRIu64 " %11.6f %11.6f",
		      tc_convo_state_name(c->state), c->side[0].segments + c->side[1].segments,
		      c->side[0].bytes, c->side[1].bytes,
		      (double)(c->first - s->view.start) / (double)TC_S,
		      (double)(c->last - c->first) / (double)TC_S);
	if (c->tagged)
		tc_buf_printf(out, "  ! %" PRIu64, c->tagged);
	if (c->around[0])
		tc_buf_printf(out, "  %s", c->around);
	tc_buf_text(out, tc_convo_opener_known(c) ? "\n" : "  (opener unknown)\n");
}

/* In five columns: 9999, 12k, 9999M; the most that there is, 2^64 - 1, is 18E. */
static void put_short(struct tc_buf *out, uint64_t n)
{
	static const char *const thousands[] = { "", "k", "M", "G", "T", "P", "E" };
	unsigned i = 0;

	for (; n > 9999; n /= 1000)
		i++;
	tc_buf_printf(out, " %*" PRIu64 "%s", i ? 4 : 5, n, thousands[i]);
}

/* The same of a short row, in four parts: the second is for where there is room; of who opened
 * there is but a sign, for behind the number. */
static void put_short_rest(struct tc_buf *out, const struct tc_convo *c)
{
	tc_buf_printf(out, "%-9s", tc_convo_state_name(c->state));
	put_short(out, c->side[0].segments + c->side[1].segments);
	put_short(out, c->side[0].bytes);
	put_short(out, c->side[1].bytes);
	tc_buf_add_u8(out, 0);
	tc_buf_printf(out, " %*.3f", SECONDS - 1, (double)(c->last - c->first) / (double)TC_S);
	tc_buf_add_u8(out, 0);
	if (c->tagged)
		tc_buf_printf(out, " !%u", c->tagged < 99 ? (unsigned)c->tagged : 99);
	if (c->around[0])
		tc_buf_printf(out, " %s", c->around);
	tc_buf_text(out, "\n");
	tc_buf_add_u8(out, 0);
	tc_buf_add_u8(out, tc_convo_opener_known(c) ? ' ' : '?');
}

void tc_show_row(struct tc_show *s, struct tc_buf *row, const struct tc_convo *c)
{
	char text[TC_ADDR_PORT_STRING];
	int n;

	row->len = 0;
	tc_buf_printf(row, "%4u  ", c->number);
	for (unsigned i = 0; i < 2; i++) {
		n = (int)strlen(end_text(text, &c->side[i]));
		tc_buf_add(row, text, (size_t)n + 1);
		if (n > s->width && !s->heading)	/* what its heading says goes for all */
			s->width = n;
	}
	put_rest(s, row, c);
	tc_buf_add_u8(row, 0);
	put_short_rest(row, c);
	tc_buf_add_u8(row, 0);
}

void tc_show_put_row(const struct tc_show *s, struct tc_buf *out, const struct tc_buf *row)
{
	const char *part[] = { (const char *)row->data, NULL, NULL, NULL, NULL, NULL, NULL };
	const char *a = part[0];
	int digits;

	if (row->failed)
		return;
	for (unsigned i = 1; i < sizeof part / sizeof *part; i++)
		part[i] = part[i - 1] + strlen(part[i - 1]) + 1;
	/* a number of more digits than its column moves the first end */
	digits = (int)(strchr(a + 4, ' ') - a);
	if (is_narrow(s) || is_stacked(s))
		tc_buf_printf(out, "%.*s%s%-*s%s%*s%-*s %s%s%s", digits, a, part[6],
			      is_stacked(s) ? 0 : s->width, a + digits + 2,
			      is_stacked(s) ? "\n" : "", is_stacked(s) ? indent(s) : 1, "",
			      s->width, part[1], part[3], has_seconds(s) ? part[4] : "", part[5]);
	else
		tc_buf_printf(out, "%-*s  %-*s  %s", s->width + digits + 2, a, s->width, part[1],
			      part[2]);
}

void tc_show_ladder_heading(struct tc_buf *out, const struct tc_convo *c)
{
	char a[TC_ADDR_PORT_STRING], b[TC_ADDR_PORT_STRING];

	end_text(a, &c->side[0]);
	end_text(b, &c->side[1]);
	tc_buf_printf(out, "\nconnection %u: %s --> %s", c->number, a, b);
	if (c->around[0])
		tc_buf_printf(out, " in %s", c->around);
	if (!c->syn)
		tc_buf_text(out, " (its beginning was not captured)");
	for (unsigned i = 0; i < 2 && !c->syn; i++)
		if (c->wire.side[i].isn_known)
			tc_buf_printf(out, "%s%s from %" PRIu32, i ? ", " : "\n  counted: ",
				      i ? "<--" : "-->", c->wire.side[i].isn);
	tc_buf_text(out, "\n");
}
