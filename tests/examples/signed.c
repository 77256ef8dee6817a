/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A segment in a VLAN that a key vouches for (TCP-MD5, RFC 2385): built, signed, taken apart and
 * judged, then spoilt and judged again. Prints the frame as hex, and what was found.
 *
 *	cc signed.c $(pkg-config --cflags --libs tcpcraft)
 *	./a.out secret 10:5
 */
#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/frame.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/md5sig.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/vlan.h>

#include <stdio.h>

#define ZEROS "00000000000000000000000000000000"	/* a digest that is still to be made */
#define SEQ 0xfffffff0u

static int give_up(const struct tc_error *err)
{
	fprintf(stderr, "signed: %s\n", err->msg);
	return 1;
}

/* Ethernet with its tags, IPv4, a SYN that has room for a digest; its bytes, or negative. */
static int make(struct tc_packet *p, const struct tc_vlan *vlan, uint8_t *out, size_t cap,
		struct tc_error *err)
{
	static const uint8_t to[6] = { 2, [5] = 2 }, from[6] = { 2, [5] = 1 };
	static const struct { const char *field, *value; } fields[] = {
		{ "ip.src", "192.0.2.1" }, { "ip.dst", "10.0.0.2" }, { "tcp.flags", "S" },
		{ "tcp.options", "nop,nop,md5 " ZEROS },
	};
	int rc = tc_vlan_push(p, to, from, vlan, err), tcp;

	if (rc >= 0)
		rc = tc_packet_push(p, tc_header_get(TC_HDR_IP), err);
	tcp = rc < 0 ? rc : tc_packet_push(p, tc_header_get(TC_HDR_TCP), err);
	rc = tcp < 0 ? tcp : tc_packet_set(p, tcp, TC_TCP_SEQ, SEQ, err);
	for (size_t i = 0; i < sizeof fields / sizeof *fields && rc >= 0; i++)
		rc = tc_packet_set_text(p, fields[i].field, fields[i].value, NULL, err);
	return rc < 0 ? rc : tc_packet_build(p, out, cap, err);
}

static const char *judge(const struct tc_md5_key *key, const uint8_t *frame, size_t n)
{
	uint8_t expected[TC_MD5_BYTES];
	struct tc_rx rx;

	if (tc_rx_parse(&rx, frame, n, TC_DLT_EN10MB, NULL) < 0 || rx.kind != TC_RX_TCP ||
	    rx.seg.seq != SEQ)
		return "not a segment";
	return tc_md5_check(key, &rx, expected) == TC_SIGN_OK ? "signed" : "wrong digest";
}

int main(int argc, char **argv)
{
	uint8_t frame[TC_PACKET_MAX];
	char around[TC_VLAN_TEXT];
	struct tc_packet p = { 0 };
	struct tc_error err = { 0 };
	struct tc_vlan vlan = { 0 };
	struct tc_md5_key key;
	struct tc_buf hex = { 0 };
	int n;

	if (argc < 2)
		return fprintf(stderr, "usage: signed KEY [ID[.ID][:PRIO]]\n") < 0 ? 3 : 1;
	if (tc_md5_key_parse(&key, argv[1], &err) < 0 ||
	    (argc > 2 && tc_vlan_parse(&vlan, argv[2], &err) < 0))
		return give_up(&err);
	n = make(&p, &vlan, frame, sizeof frame, &err);
	tc_packet_free(&p);
	if (n < 0)
		return give_up(&err);
	if (!tc_md5_sign(&key, frame, (size_t)n, TC_DLT_EN10MB))
		return 2;
	tc_hex_encode(&hex, frame, (size_t)n);
	tc_vlan_around(frame, (size_t)n, TC_DLT_EN10MB, around);
	printf("%s\ntype 0x%04x, in \"%s\": %s\n", (char *)hex.data, tc_get16(frame + 12), around,
	       judge(&key, frame, (size_t)n));
	frame[n - 1] ^= 1;		/* the digest's last byte */
	printf("spoilt: %s\n", judge(&key, frame, (size_t)n));
	tc_buf_free(&hex);
	return 0;
}
