/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * urgent: a request in one segment with URG, whose urgent pointer names a byte in the middle.
 * A peer that takes urgent bytes out of the stream (the socket interface's default) loses
 * one to its application; which one tells how it reads the pointer: RFC 6093 2.1 says that
 * it means the byte behind the urgent data. (Needs --echo, or a PROT server.)
 */
#include "lab/lab.h"

#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>

#include <errno.h>
#include <string.h>

TC_DEFINE_EXPERIMENT(urgent, "urgent",
	"are urgent bytes taken out of the stream, and which (PROT, or --echo)",
	"RFC 9293 3.8.5, RFC 6093 2.1 and 3.1: the urgent pointer, and in-line",
	.ports = 16, .harmless = true, .needs = TC_NEEDS_LIFE, .asks = TC_ASKS_BOTH);

#define N 8u
#define POINTER 4u			/* into the payload */

static const uint8_t payload[N] = "abcdeijk";

/* What the application gets if the byte at `lost` of the payload is not in the stream; N:
 * all of them are. */
struct guess {
	unsigned lost;
	const char *verdict, *says;
};

static const struct guess guesses[] = {
	{ N, "in-line", "urgent data stays in the stream, as RFC 6093 wants it" },
	{ POINTER - 1, "out-of-band", "the byte before the one the pointer names is taken out "
	  "of the stream: BSD's reading of the pointer, and Linux'" },
	{ POINTER, "out-of-band-last", "the byte that the pointer names is taken out of the "
	  "stream: the reading of RFC 1122" },
};

static int ask(struct tc_lab *lab, const struct guess *g, tc_time wait, bool *right,
	       struct tc_lab_conn **conn, struct tc_error *err)
{
	struct tc_lab_request expect = { 0 };
	struct tc_lab_conn *c;
	struct tc_lab_seg seg;
	uint8_t sent[TC_PACKET_MAX], kept[N];
	size_t n = 0, at;
	int rc = tc_lab_connect(lab, conn, NULL, err);

	c = *conn;
	*right = false;
	for (unsigned i = 0; i < N; i++)
		if (i != g->lost)
			kept[n++] = payload[i];
	if (rc > 0 && tc_lab_request(lab, kept, n, &expect, err) < 0)
		rc = err->code;
	if (rc > 0 && expect.bytes.len >= sizeof sent)
		rc = tc_fail(err, -EMSGSIZE, "a request of %zu bytes does not fit into a segment",
			     expect.bytes.len);
	if (rc > 0) {	/* the request as it shall arrive, and the byte that shall not */
		at = expect.head + (g->lost < N ? g->lost : 0);
		memcpy(sent, expect.bytes.data, expect.bytes.len);
		n = expect.bytes.len;
		if (g->lost < N) {
			memmove(sent + at + 1, sent + at, n - at);
			sent[at] = payload[g->lost];
			n++;
		}
		tc_lab_make(c, TC_FLAG_ACK | TC_FLAG_PSH | TC_FLAG_URG, &seg);
		seg.urgent = (uint16_t)(expect.head + POINTER);
		seg.payload = sent;
		seg.len = n;
		c->snd_nxt += (tc_seq)n;
		rc = tc_lab_put(lab, c, &seg, err);
		if (rc >= 0)
			rc = tc_lab_answer(lab, c, &expect, wait, right, err);
		if (*right)
			tc_lab_cite_all(lab, c);
		rc = rc < 0 ? rc : 1;
	}
	tc_buf_free(&expect.bytes);
	if (rc > 0 && tc_lab_hang_up(lab, c, err) < 0)
		rc = err->code;
	return rc;
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_plain plain;
	struct tc_lab_conn *c;
	bool right;
	int rc = tc_lab_plain(lab, payload, N, &plain, &c, err);

	if (rc <= 0)
		return rc < 0 ? rc : tc_finding_blame(f, lab, c);
	rc = tc_finding_plain(f, lab, &plain, c, err);
	if (rc <= 0)
		return rc;
	for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++) {
		rc = ask(lab, &guesses[i], plain.wait, &right, &c, err);
		if (rc <= 0)
			return rc < 0 ? rc : tc_finding_blame(f, lab, c);
		if (right) {
			tc_finding_text(f, "urgent_byte", guesses[i].lost < N ?
					"not in the stream" : "in the stream");
			tc_finding_told(f, guesses[i].verdict, "%s", guesses[i].says);
			return 0;
		}
	}
	tc_finding_untold(f, "a plain request is answered, but none with an urgent byte "
			  "in %.2g s each, neither whole nor without that byte",
			  (double)plain.wait / (double)TC_S);
	return 0;
}
