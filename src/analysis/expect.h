/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What answers are expected to be: texts such as "syn-ack", "none", "tcp.flags=SA",
 * "ip.ttl=50-64", "tcp.checksum=auto". An answer must meet all of them.
 */
#ifndef ANALYSIS_EXPECT_H
#define ANALYSIS_EXPECT_H

#include <tcpcraft/match.h>

struct tc_buf;
struct tc_expect;

/* A word is any (some answer), none (no answer), or a kind of answer (tc_reply_kind_name);
 * a FIELD=VALUE takes values as a spec does: the field must have one of them, `auto` is
 * the right value of a computed field and `bad` any other. -EINVAL with what is allowed. */
int tc_expect_open(struct tc_expect **e, const char *const *texts, size_t n,
		   struct tc_error *err);
void tc_expect_close(struct tc_expect *e);	/* NULL is allowed */

/*
 * Does an answer meet all? kind TC_REPLY_NONE: there was none. frame: as captured, NULL
 * without an answer. When not, one reason is appended to `why` (may be NULL): "tcp.flags
 * is R., expected S.".
 */
bool tc_expect_met(const struct tc_expect *e, enum tc_reply_kind kind, const uint8_t *frame,
		   size_t n, int dlt, struct tc_buf *why);

#endif
