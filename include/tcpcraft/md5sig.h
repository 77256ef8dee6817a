/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments that a key vouches for: TCP's MD5 option (RFC 2385). The digest is over the
 * pseudo-header, the TCP header without options and with a checksum of zero, the data and the
 * key. Pure; any thread.
 */
#ifndef TCPCRAFT_MD5SIG_H
#define TCPCRAFT_MD5SIG_H

#include <tcpcraft/sign.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;
struct tc_rx;

#define TC_MD5_BYTES 16
#define TC_MD5_KEY_MAX 80	/* bytes, as Linux has it; RFC 2385 4.5 asks for some */

struct tc_md5_key {
	uint8_t n;			/* bytes; 0: there is none */
	uint8_t bytes[TC_MD5_KEY_MAX];
};

/* Read a key: text, or "hex:…". -EINVAL: none, or too long; -EOPNOTSUPP: this library was
 * built without what computes digests. */
int tc_md5_key_parse(struct tc_md5_key *key, const char *text, struct tc_error *err);

/* Append it as "hex:…". */
void tc_md5_key_print(const struct tc_md5_key *key, struct tc_buf *out);

/* Judge a segment (rx->kind TC_RX_TCP). expected: the right digest, of OK and BAD. */
enum tc_sign_verdict tc_md5_check(const struct tc_md5_key *key, const struct tc_rx *rx,
				  uint8_t expected[TC_MD5_BYTES]);

/*
 * Sign a frame of this link type: a digest of zeros in its option becomes the right one, and
 * its TCP checksum, if it was right, right again. Any other digest was set on purpose and
 * stays, as does a frame without the option. True: it was signed.
 */
bool tc_md5_sign(const struct tc_md5_key *key, uint8_t *frame, size_t n, int dlt);

#endif
