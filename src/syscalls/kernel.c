/* SPDX-License-Identifier: BSD-2-Clause */
/* User calls that this kernel spells by options of its sockets. */
#include "kernel.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

long tc_kernel_abort(int fd)
{
	struct linger at_once = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) < 0)
		return -1;
	return close(fd);
}

long tc_kernel_status(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof info;

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) < 0 ? -1 : info.tcpi_state;
}
