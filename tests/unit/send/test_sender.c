/* SPDX-License-Identifier: BSD-2-Clause */
/* The sending loop over a link in memory: pace, times, answers, silence, stops. */
#include "check.h"

#include <tcpcraft/packet.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/sender.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

enum peer {
	SILENT,
	REFUSES,		/* RST to each segment */
	ANSWERS_TWICE,		/* SYN/ACK, and the same again */
	LIES,			/* SYN/ACK with a wrong ACK number */
	COPIES,			/* shows us our own frame, as a capture does; then RST */
	KERNEL,			/* as if our own kernel had sent a reset; then RST */
};

struct bed {
	struct tc_link *us, *peer;
	struct tc_spec *spec;
	struct tc_craft *craft;
	struct tc_sender *s;
	struct tc_sender_stats st;
	struct tc_buf log;		/* what the callbacks were told */
	enum peer how;
	unsigned heard;			/* frames that came to the peer */
};

static void on_sent(void *ctx, struct tc_probe *p)
{
	struct bed *b = ctx;

	tc_buf_printf(&b->log, "s%u%s ", (unsigned)p->number, p->stamped ? "" : "?");
}

static void on_replied(void *ctx, struct tc_probe *p, const struct tc_rx *rx,
		       const struct tc_frame *f)
{
	struct bed *b = ctx;

	CHECK(rx->kind == TC_RX_TCP && f->len >= 40);
	tc_buf_printf(&b->log, "r%u.%u ", (unsigned)p->number, p->answers);
}

static void on_done(void *ctx, struct tc_probe *p)
{
	struct bed *b = ctx;

	tc_buf_printf(&b->log, "d%u%s ", (unsigned)p->number, p->error ? "!" :
		      p->answers ? "" : "-");
}

static void on_stray(void *ctx, bool from_us, const struct tc_rx *rx,
		     const struct tc_frame *f)
{
	struct bed *b = ctx;

	(void)rx, (void)f;
	tc_buf_printf(&b->log, from_us ? "kernel " : "stray ");
}

static const struct tc_sender_ops ops = {
	.sent = on_sent, .replied = on_replied, .done = on_done, .stray = on_stray,
};

static void open_bed(struct bed *b, enum peer how, const char *const *pairs,
		     const struct tc_craft_config *craft, struct tc_sender_config *cfg)
{
	static const uint8_t zeros[1000];
	struct tc_error err = { 0 };

	*b = (struct bed){ .how = how };
	CHECK_OK(tc_link_open_pair(&b->us, &b->peer, &err), err);
	CHECK_OK(tc_spec_open(&b->spec, &err), err);
	for (; *pairs; pairs++)
		CHECK_OK(tc_spec_add_pair(b->spec, *pairs, &err), err);
	if (craft->fragment)
		CHECK_OK(tc_spec_payload(b->spec, zeros, sizeof zeros, &err), err);
	CHECK_OK(tc_spec_default(b->spec, "tcp.flags", "S", &err), err);
	CHECK_OK(tc_spec_default(b->spec, "ip.src", "10.0.0.1", &err), err);
	CHECK_OK(tc_spec_default(b->spec, "ip.dst", "10.0.0.2", &err), err);
	CHECK_OK(tc_craft_open(&b->craft, b->spec, craft, &err), err);
	cfg->link = b->us;
	cfg->craft = b->craft;
	cfg->ops = &ops;
	cfg->ctx = b;
	cfg->most = cfg->most ? cfg->most : 1000;
	CHECK_OK(tc_sender_open(&b->s, cfg, &err), err);
}

static void close_bed(struct bed *b)
{
	tc_sender_close(b->s);
	tc_craft_close(b->craft);
	tc_spec_free(b->spec);
	tc_link_close(b->us);
	tc_link_close(b->peer);
	tc_buf_free(&b->log);
}

static void say(struct bed *b, const struct tc_flow *flow, const struct tc_seg *seg)
{
	struct tc_template t;
	struct tc_packet p = { 0 };
	uint8_t bytes[TC_HEAD_MAX];
	struct tc_out out = { .bytes = bytes };

	CHECK(tc_packet_push(&p, tc_header_get(TC_HDR_IP), NULL) == 0);
	CHECK(tc_packet_push(&p, tc_header_get(TC_HDR_TCP), NULL) == 1);
	CHECK(tc_template_init(&t, &p, NULL) == 0);
	out.len = tc_template_emit(&t, flow, seg, 1, NULL, bytes);
	CHECK_U64(tc_link_send(b->peer, &out, 1, NULL), 1);
	tc_packet_free(&p);
}

/* What the peer makes of one frame of ours. */
static void react(struct bed *b, const struct tc_frame *f)
{
	struct tc_seg seg = { .flags = TC_FLAG_RST | TC_FLAG_ACK };
	struct tc_out copy = { .bytes = f->bytes, .len = f->len };
	struct tc_flow flow, ours;
	struct tc_rx rx;

	b->heard++;
	if (b->how == SILENT || tc_rx_parse(&rx, f->bytes, f->len, TC_DLT_RAW, NULL) < 0 ||
	    rx.kind != TC_RX_TCP)
		return;
	flow = (struct tc_flow){ rx.dst, rx.src, rx.dport, rx.sport };
	ours = (struct tc_flow){ rx.src, rx.dst, rx.sport, rx.dport };
	seg.ack = rx.seg.seq + tc_seg_seq_len(&rx.seg);
	if (b->how == ANSWERS_TWICE || b->how == LIES)
		seg.flags = TC_FLAG_SYN | TC_FLAG_ACK;
	if (b->how == LIES)
		seg.ack += 77;
	if (b->how == COPIES)
		tc_link_send(b->peer, &copy, 1, NULL);
	if (b->how == KERNEL)
		say(b, &ours, &(struct tc_seg){ .flags = TC_FLAG_RST, .seq = 5 });
	say(b, &flow, &seg);
	if (b->how == ANSWERS_TWICE)
		say(b, &flow, &seg);
}

static void pump(struct bed *b)
{
	struct tc_frame f;

	while (tc_link_recv(b->peer, &f, NULL) > 0)
		react(b, &f);
}

/* Until all is done, or a deadline that no test may reach. */
static void run_bed(struct bed *b)
{
	tc_time end = tc_clock_monotonic() + 20 * TC_S;
	struct tc_error err = { 0 };
	int rc;

	do {
		rc = tc_sender_run(b->s, NULL, 0, &err);
		CHECK_OK(rc, err);
		pump(b);
	} while (rc > 0 && tc_clock_monotonic() < end);
	CHECK_U64(rc, 0);
	tc_sender_stats(b->s, &b->st);
	tc_buf_printf(&b->log, "%s", "");
}

#define PAIRS(...) (const char *const[]){ __VA_ARGS__, NULL }

static const struct tc_craft_config once = { .rounds = 1 };

static void answers_are_counted_and_end_the_run_at_once(void)
{
	struct tc_sender_config cfg = { .timeout = 60 * TC_S };
	struct bed b;

	open_bed(&b, REFUSES, PAIRS("tcp.dstport=1-200", "tcp.seq=7"), &once, &cfg);
	run_bed(&b);
	CHECK_U64(b.st.packets, 200);
	CHECK_U64(b.st.frames, 200);
	CHECK_U64(b.st.bytes, 8000);
	CHECK_U64(b.st.awaited, 200);
	CHECK_U64(b.st.answered, 200);
	CHECK_U64(b.st.kinds[TC_REPLY_RST], 200);
	CHECK_U64(b.st.extra + b.st.strays + b.st.kernel_resets, 0);
	CHECK(b.st.rtt_min <= b.st.rtt_max && b.st.rtt_sum >= 0);
	close_bed(&b);
}

static void silence_is_told_after_the_timeout_in_order(void)
{
	struct tc_sender_config cfg = { .timeout = 30 * TC_MS };
	tc_time began = tc_clock_monotonic();
	struct bed b;

	open_bed(&b, SILENT, PAIRS("tcp.dstport=1-3"), &once, &cfg);
	run_bed(&b);
	CHECK(tc_clock_monotonic() - began >= 30 * TC_MS);
	CHECK_STR((char *)b.log.data, "s1? d1- s2? d2- s3? d3- ");
	CHECK_U64(b.st.answered, 0);
	close_bed(&b);
}

static void times_come_from_the_wire(void)
{
	struct tc_sender_config cfg = { .timeout = TC_S };
	struct bed b;

	open_bed(&b, COPIES, PAIRS("tcp.dstport=1-2"), &once, &cfg);
	run_bed(&b);
	CHECK_STR((char *)b.log.data, "s1 r1.1 s2 r2.1 d1 d2 ");
	CHECK(b.st.rtt_min > 0 && b.st.rtt_max < 20 * TC_S);
	CHECK(b.st.rtt_sum >= (double)b.st.rtt_max);
	CHECK_U64(b.st.kinds[TC_REPLY_RST], 2);
	close_bed(&b);
}

static void further_answers_are_counted_apart(void)
{
	struct tc_sender_config cfg = { .timeout = TC_S };
	struct bed b;

	open_bed(&b, ANSWERS_TWICE, PAIRS("tcp.dstport=9"), &once, &cfg);
	run_bed(&b);
	CHECK_STR((char *)b.log.data, "s1? r1.1 r1.2 d1 ");
	CHECK_U64(b.st.answered, 1);
	CHECK_U64(b.st.extra, 1);
	CHECK_U64(b.st.kinds[TC_REPLY_SYN_ACK], 1);
	close_bed(&b);
}

static void wrong_numbers_are_no_answer(void)
{
	struct tc_sender_config cfg = { .timeout = 20 * TC_MS };
	struct bed b;

	open_bed(&b, LIES, PAIRS("tcp.dstport=9"), &once, &cfg);
	run_bed(&b);
	CHECK_STR((char *)b.log.data, "stray s1? d1- ");
	CHECK_U64(b.st.strays, 1);
	close_bed(&b);
}

static void resets_of_the_own_kernel_are_told(void)
{
	struct tc_sender_config cfg = { .timeout = TC_S };
	struct bed b;

	open_bed(&b, KERNEL, PAIRS("tcp.dstport=9"), &once, &cfg);
	run_bed(&b);
	CHECK_STR((char *)b.log.data, "kernel s1? r1.1 d1 ");
	CHECK_U64(b.st.kernel_resets, 1);
	close_bed(&b);
}

static void a_rate_is_kept(void)
{
	struct tc_sender_config cfg = { .timeout = TC_S, .rate = 500 };
	struct bed b;

	open_bed(&b, REFUSES, PAIRS("tcp.dstport=1-51"), &once, &cfg);
	run_bed(&b);
	CHECK_U64(b.st.answered, 51);
	CHECK(b.st.ended - b.st.began >= 99 * TC_MS);	/* 50 intervals of 2 ms */
	close_bed(&b);
}

static void fragments_go_together(void)
{
	struct tc_craft_config craft = { .rounds = 2, .fragment = 8 };
	struct tc_sender_config cfg = { .timeout = 20 * TC_MS, .rate = 50 };
	struct bed b;

	/* 20 bytes of header and 1000 of data: 128 frames a packet, 20 ms between packets */
	open_bed(&b, SILENT, PAIRS("tcp.seq=1"), &craft, &cfg);
	run_bed(&b);
	CHECK_U64(b.st.frames, 256);
	CHECK_U64(b.st.packets, 2);
	CHECK_U64(b.st.awaited, 2);
	CHECK_U64(b.heard, 256);
	CHECK(b.st.ended - b.st.began >= 19 * TC_MS);
	CHECK(b.st.ended - b.st.began < 2 * TC_S);	/* not 5 s for 256 at 50 a second */
	close_bed(&b);
}

static void a_stop_gives_up_on_the_rest(void)
{
	struct tc_sender_config cfg = { .timeout = 60 * TC_S, .rate = 1000 };
	struct tc_craft_config craft = { .rounds = 0 };
	struct bed b;

	open_bed(&b, SILENT, PAIRS("tcp.dstport=9"), &craft, &cfg);
	while (b.heard < 3) {
		CHECK_U64(tc_sender_run(b.s, NULL, 0, NULL), 1);
		pump(&b);
	}
	tc_sender_stop(b.s);
	run_bed(&b);
	CHECK(strstr((char *)b.log.data, "d1! ") != NULL);
	CHECK(strstr((char *)b.log.data, "-") == NULL);
	CHECK_U64(b.st.answered, 0);
	close_bed(&b);
}

static void a_flood_keeps_no_probes_and_counts_all(void)
{
	struct tc_sender_config cfg = { .timeout = TC_S, .flood = true };
	struct tc_craft_config craft = { .rounds = 100 };
	struct bed b;

	open_bed(&b, ANSWERS_TWICE, PAIRS("tcp.dstport=1-10"), &craft, &cfg);
	run_bed(&b);
	CHECK_U64(b.heard, 1000);
	CHECK_U64(b.st.frames, 1000);
	CHECK(b.st.kinds[TC_REPLY_SYN_ACK] >= 1800);	/* the last batch may come late */
	CHECK_U64(b.log.len, 0);
	close_bed(&b);
}

static void few_probes_at_once_do_not_stop_a_long_run(void)
{
	struct tc_sender_config cfg = { .timeout = 60 * TC_S, .most = 64 };
	struct bed b;

	open_bed(&b, REFUSES, PAIRS("tcp.dstport=1-5000"), &once, &cfg);
	run_bed(&b);
	CHECK_U64(b.st.answered, 5000);
	close_bed(&b);
}

static void a_link_that_is_full_is_said(void)
{
	struct tc_sender_config cfg = { .timeout = 10 * TC_MS, .most = 10000 };
	struct bed b;
	struct tc_error err = { 0 };
	int rc;

	/* nobody takes the frames away: the queue of the memory link fills */
	open_bed(&b, SILENT, PAIRS("tcp.dstport=1-30000"), &once, &cfg);
	do {
		rc = tc_sender_run(b.s, NULL, 0, &err);
	} while (rc > 0);
	CHECK_OK(rc, err);
	tc_sender_stats(b.s, &b.st);
	CHECK(b.st.failed > 0 && b.st.failure.code == -ENOBUFS);
	CHECK_U64(b.st.frames + b.st.failed, 30000);
	CHECK_U64(b.st.awaited, b.st.frames);
	close_bed(&b);
}

static void packets_without_tcp_await_nothing(void)
{
	struct tc_sender_config cfg = { .timeout = 60 * TC_S };
	struct bed b;

	open_bed(&b, SILENT, PAIRS("icmp.type=8", "ip.ttl=1-3"), &once, &cfg);
	run_bed(&b);
	CHECK_U64(b.st.awaited, 0);
	CHECK_STR((char *)b.log.data, "s1? d1- s2? d2- s3? d3- ");
	close_bed(&b);
}

CU_TestInfo tests_sender[] = {
	{ "answers are counted and end the run at once",
	  answers_are_counted_and_end_the_run_at_once },
	{ "silence is told after the timeout, in order",
	  silence_is_told_after_the_timeout_in_order },
	{ "times come from the wire", times_come_from_the_wire },
	{ "further answers are counted apart", further_answers_are_counted_apart },
	{ "wrong numbers are no answer", wrong_numbers_are_no_answer },
	{ "resets of the own kernel are told", resets_of_the_own_kernel_are_told },
	{ "a rate is kept", a_rate_is_kept },
	{ "fragments go together", fragments_go_together },
	{ "a stop gives up on the rest", a_stop_gives_up_on_the_rest },
	{ "a flood keeps no probes and counts all", a_flood_keeps_no_probes_and_counts_all },
	{ "few probes at once do not stop a long run",
	  few_probes_at_once_do_not_stop_a_long_run },
	{ "a link that is full is said", a_link_that_is_full_is_said },
	{ "packets without TCP await nothing", packets_without_tcp_await_nothing },
	CU_TEST_INFO_NULL
};
