/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses, ends and MACs as text; see addr.h. */
#include "addr.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/hex.h>

#include <arpa/inet.h>
#include <string.h>

#define MAC_BYTES 6

/* What the three writers write, and its end. */
static char *number(char *at, unsigned v)
{
	if (v >= 10)
		at = number(at, v / 10);
	*at = (char)('0' + v % 10);
	return at + 1;
}

static char *dotted(char *at, uint32_t addr)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		at = number(at, addr >> shift & 0xff);
		*at++ = shift ? '.' : '\0';
	}
	return at - 1;
}

const char *tc_addr_text(uint32_t addr, char text[TC_ADDR_SIZE])
{
	dotted(text, addr);
	return text;
}

const char *tc_end_text(uint32_t addr, uint16_t port, char text[TC_END_SIZE])
{
	char *at = dotted(text, addr);

	*at++ = ':';
	*number(at, port) = '\0';
	return text;
}

const char *tc_mac_text(const uint8_t mac[6], char text[TC_MAC_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < MAC_BYTES; i++) {
		text[3 * i] = digits[mac[i] >> 4];
		text[3 * i + 1] = digits[mac[i] & 0xf];
		text[3 * i + 2] = i < MAC_BYTES - 1 ? ':' : '\0';
	}
	return text;
}

/* inet_aton takes anything after a blank, so blanks are refused first. */
bool tc_addr_read(uint32_t *addr, const char *text)
{
	struct in_addr in;

	if (strpbrk(text, " \t\n\v\f\r") || !inet_aton(text, &in))
		return false;
	*addr = ntohl(in.s_addr);
	return true;
}

bool tc_mac_read(uint64_t *mac, const char *text)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < MAC_BYTES; i++) {
		unsigned byte = 0, n = 0;

		for (; n < 2 && tc_hex_digit(*text) >= 0; n++)
			byte = byte << 4 | (unsigned)tc_hex_digit(*text++);
		if (n == 0 || (i < MAC_BYTES - 1 && *text != ':' && *text != '-'))
			return false;
		text += i < MAC_BYTES - 1;
		v = v << 8 | byte;
	}
	if (*text)
		return false;
	*mac = v;
	return true;
}

uint64_t tc_mac_number(const uint8_t mac[6])
{
	return (uint64_t)tc_get16(mac) << 32 | tc_get32(mac + 2);
}

void tc_mac_bytes(uint8_t mac[6], uint64_t v)
{
	tc_put16(mac, (uint16_t)(v >> 32));
	tc_put32(mac + 2, (uint32_t)v);
}
