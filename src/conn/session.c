/* SPDX-License-Identifier: BSD-2-Clause */
/* Putting up and taking down all that a run needs. */
#include "session_own.h"

#include "base/addr.h"
#include "host/guard_begin.h"
#include "host/ports.h"
#include "wire/family.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DRAIN_NS (50 * TC_MS)

static uint16_t first_port(const struct tc_session *s)
{
	return (uint16_t)s->port_lo;
}

static uint16_t last_port(const struct tc_session *s)
{
	return (uint16_t)(s->port_lo + s->n_ports - 1);
}

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

/* Without its scope, for which pcap-filter(7) has no word. */
static void put_name(struct tc_buf *b, const char *side, const struct tc_addr *addr)
{
	struct tc_addr bare = *addr;

	bare.scope = 0;
	tc_buf_printf(b, "%s host %s", side, TC_HOST(&bare));
}

static void put_host(struct tc_buf *b, const char *side, const struct tc_addr *addr)
{
	if (tc_addr_is_none(addr))
		return;
	tc_buf_printf(b, " and ");
	put_name(b, side, addr);
}

static void put_us(struct tc_buf *b, const char *side, const struct tc_session *s)
{
	if (tc_addr_is_none(&s->addr[0]))
		return;
	for (unsigned i = 0; i < s->n_own; i++) {
		tc_buf_printf(b, i ? " or " : " and (");
		put_name(b, side, &s->addr[i]);
	}
	tc_buf_printf(b, ")");
}

/* Of what the run is: 4, 6, or 0 where peers of either may come. */
static uint8_t family_of(const struct tc_session *s)
{
	uint8_t family = s->addr[0].family ? s->addr[0].family : s->family;

	if (s->path.dst.family)
		return s->path.dst.family;
	for (unsigned i = 1; i < s->n_own; i++)
		if (s->addr[i].family != family)
			return 0;
	return family;
}

/* The next family after f (NULL: the first) that the run may be of, or NULL. */
static const struct tc_family *next_family(const struct tc_session *s, const struct tc_family *f)
{
	for (f = f ? f + 1 : tc_families; f < tc_families + TC_FAMILIES; f++)
		if (!family_of(s) || family_of(s) == f->version)
			return f;
	return NULL;
}

/* One SYN says what there is to know, and each that is shown takes time from a handshake. */
static void put_reset_or_first_syn(struct tc_buf *b, const struct tc_session *s)
{
	const char *between = " and ((";

	for (const struct tc_family *f = NULL; (f = next_family(s, f)) != NULL; between = ") or (")
		tc_buf_printf(b, "%s%s & %d != 0) or (%s & %d = %d and src port %u", between,
			      f->flags, TC_FLAG_RST, f->flags, TC_FLAG_SYN | TC_FLAG_ACK, TC_FLAG_SYN,
			      first_port(s));
	tc_buf_printf(b, "))");
}

/* ICMP errors to us, and our kernel's about what the peer sends. */
static void put_icmp(struct tc_buf *b, const struct tc_session *s, const struct tc_family *f)
{
	tc_buf_printf(b, " or (%s", f->icmp);
	put_us(b, "dst", s);
	tc_buf_printf(b, ") or (%s", f->unreachable);
	put_us(b, "src", s);
	put_host(b, "dst", &s->path.dst);
	tc_buf_printf(b, ")");
}

/*
 * What the run wants to see: the peer's segments to us; our own, all of them when the
 * story is told, else only resets, which is how a leaked one of the kernel is seen, and the
 * first connection's SYN, which tells whether we are heard at all; ICMP errors to us, and our
 * kernel's about what the peer sends. An address or port that is not known is not asked for.
 */
static void make_filter(struct tc_buf *b, const struct tc_session *s, bool own_frames)
{
	unsigned lo = first_port(s), hi = last_port(s);
	const struct tc_family *f = NULL;

	tc_buf_printf(b, "(");
	if (s->family)
		tc_buf_printf(b, "%s and ", tc_family(s->family)->ip);
	tc_buf_printf(b, "tcp and dst portrange %u-%u", lo, hi);
	put_host(b, "src", &s->path.dst);
	put_us(b, "dst", s);
	if (s->dst_port)
		tc_buf_printf(b, " and src port %u", s->dst_port);
	tc_buf_printf(b, ") or (tcp and src portrange %u-%u", lo, hi);
	put_us(b, "src", s);
	put_host(b, "dst", &s->path.dst);
	if (!own_frames)
		put_reset_or_first_syn(b, s);
	tc_buf_printf(b, ")");
	while ((f = next_family(s, f)) != NULL)
		put_icmp(b, s, f);
}

/* What is said to neighbours. In front: what stands behind a "vlan" of the filter is about
 * tagged frames only. Questions about IPv4 alone can be told apart by whom they are about. */
static void put_neighbours(struct tc_buf *filter, const struct tc_session *s)
{
	const struct tc_family *f = NULL;
	struct tc_buf all = { 0 };

	if (filter->failed)
		return;
	while ((f = next_family(s, f)) != NULL) {
		tc_buf_printf(&all, "(%s", f->neighbours);
		if (family_of(s) == 4)
			put_us(&all, f->neighbours, s);
		tc_buf_printf(&all, ") or ");
	}
	tc_buf_printf(&all, "(%s)", (char *)filter->data);
	tc_buf_free(filter);
	*filter = all;
}

/* The same for what a filter's frames may be. */
static void put_wider(struct tc_buf *b, const struct tc_session *s)
{
	const struct tc_wider *w = &s->wider;

	for (unsigned i = 0; i < w->n_own; i++) {
		unsigned lo = w->own[i].port_lo, hi = w->own[i].port_hi;

		tc_buf_printf(b, " or (tcp and dst portrange %u-%u", lo, hi);
		put_host(b, "dst", &w->own[i].addr);
		tc_buf_printf(b, ") or (tcp and src portrange %u-%u", lo, hi);
		put_host(b, "src", &w->own[i].addr);
		tc_buf_printf(b, ")");
	}
	if (w->any_peer)
		tc_buf_printf(b, " or (tcp and portrange %u-%u)", first_port(s), last_port(s));
	for (const struct tc_family *f = NULL; w->any_protocol && (f = next_family(s, f));) {
		tc_buf_printf(b, " or (%s", f->ip);
		put_us(b, "src", s);
		put_host(b, "dst", &s->path.dst);
		tc_buf_printf(b, ")");
	}
	if (w->any_ether && !s->path.local)
		tc_buf_printf(b, " or ether src %s", TC_MAC(s->path.mac));
}

static int open_link(struct tc_session *s, const struct tc_session_config *cfg,
		     struct tc_error *err)
{
	struct tc_buf filter = { 0 };
	struct tc_link_config lc = {
		.path = &s->path, .inject = cfg->inject, .immediate = !cfg->many,
		.busy_poll = cfg->busy_poll, .promiscuous = s->neigh.n > 0,
		.unobserved = cfg->unobserved, .gso_size = cfg->gso_size, .buffer_bytes = cfg->capture_bytes,
		.mark = cfg->mark ? cfg->mark : TC_MARK_DEFAULT,
	};
	int rc;

	if (cfg->filter)
		cfg->filter(cfg->filter_ctx, &s->path, first_port(s), last_port(s), &filter);
	else
		make_filter(&filter, s, cfg->no_stack || cfg->observer.trace);
	if (s->neigh.n)
		put_neighbours(&filter, s);
	if (cfg->widen)
		put_wider(&filter, s);
	if (filter.failed)
		return tc_nomem(err);
	lc.filter = (const char *)filter.data;
	rc = tc_link_open(&s->link, &lc, err);
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

/* What all guards of the run have in common. */
static struct tc_guard_spec guard_spec(const struct tc_session *s,
				       const struct tc_session_config *cfg)
{
	struct tc_guard_spec spec = {
		.mode = s->neigh.n ? TC_GUARD_NONE : cfg->guard, .port = first_port(s),
		.port_hi = last_port(s),
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

static int open_stack(struct tc_session *s, const struct tc_session_config *cfg,
		      struct tc_error *err)
{
	struct tc_personality p;
	struct tc_stack_config sc = {
		.link = s->link, .path = &s->path, .tcp = &p.tcp, .ip = &p.ip, .observer = &cfg->observer,
		.port_lo = first_port(s), .port_hi = last_port(s),
		.seed = cfg->seed, .busy_poll = cfg->busy_poll,
		.neigh = s->neigh.n ? &s->neigh : NULL,
	};

	int rc = 0;

	tc_personality_default(&p, family_of(s), s->path.mtu);
	if (s->path.advmss)
		p.tcp.mss = s->path.advmss;
	if (cfg->tune)
		rc = cfg->tune(cfg->tune_ctx, &p, err);
	return rc < 0 ? rc : tc_stack_open(&s->stack, &sc, err);
}

static struct tc_session *session_new(const struct tc_session_config *cfg)
{
	struct tc_session *s = calloc(1, sizeof *s);

	if (!s)
		return NULL;
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
		rc = cfg->widen(cfg->widen_ctx, &s->path, first_port(s), last_port(s),
				&s->wider, err);
	if (rc >= 0)
		rc = open_guarded_link(s, cfg, err);
	if (rc >= 0 && !cfg->no_stack)
		rc = open_stack(s, cfg, err);
	if (rc < 0) {
		tc_session_close(s, NULL, NULL);
		return rc;
	}
	*out = s;
	return 0;
}

struct tc_stack *tc_session_stack(struct tc_session *s)
{
	return s->stack;
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
		.ipv6 = family_of(s) == 6,
		.neigh = s->neigh.seen,
	};
	memcpy(sum->mac, s->neigh.mac, sizeof sum->mac);
}

/* Guards and ports of all our addresses. The first error is told, the rest still done. */
static int release_own(struct tc_session *s, uint64_t *blocked, struct tc_error *err)
{
	uint64_t count;
	int rc = 0, each;

	for (unsigned i = 0; s->own && i < s->n_own + s->wider.n_own; i++) {
		count = 0;
		each = tc_guard_stop(s->own[i].guard, &count, rc < 0 ? NULL : err);
		rc = rc < 0 ? rc : each;
		*blocked += count;
		tc_ports_release(s->own[i].ports);
	}
	return rc;
}

int tc_session_close(struct tc_session *s, struct tc_session_summary *sum,
		     struct tc_error *err)
{
	uint64_t blocked = 0;
	int rc;

	if (!s)
		return 0;
	if (s->stack)
		tc_stack_drain(s->stack, DRAIN_NS);
	if (sum)
		sum_up(s, sum);
	tc_stack_close(s->stack);
	tc_link_close(s->link);
	rc = release_own(s, &blocked, err);
	if (sum)
		sum->resets_blocked = blocked;
	free(s->own);
	free(s->addr);
	free(s);
	return rc;
}
