/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections of the lab: how they begin and end, and the lab's own beginning and end. */
#include "own.h"

#include <tcpcraft/error.h>
#include "report/ladder.h"
#include "wire/family.h"
#include "wire/icmp.h"
#include <tcpcraft/seq.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define TIMEOUT (5 * TC_S)
#define CALL_WAIT (10 * TC_S)		/* of clients that call by themselves, now and then */
#define CALL_LEAST (5 * TC_S)		/* a program takes its time to begin */
#define RESENT_AFTER (300 * TC_MS)	/* data; twice as long each time */
#define CONFIRMS 3
#define REFUSED_AGAIN 2			/* times, by who has answered before */
#define REFUSED_REST (300 * TC_MS)	/* before the first; then twice as long */
#define BESIDE_WAIT (1500 * TC_MS)	/* two SYNs */
#define TS_BYTES 12			/* nop, nop, TS (RFC 7323 appendix A) */
#define GREETING_LATE 3		/* times what the control took, and a second */
#define EVIDENCE_MOST 40		/* lines */
#define LAST_WORDS 8

/* ---- the handshake ---------------------------------------------------------------- */

/* What came for a SYN, or for our SYN,ACK: 1 the SYN,ACK, or its ACK, 0 the end, -EAGAIN
 * nothing that counts. */
static int judge_answer(struct tc_lab_conn *c, const struct tc_rx *rx, bool clients)
{
	const struct tc_seg *seg = &rx->seg;

	if (rx->kind == TC_RX_ICMP_ERROR) {
		if (!tc_icmp_is_unreachable(rx->src.family, rx->icmp_type, rx->icmp_code))
			return -EAGAIN;
		c->end = TC_LAB_UNREACHABLE;
		return 0;
	}
	if (rx->tcp_checksum == TC_CSUM_BAD)
		return -EAGAIN;
	/* to an ACK of ours a reset need not have one: RFC 9293 3.10.7.1 */
	if (clients && seg->flags & TC_FLAG_RST && seg->seq == c->rcv_nxt) {
		c->end = TC_LAB_REFUSED;
		return 0;
	}
	if (!(seg->flags & TC_FLAG_ACK) ||
	    seg->ack == c->iss || !tc_seq_in(seg->ack, c->iss, c->snd_nxt - c->iss + 1))
		return -EAGAIN;
	if (seg->flags & TC_FLAG_RST) {
		c->end = TC_LAB_REFUSED;
		return 0;
	}
	return !(seg->flags & TC_FLAG_SYN) == clients ? 1 : -EAGAIN;
}

#define OPTIONS_TEXT 80
static const char *options_of(const struct tc_lab *lab, const struct tc_lab_conn *c,
			      const struct tc_lab_open *how, char text[OPTIONS_TEXT])
{
	int n = snprintf(text, OPTIONS_TEXT, "mss %u", tc_lab_mss(lab));

	if (how->options && !(lab->cfg.clients && how->ts))
		return how->options;
	if (how->ts && c->peer.present & TC_HAS_TS)
		snprintf(text + n, OPTIONS_TEXT - (size_t)n, ",nop,nop,TS val %u ecr %u",
			 (unsigned)(tc_clock_monotonic() / TC_MS), c->ts_recent);
	return text;
}

/* Sends our SYN; to a client, the SYN,ACK. */
static int send_syn(struct tc_lab *lab, struct tc_lab_conn *c,
		    const struct tc_lab_open *how, struct tc_error *err)
{
	uint16_t ack = lab->cfg.clients ? TC_FLAG_ACK : 0;
	struct tc_lab_seg seg;
	char options[OPTIONS_TEXT];

	c->snd_nxt = c->iss;
	tc_lab_make(c, (uint16_t)(TC_FLAG_SYN | ack | how->more_flags), &seg);
	seg.options = options_of(lab, c, how, options);
	if (how->window)
		seg.window = how->window;
	if (ack && how->shut)	/* a client may speak as soon as it has that */
		seg.window = 0;
	seg.payload = how->payload;
	seg.len = how->len;
	c->snd_nxt = c->iss + 1 + (tc_seq)how->len;
	return tc_lab_put(lab, c, &seg, err);
}

/* A client's ACK may bring data, and be its FIN: it is looked at again, as any segment. */
static void note_opened(struct tc_lab *lab, struct tc_lab_conn *c,
			const struct tc_lab_frame *seen)
{
	if (!lab->cfg.clients)
		return;
	c->opened_at = seen->stamp;
	if (tc_seg_seq_len(&seen->rx.seg))
		c->cursor--;
}

/* An ACK of numbers that are not our SYN's: the peer may still hold a connection on these ports, and
 * ask back (RFC 5961 4.2). */
static bool is_stale(const struct tc_lab_conn *c, const struct tc_rx *rx)
{
	return rx->kind == TC_RX_TCP &&
	       (rx->seg.flags & (TC_FLAG_SYN | TC_FLAG_RST | TC_FLAG_ACK)) == TC_FLAG_ACK &&
	       !tc_seq_in(rx->seg.ack, c->iss + 1, c->snd_nxt - c->iss);
}

/* What it holds is reset at its own word (RFC 9293 3.10.7.3 first, 3.5.1). -EAGAIN: our SYN is due
 * again, which is so once. */
static int clear_stale(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_rx *rx,
		       struct tc_error *err)
{
	struct tc_lab_seg rst;
	bool again = c->cleared;
	int rc;

	tc_lab_make(c, TC_FLAG_RST, &rst);
	rst.seq = rx->seg.ack;
	rst.window = 0;
	c->cleared = true;
	rc = tc_lab_put(lab, c, &rst, err);
	return rc < 0 || again ? rc : -EAGAIN;
}

/*
 * Until one of the two is there, or `until`; -EAGAIN then, and where our SYN is due before. For each
 * SYN what is held is reset once: a host that answers resets, too, is not to be kept talking. Where
 * that ACK is an answer to what is asked, it is left alone.
 */
static int await_answer(struct tc_lab *lab, struct tc_lab_conn *c, bool once, tc_time until,
			struct tc_error *err)
{
	bool clears = !once && !lab->cfg.clients;
	struct tc_lab_frame *seen;
	int rc;

	while ((rc = tc_lab_next(lab, c, until, &seen, err)) > 0) {
		if (!lab->cfg.clients && is_stale(c, &seen->rx)) {
			c->stale++;
			rc = clears ? clear_stale(lab, c, &seen->rx, err) : 0;
			clears = false;
		}
		if (rc < 0)
			return rc;
		rc = judge_answer(c, &seen->rx, lab->cfg.clients);
		seen->answered = rc == 1;
		if (rc == 1)
			note_opened(lab, c, seen);
		if (rc != -EAGAIN)
			return rc;
	}
	return rc < 0 ? rc : -EAGAIN;
}

/* As much as the control had to hear, in about the time that it took: the lab's time-out is for what
 * comes later than that. */
static int hear_greeting(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err)
{
	const struct tc_unprovoked *u = &lab->usual;
	tc_time took = (tc_time)(u->after_s * (double)TC_S);
	tc_time late = tc_lab_wait(lab, (GREETING_LATE - 1) * took + TC_S);
	tc_time until = tc_clock_monotonic() + took + late;
	struct tc_lab_frame *seen;
	int rc = 1;

	if (u->habit != TC_HABIT_SPEAKS)
		return 0;
	while (rc > 0 && c->rcv_nxt - c->irs - 1 < u->bytes && c->end == TC_LAB_ALIVE &&
	       !c->peer_fin) {
		tc_seq had = c->rcv_nxt;

		rc = tc_lab_next(lab, c, until, &seen, err);
		if (rc > 0 && c->rcv_nxt != had)
			rc = tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err);
	}
	return rc < 0 ? rc : 0;
}

int tc_lab_open(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_lab_open *how,
		struct tc_error *err)
{
	static const struct tc_lab_open plain = { 0 };
	tc_time wait = TC_S, until, again;
	int rc = lab->cfg.clients ? tc_lab_call(lab, c, err) : 1;

	if (rc <= 0)
		return rc;
	how = how ? how : &plain;
	until = tc_clock_monotonic() + (how->wait ? how->wait : lab->timeout);
	do {
		rc = send_syn(lab, c, how, err);
		if (rc < 0)
			return rc;
		again = tc_clock_monotonic() + wait;
		wait *= 2;
		rc = await_answer(lab, c, how->once, again < until ? again : until, err);
	} while (rc == -EAGAIN && tc_clock_monotonic() < until);
	if (rc == -EAGAIN) {
		c->end = TC_LAB_NO_ANSWER;
		rc = 0;
	}
	if (rc <= 0)
		return rc;
	c->opened = true;
	c->snd_nxt = c->snd_una;	/* data with the SYN may have to come again */
	if (how->shut)
		c->window = 0;
	c->never_acks = how->never_acks;
	c->ts_ok = how->ts && c->peer.present & TC_HAS_TS;
	if (!lab->cfg.clients)
		rc = tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err);
	if (rc >= 0 && !how->never_acks && !how->shut && !how->greeting)
		rc = hear_greeting(lab, c, err);
	return rc < 0 ? rc : 1;
}

static bool answered_before(const struct tc_lab *lab)
{
	bool answered = lab->usual.habit != TC_HABIT_UNKNOWN;

	for (size_t i = 0; i < lab->own->n_conns; i++)
		answered |= lab->own->conns[i]->opened;
	return answered && !lab->cfg.clients;
}

/* Who has answered before, and resets a call, may only have no room just now. */
static int call_again(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_lab_open *how,
		      struct tc_error *err)
{
	tc_time rest = REFUSED_REST;
	int rc = 0;

	for (int i = 0; i < REFUSED_AGAIN && rc == 0 && c->end == TC_LAB_REFUSED; i++, rest *= 2) {
		rc = tc_lab_sleep(lab, tc_clock_monotonic() + rest, err);
		if (rc < 0)
			break;
		c->end = TC_LAB_ALIVE;
		rc = tc_lab_open(lab, c, how, err);
	}
	return rc;
}

/* Who is silent, may only hold a connection on these ports, and drop our SYN for that. */
static int call_beside(struct tc_lab *lab, struct tc_lab_conn **c, const struct tc_lab_open *how,
		       struct tc_error *err)
{
	struct tc_lab_open beside = how ? *how : (struct tc_lab_open){ 0 };

	beside.wait = tc_lab_wait(lab, BESIDE_WAIT);
	*c = tc_lab_conn(lab);
	return *c ? tc_lab_open(lab, *c, &beside, err) : tc_nomem(err);
}

int tc_lab_connect(struct tc_lab *lab, struct tc_lab_conn **c, const struct tc_lab_open *how,
		   struct tc_error *err)
{
	bool answered = !(how && how->once) && answered_before(lab);
	int rc;

	*c = tc_lab_conn(lab);
	rc = *c ? tc_lab_open(lab, *c, how, err) : tc_nomem(err);
	if (rc == 0 && answered && (*c)->end == TC_LAB_REFUSED)
		rc = call_again(lab, *c, how, err);
	else if (rc == 0 && answered && (*c)->end == TC_LAB_NO_ANSWER)
		rc = call_beside(lab, c, how, err);
	return rc;
}

int tc_lab_begin(struct tc_lab *lab, struct tc_finding *f, struct tc_lab_conn **c,
		 const struct tc_lab_open *how, struct tc_error *err)
{
	int rc = tc_lab_connect(lab, c, how, err);

	return rc ? rc : tc_finding_blame(f, lab, *c);
}

int tc_lab_begin_seen(struct tc_lab *lab, struct tc_finding *f, struct tc_lab_conn **c,
		      const struct tc_lab_open *how, struct tc_lab_frame **seen,
		      struct tc_error *err)
{
	int rc = tc_lab_begin(lab, f, c, how, err);

	if (rc <= 0)
		return rc;
	(*c)->cursor = 0;
	do
		rc = tc_lab_next(lab, *c, 0, seen, err);
	while (rc > 0 && ((*seen)->rx.kind != TC_RX_TCP ||
			  !((*seen)->rx.seg.flags & TC_FLAG_SYN)));
	if (rc > 0)
		(*seen)->cited = true;
	return rc;
}

/* ---- data ------------------------------------------------------------------------- */

static int send_from(struct tc_lab *lab, struct tc_lab_conn *c, tc_seq from,
		     const uint8_t *bytes, size_t n, struct tc_error *err)
{
	size_t mss = tc_lab_segment(lab, c), part;
	struct tc_lab_seg seg;
	int rc = 0;

	if (c->ts_ok)		/* options take their part of it: RFC 9293 3.7.1 */
		mss = mss > TS_BYTES ? mss - TS_BYTES : 1;
	for (size_t at = 0; at < n && rc >= 0; at += part) {
		part = n - at < mss ? n - at : mss;
		tc_lab_make(c, TC_FLAG_ACK | TC_FLAG_PSH, &seg);
		seg.seq = from + (tc_seq)at;
		seg.payload = bytes + at;
		seg.len = part;
		rc = tc_lab_put(lab, c, &seg, err);
	}
	return rc;
}

int tc_lab_say(struct tc_lab *lab, struct tc_lab_conn *c, const void *bytes, size_t n,
	       struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + lab->timeout, again = 0, wait = RESENT_AFTER;
	const uint8_t *all = bytes;
	tc_seq first = c->snd_nxt, had;
	struct tc_lab_frame *seen;
	int rc = 0;

	c->snd_nxt += (tc_seq)n;
	while (tc_seq_lt(c->snd_una, first + (tc_seq)n)) {
		tc_seq done = tc_seq_gt(c->snd_una, first) ? c->snd_una - first : 0;
		tc_time now = tc_clock_monotonic();

		if (c->end != TC_LAB_ALIVE || now >= until)
			return 0;
		if (now >= again) {
			rc = send_from(lab, c, first + done, all + done, n - done, err);
			again = now + wait;
			wait *= 2;
		}
		had = c->rcv_nxt;
		if (rc >= 0)
			rc = tc_lab_next(lab, c, again < until ? again : until, &seen, err);
		if (rc > 0 && c->rcv_nxt != had)
			rc = tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err);
		if (rc < 0)
			return rc;
	}
	return 1;
}

int tc_lab_confirm(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err)
{
	struct tc_lab_seg seg;
	struct tc_lab_frame *seen;
	int rc = 0, number;

	for (int i = 0; i < CONFIRMS && c->end == TC_LAB_ALIVE; i++) {
		tc_time until = tc_clock_monotonic() + RESENT_AFTER;

		tc_lab_make(c, TC_FLAG_ACK, &seg);
		seg.seq--;
		seg.payload = "";
		seg.len = 1;
		rc = number = tc_lab_put(lab, c, &seg, err);
		while (rc >= 0 && (rc = tc_lab_next(lab, c, until, &seen, err)) > 0) {
			if (c->end != TC_LAB_ALIVE)
				return 0;
			if (seen->rx.kind == TC_RX_TCP && seen->rx.seg.ack == c->snd_nxt &&
			    !(seen->rx.seg.flags & (TC_FLAG_SYN | TC_FLAG_RST)) &&
			    tc_lab_sent_at(lab, number) <= seen->stamp)
				return 1;
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- the lab ---------------------------------------------------------------------- */

int tc_lab_start(struct tc_lab *lab, const struct tc_experiment *e,
		 const struct tc_probe_config *cfg, struct tc_error *err)
{
	struct tc_lab_parts *own = calloc(1, sizeof *own);

	if (!own)
		return tc_nomem(err);
	*lab = (struct tc_lab){ .path = tc_session_path(cfg->session), .cfg = *cfg,
				.trials = cfg->trials, .own = own, .rng = &own->rng };
	if (cfg->unprovoked)
		lab->usual = *cfg->unprovoked;
	lab->timeout = cfg->timeout ? cfg->timeout : e->patience ? e->patience : TIMEOUT;
	lab->call_wait = !cfg->timeout ? CALL_WAIT : cfg->timeout > CALL_LEAST ? cfg->timeout :
			 CALL_LEAST;
	lab->family = lab->path->dst.family ? lab->path->dst.family :
		      lab->path->src.family ? lab->path->src.family : 4;
	own->pace.rate = cfg->rate;
	own->link = tc_session_link(cfg->session);
	own->dlt = tc_session_dlt(cfg->session);
	own->receiver = (struct tc_receiver){
		.link = own->link, .neigh = tc_session_neigh(cfg->session), .unfinished = true,
		.ops = &tc_lab_receives, .ctx = lab,
		.frame = cfg->frame, .frame_ctx = cfg->ctx,
	};
	own->ethernet = tc_link_sends_ethernet(own->link);
	own->last_number = (uint16_t)tc_rng_kernel_u64();
	tc_rng_seed(&own->rng, cfg->seed);
	own->iss_key = tc_iss_key();
	return cfg->clients ? tc_lab_take_calls(lab, err) : 0;
}

/* A SYN's number is its own beginning: where one four-tuple is asked again and again, that of
 * the last says nothing of those before. */
static void put_line(struct tc_buf *out, const struct tc_lab_frame *s, const struct tc_lab_parts *own)
{
	bool begins = !s->ours && s->rx.kind == TC_RX_TCP && s->rx.seg.flags & TC_FLAG_SYN;
	tc_seq irs = begins ? s->rx.seg.seq : s->conn->irs;
	struct tc_view v = { .start = own->log[0]->stamp, .lead = TC_LEAD_PORT };

	tc_ladder_head(out, &v, &(struct tc_story_event){
		.kind = TC_STORY_SEGMENT, .frame = { s->frame, s->len, s->len, s->stamp, own->dlt },
		.rx = &s->rx, .from = !s->ours && !s->kernel,
		.origin = s->kernel ? TC_ORIGIN_KERNEL : s->ours ? TC_ORIGIN_US : TC_ORIGIN_PEER,
		.port = { s->conn->flow.local_port, s->conn->flow.remote_port },
		.isn = { s->iss, irs } });
	tc_buf_add_u8(out, '\n');
}

static bool is_cited(const struct tc_lab_parts *own, const struct tc_lab_frame *s)
{
	return s->cited || (s->ours && own->cited[tc_family_number(&s->rx)]);
}

void tc_lab_cite_last(struct tc_lab *lab)
{
	struct tc_lab_parts *own = lab->own;
	size_t i;

	for (i = 0; i < own->n_log; i++)
		if (is_cited(own, own->log[i]))
			return;
	while (i-- > 0 && own->n_log - i <= LAST_WORDS)
		own->log[i]->cited = true;
}

static void tell(const struct tc_lab *lab, struct tc_finding *f)
{
	const struct tc_lab_parts *own = lab->own;
	unsigned lines = 0;

	for (size_t i = 0; i < own->n_log; i++) {
		put_line(&f->story, own->log[i], own);
		if (is_cited(own, own->log[i]) && lines++ < EVIDENCE_MOST)
			put_line(&f->evidence, own->log[i], own);
	}
	if (lines > EVIDENCE_MOST)
		tc_buf_printf(&f->evidence, "… and %u more\n", lines - EVIDENCE_MOST);
	f->unprovoked = lab->usual;
	f->segments_sent = own->sent;
	f->segments_received = own->received;
	f->resets_leaked = own->receiver.kernel_resets;
	f->sends_blocked = own->blocked;
}

void tc_lab_finish(struct tc_lab *lab, struct tc_finding *f)
{
	struct tc_lab_parts *own = lab->own;

	lab->cfg.stop_fd = -1;		/* what is open is reset all the same */
	lab->cfg.until = 0;
	own->cursor = own->n_log;
	tc_lab_cite_last(lab);
	for (size_t i = 0; i < own->n_conns; i++)
		tc_lab_hang_up(lab, own->conns[i], NULL);
	tc_lab_hear_out(lab);
	tc_lab_leave_calls(lab);
	tell(lab, f);
	if (lab->cfg.unprovoked)
		*lab->cfg.unprovoked = lab->usual;
	for (size_t i = 0; i < own->n_log; i++)
		free(own->log[i]);
	for (size_t i = 0; i < own->n_conns; i++)
		free(own->conns[i]);
	tc_packet_free(&own->packet);
	free(own->log);
	free(own->conns);
	free(own);
	lab->own = NULL;
}
