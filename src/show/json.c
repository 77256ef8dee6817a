/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture as JSON lines: the contract of trace_json.c, seen from who opened. */
#include "own.h"
#include "report/json.h"

static void put_tags(json_t *o, uint32_t tags)
{
	for (unsigned i = 0; i < TC_TAG_COUNT; i++)
		if (tags & 1u << i)
			put_tag(o, tc_tag_name(i));
}

void tc_show_json_line(struct tc_show *s, struct tc_buf *out, const struct tc_shown *e)
{
	json_t *o = json_object();
	bool icmp = e->rx->kind == TC_RX_ICMP_ERROR;
	const struct tc_wire_side *own = &e->c->wire.side[e->from];
	const struct tc_wire_side *other = &e->c->wire.side[!e->from];

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
		tc_json_put_icmp(o, e->rx);
		put_text(o, "link", link_name(s->dlt));
	} else {
		tc_json_put_segment(o, e->rx, (struct tc_isns){ own->isn, other->isn }, s->dlt);
	}
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
		put_int(o, "iss", c->wire.side[0].isn);
	if (c->established) {
		put_int(o, "irs", c->wire.side[1].isn);
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
