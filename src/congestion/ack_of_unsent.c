/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ack-of-unsent: an ACK of what the peer never sent, in an open connection and instead of the
 * handshake's third segment. The byte that it brings must not be taken.
 */
#include "lab/lab.h"

#include <tcpcraft/error.h>

TC_DEFINE_EXPERIMENT(ack_of_unsent, "ack-of-unsent",
	"what an ACK of something never sent does, in both states",
	"RFC 9293 3.10.7.4 fifth: ESTABLISHED answers with an ACK and drops it, SYN-RECEIVED resets",
	.ports = 8, .needs = TC_NEEDS_LIFE);

#define AHEAD 1000
#define WAIT TC_S

static int in_established(struct tc_lab *lab, struct tc_finding *f, enum tc_lab_reaction *ahead,
			  enum tc_lab_reaction *right, struct tc_error *err)
{
	struct tc_lab_seg seg;
	struct tc_lab_conn *c;
	int rc = tc_lab_begin(lab, f, &c, NULL, err);

	if (rc <= 0)
		return rc;
	tc_lab_make_byte(c, 0, &seg);
	seg.ack += AHEAD;
	rc = tc_lab_react(lab, c, &seg, tc_lab_wait(lab, WAIT), ahead, err);
	if (rc < 0 || *ahead == TC_LAB_RESETS || tc_lab_took(*ahead))
		return rc < 0 ? rc : 1;
	seg.ack -= AHEAD;
	rc = tc_lab_react(lab, c, &seg, tc_lab_wait(lab, WAIT), right, err);
	return rc < 0 ? rc : 1;
}

/* What answers a third segment that acknowledges too much. 1; 0: no SYN,ACK came. */
static int in_handshake(struct tc_lab *lab, enum tc_lab_reaction *r, struct tc_error *err)
{
	struct tc_lab_conn *c = tc_lab_conn(lab);
	tc_time until = tc_clock_monotonic() + lab->timeout;
	struct tc_lab_frame *seen;
	struct tc_lab_seg seg;
	int rc;

	if (!c)
		return tc_nomem(err);
	rc = tc_lab_send(lab, c, TC_FLAG_SYN, NULL, 0, err);
	while (rc >= 0 && (rc = tc_lab_next(lab, c, until, &seen, err)) > 0)
		if (seen->rx.kind == TC_RX_TCP && seen->rx.seg.flags & TC_FLAG_SYN)
			break;
	if (rc <= 0)
		return rc;
	c->rcv_nxt = seen->rx.seg.seq + 1;
	seen->cited = true;
	tc_lab_make(c, TC_FLAG_ACK, &seg);
	seg.ack += AHEAD;
	rc = tc_lab_react(lab, c, &seg, tc_lab_wait(lab, WAIT), r, err);
	return rc < 0 ? rc : 1;
}

static void tell(struct tc_finding *f, enum tc_lab_reaction ahead, enum tc_lab_reaction right,
		 enum tc_lab_reaction third)
{
	tc_finding_text(f, "established", "%s", tc_lab_reaction_name(ahead));
	tc_finding_text(f, "handshake", "%s", tc_lab_reaction_name(third));
	if (tc_lab_took(ahead))
		tc_finding_told(f, "takes", "a byte is taken that comes with an ACK of what was "
				"never sent");
	else if (ahead == TC_LAB_RESETS)
		tc_finding_told(f, "resets", "an ACK of what was never sent ends the connection");
	else if (!tc_lab_took(right))
		tc_finding_untold(f, "the byte is not taken with the right ACK either");
	else if (ahead == TC_LAB_ASKS)
		tc_finding_told(f, "answers", "an ACK of what was never sent is answered with an "
				"ACK, and its byte dropped, as it should be");
	else
		tc_finding_told(f, "drops", "an ACK of what was never sent is dropped in silence, "
				"with its byte: an ACK should tell its sender");
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	enum tc_lab_reaction ahead = TC_LAB_SILENT, right = TC_LAB_SILENT, third = TC_LAB_SILENT;
	int rc = in_established(lab, f, &ahead, &right, err);

	if (rc > 0)
		rc = in_handshake(lab, &third, err);
	if (rc < 0 || f->verdict[0])
		return rc < 0 ? rc : 0;
	tell(f, ahead, right, third);
	return 0;
}
