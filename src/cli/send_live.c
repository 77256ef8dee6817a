/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft send, on the wire: the lines about each packet, the verdict. */
#include "send.h"
#include "base/pace.h"
#include "live/progress.h"
#include "live/tracing.h"

#include "send/report.h"
#include "wire/family.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_MOST (UINT64_C(1) << 22)	/* frames looked at before the first is sent */
#define UNASKED_MOST UINT64_C(1000000)	/* packets without --count */
#define PROBES_MOST ((size_t)1 << 18)	/* that wait for an answer at once */

struct sending {
	struct send_plan *p;
	const struct options *o;
	struct live live;
	struct tc_session_config cfg;
	struct tc_craft *craft;
	struct tc_sender *sender;
	struct tc_report report;
	struct tc_sender_stats stats;	/* at the end */
	uint64_t unmet;
	struct progress progress;
};

/* ---- what came of each packet ----------------------------------------------------- */

static void on_frame(void *ctx, const struct tc_frame *f)
{
	struct sending *s = ctx;

	if (s->cfg.observer.frame)
		s->cfg.observer.frame(s->cfg.observer.ctx, f);
}

/* What became of the frame with this stamp, now that its lines are written. p: whose copy or
 * answer it is, or NULL. */
static void tell_fate(struct sending *s, tc_time stamp, size_t len, enum tc_origin origin,
		      const char *what, const struct tc_probe *p)
{
	struct tc_story_event e = { .kind = TC_STORY_FATE, .origin = origin,
			      .frame = { .stamp = stamp, .len = len } };
	struct tc_buf about = { 0 };

	tc_buf_text(&about, what);
	if (p)
		tc_report_which(&about, &s->report, p);
	if (p && p->answers)
		tc_buf_printf(&about, ", after %.3f ms", (double)p->rtt / (double)TC_MS);
	if (about.len && !about.failed)
		e.about = (const char *)about.data;
	live_tell(&s->live, &e);
	tc_buf_free(&about);
}

static void on_sent(void *ctx, struct tc_probe *p)
{
	struct sending *s = ctx;

	if (!s->live.view.start)
		s->live.view.start = p->sent;
	if (s->o->json && !s->o->quiet)
		tc_json_packet(&s->live.text, &s->report, p);
	if (p->stamped)
		tell_fate(s, p->sent, 0, TC_ORIGIN_US, "", p);
}

/* A line about p now, or, hop by hop, when those before it have theirs. */
static void say_pair(struct sending *s, struct tc_probe *p, const struct tc_rx *rx,
		     const char *unmet)
{
	struct tc_buf line = { 0 };

	if (p->part)		/* the first fragment stands for all */
		return;
	tc_report_pair(&line, &s->report, p, rx, unmet);
	if (s->report.by_hop && rx && p->answers == 1) {
		p->user = line.failed ? NULL : line.data;
		return;
	}
	tc_buf_add(&s->live.text, line.data, line.len);
	tc_buf_free(&line);
}

static void on_replied(void *ctx, struct tc_probe *p, const struct tc_rx *rx,
		       const struct tc_frame *f)
{
	struct sending *s = ctx;
	struct tc_buf why = { 0 };
	const char *unmet;
	bool met = true;

	if (s->p->expect && p->answers == 1)
		met = tc_expect_met(s->p->expect, p->kind, f->bytes, f->len, f->dlt, &why);
	s->unmet += !met;
	unmet = met ? NULL : (const char *)why.data;
	if (s->o->quiet)
		terminal_reply(s->o, rx->payload, rx->seg.len - rx->cut);
	else if (s->o->json)
		tc_json_reply(&s->live.text, &s->report, p, rx, f, unmet);
	else if (p->answers == 1 || s->o->verbose)
		say_pair(s, p, rx, unmet);
	tell_fate(s, f->stamp, f->len, TC_ORIGIN_PEER,
		  p->answers > 1 ? "once more for " : "answers ", p);
	tc_buf_free(&why);
}

static void no_answer(struct sending *s, struct tc_probe *p)
{
	struct tc_buf why = { 0 };
	bool met = true;

	if (s->p->expect && p->tcp)
		met = tc_expect_met(s->p->expect, TC_REPLY_NONE, NULL, 0, 0, &why);
	s->unmet += !met;
	if (!s->o->quiet && !s->o->json)
		say_pair(s, p, NULL, met ? NULL : (const char *)why.data);
	tc_buf_free(&why);
}

static void on_done(void *ctx, struct tc_probe *p)
{
	struct sending *s = ctx;

	if (p->user) {
		tc_buf_printf(&s->live.text, "%s", (const char *)p->user);
		free(p->user);
		p->user = NULL;
	}
	if (p->error && p->error != -ECANCELED) {
		on_sent(s, p);
		if (!s->o->quiet && !s->o->json)
			say_pair(s, p, NULL, NULL);
	} else if (!p->answers && !p->error) {
		no_answer(s, p);
	}
}

static void on_stray(void *ctx, bool from_us, const struct tc_rx *rx,
		     const struct tc_frame *f)
{
	struct sending *s = ctx;

	(void)rx;
	if (s->o->verbose && !s->o->quiet && !s->o->json) {
		tc_buf_printf(&s->live.text, "     ");
		tc_report_frame(&s->live.text, f->bytes, f->len, f->dlt);
		tc_buf_printf(&s->live.text, from_us ? "  ! sent by this host's kernel\n"
			      : "  ! answers nothing we sent\n");
	}
	tell_fate(s, f->stamp, f->len, from_us ? TC_ORIGIN_KERNEL : TC_ORIGIN_PEER,
		  from_us ? "" : "answers nothing we sent", NULL);
}

static const struct tc_sender_ops ops = {
	.frame = on_frame,
	.sent = on_sent,
	.replied = on_replied,
	.done = on_done,
	.stray = on_stray,
};

/* ---- the run ---------------------------------------------------------------------- */

static bool count_values(void *ctx, tc_value low, tc_value high)
{
	uint64_t *n = ctx;

	*n += (uint64_t)(high - low + 1);
	return true;
}

/* Only ip.ttl, or the hop limit, changes: a traceroute. */
static bool is_by_hop(const struct send_plan *p)
{
	const struct tc_family *f = tc_family(send_is_ipv6(p) ? 6 : 4);
	uint64_t n = 0;

	if (p->frames)
		return false;
	tc_spec_each(p->spec, f->header, f->ttl, count_values, &n);
	return n > 1 && tc_spec_packets(p->spec) == n;
}

static double rate_of(const struct sending *s, const struct tc_path *path)
{
	if (s->o->send.flood)
		return 0;
	if (s->o->send.interval)
		return (double)TC_S / (double)s->o->send.interval;
	return tc_pace_choose(s->o->rate, path->local, TC_OFF_HOST_PACKETS);
}

/* Where the kernel is kept from it, and where it has never heard of the address. */
static bool is_for_us_to_reset(const struct sending *s)
{
	return !s->o->send.half_open && !s->o->send.flood &&
	       (s->cfg.guard != TC_GUARD_OFF || tc_session_neigh(s->live.session));
}

/* A range too many is soon written; so many packets are sent only to who has said how often
 * (--count) or how fast (--flood). */
static int check_amount(const struct sending *s, double rate, struct tc_error *err)
{
	char how_long[80] = "as fast as it goes";
	uint64_t n;

	if (!s->p->spec || s->o->send.flood || s->o->send.rounds)
		return 0;
	n = tc_spec_packets(s->p->spec);
	if (n <= UNASKED_MOST)
		return 0;
	if (rate > 0)
		snprintf(how_long, sizeof how_long, "%.3g hours at %g a second",
			 (double)n / rate / 3600, rate);
	return tc_fail(err, -ERANGE, "these are %" PRIu64 " packets, %s: narrow the ranges, take "
		       "rand for a value, or say -c 1 if all of them are meant", n, how_long);
}

/* With the session up, the packets can be made: addresses, ports and MACs are known. */
static int make_packets(struct sending *s, double rate, struct tc_error *err)
{
	const struct tc_path *path = tc_session_path(s->live.session);
	bool ethernet = tc_link_sends_ethernet(tc_session_link(s->live.session));
	uint8_t macs[12];
	struct tc_flow flow;
	int rc = check_amount(s, rate, err);

	memcpy(macs, path->next_mac, 6);
	memcpy(macs + 6, path->mac, 6);
	tc_session_flow(s->live.session, 0, &flow);
	if (rc >= 0 && s->p->spec)
		rc = send_defaults(s->p, &path->src, &path->dst, flow.local_port,
				   s->cfg.n_ports, ethernet ? macs : NULL, err);
	if (rc >= 0)
		rc = send_open_craft(s->p, ethernet ? macs : NULL, &s->craft, err);
	if (rc >= 0 && tc_craft_longest(s->craft) > path->mtu)
		rc = tc_fail(err, -EMSGSIZE,
			     "packets of %zu bytes are longer than the %u that "
			     "%s carries: cut them with --fragment, or send less",
			     tc_craft_longest(s->craft), path->mtu, path->ifname);
	return rc;
}

static int prepare(struct sending *s, struct tc_error *err)
{
	const struct tc_path *path = tc_session_path(s->live.session);
	struct tc_sender_config cfg = {
		.link = tc_session_link(s->live.session), .rate = rate_of(s, path),
		.flood = s->o->send.flood, .timeout = s->o->timeout, .most = PROBES_MOST,
		.ops = &ops, .ctx = s, .neigh = tc_session_neigh(s->live.session),
		.reset = is_for_us_to_reset(s), .any_vlan = s->p->extent.vlan,
	};
	int rc = make_packets(s, cfg.rate, err);

	cfg.craft = s->craft;
	if (rc >= 0)
		rc = tc_sender_open(&s->sender, &cfg, err);
	if (rc >= 0)
		rc = tc_sender_check(s->sender, CHECK_MOST, err);
	s->report = (struct tc_report){
		.craft = s->craft, .by_hop = is_by_hop(s->p), .timeout = s->o->timeout,
	};
	return rc;
}

/* In the lines' way there is none. */
static void show_progress(struct sending *s)
{
	uint64_t all = tc_craft_packets(s->craft);
	struct tc_sender_stats now;

	if (s->live.text.len)
		progress_wipe(&s->progress);
	else if (all != UINT64_MAX && all > 1) {
		tc_sender_stats(s->sender, &now);
		progress_count(&s->progress, "packets", now.packets, all);
	}
}

static int drive(struct sending *s)
{
	struct pollfd fds[2] = { { .fd = s->live.signal_fd, .events = POLLIN },
				 { .events = POLLIN } };
	struct tc_error err = { 0 };
	int rc;

	do {
		fds[1].fd = tracing_fd(&s->live);
		rc = tc_sender_run(s->sender, fds, 2, &err);
		if (rc >= 0 && fds[0].revents) {
			live_read_signal(&s->live);
			tc_sender_stop(s->sender);
		}
		show_progress(s);
		live_print(&s->live);
	} while (rc > 0 && !s->live.write_err.code && !s->live.output_err.code);
	progress_wipe(&s->progress);
	return rc < 0 ? fail(s->o, EXIT_MACHINE, &err) : live_outputs(&s->live);
}

static int judge(const struct sending *s, const struct tc_sender_stats *st)
{
	struct tc_error err;

	if (st->failed) {
		tc_fail(&err, st->failure.code, "%llu frames could not be sent: %s",
			(unsigned long long)st->failed, st->failure.msg);
		return fail(s->o, EXIT_MACHINE, &err);
	}
	if (s->p->expect)
		return s->unmet ? EXIT_FINDING : EXIT_DONE;
	return st->awaited && !st->answered ? EXIT_PEER : EXIT_DONE;
}

static void fill_result(const struct sending *s, const struct tc_flow *flow, int code,
			struct tc_send_result *r)
{
	*r = (struct tc_send_result){
		.verdict = s->live.signal ? "interrupted" : !s->stats.awaited ? "sent" :
			   s->stats.answered ? "reply" : "no-answer",
		.host = s->p->host, .port = s->cfg.dst_port, .source = flow->local_addr,
		.source_port = s->p->extent.tcp ? flow->local_port : 0,
		.expected = s->p->expect, .unmet = s->unmet, .flood = s->o->send.flood,
		.say_seed = s->o->verbose, .seed = s->o->seed, .exit = code,
		.stats = &s->stats, .sum = &s->live.sum,
	};
}

/* The last line, for the page. */
static void put_sentence(void *ctx, struct tc_buf *out)
{
	struct tc_flow flow = { 0 };
	struct tc_send_result r;

	fill_result(ctx, &flow, 0, &r);
	tc_report_summary(out, &r);
}

static void print_result(struct sending *s, const struct tc_flow *flow, int code)
{
	struct tc_buf line = { 0 };
	struct tc_send_result r;

	fill_result(s, flow, code, &r);
	if (s->o->json)
		tc_json_send_result(&line, &r);
	else if (!s->o->quiet)
		tc_report_summary(&line, &r);
	terminal_give(s->o, stdout, &line);
}

static int run(struct sending *s)
{
	struct tc_error err = { 0 };
	struct tc_flow flow;
	int code;

	if (prepare(s, &err) < 0)
		return live_close(&s->live, fail(s->o, EXIT_USAGE, &err));
	tc_session_flow(s->live.session, 0, &flow);
	code = drive(s);
	tc_sender_stats(s->sender, &s->stats);
	if (code == 0)
		code = judge(s, &s->stats);
	s->live.sends_blocked = s->stats.blocked;
	s->live.resets_leaked = s->stats.kernel_resets;
	s->live.icmp_leaked = s->stats.kernel_icmp;
	if (s->p->extent.tcp && s->stats.awaited && !s->p->extent.odd) {
		s->live.sent = s->stats.frames;
		s->live.own_seen = s->stats.copies;
		s->live.received = s->stats.answered + s->stats.strays;
	}
	s->live.say = put_sentence;
	s->live.say_ctx = s;
	code = live_close(&s->live, code);
	print_result(s, &flow, code);
	return code;
}

/* Where frames are to go out: of the family that they are of. */
static int find_host(const struct send_plan *p, struct tc_addr *dst, struct tc_error *err)
{
	uint8_t family = send_is_ipv6(p) ? 6 : p->spec ? 4 : p->o->family;
	int rc = p->to.family ? tc_host_parse(dst, p->host, 0, false, err)
			      : tc_host_parse(dst, p->host, family, false, err);

	return rc < 0 ? rc : send_check_family(p, dst, err);
}

int send_live(struct send_plan *p)
{
	struct sending s = { .p = p, .o = p->o, .progress.o = p->o };
	struct tc_error err = { 0 };
	int code;

	send_extent(p, &p->extent);
	live_config(&s.live, p->o, 1, true, false, &s.cfg);
	s.live.story = !p->o->quiet;	/* of a program that is traced; ours we tell */
	if (send_session(p, &s.cfg, &err) < 0 || find_host(p, &s.cfg.dst, &err) < 0)
		return fail(p->o, EXIT_USAGE, &err);
	if (send_check_ethernet(p, &s.cfg, &err) < 0)
		return fail(p->o, exit_for(OF_SESSION, &err), &err);
	code = live_start(&s.live, NULL, NULL, &s.cfg);
	if (code == 0)
		code = run(&s);
	tc_sender_close(s.sender);
	tc_craft_close(s.craft);
	return code;
}
