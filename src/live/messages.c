/* SPDX-License-Identifier: BSD-2-Clause */
/* From the payload options to the messages of a connection. */
#include "live.h"

#include <tcpcraft/payload.h>

#include <stdlib.h>

static int add(struct messages *m, const struct options *o, const struct tc_header *h,
	       const uint8_t *bytes, size_t n, struct tc_error *err)
{
	int rc = 0;

	if (h)
		rc = tc_payload_build(&m->bytes, h, bytes, n,
				      (char *const *)(uintptr_t)o->sets, o->n_sets, err);
	else
		tc_buf_add(&m->bytes, bytes, n);
	if (rc >= 0 && m->bytes.failed)
		rc = tc_nomem(err);
	m->end[m->n++] = m->bytes.len;
	return rc;
}

int messages_make(struct messages *m, const struct options *o, const struct tc_header *h,
		  struct tc_error *err)
{
	size_t from = 0;
	int rc = 0;

	*m = (struct messages){ .end = calloc(o->n_messages + 1, sizeof *m->end) };
	if (!m->end)
		return tc_nomem(err);
	for (size_t i = 0; i < o->n_messages && rc >= 0; from = o->messages[i++].end)
		rc = add(m, o, h, o->data.data + from, o->messages[i].end - from, err);
	if (!o->n_messages && h)		/* fields alone make a frame, too */
		rc = add(m, o, h, NULL, 0, err);
	return rc < 0 ? rc : 0;
}

const uint8_t *messages_at(const struct messages *m, size_t i, size_t *len)
{
	size_t from = i ? m->end[i - 1] : 0;

	*len = m->end[i] - from;
	return m->bytes.data + from;
}

void messages_free(struct messages *m)
{
	tc_buf_free(&m->bytes);
	free(m->end);
}
