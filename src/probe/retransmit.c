/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * retransmit: what the peer sends is never acknowledged. When its TCP sends it again,
 * by what factor it backs off, and when it gives up. A FIN is as good as data.
 */
#include "lab/lab.h"

#include <tcpcraft/seq.h>

TC_DEFINE_EXPERIMENT(retransmit, "retransmit",
	"when data that nobody acknowledges is sent again, until it gives up",
	"RFC 6298 2, 5.5 (twice as long each time); RFC 9293 3.8.3 (R1, R2)",
	.ports = 8, .harmless = true, .needs = TC_NEEDS_NO_RESET, .asks = TC_ASKS_BOTH,
	.patience = 20 * TC_S);

#define ASKS 2				/* one may be lost */
#define ANSWER (600 * TC_MS)		/* longer than a TCP is silent between two of them */

static bool is_again(const struct tc_lab_frame *s, tc_seq first)
{
	return s->rx.kind == TC_RX_TCP && !(s->rx.seg.flags & (TC_FLAG_RST | TC_FLAG_SYN)) &&
	       tc_seg_seq_len(&s->rx.seg) && tc_seq_leq(s->rx.seg.seq, first);
}

struct watch {
	struct tc_schedule s;
	tc_time reset;			/* the stamp of a reset that nothing of ours asked for; 0: none */
};

/* The next on the connection, until then: 1, and a copy is noted; 0, negative: as tc_lab_next. */
static int hear(struct tc_lab *lab, struct tc_lab_conn *c, tc_seq first, tc_time until,
		struct tc_schedule *s, struct tc_lab_frame **seen, struct tc_error *err)
{
	int rc = tc_lab_next(lab, c, until, seen, err);

	if (rc <= 0)
		return rc;
	if (is_again(*seen, first))
		tc_schedule_add(s, *seen);
	(*seen)->cited |= is_again(*seen, first) || c->end == TC_LAB_RESET;
	return 1;
}

/* A copy may be lost, or may not leave a busy peer, and the next is twice as far away. A TCP
 * that has the connection answers a segment from before the window (RFC 9293 3.10.7.4), and
 * nothing that it waits for is put off by that. 1: it has; 0: not, or it is not there. */
static int is_held(struct tc_lab *lab, struct tc_lab_conn *c, tc_seq first,
		   struct tc_schedule *s, struct tc_error *err)
{
	struct tc_lab_frame *seen;
	struct tc_lab_seg seg;
	int rc = 0;

	tc_lab_make(c, TC_FLAG_ACK, &seg);
	seg.seq--;
	for (int i = 0; i < ASKS && rc == 0; i++) {
		rc = tc_lab_cite_sent(lab, tc_lab_put(lab, c, &seg, err));
		if (rc < 0)
			return rc;
		rc = hear(lab, c, first, tc_clock_monotonic() + ANSWER, s, &seen, err);
	}
	return rc > 0 ? c->end == TC_LAB_ALIVE : rc;
}

/* 1: the peer gave up, or ended it otherwise, and w->reset says whether it told us; 0: we did. A
 * peer that still has the connection is asked again, each time after twice as long: its last
 * time-out may be late. */
static int listen_on(struct tc_lab *lab, struct tc_lab_conn *c, tc_seq first,
		     struct watch *w, struct tc_error *err)
{
	struct tc_schedule *s = &w->s;
	struct tc_lab_frame *seen;
	tc_time since = tc_clock_monotonic(), until = since + lab->timeout, ends = INT64_MAX;
	bool held = false, over;
	unsigned n;
	int rc;

	do {
		n = s->n;
		if (!held)
			ends = tc_schedule_over_at(s);
		over = ends < until;
		rc = hear(lab, c, first, over ? ends : until, s, &seen, err);
		if (rc > 0 && c->end == TC_LAB_RESET)
			w->reset = seen->stamp;
		if (rc == 0 && over) {
			rc = is_held(lab, c, first, s, err);
			held = rc > 0;
			ends += 2 * (ends - since);
			since = tc_clock_monotonic();
		}
		if (s->n != n) {
			held = false;
			since = tc_clock_monotonic();
		}
	} while (rc > 0 && !w->reset);
	return rc < 0 ? rc : w->reset || over;
}

/* The connection is reset before the next copy was due: who did that did not give up waiting for an
 * ACK, as far as can be seen. */
static void tell_cut_short(struct tc_finding *f, const struct watch *w)
{
	unsigned n = w->s.n - 1;
	double seconds = (double)(w->reset - w->s.at[0]) / (double)TC_S;

	tc_finding_count(f, "retransmissions_seen", n);
	tc_finding_measure(f, "watched_s", seconds);
	if (n == 0) {
		tc_finding_untold(f, "the %s resets the connection %.3g s after what nobody "
				  "acknowledges, which may be sooner than its TCP sends it again",
				  f->peer, seconds);
	} else {
		tc_finding_value(f, n);
		tc_finding_told(f, "still-retrying", "what nobody acknowledges was sent again %u "
				"time%s in %.3g s; then the %s resets the connection, before the "
				"next was due: no giving up", n, n == 1 ? "" : "s", seconds,
				f->peer);
	}
}

static void tell(const struct tc_lab *lab, struct tc_finding *f, const struct watch *w, bool over)
{
	const struct tc_schedule *s = &w->s;
	unsigned n = s->n - 1;
	double seconds = (double)(s->at[s->n - 1] - s->at[0]) / (double)TC_S;
	double watched = (double)(w->reset ? w->reset - s->at[0] : lab->timeout) / (double)TC_S;
	char growth[TC_GROWTH_TEXT];
	const char *how = w->reset ? "with a reset" : "in silence";

	tc_schedule_facts(s, f);
	if (w->reset && tc_schedule_cut_short(s, w->reset)) {
		tell_cut_short(f, w);
		return;
	}
	tc_finding_value(f, n);
	if (n == 0) {
		tc_finding_told(f, "none-seen", "what nobody acknowledges is not sent again in "
				"%.3g s%s", watched, over ? ": then the connection is reset" :
				lab->timeout <= TC_FIRST_RTO ? ": a longer --timeout may show more" :
				"");
	} else if (over) {
		tc_finding_number(f, "retransmissions", n);
		tc_finding_told(f, "gives-up", "what nobody acknowledges is sent again %u time%s "
				"in %.3g s%s, then given up %s", n, n == 1 ? "" : "s", seconds,
				tc_schedule_growth(s, growth), how);
	} else {
		tc_finding_count(f, "retransmissions_seen", n);
		tc_finding_told(f, "still-retrying", "what nobody acknowledges was sent again %u "
				"time%s in %g s%s, and that was not the end", n,
				n == 1 ? "" : "s", watched, tc_schedule_growth(s, growth));
	}
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	const struct tc_lab_open how = { .never_acks = true, .awaits_fin = true };
	struct watch w = { .reset = 0 };
	struct tc_lab_conn *c;
	struct tc_lab_frame *seen;
	int rc = tc_lab_provoke(lab, &how, &c, &seen, err);

	if (rc < 0)
		return rc;
	if (rc == 0)
		return tc_finding_mute(f, lab, c, lab->cfg.clients ? "something that it answers" :
				       "a request that it answers", err);
	tc_finding_text(f, "what", "%s", seen->rx.seg.len ? "data" : "FIN");
	tc_schedule_add(&w.s, seen);
	seen->cited = true;
	rc = listen_on(lab, c, seen->rx.seg.seq, &w, err);
	if (rc >= 0)
		tell(lab, f, &w, rc > 0);
	return rc;
}
