/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Internet checksum: RFC 1071 (definition, odd lengths), RFC 1624 (incremental).
 * All functions are pure and thread-safe. Values are host order, ready for tc_put16.
 */
#ifndef TCPCRAFT_CHECKSUM_H
#define TCPCRAFT_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/*
 * One's-complement sum (not complemented) of n bytes, added to `start`, folded to 16
 * bits. An odd last byte counts as the high byte of a word (RFC 1071 section 1). Sums
 * of slices may be chained through `start` if every slice but the last is even.
 * Vectorised where the CPU can (chosen once, at run time).
 */
uint16_t tc_checksum_sum(const void *bytes, size_t n, uint16_t start);

/* The same without the vector instructions of the newest CPUs: what tc_checksum_sum
 * runs where they are missing. For tests and measurements. */
uint16_t tc_checksum_sum_portable(const void *bytes, size_t n, uint16_t start);

/* The checksum of any slice: ~tc_checksum_sum(bytes, n, 0). */
uint16_t tc_checksum(const void *bytes, size_t n);

/* Sum of the TCP pseudo-header (RFC 9293 3.1): addresses in host order, protocol,
 * length of the TCP header and data in bytes. Pass it as `start`. */
uint16_t tc_checksum_pseudo(uint32_t src, uint32_t dst, uint8_t proto, uint32_t len_bytes);

/* a + b in one's complement. */
static inline uint16_t tc_checksum_add(uint16_t a, uint16_t b)
{
	uint32_t s = (uint32_t)a + b;

	return (uint16_t)((s & 0xffff) + (s >> 16));
}

/* RFC 1624 equation 3: the checksum after a 16-bit word (at an even offset) of the
 * covered bytes went from `from` to `to`. Equal to a recomputation unless all covered
 * bytes become zero, which no IPv4 header or pseudo-header can. */
static inline uint16_t tc_checksum_update16(uint16_t checksum, uint16_t from, uint16_t to)
{
	return (uint16_t)~tc_checksum_add(tc_checksum_add((uint16_t)~checksum,
							  (uint16_t)~from), to);
}

/* The same for a 32-bit word. */
static inline uint16_t tc_checksum_update32(uint16_t checksum, uint32_t from, uint32_t to)
{
	checksum = tc_checksum_update16(checksum, (uint16_t)(from >> 16),
					(uint16_t)(to >> 16));
	return tc_checksum_update16(checksum, (uint16_t)from, (uint16_t)to);
}

/* Sums that protocols above TCP use. CRC-16/CCITT-FALSE (polynomial 0x1021, start
 * 0xffff, not reflected); CRC-32 of IEEE 802.3 (reflected, complemented). */
uint16_t tc_crc16(const void *bytes, size_t n);
uint32_t tc_crc32(const void *bytes, size_t n);

/* A received checksum is one of three things. Partial: only the pseudo-header sum is
 * there, uncomplemented; the sender left the rest to an offload that a virtual link
 * never needed. Normal on lo and veth. */
enum tc_checksum_state {
	TC_CSUM_OK,
	TC_CSUM_PARTIAL,
	TC_CSUM_BAD,
};

/* State of a TCP checksum: seg = TCP header and data, n >= 20 bytes; pseudo is the sum of
 * its pseudo-header (tc_checksum_pseudo, or RFC 8200 8.1). */
enum tc_checksum_state tc_checksum_check_tcp(const uint8_t *seg, size_t n, uint16_t pseudo);

/* "ok", "partial" or "bad". */
const char *tc_checksum_state_name(enum tc_checksum_state s);

#endif
