/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection that begins again: a SYN that finds us in TIME-WAIT (RFC 6191; SHLD-4, MAY-2),
 * which may begin a new one if it cannot be of the old; a handshake that goes back to LISTEN.
 */
#include "own.h"

/* Only where a listener was can one be that takes it: a passive OPEN's connection. Where none is
 * any more the old connection stays, and its ACK answers as to any other SYN. */
bool tc_tcp_may_reopen(const struct tc_step *s)
{
	const struct tc_tcb *t = s->t;
	const struct tc_seg *seg = &s->seg;
	bool newer_seq = tc_seq_geq(seg->seq, t->rcv_nxt);

	if (t->state != TC_ST_TIME_WAIT || !t->passive || s->nobody_listens)
		return false;
	if (!(seg->flags & TC_FLAG_SYN) || seg->flags & (TC_FLAG_ACK | TC_FLAG_RST))
		return false;
	if (!t->ts_ok || !(seg->opts.present & TC_HAS_TS))
		return newer_seq;
	if (seg->opts.ts_val == t->ts_recent)
		return newer_seq;
	return tc_seq_gt(seg->opts.ts_val, t->ts_recent);
}

/* Where a passive OPEN goes back to (MUST-11). The next SYN,ACK has the same ISS: who
 * wants another for each attempt begins a new TCB. */
void tc_tcp_back_to_listen(struct tc_step *s, const char *clause)
{
	tc_tcp_forget_kept(s);
	tc_tcp_move_to(s, TC_ST_LISTEN, clause);
	tc_tcp_begin(s->t, s->t->iss, s->t->ts_offset, true);
}
