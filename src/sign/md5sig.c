/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP's MD5 option; see tcpcraft/md5sig.h. MD5 itself is nettle's. */
#include <tcpcraft/md5sig.h>
#include "own.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/tcpopt.h>

#include <string.h>

#ifdef TC_NETTLE
#include <nettle/md5.h>
#endif

#define OPTION_BYTES (2 + TC_MD5_BYTES)

int tc_md5_key_parse(struct tc_md5_key *key, const char *text, struct tc_error *err)
{
	int n = tc_sign_secret(key->bytes, sizeof key->bytes, text, err);

	if (n < 0)
		return n;
	key->n = (uint8_t)n;
	return 0;
}

void tc_md5_key_print(const struct tc_md5_key *key, struct tc_buf *out)
{
	tc_buf_text(out, "hex:");
	tc_hex_encode(out, key->bytes, key->n);
}

#ifdef TC_NETTLE
static void digest(const struct tc_md5_key *key, const struct tc_signed *s,
		   uint8_t out[TC_MD5_BYTES])
{
	uint8_t head[TCP_BYTES];
	struct md5_ctx md5;

	tc_signed_head(s, head);
	md5_init(&md5);
	md5_update(&md5, s->pseudo_n, s->pseudo);
	md5_update(&md5, sizeof head, head);
	md5_update(&md5, s->n - s->head, s->tcp + s->head);
	md5_update(&md5, key->n, key->bytes);
	md5_digest(&md5, TC_MD5_BYTES, out);
}
#else
static void digest(const struct tc_md5_key *key, const struct tc_signed *s,
		   uint8_t out[TC_MD5_BYTES])
{
	(void)key, (void)s;		/* there is no key that was read */
	memset(out, 0, TC_MD5_BYTES);
}
#endif

enum tc_sign_verdict tc_md5_check(const struct tc_md5_key *key, const struct tc_rx *rx,
				  uint8_t expected[TC_MD5_BYTES])
{
	struct tc_signed s;
	enum tc_sign_verdict v = tc_signed_find(&s, rx, TC_OPT_MD5, OPTION_BYTES);

	if (v != TC_SIGN_OK)
		return v;
	digest(key, &s, expected);
	return s.fits && memcmp(s.tcp + s.option + 2, expected, TC_MD5_BYTES) == 0 ? TC_SIGN_OK
										   : TC_SIGN_BAD;
}

bool tc_md5_sign(const struct tc_md5_key *key, uint8_t *frame, size_t n, int dlt)
{
	uint8_t right[TC_MD5_BYTES];
	struct tc_signed s;
	struct tc_rx rx;

	if (tc_rx_parse(&rx, frame, n, dlt, NULL) < 0 || rx.kind != TC_RX_TCP ||
	    tc_signed_find(&s, &rx, TC_OPT_MD5, OPTION_BYTES) != TC_SIGN_OK || !s.fits ||
	    !tc_signed_blank(&s, 2, TC_MD5_BYTES))
		return false;
	digest(key, &s, right);
	tc_signed_put(&s, frame, 2, right, sizeof right, rx.tcp_checksum == TC_CSUM_OK);
	return true;
}
