/* SPDX-License-Identifier: BSD-2-Clause */
/* May this segment be one of the peer's? Asked before anything of it is believed (RFC 5961). */
#include "own.h"

/* Of data that was sent, and not older than a window (RFC 5961 section 5, MAY-12). */
bool tc_tcp_ack_is_plausible(const struct tc_step *s)
{
	const struct tc_tcb *t = s->t;

	return s->seg.flags & TC_FLAG_ACK && !tc_seq_gt(s->seg.ack, t->snd_max) &&
	       !tc_seq_lt(s->seg.ack, t->snd_una - t->max_snd_wnd);
}
