/* SPDX-License-Identifier: BSD-2-Clause */
/* Netlink requests by libmnl; see nl.h. */
#include "nl.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER_BYTES 32768	/* what the kernel fills in one go for a dump */
#define TRIES 10

struct nlmsghdr *tc_nl_request(uint8_t buf[TC_NL_BUFFER], uint16_t type, uint16_t flags,
			       size_t extra)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	mnl_nlmsg_put_extra_header(nlh, extra);
	return nlh;
}

static int run(struct mnl_socket *s, struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	uint8_t answer[ANSWER_BYTES];
	unsigned port = mnl_socket_get_portid(s);
	ssize_t n;
	int rc;

	nlh->nlmsg_seq = 1;
	if (mnl_socket_sendto(s, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(s, answer, sizeof answer);
		if (n < 0 && errno == EINTR)
			rc = MNL_CB_OK;
		else if (n < 0)
			return -errno;
		else
			rc = mnl_cb_run(answer, (size_t)n, 1, port, cb, data);
	} while (rc > MNL_CB_STOP);
	return rc < 0 ? -errno : 0;
}

int tc_nl_open(struct mnl_socket **out, int bus)
{
	struct mnl_socket *s = mnl_socket_open2(bus, SOCK_CLOEXEC);
	int rc;

	if (!s)
		return -errno;
	rc = mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (rc < 0)
		mnl_socket_close(s);
	else
		*out = s;
	return rc;
}

/* With an acknowledgement even a question without an answer has an end. (NLM_F_EXCL, of what makes
 * something, is one of the bits of NLM_F_DUMP.) */
static void want_end(struct nlmsghdr *nlh)
{
	if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
}

int tc_nl_query_on(struct mnl_socket *s, struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	want_end(nlh);
	return run(s, nlh, cb, data);
}

static int ask_once(int bus, struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	struct mnl_socket *s;
	int rc = tc_nl_open(&s, bus);

	if (rc < 0)
		return rc;
	rc = run(s, nlh, cb, data);
	mnl_socket_close(s);
	return rc;
}

int tc_nl_query(int bus, struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	int rc = -EINTR;

	want_end(nlh);
	/* libmnl says EINTR when a table changed while it was read (NLM_F_DUMP_INTR). */
	for (int i = 0; i < TRIES && rc == -EINTR; i++)
		rc = ask_once(bus, nlh, cb, data);
	return rc;
}

static int collect(const struct nlattr *attr, void *data)
{
	struct tc_nl_attrs *out = data;
	uint16_t type = mnl_attr_get_type(attr);

	if (type < TC_NL_ATTRS)
		out->at[type] = attr;
	return MNL_CB_OK;
}

void tc_nl_attrs(const struct nlmsghdr *nlh, size_t header, struct tc_nl_attrs *out)
{
	*out = (struct tc_nl_attrs){ 0 };
	mnl_attr_parse(nlh, (unsigned)header, collect, out);
}

uint32_t tc_nl_u32(const struct tc_nl_attrs *a, unsigned type)
{
	const struct nlattr *at = type < TC_NL_ATTRS ? a->at[type] : NULL;

	return at && mnl_attr_get_payload_len(at) >= 4 ? mnl_attr_get_u32(at) : 0;
}

struct tc_addr tc_nl_addr(const struct tc_nl_attrs *a, unsigned type)
{
	const struct nlattr *at = type < TC_NL_ATTRS ? a->at[type] : NULL;
	size_t n = at ? mnl_attr_get_payload_len(at) : 0;
	struct tc_addr addr = { 0 };

	if (n == 4 || n == sizeof addr.bytes) {
		addr.family = n == 4 ? 4 : 6;
		memcpy(addr.bytes, mnl_attr_get_payload(at), n);
	}
	return addr;
}

void tc_nl_put_addr(struct nlmsghdr *nlh, uint16_t type, const struct tc_addr *addr)
{
	mnl_attr_put(nlh, type, tc_nl_bits(addr) / 8, addr->bytes);
}

uint8_t tc_nl_family(const struct tc_addr *addr)
{
	return addr->family == 6 ? AF_INET6 : AF_INET;
}

uint8_t tc_nl_bits(const struct tc_addr *addr)
{
	return addr->family == 6 ? 128 : 32;
}
