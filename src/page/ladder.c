/* SPDX-License-Identifier: BSD-2-Clause */
/* Recording a story for a page; see ladder.h. */
#include "ladder_own.h"

#include <tcpcraft/error.h>
#include "page.h"
#include "report/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OUTCOMES_MAX (TC_HTML_FIRST + TC_HTML_LAST)	/* as many as events */

int tc_html_ladder_open(struct tc_html_ladder **out, struct tc_error *err)
{
	struct tc_html_ladder *l = calloc(1, sizeof *l);

	if (l) {
		l->first = calloc(TC_HTML_FIRST, sizeof *l->first);
		l->last = calloc(TC_HTML_LAST, sizeof *l->last);
	}
	if (!l || !l->first || !l->last) {
		tc_html_ladder_free(l);
		return tc_nomem(err);
	}
	*out = l;
	return 0;
}

static size_t bytes_of(const struct tc_page_event *e)
{
	return e->frame.len + e->text.len + e->mutations.len;
}

static void event_free(struct tc_page_event *e)
{
	tc_buf_free(&e->frame);
	tc_buf_free(&e->text);
	tc_buf_free(&e->mutations);
}

static void forget_oldest(struct tc_html_ladder *l)
{
	struct tc_page_event *e = &l->last[l->last_begin];

	l->last_bytes -= bytes_of(e);
	event_free(e);
	l->last_begin = (l->last_begin + 1) % TC_HTML_LAST;
	l->n_last--;
}

void tc_html_ladder_free(struct tc_html_ladder *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_first; i++)
		event_free(&l->first[i]);
	while (l->n_last)
		forget_oldest(l);
	tc_convos_close(l->convos);
	free(l->first);
	free(l->last);
	tc_buf_free(&l->outcomes);
	free(l);
}

/* The event is the ladder's from here on: of the beginning while there is room, then of
 * the end. */
static void keep(struct tc_html_ladder *l, struct tc_page_event *e)
{
	size_t n = bytes_of(e);

	e->number = ++l->events;
	l->failed |= e->frame.failed || e->text.failed || e->mutations.failed;
	if (l->n_first == TC_HTML_FIRST || l->first_bytes + n > TC_HTML_FIRST_BYTES)
		l->first_full = true;
	if (!l->first_full) {
		l->first[l->n_first++] = *e;
		l->first_bytes += n;
		return;
	}
	while (l->n_last == TC_HTML_LAST || (l->n_last && l->last_bytes + n >
					     TC_HTML_LAST_BYTES))
		forget_oldest(l);
	l->last[(l->last_begin + l->n_last++) % TC_HTML_LAST] = *e;
	l->last_bytes += n;
}

static void keep_text(struct tc_page_event *e, const char *text)
{
	if (text)
		tc_buf_add(&e->text, text, strlen(text) + 1);
}

void tc_html_ladder_trace(struct tc_html_ladder *l, const struct tc_view *v,
			  const struct tc_trace *t)
{
	struct tc_page_event e = {
		.kind = t->frame ? EVENT_FRAME : EVENT_CHANGE, .stamp = t->stamp,
		.live = true, .origin = t->origin, .unseen = t->unseen,
		.withheld = t->withheld, .retransmission = t->retransmission,
		.from = t->frame && t->origin == TC_ORIGIN_PEER, .news = t->news,
		.wire_len = t->wire_len, .dlt = t->dlt, .payload = v->payload,
	};
	struct tc_conn_info info;

	tc_conn_info(t->conn, &info);
	e.connection = info.id;
	e.state = t->state;
	e.addr[0] = info.flow.local_addr;
	e.addr[1] = info.flow.remote_addr;
	e.port[0] = info.flow.local_port;
	e.port[1] = info.flow.remote_port;
	e.isn[0] = info.iss;
	e.isn[1] = info.irs;
	if (t->frame)
		tc_buf_add(&e.frame, t->frame, t->frame_len);
	tc_buf_add(&e.mutations, t->mutations, t->n_mutations * sizeof *t->mutations);
	keep_text(&e, t->surgery);
	keep(l, &e);
}

void tc_html_ladder_seen(struct tc_html_ladder *l, const struct tc_html_seen *s)
{
	struct tc_page_event e = {
		.kind = EVENT_FRAME, .stamp = s->stamp, .connection = s->connection,
		.from = s->from, .tags = s->tags, .dlt = s->dlt, .wire_len = s->wire_len,
		.addr = { s->addr[0], s->addr[1] }, .port = { s->port[0], s->port[1] },
		.isn = { s->isn[0], s->isn[1] }, .origin = TC_ORIGIN_PEER,
		.payload = s->payload,
	};

	tc_buf_add(&e.frame, s->frame, s->len);
	keep(l, &e);
}

static void forget_convo(void *ctx, struct tc_convo *c)
{
	tc_html_ladder_outcome(ctx, c->number, tc_convo_state_name(c->state));
}

/* Which conversation it belongs to, and which side sent it. */
static struct tc_convo *place(struct tc_html_ladder *l, const struct tc_rx *rx,
			      tc_time stamp, struct tc_page_event *e)
{
	struct tc_convo *c = NULL;

	if (rx->kind == TC_RX_TCP)
		c = tc_convos_segment(l->convos, rx, stamp, NULL, &e->from, &e->tags);
	else if (rx->kind == TC_RX_ICMP_ERROR)
		c = tc_convos_quoted(l->convos, rx);
	if (c && rx->kind == TC_RX_ICMP_ERROR)	/* it comes from where its cause was going */
		e->from = c->side[0].addr == rx->quoted.local_addr &&
			  c->side[0].port == rx->quoted.local_port;
	return c;
}

void tc_html_ladder_frame(struct tc_html_ladder *l, const struct tc_frame *f, uint32_t ours)
{
	struct tc_page_event e = {
		.kind = EVENT_FRAME, .stamp = f->stamp, .dlt = f->dlt,
		.wire_len = f->wire_len, .origin = TC_ORIGIN_PEER,
	};
	struct tc_convo *c = NULL;
	struct tc_rx rx;

	if (!l->convos && tc_convos_open(&l->convos, forget_convo, l, NULL) < 0) {
		l->failed = true;
		return;
	}
	if (tc_rx_parse_cut(&rx, f->bytes, f->len, f->wire_len, f->dlt, NULL) >= 0) {
		e.from = rx.src != ours;
		c = place(l, &rx, f->stamp, &e);
	}
	/* who was first is we, even where the other looks like the one that opened */
	if (c && c->side[0].segments + c->side[1].segments == 1)
		c->shown = e.from == 1;
	for (unsigned i = 0; c && i < 2; i++) {
		e.addr[i] = c->side[i ^ c->shown].addr;
		e.port[i] = c->side[i ^ c->shown].port;
		e.isn[i] = c->wire.side[i ^ c->shown].isn;
	}
	if (c)
		e.from ^= c->shown;
	e.connection = c ? c->number : 0;
	tc_buf_add(&e.frame, f->bytes, f->len);
	keep(l, &e);
}

void tc_html_ladder_call(struct tc_html_ladder *l, const struct tc_html_call *c)
{
	struct tc_page_event e = {
		.kind = EVENT_CALL, .stamp = c->stamp, .duration = c->duration,
		.connection = c->connection, .port = { c->port[0], c->port[1] },
		.from = c->side, .about = c->about,
	};

	keep_text(&e, c->text);
	keep(l, &e);
}

void tc_html_ladder_column(struct tc_html_ladder *l, const char *heading)
{
	l->column = heading;
}

void tc_html_ladder_outcome(struct tc_html_ladder *l, unsigned connection,
			    const char *outcome)
{
	struct tc_page_outcome o = { .connection = connection };
	size_t n = strlen(outcome);

	memcpy(o.text, outcome, n < sizeof o.text ? n : sizeof o.text - 1);
	if (l->outcomes.len < OUTCOMES_MAX * sizeof o)
		tc_buf_add(&l->outcomes, &o, sizeof o);
}

bool tc_html_ladder_is_empty(const struct tc_html_ladder *l)
{
	return l->events == 0;
}

int tc_html_ladder_put(struct tc_html_ladder *l, struct tc_html *h, const char *title,
		       struct tc_error *err)
{
	struct tc_buf json = { 0 };
	int rc;

	l->crafted = l->convos != NULL;
	tc_convos_close(l->convos);	/* tells how the conversations stand */
	l->convos = NULL;
	tc_html_ladder_json(&json, l);
	if (json.failed || l->failed || l->outcomes.failed)
		rc = tc_fail(err, -ENOMEM, "out of memory for the page");
	else
		rc = tc_html_section(h, "ladder", title, (const char *)json.data, json.len,
				     err);
	tc_buf_free(&json);
	return rc;
}
