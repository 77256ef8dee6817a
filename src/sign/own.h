/* SPDX-License-Identifier: BSD-2-Clause */
/* What TCP-MD5 and TCP-AO share: where in a frame the segment is, and its option. */
#ifndef SIGN_OWN_H
#define SIGN_OWN_H

#include "wire/place.h"

#include <tcpcraft/segment.h>
#include <tcpcraft/sign.h>

#define PSEUDO_MAX 40			/* of IPv6, RFC 8200 8.1 */

/* A whole segment in its frame. */
struct tc_signed {
	const uint8_t *tcp;
	size_t head, n;			/* bytes of the header with options; of all */
	size_t option;			/* its place in the header */
	bool fits;			/* it is as long as it should be */
	uint8_t pseudo[PSEUDO_MAX];
	size_t pseudo_n;
};

/* OK, MISSING or CUT: is there all that a digest covers, and an option of this kind? `len`:
 * bytes of the whole option. */
enum tc_sign_verdict tc_signed_find(struct tc_signed *s, const struct tc_rx *rx, uint8_t kind,
				    size_t len);

/* The header without options, and with a checksum of zero. */
void tc_signed_head(const struct tc_signed *s, uint8_t head[TCP_BYTES]);

/* Are n bytes of the option, from `at` on, all zero, so that they are still to be computed? */
bool tc_signed_blank(const struct tc_signed *s, size_t at, size_t n);

/* Put n bytes there, in the frame that the segment was found in; sum: and a right checksum. */
void tc_signed_put(const struct tc_signed *s, uint8_t *frame, size_t at, const uint8_t *bytes,
		   size_t n, bool sum);

/* Read a secret, text or "hex:…", of `most` bytes: how many it has. -EINVAL: none, or too
 * many; -EOPNOTSUPP: this library was built without what computes digests. */
int tc_sign_secret(uint8_t *to, size_t most, const char *text, struct tc_error *err);

#endif
