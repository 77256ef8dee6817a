/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * overlap: two segments with different bytes at the same place, behind a hole, so that both
 * are waiting when it is filled: which of them does the application get? Each way to overlap
 * is tried with the request that is right if the first wins, and with that which is right if
 * the second does. (Needs --echo, or a PROT server.) Intrusion detection that decides
 * otherwise than the host sees another conversation.
 */
#include "lab/lab.h"

#include <tcpcraft/seq.h>

#include <stdio.h>
#include <string.h>

TC_DEFINE_EXPERIMENT(overlap, "overlap",
	"whose bytes win where segments overlap (PROT, or --echo)",
	"RFC 9293 3.10.7.4: it does not say; RFC 1858 and RFC 5722 tell of the danger",
	.ports = 32, .harmless = true, .needs = TC_NEEDS_LIFE, .asks = TC_ASKS_BOTH);

#define TRIES 4				/* in turns: one of its segments may be lost */
#define N 5u				/* bytes of payload; the first is the hole */

/* Their differences, and those of each part that overlaps, leave another XOR. */
static const uint8_t first[N] = "abcde", second[N] = "?QXGZ";

static const struct way {
	const char *name;
	struct { uint8_t at, len; } first, second;
} ways[] = {
	{ "same_place", { 1, 4 }, { 1, 4 } },
	{ "begins_before", { 3, 2 }, { 1, 3 } },
	{ "begins_within", { 1, 3 }, { 3, 2 } },
	{ "covers", { 2, 2 }, { 1, 4 } },
	{ "begins_there_longer", { 1, 2 }, { 1, 4 } },
	{ "inside", { 1, 4 }, { 2, 2 } },
};

#define WAYS (sizeof ways / sizeof *ways)

/* In the order of ways: 1, the first segment's bytes win, or 2. */
static const struct policy {
	const char *wins, *verdict, *says;
} policies[] = {
	{ "111111", "first", "the bytes that came first stay, whatever comes later" },
	{ "222222", "last", "the bytes that came last replace what was there" },
	{ "121211", "bsd", "what came first stays, unless the later segment begins before it "
	  "(BSD's policy)" },
	{ "121221", "linux", "what came first stays, unless the later segment begins before it "
	  "or covers it and more (Linux' policy)" },
};

/* As the application sees it if the first wins, or the second. */
static void outcome(const struct way *w, bool first_wins, uint8_t *payload)
{
	memcpy(payload, first_wins ? second : first, N);
	if (first_wins)
		memcpy(payload + w->first.at, first + w->first.at, w->first.len);
	else
		memcpy(payload + w->second.at, second + w->second.at, w->second.len);
	payload[0] = '-';
}

static int put(struct tc_lab *lab, struct tc_lab_conn *c, tc_seq seq, const uint8_t *bytes,
	       size_t n, struct tc_error *err)
{
	struct tc_lab_seg seg;

	tc_lab_make(c, TC_FLAG_ACK | TC_FLAG_PSH, &seg);
	seg.seq = seq;
	seg.payload = bytes;
	seg.len = n;
	return tc_lab_cite_sent(lab, tc_lab_put(lab, c, &seg, err));
}

/* The head, the two, the hole, the tail. */
static int say(struct tc_lab *lab, struct tc_lab_conn *c, const struct way *w,
	       const struct tc_lab_request *r, struct tc_error *err)
{
	const uint8_t *bytes = r->bytes.data;
	tc_seq start = c->snd_nxt, body = start + (tc_seq)r->head;
	int rc = 0;

	c->snd_nxt += (tc_seq)r->bytes.len;
	if (r->head)
		rc = put(lab, c, start, bytes, r->head, err);
	if (rc >= 0)
		rc = put(lab, c, body + w->first.at, first + w->first.at, w->first.len, err);
	if (rc >= 0)
		rc = put(lab, c, body + w->second.at, second + w->second.at, w->second.len,
			 err);
	if (rc >= 0)
		rc = put(lab, c, body, bytes + r->head, 1, err);
	if (rc >= 0 && r->tail)
		rc = put(lab, c, body + N, bytes + r->head + N, r->tail, err);
	return rc;
}

struct guess {
	struct tc_lab_conn *conn;
	tc_seq hole;			/* the number of the byte that comes last */
	tc_seq heard;			/* the number behind what it said before */
	bool right;
};

static int guess(struct tc_lab *lab, const struct way *w, tc_time wait, bool first_wins,
		 struct guess *g, struct tc_error *err)
{
	struct tc_lab_request request = { 0 };
	struct tc_lab_open how = { 0 };
	char options[40];
	uint8_t payload[N];
	int rc;

	/* some keep what is behind a hole only for who takes SACK; a client's SYN decides itself */
	snprintf(options, sizeof options, "mss %u,sackOK", tc_lab_mss(lab));
	how.options = lab->cfg.clients ? NULL : options;
	rc = tc_lab_connect(lab, &g->conn, &how, err);
	g->right = false;
	if (rc <= 0)
		return rc;
	g->heard = tc_lab_heard(g->conn);
	outcome(w, first_wins, payload);
	rc = tc_lab_request(lab, payload, N, &request, err);
	g->hole = g->conn->snd_nxt + (tc_seq)request.head;
	if (rc >= 0)
		rc = say(lab, g->conn, w, &request, err);
	if (rc >= 0)
		rc = tc_lab_answer(lab, g->conn, &request, wait, &g->right, err);
	tc_buf_free(&request.bytes);
	if (rc >= 0)
		rc = tc_lab_hang_up(lab, g->conn, err);
	return rc < 0 ? rc : 1;
}

/* '1', '2', or '?' for neither; 0: there is no connection to be had. */
static int try(struct tc_lab *lab, const struct way *w, tc_time wait, char *wins,
	       struct tc_lab_conn **conn, struct tc_error *err)
{
	struct guess g = { 0 };
	int rc = 1;

	*wins = '?';
	for (unsigned i = 0; i < TRIES && rc > 0 && !g.right; i++) {
		char c = "12"[i % 2];

		rc = guess(lab, w, wait, c == '1', &g, err);
		if (g.right)
			*wins = c;
	}
	*conn = g.conn;
	return rc;
}

static void judge(struct tc_finding *f, const char *wins)
{
	unsigned neither = 0;

	for (size_t i = 0; i < WAYS; i++) {
		tc_finding_text(f, ways[i].name, "%s", wins[i] == '1' ? "first" :
				wins[i] == '2' ? "second" : "neither");
		neither += wins[i] == '?';
	}
	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
		if (strcmp(policies[i].wins, wins) == 0) {
			tc_finding_told(f, policies[i].verdict, "of bytes that overlap, %s",
					policies[i].says);
			return;
		}
	if (neither == WAYS)
		tc_finding_untold(f, "a plain request is answered, and one with a hole "
				  "that is filled later, but none with bytes that overlap");
	else if (neither)
		tc_finding_told(f, "other", "of bytes that overlap, the first or the second "
				"segment's win by a rule of its own, and in %u of the six ways "
				"neither makes a request that is answered: see them", neither);
	else
		tc_finding_told(f, "other", "of bytes that overlap, the first or the second "
				"segment's win by a rule of its own: see the six ways");
}

/* Who says other bytes, or ends the connection, need not have missed one: its application may want
 * all at once. */
static int tell_hole(struct tc_finding *f, const struct tc_lab *lab, const struct guess *g,
		     tc_time wait)
{
	struct tc_lab_reply r = tc_lab_reply(lab, g->conn, g->heard, 0);
	char text[TC_REPLY_TEXT];

	if (g->conn->waits_for == g->hole + 1 && !r.closes && !r.resets)
		tc_finding_told(f, "keeps-none", "a request in order is answered, of one whose "
				"second byte comes before the first no more than the first is "
				"acknowledged, in %.2g s: what is behind a hole is not kept, so "
				"that nothing can overlap there", (double)wait / (double)TC_S);
	else if (r.bytes || r.closes || r.resets)
		tc_finding_untold(f, "a request in order is answered, but %s", tc_lab_reply_text(&r,
				  "one whose second byte comes before the first", "the server",
				  text));
	else if (tc_seq_gt(g->conn->waits_for, g->hole + 1))
		tc_finding_untold(f, "a request in order is answered, one whose second byte comes "
				  "before the first is acknowledged, but not answered, in %.2g s",
				  (double)wait / (double)TC_S);
	else
		tc_finding_told(f, "keeps-none", "a request in order is answered, one whose second "
				"byte comes before the first is not, in %.2g s: what is behind a "
				"hole is not kept, so that nothing can overlap there",
				(double)wait / (double)TC_S);
	return 0;
}

/*
 * Another control: a hole that is filled later, and nothing that overlaps. A receiver need
 * not keep what comes behind a hole (RFC 9293 3.10.7.4: SHLD-31); then no bytes are there to
 * overlap. 1: it keeps them; 0: the finding is made.
 */
static int ask_hole(struct tc_lab *lab, struct tc_finding *f, tc_time wait,
		    struct tc_error *err)
{
	static const struct way apart = { "", { 1, 2 }, { 3, 2 } };
	struct guess g = { 0 };
	int rc = 1;

	for (unsigned i = 0; i < TRIES && !g.right && rc > 0; i++)
		rc = guess(lab, &apart, wait, true, &g, err);
	if (rc == 0)
		tc_finding_blame(f, lab, g.conn);
	if (rc <= 0 || g.right)
		return rc;
	return tell_hole(f, lab, &g, wait);
}

static int ask_plain(struct tc_lab *lab, struct tc_finding *f, tc_time *wait,
		     struct tc_error *err)
{
	uint8_t payload[N];
	struct tc_lab_plain plain;
	struct tc_lab_conn *c = NULL;
	int rc;

	outcome(&ways[0], true, payload);
	rc = tc_lab_plain(lab, payload, N, &plain, &c, err);
	if (rc <= 0)
		return rc < 0 ? rc : tc_finding_blame(f, lab, c);
	*wait = plain.wait;
	rc = tc_finding_plain(f, lab, &plain, c, err);
	return rc > 0 ? ask_hole(lab, f, *wait, err) : rc;
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_conn *c = NULL;
	char wins[WAYS + 1] = "";
	tc_time wait = 0;
	int rc = ask_plain(lab, f, &wait, err);

	if (rc <= 0)
		return rc;
	for (size_t i = 0; i < WAYS; i++) {
		rc = try(lab, &ways[i], wait, &wins[i], &c, err);
		if (rc <= 0)
			return rc < 0 ? rc : tc_finding_blame(f, lab, c);
	}
	judge(f, wins);
	return 0;
}
