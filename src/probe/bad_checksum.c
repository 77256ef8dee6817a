/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bad-checksum: what becomes of a segment whose checksum is wrong, and of the same with the
 * right one. The wrong one is sent first, so that an ACK can only be for it.
 */
#include "lab/lab.h"

TC_DEFINE_EXPERIMENT(bad_checksum, "bad-checksum",
	"is a segment with a wrong checksum dropped",
	"RFC 9293 3.1, MUST-3: the receiver must check the checksum",
	.ports = 16, .harmless = true, .needs = TC_NEEDS_LIFE, .asks = TC_ASKS_BOTH);

#define WAIT TC_S			/* longer than an ACK may be delayed: 0.5 s */

static void judge(struct tc_finding *f, enum tc_lab_reaction bad, enum tc_lab_reaction good)
{
	tc_finding_text(f, "wrong", "%s", tc_lab_reaction_name(bad));
	tc_finding_text(f, "right", "%s", tc_lab_reaction_name(good));
	if (bad == TC_LAB_SILENT && tc_lab_took(good))
		tc_finding_told(f, "drops", "a segment with a wrong checksum is dropped without "
				"a word, the same with the right one acknowledged: as MUST-3 "
				"says");
	else if (bad == TC_LAB_SILENT)
		tc_finding_untold(f, "the segment with the right checksum was not "
				  "acknowledged either (%s)", tc_lab_reaction_name(good));
	else if (tc_lab_took(bad))
		tc_finding_told(f, "accepts", "a segment with a wrong checksum is acknowledged: "
				"the receiver does not check it, against MUST-3");
	else
		tc_finding_told(f, "answers", "a segment with a wrong checksum is %s: it should "
				"be dropped without a word", tc_lab_reaction_name(bad));
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	tc_time wait = tc_lab_wait(lab, WAIT);
	struct tc_lab_conn *c;
	enum tc_lab_reaction bad, good;
	struct tc_lab_seg seg;
	int rc = tc_lab_begin(lab, f, &c, NULL, err);

	if (rc <= 0)
		return rc;
	tc_lab_make_byte(c, 0, &seg);
	seg.set[0].field = "tcp.checksum";
	seg.set[0].value = "bad";
	rc = tc_lab_react(lab, c, &seg, wait, &bad, err);
	seg.set[0].field = NULL;
	if (rc >= 0)
		rc = tc_lab_react(lab, c, &seg, wait, &good, err);
	if (rc >= 0)
		judge(f, bad, good);
	return rc;
}
