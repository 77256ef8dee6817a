/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses, ends of connections and MACs as people write them, to and from. Addresses
 * of IPv4 alone are numbers in host byte order (10.0.0.1 is 0x0a000001), MACs six bytes as on the wire or
 * the same as a number (the first byte on top). No globals; thread-safe for distinct buffers.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <tcpcraft/addr.h>

struct tc_buf;

/* Room for the longest text and its NUL. */
#define TC_ADDR_SIZE sizeof "255.255.255.255"
#define TC_END_SIZE sizeof "255.255.255.255:65535"
#define TC_MAC_SIZE sizeof "00:11:22:33:44:55"

/* "10.0.0.1", "10.0.0.1:80", "02:00:00:00:00:01" in text, which they return. */
const char *tc_addr_text(uint32_t addr, char text[TC_ADDR_SIZE]);
const char *tc_end_text(uint32_t addr, uint16_t port, char text[TC_END_SIZE]);
const char *tc_mac_text(const uint8_t mac[6], char text[TC_MAC_SIZE]);

/* The same where an expression is wanted, as for a %s: the text lives as long as the
 * block around it. */
#define TC_ADDR(addr) tc_addr_text(addr, (char[TC_ADDR_SIZE]){ 0 })
#define TC_END(addr, port) tc_end_text(addr, port, (char[TC_END_SIZE]){ 0 })
#define TC_HOST(addr) tc_addr_string(addr, (char[TC_ADDR_STRING]){ 0 })
#define TC_HOST_PORT(addr, port) \
	tc_addr_port_string(addr, port, (char[TC_ADDR_PORT_STRING]){ 0 })
#define TC_MAC(mac) tc_mac_text(mac, (char[TC_MAC_SIZE]){ 0 })

/* Any form of inet_aton(3) ("127.1", "0x7f000001"), the whole text. false: no address. */
bool tc_addr_read(uint32_t *addr, const char *text);

/* Six bytes of one or two hex digits with ':' or '-' between them. false: no MAC. */
bool tc_mac_read(uint64_t *mac, const char *text);

/* Is it the first of its network: are all behind the first `bits` 0? */
bool tc_addr_is_first(const struct tc_addr *a, unsigned bits);

uint64_t tc_mac_number(const uint8_t mac[6]);
void tc_mac_bytes(uint8_t mac[6], uint64_t number);

#endif
