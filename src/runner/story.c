/* SPDX-License-Identifier: BSD-2-Clause */
/* What was on the wire while a script is carried out, in the order of the capture, kept until
 * it can be told. */
#include "own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORY_MOST 65536u		/* lines that wait for one before them to be told */

static void record_free(struct run_record *rec)
{
	free(rec->frame);
	free(rec->note);
	free(rec);
}

void tc_run_story_free(struct tc_script_run *r)
{
	struct run_record *rec, *next;
	struct run_sent *s, *after;

	for (rec = r->story; rec; rec = next) {
		next = rec->next;
		record_free(rec);
	}
	for (s = r->sent; s; s = after) {
		after = s->next;
		free(s->frame);
		free(s);
	}
	r->story = NULL;
	r->sent = NULL;
}

void tc_run_note(struct run_record *rec, const char *fmt, ...)
{
	va_list ap;

	free(rec->note);
	va_start(ap, fmt);
	if (vasprintf(&rec->note, fmt, ap) < 0)
		rec->note = NULL;
	va_end(ap);
}

struct run_record *tc_run_append(struct tc_script_run *r, enum tc_origin origin,
				 const uint8_t *frame, size_t n, tc_time stamp, int dlt)
{
	struct run_record *rec = NULL;

	if (++r->n_story > STORY_MOST) {
		tc_fail(r->err, -ENOBUFS, "more than %u segments came while the script waited",
			STORY_MOST);
		return NULL;
	}
	rec = calloc(1, sizeof *rec);
	if (rec && frame)
		rec->frame = malloc(n ? n : 1);
	if (!rec || (frame && !rec->frame)) {
		free(rec);
		tc_nomem(r->err);
		return NULL;
	}
	if (frame) {
		memcpy(rec->frame, frame, n);
		rec->len = n;
		rec->dlt = dlt;
		rec->parsed = tc_rx_parse(&rec->rx, rec->frame, n, dlt, NULL) >= 0;
	}
	rec->origin = origin;
	rec->stamp = stamp;
	rec->settled = true;
	*r->story_end = rec;
	r->story_end = &rec->next;
	return rec;
}

void tc_run_say(struct tc_script_run *r, const struct tc_script_event *e)
{
	struct run_record *rec = tc_run_append(r, TC_ORIGIN_US, NULL, 0, tc_run_now(r), 0);

	if (rec)
		rec->event = e;
	tc_run_tell(r, false);
}

/* Both ends, and what their numbers count from; side 0 is ours. */
static void put_ends(struct tc_story_event *e, const struct run_record *rec)
{
	bool ours = !e->from;
	struct tc_isns isn = tc_run_isns(rec->flow, ours, rec->parsed && rec->rx.seg.flags & TC_FLAG_SYN);

	if (!ours && rec->flow && !rec->flow->theirs_known && rec->rx.seg.flags & TC_FLAG_SYN)
		isn.seq = rec->rx.seg.seq;
	e->isn[e->from] = isn.seq;
	e->isn[ours] = isn.ack;
	e->addr[e->from] = rec->rx.src;
	e->addr[ours] = rec->rx.dst;
	e->port[e->from] = rec->rx.sport;
	e->port[ours] = rec->rx.dport;
}

static uint32_t tags_of(const struct run_record *rec)
{
	bool reset = rec->parsed && rec->rx.seg.flags & TC_FLAG_RST;

	return (rec->unseen ? TC_TAG_BIT(UNSEEN) : 0) |
	       (rec->origin == TC_ORIGIN_KERNEL && reset ? TC_TAG_BIT(KERNEL_RESET) : 0);
}

/* What somebody says stands in a ladder as a remark. */
static void put_words(struct tc_buf *words, const struct run_record *rec)
{
	const struct tc_script_event *line = rec->event;
	bool remark = line && (line->kind == TC_SCRIPT_SAY || line->kind == TC_SCRIPT_ASK);

	if (!rec->frame && line)
		tc_buf_printf(words, "%s%s", remark ? "# " : "",
			      remark ? line->text : line->source);
}

static void tell(struct tc_script_run *r, const struct run_record *rec)
{
	struct tc_buf words = { 0 };
	struct tc_story_event e = {
		.kind = rec->frame ? TC_STORY_SEGMENT : TC_STORY_WORDS,
		.frame = { rec->frame, rec->len, rec->len, rec->stamp, rec->dlt },
		.rx = rec->parsed ? &rec->rx : NULL, .origin = rec->origin,
		.from = rec->origin == TC_ORIGIN_PEER, .tags = tags_of(rec),
		.connection = rec->flow ? (unsigned)(rec->flow - r->flow) + 1 : 0,
		.script_line = rec->event ? rec->event->line : 0,
		.script = rec->event ? rec->event->source : NULL, .note = rec->note,
	};

	put_ends(&e, rec);
	put_words(&words, rec);
	e.words = words.failed ? NULL : (const char *)words.data;
	if (r->cfg.ops->tell)
		r->cfg.ops->tell(r->cfg.ctx, &e, rec->event);
	tc_buf_free(&words);
}

void tc_run_tell(struct tc_script_run *r, bool all)
{
	struct run_record *rec;

	while ((rec = r->story) && (all || rec->settled)) {
		r->story = rec->next;
		if (!r->story)
			r->story_end = &r->story;
		tell(r, rec);
		record_free(rec);
		r->n_story--;
	}
}
