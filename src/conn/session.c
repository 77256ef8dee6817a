/* SPDX-License-Identifier: BSD-2-Clause */
/* Putting up and taking down all that a run needs. */
#include "session_own.h"

#include "base/addr.h"
#include "host/backlog.h"
#include "host/guard_begin.h"
#include "host/ports.h"
#include "link/tap.h"
#include "wire/family.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRAIN_NS (50 * TC_MS)

/* A link-local address is bound on its link. */
static int reserve_at(struct tc_session *s, unsigned i, uint16_t first, unsigned n,
		      struct tc_error *err)
{
	struct tc_addr at = s->addr[i];

	if (tc_addr_is_none(&at))
		at.family = s->family;
	if (at.family == 6 && tc_addr_is_link_local(&at))
		at.scope = (uint32_t)s->path.ifindex;
	return tc_ports_reserve(&s->own[i].ports, &at, first, n, err);
}

/* The same block of ports on each of our addresses. */
static int reserve_ports(struct tc_session *s, const struct tc_session_config *cfg,
			 struct tc_error *err)
{
	uint16_t first = cfg->source_port;
	int rc;

	s->n_ports = cfg->n_ports;
	s->port_lo = first;
	if (cfg->reserve_no_ports || cfg->shared)
		return 0;
	for (unsigned i = 0; i < s->n_own; i++) {
		rc = reserve_at(s, i, first, cfg->n_ports, err);
		if (rc < 0)
			return rc;
		first = tc_ports_first(s->own[i].ports);
	}
	s->port_lo = first;
	return 0;
}

static void let_stamps_go(struct tc_session *s)
{
	if (s->stamps >= 0)
		close(s->stamps);
	s->stamps = -1;
}

static int open_link(struct tc_session *s, const struct tc_session_config *cfg,
		     struct tc_error *err)
{
	struct tc_buf filter = { 0 };
	struct tc_link_config lc = {
		.path = &s->path, .inject = cfg->inject, .immediate = !cfg->many,
		.at_once = cfg->at_once,
		.busy_poll = cfg->busy_poll, .promiscuous = s->neigh.n > 0,
		.unobserved = cfg->unobserved, .gso_size = cfg->gso_size,
		/* cut before the capture sees it, it would be nobody's in a trace */
		.merge = cfg->merge && !s->path.vlan.n && !cfg->observer.trace,
		.buffer_bytes = cfg->capture_bytes,
		.mark = cfg->mark ? cfg->mark : TC_MARK_DEFAULT,
	};
	int rc;

	tc_session_filter(s, cfg, &filter);
	if (filter.failed)
		return tc_nomem(err);
	lc.filter = (const char *)filter.data;
	rc = tc_link_open(&s->link, &lc, err);
	let_stamps_go(s);
	tc_buf_free(&filter);
	return rc < 0 ? rc : tc_neigh_announce(&s->neigh, s->link, err);
}

/* How many of our addresses from this one on follow one another: one rule is for them all. */
static unsigned in_a_row(const struct tc_session *s, unsigned first)
{
	struct tc_addr next = s->addr[first];
	unsigned n = 0;

	do {
		n++;
		tc_addr_add(&next, 1);
	} while (first + n < s->n_own && tc_addr_equal(&s->addr[first + n], &next));
	return n;
}

/* Not so of a link-local one of IPv6: another link may have it too, and the rule names no link. */
static bool is_told_by_address(const struct tc_session *s)
{
	const struct tc_addr *peer = &s->path.dst;
	bool on_link = tc_addr_is_link_local(peer) || tc_addr_is_link_local(&s->path.src);

	return !s->path.local && !(peer->family == 6 && on_link);
}

static bool has_its_ports(const struct tc_session *s)
{
	for (unsigned i = 0; i < s->n_own; i++)
		if (!s->own[i].ports || !tc_ports_are_ours(s->own[i].ports))
			return false;
	return true;
}

/* With one connection what the kernel wants to reset is counted, to be learned from; with many it
 * is a sixth of their cost. What hides segments is for ports that nobody else has, and for a peer
 * whose segments the kernel has no other use for: one on this host is the kernel itself. */
static enum tc_guard_mode guard_mode(const struct tc_session *s,
				     const struct tc_session_config *cfg)
{
	bool many;

	if (s->neigh.n)
		return TC_GUARD_NONE;
	if (cfg->guard != TC_GUARD_AUTO)
		return cfg->guard;
	if (s->wider.n_own)		/* one mode for all: ports of these may be others' */
		return TC_GUARD_RST;
	many = s->n_ports > 1 || s->n_own > 1;
	return many && has_its_ports(s) && is_told_by_address(s) ? TC_GUARD_AUTO : TC_GUARD_RST;
}

/* What all guards of the run have in common. */
static struct tc_guard_spec guard_spec(const struct tc_session *s,
				       const struct tc_session_config *cfg)
{
	struct tc_guard_spec spec = {
		.mode = guard_mode(s, cfg), .port = tc_session_first_port(s),
		.port_hi = tc_session_last_port(s),
		.peer_port = s->wider.any_peer ? 0 : s->dst_port, .mark = cfg->mark,
	};

	if (!cfg->any_peer && !s->wider.any_peer)
		spec.peer = s->path.dst;
	return spec;
}

/* From one of our addresses on, those that follow it in a row. Returns how many. */
static unsigned guard_row(const struct tc_session *s, unsigned first, struct tc_guard_spec *spec)
{
	unsigned n = in_a_row(s, first);

	spec->local = s->addr[first];
	spec->local_hi = s->addr[first + n - 1];
	return n;
}

/* The first guard's script, most often the only one, is at work while the link is opened. */
static int begin_guards(struct tc_session *s, const struct tc_session_config *cfg,
			struct tc_error *err)
{
	struct tc_guard_spec spec = guard_spec(s, cfg);

	s->guard_asked = spec.mode;
	s->guard_shared = cfg->shared;
	if (cfg->shared)
		return 0;
	guard_row(s, 0, &spec);
	return tc_guard_begin(&s->own[0].guard, &spec, err);
}

static int start_guards(struct tc_session *s, const struct tc_session_config *cfg,
			struct tc_error *err)
{
	struct tc_guard_spec spec = guard_spec(s, cfg);
	int rc = 0;

	if (cfg->shared)
		return 0;
	for (unsigned i = guard_row(s, 0, &spec), n; i < s->n_own && rc >= 0; i += n) {
		n = guard_row(s, i, &spec);
		rc = tc_guard_start(&s->own[i].guard, &spec, err);
	}
	spec.local_hi = (struct tc_addr){ 0 };
	for (unsigned i = 0; i < s->wider.n_own && rc >= 0; i++) {
		spec.local = s->wider.own[i].addr;
		spec.port = s->wider.own[i].port_lo;
		spec.port_hi = s->wider.own[i].port_hi;
		rc = tc_guard_start(&s->own[s->n_own + i].guard, &spec, err);
	}
	return rc;
}

static int open_guarded_link(struct tc_session *s, const struct tc_session_config *cfg,
			     struct tc_error *err)
{
	int rc = begin_guards(s, cfg, err), in_force;

	if (rc < 0)
		return rc;
	rc = open_link(s, cfg, err);
	in_force = tc_guard_await(&s->own[0].guard, rc < 0 ? NULL : err);
	if (rc >= 0)
		rc = in_force;
	return rc < 0 ? rc : start_guards(s, cfg, err);
}

int tc_session_foresee(struct tc_session *s, struct tc_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i < s->n_own + s->wider.n_own && rc >= 0; i++)
		rc = tc_guard_foresee(s->own[i].guard, err);
	return rc;
}

/* As many full segments as one datagram can say the length of. */
static uint8_t merge_of(uint16_t mss)
{
	unsigned n = (UINT16_MAX - TC_HEAD_MAX) / (mss ? (unsigned)mss : 1);

	return (uint8_t)(n < UINT8_MAX ? n : UINT8_MAX);
}

static int open_stack(struct tc_session *s, const struct tc_session_config *cfg,
		      struct tc_error *err)
{
	struct tc_personality p;
	struct tc_stack_config sc = {
		.link = s->link, .path = &s->path, .tcp = &p.tcp, .ip = &p.ip, .observer = &cfg->observer,
		.siblings = cfg->siblings,
		.port_lo = tc_session_first_port(s), .port_hi = tc_session_last_port(s),
		.seed = cfg->seed, .busy_poll = cfg->busy_poll,
		.neigh = s->neigh.n ? &s->neigh : NULL,
	};

	int rc = 0;

	tc_personality_default(&p, tc_session_family(s), s->path.mtu);
	if (s->path.advmss)
		p.tcp.mss = s->path.advmss;
	if (cfg->tune)
		rc = cfg->tune(cfg->tune_ctx, &p, err);
	if (tc_link_merges(s->link))
		p.tcp.merge = merge_of(p.tcp.mss_path);
	return rc < 0 ? rc : tc_stack_open(&s->stack, &sc, err);
}

static struct tc_session *session_new(const struct tc_session_config *cfg)
{
	struct tc_session *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
	s->stamps = cfg->at_once ? tc_tap_stamps() : -1;
	s->dst_port = cfg->dst_port;
	s->family = cfg->listen && tc_addr_is_none(&cfg->source) ? cfg->family : 0;
	s->n_own = 1 + cfg->n_more_sources;
	s->own = calloc(s->n_own + TC_SESSION_DEVICE_ADDRS + TC_WIDER_MAX, sizeof *s->own);
	s->addr = calloc(s->n_own + TC_SESSION_DEVICE_ADDRS, sizeof *s->addr);
	if (!s->own || !s->addr) {
		tc_session_close(s, NULL, NULL);
		return NULL;
	}
	s->addr[0] = cfg->source;
	for (unsigned i = 0; i < cfg->n_more_sources; i++)
		s->addr[i + 1] = cfg->more_sources[i];
	return s;
}

int tc_session_open(struct tc_session **out, const struct tc_session_config *cfg,
		    struct tc_error *err)
{
	struct tc_session *s = session_new(cfg);
	int rc;

	if (!s)
		return tc_nomem(err);
	rc = tc_session_open_path(s, cfg, err);
	if (rc >= 0 && s->neigh.n == 0 && (cfg->source_mac || cfg->source_mac_own))
		rc = tc_fail(err, -EINVAL, "a source MAC goes with a source that no host owns:"
			     " name an unused address of the subnet with --source");
	if (rc >= 0)
		rc = reserve_ports(s, cfg, err);
	if (rc >= 0 && cfg->widen)
		rc = cfg->widen(cfg->widen_ctx, &s->path, tc_session_first_port(s),
				tc_session_last_port(s), &s->wider, err);
	if (rc >= 0)
		rc = open_guarded_link(s, cfg, err);
	if (rc >= 0 && !cfg->no_stack)
		rc = open_stack(s, cfg, err);
	if (rc < 0) {
		tc_session_close(s, NULL, NULL);
		return rc;
	}
	if (s->path.local)
		s->backlogs = tc_backlogs_open();
	*out = s;
	return 0;
}

struct tc_stack *tc_session_stack(struct tc_session *s)
{
	return s->stack;
}

const struct tc_backlog *tc_session_backlog(struct tc_session *s, struct tc_backlog *l,
					     uint16_t port)
{
	if (!s->path.local)
		return NULL;
	tc_backlogs_find(s->backlogs, l, &s->path.dst, port ? port : s->dst_port);
	return l;
}

struct tc_link *tc_session_link(struct tc_session *s)
{
	return s->link;
}

const struct tc_path *tc_session_path(const struct tc_session *s)
{
	return &s->path;
}

struct tc_neigh *tc_session_neigh(struct tc_session *s)
{
	return s->neigh.n ? &s->neigh : NULL;
}

int tc_session_dlt(const struct tc_session *s)
{
	return tc_link_dlt(s->link);
}

enum tc_guard_mode tc_session_guard(const struct tc_session *s)
{
	return s->own[0].guard ? tc_guard_mode(s->own[0].guard) : s->guard_asked;
}

void tc_session_flow(const struct tc_session *s, unsigned nth, struct tc_flow *flow)
{
	*flow = (struct tc_flow){
		.local_addr = s->addr[nth / s->n_ports % s->n_own],
		.local_port = (uint16_t)(s->port_lo + nth % s->n_ports),
		.remote_addr = s->path.dst,
		.remote_port = s->dst_port,
	};
}

static void sum_up(const struct tc_session *s, struct tc_session_summary *sum)
{
	struct tc_stack_stats st = { 0 };
	struct tc_link_stats ls = { 0 };

	if (s->stack)
		tc_stack_stats(s->stack, &st);
	if (s->link)
		tc_link_stats(s->link, &ls);
	*sum = (struct tc_session_summary){
		.guard = tc_session_guard(s), .guard_shared = s->guard_shared,
		.resets_leaked = st.resets_leaked,
		.icmp_leaked = st.icmp_leaked,
		.own_seen = st.own_seen,
		.diverted = st.diverted,
		.sends_blocked = st.sends_blocked,
		.frames_bad = st.frames_bad,
		.segments_sent = st.segments_sent,
		.segments_received = st.segments_received,
		.capture_dropped = ls.dropped,
		.vlan = s->path.vlan, .spare = s->neigh.n > 0,
		.ipv6 = tc_session_family(s) == 6,
		.neigh = s->neigh.seen,
	};
	memcpy(sum->mac, s->neigh.mac, sizeof sum->mac);
}

/* Guards and ports of all our addresses. The first error is told, the rest still done. */
static int release_own(struct tc_session *s, struct tc_session_summary *sum, struct tc_error *err)
{
	uint64_t count;
	bool hides;
	int rc = 0, each;

	for (unsigned i = 0; s->own && i < s->n_own + s->wider.n_own; i++) {
		count = 0;
		hides = tc_guard_mode(s->own[i].guard) == TC_GUARD_SHIELD;
		each = tc_guard_stop(s->own[i].guard, &count, rc < 0 ? NULL : err);
		rc = rc < 0 ? rc : each;
		*(hides ? &sum->segments_hidden : &sum->resets_blocked) += count;
		tc_ports_release(s->own[i].ports);
	}
	return rc;
}

int tc_session_close(struct tc_session *s, struct tc_session_summary *sum,
		     struct tc_error *err)
{
	struct tc_session_summary unused = { 0 };
	int rc;

	if (!s)
		return 0;
	if (s->stack)
		tc_stack_drain(s->stack, DRAIN_NS);
	if (sum)
		sum_up(s, sum);
	tc_stack_close(s->stack);
	tc_link_close(s->link);
	tc_backlogs_close(s->backlogs);
	let_stamps_go(s);
	rc = release_own(s, sum ? sum : &unused, err);
	free(s->own);
	free(s->addr);
	free(s);
	return rc;
}
