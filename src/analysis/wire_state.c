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

/* RFC 9293 3.10.7.4 second: a reset that is not where the next byte is due is ignored
 * (RFC 5961 3.2); in SYN-SENT it must acknowledge the SYN (3.10.7.3). */
static void on_reset(struct step *s, unsigned from, const struct tc_seg *seg)
{
	struct tc_wire_side *own = &s->w->side[from], *other = &s->w->side[!from];
	bool due = !own->next_known || seg->seq == own->next || seg->seq == other->ack;

	if (is_in(other, TC_ST_SYN_SENT))
		due = seg->flags & TC_FLAG_ACK && seg->ack == other->isn + 1;
	if (!due)
		return;
	if (own->known)		/* else there is no connection on this side: a refusal */
		move_to(s, from, TC_ST_CLOSED);
	if (other->known)
		move_to(s, !from, TC_ST_CLOSED);
}

static void on_syn(struct step *s, unsigned from, const struct tc_seg *seg)
{
	struct tc_wire_side *own = &s->w->side[from], *other = &s->w->side[!from];
	bool answers = seg->flags & TC_FLAG_ACK;

	own->isn = seg->seq;
	if (!answers && (!own->known || is_in(own, TC_ST_CLOSED))) {
		own->known = true;	/* an active open begins where nothing was */
		own->state = TC_ST_CLOSED;
		move_to(s, from, TC_ST_SYN_SENT);
	} else if (answers && !own->known) {
		own->known = true;
		own->state = TC_ST_LISTEN;
		move_to(s, from, TC_ST_SYN_RECEIVED);
	} else if (answers && is_in(own, TC_ST_SYN_SENT)) {
		move_to(s, from, TC_ST_SYN_RECEIVED);
	}
	if (answers && seg->ack == other->isn + 1 &&
	    (is_in(other, TC_ST_SYN_SENT) || is_in(other, TC_ST_SYN_RECEIVED)))
		move_to(s, !from, TC_ST_ESTABLISHED);
	else if (!answers && is_in(other, TC_ST_SYN_SENT))	/* simultaneous */
		move_to(s, !from, TC_ST_SYN_RECEIVED);
}

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
	own->fin_end = seg->seq + seg->len + 1;
	if (own->state == TC_ST_SYN_RECEIVED || own->state == TC_ST_ESTABLISHED)
		move_to(s, from, TC_ST_FIN_WAIT_1);
	else if (own->state == TC_ST_CLOSE_WAIT)
		move_to(s, from, TC_ST_LAST_ACK);
}

static void on_ack(struct step *s, unsigned from, const struct tc_seg *seg)
{
	struct tc_wire_side *own = &s->w->side[from], *other = &s->w->side[!from];

	if (!own->known || own->state == TC_ST_SYN_SENT)
		move_to(s, from, TC_ST_ESTABLISHED);
	if (!other->known || (is_in(other, TC_ST_SYN_RECEIVED) &&
			      tc_seq_gt(seg->ack, other->isn)))
		move_to(s, !from, TC_ST_ESTABLISHED);
	/* who acknowledges a FIN has got it, whatever was lost before */
	if (other->fin && tc_seq_geq(seg->ack, other->fin_end)) {
		fin_arrives(s, from);
		fin_acked(s, !from);
	}
}

unsigned tc_wire_states_segment(struct tc_wire_states *w, unsigned from,
				const struct tc_seg *seg,
				struct tc_wire_change changes[TC_WIRE_CHANGES])
{
	struct tc_wire_side *own = &w->side[from];
	struct step s = { .w = w, .out = changes };
	tc_seq end = seg->seq + tc_seg_seq_len(seg);
	bool in_order = !own->next_known || tc_seq_leq(seg->seq, own->next);

	if (seg->flags & TC_FLAG_RST) {
		on_reset(&s, from, seg);
		return s.n;
	}
	if (seg->flags & TC_FLAG_SYN)
		on_syn(&s, from, seg);
	else if (seg->flags & TC_FLAG_ACK)
		on_ack(&s, from, seg);
	if (seg->flags & TC_FLAG_FIN && own->known) {
		on_fin(&s, from, seg);
		if (in_order)
			fin_arrives(&s, !from);
	}
	if (seg->flags & TC_FLAG_SYN || !own->next_known || tc_seq_gt(end, own->next))
		own->next = end;
	own->next_known = true;
	if (seg->flags & TC_FLAG_ACK)
		own->ack = seg->ack;
	return s.n;
}
