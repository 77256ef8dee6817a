/* SPDX-License-Identifier: BSD-2-Clause */
/* States of both ends from outside; see wire_state.h. */
#include "wire_state.h"

#include <tcpcraft/seq.h>

struct step {
	struct tc_wire_states *w;
	struct tc_wire_change *out;
	unsigned n;
};

static void move_to(struct step *s, unsigned side, enum tc_state to)
{
	struct tc_wire_side *end = &s->w->side[side];

	if ((end->known && end->state == to) || s->n == TC_WIRE_CHANGES)
		return;
	s->out[s->n++] = (struct tc_wire_change){
		.side = side, .began = !end->known, .from = end->state, .to = to,
	};
	end->known = true;
	end->state = to;
}

static bool is_in(const struct tc_wire_side *end, enum tc_state state)
{
	return end->known && end->state == state;
}

static bool opens(const struct tc_wire_side *end)
{
	return is_in(end, TC_ST_SYN_SENT) || is_in(end, TC_ST_SYN_RECEIVED);
}

/* Does an acknowledgment take the SYN of this end, and no more than it sent? */
static bool acks_syn(const struct tc_wire_side *end, const struct tc_seg *seg)
{
	return seg->flags & TC_FLAG_ACK && tc_seq_gt(seg->ack, end->isn) &&
	       tc_seq_leq(seg->ack, end->next);
}

/* RFC 9293 3.10.7.4 second: a reset that is not where the next byte is due is ignored
 * (RFC 5961 3.2); in SYN-SENT it must acknowledge the SYN (3.10.7.3). */
static bool is_due(const struct step *s, unsigned from, const struct tc_seg *seg)
{
	const struct tc_wire_side *own = &s->w->side[from], *other = &s->w->side[!from];

	if (is_in(other, TC_ST_SYN_SENT))
		return acks_syn(other, seg);
	if (other->ack_known && seg->seq == other->ack)
		return true;
	return s->w->certain ? !other->ack_known : !own->next_known || seg->seq == own->next;
}

static void on_reset(struct step *s, unsigned from, const struct tc_seg *seg)
{
	struct tc_wire_side *own = &s->w->side[from], *other = &s->w->side[!from];
	bool due = is_due(s, from, seg);

	own->reset = true;
	if (own->known && (due || (s->w->certain && from == 1)))	/* else a refusal */
		move_to(s, from, TC_ST_CLOSED);
	if (other->known && due)
		move_to(s, !from, TC_ST_CLOSED);
}

/* ---- SYN -------------------------------------------------------------------------- */

/* All that was known of this end is of an earlier connection, unless it opens one now. */
static void count_from(struct tc_wire_side *end, tc_seq isn)
{
	*end = (struct tc_wire_side){
		.known = opens(end), .state = end->state, .syn = true, .isn_known = true,
		.next_known = true, .isn = isn, .seq = isn, .next = isn + 1,
		.whole = isn + 1,
	};
}

static void opens_actively(struct step *s, unsigned side, tc_seq isn)
{
	struct tc_wire_side *end = &s->w->side[side];

	count_from(end, isn);
	if (end->known)
		return;
	end->known = true;	/* an active open begins where nothing was */
	end->state = TC_ST_CLOSED;
	move_to(s, side, TC_ST_SYN_SENT);
}

/*
 * Does this SYN open a connection, or belong to its opening? One on a connection that lives
 * draws but a challenge ACK (RFC 9293 3.10.7.4 fourth); it counts from when it is answered.
 */
static bool begins(struct step *s, unsigned from, const struct tc_seg *seg)
{
	struct tc_wire_side *own = &s->w->side[from], *other = &s->w->side[!from];
	bool answers = seg->flags & TC_FLAG_ACK;
	bool over = !own->known || own->state == TC_ST_CLOSED ||
		    own->state == TC_ST_TIME_WAIT;

	if (own->syn && own->isn == seg->seq && !over)
		return true;
	if (answers && other->retried && seg->ack == other->retry + 1) {
		other->known = false;
		opens_actively(s, !from, other->retry);
	}
	if (!over && !own->syn) {	/* not the first segment that was captured */
		own->syn = own->isn_known = true;
		own->isn = seg->seq;
	} else if (!over && !opens(own) && !(answers && is_in(other, TC_ST_SYN_SENT))) {
		if (!answers)
			own->retry = seg->seq;
		own->retried |= !answers;
		return false;
	} else if (answers) {
		count_from(own, seg->seq);
	} else {
		if (!other->known || other->state == TC_ST_CLOSED)
			*other = (struct tc_wire_side){ 0 };
		opens_actively(s, from, seg->seq);
	}
	return true;
}

static void on_syn(struct step *s, unsigned from, const struct tc_seg *seg)
{
	struct tc_wire_side *own = &s->w->side[from], *other = &s->w->side[!from];
	bool answers = seg->flags & TC_FLAG_ACK;

	if (answers && !own->known) {
		own->known = true;
		own->state = TC_ST_LISTEN;
		move_to(s, from, TC_ST_SYN_RECEIVED);
	} else if (answers && is_in(own, TC_ST_SYN_SENT)) {
		move_to(s, from, TC_ST_SYN_RECEIVED);
	}
	if (opens(other) && acks_syn(other, seg))
		move_to(s, !from, TC_ST_ESTABLISHED);
	else if (!answers && is_in(other, TC_ST_SYN_SENT))	/* simultaneous */
		move_to(s, !from, TC_ST_SYN_RECEIVED);
}

/* ---- FIN and ACK ------------------------------------------------------------------ */

/* A FIN has arrived: 3.10.7.4 eighth. */
static void fin_arrives(struct step *s, unsigned at)
{
	struct tc_wire_side *end = &s->w->side[at], *sender = &s->w->side[!at];

	if (sender->fin_arrived || !end->known)
		return;
	sender->fin_arrived = true;
	if (end->state == TC_ST_SYN_RECEIVED || end->state == TC_ST_ESTABLISHED)
		move_to(s, at, TC_ST_CLOSE_WAIT);
	else if (end->state == TC_ST_FIN_WAIT_1)
		move_to(s, at, TC_ST_CLOSING);
	else if (end->state == TC_ST_FIN_WAIT_2)
		move_to(s, at, TC_ST_TIME_WAIT);
}

/* The FIN of side `at` is acknowledged: 3.10.7.4 fifth. */
static void fin_acked(struct step *s, unsigned at)
{
	struct tc_wire_side *end = &s->w->side[at];

	if (!end->known)
		return;
	if (end->state == TC_ST_FIN_WAIT_1)
		move_to(s, at, TC_ST_FIN_WAIT_2);
	else if (end->state == TC_ST_CLOSING)
		move_to(s, at, TC_ST_TIME_WAIT);
	else if (end->state == TC_ST_LAST_ACK)
		move_to(s, at, TC_ST_CLOSED);
}

static void on_fin(struct step *s, unsigned from, const struct tc_seg *seg)
{
	struct tc_wire_side *own = &s->w->side[from];

	own->fin = true;
	own->fin_end = seg->seq + tc_seg_seq_len(seg);
	if (!own->known)
		return;
	if (own->state == TC_ST_SYN_RECEIVED || own->state == TC_ST_ESTABLISHED)
		move_to(s, from, TC_ST_FIN_WAIT_1);
	else if (own->state == TC_ST_CLOSE_WAIT)
		move_to(s, from, TC_ST_LAST_ACK);
	if (!s->w->certain && tc_seq_leq(own->fin_end, own->whole))
		fin_arrives(s, !from);
}

static void on_ack(struct step *s, unsigned from, const struct tc_seg *seg)
{
	struct tc_wire_side *own = &s->w->side[from], *other = &s->w->side[!from];
	bool guess = !s->w->certain;

	if ((guess && !own->known) || is_in(own, TC_ST_SYN_SENT))
		move_to(s, from, TC_ST_ESTABLISHED);
	if ((guess && !other->known) || (is_in(other, TC_ST_SYN_RECEIVED) &&
					 tc_seq_gt(seg->ack, other->isn)))
		move_to(s, !from, TC_ST_ESTABLISHED);
	/* who acknowledges a FIN has got it, whatever was lost before */
	if (other->fin && tc_seq_geq(seg->ack, other->fin_end)) {
		other->fin_acked = true;
		fin_arrives(s, from);
		fin_acked(s, !from);
	}
}

/* ---- numbers ---------------------------------------------------------------------- */

static void note_ack(struct tc_wire_side *own, struct tc_wire_side *other, tc_seq ack)
{
	if (!other->isn_known)
		other->isn = ack - 1;
	other->isn_known = true;
	if (!own->ack_known || tc_seq_gt(ack, own->ack))
		own->ack = ack;
	own->ack_known = true;
	if (other->next_known && tc_seq_gt(ack, other->whole) && tc_seq_leq(ack, other->next))
		other->whole = ack;
}

static void note_numbers(struct tc_wire_states *w, unsigned from, const struct tc_seg *seg)
{
	struct tc_wire_side *own = &w->side[from];
	tc_seq end = seg->seq + tc_seg_seq_len(seg);

	if (!own->isn_known)
		own->isn = seg->seq - 1;
	if (!own->next_known)
		own->next = own->whole = seg->seq;
	own->isn_known = own->next_known = true;
	own->seq = seg->seq;
	own->wnd = (uint16_t)seg->wnd;
	own->next = tc_seq_max(own->next, end);
	if (tc_seq_leq(seg->seq, own->whole))
		own->whole = tc_seq_max(own->whole, end);
	if (seg->flags & TC_FLAG_ACK)
		note_ack(own, &w->side[!from], seg->ack);
}

unsigned tc_wire_states_segment(struct tc_wire_states *w, unsigned from,
				const struct tc_seg *seg,
				struct tc_wire_change changes[TC_WIRE_CHANGES])
{
	struct step s = { .w = w, .out = changes };

	w->side[from].seq = seg->seq;
	if (seg->flags & TC_FLAG_RST) {
		on_reset(&s, from, seg);
		return s.n;
	}
	if (seg->flags & TC_FLAG_SYN && !begins(&s, from, seg))
		return s.n;
	note_numbers(w, from, seg);
	if (seg->flags & TC_FLAG_SYN)
		on_syn(&s, from, seg);
	else if (seg->flags & TC_FLAG_ACK)
		on_ack(&s, from, seg);
	if (seg->flags & TC_FLAG_FIN)
		on_fin(&s, from, seg);
	return s.n;
}
