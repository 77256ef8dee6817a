/* SPDX-License-Identifier: BSD-2-Clause */
#include "backlog.h"
#include "socket_list.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

#define LISTENS (1u << TCP_LISTEN)

struct tc_backlogs {
	struct mnl_socket *socket;	/* NULL: it failed once */
};

struct search {
	const struct tc_addr *addr;
	uint16_t port;
	struct tc_backlog *found;
};

static bool only_ipv6(const struct nlmsghdr *nlh)
{
	struct tc_nl_attrs a;

	tc_nl_attrs(nlh, sizeof(struct inet_diag_msg), &a);
	return a.at[INET_DIAG_SKV6ONLY] && mnl_attr_get_u8(a.at[INET_DIAG_SKV6ONLY]);
}

/* Of several the one with least room counts: which of them gets a SYN is the kernel's choice
 * (SO_REUSEPORT). */
static int on_socket(const struct nlmsghdr *nlh, void *data)
{
	const struct inet_diag_msg *m = tc_socket_listed(nlh);
	const struct search *s = data;
	struct tc_backlog *l = s->found;

	if (!m || ntohs(m->id.idiag_sport) != s->port || !tc_socket_covers(m, s->addr) ||
	    (s->addr->family == 4 && m->idiag_family == AF_INET6 && only_ipv6(nlh)))
		return MNL_CB_OK;
	/* of a listener the two queues are connections: those that wait, and the limit */
	if (!l->sockets || (int64_t)m->idiag_rqueue - m->idiag_wqueue >
			   (int64_t)l->waiting - l->most) {
		l->waiting = m->idiag_rqueue;
		l->most = m->idiag_wqueue;
	}
	l->sockets++;
	return MNL_CB_OK;
}

struct tc_backlogs *tc_backlogs_open(void)
{
	struct tc_backlogs *ask = calloc(1, sizeof *ask);

	if (ask && tc_nl_open(&ask->socket, NETLINK_SOCK_DIAG) < 0) {
		free(ask);
		ask = NULL;
	}
	return ask;
}

static void hang_up(struct tc_backlogs *ask)
{
	if (ask->socket)
		mnl_socket_close(ask->socket);
	ask->socket = NULL;
}

void tc_backlogs_close(struct tc_backlogs *ask)
{
	if (ask)
		hang_up(ask);
	free(ask);
}

void tc_backlogs_find(struct tc_backlogs *ask, struct tc_backlog *l,
		      const struct tc_addr *addr, uint16_t port)
{
	struct search s = { addr, port, l };

	*l = (struct tc_backlog){ 0 };
	if (!ask || !ask->socket)
		return;
	l->known = tc_socket_list(ask->socket, AF_INET, LISTENS, on_socket, &s) == 0 &&
		   tc_socket_list(ask->socket, AF_INET6, LISTENS, on_socket, &s) == 0;
	if (!l->known)
		hang_up(ask);
}

bool tc_backlog_is_full(const struct tc_backlog *l)
{
	return l->known && l->sockets && l->waiting > l->most;
}
