/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes, taken apart from any header, build again to the same bytes; relaxed, they
 * build to a packet that parses into the same layers. The first byte of the input
 * chooses the header. With its top bit set the rest are assignments (layer, row, value)
 * to a packet of all the usual layers, so that deep headers are reached often.
 */
#include <tcpcraft/packet.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SPACE (TC_PACKET_MAX + 400)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void same_layers(const struct tc_packet *a, const struct tc_packet *b)
{
	must(a->n == b->n);
	for (unsigned i = 0; i < a->n; i++)
		must(a->layer[i].hdr == b->layer[i].hdr);
}

/* Asking what would be right must leave the packet alone. */
static void check_computed(struct tc_packet *p)
{
	struct tc_packet before = *p;
	uint64_t value;
	int rc;

	for (unsigned i = 0; i < p->n; i++) {
		for (unsigned row = 0; row < p->layer[i].hdr->n_rows; row++) {
			if (!p->layer[i].hdr->rows[row].bits)
				continue;
			rc = tc_packet_computed(p, (int)i, row, &value, NULL);
			must(rc == 0 || rc == -EMSGSIZE);
		}
	}
	must(memcmp(&before, p, sizeof before) == 0);
}

static void check_bytes(const uint8_t *bytes, size_t n, enum tc_header_id first)
{
	static uint8_t out[SPACE];
	struct tc_packet p = { 0 }, again = { 0 };
	int rc, len;

	rc = tc_packet_parse(&p, bytes, n, first, NULL);
	must(rc == 0 || rc == -EAGAIN || rc == -EBADMSG);
	len = tc_packet_build(&p, out, sizeof out, NULL);
	must(len >= 0 && (size_t)len == n && memcmp(out, bytes, n) == 0);
	check_computed(&p);
	tc_packet_relax(&p);
	len = tc_packet_build(&p, out, sizeof out, NULL);
	must(len == (int)n || len == -EMSGSIZE);
	if (rc == 0 && len > 0) {
		must(tc_packet_parse(&again, out, n, first, NULL) == 0);
		same_layers(&p, &again);
	}
	tc_packet_free(&p);
	tc_packet_free(&again);
}

static void check_assignments(const uint8_t *data, size_t size)
{
	static const enum tc_header_id stacks[][9] = {
		{ TC_HDR_ETH, TC_HDR_VLAN, TC_HDR_IP, TC_HDR_TCP, TC_HDR_DATA },
		{ TC_HDR_ETH, TC_HDR_IPV6, TC_HDR_HOPOPTS, TC_HDR_ROUTING, TC_HDR_FRAGHDR,
		  TC_HDR_DSTOPTS, TC_HDR_TCP, TC_HDR_DATA },
		{ TC_HDR_ETH, TC_HDR_IPV6, TC_HDR_ICMPV6, TC_HDR_ICMPV6_NS },
		{ TC_HDR_ETH, TC_HDR_IP, TC_HDR_IPV6, TC_HDR_DSTOPTS, TC_HDR_ICMPV6,
		  TC_HDR_ICMPV6_ECHO, TC_HDR_DATA },
	};
	static uint8_t built[SPACE];
	struct tc_packet p = { 0 };
	const enum tc_header_id *stack = stacks[size % 4];
	int len;

	for (unsigned i = 0; i == 0 || stack[i]; i++)
		must(tc_packet_push(&p, tc_header_get(stack[i]), NULL) == (int)i);
	for (; size >= 10; data += 10, size -= 10) {
		unsigned layer = data[0] % p.n;
		const struct tc_header *h = p.layer[layer].hdr;
		unsigned row = data[1] % h->n_rows;
		tc_value value = 0;

		memcpy(&value, data + 2, 8);
		value |= value << 64;
		if (h->rows[row].bits)
			must(tc_packet_set(&p, (int)layer, row,
					   value & tc_field_max(&h->rows[row]), NULL) == 0);
		else
			must(tc_packet_set_bytes(&p, (int)layer, data + 2, size - 2,
						 NULL) == 0 || h->var_max < size - 2);
	}
	len = tc_packet_build(&p, built, sizeof built, NULL);
	if (len >= 0)
		check_bytes(built, (size_t)len, TC_HDR_ETH);
	tc_packet_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > TC_PACKET_MAX)
		return 0;
	if (data[0] & 0x80)
		check_assignments(data + 1, size - 1);
	else
		check_bytes(data + 1, size - 1, data[0] % TC_HDR_COUNT);
	return 0;
}
