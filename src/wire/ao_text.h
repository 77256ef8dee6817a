/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP-AO's option (RFC 5925 2.2) as text, without its name. */
#ifndef WIRE_AO_TEXT_H
#define WIRE_AO_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;

/* n bytes behind the length byte as " keyid 1 rnextkeyid 2 mac 00ff"; a code of no bytes is no word.
 * False: they have no room for both numbers, and nothing was appended. */
bool tc_ao_print(struct tc_buf *out, const uint8_t *data, size_t n);

#endif
