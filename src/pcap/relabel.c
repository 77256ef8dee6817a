/* SPDX-License-Identifier: BSD-2-Clause */
/* Which link type a capture really has; see relabel.h. */
#include "relabel.h"
#include "peel/tunnel.h"
#include "wire/place.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/segment.h>

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_IPV6 0x86dd
#define LLC_SNAP 8

/* Numbers that agree with each other; by chance they hardly do. */
static bool is_ipv4(const uint8_t *ip, size_t n, size_t wire_n)
{
	size_t head = n ? (ip[0] & 15u) * 4 : 0, total;

	if (n < 20 || ip[0] >> 4 != 4 || head < 20 || n < head)
		return false;
	total = tc_get16(ip + 2);
	if (total > wire_n || (total && total < head))
		return false;
	return tc_checksum(ip, head) == 0 || total == wire_n;
}

static bool is_ipv6(const uint8_t *ip, size_t n, size_t wire_n)
{
	return n >= 40 && ip[0] >> 4 == 6 && tc_get16(ip + 4) + 40u <= wire_n &&
	       tc_get16(ip + 4) + 60u >= wire_n;	/* padding of a short frame */
}

/* The datagram that is in tunnels, if it is, as it should be. */
static bool fits_inside(int dlt, const uint8_t *frame, size_t n, size_t wire_n)
{
	struct tc_tunnel t;

	tc_tunnel_find(&t, frame, n, dlt);
	if (!t.inside || t.lost)
		return false;
	return t.ethertype == ETHERTYPE_IPV4 ? is_ipv4(frame + t.at, n - t.at, wire_n - t.at)
					     : is_ipv6(frame + t.at, n - t.at, wire_n - t.at);
}

/* IEEE 802.3: a length is that of what the frame has, LLC's header among it. */
static bool has_false_length(int dlt, const uint8_t *frame, size_t n, size_t wire_n)
{
	uint16_t length = dlt == TC_DLT_EN10MB && n >= ETH_BYTES ? tc_get16(PLACE(frame, ETH_TYPE)) : 0;

	return tc_is_length(length) && (length < LLC_SNAP || length + (size_t)ETH_BYTES > wire_n);
}

static bool fits(int dlt, const uint8_t *frame, size_t n, size_t wire_n)
{
	uint16_t type;
	int off = tc_link_header(frame, n, dlt, &type, NULL);
	size_t at = (size_t)off;

	if (off < 0 || has_false_length(dlt, frame, n, wire_n))
		return false;
	switch (type) {
	case ETHERTYPE_IPV4:
		return is_ipv4(frame + at, n - at, wire_n - at);
	case ETHERTYPE_IPV6:
		return is_ipv6(frame + at, n - at, wire_n - at);
	case ETHERTYPE_ARP:
		return n - at >= 8 && tc_get16(frame + at) == 1 &&
		       tc_get16(frame + at + 2) == ETHERTYPE_IPV4;
	}
	return fits_inside(dlt, frame, n, wire_n);
}

void tc_relabel_look(struct tc_relabel *r, const uint8_t *frame, size_t n, size_t wire_n)
{
	const struct tc_link_type *t;

	r->frames++;
	r->fits_declared += fits(r->declared, frame, n, wire_n);
	for (unsigned i = 0; (t = tc_link_type(i)); i++)
		r->fits[i] += t->sign && fits(t->dlt, frame, n, wire_n);
	if (fits(TC_DLT_NULL, frame, n, wire_n)) {
		r->big_family += frame[0] == 0;
		r->little_family += frame[0] != 0;
	}
}

/* LOOP when the families are big-endian, NULL when they are in the file's order. */
static int family_type(const struct tc_relabel *r)
{
	if (r->little_family > r->big_family)
		return r->little_endian ? TC_DLT_NULL : r->declared;
	return TC_DLT_LOOP;
}

static bool has_family(int dlt)
{
	return dlt == TC_DLT_NULL || dlt == TC_DLT_LOOP;
}

static int family_verdict(const struct tc_relabel *r, const char **why)
{
	if (r->declared == TC_DLT_NULL && r->big_family && !r->little_family &&
	    r->little_endian) {
		*why = "the address family is big-endian in a little-endian file";
		return TC_DLT_LOOP;
	}
	if (r->declared == TC_DLT_LOOP && r->little_family && !r->big_family &&
	    r->little_endian) {
		*why = "the address family is little-endian, LOOP has it big-endian";
		return TC_DLT_NULL;
	}
	return r->declared;
}

int tc_relabel_verdict(const struct tc_relabel *r, bool strict, const char **why)
{
	unsigned best = 0;
	int dlt;

	*why = NULL;
	if (r->fits_declared)
		return strict && has_family(r->declared) ? family_verdict(r, why)
							 : r->declared;
	for (unsigned i = 1; i < TC_LINK_TYPES_MOST; i++)
		if (r->fits[i] > r->fits[best])
			best = i;
	/* A stray frame proves nothing of the others. */
	if (r->fits[best] == 0 || r->fits[best] * 2 < r->frames)
		return r->declared;
	*why = tc_link_type(best)->sign;
	dlt = tc_link_type(best)->dlt;
	return has_family(dlt) ? family_type(r) : dlt;
}
