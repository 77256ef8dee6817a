/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON lines about crafted packets and their answers; see report.h. */
#include "report/json.h"

#include "report.h"

#include <tcpcraft/error.h>

#include <math.h>
#include <string.h>

static void put_addr(json_t *o, const char *key, const struct tc_addr *addr)
{
	put_text(o, key, TC_HOST(addr));
}

/* What a frame says, as far as it can be read. */
static void put_frame(json_t *o, const uint8_t *frame, size_t n, int dlt)
{
	struct tc_error why;
	struct tc_rx rx;

	if (tc_rx_parse(&rx, frame, n, dlt, &why) < 0) {
		put_text(o, "note", why.msg);
	} else if (rx.l3 && rx.kind != TC_RX_ARP) {
		if (rx.kind == TC_RX_TCP) {
			tc_json_put_header(o, &rx, NULL);
			put_text(o, "tcp_checksum", tc_checksum_state_name(rx.tcp_checksum));
		} else {
			put_addr(o, "src", &rx.src);
			put_addr(o, "dst", &rx.dst);
		}
		put_int(o, "ttl", rx.ttl);
		if (rx.src.family == 4) {	/* IPv6 has neither */
			put_int(o, "id", rx.ip_id);
			put_text(o, "ip_checksum", tc_checksum_state_name(rx.ip_checksum));
		}
	}
	put_text(o, "link", link_name(dlt));
	put_hex(o, "frame_hex", frame, n);
}

static void put_changing(void *ctx, const struct tc_field *f, tc_value value)
{
	struct tc_buf text = { 0 };

	if (f->bits <= 64) {
		put_int(ctx, f->name, (uint64_t)value);
		return;
	}
	tc_field_print(f, value, false, &text);
	put_buf(ctx, f->name, &text);
}

static void put_when(json_t *o, struct tc_report *r, tc_time stamp)
{
	if (!stamp)		/* printed, not sent */
		return;
	if (!r->start)
		r->start = stamp;
	json_object_set_new(o, "time_us", json_integer((stamp - r->start) / TC_US));
	put_int(o, "epoch_ns", (uint64_t)stamp);
}

void tc_json_packet(struct tc_buf *out, struct tc_report *r, const struct tc_probe *p)
{
	json_t *o = tc_json_line("packet"), *changing = json_object();

	put_int(o, "number", p->number);
	if (p->error)
		put_text(o, "error", strerror(-p->error));
	else
		put_when(o, r, p->sent);
	if (p->sent && !p->stamped && !p->error)
		put_text(o, "note", "not seen on the wire");
	put_frame(o, p->frame, p->len, p->dlt);
	tc_craft_changing(r->craft, p->frame, p->len, put_changing, changing);
	put_some(o, "fields", changing);
	tc_json_put_line(out, o);
}

void tc_json_reply(struct tc_buf *out, struct tc_report *r, const struct tc_probe *p,
		   const struct tc_rx *rx, const struct tc_frame *f, const char *unmet)
{
	json_t *o = tc_json_line("reply");

	put_int(o, "number", p->number);
	put_int(o, "nth", p->answers);
	put_text(o, "kind", tc_reply_kind_name(tc_reply_kind_of(rx)));
	put_when(o, r, f->stamp);
	json_object_set_new(o, "rtt_us", json_real((double)(f->stamp - p->sent) / TC_US));
	put_addr(o, "from", &rx->src);
	if (rx->kind == TC_RX_ICMP_ERROR) {
		put_int(o, "icmp_type", rx->icmp_type);
		put_int(o, "icmp_code", rx->icmp_code);
		if (rx->icmp_mtu)
			put_int(o, "icmp_mtu", rx->icmp_mtu);
		put_int(o, "quoted_ttl", rx->quoted_ttl);
	}
	put_frame(o, f->bytes, f->len, f->dlt);
	put_text(o, "unmet", unmet);
	tc_json_put_line(out, o);
}

static void put_times(json_t *o, const struct tc_sender_stats *st)
{
	double n = (double)st->answered, mean;
	json_t *t;

	if (!st->answered)
		return;
	mean = st->rtt_sum / n;
	t = json_object();
	json_object_set_new(t, "min", json_real((double)st->rtt_min / TC_US));
	json_object_set_new(t, "avg", json_real(mean / TC_US));
	json_object_set_new(t, "max", json_real((double)st->rtt_max / TC_US));
	json_object_set_new(t, "mdev", json_real(sqrt(fmax(st->rtt_squares / n -
							   mean * mean, 0)) / TC_US));
	json_object_set_new(o, "rtt_us", t);
}

static void put_kinds(json_t *o, const struct tc_sender_stats *st)
{
	json_t *kinds = json_object();

	for (enum tc_reply_kind k = TC_REPLY_NONE + 1; k < TC_REPLY_KINDS; k++)
		if (st->kinds[k])
			put_int(kinds, tc_reply_kind_name(k), st->kinds[k]);
	json_object_set_new(o, "kinds", kinds);
}

void tc_json_send_result(struct tc_buf *out, const struct tc_send_result *r)
{
	const struct tc_sender_stats *st = r->stats;
	json_t *o = tc_json_result_line("send");

	put_text(o, "verdict", r->verdict);
	put_text(o, "host", r->host);
	if (r->port)
		put_int(o, "port", r->port);
	put_text(o, "source", TC_HOST(&r->source));
	if (r->source_port)
		put_int(o, "source_port", r->source_port);
	put_int(o, "packets_sent", st->packets);
	put_int(o, "frames_sent", st->frames);
	put_int(o, "bytes_sent", st->bytes);
	put_int(o, "duration_us", (uint64_t)((st->ended - st->began) / TC_US));
	if (!r->flood) {
		put_int(o, "answerable", st->awaited);
		put_int(o, "answered", st->answered);
		put_int(o, "further_answers", st->extra);
	}
	put_kinds(o, st);
	put_times(o, st);
	put_int(o, "strays", st->strays);
	put_int(o, "resets_sent", st->resets);
	if (r->expected)
		put_int(o, "unmet", r->unmet);
	if (st->blocked)
		put_int(o, "sends_blocked", st->blocked);
	if (st->failed)
		put_int(o, "sends_failed", st->failed);
	put_int(o, "capture_dropped", r->sum->capture_dropped);
	put_guard(o, "guard", r->sum);
	put_int(o, "seed", r->seed);
	put_int(o, "exit", (uint64_t)r->exit);
	tc_json_put_line(out, o);
}
