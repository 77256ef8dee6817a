/* SPDX-License-Identifier: BSD-2-Clause */
/* Captured segments in the words of scripts: what can be compared by eye with the line that
 * expected them, and read back. */
#include "script/words.h"
#include "wire/ao_text.h"
#include "wire/mptcp_text.h"
#include "own.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/tcpopt.h>

static void put_bytes(struct tc_buf *out, const char *before, const uint8_t *bytes,
		      size_t n)
{
	tc_buf_text(out, before);
	tc_hex_encode(out, bytes, n);
}

static void put_sack(struct tc_buf *out, const struct tc_tcpopt *o, tc_seq base)
{
	tc_buf_text(out, "sack");
	for (int i = 0; i < o->len - 2; i += 8)
		tc_buf_printf(out, " %u:%u", tc_get32(o->data + i) - base,
			      tc_get32(o->data + i + 4) - base);
}

static void put_option(struct tc_buf *out, const struct tc_tcpopt *o, tc_seq ack_base)
{
	const uint8_t *d = o->data;
	size_t n = o->len < 2 ? 0 : o->len - 2u;
	struct tc_buf counters = { 0 };

	if (o->kind == TC_OPT_NOP) {
		tc_buf_text(out, "nop");
	} else if (o->kind == TC_OPT_MSS && n == 2) {
		tc_buf_printf(out, "mss %u", tc_get16(d));
	} else if (o->kind == TC_OPT_WSCALE && n == 1) {
		tc_buf_printf(out, "wscale %u", d[0]);
	} else if (o->kind == TC_OPT_SACK_PERM && n == 0) {
		tc_buf_text(out, "sackOK");
	} else if (o->kind == TC_OPT_TS && n == 8) {
		tc_buf_printf(out, "TS val %u ecr %u", tc_get32(d), tc_get32(d + 4));
	} else if (o->kind == TC_OPT_SACK && n >= 8 && n <= 32 && n % 8 == 0) {
		put_sack(out, o, ack_base);
	} else if (o->kind == TC_OPT_FASTOPEN) {
		put_bytes(out, n ? "FO " : "FO", d, n);
	} else if (o->kind == TC_OPT_EXPERIMENT && n >= 2 &&
		   tc_get16(d) == TC_FASTOPEN_EXP_ID) {
		put_bytes(out, n > 2 ? "FOEXP " : "FOEXP", d + 2, n - 2);
	} else if (o->kind == TC_OPT_MPTCP) {
		tc_buf_text(out, "mptcp");
		tc_mptcp_print(out, d, n);
	} else if (o->kind == TC_OPT_AO && n >= 2) {
		tc_buf_text(out, "ao");
		tc_ao_print(out, d, n);
	} else if (o->kind == TC_OPT_MD5) {
		put_bytes(out, n ? "md5 " : "md5", d, n);
	} else if (tc_sc_print_accecn(&counters, o->kind, d, n)) {
		tc_buf_text(out, "ECN");
		tc_buf_add(out, counters.data, counters.len);
	} else {
		tc_buf_printf(out, "hex:%02x%02x", o->kind, o->len);
		put_bytes(out, "", d, n);
	}
	tc_buf_free(&counters);
}

void tc_run_options_text(struct tc_buf *out, const uint8_t *bytes, size_t n,
			 tc_seq ack_base)
{
	struct tc_tcpopt_iter it = { bytes, bytes + n };
	const char *between = "";
	struct tc_tcpopt o;

	for (; n && tc_tcpopt_next(&it, &o, NULL) > 0; between = ",") {
		tc_buf_text(out, between);
		put_option(out, &o, ack_base);
	}
	if (n && it.at < it.end) { /* eol and what is behind it; or what cannot be read */
		tc_buf_text(out, between);
		put_bytes(out, "hex:", it.at, (size_t)(it.end - it.at));
	}
}

void tc_script_put_segment(struct tc_buf *out, const struct tc_rx *rx, struct tc_isns isn)
{
	const struct tc_seg *seg = &rx->seg;

	tc_sc_print_flags(out, seg->flags);
	tc_buf_printf(out, " %u:%u(%u)", seg->seq - isn.seq, seg->seq - isn.seq + seg->len,
		      seg->len);
	if (seg->flags & TC_FLAG_ACK)
		tc_buf_printf(out, " ack %u", seg->ack - isn.ack);
	tc_buf_printf(out, " win %u", seg->wnd);
	if (seg->urg)
		tc_buf_printf(out, " urg %u", seg->urg);
	if (rx->options_len) {
		tc_buf_text(out, " <");
		tc_run_options_text(out, rx->options, rx->options_len, isn.ack);
		tc_buf_text(out, ">");
	}
}
