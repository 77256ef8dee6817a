/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Initial sequence numbers (RFC 9293 3.4.1): a clock that ticks every 4 us plus a keyed
 * function of the four-tuple (RFC 6528). The key is one for all runs until the machine
 * boots again, so that a four-tuple that is used once more begins beyond the numbers of the
 * one before: a peer in TIME-WAIT takes its SYN (3.6.1) and does not answer with an old ACK.
 */
#ifndef HOST_ISS_H
#define HOST_ISS_H

#include <stddef.h>
#include <stdint.h>

#include <tcpcraft/clock.h>
#include <tcpcraft/segment.h>

struct tc_iss_key {
	uint64_t k[2];
};

/* Reads the boot's identifier; where there is no /proc the key is this run's alone. */
struct tc_iss_key tc_iss_key(void);

/* `now`: CLOCK_MONOTONIC, which all runs on a machine share. */
tc_seq tc_iss(const struct tc_iss_key *key, const struct tc_flow *flow, tc_time now);

/* SipHash-2-4 (Aumasson and Bernstein 2012) of n bytes, as the reference has it. */
uint64_t tc_siphash(const struct tc_iss_key *key, const uint8_t *bytes, size_t n);

#endif
