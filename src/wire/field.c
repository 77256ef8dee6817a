/* SPDX-License-Identifier: BSD-2-Clause */
/* A row's value in the bytes of its header. */
#include <tcpcraft/bits.h>
#include <tcpcraft/field.h>

static bool is_le(const struct tc_field *f)
{
	return f->kind == TC_KIND_CSUM_LE || f->kind == TC_KIND_UINT_LE;
}

/* Little-endian rows are whole bytes. */
static uint64_t swap(uint64_t v, unsigned bits)
{
	return __builtin_bswap64(v) >> (64 - bits);
}

uint64_t tc_field_max(const struct tc_field *f)
{
	return UINT64_MAX >> (64 - f->bits);
}

uint64_t tc_field_get(const struct tc_field *f, const uint8_t *bytes)
{
	uint64_t v = tc_bits_get(bytes, f->off, f->bits);

	return is_le(f) ? swap(v, f->bits) : v;
}

void tc_field_put(const struct tc_field *f, uint8_t *bytes, uint64_t value)
{
	if (is_le(f))
		value = swap(value, f->bits);
	if (f->off % 8 == 0 && f->bits == 32)
		tc_put32(bytes + f->off / 8, (uint32_t)value);
	else if (f->off % 8 == 0 && f->bits == 16)
		tc_put16(bytes + f->off / 8, (uint16_t)value);
	else
		tc_bits_put(bytes, f->off, f->bits, value);
}
