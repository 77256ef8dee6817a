/* SPDX-License-Identifier: BSD-2-Clause */
/* The frames of a link told apart, and the wait for them, over a link in memory. */
#include "frames.h"

#include <tcpcraft/neigh.h>

#include "link/own.h"
#include "link/queue.h"
#include "link/receiver.h"

#include <poll.h>
#include <unistd.h>

#define HOST 0x7f000001u

enum { IP_ID = 4, IP_CHECKSUM = 10, IP_SRC = 12, TCP_SEQ = 24 };	/* of raw IPv4 */

struct bed {
	struct tc_link *us, *them;
	struct tc_receiver r;
	struct tc_heard h;
	struct tc_flow ours[2];		/* our ends */
	unsigned n_ours;
	uint16_t sent_id;		/* ip.id of what we sent, awaited once */
	struct frame awaited;		/* … or its bytes from IPv4 on */
	unsigned frames;
};

static void on_frame(void *ctx, const struct tc_frame *f)
{
	struct bed *b = ctx;

	CHECK(f->len > 0);
	b->frames++;
}

static void *by_bytes(void *ctx, const struct tc_heard *h)
{
	struct bed *b = ctx;

	if (h->l3 < 0 || !b->awaited.n || h->frame.len - (size_t)h->l3 != b->awaited.n ||
	    memcmp(h->frame.bytes + h->l3, b->awaited.bytes, b->awaited.n) != 0)
		return NULL;
	return &b->awaited;
}

static void *end_of(void *ctx, const struct tc_flow *flow, const struct tc_heard *h)
{
	struct bed *b = ctx;

	CHECK(h->parsed);
	for (unsigned i = 0; i < b->n_ours; i++)
		if (memcmp(flow, &b->ours[i], sizeof *flow) == 0)
			return &b->ours[i];
	return NULL;
}

static void *by_id(void *ctx, const struct tc_heard *h)
{
	struct bed *b = ctx;

	CHECK(h->end == &b->ours[0] || h->end == &b->ours[1]);
	if (h->rx.ip_id != b->sent_id)
		return NULL;
	b->sent_id = 0;
	return &b->sent_id;
}

static const struct tc_receiver_ops ops = {
	.copy = by_bytes, .to_us = end_of, .from_us = end_of, .sent = by_id,
};

static void open_bed(struct bed *b, uint16_t port, uint16_t peer)
{
	struct tc_error err = { 0 };

	*b = (struct bed){ .ours[0] = tc_flow_v4(HOST, HOST, port, peer), .n_ours = 1 };
	CHECK_OK(tc_link_open_pair(&b->us, &b->them, &err), err);
	b->r = (struct tc_receiver){ .link = b->us, .ops = &ops, .ctx = b,
				     .frame = on_frame, .frame_ctx = b };
}

static void close_bed(struct bed *b)
{
	free(b->awaited.bytes);
	tc_link_close(b->us);
	tc_link_close(b->them);
}

/* The frame is captured; what it is taken for. */
static enum tc_heard_kind hear(struct bed *b, const struct frame *f)
{
	struct tc_error err = { 0 };
	struct tc_out out = { .bytes = f->bytes, .len = f->n };
	unsigned before = b->frames;

	CHECK_U64(tc_link_send(b->them, &out, 1, &err), 1);
	CHECK_U64(tc_receiver_next(&b->r, &b->h, &err), 1);
	CHECK_U64(b->h.frame.len, f->n);
	CHECK_U64(b->frames, before + 1);
	return b->h.kind;
}

static enum tc_heard_kind hear_hex(struct bed *b, const char *hex)
{
	struct frame f = frame_of(hex);
	enum tc_heard_kind kind = hear(b, &f);

	free(f.bytes);
	return kind;
}

static void a_segment_to_us_is_the_peers(void)
{
	struct tc_error err = { 0 };
	struct bed b;

	open_bed(&b, 9999, 36118);
	CHECK_U64(hear_hex(&b, IP_SYN), TC_HEARD_PEER);
	CHECK(b.h.end == &b.ours[0] && b.h.parsed);
	CHECK_U64(b.h.rx.seg.seq, 3463334699u);
	CHECK_U64(hear_hex(&b, IP_RST), TC_HEARD_NOBODY);
	CHECK_U64(b.h.rx.sport, 9998);
	CHECK_U64(tc_receiver_next(&b.r, &b.h, &err), 0);
	CHECK_U64(b.r.kernel_resets, 0);
	close_bed(&b);
}

static void what_we_sent_is_a_copy_once(void)
{
	struct bed b;

	open_bed(&b, 36118, 9999);
	b.sent_id = 0xe978;
	CHECK_U64(hear_hex(&b, IP_SYN), TC_HEARD_COPY);
	CHECK(b.h.end == &b.ours[0] && b.h.sent == &b.sent_id);
	CHECK_U64(hear_hex(&b, IP_SYN), TC_HEARD_KERNEL);	/* and again */
	CHECK(b.h.end == &b.ours[0] && !b.h.sent);
	CHECK_U64(b.r.kernel_resets, 0);	/* it is none */
	close_bed(&b);
}

/* On loopback each frame is captured once, and its two ends may both be ours. */
static void of_two_ends_of_ours_it_is_the_one_it_is_for(void)
{
	struct bed b;

	open_bed(&b, 36118, 9999);
	b.ours[1] = tc_flow_v4(HOST, HOST, 9999, 36118);
	b.n_ours = 2;
	b.sent_id = 0xe978;
	CHECK_U64(hear_hex(&b, IP_SYN), TC_HEARD_PEER);
	CHECK(b.h.end == &b.ours[1]);
	CHECK_U64(b.sent_id, 0xe978);		/* nobody was asked */
	b.awaited = frame_of(IP_SYN);
	CHECK_U64(hear_hex(&b, IP_SYN), TC_HEARD_COPY);
	CHECK(b.h.sent == &b.awaited && !b.h.end);
	close_bed(&b);
}

static void a_copy_need_not_be_readable(void)
{
	struct bed b;

	open_bed(&b, 36118, 9999);
	b.us->dlt = TC_DLT_EN10MB;
	b.awaited = frame_of("4f00003c");
	CHECK_U64(hear_hex(&b, "02000000000102000000000281000005 0800 4f00003c"), TC_HEARD_COPY);
	CHECK_U64(b.h.l3, 18);
	CHECK(!b.h.parsed && b.h.sent == &b.awaited);
	CHECK_U64(hear_hex(&b, LO "4f00003d"), TC_HEARD_BAD);
	CHECK_U64(b.h.l3, 14);
	CHECK(!b.h.sent && !b.h.parsed);
	CHECK_U64(hear_hex(&b, "0200"), TC_HEARD_BAD);
	CHECK(b.h.l3 < 0);
	close_bed(&b);
}

/* A router lowers the TTL and mends the checksum, a translator the addresses. */
static void a_copy_that_the_path_changed_is_known_by_its_end(void)
{
	struct frame f = frame_of(IP_SYN);
	struct bed b;

	open_bed(&b, 36118, 9999);
	b.awaited = frame_of(IP_SYN);
	b.sent_id = 0xe978;
	f.bytes[IP_CHECKSUM] ^= 1;
	CHECK_U64(hear(&b, &f), TC_HEARD_COPY);
	CHECK(b.h.sent == &b.sent_id && b.h.parsed);
	CHECK_U64(b.h.rx.ip_checksum, TC_CSUM_BAD);
	f.bytes[IP_SRC + 3] = 2;
	b.sent_id = 0xe978;
	CHECK_U64(hear(&b, &f), TC_HEARD_NOBODY);
	free(f.bytes);
	close_bed(&b);
}

static void a_reset_that_we_did_not_send_is_the_kernels(void)
{
	struct bed b;

	open_bed(&b, 9998, 39082);
	b.sent_id = 1;
	CHECK_U64(hear_hex(&b, IP_RST), TC_HEARD_KERNEL);
	CHECK(b.h.end == &b.ours[0]);
	CHECK_U64(b.r.kernel_resets, 1);
	b.sent_id = 0;				/* its ip.id */
	CHECK_U64(hear_hex(&b, IP_RST), TC_HEARD_COPY);
	CHECK_U64(b.r.kernel_resets, 1);
	b.sent_id = 1;
	b.r.since = tc_clock_realtime() + TC_S;	/* before we came */
	CHECK_U64(hear_hex(&b, IP_RST), TC_HEARD_KERNEL);
	CHECK_U64(b.r.kernel_resets, 1);
	close_bed(&b);
}

static void an_icmp_error_is_about_whom_it_quotes(void)
{
	struct bed b;

	open_bed(&b, 43794, 9997);
	CHECK_U64(hear_hex(&b, IP_ICMP), TC_HEARD_ICMP);
	CHECK(b.h.end == &b.ours[0]);
	CHECK_U64(b.h.rx.icmp_type, 3);
	b.ours[0].local_port = 43795;
	CHECK_U64(hear_hex(&b, IP_ICMP), TC_HEARD_NOBODY);
	CHECK_U64(b.r.kernel_icmp, 0);
	close_bed(&b);
}

/* From us to the peer about what the peer sent us. */
static void an_icmp_error_of_our_kernel_is_counted(void)
{
	struct frame f = frame_of(IP_ICMP);
	struct bed b;

	open_bed(&b, 9997, 43794);
	CHECK_U64(hear(&b, &f), TC_HEARD_KERNEL);
	CHECK(b.h.end == &b.ours[0]);
	CHECK_U64(b.h.rx.kind, TC_RX_ICMP_ERROR);
	CHECK_U64(b.r.kernel_icmp, 1);
	CHECK_U64(b.r.kernel_resets, 0);
	f.bytes[IP_SRC + 3] = 2;		/* a router's, and not about us */
	CHECK_U64(hear(&b, &f), TC_HEARD_NOBODY);
	CHECK_U64(b.r.kernel_icmp, 1);
	free(f.bytes);
	close_bed(&b);
}

static void arp_is_answered_where_it_is_ours(void)
{
	static const struct tc_addr addrs[] = { { 4, .bytes = { 10, 0, 0, 2 } } };
	static const char question[] = "ffffffffffff0200000000010806" ARP_ASK;
	struct tc_neigh arp = { .addrs = addrs, .n = 1, .mac = { 2, 0, 0, 0, 0, 0xaa } };
	struct tc_frame answer;
	struct bed b;

	open_bed(&b, 1, 1);
	b.us->dlt = TC_DLT_EN10MB;
	CHECK_U64(hear_hex(&b, question), TC_HEARD_NOBODY);
	CHECK_U64(b.h.rx.kind, TC_RX_ARP);
	CHECK_U64(tc_link_recv(b.them, &answer, NULL), 0);
	b.r.neigh = &arp;
	CHECK_U64(hear_hex(&b, question), TC_HEARD_NEIGH);
	CHECK_U64(tc_link_recv(b.them, &answer, NULL), 1);
	CHECK_U64(answer.bytes[21], 2);		/* a reply */
	CHECK_U64(arp.seen.answered, 1);
	arp.n = 0;
	CHECK_U64(hear_hex(&b, question), TC_HEARD_NEIGH);
	CHECK_U64(tc_link_recv(b.them, &answer, NULL), 0);
	close_bed(&b);
}

#define MACS "020000000001020000000002"

/* Whose tags are others, or none, or more, is of another network, whatever else it says. */
static void what_has_other_tags_is_from_elsewhere(void)
{
	static const struct {
		struct tc_vlan vlan;
		const char *hex;
		enum tc_heard_kind kind;
	} rows[] = {
		{ { 0 }, MACS "0800" IP_SYN, TC_HEARD_PEER },
		{ { 0 }, MACS "810000050800" IP_SYN, TC_HEARD_ELSEWHERE },
		{ { 0 }, MACS "8100a0000800" IP_SYN, TC_HEARD_PEER },
		{ { 1, 0, { 5 } }, MACS "810000050800" IP_SYN, TC_HEARD_PEER },
		{ { 1, 0, { 5 } }, MACS "8100e0050800" IP_SYN, TC_HEARD_PEER },
		{ { 1, 0, { 5 } }, MACS "0800" IP_SYN, TC_HEARD_ELSEWHERE },
		{ { 1, 0, { 5 } }, MACS "810000060800" IP_SYN, TC_HEARD_ELSEWHERE },
		{ { 1, 0, { 5 } }, MACS "88a800058100 00050800" IP_SYN, TC_HEARD_ELSEWHERE },
		{ { 2, 0, { 7, 5 } }, MACS "88a8000781000005 0800" IP_SYN, TC_HEARD_PEER },
		{ { 2, 0, { 7, 5 } }, MACS "88a8000581000007 0800" IP_SYN, TC_HEARD_ELSEWHERE },
		{ { 2, 0, { 7, 5 } }, MACS "810000070800" IP_SYN, TC_HEARD_ELSEWHERE },
	};
	struct bed b;

	open_bed(&b, 9999, 36118);
	b.us->dlt = TC_DLT_EN10MB;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		b.us->vlan = rows[i].vlan;
		b.r.any_vlan = false;
		CHECK_U64(hear_hex(&b, rows[i].hex), rows[i].kind);
		CHECK(b.h.parsed == (rows[i].kind == TC_HEARD_PEER));
		b.r.any_vlan = true;
		CHECK_U64(hear_hex(&b, rows[i].hex), TC_HEARD_PEER);
	}
	close_bed(&b);
}

/* ARP in the VLAN of the link, and in no other. */
static void arp_is_answered_with_the_tags_of_the_link(void)
{
	static const struct tc_addr addrs[] = { { 4, .bytes = { 10, 0, 0, 2 } } };
	static const char question[] = "ffffffffffff020000000001" "88a80007810000050806" ARP_ASK;
	static const char elsewhere[] = "ffffffffffff020000000001" "81000005" "0806" ARP_ASK;
	static const uint8_t tags[] = { 0x88, 0xa8, 0x60, 7, 0x81, 0, 0x60, 5, 8, 6 };
	struct tc_neigh arp = { .addrs = addrs, .n = 1, .mac = { 2, 0, 0, 0, 0, 0xaa } };
	struct tc_frame answer;
	struct bed b;

	open_bed(&b, 1, 1);
	b.us->dlt = TC_DLT_EN10MB;
	b.us->vlan = (struct tc_vlan){ 2, 3, { 7, 5 } };
	b.r.neigh = &arp;
	CHECK_U64(hear_hex(&b, elsewhere), TC_HEARD_ELSEWHERE);
	CHECK_U64(tc_link_recv(b.them, &answer, NULL), 0);
	CHECK_U64(hear_hex(&b, question), TC_HEARD_NEIGH);
	CHECK_U64(tc_link_recv(b.them, &answer, NULL), 1);
	CHECK_MEM(answer.bytes + 12, tags, sizeof tags);
	CHECK_U64(answer.bytes[29], 2);		/* a reply */
	close_bed(&b);
}

static void a_cut_frame_is_bad_unless_they_may_be(void)
{
	struct frame f = frame_of(IP_DATA);
	struct tc_frame cut = {
		.bytes = f.bytes, .len = f.n - 3, .wire_len = f.n, .stamp = 1, .dlt = TC_DLT_EN10MB,
	};
	struct bed b;

	open_bed(&b, 9999, 36118);
	CHECK(tc_queue_push(b.us->rx, &cut));
	CHECK_U64(tc_receiver_next(&b.r, &b.h, NULL), 1);
	CHECK_U64(b.h.kind, TC_HEARD_BAD);
	b.r.unfinished = true;
	CHECK(tc_queue_push(b.us->rx, &cut));
	CHECK_U64(tc_receiver_next(&b.r, &b.h, NULL), 1);
	CHECK_U64(b.h.kind, TC_HEARD_PEER);
	CHECK_U64(b.h.rx.cut, 3);
	free(f.bytes);
	close_bed(&b);
}

static void what_is_no_segment_is_nobodys(void)
{
	struct bed b;

	open_bed(&b, 9998, 39082);
	for (size_t i = 0; i < N_GOLDENS; i++) {
		if (goldens[i].kind != TC_RX_FRAGMENT && goldens[i].kind != TC_RX_OTHER)
			continue;
		b.us->dlt = goldens[i].dlt;
		CHECK_U64(hear_hex(&b, goldens[i].hex), TC_HEARD_NOBODY);
		CHECK(b.h.parsed);
	}
	close_bed(&b);
}

/* (A super-segment, which has none either, is parsed in test_segment.c.) */
static void a_datagram_without_a_length_is_bad(void)
{
	struct frame f = frame_of(IP_SYN);
	struct bed b;

	open_bed(&b, 9999, 36118);
	CHECK_U64(hear(&b, &f), TC_HEARD_PEER);
	f.bytes[2] = f.bytes[3] = 0;
	CHECK_U64(hear(&b, &f), TC_HEARD_BAD);
	free(f.bytes);
	close_bed(&b);
}

/* What a capture left out of one is no reason: 80,000 bytes were sent, more than a length says. */
static void a_super_segment_may_be_cut(void)
{
	struct frame f = frame_of(IP_DATA);
	struct tc_frame cut = {
		.bytes = f.bytes, .len = f.n, .wire_len = 80000, .stamp = 1, .dlt = TC_DLT_EN10MB,
	};
	struct bed b;

	open_bed(&b, 9999, 36118);
	b.r.unfinished = true;
	f.bytes[2] = f.bytes[3] = 0;
	CHECK(tc_queue_push(b.us->rx, &cut));
	CHECK_U64(tc_receiver_next(&b.r, &b.h, NULL), 1);
	CHECK_U64(b.h.kind, TC_HEARD_PEER);
	CHECK_U64(b.h.rx.cut, 80000 - f.n);
	free(f.bytes);
	close_bed(&b);
}

static void the_wait_ends_with_frame_descriptor_or_time(void)
{
	struct tc_out out = { .bytes = (const uint8_t *)"x", .len = 1 };
	struct pollfd extra = { .events = POLLIN, .revents = POLLERR };
	struct bed b;
	int ends[2];

	CHECK_U64(pipe(ends), 0);
	extra.fd = ends[0];
	open_bed(&b, 1, 1);
	CHECK_U64(tc_receiver_wait(&b.r, 0, &extra, 1), 0);
	CHECK_U64(extra.revents, 0);
	CHECK_U64(tc_receiver_wait(&b.r, tc_clock_monotonic() + TC_MS, &extra, 1), 0);
	CHECK_U64(tc_link_send(b.them, &out, 1, NULL), 1);
	CHECK_U64(tc_receiver_wait(&b.r, INT64_MAX, &extra, 1), 0);	/* comes back */
	CHECK_U64(tc_receiver_next(&b.r, &b.h, NULL), 1);
	CHECK_U64(write(ends[1], "x", 1), 1);
	CHECK_U64(tc_receiver_wait(&b.r, INT64_MAX, &extra, 1), 1);
	CHECK_U64(extra.revents, POLLIN);
	CHECK_U64(tc_receiver_wait(&b.r, 0, &extra, 1), 1);
	CHECK(tc_link_sleep(b.us));		/* it was woken again */
	tc_link_wake(b.us);
	close(ends[0]);
	close(ends[1]);
	close_bed(&b);
}

static void who_spins_looks_at_descriptors_now_and_then(void)
{
	struct pollfd extra = { .events = POLLIN };
	unsigned ready = 0;
	struct bed b;
	int ends[2];

	CHECK_U64(pipe(ends), 0);
	extra.fd = ends[0];
	open_bed(&b, 1, 1);
	b.r.busy = true;
	tc_receiver_begin(&b.r);
	CHECK_U64(tc_receiver_wait(&b.r, INT64_MAX, NULL, 0), 0);	/* does not sleep */
	CHECK_U64(write(ends[1], "x", 1), 1);
	for (unsigned i = 0; i < 128; i++)
		ready += tc_receiver_wait(&b.r, INT64_MAX, &extra, 1);
	CHECK_U64(ready, 2);
	b.r.busy = false;
	b.r.spin = 3600 * TC_S;
	CHECK_U64(tc_receiver_wait(&b.r, INT64_MAX, &extra, 1), 1);	/* not begun: it sleeps */
	tc_receiver_begin(&b.r);
	CHECK_U64(tc_receiver_wait(&b.r, INT64_MAX, &extra, 1), 0);
	close(ends[0]);
	close(ends[1]);
	close_bed(&b);
}

CU_TestInfo tests_receiver[] = {
	{ "what has other tags is from elsewhere", what_has_other_tags_is_from_elsewhere },
	{ "ARP is answered with the tags of the link",
	  arp_is_answered_with_the_tags_of_the_link },
	{ "a segment to us is the peer's", a_segment_to_us_is_the_peers },
	{ "what we sent is a copy, once", what_we_sent_is_a_copy_once },
	{ "of two ends of ours it is the one that the segment is for",
	  of_two_ends_of_ours_it_is_the_one_it_is_for },
	{ "a copy need not be readable", a_copy_need_not_be_readable },
	{ "a copy that the path changed is known by its end",
	  a_copy_that_the_path_changed_is_known_by_its_end },
	{ "a reset that we did not send is the kernel's",
	  a_reset_that_we_did_not_send_is_the_kernels },
	{ "an ICMP error is about whom it quotes", an_icmp_error_is_about_whom_it_quotes },
	{ "an ICMP error of our own kernel is counted", an_icmp_error_of_our_kernel_is_counted },
	{ "ARP is answered where it asks for an address of ours",
	  arp_is_answered_where_it_is_ours },
	{ "a cut frame is bad, unless frames may be cut", a_cut_frame_is_bad_unless_they_may_be },
	{ "a datagram that says it has no bytes is bad", a_datagram_without_a_length_is_bad },
	{ "a super-segment of which the capture kept some is none", a_super_segment_may_be_cut },
	{ "what is not a segment is nobody's", what_is_no_segment_is_nobodys },
	{ "the wait ends with a frame, a descriptor or the time",
	  the_wait_ends_with_frame_descriptor_or_time },
	{ "who spins looks at descriptors now and then",
	  who_spins_looks_at_descriptors_now_and_then },
	CU_TEST_INFO_NULL,
};
