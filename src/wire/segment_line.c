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

static bool is_left_out(uint8_t kind, unsigned without)
{
	bool padding = kind == TC_OPT_NOP || kind == TC_OPT_EOL;

	return (padding && without & TC_LINE_PADDING) ||
	       (kind == TC_OPT_TS && without & TC_LINE_STAMPS);
}

/* The segment with those of its options that are told. */
static struct tc_rx told_of(const struct tc_rx *rx, unsigned without,
			    uint8_t room[TC_OPTIONS_MAX])
{
	struct tc_tcpopt_iter it = { rx->options, rx->options + rx->options_len };
	struct tc_rx told = *rx;
	struct tc_tcpopt opt;
	size_t n = 0;
	int rc;

	if (!rx->options_len || rx->options_len > TC_OPTIONS_MAX)
		return told;
	for (;;) {
		const uint8_t *at = it.at;

		rc = tc_tcpopt_next(&it, &opt, NULL);
		if (rc <= 0)
			break;
		if (is_left_out(opt.kind, without))
			continue;
		memcpy(room + n, at, (size_t)(it.at - at));
		n += (size_t)(it.at - at);
	}
	while (rc == 0 && it.at < it.end && *it.at == TC_OPT_EOL)
		it.at++;
	if (rc == 0 && it.at == it.end) {
		told.options = room;
		told.options_len = n;
	}
	return told;
}

static void put_options(struct tc_buf *out, const struct tc_rx *rx, tc_seq isn,
			unsigned without)
{
	uint8_t room[TC_OPTIONS_MAX];
	struct tc_rx told;

	if (!(without & ~(unsigned)TC_LINE_ISN)) {
		tc_line_options(out, rx, isn);
		return;
	}
	told = told_of(rx, without, room);
	tc_line_options(out, &told, isn);
}

static void put_numbers(struct tc_buf *out, const struct tc_rx *rx, struct tc_isns isn,
			unsigned without)
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
	put_options(out, rx, isn.ack, without);
	if (seg->flags & TC_FLAG_SYN && seg->seq == isn.seq && !(without & TC_LINE_ISN))
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

void tc_line_segment(struct tc_buf *out, const struct tc_rx *rx, struct tc_isns isn,
		     unsigned without)
{
	char flags[16];
	size_t n;

	tc_flags_print(rx->seg.flags, flags);
	n = strlen(flags);
	memset(flags + n, ' ', sizeof flags - 1 - n);
	flags[n < FLAG_COLUMNS ? FLAG_COLUMNS : n + 1] = 0;
	tc_buf_text(out, flags);
	put_numbers(out, rx, isn, without);
	if (rx->seg.flags & TC_FLAGS_RESERVED) {
		put(out, " [reserved bits ", (rx->seg.flags & TC_FLAGS_RESERVED) >> 9);
		tc_buf_add_u8(out, ']');
	}
	if (rx->tcp_checksum != TC_CSUM_PARTIAL || !(without & TC_LINE_PARTIAL))
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
	tc_buf_text(out, TC_HOST(&rx->src));
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
