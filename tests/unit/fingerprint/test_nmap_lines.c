/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines that answers make, beside what nmap's chapter on its methods says of each. */
#include "check.h"

#include "fingerprint/nmap.h"
#include "wire/place.h"

#include <tcpcraft/bits.h>

struct answers {
	struct tc_nmap_answer a[TC_NMAP_ANSWERS];
	struct tc_rx rx[TC_NMAP_ANSWERS];
	uint8_t ip[IP_BYTES], other[IP_BYTES];	/* of all; for one that shall differ */
};

static void answer(struct answers *all, unsigned i)
{
	all->rx[i].l3 = all->ip;
	all->rx[i].ttl = 64;
	all->a[i] = (struct tc_nmap_answer){ .rx = &all->rx[i], .seq = 1000, .ack = 2000,
					     .sent = (tc_time)(i + 1) * TC_NMAP_STEP };
}

/* Of SEQ: does it have this pair, or none of that key? */
static bool has(const struct answers *all, const char *pair)
{
	struct tc_buf out = { 0 };
	char text[256], wanted[32];

	tc_nmap_sequence(&out, all->a);
	snprintf(text, sizeof text, "%%%.*s%%", (int)out.len, out.data ? (const char *)out.data : "");
	snprintf(wanted, sizeof wanted, "%%%s%s", pair, pair[strlen(pair) - 1] == '=' ? "" : "%");
	tc_buf_free(&out);
	return strstr(text, wanted) != NULL;
}

static void identifications_grow(void)
{
	static const struct {
		uint16_t ids[TC_NMAP_SEQS];
		unsigned n;
		const char *pair;	/* ends in "=": it is left out */
	} all[] = {
		{ { 0, 0, 0, 0, 0, 0 }, 6, "TI=Z" },
		{ { 7, 7, 7, 7, 7, 7 }, 6, "TI=7" },
		{ { 1, 2, 4, 5, 14, 15 }, 6, "TI=I" },
		{ { 65534, 65535, 0, 1, 2, 3 }, 6, "TI=I" },
		{ { 1, 2, 13, 14, 15, 16 }, 6, "TI=" },		/* 11, and it is odd */
		{ { 100, 104, 200, 400, 402, 404 }, 6, "TI=I" },	/* all even */
		{ { 0x100, 0x200, 0x300, 0x1700, 0x1800, 0x1900 }, 6, "TI=BI" },
		{ { 0x100, 0x200, 0x300, 0x1800, 0x1900, 0x1a00 }, 6, "TI=I" },	/* 5376 */
		{ { 1, 1002, 2003, 2004, 2005, 2006 }, 6, "TI=RI" },
		{ { 1, 1001, 1002, 1003, 1004, 1005 }, 6, "TI=" },	/* 1000 is not enough */
		{ { 1, 25601, 25602, 25603, 25604, 25605 }, 6, "TI=RD" },
		{ { 1, 20001, 20002, 20003, 20004, 20005 }, 6, "TI=RD" },
		{ { 20000, 10, 300, 301, 302, 303 }, 6, "TI=RD" },	/* it went down */
		{ { 1, 2 }, 2, "TI=" },
		{ { 1, 2, 3 }, 3, "TI=I" },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct answers some = { 0 };

		for (unsigned n = 0; n < all[i].n; n++) {
			answer(&some, n);
			some.rx[n].ip_id = all[i].ids[n];
		}
		CHECK(has(&some, all[i].pair) == (strlen(all[i].pair) > 3));
		CHECK(has(&some, "TI=") == (strlen(all[i].pair) > 3));
	}
}

/* Of two answers, which say nothing of how far is far. */
static void two_answers_of_a_closed_port(void)
{
	static const struct { uint16_t step; const char *pair; } all[] = {
		{ 3, "CI=I" }, { 0, "CI=5" }, { 20001, "CI=RI" }, { 25600, "CI=RI" },
		{ 512, "CI=BI" }, { 65535, "CI=RI" },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct answers some = { 0 };

		answer(&some, TC_NMAP_T5);
		answer(&some, TC_NMAP_T6);
		some.rx[TC_NMAP_T5].ip_id = 5;
		some.rx[TC_NMAP_T6].ip_id = (uint16_t)(5 + all[i].step);
		CHECK(has(&some, all[i].pair));
	}
}

/* Identifications that TCP and echoes take from one counter, or that are said to. */
static void one_counter_or_two(void)
{
	static const struct {
		uint16_t step, echo, echo_step;
		const char *pair;	/* "SS=": it is left out */
	} all[] = {
		{ 1, 112, 1, "SS=S" },		/* 110 was the last of TCP */
		{ 1, 113, 1, "SS=O" },		/* three steps further */
		{ 1, 20, 1, "SS=S" },		/* a lower one */
		{ 1, 112, 30000, "SS=" },	/* RI beside I */
		{ 2000, 20000, 30001, "SS=O" },	/* both RI */
		{ 0, 112, 1, "SS=" },		/* 105 each time */
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct answers some = { 0 };

		for (unsigned n = 0; n < TC_NMAP_SEQS; n++) {
			answer(&some, n);
			some.rx[n].ip_id = (uint16_t)(105 + all[i].step * n);
		}
		CHECK(!has(&some, "II="));
		answer(&some, TC_NMAP_IE);
		answer(&some, TC_NMAP_IE + 1);
		some.rx[TC_NMAP_IE].ip_id = all[i].echo;
		some.rx[TC_NMAP_IE + 1].ip_id = (uint16_t)(all[i].echo + all[i].echo_step);
		CHECK(has(&some, "II="));
		CHECK(has(&some, all[i].pair) == (strlen(all[i].pair) > 3));
		CHECK(has(&some, "SS=") == (strlen(all[i].pair) > 3));
	}
}

static void timestamps_have_a_clock(void)
{
	/* each second; probes are 0.1 s apart */
	static const struct { uint32_t first, hertz; const char *pair; } all[] = {
		{ 1000, 0, "TS=1" }, { 1000, 50, "TS=6" }, { 1000, 100, "TS=7" },
		{ 1000, 200, "TS=8" }, { 1000, 1000, "TS=A" }, { 0xffffff00u, 1000, "TS=A" },
		{ 0, 1000, "TS=0" },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct answers some = { 0 };

		for (unsigned n = 0; n < TC_NMAP_SEQS; n++) {
			answer(&some, n);
			some.rx[n].seg.opts.present = TC_HAS_TS;
			some.rx[n].seg.opts.ts_val = all[i].first + all[i].hertz * n / 10;
		}
		CHECK(has(&some, all[i].pair));
		some.rx[3].seg.opts.present = 0;
		CHECK(has(&some, all[i].first ? "TS=U" : "TS=0"));
	}
}

static void initial_numbers_have_a_spread(void)
{
	struct answers some = { 0 };

	for (unsigned n = 0; n < TC_NMAP_SEQS; n++) {
		answer(&some, n);
		some.rx[n].seg.seq = 0xfffff000u + 64000 * n;
	}
	CHECK(has(&some, "SP=0"));
	CHECK(has(&some, "GCD=FA00"));
	CHECK(has(&some, "ISR=9A"));	/* 640,000 a second: 8 times 19.29 */
	some.a[4].rx = some.a[5].rx = NULL;
	CHECK(has(&some, "GCD=FA00"));
	some.a[3].rx = NULL;
	CHECK(!has(&some, "GCD="));
}

static void line_is(const struct answers *all, unsigned line, bool direct, const char *want)
{
	struct tc_buf out = { 0 };

	tc_nmap_line(&out, line, all->a, direct);
	tc_buf_add_u8(&out, 0);
	CHECK_STR((const char *)out.data, want);
	tc_buf_free(&out);
}

enum { OPS = 1, WIN, ECN, T1, T2, T5 = 8, T7 = 10, IE };

static void lines_of_options_and_windows(void)
{
	static const uint8_t options[] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0,
					   1, 3, 3, 7, 0, 0 };
	struct answers some = { 0 };

	answer(&some, 0);
	answer(&some, 5);
	some.rx[0].options = options;
	some.rx[0].options_len = sizeof options;
	some.rx[0].seg.wnd = 0xfe88;
	line_is(&some, OPS, true, "OPS(O1=M5B4ST10NW7L%O6=)");
	line_is(&some, WIN, true, "WIN(W1=FE88%W6=0)");
}

static void lines_of_one_answer(void)
{
	struct answers some = { 0 };
	struct tc_seg *s = &some.rx[TC_NMAP_T5].seg;

	answer(&some, 0);
	answer(&some, TC_NMAP_ECN);
	answer(&some, TC_NMAP_T5);
	tc_put16(PLACE(some.ip, IP_RB), 0x4000);
	some.rx[0].seg = (struct tc_seg){ .seq = 5, .ack = 1001,
					  .flags = TC_FLAG_SYN | TC_FLAG_ACK };
	line_is(&some, T1, true, "T1(R=Y%DF=Y%T=40%S=O%A=S+%F=AS%RD=0%Q=)");
	line_is(&some, T2, true, "T2(R=N)");
	some.rx[TC_NMAP_ECN].seg.wnd = 0x400;
	some.rx[TC_NMAP_ECN].seg.flags = TC_FLAG_SYN | TC_FLAG_ACK | TC_FLAG_ECE;
	line_is(&some, ECN, false, "ECN(R=Y%DF=Y%TG=40%W=400%O=%CC=Y%Q=)");
	some.rx[TC_NMAP_ECN].seg.flags |= TC_FLAG_CWR | 0x800;
	line_is(&some, ECN, false, "ECN(R=Y%DF=Y%TG=40%W=400%O=%CC=S%Q=R)");
	/* a reset with words, whose sum is that of the chapter's CRC32, and an urgent pointer */
	tc_put16(PLACE(some.ip, IP_RB), 0);
	*s = (struct tc_seg){ .seq = 2000, .ack = 1000, .len = 9, .urg = 1,
			      .flags = TC_FLAG_RST | TC_FLAG_ACK };
	some.rx[TC_NMAP_T5].payload = (const uint8_t *)"123456789";
	line_is(&some, T5, true, "T5(R=Y%DF=N%T=40%W=0%S=A%A=S%F=AR%O=%RD=CBF43926%Q=U)");
	s->flags = TC_FLAG_RST | TC_FLAG_URG;
	s->seq = 2001;
	s->ack = 0;
	s->len = 0;
	line_is(&some, T5, true, "T5(R=Y%DF=N%T=40%W=0%S=A+%A=Z%F=UR%O=%RD=0%Q=)");
	line_is(&some, T7, true, "T7(R=N)");
}

static void line_of_echoes(void)
{
	static const struct { bool df[2]; uint8_t code[2]; const char *line; } all[] = {
		{ { false, false }, { 9, 0 }, "IE(R=Y%DFI=N%T=40%CD=S)" },
		{ { true, false }, { 0, 0 }, "IE(R=Y%DFI=S%T=40%CD=Z)" },
		{ { true, true }, { 7, 7 }, "IE(R=Y%DFI=Y%T=40%CD=7)" },
		{ { false, true }, { 9, 1 }, "IE(R=Y%DFI=O%T=40%CD=O)" },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct answers some = { 0 };

		answer(&some, TC_NMAP_IE);
		line_is(&some, IE, true, "IE(R=N)");
		answer(&some, TC_NMAP_IE + 1);
		some.rx[TC_NMAP_IE + 1].l3 = some.other;
		tc_put16(PLACE(some.ip, IP_RB), all[i].df[0] ? 0x4000 : 0);
		tc_put16(PLACE(some.other, IP_RB), all[i].df[1] ? 0x4000 : 0);
		some.rx[TC_NMAP_IE].icmp_code = all[i].code[0];
		some.rx[TC_NMAP_IE + 1].icmp_code = all[i].code[1];
		line_is(&some, IE, true, all[i].line);
	}
}

CU_TestInfo tests_nmap_lines[] = {
	{ "how identifications grow", identifications_grow },
	{ "two answers of a closed port", two_answers_of_a_closed_port },
	{ "one counter or two", one_counter_or_two },
	{ "timestamps have a clock", timestamps_have_a_clock },
	{ "initial numbers have a spread", initial_numbers_have_a_spread },
	{ "lines of options and windows", lines_of_options_and_windows },
	{ "lines of one answer", lines_of_one_answer },
	{ "the line of echoes", line_of_echoes },
	CU_TEST_INFO_NULL,
};
