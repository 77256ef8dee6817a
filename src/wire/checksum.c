/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum, RFC 1071. The sum is taken in the machine's own byte order, in
 * wide words, and swapped once at the end (RFC 1071 section 2 (B) and (C)). Halves of
 * 32 bits are added into 64-bit lanes, so no carry is ever lost. One body serves all
 * machines; on x86-64 it is compiled a second time for AVX2.
 */
#include "base/name.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>

#include <arpa/inet.h>
#include <string.h>

#define BLOCK 64	/* bytes summed at a time */
#define LOW 0xffffffffu

/* uint64_t name(p, n): sum of the whole blocks of n bytes, in vectors of `bytes` bytes. A
 * macro, because the width that suits a machine is a type. */
#define SUM_BLOCKS(name, bytes, attribute) \
typedef uint64_t name##_lanes __attribute__((vector_size(bytes))); \
attribute static uint64_t name(const uint8_t *p, size_t n) \
{ \
	name##_lanes a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 }, x, y; \
	uint64_t s = 0; \
\
	for (size_t i = 0; i < n; i += 2 * (bytes)) { \
		memcpy(&x, p + i, sizeof x); \
		memcpy(&y, p + i + (bytes), sizeof y); \
		a += x & LOW; \
		b += x >> 32; \
		c += y & LOW; \
		d += y >> 32; \
	} \
	a += b + c + d; \
	for (unsigned i = 0; i < (bytes) / 8; i++) \
		s += a[i]; \
	return s; \
}

SUM_BLOCKS(sum_blocks_baseline, 16, )

#if defined(__x86_64__)
SUM_BLOCKS(sum_blocks_avx2, 32, __attribute__((target("avx2"))))

/* The C library's start-up code asked the CPU; this reads what it noted. */
static int have_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}
#else
#define sum_blocks_avx2 sum_blocks_baseline

static int have_avx2(void)
{
	return 0;
}
#endif

static uint64_t add_carry(uint64_t s, uint64_t x)
{
	s += x;
	return s + (s < x);
}

/* One's complement of 64 bits to 16: the upper half is added to itself, twice. */
static inline uint16_t fold(uint64_t s)
{
	uint32_t w;

	s += s << 32 | s >> 32;
	w = (uint32_t)(s >> 32);
	w += w << 16 | w >> 16;
	return (uint16_t)(w >> 16);
}

/* Add the n < BLOCK bytes after the blocks to s, fold, and give the sum in host order. */
static inline uint16_t finish(uint64_t s, const uint8_t *p, size_t n, uint16_t start)
{
	uint8_t last[2] = { 0, 0 };
	uint64_t x;
	uint32_t w;
	uint16_t h;

	for (; n >= sizeof x; p += sizeof x, n -= sizeof x) {
		memcpy(&x, p, sizeof x);
		s = add_carry(s, x);
	}
	if (n & 4) {
		memcpy(&w, p, sizeof w);
		s = add_carry(s, w);
		p += sizeof w;
	}
	if (n & 2) {
		memcpy(&h, p, sizeof h);
		s = add_carry(s, h);
		p += sizeof h;
	}
	if (n & 1) {		/* RFC 1071 section 1: pad on the right with zero */
		last[0] = *p;
		memcpy(&h, last, sizeof h);
		s = add_carry(s, h);
	}
	return tc_checksum_add(ntohs(fold(s)), start);
}

static inline uint16_t sum(const uint8_t *p, size_t n, uint16_t start, int avx2)
{
	size_t whole = n - n % BLOCK;

	if (n == 0)		/* an empty buffer may have no address */
		return start;
	if (whole == 0)
		return finish(0, p, n, start);
	return finish(avx2 ? sum_blocks_avx2(p, whole) : sum_blocks_baseline(p, whole),
		      p + whole, n - whole, start);
}

uint16_t tc_checksum_sum(const void *bytes, size_t n, uint16_t start)
{
	return sum(bytes, n, start, have_avx2());
}

uint16_t tc_checksum_sum_portable(const void *bytes, size_t n, uint16_t start)
{
	return sum(bytes, n, start, 0);
}

uint16_t tc_checksum(const void *bytes, size_t n)
{
	return (uint16_t)~sum(bytes, n, 0, have_avx2());
}

uint16_t tc_checksum_pseudo(uint32_t src, uint32_t dst, uint8_t proto, uint32_t len_bytes)
{
	uint32_t s = (src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff) + proto +
		     (len_bytes >> 16) + (len_bytes & 0xffff);

	s = (s >> 16) + (s & 0xffff);
	return (uint16_t)((s >> 16) + s);
}

uint16_t tc_crc16(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint32_t crc = 0xffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= (uint32_t)p[i] << 8;
		for (int k = 0; k < 8; k++)
			crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
	}
	return (uint16_t)crc;
}

uint32_t tc_crc32(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (int k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

#define TCP_CHECKSUM_AT 16	/* RFC 9293 3.1: bytes from the header's start */

enum tc_checksum_state tc_checksum_check_tcp(const uint8_t *seg, size_t n,
					     uint16_t pseudo)
{
	if (tc_checksum_sum(seg, n, pseudo) == 0xffff)
		return TC_CSUM_OK;
	return tc_get16(seg + TCP_CHECKSUM_AT) == pseudo ? TC_CSUM_PARTIAL : TC_CSUM_BAD;
}

const char *tc_checksum_state_name(enum tc_checksum_state s)
{
	static const char *const names[] = {
		[TC_CSUM_OK] = "ok", [TC_CSUM_PARTIAL] = "partial",
		[TC_CSUM_BAD] = "bad",
	};

	return TC_NAME(names, s);
}
