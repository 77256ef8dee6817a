/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PROT frames: magic "PROT" (BE32), version 1, length N (BE32, N <= 512), N bytes of
 * payload, XOR of the payload bytes (LE16). All of it lives in the field table (header
 * TC_HDR_PROT; payload.h has what a user does with whole frames); here is what the server
 * knows besides.
 */
#ifndef TCPCRAFT_PROT_H
#define TCPCRAFT_PROT_H

#define TC_PROT_PAYLOAD_MAX 512
#define TC_PROT_HEAD 9			/* bytes the server reads first */
#define TC_PROT_TAIL 2			/* bytes behind the payload */
#define TC_PROT_ACK "ACK"		/* its reply to a good frame */
#define TC_PROT_ACK_LEN 3

#endif
