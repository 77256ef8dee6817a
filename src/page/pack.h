/* SPDX-License-Identifier: BSD-2-Clause */
/* Data of a page that nobody may ever look at: packed, and read when somebody does. */
#ifndef PAGE_PACK_H
#define PAGE_PACK_H

#include <tcpcraft/buf.h>

#include <jansson.h>

/* The elements of `from`, if there are any, packed as one text at the end of `to`; `from`
 * is empty then. False without memory. */
bool tc_html_pack_list(json_t *to, json_t *from);

#endif
