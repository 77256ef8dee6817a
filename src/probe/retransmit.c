/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * retransmit: what the server sends is never acknowledged. When its TCP sends it again,
 * by what factor it backs off, and when it gives up. A FIN is as good as data.
 */
#include "lab/lab.h"

#include <tcpcraft/seq.h>

TC_DEFINE_EXPERIMENT(retransmit, "retransmit",
	"when data that nobody acknowledges is sent again, until it gives up",
	"RFC 6298 2, 5.5 (twice as long each time); RFC 9293 3.8.3 (R1, R2)",
	.ports = 8, .harmless = true, .needs = TC_NEEDS_NO_RESET, .patience = 20 * TC_S);

static bool is_again(const struct tc_lab_frame *s, tc_seq first)
{
	return s->rx.kind == TC_RX_TCP && !(s->rx.seg.flags & (TC_FLAG_RST | TC_FLAG_SYN)) &&
	       tc_seg_seq_len(&s->rx.seg) && tc_seq_leq(s->rx.seg.seq, first);
}

/* 1: the peer gave up, 0: we did. */
static int listen_on(struct tc_lab *lab, struct tc_lab_conn *c, tc_seq first,
		     struct tc_schedule *s, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + lab->timeout;
	struct tc_lab_frame *seen;
	bool over;
	int rc;

	while ((rc = tc_schedule_next(lab, c, s, until, &seen, &over, err)) > 0) {
		if (c->end == TC_LAB_RESET) {
			seen->cited = true;
			return 1;
		}
		if (is_again(seen, first)) {
			tc_schedule_add(s, seen);
			seen->cited = true;
		}
	}
	return rc < 0 ? rc : over;
}

static void tell(const struct tc_lab *lab, struct tc_finding *f, const struct tc_schedule *s,
		 bool over, bool reset)
{
	unsigned n = s->n - 1;
	double seconds = (double)(s->at[s->n - 1] - s->at[0]) / (double)TC_S;
	char growth[TC_GROWTH_TEXT];
	const char *how = reset ? "with a reset" : "in silence";

	tc_schedule_facts(s, f);
	tc_finding_value(f, n);
	if (n == 0) {
		tc_finding_told(f, "none-seen", "what nobody acknowledges is not sent again in "
				"%g s%s", (double)lab->timeout / (double)TC_S,
				over ? ": the connection is reset" : "");
	} else if (over) {
		tc_finding_number(f, "retransmissions", n);
		tc_finding_told(f, "gives-up", "what nobody acknowledges is sent again %u time%s "
				"in %.3g s%s, then given up %s", n, n == 1 ? "" : "s", seconds,
				tc_schedule_growth(s, growth), how);
	} else {
		tc_finding_measure(f, "retransmissions_seen", n);
		tc_finding_told(f, "still-retrying", "what nobody acknowledges was sent again %u "
				"time%s in %g s%s, and that was not the end", n,
				n == 1 ? "" : "s", (double)lab->timeout / (double)TC_S,
				tc_schedule_growth(s, growth));
	}
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	const struct tc_lab_open how = { .never_acks = true };
	struct tc_schedule s = { .n = 0 };
	struct tc_lab_conn *c;
	struct tc_lab_frame *seen;
	int rc = tc_lab_provoke(lab, &how, &c, &seen, err);

	if (rc < 0)
		return rc;
	if (rc == 0 && c->end == TC_LAB_ALIVE)
		tc_finding_unknown(f, "could-not-tell", "could not tell: the server sends "
				   "nothing; --prefix gives a request that it answers");
	else if (rc == 0)
		tc_finding_blame(f, lab, c);
	if (rc == 0)
		return 0;
	tc_finding_text(f, "what", "%s", seen->rx.seg.len ? "data" : "FIN");
	tc_schedule_add(&s, seen);
	seen->cited = true;
	rc = listen_on(lab, c, seen->rx.seg.seq, &s, err);
	if (rc >= 0)
		tell(lab, f, &s, rc > 0, c->end == TC_LAB_RESET);
	return rc;
}
