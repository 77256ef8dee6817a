/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which key of a ring vouches for a segment (TCP-AO, RFC 5925)? A SYN is made and signed with the
 * first key; then each is asked. Prints the frame as hex, and a line for each key.
 *
 *	cc keyring.c $(pkg-config --cflags --libs tcpcraft)
 *	./a.out secret=old,keyid=1 secret=new,keyid=2
 */
#include <tcpcraft/ao.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/frame.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/segment.h>

#include <stdio.h>

#define ISN 0xfffffff0u
#define CODE "000000000000000000000000"		/* that is still to be made */

/* A SYN says itself what its traffic key is derived from (RFC 5925 5.2). */
static const struct tc_ao_way way = { .src_isn = ISN, .src_known = true, .near = ISN };

/* Its bytes, or negative. The option has the IDs of the key that it is signed with. */
static int make_syn(const struct tc_ao_key *key, uint8_t *out, size_t cap, struct tc_error *err)
{
	struct tc_packet p = { 0 };
	char option[80];
	int rc = tc_packet_push(&p, tc_header_get(TC_HDR_IP), err), tcp;

	snprintf(option, sizeof option, "ao keyid %u rnextkeyid %u mac " CODE, key->keyid, key->rnextkeyid);
	tcp = rc < 0 ? rc : tc_packet_push(&p, tc_header_get(TC_HDR_TCP), err);
	rc = tcp < 0 ? tcp : tc_packet_set(&p, tcp, TC_TCP_SEQ, ISN, err);
	if (rc >= 0)
		rc = tc_packet_set_text(&p, "ip.src", "192.0.2.1", NULL, err);
	if (rc >= 0)
		rc = tc_packet_set_text(&p, "ip.dst", "10.0.0.2", NULL, err);
	if (rc >= 0)
		rc = tc_packet_set_text(&p, "tcp.flags", "S", NULL, err);
	if (rc >= 0)
		rc = tc_packet_set_text(&p, "tcp.options", option, NULL, err);
	rc = rc < 0 ? rc : tc_packet_build(&p, out, cap, err);
	tc_packet_free(&p);
	return rc;
}

static void judge(const struct tc_ao_key *key, const struct tc_rx *rx)
{
	static const char *const words[] = {
		[TC_SIGN_OK] = "it is signed with this", [TC_SIGN_MISSING] = "it is not signed",
		[TC_SIGN_BAD] = "another secret", [TC_SIGN_CUT] = "it is cut",
		[TC_SIGN_TWICE] = "it is signed twice", [TC_SIGN_UNTOLD] = "no ISN is known",
	};
	uint8_t expected[TC_AO_MAC_BYTES];
	struct tc_buf text = { 0 };

	tc_ao_key_print(key, &text);
	printf("%.*s: %s\n", (int)text.len, (const char *)text.data,
	       tc_ao_keyid(rx) != key->keyid ? "another KeyID" :
	       words[tc_ao_check(key, &way, rx, expected)]);
	tc_buf_free(&text);
}

static int give_up(const struct tc_error *err)
{
	fprintf(stderr, "keyring: %s\n", err->msg);
	return 1;
}

int main(int argc, char **argv)
{
	uint8_t frame[TC_PACKET_MAX];
	struct tc_error err = { 0 };
	struct tc_buf hex = { 0 };
	struct tc_ao_key key;
	struct tc_rx rx;
	int n;

	if (argc < 2) {
		fprintf(stderr, "usage: keyring KEY...\n");
		return 1;
	}
	if (tc_ao_key_parse(&key, argv[1], &err) < 0)
		return give_up(&err);
	n = make_syn(&key, frame, sizeof frame, &err);
	if (n < 0)
		return give_up(&err);
	if (!tc_ao_sign(&key, &way, frame, (size_t)n, TC_DLT_RAW) ||
	    tc_rx_parse(&rx, frame, (size_t)n, TC_DLT_RAW, NULL) < 0) {
		fprintf(stderr, "the SYN could not be signed: too little room for the option?\n");
		return 2;
	}
	tc_hex_encode(&hex, frame, (size_t)n);
	printf("%s\n", (const char *)hex.data);
	tc_buf_free(&hex);
	for (int i = 1; i < argc; i++) {
		if (tc_ao_key_parse(&key, argv[i], &err) < 0)
			return give_up(&err);
		judge(&key, &rx);
	}
	return 0;
}
