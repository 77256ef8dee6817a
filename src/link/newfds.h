/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libnet and libpcap open descriptors without O_CLOEXEC, and libpcap keeps one (its
 * break-loop eventfd) to itself. A child must inherit none of them: so note the lowest
 * free descriptor numbers before such calls, and mark what took them after them. Between
 * the two no other thread may exec.
 */
#ifndef LINK_NEWFDS_H
#define LINK_NEWFDS_H

#define TC_NEWFDS_MAX 16

struct tc_newfds {
	int fd[TC_NEWFDS_MAX];
};

void tc_newfds_note(struct tc_newfds *n);
void tc_newfds_mark(const struct tc_newfds *n);

#endif
