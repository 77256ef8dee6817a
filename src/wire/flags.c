/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP flags as tcpdump's letters. The reserved bits have none there. */
#include <tcpcraft/segment.h>

void tc_flags_print(uint16_t flags, char text[16])
{
	static const char letters[] = "FSRP.UEWe";	/* from bit 0 upwards */
	char *p = text;

	for (unsigned bit = 0; letters[bit]; bit++)
		if (flags & 1u << bit)
			*p++ = letters[bit];
	if (p == text)
		for (const char *none = "none"; *none; none++)
			*p++ = *none;
	*p = '\0';
}
