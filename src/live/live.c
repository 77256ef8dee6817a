/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame of a live run: session, signals, and what is printed while it runs. Nothing
 * is printed from inside the driver's callbacks: a slow terminal must not delay TCP. */
#include "stepping.h"
#include "report/ladder.h"
#include "tracing.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Registers the outputs of a run, in this order, after those that write files. The system calls of
 * another program come last: they are woven with the line that stands in `text` by then. */
static void open_sinks(struct live *l)
{
	struct tc_buf *text = l->story ? &l->text : NULL;
	const struct tc_sink all[] = {
		{ tc_json_event, l->o->json ? text : NULL, TC_STORY_TOLD },
		{ tc_ladder_event, l->o->json ? NULL : text, TC_STORY_TOLD },
		{ tracing_event, l, TC_STORY_TOLD | TC_STORY_FATE },
	};

	tc_sinks_add(&l->sinks, all, sizeof all / sizeof *all);
}

void live_tell(struct live *l, const struct tc_story_event *e)
{
	tc_tell(&l->sinks, &l->view, e);
}

static void on_trace(void *ctx, const struct tc_trace *t)
{
	struct tc_story_event e = tc_story_event_of(t);

	live_tell(ctx, &e);
}

/* Who sent a frame of a run without connections of ours. On loopback both have the same
 * address: then the port decides, as far as it can. */
static const char *guess(const struct live *l, const struct tc_rx *rx)
{
	struct tc_flow flow;

	tc_session_flow(l->session, 0, &flow);
	if (!tc_addr_equal(&rx->src, &flow.local_addr) ||
	    (tc_addr_equal(&rx->src, &rx->dst) && flow.remote_port && rx->sport == flow.remote_port))
		return "received";
	return "sent by this host";
}

/* Tells of a frame that is not of a connection of ours (of those the trace tells). */
static void on_frame(void *ctx, const struct tc_frame *f)
{
	struct live *l = ctx;
	bool bare = !tc_session_stack(l->session);
	struct tc_story_event e = { .kind = TC_STORY_CAPTURED, .frame = *f, .seen = true };
	struct tc_rx rx;

	if (bare && tc_rx_parse_cut(&rx, f->bytes, f->len, f->wire_len, f->dlt, NULL) >= 0)
		e.rx = &rx;
	if (l->comments)
		tc_comments_frame(l->comments, f, e.rx ? guess(l, e.rx) : NULL);
	if (l->own_sinks || !bare)
		return;
	e.from = e.rx && !tc_addr_equal(&rx.src, &tc_session_path(l->session)->src);
	e.origin = e.from ? TC_ORIGIN_PEER : TC_ORIGIN_US;
	live_tell(l, &e);
}

/* The capture's ring holds some 500 frames that come one by one, and a connection has two
 * or three under way. More of them come in blocks, up to a millisecond later. */
#define MANY_MIN 128

static int tune(void *ctx, struct tc_personality *p, struct tc_error *err)
{
	const struct options *o = ctx;

	p->tcp.syn_timeout = o->timeout;
	/* a frame less for each; but rules for the bare ACK shall find it */
	p->tcp.ack_with_data = o->parallel > 1 && o->n_mutates == 0;
	return tc_traits_apply(&o->tcp, p, err);
}

/* The rules, or the one who decides, and what they need besides: known before the session
 * opens. */
static int open_surgery(struct live *l, struct tc_session_config *cfg, struct tc_error *err)
{
	int rc = 0;

	if (l->o->n_mutates)
		rc = tc_mutate_open(&l->mutate, l->o->mutates, l->o->n_mutates,
				    l->view.payload, err);
	if (rc >= 0 && l->o->step)
		rc = stepping_open(l, l->o->stdin_is_payload, err);
	if (rc < 0)
		return rc;
	if (l->mutate && l->o->authorized)
		tc_mutate_authorize(l->mutate);
	if (l->mutate && l->o->follow_wire)
		tc_mutate_follow_wire(l->mutate);
	if (l->stepping || l->mutate) {		/* else it is the command's own, or none */
		cfg->widen = l->stepping ? stepping_widen : tc_mutate_widen;
		cfg->widen_ctx = l->stepping ? (void *)l : l->mutate;
	}
	return 0;
}

static void set_filter(struct live *l)
{
	struct tc_filter f = { l->mutate, tc_mutate_segment };

	if (l->stepping)
		f = (struct tc_filter){ l, stepping_segment };
	if (l->stepping || l->mutate)
		tc_stack_set_filter(tc_session_stack(l->session), &f);
}

static int open_parts(struct live *l, const char *host, const char *port,
		      struct tc_session_config *cfg, struct tc_error *err)
{
	struct tc_addr *addr = cfg->listen ? &cfg->source : &cfg->dst;
	const struct live_wall wall = { .needs = l->o->wall };
	int rc = host ? tc_host_parse(addr, host, l->o->family, false, err) : 0;

	if (rc >= 0 && port)
		rc = tc_port_parse(cfg->listen ? &cfg->source_port : &cfg->dst_port, port, err);
	if (rc >= 0)
		rc = open_surgery(l, cfg, err);
	if (rc < 0)
		return rc;
	l->signal_fd = live_open_signals(err);
	if (l->signal_fd < 0)
		return l->signal_fd;
	if (!cfg->listen)	/* else the other program is the client, and comes later */
		rc = tracing_begin(l, cfg->dst_port, err);
	if (rc >= 0)
		rc = tc_session_open(&l->session, cfg, err);
	if (rc >= 0)
		tracing_ports(l, cfg);
	if (rc >= 0)
		set_filter(l);
	if (rc >= 0)
		rc = forms_open(l, err);
	if (rc >= 0)
		open_sinks(l);
	return rc < 0 ? rc : live_wall_session(l, &wall, err);
}

void live_config(struct live *l, const struct options *o, unsigned n_ports, bool many,
		 bool to_stderr, struct tc_session_config *cfg)
{
	const char *names[LIVE_FORMS_MOST];
	bool kept = forms_files(o, names) > 0;

	to_stderr |= o->write_file && strcmp(o->write_file, "-") == 0;
	*l = (struct live){ .o = o, .ladder = to_stderr ? stderr : stdout, .signal_fd = -1 };
	l->story = !o->quiet && (!many || o->verbose);
	*cfg = (struct tc_session_config){
		.source = o->source, .more_sources = o->more_sources,
		.n_more_sources = o->n_more_sources, .many = o->parallel > MANY_MIN,
		.source_mac = o->source_mac_given ? o->source_mac : NULL,
		.source_mac_own = o->source_mac_own,
		.source_port = o->source_port, .n_ports = n_ports,
		.ifname = o->ifname, .vlan = o->vlan, .listen = o->listen, .family = o->family,
		.inject = o->inject, .guard = o->guard,
		.mark = o->mark, .busy_poll = o->busy_poll, .authorized = o->authorized,
		.seed = o->seed, .tune = tune, .tune_ctx = (void *)(uintptr_t)o,
		.observer = {
			.ctx = l,
			.frame = kept ? on_frame : NULL,
			/* a capture without our own frames would be half of it */
			.trace = l->story || kept ? on_trace : NULL,
		},
	};
	l->view.many = many;
	l->view.brief = o->brief;
	l->view.payload = (struct tc_payload){ o->payload, o->frames };
}

bool live_merges(const struct live *l, const struct tc_session_config *cfg)
{
	const struct options *o = l->o;
	bool seen = cfg->observer.trace || o->step || o->trace.exec || o->trace.pid;
	bool made = o->n_mutates || o->n_sets || o->tcp.set;

	return !l->view.many && !seen && !made;
}

int live_open_stream(struct live *l, const struct options *o, const char *host,
		     const char *port, bool many, struct tc_session_config *cfg)
{
	live_config(l, o, 1, many, true, cfg);
	cfg->merge = live_merges(l, cfg);
	return live_start(l, host, port, cfg);
}

int live_start(struct live *l, const char *host, const char *port,
	       struct tc_session_config *cfg)
{
	int code;

	if (open_parts(l, host, port, cfg, &l->start_err) >= 0) {
		return 0;
	}
	if (l->signal_fd >= 0)	/* a signal may be what went wrong */
		live_read_signal(l);
	code = l->signal ? EXIT_SIGNAL + l->signal
			 : fail(l->o, exit_for(OF_SESSION, &l->start_err), &l->start_err);
	forms_drop(l);
	live_close(l, code);
	return code;
}

int live_open(struct live *l, const struct options *o, const char *host, const char *port,
	      unsigned n_ports, bool many, bool to_stderr, struct tc_session_config *cfg)
{
	live_config(l, o, n_ports, many, to_stderr, cfg);
	return live_start(l, host, port, cfg);
}

/* No patience cures that: TCP would only try again. */
static bool refused_by_firewall(uint64_t n, struct tc_error *err)
{
	if (n)
		tc_fail(err, -EPERM, "a firewall of this host dropped %llu of our segments: "
			"iptables -S OUTPUT or nft list ruleset shows its rules",
			(unsigned long long)n);
	return n != 0;
}

int live_turn(struct live *l, tc_time until, struct pollfd *extra, unsigned n_extra)
{
	struct tc_error err = { 0 };
	struct pollfd fds[6] = { { .fd = l->signal_fd, .events = POLLIN },
				 { .fd = tracing_fd(l), .events = POLLIN } };
	struct tc_stack_stats st;
	int rc;

	for (unsigned i = 0; i < n_extra; i++)
		fds[2 + i] = extra[i];
	rc = tc_stack_run(tc_session_stack(l->session), tracing_until(l, until), fds,
			  2 + n_extra, &err);
	for (unsigned i = 0; i < n_extra; i++)
		extra[i].revents = fds[2 + i].revents;
	if (fds[0].revents)
		live_read_signal(l);
	live_print(l);
	tc_stack_stats(tc_session_stack(l->session), &st);
	if (rc < 0 || refused_by_firewall(st.sends_blocked, &err))
		return fail(l->o, EXIT_MACHINE, &err);
	if (l->mutate && tc_mutate_refused(l->mutate, &err) < 0)
		return fail(l->o, EXIT_USAGE, &err);
	return live_outputs(l);
}

static int worse(int code, int other)
{
	return code == EXIT_DONE || code == EXIT_PEER ? other : code;
}

/* A rule that changed nothing is most likely not what was meant. */
static void close_surgery(struct live *l)
{
	bool refused = l->mutate && tc_mutate_refused(l->mutate, NULL) < 0;

	for (size_t i = 0; l->mutate && l->session && !refused && i < l->o->n_mutates; i++)
		if (tc_mutate_hits(l->mutate, i) == 0)
			terminal_say(l->o, stderr, "tcpcraft: --mutate '%s' met no "
				     "segment\n", l->o->mutates[i]);
	tc_mutate_close(l->mutate);
	stepping_close(l->stepping);
}

int live_close(struct live *l, int code)
{
	struct tc_error err = { 0 };

	if (l->session) {
		l->path = *tc_session_path(l->session);
		tc_session_backlog(l->session, &l->backlog, 0);
	}
	if (l->session && tc_session_close(l->session, &l->sum, &err) < 0)
		code = worse(code, fail(l->o, EXIT_MACHINE, &err));
	tracing_end(l);
	close_surgery(l);
	l->sum.sends_blocked += l->sends_blocked;
	l->sum.resets_leaked += l->resets_leaked;
	l->sum.icmp_leaked += l->icmp_leaked;
	l->sum.segments_sent += l->sent;
	l->sum.own_seen += l->own_seen;
	l->sum.segments_received += l->received;
	if (code == EXIT_PEER && live_astray(l))
		code = fail(l->o, EXIT_MACHINE, &l->astray);
	if (code != EXIT_MACHINE && refused_by_firewall(l->sum.sends_blocked, &err))
		code = worse(code, fail(l->o, EXIT_MACHINE, &err));
	live_print(l);
	l->code = code;
	if (forms_close(l) < 0)
		code = worse(code, EXIT_MACHINE);
	if (l->signal_fd >= 0)
		close(l->signal_fd);
	tc_buf_free(&l->text);
	if (l->signal)
		return EXIT_SIGNAL + l->signal;
	return code;
}

tc_time live_now(const struct live *l)
{
	return tc_clock_monotonic() - l->stood_still;
}
