/* SPDX-License-Identifier: BSD-2-Clause */
/* Words in flight; see wire.h. */
#include "own.h"

#include "wire/family.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

#define HEARD_AT_ONCE 1024		/* frames read before signals and due inputs are looked at */

#define TURN (200 * TC_MS)

/* ---- out ---------------------------------------------------------------------------- */

static int flush(struct tc_oracle *o, struct tc_error *err)
{
	int rc = o->n_out ? tc_link_send(o->link, o->out, o->n_out, err) : 0;

	for (size_t i = 0; i < o->n_out; i++) {
		o->seen.sends_blocked += o->out[i].error == -EPERM;
		o->seen.segments_sent += o->out[i].error == 0;
		if (rc >= 0 && o->out[i].error && o->out[i].error != -ENOBUFS &&
		    o->out[i].error != -EPERM)
			rc = o->out[i].error;
	}
	o->n_out = 0;
	return rc == -ENOBUFS ? 0 : rc;
}

static int put(struct tc_oracle *o, const struct tc_flow *flow, struct tc_seg *seg,
	       struct tc_error *err)
{
	struct tc_out *out = &o->out[o->n_out];
	uint8_t *bytes = o->bytes[o->n_out++];

	if (seg->flags & TC_FLAG_SYN) {
		seg->opts.present = TC_HAS_MSS;
		seg->opts.mss = o->mss;
	}
	*out = (struct tc_out){ .bytes = bytes, .marked = seg->flags & TC_FLAG_RST };
	out->len = tc_template_emit(&o->template, flow, seg, ORACLE_MARK, (const uint8_t *)"x",
				    bytes);
	return o->n_out == ORACLE_FRAMES ? flush(o, err) : 0;
}

static int put_reset(struct tc_oracle *o, const struct oracle_slot *s, struct tc_error *err)
{
	struct tc_seg seg;

	tc_abstract_reset(&s->a, &seg);
	return put(o, &s->flow, &seg, err);
}

/* ---- the machine's own side ---------------------------------------------------------- */

static unsigned input_of(const struct tc_oracle *o, const struct oracle_slot *s, unsigned at)
{
	unsigned in = s->word->in[at];

	return o->measuring ? in : o->cfg.inputs[in];
}

static struct tc_caller caller(const struct tc_oracle *o, const struct oracle_slot *s)
{
	return (struct tc_caller){ .hand = o->cfg.hand, .stop_fd = o->cfg.stop_fd,
				   .flow = &s->flow };
}

static int call(struct tc_oracle *o, struct oracle_slot *s, unsigned input, struct tc_error *err)
{
	const struct tc_caller k = caller(o, s);
	const char *said;
	int rc = tc_socket_call(&s->socket, &k, input, &said, err);

	tc_abstract_call(&s->a, said);
	if (o->measuring)
		s->due = 0;
	return rc;
}

static int hang_up(struct tc_oracle *o, struct oracle_slot *s, struct tc_error *err)
{
	const struct tc_caller k = caller(o, s);

	return tc_socket_end(&s->socket, &k, err);
}

/* ---- in ----------------------------------------------------------------------------- */

/* Which had a connection of ours that is, or was, at this end of it. */
static struct oracle_port *port_of(struct tc_oracle *o, const struct tc_flow *flow)
{
	uint16_t nth = (uint16_t)(flow->local_port - o->port_lo);
	struct oracle_port *p = nth < TC_ORACLE_PORTS ? &o->ports[nth] : NULL;

	return p && p->slot && tc_addr_equal(&p->flow.local_addr, &flow->local_addr) ? p : NULL;
}

/* NULL: its word is over. */
static struct oracle_slot *slot_of(const struct oracle_port *p)
{
	return p->slot->state != FREE && p->slot->flow.local_port == p->flow.local_port &&
	       tc_addr_equal(&p->slot->flow.local_addr, &p->flow.local_addr) ? p->slot : NULL;
}

static void *to_us(void *ctx, const struct tc_flow *flow, const struct tc_heard *h)
{
	struct oracle_port *p = port_of(ctx, flow);

	return p && (h->rx.kind == TC_RX_ICMP_ERROR ||
		     (tc_addr_equal(&flow->remote_addr, &p->flow.remote_addr) &&
		      flow->remote_port == p->flow.remote_port)) ? p : NULL;
}

static void *from_us(void *ctx, const struct tc_flow *flow, const struct tc_heard *h)
{
	(void)h;
	return port_of(ctx, flow);
}

static void *sent(void *ctx, const struct tc_heard *h)
{
	(void)ctx;
	return tc_family_number(&h->rx) == ORACLE_MARK ? h->end : NULL;
}

const struct tc_receiver_ops tc_oracle_receives = {
	.to_us = to_us, .from_us = from_us, .sent = sent,
};

static void hear_answer(struct tc_oracle *o, struct oracle_slot *s, const struct tc_heard *h)
{
	const struct tc_seg *seg = &h->rx.seg;

	if (s->state == ASKING && seg->flags & TC_FLAG_SYN && s->at &&
	    input_of(o, s, s->at - 1) == TC_INPUT_SYN)
		tc_oracle_note_time(o, h->frame.stamp - s->sent_at);
	if (s->state == ASKING && o->measuring)
		s->due = 0;		/* all that was asked is how long this takes */
	else if (s->state == ASKING)
		tc_oracle_note_last(o, s, seg);
	tc_oracle_note_timer(o, s, tc_abstract_hear(&s->a, seg), h->frame.stamp);
}

/* Our reset did not hit the next number that the peer expects: this challenge ACK says which that
 * is (RFC 5961 3.2). Or it was below, since an ACK of what we sent was late, and was dropped: that
 * ACK says it (RFC 9293 3.10.7.4). Whom no reset ends gets no more of them. It goes out in its
 * turn, as all else, and with what was said last by then. */
static void reset_again(struct tc_oracle *o, struct oracle_port *p, const struct tc_seg *seg)
{
	if ((seg->flags & (TC_FLAG_RST | TC_FLAG_ACK)) != TC_FLAG_ACK ||
	    p->resets == ORACLE_RESETS)
		return;
	o->n_due += !p->due;
	p->due = true;
	p->reset_at = seg->ack;
}

/* Sends the resets that are due, as far as the pace allows. */
static int put_late(struct tc_oracle *o, tc_time now, struct tc_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i < TC_ORACLE_PORTS && o->n_due && rc >= 0; i++) {
		struct oracle_port *p = &o->ports[i];
		struct tc_seg end = { .flags = TC_FLAG_RST, .seq = p->reset_at };

		if (!p->due)
			continue;
		if (!tc_pace_may(&o->pace, now, 1))
			break;
		o->pace.gone++;
		o->n_due--;
		p->due = false;
		p->resets++;
		rc = put(o, &p->flow, &end, err);
	}
	return rc;
}

static void hear(struct tc_oracle *o, const struct tc_heard *h)
{
	struct oracle_port *p = h->end;
	struct oracle_slot *s;

	if (h->kind == TC_HEARD_ICMP) {
		o->seen.icmp_from = h->rx.src;
		o->seen.icmp_type = h->rx.icmp_type;
		o->seen.icmp_code = h->rx.icmp_code;
	}
	if (h->kind != TC_HEARD_PEER || h->rx.tcp_checksum == TC_CSUM_BAD)
		return;
	o->seen.segments_received++;
	o->seen.answered = true;
	s = slot_of(p);
	if (s)
		hear_answer(o, s, h);
	if (!s || s->state != ASKING)
		reset_again(o, p, &h->rx.seg);
}

static int receive(struct tc_oracle *o, struct tc_error *err)
{
	struct tc_heard h;
	int rc = 1;

	for (unsigned i = 0; i < HEARD_AT_ONCE && rc > 0; i++) {
		rc = tc_receiver_next(&o->receiver, &h, err);
		if (rc > 0)
			hear(o, &h);
	}
	return rc;
}

/* ---- a word ------------------------------------------------------------------------- */

static void begin(struct tc_oracle *o, struct oracle_slot *s, struct tc_word *word, tc_time now)
{
	struct oracle_port *p;

	*s = (struct oracle_slot){ .state = ASKING, .word = word, .due = now };
	tc_session_flow(o->cfg.session, o->nth++, &s->flow);
	if (o->cfg.hand)
		s->flow.remote_port = (uint16_t)(o->cfg.call_port + (s - o->slots));
	p = &o->ports[(uint16_t)(s->flow.local_port - o->port_lo) % TC_ORACLE_PORTS];
	o->n_due -= p->due;
	*p = (struct oracle_port){ .slot = s, .flow = s->flow };
	tc_abstract_begin(&s->a, tc_iss(&o->iss_key, &s->flow, now),
			  (tc_seq)tc_rng_u64(&o->rng));
	o->n_busy++;
}

static int note_answer(struct tc_oracle *o, struct oracle_slot *s, struct tc_error *err)
{
	char name[TC_MEALY_NAME_MAX];
	int out;

	tc_abstract_answer(&s->a, name);
	out = tc_symbol(&o->outputs, name, TC_MEALY_OUTPUTS_MAX, err);
	if (out >= 0)
		s->word->out[s->at - 1] = (uint16_t)out;
	if (strcmp(name, TC_SILENCE_NAME) == 0)
		tc_oracle_note_silence(o, s, s->word->patience[s->at - 1]);
	return out;
}

static void begin_again(struct tc_oracle *o, struct oracle_slot *s, tc_time now)
{
	uint8_t hurry = (uint8_t)(s->hurry + 1);

	o->n_busy--;
	o->seen.overtaken++;
	begin(o, s, s->word, now);
	s->hurry = hurry;
}

/* Its time has come: the answer is noted, and the next input goes out; behind the last input a
 * reset; behind that the slot is free. */
static int advance(struct tc_oracle *o, struct oracle_slot *s, tc_time now, struct tc_error *err)
{
	unsigned input;
	struct tc_seg seg;
	int rc = 0;

	if (s->state == CLOSING && tc_oracle_is_overtaken(s)) {
		begin_again(o, s, now);
		return 0;
	}
	if (s->state == CLOSING) {
		s->state = FREE;
		o->n_busy--;
		o->seen.hurried += s->overtaken || s->hurried;
		return 0;
	}
	tc_oracle_note_held(s, !tc_pace_may(&o->pace, now, 1), now);
	if (s->held_since) {
		s->due = tc_pace_next(&o->pace);
		return 0;
	}
	o->pace.gone++;
	if (s->at > 0 && !tc_oracle_is_overtaken(s))
		rc = note_answer(o, s, err);
	if (rc < 0)
		return rc;
	s->sent_at = tc_clock_realtime();
	if (s->at == s->word->n || tc_oracle_is_overtaken(s)) {
		s->state = CLOSING;
		s->due = now + (o->measuring ? ORACLE_MEASURE_END : o->seen.wait);
		rc = hang_up(o, s, err);
		return rc < 0 ? rc : put_reset(o, s, err);
	}
	s->due = now + tc_oracle_patience(o, s, s->word->patience[s->at]);
	input = input_of(o, s, s->at++);
	if (input >= TC_INPUT_SEGMENTS)
		return call(o, s, input, err);
	tc_abstract_send(&s->a, input, &seg);
	return put(o, &s->flow, &seg, err);
}

/* ---- many of them ------------------------------------------------------------------- */

static size_t start(struct tc_oracle *o, struct tc_word **words, size_t n, tc_time now)
{
	size_t begun = 0;

	for (unsigned i = 0; i < o->cfg.parallel && begun < n; i++)
		if (o->slots[i].state == FREE)
			begin(o, &o->slots[i], words[begun++], now);
	return begun;
}

static int advance_all(struct tc_oracle *o, tc_time now, tc_time *wake, struct tc_error *err)
{
	int rc = 0;

	*wake = now + TURN;
	rc = put_late(o, now, err);
	if (o->n_due && tc_pace_next(&o->pace) < *wake)
		*wake = tc_pace_next(&o->pace);
	for (unsigned i = 0; i < TC_ORACLE_PARALLEL_MOST && rc >= 0; i++) {
		struct oracle_slot *s = &o->slots[i];

		if (s->state != FREE && s->due <= now)
			rc = advance(o, s, now, err);
		if (s->state != FREE && s->due < *wake)
			*wake = s->due;
	}
	return rc;
}

static int look_around(struct tc_oracle *o, tc_time now, tc_time wake, struct tc_error *err)
{
	struct pollfd stop = { .fd = o->cfg.stop_fd, .events = POLLIN };

	if (o->cfg.turn && now - o->turned_at >= TURN) {
		o->turned_at = now;
		o->cfg.turn(o->cfg.turn_ctx);
	}
	if (tc_receiver_wait(&o->receiver, wake, &stop, 1) ||
	    tc_receiver_glance(&o->receiver, &stop, 1))
		return tc_fail(err, -EINTR, "stopped by a signal");
	if (o->cfg.until && now >= o->cfg.until)
		return tc_fail(err, -ETIME, "the time is over");
	return 0;
}

/* What is under way ends here. */
static void reset_all(struct tc_oracle *o, int rc)
{
	const int stop_fd = o->cfg.stop_fd;

	o->cfg.stop_fd = -1;		/* it has been heard: sockets are closed all the same */
	o->gone = rc == -TC_ERR_HAND_GONE || rc == -ECHILD;
	for (unsigned i = 0; i < TC_ORACLE_PARALLEL_MOST; i++) {
		if (o->slots[i].state == ASKING && o->slots[i].at)
			put_reset(o, &o->slots[i], NULL);
		if (!o->gone)
			o->gone = hang_up(o, &o->slots[i], NULL) < 0;
		o->slots[i].state = FREE;
	}
	flush(o, NULL);
	o->n_busy = 0;
	o->cfg.stop_fd = stop_fd;
}

int tc_oracle_ask(void *ctx, struct tc_word **words, size_t n, struct tc_error *err)
{
	struct tc_oracle *o = ctx;
	size_t next = 0;
	int rc = 0;

	while (rc >= 0 && (next < n || o->n_busy)) {
		tc_time now, wake;

		/* what came is heard before what is due is said */
		rc = receive(o, err);
		now = tc_clock_monotonic();
		next += start(o, words + next, n - next, now);
		if (rc >= 0)
			rc = advance_all(o, now, &wake, err);
		if (next < n && o->n_busy < o->cfg.parallel)
			wake = now;	/* a word that is over makes room for the next */
		if (rc >= 0)
			rc = flush(o, err);
		if (rc >= 0 && (next < n || o->n_busy))
			rc = look_around(o, now, wake, err);
	}
	if (rc < 0)
		reset_all(o, rc);
	return rc < 0 ? rc : 0;
}

/* For what comes late, and for the resets at their pace: those that are due, and one for each word
 * that was under way. */
static tc_time rest_time(const struct tc_oracle *o)
{
	double rate = o->pace.rate, n = o->n_due + o->cfg.parallel;
	double most = (double)ORACLE_REST_MOST, time = (double)ORACLE_REST;

	if (rate > 0)
		time += n * (double)TC_S / rate;
	return (tc_time)(time < most ? time : most);
}

/* Until then; true: by a signal, the first time. */
static bool is_stopped(struct tc_oracle *o, struct pollfd *stop, tc_time until)
{
	if (!tc_receiver_wait(&o->receiver, until, stop, 1))
		return false;
	stop->fd = -1;
	return true;
}

int tc_oracle_rest(struct tc_oracle *o, struct tc_error *err)
{
	struct pollfd stop = { .fd = o->cfg.stop_fd, .events = POLLIN };
	tc_time now = tc_clock_monotonic(), until = now + ORACLE_LATE, wake;
	tc_time end = now + (is_stopped(o, &stop, 0) ? ORACLE_REST : rest_time(o));
	struct tc_heard h;
	int rc = 0;

	if (!o->seen.answered)
		return 0;
	o->cfg.stop_fd = -1;
	while (rc >= 0 && now < until && now < end) {
		rc = tc_receiver_next(&o->receiver, &h, err);
		now = tc_clock_monotonic();
		if (rc > 0)
			hear(o, &h);
		if (rc > 0 || o->n_due)	/* to what it is told it may have an answer */
			until = now + ORACLE_LATE;
		if (rc != 0)
			continue;
		rc = put_late(o, now, err);
		if (rc >= 0)
			rc = flush(o, err);
		wake = o->n_due ? tc_pace_next(&o->pace) : until;
		if (rc >= 0 && is_stopped(o, &stop, wake) && end > now + ORACLE_REST)
			end = now + ORACLE_REST;
	}
	o->seen.resets_left = o->n_due;
	return rc < 0 ? rc : flush(o, err);
}
