/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to sock_diag(7): all TCP sockets are listed, and the one that is meant kept. */
#include "sockdiag.h"

#include <tcpcraft/error.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MS 1000

int tc_sockdiag_open(pid_t pid, struct tc_error *err)
{
	char path[40];
	int there, here, fd = -1;

	snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
	here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	there = open(path, O_RDONLY | O_CLOEXEC);
	if (here < 0 || there < 0 || setns(there, CLONE_NEWNET) < 0) {
		tc_fail_errno(err, "cannot look into the network of process %d", (int)pid);
	} else {
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
		if (fd < 0)
			tc_fail_errno(err, "sock_diag");
		if (setns(here, CLONE_NEWNET) < 0 && fd >= 0) {
			tc_fail_errno(err, "no way back from process %d's network", (int)pid);
			close(fd);
			fd = -1;
		}
	}
	if (here >= 0)
		close(here);
	if (there >= 0)
		close(there);
	return fd < 0 ? err ? err->code : -EIO : fd;
}

static void take_info(struct tc_sockdiag *d, const void *bytes, size_t n)
{
	struct tcp_info ti = { 0 };

	memcpy(&ti, bytes, n < sizeof ti ? n : sizeof ti);
	d->info = true;
	d->unacked = ti.tcpi_unacked;
	d->retrans = ti.tcpi_retransmits;
	d->total_retrans = ti.tcpi_total_retrans;
	d->rto = ti.tcpi_rto;
	d->rtt = ti.tcpi_rtt;
	d->rttvar = ti.tcpi_rttvar;
	d->snd_mss = ti.tcpi_snd_mss;
	d->snd_cwnd = ti.tcpi_snd_cwnd;
	d->snd_ssthresh = ti.tcpi_snd_ssthresh;
	d->rcv_space = ti.tcpi_rcv_space;
}

struct question {
	uint16_t local, remote;
	struct tc_sockdiag *d;
};

static int on_attr(const struct nlattr *attr, void *ctx)
{
	if (mnl_attr_get_type(attr) == INET_DIAG_INFO)
		take_info(ctx, mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
	return MNL_CB_OK;
}

static int on_socket(const struct nlmsghdr *nlh, void *ctx)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(nlh);
	struct question *q = ctx;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof *m || q->d->found ||
	    ntohs(m->id.idiag_sport) != q->local || ntohs(m->id.idiag_dport) != q->remote)
		return MNL_CB_OK;
	*q->d = (struct tc_sockdiag){
		.found = true, .state = m->idiag_state, .timer = m->idiag_timer,
		.timer_retrans = m->idiag_retrans, .timer_ms = m->idiag_expires,
		.rqueue = m->idiag_rqueue, .wqueue = m->idiag_wqueue,
	};
	return mnl_attr_parse(nlh, sizeof *m, on_attr, q->d);
}

static int find(int fd, uint8_t family, struct question *q, struct tc_error *err)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
	} ask = {
		.head = { .nlmsg_len = sizeof ask, .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.req = { .sdiag_family = family, .sdiag_protocol = IPPROTO_TCP,
			 .idiag_ext = 1 << (INET_DIAG_INFO - 1), .idiag_states = ~0u },
	};
	_Alignas(struct nlmsghdr) char answer[16384];
	int rc = MNL_CB_OK;
	ssize_t n;

	if (send(fd, &ask, sizeof ask, 0) < 0)
		return tc_fail_errno(err, "sock_diag");
	while (rc == MNL_CB_OK) {
		n = recv(fd, answer, sizeof answer, 0);
		if (n < 0)
			return tc_fail_errno(err, "sock_diag");
		rc = mnl_cb_run(answer, (size_t)n, 0, 0, on_socket, q);
	}
	return rc < 0 ? tc_fail_errno(err, "sock_diag") : 0;
}

/* A kernel without IPv6 has no sockets of it. */
int tc_sockdiag_find(int fd, uint16_t local, uint16_t remote, struct tc_sockdiag *d,
		     struct tc_error *err)
{
	struct timeval wait = { ANSWER_MS / 1000, 0 };
	struct question q = { local, remote, d };
	int rc;

	*d = (struct tc_sockdiag){ 0 };
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	rc = find(fd, AF_INET, &q, err);
	if (rc >= 0 && !d->found)
		find(fd, AF_INET6, &q, NULL);
	return rc;
}
