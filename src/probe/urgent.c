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
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

TC_DEFINE_EXPERIMENT(urgent, "urgent",
	"are urgent bytes taken out of the stream, and which (PROT, or --echo)",
	"RFC 9293 3.8.5, RFC 6093 2.1 and 3.1: the urgent pointer, and in-line",
	.ports = 16, .harmless = true, .needs = TC_NEEDS_LIFE, .asks = TC_ASKS_BOTH);

#define N 8u
#define POINTER 4u			/* into the payload */

static const uint8_t payload[N] = "abcdeijk";

/* What the application gets if these bytes of the payload are not in the stream. */
struct guess {
	unsigned at, lost;
	const char *verdict, *says;
};

static const struct guess guesses[] = {
	{ 0, 0, "in-line", "urgent data stays in the stream, as RFC 6093 wants it" },
	{ POINTER - 1, 1, "out-of-band", "the byte before the one the pointer names is taken out "
	  "of the stream: BSD's reading of the pointer, and Linux'" },
	{ POINTER, 1, "out-of-band-last", "the byte that the pointer names is taken out of the "
	  "stream: the reading of RFC 1122" },
	{ 0, POINTER, "cuts", "all bytes before the one that the pointer names are taken out of "
	  "the stream" },
};

/* What came of the last request, and of how many of them all. */
struct urgent {
	struct tc_lab_conn *conn;
	struct tc_lab_reply reply;
	bool right;			/* answered as the guess has it */
	uint32_t acked;			/* of its bytes */
	unsigned asked, resets;		/* not so much as acknowledged, but reset */
	unsigned all_acked;
};

/* The request as it shall arrive, and among it what shall not: the payload, whatever the guess. */
static int put(struct tc_lab *lab, struct tc_lab_conn *c, const struct guess *g,
	       const struct tc_lab_request *expect, struct tc_error *err)
{
	size_t at = expect->head + g->at, n = expect->bytes.len;
	uint8_t sent[TC_PACKET_MAX];
	struct tc_lab_seg seg;

	if (n + g->lost > sizeof sent)
		return tc_fail(err, -EMSGSIZE, "a request of %zu bytes does not fit into a segment",
			       n);
	memcpy(sent, expect->bytes.data, at);
	memcpy(sent + at, payload + g->at, g->lost);
	memcpy(sent + at + g->lost, (const uint8_t *)expect->bytes.data + at, n - at);
	tc_lab_make(c, TC_FLAG_ACK | TC_FLAG_PSH | TC_FLAG_URG, &seg);
	seg.urgent = (uint16_t)(expect->head + POINTER);
	seg.payload = sent;
	seg.len = n + g->lost;
	c->snd_nxt += (tc_seq)seg.len;
	return tc_lab_put(lab, c, &seg, err);
}

static void note(struct urgent *u, struct tc_lab_reply reply)
{
	bool all = u->conn->snd_una == u->conn->snd_nxt;

	u->reply = reply;
	u->acked = u->conn->snd_una - u->conn->iss - 1;
	u->asked++;
	u->all_acked += all;
	u->resets += reply.resets && !reply.bytes && !reply.closes && !all;
}

/* 1, and what came of it; 0: the connection could not be had. */
static int ask(struct tc_lab *lab, const struct guess *g, tc_time wait, struct urgent *u,
	       struct tc_error *err)
{
	struct tc_lab_request expect = { 0 };
	uint8_t kept[N];
	size_t n = 0;
	tc_seq first;
	int rc = tc_lab_connect(lab, &u->conn, NULL, err);

	u->right = false;
	if (rc <= 0)
		return rc;
	first = tc_lab_heard(u->conn);
	for (unsigned i = 0; i < N; i++)
		if (i < g->at || i >= g->at + g->lost)
			kept[n++] = payload[i];
	rc = tc_lab_request(lab, kept, n, &expect, err);
	if (rc >= 0)
		rc = put(lab, u->conn, g, &expect, err);
	if (rc >= 0)
		rc = tc_lab_answer(lab, u->conn, &expect, wait, &u->right, err);
	tc_buf_free(&expect.bytes);
	note(u, tc_lab_reply(lab, u->conn, first, 0));
	tc_lab_cite_all(lab, u->conn);
	if (rc >= 0)
		rc = tc_lab_hang_up(lab, u->conn, err);
	return rc < 0 ? rc : 1;
}

/* What is taken out of the stream has its numbers all the same. */
static void tell_right(struct tc_finding *f, const struct guess *g, const struct urgent *u)
{
	char behind[80] = "";

	if (u->acked < u->conn->snd_nxt - u->conn->iss - 1)
		snprintf(behind, sizeof behind, "; of its bytes no more than %" PRIu32 " are "
			 "acknowledged", u->acked);
	tc_finding_told(f, g->verdict, "%s%s", g->says, behind);
}

/* None of the guesses is right: what came all the same. */
static int tell_other(struct tc_finding *f, struct tc_lab *lab, const struct urgent *u, tc_time wait,
		      struct tc_error *err)
{
	const struct tc_lab_reply *r = &u->reply;
	char acked[64];

	if (u->all_acked && u->all_acked < u->asked)
		snprintf(acked, sizeof acked, "%u of %u are acknowledged", u->all_acked, u->asked);
	else
		snprintf(acked, sizeof acked, "it is%s acknowledged", u->all_acked ? "" :
			 " not even");
	if (u->resets == u->asked)
		tc_finding_told(f, "resets", "a segment with an urgent byte is reset, the same without "
				"it is answered");
	else if (u->resets)
		tc_finding_untold(f, "a plain request is answered, but none with an urgent byte as it "
				  "should be: %u of %u are reset", u->resets, u->asked);
	else if (r->bytes || r->resets || r->closes)
		return tc_finding_reply(f, lab, u->conn, r, "a request with an urgent byte", err);
	else
		tc_finding_untold(f, "a plain request is answered, but none with an urgent byte in "
				  "%.2g s each, neither whole nor without that byte: %s",
				  (double)wait / (double)TC_S, acked);
	return 0;
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_plain plain;
	struct tc_lab_conn *c;
	struct urgent u = { 0 };
	int rc = tc_lab_plain(lab, payload, N, &plain, &c, err);

	if (rc <= 0)
		return rc < 0 ? rc : tc_finding_blame(f, lab, c);
	rc = tc_finding_plain(f, lab, &plain, c, err);
	if (rc <= 0)
		return rc;
	for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++) {
		rc = ask(lab, &guesses[i], plain.wait, &u, err);
		if (rc <= 0)
			return rc < 0 ? rc : tc_finding_blame(f, lab, u.conn);
		if (u.right) {
			tc_finding_text(f, "urgent_byte", guesses[i].lost ? "not in the stream" :
					"in the stream");
			tell_right(f, &guesses[i], &u);
			return 0;
		}
	}
	return tell_other(f, lab, &u, plain.wait, err);
}
