/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * talk: what the server does with each stimulus, on a connection each, all at once; the first
 * is sent nothing, and judges the others. A server that serves one client after the other has
 * only heard the first by then: so at the end they are reset in turn, and those behind are
 * listened to once more.
 */
#include "steps.h"
#include "talk.h"

#include <tcpcraft/error.h>
#include <tcpcraft/seq.h>

#include <string.h>

#define GREETING (300 * TC_MS)		/* for a server that speaks first */
#define OPEN_WAIT (1200 * TC_MS)	/* of those behind the first: one SYN sent again */
#define RESENT_AFTER (700 * TC_MS)
#define SENDS 3
#define LATE_MOST TC_S			/* what came by then is heard, but no flood for ever */
#define REFUSES_FOR TC_S		/* before it counts as gone */
#define REFUSALS 4			/* asked so often more by then */
#define TURN_WAIT (200 * TC_MS)		/* and two round trips */

static bool is_over(const struct tc_talker *t)
{
	return !t->c || !t->c->opened || t->fin || t->rst || t->c->end != TC_LAB_ALIVE;
}

static struct tc_talker *talker_of(struct tc_talk *t, const struct tc_lab_conn *c)
{
	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++)
		if (t->at[i].c == c)
			return &t->at[i];
	return NULL;
}

/* ---- listening --------------------------------------------------------------------- */

/* What is new of it, up to the connection's rcv_nxt. */
static void keep(struct tc_talker *k, const struct tc_lab_frame *seen)
{
	uint32_t at = k->heard - seen->rx.seg.seq, n = k->c->rcv_nxt - k->heard - k->c->peer_fin;
	uint32_t there = seen->rx.seg.len - seen->rx.cut;

	if (!k->total && n)
		k->first_at = seen->stamp;
	if (n)
		k->last_at = seen->stamp;
	for (uint32_t i = 0; i < n && at + i < there && k->total + i < TC_TALK_SAID; i++)
		k->said[k->total + i] = seen->rx.payload[at + i];
	k->total += n;
	k->heard = k->c->rcv_nxt;
}

static void note_end(struct tc_talker *k, struct tc_lab_frame *seen, bool late)
{
	k->rst = k->c->end == TC_LAB_RESET;
	k->fin = !k->rst && k->c->peer_fin;
	if (!k->rst && !k->fin)
		return;
	k->ended_at = seen->stamp;
	k->end_ttl = seen->rx.ttl;
	k->late = late;
	seen->cited = true;
}

static int heed(struct tc_talk *t, struct tc_talker *k, struct tc_lab_frame *seen, bool late,
		struct tc_error *err)
{
	if (seen->rx.kind != TC_RX_TCP || !k->c->opened || k->fin || k->rst)
		return 0;
	if (seen->rx.seg.flags & TC_FLAG_SYN) {
		k->ttl = seen->rx.ttl;
		k->heard = k->c->irs + 1;
		return 0;
	}
	if (k->c->rcv_nxt != k->heard) {
		seen->cited |= !k->total;
		k->late |= late && !k->total;
		keep(k, seen);
		note_end(k, seen, late);
		/* who talks for ever is not heard for ever: its window fills */
		return k->total > TC_TALK_HEARD ? 0
			: tc_lab_send(t->lab, k->c, TC_FLAG_ACK, NULL, 0, err);
	}
	note_end(k, seen, late);
	return 0;
}

/* Some that began before it, and have not begun again since, are not over. */
static bool has_one_before(const struct tc_talk *t, const struct tc_talker *k)
{
	for (const struct tc_talker *j = t->at; j < k; j++)
		if (!is_over(j) && j->first == TC_FIRST_SERVES)
			return true;
	return false;
}

static bool any_open(const struct tc_talk *t)
{
	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++)
		if (!is_over(&t->at[i]))
			return true;
	return false;
}

/* Until then, or until none of them can say more. */
static int listen_to(struct tc_talk *t, tc_time until, bool late, struct tc_error *err)
{
	struct tc_lab_frame *seen;
	int rc = 1;

	while (rc > 0 && any_open(t) && tc_clock_monotonic() < until + LATE_MOST) {
		struct tc_talker *k = NULL;
		bool was_late;
		int sent = 0;

		rc = tc_lab_next(t->lab, NULL, until, &seen, err);
		if (rc > 0)
			k = talker_of(t, seen->conn);
		if (k) {
			was_late = k->late;
			sent = heed(t, k, seen, late, err);
			k->beside |= k->late && !was_late && has_one_before(t, k);
		}
		rc = sent < 0 ? sent : rc;
	}
	return rc < 0 ? rc : 0;
}

/* ---- asking ------------------------------------------------------------------------ */

/* 1: it is open. 0: it could not be had. */
static int begin(struct tc_talk *t, struct tc_talker *k, tc_time wait, struct tc_error *err)
{
	const struct tc_lab_open how = { .greeting = true, .wait = wait };
	tc_time began = tc_clock_monotonic(), took;
	int rc;

	k->c = tc_lab_conn(t->lab);
	rc = k->c ? tc_lab_open(t->lab, k->c, &how, err) : tc_nomem(err);
	took = tc_clock_monotonic() - began;
	if (rc > 0 && (!t->trip || took < t->trip))
		t->trip = took;
	return rc;
}

/* As much as its window takes; k->sent_at is the first time. */
static int ask(struct tc_talk *t, struct tc_talker *k, struct tc_error *err)
{
	size_t done = k->c->snd_una - k->c->iss - 1, n = k->what->n - done;
	struct tc_lab_seg seg;
	int rc;

	k->shut = n > k->c->peer_window;
	n = k->shut ? k->c->peer_window : n;
	if (!n)
		return 0;
	tc_lab_make(k->c, TC_FLAG_ACK | TC_FLAG_PSH, &seg);
	seg.seq = k->c->snd_una;
	seg.payload = (const uint8_t *)k->what->bytes + done;
	seg.len = n;
	k->c->snd_nxt = seg.seq + (tc_seq)n;
	rc = tc_lab_put(t->lab, k->c, &seg, err);
	if (!k->sent)
		k->sent = rc;
	k->sent_at = k->sent_at ? k->sent_at : tc_clock_realtime();
	return rc < 0 ? rc : 0;
}

static int ask_all(struct tc_talk *t, struct tc_error *err)
{
	int rc = 0;

	for (struct tc_talker *k = t->at; k < t->at + TC_STIMULUS_COUNT && rc >= 0; k++)
		if (!is_over(k) && k->c->snd_una != k->c->iss + 1 + (tc_seq)k->what->n)
			rc = ask(t, k, err);
	return rc;
}

/* Ask, and listen until then; what is not acknowledged is sent again. */
static int converse(struct tc_talk *t, tc_time until, struct tc_error *err)
{
	tc_time again = tc_clock_monotonic();
	int rc = 0;

	for (unsigned i = 0; i < SENDS && rc >= 0 && again < until; i++) {
		rc = ask_all(t, err);
		again += RESENT_AFTER << i;
		if (rc >= 0)
			rc = listen_to(t, again < until ? again : until, false, err);
	}
	return rc < 0 ? rc : listen_to(t, until, false, err);
}

/* Where one gets no answer, those behind are not tried while the others are open: it takes
 * long, and a queue that is full stays so. Their turn comes. */
static int open_all(struct tc_talk *t, struct tc_finding *f, struct tc_error *err)
{
	int rc = begin(t, &t->at[0], 0, err);
	bool full = false;

	if (rc == 0)
		tc_finding_blame(f, t->lab, t->at[0].c);
	for (unsigned i = 1; i < TC_STIMULUS_COUNT && rc > 0 && !full; i++) {
		rc = begin(t, &t->at[i], tc_lab_wait(t->lab, OPEN_WAIT), err);
		full = rc == 0 && t->at[i].c->end == TC_LAB_NO_ANSWER;
		rc = rc < 0 ? rc : 1;
	}
	return rc;
}

/* ---- in turn ----------------------------------------------------------------------- */

static bool was_heard(const struct tc_talk *t, const struct tc_talker *k)
{
	const struct tc_talker *control = &t->at[TC_STIMULUS_NOTHING];

	if (tc_talk_ended_unasked(k) && !control->fin && !control->rst)
		return false;
	return k->c && k->c->opened && (k->total || k->fin || k->rst);
}

static enum tc_first first_of(const struct tc_talker *k)
{
	if (!k->c)
		return TC_FIRST_NOT_TRIED;
	if (k->c->opened)
		return TC_FIRST_ENDED;
	return k->c->end == TC_LAB_NO_ANSWER ? TC_FIRST_NO_ANSWER : TC_FIRST_REFUSED;
}

/* Asks on a new connection what was not asked: the first could not be opened, or the server closed
 * it when it had several. Broken off, it was never asked: what the first said stands. */
static int once_more(struct tc_talk *t, struct tc_talker *k, struct tc_error *err)
{
	const struct tc_talker was = *k;
	struct tc_talker again = { .what = k->what, .first_rst = k->rst, .first_said = k->total };
	int rc;

	if (k->c && k->c->opened && !tc_talk_ended_unasked(k))
		return 0;
	again.first = first_of(k);
	if (again.first == TC_FIRST_ENDED)
		again.first_s = tc_lab_since(k->c, k->ended_at);
	*k = again;
	rc = begin(t, k, tc_lab_wait(t->lab, OPEN_WAIT), err);
	if (rc > 0)
		rc = listen_to(t, tc_clock_monotonic() + GREETING, true, err);
	if (rc >= 0 && !is_over(k))
		rc = ask(t, k, err);
	if (rc < 0)
		*k = was;
	return rc;
}

/* One after the other is hung up; those behind may be served then. Of one that is asked only
 * now, a greeting is not the answer. */
static int in_turn(struct tc_talk *t, tc_time wait, struct tc_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i + 1 < TC_STIMULUS_COUNT && rc >= 0; i++) {
		struct tc_talker *k = &t->at[i + 1];

		rc = tc_lab_hang_up(t->lab, t->at[i].c, err);
		if (rc >= 0 && !was_heard(t, k))
			rc = once_more(t, k, err);
		if (rc >= 0 && k->first != TC_FIRST_SERVES)
			k->heard_for = wait;
		if (rc >= 0 && (!was_heard(t, k) || (k->heard_for && !is_over(k))))
			rc = listen_to(t, tc_clock_monotonic() + wait, true, err);
	}
	return rc;
}

/* What ends by itself, and before anything was sent, is a habit. */
static bool ended_when_asked(const struct tc_talk *t)
{
	const struct tc_talker *control = &t->at[TC_STIMULUS_NOTHING];
	bool asked = false;

	for (unsigned i = 1; i < TC_STIMULUS_COUNT; i++)
		asked |= t->at[i].sent_at && t->at[i].sent_at < control->ended_at;
	return (control->fin || control->rst) && asked;
}

/* As begin; where it is refused again and again for a second: what is started again for each client
 * refuses for a moment. */
static int begin_again(struct tc_talk *t, struct tc_talker *k, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + REFUSES_FOR;
	int rc = begin(t, k, tc_lab_wait(t->lab, OPEN_WAIT), err);

	while (rc == 0 && k->c->end == TC_LAB_REFUSED && tc_clock_monotonic() < until) {
		rc = tc_lab_sleep(t->lab, tc_clock_monotonic() + REFUSES_FOR / REFUSALS, err);
		if (rc == 0)
			rc = begin(t, k, tc_lab_wait(t->lab, OPEN_WAIT), err);
	}
	return rc;
}

/* The stimuli are cited, and have the time at which they were on the wire: an answer can be
 * here before the call that sent the stimulus is back. */
static void find_sent(struct tc_talk *t)
{
	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++) {
		struct tc_talker *k = &t->at[i];
		tc_time at = k->sent > 0 ? tc_lab_sent_at(t->lab, k->sent) : 0;

		tc_lab_cite_sent(t->lab, k->sent);
		k->sent_at = at ? at : k->sent_at;
	}
}

/* Was it what was sent that ended them all? Who ends connections on his own account takes the
 * next one, and keeps it for a while. A process that ends may have a port for a moment longer. */
static int look_again(struct tc_talk *t, struct tc_error *err)
{
	struct tc_talker again = { .what = &tc_stimuli[TC_STIMULUS_NOTHING] };
	struct tc_lab_frame *seen;
	int rc = 0;

	for (unsigned i = 0; i < SENDS && rc >= 0 && ended_when_asked(t) && !t->gone; i++) {
		tc_time until;

		rc = begin_again(t, &again, err);
		until = tc_clock_monotonic() + GREETING;
		t->gone = rc == 0 && again.c->end == TC_LAB_REFUSED;
		while (rc >= 0 && !t->gone && tc_clock_monotonic() < until) {
			rc = tc_lab_next(t->lab, again.c, until, &seen, err);
			if (rc == 0)
				break;
		}
		if (rc >= 0 && again.c->opened && again.c->end == TC_LAB_ALIVE && !again.c->peer_fin)
			return tc_lab_hang_up(t->lab, again.c, err);
	}
	return rc < 0 ? rc : 0;
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_talk t = { .lab = lab, .watched_s = (double)lab->timeout / (double)TC_S };
	int rc;

	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++)
		t.at[i].what = &tc_stimuli[i];
	rc = open_all(&t, f, err);
	if (rc <= 0)
		return rc;
	rc = listen_to(&t, tc_clock_monotonic() + GREETING, false, err);
	if (rc >= 0)
		rc = converse(&t, tc_clock_monotonic() + lab->timeout - GREETING, err);
	find_sent(&t);
	if (rc >= 0)
		rc = look_again(&t, err);
	lab->usual = tc_talk_unprovoked(&t);
	if (rc >= 0 && !t.gone)
		rc = in_turn(&t, TURN_WAIT + 2 * t.trip, err);
	find_sent(&t);
	tc_talk_tell(&t, f);	/* what was found until a signal came is told as well */
	return rc;
}

const struct tc_experiment tc_meet_talk = {
	.name = "talk",
	.one_line = "what the server does with nothing, a byte, a line, JSON, HTTP, TLS, letters",
	.clause = "RFC 9293 3.10.4 (CLOSE), 3.10.5 (ABORT); RFC 1122 4.2.2.13 (unread data)",
	.ports = TC_STIMULUS_COUNT + 1, .harmless = true, .needs = TC_NEEDS_NOTHING,
	.patience = 6 * TC_S, .run = run,
};
