/* SPDX-License-Identifier: BSD-2-Clause */
/* run --against: one script at two peers, and the first line at which they part. */
#ifndef BATCH_AGAINST_H
#define BATCH_AGAINST_H

#include <stdint.h>

struct options;

struct script_peer {
	const char *host, *port;
};

/* What happened at both was printed; the exit code. A difference is one only if it is the
 * same when both are asked once more. */
int script_against(const struct options *o, const char *path, const struct script_peer *a,
		   const struct script_peer *b);

#endif
