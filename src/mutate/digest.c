/* SPDX-License-Identifier: BSD-2-Clause */
/* tcp.md5 and tcp.ao set in a segment on its way out; wire/digest.h. */
#include "own.h"

#include "wire/digest.h"

#include <tcpcraft/error.h>
#include <tcpcraft/tcpopt.h>

#include <string.h>

/* Where it stands in these options; NULL: nowhere. */
static uint8_t *find(const struct tc_digest *d, struct tc_buf *options)
{
	struct tc_tcpopt_iter it = { options->data, options->data + options->len };
	struct tc_tcpopt opt;

	while (options->len && tc_tcpopt_next(&it, &opt, NULL) > 0)
		if (opt.kind == d->kind && opt.len == d->head + tc_digest_bytes(d))
			return options->data + (it.at - options->data) - tc_digest_bytes(d);
	return NULL;
}

int tc_act_digest(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	const struct tc_digest *d = a->digest;
	struct piece *pc = ps->at[i];
	const int tcp = tc_piece_tcp(pc);
	const struct tc_buf *had = &pc->p.layer[tcp].var;
	struct tc_buf options = { 0 };
	struct tc_field_ref ref = { 0 };
	uint8_t *at;
	int rc = tc_field_find(&ref, "tcp.options", NULL, err);

	tc_buf_add(&options, had->data, had->len);
	at = find(d, &options);
	/* A segment that has none, as no key put one there. */
	if (!at && tc_digest_option(d, NULL, &options, NULL) >= 0)
		at = options.data + options.len - tc_digest_bytes(d);
	if (!at || options.failed)
		rc = tc_nomem(err);
	if (rc >= 0) {
		memcpy(at, a->bytes.data, a->bytes.len);
		tc_piece_note(pc, tcp, &ref);
		rc = tc_packet_set_bytes(&pc->p, tcp, options.data, options.len, err);
	}
	tc_buf_free(&options);
	return rc < 0 ? rc : 1;
}
