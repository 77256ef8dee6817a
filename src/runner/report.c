/* SPDX-License-Identifier: BSD-2-Clause */
/* What people and programs are told of a script that is carried out: each packet with the
 * line of the script that sent or expected it, and the verdict. */
#include "report/json.h"
#include "own.h"

#include "report/ladder.h"
#include "report/trace.h"

#include <stdio.h>
#include <string.h>

#define SCRIPT_COLUMN 72 /* where the script's line stands, if there is room */
#define COMMENT "# "

/* ---- the ladder ------------------------------------------------------------------- */

static enum tc_origin origin_of(const struct tc_script_line *l)
{
	return l->origin == TC_STORY_PEER     ? TC_ORIGIN_PEER
	       : l->origin == TC_STORY_KERNEL ? TC_ORIGIN_KERNEL
					      : TC_ORIGIN_US;
}

static void put_frame(struct tc_buf *out, tc_time since, const struct tc_script_line *l,
		      const char *lead)
{
	if (!tc_ladder_head(out, since, lead, l->rx, l->isn))
		tc_buf_printf(out, "%zu bytes that %s", l->frame_len, l->rx ?
			      "are not a TCP segment" : "are not a valid packet");
	if (l->origin == TC_STORY_UNSEEN)
		tc_buf_text(out, " [never seen on the wire]");
}

static void put_event(struct tc_buf *out, const struct tc_script_event *e, size_t begin)
{
	while (out->len - begin < SCRIPT_COLUMN)
		tc_buf_add_u8(out, ' ');
	tc_buf_printf(out, " %3u| %s", e->line, e->source);
}

static void put_words(struct tc_buf *out, const struct tc_script_event *e)
{
	bool words = e->kind == TC_SCRIPT_SAY || e->kind == TC_SCRIPT_ASK;

	tc_buf_printf(out, "%s%s", words ? COMMENT : "", words ? e->text : e->source);
}

void tc_script_ladder(struct tc_buf *out, struct tc_view *v, const struct tc_script_line *l)
{
	struct tc_payload what = v->payload;
	size_t begin = out->len;
	const char *arrow = "";
	char lead[24];

	if (!v->start)
		v->start = l->stamp;
	if (l->origin != TC_STORY_TEXT)
		arrow = tc_origin_arrow(origin_of(l), l->origin == TC_STORY_UNSEEN);
	snprintf(lead, sizeof lead, "%s", arrow);
	if (v->many && l->flow)
		snprintf(lead, sizeof lead, "[%u] %s", l->flow, arrow);
	if (l->origin == TC_STORY_TEXT) {
		tc_ladder_head(out, l->stamp - v->start, lead, NULL, l->isn);
		if (l->event)
			put_words(out, l->event);
	} else {
		put_frame(out, l->stamp - v->start, l, lead);
		if (l->event)
			put_event(out, l->event, begin);
	}
	tc_buf_text(out, "\n");
	if (l->note)
		tc_buf_printf(out, TC_LINE_INDENT "! %s\n", l->note);
	what.surely = what.surely && l->origin != TC_STORY_PEER;
	if (l->rx && l->rx->kind == TC_RX_TCP)
		tc_line_payload(out, what, l->rx->payload, l->rx->seg.len);
	if (l->origin == TC_STORY_KERNEL)
		tc_buf_text(out, TC_LINE_INDENT
			    "^ sent by this host's kernel, not by tcpcraft\n");
}

/* ---- JSON ------------------------------------------------------------------------- */

static const char *line_type(const struct tc_script_line *l)
{
	if (l->origin == TC_STORY_TEXT)
		return "script";
	return l->rx && l->rx->kind == TC_RX_ICMP_ERROR ? "icmp" : "segment";
}

static void put_tags(json_t *o, const struct tc_script_line *l)
{
	if (l->origin == TC_STORY_UNSEEN)
		put_tag(o, "unseen");
	if (l->origin == TC_STORY_KERNEL && l->rx && l->rx->seg.flags & TC_FLAG_RST)
		put_tag(o, "kernel-reset");
}

void tc_script_json_line(struct tc_buf *out, struct tc_view *v,
			 const struct tc_script_line *l)
{
	json_t *o = json_object();

	if (!v->start)
		v->start = l->stamp;
	put_text(o, "type", line_type(l));
	put_int(o, "time_us", (uint64_t)((l->stamp - v->start) / TC_US));
	put_int(o, "epoch_ns", (uint64_t)l->stamp);
	if (l->flow)
		put_int(o, "connection", l->flow);
	if (l->frame) {
		put_text(o, "direction", l->origin == TC_STORY_PEER ? "received" : "sent");
		put_text(o, "origin", tc_origin_name(origin_of(l)));
	}
	if (l->rx && l->rx->kind == TC_RX_TCP)
		tc_json_put_segment(o, l->rx, l->isn, l->dlt);
	if (l->rx && l->rx->kind == TC_RX_ICMP_ERROR)
		tc_json_put_icmp(o, l->rx);
	put_hex(o, "frame_hex", l->frame, l->frame_len);
	if (l->event) {
		put_int(o, "script_line", l->event->line);
		put_text(o, "script", l->event->source);
	}
	put_text(o, "note", l->note);
	put_tags(o, l);
	put_line(out, o);
}

static void put_failure(json_t *o, const struct tc_script_result *r)
{
	json_t *f = json_object();

	if (r->verdict == TC_SCRIPT_FAILED || r->verdict == TC_SCRIPT_NOT_RUN) {
		put_int(f, "line", r->line);
		put_int(f, "column", r->column);
		put_text(f, "message", r->error.msg);
		put_text(f, "expected", r->expected);
		put_text(f, "seen", r->seen);
		put_text(f, "fields", r->fields);
		json_object_set(o, "failure", f);
	}
	json_decref(f);
}

void tc_script_json_result(struct tc_buf *out, const struct tc_script_report *rep)
{
	const struct tc_script_result *r = rep->result;
	json_t *o = json_object();

	put_text(o, "type", "result");
	put_text(o, "command", "run");
	put_text(o, "verdict", tc_script_verdict_name(r->verdict));
	put_text(o, "script", rep->script->file);
	put_text(o, "host", rep->host);
	if (rep->port)
		put_int(o, "port", rep->port);
	put_int(o, "events", r->events);
	if (r->skipped)
		put_int(o, "skipped", r->skipped);
	put_failure(o, r);
	put_int(o, "duration_us", (uint64_t)(r->seconds / TC_US));
	put_int(o, "segments_sent", r->segments_sent);
	put_int(o, "segments_received", r->segments_received);
	if (rep->sum) {
		put_int(o, "capture_dropped", rep->sum->capture_dropped);
		put_guard(o, rep->sum);
	}
	put_int(o, "seed", rep->seed);
	put_int(o, "exit", (uint64_t)rep->exit);
	put_line(out, o);
}

/* ---- the verdict ------------------------------------------------------------------ */

void tc_script_sentence(struct tc_buf *out, const struct tc_script_report *rep)
{
	const struct tc_script_result *r = rep->result;

	switch (r->verdict) {
	case TC_SCRIPT_PASSED:
		tc_buf_printf(out, "%s: passed: %u events, %.3f s", rep->script->file,
			      r->events, (double)r->seconds / TC_S);
		if (r->skipped)
			tc_buf_printf(out, ", %u calls passed over", r->skipped);
		break;
	case TC_SCRIPT_FAILED:
		tc_buf_printf(out, "failed: %s\n  expected  %s", r->error.msg, r->expected);
		if (r->seen[0])
			tc_buf_printf(out, "\n  seen      > %s", r->seen);
		if (r->fields[0])
			tc_buf_printf(out, "\n  differs   %s", r->fields);
		break;
	case TC_SCRIPT_NOT_RUN:
		tc_buf_printf(out, "not run: %s", r->error.msg);
		break;
	case TC_SCRIPT_INTERRUPTED:
		tc_buf_printf(out, "%s: interrupted after %u events", rep->script->file,
			      r->events);
		break;
	}
	tc_buf_text(out, "\n");
}
