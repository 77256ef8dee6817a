/* SPDX-License-Identifier: BSD-2-Clause */
#include "digest.h"

#include <tcpcraft/ao.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/md5sig.h>
#include <tcpcraft/tcpopt.h>

#include <errno.h>
#include <string.h>

static const struct tc_digest digests[] = {
	{ "tcp.md5", TC_OPT_MD5, 2, TC_MD5_BYTES },
	{ "tcp.ao", TC_OPT_AO, 4, TC_AO_MAC_BYTES },
};

const struct tc_digest *tc_digest_at(unsigned nth)
{
	return nth < sizeof digests / sizeof *digests ? &digests[nth] : NULL;
}

static bool is_blank(const uint8_t *p, size_t n)
{
	while (n && *p == 0)
		p++, n--;
	return n == 0;
}

int tc_digest_parse(const struct tc_digest *d, const char *text, size_t n, struct tc_buf *bytes,
		    struct tc_error *err)
{
	const size_t from = bytes->len;
	int rc = 0;

	if (n == 3 && strncmp(text, "bad", n) == 0)
		for (unsigned i = 0; i < d->n; i++)
			tc_buf_add_u8(bytes, i % 2 ? 0xad : 0x0b);
	else
		rc = tc_hex_decode(bytes, text, n, err);
	if (rc >= 0 && bytes->len - from != d->n)
		rc = tc_fail(err, -EINVAL, "%s takes bad, or %u bytes as hex digits, not %zu", d->name,
			     d->n, bytes->len - from);
	if (rc >= 0 && is_blank(bytes->data + from, bytes->len - from))
		rc = tc_fail(err, -EINVAL, "%s of zeros is what a key fills in when the segment goes "
			     "out: bad is wrong", d->name);
	return bytes->failed ? tc_nomem(err) : rc;
}

int tc_digest_option(const struct tc_digest *d, const char *text, struct tc_buf *options,
		     struct tc_error *err)
{
	const uint8_t head[4] = { d->kind, (uint8_t)(d->head + d->n) };

	while ((options->len + d->head + d->n) % 4)
		tc_buf_add_u8(options, TC_OPT_NOP);
	tc_buf_add(options, head, d->head);
	if (text)
		return tc_digest_parse(d, text, strlen(text), options, err);
	for (unsigned i = 0; i < d->n; i++)
		tc_buf_add_u8(options, 0);
	return options->failed ? tc_nomem(err) : 0;
}
