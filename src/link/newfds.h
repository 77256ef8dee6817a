/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libnet and libpcap open descriptors without O_CLOEXEC, and libpcap keeps one (its
 * break-loop eventfd) to itself. A child must inherit none of them: so note the lowest
 * free descriptor numbers before such a call, and mark what took them after it. Between
 * the two calls no other thread may open and exec.
 */
#ifndef LINK_NEWFDS_H
#define LINK_NEWFDS_H

#define TC_NEWFDS_MAX 8

struct tc_newfds {
	int fd[TC_NEWFDS_MAX];
};

void tc_newfds_note(struct tc_newfds *n);
void tc_newfds_mark(const struct tc_newfds *n);

#endif
