/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder: one event, a line or a few, for people. */
#include "ladder.h"
#include "trace.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/filter.h>
#include "base/addr.h"
#include "wire/segment_line.h"

#include <inttypes.h>
#include <stdio.h>

#define INDENT TC_LINE_INDENT
#define UNSEEN " [never seen on the wire]"

static bool is_ours(const struct tc_trace *t)
{
	return t->origin != TC_ORIGIN_PEER;
}

const char *tc_origin_name(enum tc_origin o)
{
	switch (o) {
	case TC_ORIGIN_US:
		return "tcpcraft";
	case TC_ORIGIN_KERNEL:
		return "kernel";
	case TC_ORIGIN_PEER:
		return "peer";
	}
	return "";
}

const char *tc_origin_arrow(enum tc_origin o, bool lost)
{
	switch (o) {
	case TC_ORIGIN_US:
		return lost ? "--x " : "--> ";
	case TC_ORIGIN_KERNEL:
		return "~~> ";
	case TC_ORIGIN_PEER:
		return "<-- ";
	}
	return "";
}

bool tc_ladder_head(struct tc_buf *out, tc_time since, const char *lead,
		    const struct tc_rx *rx, struct tc_isns isn)
{
	tc_line_time(out, since);
	tc_buf_text(out, lead);
	if (rx && rx->kind == TC_RX_ICMP_ERROR)
		tc_line_icmp(out, rx);
	else if (rx && rx->kind == TC_RX_TCP)
		tc_line_segment(out, rx, isn);
	else
		return false;
	return true;
}

static struct tc_isns isns(const struct tc_trace *t)
{
	struct tc_conn_info info;

	tc_conn_info(t->conn, &info);
	return is_ours(t) ? (struct tc_isns){ info.iss, info.irs }
			  : (struct tc_isns){ info.irs, info.iss };
}

/* "[2] --> ": the connection, where there are several, and the arrow, if it is a frame. */
static void put_lead(char *lead, size_t n, const struct tc_view *v, const struct tc_trace *t)
{
	const char *arrow = t->frame ? tc_origin_arrow(t->origin, t->unseen || t->withheld) : "";
	struct tc_conn_info info;

	if (!v->many || !t->conn) {
		snprintf(lead, n, "%s", arrow);
		return;
	}
	tc_conn_info(t->conn, &info);
	snprintf(lead, n, "[%u] %s", info.id, arrow);
}

/* A frame of ours that is not a TCP segment any more. */
static void put_other(struct tc_buf *out, const struct tc_trace *t)
{
	const uint8_t *ip = t->frame + t->l3;
	size_t n = t->frame_len - t->l3;

	if (n < 20 || ip[0] >> 4 != 4) {
		tc_buf_printf(out, "%zu bytes that are not IPv4", n);
		return;
	}
	if (t->rx && t->rx->kind == TC_RX_FRAGMENT)
		tc_buf_printf(out, "IPv4 fragment: offset %u, %zu bytes",
			      (tc_get16(ip + 6) & 0x1fffu) * 8, n - 20);
	else
		tc_buf_printf(out, "%zu bytes of IPv4, protocol %u, that %s", n, ip[9],
			      t->rx ? "are not a TCP segment" : "are not a valid packet");
}

static void put_surgery(struct tc_buf *out, const struct tc_trace *t)
{
	if (t->surgery)
		tc_buf_printf(out, INDENT "* %s\n", t->surgery);
	for (unsigned i = 0; i < t->n_mutations; i++)
		tc_buf_printf(out, INDENT "* %s %s -> %s\n", t->mutations[i].field,
			      t->mutations[i].from, t->mutations[i].to);
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

void tc_ladder_line(struct tc_buf *out, struct tc_view *v, const struct tc_trace *t)
{
	struct tc_payload what = v->payload;
	char lead[24];
	bool known;

	if (!v->start)
		v->start = t->stamp;
	put_lead(lead, sizeof lead, v, t);
	known = tc_ladder_head(out, t->stamp - v->start, lead, t->rx, isns(t));
	if (t->frame) {
		if (!known)
			put_other(out, t);
		if (t->retransmission && t->rx && t->rx->kind == TC_RX_TCP)
			tc_buf_text(out, " [retransmission]");
		tc_buf_text(out, t->unseen ? UNSEEN "\n" : "\n");
		put_surgery(out, t);
		what.surely = what.surely && is_ours(t);
		if (t->rx)
			tc_line_payload(out, what, t->rx->payload, t->rx->seg.len);
	}
	if (t->origin == TC_ORIGIN_KERNEL)
		tc_buf_printf(out, INDENT "^ sent by this host's kernel, not by tcpcraft\n");
	put_news(out, &t->news, t->frame ? INDENT : "");
}

static void spare_sentence(struct tc_buf *out, const struct tc_session_summary *sum)
{
	tc_buf_printf(out, "no guard needed: our address was at %s, ARP answered %" PRIu64
		      " time%s", TC_MAC(sum->mac), sum->arp.answered,
		      sum->arp.answered == 1 ? "" : "s");
	if (sum->arp.conflicts)
		tc_buf_printf(out, "; %s was claimed by another host too, %s",
			      TC_ADDR(sum->arp.contested), TC_MAC(sum->arp.rival));
}

void tc_guard_sentence(struct tc_buf *out, const struct tc_session_summary *sum)
{
	if (sum->spare)
		spare_sentence(out, sum);
	else if (sum->guard == TC_GUARD_SHIELD)
		tc_buf_printf(out, "the guard hid %" PRIu64 " segments from the kernel; kernel "
			      "resets: %" PRIu64 " leaked (guard shield)",
			      sum->resets_blocked, sum->resets_leaked);
	else
		tc_buf_printf(out, "kernel resets: %" PRIu64 " blocked, %" PRIu64
			      " leaked (guard %s)", sum->resets_blocked, sum->resets_leaked,
			      tc_guard_mode_name(sum->guard));
	if (sum->icmp_leaked)
		tc_buf_printf(out, "; this host's packet filter rejects what the peer sends: %"
			      PRIu64 " ICMP error%s went out (--guard shield hides it from the "
			      "filter)", sum->icmp_leaked, sum->icmp_leaked == 1 ? "" : "s");
}
