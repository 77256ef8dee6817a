/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines for people about crafted packets and their answers; see report.h. */
#include "report.h"

#include "wire/icmp.h"
#include "base/addr.h"
#include "report/trace.h"
#include "wire/segment_line.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

static void put_flags(struct tc_buf *out, uint16_t flags)
{
	char text[16];

	tc_flags_print(flags, text);
	tc_buf_printf(out, "%s", text);
}

/* What the header says besides ports and sequence numbers. */
static void put_rest(struct tc_buf *out, const struct tc_rx *rx)
{
	if (rx->seg.len)
		tc_buf_printf(out, " len %" PRIu32, rx->seg.len);
	tc_buf_printf(out, " win %u ttl %u", rx->seg.wnd, rx->ttl);
	tc_line_options(out, rx, 0);
	if (rx->ip_checksum == TC_CSUM_BAD)
		tc_buf_printf(out, " [bad IP checksum]");
	if (rx->tcp_checksum == TC_CSUM_BAD)
		tc_buf_printf(out, " [bad checksum]");
}

static void put_icmp(struct tc_buf *out, const struct tc_rx *rx)
{
	tc_buf_text(out, "ICMP ");
	tc_icmp_put(out, rx->src.family, rx->icmp_type, rx->icmp_code);
}

void tc_report_frame(struct tc_buf *out, const uint8_t *frame, size_t n, int dlt)
{
	struct tc_error why = { .msg = "neither IP nor ARP" };
	struct tc_rx rx;

	if (tc_rx_parse(&rx, frame, n, dlt, &why) < 0 || !rx.l3) {
		tc_buf_printf(out, "%zu bytes: %s", n, why.msg);
		return;
	}
	tc_buf_text(out, TC_HOST(&rx.src));
	if (rx.kind == TC_RX_TCP)
		tc_buf_printf(out, ":%u", rx.sport);
	tc_buf_printf(out, " > ");
	tc_buf_text(out, TC_HOST(&rx.dst));
	switch (rx.kind) {
	case TC_RX_TCP:
		tc_buf_printf(out, ":%u ", rx.dport);
		put_flags(out, rx.seg.flags);
		tc_buf_printf(out, " seq %" PRIu32, rx.seg.seq);
		if (rx.seg.flags & TC_FLAG_ACK)
			tc_buf_printf(out, " ack %" PRIu32, rx.seg.ack);
		put_rest(out, &rx);
		break;
	case TC_RX_ICMP_ERROR:
		tc_buf_printf(out, " ");
		put_icmp(out, &rx);
		break;
	case TC_RX_ARP:
		tc_buf_printf(out, " ARP");
		break;
	case TC_RX_FRAGMENT:
		tc_buf_printf(out, " fragment id %u ttl %u, %zu bytes", rx.ip_id, rx.ttl,
			      rx.l3_len);
		break;
	case TC_RX_OTHER:
		tc_buf_printf(out, " ttl %u, %zu bytes", rx.ttl, rx.l3_len);
		break;
	}
}

/* ---- packets that are only printed ------------------------------------------------ */

static void put_hex(struct tc_buf *out, const struct tc_craft *craft, const struct tc_crafted *c)
{
	(void)craft;
	tc_hex_encode(out, c->bytes, c->len);
	tc_buf_printf(out, "\n");
}

static void put_text(struct tc_buf *out, const struct tc_craft *craft, const struct tc_crafted *c)
{
	(void)craft;
	tc_report_frame(out, c->bytes, c->len, c->dlt);
	tc_buf_printf(out, "\n");
}

static void put_json(struct tc_buf *out, const struct tc_craft *craft, const struct tc_crafted *c)
{
	struct tc_report r = { .craft = craft };
	struct tc_probe p = { .number = c->packet, .len = c->len, .dlt = c->dlt,
			      .frame = (uint8_t *)(uintptr_t)c->bytes };

	tc_json_packet(out, &r, &p);
}

static void put_c_array(struct tc_buf *out, const struct tc_craft *craft,
			const struct tc_crafted *c)
{
	(void)craft;
	tc_buf_printf(out, "/* ");
	tc_report_frame(out, c->bytes, c->len, c->dlt);
	tc_buf_printf(out, " */\nstatic const unsigned char packet_%" PRIu64, c->packet);
	if (c->part || c->more)
		tc_buf_printf(out, "_%u", c->part + 1);
	tc_buf_printf(out, "[%zu] = {", c->len);
	for (size_t i = 0; i < c->len; i++)
		tc_buf_printf(out, "%s0x%02x,", i % 12 ? " " : "\n\t", c->bytes[i]);
	tc_buf_printf(out, "\n};\n");
}

#define F(id, name, put) { name, put },
static const struct {
	const char *name;
	void (*put)(struct tc_buf *out, const struct tc_craft *craft, const struct tc_crafted *c);
} formats[TC_FORMATS] = { TC_PACKET_FORMATS(F) };
#undef F

int tc_packet_format_parse(const char *name, struct tc_error *err)
{
	struct tc_buf names = { 0 };
	int rc;

	for (int i = 0; i < TC_FORMATS; i++) {
		if (strcmp(name, formats[i].name) == 0) {
			tc_buf_free(&names);
			return i;
		}
		tc_buf_printf(&names, "%s%s", i ? ", " : "", formats[i].name);
	}
	rc = tc_fail(err, -EINVAL, "--format: '%.40s' is none of %s", name,
		     names.failed ? "these" : (char *)names.data);
	tc_buf_free(&names);
	return rc;
}

void tc_report_format(struct tc_buf *out, enum tc_packet_format format,
		      const struct tc_craft *craft, const struct tc_crafted *c)
{
	if (formats[format].put)
		formats[format].put(out, craft, c);
}

/* ---- packets and answers ---------------------------------------------------------- */

static void put_changing(void *ctx, const struct tc_field *f, tc_value value)
{
	struct tc_buf *out = ctx;

	tc_buf_printf(out, " %s=", f->name);
	tc_field_print(f, value, false, out);
}

static void put_options(struct tc_buf *out, const struct tc_report *r,
			const struct tc_probe *p)
{
	struct tc_rx rx;

	if (!tc_craft_varies_options(r->craft) ||
	    tc_rx_parse(&rx, p->frame, p->len, p->dlt, NULL) < 0 ||
	    rx.kind != TC_RX_TCP)
		return;
	if (!rx.options_len)	/* of several lists one is empty */
		tc_buf_text(out, " <>");
	tc_line_options(out, &rx, 0);
}

void tc_report_which(struct tc_buf *out, const struct tc_report *r,
		     const struct tc_probe *p)
{
	tc_buf_printf(out, "packet %" PRIu64, p->number);
	tc_craft_changing(r->craft, p->frame, p->len, put_changing, out);
	put_options(out, r, p);
}

/* Sequence numbers of an answer are told from the probe's: +1 is what a SYN earns. */
static void put_answer(struct tc_buf *out, const struct tc_probe *p, const struct tc_rx *rx)
{
	int32_t acked = (int32_t)(rx->seg.ack - p->seq);

	if (rx->kind == TC_RX_ICMP_ERROR) {
		put_icmp(out, rx);
		return;
	}
	put_flags(out, rx->seg.flags);
	tc_buf_printf(out, " seq %" PRIu32, rx->seg.seq);
	if (rx->seg.flags & TC_FLAG_ACK && acked >= 0 && acked <= 65536)
		tc_buf_printf(out, " ack +%" PRId32, acked);
	else if (rx->seg.flags & TC_FLAG_ACK)
		tc_buf_printf(out, " ack %" PRIu32, rx->seg.ack);
	put_rest(out, rx);
}

static void put_time(struct tc_buf *out, const struct tc_probe *p)
{
	tc_buf_printf(out, "  %.3f ms%s", (double)p->rtt / (double)TC_MS,
		      p->stamped ? "" : " (our packet was not seen on the wire)");
}

/* As traceroute does: hop, who, what. */
static void put_hop(struct tc_buf *out, const struct tc_report *r, const struct tc_probe *p,
		    const struct tc_rx *rx)
{
	tc_buf_printf(out, "%3u  ", p->ttl);
	if (!rx) {
		tc_buf_printf(out, "*  no answer in %g s",
			      (double)r->timeout / (double)TC_S);
		return;
	}
	tc_buf_text(out, TC_HOST(&rx->src));
	tc_buf_printf(out, "  ");
	put_answer(out, p, rx);
	put_time(out, p);
}

static void put_pair(struct tc_buf *out, const struct tc_report *r,
		     const struct tc_probe *p, const struct tc_rx *rx)
{
	tc_buf_printf(out, "%3" PRIu64 "  ", p->number);
	if (p->tcp) {
		tc_buf_printf(out, "%s > %s ",
			      TC_HOST_PORT(&p->flow.local_addr, p->flow.local_port),
			      TC_HOST_PORT(&p->flow.remote_addr, p->flow.remote_port));
		put_flags(out, p->flags);
	} else {
		tc_report_frame(out, p->frame, p->len, p->dlt);
	}
	tc_craft_changing(r->craft, p->frame, p->len, put_changing, out);
	put_options(out, r, p);
	if (rx) {
		tc_buf_printf(out, "  <-  ");
		if (!p->tcp || !tc_addr_equal(&rx->src, &p->flow.remote_addr)) {
			tc_buf_printf(out, "%s ", TC_HOST(&rx->src));
		}
		put_answer(out, p, rx);
		put_time(out, p);
	} else if (p->error) {
		tc_buf_printf(out, "  not sent: %s", strerror(-p->error));
	} else if (p->tcp) {
		tc_buf_printf(out, "  no answer in %g s",
			      (double)r->timeout / (double)TC_S);
	}
}

void tc_report_pair(struct tc_buf *out, const struct tc_report *r, const struct tc_probe *p,
		    const struct tc_rx *rx, const char *unmet)
{
	if (r->by_hop && !p->error)
		put_hop(out, r, p, rx);
	else
		put_pair(out, r, p, rx);
	if (unmet)
		tc_buf_printf(out, "  ! %s", unmet);
	tc_buf_printf(out, "\n");
}

/* ---- the summary ------------------------------------------------------------------ */

static void put_kinds(struct tc_buf *out, const struct tc_sender_stats *st)
{
	const char *sep = " (";

	for (enum tc_reply_kind k = TC_REPLY_NONE + 1; k < TC_REPLY_KINDS; k++)
		if (st->kinds[k]) {
			tc_buf_printf(out, "%s%" PRIu64 " %s", sep, st->kinds[k],
				      tc_reply_kind_name(k));
			sep = ", ";
		}
	if (sep[0] == ',')
		tc_buf_printf(out, ")");
}

static uint64_t all_kinds(const struct tc_sender_stats *st)
{
	uint64_t n = 0;

	for (enum tc_reply_kind k = 0; k < TC_REPLY_KINDS; k++)
		n += st->kinds[k];
	return n;
}

static void put_counts(struct tc_buf *out, const struct tc_send_result *r)
{
	const struct tc_sender_stats *st = r->stats;
	double s = (double)(st->ended - st->began) / (double)TC_S;

	tc_buf_printf(out, "%" PRIu64 " packet%s sent", st->packets,
		      st->packets == 1 ? "" : "s");
	if (st->frames != st->packets)
		tc_buf_printf(out, " in %" PRIu64 " frames", st->frames);
	if (r->flood) {
		tc_buf_printf(out, " in %.3f s, %.0f a second; %" PRIu64 " answers", s,
			      s > 0 ? (double)st->frames / s : 0, all_kinds(st));
		put_kinds(out, st);
		return;
	}
	if (!st->awaited)
		return;
	tc_buf_printf(out, ", %" PRIu64 " answered", st->answered);
	put_kinds(out, st);
	if (st->extra)
		tc_buf_printf(out, ", %" PRIu64 " more answers", st->extra);
}

/* Where there is no guard, and nothing went wrong, there is nothing to say of it. */
static void put_guard(struct tc_buf *out, const struct tc_session_summary *sum)
{
	bool none = sum->guard == TC_GUARD_OFF || sum->guard == TC_GUARD_NONE;

	if (none && !sum->resets_leaked && !sum->icmp_leaked)
		return;
	tc_buf_text(out, "; ");
	tc_guard_sentence(out, sum);
}

void tc_report_summary(struct tc_buf *out, const struct tc_send_result *r)
{
	const struct tc_sender_stats *st = r->stats;
	double n = (double)st->answered, mean, dev;

	put_counts(out, r);
	if (st->answered) {
		mean = st->rtt_sum / n;
		dev = sqrt(fmax(st->rtt_squares / n - mean * mean, 0));
		tc_buf_printf(out, "; time min/avg/max/mdev %.3f/%.3f/%.3f/%.3f ms",
			      (double)st->rtt_min / 1e6, mean / 1e6,
			      (double)st->rtt_max / 1e6, dev / 1e6);
	}
	if (st->strays)
		tc_buf_printf(out, "; %" PRIu64 " segments that answer nothing we sent",
			      st->strays);
	if (r->unmet)
		tc_buf_printf(out, "; %" PRIu64 " not as expected", r->unmet);
	put_guard(out, r->sum);
	if (r->sum->capture_dropped)
		tc_buf_printf(out, "; %" PRIu64 " frames lost by the capture",
			      r->sum->capture_dropped);
	if (r->say_seed)
		tc_buf_printf(out, "; seed %" PRIu64, r->seed);
	tc_buf_printf(out, "\n");
}
