/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending: whole frames on an interface through the descriptor that libnet opened (LINK), or
 * IP datagrams through raw sockets (RAW).
 */
#ifndef LINK_INJECT_H
#define LINK_INJECT_H

#include <tcpcraft/link.h>

struct tc_inject_dev;

/* how: TC_INJECT_LINK or TC_INJECT_RAW, whatever cfg says. bound: LINK's socket may take a grace
 * period to open, and frames are cheaper then. Errors as tc_link_open. */
int tc_inject_open(struct tc_inject_dev **d, const struct tc_link_config *cfg,
		   enum tc_inject how, bool bound, struct tc_error *err);
void tc_inject_close(struct tc_inject_dev *d);	/* NULL is allowed */

/* May frames stand for several (tc_out.each)? */
bool tc_inject_merges(const struct tc_inject_dev *d);

/* As tc_link_send. */
int tc_inject_send(struct tc_inject_dev *d, struct tc_out *frames, size_t n,
		   struct tc_error *err);

/* As tc_link_can_carry, for the raw path. */
int tc_inject_raw_can_carry(const struct tc_inject_dev *d, const uint8_t *frame, size_t len,
			    struct tc_error *err);

#endif
