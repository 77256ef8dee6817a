/* SPDX-License-Identifier: BSD-2-Clause */
/* One target, with the experiments that were chosen. */
#include "survey.h"

#include "base/pace.h"
#include "base/nearest.h"
#include "wall/wall.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

unsigned probing_ports(const struct probing *p)
{
	unsigned n = p->o->probe.most;

	for (size_t i = 0; i < p->n_chosen; i++)
		n = p->chosen[i]->ports > n ? p->chosen[i]->ports : n;
	return n;
}

static void print(struct probing *p, const struct tc_probe_report *r,
		  const struct tc_finding *f)
{
	struct tc_buf line = { 0 };

	progress_wipe(&p->progress);
	if (p->compare && !p->o->verbose)
		return;
	if (p->o->json)
		tc_probe_json(&line, r, f);
	else if (p->o->csv)
		tc_probe_csv(&line, r, f);
	else
		tc_probe_text(&line, r, f);
	terminal_give(p->o, stdout, &line);
}

/* Several that keep their lines in one place do so a whole line at a time. */
static int hand_on(int fd, const struct tc_buf *line, struct tc_error *err)
{
	return write(fd, line->data, line->len) == (ssize_t)line->len ? 0 :
	       tc_fail_errno(err, "cannot keep a result");
}

static int save(struct probing *p, const struct tc_probe_report *r,
		const struct tc_finding *f)
{
	struct tc_buf line = { 0 };
	struct tc_error err = { 0 };
	int rc = 0;

	if (p->save) {
		tc_probe_json(&line, r, f);
		rc = line.failed ? tc_nomem(&err) :
		     p->share.kept_fd >= 0 ? hand_on(p->share.kept_fd, &line, &err) :
		     tc_outfile_write(p->save, line.data, line.len, &err);
	}
	tc_buf_free(&line);
	return rc < 0 ? fail(p->o, EXIT_MACHINE, &err) : 0;
}

/* For who compares; the finding is his then. */
static int keep(struct probing *p, const struct tc_probe_report *r, struct tc_finding *f)
{
	struct tc_buf line = { 0 };
	struct tc_error err = { 0 };
	int rc = 0;

	if (p->compare && p->share.found_fd < 0) {
		tc_buf_add(&p->kept, f, sizeof *f);
		return 0;
	}
	if (p->compare) {
		tc_probe_json(&line, r, f);
		rc = line.failed ? tc_nomem(&err) : hand_on(p->share.found_fd, &line, &err);
	}
	tc_buf_free(&line);
	tc_finding_free(f);
	return rc < 0 ? fail(p->o, EXIT_MACHINE, &err) : 0;
}

static void configure(struct probing *p, struct live *l, const struct tc_session_config *sc,
		      struct tc_probe_config *cfg)
{
	const struct options *o = p->o;

	*cfg = (struct tc_probe_config){
		.session = l->session, .timeout = o->timeout_given ? o->timeout : 0,
		.trials = o->probe.trials, .most = o->probe.most,
		.prefix = o->probe.prefix.data, .prefix_len = o->probe.prefix.len,
		.os_base = (const char *)p->os_base.data, .os_base_len = p->os_base.len,
		.echo = o->probe.echo, .seed = o->seed, .stop_fd = l->signal_fd,
		.rate = tc_pace_choose(o->rate, tc_session_path(l->session)->local,
				       TC_OFF_HOST_PACKETS),
		.frame = sc->observer.frame, .ctx = sc->observer.ctx,
	};
	if (p->clients) {
		cfg->clients = true;
		cfg->call = p->target ? probing_target_call : NULL;
		cfg->call_ctx = p;
		cfg->calls = &p->calls;
	}
	if (p->share.of == 0)
		probing_progress(p, cfg);
	else
		cfg->rate /= p->share.of;
}

/* An experiment about a host asks other ports of it as well, and for echoes. */
static int any_port(void *ctx, const struct tc_path *path, uint16_t port_lo, uint16_t port_hi,
		    struct tc_wider *w, struct tc_error *err)
{
	const struct probing *p = ctx;

	(void)path, (void)port_lo, (void)port_hi, (void)err;
	for (size_t i = 0; i < p->n_chosen; i++)
		w->any_peer |= p->chosen[i]->asks_host;
	w->any_protocol = w->any_peer;
	return 0;
}

/* What is shared with the children beside this one is not put up again. */
static void share(const struct probing *p, struct tc_session_config *sc)
{
	if (p->share.of == 0)
		return;
	sc->shared = true;
	sc->source_port = p->share.first_port;
	sc->capture_bytes = p->share.capture_bytes;
}

/* A signal has ended what returned -EINTR. */
static int stopped(struct live *l)
{
	live_read_signal(l);
	return EXIT_SIGNAL + l->signal;
}

/* One experiment; 0, or the exit code that ends the run. */
static int ask(struct probing *p, struct live *l, const struct tc_experiment *e,
	       const struct tc_probe_config *cfg, struct tc_probe_report *r)
{
	struct tc_finding f = { 0 };
	struct tc_error err = { 0 };
	int rc, code = 0;

	p->since_at = tc_clock_monotonic();
	rc = tc_probe_run(e, cfg, &f, &err);
	if (rc >= 0)
		rc = probing_target_look(p, &f, &err);
	if (f.target_after)
		p->gone_since = e->name;
	if (rc < 0)
		code = rc == -EINTR ? stopped(l) : EXIT_MACHINE;
	r->exit = code ? code : f.answered && !f.target_after ? EXIT_DONE : EXIT_PEER;
	p->unanswered |= r->exit == EXIT_PEER;
	l->sends_blocked += f.sends_blocked;
	l->resets_leaked += f.resets_leaked;
	tc_buf_printf(&p->said, "%s%s: %s: ", p->said.len ? "\n" : "", e->name, f.verdict);
	tc_buf_add(&p->said, f.sentence.data, f.sentence.len);
	print(p, r, &f);
	if (code == EXIT_MACHINE)
		fail(p->o, code, &err);
	else if (code == 0)
		code = save(p, r, &f);
	if (code == 0 && l->write_err.code)
		code = fail(p->o, EXIT_MACHINE, &l->write_err);
	if (code == 0)		/* an experiment that never waits sees no signal */
		live_read_signal(l);
	if (code == 0 && l->signal)
		code = EXIT_SIGNAL + l->signal;
	rc = keep(p, r, &f);
	return code ? code : rc;
}

/* The verdicts, for the page of --html. */
static void put_said(void *ctx, struct tc_buf *out)
{
	const struct probing *p = ctx;

	tc_buf_printf(out, "%.*s", (int)p->said.len,
		      p->said.data ? (const char *)p->said.data : "");
}

/* A row of an experiment that was not made. 0, or the exit code that ends the run. */
static int print_unmade(struct probing *p, const struct tc_probe_report *r,
			const struct tc_experiment *e, const char *verdict, const char *why)
{
	struct tc_finding f = { .experiment = e };

	tc_finding_unknown(&f, verdict, "%s", why);
	print(p, r, &f);
	return keep(p, r, &f);
}

/* After an experiment that ended the target: is it back? What is not tried says why. */
static int ask_if_there(struct probing *p, struct live *l, const struct tc_experiment *e,
			const struct tc_probe_config *cfg, struct tc_probe_report *r)
{
	struct tc_error err = { 0 };
	struct tc_buf why = { 0 };
	int code;

	if (p->gone_since && probing_target_back(p, cfg, &err))
		p->gone_since = NULL;
	if (!p->gone_since)
		return ask(p, l, e, cfg, r);
	tc_buf_printf(&why, "not tried: the %s since `%s`%s%s", p->clients ?
		      "client has not called" : "target has not answered", p->gone_since,
		      err.code ? "; " : "", err.code ? err.msg : "");
	r->exit = EXIT_PEER;
	p->unanswered = true;
	code = print_unmade(p, r, e, "not-tried", why.data ? (const char *)why.data : "");
	tc_buf_free(&why);
	return err.code == -EINTR ? stopped(l) : code;
}

/* Rows for a target that nothing could be sent to. */
static int no_session(struct probing *p, struct tc_probe_report *r,
		      const struct tc_error *why, int code)
{
	struct tc_buf text = { 0 };
	int ends = 0;

	r->exit = code;
	tc_buf_printf(&text, "no segment was sent: %s", why->msg);
	for (size_t i = 0; i < p->n_chosen && code < EXIT_SIGNAL && !ends; i++)
		ends = print_unmade(p, r, p->chosen[i], "no-way",
				    text.data ? (const char *)text.data : "");
	tc_buf_free(&text);
	return ends ? ends : code;
}

/* Puts up the wall, and waits for the target. 0, or the exit code that ends the run. */
static int make_ready(struct probing *p, struct live *l, const struct tc_probe_config *cfg)
{
	const struct live_wall wall = { .needs = TC_WALL_SESSION,
					.output = { p->o->probe.save } };
	struct tc_error err = { 0 };
	int rc = live_wall_session(l, &wall, &err);

	if (rc >= 0)
		rc = probing_target_up(p, cfg, &err);
	if (rc == -EINTR)
		return stopped(l);
	return rc < 0 ? fail(p->o, EXIT_MACHINE, &err) : 0;
}

int probing_visit(struct probing *p, const struct tc_target *t)
{
	const char *host = *t->host ? t->host : NULL;
	struct tc_probe_report r = { .host = host, .port = t->port ? t->port : p->port,
				     .clients = p->clients, .seed = p->o->seed,
				     .evidence = !p->o->quiet,
				     .story = p->o->verbose > 0 };
	struct tc_unprovoked usual = { .habit = TC_HABIT_UNKNOWN };
	struct tc_session_config sc;
	struct tc_probe_config cfg;
	struct live l;
	int code;

	live_config(&l, p->o, p->clients ? 1 : probing_ports(p), true, false, &sc);
	sc.no_stack = true;
	sc.widen = any_port;
	sc.widen_ctx = p;
	*(p->clients ? &sc.source_port : &sc.dst_port) = r.port;
	share(p, &sc);
	code = live_start(&l, host, NULL, &sc);
	if (code)
		return no_session(p, &r, &l.start_err, code);
	configure(p, &l, &sc, &cfg);
	if (p->n_chosen > 1)
		cfg.unprovoked = &usual;
	p->gone_since = NULL;
	code = make_ready(p, &l, &cfg);
	for (p->at = 0; p->at < p->n_chosen && code == 0; p->at++)
		code = ask_if_there(p, &l, p->chosen[p->at], &cfg, &r);
	progress_wipe(&p->progress);
	l.say = put_said;
	l.say_ctx = p;
	return live_close(&l, code);
}
