/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture as text. Lines of segments are made without printf: there may be millions. */
#include "own.h"

#include "base/addr.h"
#include "report/ladder.h"
#include "wire/segment_line.h"

#include <inttypes.h>
#include <stdio.h>

#define END_COLUMNS ((int)TC_END_SIZE - 1)

/* Checksums are told by the segment's own line. */
#define SILENT (TC_TAG_BIT(CHECKSUM_BAD) | TC_TAG_BIT(CHECKSUM_PARTIAL))

static void put_tags(struct tc_buf *out, uint32_t tags)
{
	tags &= ~SILENT;
	for (unsigned i = 0; tags; i++, tags >>= 1) {
		if (!(tags & 1))
			continue;
		tc_buf_text(out, " [");
		tc_buf_text(out, tc_tag_name(i));
		tc_buf_add_u8(out, ']');
	}
}

static struct tc_isns isns(const struct tc_shown *e)
{
	const struct tc_wire_side *side = e->c->wire.side;

	return (struct tc_isns){ side[e->from].isn, side[!e->from].isn };
}

static void put_what(struct tc_buf *out, const struct tc_shown *e)
{
	if (e->rx->kind == TC_RX_ICMP_ERROR)
		tc_line_icmp(out, e->rx);
	else
		tc_line_segment(out, e->rx, isns(e));
	put_tags(out, e->tags);
	tc_buf_add_u8(out, '\n');
}

static void put_payload(const struct tc_show *s, struct tc_buf *out,
			const struct tc_shown *e)
{
	if (e->rx->kind == TC_RX_TCP)
		tc_line_payload(out, (struct tc_payload){ .hdr = s->o->frames }, e->rx->payload,
				e->rx->seg.len - e->rx->cut);
}

void tc_show_line(struct tc_show *s, struct tc_buf *out, const struct tc_shown *e)
{
	static const char *const arrows[2][2] = { { "--> ", "<-- " }, { "~~> ", "<~~ " } };

	tc_ladder_head(out, e->frame->stamp - s->start,
		       arrows[!!(e->tags & TC_TAG_BIT(KERNEL_RESET))][e->from], e->rx,
		       isns(e));
	put_tags(out, e->tags);
	tc_buf_add_u8(out, '\n');
	put_payload(s, out, e);
	if (e->tags & TC_TAG_BIT(KERNEL_RESET))
		tc_buf_text(out, TC_LINE_INDENT "^ this host denies the connection it has: "
			    "its kernel's own TCP\n");
}

void tc_show_listed_line(struct tc_show *s, struct tc_buf *out, const struct tc_shown *e)
{
	tc_line_time(out, e->frame->stamp - s->start);
	tc_buf_add_u8(out, '[');
	tc_buf_u64(out, e->c->number, 0, ' ');
	tc_buf_text(out, "] ");
	if (e->rx->kind == TC_RX_TCP) {
		tc_end_put(out, e->rx->src, e->rx->sport);
		tc_buf_text(out, " > ");
		tc_end_put(out, e->rx->dst, e->rx->dport);
		tc_buf_add_u8(out, ' ');
	}
	put_what(out, e);
	if (s->o->payload)
		put_payload(s, out, e);
}

void tc_show_heading(struct tc_buf *out)
{
	tc_buf_printf(out, "%4s  %-*s  %-*s  %-9s %8s %11s %11s %11s %11s\n", "#",
		      END_COLUMNS, "opened by", END_COLUMNS, "to", "state", "segments",
		      "bytes >", "bytes <", "start", "seconds");
}

static const char *end_text(char text[TC_END_SIZE], const struct tc_convo_side *s)
{
	return tc_end_text(s->addr, s->port, text);
}

void tc_show_row(struct tc_show *s, struct tc_buf *out, const struct tc_convo *c)
{
	char a[TC_END_SIZE], b[TC_END_SIZE];

	end_text(a, &c->side[0]);
	end_text(b, &c->side[1]);
	tc_buf_printf(out, "%4u  %-*s  %-*s  %-9s %8" PRIu64 " %11" PRIu64 " %11" PRIu64
		      " %11.6f %11.6f", c->number, END_COLUMNS, a, END_COLUMNS, b,
		      tc_convo_state_name(c->state), c->side[0].segments + c->side[1].segments,
		      c->side[0].bytes, c->side[1].bytes,
		      (double)(c->first - s->start) / (double)TC_S,
		      (double)(c->last - c->first) / (double)TC_S);
	if (c->tagged)
		tc_buf_printf(out, "  ! %" PRIu64, c->tagged);
	tc_buf_text(out, "\n");
}

void tc_show_ladder_heading(struct tc_buf *out, const struct tc_convo *c)
{
	char a[TC_END_SIZE], b[TC_END_SIZE];

	end_text(a, &c->side[0]);
	end_text(b, &c->side[1]);
	tc_buf_printf(out, "\nconnection %u: %s --> %s", c->number, a, b);
	if (!c->syn)
		tc_buf_text(out, " (its beginning was not captured)");
	for (unsigned i = 0; i < 2 && !c->syn; i++)
		if (c->wire.side[i].isn_known)
			tc_buf_printf(out, "%s%s from %" PRIu32, i ? ", " : "\n  counted: ",
				      i ? "<--" : "-->", c->wire.side[i].isn);
	tc_buf_text(out, "\n");
}
