/* SPDX-License-Identifier: BSD-2-Clause */
/* --data-each: a connection for each of many payloads, under one guard, and a row for each. */
#ifndef BATCH_EACH_H
#define BATCH_EACH_H

#include "options/options.h"

struct each_config {
	const char *command;		/* that was typed */
	const struct tc_header *header;	/* the frame around each payload; NULL: none */
	const uint8_t *expect;		/* the good reply; NULL: any is */
	size_t expect_len;
};

/* The payloads are the messages of o. Prints rows, CSV or lines of JSON in their order, and
 * what it comes to; the exit code. */
int each_run(struct options *o, const struct each_config *cfg, const char *host,
	     const char *port);

#endif
