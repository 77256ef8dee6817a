/* SPDX-License-Identifier: BSD-2-Clause */
/* What options say to send, a message behind the other. */
#include "own.h"

#include <errno.h>
#include <string.h>

int option_add_message(struct options *o, const char *how, bool random, struct tc_error *err)
{
	struct data_message *m = TC_ARRAY_ADD(o->messages, o->n_messages);

	if (!m || o->data.failed)
		return tc_fail(err, -ENOMEM, "%s: out of memory", how);
	*m = (struct data_message){ how, o->data.len, random };
	o->data_how = o->messages[0].how;
	return 0;
}

int option_add_random(struct options *o, const char *how, size_t n, struct tc_error *err)
{
	if (tc_buf_reserve(&o->data, n + 1) < 0)
		return tc_nomem(err);
	memset(o->data.data + o->data.len, 0, n);
	o->data.len += n;
	return option_add_message(o, how, true, err);
}
