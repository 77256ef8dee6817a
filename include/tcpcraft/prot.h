/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PROT frames: magic "PROT" (BE32), version 1, length N (BE32, N <= 512), N bytes of
 * payload, XOR of the payload bytes (LE16). All of it lives in the field table (header
 * TC_HDR_PROT); here is only what a user does with a whole frame.
 */
#ifndef TCPCRAFT_PROT_H
#define TCPCRAFT_PROT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;

#define TC_PROT_PAYLOAD_MAX 512
#define TC_PROT_HEAD 9			/* bytes the server reads first */
#define TC_PROT_TAIL 2			/* bytes behind the payload */
#define TC_PROT_ACK "ACK"		/* its reply to a good frame */
#define TC_PROT_ACK_LEN 3

/*
 * Append a frame around the payload. `sets` are n_sets texts "prot.FIELD=VALUE" as the
 * user wrote them; what is set is sent as set, however wrong, and the rest computed.
 * -EMSGSIZE for a payload over 512 bytes without a set of prot.length; what the field
 * table says for a bad set.
 */
int tc_prot_build(struct tc_buf *out, const uint8_t *payload, size_t n,
		  char *const *sets, size_t n_sets, struct tc_error *err);

/*
 * Append one line for people with every field of a PROT frame; "BAD, expected …" behind a
 * computed one that is wrong, "(usually …)" behind a constant that is not the usual one.
 * Cut frames say how many bytes are missing. Returns false, and appends nothing, when the
 * bytes do not begin with the magic "PROT" and `surely` is false.
 */
bool tc_prot_describe(struct tc_buf *out, const uint8_t *bytes, size_t n, bool surely);

#endif
