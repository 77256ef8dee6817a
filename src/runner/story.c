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

struct run_record *tc_run_append(struct tc_script_run *r, enum tc_script_origin origin,
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

void tc_run_say(struct tc_script_run *r, const struct tc_script_event *e, const char *text)
{
	struct run_record *rec = tc_run_append(r, TC_STORY_TEXT, NULL, 0, tc_clock_realtime(), 0);

	if (rec) {
		rec->event = e;
		if (text)
			tc_run_note(rec, "%s", text);
	}
	tc_run_tell(r, false);
}

static void tell(struct tc_script_run *r, const struct run_record *rec)
{
	bool ours = rec->origin != TC_STORY_PEER;
	struct tc_script_line l = {
		.origin = rec->origin, .stamp = rec->stamp, .frame = rec->frame,
		.frame_len = rec->len, .rx = rec->parsed ? &rec->rx : NULL,
		.dlt = rec->dlt,
		.isn = tc_run_isns(rec->flow, ours), .event = rec->event, .note = rec->note,
		.flow = rec->flow ? (unsigned)(rec->flow - r->flow) + 1 : 0,
	};

	if (!ours && rec->flow && !rec->flow->theirs_known &&
	    rec->rx.seg.flags & TC_FLAG_SYN)
		l.isn.seq = rec->rx.seg.seq;
	if (r->cfg.ops->line)
		r->cfg.ops->line(r->cfg.ctx, &l);
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
