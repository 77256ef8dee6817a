/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft run: a script in packetdrill's notation, carried out over the wire. */
#include "commands.h"

#include "cli.h"
#include "live/run_script.h"
#include "run_tell.h"

#include "page/ladder.h"
#include "script/record.h"
#include <tcpcraft/script_run.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PORTS 64			/* for scripts that name ports */

struct running {
	struct run_script run;		/* first: what the run's ops get */
	const struct options *o;
	struct live live;
	struct tc_session_config cfg;
	struct tc_script *script;
	struct run_local local;
	const struct tc_script_result *result;
};

/* ---- what the run tells ----------------------------------------------------------- */

/* The script's line stands on our side of the page; who opened is on the left. */
static void tell_page(struct live *live, const struct tc_script *s,
		      const struct tc_script_line *l, const char *words)
{
	bool server = tc_script_is_server(s);
	bool sent = l->origin != TC_STORY_PEER, left = sent != server;
	const struct tc_rx *rx = l->rx;
	struct tc_buf text = { 0 };

	if (rx && rx->kind == TC_RX_TCP)
		tc_html_ladder_seen(live->page_ladder, &(struct tc_html_seen){
			.connection = l->flow, .from = left ? 0 : 1, .frame = l->frame,
			.len = l->frame_len, .wire_len = l->frame_len, .dlt = l->dlt,
			.stamp = l->stamp, .addr = { left ? rx->src : rx->dst,
						     left ? rx->dst : rx->src },
			.port = { left ? rx->sport : rx->dport, left ? rx->dport : rx->sport },
			.isn = { left ? l->isn.seq : l->isn.ack,
				 left ? l->isn.ack : l->isn.seq },
		});
	if (!l->event)
		return;
	tc_html_ladder_column(live->page_ladder, words ? "program" : "script");
	if (words)
		tc_buf_text(&text, words);
	else
		tc_buf_printf(&text, "%u| %s", l->event->line, l->event->source);
	if (text.len && !text.failed)
		tc_html_ladder_call(live->page_ladder, &(struct tc_html_call){
			.connection = l->flow, .side = server, .stamp = l->stamp,
			.text = (const char *)text.data });
	tc_buf_free(&text);
}

/* What a capture file with comments says of a frame. */
static void comment(struct live *live, const struct tc_script_line *l, const char *words)
{
	static const char *const who[] = {
		[TC_STORY_SENT] = "sent by tcpcraft", [TC_STORY_PEER] = "received",
		[TC_STORY_KERNEL] = "sent by this host's kernel, not by tcpcraft",
	};
	struct tc_buf text = { 0 };

	if (l->origin == TC_STORY_TEXT || l->origin == TC_STORY_UNSEEN ||
	    live->write_err.code)
		return;
	tc_buf_text(&text, who[l->origin]);
	if (l->event && !words)
		tc_buf_printf(&text, "\nline %u: %s", l->event->line, l->event->source);
	if (l->note)
		tc_buf_printf(&text, "\n%s", l->note);
	if (!text.failed)
		tc_comments_say(live->comments, l->stamp, l->frame_len,
				(const char *)text.data, &live->write_err);
	tc_buf_free(&text);
}

void run_tell(struct live *live, const struct tc_script *s, const struct tc_script_line *l,
	      const char *words)
{
	if (live->comments)
		comment(live, l, words);
	if (live->page_ladder)
		tell_page(live, s, l, words);
	if (live->record && l->rx && l->rx->kind == TC_RX_TCP && l->flow &&
	    l->origin != TC_STORY_KERNEL)
		tc_record_segment(live->record, l->flow, l->origin != TC_STORY_PEER, l->stamp,
				  l->rx);
}

static void on_line(void *ctx, const struct tc_script_line *l)
{
	struct running *r = ctx;

	run_tell(&r->live, r->script, l, NULL);
	if (r->local.calls && (l->origin == TC_STORY_SENT || l->origin == TC_STORY_UNSEEN))
		tc_calls_sent(r->local.calls, l->stamp);
	if (!r->live.story)
		return;
	if (r->o->json)
		tc_script_json_line(&r->live.text, &r->live.view, l);
	else
		tc_script_ladder(&r->live.text, &r->live.view, l);
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

	if (!r->o->quiet)
		fprintf(stderr, "tcpcraft: %s\n", line);
}

static const struct tc_script_ops ops = {
	.frame = run_script_frame, .line = on_line, .ask = on_ask, .turn = run_script_turn,
	.notice = on_notice,
};

static const struct tc_script_ops local_ops = {
	.frame = run_script_frame, .line = on_line, .ask = on_ask, .turn = run_script_turn,
	.notice = on_notice, .call = run_script_call, .busy = run_script_busy,
};

/* ---- the run ---------------------------------------------------------------------- */

static int read_script(struct tc_script **s, const char *path, const struct options *o,
		       struct tc_error *err)
{
	struct tc_buf text = { 0 };
	int rc = tc_buf_read_file(&text, path, TC_SCRIPT_MAX, err);

	if (rc >= 0)
		rc = tc_script_parse(s, strcmp(path, "-") ? path : "stdin",
				     (const char *)text.data, text.len, o->script.defines,
				     o->script.n_defines, err);
	tc_buf_free(&text);
	return rc;
}

static int carry_out(struct running *r, struct tc_script_result *res)
{
	struct tc_script_run_config cfg = {
		.script = r->script, .iss_given = r->o->iss_given, .iss = r->o->iss,
		.tolerance = r->o->script.tolerance,
		.patience = r->o->timeout_given ? r->o->timeout : 0,
		.strict_segments = r->o->script.strict_segments,
		.ops = r->local.calls ? &local_ops : &ops,
	};
	struct tc_error err = { 0 };
	int rc;

	r->run = (struct run_script){ .live = &r->live, .session = &r->cfg,
				      .local = &r->local };
	rc = run_script_carry_out(&r->run, &cfg, res, &err);
	return rc < 0 ? fail(r->o, rc == -EINVAL ? EXIT_USAGE : EXIT_MACHINE, &err) : 0;
}

static int exit_code(const struct tc_script_result *res)
{
	switch (res->verdict) {
	case TC_SCRIPT_PASSED:
	case TC_SCRIPT_INTERRUPTED:
		return EXIT_DONE;
	case TC_SCRIPT_FAILED:
		return EXIT_FINDING;
	case TC_SCRIPT_NOT_RUN:
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* The verdict is on stdout, as the ladder; but why a script could not run is a message. */
static void print_result(struct running *r, const struct tc_script_result *res,
			 const char *host, int code)
{
	struct tc_script_report rep = {
		.script = r->script, .result = res, .host = host,
		.port = r->cfg.listen ? r->cfg.source_port : r->cfg.dst_port,
		.seed = r->o->seed, .exit = code, .sum = &r->live.sum,
	};
	bool message = res->verdict == TC_SCRIPT_NOT_RUN;
	struct tc_buf line = { 0 };

	if (r->o->json) {
		tc_script_json_result(&line, &rep);
	} else if (!r->o->quiet || message) {
		tc_script_sentence(&line, &rep);
		if (!message && r->live.session == NULL) {
			tc_guard_sentence(&line, &r->live.sum);
			tc_buf_text(&line, "\n");
		}
	}
	if (line.len)
		terminal_write(r->o, message && !r->o->json ? stderr : r->o->json ? stdout :
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

/* What cannot be carried out is told like any other result: it has not passed. */
static int open_local(struct running *r, struct tc_script_result *res)
{
	int rc = run_local_open(&r->local, r->o, r->script, &r->cfg, &res->error);

	if (rc >= 0)
		return 0;
	if (rc != -EOPNOTSUPP)
		return fail(r->o, exit_for(OF_SESSION, &res->error), &res->error);
	res->verdict = TC_SCRIPT_NOT_RUN;
	print_result(r, res, NULL, EXIT_USAGE);
	return EXIT_USAGE;
}

static int run(struct running *r, const char *host, const char *port)
{
	struct tc_script_result res = { 0 };
	struct options *o = (struct options *)(uintptr_t)r->o;
	int code;

	o->listen = tc_script_is_server(r->script) && !o->script.local;
	live_config(&r->live, o, tc_script_names_ports(r->script) && !o->listen ? PORTS : 1,
		    false, false, &r->cfg);
	r->cfg.bare = true;
	r->live.told = true;
	if (o->script.local) {
		code = open_local(r, &res);
		if (code)
			return code;
	}
	r->live.view.many = tc_script_names_ports(r->script);
	code = live_start(&r->live, host, port, &r->cfg);
	if (code)
		return code;
	code = carry_out(r, &res);
	if (code == 0)
		code = exit_code(&res);
	r->result = &res;
	r->live.say = put_said;
	r->live.say_ctx = r;
	code = live_close(&r->live, code);
	r->live.sum.resets_leaked += res.kernel_resets;
	r->live.session = NULL;
	if (code != EXIT_MACHINE && (code != EXIT_USAGE || res.error.code))
		print_result(r, &res, host, code);
	return code;
}

/* Each file in its canonical form; of several, its name stands before it as a remark. */
static int print_scripts(const struct options *o, int n, char **files)
{
	struct tc_script *s = NULL;
	struct tc_buf text = { 0 };
	struct tc_error err = { 0 };
	int rc = 0;

	for (int i = 0; i < n && rc >= 0; i++, s = NULL) {
		rc = read_script(&s, files[i], o, &err);
		if (rc >= 0 && n > 1)
			tc_buf_printf(&text, "%s# %s\n", i ? "\n" : "", files[i]);
		if (rc >= 0)
			tc_script_print(&text, s);
		tc_script_free(s);
		if (text.len)
			fwrite(text.data, 1, text.len, stdout);
		text.len = 0;
	}
	tc_buf_free(&text);
	return rc < 0 ? fail(o, EXIT_USAGE, &err) : EXIT_DONE;
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct running r = { .o = o };
	struct tc_error err = { 0 };
	int code;

	if (o->script.print)
		return print_scripts(o, argc, argv);
	if (argc > 3) {
		tc_fail(&err, -EINVAL, "too many arguments: usage: tcpcraft %s %s (several "
			"scripts go with --print)", cmd->name, cmd->args);
		return fail(o, EXIT_USAGE, &err);
	}
	if (read_script(&r.script, argv[0], o, &err) < 0) {
		code = fail(o, EXIT_USAGE, &err);
	} else if (o->script.local && argc > 1) {
		tc_fail(&err, -EINVAL, "run --local: the peer is this machine's kernel, not %s",
			argv[1]);
		code = fail(o, EXIT_USAGE, &err);
	} else if (o->script.local) {
		code = run(&r, NULL, NULL);
	} else if (argc < 3) {
		tc_fail(&err, -EINVAL, "run: HOST and PORT are missing behind %s", argv[0]);
		code = fail(o, EXIT_USAGE, &err);
	} else {
		code = run(&r, argv[1], argv[2]);
	}
	run_local_close(&r.local);
	tc_script_free(r.script);
	return code;
}

const struct command cmd_run = {
	.name = "run", .args = "SCRIPT [HOST PORT]",
	.one_line = "an experiment as text, in packetdrill's notation",
	.groups = GROUP_RUN | GROUP_RECORD | GROUP_CLIENT | GROUP_NET | GROUP_OUT,
	.min_args = 1, .max_args = 64, .host = 2,
	.run = entry,
	.more = "tcpcraft run handshake.pkt 127.0.0.1 9999\n"
		"tcpcraft run answer.pkt 127.0.0.1 8080    (its first packet is '>': we listen)\n"
		"tcpcraft run --local scripts/experiments/close-active.pkt",
};
