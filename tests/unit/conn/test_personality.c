/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of a personality: read, printed, put together, and what contradicts. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/personality.h>

#include <errno.h>

#define ALL "mss=1400,wscale=9,ts=off,ts-hz=100,sack=on,ecn=asked," \
	    "rcvbuf=65536,window=mss*20,answer-window=30000,ttl=128,dscp=46,df=off," \
	    "options=mss:nop:wscale:nop:nop:sackOK:eol,iw=10,rto-min=0.3,rto-init=1.5," \
	    "syn-retries=4,user-timeout=off,msl=0.25,delack=off,nagle=off,keepalive=7200," \
	    "ipid=random,isn=305419896,md5=off,fastopen=off,ao=off"

static struct tc_traits parsed(const char *text)
{
	struct tc_error err = { 0 };
	struct tc_traits t = { 0 };

	CHECK_OK(tc_traits_parse(&t, text, &err), err);
	return t;
}

static void check_print(const struct tc_traits *t, const char *want)
{
	struct tc_buf text = { 0 };

	tc_traits_print(t, &text);
	CHECK_STR(text.data ? (char *)text.data : "", want);
	tc_buf_free(&text);
}

static void every_key_reads_and_prints(void)
{
	static const char *const same[] = {
		ALL, "wscale=on", "wscale=off", "wscale=0,ts=on", "window=65535", "isn=clock",
		"isn=random,", "ipid=zero", "delack=0.499,keepalive=off", "user-timeout=0.001",
		"syn-retries=0,isn=0", "fastopen=on", "fastopen=0123456789abcdef",
		"ao=secret=hex:6b;keyid=1;rnextkeyid=2;alg=aes-128-cmac-96;options=excluded",
	};
	struct tc_trait_row row;
	unsigned n = 0, bits = 0;

	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		char text[400];
		struct tc_traits t;

		snprintf(text, sizeof text, "%s", same[i]);
		text[strcspn(text, "\n")] = '\0';
		if (text[strlen(text) - 1] == ',')
			text[strlen(text) - 1] = '\0';
		t = parsed(text);
		check_print(&t, text);
	}
	while (tc_trait_row(n, &row)) {
		CHECK(row.key && row.arg && row.doc);
		n++;
	}
	for (uint32_t set = parsed(ALL).set; set; set &= set - 1)
		bits++;
	CHECK_U64(bits, n);		/* none is forgotten in ALL */
	check_print(&(struct tc_traits){ 0 }, "");
}

static void what_is_set_is_put_into_the_configuration(void)
{
	struct tc_traits t = parsed(ALL);
	struct tc_error err = { 0 };
	struct tc_personality p;

	tc_personality_default(&p, 4, 1500);
	CHECK_OK(tc_traits_apply(&t, &p, &err), err);
	CHECK(p.tcp.use_wscale && !p.tcp.use_ts && p.tcp.use_sack && !p.tcp.nagle);
	CHECK(!p.tcp.delayed_ack && p.tcp.hold_time_wait && p.ip.mss_said && !p.ip.df);
	CHECK_U64(p.tcp.mss, 1400);
	CHECK_U64(p.tcp.wscale, 9);
	CHECK_U64(p.tcp.rcv_buf, 65536);
	CHECK_U64(tc_tcp_config_window(&p.tcp, false), 28000);
	p.tcp.window_in_mss = 20;
	CHECK_U64(tc_tcp_config_window(&p.tcp, false), 28000);
	p.tcp.mss = 0;
	CHECK_U64(tc_tcp_config_window(&p.tcp, true),
		  p.tcp.syn_window ? p.tcp.syn_window : UINT16_MAX);
	CHECK_U64(p.ip.ttl, 128);
	CHECK_U64(p.ip.dscp, 46);
	CHECK_U64(p.ip.order.n, 7);
	CHECK_U64(p.tcp.iw, 10);
	CHECK_U64(p.tcp.rto_min, 300 * TC_MS);
	CHECK_U64(p.tcp.rto_initial, 1500 * TC_MS);
	CHECK_U64(p.tcp.syn_retries, 4);
	CHECK_U64(p.tcp.user_timeout, 0);
	CHECK_U64(p.tcp.msl, 250 * TC_MS);
	CHECK_U64(p.tcp.keepalive, 7200 * TC_S);
	CHECK_U64(p.ip.ipid, TC_IPID_RANDOM);
	CHECK_U64(p.ip.isn, TC_ISN_FIXED);
	CHECK_U64(p.ip.iss, 0x12345678);
}

static void what_is_not_set_stays(void)
{
	const struct tc_traits t = parsed("ttl=9");
	struct tc_personality p, usual;

	tc_personality_default(&p, 6, 1500);
	usual = p;
	CHECK(tc_traits_apply(&t, &p, NULL) == 0);
	CHECK_U64(p.ip.ttl, 9);
	p.ip.ttl = usual.ip.ttl;
	CHECK_U64(usual.ip.ttl, 64);
	CHECK(usual.ip.df && usual.tcp.mss == 1440);
	CHECK_MEM(&p.tcp, &usual.tcp, sizeof p.tcp);
	CHECK_MEM(&p.ip, &usual.ip, sizeof p.ip);
}

/* mss* as many as fit: what Linux 6.18 offered with TCP_MAXSEG of these, in a SYN, and in a SYN,ACK
 * to one with timestamps. */
static void of_segments_as_many_as_fit(void)
{
	static const struct { const char *text; unsigned mtu, window, stamped; } rows[] = {
		{ "window=mss*44", 65535, 65495, 65483 }, { "window=mss*44", 1500, 64240, 63712 },
		{ "window=mss*65535", 1500, 64240, 65160 },
		{ "window=mss*65535", 1064, 65535, 64768 },
		{ "window=mss*65535", 256, 65448, 65484 },
		{ "window=mss*65535", 2088, 65535, 65152 }, { "window=28000", 1500, 28000, 28000 },
		{ "mss=12,window=mss*2", 1500, 24, 24 },
	};
	struct tc_personality p;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct tc_traits t = parsed(rows[i].text);

		tc_personality_default(&p, 4, rows[i].mtu);
		CHECK(tc_traits_apply(&t, &p, NULL) == 0);
		CHECK_U64(tc_tcp_config_window(&p.tcp, false), rows[i].window);
		CHECK_U64(tc_tcp_config_window(&p.tcp, true), rows[i].stamped);
	}
}

static void one_over_another_counts(void)
{
	struct tc_traits like = parsed("ttl=128,wscale=8,ts=off"), own = parsed("wscale=off");

	tc_traits_over(&like, &own);
	check_print(&like, "wscale=off,ts=off,ttl=128");
	CHECK(tc_traits_has(&like, "ttl") && !tc_traits_has(&like, "mss"));
}

static void what_is_wrong_is_named(void)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "", "'' is not KEY=VALUE" }, { "mss", "'mss' is not KEY=VALUE" },
		{ "=5", "is not KEY=VALUE" }, { "ttl=1,", "is not KEY=VALUE" },
		{ "mms=5", "mms=: there is no such key: did you mean mss?" },
		{ "xyzzy=5", "there is no such key: --help-all" },
		{ "mss=0", "mss=: 0 is not from 1 to 65535" }, { "mss=65536", "65536 is not" },
		{ "mss=", "mss=: '' is not N (a number from 1 to 65535)" },
		{ "mss=-1", "'-1' is not N" },
		{ "wscale=15", "15 is not from 0 to 14" }, { "wscale=big", "'big' is not on|off|N" },
		{ "ts=yes", "ts=: 'yes' is neither on nor off" }, { "rcvbuf=0", "0 is not from 1" },
		{ "answer-window=0", "0 is not from 1" },
		{ "window=65536", "65536 is not from 1 to 65535" },
		{ "window=mss*65536", "65536 is not from 1 to 65535" }, { "window=mss*", "'' is not" },
		{ "ttl=0", "0 is not from 1 to 255" }, { "dscp=64", "64 is not from 0 to 63" },
		{ "options=mss:foo", "'foo' is none of mss" }, { "options=TS", "mss is missing" },
		{ "iw=256", "256 is not" }, { "rto-min=0", "'0' is not a number of seconds from "
		  "0.001 to 60" }, { "rto-min=nan", "'nan' is not" }, { "rto-init=1s", "'1s'" },
		{ "syn-retries=128", "128 is not" }, { "user-timeout=forever", "or off" },
		{ "msl=off", "'off' is not a number of seconds" },
		{ "delack=0.5", "'0.5' is not a number of seconds from 0.001 to 0.499, or off" },
		{ "ipid=two", "'two' is none of count|zero|random|late" },
		{ "isn=4294967296", "4294967296 is not from 0 to 4294967295" },
		{ "isn=clocks", "'clocks' is not clock|random|N" },
		{ "fastopen=yes", "'yes' is not on|off|COOKIE" },
		{ "fastopen=0123", "'0123' is 2 bytes: a cookie has from 4 to 16, an even number" },
		{ "fastopen=0123456789", "is 5 bytes" },
		{ "mss=1400,ts=off,mss=1400", "mss=: it is said twice: leave one out" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tc_error err = { 0 };
		struct tc_traits t = { 0 };

		CHECK(tc_traits_parse(&t, bad[i].text, &err) == -EINVAL);
		check_true(strstr(err.msg, bad[i].says) != NULL, err.msg, __LINE__, __FILE__);
	}
}

static void what_contradicts_is_refused(void)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "options=mss", "options= has no place for wscale, which is offered: add it, or "
		  "say wscale=off" },
		{ "options=mss,wscale=off", "no place for TS" },
		{ "options=mss:TS,wscale=off", "no place for sackOK" },
		{ "window=20000,rcvbuf=10000", "window=20000 is more than rcvbuf=10000 holds" },
		{ "answer-window=20000,rcvbuf=10000", "answer-window=20000 is more than rcvbuf=10000" },
		{ "wscale=14,rcvbuf=16383", "wscale=14 counts in 16384 bytes" },
		{ "md5=a,ao=secret=b", "md5= and ao= contradict" },
		{ "rto-init=1,rto-min=2", "rto-init= is less than rto-min=2" },
		{ "fastopen=on,options=mss,wscale=off,ts=off,sack=off", "no place for fastopen" },
		{ "fastopen=on,md5=k", "more than the 40 bytes of options that a SYN holds" },
		{ "fastopen=on,ao=secret=k", "more than the 40 bytes of options that a SYN holds" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct tc_traits t = parsed(bad[i].text);
		struct tc_error err = { 0 };
		struct tc_personality p;

		tc_personality_default(&p, 4, 1500);
		CHECK(tc_traits_apply(&t, &p, &err) == -EINVAL);
		check_true(strstr(err.msg, bad[i].says) != NULL, err.msg, __LINE__, __FILE__);
	}
}

static void files_have_comments_and_lines(void)
{
	static const char text[] = "# like nobody\n\n  ttl=7\t# hops\n\tts=off\r\nnagle=off";
	static const char bad[] = "ttl=7\n\nts=maybe\n", binary[] = "ttl=7\nts=o\0f\n";
	static const char twice[] = "ttl=7\n# again\nttl=8\n";
	struct tc_error err = { 0 };
	struct tc_traits t = { 0 };

	CHECK_OK(tc_traits_read(&t, "f", text, sizeof text - 1, &err), err);
	check_print(&t, "ts=off,ttl=7,nagle=off");
	CHECK(tc_traits_read(&t, "f", bad, sizeof bad - 1, &err) == -EINVAL);
	CHECK_STR(err.msg, "f:3: ts=: 'maybe' is neither on nor off");
	CHECK(tc_traits_read(&t, "f", binary, sizeof binary - 1, &err) == -EINVAL);
	CHECK_STR(err.msg, "f:2: a byte 0 is not text");
	CHECK(tc_traits_read(&t, "f", twice, sizeof twice - 1, &err) == -EINVAL);
	CHECK_STR(err.msg, "f:3: ttl=: it is said twice: leave one out");
	CHECK(tc_traits_read(&t, "f", "", 0, &err) == 0);
}

CU_TestInfo tests_personality[] = {
	{ "every key reads and prints", every_key_reads_and_prints },
	{ "what is set is put into the configuration", what_is_set_is_put_into_the_configuration },
	{ "what is not set stays", what_is_not_set_stays },
	{ "of segments as many as fit", of_segments_as_many_as_fit },
	{ "one over another counts", one_over_another_counts },
	{ "what is wrong is named", what_is_wrong_is_named },
	{ "what contradicts is refused", what_contradicts_is_refused },
	{ "files have comments and lines", files_have_comments_and_lines },
	CU_TEST_INFO_NULL,
};
