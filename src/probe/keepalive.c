/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keepalive: two connections rest. The probes of one are answered, those of the other are
 * not: the first shows how long the peer waits while all is well, the second how often it
 * asks in vain, and what it does then.
 */
#include "lab/lab.h"

TC_DEFINE_EXPERIMENT(keepalive, "keepalive",
	"whether a connection at rest is probed, when, how often, and what then",
	"RFC 9293 3.8.4 (MUST-24 to MUST-29)",
	.ports = 4, .harmless = true, .patience = 10 * TC_S);

struct idle {
	struct tc_lab_conn *c;
	struct tc_schedule s;
	double first;			/* seconds to the first probe */
	bool answer, over, fin;
	double over_after;		/* seconds of rest */
};

static double seconds(tc_time t)
{
	return (double)t / (double)TC_S;
}

/* RFC 9293 3.8.4: a number that is behind, with a byte or without. */
static bool is_probe(const struct idle *i, const struct tc_lab_frame *s)
{
	return s->rx.kind == TC_RX_TCP && s->rx.seg.len <= 1 &&
	       !(s->rx.seg.flags & (TC_FLAG_SYN | TC_FLAG_RST | TC_FLAG_FIN)) &&
	       s->rx.seg.seq == i->c->rcv_nxt - 1;
}

/* Seconds of rest. The peer counts them from what it heard last (RFC 9293 3.8.4), which may be our
 * ACK, as late as this process was: not from what it said itself. */
static double rest(const struct tc_lab *lab, const struct idle *i, const struct tc_lab_frame *seen)
{
	return seconds(seen->stamp - tc_lab_spoke_before(lab, i->c, seen->stamp));
}

static int take(struct tc_lab *lab, struct idle *i, struct tc_lab_frame *seen,
		struct tc_error *err)
{
	int rc = 0;

	if (is_probe(i, seen)) {
		if (i->s.n == 0)
			i->first = rest(lab, i, seen);
		tc_schedule_add(&i->s, seen);
		seen->cited = true;
		if (i->answer)
			rc = tc_lab_send(lab, i->c, TC_FLAG_ACK, NULL, 0, err);
	} else if (seen->rx.kind == TC_RX_TCP && (i->c->end == TC_LAB_RESET ||
						  i->c->peer_fin)) {
		i->over = true;
		i->fin = i->c->peer_fin && i->c->end != TC_LAB_RESET;
		i->over_after = rest(lab, i, seen);
		seen->cited = true;
	} else if (seen->rx.kind == TC_RX_TCP && seen->rx.seg.len) {
		/* a greeting */
		rc = tc_lab_send(lab, i->c, TC_FLAG_ACK, NULL, 0, err);
	}
	return rc;
}

static int watch(struct tc_lab *lab, struct idle two[2], struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + lab->timeout;
	struct tc_lab_frame *seen;
	int rc;

	while ((rc = tc_lab_next(lab, NULL, until, &seen, err)) > 0) {
		for (int i = 0; i < 2 && rc >= 0; i++)
			if (seen->conn == two[i].c && !two[i].over)
				rc = take(lab, &two[i], seen, err);
		if (rc < 0)
			return rc;
		/* enough: the one is given up, the other was asked twice */
		if (two[1].over && (two[0].over || two[0].s.n >= 2))
			return 0;
	}
	return rc;
}

static double mean(const struct tc_schedule *s)
{
	return s->n < 2 ? 0 : seconds(s->at[s->n - 1] - s->at[0]) / (s->n - 1);
}

static void tell_probes(struct tc_finding *f, const struct idle two[2])
{
	const struct idle *kept = &two[0], *lost = &two[1];

	tc_finding_measure(f, "idle_s", kept->first);
	tc_finding_value(f, kept->first);
	if (kept->s.n >= 2)
		tc_finding_measure(f, "interval_answered_s", mean(&kept->s));
	if (lost->s.n >= 2)
		tc_finding_measure(f, "interval_unanswered_s", mean(&lost->s));
	if (lost->over)
		tc_finding_number(f, "probes_unanswered", lost->s.n);
	if (lost->over)
		tc_finding_told(f, "probes", "a peer that rests is probed after %.3g s; when "
				"nobody answers, %u times in all, then the connection is %s",
				kept->first, lost->s.n, lost->fin ? "closed" : "reset");
	else
		tc_finding_told(f, "probes", "a peer that rests is probed after %.3g s; %u that "
				"nobody answered were not the last", kept->first, lost->s.n);
}

static void tell(const struct tc_lab *lab, struct tc_finding *f, const struct idle two[2])
{
	if (two[0].s.n) {
		tell_probes(f, two);
	} else if (two[0].over) {
		tc_finding_measure(f, "idle_s", two[0].over_after);
		tc_finding_told(f, "closes", "no keep-alive: after %.3g s of rest the server %s",
				two[0].over_after, two[0].fin ? "closes" : "resets");
	} else {
		tc_finding_told(f, "none-seen", "no keep-alive in %g s of rest: there is none, "
				"or it waits longer (RFC 9293 MUST-28: two hours at least)",
				seconds(lab->timeout));
	}
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct idle two[2] = { { .answer = true }, { .answer = false } };
	int rc;

	for (int i = 0; i < 2; i++) {
		rc = tc_lab_begin(lab, f, &two[i].c, NULL, err);
		if (rc <= 0)
			return rc;
	}
	rc = watch(lab, two, err);
	if (rc >= 0)
		tell(lab, f, two);
	return rc;
}
