/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A recorded story as data for src/page/assets/ladder.js: one object for each event, one for
 * each connection, and once for all what the tables say of the fields. Frames are taken
 * apart here, when nobody waits any more.
 */
#include "ladder_own.h"

#include "explain/object.h"
#include "pack.h"
#include "report/json.h"
#include "report/ladder.h"

#include <string.h>

#define CAPTURED "captured"	/* where a segment is from that nobody of ours knows */
#define SUM_LINES_END 4u	/* the end of a checksum worked out, which is always told */
#define TEXT_MOST 256u		/* characters of a field's value */
#define FRAMES_AT_ONCE 16u	/* frames that are packed together, */
#define HEADS_AT_ONCE 64u	/* and where only their headers are */
#define BESIDES_MOST 1000u	/* what rows have besides their columns, told once */

/* Of a frame: bytes that are shown, lines of a checksum worked out. */
struct limits {
	size_t hex, sum_lines;
};
static const struct limits usual = { 2048, 100 }, of_long_stories = { 1024, 30 };

/* What is packed, a few at once. */
struct packing {
	json_t *packed, *waiting;
	unsigned n, at_once;
};

struct telling {
	struct tc_page_connections conns;
	json_t *fields;			/* of headers seen */
	json_t *besides, *besides_at;	/* of rows: one by one, and where by its text */
	struct packing frames, heads;	/* with all their details; of brief ones */
	struct limits limits;
	bool failed;			/* out of memory */
	tc_time start, last;		/* of the event before */
	uint64_t number;		/* likewise */
	bool gap_told;			/* where events are missing */
};

/* ---- frames ----------------------------------------------------------------------- */

/* A long sum is told by its beginning and its end. */
static void shorten_sums(json_t *layer, size_t most)
{
	const char *text = json_string_value(json_object_get(layer, "checksum_steps"));
	const char *at = text, *tail;
	struct tc_buf b = { 0 };
	size_t lines = 0, left = 0;

	for (const char *p = text; p && (p = strchr(p, '\n')); p++)
		lines++;
	if (lines <= most)
		return;
	for (size_t i = 0; i < most - SUM_LINES_END; i++)
		at = strchr(at, '\n') + 1;
	tail = text + strlen(text);
	for (size_t i = 0; i <= SUM_LINES_END && tail > at; tail--)
		i += tail[-1] == '\n';
	for (const char *p = at; p < tail && (p = memchr(p, '\n', (size_t)(tail - p))); p++)
		left++;
	tc_buf_add(&b, text, (size_t)(at - text));
	tc_buf_printf(&b, "    … %zu lines\n", left);
	tc_buf_text(&b, *tail == '\n' ? tail + 1 : tail);
	put_text(layer, "checksum_steps", (const char *)b.data);
	tc_buf_free(&b);
}

/* The bytes are in the dump already. */
static void shorten_values(json_t *layer)
{
	json_t *f;
	size_t i;

	json_array_foreach(json_object_get(layer, "fields"), i, f) {
		json_t *text = json_object_get(f, "text");

		json_object_del(f, "value_hex");
		if (json_string_length(text) > TEXT_MOST)
			json_object_set_new(f, "text", json_sprintf("%.*s…", (int)TEXT_MOST,
							json_string_value(text)));
	}
}

/* Rows are told once for all frames of the page. */
static void note_rows(struct telling *t, const struct tc_explain *x)
{
	for (unsigned i = 0; i < x->n_layers; i++) {
		const struct tc_header *h = x->layer[i].hdr;

		for (unsigned row = 0; row < h->n_rows; row++) {
			json_t *o;

			if (json_object_get(t->fields, h->rows[row].name))
				continue;
			o = json_object();
			tc_explain_row(o, &h->rows[row]);
			json_object_set_new(t->fields, h->rows[row].name, o);
		}
	}
}

static void pack(struct telling *t, struct packing *p, json_t *one)
{
	p->n++;
	json_array_append_new(p->waiting, one);
	if (json_array_size(p->waiting) == p->at_once)
		t->failed |= !tc_html_pack_list(p->packed, p->waiting);
}

/* Of a brief one: its line, and the bytes that are left. */
static void put_head(json_t *o, struct telling *t, const struct tc_page_event *e)
{
	json_t *head = json_object();

	json_object_set_new(head, "line", json_stringn((char *)e->line.data, e->line.len));
	put_hex(head, "frame_hex", e->frame.data, e->frame.len);
	put_int(head, "length", e->wire_len);
	put_int(o, "head", t->heads.n);
	pack(t, &t->heads, head);
}

static void put_frame(json_t *o, struct telling *t, const struct tc_page_event *e)
{
	size_t i, len = e->frame.len;
	struct tc_frame f = { .bytes = e->frame.data, .len = len, .dlt = e->dlt,
			      .wire_len = e->wire_len > len ? e->wire_len : len };
	struct tc_explain x;
	json_t *frame, *layer;

	if (tc_explain_open_as(&x, &f, e->dlt, tc_header_get(TC_HDR_IP), e->payload.hdr,
			       NULL) < 0)
		return;
	note_rows(t, &x);
	frame = tc_explain_object(&x, e->number, TC_EXPLAIN_SUMS | TC_EXPLAIN_BRIEF);
	if (len > t->limits.hex)
		put_hex(frame, "frame_hex", f.bytes, t->limits.hex);
	put_text(frame, "link", tc_dlt_name(e->dlt));
	json_array_foreach(json_object_get(frame, "layers"), i, layer) {
		shorten_sums(layer, t->limits.sum_lines);
		shorten_values(layer);
	}
	put_int(o, "frame", t->frames.n);
	pack(t, &t->frames, frame);
	tc_explain_free(&x);
}

/* One line for people, without the indentation it has below a ladder's line. */
static void put_payload(json_t *o, const struct tc_page_event *e, const struct tc_rx *rx)
{
	struct tc_payload what = { e->payload.hdr, e->payload.surely && e->origin != TC_ORIGIN_PEER };
	struct tc_buf b = { 0 };

	tc_line_payload(&b, what, rx->payload, rx->seg.len - rx->cut);
	if (b.len && b.data[b.len - 1] == '\n')
		b.len--;
	while (b.len && b.data[0] == ' ')
		tc_buf_drop(&b, 1);
	put_buf(o, "payload", &b);
}

/* RFC 2018 3, as seq and ack: relative to what it acknowledges counts from. */
static void put_sacks(json_t *o, const struct tc_seg *seg, tc_seq isn)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < seg->opts.n_sack; i++)
		json_array_append_new(list, json_pack("[I, I]",
				      (json_int_t)(tc_seq)(seg->opts.sack[i].left - isn),
				      (json_int_t)(tc_seq)(seg->opts.sack[i].right - isn)));
	put_some(o, "sack", list);
}

static void put_segment(json_t *o, const struct tc_page_event *e, const struct tc_rx *rx)
{
	struct tc_isns isns = { e->isn[e->from], e->isn[!e->from] };
	const struct tc_seg *seg = &rx->seg;
	char flags[16];

	tc_flags_print(seg->flags, flags);
	put_text(o, "flags", flags);
	put_int(o, "seq", seg->seq - isns.seq);
	put_int(o, "length", seg->len);
	if (seg->flags & TC_FLAG_ACK)
		put_int(o, "ack", seg->ack - isns.ack);
	put_sacks(o, seg, isns.ack);
	put_int(o, "window", seg->wnd);
	if (e->cwnd[0] || e->cwnd[1])
		json_object_set_new(o, "cwnd", json_pack("[I, I]", (json_int_t)e->cwnd[0],
							 (json_int_t)e->cwnd[1]));
	if (seg->opts.present & TC_HAS_WSCALE)
		put_int(o, "wscale", seg->opts.wscale);
	if (rx->tcp_checksum == TC_CSUM_BAD || rx->ip_checksum == TC_CSUM_BAD)
		put_text(o, "bad_sum", rx->tcp_checksum == TC_CSUM_BAD ? "checksum bad" :
					"IP checksum bad");
	if (!e->brief || seg->flags & TC_FLAG_SYN)
		put_options(o, rx);
	if (!e->brief)
		put_payload(o, e, rx);
}

/* TCP, an ICMP error, or bytes that are neither. */
static void put_what(json_t *o, struct telling *t, struct tc_page_connection *c,
		     const struct tc_page_event *e)
{
	struct tc_buf line = { 0 };
	struct tc_error why;
	struct tc_rx rx;
	int rc = tc_page_parse(e, &rx, &why);

	if (rc >= 0 && rx.kind == TC_RX_TCP) {
		put_text(o, "kind", "tcp");
		put_segment(o, e, &rx);
	} else {
		put_text(o, "kind", rc >= 0 && rx.kind == TC_RX_ICMP_ERROR ? "icmp" : "other");
	}
	tc_page_states(o, c, e, rc < 0 ? NULL : &rx);
	if (e->brief) {
		put_head(o, t, e);
		return;
	}
	tc_page_line(&line, e, &rx, rc < 0 ? &why : NULL);
	put_buf(o, "line", &line);
	put_frame(o, t, e);
}

static const char *origin(const struct tc_page_event *e)
{
	return e->live || e->origin == TC_ORIGIN_KERNEL ? tc_origin_name(e->origin) : CAPTURED;
}

static json_t *event_object(struct telling *t, const struct tc_page_event *e)
{
	struct tc_page_connection *c =
		e->kind == EVENT_CALL ? NULL : tc_page_connection_of(&t->conns, e);
	json_t *o = json_object();

	put_int(o, "number", e->number);
	json_object_set_new(o, "time_ns", json_integer(e->stamp - t->start));
	put_int(o, "connection", e->kind == EVENT_CALL ? tc_page_connection_of_call(&t->conns, e)
		: e->connection);
	put_int(o, "from", e->from);
	switch (e->kind) {
	case EVENT_CALL:
		put_text(o, "kind", "call");
		put_text(o, "text", e->text.len ? (const char *)e->text.data : "");
		put_int(o, "duration_ns", (uint64_t)e->duration);
		if (e->about)
			json_object_set_new(o, "about", json_true());
		return o;
	case EVENT_FRAME:
		put_text(o, "origin", origin(e));
		if (c)
			put_what(o, t, c, e);
		tc_json_put_tags(o, e->tags);
		tc_json_put_surgery(o, (const struct tc_mutation *)(void *)e->mutations.data,
				    e->mutations.len / sizeof(struct tc_mutation),
				    e->text.len ? (const char *)e->text.data : NULL);
		break;
	case EVENT_CHANGE:
		put_text(o, "kind", "state");
		if (c)
			tc_page_states(o, c, e, NULL);
		break;
	}
	put_text(o, "fate", e->passage.fate);
	if (e->passage.is_there)
		put_int(o, "arrived_ns", (uint64_t)(e->passage.arrived_at - t->start));
	put_text(o, "note", e->news.note);
	put_text(o, "note_clause", e->news.note_clause);
	return o;
}

/* ---- order ------------------------------------------------------------------------ */

static int by_stamp(const void *a, const void *b)
{
	const struct tc_page_event *x = *(const struct tc_page_event *const *)a;
	const struct tc_page_event *y = *(const struct tc_page_event *const *)b;

	if (x->stamp != y->stamp)
		return x->stamp < y->stamp ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* What is kept, one way round. */
static const struct tc_page_event *nth(const struct tc_html_ladder *l, size_t i)
{
	if (i < l->n_first)
		return &l->first[i];
	i -= l->n_first;
	return i < l->n_middle ? &l->middle[i]
			       : &l->last[(l->last_begin + i - l->n_middle) % TC_HTML_LAST];
}

static size_t kept(const struct tc_html_ladder *l)
{
	return l->n_first + l->n_middle + l->n_last;
}

/* What an ordinary segment is as a row, in this order; behind them what else there is to it. */
static const char *const columns[] = { "connection", "from", "flags", "seq", "length", "ack",
				       "window" };

/* Changes that are all inferred: [side, from or null, to] each. */
static void shorten_changes(json_t *o)
{
	json_t *list = json_object_get(o, "changes"), *rows, *c;
	size_t i;

	json_array_foreach(list, i, c)
		if (!json_object_get(c, "inferred"))
			return;
	rows = json_array();
	json_array_foreach(list, i, c)
		json_array_append_new(rows, json_pack("[O, o, O]", json_object_get(c, "side"),
			json_object_get(c, "from") ? json_incref(json_object_get(c, "from"))
						   : json_null(), json_object_get(c, "to")));
	put_some(o, "states", rows);
	json_object_del(o, "changes");
}

/* What a row has besides, which many others have as well: its number. */
static json_t *beside(struct telling *t, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);
	json_t *at = text ? json_object_get(t->besides_at, text) : NULL;

	if (!at && text && json_array_size(t->besides) < BESIDES_MOST) {
		at = json_integer((json_int_t)json_array_size(t->besides));
		json_object_set_new(t->besides_at, text, at);
		json_array_append(t->besides, o);
	}
	t->failed |= !text;
	free(text);
	return json_incref(at ? at : o);
}

/* A long story has many brief segments, all alike: a row is a sixth of an object. The first
 * column is the time since the event before; number, head, kind and origin are as expected. */
static json_t *row_of(json_t *o, struct telling *t, const struct tc_page_event *e)
{
	static const char *const expected[] = { "number", "time_ns", "kind", "head" };
	json_t *row = json_array();

	json_array_append_new(row, json_integer(e->stamp - t->last));
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		json_t *v = json_object_get(o, columns[i]);

		json_array_append(row, v ? v : json_null());
		json_object_del(o, columns[i]);
	}
	if (strcmp(origin(e), CAPTURED) == 0)
		json_object_del(o, "origin");
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		json_object_del(o, expected[i]);
	shorten_changes(o);
	if (json_object_size(o))
		json_array_append_new(row, beside(t, o));
	json_decref(o);
	return row;
}

static void put_event(json_t *list, struct telling *t, const struct tc_html_ladder *l,
		      const struct tc_page_event *e, bool late)
{
	const char *kind;
	json_t *o = event_object(t, e);
	uint64_t missing = l->events - kept(l);

	if (late && !t->gap_told && missing)
		put_int(o, "left_out_before", missing);
	t->gap_told |= late;
	kind = json_string_value(json_object_get(o, "kind"));
	if (e->brief && e->number == t->number + 1 && kind && strcmp(kind, "tcp") == 0)
		o = row_of(o, t, e);
	t->last = e->stamp;
	t->number = e->number;
	json_array_append_new(list, o);
}

/* Events in their order; calls, which were told late, where they belong. */
static void put_events(json_t *list, struct telling *t, const struct tc_html_ladder *l)
{
	size_t n = kept(l), n_calls = 0, call = 0;
	const struct tc_page_event **calls = calloc(n + 1, sizeof *calls);

	t->failed |= !calls;
	for (size_t i = 0; i < n && calls; i++)
		if (nth(l, i)->kind == EVENT_CALL)
			calls[n_calls++] = nth(l, i);
	if (calls)
		qsort(calls, n_calls, sizeof *calls, by_stamp);
	for (size_t i = 0; i < n; i++) {
		const struct tc_page_event *e = nth(l, i);

		if (e->kind == EVENT_CALL)
			continue;
		while (call < n_calls && calls[call]->stamp < e->stamp)
			put_event(list, t, l, calls[call++], false);
		put_event(list, t, l, e, i >= l->n_first + l->n_middle);
	}
	while (call < n_calls)
		put_event(list, t, l, calls[call++], false);
	free(calls);
}

static tc_time first_stamp(const struct tc_html_ladder *l)
{
	for (size_t i = 0; i < kept(l); i++)
		if (nth(l, i)->kind != EVENT_CALL)
			return nth(l, i)->stamp;
	return l->n_first ? l->first[0].stamp : 0;
}

static void put_packed(json_t *o, struct telling *t, struct packing *p, const char *packed,
		       const char *at_once)
{
	t->failed |= !tc_html_pack_list(p->packed, p->waiting);
	json_decref(p->waiting);
	json_object_set_new(o, packed, p->packed);
	put_int(o, at_once, p->at_once);
}

static void put_columns(json_t *o)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		json_array_append_new(list, json_string(columns[i]));
	json_object_set_new(o, "columns", list);
}

void tc_html_ladder_json(struct tc_buf *out, const struct tc_html_ladder *l)
{
	struct telling t = { .fields = json_object(), .start = first_stamp(l),
			     .besides = json_array(), .besides_at = json_object(),
			     .frames = { json_array(), json_array(), 0, FRAMES_AT_ONCE },
			     .heads = { json_array(), json_array(), 0, HEADS_AT_ONCE },
			     .limits = l->n_middle ? of_long_stories : usual };
	json_t *o = json_object(), *events = json_array();
	char *text = NULL;

	t.last = t.start;
	if (tc_page_connections_open(&t.conns, kept(l)))
		put_events(events, &t, l);
	else
		t.failed = true;
	t.failed |= t.conns.list.failed;
	json_object_set_new(o, "connections", tc_page_connections_json(&t.conns, &l->outcomes));
	json_object_set_new(o, "events", events);
	json_object_set_new(o, "fields", t.fields);
	put_columns(o);
	json_object_set_new(o, "besides", t.besides);
	json_decref(t.besides_at);
	put_packed(o, &t, &t.frames, "details", "frames_packed");
	put_packed(o, &t, &t.heads, "heads", "heads_packed");
	put_text(o, "column", l->column);
	if (l->crafted)
		json_object_set_new(o, "together", json_true());
	if (l->both)
		json_object_set_new(o, "both", json_true());
	put_int(o, "brief", t.heads.n);
	if (l->events > kept(l))
		put_int(o, "left_out", l->events - kept(l));
	if (!t.failed)
		text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text)
		tc_buf_text(out, text);
	out->failed |= !text;
	free(text);
	json_decref(o);
}
