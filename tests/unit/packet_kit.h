/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets for the tests: each step is checked, so that a test says only what it means. */
#ifndef TESTS_PACKET_KIT_H
#define TESTS_PACKET_KIT_H

#include "check.h"

#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/packet.h>

static uint8_t out[TC_PACKET_MAX];

static inline int push(struct tc_packet *p, enum tc_header_id id)
{
	struct tc_error err = { 0 };
	int at = tc_packet_push(p, tc_header_get(id), &err);

	CHECK_OK(at, err);
	return at;
}

static inline void set(struct tc_packet *p, const char *name, const char *text)
{
	struct tc_error err = { 0 };

	check_ok(tc_packet_set_text(p, name, text, NULL, &err), err.msg, name, __LINE__,
		 __FILE__);
}

/* Build over bytes that are not zero, so that nothing is left out by luck. */
static inline size_t build(struct tc_packet *p)
{
	struct tc_error err = { 0 };
	int n;

	memset(out, 0xa5, sizeof out);
	n = tc_packet_build(p, out, sizeof out, &err);
	CHECK_OK(n, err);
	return n < 0 ? 0 : (size_t)n;
}

static inline void built_is(struct tc_packet *p, const char *hex, const char *what)
{
	struct tc_buf text = { 0 };

	tc_hex_encode(&text, out, build(p));
	check_str((char *)text.data, hex, what, __LINE__, __FILE__);
	tc_buf_free(&text);
}

/* Ethernet, 10.0.0.1:20000 to 10.0.0.2:80, seq 1000, SYN. */
static inline struct tc_packet make_syn(void)
{
	struct tc_packet p = { 0 };

	push(&p, TC_HDR_ETH);
	push(&p, TC_HDR_IP);
	push(&p, TC_HDR_TCP);
	set(&p, "eth.dst", "02:00:00:00:00:02");
	set(&p, "eth.src", "02:00:00:00:00:01");
	set(&p, "ip.src", "10.0.0.1");
	set(&p, "ip.dst", "10.0.0.2");
	set(&p, "tcp.srcport", "20000");
	set(&p, "tcp.dstport", "http");
	set(&p, "tcp.seq", "1000");
	set(&p, "tcp.flags", "S");
	return p;
}

#endif
