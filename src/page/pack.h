/* SPDX-License-Identifier: BSD-2-Clause */
/* Data of a page that nobody may ever look at: packed, and read when somebody does. */
#ifndef PAGE_PACK_H
#define PAGE_PACK_H

#include <tcpcraft/buf.h>

#include <jansson.h>

/* Append n bytes deflated (RFC 1951, no wrapper) and in base64 (RFC 4648 4), as
 * src/page/assets/inflate.js reads them. Without memory out->failed is set. */
void tc_html_pack(struct tc_buf *out, const void *bytes, size_t n);

/* The elements of `from`, if there are any, packed as one text at the end of `to`; `from`
 * is empty then. False without memory. */
bool tc_html_pack_list(json_t *to, json_t *from);

#endif
