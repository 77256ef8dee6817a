/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture as JSON lines: the contract of trace_json.c, seen from who opened. */
#include "own.h"
#include "report/json.h"

#include "pcap/relabel.h"

static void put_tags(json_t *o, uint32_t tags)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < TC_TAG_COUNT; i++)
		if (tags & 1u << i)
			json_array_append_new(list, json_string(tc_tag_name(i)));
	if (json_array_size(list))
		json_object_set(o, "tags", list);
	json_decref(list);
}

static void put_segment(json_t *o, const struct tc_shown *e)
{
	const struct tc_rx *rx = e->rx;
	char flags[16];

	put_end(o, "src", rx->src, rx->sport);
	put_end(o, "dst", rx->dst, rx->dport);
	tc_flags_print(rx->seg.flags, flags);
	put_text(o, "flags", flags);
	put_int(o, "seq", rx->seg.seq);
	put_int(o, "seq_rel", rx->seg.seq - e->c->side[e->from].isn);
	if (rx->seg.flags & TC_FLAG_ACK) {
		put_int(o, "ack", rx->seg.ack);
		put_int(o, "ack_rel", rx->seg.ack - e->c->side[!e->from].isn);
	}
	put_int(o, "length", rx->seg.len);
	if (!rx->no_window)
		put_int(o, "window", rx->seg.wnd);
	put_options(o, rx);
	put_hex(o, "payload_hex", rx->payload, rx->seg.len - rx->cut);
	put_text(o, "ip_checksum", tc_checksum_state_name(rx->ip_checksum));
	if (rx->cut + rx->head_cut)
		put_int(o, "not_captured", rx->cut + rx->head_cut);
	else
		put_text(o, "tcp_checksum", tc_checksum_state_name(rx->tcp_checksum));
}

void tc_show_json_line(struct tc_show *s, struct tc_buf *out, const struct tc_shown *e)
{
	json_t *o = json_object();
	bool icmp = e->rx->kind == TC_RX_ICMP_ERROR;
	const char *link = tc_dlt_name(s->dlt);

	put_text(o, "type", icmp ? "icmp" : "segment");
	if (s->o->name_file)
		put_text(o, "file", s->path);
	put_int(o, "frame", e->number);
	/* stamps may run backwards, so this is signed */
	json_object_set_new(o, "time_us", json_integer((e->frame->stamp - s->start) / TC_US));
	put_int(o, "epoch_ns", (uint64_t)e->frame->stamp);
	put_int(o, "connection", e->c->number);
	put_text(o, "direction", e->from == 0 ? "sent" : "received");
	if (e->tags & TC_TAG_BIT(KERNEL_RESET))
		put_text(o, "origin", "kernel");
	if (icmp) {
		put_end(o, "src", e->rx->src, 0);
		put_int(o, "icmp_type", e->rx->icmp_type);
		put_int(o, "icmp_code", e->rx->icmp_code);
	} else {
		put_segment(o, e);
	}
	put_text(o, "link", link ? link : "other");
	put_hex(o, "frame_hex", e->frame->bytes, e->frame->len);
	put_tags(o, e->tags);
	put_line(out, o);
}

void tc_show_json_connection(struct tc_show *s, struct tc_buf *out,
			     const struct tc_convo *c)
{
	json_t *o = json_object();

	put_text(o, "type", "connection");
	if (s->o->name_file)
		put_text(o, "file", s->path);
	put_int(o, "connection", c->number);
	put_text(o, "state", tc_convo_state_name(c->state));
	put_end(o, "src", c->side[0].addr, c->side[0].port);
	put_end(o, "dst", c->side[1].addr, c->side[1].port);
	if (c->syn)
		put_int(o, "iss", c->side[0].isn);
	if (c->established) {
		put_int(o, "irs", c->side[1].isn);
		put_int(o, "handshake_us", (uint64_t)((c->established - c->first) / TC_US));
	}
	put_int(o, "segments_sent", c->side[0].segments);
	put_int(o, "segments_received", c->side[1].segments);
	put_int(o, "bytes_sent", c->side[0].bytes);
	put_int(o, "bytes_received", c->side[1].bytes);
	json_object_set_new(o, "time_us", json_integer((c->first - s->start) / TC_US));
	json_object_set_new(o, "duration_us", json_integer((c->last - c->first) / TC_US));
	put_int(o, "troubled", c->tagged);
	put_line(out, o);
}
