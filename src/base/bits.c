/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields of 1 to 64 bits at any bit offset. Bits count as in the RFC's pictures, so a
 * field that crosses bytes is read left to right.
 */
#include <tcpcraft/bits.h>

uint64_t tc_bits_get_any(const uint8_t *p, unsigned off, unsigned bits)
{
	unsigned have = 8 - off % 8;
	uint64_t v;

	p += off / 8;
	v = *p & 0xffu >> off % 8;
	while (bits >= have + 8) {
		v = v << 8 | *++p;
		have += 8;
	}
	if (bits > have)
		return v << (bits - have) | (uint64_t)*++p >> (8 - (bits - have));
	return v >> (have - bits);
}

void tc_bits_put_any(uint8_t *p, unsigned off, unsigned bits, uint64_t v)
{
	unsigned end = off + bits;

	while (bits) {		/* from the last byte to the first */
		unsigned upto = end % 8 ? end % 8 : 8;
		unsigned k = bits < upto ? bits : upto;
		unsigned mask = (0xffu >> (8 - k)) << (8 - upto);
		uint8_t *at = p + (end - 1) / 8;

		*at = (uint8_t)((*at & ~mask) | ((unsigned)v << (8 - upto) & mask));
		v >>= k;
		end -= k;
		bits -= k;
	}
}
