/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose names scripts use: words.awk makes the tables of src/syscalls of what stands here. */
#ifndef SYSCALLS_HEADERS_H
#define SYSCALLS_HEADERS_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#ifdef TC_CALL_INFO		/* <netinet/tcp.h> has an older struct tcp_info */
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#else
#include <netinet/tcp.h>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#endif

#endif
