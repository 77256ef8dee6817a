/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder: one event, a line or a few, for people. */
#include "ladder.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/filter.h>
#include "base/addr.h"
#include "base/name.h"
#include "wire/family.h"
#include "wire/rx_fragment.h"
#include "wire/segment_line.h"

#include <inttypes.h>
#include <stdio.h>

#define INDENT TC_LINE_INDENT
#define SCRIPT_COLUMN 72	/* where the script's line stands, if there is room */
#define CALL_COLUMN 44		/* a program's calls: as in ladders with --trace-exec */

/* Checksums are told by the segment's own line, that it was not sent by its arrow. */
#define SILENT (TC_TAG_BIT(CHECKSUM_BAD) | TC_TAG_BIT(CHECKSUM_PARTIAL) | TC_TAG_BIT(NOT_SENT))
enum { UNKNOWN, UNSTAMPED, STAMPED };	/* of struct tc_view_stamps */

#define LOST (TC_TAG_BIT(UNSEEN) | TC_TAG_BIT(NOT_SENT))

const char *tc_origin_name(enum tc_origin o)
{
	static const char *const names[] = {
		[TC_ORIGIN_US] = "tcpcraft", [TC_ORIGIN_KERNEL] = "kernel",
		[TC_ORIGIN_PEER] = "peer",
	};

	return TC_NAME(names, o);
}

tc_time tc_view_since(struct tc_view *v, const struct tc_story_event *e)
{
	if (!v->start && !e->seen)
		v->start = e->frame.stamp;
	return e->frame.stamp - v->start;
}

static const char *arrow(const struct tc_story_event *e)
{
	static const char *const arrows[2][2] = { { "-->", "<--" }, { "~~>", "<~~" } };

	return e->tags & LOST ? "--x" : arrows[e->origin == TC_ORIGIN_KERNEL][e->from];
}

static bool is_tcp(const struct tc_story_event *e)
{
	return e->rx && e->rx->kind == TC_RX_TCP;
}

/* "[2] --> ": the connection, where there are several, and who sent it. */
static void put_lead(struct tc_buf *out, const struct tc_view *v, const struct tc_story_event *e)
{
	if (v->many && e->connection) {
		tc_buf_add_u8(out, '[');
		tc_buf_u64(out, e->connection, 0, ' ');
		tc_buf_text(out, "] ");
	}
	if (e->kind != TC_STORY_SEGMENT)
		return;
	if (v->lead != TC_LEAD_ENDS)
		tc_buf_text(out, arrow(e));
	if (v->lead == TC_LEAD_PORT)
		tc_buf_printf(out, " :%u", e->port[0]);
	if (v->lead == TC_LEAD_ENDS && is_tcp(e)) {
		tc_buf_text(out, TC_HOST_PORT(&e->rx->src, e->rx->sport));
		tc_buf_text(out, " > ");
		tc_buf_text(out, TC_HOST_PORT(&e->rx->dst, e->rx->dport));
	}
	if (v->lead != TC_LEAD_ENDS || is_tcp(e))
		tc_buf_add_u8(out, ' ');
}

/* A frame of ours that is not a TCP segment any more. */
static void put_other(struct tc_buf *out, const struct tc_story_event *e)
{
	uint16_t type;
	int head = tc_link_header(e->frame.bytes, e->frame.len, e->frame.dlt, &type, NULL);
	size_t l3 = head > 0 ? (size_t)head : 0, n = e->frame.len - l3;
	const uint8_t *ip = e->frame.bytes + l3;
	const struct tc_family *f = tc_family_at(ip, n);
	struct tc_fragment part;

	if (!f) {
		tc_buf_printf(out, "%zu bytes that are not IP", n);
	} else if (e->rx && e->rx->kind == TC_RX_FRAGMENT) {
		tc_rx_fragment(e->rx, &part);
		tc_buf_printf(out, "IPv%u fragment: offset %zu, %zu bytes", f->version, part.at,
			      part.n);
	} else {
		tc_buf_printf(out, "%zu bytes of IPv%u, %s %u, that %s", n, f->version,
			      f->next_words, ip[tc_header_get(f->header)->rows[f->next].off / 8],
			      e->rx ? "are not a TCP segment" : "are not a valid packet");
	}
}

static void put_tags(struct tc_buf *out, const struct tc_story_event *e)
{
	uint32_t tags = e->tags & ~SILENT;

	if (!e->seen)		/* a line below says whose it is */
		tags &= ~TC_TAG_BIT(KERNEL_RESET);
	if (!is_tcp(e))
		tags &= TC_TAG_BIT(UNSEEN);
	for (unsigned i = 0; tags; i++, tags >>= 1) {
		if (!(tags & 1))
			continue;
		tc_buf_text(out, " [");
		tc_buf_text(out, i == TC_TAG_UNSEEN ? "never seen on the wire" : tc_tag_name(i));
		tc_buf_add_u8(out, ']');
	}
}

/* Of a short ladder: are timestamps what they were in the last segment of this sender? */
static bool same_stamps(struct tc_view *v, const struct tc_rx *rx, unsigned connection,
			unsigned from)
{
	struct tc_view_stamps *s = &v->stamps[connection % TC_VIEW_STAMPS];
	uint8_t now = rx->seg.opts.present & TC_HAS_TS ? STAMPED : UNSTAMPED, before;

	if (s->connection != connection)
		*s = (struct tc_view_stamps){ .connection = connection };
	before = s->last[from];
	if (rx->seg.flags & TC_FLAG_RST)	/* need have none: RFC 7323 3.2 */
		return now == before || now == UNSTAMPED;
	s->last[from] = now;
	return now == before;
}

void tc_ladder_segment(struct tc_buf *out, struct tc_view *v, const struct tc_rx *rx,
		       struct tc_isns isn, unsigned connection, unsigned from, unsigned without)
{
	bool same = v->brief && same_stamps(v, rx, connection, from);
	bool syn = rx->seg.flags & TC_FLAG_SYN;

	if (v->brief)
		without |= TC_LINE_PADDING;
	if (same && !syn)
		without |= TC_LINE_STAMPS;
	tc_line_segment(out, rx, isn, without);
	if (v->brief && !same && !(rx->seg.opts.present & TC_HAS_TS) && !syn)
		tc_buf_text(out, " [no TS]");
}

void tc_ladder_head(struct tc_buf *out, struct tc_view *v, const struct tc_story_event *e)
{
	tc_line_time(out, tc_view_since(v, e));
	put_lead(out, v, e);
	if (e->kind != TC_STORY_SEGMENT)
		return;
	if (is_tcp(e))
		tc_ladder_segment(out, v, e->rx, tc_story_isns(e), e->connection, e->from,
				  e->tags & TC_TAG_BIT(RETRANSMISSION) ? TC_LINE_ISN : 0);
	else if (e->rx && e->rx->kind == TC_RX_ICMP_ERROR)
		tc_line_icmp(out, e->rx);
	else
		put_other(out, e);
	put_tags(out, e);
}

void tc_ladder_payload(struct tc_buf *out, const struct tc_view *v, const struct tc_story_event *e)
{
	struct tc_payload what = v->payload;

	what.surely = what.surely && e->origin != TC_ORIGIN_PEER;
	if (is_tcp(e))
		tc_line_payload(out, what, e->rx->payload, e->rx->seg.len - e->rx->cut);
}

static void put_column(struct tc_buf *out, size_t begin, size_t column)
{
	while (out->len - begin < column && !out->failed)
		tc_buf_add_u8(out, ' ');
}

/* What the script or the program does: alone, or beside the segment. */
static void put_words(struct tc_buf *out, const struct tc_view *v, const struct tc_story_event *e,
		      size_t begin)
{
	if (e->words && v->program) {
		put_column(out, begin, CALL_COLUMN);
		tc_buf_text(out, "|  ");
	}
	if (e->words)
		tc_buf_text(out, e->words);
	else if (e->script && !v->program) {
		put_column(out, begin, SCRIPT_COLUMN);
		tc_buf_printf(out, " %3u| %s", e->script_line, e->script);
	}
}

static void put_surgery(struct tc_buf *out, const struct tc_story_event *e)
{
	if (e->surgery)
		tc_buf_printf(out, INDENT "* %s\n", e->surgery);
	for (unsigned i = 0; i < e->n_mutations; i++)
		tc_buf_printf(out, INDENT "* %s %s -> %s\n", e->mutations[i].field,
			      e->mutations[i].from, e->mutations[i].to);
}

/* Lines of their own below the segment; without one the first stands behind the time. */
static void put_news(struct tc_buf *out, const struct tc_news *news, const char *indent)
{
	for (unsigned i = 0; i < news->n_changes; i++) {
		tc_buf_printf(out, "%s%s -> %s  (%s)\n", indent,
			      tc_state_name(news->changes[i].from),
			      tc_state_name(news->changes[i].to), news->changes[i].clause);
		indent = INDENT;
	}
	if (news->note)
		tc_buf_printf(out, "%s! %s%s%s%s\n", indent, news->note,
			      news->note_clause ? "  (" : "",
			      news->note_clause ? news->note_clause : "",
			      news->note_clause ? ")" : "");
}

void tc_ladder_event(void *ctx, struct tc_view *v, const struct tc_story_event *e)
{
	struct tc_buf *out = ctx;
	size_t begin = out->len;

	tc_ladder_head(out, v, e);
	if (e->kind == TC_STORY_CHANGE) {
		put_news(out, &e->news, "");
		return;
	}
	put_words(out, v, e, begin);
	tc_buf_add_u8(out, '\n');
	put_surgery(out, e);
	if (e->note)
		tc_buf_printf(out, INDENT "! %s\n", e->note);
	tc_ladder_payload(out, v, e);
	if (e->origin == TC_ORIGIN_KERNEL)
		tc_buf_text(out, e->seen ? INDENT "^ this host denies the connection it has: "
			    "its kernel's own TCP\n"
			    : INDENT "^ sent by this host's kernel, not by tcpcraft\n");
	put_news(out, &e->news, INDENT);
}

static void spare_sentence(struct tc_buf *out, const struct tc_session_summary *sum)
{
	char vlan[TC_VLAN_TEXT];

	tc_vlan_text(&sum->vlan, vlan);
	tc_buf_printf(out, "no guard needed: our address was at %s%s%s, %s answered %" PRIu64
		      " time%s", TC_MAC(sum->mac), *vlan ? " in " : "", vlan,
		      sum->ipv6 ? "neighbour discovery" : "ARP",
		      sum->neigh.answered,
		      sum->neigh.answered == 1 ? "" : "s");
	if (sum->neigh.conflicts)
		tc_buf_printf(out, "; %s was claimed by another host too, %s",
			      TC_HOST(&sum->neigh.contested), TC_MAC(sum->neigh.rival));
}

void tc_guard_sentence(struct tc_buf *out, const struct tc_session_summary *sum)
{
	if (sum->spare)
		spare_sentence(out, sum);
	else if (sum->guard_shared)
		tc_buf_printf(out, "kernel resets: %" PRIu64 " leaked (guard %s, for all scripts)",
			      sum->resets_leaked, tc_guard_mode_name(sum->guard));
	else if (sum->guard == TC_GUARD_SHIELD)
		tc_buf_printf(out, "the guard hid %" PRIu64 " segments from the kernel; kernel "
			      "resets: %" PRIu64 " leaked (guard shield)",
			      sum->segments_hidden, sum->resets_leaked);
	else
		tc_buf_printf(out, "kernel resets: %" PRIu64 " blocked, %" PRIu64
			      " leaked (guard %s)", sum->resets_blocked, sum->resets_leaked,
			      tc_guard_mode_name(sum->guard));
	if (sum->icmp_leaked)
		tc_buf_printf(out, "; this host's packet filter rejects what the peer sends: %"
			      PRIu64 " ICMP error%s went out (--guard shield hides it from the "
			      "filter)", sum->icmp_leaked, sum->icmp_leaked == 1 ? "" : "s");
}
