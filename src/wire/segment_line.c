/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments as people read them; see segment_line.h. */
#include "segment_line.h"
#include "base/addr.h"
#include "base/text.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/tcpopt.h>

#include <string.h>

#define SHOWN_PAYLOAD 64
#define FLAG_COLUMNS 5

static void put(struct tc_buf *out, const char *what, uint64_t v)
{
	tc_buf_text(out, what);
	tc_buf_u64(out, v, 0, ' ');
}

void tc_line_time(struct tc_buf *out, tc_time since_start)
{
	bool before = since_start < 0;
	uint64_t us = (uint64_t)((before ? -since_start : since_start) + TC_US / 2) / TC_US;

	if (before)
		put(out, "-", us / 1000000);
	else
		tc_buf_u64(out, us / 1000000, 3, ' ');
	tc_buf_add_u8(out, '.');
	tc_buf_u64(out, us % 1000000, 6, '0');
	tc_buf_add_u8(out, ' ');
}

void tc_line_options(struct tc_buf *out, const struct tc_rx *rx, tc_seq isn)
{
	if (!rx->options_len)
		return;
	tc_buf_text(out, " <");
	tc_tcpopt_print_from(out, rx->options, rx->options_len, isn);
	tc_buf_add_u8(out, '>');
}

static void put_numbers(struct tc_buf *out, const struct tc_rx *rx, struct tc_isns isn)
{
	const struct tc_seg *seg = &rx->seg;

	put(out, "seq ", seg->seq - isn.seq);
	if (seg->len) {
		put(out, ":", seg->seq - isn.seq + seg->len);
		put(out, " (", seg->len);
		tc_buf_add_u8(out, ')');
	}
	if (seg->flags & TC_FLAG_ACK)
		put(out, " ack ", seg->ack - isn.ack);
	if (rx->no_window)
		tc_buf_text(out, " win ?");
	else
		put(out, " win ", seg->wnd);
	if (seg->flags & TC_FLAG_URG)
		put(out, " urg ", seg->urg);
	tc_line_options(out, rx, isn.ack);
	if (seg->flags & TC_FLAG_SYN && seg->seq == isn.seq)
		put(out, " ISN ", isn.seq);
}

static void put_checksum(struct tc_buf *out, const char *what, enum tc_checksum_state s)
{
	if (s == TC_CSUM_OK)
		return;
	tc_buf_text(out, what);
	tc_buf_text(out, tc_checksum_state_name(s));
	tc_buf_add_u8(out, ']');
}

void tc_line_segment(struct tc_buf *out, const struct tc_rx *rx, struct tc_isns isn)
{
	char flags[16];
	size_t n;

	tc_flags_print(rx->seg.flags, flags);
	n = strlen(flags);
	memset(flags + n, ' ', sizeof flags - 1 - n);
	flags[n < FLAG_COLUMNS ? FLAG_COLUMNS : n + 1] = 0;
	tc_buf_text(out, flags);
	put_numbers(out, rx, isn);
	if (rx->seg.flags & TC_FLAGS_RESERVED) {
		put(out, " [reserved bits ", (rx->seg.flags & TC_FLAGS_RESERVED) >> 9);
		tc_buf_add_u8(out, ']');
	}
	put_checksum(out, " [checksum ", rx->tcp_checksum);
	put_checksum(out, " [IP checksum ", rx->ip_checksum);
	if (rx->head_cut) {
		put(out, " [", rx->head_cut);
		tc_buf_text(out, " bytes of the header not captured]");
	}
	if (rx->cut) {
		put(out, " [", rx->cut);
		tc_buf_text(out, " bytes not captured]");
	}
}

void tc_line_icmp(struct tc_buf *out, const struct tc_rx *rx)
{
	tc_buf_text(out, rx->src.family == 6 ? "ICMPv6 from " : "ICMP from ");
	tc_host_put(out, &rx->src);
	put(out, " type ", rx->icmp_type);
	put(out, " code ", rx->icmp_code);
}

void tc_line_payload(struct tc_buf *out, struct tc_payload what, const uint8_t *bytes,
		     size_t n)
{
	if (n == 0)
		return;
	tc_buf_text(out, TC_LINE_INDENT);
	if (n > SHOWN_PAYLOAD && memcmp(bytes, bytes + 1, n - 1) == 0)
		tc_buf_printf(out, "%zu bytes of 0x%02x", n, bytes[0]);
	else if (!tc_payload_describe(out, what, bytes, n))
		tc_text_print(out, bytes, n, SHOWN_PAYLOAD);
	tc_buf_add_u8(out, '\n');
}
