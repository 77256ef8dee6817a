/* SPDX-License-Identifier: BSD-2-Clause */
#include "socket_list.h"

#include "base/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>

int tc_socket_list(struct mnl_socket *s, uint8_t family, uint32_t states, mnl_cb_t cb, void *data)
{
	uint8_t buf[TC_NL_BUFFER];
	struct nlmsghdr *nlh = tc_nl_request(buf, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP,
					     sizeof(struct inet_diag_req_v2));
	struct inet_diag_req_v2 *req = mnl_nlmsg_get_payload(nlh);
	int rc;

	req->sdiag_family = family;
	req->sdiag_protocol = IPPROTO_TCP;
	req->idiag_states = states;
	rc = s ? tc_nl_query_on(s, nlh, cb, data) : tc_nl_query(NETLINK_SOCK_DIAG, nlh, cb, data);
	/* A kernel without IPv6 has none of its sockets. */
	return rc == -ENOENT && family == AF_INET6 ? 0 : rc;
}

const struct inet_diag_msg *tc_socket_listed(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
	       mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct inet_diag_msg) ?
	       mnl_nlmsg_get_payload(nlh) : NULL;
}

bool tc_socket_covers(const struct inet_diag_msg *m, const struct tc_addr *addr)
{
	const uint32_t *src = m->id.idiag_src;
	struct tc_addr a = m->idiag_family == AF_INET ? tc_addr_from_v4(ntohl(src[0]))
						      : tc_addr_from_v6((const uint8_t *)src);

	if (tc_addr_is_mapped(&a))
		a = tc_addr_from_v4(tc_addr_v4(&a));
	if (tc_addr_is_unspecified(&a))
		return a.family == 6 || addr->family != 6;
	return tc_addr_equal(&a, addr);
}
