/* SPDX-License-Identifier: BSD-2-Clause */
/* What is shown of a capture, and when: at once, or kept until its connections are listed. */
#include "own.h"

#include "page/ladder.h"
#include "report/ladder.h"
#include "script/record.h"

#include <stdlib.h>

void tc_show_flush(struct tc_show *s)
{
	if (s->out.len && !s->stopped && !s->o->write(s->o->ctx, s->out.data, s->out.len))
		s->stopped = true;
	s->out.len = 0;
}

static void kept_free(struct tc_show_kept *k)
{
	tc_buf_free(&k->row);
	tc_buf_free(&k->ladder);
	free(k);
}

static int by_number(const void *a, const void *b)
{
	const struct tc_show_kept *x = *(struct tc_show_kept *const *)a;
	const struct tc_show_kept *y = *(struct tc_show_kept *const *)b;

	return (x->number > y->number) - (x->number < y->number);
}

static void put_heading(struct tc_show *s)
{
	if (!s->heading)
		tc_show_heading(s, &s->out);
	s->heading = true;
}

/* Rows of the connections that are forgotten, in order, then their ladders. */
void tc_show_held(struct tc_show *s)
{
	struct tc_show_kept **k = (struct tc_show_kept **)(void *)s->held.data;
	size_t n = s->held.len / sizeof *k;

	if (n == 0)
		return;
	qsort(k, n, sizeof *k, by_number);
	put_heading(s);
	for (size_t i = 0; i < n; i++)
		tc_show_put_row(s, &s->out, &k[i]->row);
	for (size_t i = 0; i < n; i++) {
		if (!s->streaming)
			tc_buf_add(&s->out, k[i]->ladder.data, k[i]->ladder.len);
		kept_free(k[i]);
		tc_show_flush(s);
	}
	s->held.len = 0;
}

/* Too much to keep: what is over is told now, the rest as it comes. */
static void stop_keeping(struct tc_show *s)
{
	s->streaming = true;
	tc_show_held(s);
	if (!s->o->connection && !s->o->table_only)
		s->o->notice(s->o->ctx, "large capture: only its connections are listed; "
			     "--connection N shows one, -v every segment");
}

void tc_show_end(void *ctx, struct tc_convo *c)
{
	struct tc_show *s = ctx;
	struct tc_show_kept *k = c->owned;

	c->owned = NULL;
	if (s->o->ladder && c->shown)
		tc_html_ladder_outcome(s->o->ladder, c->number,
				       tc_convo_state_name(c->state));
	if (!c->shown || s->o->all || s->o->record) {
		;
	} else if (s->o->json) {
		tc_show_json_connection(s, &s->out, c);
	} else if (s->streaming) {
		tc_show_row(s, &s->row, c);
		put_heading(s);
		tc_show_put_row(s, &s->out, &s->row);
	} else {
		if (!k)
			k = calloc(1, sizeof *k);
		if (!k)
			return;
		k->number = c->number;
		tc_show_row(s, &k->row, c);
		s->held_bytes += k->row.len + sizeof *k;
		tc_buf_add(&s->held, &k, sizeof(void *));
		if (s->held_bytes > TC_SHOW_KEEP)
			stop_keeping(s);
		return;
	}
	if (k)
		kept_free(k);
}

/* The ladder of a connection, as long as all of it can be kept. */
static void keep_line(struct tc_show *s, const struct tc_story_event *e)
{
	struct tc_convo *c = s->convo;
	struct tc_show_kept *k = c->owned;
	size_t before;

	if (!k)
		k = c->owned = calloc(1, sizeof *k);
	if (!k)
		return;
	before = k->ladder.len;
	if (before == 0)
		tc_show_ladder_heading(&k->ladder, c);
	tc_ladder_event(&k->ladder, &s->view, e);
	s->held_bytes += k->ladder.len - before;
	if (s->held_bytes <= TC_SHOW_KEEP)
		return;
	if (s->o->connection)
		tc_buf_add(&s->out, k->ladder.data, k->ladder.len);
	tc_buf_free(&k->ladder);
	stop_keeping(s);
}

static void tell_ladder(void *ctx, struct tc_view *v, const struct tc_story_event *e)
{
	struct tc_show *s = ctx;

	if (!s->streaming)
		keep_line(s, e);
	else if (s->o->connection)
		tc_ladder_event(&s->out, v, e);
}

/* Every segment as it came: with its ends, for they are of many connections; in short with the
 * connection's number, whose ends are told once. */
static void tell_listed(void *ctx, struct tc_view *v, const struct tc_story_event *e)
{
	struct tc_show *s = ctx;

	if (v->brief && s->is_first)
		tc_show_ladder_heading(&s->out, s->convo);
	tc_ladder_head(&s->out, v, e);
	tc_buf_add_u8(&s->out, '\n');
	if (s->o->payload)
		tc_ladder_payload(&s->out, v, e);
}

/* Registers all outputs that get the segments shown. */
void tc_show_sinks(struct tc_show *s)
{
	const struct tc_show_options *o = s->o;
	bool text = !o->record && !o->json && !o->table_only;
	const struct tc_sink all[] = {
		{ tc_html_ladder_event, o->ladder, TC_STORY_SEGMENT },
		{ tc_record_event, o->record, TC_STORY_SEGMENT },
		{ tc_json_event, o->json && !o->record ? &s->out : NULL, TC_STORY_SEGMENT },
		{ tell_listed, text && o->all ? s : NULL, TC_STORY_SEGMENT },
		{ tell_ladder, text && !o->all ? s : NULL, TC_STORY_SEGMENT },
	};

	s->view.payload.hdr = o->frames;
	s->view.brief = o->brief;
	s->view.many = o->all;
	s->view.lead = o->all && !o->brief ? TC_LEAD_ENDS : TC_LEAD_ARROW;
	tc_sinks_add(&s->sinks, all, sizeof all / sizeof *all);
}
