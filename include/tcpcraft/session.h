/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that a run needs, put up in the right order and taken down in the reverse:
 * path, next hop, a block of source ports, the capture, the guard, the driver. When
 * tc_session_open has returned, nothing that the peer sends can be missed, and the
 * kernel is kept from answering it. One thread.
 *
 * A source that no interface of this host owns is a spare address (tcpcraft/neigh.h): it is
 * probed for, answered for by ARP while the stack runs, has a MAC of its own, and needs no
 * guard (TC_GUARD_NONE, whatever was asked). A bare session may also listen at one; then the
 * path has no next_mac: answers go to the MAC that the question came from. So does whoever
 * listens in a VLAN (tc_path_find_vlan), with a driver or without.
 */
#ifndef TCPCRAFT_SESSION_H
#define TCPCRAFT_SESSION_H

#include <tcpcraft/neigh.h>
#include <tcpcraft/conn.h>
#include <tcpcraft/guard.h>
#include <tcpcraft/link.h>
#include <tcpcraft/route.h>
#include <tcpcraft/tcp.h>

struct tc_buf;
struct tc_error;
struct tc_backlog;
struct tc_session;

/* More than the run's own addresses and ports, for frames whose addresses or ports a filter
 * changes (tcpcraft/filter.h): what the guard keeps quiet and the capture shows as well. */
#define TC_WIDER_MAX 16

struct tc_wider {
	struct {
		struct tc_addr addr;	/* none: any */
		uint16_t port_lo, port_hi;
	} own[TC_WIDER_MAX];
	unsigned n_own;
	bool any_peer;			/* answers of others, and from other ports */
	bool any_protocol;		/* capture what we send even if it is not TCP any more */
	bool any_ether;			/* … or no IP */
};

struct tc_session_config {
	struct tc_addr dst;		/* the peer */
	uint16_t dst_port;		/* 0 = any: the run speaks to several */
	struct tc_addr source;		/* our address; none = the kernel's choice */
	const uint8_t *source_mac;	/* 6 bytes: MAC of a spare address. NULL: the interface's */
	bool source_mac_own;		/* if this is set, else one from the seed, 02:… */
	bool skip_probe;		/* nobody else can have a spare address: no probe */
	const struct tc_addr *more_sources;	/* further addresses of ours, each with the same block
					 * of ports; may be NULL */
	unsigned n_more_sources;
	uint16_t source_port;		/* first of our ports; 0 = a free block */
	unsigned n_ports;		/* ports of the block, at least 1: that many connections
					 * at once from each address */
	const char *ifname;		/* NULL = by the route */
	struct tc_vlan vlan;		/* tags of all frames, on ifname. Every address of ours is
					 * a spare one then; without a source it is ifname's */
	enum tc_inject inject;
	enum tc_guard_mode guard;	/* AUTO is RST for one connection, or to this host */
	uint32_t mark;			/* 0 = TC_MARK_DEFAULT */
	bool busy_poll;
	bool authorized;		/* the user may test targets outside private ranges */
	bool listen;			/* wait for peers: source (none = any address, of
					 * either family) and
					 * source_port say where, dst is not looked at */
	uint8_t family;			/* … and of any address: of this family alone; 0: both */
	bool no_stack;			/* no driver: frames are sent and received on the link
					 * itself; all that our ports send is captured */
	bool reserve_no_ports;		/* the ports are what crafted packets say, or of a spare address:
					 * they need not be free, and nobody reserves them */
	bool shared;			/* of no_stack: another session of ours, with source_port
					 * in its block, holds port and guard for this one */
	bool any_peer;			/* the guard holds for answers of any peer */
	bool siblings;			/* as in struct tc_stack_config */
	/* Instead of the capture filter that suits connections: append one for this path and
	 * block of ports. May be NULL. */
	void (*filter)(void *ctx, const struct tc_path *path, uint16_t port_lo,
		       uint16_t port_hi, struct tc_buf *out);
	void *filter_ctx;
	bool many;			/* throughput before latency in the capture */
	bool at_once;			/* as in struct tc_link_config */
	size_t capture_bytes;		/* kernel capture buffer; 0 = that of struct tc_link_config */
	uint16_t gso_size;		/* as in struct tc_link_config */
	bool merge;			/* much data may go in segments that stand for several
					 * (tc_seg.each), where the path is Ethernet without tags.
					 * Not where each is looked at: with a trace, from a filter
					 * on, signed, urgent, or unobserved */
	bool unobserved;		/* as in struct tc_link_config: not with a trace, which
					 * would wait for our own frames in vain */
	uint64_t seed;
	struct tc_observer observer;	/* .trace set: our own frames are captured too */
	/* Fill *w, which is empty, when path and ports are known; negative ends the opening.
	 * May be NULL. */
	int (*widen)(void *ctx, const struct tc_path *path, uint16_t port_lo,
		     uint16_t port_hi, struct tc_wider *w, struct tc_error *err);
	void *widen_ctx;
	/* Change the defaults that suit the path, before the stack takes them; negative ends
	 * the opening. May be NULL. */
	int (*tune)(void *ctx, struct tc_personality *p, struct tc_error *err);
	void *tune_ctx;
};

/* -EACCES: the target needs authorized; else what path, ports, link, guard, and for a
 * spare address tc_spare_check, tc_spare_check_mac and tc_neigh_probe say. On failure
 * nothing is left behind. */
int tc_session_open(struct tc_session **s, const struct tc_session_config *cfg,
		    struct tc_error *err);

/* For a process that will not be able to start anything later: see tc_guard_foresee. */
int tc_session_foresee(struct tc_session *s, struct tc_error *err);

struct tc_stack *tc_session_stack(struct tc_session *s);	/* NULL when bare */
struct tc_link *tc_session_link(struct tc_session *s);
const struct tc_path *tc_session_path(const struct tc_session *s);
int tc_session_dlt(const struct tc_session *s);	/* of captured frames */

/* What this host's kernel has now on a port of the peer's (0: the session's): *l, which is
 * returned; NULL: the peer is another host. */
const struct tc_backlog *tc_session_backlog(struct tc_session *s, struct tc_backlog *l,
					     uint16_t port);

/* Of a spare address, else NULL: without a driver (bare) it is for the caller to give
 * each received ARP frame to tc_neigh_answer. */
struct tc_neigh *tc_session_neigh(struct tc_session *s);

/* Four-tuple of the nth connection (from 0): first all ports of the first address, then
 * of the next; from the beginning again when all were given. */
void tc_session_flow(const struct tc_session *s, unsigned nth, struct tc_flow *flow);

/* The mode in force; of a session that shares one what its cfg says. */
enum tc_guard_mode tc_session_guard(const struct tc_session *s);

struct tc_session_summary {
	enum tc_guard_mode guard;
	bool guard_shared;		/* what it blocked is told by the session that holds it */
	uint64_t resets_blocked;	/* by the guard's rule */
	uint64_t segments_hidden;	/* by one of mode SHIELD */
	uint64_t resets_leaked;		/* kernel resets seen on the wire */
	uint64_t icmp_leaked;		/* the kernel's ICMP errors about the peer's segments */
	uint64_t own_seen;		/* segments of ours that were captured: without an observer
					 * the first connection's SYN and resets */
	struct tc_flow diverted;	/* see struct tc_stack_stats */
	uint64_t capture_dropped;
	uint64_t sends_blocked;		/* refused by a local firewall */
	uint64_t frames_bad;
	uint64_t segments_sent, segments_received;
	struct tc_vlan vlan;		/* that we were in */
	bool spare;			/* we had a spare address, and were at `mac` */
	bool ipv6;			/* … of IPv6 */
	uint8_t mac[6];
	struct tc_neigh_seen neigh;
};

/*
 * Drain the capture, close the driver, take the guard away, release the ports. The
 * observer still gets what was waiting. *sum is filled when not NULL. Negative when the
 * guard could not be removed (the line says what to do); all else is gone even then.
 */
int tc_session_close(struct tc_session *s, struct tc_session_summary *sum,
		     struct tc_error *err);

#endif
