/* SPDX-License-Identifier: BSD-2-Clause */
/* What people and programs are told of a script that was carried out. */
#include "report/json.h"
#include "own.h"

static void put_failure(json_t *o, const struct tc_script_result *r)
{
	json_t *f = json_object();

	if (r->verdict != TC_SCRIPT_PASSED && r->verdict != TC_SCRIPT_INTERRUPTED) {
		put_int(f, "line", r->line);
		put_int(f, "column", r->column);
		put_text(f, "message", r->error.msg);
		put_text(f, "expected", r->expected);
		put_text(f, "seen", r->seen);
		if (r->seen[0] && r->seen_ours)
			json_object_set_new(f, "seen_ours", json_true());
		put_text(f, "fields", r->fields);
		json_object_set(o, "failure", f);
	}
	json_decref(f);
}

void tc_script_json_result(struct tc_buf *out, const struct tc_script_report *rep)
{
	const struct tc_script_result *r = rep->result;
	json_t *o = tc_json_result_line("run");

	put_text(o, "verdict", tc_script_verdict_name(r->verdict));
	put_text(o, "script", rep->script->file);
	put_text(o, "capture", rep->capture);
	if (r->connection) {
		put_int(o, "connection", r->connection);
		put_int(o, "connections", r->connections);
	}
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
		if (rep->sum->guard_shared)
			put_int(o, "resets_leaked", rep->sum->resets_leaked);
		else
			put_guard(o, "guard", rep->sum);
	}
	put_int(o, "seed", rep->seed);
	put_int(o, "exit", (uint64_t)rep->exit);
	tc_json_put_line(out, o);
}

static void put_difference(struct tc_buf *out, const struct tc_script_result *r)
{
	tc_buf_printf(out, "\n  expected  %s", r->expected);
	if (r->seen[0])
		tc_buf_printf(out, "\n  seen      %c %s", r->seen_ours ? '<' : '>', r->seen);
	if (r->fields[0])
		tc_buf_printf(out, "\n  differs   %s", r->fields);
}

/* ---- the verdict ------------------------------------------------------------------ */

void tc_script_sentence(struct tc_buf *out, const struct tc_script_report *rep)
{
	const struct tc_script_result *r = rep->result;

	if (rep->capture)
		tc_buf_printf(out, "%s: connection %u of %u: ", rep->capture, r->connection,
			      r->connections);
	switch (r->verdict) {
	case TC_SCRIPT_PASSED:
		tc_buf_printf(out, "%s: passed: %u events, %.3f s", rep->script->file,
			      r->events, (double)r->seconds / TC_S);
		if (r->skipped)
			tc_buf_printf(out, ", %u calls passed over", r->skipped);
		break;
	case TC_SCRIPT_FAILED:
		tc_buf_printf(out, "failed: %s", r->error.msg);
		put_difference(out, r);
		break;
	case TC_SCRIPT_NOT_RUN:
		tc_buf_printf(out, "not run: %s", r->error.msg);
		break;
	case TC_SCRIPT_NOT_SUPPORTED:
		tc_buf_printf(out, "not supported: %s", r->error.msg);
		break;
	case TC_SCRIPT_INCONCLUSIVE:
		tc_buf_printf(out, "inconclusive: %s", r->error.msg);
		if (r->seen[0])
			put_difference(out, r);
		break;
	case TC_SCRIPT_INTERRUPTED:
		tc_buf_printf(out, "%s: interrupted after %u events", rep->script->file,
			      r->events);
		break;
	}
	tc_buf_text(out, "\n");
}
