/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers in bytes, by offset: no packed structs, no casts, no alignment.
 * Network order unless the name says _le. The caller has checked the bounds.
 */
#ifndef TCPCRAFT_BITS_H
#define TCPCRAFT_BITS_H

#include <stddef.h>
#include <stdint.h>

static inline uint16_t tc_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t tc_get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void tc_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void tc_put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/*
 * The number in `bits` (1..64) bits that start `off` bits after p, bit 0 being the
 * top bit of p[0] as in the RFC's pictures. Any place and width.
 */
uint64_t tc_bits_get_any(const uint8_t *p, unsigned off, unsigned bits);
void tc_bits_put_any(uint8_t *p, unsigned off, unsigned bits, uint64_t v);

/* The same, at once for what headers are mostly made of: a part of a byte, and whole
 * words of 16 and 32 bits. */
static inline uint64_t tc_bits_get(const uint8_t *p, unsigned off, unsigned bits)
{
	unsigned at = off % 8;

	if (at + bits <= 8)
		return (unsigned)p[off / 8] >> (8 - at - bits) & ((1u << bits) - 1);
	if (at == 0 && bits == 16)
		return tc_get16(p + off / 8);
	if (at == 0 && bits == 32)
		return tc_get32(p + off / 8);
	return tc_bits_get_any(p, off, bits);
}

/* Write the low `bits` bits of v and leave every other bit alone. */
static inline void tc_bits_put(uint8_t *p, unsigned off, unsigned bits, uint64_t v)
{
	unsigned at = off % 8, shift = 8 - at - bits, mask;

	p += off / 8;
	if (at + bits <= 8) {
		mask = ((1u << bits) - 1) << shift;
		*p = (uint8_t)((*p & ~mask) | ((unsigned)v << shift & mask));
	} else if (at == 0 && bits == 16) {
		tc_put16(p, (uint16_t)v);
	} else if (at == 0 && bits == 32) {
		tc_put32(p, (uint32_t)v);
	} else {
		tc_bits_put_any(p, at, bits, v);
	}
}

#endif
