/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all JSON lines have in common: a key that would be empty is left out, a line is one
 * object, and text is JSON whatever bytes it has.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "base/addr.h"
#include <tcpcraft/buf.h>
#include <tcpcraft/hex.h>
#include "wire/link_type.h"
#include "wire/segment_line.h"
#include <tcpcraft/session.h>
#include <tcpcraft/tcpopt.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A string of any bytes: UTF-8 (RFC 3629) as it is; other text as tc_text_show shows it, for
 * JSON has no other way to say it (RFC 8259 8.1). NULL without memory. */
json_t *tc_json_text(const char *bytes, size_t n);

/* Append a value in one line, without its end. What a terminal would act on (DEL, C1, what
 * turns the direction of writing) is \uXXXX, as it may be. */
void tc_json_put(struct tc_buf *out, const json_t *value);
void tc_json_put_line(struct tc_buf *out, json_t *line);	/* … and its end; it is gone */

/* The object of a line of that type; of the line that ends what a command prints. */
json_t *tc_json_line(const char *type);
json_t *tc_json_result_line(const char *command);

static inline void put_int(json_t *o, const char *key, uint64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

static inline void put_text(json_t *o, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(o, key, tc_json_text(text, strlen(text)));
}

/* A list or an object, if there is anything in it; it is given up. */
static inline void put_some(json_t *o, const char *key, json_t *value)
{
	if (json_array_size(value) || json_object_size(value))
		json_object_set(o, key, value);
	json_decref(value);
}

/* A text that is not cut; it is freed. */
static inline void put_buf(json_t *o, const char *key, struct tc_buf *text)
{
	if (!text->failed && text->len)
		json_object_set_new(o, key, tc_json_text((const char *)text->data, text->len));
	tc_buf_free(text);
}

static inline void put_hex(json_t *o, const char *key, const uint8_t *bytes, size_t n)
{
	struct tc_buf hex = { 0 };

	if (n == 0)
		return;
	tc_hex_encode(&hex, bytes, n);
	put_buf(o, key, &hex);
}

static inline void put_end(json_t *o, const char *key, const struct tc_addr *addr,
			   uint16_t port)
{
	put_text(o, key, TC_HOST_PORT(addr, port));
}

/* Name of a pcap link type, as Wireshark's editors write it. */
static inline const char *link_name(int dlt)
{
	const char *name = tc_dlt_name(dlt);

	return name ? name : "other";
}

/* TCP options, as tcpdump prints them. */
static inline void put_options(json_t *o, const struct tc_rx *rx)
{
	struct tc_buf text = { 0 };

	if (rx->options_len == 0)
		return;
	tc_tcpopt_print(&text, rx->options, rx->options_len);
	put_buf(o, "options", &text);
}

static inline void put_guard(json_t *o, const char *key, const struct tc_session_summary *sum)
{
	json_t *g = json_object();

	put_text(g, "mode", tc_guard_mode_name(sum->guard));
	/* a shield leaves the kernel nothing to reset: its rule counts what it hid */
	if (sum->guard == TC_GUARD_SHIELD || sum->segments_hidden)
		put_int(g, "segments_hidden", sum->segments_hidden);
	put_int(g, "resets_blocked", sum->resets_blocked);
	put_int(g, "resets_leaked", sum->resets_leaked);
	if (sum->icmp_leaked)
		put_int(g, "icmp_leaked", sum->icmp_leaked);
	json_object_set_new(o, key, g);
}

/* One more word in the list `tags`, which is made with the first. */
static inline void put_tag(json_t *o, const char *tag)
{
	json_t *tags = json_object_get(o, "tags");

	if (!tags) {
		tags = json_array();
		json_object_set_new(o, "tags", tags);
	}
	json_array_append_new(tags, json_string(tag));
}

struct tc_mutation;

/* trace_json.c: the keys of a TCP header and its payload. isn: what seq_rel and ack_rel
 * count from; NULL: without them. */
void tc_json_put_header(json_t *o, const struct tc_rx *rx, const struct tc_isns *isn);
/* Of enum tc_tag: those whose bit is set. */
void tc_json_put_tags(json_t *o, uint32_t tags);
/* The fields that a filter changed, and what else it did, in words or NULL. */
void tc_json_put_surgery(json_t *o, const struct tc_mutation *m, size_t n,
			 const char *surgery);

#endif
