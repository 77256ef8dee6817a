/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * paws: on a connection with timestamps, data whose timestamp is older than the last one
 * must be dropped and answered with an ACK, as a segment of before the numbers wrapped; the
 * same with a current one is taken.
 */
#include "lab/lab.h"

#include <stdio.h>

TC_DEFINE_EXPERIMENT(paws, "paws",
	"is data with an old timestamp dropped",
	"RFC 7323 5.3 R1: not acceptable, an acknowledgment is sent",
	.ports = 16, .harmless = true, .needs = TC_NEEDS_LIFE, .asks = TC_ASKS_BOTH);

#define WAIT TC_S
#define AGE 10000000u			/* ticks of ours: ms */

static int react(struct tc_lab *lab, struct tc_lab_conn *c, const char *options,
		 enum tc_lab_reaction *r, struct tc_error *err)
{
	struct tc_lab_seg seg;
	tc_seq next = c->snd_nxt;
	int rc;

	tc_lab_make_byte(c, 0, &seg);
	if (options)
		seg.options = options;
	rc = tc_lab_react(lab, c, &seg, tc_lab_wait(lab, WAIT), r, err);
	if (!tc_lab_took(*r))
		c->snd_nxt = next;	/* the byte is to come again */
	return rc;
}

static void judge(struct tc_finding *f, enum tc_lab_reaction old, enum tc_lab_reaction good)
{
	tc_finding_text(f, "old", "%s", tc_lab_reaction_name(old));
	if (tc_lab_took(old))
		tc_finding_note(f, "current", "not asked: the old one was taken");
	else
		tc_finding_text(f, "current", "%s", tc_lab_reaction_name(good));
	if (tc_lab_took(old))
		tc_finding_told(f, "no-paws", "data with an old timestamp is acknowledged: old "
				"duplicates are not told apart");
	else if (!tc_lab_took(good))
		tc_finding_untold(f, "data with a current timestamp is not acknowledged "
				  "either (%s)", tc_lab_reaction_name(good));
	else if (old == TC_LAB_ASKS)
		tc_finding_told(f, "paws", "data with an old timestamp is dropped and answered "
				"with an ACK, as RFC 7323 5.3 R1 says");
	else
		tc_finding_told(f, "drops", "data with an old timestamp is dropped (%s): RFC "
				"7323 5.3 R1 wants an ACK", tc_lab_reaction_name(old));
}

static int ask(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_finding *f,
	       struct tc_error *err)
{
	enum tc_lab_reaction old, good = TC_LAB_SILENT;
	char options[64];
	int rc;

	snprintf(options, sizeof options, "nop,nop,TS val %u ecr %u",
		 (unsigned)(tc_clock_monotonic() / TC_MS) - AGE, c->ts_recent);
	rc = react(lab, c, options, &old, err);
	if (rc >= 0 && !tc_lab_took(old))
		rc = react(lab, c, NULL, &good, err);
	if (rc >= 0)
		judge(f, old, good);
	return rc;
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_conn *c;
	struct tc_lab_open how = { .ts = true };
	char options[64];
	int rc;

	snprintf(options, sizeof options, "mss %u,sackOK,TS val %u ecr 0",
		 tc_lab_mss(lab), (unsigned)(tc_clock_monotonic() / TC_MS));
	how.options = options;
	rc = tc_lab_begin(lab, f, &c, &how, err);
	if (rc <= 0)
		return rc;
	if (!c->ts_ok) {
		tc_lab_cite_all(lab, c);
		tc_finding_told(f, "no-timestamps", "the peer does not take up timestamps, and "
				"PAWS needs them");
		return 0;
	}
	return ask(lab, c, f, err);
}
