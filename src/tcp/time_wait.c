/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TIME-WAIT in little room: RFC 9293 3.10.7.4 needs there only what answers a repeated
 * FIN, judges a reset and lets a new SYN in (RFC 6191).
 */
#include "own.h"

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
	*t = (struct tc_tcb){
		.cfg = cfg, .state = TC_ST_TIME_WAIT, .passive = w->passive,
		.syn_acked = true, .fin_queued = true, .fin_seen = true,
		.snd_una = w->snd_nxt, .snd_nxt = w->snd_nxt, .snd_max = w->snd_nxt,
		.snd_end = w->snd_nxt - 1,	/* our FIN took the last number */
		.rcv_nxt = w->rcv_nxt, .last_ack_sent = w->rcv_nxt,
		.rcv_adv = w->rcv_nxt + w->rcv_wnd,
		.rcv_unread = cfg->rcv_buf - w->rcv_wnd,
		.wscale_ok = w->rcv_wscale != 0, .rcv_wscale = w->rcv_wscale,
		.ts_ok = w->ts_ok, .ts_recent = w->ts_recent, .ts_recent_at = now,
		.ts_offset = w->ts_offset, .t_2msl = expires, .t_announced = expires,
	};
}
