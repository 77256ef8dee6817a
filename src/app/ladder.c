/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder: one event, a line or a few, for people. */
#include <tcpcraft/trace.h>

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/filter.h>
#include <tcpcraft/prot.h>
#include <tcpcraft/tcpopt.h>

#include <arpa/inet.h>
#include <inttypes.h>

#define INDENT "                 "
#define SHOWN_PAYLOAD 64

static bool is_ours(const struct tc_trace *t)
{
	return t->origin != TC_ORIGIN_PEER;
}

static const char *arrow(const struct tc_trace *t)
{
	switch (t->origin) {
	case TC_ORIGIN_US:
		return t->unseen || t->withheld ? "--x " : "--> ";
	case TC_ORIGIN_KERNEL:
		return "~~> ";
	case TC_ORIGIN_PEER:
		return "<-- ";
	}
	return "";
}

static void put_time(struct tc_buf *out, struct tc_view *v, const struct tc_trace *t)
{
	struct tc_conn_info info;

	if (!v->start)
		v->start = t->stamp;
	tc_buf_printf(out, "%10.6f ", (double)(t->stamp - v->start) / (double)TC_S);
	if (v->many && t->conn) {
		tc_conn_info(t->conn, &info);
		tc_buf_printf(out, "[%u] ", info.id);
	}
}

/* seq and ack relative to the ISNs, as far as they are known. */
static void put_numbers(struct tc_buf *out, const struct tc_trace *t)
{
	const struct tc_seg *seg = &t->rx->seg;
	struct tc_conn_info info;
	tc_seq isn_seq, isn_ack;

	tc_conn_info(t->conn, &info);
	isn_seq = is_ours(t) ? info.iss : info.irs;
	isn_ack = is_ours(t) ? info.irs : info.iss;
	tc_buf_printf(out, "seq %" PRIu32, seg->seq - isn_seq);
	if (seg->len)
		tc_buf_printf(out, ":%" PRIu32 " (%" PRIu32 ")", seg->seq - isn_seq + seg->len,
			      seg->len);
	if (seg->flags & TC_FLAG_ACK)
		tc_buf_printf(out, " ack %" PRIu32, seg->ack - isn_ack);
	tc_buf_printf(out, " win %u", seg->wnd);
	if (seg->flags & TC_FLAG_URG)
		tc_buf_printf(out, " urg %u", seg->urg);
	if (t->rx->options_len) {
		tc_buf_printf(out, " <");
		tc_tcpopt_print(out, t->rx->options, t->rx->options_len);
		tc_buf_printf(out, ">");
	}
}

static void put_checksums(struct tc_buf *out, const struct tc_trace *t)
{
	if (t->rx->tcp_checksum != TC_CSUM_OK)
		tc_buf_printf(out, " [checksum %s]",
			      tc_checksum_state_name(t->rx->tcp_checksum));
	if (t->rx->ip_checksum != TC_CSUM_OK)
		tc_buf_printf(out, " [IP checksum %s]",
			      tc_checksum_state_name(t->rx->ip_checksum));
}

static void put_payload(struct tc_buf *out, const struct tc_view *v, const struct tc_trace *t)
{
	if (t->rx->seg.len == 0)
		return;
	tc_buf_printf(out, INDENT);
	if (!is_ours(t) ||
	    !tc_prot_describe(out, t->rx->payload, t->rx->seg.len, v->prot))
		tc_text_print(out, t->rx->payload, t->rx->seg.len, SHOWN_PAYLOAD);
	tc_buf_printf(out, "\n");
}

static void put_icmp(struct tc_buf *out, const struct tc_trace *t)
{
	struct in_addr from = { htonl(t->rx->src) };
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &from, text, sizeof text);
	tc_buf_printf(out, "ICMP from %s type %u code %u", text, t->rx->icmp_type,
		      t->rx->icmp_code);
}

static void put_segment(struct tc_buf *out, const struct tc_trace *t)
{
	char flags[16];

	tc_flags_print(t->rx->seg.flags, flags);
	tc_buf_printf(out, "%-4s ", flags);
	put_numbers(out, t);
	put_checksums(out, t);
	if (t->retransmission)
		tc_buf_printf(out, " [retransmission]");
	if (t->unseen)
		tc_buf_printf(out, " [never seen on the wire]");
}

/* A frame of ours that is no TCP segment any more. */
static void put_other(struct tc_buf *out, const struct tc_trace *t)
{
	const uint8_t *ip = t->frame + t->l3;
	size_t n = t->frame_len - t->l3;

	if (n < 20 || ip[0] >> 4 != 4) {
		tc_buf_printf(out, "%zu bytes that are no IPv4", n);
		return;
	}
	if (t->rx && t->rx->kind == TC_RX_FRAGMENT)
		tc_buf_printf(out, "IPv4 fragment: offset %u, %zu bytes",
			      (tc_get16(ip + 6) & 0x1fffu) * 8, n - 20);
	else
		tc_buf_printf(out, "%zu bytes of IPv4, protocol %u, that %s", n, ip[9],
			      t->rx ? "are no TCP segment" : "nobody can take apart");
	if (t->unseen)
		tc_buf_printf(out, " [never seen on the wire]");
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
		const char *clause = news->changes[i].clause;

		tc_buf_printf(out, "%s%s -> %s  (%s%s)\n", indent,
			      tc_state_name(news->changes[i].from),
			      tc_state_name(news->changes[i].to),
			      clause[0] == '3' ? "RFC 9293 " : "", clause);
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
	put_time(out, v, t);
	if (t->frame) {
		tc_buf_printf(out, "%s", arrow(t));
		if (t->rx && t->rx->kind == TC_RX_ICMP_ERROR)
			put_icmp(out, t);
		else if (t->rx && t->rx->kind == TC_RX_TCP)
			put_segment(out, t);
		else
			put_other(out, t);
		tc_buf_printf(out, "\n");
		put_surgery(out, t);
		if (t->rx)
			put_payload(out, v, t);
	}
	if (t->origin == TC_ORIGIN_KERNEL)
		tc_buf_printf(out, INDENT "^ sent by this host's kernel, not by tcpcraft\n");
	put_news(out, &t->news, t->frame ? INDENT : "");
}

static void put_mac(struct tc_buf *out, const uint8_t *m)
{
	tc_buf_printf(out, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4],
		      m[5]);
}

static void spare_sentence(struct tc_buf *out, const struct tc_session_summary *sum)
{
	uint32_t a = sum->arp.contested;

	tc_buf_printf(out, "no guard needed: our address was at ");
	put_mac(out, sum->mac);
	tc_buf_printf(out, ", ARP answered %" PRIu64 " time%s", sum->arp.answered,
		      sum->arp.answered == 1 ? "" : "s");
	if (sum->arp.conflicts == 0)
		return;
	tc_buf_printf(out, "; %u.%u.%u.%u was claimed by another host too, ", a >> 24,
		      a >> 16 & 0xff, a >> 8 & 0xff, a & 0xff);
	put_mac(out, sum->arp.rival);
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
}
