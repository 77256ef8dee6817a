/* SPDX-License-Identifier: BSD-2-Clause */
/* --step: each segment of ours waits until somebody says what becomes of it. */
#ifndef LIVE_STEPPING_H
#define LIVE_STEPPING_H

#include "live.h"

struct stepping;

/* Where commands come from: standard input, or the terminal when that is the payload.
 * -EINVAL: it is, and there is no terminal. */
int stepping_open(struct live *l, bool stdin_is_payload, struct tc_error *err);
void stepping_close(struct stepping *s);		/* NULL is allowed */

/* As tc_filter.segment and tc_session_config.widen; ctx is the struct live. */
bool stepping_segment(void *ctx, const struct tc_outgoing *out);
int stepping_widen(void *ctx, const struct tc_path *path, uint16_t port_lo,
		   uint16_t port_hi, struct tc_wider *w, struct tc_error *err);

#endif
