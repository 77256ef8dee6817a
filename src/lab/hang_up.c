/* SPDX-License-Identifier: BSD-2-Clause */
/* How connections of the lab end that the peer does not end; see lab.h. */
#include "own.h"

#define ECHO_WAIT (30 * TC_MS)		/* for what the peer says to our resets */
#define ECHO_MOST (300 * TC_MS)

#define BY_HAND 65536			/* an experiment sends no more than that beside snd_nxt */

static int reset(struct tc_lab *lab, struct tc_lab_conn *c, tc_seq at, struct tc_error *err)
{
	struct tc_lab_seg seg;

	tc_lab_make(c, TC_FLAG_RST | TC_FLAG_ACK, &seg);
	seg.seq = at;
	seg.window = 0;
	return tc_lab_put(lab, c, &seg, err);
}

/* An answer that no TCP gives but to refuse a call: RFC 9293 3.10.7.1, no ACK. */
static int refuse(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err)
{
	struct tc_lab_seg seg;
	int rc;

	tc_lab_make(c, TC_FLAG_RST | TC_FLAG_ACK, &seg);
	seg.seq = 0;
	seg.window = 0;
	rc = tc_lab_put(lab, c, &seg, err);
	c->end = TC_LAB_HUNG_UP;
	return rc < 0 ? rc : 0;
}

/* A reset counts only exactly at RCV.NXT (RFC 5961 3.2), which the peer's highest ACK says: also where
 * it took what an experiment sent by hand, and snd_nxt does not know of it. Behind SYNs alone it is
 * the number after the last of them. */
static tc_seq believed_at(const struct tc_lab_conn *c)
{
	if (c->opened && tc_seq_in(c->waits_for, c->snd_una, BY_HAND))
		return c->waits_for;
	return c->snd_una == c->iss ? c->iss + 1 : c->snd_una;
}

int tc_lab_hang_up(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err)
{
	bool nothing = c->snd_nxt == c->iss;	/* not even a SYN was sent */
	int rc = nothing || c->end != TC_LAB_ALIVE ? 0 : tc_lab_catch_up(lab, c, err);

	if (rc < 0)
		return rc;
	if (c->end == TC_LAB_ALIVE && nothing && lab->cfg.clients && c->flow.remote_port &&
	    !c->calls)
		return refuse(lab, c, err);
	if (c->end != TC_LAB_ALIVE || nothing) {
		c->end = c->end == TC_LAB_ALIVE ? TC_LAB_HUNG_UP : c->end;
		return 0;
	}
	rc = reset(lab, c, believed_at(c), err);
	c->end = TC_LAB_HUNG_UP;
	return rc < 0 ? rc : 0;
}

/* The peer may have more, or less, than we know: a challenge ACK to our reset, or a segment
 * that crossed it, says what it waits for, and that is reset at its own word. */
int tc_lab_reset_again(struct tc_lab *lab, const struct tc_lab_frame *seen,
		       struct tc_error *err)
{
	int rc = 0;

	if (seen->rx.kind == TC_RX_TCP && (seen->conn->end == TC_LAB_HUNG_UP ||
					   seen->conn->end == TC_LAB_NO_ANSWER) &&
	    (seen->rx.seg.flags & (TC_FLAG_RST | TC_FLAG_ACK)) == TC_FLAG_ACK)
		rc = reset(lab, seen->conn, seen->rx.seg.ack, err);
	return rc < 0 ? rc : 0;
}

void tc_lab_hear_out(struct tc_lab *lab)
{
	tc_time end = tc_clock_monotonic() + ECHO_MOST;
	struct tc_lab_frame *seen;

	for (;;) {
		tc_time now = tc_clock_monotonic();
		tc_time until = now + ECHO_WAIT < end ? now + ECHO_WAIT : end;

		if (now >= end || tc_lab_next(lab, NULL, until, &seen, NULL) <= 0 ||
		    tc_lab_reset_again(lab, seen, NULL) < 0)
			return;
	}
}
