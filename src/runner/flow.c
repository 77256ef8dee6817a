/* SPDX-License-Identifier: BSD-2-Clause */
/* The connections of a script that is carried out: which they are, what their numbers count
 * from, and in what state the peer's TCP must be, judged from outside (RFC 9293 3.3.2). */
#include "own.h"

/* ---- which ------------------------------------------------------------------------ */

struct run_flow *tc_run_flow_find(struct tc_script_run *r, const struct tc_flow *live)
{
	for (unsigned i = 0; i < r->n_flows; i++) {
		const struct tc_flow *f = &r->flow[i].live;

		if (f->remote_port && f->remote_port == live->remote_port &&
		    f->local_port == live->local_port &&
		    f->remote_addr == live->remote_addr &&
		    (f->local_addr == live->local_addr || !f->local_addr))
			return &r->flow[i];
	}
	return NULL;
}

struct tc_isns tc_run_isns(const struct run_flow *f, bool ours)
{
	if (!f)
		return (struct tc_isns){ 0, 0 };
	return ours ? (struct tc_isns){ f->ours, f->theirs }
		    : (struct tc_isns){ f->theirs, f->ours };
}

/* ---- timestamps ------------------------------------------------------------------- */

void tc_run_stamp_learn(struct run_flow *f, uint32_t script, uint32_t live)
{
	f->stamp[f->n_stamps % RUN_STAMPS].script = script;
	f->stamp[f->n_stamps++ % RUN_STAMPS].live = live;
}

/* The value seen for it; for one that was not seen, as far from the last as in the script. */
uint32_t tc_run_stamp_map(const struct run_flow *f, uint32_t script)
{
	unsigned n = f->n_stamps, last = (n - 1) % RUN_STAMPS;

	if (n == 0 || script == 0)
		return script;
	for (unsigned i = 0; i < n && i < RUN_STAMPS; i++) {
		unsigned at = (n - 1 - i) % RUN_STAMPS;

		if (f->stamp[at].script == script)
			return f->stamp[at].live;
	}
	return f->stamp[last].live + (script - f->stamp[last].script);
}

/* ---- the peer's state ------------------------------------------------------------- */

void tc_run_flow_sent(struct run_flow *f, const struct tc_seg *seg)
{
	tc_seq end = seg->seq + tc_seg_seq_len(seg);

	if (seg->flags & TC_FLAG_RST) {
		f->over |= !f->their_ack_known || seg->seq == f->their_ack;
		return;
	}
	if (seg->flags & TC_FLAG_SYN) {
		f->syn_again |= f->we_syn && seg->seq != f->syn_live;
		f->syn_live = seg->seq;
		if (!f->we_syn)
			f->our_max = end;
		f->we_syn = true;
	}
	f->our_max = tc_seq_max(f->our_max, end);
	if (seg->flags & TC_FLAG_FIN) {
		f->our_fin = true;
		f->our_fin_end = end;
	}
	if (!(seg->flags & TC_FLAG_ACK))
		return;
	f->we_ack_syn |= f->syn && tc_seq_gt(seg->ack, f->irs);
	f->fin_acked |= f->fin && tc_seq_geq(seg->ack, f->fin_end);
}

/* Another connection with the same ports begins. */
static void begin_again(struct run_flow *f)
{
	f->opened = f->we_ack_syn = f->syn = f->our_syn_acked = f->our_fin = false;
	f->our_fin_acked = f->fin = f->fin_acked = f->fin_first = f->over = false;
	f->their_ack_known = false;
}

void tc_run_flow_received(struct run_flow *f, const struct tc_seg *seg)
{
	bool ack = seg->flags & TC_FLAG_ACK;

	f->their_seq = seg->seq;
	if (seg->flags & TC_FLAG_RST) {
		f->over = true;
		return;
	}
	if (seg->flags & TC_FLAG_SYN && (f->over || (f->syn && seg->seq != f->irs)))
		begin_again(f);
	if (seg->flags & TC_FLAG_SYN) {
		f->syn = true;
		f->irs = seg->seq;
		f->opened |= !ack;
	}
	if (ack && (!f->their_ack_known || tc_seq_gt(seg->ack, f->their_ack))) {
		f->their_ack = seg->ack;
		f->their_ack_known = true;
	}
	f->our_syn_acked |= ack && f->we_syn && tc_seq_gt(seg->ack, f->syn_live);
	f->our_fin_acked |= ack && f->our_fin && tc_seq_geq(seg->ack, f->our_fin_end);
	if (seg->flags & TC_FLAG_FIN && !f->fin) {
		f->fin = true;
		f->fin_first = !f->our_fin_acked;
		f->fin_end = seg->seq + tc_seg_seq_len(seg);
	}
}

static enum tc_state closing_state(const struct run_flow *f)
{
	if (f->fin && f->fin_first) {
		if (f->our_fin_acked)
			return f->fin_acked ? TC_ST_TIME_WAIT : TC_ST_CLOSING;
		return f->fin_acked ? TC_ST_FIN_WAIT_2 : TC_ST_FIN_WAIT_1;
	}
	if (f->fin)
		return f->fin_acked ? TC_ST_CLOSED : TC_ST_LAST_ACK;
	return f->our_fin_acked ? TC_ST_CLOSE_WAIT : TC_ST_ESTABLISHED;
}

enum tc_state tc_run_flow_state(const struct tc_script_run *r, const struct run_flow *f)
{
	if (f->over)
		return TC_ST_CLOSED;
	if (!f->syn)
		return r->cfg.server ? TC_ST_CLOSED : TC_ST_LISTEN;
	if (f->fin)
		return closing_state(f);
	if (f->we_syn && f->we_ack_syn)
		return closing_state(f);
	return f->opened && !f->we_syn ? TC_ST_SYN_SENT : TC_ST_SYN_RECEIVED;
}
