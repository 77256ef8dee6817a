/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * loss-response: what a loss does to a sender. The first segment of a round is acknowledged no
 * more: after how many duplicate ACKs it comes again, and how many segments the next round
 * has. Then nothing is acknowledged at all: how many come after the time-out.
 */
#include "flight.h"

#include <tcpcraft/seq.h>

TC_DEFINE_EXPERIMENT(loss_response, "loss-response",
	"what a loss does: duplicate ACKs until it is sent again, the window, a time-out",
	"RFC 5681 3.2: the third duplicate ACK; ssthresh at most half of what is in flight; "
	"3.1: one segment after a time-out", .ports = 32, .needs = TC_NEEDS_NO_RESET);

#define QUIET (40 * TC_MS)		/* the round is over */
#define STEP (10 * TC_MS)	/* for an answer to one duplicate ACK: as --rate has it unless told */
#define SOON (180 * TC_MS)		/* later it may be a time-out: they begin at 0.2 s */
#define DUPS 12
_Static_assert(QUIET + DUPS * STEP + 15 * TC_MS < SOON,
	       "where nothing comes for all duplicates, that is told with some time to spare");
#define TRIES 5
#define LEAST 5u			/* segments in a round: three duplicates, and some */

struct loss {
	unsigned most;			/* duplicate ACKs that are sent for it */
	unsigned before, after;		/* segments in flight, of the next round */
	unsigned more;			/* that went out for duplicate ACKs: RFC 3042 */
	unsigned dups;			/* duplicate ACKs until it came again; 0: it did not */
	unsigned timeout;		/* segments at once after a time-out; 0: none */
	bool late;			/* it took so long that it may have been a time-out */
	bool once;			/* no further connection was to be had that confirms it */
	uint32_t mss;
};

/* All of a round is acknowledged; the next one. */
static int next_round(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_flight *fl,
		      struct tc_error *err)
{
	int rc;

	c->rcv_nxt = fl->end;
	rc = tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err);
	return rc < 0 ? rc : tc_lab_flight(lab, c, fl->end, tc_lab_wait(lab, TC_S), QUIET, fl, err);
}

/* How many of them had gone out by then, on the wire. */
static unsigned count_before(const struct tc_lab *lab, const int sent[DUPS], unsigned n,
			     tc_time stamp)
{
	unsigned before = 0;

	for (unsigned i = 0; i < n; i++) {
		tc_time at = tc_lab_sent_at(lab, sent[i]);

		before += at && at <= stamp;
	}
	return before;
}

/* The round is outstanding, and its first segment taken for lost. By stamps, since both may be
 * read late. */
static int duplicate(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_flight *fl,
		     struct loss *l, struct tc_error *err)
{
	const tc_time since = fl->last_at;
	struct tc_flight more = { .bytes = 0 };
	int sent[DUPS], rc = 0;
	tc_time wait = STEP;
	unsigned n = 0;

	while (n < l->most && rc == 0) {
		sent[n] = tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err);
		if (sent[n] < 0)
			return sent[n];
		tc_lab_cite_sent(lab, sent[n++]);
		/* For an answer to the last one, where fewer than the others are sent: as long
		 * as it can be told from a time-out's work. */
		if (n == l->most && n < DUPS)
			wait = since + SOON - STEP - tc_clock_realtime();
		rc = tc_lab_flight(lab, c, fl->end, wait, 0, &more, err);
		fl->end = more.end;	/* new ones: limited transmit, RFC 3042 */
	}
	l->dups = rc > 0 ? count_before(lab, sent, n, more.again_at) : 0;
	l->late = (rc > 0 ? more.again_at : tc_clock_realtime()) - since > SOON ||
		  (rc == 0 && wait < STEP);
	return rc < 0 ? rc : 0;
}

/* Those of a round that is not acknowledged, when its first has come again. */
static int count_timeout(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_flight *fl,
			 struct loss *l, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + QUIET;
	struct tc_lab_frame *seen;
	uint32_t bytes = fl->unit;
	int rc = 1;

	while (rc > 0 && (rc = tc_lab_next(lab, c, until, &seen, err)) > 0)
		if (seen->rx.kind == TC_RX_TCP)
			bytes += seen->rx.seg.len;
	l->timeout = (bytes + l->mss - 1) / l->mss;
	return rc < 0 ? rc : 0;
}

/* 1: *l is filled; 0: the connection, or what it says, is not enough for that. */
static int lose(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_flight *fl, struct loss *l,
		struct tc_error *err)
{
	int rc = next_round(lab, c, fl, err);

	if (rc != 0 || fl->fin || fl->bytes < LEAST * l->mss)
		return rc < 0 ? rc : 0;
	/* What limited transmit adds is not halved: RFC 5681 3.2, step 2. */
	l->before = fl->bytes / l->mss;
	rc = duplicate(lab, c, fl, l, err);
	l->more = (fl->end - c->rcv_nxt) / l->mss - l->before;
	if (rc < 0 || l->late || !l->dups)
		return rc < 0 ? rc : 1;
	rc = next_round(lab, c, fl, err);
	if (rc != 0 || fl->fin)
		return rc < 0 ? rc : 0;
	l->after = fl->bytes / l->mss;
	rc = tc_lab_flight(lab, c, fl->end, lab->timeout, 0, fl, err);
	if (rc > 0)
		rc = count_timeout(lab, c, fl, l, err);
	return rc < 0 ? rc : 1;
}

/* No control that answers a loss leaves more: 0.5 of RFC 5681 3.1, 0.7 of RFC 9438 4.6, 0.85 of
 * RFC 8511 3 (of a mark), 0.9 of RFC 3649 5 at its largest window. */
static bool is_kept(const struct loss *l)
{
	return l->after * 10 > l->before * 9;
}

static void tell(struct tc_finding *f, const struct loss *l)
{
	if (l->late) {
		tc_finding_untold(f, "it took so long that what came may be a time-out's "
				  "work");
		return;
	}
	if (!l->dups) {
		tc_finding_number(f, "duplicate_acks", DUPS);
		tc_finding_told(f, "no-fast-retransmit", "%d duplicate ACKs do not bring the "
				"segment again: its sender waits for more, or for the time-out", DUPS);
		return;
	}
	tc_finding_number(f, "duplicate_acks", l->dups);
	tc_finding_count(f, "segments_before", l->before);
	tc_finding_count(f, "sent_for_duplicates", l->more);
	tc_finding_count(f, "segments_after", l->after);
	if (l->timeout)
		tc_finding_number(f, "segments_after_timeout", l->timeout);
	if (l->once)
		tc_finding_text(f, "confirmed", "no");
	tc_finding_value(f, l->dups);
	tc_finding_told(f, is_kept(l) ? "keeps-its-window" : "fast-retransmit",
			"the %u%s duplicate ACK brings the segment again; %u segments were in flight "
			"before, of the next round there are %u (%.2g times as many)%s%s", l->dups,
			l->dups == 1 ? "st" : l->dups == 2 ? "nd" : l->dups == 3 ? "rd" : "th",
			l->before, l->after, (double)l->after / l->before,
			l->timeout == 1 ? "; after a time-out there is one" :
			l->timeout ? "; after a time-out there are more than one" : "",
			l->once ? " (not confirmed: there was no other connection to see that one "
			"fewer does not)" : "");
}

/* As lose; 0: where it is the first, that is the finding. */
static int try(struct tc_lab *lab, struct tc_finding *f, struct loss *l, struct tc_error *err)
{
	struct tc_flight fl;
	struct tc_lab_conn *c;
	const bool again = l->most < DUPS;
	int rc, hung;

	*l = (struct loss){ .most = l->most, .mss = tc_lab_mss(lab) };
	rc = tc_lab_first_flight(lab, again ? NULL : f, l->mss, &c, QUIET, &fl, err);
	if (rc <= 0)
		return rc;
	rc = lose(lab, c, &fl, l, err);
	if (rc == 0 && again)		/* it has sent enough before: something was late */
		rc = l->late = c->end == TC_LAB_ALIVE;
	else if (rc == 0 && c->end != TC_LAB_ALIVE)
		tc_finding_blame(f, lab, c);
	else if (rc == 0)
		tc_finding_unknown(f, "too-short", "could not tell: the server does not send rounds "
				   "of %u segments one after the other; --prefix gives a request "
				   "for more", LEAST);
	hung = rc < 0 ? rc : tc_lab_hang_up(lab, c, err);
	return hung < 0 ? hung : rc;
}

/* How many it takes is told when one fewer was seen not to do it: the answer of a server that is
 * late comes when one more has been sent. */
static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct loss l = { .most = DUPS }, said = { .late = true };
	int rc = 1;

	for (unsigned i = 0; i < TRIES && rc > 0 && l.most; i++) {
		rc = try(lab, f, &l, err);
		if (rc <= 0 || l.late)
			continue;
		if (l.dups || l.most == DUPS)
			said = l;
		l.most = l.dups ? l.dups - 1 : 0;
	}
	said.once = rc == 0 && said.dups;
	said.late |= rc > 0 && l.most > 0;
	if (rc > 0 || said.once)
		tell(f, &said);
	return rc < 0 ? rc : 0;
}
