/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as the values of rows that hold one, and back. */
#ifndef WIRE_ADDR_VALUE_H
#define WIRE_ADDR_VALUE_H

#include <tcpcraft/addr.h>
#include <tcpcraft/field.h>

static inline tc_value tc_addr_value(const struct tc_addr *a)
{
	tc_value v = 0;

	for (unsigned i = 0; i < (a->family == 6 ? 16u : 4u); i++)
		v = v << 8 | a->bytes[i];
	return v;
}

static inline struct tc_addr tc_addr_of_value(uint8_t family, tc_value v)
{
	struct tc_addr a = { .family = family };

	for (unsigned i = family == 6 ? 16 : 4; i-- > 0; v >>= 8)
		a.bytes[i] = (uint8_t)v;
	return a;
}

#endif
