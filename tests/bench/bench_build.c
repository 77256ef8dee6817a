/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building SYNs: the next one, with another source port, sequence number and IP ID,
 * through the field tables and through a template, against libnet, whose builders give
 * all of a header again (its two blocks are reused by their ptags) and then coalesce.
 * And a packet from nothing at all, all three headers given value by value.
 *
 *	build INTERFACE		libnet wants one, Ethernet; nothing is sent
 */
#include "measure.h"

#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/segment.h>

#include <libnet.h>

#define PACKETS 5000
#define ROUNDS 51
#define SRC 0x0a4d0001u
#define DST 0x0a4d0002u
#define PORT 9999
#define WINDOW 64240
#define FRAME (14 + 20 + 20)

static const uint8_t src_mac[6] = { 2, 0, 0, 0, 0, 1 }, dst_mac[6] = { 2, 0, 0, 0, 0, 2 };

struct builders {
	struct tc_packet packet;
	struct tc_template template;
	struct tc_flow flow;
	struct tc_seg seg;
	libnet_t *net;
	libnet_ptag_t tcp, ip, eth;	/* 0: none yet */
};

/* SYN number n to out[FRAME]; NULL or what went wrong. */
typedef const char *build_fn(struct builders *b, uint32_t n, uint8_t *out);

static uint16_t port_of(uint32_t n)
{
	return (uint16_t)(1024 + n % 60000);
}

static uint64_t mac_number(const uint8_t mac[6])
{
	uint64_t v = 0;

	for (int i = 0; i < 6; i++)
		v = v << 8 | mac[i];
	return v;
}

static const char *next_by_table(struct builders *b, uint32_t n, uint8_t *out)
{
	struct tc_packet *p = &b->packet;

	tc_packet_set(p, 1, TC_IP_ID, n & 0xffff, NULL);
	tc_packet_set(p, 2, TC_TCP_SRCPORT, port_of(n), NULL);
	tc_packet_set(p, 2, TC_TCP_SEQ, n, NULL);
	return tc_packet_build(p, out, FRAME, NULL) == FRAME ? NULL : "tc_packet_build";
}

static const char *all_by_table(struct builders *b, uint32_t n, uint8_t *out)
{
	struct tc_packet *p = &b->packet;
	int eth, ip, tcp;

	tc_packet_clear(p);
	eth = tc_packet_push(p, tc_header_get(TC_HDR_ETH), NULL);
	tc_packet_set(p, eth, TC_ETH_DST, mac_number(dst_mac), NULL);
	tc_packet_set(p, eth, TC_ETH_SRC, mac_number(src_mac), NULL);
	ip = tc_packet_push(p, tc_header_get(TC_HDR_IP), NULL);
	tc_packet_set(p, ip, TC_IP_SRC, SRC, NULL);
	tc_packet_set(p, ip, TC_IP_DST, DST, NULL);
	tcp = tc_packet_push(p, tc_header_get(TC_HDR_TCP), NULL);
	tc_packet_set(p, tcp, TC_TCP_DSTPORT, PORT, NULL);
	tc_packet_set(p, tcp, TC_TCP_SYN, 1, NULL);
	tc_packet_set(p, tcp, TC_TCP_WINDOW, WINDOW, NULL);
	return next_by_table(b, n, out);
}

static const char *next_by_template(struct builders *b, uint32_t n, uint8_t *out)
{
	b->flow.local_port = port_of(n);
	b->seg.seq = n;
	tc_template_emit(&b->template, &b->flow, &b->seg, (uint16_t)n, NULL, out);
	return NULL;
}

/* The blocks for which there is a ptag are changed, the others are made. */
static const char *next_by_libnet(struct builders *b, uint32_t n, uint8_t *out)
{
	uint8_t *bytes;
	uint32_t len;

	b->tcp = libnet_build_tcp(port_of(n), PORT, n, 0, TH_SYN, WINDOW, 0, 0,
				  LIBNET_TCP_H, NULL, 0, b->net, b->tcp);
	b->ip = libnet_build_ipv4(LIBNET_IPV4_H + LIBNET_TCP_H, 0, (uint16_t)n, IP_DF, 64,
				  IPPROTO_TCP, 0, htonl(SRC), htonl(DST), NULL, 0, b->net,
				  b->ip);
	if (b->eth == 0)
		b->eth = libnet_build_ethernet(dst_mac, src_mac, ETHERTYPE_IP, NULL, 0,
					       b->net, 0);
	if (b->tcp < 0 || b->ip < 0 || b->eth < 0 ||
	    libnet_adv_cull_packet(b->net, &bytes, &len) < 0)
		return libnet_geterror(b->net);
	memcpy(out, bytes, len < FRAME ? len : FRAME);
	libnet_adv_free_packet(b->net, bytes);
	return len == FRAME ? NULL : "libnet's frame has another length";
}

static const char *all_by_libnet(struct builders *b, uint32_t n, uint8_t *out)
{
	libnet_clear_packet(b->net);
	b->tcp = b->ip = b->eth = 0;
	return next_by_libnet(b, n, out);
}

static double rate(struct builders *b, build_fn *build)
{
	tc_time began = bench_cpu_time();
	uint8_t out[TC_HEAD_MAX];

	for (uint32_t n = 0; n < PACKETS; n++) {
		build(b, n, out);
		bench_use(out);
	}
	return PACKETS * 1e3 / (double)(bench_cpu_time() - began);
}

/* All must make the same frame, or there is nothing to compare. */
static const char *same_frames(struct builders *b)
{
	static build_fn *const all[] = { all_by_libnet, next_by_libnet, all_by_table,
					 next_by_table, next_by_template };
	uint8_t first[FRAME], frame[TC_HEAD_MAX];
	const char *why;

	for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) {
		why = all[i](b, 4711, i ? frame : first);
		if (why)
			return why;
		if (i && memcmp(first, frame, FRAME) != 0)
			return "ours and libnet's frames differ";
	}
	return NULL;
}

static void compare(struct builders *b, const char *what, build_fn *ours, build_fn *theirs,
		    double target)
{
	struct bench row = { .what = what, .theirs = "libnet build + coalesce",
			     .unit = "M/s", .target = target };

	rate(b, ours);
	for (unsigned i = 0; i < ROUNDS; i++) {
		double r = rate(b, ours);

		bench_add(&row, r, rate(b, theirs));
	}
	bench_report(&row);
}

static const char *make_template(struct builders *b, struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int rc, eth = tc_packet_push(&p, tc_header_get(TC_HDR_ETH), err);

	tc_packet_set(&p, eth, TC_ETH_DST, mac_number(dst_mac), err);
	tc_packet_set(&p, eth, TC_ETH_SRC, mac_number(src_mac), err);
	tc_packet_push(&p, tc_header_get(TC_HDR_IP), err);
	tc_packet_push(&p, tc_header_get(TC_HDR_TCP), err);
	rc = tc_template_init(&b->template, &p, err);
	tc_packet_free(&p);
	return rc < 0 ? err->msg : NULL;
}

int main(int argc, char **argv)
{
	char why[LIBNET_ERRBUF_SIZE] = "";
	struct builders b = {
		.flow = tc_flow_v4(SRC, DST, 0, PORT),
		.seg = { .flags = TC_FLAG_SYN, .wnd = WINDOW },
	};
	struct tc_error err = { 0 };
	const char *bad = why;

	b.net = argc == 2 ? libnet_init(LIBNET_LINK_ADV, argv[1], why) : NULL;
	if (b.net)
		bad = make_template(&b, &err);
	if (!bad)
		bad = same_frames(&b);
	if (bad) {
		bench_skip("building a SYN", "%s", bad);
	} else {
		compare(&b, "next SYN, field tables", next_by_table, next_by_libnet, 3);
		compare(&b, "next SYN, template", next_by_template, next_by_libnet, 15);
		compare(&b, "SYN from nothing, field tables", all_by_table, all_by_libnet, 0);
	}
	tc_packet_free(&b.packet);
	if (b.net)
		libnet_destroy(b.net);
	return bad ? 1 : 0;
}
