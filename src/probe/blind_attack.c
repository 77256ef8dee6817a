/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blind-attack: what one who does not see the connection could do to it (RFC 5961). Each
 * question is put to a connection of its own, by a segment that is somewhere in the window
 * and not exactly right: the peer must not believe it, but ask back by an ACK.
 */
#include "lab/lab.h"

#include <stdio.h>

TC_DEFINE_EXPERIMENT(blind_attack, "blind-attack",
	"whether a SYN, RST or data that is nearly right is believed",
	"RFC 5961 3.2 (RST), 4.2 (SYN), 5.2 (ACK), 7 (limit); RFC 9293 3.10.7.4",
	.ports = 32, .harmless = true, .needs = TC_NEEDS_LIFE, .asks = TC_ASKS_BOTH);

#define WAIT (400 * TC_MS)
#define FLOOD 20			/* SYNs at once */
#define FLOOD_WAIT TC_S
#define AGAIN_SOON (50 * TC_MS)	/* a host that is busy may be so late between the two */
#define OFF 100				/* numbers beside the right one */
#define FAR 0x40000000u
#define TRIES 4				/* a segment may be lost */

/* UNTOLD: on a connection that the peer ended itself, whose answers are those of its end. */
enum reaction { SILENCE, CHALLENGE, RESET, TAKEN, UNTOLD, REACTIONS };

static const char *const words[REACTIONS] = {
	[SILENCE] = "ignored", [CHALLENGE] = "challenge ACK", [RESET] = "reset",
	[TAKEN] = "taken", [UNTOLD] = "could not tell: the peer ended the connection itself",
};

struct question {
	const char *name;
	uint16_t flags;
	uint32_t seq_off, ack_off;	/* beside snd_nxt, rcv_nxt */
	bool data;
	enum reaction right, also;	/* what RFC 5961 (9293) says; a second that is allowed */
};

static const struct question questions[] = {
	{ "syn_in_window", TC_FLAG_SYN, OFF, 0, false, CHALLENGE, CHALLENGE },
	{ "syn_exact", TC_FLAG_SYN, 0, 0, false, CHALLENGE, CHALLENGE },
	{ "rst_in_window", TC_FLAG_RST, OFF, 0, false, CHALLENGE, CHALLENGE },
	{ "rst_exact", TC_FLAG_RST, 0, 0, false, RESET, RESET },
	{ "rst_outside", TC_FLAG_RST, FAR, 0, false, SILENCE, SILENCE },
	{ "data_old_ack", TC_FLAG_ACK | TC_FLAG_PSH, 0, 0u - FAR, true, CHALLENGE, SILENCE },
	{ "data_future_ack", TC_FLAG_ACK | TC_FLAG_PSH, 0, FAR, true, CHALLENGE, SILENCE },
};

#define QUESTIONS (sizeof questions / sizeof *questions)

static int put(struct tc_lab *lab, struct tc_lab_conn *c, const struct question *q,
	       struct tc_error *err)
{
	struct tc_lab_seg seg;

	tc_lab_make(c, q->flags, &seg);
	seg.seq += q->seq_off;
	seg.ack = q->flags & TC_FLAG_ACK ? c->rcv_nxt + q->ack_off : 0;
	seg.payload = "x";
	seg.len = q->data;
	return tc_lab_put(lab, c, &seg, err);
}

/* 0, and *out. An ACK that asks back does not say that data was dropped: that of the byte, which the
 * peer has taken all the same, may come behind it. */
static int await(struct tc_lab *lab, struct tc_lab_conn *c, const struct question *q,
		 enum reaction *out, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + WAIT;
	struct tc_lab_frame *seen;
	int rc;

	*out = SILENCE;
	while ((rc = tc_lab_next(lab, c, until, &seen, err)) > 0) {
		if (seen->rx.kind != TC_RX_TCP)
			continue;
		if (seen->rx.seg.flags & TC_FLAG_RST)
			*out = RESET;
		else if (q->data && seen->rx.seg.ack == c->snd_nxt + 1)
			*out = TAKEN;
		else if (seen->rx.seg.flags == TC_FLAG_ACK && !seen->rx.seg.len &&
			 seen->rx.seg.ack == c->snd_nxt)
			*out = CHALLENGE;
		else
			continue;
		seen->cited = true;
		if (*out != CHALLENGE || !q->data)
			return 0;
	}
	return rc;
}

/* A reset is answered by nothing, or seems to be asked back: is the connection gone? What the peer
 * says to an old byte tells. */
static int is_gone(struct tc_lab *lab, struct tc_lab_conn *c, bool *gone,
		   struct tc_error *err)
{
	int rc = tc_lab_confirm(lab, c, err);

	*gone = rc == 0 && c->end == TC_LAB_RESET;
	tc_lab_cite_all(lab, c);
	return rc;
}

/* Some answer an old byte twice: as soon again as the answer came, and some, whatever comes is none
 * to what is asked next. */
static int confirm(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err)
{
	tc_time asked = tc_clock_monotonic(), now;
	struct tc_lab_frame *seen;
	int rc = tc_lab_confirm(lab, c, err), more = rc;

	now = tc_clock_monotonic();
	while (more > 0 && c->end == TC_LAB_ALIVE)
		more = tc_lab_next(lab, c, 2 * now - asked + AGAIN_SOON, &seen, err);
	return more < 0 ? more : rc;
}

/* On an open connection that holds so far. */
static int question(struct tc_lab *lab, const struct question *q, struct tc_lab_conn *c,
		    enum reaction *r, struct tc_error *err)
{
	bool gone = false;
	int rc = tc_lab_cite_sent(lab, put(lab, c, q, err));

	if (rc >= 0)
		rc = await(lab, c, q, r, err);
	if (rc >= 0 && *r != RESET && q->flags & TC_FLAG_RST)
		rc = is_gone(lab, c, &gone, err);
	if (gone)
		*r = RESET;
	if (c->peer_fin && *r != TAKEN)
		*r = UNTOLD;
	return rc < 0 ? rc : 1;
}

/* 1 and *r; 0: no connection could be had, or it fell silent. It is hung up: some servers have room
 * for few, and would close the next. */
static int ask_once(struct tc_lab *lab, const struct question *q, struct tc_lab_conn **c,
		    enum reaction *r, struct tc_error *err)
{
	int rc = tc_lab_connect(lab, c, NULL, err), hung;

	*r = SILENCE;
	if (rc <= 0)
		return rc;
	rc = confirm(lab, *c, err);
	if (rc >= 0 && ((*c)->peer_fin || (*c)->end == TC_LAB_RESET))
		*r = UNTOLD;
	else if (rc > 0)
		rc = question(lab, q, *c, r, err);
	if (*r == UNTOLD)
		tc_lab_cite_all(lab, *c);
	if (rc < 0 || (rc == 0 && *r != UNTOLD))
		return rc;
	hung = tc_lab_hang_up(lab, *c, err);
	return hung < 0 ? hung : 1;
}

/* 1 and *r; 0 when the connection could not be had. What is not right is asked again. */
static int ask(struct tc_lab *lab, const struct question *q, struct tc_lab_conn **c,
	       enum reaction *r, struct tc_error *err)
{
	enum reaction last;
	int rc = 1;

	*r = UNTOLD;
	for (int i = 0; i < TRIES && rc > 0 && *r != q->right; i++) {
		rc = ask_once(lab, q, c, &last, err);
		if (rc > 0 && last != UNTOLD)	/* that one takes nothing back */
			*r = last;
	}
	return rc;
}

/* Of FLOOD SYNs in the window *n are answered; does the connection last? 1; 0: there was none. */
static int flood(struct tc_lab *lab, unsigned *n, bool *lasts, struct tc_error *err)
{
	struct tc_lab_conn *c;
	struct tc_lab_frame *seen;
	tc_time until;
	int rc = tc_lab_connect(lab, &c, NULL, err);

	*n = 0;
	*lasts = false;
	if (rc <= 0)
		return rc;
	for (int i = 0; i < FLOOD && rc >= 0; i++)
		rc = put(lab, c, &questions[0], err);
	until = tc_clock_monotonic() + FLOOD_WAIT / 4;
	while (rc >= 0 && (rc = tc_lab_next(lab, c, until, &seen, err)) > 0)
		*n += seen->rx.kind == TC_RX_TCP && seen->rx.seg.flags == TC_FLAG_ACK &&
		      !seen->rx.seg.len;
	*lasts = c->end == TC_LAB_ALIVE && !c->peer_fin;
	if (rc >= 0)
		rc = tc_lab_hang_up(lab, c, err);
	return rc < 0 ? rc : 1;
}

/* Where none is answered, or the connection ends meanwhile, that is no limit. */
static int rate_limit(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	unsigned n = 0;
	bool lasts = false;
	int rc = 1;

	for (int i = 0; i < TRIES && rc > 0 && !(lasts && n); i++)
		rc = flood(lab, &n, &lasts, err);
	if (rc < 0)
		return rc;
	if (lasts)
		tc_finding_number(f, "challenges_of_20", n);
	if (lasts && n)
		tc_finding_text(f, "rate_limit", "%s", n < FLOOD ? "yes" : "none in 20");
	else
		tc_finding_note(f, "rate_limit", "could not tell: %s", lasts ?
				"none was answered" : "no connection lasted");
	return 0;
}

struct result {
	unsigned right, asked, untold;
	bool syn_kills, rst_kills, data_taken, any_rst;
};

static void judge(struct result *res, const struct question *q, enum reaction r)
{
	bool spoofed = q->right == CHALLENGE;

	if (r == UNTOLD) {
		res->untold++;
		return;
	}
	res->asked++;
	res->right += r == q->right || r == q->also;
	res->syn_kills |= spoofed && q->flags == TC_FLAG_SYN && r == RESET;
	res->rst_kills |= spoofed && q->flags == TC_FLAG_RST && r == RESET;
	res->any_rst |= q->seq_off == FAR && r == RESET;
	res->data_taken |= spoofed && q->data && r == TAKEN;
}

/* By how much the one RST of FAR is beside. */
#define FAR_ENDS "a RST 2^30 ahead of the window ends the connection"

static void tell(struct tc_finding *f, const struct result *r)
{
	char ways[80];

	snprintf(ways, sizeof ways, "%s%s%s%s%s", r->syn_kills ? "a SYN" : "",
		 r->syn_kills && r->rst_kills ? " or " : "", r->rst_kills ? "a RST" : "",
		 r->data_taken && (r->syn_kills || r->rst_kills) ? ", and " : "",
		 r->data_taken ? "data" : "");
	tc_finding_number(f, "as_rfc5961", r->right);
	tc_finding_number(f, "questions", r->asked);
	if (r->untold && r->right == r->asked) {
		tc_finding_untold(f, "%u of %u answers are those of RFC 5961, but for %u question%s "
				  "the %s ended each connection itself", r->right, r->asked,
				  r->untold, r->untold == 1 ? "" : "s", f->peer);
		return;
	}
	tc_finding_value(f, r->right);
	if (r->right == r->asked)
		tc_finding_told(f, "rfc5961", "%u of %u answers are those of RFC 5961: what is "
				"not exactly right is asked back, not believed", r->right,
				r->asked);
	else if (*ways || r->any_rst)
		tc_finding_told(f, "vulnerable", "%u of %u answers are those of RFC 5961; %s%s%s%s",
				r->right, r->asked, *ways ? "who guesses a number in the window "
				"can do harm with " : "", ways, *ways && r->any_rst ? "; " : "",
				!r->any_rst ? "" : *ways ? FAR_ENDS ", too" : FAR_ENDS);
	else
		tc_finding_told(f, "partly", "%u of %u answers are those of RFC 5961; none of "
				"the others lets an attacker in", r->right, r->asked);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct result res = { 0 };
	struct tc_lab_conn *c;
	enum reaction r;
	int rc;

	for (size_t i = 0; i < QUESTIONS; i++) {
		rc = ask(lab, &questions[i], &c, &r, err);
		if (rc <= 0)
			return rc < 0 ? rc : tc_finding_blame(f, lab, c);
		(r == UNTOLD ? tc_finding_note : tc_finding_text)(f, questions[i].name, "%s",
								  words[r]);
		judge(&res, &questions[i], r);
	}
	rc = rate_limit(lab, f, err);
	if (rc >= 0)
		tell(f, &res);
	return rc;
}
