/* SPDX-License-Identifier: BSD-2-Clause */
/* Which connection an event of the script is about, and which one a peer begins. */
#include "own.h"

#include "wire/family.h"
#include "wire/flow.h"

#include <string.h>
#include <sys/socket.h>

/* Whoever sent it is the way back. */
void tc_run_learn_mac(struct tc_script_run *r, struct run_flow *f, const uint8_t *frame,
		      const struct tc_rx *rx)
{
	f->mac_known = tc_link_dlt(r->cfg.link) == TC_DLT_EN10MB && rx->l3 - frame >= 14;
	if (f->mac_known)
		memcpy(f->mac, frame + TC_ETH_SRC_OFF / 8, sizeof f->mac);
}

/* A connection that waits for its peer takes a SYN that came before. */
static void adopt(struct tc_script_run *r, struct run_flow *f)
{
	for (struct run_record *rec = r->story; rec; rec = rec->next) {
		const struct tc_rx *rx = &rec->rx;
		bool syn = (rx->seg.flags & (TC_FLAG_SYN | TC_FLAG_ACK)) == TC_FLAG_SYN;

		if (!rec->open || rec->flow || rx->kind != TC_RX_TCP)
			continue;
		if (!f->live.remote_port && syn) {
			f->live = tc_flow_in(rx);
			tc_run_learn_mac(r, f, rec->frame, rx);
		}
		if (f->live.remote_port != rx->sport || !tc_addr_equal(&f->live.remote_addr, &rx->src))
			continue;
		rec->flow = f;
		tc_run_flow_segment(f, false, &rx->seg);
	}
}

static bool says_fastopen(const struct tc_script_arg *a)
{
	for (; a; a = a->next)
		if ((a->kind == TC_ARG_WORD && strcmp(a->text, "MSG_FASTOPEN") == 0) ||
		    (a->kind == TC_ARG_NUMBER && a->number == MSG_FASTOPEN) ||
		    says_fastopen(a->items))
			return true;
	return false;
}

/* One that failed at once has begun nothing. */
enum run_opening tc_run_opens(const struct tc_script_event *e)
{
	const struct tc_script_call *call = &e->call;

	if (e->kind != TC_SCRIPT_CALL || (call->error && !call->blocks &&
						strcmp(call->error, "EINPROGRESS") != 0))
		return RUN_OPENED;
	if (strcmp(call->name, "listen") == 0)
		return RUN_LISTENS;
	return strcmp(call->name, "connect") == 0 || says_fastopen(call->args) ?
	       RUN_CONNECTS : RUN_OPENED;
}

/* Without ports, the first SYN behind listen() is of a new peer, the one that connect() makes
 * of a new pair. */
static bool opens_anew(struct tc_script_run *r, const struct tc_script_event *e)
{
	const struct tc_script_packet *p = &e->packet;
	bool opens = e->kind == TC_SCRIPT_PACKET && p->start &&
		     (p->flags & (TC_FLAG_SYN | TC_FLAG_ACK)) == TC_FLAG_SYN &&
		     r->opening == (p->sent ? RUN_LISTENS : RUN_CONNECTS);

	if (opens)
		r->opening = RUN_OPENED;
	return opens && r->last_flow;
}

/* Our last port is where a peer that calls us is answered: it may be the next one's. */
static bool next_port_is_taken(const struct tc_script_run *r)
{
	unsigned port = r->cfg.flow.local_port + r->n_flows;

	for (unsigned i = 0; i < r->n_flows && !r->cfg.tape; i++)
		if (r->flow[i].live.local_port == port)
			return true;
	return false;
}

struct run_flow *tc_run_flow_of(struct tc_script_run *r, const struct tc_script_event *e,
				const struct tc_script_expr *ours,
				const struct tc_script_expr *theirs)
{
	struct run_flow new = { .named = ours != NULL, .live = r->cfg.flow,
				.mss = tc_family(r->cfg.path->src.family)->mss_default };
	bool again = !ours && opens_anew(r, e);
	bool called = r->cfg.server || (again && !e->packet.sent);
	uint32_t a = 0, b = 0;

	if (!ours && r->last_flow && !again)
		return r->last_flow;
	if (ours && (tc_run_eval_max(r, ours, "port", UINT16_MAX, &a) < 0 ||
		     tc_run_eval_max(r, theirs, "port", UINT16_MAX, &b) < 0))
		return NULL;
	new.sport = (uint16_t)a;
	new.dport = (uint16_t)b;
	for (unsigned i = 0; i < r->n_flows && !again; i++)
		if (r->flow[i].named == new.named && r->flow[i].sport == new.sport &&
		    r->flow[i].dport == new.dport)
			return r->last_flow = &r->flow[i];
	if (r->n_flows == RUN_FLOWS) {
		tc_run_cannot(r, e->line, e->column, "more than %d connections", RUN_FLOWS);
		return NULL;
	}
	if (!r->cfg.server && r->n_flows &&
	    (r->n_flows >= r->cfg.n_ports || (!called && next_port_is_taken(r)))) {
		tc_run_cannot(r, e->line, e->column, "more than %u connections", r->n_flows);
		return NULL;
	}
	if (!r->cfg.server && !r->cfg.tape)	/* a port of the block for each */
		new.live.local_port = (uint16_t)(r->cfg.flow.local_port + r->n_flows);
	if (called && !r->cfg.server) {		/* by whom we called before: at our last port */
		new.live = (struct tc_flow){ .local_addr = r->cfg.flow.local_addr, .local_port =
			(uint16_t)(r->cfg.flow.local_port + r->cfg.n_ports - 1) };
	}
	r->flow[r->n_flows] = new;
	if (called)
		adopt(r, &r->flow[r->n_flows]);
	return r->last_flow = &r->flow[r->n_flows++];
}

uint8_t tc_run_family(const struct tc_script_run *r)
{
	const struct run_flow *f = r->last_flow;

	return f && f->live.remote_port ? f->live.remote_addr.family : r->cfg.path->src.family;
}
