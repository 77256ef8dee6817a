/* SPDX-License-Identifier: BSD-2-Clause */
#include "p0f.h"

#include "wire/place.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/tcpopt.h>

#define MTU_USUAL 1500u
#define HOPS_MOST 35u		/* more than that nobody is away */

static unsigned hops(unsigned ttl)
{
	return (ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255) - ttl;
}

static unsigned ip_bytes(const struct tc_rx *rx)
{
	return rx->src.family == 6 ? IPV6_BYTES : (rx->l3[0] & 0x0fu) * 4;
}

/* The window as a multiple: of what is known of segments, in p0f's order. */
static void put_window(struct tc_buf *out, const struct tc_rx *rx, unsigned mss, unsigned syn_mss)
{
	const unsigned win = rx->seg.wnd, v6 = rx->src.family == 6;
	const unsigned min4 = IP_TCP_BYTES, min6 = IPV6_BYTES + TCP_BYTES;
	const unsigned actual = ip_bytes(rx) + TCP_BYTES + (unsigned)rx->options_len;
	const struct { unsigned div; const char *unit; } all[] = {
		{ mss, "mss" }, { rx->seg.opts.ts_val ? mss - 12 : 0, "mss" },
		{ MTU_USUAL - min4, "mss" }, { MTU_USUAL - min4 - 12, "mss" },
		{ v6 ? MTU_USUAL - min6 : 0, "mss" }, { v6 ? MTU_USUAL - min6 - 12 : 0, "mss" },
		{ mss + min4, "mtu" }, { mss + actual, "mtu" }, { v6 ? mss + min6 : 0, "mtu" },
		{ MTU_USUAL, "mtu" }, { syn_mss, "mss" }, { syn_mss > 12 ? syn_mss - 12 : 0, "mss" },
	};

	for (size_t i = 0; win && mss >= 100 && i < sizeof all / sizeof *all; i++)
		if (all[i].div && win % all[i].div == 0) {
			tc_buf_printf(out, "%s*%u", all[i].unit, win / all[i].div);
			return;
		}
	tc_buf_printf(out, "%u", win);
}

static void put_option(struct tc_buf *out, unsigned kind)
{
	static const char *const names[] = {
		[TC_OPT_NOP] = "nop", [TC_OPT_MSS] = "mss", [TC_OPT_WSCALE] = "ws",
		[TC_OPT_SACK_PERM] = "sok", [TC_OPT_SACK] = "sack", [TC_OPT_TS] = "ts",
	};
	const char *name = kind < sizeof names / sizeof *names ? names[kind] : NULL;

	if (name)
		tc_buf_text(out, name);
	else
		tc_buf_printf(out, "?%u", kind);
}

/* *trash: something else than zeros stands behind the end. */
static void put_layout(struct tc_buf *out, const struct tc_rx *rx, bool *trash)
{
	const uint8_t *end = rx->options + rx->options_len;
	struct tc_tcpopt_iter it = { rx->options, end };
	struct tc_tcpopt opt;
	const char *sep = "";

	*trash = false;
	while (rx->options_len && tc_tcpopt_next(&it, &opt, NULL) > 0) {
		tc_buf_text(out, sep);
		put_option(out, opt.kind);
		sep = ",";
	}
	if (!rx->options_len || it.at >= end || *it.at != TC_OPT_EOL)
		return;
	tc_buf_printf(out, "%seol+%u", sep, (unsigned)(end - it.at - 1));
	for (const uint8_t *p = it.at + 1; p < end; p++)
		*trash |= *p != 0;
}

static void put_quirks(struct tc_buf *out, const struct tc_rx *rx, bool trash)
{
	const struct tc_seg *s = &rx->seg;
	const bool v4 = rx->src.family != 6, ack = s->flags & TC_FLAG_ACK;
	const bool ts = s->opts.present & TC_HAS_TS;
	const unsigned flags = v4 ? tc_get16(PLACE(rx->l3, IP_RB)) : 0;
	const bool df = flags & 0x4000, reserved = flags & 0x8000;
	const struct { bool has; const char *name; } all[] = {
		{ df, "df" }, { df && rx->ip_id, "id+" }, { v4 && !df && !rx->ip_id, "id-" },
		{ (rx->dsfield & TC_ECN_CE) || s->flags & (TC_FLAG_ECE | TC_FLAG_CWR), "ecn" },
		{ reserved, "0+" }, { rx->flow_label != 0, "flow" }, { !s->seq, "seq-" },
		{ !ack && s->ack, "ack+" }, { ack && !s->ack, "ack-" },
		{ !(s->flags & TC_FLAG_URG) && s->urg, "uptr+" },
		{ s->flags & TC_FLAG_URG, "urgf+" }, { s->flags & TC_FLAG_PSH, "pushf+" },
		{ ts && !s->opts.ts_val, "ts1-" }, { ts && !ack && s->opts.ts_ecr, "ts2+" },
		{ trash, "opt+" },
		{ s->opts.present & TC_HAS_WSCALE && s->opts.wscale > 14, "exws" },
		{ rx->options_bad, "bad" },
	};
	const char *sep = "";

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].has) {
			tc_buf_printf(out, "%s%s", sep, all[i].name);
			sep = ",";
		}
}

void tc_p0f(struct tc_buf *out, const struct tc_rx *rx, uint16_t syn_mss)
{
	const struct tc_seg_opts *o = &rx->seg.opts;
	const bool v6 = rx->src.family == 6;
	const unsigned mss = o->present & TC_HAS_MSS ? o->mss : 0, away = hops(rx->ttl);
	bool trash;

	tc_buf_printf(out, "%u:%u+", v6 ? 6 : 4, rx->ttl);
	if (away > HOPS_MOST)
		tc_buf_text(out, "?");
	else
		tc_buf_printf(out, "%u", away);
	tc_buf_printf(out, ":%u:%u:", v6 ? 0 : ip_bytes(rx) - IP_BYTES, mss);
	put_window(out, rx, mss, syn_mss);
	tc_buf_printf(out, ",%u:", o->present & TC_HAS_WSCALE ? o->wscale : 0);
	put_layout(out, rx, &trash);
	tc_buf_text(out, ":");
	put_quirks(out, rx, trash);
	tc_buf_text(out, rx->seg.len ? ":+" : ":0");
}
