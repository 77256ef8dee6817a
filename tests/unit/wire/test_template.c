/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/tcpopt.h>

#include <errno.h>
#include <stdlib.h>

#define FRAME_MAX (TC_HEAD_MAX + TC_PAYLOAD_MAX)

#define V6 4			/* of a shape: IPv6; the rest is the number of link layers */
#define SHAPES 8

static unsigned links(unsigned shape)
{
	return shape & (V6 - 1);
}

/* A packet of [eth [vlan [vlan]]] ip|ipv6 tcp. */
static void push_layers(struct tc_packet *p, unsigned shape)
{
	static const enum tc_header_id ids[] = { TC_HDR_ETH, TC_HDR_VLAN, TC_HDR_VLAN };
	const unsigned n_link = links(shape);
	struct tc_error err = { 0 };

	for (unsigned i = 0; i < n_link; i++)
		CHECK_OK(tc_packet_push(p, tc_header_get(ids[i]), &err), err);
	CHECK_OK(tc_packet_push(p, tc_header_ip(shape & V6 ? 6 : 4), &err), err);
	CHECK_OK(tc_packet_push(p, tc_header_get(TC_HDR_TCP), &err), err);
}

static void set(struct tc_packet *p, int layer, unsigned row, uint64_t value)
{
	struct tc_error err = { 0 };

	CHECK_OK(tc_packet_set(p, layer, row, value, &err), err);
}

static void set_link(struct tc_packet *p, unsigned n_link)
{
	if (n_link > 0) {
		set(p, 0, TC_ETH_DST, 0x0200deadbeef);
		set(p, 0, TC_ETH_SRC, 0x020000000001);
	}
	if (n_link > 1) {
		set(p, 1, TC_VLAN_ID, 5);
		set(p, 1, TC_VLAN_PRIORITY, 6);
	}
	if (n_link > 2)
		set(p, 2, TC_VLAN_ID, 77);
}

static void set_ip(struct tc_packet *p, unsigned shape, uint8_t ttl, uint8_t dsfield, bool df)
{
	int ip = (int)links(shape);

	set(p, ip, shape & V6 ? (unsigned)TC_IPV6_HLIM : TC_IP_TTL, ttl);
	if (!(shape & V6)) {
		set(p, ip, TC_IP_DSFIELD, dsfield);
		set(p, ip, TC_IP_DF, df);
		return;
	}
	set(p, ip, TC_IPV6_DSCP, dsfield >> 2);
	set(p, ip, TC_IPV6_ECN, dsfield & 3);
	set(p, ip, TC_IPV6_FLOW, df ? 0xabcde : 0);
}

static struct tc_template make_template(unsigned shape, uint8_t ttl, uint8_t dsfield,
					bool df)
{
	struct tc_template t = { .l3 = 0 };
	struct tc_error err = { 0 };
	struct tc_packet p = { 0 };

	push_layers(&p, shape);
	set_link(&p, links(shape));
	set_ip(&p, shape, ttl, dsfield, df);
	CHECK_OK(tc_template_init(&t, &p, &err), err);
	tc_packet_free(&p);
	return t;
}

static void check_hex(const uint8_t *bytes, size_t n, const char *hex)
{
	struct tc_buf want = { 0 };

	CHECK(tc_hex_decode(&want, hex, strlen(hex), NULL) == 0);
	CHECK_U64(n, want.len);
	if (n == want.len)
		CHECK_MEM(bytes, want.data, n);
	tc_buf_free(&want);
}

/* IP 127.0.0.1.36118 > 127.0.0.1.9999: Flags [.], ack 3003898352, win 64, options
 * [nop,nop,TS val 2104815550 ecr 3177359989], length 0: Linux's own frame from lo, with
 * the checksum it computed itself. */
static void same_bytes_as_linux_ack(void)
{
	const struct tc_template t = make_template(1, 64, 0, true);
	const struct tc_flow flow = tc_flow_v4(0x7f000001, 0x7f000001, 36118, 9999);
	const struct tc_seg seg = {
		.seq = 3463334706u, .ack = 3003898352u, .flags = TC_FLAG_ACK, .wnd = 64,
		.opts = { .present = TC_HAS_TS, .ts_val = 2104815550u,
			  .ts_ecr = 3177359989u },
	};
	uint8_t out[TC_HEAD_MAX];
	size_t n = tc_template_emit(&t, &flow, &seg, 0, NULL, out);

	check_hex(out, n, "0200deadbeef 020000000001 0800"
		  "4500003400004000 40063cc2 7f000001 7f000001 8d16270f ce6e4b32 b30bd9f0"
		  "8010004048ac0000 0101080a7d74efbe bd62aa75");
}

/* IP 127.0.0.1.36118 > 127.0.0.1.9999: Flags [S], … options [mss 65495,sackOK,TS val
 * 2104815350 ecr 0,nop,wscale 10]: Linux's SYN but for the checksum, partial there. */
static void same_options_as_linux_syn(void)
{
	const struct tc_template t = make_template(0, 64, 0, true);
	const struct tc_flow flow = tc_flow_v4(0x7f000001, 0x7f000001, 36118, 9999);
	const struct tc_seg seg = {
		.seq = 3463334699u, .flags = TC_FLAG_SYN, .wnd = 65495,
		.opts = { .present = TC_HAS_MSS | TC_HAS_SACK_OK | TC_HAS_TS | TC_HAS_WSCALE,
			  .mss = 65495, .ts_val = 2104815350u, .wscale = 10 },
	};
	uint8_t out[TC_HEAD_MAX];
	size_t n = tc_template_emit(&t, &flow, &seg, 0xe978, NULL, out);

	CHECK_U64(tc_get16(out + 36), 0x15d4);	/* as tshark computes it */
	tc_put16(out + 36, 0xfe30);
	check_hex(out, n, "4500003ce978400040065341 7f000001 7f000001 8d16270f ce6e4b2b"
		  "00000000 a002ffd7fe300000 0204ffd70402080a7d74eef600000000 0103030a");
}

/* One row for each way that options come together. */
static const struct { unsigned present, n_sack; const char *text; } options[] = {
	{ 0, 0, "" },
	{ TC_HAS_MSS, 0, "mss 1460" },
	{ TC_HAS_MSS | TC_HAS_WSCALE, 0, "mss 1460,nop,wscale 7" },
	{ TC_HAS_MSS | TC_HAS_SACK_OK, 0, "mss 1460,nop,nop,sackOK" },
	{ TC_HAS_MSS | TC_HAS_SACK_OK | TC_HAS_WSCALE, 0,
	  "mss 1460,nop,nop,sackOK,nop,wscale 7" },
	{ TC_HAS_MSS | TC_HAS_SACK_OK | TC_HAS_TS | TC_HAS_WSCALE, 0,
	  "mss 1460,sackOK,TS val 11 ecr 22,nop,wscale 7" },
	{ TC_HAS_TS, 0, "nop,nop,TS val 11 ecr 22" },
	{ TC_HAS_SACK, 1, "nop,nop,sack 1:2" },
	{ TC_HAS_SACK, 4, "nop,nop,sack 1:2 3:4 5:6 7:8" },
	{ TC_HAS_SACK, 0, "" },
	{ TC_HAS_TS | TC_HAS_SACK, 3,
	  "nop,nop,TS val 11 ecr 22,nop,nop,sack 1:2 3:4 5:6" },
	/* What does not fit in 40 bytes is left out. */
	{ TC_HAS_TS | TC_HAS_SACK, 4,
	  "nop,nop,TS val 11 ecr 22,nop,nop,sack 1:2 3:4 5:6" },
	{ TC_HAS_MSS | TC_HAS_SACK_OK | TC_HAS_TS | TC_HAS_WSCALE | TC_HAS_AO, 0,
	  "mss 1460,sackOK,TS val 11 ecr 22,nop,wscale 7,ao keyid 5 rnextkeyid 6 mac "
	  "000000000000000000000000" },
	{ TC_HAS_TS | TC_HAS_AO | TC_HAS_SACK, 3,
	  "nop,nop,TS val 11 ecr 22,ao keyid 5 rnextkeyid 6 mac 000000000000000000000000,"
	  "nop,nop,sack 1:2" },
	{ TC_HAS_MD5 | TC_HAS_AO, 0, "nop,nop,md5 00000000000000000000000000000000" },
	{ TC_HAS_SACK, 200, "nop,nop,sack 1:2 3:4 5:6 7:8" },
	{ TC_HAS_MSS | TC_HAS_SACK_OK | TC_HAS_TS | TC_HAS_WSCALE | TC_HAS_SACK, 4,
	  "mss 1460,sackOK,TS val 11 ecr 22,nop,wscale 7,nop,nop,sack 1:2 3:4" },
	{ TC_HAS_MSS | TC_HAS_SACK_OK | TC_HAS_TS | TC_HAS_WSCALE | TC_HAS_FASTOPEN, 0,
	  "mss 1460,sackOK,TS val 11 ecr 22,nop,wscale 7,fastopen 636f6f6b6965" },
	{ TC_HAS_TS | TC_HAS_MD5 | TC_HAS_FASTOPEN, 0, "nop,nop,TS val 11 ecr 22,nop,nop,"
	  "md5 00000000000000000000000000000000,fastopen 636f6f6b6965" },
	{ TC_HAS_MSS | TC_HAS_TS | TC_HAS_MD5 | TC_HAS_FASTOPEN, 0, "mss 1460,nop,nop,"
	  "TS val 11 ecr 22,nop,nop,md5 00000000000000000000000000000000" },
};

static void options_come_in_linux_order(void)
{
	const struct tc_template t = make_template(0, 64, 0, true);
	const struct tc_flow flow = tc_flow_v4(1, 2, 3, 4);

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		struct tc_seg seg = {
			.opts = { .present = (uint8_t)options[i].present, .mss = 1460,
				  .wscale = 7, .ts_val = 11, .ts_ecr = 22,
				  .ao_keyid = 5, .ao_rnextkeyid = 6,
				  .n_sack = (uint8_t)options[i].n_sack,
				  .cookie = { 6, "cookie" },
				  .sack = { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } } },
		};
		struct tc_buf text = { 0 };
		uint8_t out[TC_HEAD_MAX];
		size_t n = tc_template_emit(&t, &flow, &seg, 1, NULL, out);

		CHECK_U64(n, 40 + tc_seg_opts_len(&seg.opts));
		CHECK_U64(n, tc_template_head_len(&t, &seg));
		CHECK_U64((out[32] >> 4) * 4u, n - 20);
		tc_tcpopt_print(&text, out + 40, n - 40);
		CHECK_STR((char *)text.data, options[i].text);
		tc_buf_free(&text);
	}
}

static struct tc_flow random_flow(struct tc_rng *r, unsigned shape)
{
	uint8_t addrs[32];

	if (shape & V6) {
		tc_rng_bytes(r, addrs, sizeof addrs);
		return (struct tc_flow){ tc_addr_from_v6(addrs), tc_addr_from_v6(addrs + 16),
					 (uint16_t)tc_rng_u64(r), (uint16_t)tc_rng_u64(r) };
	}
	return tc_flow_v4((uint32_t)tc_rng_u64(r), (uint32_t)tc_rng_u64(r),
			  (uint16_t)tc_rng_u64(r), (uint16_t)tc_rng_u64(r));
}

/* Mostly of a packet's size, now and then as long as IPv4 can carry. */
static struct tc_seg random_seg(struct tc_rng *r)
{
	const uint32_t most = tc_rng_below(r, 50) ? 1600 : TC_PAYLOAD_MAX - TC_OPTIONS_MAX;
	struct tc_seg s;

	tc_rng_bytes(r, &s, sizeof s);
	s.len = (uint32_t)tc_rng_below(r, most + 1);
	s.flags &= 0xfff;
	s.ecn &= 3;
	s.each = 0;
	s.opts.n_sack &= 7;
	s.opts.cookie.n = (uint8_t)(s.opts.cookie.n % 8 ? s.opts.cookie.n % 7 * 2 + 4 : 0);
	return s;
}

/* What tc_packet_build makes of the same values; options are taken from the frame. */
static int build_same(unsigned shape, struct tc_packet *like, const struct tc_flow *flow,
		      const struct tc_seg *s, uint16_t id, const uint8_t *payload,
		      const uint8_t *opts, size_t opts_len, uint8_t *out)
{
	const int tcp = (int)links(shape) + 1;
	struct tc_packet p = *like;
	struct tc_error err = { 0 };
	char flags[8];
	int n;

	tc_packet_set_addrs(&p, tcp - 1, &flow->local_addr, &flow->remote_addr);
	if (!(shape & V6))
		set(&p, tcp - 1, TC_IP_ID, id);
	set(&p, tcp, TC_TCP_SRCPORT, flow->local_port);
	set(&p, tcp, TC_TCP_DSTPORT, flow->remote_port);
	set(&p, tcp, TC_TCP_SEQ, s->seq);
	set(&p, tcp, TC_TCP_ACK, s->ack);
	snprintf(flags, sizeof flags, "0x%03x", s->flags);
	CHECK_OK(tc_packet_set_text(&p, "tcp.flags", flags, NULL, &err), err);
	set(&p, tcp, TC_TCP_WINDOW, s->wnd);
	set(&p, tcp, TC_TCP_URGENT, s->urg);
	CHECK_OK(tc_packet_set_bytes(&p, tcp, opts, opts_len, &err), err);
	if (s->len) {
		CHECK_OK(tc_packet_push(&p, tc_header_get(TC_HDR_DATA), &err), err);
		CHECK_OK(tc_packet_set_bytes(&p, tcp + 1, payload, s->len, &err), err);
	}
	n = tc_packet_build(&p, out, FRAME_MAX, &err);
	CHECK_OK(n, err);
	tc_packet_free(&p);
	return n;
}

/* The fast path against the table walk, over anything a segment may be. */
static void same_bytes_as_packet_build(void)
{
	const uint64_t seed = 9293;
	uint8_t *payload = malloc(TC_PAYLOAD_MAX), *want = malloc(FRAME_MAX), *got;
	struct tc_rng r;

	if (!payload || !want)
		abort();
	tc_rng_seed(&r, seed);
	tc_rng_bytes(&r, payload, TC_PAYLOAD_MAX);
	for (unsigned i = 0; i < 3000; i++) {
		unsigned shape = i % SHAPES;
		uint8_t ttl = (uint8_t)tc_rng_u64(&r), dsfield = (uint8_t)tc_rng_u64(&r) & 0xfc;
		struct tc_template t = make_template(shape, ttl, dsfield, i & 8);
		struct tc_flow flow = random_flow(&r, shape);
		struct tc_seg seg = random_seg(&r);
		uint16_t id = (uint16_t)tc_rng_u64(&r);
		size_t room = TC_HEAD_MAX + seg.len, n;
		struct tc_packet like = { 0 };
		int m;

		push_layers(&like, shape);
		set_link(&like, links(shape));
		set_ip(&like, shape, ttl, dsfield | seg.ecn, i & 8);
		if (i % 3 == 0)
			CHECK(tc_syn_order_parse(&t.order, "nop:mss:TS:wscale:sackOK:eol",
						 NULL) == 0);
		got = malloc(room);	/* no more than was promised */
		if (!got)
			abort();
		memset(got, 0xa5, room);
		n = tc_template_emit(&t, &flow, &seg, id, payload, got);
		m = build_same(shape, &like, &flow, &seg, id, payload, got + t.l4 + 20,
			       tc_template_head_len(&t, &seg) - t.l4 - 20u, want);
		if (m != (int)n || memcmp(got, want, n) != 0) {
			printf("# seed %" PRIu64 " round %u\n", seed, i);
			CHECK_U64(n, m);
			CHECK_MEM(got, want, n);
			i = 3000;
		}
		free(got);
	}
	free(payload);
	free(want);
}

static bool same_opts(const struct tc_seg_opts *got, const struct tc_seg_opts *sent)
{
	const unsigned plain = TC_HAS_MSS | TC_HAS_WSCALE | TC_HAS_SACK_OK | TC_HAS_TS;
	const unsigned has = sent->present;

	if (got->present & TC_HAS_FASTOPEN &&
	    (!(has & TC_HAS_FASTOPEN) || got->cookie.n != sent->cookie.n ||
	     memcmp(got->cookie.bytes, sent->cookie.bytes, got->cookie.n) != 0))
		return false;
	for (unsigned i = 0; i < got->n_sack; i++)
		if (got->sack[i].left != sent->sack[i].left ||
		    got->sack[i].right != sent->sack[i].right)
			return false;
	return (got->present & plain) == (has & plain) && got->n_sack <= sent->n_sack &&
	       (!(has & TC_HAS_MSS) || got->mss == sent->mss) &&
	       (!(has & TC_HAS_WSCALE) || got->wscale == sent->wscale) &&
	       (!(has & TC_HAS_TS) ||
		(got->ts_val == sent->ts_val && got->ts_ecr == sent->ts_ecr));
}

static bool same_segment(const struct tc_rx *rx, const struct tc_flow *flow,
			 const struct tc_seg *s)
{
	return rx->kind == TC_RX_TCP && tc_addr_equal(&rx->src, &flow->local_addr) &&
	       tc_addr_equal(&rx->dst, &flow->remote_addr) && rx->sport == flow->local_port &&
	       rx->dport == flow->remote_port && rx->seg.seq == s->seq &&
	       rx->seg.ack == s->ack && rx->seg.flags == s->flags && rx->seg.wnd == s->wnd &&
	       rx->seg.urg == s->urg && rx->seg.len == s->len && !rx->options_bad &&
	       same_opts(&rx->seg.opts, &s->opts) && (rx->src.family == 6 || rx->ip_checksum == TC_CSUM_OK) &&
	       rx->tcp_checksum == TC_CSUM_OK;
}

/* What is emitted is what the receive path reads. */
static void emitted_frames_parse_back(void)
{
	const uint64_t seed = 1624;
	uint8_t *payload = malloc(TC_PAYLOAD_MAX), *out = malloc(FRAME_MAX);
	struct tc_rng r;

	if (!payload || !out)
		abort();
	tc_rng_seed(&r, seed);
	tc_rng_bytes(&r, payload, TC_PAYLOAD_MAX);
	for (unsigned i = 0; i < 3000; i++) {
		unsigned shape = i % SHAPES, id = shape & V6 ? 0 : i;
		int dlt = links(shape) ? TC_DLT_EN10MB : TC_DLT_RAW;
		struct tc_template t = make_template(shape, 64, 0, true);
		struct tc_flow flow = random_flow(&r, shape);
		struct tc_seg s = random_seg(&r);
		size_t n = tc_template_emit(&t, &flow, &s, (uint16_t)i, payload, out);
		struct tc_error err = { 0 };
		struct tc_rx rx;

		CHECK_OK(tc_rx_parse(&rx, out, n, dlt, &err), err);
		if (!same_segment(&rx, &flow, &s) || rx.ip_id != id ||
		    memcmp(rx.payload, payload, s.len) != 0) {
			printf("# seed %" PRIu64 " round %u\n", seed, i);
			CHECK(same_segment(&rx, &flow, &s));
			CHECK_U64(rx.ip_id, id);
			CHECK_MEM(rx.payload, payload, s.len);
			break;
		}
	}
	free(payload);
	free(out);
}

/* A payload that the caller put behind the head is not moved and not overwritten, at
 * every small length and at odd addresses. */
static void payload_may_be_in_place(void)
{
	uint8_t in_place[TC_HEAD_MAX + 80], copied[TC_HEAD_MAX + 80], payload[80];
	struct tc_rng r;

	tc_rng_seed(&r, 1071);
	tc_rng_bytes(&r, payload, sizeof payload);
	for (unsigned shape = 0; shape < SHAPES; shape++) {
		const struct tc_template t = make_template(shape, 64, 0, true);
		const struct tc_flow flow = random_flow(&r, shape);

		for (uint32_t len = 0; len < 79; len++) {
			struct tc_seg seg = { .len = len, .flags = TC_FLAG_ACK };
			size_t head = tc_template_head_len(&t, &seg), n;

			memcpy(in_place + 1 + head, payload + 1, len);
			n = tc_template_emit(&t, &flow, &seg, 7, NULL, in_place + 1);
			CHECK_U64(n, head + len);
			n = tc_template_emit(&t, &flow, &seg, 7, payload + 1, copied);
			CHECK_U64(n, head + len);
			CHECK_MEM(in_place + 1, copied, n);
		}
	}
}

static void longest_frame_fits(void)
{
	const struct tc_template t = make_template(2, 64, 0, true);
	const struct tc_flow flow = tc_flow_v4(1, 2, 3, 4);
	const struct tc_seg seg = { .len = TC_PAYLOAD_MAX, .flags = TC_FLAG_ACK };
	uint8_t *payload = calloc(1, TC_PAYLOAD_MAX), *out = malloc(FRAME_MAX);
	struct tc_error err = { 0 };
	struct tc_rx rx;

	if (!payload || !out)
		abort();
	CHECK_U64(tc_template_emit(&t, &flow, &seg, 1, payload, out), 18 + 65535);
	CHECK_OK(tc_rx_parse(&rx, out, 18 + 65535, TC_DLT_EN10MB, &err), err);
	CHECK_U64(rx.seg.len, TC_PAYLOAD_MAX);
	CHECK_U64(rx.tcp_checksum, TC_CSUM_OK);
	free(payload);
	free(out);
}

static void check_refusal(struct tc_packet *p, const char *msg)
{
	struct tc_error err = { 0 };
	struct tc_template t;

	CHECK_U64(-tc_template_init(&t, p, &err), EINVAL);
	CHECK_STR(err.msg, msg);
	tc_packet_free(p);
}

#define NEEDS "a template needs the layers [eth [vlan [vlan]]] ip|ipv6 tcp"
#define IS_SET " is set, but a template computes it for every frame: " \
	"unset it, or build each packet"

static void other_packets_are_refused(void)
{
	struct tc_packet p = { 0 };

	check_refusal(&p, NEEDS);
	tc_packet_push(&p, tc_header_get(TC_HDR_IP), NULL);
	check_refusal(&p, NEEDS);
	tc_packet_push(&p, tc_header_get(TC_HDR_VLAN), NULL);
	push_layers(&p, 0);
	check_refusal(&p, NEEDS);
	push_layers(&p, 1);
	tc_packet_push(&p, tc_header_get(TC_HDR_DATA), NULL);
	check_refusal(&p, NEEDS);
	push_layers(&p, 0);
	tc_packet_set_bytes(&p, 0, "\x94\x04\0\0", 4, NULL);
	check_refusal(&p, "a template has no room for ip.options (4 bytes)");
	push_layers(&p, 0);
	set(&p, 0, TC_IP_LEN, 40);
	check_refusal(&p, "ip.len" IS_SET);
	push_layers(&p, 1 | V6);
	set(&p, 1, TC_IPV6_PLEN, 40);
	check_refusal(&p, "ipv6.plen" IS_SET);
	push_layers(&p, 1);
	CHECK(tc_packet_set_text(&p, "tcp.checksum", "bad", NULL, NULL) >= 0);
	check_refusal(&p, "tcp.checksum" IS_SET);
}

static void the_diffserv_field_may_change(void)
{
	const struct tc_seg seg = { .flags = TC_FLAG_ACK };

	for (unsigned shape = 0; shape < SHAPES; shape++) {
		struct tc_template t = make_template(shape, 64, 0x15, true);
		const struct tc_template want = make_template(shape, 64, 0xba, true);
		uint8_t got[TC_HEAD_MAX], same[TC_HEAD_MAX];
		struct tc_rng r;
		struct tc_flow flow;

		tc_rng_seed(&r, shape);
		flow = random_flow(&r, shape);
		tc_template_set_dsfield(&t, 0xba);
		CHECK_U64(tc_template_emit(&t, &flow, &seg, 7, NULL, got),
			  tc_template_emit(&want, &flow, &seg, 7, NULL, same));
		CHECK_MEM(got, same, t.l4 + 20u);
	}
}

CU_TestInfo tests_template[] = {
	{ "an ACK has the bytes of Linux's", same_bytes_as_linux_ack },
	{ "a SYN has the options of Linux's", same_options_as_linux_syn },
	{ "options come in Linux's order and fit in 40 bytes",
	  options_come_in_linux_order },
	{ "the template makes the bytes that the table walk makes",
	  same_bytes_as_packet_build },
	{ "emitted frames parse back with right checksums", emitted_frames_parse_back },
	{ "a payload may be in place already", payload_may_be_in_place },
	{ "the longest datagram fits", longest_frame_fits },
	{ "the Diffserv field may change", the_diffserv_field_may_change },
	{ "a packet that a template cannot stand for is refused",
	  other_packets_are_refused },
	CU_TEST_INFO_NULL
};
