/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of the two families; see family.h. */
#include "family.h"
#include "place.h"
#include "rx_own.h"

#include <tcpcraft/error.h>

#include <errno.h>

const struct tc_family tc_families[TC_FAMILIES] = {
	{
		.version = 4, .header = TC_HDR_IP, .src = TC_IP_SRC, .dst = TC_IP_DST,
		.ttl = TC_IP_TTL, .next = TC_IP_PROTO, .number = TC_IP_ID, .length = TC_IP_LEN,
		.ds = "ip.dsfield", .next_words = "protocol",
		.ip_bytes = IP_BYTES, .packet_max = UINT16_MAX,
		.mtu_least = 68, .mss_default = 536, .ip = "ip", .icmp = "icmp",
		.unreachable = "icmp[icmptype] == icmp-unreach",
		.flags = "ip and tcp[tcpflags]",
		.neighbours = "arp",
	}, {
		.version = 6, .header = TC_HDR_IPV6, .src = TC_IPV6_SRC, .dst = TC_IPV6_DST,
		.ttl = TC_IPV6_HLIM, .next = TC_IPV6_NXT, .number = TC_IPV6_FLOW,
		.length = TC_IPV6_PLEN, .not_counted = IPV6_BYTES, .ds = "ipv6.tclass",
		.next_words = "next header",
		.ip_bytes = IPV6_BYTES, .packet_max = IPV6_BYTES + UINT16_MAX,
		.mtu_least = 1280, .mss_default = 1220, .ip = "ip6", .icmp = "icmp6",
		/* "too big" is a type of its own (RFC 4443 3.2) */
		.unreachable = "icmp6 and ip6[40] <= 2",
		/* where the flags are; libpcap's words for it know IPv4 alone */
		.flags = "ip6 and ip6[53]",
		.neighbours = "icmp6 and (ip6[40] == 135 or ip6[40] == 136)",
	},
};

const struct tc_family *tc_family(uint8_t version)
{
	return &tc_families[version == 6];
}

const struct tc_family *tc_family_of(const struct tc_header *h)
{
	for (size_t i = 0; i < TC_FAMILIES; i++)
		if (h == tc_header_get(tc_families[i].header))
			return &tc_families[i];
	return NULL;
}

const struct tc_family *tc_family_at(const uint8_t *packet, size_t n)
{
	for (size_t i = 0; i < TC_FAMILIES; i++)
		if (n >= tc_families[i].ip_bytes && packet[0] >> 4 == tc_families[i].version)
			return &tc_families[i];
	return NULL;
}

const char *tc_family_field(const struct tc_family *f, unsigned row)
{
	return tc_header_get(f->header)->rows[row].name;
}

size_t tc_ip_head(const uint8_t *ip)
{
	return ip[0] >> 4 == 6 ? (size_t)IPV6_BYTES : (ip[0] & 15u) * 4u;
}

unsigned tc_family_mss(uint8_t version, unsigned mtu)
{
	const struct tc_family *f = tc_family(version);
	unsigned headers = f->ip_bytes + TCP_BYTES;

	if (mtu > f->packet_max)
		mtu = f->packet_max;
	return mtu > headers ? mtu - headers : 1;
}

void tc_family_set_ds(struct tc_packet *p, int ip, uint8_t ds)
{
	struct tc_field_ref ref;

	tc_field_find(&ref, tc_family_of(p->layer[ip].hdr)->ds, NULL, NULL);
	tc_packet_set_ref(p, ip, &ref, ds, NULL);
}

static uint16_t number(bool v6, uint16_t id, uint32_t label)
{
	if (v6)
		return label <= UINT16_MAX ? (uint16_t)label : 0;
	return id;
}

uint16_t tc_family_number(const struct tc_rx *rx)
{
	return number(rx->src.family == 6, rx->ip_id, rx->flow_label);
}

uint16_t tc_family_quoted_number(const struct tc_rx *rx)
{
	return number(rx->src.family == 6, rx->quoted_id, rx->quoted_label);
}

int tc_rx_version(const uint8_t *ip, size_t n, uint8_t version, struct tc_error *err)
{
	const struct tc_family *f = tc_family(version);

	if (n < f->ip_bytes)
		return tc_fail(err, -EBADMSG, "the frame leaves %zu bytes, an IPv%u header needs "
			       "%u", n, version, f->ip_bytes);
	if (ip[0] >> 4 != version)
		return tc_fail(err, -EBADMSG, "%s.version=%u where IPv%u is announced",
			       tc_header_get(f->header)->name, ip[0] >> 4, version);
	return 0;
}
