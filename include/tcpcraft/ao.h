/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments that a key vouches for: TCP's authentication option (RFC 5925) with the two
 * algorithms that RFC 5926 asks for. The key of a direction is derived from the secret, the
 * addresses, the ports and both ISNs; the code covers the sequence number with the 32 bits
 * above it that no header has. Numbers in host order; pure; any thread.
 */
#ifndef TCPCRAFT_AO_H
#define TCPCRAFT_AO_H

#include <tcpcraft/seq.h>
#include <tcpcraft/sign.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;
struct tc_rx;

#define TC_AO_MAC_BYTES 12	/* of both algorithms */
#define TC_AO_BYTES	(4 + TC_AO_MAC_BYTES)	/* of the option */
#define TC_AO_SECRET_MAX 80	/* bytes, as Linux has it */

enum tc_ao_alg { TC_AO_HMAC_SHA_1_96, TC_AO_AES_128_CMAC_96 };

/* A master key tuple, of which there is one (RFC 5925 3.1). */
struct tc_ao_key {
	uint8_t n;			/* bytes of the secret; 0: there is none */
	uint8_t secret[TC_AO_SECRET_MAX];
	uint8_t keyid, rnextkeyid;	/* that we send; the second one we ask of the peer */
	uint8_t alg;			/* enum tc_ao_alg */
	bool bare;			/* options other than this are not covered */
};

/*
 * Read "secret=TEXT|hex:BYTES,keyid=N,rnextkeyid=N,alg=hmac-sha-1-96|aes-128-cmac-96,
 * options=included|excluded"; a ';' parts them as well as a comma does. What is not said is
 * keyid 0, rnextkeyid as keyid, the first algorithm, included. -EINVAL, -ERANGE: no secret,
 * or a value that cannot be, which is named; -EOPNOTSUPP: this library was built without what
 * computes the codes.
 */
int tc_ao_key_parse(struct tc_ao_key *key, const char *text, struct tc_error *err);

/* Append it so that it parses back to the same, parted by ';'. */
void tc_ao_key_print(const struct tc_ao_key *key, struct tc_buf *out);

/* What a segment's traffic key and its sequence number's extension are derived from. A SYN
 * says its sender's ISN itself, and one without ACK needs no other. */
struct tc_ao_way {
	tc_seq src_isn, dst_isn;	/* its sender's; of who gets it */
	bool src_known, dst_known;
	uint64_t near;			/* a number of its sender within 2^31 of its own: its
					 * ISN and what it has sent since, not wrapped */
};

/* Judge a segment (rx->kind TC_RX_TCP), its key IDs aside. expected: the right code, of OK
 * and BAD. */
enum tc_sign_verdict tc_ao_check(const struct tc_ao_key *key, const struct tc_ao_way *way,
				 const struct tc_rx *rx, uint8_t expected[TC_AO_MAC_BYTES]);

/* The KeyID of its option; -1: it has none. */
int tc_ao_keyid(const struct tc_rx *rx);

/*
 * Sign a frame of this link type: a code of zeros in its option becomes the right one, and
 * its TCP checksum, if it was right, right again. Any other code was set on purpose and
 * stays, as does a frame without the option, or whose ISNs are not known. True: it was
 * signed.
 */
bool tc_ao_sign(const struct tc_ao_key *key, const struct tc_ao_way *way, uint8_t *frame,
		size_t n, int dlt);

#endif
