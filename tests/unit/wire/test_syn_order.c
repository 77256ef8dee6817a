/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of a SYN's options, in text and in frames. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/syn_order.h>
#include <tcpcraft/tcpopt.h>

#include <errno.h>
#include <stdlib.h>

#define TEN "nop:nop:nop:nop:nop:nop:nop:nop:nop:nop:"
#define ALL (TC_HAS_MSS | TC_HAS_WSCALE | TC_HAS_SACK_OK | TC_HAS_TS)

static struct tc_syn_order order(const char *text)
{
	struct tc_error err = { 0 };
	struct tc_syn_order o;

	CHECK_OK(tc_syn_order_parse(&o, text, &err), err);
	return o;
}

static void text_reads_and_prints(void)
{
	static const char *const good[] = {
		"mss", "mss:eol", "nop:mss", "mss:nop:wscale:nop:nop:TS:sackOK:eol",
		"mss:sackOK:TS:nop:wscale",
		"mss:wscale:sackOK:TS:nop:nop:nop:nop:nop:nop:nop:nop:nop:nop:nop:nop:nop:nop:nop:"
		"nop:nop:nop:nop:nop:nop",
		"mss:" TEN TEN TEN "nop:nop:nop:nop:nop:nop",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct tc_syn_order o = order(good[i]);
		struct tc_buf text = { 0 };

		tc_syn_order_print(&o, &text);
		CHECK_STR((char *)text.data, good[i]);
		tc_buf_free(&text);
	}
	CHECK_U64(tc_syn_order_has(&(struct tc_syn_order){ 0 }), 0);
	CHECK_U64(order("MSS:ts:SACKOK").n, 3);
}

static void other_text_is_refused(void)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "", "'' is none of mss" }, { "mss:", "'' is none of mss" },
		{ ":mss", "'' is none of" }, { "mss,nop", "'mss,nop' is none of" },
		{ "mss:sack", "'sack' is none of" }, { "mss:eol:nop", "behind eol" },
		{ "mss:eol:eol", "behind eol" }, { "mss:mss", "mss stands there twice" },
		{ "mss:ts:TS", "TS stands there twice" }, { "nop:TS", "mss is missing" },
		{ "mss:wscale:sackOK:TS:nop:nop:nop:nop:nop:nop:nop:nop:nop:nop:nop:nop:nop:nop:"
		  "nop:nop:nop:nop:nop:nop:nop:nop", "more than the 40 bytes" },
		{ "mss:" TEN TEN TEN TEN "eol", "more than the 40 bytes" },
	};
	struct tc_error err;
	struct tc_syn_order o;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		err = (struct tc_error){ 0 };
		CHECK(tc_syn_order_parse(&o, bad[i].text, &err) < 0);
		CHECK(strstr(err.msg, bad[i].says));
	}
}

/* What the systems send, full and where the peer has agreed to less. */
static const struct { const char *order; unsigned present; const char *text; } written[] = {
	{ "mss", TC_HAS_MSS, "mss 1460" },
	{ "mss:nop:wscale:nop:nop:TS:sackOK:eol", ALL,
	  "mss 1460,nop,wscale 7,nop,nop,TS val 11 ecr 22,sackOK,eol" },
	{ "mss:nop:wscale:nop:nop:TS:sackOK:eol", ALL & ~TC_HAS_TS,
	  "mss 1460,nop,wscale 7,sackOK,eol" },
	{ "mss:nop:wscale:sackOK:TS:eol", ALL, "mss 1460,nop,wscale 7,sackOK,TS val 11 ecr 22" },
	{ "mss:nop:wscale:sackOK:TS:eol", ALL & ~TC_HAS_TS, "mss 1460,nop,wscale 7,sackOK,eol" },
	{ "mss:nop:wscale:nop:nop:sackOK", TC_HAS_MSS, "mss 1460" },
	{ "mss:nop:wscale:nop:nop:sackOK", TC_HAS_MSS | TC_HAS_SACK_OK, "mss 1460,nop,nop,sackOK" },
	{ "mss:sackOK:wscale", ALL & ~TC_HAS_TS, "mss 1460,sackOK,wscale 7,nop,nop,nop" },
	{ "nop:nop:mss", TC_HAS_MSS, "nop,nop,mss 1460,nop,nop" },
	{ "mss:fastopen:nop:wscale", TC_HAS_MSS | TC_HAS_WSCALE | TC_HAS_FASTOPEN,
	  "mss 1460,fastopen 636f6f6b6965,nop,wscale 7" },
};

static void options_stand_in_the_order(void)
{
	for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
		const struct tc_syn_order o = order(written[i].order);
		const struct tc_seg_opts opts = {
			.present = (uint8_t)written[i].present, .mss = 1460, .wscale = 7,
			.ts_val = 11, .ts_ecr = 22, .cookie = { 6, "cookie" },
		};
		struct tc_buf text = { 0 };
		uint8_t out[TC_OPTIONS_MAX];
		size_t n = tc_syn_order_write(&o, &opts, out);

		CHECK_U64(n % 4, 0);
		tc_tcpopt_print(&text, out, n);
		CHECK(strncmp((char *)text.data, written[i].text, strlen(written[i].text)) == 0);
		for (const char *c = (char *)text.data + strlen(written[i].text); *c; c += 4)
			CHECK(strncmp(c, ",eol", 4) == 0);	/* of the filling */
		tc_buf_free(&text);
	}
}

CU_TestInfo tests_syn_order[] = {
	{ "text reads and prints", text_reads_and_prints },
	{ "other text is refused", other_text_is_refused },
	{ "options stand in the order", options_stand_in_the_order },
	CU_TEST_INFO_NULL,
};
