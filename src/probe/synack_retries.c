/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * synack-retries: a SYN, and nothing more. How often the listener sends its SYN,ACK again,
 * when, and when it gives up.
 */
#include "lab/lab.h"

#include <tcpcraft/error.h>

#define SYNS 3				/* one may be lost */

TC_DEFINE_EXPERIMENT(synack_retries, "synack-retries",
	"how often a SYN,ACK that nobody acknowledges is sent again, and when",
	"RFC 9293 3.8.1, 3.8.3; RFC 6298 2.1, 5.5: 1 s at first, then twice as long",
	.ports = SYNS, .harmless = true, .patience = 35 * TC_S);

static bool is_syn_ack(const struct tc_lab_frame *s)
{
	const unsigned both = TC_FLAG_SYN | TC_FLAG_ACK;

	return s->rx.kind == TC_RX_TCP && (s->rx.seg.flags & (both | TC_FLAG_RST)) == both;
}

/* What comes to any of our SYNs; *c is then that one's. A SYN,ACK is left for listen_on. */
static int hear(struct tc_lab *lab, struct tc_lab_conn **c, struct tc_error *err)
{
	const tc_time until = tc_clock_monotonic() + TC_S / 2;
	struct tc_lab_frame *seen;
	int rc;

	while ((rc = tc_lab_next(lab, NULL, until, &seen, err)) > 0) {
		if (!seen->conn)
			continue;
		*c = seen->conn;
		if (seen->rx.kind == TC_RX_ICMP_ERROR)
			(*c)->end = TC_LAB_UNREACHABLE;
		else if (seen->rx.seg.flags & TC_FLAG_RST)
			(*c)->end = TC_LAB_REFUSED;
		else if (is_syn_ack(seen))
			(*c)->end = TC_LAB_ALIVE;
		else
			continue;
		return 1;
	}
	return rc;
}

/* 1: a SYN,ACK came; 0: none, and (*c)->end says why. Each SYN is of a connection of its own: one
 * that is sent again is answered anew, and that answer would be told as one more retransmission.
 * Of a peer that is far away the first is answered when the next was sent. */
static int first(struct tc_lab *lab, struct tc_lab_conn **c, struct tc_error *err)
{
	int rc = 0;

	for (int i = 0; i < SYNS && rc == 0; i++) {
		*c = tc_lab_conn(lab);
		if (!*c)
			return tc_nomem(err);
		(*c)->end = TC_LAB_NO_ANSWER;
		rc = tc_lab_cite_sent(lab, tc_lab_send(lab, *c, TC_FLAG_SYN, NULL, 0, err));
		if (rc < 0)
			return rc;
		rc = hear(lab, c, err);
	}
	return rc < 0 ? rc : (*c)->end == TC_LAB_ALIVE;
}

/* 1: the peer gave up, and *reset is the stamp of its reset, if it sent one; 0: we did. */
static int listen_on(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_schedule *s,
		     tc_time *reset, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + lab->timeout;
	struct tc_lab_frame *seen;
	bool over;
	int rc;

	while ((rc = tc_schedule_next(lab, c, s, until, &seen, &over, err)) > 0) {
		seen->cited = true;
		if (seen->rx.kind == TC_RX_TCP && seen->rx.seg.flags & TC_FLAG_RST) {
			*reset = seen->stamp;
			return 1;
		}
		if (is_syn_ack(seen))
			tc_schedule_add(s, seen);
	}
	return rc < 0 ? rc : over;
}

static void tell(const struct tc_lab *lab, struct tc_finding *f,
		 const struct tc_schedule *s, bool over, tc_time reset)
{
	unsigned retries = s->n - 1;
	double seconds = (double)(s->at[s->n - 1] - s->at[0]) / (double)TC_S;
	const double waited = (double)lab->timeout / (double)TC_S;

	tc_schedule_facts(s, f);
	if (reset && retries == 0 && tc_schedule_cut_short(s, reset)) {
		tc_finding_untold(f, "the listener resets the handshake %.3g s after its SYN,ACK, "
				  "which may be sooner than it is sent again",
				  (double)(reset - s->at[0]) / (double)TC_S);
		return;
	}
	tc_finding_value(f, retries);
	if (over) {
		tc_finding_number(f, "retries", retries);
		tc_finding_told(f, "gives-up", "the SYN,ACK is sent again %u time%s in %.3g s, "
				"then given up %s (on Linux: tcp_synack_retries)", retries,
				retries == 1 ? "" : "s", seconds,
				reset ? "with a reset" : "in silence");
		return;
	}
	tc_finding_number(f, "retries_seen", retries);
	if (retries == 0)
		tc_finding_told(f, "none-seen", "the SYN,ACK is not sent again in %g s%s", waited,
				lab->timeout <= TC_FIRST_RTO ? ": a longer --timeout may show more" :
				"");
	else
		tc_finding_told(f, "still-retrying", "the SYN,ACK was sent again %u time%s in %g s, "
				"and that was not the end: a longer --timeout shows more", retries,
				retries == 1 ? "" : "s", waited);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_schedule s = { .n = 0 };
	struct tc_lab_conn *c;
	tc_time reset = 0;
	int rc = first(lab, &c, err);

	if (rc <= 0)
		return rc < 0 ? rc : tc_finding_blame(f, lab, c);
	rc = listen_on(lab, c, &s, &reset, err);
	if (rc >= 0)
		tell(lab, f, &s, rc > 0, reset);
	return rc;
}
