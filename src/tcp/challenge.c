/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 5961: instead of believing a reset, SYN or ACK that a blind attacker could have
 * made, ask: a peer that meant it answers. Section 10: no more than some a second, which
 * also ends any exchange of ACKs that two confused ends might have.
 */
#include "own.h"

#define CHALLENGES_PER_SECOND 10

bool tc_tcp_challenge_allowed(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	if (s->now - t->challenge_since >= TC_S) {
		t->challenge_since = s->now;
		t->challenges = 0;
	}
	if (t->challenges >= CHALLENGES_PER_SECOND)
		return false;
	t->challenges++;
	return true;
}

void tc_tcp_challenge_ack(struct tc_step *s)
{
	if (tc_tcp_challenge_allowed(s))
		s->t->ack_now = true;
}

/* The ACK that an unacceptable segment gets. One to a bare ACK or to an old SYN is counted:
 * two ends that each find the other's ACKs wrong, or a peer that says SYN for ever, would
 * never stop. */
void tc_tcp_answer(struct tc_step *s)
{
	if (tc_seg_seq_len(&s->seg) && !(s->seg.flags & TC_FLAG_SYN))
		s->t->ack_now = true;
	else
		tc_tcp_challenge_ack(s);
}
