/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft meet: the first questions to a service of which nothing is known. */
#include "commands.h"

#include "base/pace.h"
#include "host/interface.h"
#include "live/progress.h"
#include "meet/meet.h"
#include "page/page.h"
#include "wall/wall.h"
#include <tcpcraft/rng.h>

#include <errno.h>
#include <string.h>

#define LOW_FIRST 600u			/* few services listen from here to 1023 */
#define LOW_LAST 1023u
#define LOW_TRIES 64			/* others may have most of these ports */
#define ADDRESSES 32
#define CAPTURE ((size_t)4 << 20)	/* of a session beside the usual one */

/* A session that is not the usual one, or why there is none. */
struct elsewhere {
	struct tc_session *session;
	struct tc_error why;
};

struct meeting {
	const struct options *o;
	struct elsewhere from[TC_MEET_FROMS];
	struct live live;
	struct tc_session_config cfg;	/* of the usual session */
	struct tc_meet meet;
	struct tc_meet_told told;
	struct tc_error page_err;	/* why the findings are not in the page */
	struct progress progress;
	tc_time over;			/* monotonic: the last answer is waited for till then */
};

/* ---- sessions from elsewhere --------------------------------------------------------- */

static int open_low_port(struct tc_session_config *cfg, struct tc_session **s,
			 struct tc_error *err)
{
	int rc = -EADDRINUSE;

	for (unsigned i = 0; i < LOW_TRIES && rc == -EADDRINUSE; i++) {
		cfg->source_port = (uint16_t)(LOW_FIRST + tc_rng_kernel_u64() %
					      (LOW_LAST + 2 - LOW_FIRST - cfg->n_ports));
		rc = tc_session_open(s, cfg, err);
	}
	return rc;
}

/* Another address of ours in the network of the one that the route chose; on loopback all of
 * 127.0.0.0/8 is ours. */
static int other_address(const struct tc_path *path, struct tc_addr *other, struct tc_error *err)
{
	struct tc_interface_addr list[ADDRESSES];
	int n = tc_interface_addrs(path->ifindex, path->src.family, list, ADDRESSES, err);

	for (int i = 0; i < n; i++)
		if (!tc_addr_equal(&list[i].addr, &path->src) &&
		    tc_addr_is_link_local(&list[i].addr) == tc_addr_is_link_local(&path->src)) {
			*other = list[i].addr;
			other->scope = path->src.scope;
			return 0;
		}
	if (n >= 0 && path->src.family == 4 && tc_addr_v4(&path->src) >> 24 == 127) {
		*other = tc_addr_from_v4(tc_addr_v4(&path->src) ^ 2u);
		return 0;
	}
	return n < 0 ? n : tc_fail(err, -EADDRNOTAVAIL, "this host has no second address there: "
				   "--source with a spare one is another");
}

static int open_from(struct meeting *m, enum tc_meet_from from, struct tc_error *err)
{
	struct tc_session **s = &m->from[from].session;
	struct tc_session_config cfg = m->cfg;
	int rc = 0;

	cfg.n_ports = tc_meet_ports(from);
	cfg.capture_bytes = CAPTURE;
	cfg.source_port = 0;
	if (from == TC_MEET_LOW_PORT)
		return open_low_port(&cfg, s, err);
	cfg.more_sources = NULL;
	cfg.n_more_sources = 0;
	if (!tc_addr_is_none(&m->o->source))
		rc = tc_fail(err, -EINVAL, "--source says who we are");
	else
		rc = other_address(tc_session_path(m->live.session), &cfg.source, err);
	return rc < 0 ? rc : tc_session_open(s, &cfg, err);
}

/* All that may be asked for, whether it will be or not: behind the wall there is no other. */
static void open_elsewhere(struct meeting *m)
{
	for (unsigned i = TC_MEET_USUAL + 1; i < TC_MEET_FROMS; i++)
		if (open_from(m, i, &m->from[i].why) < 0)
			m->from[i].session = NULL;
}

static void close_elsewhere(struct meeting *m)
{
	struct tc_session_summary sum;
	struct tc_error err = { 0 };

	for (unsigned i = TC_MEET_USUAL + 1; i < TC_MEET_FROMS; i++)
		if (m->from[i].session && tc_session_close(m->from[i].session, &sum, &err) < 0)
			fail(m->o, EXIT_MACHINE, &err);
}

static struct tc_session *take_session(void *ctx, enum tc_meet_from from, struct tc_error *err)
{
	const struct elsewhere *e = &((const struct meeting *)ctx)->from[from];

	if (!e->session)
		*err = e->why;
	return e->session;
}

/* ---- telling ------------------------------------------------------------------------- */

/* The question that is asked now is the last that has a finding. */
static void tell_far(void *ctx)
{
	struct meeting *m = ctx;
	tc_time left = m->over - tc_clock_monotonic();
	const struct tc_meet_step *steps;
	size_t n, at = 0;

	if (!progress_is_due(&m->progress))
		return;
	steps = tc_meet_steps(&n);
	while (at + 1 < n && m->meet.found[at + 1].experiment)
		at++;
	progress_show(&m->progress, "%s (%zu of %zu): at most %d s to go", steps[at].name, at + 1,
		      n, left > 0 ? (int)(left / TC_S) : 0);
}

static void print(struct meeting *m, struct tc_buf *text)
{
	progress_wipe(&m->progress);
	if (text->len)
		terminal_write(m->o, stdout, text->data, text->len);
	fflush(stdout);
	tc_buf_free(text);
}

static void tell_step(void *ctx, const struct tc_meet *meet, size_t step)
{
	struct meeting *m = ctx;
	const struct tc_finding *f = &meet->found[step];
	struct tc_buf text = { 0 };

	m->live.sends_blocked += f->sends_blocked;
	m->live.resets_leaked += f->resets_leaked;
	if (m->o->json)
		tc_meet_json_step(&text, meet, step, &m->told);
	else if (!m->o->quiet)
		tc_meet_put_step(&text, meet, step, &m->told);
	print(m, &text);
}

static int put_findings(const struct meeting *m, struct tc_error *err)
{
	struct tc_buf lines = { 0 };
	size_t n;
	int rc;

	tc_meet_steps(&n);
	for (size_t i = 0; i < n && m->meet.found[i].experiment; i++) {
		tc_buf_text(&lines, i ? "," : "[");
		tc_meet_json_step(&lines, &m->meet, i, &m->told);
	}
	tc_buf_text(&lines, lines.len ? "," : "[");
	tc_meet_json_end(&lines, &m->meet, &m->told);
	tc_buf_text(&lines, "]");
	rc = lines.failed ? tc_nomem(err) :
	     tc_html_section(m->live.page, "findings", "What it does", (const char *)lines.data,
			     lines.len, err);
	tc_buf_free(&lines);
	return rc;
}

/* The page of --html has the end on top, and below it what led there. */
static void put_end(void *ctx, struct tc_buf *out)
{
	struct meeting *m = ctx;

	m->told.exit = m->live.code;
	put_findings(m, &m->page_err);
	tc_meet_put_end(out, &m->meet, &m->told);
}

static void tell_end(struct meeting *m)
{
	struct tc_buf text = { 0 }, nexts = { 0 };

	if (m->o->json) {
		tc_meet_json_end(&text, &m->meet, &m->told);
	} else {
		tc_buf_text(&text, "\n");
		tc_meet_put_end(&text, &m->meet, &m->told);
		tc_meet_put_nexts(&nexts, &m->meet, &m->told);
	}
	print(m, &text);
	terminal_lines(stdout, nexts.data, nexts.len);
	tc_buf_free(&nexts);
}

/* ---- the run ------------------------------------------------------------------------- */

static void configure(struct meeting *m, struct tc_meet_config *cfg)
{
	const struct options *o = m->o;

	m->progress.o = o;
	*cfg = (struct tc_meet_config){
		.probe = {
			.session = m->live.session,
			.timeout = o->timeout_given ? o->timeout : 0, .seed = o->seed,
			.stop_fd = m->live.signal_fd, .second = tell_far, .second_ctx = m,
			.rate = tc_pace_choose(o->rate, tc_session_path(m->live.session)->local,
					       TC_OFF_HOST_PACKETS),
			.frame = m->cfg.observer.frame, .ctx = m->cfg.observer.ctx,
		},
		.session = take_session, .told = tell_step, .ctx = m,
	};
	m->over = tc_clock_monotonic() + TC_MEET_WITHIN + cfg->probe.timeout;
}

static int ask(struct meeting *m)
{
	const struct live_wall wall = {
		.needs = TC_WALL_SESSION,
		.also = { m->from[TC_MEET_LOW_PORT].session,
			  m->from[TC_MEET_OTHER_ADDRESS].session },
	};
	struct tc_error err = { 0 };
	struct tc_meet_config cfg;
	int rc = live_wall_session(&m->live, &wall, &err);

	configure(m, &cfg);
	if (rc >= 0)
		rc = tc_meet_run(&m->meet, &cfg, &err);
	live_read_signal(&m->live);
	if (m->live.signal)
		return EXIT_SIGNAL + m->live.signal;
	if (rc < 0)
		return fail(m->o, EXIT_MACHINE, &err);
	if (m->live.write_err.code)
		return fail(m->o, EXIT_MACHINE, &m->live.write_err);
	return tc_meet_is(&m->meet, "answers", "accepts") && !tc_meet_is_gone(&m->meet) ?
	       EXIT_DONE : EXIT_PEER;
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct meeting m = { .o = o };
	int code;

	(void)cmd;
	(void)argc;
	live_config(&m.live, o, tc_meet_ports(TC_MEET_USUAL), true, false, &m.cfg);
	m.cfg.no_stack = true;
	code = live_start(&m.live, argv[0], argv[1], &m.cfg);
	if (code)
		return code;
	m.told = (struct tc_meet_told){
		.target = { argv[0], m.cfg.dst_port, o->authorized ? " --authorized" : "" },
		.seed = o->seed, .all = o->verbose > 0,
	};
	open_elsewhere(&m);
	code = ask(&m);
	close_elsewhere(&m);
	m.live.say = put_end;
	m.live.say_ctx = &m;
	code = live_close(&m.live, code);
	if (m.page_err.code && !m.live.signal)
		code = fail(o, EXIT_MACHINE, &m.page_err);
	m.told.exit = code;
	tell_end(&m);
	tc_meet_free(&m.meet);
	return code;
}

const struct command cmd_meet = {
	.name = "meet", .args = "HOST PORT",
	.one_line = "the first questions to an unknown service",
	.groups = GROUP_MEET | GROUP_RATE | GROUP_CLIENT | GROUP_NET | GROUP_OUT,
	.min_args = 2, .max_args = 2, .host = 1,
	.run = entry,
	.more = "tcpcraft meet 127.0.0.1:9999\n"
		"tcpcraft meet 10.0.0.2 7 --html meet.html",
};
