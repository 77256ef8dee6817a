/* SPDX-License-Identifier: BSD-2-Clause */
/* The states, and the only writer of a connection's state. */
#include "own.h"

#include "base/name.h"

static const char *const state_names[TC_STATES] = {
	[TC_ST_CLOSED] = "CLOSED",
	[TC_ST_LISTEN] = "LISTEN",
	[TC_ST_SYN_SENT] = "SYN-SENT",
	[TC_ST_SYN_RECEIVED] = "SYN-RECEIVED",
	[TC_ST_ESTABLISHED] = "ESTABLISHED",
	[TC_ST_FIN_WAIT_1] = "FIN-WAIT-1",
	[TC_ST_FIN_WAIT_2] = "FIN-WAIT-2",
	[TC_ST_CLOSE_WAIT] = "CLOSE-WAIT",
	[TC_ST_CLOSING] = "CLOSING",
	[TC_ST_LAST_ACK] = "LAST-ACK",
	[TC_ST_TIME_WAIT] = "TIME-WAIT",
};

const char *tc_state_name(enum tc_state s)
{
	return TC_NAME(state_names, s);
}

void tc_tcp_move_to(struct tc_step *s, enum tc_state to, const char *clause)
{
	struct tc_action *a = tc_tcp_add(s, TC_ACT_STATE);

	a->state.from = s->t->state;
	a->state.to = (uint8_t)to;
	a->state.clause = clause;
	s->t->state = (uint8_t)to;
}

void tc_tcp_drop(struct tc_step *s, const char *clause)
{
	struct tc_tcb *t = s->t;

	tc_tcp_forget_kept(s);
	t->t_rexmit = t->t_2msl = t->t_delack = t->t_give_up = t->t_keepalive = 0;
	t->ack_now = false;
	tc_tcp_move_to(s, TC_ST_CLOSED, clause);
	tc_tcp_notify(s, TC_NOTIFY_CLOSED, NULL);
}

void tc_tcp_fail(struct tc_step *s, enum tc_notify why, const char *text,
		 const char *clause)
{
	tc_tcp_notify(s, why, text);
	tc_tcp_drop(s, clause);
}
