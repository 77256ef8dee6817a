/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of RFC 9293 3.9.1 that are no system call of this kernel's. -1 with errno set. */
#ifndef SYSCALLS_KERNEL_H
#define SYSCALLS_KERNEL_H

long tc_kernel_abort(int fd);		/* it is closed, and its connection reset */
long tc_kernel_status(int fd);		/* TCP_ESTABLISHED …, as in <netinet/tcp.h> */

#endif
