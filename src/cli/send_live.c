/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft send, on the wire: the session that suits the packets, the lines about each,
 * the verdict. */
#include "send.h"
#include "base/pace.h"
#include "base/addr.h"
#include "live/tracing.h"

#include "send/report.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_MOST (UINT64_C(1) << 22)	/* frames looked at before the first is sent */
#define UNASKED_MOST UINT64_C(1000000)	/* packets without --count */
#define PROBES_MOST ((size_t)1 << 18)	/* that wait for an answer at once */
#define PORT_TOP 65535u

struct sending {
	struct send_plan *p;
	const struct options *o;
	struct live live;
	struct tc_session_config cfg;
	struct send_extent extent;
	struct tc_craft *craft;
	struct tc_sender *sender;
	struct tc_report report;
	struct tc_sender_stats stats;	/* at the end */
	uint64_t unmet;
};

/* ---- what the run wants to see ---------------------------------------------------- */

static void put_host(struct tc_buf *b, const char *side, bool given, uint64_t low,
		     uint64_t high, uint32_t by_path)
{
	if (!given || low == high)
		tc_buf_printf(b, " and %s host %s", side,
			      TC_ADDR(given ? (uint32_t)low : by_path));
}

/* Traffic of these addresses and ports, seen from the side that `us` names. */
static void put_traffic(struct tc_buf *b, const struct sending *s, const char *what,
			const struct tc_path *path, const char *us, const char *them)
{
	const struct send_extent *e = &s->extent;

	tc_buf_printf(b, "(%s", what);
	put_host(b, us, e->src_given, e->src_lo, e->src_hi, path->src);
	put_host(b, them, e->dst_given, e->dst_lo, e->dst_hi, path->dst);
}

static void put_ports(struct tc_buf *b, const struct sending *s, const char *us,
		      const char *them, unsigned lo, unsigned hi)
{
	tc_buf_printf(b, " and %s portrange %u-%u and %s portrange %u-%u)", us, lo, hi,
		      them, (unsigned)s->extent.dport_lo, (unsigned)s->extent.dport_hi);
}

/*
 * Answers by TCP and ICMP; of ours all, to have their times, unless it is a flood. Where
 * the packets are odd, addresses alone decide: the sender knows its own by their bytes.
 */
static void make_filter(void *ctx, const struct tc_path *path, uint16_t lo, uint16_t hi,
			struct tc_buf *out)
{
	const struct sending *s = ctx;
	struct tc_buf b = { 0 };

	tc_buf_printf(&b, "(icmp");
	put_host(&b, "dst", s->extent.src_given, s->extent.src_lo, s->extent.src_hi,
		 path->src);
	tc_buf_printf(&b, ")");
	if (s->extent.tcp) {
		tc_buf_printf(&b, " or ");
		put_traffic(&b, s, "icmp[icmptype] == icmp-unreach", path, "src", "dst");
		tc_buf_printf(&b, ")");
	}
	if (s->extent.tcp) {
		tc_buf_printf(&b, " or ");
		put_traffic(&b, s, "tcp", path, "dst", "src");
		put_ports(&b, s, "dst", "src", lo, hi);
	}
	if (!s->o->send.flood && s->extent.odd) {
		tc_buf_printf(&b, " or arp or ");
		put_traffic(&b, s, "ip", path, "src", "dst");
		tc_buf_printf(&b, ")");
	} else if (!s->o->send.flood) {
		tc_buf_printf(&b, " or ");
		put_traffic(&b, s, "tcp", path, "src", "dst");
		put_ports(&b, s, "src", "dst", lo, hi);
	}
	if (b.failed)
		out->failed = true;
	else if (s->extent.vlan)
		tc_buf_printf(out, "%s or (vlan and (%s))", b.data, b.data);
	else
		tc_buf_printf(out, "%s", b.data);
	tc_buf_free(&b);
}

/* The guard where an answer would make our kernel send a reset: to a SYN, from ports that
 * can be named. */
static enum tc_guard_mode choose_guard(const struct sending *s)
{
	const struct send_extent *e = &s->extent;
	bool all_ports = e->sport_given && e->sport_lo == 0 && e->sport_hi == PORT_TOP;

	if (s->o->guard_given)
		return s->o->guard;
	if (!e->tcp || !e->syn || (e->sport_given && !e->sport_hi))
		return TC_GUARD_OFF;
	if (all_ports && !s->o->quiet)
		fprintf(stderr, "no guard: from any port means all ports of this host, other "
			"programs' too; the kernel will reset what is answered\n");
	return all_ports ? TC_GUARD_OFF : s->o->guard;
}

static void choose_ports(struct sending *s)
{
	struct tc_session_config *cfg = &s->cfg;
	const struct send_extent *e = &s->extent;
	uint64_t lo = e->sport_lo ? e->sport_lo : 1;

	if (e->sport_given && e->tcp) {
		cfg->source_port = (uint16_t)lo;
		cfg->n_ports = e->sport_hi >= lo ? (unsigned)(e->sport_hi - lo + 1) : 1;
		cfg->unreserved = s->p->frames || cfg->guard == TC_GUARD_OFF;
	} else if (!e->tcp) {
		cfg->source_port = 1;
		cfg->n_ports = 1;
		cfg->unreserved = true;
	} else {
		cfg->n_ports = send_ports(s->p, s->o->source_port);
	}
}

static int configure(struct sending *s, struct tc_error *err)
{
	struct tc_session_config *cfg = &s->cfg;
	const struct send_extent *e = &s->extent;

	live_config(&s->live, s->o, 1, true, false, cfg);
	s->live.story = !s->o->quiet;	/* of a program that is traced; ours we tell */
	cfg->unobserved = s->o->send.flood;
	if (!s->o->authorized && !e->free_targets)
		return tc_fail(err, -EACCES, "ip.dst goes beyond this host and the private "
			       "ranges: add --authorized if you may test that");
	if (s->p->ethernet && s->o->inject == TC_INJECT_RAW)
		return tc_fail(err, -EINVAL,
			       "%s needs an Ethernet header of ours: leave out "
			       "--inject raw",
			       s->p->ethernet);
	if (s->p->ethernet)
		cfg->inject = TC_INJECT_LINK;
	cfg->bare = true;
	cfg->many = true;
	cfg->guard = choose_guard(s);
	cfg->dst_port = e->tcp && e->dport_lo == e->dport_hi ? (uint16_t)e->dport_lo : 0;
	cfg->any_peer = e->dst_given;
	cfg->filter = make_filter;
	cfg->filter_ctx = s;
	choose_ports(s);
	return 0;
}

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
		fwrite(rx->payload, 1, rx->seg.len, stdout);
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

static bool count_values(void *ctx, uint64_t low, uint64_t high)
{
	uint64_t *n = ctx;

	*n += high - low + 1;
	return true;
}

/* Only ip.ttl changes: a traceroute. */
static bool is_by_hop(const struct send_plan *p)
{
	uint64_t n = 0;

	if (p->frames)
		return false;
	tc_spec_each(p->spec, TC_HDR_IP, TC_IP_TTL, count_values, &n);
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
	       (s->cfg.guard != TC_GUARD_OFF || tc_session_arp(s->live.session));
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
static int prepare(struct sending *s, struct tc_error *err)
{
	const struct tc_path *path = tc_session_path(s->live.session);
	struct tc_link *link = tc_session_link(s->live.session);
	struct tc_sender_config cfg = {
		.link = link, .rate = rate_of(s, path), .flood = s->o->send.flood,
		.timeout = s->o->timeout, .most = PROBES_MOST, .ops = &ops, .ctx = s,
		.arp = tc_session_arp(s->live.session), .reset = is_for_us_to_reset(s),
	};
	uint8_t mac_bytes[12];
	struct tc_flow flow;
	const uint8_t *macs = tc_link_sends_ethernet(link) ? mac_bytes : NULL;
	int rc = 0;

	memcpy(mac_bytes, path->next_mac, 6);
	memcpy(mac_bytes + 6, path->mac, 6);
	tc_session_flow(s->live.session, 0, &flow);
	rc = check_amount(s, cfg.rate, err);
	if (rc >= 0 && s->p->spec)
		rc = send_defaults(s->p, path->src, path->dst, flow.local_port,
				   s->cfg.n_ports, macs, err);
	if (rc >= 0)
		rc = send_open_craft(s->p, macs, &s->craft, err);
	if (rc >= 0 && tc_craft_longest(s->craft) > path->mtu)
		rc = tc_fail(err, -EMSGSIZE,
			     "packets of %zu bytes are longer than the %u that "
			     "%s carries: cut them with --fragment, or send less",
			     tc_craft_longest(s->craft), path->mtu, path->ifname);
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
		live_print(&s->live);
	} while (rc > 0 && !s->live.write_err.code && !s->live.output_err.code);
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
		.source_port = s->extent.tcp ? flow->local_port : 0,
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
	if (line.len)
		terminal_write(s->o, stdout, line.data, line.len);
	tc_buf_free(&line);
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
	if (s->extent.tcp && s->stats.awaited && !s->extent.odd) {
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

/* Frames with Ethernet headers go out where there are such. */
static int check_ethernet(const struct sending *s, struct tc_error *err)
{
	struct tc_path path;
	int rc;

	if (!s->p->ethernet)
		return 0;
	rc = tc_path_find(&path, s->cfg.dst, s->cfg.source, s->cfg.ifname, err);
	if (rc >= 0 && !path.ethernet)
		rc = tc_fail(err, -EINVAL,
			     "%s cannot be sent: %s has no Ethernet header; it "
			     "can on an Ethernet interface, such as a veth pair between "
			     "private namespaces",
			     s->p->ethernet, path.ifname);
	return rc;
}

int send_live(struct send_plan *p)
{
	struct sending s = { .p = p, .o = p->o };
	struct tc_error err = { 0 };
	int code;

	send_extent(p, &s.extent);
	if (configure(&s, &err) < 0 || tc_host_parse(&s.cfg.dst, p->host, false, &err) < 0)
		return fail(p->o, EXIT_USAGE, &err);
	if (check_ethernet(&s, &err) < 0)
		return fail(p->o, exit_for(OF_SESSION, &err), &err);
	code = live_start(&s.live, NULL, NULL, &s.cfg);
	if (code == 0)
		code = run(&s);
	tc_sender_close(s.sender);
	tc_craft_close(s.craft);
	return code;
}
