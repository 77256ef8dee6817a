/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 9293 3.8.5: a point in the stream that the user hears of before it arrives. New
 * programs should not use it (SHLD-13); a TCP must have it (MUST-30). */
#include "own.h"

void tc_tcp_urg_queued(struct tc_tcb *t)
{
	t->snd_urg = true;
	t->snd_up = t->snd_end;
}

/* Every segment before the point carries it; 65535 says "further than that" (MUST-31). */
void tc_tcp_urg_fill(const struct tc_tcb *t, struct tc_seg *seg)
{
	uint32_t ahead = t->snd_up - seg->seq;

	if (!t->snd_urg || !tc_seq_gt(t->snd_up, seg->seq))
		return;
	seg->flags |= TC_FLAG_URG;
	seg->urg = ahead > UINT16_MAX ? UINT16_MAX : (uint16_t)ahead;
}

/* 3.10.7.4 sixth, MUST-32: told when there was none before, and when it advances. */
void tc_tcp_urg_received(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	tc_seq consumed = t->rcv_nxt - t->rcv_unread;

	if (!(s->seg.flags & TC_FLAG_URG))
		return;
	if (t->rcv_urg && tc_seq_leq(t->rcv_up, consumed))
		t->rcv_urg = false;
	if (!tc_seq_gt(s->seg_up, consumed))
		return;
	if (t->rcv_urg && !tc_seq_gt(s->seg_up, t->rcv_up))
		return;
	t->rcv_urg = true;
	t->rcv_up = s->seg_up;
	tc_tcp_notify(s, TC_NOTIFY_URGENT, NULL);
}
