/* SPDX-License-Identifier: BSD-2-Clause */
/* What `send` is about to do; shared by its files. */
#ifndef CLI_SEND_H
#define CLI_SEND_H

#include "cli.h"

#include <tcpcraft/addr.h>
#include <tcpcraft/craft.h>
#include "analysis/expect.h"

/* What packets say of themselves, for the capture filter, the ports and the guard. */
struct send_extent {
	bool tcp;
	bool syn;			/* some answer would make the kernel send a reset */
	bool odd;			/* a filter by ports would not see all of ours */
	bool vlan;
	bool src_given, dst_given;	/* else by the path */
	uint8_t family;			/* of the addresses */
	tc_value src_lo, src_hi, dst_lo, dst_hi;
	bool sport_given;		/* else a block of ours */
	tc_value sport_lo, sport_hi, dport_lo, dport_hi;
	bool free_targets;		/* all destinations need no --authorized */
	const char *source_route;	/* the field by which who takes a packet sends it on */
};

struct send_plan {
	const struct options *o;
	const char *host;
	struct tc_addr to;		/* HOST when it is an address, else family 0 */
	struct tc_spec *spec;
	struct tc_expect *expect;	/* NULL: nothing is expected */
	uint64_t rounds;		/* 0 = for ever */

	/* --raw: whole frames instead of the spec */
	struct tc_buf raw;		/* one behind the other */
	struct tc_bytes *frames;
	size_t n_frames;
	enum tc_header_id first;	/* what they begin with */

	struct send_extent extent;	/* filled by send_live */
	const char *ethernet;		/* why frames must have Ethernet headers, or NULL */
};

void send_extent(const struct send_plan *p, struct send_extent *e);

/* Source ports that packets without tcp.srcport take in turn, from `first` on (0: any). */
unsigned send_ports(const struct send_plan *p, uint16_t first);

/* Will packets be IPv6: by HOST, or by a field? */
bool send_is_ipv6(const struct send_plan *p);

/* A field that a switch names (--ttl, --tos …), as the packets' family calls it. -EINVAL, in
 * a line: the family has none. */
int send_add_switch(struct send_plan *p, const char *field, const char *value,
		    struct tc_error *err);

/* HOST is of the packets' family, or ipv6.dst says where they go. -EINVAL, in a line. */
int send_check_family(const struct send_plan *p, const struct tc_addr *to, struct tc_error *err);

/* Fill in what nobody named: the addresses, of the packets' family (of a dst of none: left as
 * they are), and the rest. macs: destination and source for the Ethernet header that the link
 * wants, or NULL: it wants none. */
int send_defaults(struct send_plan *p, const struct tc_addr *src, const struct tc_addr *dst,
		  uint16_t first_port, unsigned n_ports, const uint8_t *macs,
		  struct tc_error *err);

/* The craft of the plan; macs as above. */
int send_open_craft(const struct send_plan *p, const uint8_t *macs,
		    struct tc_craft **craft, struct tc_error *err);

/* send_session.c: the session that suits the packets of p, whose extent is known: what it
 * captures, its guard and its ports; cfg is as live_config left it. p outlives the session.
 * -EACCES and -EINVAL are of the command line. */
int send_session(const struct send_plan *p, struct tc_session_config *cfg,
		 struct tc_error *err);
/* Frames with Ethernet headers go out where there are such: cfg->dst is known. */
int send_check_ethernet(const struct send_plan *p, const struct tc_session_config *cfg,
			struct tc_error *err);

/* send_live.c: do it. Returns the exit code. */
int send_live(struct send_plan *p);

#endif
