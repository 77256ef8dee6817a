/* SPDX-License-Identifier: BSD-2-Clause */
/* One script carried out over the wire; see one.h. */
#include "one.h"

#include "live/live.h"
#include "live/run_script.h"
#include "report/beside.h"
#include "wall/wall.h"

#include <tcpcraft/script_run.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PORTS 64u			/* at most, for scripts that name ports in loops */

struct running {
	struct run_script run;		/* first: what the run's ops get */
	struct options o;		/* as given, and what the script says besides */
	struct live live;
	struct tc_session_config cfg;
	struct script_place place;
	struct tc_script *script;
	struct run_hand hand;
	struct tc_script_result *result;
};

/* ---- what the run tells ----------------------------------------------------------- */

static void on_event(void *ctx, const struct tc_story_event *e, const struct tc_script_event *line)
{
	struct running *r = ctx;

	(void)line;
	if (!r->place.account)
		live_tell(&r->live, e);
	else if (e->rx && e->origin != TC_ORIGIN_KERNEL)
		tc_beside_add(r->place.account, e->rx, e->from == 0, e->frame.stamp,
			      tc_story_isns(e), e->script_line);
	if (r->hand.calls && e->kind == TC_STORY_SEGMENT && e->origin == TC_ORIGIN_US)
		tc_calls_sent(r->hand.calls, e->frame.stamp);
}

/* Where somebody sits: wait for a line, or for a signal, which the next turn takes. */
static void on_ask(void *ctx, const char *text)
{
	struct running *r = ctx;
	char line[2];

	(void)text;
	live_print(&r->live);
	if (isatty(STDIN_FILENO))
		live_read_line(&r->live, STDIN_FILENO, line, sizeof line);
}

static void on_notice(void *ctx, const char *line)
{
	struct running *r = ctx;

	if (!r->o.quiet)
		terminal_say(&r->o, stderr, "tcpcraft: %s\n", line);
}

static const struct tc_script_ops ops = {
	.frame = run_script_frame, .tell = on_event, .ask = on_ask, .turn = run_script_turn,
	.notice = on_notice,
};

static const struct tc_script_ops calls_ops = {
	.frame = run_script_frame, .tell = on_event, .ask = on_ask, .turn = run_script_turn,
	.notice = on_notice, .call = run_script_call, .busy = run_script_busy,
};

/* ---- the run ---------------------------------------------------------------------- */

int script_read(struct tc_script **s, const char *path, const struct options *o,
		struct tc_error *err)
{
	struct tc_buf text = { 0 };
	int rc = tc_buf_read_file(&text, path, TC_SCRIPT_MAX, err);

	if (rc >= 0)
		rc = tc_script_parse_with(s, o->payload, strcmp(path, "-") ? path : "stdin",
					  (const char *)text.data, text.len, o->script.defines,
					  o->script.n_defines, err);
	tc_buf_free(&text);
	return rc;
}

static void tell_error(void *ctx, const struct tc_error *err)
{
	fail(*(const struct options *const *)ctx, EXIT_USAGE, err);
}

int script_check(const char *path, const struct options *o)
{
	struct tc_buf text = { 0 };
	struct tc_error err = { 0 };
	int rc = tc_buf_read_file(&text, path, TC_SCRIPT_MAX, &err);

	if (rc >= 0)
		rc = tc_script_check(o->payload, strcmp(path, "-") ? path : "stdin",
				     (const char *)text.data, text.len, o->script.defines,
				     o->script.n_defines, tell_error, &o, &err);
	tc_buf_free(&text);
	if (rc < 0)
		return fail(o, EXIT_USAGE, &err);
	return rc ? EXIT_USAGE : EXIT_DONE;
}

static int read_or_parse(struct running *r, const char *path, struct tc_error *err)
{
	const char *text = r->place.text;

	return text ? tc_script_parse(&r->script, path, text, strlen(text), NULL, 0, err) :
		      script_read(&r->script, path, &r->o, err);
}

/* A line for people, and what is known of the script afterwards. */
static int cannot(struct running *r, int code, const struct tc_error *err)
{
	r->result->error = *err;
	return fail(&r->o, code, err);
}

static int carry_out(struct running *r)
{
	struct tc_script_run_config cfg = {
		.script = r->script,
		.tolerance = r->o.script.tolerance,
		.percent_given = r->o.script.tolerance_percent_given,
		.percent = r->o.script.tolerance_percent,
		.patience = r->o.timeout_given ? r->o.timeout : 0,
		.strict_segments = r->o.script.strict_segments,
		.ops = run_hand_is_there(&r->hand) ? &calls_ops : &ops,
	};
	const struct live_wall wall = { .needs = TC_WALL_SESSION };
	struct tc_error err = { 0 };
	int rc;

	/* A hand makes the script's calls, and starts its programs, in front of the wall, and
	 * another process is to run its code at the end. */
	if (live_wall_session(&r->live, &wall, &err) < 0)
		return cannot(r, EXIT_MACHINE, &err);
	cfg.iss_given = options_iss(&r->o, &cfg.iss);
	r->run = (struct run_script){ .live = &r->live, .session = &r->cfg,
				      .hand = &r->hand };
	rc = run_script_carry_out(&r->run, &cfg, r->result, &err);
	return rc < 0 ? cannot(r, rc == -EINVAL ? EXIT_USAGE : EXIT_MACHINE, &err) : 0;
}

int script_exit(const struct tc_script_result *res)
{
	switch (res->verdict) {
	case TC_SCRIPT_PASSED:
	case TC_SCRIPT_INTERRUPTED:
		return EXIT_DONE;
	case TC_SCRIPT_FAILED:
		return EXIT_FINDING;
	case TC_SCRIPT_NOT_RUN:
	case TC_SCRIPT_NOT_SUPPORTED:
		return EXIT_USAGE;
	case TC_SCRIPT_INCONCLUSIVE:
		return EXIT_PEER;
	}
	return EXIT_DONE;
}

static bool is_message(enum tc_script_verdict v)
{
	return v == TC_SCRIPT_NOT_RUN || v == TC_SCRIPT_NOT_SUPPORTED ||
	       v == TC_SCRIPT_INCONCLUSIVE;
}

/* The verdict is on stdout, as the ladder; but why a script could not run is a message. */
static void print_result(struct running *r, const char *host, int code)
{
	const struct tc_script_result *res = r->result;
	struct tc_script_report rep = {
		.script = r->script, .result = res, .host = host,
		.port = r->cfg.listen ? r->cfg.source_port : r->cfg.dst_port,
		.seed = r->o.seed, .exit = code, .sum = &r->live.sum,
	};
	bool message = is_message(res->verdict);
	struct tc_buf line = { 0 };

	if (r->place.account && !message)
		return;
	if (r->o.json) {
		tc_script_json_result(&line, &rep);
	} else if (!r->o.quiet || message) {
		tc_script_sentence(&line, &rep);
		if (!message && r->live.session == NULL) {
			tc_guard_sentence(&line, &r->live.sum);
			tc_buf_text(&line, "\n");
		}
	}
	if (line.len)
		terminal_write(&r->o, message && !r->o.json ? stderr : r->o.json ? stdout :
			       r->live.ladder, line.data, line.len);
	tc_buf_free(&line);
}

/* The verdict, for the page of --html. */
static void put_said(void *ctx, struct tc_buf *out)
{
	const struct running *r = ctx;
	struct tc_script_report rep = { .script = r->script, .result = r->result };

	tc_script_sentence(out, &rep);
	tc_guard_sentence(out, &r->live.sum);
}

/* Opens the hand. A script that cannot be carried out gets a result like any other: not passed. */
static int open_hand(struct running *r, const char *host, const char *port)
{
	struct tc_script_result *res = r->result;
	int rc = run_hand_open(&r->hand, &r->o, r->script, port, &r->cfg, &res->error), code;

	if (rc >= 0)
		return 0;
	if (!tc_script_verdict_of(rc, &res->verdict))
		return fail(&r->o, exit_for(OF_SESSION, &res->error), &res->error);
	code = script_exit(res);
	print_result(r, host, code);
	return code;
}

/* For a HOST with addresses of both families, --ip_version chooses one. */
static int set_family(struct running *r)
{
	struct options *o = &r->o;
	struct tc_script_version v;
	struct tc_error err = { 0 };

	if (options_no_host(o))
		return 0;
	if (tc_script_version(r->script, o->script.ip_version, &v, &err) < 0)
		return cannot(r, EXIT_USAGE, &err);
	if (o->family && v.family && o->family != v.family) {
		tc_fail(&err, -EINVAL, "-%u and --ip_version=ipv%u: which?", o->family, v.family);
		return cannot(r, EXIT_USAGE, &err);
	}
	if (v.family)
		o->family = v.family;
	return 0;
}

unsigned script_ports(const struct tc_script *s)
{
	unsigned n = tc_script_connections(s);

	return n < PORTS ? n : PORTS;
}

/* Uses the ports and the guard that another session holds for all scripts; but not for a script that
 * listens, at a port that the user chose, or is of the other family, which needs its own rule. */
static void take_place(struct running *r)
{
	const struct script_place *p = &r->place;

	r->cfg.capture_bytes = p->capture_bytes;
	if (!p->first_port || r->o.listen || (r->o.family && r->o.family != p->family))
		return;
	r->cfg.shared = true;
	r->cfg.source_port = p->first_port;
	r->cfg.n_ports = script_ports(r->script);
	r->cfg.guard = p->guard;
}

static int run(struct running *r, const char *host, const char *port)
{
	const struct tc_script_result *res = r->result;
	struct options *o = &r->o;
	int code = set_family(r);

	if (code)
		return code;
	o->listen = tc_script_is_server(r->script) && !o->script.dut;
	live_config(&r->live, o, o->listen ? 1 : script_ports(r->script), false, false, &r->cfg);
	r->cfg.no_stack = true;
	r->live.own_sinks = true;
	r->live.write_fd = r->place.write_fd;
	code = open_hand(r, host, port);
	if (code)
		return code;
	take_place(r);
	r->live.view.many = tc_script_names_ports(r->script);
	r->live.view.mirrored = tc_script_is_server(r->script);
	code = live_start(&r->live, host, o->script.dut ? NULL : port, &r->cfg);
	if (code) {
		r->result->error = r->live.start_err;
		return code;
	}
	code = carry_out(r);
	if (code == 0)
		code = script_exit(res);
	r->live.say = put_said;
	r->live.say_ctx = r;
	code = live_close(&r->live, code);
	r->live.sum.resets_leaked += res->kernel_resets;
	r->live.session = NULL;
	if (code != EXIT_MACHINE && (code != EXIT_USAGE || is_message(res->verdict)))
		print_result(r, host, code);
	return code;
}

int script_one(const struct options *o, const char *path, const char *host, const char *port,
	       struct script_place place, struct tc_script_result *result)
{
	struct running r = { .o = *o, .place = place, .result = result };
	struct tc_error err = { 0 };
	int code;

	if (read_or_parse(&r, path, &err) < 0)
		code = cannot(&r, EXIT_USAGE, &err);
	else
		code = run(&r, host, port);
	result->event = NULL;	/* it was the script's */
	run_hand_close(&r.hand);
	tc_script_free(r.script);
	return code;
}
