/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP that the lab sends: errors, and echo requests; see lab.h. */
#include "own.h"

#include "wire/family.h"
#include "wire/icmp.h"
#include "wire/place.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <string.h>

#define QUOTE 512			/* options of IPv4, and any headers that IPv6 is sent with */

/* The headers of the datagram with their options, up to TCP's. Negative: they are too long. */
static int quote(const struct tc_lab_frame *seen, uint32_t moved, uint8_t out[QUOTE],
		 struct tc_error *err)
{
	const size_t n = (size_t)(seen->rx.options - seen->rx.l3);

	if (n > QUOTE)
		return tc_fail(err, -EMSGSIZE, "the server's segment has %zu bytes of headers: an "
			       "ICMP error quotes %d at most", n, QUOTE);
	memcpy(out, seen->rx.l3, n);
	tc_put32(PLACE(out + n - TCP_BYTES, TCP_SEQ), seen->rx.seg.seq + moved);
	return (int)n;
}

int tc_lab_too_big(struct tc_lab *lab, const struct tc_lab_frame *seen, uint32_t moved,
		   unsigned mtu, struct tc_error *err)
{
	static const struct tc_lab_seg plain = { .ttl = 64 };
	const struct tc_flow *flow = &seen->conn->flow;
	const bool six = flow->remote_addr.family == 6;
	struct tc_packet *p = &lab->own->packet;
	uint8_t bytes[QUOTE + 128], quoted[QUOTE];
	int rc = tc_lab_turn(lab, err), ip, n = 0;

	ip = rc < 0 ? rc : tc_lab_push_ip(lab, seen->conn, err);
	rc = ip < 0 ? ip : tc_lab_set_ip(lab, flow, &plain, ip, err);
	if (rc >= 0)
		rc = tc_icmp_push(p, six ? 6 : 4, six ? TC_ICMPV6_BIG : TC_ICMP_UNREACHABLE,
				  six ? 0 : TC_ICMP_FRAG_NEEDED, mtu, err);
	if (rc >= 0)
		rc = tc_packet_push(p, tc_header_get(TC_HDR_DATA), err);
	if (rc >= 0)
		n = quote(seen, moved, quoted, err);
	if (rc >= 0)
		rc = n < 0 ? n : tc_packet_set_bytes(p, rc, quoted, (size_t)n, err);
	if (rc >= 0)
		rc = tc_packet_build(p, bytes, sizeof bytes, err);
	return rc < 0 ? rc : tc_lab_transmit(lab, bytes, (size_t)rc, false, err);
}

int tc_lab_ping(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_lab_echo *echo,
		struct tc_error *err)
{
	const struct tc_lab_seg plain = { .ttl = 64, .dsfield = echo->dsfield };
	struct tc_packet *p = &lab->own->packet;
	uint8_t zeros[512] = { 0 }, bytes[sizeof zeros + 128];
	int rc = tc_lab_turn(lab, err), ip;

	ip = rc < 0 ? rc : tc_lab_push_ip(lab, c, err);
	rc = ip < 0 ? ip : tc_lab_set_ip(lab, &c->flow, &plain, ip, err);
	if (rc >= 0)
		rc = tc_packet_set(p, ip, TC_IP_DF, echo->df, err);
	if (rc >= 0)
		rc = tc_icmp_push_echo(p, echo->code, c->flow.local_port, echo->number, err);
	if (rc >= 0)
		rc = tc_packet_push(p, tc_header_get(TC_HDR_DATA), err);
	if (rc >= 0)
		rc = tc_packet_set_bytes(p, rc, zeros, echo->len, err);
	if (rc >= 0)
		rc = tc_packet_build(p, bytes, sizeof bytes, err);
	return rc < 0 ? rc : tc_lab_transmit(lab, bytes, (size_t)rc, false, err);
}
