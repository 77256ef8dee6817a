/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmtud: a router says that the peer's segment was too big. Does what it quotes have to be under
 * way, and how small does the next segment get? The first that comes is never acknowledged; an
 * error is sent from our own address after each copy of it. On one connection it quotes what was
 * never sent, on the next one what was: in this order, since a peer that believes the right one
 * keeps what it says for all connections with us. Each has little time: the waits between copies
 * double. What gets smaller after the forged error may do so by itself, as RFC 4821 allows: then a
 * third connection, without an error, says which it was.
 */
#include "flight.h"

#include "wire/family.h"
#include "wire/place.h"

#include <tcpcraft/bits.h>

TC_DEFINE_EXPERIMENT(pmtud, "pmtud",
	"what an ICMP error about a segment that is too big brings about, and a forged one",
	"RFC 9293 3.7.2; RFC 1191 6.3, RFC 8201 5.2; RFC 5927 4.1, 7.2: is what it quotes under way",
	.ports = 8, .needs = TC_NEEDS_NO_RESET, .patience = 10 * TC_S);

#define MTU 1280u			/* of the link that is told of: all may carry that */
#define NOT_SENT 0x40000000u		/* so far away from any that is under way */
#define COPIES 2			/* of the segment, that bring no smaller one */
#define DF 0x4000u			/* routers may not cut it: RFC 791 3.1 */

/* What is said of the copies of a connection's first segment. */
enum said {
	NOTHING,
	FORGED,				/* ICMP, that quotes what was never sent */
	RIGHT,
};

struct sizes {
	uint32_t first, last;		/* bytes: at first, and in the end */
	bool df;			/* it may not be cut on the way */
	tc_time asked, answered;	/* stamps of the copy that was told of, and of the last one */
};

/* The longest that fits into the MTU. */
static unsigned fits(const struct tc_lab *lab)
{
	return tc_family_mss(lab->family, MTU);
}

/* Copies until a smaller one comes, and what is said of each. As tc_lab_next_copy. */
static int tell_it(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_lab_frame *copy,
		   enum said said, struct sizes *s, struct tc_error *err)
{
	int rc = 1;

	for (int i = 0; i < COPIES && rc > 0 && s->last >= s->first; i++) {
		s->asked = copy->stamp;
		if (said != NOTHING)
			rc = tc_lab_too_big(lab, copy, said == FORGED ? NOT_SENT : 0, MTU, err);
		if (rc >= 0)
			rc = tc_lab_next_copy(lab, c, tc_clock_monotonic() + lab->timeout, &copy, err);
		if (rc > 0)
			s->last = copy->rx.seg.len;
	}
	s->answered = copy->stamp;
	return rc;
}

/* On a connection of its own; of a first segment that is too short, or may be cut, nothing is
 * said. As tc_lab_next_copy; 0 has a finding. */
static int attempt(struct tc_lab *lab, struct tc_finding *f, enum said said, struct sizes *s,
		   struct tc_error *err)
{
	struct tc_flight fl;
	struct tc_lab_conn *c;
	struct tc_lab_frame *copy;
	int rc = tc_lab_first_flight(lab, f, tc_lab_mss(lab), &c, 0, &fl, err);
	int over;

	if (rc <= 0)
		return rc;
	rc = tc_lab_next_copy(lab, c, tc_clock_monotonic() + lab->timeout, &copy, err);
	if (rc > 0) {
		*s = (struct sizes){ .first = copy->rx.seg.len, .last = copy->rx.seg.len,
				     .df = copy->rx.src.family == 6 ||
				     tc_get16(PLACE(copy->rx.l3, IP_RB)) & DF };
		if (s->first > fits(lab) && s->df)
			rc = tell_it(lab, c, copy, said, s, err);
	}
	if (rc == 0 && c->end != TC_LAB_ALIVE)
		tc_finding_blame(f, lab, c);
	else if (rc == 0)
		tc_finding_untold(f, "what nobody acknowledges is not sent again often "
				  "enough in %g s: --timeout waits longer",
				  (double)lab->timeout / (double)TC_S);
	over = rc > 0 ? tc_lab_hang_up(lab, c, err) : 0;	/* it may serve one at a time */
	return over < 0 ? over : rc;
}

/* Why nothing can be said of a first segment, or need be. false: it can. */
static bool tell_first(const struct tc_lab *lab, struct tc_finding *f, const struct sizes *s)
{
	if (s->first <= fits(lab)) {
		tc_finding_unknown(f, "too-short", "could not tell: the server sends no segment of more "
				   "than %u bytes; --prefix gives a request for more%s", fits(lab),
				   s->first == fits(lab) ? ", or it knows of such a link from an "
				   "error that it was sent before, for some minutes" : "");
		return true;
	}
	if (s->df)
		return false;
	tc_finding_number(f, "segment_bytes", s->first);
	tc_finding_told(f, "no-df", "a segment of %u bytes lets routers fragment it (DF is 0): no "
			"error is sent for it, and the path's MTU not looked for", s->first);
	return true;
}

static void tell(const struct tc_lab *lab, struct tc_finding *f, const struct sizes *forged,
		 const struct sizes *right)
{
	const bool believes = forged->last < forged->first;
	const struct sizes *s = believes ? forged : right;

	tc_finding_number(f, "segment_bytes", s->first);
	tc_finding_number(f, "told_mtu", MTU);
	tc_finding_number(f, "after_forged_bytes", forged->last);
	tc_finding_text(f, "believes_what_it_never_sent", "%s", believes ? "yes" : "no");
	if (s->last >= s->first) {
		tc_finding_told(f, "ignores", "a segment of %u bytes stays as large, though ICMP said "
				"%d times that a link carries %u: behind such a link the connection "
				"hangs", s->first, COPIES, MTU);
		return;
	}
	tc_finding_number(f, "smaller_bytes", s->last);
	tc_finding_measure(f, "after_s", (double)(s->answered - s->asked) / (double)TC_S);
	tc_finding_value(f, s->last);
	tc_finding_told(f, believes ? "believes-forged" : s->last > fits(lab) ? "too-large" : "follows",
			"a segment of %u bytes is one of %u when ICMP has said that a link carries %u%s%s",
			s->first, s->last, MTU, s->last > fits(lab) ? ": still too large" : "",
			believes ? ", and quoted a number that the peer never sent: whoever guesses "
			"the ports can do that" : "; an error that quotes what it never sent is ignored");
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct sizes forged = { 0 }, other = { 0 };
	int rc = attempt(lab, f, FORGED, &forged, err);
	bool smaller;

	if (rc <= 0 || tell_first(lab, f, &forged))
		return rc < 0 ? rc : 0;
	smaller = forged.last < forged.first;
	rc = attempt(lab, f, smaller ? NOTHING : RIGHT, &other, err);
	if (rc <= 0)
		return rc;
	if (!smaller && tell_first(lab, f, &other))
		return 0;
	if (smaller && other.first > fits(lab) && other.last < other.first)
		tc_finding_unknown(f, "smaller-anyway", "could not tell: the server's segment of %u bytes "
				   "is one of %u after some time, whatever ICMP says", other.first,
				   other.last);
	else
		tell(lab, f, &forged, &other);
	return 0;
}
