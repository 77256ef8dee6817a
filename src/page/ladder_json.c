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

#include "wire/link_type.h"
#include "wire/segment_line.h"
#include "analysis/tags.h"
#include "report/trace.h"
#include "analysis/wire_state.h"

#include <string.h>

#define SUM_LINES_MOST 100u	/* of a checksum worked out, */
#define SUM_LINES_END 4u	/* with these at its end */
#define HEX_MOST 2048u		/* bytes of a frame that are shown */
#define TEXT_MOST 256u		/* characters of a field's value */
#define AT_ONCE 16u		/* frames that are packed together */

/* What is known of a connection while its events go by. */
struct connection {
	unsigned number;
	uint16_t port[2];
	struct tc_wire_states states;
	enum tc_state machine;
	bool live;
	json_t *object;
};

struct telling {
	struct tc_buf conns;		/* struct connection, in order of appearance */
	json_t *fields;			/* of headers seen */
	json_t *details;		/* of frames, AT_ONCE in each packed text */
	json_t *waiting;		/* to be packed */
	unsigned n_frames;
	bool failed;			/* out of memory */
	tc_time start;
	bool gap_told;			/* where events are missing */
};

static struct connection *find(struct telling *t, unsigned number)
{
	struct connection *c = (struct connection *)(void *)t->conns.data;

	for (size_t i = t->conns.len / sizeof *c; i-- > 0;)
		if (c[i].number == number)
			return &c[i];
	return NULL;
}

static struct connection *find_or_add(struct telling *t, const struct tc_page_event *e)
{
	struct connection *c = find(t, e->connection), new = { .number = e->connection };

	if (e->kind == EVENT_CALL)
		return NULL;
	if (c)
		return c;
	new.live = e->live;
	new.port[0] = e->port[0];
	new.port[1] = e->port[1];
	new.machine = TC_ST_CLOSED;
	new.object = json_object();
	put_int(new.object, "number", e->connection);
	if (e->connection) {
		put_end(new.object, "left", &e->addr[0], e->port[0]);
		put_end(new.object, "right", &e->addr[1], e->port[1]);
	}
	tc_buf_add(&t->conns, &new, sizeof new);
	return find(t, e->connection);
}

/* As told, else the latest connection between its ports. */
static unsigned connection_of_call(struct telling *t, const struct tc_page_event *call)
{
	struct connection *c = (struct connection *)(void *)t->conns.data;

	if (call->connection)
		return call->connection;
	for (size_t i = t->conns.len / sizeof *c; i-- > 0 && call->port[0];)
		if (c[i].port[0] == call->port[0] && c[i].port[1] == call->port[1])
			return c[i].number;
	return 0;
}

/* ---- states ----------------------------------------------------------------------- */

static void put_change(json_t *list, unsigned side, const char *from, enum tc_state to,
		       const char *clause)
{
	json_t *o = json_object();

	put_int(o, "side", side);
	put_text(o, "from", from);
	put_text(o, "to", tc_state_name(to));
	if (clause)
		put_text(o, "clause", clause);
	else
		json_object_set_new(o, "inferred", json_true());
	json_array_append_new(list, o);
}

/* The machine's own words for our side; what the wire tells for the others. */
static void put_states(json_t *o, struct connection *c, const struct tc_page_event *e,
		       const struct tc_rx *rx)
{
	struct tc_wire_change ch[TC_WIRE_CHANGES];
	json_t *list = json_array();
	unsigned n = 0;

	for (unsigned i = 0; e->live && i < e->news.n_changes; i++) {
		c->machine = e->news.changes[i].to;
		put_change(list, 0, tc_state_name(e->news.changes[i].from), c->machine,
			   e->news.changes[i].clause);
	}
	if (rx && rx->kind == TC_RX_TCP && !(e->tags & TC_TAG_BIT(NOT_SENT)) &&
	    rx->tcp_checksum != TC_CSUM_BAD && rx->ip_checksum != TC_CSUM_BAD)
		n = tc_wire_states_segment(&c->states, e->from, &rx->seg, ch);
	for (unsigned i = 0; i < n; i++)
		if (!e->live || ch[i].side == 1)
			put_change(list, ch[i].side,
				   ch[i].began ? NULL : tc_state_name(ch[i].from),
				   ch[i].to, NULL);
	if (json_array_size(list))
		json_object_set(o, "changes", list);
	json_decref(list);
}

/* ---- frames ----------------------------------------------------------------------- */

/* A long sum is told by its beginning and its end. */
static void shorten_sums(json_t *layer)
{
	const char *text = json_string_value(json_object_get(layer, "checksum_steps"));
	const char *at = text, *tail;
	struct tc_buf b = { 0 };
	size_t lines = 0, left = 0;

	for (const char *p = text; p && (p = strchr(p, '\n')); p++)
		lines++;
	if (lines <= SUM_LINES_MOST)
		return;
	for (size_t i = 0; i < SUM_LINES_MOST - SUM_LINES_END; i++)
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

static void put_frame(json_t *o, struct telling *t, const struct tc_page_event *e,
		      const struct tc_frame *f)
{
	struct tc_explain x;
	json_t *frame, *layer;
	size_t i;

	if (tc_explain_open_as(&x, f, e->dlt, tc_header_get(TC_HDR_IP), e->payload.hdr, NULL) <
	    0)
		return;
	note_rows(t, &x);
	frame = tc_explain_object(&x, e->number, TC_EXPLAIN_SUMS | TC_EXPLAIN_BRIEF);
	if (f->len > HEX_MOST)
		put_hex(frame, "frame_hex", f->bytes, HEX_MOST);
	put_text(frame, "link", tc_dlt_name(e->dlt));
	json_array_foreach(json_object_get(frame, "layers"), i, layer) {
		shorten_sums(layer);
		shorten_values(layer);
	}
	put_int(o, "frame", t->n_frames++);
	json_array_append_new(t->waiting, frame);
	if (json_array_size(t->waiting) == AT_ONCE)
		t->failed |= !tc_html_pack_list(t->details, t->waiting);
	tc_explain_free(&x);
}

static void put_buf(json_t *o, const char *key, struct tc_buf *b)
{
	if (!b->failed && b->len)
		json_object_set_new(o, key, json_stringn((char *)b->data, b->len));
	tc_buf_free(b);
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
	if (json_array_size(list))
		json_object_set(o, "sack", list);
	json_decref(list);
}

static void put_segment(json_t *o, const struct tc_page_event *e, const struct tc_rx *rx)
{
	struct tc_isns isns = { e->isn[e->from], e->isn[!e->from] };
	const struct tc_seg *seg = &rx->seg;
	struct tc_buf line = { 0 };
	char flags[16];

	tc_flags_print(seg->flags, flags);
	put_text(o, "flags", flags);
	put_int(o, "seq", seg->seq - isns.seq);
	put_int(o, "length", seg->len);
	if (seg->flags & TC_FLAG_ACK)
		put_int(o, "ack", seg->ack - isns.ack);
	put_sacks(o, seg, isns.ack);
	put_int(o, "window", seg->wnd);
	if (seg->opts.present & TC_HAS_WSCALE)
		put_int(o, "wscale", seg->opts.wscale);
	put_options(o, rx);
	tc_line_segment(&line, rx, isns,
			e->tags & TC_TAG_BIT(RETRANSMISSION) ? TC_LINE_ISN : 0);
	put_buf(o, "line", &line);
	put_payload(o, e, rx);
}

/* TCP, an ICMP error, or bytes that are neither. */
static void put_what(json_t *o, struct telling *t, struct connection *c,
		     const struct tc_page_event *e)
{
	struct tc_frame f = { .bytes = e->frame.data, .len = e->frame.len,
			      .wire_len = e->wire_len > e->frame.len ? e->wire_len
								     : e->frame.len };
	struct tc_buf line = { 0 };
	struct tc_error why;
	struct tc_rx rx;
	int rc = tc_rx_parse_cut(&rx, f.bytes, f.len, f.wire_len, e->dlt, &why);

	if (rc < 0 || (rx.kind != TC_RX_TCP && rx.kind != TC_RX_ICMP_ERROR)) {
		put_text(o, "kind", "other");
		tc_buf_printf(&line, "%zu bytes: %s", f.len,
			      rc < 0 ? why.msg : rx.kind == TC_RX_FRAGMENT ?
			      "an IP fragment" : "no TCP segment");
		put_buf(o, "line", &line);
	} else if (rx.kind == TC_RX_ICMP_ERROR) {
		put_text(o, "kind", "icmp");
		tc_line_icmp(&line, &rx);
		put_buf(o, "line", &line);
	} else {
		put_text(o, "kind", "tcp");
		put_segment(o, e, &rx);
	}
	put_states(o, c, e, rc < 0 ? NULL : &rx);
	put_frame(o, t, e, &f);
}

static const char *origin(const struct tc_page_event *e)
{
	return e->live || e->origin == TC_ORIGIN_KERNEL ? tc_origin_name(e->origin) : "captured";
}

static void put_surgery(json_t *o, const struct tc_page_event *e)
{
	const struct tc_mutation *m = (const struct tc_mutation *)(void *)e->mutations.data;

	tc_json_put_surgery(o, m, e->mutations.len / sizeof *m,
			    e->text.len ? (const char *)e->text.data : NULL);
}

static json_t *event_object(struct telling *t, const struct tc_page_event *e)
{
	struct connection *c = find_or_add(t, e);
	json_t *o = json_object();

	put_int(o, "number", e->number);
	json_object_set_new(o, "time_ns", json_integer(e->stamp - t->start));
	put_int(o, "connection", e->kind == EVENT_CALL ? connection_of_call(t, e)
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
		put_surgery(o, e);
		break;
	case EVENT_CHANGE:
		put_text(o, "kind", "state");
		if (c)
			put_states(o, c, e, NULL);
		break;
	}
	put_text(o, "note", e->news.note);
	put_text(o, "note_clause", e->news.note_clause);
	return o;
}

static json_t *connections(struct telling *t, const struct tc_html_ladder *l)
{
	const struct tc_page_outcome *said =
		(const struct tc_page_outcome *)(void *)l->outcomes.data;
	struct connection *c = (struct connection *)(void *)t->conns.data;
	json_t *list = json_array();

	for (size_t i = 0; i < l->outcomes.len / sizeof *said; i++) {
		struct connection *of = find(t, said[i].connection);

		if (of)
			put_text(of->object, "outcome", said[i].text);
	}
	for (size_t i = 0; i < t->conns.len / sizeof *c; i++) {
		if (c[i].live)
			json_object_set_new(c[i].object, "live", json_true());
		json_array_append_new(list, c[i].object);
	}
	return list;
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
	return i < l->n_first ? &l->first[i]
			      : &l->last[(l->last_begin + i - l->n_first) % TC_HTML_LAST];
}

/* Events in their order; calls, which were told late, where they belong. */
static void put_events(json_t *list, struct telling *t, const struct tc_html_ladder *l)
{
	size_t n = l->n_first + l->n_last, n_calls = 0, call = 0;
	const struct tc_page_event **calls = calloc(n + 1, sizeof *calls);

	for (size_t i = 0; i < n && calls; i++)
		if (nth(l, i)->kind == EVENT_CALL)
			calls[n_calls++] = nth(l, i);
	if (calls)
		qsort(calls, n_calls, sizeof *calls, by_stamp);
	for (size_t i = 0; i < n; i++) {
		const struct tc_page_event *e = nth(l, i);
		json_t *o;

		if (e->kind == EVENT_CALL)
			continue;
		while (call < n_calls && calls[call]->stamp < e->stamp)
			json_array_append_new(list, event_object(t, calls[call++]));
		o = event_object(t, e);
		if (i >= l->n_first && !t->gap_told && l->events > n)
			put_int(o, "left_out_before", l->events - n);
		t->gap_told |= i >= l->n_first;
		json_array_append_new(list, o);
	}
	while (call < n_calls)
		json_array_append_new(list, event_object(t, calls[call++]));
	free(calls);
}

static tc_time first_stamp(const struct tc_html_ladder *l)
{
	for (size_t i = 0; i < l->n_first + l->n_last; i++)
		if (nth(l, i)->kind != EVENT_CALL)
			return nth(l, i)->stamp;
	return l->n_first ? l->first[0].stamp : 0;
}

void tc_html_ladder_json(struct tc_buf *out, const struct tc_html_ladder *l)
{
	struct telling t = { .fields = json_object(), .details = json_array(),
			     .waiting = json_array(), .start = first_stamp(l) };
	json_t *o = json_object(), *events = json_array();
	uint64_t kept = l->n_first + l->n_last;
	char *text;

	put_events(events, &t, l);
	json_object_set_new(o, "connections", connections(&t, l));
	json_object_set_new(o, "events", events);
	json_object_set_new(o, "fields", t.fields);
	t.failed |= !tc_html_pack_list(t.details, t.waiting);
	json_decref(t.waiting);
	json_object_set_new(o, "details", t.details);
	put_int(o, "frames_packed", AT_ONCE);
	put_text(o, "column", l->column);
	if (l->crafted)
		json_object_set_new(o, "together", json_true());
	if (l->events > kept)
		put_int(o, "left_out", l->events - kept);
	text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text)
		tc_buf_text(out, text);
	out->failed |= !text || t.failed || t.conns.failed;
	free(text);
	json_decref(o);
	tc_buf_free(&t.conns);
}
