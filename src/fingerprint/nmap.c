/* SPDX-License-Identifier: BSD-2-Clause */
#include "nmap.h"

#include "wire/place.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/tcpopt.h>

#include <zlib.h>

#define TS "TS val 4294967295 ecr 0"
#define USUAL "wscale 10,nop,mss 265," TS ",sackOK"
#define S TC_FLAG_SYN

const struct tc_nmap_probe tc_nmap_probes[TC_NMAP_PROBES] = {
	{ .flags = S, .window = 1, .options = "wscale 10,nop,mss 1460," TS ",sackOK" },
	{ .flags = S, .window = 63, .options = "mss 1400,wscale 0,sackOK," TS ",eol" },
	{ .flags = S, .window = 4, .options = TS ",nop,nop,wscale 5,nop,mss 640" },
	{ .flags = S, .window = 4, .options = "sackOK," TS ",wscale 10,eol" },
	{ .flags = S, .window = 16, .options = "mss 536,sackOK," TS ",wscale 10,eol" },
	{ .flags = S, .window = 512, .options = "mss 265,sackOK," TS },
	[TC_NMAP_ECN] = { .flags = 0x800 | TC_FLAG_CWR | TC_FLAG_ECE | S, .window = 3,
			  .urgent = 0xf7f5, .no_ack = true,
			  .options = "wscale 10,nop,mss 1460,sackOK,nop,nop" },
	[TC_NMAP_T2] = { .window = 128, .df = true, .options = USUAL },
	[TC_NMAP_T3] = { .flags = S | TC_FLAG_FIN | TC_FLAG_URG | TC_FLAG_PSH, .window = 256,
			 .options = USUAL },
	[TC_NMAP_T4] = { .flags = TC_FLAG_ACK, .window = 1024, .df = true, .options = USUAL },
	[TC_NMAP_T5] = { .flags = S, .window = 31337, .closed = true, .options = USUAL },
	[TC_NMAP_T6] = { .flags = TC_FLAG_ACK, .window = 32768, .df = true, .closed = true,
			 .options = USUAL },
	[TC_NMAP_T7] = { .flags = TC_FLAG_FIN | TC_FLAG_PSH | TC_FLAG_URG, .window = 65535,
			 .closed = true, .options = "wscale 15,nop,mss 265," TS ",sackOK" },
};

const struct tc_nmap_echo tc_nmap_echoes[TC_NMAP_ANSWERS - TC_NMAP_IE] = {
	{ .df = true, .code = 9, .number = 295, .len = 120 },
	{ .dsfield = 4, .number = 296, .len = 150 },
};

enum { SEQ, OPS, WIN, ECN, T1, T2, IE = TC_NMAP_LINES - 1 };

static const char *const names[TC_NMAP_LINES] = {
	"SEQ", "OPS", "WIN", "ECN", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "IE",
};

const char *tc_nmap_line_name(unsigned line)
{
	return names[line];
}

/* The options in their order: a letter each, with its numbers. */
static void put_options(struct tc_buf *out, const struct tc_rx *rx)
{
	struct tc_tcpopt_iter it = { rx->options, rx->options + rx->options_len };
	struct tc_tcpopt opt;

	while (rx->options_len && tc_tcpopt_next(&it, &opt, NULL) > 0)
		if (opt.kind == TC_OPT_NOP)
			tc_buf_text(out, "N");
		else if (opt.kind == TC_OPT_MSS && opt.len == 4)
			tc_buf_printf(out, "M%X", tc_get16(opt.data));
		else if (opt.kind == TC_OPT_WSCALE && opt.len == 3)
			tc_buf_printf(out, "W%X", opt.data[0]);
		else if (opt.kind == TC_OPT_TS && opt.len == 10)
			tc_buf_printf(out, "T%d%d", tc_get32(opt.data) != 0,
				      tc_get32(opt.data + 4) != 0);
		else if (opt.kind == TC_OPT_SACK_PERM)
			tc_buf_text(out, "S");
	if (rx->options_len && it.at < it.end && *it.at == TC_OPT_EOL)
		tc_buf_text(out, "L");
}

/* The two lines that have a value of each answer to a SEQ probe. */
static void put_six(struct tc_buf *out, const struct tc_nmap_answer *a, bool windows)
{
	const char *sep = "";

	for (unsigned i = 0; i < TC_NMAP_SEQS; i++) {
		if (!a[i].rx)
			continue;
		tc_buf_printf(out, "%s%c%u=", sep, windows ? 'W' : 'O', i + 1);
		if (windows)
			tc_buf_printf(out, "%X", a[i].rx->seg.wnd);
		else
			put_options(out, a[i].rx);
		sep = "%";
	}
}

/* What a sender begins with is a power of two or 255, as a rule. */
static unsigned first_ttl(unsigned ttl)
{
	return ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
}

static bool has_df(const struct tc_rx *rx)
{
	return tc_get16(PLACE(rx->l3, IP_RB)) & 0x4000;
}

static void put_ttl(struct tc_buf *out, const struct tc_rx *rx, bool direct)
{
	if (direct)
		tc_buf_printf(out, "T=%X%%", rx->ttl);
	else
		tc_buf_printf(out, "TG=%X%%", first_ttl(rx->ttl));
}

static void put_ecn(struct tc_buf *out, const struct tc_rx *rx)
{
	const bool ece = rx->seg.flags & TC_FLAG_ECE, cwr = rx->seg.flags & TC_FLAG_CWR;

	tc_buf_printf(out, "W=%X%%O=", rx->seg.wnd);
	put_options(out, rx);
	tc_buf_printf(out, "%%CC=%c%%", cwr ? ece ? 'S' : 'O' : ece ? 'Y' : 'N');
}

/* A number beside one of the probe's: 0, the same, one more, another. */
static const char *relation(uint32_t number, uint32_t asked, const char *same, const char *more)
{
	return !number ? "Z" : number == asked ? same : number == asked + 1 ? more : "O";
}

static void put_flags(struct tc_buf *out, unsigned flags)
{
	static const struct { unsigned flag; char letter; } all[] = {
		{ TC_FLAG_ECE, 'E' }, { TC_FLAG_URG, 'U' }, { TC_FLAG_ACK, 'A' },
		{ TC_FLAG_PSH, 'P' }, { TC_FLAG_RST, 'R' }, { TC_FLAG_SYN, 'S' },
		{ TC_FLAG_FIN, 'F' },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (flags & all[i].flag)
			tc_buf_add_u8(out, (uint8_t)all[i].letter);
}

/* Words that some systems put into a reset. */
static unsigned long reset_data(const struct tc_rx *rx)
{
	uint32_t n = rx->seg.len - rx->cut;

	return rx->seg.flags & TC_FLAG_RST && n ? crc32(crc32(0, NULL, 0), rx->payload, n) : 0;
}

/* T1 to T7; the window and options of T1's answer stand in the lines of all six. */
static void put_test(struct tc_buf *out, const struct tc_nmap_answer *a, bool first)
{
	const struct tc_seg *s = &a->rx->seg;

	if (!first)
		tc_buf_printf(out, "W=%X%%", s->wnd);
	tc_buf_printf(out, "S=%s%%A=%s%%F=", relation(s->seq, a->ack, "A", "A+"),
		      relation(s->ack, a->seq, "S", "S+"));
	put_flags(out, s->flags);
	if (!first) {
		tc_buf_text(out, "%O=");
		put_options(out, a->rx);
	}
	tc_buf_printf(out, "%%RD=%lX%%", reset_data(a->rx));
}

/* Both echoes beside their requests: DF, and the code. */
static void put_echoes(struct tc_buf *out, const struct tc_nmap_answer *a, bool direct)
{
	const struct tc_nmap_echo *asked = tc_nmap_echoes;
	const struct tc_rx *one = a[0].rx, *two = a[1].rx;

	if (!one || !two) {
		tc_buf_text(out, "R=N");
		return;
	}
	tc_buf_printf(out, "R=Y%%DFI=%c%%", !has_df(one) && !has_df(two) ? 'N' :
		      has_df(one) == asked[0].df && has_df(two) == asked[1].df ? 'S' :
		      has_df(one) && has_df(two) ? 'Y' : 'O');
	put_ttl(out, one, direct);
	if (!one->icmp_code && !two->icmp_code)
		tc_buf_text(out, "CD=Z");
	else if (one->icmp_code == asked[0].code && two->icmp_code == asked[1].code)
		tc_buf_text(out, "CD=S");
	else if (one->icmp_code == two->icmp_code)
		tc_buf_printf(out, "CD=%X", one->icmp_code);
	else
		tc_buf_text(out, "CD=O");
}

/* The answers that ECN and T1 to T7 are of. */
static void put_one(struct tc_buf *out, unsigned line, const struct tc_nmap_answer *a,
		    bool direct)
{
	if (!a->rx) {
		tc_buf_text(out, "R=N");
		return;
	}
	tc_buf_printf(out, "R=Y%%DF=%c%%", has_df(a->rx) ? 'Y' : 'N');
	put_ttl(out, a->rx, direct);
	if (line == ECN)
		put_ecn(out, a->rx);
	else
		put_test(out, a, line == T1);
	tc_buf_printf(out, "Q=%s%s", a->rx->seg.flags & TC_FLAGS_RESERVED ? "R" : "",
		      a->rx->seg.urg && !(a->rx->seg.flags & TC_FLAG_URG) ? "U" : "");
}

void tc_nmap_line(struct tc_buf *out, unsigned line,
		  const struct tc_nmap_answer a[TC_NMAP_ANSWERS], bool direct)
{
	tc_buf_printf(out, "%s(", names[line]);
	if (line == SEQ)
		tc_nmap_sequence(out, a);
	else if (line == OPS || line == WIN)
		put_six(out, a, line == WIN);
	else if (line == IE)
		put_echoes(out, &a[TC_NMAP_IE], direct);
	else if (line == T1)
		put_one(out, line, &a[TC_NMAP_SEQ], direct);
	else
		put_one(out, line, &a[line == ECN ? TC_NMAP_ECN : TC_NMAP_T2 + line - T2], direct);
	tc_buf_text(out, ")");
}
