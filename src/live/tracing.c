/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other program's calls in the story of a live run. Segments are known at once, calls
 * when strace has written them, so lines are held back for a moment before they are
 * printed. TCP does not wait: only the printing does.
 */
#include "tracing.h"

#include <tcpcraft/clock.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#define HOLD (200 * TC_MS)		/* strace is seldom later than that */
#define LISTEN_WITHIN (5 * TC_S)
#define LOOK_MS 5
#define LAST_WORDS_MS 50		/* of silence: it has nothing more to say */
#define LAST_WORDS_MOST (1 * TC_S)

struct tracing {
	struct tc_tracer *tracer;
	struct tc_weave *weave;
};

/* Does anybody want to see the calls? */
static bool is_told(const struct live *l)
{
	return l->story || l->o->html_file;
}

static void on_call(void *ctx, const struct tc_syscall *c)
{
	struct live *l = ctx;

	if (is_told(l))
		tc_weave_call(l->tracing->weave, c);
}

/* In its turn, for the page. */
static void on_woven(void *ctx, const struct tc_woven *c)
{
	struct live *l = ctx;

	if (l->page_ladder)
		tc_html_ladder_call(l->page_ladder, &(struct tc_html_call){
			.side = 1, .port = { c->our_port, c->peer_port }, .stamp = c->place,
			.duration = c->call->duration > 0 ? c->call->duration : 0,
			.text = c->call->text, .about = c->moved });
}

/* The SYN must not be there before the server is. */
static void await_listen(struct live *l, uint16_t port)
{
	tc_time until = tc_clock_monotonic() + LISTEN_WITHIN;
	struct tc_tracer *t = l->tracing->tracer;
	struct pollfd fds[2] = { { .fd = l->signal_fd, .events = POLLIN },
				 { .events = POLLIN } };
	enum tc_tracer_state state;

	while ((state = tc_tracer_look(t, port)) == TC_TRACER_STARTING && !l->signal) {
		if (tc_clock_monotonic() >= until)
			break;
		fds[1].fd = tc_tracer_fd(t);
		poll(fds, 2, LOOK_MS);
		if (fds[0].revents)
			live_read_signal(l);
		tc_tracer_read(t, on_call, l);
	}
	if (state == TC_TRACER_ENDED)
		terminal_say(l->o, stderr, "tcpcraft: '%s' ended before it listened on "
			     "port %u\n", l->o->trace.exec, port);
	else if (state == TC_TRACER_STARTING && !l->signal)
		terminal_say(l->o, stderr, "tcpcraft: '%s' does not listen on port %u "
			     "after %lld s; we connect all the same\n", l->o->trace.exec,
			     port, (long long)(LISTEN_WITHIN / TC_S));
}

int tracing_begin(struct live *l, uint16_t port, struct tc_error *err)
{
	struct tc_tracer_config cfg = {
		.exec = l->o->trace.exec, .pid = l->o->trace.pid,
		.untraced = !is_told(l) && l->o->trace.exec,
	};
	struct tc_buf why = { 0 };
	struct tracing *t;
	int rc;

	if (!cfg.exec && !cfg.pid)
		return 0;
	t = calloc(1, sizeof *t);
	rc = t ? tc_weave_open(&t->weave, l->o->json, err)
	       : tc_nomem(err);
	if (rc >= 0)
		rc = tc_tracer_open(&t->tracer, &cfg, &why, err);
	if (why.len)
		terminal_say(l->o, stderr, "tcpcraft: %s\n", (const char *)why.data);
	tc_buf_free(&why);
	if (rc < 0) {
		if (t)
			tc_weave_close(t->weave);
		free(t);
		return rc;
	}
	l->tracing = t;
	tc_weave_on_call(t->weave, on_woven, l, l->story);
	if (cfg.exec && port)
		await_listen(l, port);
	return l->signal ? tc_fail(err, -EINTR, "interrupted") : 0;
}

void tracing_ports(struct live *l, const struct tc_session_config *cfg)
{
	struct tc_flow flow = { .local_port = cfg->source_port };

	if (!l->tracing)
		return;
	if (!cfg->listen)
		tc_session_flow(l->session, 0, &flow);
	tc_weave_ports(l->tracing->weave, flow.local_port,
		       (uint16_t)(flow.local_port + cfg->n_ports - 1),
		       cfg->listen ? 0 : cfg->dst_port);
}

int tracing_fd(const struct live *l)
{
	return l->tracing ? tc_tracer_fd(l->tracing->tracer) : -1;
}

tc_time tracing_until(const struct live *l, tc_time until)
{
	tc_time soon = tc_clock_monotonic() + HOLD / 2;

	return l->tracing && !tc_weave_is_empty(l->tracing->weave) && soon < until ? soon
										  : until;
}

static void put_line(struct live *l, const struct tc_weave_mark *mark)
{
	tc_weave_line(l->tracing->weave, mark, l->text.len ? (const char *)l->text.data : "",
		      l->text.len);
	l->text.len = 0;
}

void tracing_event(void *ctx, struct tc_view *v, const struct tc_story_event *e)
{
	struct tc_weave_mark mark = tc_weave_mark(e);
	struct live *l = ctx;

	(void)v;
	if (l->tracing)
		put_line(l, &mark);
}

/* What else was said is of now. */
static void put_rest(struct live *l)
{
	struct tc_weave_mark now = { .stamp = tc_clock_realtime() };

	if (l->text.len)
		put_line(l, &now);
}

void tracing_turn(struct live *l)
{
	put_rest(l);
	tc_tracer_read(l->tracing->tracer, on_call, l);
	tc_weave_release(l->tracing->weave, tc_clock_realtime() - HOLD, l->view.start,
			 &l->text);
}

void tracing_end(struct live *l)
{
	tc_time until = tc_clock_monotonic() + LAST_WORDS_MOST;
	struct tracing *t = l->tracing;
	struct pollfd p = { .events = POLLIN };

	if (!t)
		return;
	put_rest(l);
	while ((p.fd = tc_tracer_fd(t->tracer)) >= 0 && tc_clock_monotonic() < until &&
	       poll(&p, 1, LAST_WORDS_MS) > 0)
		tc_tracer_read(t->tracer, on_call, l);
	tc_tracer_close(t->tracer);
	tc_weave_release(t->weave, TC_WEAVE_ALL, l->view.start, &l->text);
	tc_weave_close(t->weave);
	free(t);
	l->tracing = NULL;
}
