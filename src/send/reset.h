/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The resets of a sender that has no kernel behind it: a server that answers our SYN holds
 * a half-open connection, and a client that wants none resets it (RFC 9293 3.10.7.1).
 * Left alone it would fill the server's queue, and the next packets would measure that.
 */
#ifndef SEND_RESET_H
#define SEND_RESET_H

#include <tcpcraft/link.h>
#include <tcpcraft/match.h>

struct tc_sender_resets {
	struct tc_template head[2];	/* of IPv4, of IPv6 */
	uint16_t number;	/* of all of them: the kernel's have another, mostly 0 */
};

/* -ENOMEM, or 0. */
int tc_sender_resets_open(struct tc_sender_resets *r, struct tc_error *err);

/* rx answers the SYN of p with a SYN,ACK: send <SEQ=SEG.ACK><CTL=RST>, behind the link
 * header that p had. What tc_link_send says. */
int tc_sender_resets_send(const struct tc_sender_resets *r, struct tc_link *link,
			  const struct tc_probe *p, const struct tc_rx *rx,
			  struct tc_error *err);

/* Is the captured segment one of these? */
bool tc_sender_resets_has(const struct tc_sender_resets *r, const struct tc_rx *rx);

#endif
