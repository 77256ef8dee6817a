/* SPDX-License-Identifier: BSD-2-Clause */
/* MPTCP's options as text, without their name. */
#ifndef WIRE_MPTCP_TEXT_H
#define WIRE_MPTCP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_opt_element;

#define TC_MPTCP_FORM "mptcp SUBTYPE …"

/* n bytes behind the length byte as " mp_prio backup"; what has no form of RFC 8684 or RFC 6824
 * as hexadecimal, and none as nothing. Always true: a kind's print. */
bool tc_mptcp_print(struct tc_buf *out, const uint8_t *data, size_t n);

/* And back: append the bytes of what is left of an element. -EINVAL. */
int tc_mptcp_parse(struct tc_buf *out, struct tc_opt_element *el);

#endif
