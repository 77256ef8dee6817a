/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session asks the capture for, in the words of pcap-filter(7). */
#include "session_own.h"

#include "base/addr.h"
#include "wire/family.h"

#include <tcpcraft/buf.h>

/* Over the loopback, whose number is 1 in each network, libpcap shows what is sent as it comes in
 * alone. */
#define OURS "(outbound or ifindex 1)"

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

/* A listener of any address is asked from outside: what our kernel sends to such a port of another
 * host is no call to us, and what comes from such a port of another host is not ours. */
static void put_way(struct tc_buf *b, const struct tc_session *s, const char *way)
{
	if (tc_addr_is_none(&s->addr[0]))
		tc_buf_printf(b, " and %s", way);
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

uint8_t tc_session_family(const struct tc_session *s)
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
		if (!tc_session_family(s) || tc_session_family(s) == f->version)
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
			      tc_session_first_port(s));
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
	unsigned lo = tc_session_first_port(s), hi = tc_session_last_port(s);
	const struct tc_family *f = NULL;

	tc_buf_printf(b, "(");
	if (s->family)
		tc_buf_printf(b, "%s and ", tc_family(s->family)->ip);
	tc_buf_printf(b, "tcp and dst portrange %u-%u", lo, hi);
	put_host(b, "src", &s->path.dst);
	put_us(b, "dst", s);
	put_way(b, s, "inbound");
	if (s->dst_port)
		tc_buf_printf(b, " and src port %u", s->dst_port);
	tc_buf_printf(b, ") or (tcp and src portrange %u-%u", lo, hi);
	put_us(b, "src", s);
	put_way(b, s, OURS);
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
		if (tc_session_family(s) == 4)
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
		tc_buf_printf(b, " or (tcp and portrange %u-%u)", tc_session_first_port(s),
			      tc_session_last_port(s));
	for (const struct tc_family *f = NULL; w->any_protocol && (f = next_family(s, f));) {
		tc_buf_printf(b, " or (%s", f->ip);
		put_us(b, "src", s);
		put_host(b, "dst", &s->path.dst);
		tc_buf_printf(b, ")");
	}
	if (w->any_ether && !s->path.local)
		tc_buf_printf(b, " or ether src %s", TC_MAC(s->path.mac));
}

void tc_session_filter(const struct tc_session *s, const struct tc_session_config *cfg,
		       struct tc_buf *out)
{
	if (cfg->filter)
		cfg->filter(cfg->filter_ctx, &s->path, tc_session_first_port(s),
			    tc_session_last_port(s), out);
	else
		make_filter(out, s, cfg->no_stack || cfg->observer.trace);
	if (s->neigh.n)
		put_neighbours(out, s);
	if (cfg->widen)
		put_wider(out, s);
}
