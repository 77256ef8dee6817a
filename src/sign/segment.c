/* SPDX-License-Identifier: BSD-2-Clause */
/* The segment that a digest is of, and keys out of text. */
#include "own.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/tcpopt.h>

#include <errno.h>
#include <string.h>

static void make_pseudo(struct tc_signed *s, const struct tc_rx *rx)
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

enum tc_sign_verdict tc_signed_find(struct tc_signed *s, const struct tc_rx *rx, uint8_t kind,
				    size_t len)
{
	struct tc_tcpopt_iter it = { rx->options, rx->options + rx->options_len };
	struct tc_tcpopt opt = { 0 };

	if (!rx->options)
		return TC_SIGN_CUT;
	while (opt.kind != kind)
		if (tc_tcpopt_next(&it, &opt, NULL) != 1)
			return rx->head_cut ? TC_SIGN_CUT : TC_SIGN_MISSING;
	if (rx->cut || rx->head_cut)
		return TC_SIGN_CUT;
	s->tcp = rx->options - TCP_BYTES;
	s->head = TCP_BYTES + rx->options_len;
	s->n = s->head + rx->seg.len;
	s->option = (size_t)(it.at - opt.len - s->tcp);
	s->fits = opt.len == len;
	make_pseudo(s, rx);
	return TC_SIGN_OK;
}

void tc_signed_head(const struct tc_signed *s, uint8_t head[TCP_BYTES])
{
	memcpy(head, s->tcp, TCP_BYTES);
	tc_put16(PLACE(head, TCP_CHECKSUM), 0);
}

bool tc_signed_blank(const struct tc_signed *s, size_t at, size_t n)
{
	while (n && !s->tcp[s->option + at + n - 1])
		n--;
	return n == 0;
}

void tc_signed_put(const struct tc_signed *s, uint8_t *frame, size_t at, const uint8_t *bytes,
		   size_t n, bool sum)
{
	uint8_t *tcp = frame + (s->tcp - frame);

	memcpy(tcp + s->option + at, bytes, n);
	if (!sum)
		return;
	tc_put16(PLACE(tcp, TCP_CHECKSUM), 0);
	tc_put16(PLACE(tcp, TCP_CHECKSUM),
		 (uint16_t)~tc_checksum_sum(tcp, s->n,
					    tc_checksum_sum(s->pseudo, s->pseudo_n, 0)));
}

static int check_secret(size_t n, size_t most, struct tc_error *err)
{
#ifndef TC_NETTLE
	return tc_fail(err, -EOPNOTSUPP, "this tcpcraft was built without MD5, SHA-1 and AES: "
		       "build it where nettle is installed (nettle-dev)");
#endif
	if (n == 0)
		return tc_fail(err, -EINVAL, "a key has a byte at least");
	if (n > most)
		return tc_fail(err, -EINVAL, "the key is %zu bytes, %zu at most", n, most);
	return (int)n;
}

int tc_sign_secret(uint8_t *to, size_t most, const char *text, struct tc_error *err)
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
		rc = check_secret(bytes.len, most, err);
	if (rc > 0)
		memcpy(to, bytes.data, bytes.len);
	tc_buf_free(&bytes);
	return rc;
}
