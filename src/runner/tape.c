/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture in place of a wire: its frames come at their time, and time is theirs. */
#include "own.h"

static int pass_frame(struct tc_script_run *r, const struct tc_taped *t)
{
	const struct tc_frame *f = &t->frame;
	struct run_record *rec = tc_run_append(r, t->ours ? TC_ORIGIN_US : TC_ORIGIN_PEER,
					       f->bytes, f->len, f->stamp, f->dlt);

	if (!rec)
		return r->err->code;
	rec->parsed = tc_rx_parse_cut(&rec->rx, rec->frame, f->len, f->wire_len, f->dlt,
				      NULL) >= 0;
	rec->flow = &r->flow[0];
	rec->open = rec->parsed && rec->rx.kind == TC_RX_TCP;
	rec->settled = !rec->open;
	*(t->ours ? &r->result->segments_sent : &r->result->segments_received) += 1;
	if (rec->open && rec->rx.tcp_checksum != TC_CSUM_BAD)
		tc_run_flow_segment(rec->flow, t->ours, &rec->rx.seg);
	if (rec->open && t->ours && rec->rx.seg.opts.present & TC_HAS_MSS)
		rec->flow->mss = rec->rx.seg.opts.mss;
	return 0;
}

int tc_run_tape_wait(struct tc_script_run *r, tc_time until)
{
	const struct tc_taped *t = &r->cfg.tape[r->taped];
	int rc = 0;

	if (r->taped < r->cfg.n_tape && t->frame.stamp <= until) {
		r->now = t->frame.stamp > r->now ? t->frame.stamp : r->now;
		rc = pass_frame(r, t);
		r->taped++;
	} else if (until > r->now) {
		r->now = until;
	}
	tc_run_tell(r, false);
	return rc;
}

void tc_run_tape_begin(struct tc_script_run *r)
{
	r->now = r->cfg.n_tape ? r->cfg.tape[0].frame.stamp : 0;
	r->flow[0] = (struct run_flow){ .live = r->cfg.flow, .mss = UINT16_MAX };
	r->n_flows = 1;
	r->last_flow = &r->flow[0];
}

void tc_run_tape_end(struct tc_script_run *r)
{
	while (r->taped < r->cfg.n_tape && pass_frame(r, &r->cfg.tape[r->taped]) == 0)
		r->taped++;
	tc_run_tell(r, true);
}
