/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON lines, a stable contract: keys may be added, never changed; a key that would be
 * empty is left out. */
#include "json.h"

#include "ladder.h"

#include "base/array.h"

#include <tcpcraft/filter.h>

void tc_json_put_header(json_t *o, const struct tc_rx *rx, const struct tc_isns *isn)
{
	const struct tc_seg *seg = &rx->seg;
	char flags[16];

	put_end(o, "src", &rx->src, rx->sport);
	put_end(o, "dst", &rx->dst, rx->dport);
	tc_flags_print(seg->flags, flags);
	put_text(o, "flags", flags);
	put_int(o, "seq", seg->seq);
	if (isn)
		put_int(o, "seq_rel", seg->seq - isn->seq);
	if (seg->flags & TC_FLAG_ACK)
		put_int(o, "ack", seg->ack);
	if (seg->flags & TC_FLAG_ACK && isn)
		put_int(o, "ack_rel", seg->ack - isn->ack);
	put_int(o, "length", seg->len);
	if (!rx->no_window)
		put_int(o, "window", seg->wnd);
	put_options(o, rx);
	put_hex(o, "payload_hex", rx->payload, seg->len - rx->cut);
}

static void put_segment(json_t *o, const struct tc_rx *rx, struct tc_isns isn, int dlt)
{
	tc_json_put_header(o, rx, &isn);
	if (rx->src.family == 4)	/* the other has none */
		put_text(o, "ip_checksum", tc_checksum_state_name(rx->ip_checksum));
	if (rx->cut + rx->head_cut)
		put_int(o, "not_captured", rx->cut + rx->head_cut);
	else
		put_text(o, "tcp_checksum", tc_checksum_state_name(rx->tcp_checksum));
	put_text(o, "link", link_name(dlt));
}

void tc_json_put_surgery(json_t *o, const struct tc_mutation *m, size_t n,
			 const char *surgery)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *one = json_object();

		put_text(one, "field", m[i].field);
		put_text(one, "from", m[i].from);
		put_text(one, "to", m[i].to);
		json_array_append_new(all, one);
	}
	put_some(o, "mutations", all);
	put_text(o, "surgery", surgery);
}

static void put_rx(json_t *o, const struct tc_story_event *e)
{
	char around[TC_VLAN_TEXT];

	if (e->rx && e->rx->kind == TC_RX_TCP) {
		put_segment(o, e->rx, tc_story_isns(e), e->frame.dlt);
	} else if (e->rx && e->rx->kind == TC_RX_ICMP_ERROR) {
		put_end(o, "src", &e->rx->src, 0);
		put_int(o, "icmp_type", e->rx->icmp_type);
		put_int(o, "icmp_code", e->rx->icmp_code);
		put_text(o, "link", link_name(e->frame.dlt));
	}
	if (e->rx) {	/* as of the connections of a capture: what it came in */
		tc_vlan_around(e->frame.bytes, e->frame.len, e->frame.dlt, around);
		put_text(o, "around", around);
	}
}

void tc_json_put_tags(json_t *o, uint32_t tags)
{
	for (unsigned i = 0; i < TC_TAG_COUNT; i++)
		if (tags & 1u << i)
			put_tag(o, tc_tag_name(i));
}

static const char *line_type(const struct tc_story_event *e)
{
	if (e->kind != TC_STORY_SEGMENT)
		return e->kind == TC_STORY_CHANGE ? "state" : "script";
	return e->rx && e->rx->kind == TC_RX_ICMP_ERROR ? "icmp" : "segment";
}

/* The state after the segment; the first it left and the last clause when it changed. */
static void put_news(json_t *o, const struct tc_news *news, enum tc_state state)
{
	unsigned n = news->n_changes;

	put_text(o, "state", tc_state_name(state));
	if (n) {
		put_text(o, "state_from", tc_state_name(news->changes[0].from));
		put_text(o, "clause", news->changes[n - 1].clause);
	} else {
		put_text(o, "clause", news->note_clause);
	}
	put_text(o, "note", news->note);
}

/* Where it comes from: the file and its frame, the time, the connection, the sender. */
static void put_whence(json_t *o, struct tc_view *v, const struct tc_story_event *e)
{
	put_text(o, "file", e->file);
	if (e->number)
		put_int(o, "frame", e->number);
	/* stamps of a capture may run backwards, so this is signed */
	json_object_set_new(o, "time_us", json_integer(tc_view_since(v, e) / TC_US));
	put_int(o, "epoch_ns", (uint64_t)e->frame.stamp);
	if (e->connection)
		put_int(o, "connection", e->connection);
	if (!e->frame.bytes)
		return;
	put_text(o, "direction", e->from ? "received" : "sent");
	if (!e->seen || e->origin == TC_ORIGIN_KERNEL)
		put_text(o, "origin", tc_origin_name(e->origin));
}

void tc_json_event(void *out, struct tc_view *v, const struct tc_story_event *e)
{
	json_t *o = tc_json_line(line_type(e));

	put_whence(o, v, e);
	put_rx(o, e);
	put_hex(o, "frame_hex", e->frame.bytes, e->frame.len);
	tc_json_put_surgery(o, e->mutations, e->n_mutations, e->surgery);
	if (e->machine)
		put_news(o, &e->news, e->state);
	if (e->script) {
		put_int(o, "script_line", e->script_line);
		put_text(o, "script", e->script);
	}
	put_text(o, "note", e->note);
	tc_json_put_tags(o, e->tags);
	tc_json_put_line(out, o);
}

/* One number for one connection; for several {min, median, p99, max, mean}. */
static void put_handshakes(json_t *o, const struct tc_result *r)
{
	size_t n = r->n_handshakes;
	tc_time *sorted, sum = 0;
	json_t *stats;

	if (n == 0)
		return;
	if (r->connections == 1) {
		put_int(o, "handshake_us", (uint64_t)(r->handshake_ns[0] / TC_US));
		return;
	}
	sorted = malloc(n * sizeof *sorted);
	if (!sorted)
		return;
	memcpy(sorted, r->handshake_ns, n * sizeof *sorted);
	tc_times_sort(sorted, n);
	for (size_t i = 0; i < n; i++)
		sum += sorted[i];
	stats = json_object();
	put_int(stats, "min", (uint64_t)(sorted[0] / TC_US));
	put_int(stats, "median", (uint64_t)(sorted[n / 2] / TC_US));
	put_int(stats, "p99", (uint64_t)(sorted[(n - 1) * 99 / 100] / TC_US));
	put_int(stats, "max", (uint64_t)(sorted[n - 1] / TC_US));
	put_int(stats, "mean", (uint64_t)(sum / (tc_time)n / TC_US));
	json_object_set_new(o, "handshake_us", stats);
	free(sorted);
}

static void put_reply(json_t *o, const uint8_t *reply, size_t n)
{
	json_t *text = n ? json_stringn((const char *)reply, n) : NULL;

	put_hex(o, "reply_hex", reply, n);
	if (text)
		json_object_set_new(o, "reply_text", text);
}

static void put_mac(json_t *o, const char *key, const uint8_t *m)
{
	put_text(o, key, TC_MAC(m));
}

/* A spare address: where it was, who asked for it, who else claimed it. */
static void put_arp(json_t *o, const struct tc_session_summary *sum)
{
	json_t *a;

	if (!sum->spare)
		return;
	a = json_object();
	put_mac(a, "mac", sum->mac);
	put_int(a, "answered", sum->neigh.answered);
	put_int(a, "conflicts", sum->neigh.conflicts);
	if (sum->neigh.conflicts)
		put_mac(a, "rival", sum->neigh.rival);
	json_object_set_new(o, "arp", a);
}

/* As --tcp takes it. */
static void put_traits(json_t *o, const struct tc_traits *traits)
{
	struct tc_buf text = { 0 };

	tc_traits_print(traits, &text);
	put_buf(o, "tcp", &text);
}

void tc_json_result(struct tc_buf *out, const struct tc_result *r)
{
	json_t *o = tc_json_result_line(r->command);

	put_text(o, "verdict", tc_verdict_name(r->verdict));
	put_text(o, "host", r->host);
	put_int(o, "port", r->port);
	put_int(o, "connections", r->connections);
	put_int(o, "bytes_sent", r->bytes_sent);
	put_int(o, "bytes_acked", r->bytes_acked);
	put_int(o, "bytes_received", r->bytes_received);
	if (r->info)
		put_text(o, "closed_by", tc_closed_by(r->info));
	put_reply(o, r->reply, r->reply_len);
	put_handshakes(o, r);
	put_int(o, "segments_sent", r->sum->segments_sent);
	put_int(o, "segments_received", r->sum->segments_received);
	put_int(o, "capture_dropped", r->sum->capture_dropped);
	if (r->sum->sends_blocked)
		put_int(o, "sends_blocked", r->sum->sends_blocked);
	put_guard(o, "guard", r->sum);
	put_arp(o, r->sum);
	if (r->tcp && r->tcp->set)
		put_traits(o, r->tcp);
	put_int(o, "seed", r->seed);
	put_int(o, "exit", (uint64_t)r->exit);
	tc_json_put_line(out, o);
}

void tc_json_connection(struct tc_buf *out, unsigned id, const struct tc_conn_info *info,
			enum tc_verdict v, const uint8_t *reply, size_t n,
			const struct tc_json_asked *asked)
{
	json_t *o = tc_json_line("connection");

	put_int(o, "connection", id);
	if (asked) {
		put_int(o, "payload", asked->payload);
		put_int(o, "payload_length", asked->length);
		if (asked->took >= 0)
			put_int(o, "took_us", (uint64_t)(asked->took / TC_US));
	}
	put_text(o, "verdict", tc_verdict_name(v));
	put_end(o, "src", &info->flow.local_addr, info->flow.local_port);
	put_end(o, "dst", &info->flow.remote_addr, info->flow.remote_port);
	put_int(o, "iss", info->iss);
	if (info->established_at) {
		put_int(o, "irs", info->irs);
		put_int(o, "handshake_us",
			(uint64_t)((info->established_at - info->syn_sent_at) / TC_US));
	}
	put_int(o, "bytes_sent", info->bytes_sent);
	put_int(o, "bytes_acked", info->bytes_acked);
	put_int(o, "bytes_received", info->bytes_received);
	put_text(o, "closed_by", tc_closed_by(info));
	put_reply(o, reply, n);
	tc_json_put_line(out, o);
}

void tc_json_error(struct tc_buf *out, const char *message, int exit_code)
{
	json_t *o = tc_json_line("error");

	put_text(o, "message", message);
	put_int(o, "exit", (uint64_t)exit_code);
	tc_json_put_line(out, o);
}
