/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TIME-WAIT in little room: RFC 9293 3.10.7.4 needs there only what answers a repeated
 * FIN, judges a reset and lets a new SYN in (RFC 6191).
 */
#include "tcp_int.h"

void tc_tcp_time_wait_save(const struct tc_tcb *t, struct tc_time_wait *w)
{
	*w = (struct tc_time_wait){
		.snd_nxt = t->snd_max, .rcv_nxt = t->rcv_nxt, .rcv_wnd = tc_tcp_rcv_wnd(t),
		.ts_recent = t->ts_recent, .ts_offset = t->ts_offset,
		.rcv_wscale = t->rcv_wscale, .ts_ok = t->ts_ok, .passive = t->passive,
	};
}

void tc_tcp_time_wait_load(struct tc_tcb *t, const struct tc_tcp_config *cfg,
			   const struct tc_time_wait *w, tc_time expires, tc_time now)
{
	tc_tcp_init(t, cfg);
	t->state = TC_ST_TIME_WAIT;
	t->passive = w->passive;
	t->snd_una = t->snd_nxt = t->snd_max = t->snd_end = w->snd_nxt;
	t->syn_acked = t->fin_queued = t->fin_seen = true;
	t->rcv_nxt = t->last_ack_sent = w->rcv_nxt;
	t->rcv_adv = w->rcv_nxt + w->rcv_wnd;
	t->rcv_unread = cfg->rcv_buf - w->rcv_wnd;
	t->rcv_wscale = w->rcv_wscale;
	t->wscale_ok = w->rcv_wscale != 0;
	t->ts_ok = w->ts_ok;
	t->ts_recent = w->ts_recent;
	t->ts_recent_at = now;
	t->ts_offset = w->ts_offset;
	t->t_2msl = t->t_announced = expires;
}
