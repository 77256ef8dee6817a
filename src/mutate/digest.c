/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp.md5 and tcp.ao: the digest in the option of RFC 2385, the code in that of RFC 5925. They have
 * no place of their own in the field tables, since options stand anywhere. One of zeros is signed
 * when the segment goes out; what is set here stays as it is, and is wrong but by chance.
 */
#include "own.h"

#include <tcpcraft/ao.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/md5sig.h>
#include <tcpcraft/tcpopt.h>

#include <errno.h>
#include <string.h>

static const struct digest {
	const char *name;
	uint8_t kind, head, n;		/* bytes before it in the option, and its own */
} digests[] = {
	{ "tcp.md5", TC_OPT_MD5, 2, TC_MD5_BYTES },
	{ "tcp.ao", TC_OPT_AO, 4, TC_AO_MAC_BYTES },
};

bool tc_digest_named(const char *name, uint64_t *nth)
{
	for (*nth = 0; *nth < sizeof digests / sizeof *digests; ++*nth)
		if (strcmp(name, digests[*nth].name) == 0)
			return true;
	return false;
}

static bool is_blank(const struct tc_buf *b)
{
	size_t i = 0;

	while (i < b->len && b->data[i] == 0)
		i++;
	return i == b->len;
}

int tc_digest_parse(struct action *a, const char *text, size_t n, struct tc_error *err)
{
	const struct digest *d = &digests[a->n];
	int rc = 0;

	a->kind = ACT_DIGEST;
	if (n == 3 && strncmp(text, "bad", n) == 0)
		for (unsigned i = 0; i < d->n; i++)
			tc_buf_add_u8(&a->bytes, i % 2 ? 0xad : 0x0b);
	else
		rc = tc_hex_decode(&a->bytes, text, n, err);
	if (rc >= 0 && a->bytes.len != d->n)
		rc = tc_fail(err, -EINVAL, "%s takes bad, or %u bytes as hex digits, not %zu", d->name,
			     d->n, a->bytes.len);
	if (rc >= 0 && is_blank(&a->bytes))
		rc = tc_fail(err, -EINVAL, "%s of zeros is what a key fills in when the segment goes "
			     "out: bad is wrong", d->name);
	return a->bytes.failed ? tc_nomem(err) : rc;
}

/* Where it stands in these options; NULL: nowhere. */
static uint8_t *find(const struct digest *d, struct tc_buf *options)
{
	struct tc_tcpopt_iter it = { options->data, options->data + options->len };
	struct tc_tcpopt opt;

	while (options->len && tc_tcpopt_next(&it, &opt, NULL) > 0)
		if (opt.kind == d->kind && opt.len == d->head + d->n)
			return options->data + (it.at - options->data) - d->n;
	return NULL;
}

/* Behind those that are there, where no key put one. */
static uint8_t *append(const struct digest *d, struct tc_buf *options)
{
	const uint8_t head[4] = { d->kind, (uint8_t)(d->head + d->n) };

	while ((options->len + d->head + d->n) % 4)
		tc_buf_add_u8(options, TC_OPT_NOP);
	tc_buf_add(options, head, d->head);
	for (unsigned i = 0; i < d->n; i++)
		tc_buf_add_u8(options, 0);
	return options->failed ? NULL : options->data + options->len - d->n;
}

int tc_act_digest(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	const struct digest *d = &digests[a->n];
	struct piece *pc = ps->at[i];
	const int tcp = tc_piece_tcp(pc);
	const struct tc_buf *had = &pc->p.layer[tcp].var;
	struct tc_buf options = { 0 };
	struct tc_field_ref ref = { 0 };
	uint8_t *at;
	int rc = tc_field_find(&ref, "tcp.options", NULL, err);

	tc_buf_add(&options, had->data, had->len);
	at = find(d, &options);
	if (!at)
		at = append(d, &options);
	if (!at || options.failed)
		rc = tc_nomem(err);
	if (rc >= 0) {
		memcpy(at, a->bytes.data, d->n);
		tc_piece_note(pc, tcp, &ref);
		rc = tc_packet_set_bytes(&pc->p, tcp, options.data, options.len, err);
	}
	tc_buf_free(&options);
	return rc < 0 ? rc : 1;
}
