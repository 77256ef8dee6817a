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
		    tc_addr_equal(&f->remote_addr, &live->remote_addr) &&
		    (tc_addr_equal(&f->local_addr, &live->local_addr) ||
		     tc_run_any_address(&f->local_addr)))
			return &r->flow[i];
	}
	return NULL;
}

tc_seq tc_run_base(const struct run_flow *f, bool ours, bool syn)
{
	return (ours ? f->ours : f->theirs) - (!syn ? 0 : ours ? f->ours_syn : f->theirs_syn);
}

struct tc_isns tc_run_isns(const struct run_flow *f, bool ours, bool syn)
{
	if (!f)
		return (struct tc_isns){ 0, 0 };
	return (struct tc_isns){ tc_run_base(f, ours, syn), tc_run_base(f, !ours, syn) };
}

/* ---- timestamps ------------------------------------------------------------------- */

void tc_run_stamp_learn(struct run_stamps *s, uint32_t script, uint32_t live)
{
	if (s->n == 0) {
		s->first_script = script;
		s->first_live = live;
	}
	s->stamp[s->n % RUN_STAMPS].script = script;
	s->stamp[s->n++ % RUN_STAMPS].live = live;
}

static int find_stamp(const struct run_stamps *s, uint32_t script)
{
	for (unsigned i = 0; i < s->n && i < RUN_STAMPS; i++) {
		unsigned at = (s->n - 1 - i) % RUN_STAMPS;

		if (s->stamp[at].script == script)
			return (int)at;
	}
	return -1;
}

/* (What came long ago is forgotten.) */
bool tc_run_stamp_known(const struct run_stamps *s, uint32_t script)
{
	return script == 0 || s->n == 0 || s->n > RUN_STAMPS || s->skipped ||
	       find_stamp(s, script) >= 0;
}

/* The value seen for it; for one that was not seen, as far from the last as in the script. */
uint32_t tc_run_stamp_map(const struct run_stamps *s, uint32_t script)
{
	unsigned n = s->n, last = (n - 1) % RUN_STAMPS;
	int at = find_stamp(s, script);

	if (n == 0 || script == 0)
		return script;
	if (at >= 0)
		return s->stamp[at].live;
	return s->stamp[last].live + (script - s->stamp[last].script);
}

/* ---- the peer's state ------------------------------------------------------------- */

void tc_run_flow_segment(struct run_flow *f, bool ours, const struct tc_seg *seg)
{
	const struct tc_wire_side *us = &f->wire.side[0];
	struct tc_wire_change changes[TC_WIRE_CHANGES];

	f->syn_again |= ours && seg->flags & TC_FLAG_SYN && us->syn && seg->seq != us->isn;
	f->wire.certain = true;
	tc_wire_states_segment(&f->wire, !ours, seg, changes);
}

enum tc_state tc_run_flow_state(const struct tc_script_run *r, const struct run_flow *f)
{
	const struct tc_wire_side *peer = &f->wire.side[1];

	if (peer->known)
		return peer->state;
	return r->cfg.server || peer->reset ? TC_ST_CLOSED : TC_ST_LISTEN;
}
