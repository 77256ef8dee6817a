/* SPDX-License-Identifier: BSD-2-Clause */
/* Two captures of the same connections, one at each end: a ladder with two sides. */
#ifndef SHOW_BOTH_H
#define SHOW_BOTH_H

#include "show.h"

/* As tc_show_file; of its options json, table_only, connection (as the client's capture numbers
 * them), ladder, write, notice and ctx count. -ENOENT also: no connection is in both. */
int tc_show_both(const char *client, const char *server, const struct tc_show_options *o,
		 struct tc_error *err);

#endif
