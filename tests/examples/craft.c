/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library in one page: a packet is made of layers, its fields are set by number and by
 * text, built, taken apart again and changed. Prints the frames as hex, one a line.
 *
 *	cc craft.c $(pkg-config --cflags --libs tcpcraft)
 */
#include <tcpcraft/buf.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/packet.h>

#include <stdio.h>
#include <string.h>

static int give_up(const struct tc_error *err)
{
	fprintf(stderr, "craft: %s\n", err->msg);
	return 1;
}

static void print_hex(const uint8_t *bytes, size_t n)
{
	struct tc_buf hex = { 0 };

	tc_hex_encode(&hex, bytes, n);
	printf("%s\n", (char *)hex.data);
	tc_buf_free(&hex);
}

/* Layers, fields by number (fast, checked by the compiler) and by text (as people write
 * them). What is not set is a default, or computed when the packet is built. */
static int make(struct tc_packet *p, struct tc_error *err)
{
	static const struct { const char *field, *value; } fields[] = {
		{ "ip.src", "192.0.2.1" }, { "ip.dst", "10.0.0.2" }, { "ip.id", "0x1234" },
		{ "tcp.sport", "20000" }, { "tcp.dstport", "http" }, { "tcp.flags", "SEW" },
		{ "tcp.options", "mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7" },
	};
	int ip = tc_packet_push(p, tc_header_get(TC_HDR_IP), err);
	int tcp = tc_packet_push(p, tc_header_get(TC_HDR_TCP), err);
	int rc = ip < 0 || tcp < 0 ? -1 : 0;

	for (size_t i = 0; i < sizeof fields / sizeof *fields && rc == 0; i++)
		rc = tc_packet_set_text(p, fields[i].field, fields[i].value, NULL, err);
	if (rc == 0)
		rc = tc_packet_set(p, tcp, TC_TCP_SEQ, 305419896, err);
	return rc;
}

/* The checksum of any slice: here of the TCP segment behind its pseudo-header. A right
 * one sums up to 0xffff. */
static int sums_up(const struct tc_packet *p, const uint8_t *bytes, size_t n)
{
	size_t tcp = tc_packet_offset(p, 1);
	uint16_t pseudo = tc_checksum_pseudo((uint32_t)tc_packet_get(p, 0, TC_IP_SRC),
					     (uint32_t)tc_packet_get(p, 0, TC_IP_DST), 6,
					     (uint32_t)(n - tcp));

	return tc_checksum_sum(bytes + tcp, n - tcp, pseudo) == 0xffff;
}

int main(void)
{
	uint8_t bytes[TC_PACKET_MAX], again[TC_PACKET_MAX];
	struct tc_error err = { 0 };
	struct tc_packet p = { 0 };
	int n, m;

	if (make(&p, &err) < 0)
		return give_up(&err);
	n = tc_packet_build(&p, bytes, sizeof bytes, &err);
	if (n < 0)
		return give_up(&err);
	print_hex(bytes, (size_t)n);
	if (!sums_up(&p, bytes, (size_t)n))
		return 2;

	/* What parses is built again bit by bit, for every row counts as set. */
	if (tc_packet_parse(&p, bytes, (size_t)n, TC_HDR_IP, &err) < 0)
		return give_up(&err);
	m = tc_packet_build(&p, again, sizeof again, &err);
	if (m != n || memcmp(bytes, again, (size_t)n) != 0)
		return 3;

	/* A change, with lengths and checksums made right again … */
	tc_packet_relax(&p);
	if (tc_packet_set_text(&p, "ip.ttl", "1", NULL, &err) < 0)
		return give_up(&err);
	n = tc_packet_build(&p, bytes, sizeof bytes, &err);
	if (n < 0)
		return give_up(&err);
	print_hex(bytes, (size_t)n);

	/* … or wrong on purpose: explicit beats computed, and 0 is a value like any other. */
	if (tc_packet_set_text(&p, "tcp.checksum", "0", NULL, &err) < 0 ||
	    tc_packet_set_text(&p, "ip.checksum", "bad", NULL, &err) < 0)
		return give_up(&err);
	n = tc_packet_build(&p, bytes, sizeof bytes, &err);
	if (n < 0)
		return give_up(&err);
	print_hex(bytes, (size_t)n);

	/* An error names the field, the value and what is allowed. */
	if (tc_packet_set_text(&p, "tcp.hdr_len", "20", NULL, &err) < 0)
		printf("%s\n", err.msg);
	tc_packet_free(&p);
	return 0;
}
