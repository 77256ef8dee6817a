/* SPDX-License-Identifier: BSD-2-Clause */
/* The receive path of TCP, over either family. */
#include "rx_own.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>
#include <tcpcraft/tcpopt.h>
#include "place.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define TCP_TO_FLAGS     (TC_TCP_HDR_LEN_OFF / 8 + 2)
#define NO_CARD_SENDS    16384u	/* bytes, as one: jumbo frames have less */
#define TCP_TO_WINDOW    (TC_TCP_WINDOW_OFF / 8 + 2)

static_assert((TC_OPTIONS_MAX - 2) / 8 <= TC_SACK_BLOCKS, "all blocks have a place");

static void take_sack(struct tc_seg_opts *opts, const struct tc_tcpopt *opt)
{
	unsigned n = (opt->len - 2u) / 8;

	if (n == 0 || (opt->len - 2u) % 8)
		return;
	for (unsigned i = 0; i < n; i++) {
		opts->sack[i].left = tc_get32(opt->data + 8 * i);
		opts->sack[i].right = tc_get32(opt->data + 8 * i + 4);
	}
	opts->n_sack = (uint8_t)n;
	opts->present |= TC_HAS_SACK;
}

/* 4.1.1: another length is not looked at. */
static void take_cookie(struct tc_seg_opts *opts, const struct tc_tcpopt *opt)
{
	const unsigned n = opt->len - 2u;

	if (n % 2 || (n && n < TC_COOKIE_MIN) || n > TC_COOKIE_MAX)
		return;
	opts->cookie.n = (uint8_t)n;
	if (n)
		memcpy(opts->cookie.bytes, opt->data, n);
	opts->present |= TC_HAS_FASTOPEN;
}

/* An option of a wrong length is passed over as if unknown, as Linux does. */
static void take_option(struct tc_seg_opts *opts, const struct tc_tcpopt *opt)
{
	if (opt->kind == TC_OPT_MSS && opt->len == 4) {
		opts->mss = tc_get16(opt->data);
		opts->present |= TC_HAS_MSS;
	} else if (opt->kind == TC_OPT_WSCALE && opt->len == 3) {
		opts->wscale = opt->data[0];
		opts->present |= TC_HAS_WSCALE;
	} else if (opt->kind == TC_OPT_SACK_PERM && opt->len == 2) {
		opts->present |= TC_HAS_SACK_OK;
	} else if (opt->kind == TC_OPT_TS && opt->len == 10) {
		opts->ts_val = tc_get32(opt->data);
		opts->ts_ecr = tc_get32(opt->data + 4);
		opts->present |= TC_HAS_TS;
	} else if (opt->kind == TC_OPT_SACK) {
		take_sack(opts, opt);
	} else if (opt->kind == TC_OPT_FASTOPEN) {
		take_cookie(opts, opt);
	}
}

static void parse_options(struct tc_rx *rx)
{
	struct tc_tcpopt_iter it = { rx->options, rx->options + rx->options_len };
	struct tc_tcpopt opt;
	int rc;

	while ((rc = tc_tcpopt_next(&it, &opt, NULL)) == 1)
		take_option(&rx->seg.opts, &opt);
	rx->options_bad = rc < 0;
}

/* What the capture left out is told in rx->cut when this begins, of the datagram, and of
 * the payload alone when it ends. */
static int check_tcp(struct tc_rx *rx, size_t head, size_t n, struct tc_error *err)
{
	size_t total = n + rx->cut;

	if (head < TCP_BYTES)
		return tc_fail(err, -EBADMSG,
			       "tcp.hdr_len=%zu is %zu bytes, a TCP header needs %d",
			       head / 4, head, TCP_BYTES);
	if (head > total)
		return tc_fail(err, -EBADMSG,
			       "tcp.hdr_len=%zu is %zu bytes, the segment has %zu", head / 4,
			       head, total);
	rx->seg.len = (uint32_t)(total - head);
	rx->head_cut = (uint32_t)(head > n ? head - n : 0);
	rx->cut -= rx->head_cut;
	return 0;
}

/* The end of the header, as far as it is there. */
static void parse_tail(struct tc_rx *rx, const uint8_t *tcp, size_t kept)
{
	rx->no_window = kept < TCP_TO_WINDOW;
	if (!rx->no_window)
		rx->seg.wnd = tc_get16(PLACE(tcp, TCP_WINDOW));
	if (kept < TCP_BYTES)
		return;
	rx->seg.urg = tc_get16(PLACE(tcp, TCP_URGENT));
	rx->options = tcp + TCP_BYTES;
	rx->options_len = kept - TCP_BYTES;
	parse_options(rx);
}

uint16_t tc_rx_pseudo(const struct tc_rx *rx, uint8_t proto, size_t n)
{
	uint16_t sum;

	if (rx->src.family == 4)
		return tc_checksum_pseudo(tc_get32(rx->src.bytes), tc_get32(rx->dst.bytes), proto,
					  (uint32_t)n);
	sum = tc_checksum_pseudo(0, 0, proto, (uint32_t)n);
	sum = tc_checksum_sum(rx->src.bytes, sizeof rx->src.bytes, sum);
	return tc_checksum_sum(rx->dst.bytes, sizeof rx->dst.bytes, sum);
}

/* What stands for many segments, and has no more than the pseudo-header's sum: each of them gets
 * its own, and nothing is said by the sum of them all. */
static bool is_unfinished(const struct tc_rx *rx, const uint8_t *tcp, size_t n)
{
	return tc_get16(PLACE(tcp, TCP_CHECKSUM)) == tc_rx_pseudo(rx, TCP_IPPROTO, n);
}

/* The pseudo-header's sum without the length, as Windows leaves it to a card that cuts what
 * it is given into segments (large send offload). */
static bool is_for_card(const struct tc_rx *rx, const uint8_t *tcp)
{
	return tc_get16(PLACE(tcp, TCP_CHECKSUM)) == tc_rx_pseudo(rx, TCP_IPPROTO, 0);
}

int tc_rx_tcp(struct tc_rx *rx, const uint8_t *tcp, size_t n, bool captured,
	      struct tc_error *err)
{
	unsigned flags;
	size_t head, kept;

	if (n + rx->cut < TCP_BYTES)
		return tc_fail(err, -EBADMSG,
			       "%s leaves %zu bytes, a TCP header needs %d",
			       rx->src.family == 6 ? "ipv6.plen" : "ip.len", n + rx->cut,
			       TCP_BYTES);
	if (n < TCP_TO_FLAGS)
		return tc_fail(err, -EBADMSG, "the capture left %zu bytes of the TCP header, "
			       "up to its flags are %d", n, TCP_TO_FLAGS);
	flags = tc_get16(PLACE(tcp, TCP_HDR_LEN));
	head = (size_t)(flags >> TC_TCP_FLAGS_BITS) * 4;
	if (check_tcp(rx, head, n, err) < 0)
		return -EBADMSG;
	kept = head - rx->head_cut;
	rx->kind = TC_RX_TCP;
	rx->sport = tc_get16(PLACE(tcp, TCP_SRCPORT));
	rx->dport = tc_get16(PLACE(tcp, TCP_DSTPORT));
	rx->seg.seq = tc_get32(PLACE(tcp, TCP_SEQ));
	rx->seg.ack = tc_get32(PLACE(tcp, TCP_ACK));
	rx->seg.flags = (uint16_t)(flags & ((1u << TC_TCP_FLAGS_BITS) - 1));
	rx->seg.ecn = rx->dsfield & TC_ECN_CE;
	rx->payload = tcp + kept;
	parse_tail(rx, tcp, kept);
	if (rx->cut || rx->head_cut)
		return 0;
	if (captured && n > NO_CARD_SENDS && is_unfinished(rx, tcp, n)) {
		rx->tcp_checksum = TC_CSUM_PARTIAL;
		return 0;
	}
	rx->tcp_checksum = tc_checksum_check_tcp(tcp, n, tc_rx_pseudo(rx, TCP_IPPROTO, n));
	if (captured && rx->tcp_checksum == TC_CSUM_BAD && is_for_card(rx, tcp))
		rx->tcp_checksum = TC_CSUM_PARTIAL;
	return 0;
}

void tc_rx_quoted_tcp(struct tc_rx *rx, const uint8_t *tcp)
{
	rx->quoted.local_port = tc_get16(PLACE(tcp, TCP_SRCPORT));
	rx->quoted.remote_port = tc_get16(PLACE(tcp, TCP_DSTPORT));
	rx->quoted_seq = tc_get32(PLACE(tcp, TCP_SEQ));
}
