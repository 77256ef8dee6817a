/* SPDX-License-Identifier: BSD-2-Clause */
/* What the digests are made by. */
#ifndef SIGN_LIBRARY_H
#define SIGN_LIBRARY_H

struct tc_buf;

/* Append ", nettle 3.8", or that there is none in this build. */
void tc_sign_version(struct tc_buf *out);

#endif
