/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syn-retries: a client calls, and is not answered. How often it sends its SYN again, when, and
 * when it gives up, which shows where it calls anew.
 */
#include "lab/lab.h"

#include <tcpcraft/error.h>

#define IS_SYN (TC_FLAG_SYN | TC_FLAG_ACK | TC_FLAG_RST)

struct watch {
	struct tc_schedule s;
	bool over;			/* it gave up: so long is it since the last */
	bool anew;			/* it called anew instead */
};

/* Until its schedule is over. */
static int listen_on(struct tc_lab *lab, struct tc_lab_conn *c, struct watch *w,
		     struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + lab->timeout;
	struct tc_lab_frame *seen;
	int rc;

	while ((rc = tc_schedule_next(lab, c, &w->s, until, &seen, &w->over, err)) > 0)
		if (seen->rx.kind == TC_RX_TCP &&
		    (seen->rx.seg.flags & IS_SYN) == TC_FLAG_SYN) {
			tc_schedule_add(&w->s, seen);
			seen->cited = true;
		}
	w->anew = tc_lab_called_since(lab, c);
	return rc;
}

static void tell(const struct tc_lab *lab, struct tc_finding *f, const struct watch *w)
{
	const struct tc_schedule *s = &w->s;
	unsigned retries = s->n - 1;
	double seconds = (double)(s->at[s->n - 1] - s->at[0]) / (double)TC_S;
	char growth[TC_GROWTH_TEXT];

	tc_schedule_facts(s, f);
	tc_finding_value(f, retries);
	tc_finding_number(f, w->over ? "retries" : "retries_seen", retries);
	tc_finding_text(f, "calls_anew", "%s", w->anew ? "yes" : "no");
	if (retries == 0)
		tc_finding_told(f, "none-seen", "a SYN that nobody answers is not sent again in "
				"%g s%s: one lost segment, and the call has failed",
				(double)lab->timeout / (double)TC_S,
				w->anew ? "; another call follows" : "");
	else if (w->over)
		tc_finding_told(f, "gives-up", "a SYN that nobody answers is sent again %u time%s "
				"in %.3g s%s, then given up", retries, retries == 1 ? "" : "s",
				seconds, tc_schedule_growth(s, growth));
	else
		tc_finding_told(f, "still-retrying", "a SYN that nobody answers was sent again %u "
				"time%s in %g s%s, and that was not the end: a longer --timeout "
				"shows more", retries, retries == 1 ? "" : "s",
				(double)lab->timeout / (double)TC_S,
				tc_schedule_growth(s, growth));
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_conn *c = tc_lab_conn(lab);
	struct watch w = { .over = false };
	int rc = c ? tc_lab_call(lab, c, err) : tc_nomem(err);

	if (rc <= 0)
		return rc < 0 ? rc : tc_finding_blame(f, lab, c);
	rc = listen_on(lab, c, &w, err);
	if (w.s.n)
		tell(lab, f, &w);
	return rc;
}

TC_DEFINE_EXPERIMENT(syn_retries, "syn-retries",
	"how often a client's SYN that nobody answers is sent again, and when",
	"RFC 9293 3.8.1, 3.8.3 (MUST-23: for three minutes at least); RFC 6298 2.1, 5.5",
	.ports = 1, .harmless = true, .asks = TC_ASKS_CLIENTS, .patience = 35 * TC_S);
