/* SPDX-License-Identifier: BSD-2-Clause */
/* A segment's digest, judged with the key. */
#ifndef EXPLAIN_DIGEST_H
#define EXPLAIN_DIGEST_H

#include <tcpcraft/explain.h>

/* Of a TCP layer's options, given e->md5 or e->ao: x->check, why and digest. */
void tc_explain_digest(const struct tc_explain *e, unsigned layer, struct tc_explained *x);

#endif
