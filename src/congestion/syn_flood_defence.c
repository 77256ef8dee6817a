/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syn-flood-defence: SYNs that are never completed, some hundreds of them, and what the next one
 * gets: a SYN,ACK as before, one without its options (a SYN cookie has no room for them), or
 * none. All are reset at the end.
 */
#include "lab/lab.h"

#include <tcpcraft/error.h>

TC_DEFINE_EXPERIMENT(syn_flood_defence, "syn-flood-defence",
	"what the next SYN gets when hundreds are not completed",
	"RFC 4987 3.6 (SYN cookies: options are lost), 3.4 (oldest half-open recycled)",
	.ports = 512, .needs = TC_NEEDS_LIFE);

#define FLOOD 300u
#define SYN_WAIT (300 * TC_MS)		/* for each of */
#define SYNS 3				/* one may be lost; those that come later, or again, find
					 * that Linux has let go of some of the others */
#define OPTIONS "mss 1400,nop,wscale 7,nop,nop,sackOK"
#define LIVES TC_S			/* a half-open connection, at least: until its SYN,ACK is
					 * repeated (RFC 6298 2.1), when Linux may let go of it */
#define LOST (TC_HAS_WSCALE | TC_HAS_SACK_OK)

static void judge(struct tc_finding *f, const struct tc_lab_conn *before,
		  const struct tc_lab_conn *c, bool takes, tc_time took)
{
	const unsigned had = before->peer.present & LOST, has = c->peer.present & LOST;

	tc_finding_text(f, "takes_a_byte", takes ? "yes" : "no");
	if (!had)
		tc_finding_untold(f, "it agrees to no option that a cookie could lose");
	else if (has != had)
		tc_finding_told(f, "cookies", "when SYNs are many, the next SYN,ACK has lost %s: a "
				"SYN cookie, which has no room for it%s",
				had & ~has & TC_HAS_WSCALE ? had & ~has & TC_HAS_SACK_OK ?
				"window scaling and SACK" : "window scaling" : "SACK",
				takes ? ", and the connection works" : "");
	else if (took > LIVES)
		tc_finding_untold(f, "until the next one was answered %.1f s had passed, "
				  "and a peer may let go of the first of %u SYNs after "
				  "%.0f s: ask with a higher --rate, or on a machine "
				  "that is less busy", (double)took / TC_S, FLOOD,
				  (double)LIVES / TC_S);
	else
		tc_finding_told(f, "holds", "%u SYNs that are not completed change nothing for the "
				"next one: its options are agreed to as before", FLOOD);
}

static int flood(struct tc_lab *lab, unsigned n, struct tc_error *err)
{
	struct tc_lab_seg seg;
	int rc = 0;

	for (unsigned i = 0; i < n && rc >= 0; i++) {
		struct tc_lab_conn *c = tc_lab_conn(lab);

		if (!c)
			return tc_nomem(err);
		tc_lab_make(c, TC_FLAG_SYN, &seg);
		seg.options = OPTIONS;
		c->snd_nxt = c->iss + 1;
		rc = tc_lab_put(lab, c, &seg, err);
	}
	return rc < 0 ? rc : 0;
}

static int ask(struct tc_lab *lab, struct tc_lab_conn *c, bool *takes, struct tc_error *err)
{
	enum tc_lab_reaction r;
	int rc = tc_lab_react_byte(lab, c, 0, &r, err);

	*takes = r == TC_LAB_TAKES;
	return rc;
}

/* The next one, of three, that is answered: 1; 0: none, or as (*c)->end says. */
static int next_one(struct tc_lab *lab, struct tc_lab_conn **c, struct tc_error *err)
{
	const struct tc_lab_open how = { .options = OPTIONS, .once = true,
					 .wait = tc_lab_wait(lab, SYN_WAIT) };
	int rc = 0;

	for (unsigned i = 0; i < SYNS && rc == 0; i++) {
		rc = tc_lab_connect(lab, c, &how, err);
		if (rc < 0)
			break;
		tc_lab_cite_all(lab, *c);
		if ((*c)->end != TC_LAB_NO_ANSWER)
			break;
	}
	return rc;
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	const struct tc_lab_open how = { .options = OPTIONS };
	struct tc_lab_conn *before, *c = NULL;
	bool takes = false;
	tc_time began, took;
	int rc = tc_lab_begin(lab, f, &before, &how, err);

	if (rc <= 0)
		return rc;
	tc_lab_cite_all(lab, before);
	began = tc_clock_monotonic();
	rc = flood(lab, FLOOD, err);
	if (rc >= 0)
		rc = next_one(lab, &c, err);
	took = tc_clock_monotonic() - began;
	if (rc == 0 && c->end == TC_LAB_NO_ANSWER)
		tc_finding_told(f, "drops", "when %u SYNs are not completed, the next ones get no "
				"answer: whoever floods shuts others out", FLOOD);
	else if (rc == 0)
		tc_finding_blame(f, lab, c);
	if (rc <= 0)
		return rc;
	rc = ask(lab, c, &takes, err);
	tc_lab_cite_all(lab, c);
	if (rc >= 0)
		judge(f, before, c, takes, took);
	return rc < 0 ? rc : 0;
}
