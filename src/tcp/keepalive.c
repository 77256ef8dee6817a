/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 9293 3.8.4: a probe with a number the peer has already acknowledged, so that it must
 * answer (SHLD-12). Off unless asked for (MUST-25). One probe without an answer means
 * nothing (MUST-29), nine do.
 */
#include "own.h"

#define PROBES_MAX 9
#define AGAIN_AFTER (75 * TC_S)

static bool applies(const struct tc_tcb *t)
{
	return t->keepalive > 0 && t->state >= TC_ST_ESTABLISHED && t->state != TC_ST_TIME_WAIT;
}

void tc_tcp_keepalive_heard(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	t->heard_at = s->now;
	t->keepalive_probes = 0;
	if (applies(t) && !t->t_keepalive)
		t->t_keepalive = s->now + t->keepalive;
}

void tc_tcp_keepalive_set(struct tc_step *s, tc_time idle)
{
	struct tc_tcb *t = s->t;

	t->keepalive = idle;
	t->keepalive_probes = 0;
	t->t_keepalive = applies(t) ? s->now + idle : 0;
}

/* The timer is not moved with every segment: when it comes it is set to what is left.
 * While something is outstanding retransmission asks the same question (MUST-26). */
void tc_tcp_keepalive_timeout(struct tc_step *s)
{
	struct tc_tcb *t = s->t;
	tc_time quiet_until = t->heard_at + t->keepalive;

	if (t->snd_una != t->snd_max)
		quiet_until = s->now + t->keepalive;
	if (quiet_until > s->now) {
		t->t_keepalive = quiet_until;
		return;
	}
	if (t->keepalive_probes++ >= PROBES_MAX) {
		tc_tcp_fail(s, TC_NOTIFY_TIMED_OUT, NULL, "RFC 9293 3.8.4 keep-alive");
		return;
	}
	tc_tcp_emit(s, t->snd_max - 1, 0, TC_FLAG_ACK);
	t->t_keepalive = s->now + (t->keepalive < AGAIN_AFTER ? t->keepalive : AGAIN_AFTER);
}
