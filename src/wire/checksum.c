/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum, RFC 1071. The sum is taken in the machine's own byte order, in
 * wide words, and swapped once at the end (RFC 1071 section 2 (B) and (C)). Halves of
 * 32 bits are added into 64-bit lanes, so no carry is ever lost. One body serves all
 * machines; on x86-64 it is compiled a second time for AVX2.
 */
#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>

#include <arpa/inet.h>
#include <string.h>

#define BLOCK 64	/* bytes summed at a time */
#define LOW 0xffffffffu

typedef uint64_t lanes __attribute__((vector_size(32)));

/* Sum of the whole blocks of n bytes. */
static inline __attribute__((always_inline)) uint64_t sum_blocks(const uint8_t *p, size_t n)
{
	const lanes low = { LOW, LOW, LOW, LOW };
	lanes a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 }, x, y;

	for (; n >= BLOCK; p += BLOCK, n -= BLOCK) {
		memcpy(&x, p, sizeof x);
		memcpy(&y, p + sizeof x, sizeof y);
		a += x & low;
		b += x >> 32;
		c += y & low;
		d += y >> 32;
	}
	a += b + c + d;
	return a[0] + a[1] + a[2] + a[3];
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static uint64_t sum_blocks_avx2(const uint8_t *p, size_t n)
{
	return sum_blocks(p, n);
}

/* The C library's start-up code asked the CPU; this reads what it noted. */
static int have_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}
#else
static uint64_t sum_blocks_avx2(const uint8_t *p, size_t n)
{
	return sum_blocks(p, n);
}

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

/* Add the n < BLOCK bytes after the blocks to s, fold, and give the sum in host order. */
static uint16_t finish(uint64_t s, const uint8_t *p, size_t n, uint16_t start)
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
	s = (s >> 32) + (s & LOW);
	s = (s >> 32) + (s & LOW);
	s = (s >> 16) + (s & 0xffff);
	s = (s >> 16) + (s & 0xffff);
	return tc_checksum_add(ntohs((uint16_t)s), start);
}

uint16_t tc_checksum_sum_portable(const void *bytes, size_t n, uint16_t start)
{
	const uint8_t *p = bytes;
	size_t whole = n - n % BLOCK;

	return finish(whole ? sum_blocks(p, whole) : 0, p + whole, n - whole, start);
}

uint16_t tc_checksum_sum(const void *bytes, size_t n, uint16_t start)
{
	const uint8_t *p = bytes;
	size_t whole = n - n % BLOCK;

	if (n == 0)		/* an empty buffer may have no address */
		return start;
	if (whole == 0 || !have_avx2())
		return tc_checksum_sum_portable(bytes, n, start);
	return finish(sum_blocks_avx2(p, whole), p + whole, n - whole, start);
}

uint16_t tc_checksum(const void *bytes, size_t n)
{
	return (uint16_t)~tc_checksum_sum(bytes, n, 0);
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
					     uint32_t src, uint32_t dst)
{
	uint16_t pseudo = tc_checksum_pseudo(src, dst, 6, (uint32_t)n);

	if (tc_checksum_sum(seg, n, pseudo) == 0xffff)
		return TC_CSUM_OK;
	return tc_get16(seg + TCP_CHECKSUM_AT) == pseudo ? TC_CSUM_PARTIAL : TC_CSUM_BAD;
}

const char *tc_checksum_state_name(enum tc_checksum_state s)
{
	switch (s) {
	case TC_CSUM_OK:
		return "ok";
	case TC_CSUM_PARTIAL:
		return "partial";
	case TC_CSUM_BAD:
		return "bad";
	}
	return "?";
}
