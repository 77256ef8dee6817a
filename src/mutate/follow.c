/* SPDX-License-Identifier: BSD-2-Clause */
/* The surgery's memory where the connection follows what went out (--follow-wire): which
 * numbers a changed segment has, and that its retransmissions are changed the same way. */
#include "own.h"

void tc_piece_number(struct piece *pc)
{
	const struct tc_packet *p = &pc->p;
	int tcp = tc_packet_layer(p, tc_header_get(TC_HDR_TCP), 0);

	if (pc->raw || tcp < 0)
		return;
	pc->numbered = true;
	pc->from = (tc_seq)tc_packet_get(p, tcp, TC_TCP_SEQ);
	pc->to = pc->from + (tc_seq)(tc_packet_offset(p, (int)p->n) -
				     tc_packet_offset(p, tcp + 1)) +
		 (tc_seq)tc_packet_get(p, tcp, TC_TCP_SYN) +
		 (tc_seq)tc_packet_get(p, tcp, TC_TCP_FIN);
}

void tc_follow_sent(struct follow *f, const struct tc_outgoing *out, const struct pieces *ps,
		    tc_seq was, uint64_t rules)
{
	tc_seq from = 0, to = 0;
	bool any = false;

	for (size_t i = 0; i < ps->n; i++) {
		struct piece *pc = ps->at[i];

		tc_piece_number(pc);
		if (!pc->numbered)
			continue;
		from = !any || tc_seq_lt(pc->from, from) ? pc->from : from;
		to = !any || tc_seq_lt(to, pc->to) ? pc->to : to;
		any = true;
	}
	if (f->longer && (out->seg->flags & (TC_FLAG_SYN | TC_FLAG_FIN) || from != was ||
			  tc_seq_leq(to, was + out->seg->len)))
		return;
	/* what fills no number was not there: it is sent again as it was */
	if (!any || from == to || (from == was && to == was + tc_seg_seq_len(out->seg)))
		return;
	tc_conn_follow(out->conn, out->seg, from, to);
	f->ring[f->n++ % FOLLOWED_MAX] = (struct followed){
		.conn_id = out->conn_id, .seq = out->seg->seq, .was = was, .rules = rules,
	};
}

const struct followed *tc_follow_again(const struct follow *f, const struct tc_outgoing *out)
{
	for (unsigned i = 0; out->retransmission && i < FOLLOWED_MAX && i < f->n; i++)
		if (f->ring[i].conn_id == out->conn_id && f->ring[i].seq == out->seg->seq)
			return &f->ring[i];
	return NULL;
}
