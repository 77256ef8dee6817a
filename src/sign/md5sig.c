/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP's MD5 option; see tcpcraft/md5sig.h. MD5 itself is nettle's. */
#include <tcpcraft/md5sig.h>

#include "wire/place.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/tcpopt.h>

#include <errno.h>
#include <string.h>

#ifdef TC_NETTLE
#include <nettle/md5.h>
#endif

#define PSEUDO_MAX 40			/* of IPv6, RFC 8200 8.1 */

/* A whole segment in its frame. */
struct segment {
	const uint8_t *tcp;
	size_t head, n;			/* bytes of the header with options; of all */
	uint8_t pseudo[PSEUDO_MAX];
	size_t pseudo_n;
};

static int check_key(size_t n, struct tc_error *err)
{
#ifndef TC_NETTLE
	return tc_fail(err, -EOPNOTSUPP, "this tcpcraft was built without MD5: build it where "
		       "nettle is installed (nettle-dev)");
#endif
	if (n == 0)
		return tc_fail(err, -EINVAL, "a key has a byte at least");
	if (n > TC_MD5_KEY_MAX)
		return tc_fail(err, -EINVAL, "the key is %zu bytes, %d at most", n,
			       TC_MD5_KEY_MAX);
	return 0;
}

int tc_md5_key_parse(struct tc_md5_key *key, const char *text, struct tc_error *err)
{
	struct tc_buf bytes = { 0 };
	int rc = 0;

	if (strncmp(text, "hex:", 4) == 0)
		rc = tc_hex_decode(&bytes, text + 4, strlen(text + 4), err);
	else
		tc_buf_add(&bytes, text, strlen(text));
	if (bytes.failed)
		rc = tc_nomem(err);
	if (rc >= 0)
		rc = check_key(bytes.len, err);
	if (rc >= 0) {
		key->n = (uint8_t)bytes.len;
		memcpy(key->bytes, bytes.data, bytes.len);
	}
	tc_buf_free(&bytes);
	return rc;
}

void tc_md5_key_print(const struct tc_md5_key *key, struct tc_buf *out)
{
	tc_buf_text(out, "hex:");
	tc_hex_encode(out, key->bytes, key->n);
}

static void make_pseudo(struct segment *s, const struct tc_rx *rx)
{
	const bool six = rx->src.family == 6;
	const size_t addr = six ? sizeof rx->src.bytes : 4;
	uint8_t *rest = s->pseudo + 2 * addr;

	memset(s->pseudo, 0, sizeof s->pseudo);
	memcpy(s->pseudo, rx->src.bytes, addr);
	memcpy(s->pseudo + addr, rx->dst.bytes, addr);
	if (six)
		tc_put32(rest, (uint32_t)s->n);
	else
		tc_put16(rest + 2, (uint16_t)s->n);
	rest[six ? 7 : 1] = TCP_IPPROTO;
	s->pseudo_n = six ? 40 : 12;
}

static bool find_segment(struct segment *s, const struct tc_rx *rx)
{
	if (!rx->options || rx->cut || rx->head_cut)
		return false;
	s->tcp = rx->options - TCP_BYTES;
	s->head = TCP_BYTES + rx->options_len;
	s->n = s->head + rx->seg.len;
	make_pseudo(s, rx);
	return true;
}

/* The MD5 option's place in the TCP header, 0: none; `whole`: it has room for a digest. */
static size_t find_option(const struct tc_rx *rx, bool *whole)
{
	struct tc_tcpopt_iter it = { rx->options, rx->options + rx->options_len };
	struct tc_tcpopt opt;

	*whole = false;
	while (rx->options && tc_tcpopt_next(&it, &opt, NULL) == 1) {
		if (opt.kind != TC_OPT_MD5)
			continue;
		*whole = opt.len == 2 + TC_MD5_BYTES;
		return (size_t)(it.at - opt.len - (rx->options - TCP_BYTES));
	}
	return 0;
}

#ifdef TC_NETTLE
static void digest(const struct tc_md5_key *key, const struct segment *s,
		   uint8_t out[TC_MD5_BYTES])
{
	uint8_t head[TCP_BYTES];
	struct md5_ctx md5;

	memcpy(head, s->tcp, sizeof head);
	tc_put16(PLACE(head, TCP_CHECKSUM), 0);
	md5_init(&md5);
	md5_update(&md5, s->pseudo_n, s->pseudo);
	md5_update(&md5, sizeof head, head);
	md5_update(&md5, s->n - s->head, s->tcp + s->head);
	md5_update(&md5, key->n, key->bytes);
	md5_digest(&md5, TC_MD5_BYTES, out);
}
#else
static void digest(const struct tc_md5_key *key, const struct segment *s,
		   uint8_t out[TC_MD5_BYTES])
{
	(void)key, (void)s;		/* there is no key that was read */
	memset(out, 0, TC_MD5_BYTES);
}
#endif

enum tc_md5_verdict tc_md5_check(const struct tc_md5_key *key, const struct tc_rx *rx,
				 uint8_t expected[TC_MD5_BYTES])
{
	struct segment s;
	bool whole;
	size_t at = find_option(rx, &whole);

	if (!at)
		return rx->head_cut || !rx->options ? TC_MD5_CUT : TC_MD5_MISSING;
	if (!find_segment(&s, rx))
		return TC_MD5_CUT;
	digest(key, &s, expected);
	return whole && memcmp(s.tcp + at + 2, expected, TC_MD5_BYTES) == 0 ? TC_MD5_OK
									   : TC_MD5_BAD;
}

bool tc_md5_sign(const struct tc_md5_key *key, uint8_t *frame, size_t n, int dlt)
{
	static const uint8_t unsaid[TC_MD5_BYTES];
	struct segment s;
	struct tc_rx rx;
	uint8_t *tcp;
	size_t at;
	bool whole;

	if (tc_rx_parse(&rx, frame, n, dlt, NULL) < 0 || rx.kind != TC_RX_TCP)
		return false;
	at = find_option(&rx, &whole);
	if (!whole || !find_segment(&s, &rx) ||
	    memcmp(s.tcp + at + 2, unsaid, sizeof unsaid) != 0)
		return false;
	tcp = frame + (s.tcp - frame);
	digest(key, &s, tcp + at + 2);
	if (rx.tcp_checksum == TC_CSUM_OK) {
		tc_put16(PLACE(tcp, TCP_CHECKSUM), 0);
		tc_put16(PLACE(tcp, TCP_CHECKSUM),
			 (uint16_t)~tc_checksum_sum(tcp, s.n, tc_checksum_sum(s.pseudo,
									      s.pseudo_n, 0)));
	}
	return true;
}
