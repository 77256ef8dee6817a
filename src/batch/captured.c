/* SPDX-License-Identifier: BSD-2-Clause */
/* A script as the judge of a capture; see captured.h. */
#include "captured.h"

#include "live/live.h"
#include "live/progress.h"
#include "one.h"

#include "analysis/gather.h"
#include "report/ladder.h"
#include "wire/family.h"
#include "wall/wall.h"
#include "wire/place.h"

#include <tcpcraft/path.h>
#include <tcpcraft/script_run.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MTU_USUAL 1500u

/* One connection of the capture, judged. */
struct judging {
	const struct options *o;
	const struct tc_script *script;
	const struct tc_gathered_convo *convo;
	unsigned number;
	struct tc_view view;
	struct tc_sinks sinks;
	struct tc_buf text;		/* its ladder, or lines of JSON */
	struct tc_script_result result;
};

static void on_tell(void *ctx, const struct tc_story_event *e, const struct tc_script_event *line)
{
	struct judging *j = ctx;
	struct tc_story_event of_file = *e;

	(void)line;
	of_file.connection = e->connection ? j->number : 0;
	tc_tell(&j->sinks, &j->view, &of_file);
}

static const struct tc_script_ops ops = { .tell = on_tell };

/* The MTU of the side that is judged, by the MSS that it announced (RFC 9293 3.7.1). */
static unsigned mtu_of(const struct tc_gathered_convo *c, unsigned side)
{
	unsigned heads = tc_family(c->addr[0].family)->ip_bytes + TCP_BYTES;
	struct tc_rx rx;

	for (size_t i = 0; i < c->n; i++) {
		const struct tc_frame *f = &c->segment[i].frame;

		if (c->segment[i].from == side &&
		    tc_rx_parse_cut(&rx, f->bytes, f->len, f->wire_len, f->dlt, NULL) >= 0 &&
		    rx.seg.flags & TC_FLAG_SYN && rx.seg.opts.present & TC_HAS_MSS)
			return rx.seg.opts.mss + heads;
	}
	return MTU_USUAL;
}

static struct tc_taped *make_tape(const struct tc_gathered_convo *c, unsigned ours)
{
	struct tc_taped *tape = calloc(c->n + 1, sizeof *tape);

	for (size_t i = 0; tape && i < c->n; i++)
		tape[i] = (struct tc_taped){ c->segment[i].frame, c->segment[i].from == ours };
	return tape;
}

static void open_view(struct judging *j, bool server)
{
	const struct tc_sink all[] = {
		{ tc_json_event, j->o->json ? &j->text : NULL, TC_STORY_TOLD },
		{ tc_ladder_event, j->o->json ? NULL : &j->text, TC_STORY_TOLD },
	};

	j->view = (struct tc_view){
		.start = j->convo->segment[0].frame.stamp, .mirrored = server,
		.payload = { j->o->payload, j->o->frames },
	};
	if (!j->o->quiet)
		tc_sinks_add(&j->sinks, all, sizeof all / sizeof *all);
}

static int judge(struct judging *j, struct tc_error *err)
{
	bool server = tc_script_is_server(j->script);
	const struct tc_gathered_convo *c = j->convo;
	struct tc_path path = { .src = c->addr[server], .dst = c->addr[!server],
				.mtu = mtu_of(c, !server), .ifname = "capture" };
	struct tc_taped *tape = make_tape(c, server);
	struct tc_script_run_config cfg = {
		.script = j->script, .path = &path, .server = server, .n_ports = 1,
		.tape = tape, .n_tape = c->n, .tolerance = j->o->script.tolerance,
		.percent_given = j->o->script.tolerance_percent_given,
		.percent = j->o->script.tolerance_percent,
		.patience = j->o->timeout_given ? j->o->timeout : 0,
		.strict_segments = j->o->script.strict_segments, .ops = &ops, .ctx = j,
		.flow = { .local_addr = c->addr[server], .local_port = c->port[server],
			  .remote_addr = c->addr[!server], .remote_port = c->port[!server] },
	};
	struct tc_script_run *run = NULL;
	int rc = tape ? tc_script_run_open(&run, &cfg, err) : tc_nomem(err);

	open_view(j, server);
	if (rc >= 0)
		rc = tc_script_run(run, &j->result, err);
	tc_script_run_close(run);
	free(tape);
	return rc;
}

/* A connection that passes is better; of two that fail, the one that got further in the script. */
static bool is_better(const struct tc_script_result *a, const struct tc_script_result *b)
{
	bool passed = a->verdict == TC_SCRIPT_PASSED;

	return passed != (b->verdict == TC_SCRIPT_PASSED) ? passed : a->events > b->events;
}

static int judge_all(const struct tc_gathered *g, struct progress *progress,
		     struct judging *best, struct tc_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < g->n && rc >= 0 && best->result.verdict != TC_SCRIPT_PASSED; i++) {
		struct judging j = { .o = best->o, .script = best->script, .convo = &g->convo[i],
				     .number = (unsigned)i + 1 };

		if (progress)
			progress_count(progress, "connections judged", i, g->n);
		rc = judge(&j, err);
		if (best->number && !is_better(&j.result, &best->result)) {
			tc_buf_free(&j.text);
			continue;
		}
		tc_buf_free(&best->text);
		*best = j;
	}
	best->result.connection = best->number;
	best->result.connections = (unsigned)g->n;
	return rc;
}

static void print(const struct judging *j, const char *capture, int code)
{
	struct tc_script_report rep = { .script = j->script, .result = &j->result,
					.capture = capture, .exit = code, .seed = j->o->seed };
	struct tc_buf line = { 0 };
	bool message = j->result.verdict == TC_SCRIPT_NOT_RUN && !j->o->json;

	tc_buf_add(&line, j->text.data, j->text.len);
	if (j->o->json)
		tc_script_json_result(&line, &rep);
	else if (!j->o->quiet || message)
		tc_script_sentence(&line, &rep);
	if (line.len)
		terminal_write(j->o, message ? stderr : stdout, line.data, line.len);
	tc_buf_free(&line);
}

/* Refuses scripts that no capture can answer, before a capture is read. */
static int check(const struct tc_script *s, struct tc_error *err)
{
	if (tc_script_names_ports(s))
		return tc_fail(err, -EINVAL, "%s: it names ports, and so several connections: a "
			       "capture is judged connection by connection", s->file);
	return 0;
}

static void far(void *ctx, uint64_t read, uint64_t of)
{
	if (of >> 20)
		progress_count(ctx, "MiB", read >> 20, of >> 20);
}

/* Reads the capture, then judges it: the progress of each is counted anew. */
static int look(struct judging *best, struct tc_gathered *g, const char *capture,
		struct progress *progress, struct tc_error *err)
{
	int rc = tc_gather(g, capture, progress ? far : NULL, progress, err);

	if (rc >= 0 && g->n == 0)
		rc = tc_fail(err, -ENOENT, "%s: no segment of TCP in it", capture);
	if (progress) {
		progress_wipe(progress);
		*progress = (struct progress){ .o = best->o };
	}
	if (rc >= 0)
		rc = judge_all(g, progress, best, err);
	if (progress)
		progress_wipe(progress);
	return rc;
}

int captured_one(const struct options *o, const char *path, const char *capture,
		 struct progress *progress, struct tc_script_result *result)
{
	struct judging best = { .o = o, .result = { .verdict = TC_SCRIPT_FAILED } };
	struct tc_gathered g = { 0 };
	struct tc_script *s = NULL;
	struct tc_error err = { 0 };
	int code, rc = script_read(&s, path, o, &err);

	if (rc >= 0)
		rc = check(s, &err);
	if (rc >= 0)
		rc = live_wall_of(o, TC_WALL_READS, &capture, 1, &err);
	best.script = s;
	if (rc >= 0)
		rc = look(&best, &g, capture, progress, &err);
	*result = best.result;
	result->event = NULL;	/* it was the script's */
	if (rc < 0) {
		result->error = err;
		code = fail(o, rc == -ENOMEM ? EXIT_MACHINE : EXIT_USAGE, &err);
	} else {
		code = script_exit(&best.result);
		print(&best, capture, code);
	}
	tc_buf_free(&best.text);
	tc_gathered_free(&g);
	tc_script_free(s);
	return code;
}
