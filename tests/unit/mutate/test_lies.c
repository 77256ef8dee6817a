/* SPDX-License-Identifier: BSD-2-Clause */
/* Receivers that lie: what becomes of an ACK. */
#include "check.h"

#include "mutate/own.h"

#include <tcpcraft/error.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/tcpopt.h>

#include <stdlib.h>

/* An ACK of 5000, with timestamps or none, under the actions of a rule. */
static struct pieces act(const char *rule, bool ts, struct acked *acked)
{
	const struct tc_flow flow = tc_flow_v4(1, 2, 3, 4);
	const struct tc_seg seg = {
		.seq = 1, .ack = 5000, .flags = TC_FLAG_ACK, .wnd = 1000,
		.opts = { .present = ts ? TC_HAS_TS : 0, .ts_val = 7, .ts_ecr = 8 },
	};
	static uint8_t bytes[TC_PACKET_MAX];
	struct pieces ps = { .acked = acked, .bytes = bytes };
	struct tc_error err = { 0 };
	struct tc_packet p = { 0 };
	struct tc_template t;
	uint8_t frame[TC_HEAD_MAX];
	struct rule r;
	size_t n;

	CHECK_OK(tc_packet_push(&p, tc_header_get(TC_HDR_IP), &err), err);
	CHECK_OK(tc_packet_push(&p, tc_header_get(TC_HDR_TCP), &err), err);
	CHECK_OK(tc_template_init(&t, &p, &err), err);
	tc_packet_free(&p);
	n = tc_template_emit(&t, &flow, &seg, 1, NULL, frame);
	CHECK_OK(tc_pieces_start(&ps, frame, n, &err), err);
	CHECK_OK(tc_rule_parse(&r, rule, NULL, &err), err);
	for (size_t i = 0; i < r.n_actions; i++)
		CHECK_OK(tc_pieces_act(&ps, &r.actions[i], &err), err);
	tc_rule_free(&r);
	return ps;
}

/* "ACK OPTIONS" of each piece, a line each. */
static void goes_on(const char *rule, bool ts, struct acked *acked, const char *want)
{
	struct pieces ps = act(rule, ts, acked);
	struct tc_buf text = { 0 };

	for (size_t i = 0; i < ps.n; i++) {
		int tcp = tc_piece_tcp(ps.at[i]);
		const struct tc_buf *opts = &ps.at[i]->p.layer[tcp].var;

		CHECK(tc_piece_build(ps.at[i], ps.bytes, NULL) > 0);
		tc_buf_printf(&text, "%s%u ", i ? "\n" : "",
			      (unsigned)tc_packet_get(&ps.at[i]->p, tcp, TC_TCP_ACK));
		tc_tcpopt_print(&text, opts->data, opts->len);
	}
	CHECK_STR((char *)text.data, want);
	tc_buf_free(&text);
	tc_pieces_free(&ps);
}

/* Of a connection that has acknowledged what is before `was`. */
static void became(const char *rule, bool ts, tc_seq was, const char *want)
{
	struct acked acked = { .known = true, .was = was };

	goes_on(rule, ts, &acked, want);
}

#define TS "nop,nop,TS val 7 ecr 8"

static void an_ack_is_divided(void)
{
	became("acks: divide 4", true, 1000,
	       "2000 " TS "\n3000 " TS "\n4000 " TS "\n5000 " TS);
	became("acks: divide 2", false, 4997, "4998 \n5000 ");
	became("acks: divide 4", false, 4997, "5000 ");	/* 3 bytes are not 4 ACKs */
	became("acks: divide 4", false, 5000, "5000 ");
	became("acks: divide 4", false, 6000, "5000 ");
}

static void blocks_are_put_in(void)
{
	became("acks: sack 1000:2000", false, 0, "5000 nop,nop,sack 6000:7000");
	became("acks: sack 0:1", true, 0, "5000 " TS ",nop,nop,sack 5000:5001");
	became("acks: sack 1:2; sack 5:6", true, 0, "5000 " TS ",nop,nop,sack 5005:5006");
}

static void blocks_are_taken_back(void)
{
	struct acked acked = { .known = true, .was = 3000 };

	for (unsigned turn = 0; turn < 2; turn++) {
		acked.was = 3000;
		goes_on("acks: renege 1000", true, &acked,
			"4000 " TS ",nop,nop,sack 4500:5000");
		goes_on("acks: renege 1000", true, &acked, "4500 " TS);
		goes_on("acks: renege 1000", false, &acked, "4500 ");
		acked.was = 5000;		/* the peer has sent again */
		goes_on("acks: renege 1000", true, &acked, "5000 " TS);
	}
}

/* Where the peer's segments are known to be of 300 bytes, blocks are of whole ones. */
static void blocks_end_with_segments(void)
{
	struct acked acked = { .known = true, .was = 3000, .unit = 300 };

	goes_on("acks: renege 1000", true, &acked, "4400 " TS ",nop,nop,sack 4700:5000");
	acked = (struct acked){ .known = true, .was = 3000, .unit = 600 };
	goes_on("acks: renege 1000", true, &acked, "4000 " TS ",nop,nop,sack 4400:5000");
	acked = (struct acked){ .known = true, .was = 3000, .unit = 1000 };
	goes_on("acks: renege 1000", true, &acked, "4000 " TS ",nop,nop,sack 4500:5000");
	acked = (struct acked){ .known = true, .was = 3000, .unit = 1200 };
	goes_on("acks: renege 1000", true, &acked, "4000 " TS ",nop,nop,sack 4500:5000");
}

static void a_name_stands_for_a_rule(void)
{
	struct tc_mutate_preset p;
	unsigned n = 0;

	while (tc_mutate_preset(n, &p)) {
		struct tc_error err = { 0 };
		struct rule r;

		CHECK(p.name && p.doc);
		CHECK_OK(tc_rule_parse(&r, p.name, NULL, &err), err);
		CHECK_U64(r.sel, SEL_ACKS);
		tc_rule_free(&r);
		n++;
	}
	CHECK_U64(n, 8);
	became("optimistic-acks", false, 0, "105000 ");
	became("dupack-spoofing", false, 0, "5000 \n5000 \n5000 \n5000 ");
}

static void what_is_wrong_is_named(void)
{
	static const struct { const char *rule, *says; } bad[] = {
		{ "optimistic", "none of syn, ack, acks, data[N]" },
		{ "acks: divide", "divide K, in 2 to 100 ACKs" },
		{ "acks: divide 1", "divide K" }, { "acks: divide 101", "divide K" },
		{ "acks: sack 5", "sack FROM:TO" }, { "acks: sack 5:5", "sack FROM:TO" },
		{ "acks: sack 5:", "sack FROM:TO" }, { "acks: sack :5", "sack FROM:TO" },
		{ "acks: renege 1", "renege N" }, { "acks[1]: drop", "only data[N] and seg[N]" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tc_error err = { 0 };
		struct rule r;

		CHECK(tc_rule_parse(&r, bad[i].rule, NULL, &err) < 0);
		check_true(strstr(err.msg, bad[i].says) != NULL, err.msg, __LINE__, __FILE__);
		tc_rule_free(&r);
	}
}

CU_TestInfo tests_lies[] = {
	{ "an ACK is divided", an_ack_is_divided },
	{ "blocks are put in", blocks_are_put_in },
	{ "blocks are taken back", blocks_are_taken_back },
	{ "a block that is taken back is of whole segments", blocks_end_with_segments },
	{ "a name stands for a rule", a_name_stands_for_a_rule },
	{ "what is wrong is named", what_is_wrong_is_named },
	CU_TEST_INFO_NULL,
};
