/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session is made of; shared by the files of its opening alone. */
#ifndef CONN_SESSION_OWN_H
#define CONN_SESSION_OWN_H

#include <tcpcraft/session.h>

struct tc_buf;
struct tc_ports;

#define TC_SESSION_DEVICE_ADDRS 16	/* that a listener in a VLAN has at most */

/* What belongs to one of our addresses, or to one that a filter may send from. */
struct tc_session_own {
	struct tc_ports *ports;
	struct tc_guard *guard;		/* for it and those next to it in order; theirs is NULL */
};

struct tc_session {
	struct tc_path path;
	struct tc_addr *addr;		/* our addresses; the first is path.src */
	struct tc_session_own *own;	/* of each of them, and then of wider's */
	unsigned n_own;
	uint8_t family;			/* of a listener on any address; 0: both */
	struct tc_neigh neigh;		/* for spare ones; n is 0 otherwise */
	int stamps;			/* until the link is open: see tc_tap_stamps */
	struct tc_link *link;
	struct tc_stack *stack;
	unsigned port_lo, n_ports;	/* the block, on each of our addresses */
	uint16_t dst_port;
	enum tc_guard_mode guard_asked;
	bool guard_shared;
	struct tc_wider wider;
	struct tc_backlogs *backlogs;	/* where the peer is this host; NULL: nobody to ask */
};

static inline uint16_t tc_session_first_port(const struct tc_session *s)
{
	return (uint16_t)s->port_lo;
}

static inline uint16_t tc_session_last_port(const struct tc_session *s)
{
	return (uint16_t)(s->port_lo + s->n_ports - 1);
}

/* Of what the run is: 4, 6, or 0 where peers of either may come. */
uint8_t tc_session_family(const struct tc_session *s);

/* session_filter.c: what the run wants to see of the wire; out->failed without memory. */
void tc_session_filter(const struct tc_session *s, const struct tc_session_config *cfg,
		       struct tc_buf *out);

/* session_path.c: where to, over what, and as whom. */
int tc_session_open_path(struct tc_session *s, const struct tc_session_config *cfg,
			 struct tc_error *err);

#endif
