/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 6191 (SHLD-4, MAY-2): may this SYN, which finds us in TIME-WAIT, begin a new
 * connection? Yes if it cannot be one of the old connection's. */
#include "tcp_int.h"

/* Only where a listener was can one be that takes it: a passive OPEN's connection. */
bool tc_tcp_may_reopen(const struct tc_step *s)
{
	const struct tc_tcb *t = s->t;
	const struct tc_seg *seg = &s->seg;
	bool newer_seq = tc_seq_geq(seg->seq, t->rcv_nxt);

	if (t->state != TC_ST_TIME_WAIT || !t->passive)
		return false;
	if (!(seg->flags & TC_FLAG_SYN) || seg->flags & (TC_FLAG_ACK | TC_FLAG_RST))
		return false;
	if (!t->ts_ok || !(seg->opts.present & TC_HAS_TS))
		return newer_seq;
	if (seg->opts.ts_val == t->ts_recent)
		return newer_seq;
	return tc_seq_gt(seg->opts.ts_val, t->ts_recent);
}
