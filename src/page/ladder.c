/* SPDX-License-Identifier: BSD-2-Clause */
/* Recording a story for a page; see ladder.h. */
#include "ladder_own.h"

#include <tcpcraft/error.h>
#include "page.h"
#include "report/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OUTCOMES_MAX (TC_HTML_FIRST + TC_HTML_MIDDLE + TC_HTML_LAST)	/* as many as events */

int tc_html_ladder_open(struct tc_html_ladder **out, struct tc_error *err)
{
	struct tc_html_ladder *l = calloc(1, sizeof *l);

	if (l) {
		l->first = calloc(TC_HTML_FIRST, sizeof *l->first);
		l->middle = calloc(TC_HTML_MIDDLE, sizeof *l->middle);
		l->last = calloc(TC_HTML_LAST, sizeof *l->last);
	}
	if (!l || !l->first || !l->middle || !l->last) {
		tc_html_ladder_free(l);
		return tc_nomem(err);
	}
	*out = l;
	return 0;
}

static size_t bytes_of(const struct tc_page_event *e)
{
	return e->frame.len + e->text.len + e->mutations.len + e->line.len;
}

static void event_free(struct tc_page_event *e)
{
	tc_buf_free(&e->frame);
	tc_buf_free(&e->text);
	tc_buf_free(&e->mutations);
	tc_buf_free(&e->line);
}

/* Takes the oldest event out of the list of the last ones. */
static struct tc_page_event take_oldest(struct tc_html_ladder *l)
{
	struct tc_page_event e = l->last[l->last_begin];

	l->last_bytes -= bytes_of(&e);
	l->last_begin = (l->last_begin + 1) % TC_HTML_LAST;
	l->n_last--;
	return e;
}

/* It goes to the middle, shortened, while there is room, else it is dropped. */
static void retire_oldest(struct tc_html_ladder *l)
{
	struct tc_page_event e = take_oldest(l);

	if (!l->middle_full) {
		tc_page_shorten(&e);
		l->failed |= e.frame.failed || e.line.failed;
		l->middle_full = l->n_middle == TC_HTML_MIDDLE ||
				 l->middle_bytes + bytes_of(&e) > TC_HTML_MIDDLE_BYTES;
	}
	if (l->middle_full) {
		event_free(&e);
		return;
	}
	l->middle[l->n_middle++] = e;
	l->middle_bytes += bytes_of(&e);
}

void tc_html_ladder_free(struct tc_html_ladder *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_first; i++)
		event_free(&l->first[i]);
	for (size_t i = 0; i < l->n_middle; i++)
		event_free(&l->middle[i]);
	while (l->n_last) {
		struct tc_page_event e = take_oldest(l);

		event_free(&e);
	}
	tc_convos_close(l->convos);
	free(l->first);
	free(l->middle);
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
		retire_oldest(l);
	l->last[(l->last_begin + l->n_last++) % TC_HTML_LAST] = *e;
	l->last_bytes += n;
}

static void keep_text(struct tc_page_event *e, const char *text)
{
	if (text)
		tc_buf_add(&e->text, text, strlen(text) + 1);
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
		e->from = tc_addr_equal(&c->side[0].addr, &rx->quoted.local_addr) &&
			  c->side[0].port == rx->quoted.local_port;
	return c;
}

/* Where a captured frame stands. The sender of a connection's first captured frame is on our
 * side of the page, even if the connection looks as if the other had opened it. */
static void place_captured(struct tc_html_ladder *l, const struct tc_story_event *e,
			   struct tc_page_event *p)
{
	struct tc_convo *c;

	if (!l->convos && tc_convos_open(&l->convos, forget_convo, l, NULL) < 0) {
		l->failed = true;
		return;
	}
	c = e->rx ? place(l, e->rx, e->frame.stamp, p) : NULL;
	p->connection = c ? c->number : 0;
	if (!c)
		return;
	if (c->side[0].segments + c->side[1].segments == 1)
		c->shown = p->from == 1;
	for (unsigned i = 0; i < 2; i++) {
		p->addr[i] = c->side[i ^ c->shown].addr;
		p->port[i] = c->side[i ^ c->shown].port;
		p->isn[i] = c->wire.side[i ^ c->shown].isn;
	}
	p->from ^= c->shown;
}

static void place_told(const struct tc_view *v, const struct tc_story_event *e,
		       struct tc_page_event *p)
{
	p->from ^= v->mirrored;
	for (unsigned i = 0; i < 2; i++) {
		p->addr[i] = e->addr[i ^ v->mirrored];
		p->port[i] = e->port[i ^ v->mirrored];
		p->isn[i] = e->isn[i ^ v->mirrored];
		p->cwnd[i] = e->cwnd[i ^ v->mirrored];
	}
}

static void keep_event(struct tc_html_ladder *l, const struct tc_view *v,
		       const struct tc_story_event *e, struct tc_html_passage passage)
{
	const struct tc_frame *f = e->whole ? e->whole : &e->frame;
	struct tc_page_event p = {
		.kind = f->bytes ? EVENT_FRAME : EVENT_CHANGE, .stamp = e->frame.stamp,
		.connection = e->connection, .live = e->machine, .origin = e->origin,
		.from = e->from, .tags = e->tags, .state = e->state, .news = e->news,
		.wire_len = f->wire_len, .dlt = f->dlt, .payload = v->payload,
		.passage = passage,
	};

	if (e->kind == TC_STORY_CAPTURED)
		place_captured(l, e, &p);
	else
		place_told(v, e, &p);
	if (f->bytes)
		tc_buf_add(&p.frame, f->bytes, f->len);
	tc_buf_add(&p.mutations, e->mutations, e->n_mutations * sizeof *e->mutations);
	keep_text(&p, e->surgery);
	keep(l, &p);
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

/* The script's line stands on our side, or in its place the program's call. */
static void keep_script(struct tc_html_ladder *l, const struct tc_view *v,
			const struct tc_story_event *e)
{
	struct tc_buf text = { 0 };

	l->column = v->program ? "program" : "script";
	if (!v->program)
		tc_buf_printf(&text, "%u| %s", e->script_line, e->script);
	else if (e->words)
		tc_buf_text(&text, e->words);
	if (text.len && !text.failed)
		tc_html_ladder_call(l, &(struct tc_html_call){
			.connection = e->connection, .side = v->mirrored,
			.stamp = e->frame.stamp, .text = (const char *)text.data });
	tc_buf_free(&text);
}

void tc_html_ladder_event(void *ctx, struct tc_view *v, const struct tc_story_event *e)
{
	if (e->kind != TC_STORY_WORDS)
		keep_event(ctx, v, e, (struct tc_html_passage){ 0 });
	if (e->script)
		keep_script(ctx, v, e);
}

void tc_html_ladder_passage(struct tc_html_ladder *l, const struct tc_view *v,
			    const struct tc_story_event *e, const struct tc_html_passage *p)
{
	l->both = true;
	keep_event(l, v, e, *p);
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
