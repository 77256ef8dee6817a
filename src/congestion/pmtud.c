/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmtud: a router says that the peer's segment was too big. Does what it quotes have to be under
 * way, and how small does the next segment get? The first that comes is never acknowledged; an
 * error is sent from our own address after each copy of it.
 */
#include "flight.h"

#include "wire/family.h"

#include <tcpcraft/seq.h>

TC_DEFINE_EXPERIMENT(pmtud, "pmtud",
	"what an ICMP error about a segment that is too big brings about, and a forged one",
	"RFC 9293 3.7.2; RFC 1191 6.3, RFC 8201 5.2; RFC 5927 4.1, 7.2: is what it quotes under way",
	.ports = 8, .needs = TC_NEEDS_NO_RESET, .patience = 10 * TC_S);

#define MTU 1280u			/* of the link that is told of: all may carry that */
#define NOT_SENT 0x40000000u		/* so far away from any that is under way */
#define COPIES 2			/* of the segment, that bring no smaller one */

struct sizes {
	uint32_t first, forged, told;	/* bytes: at first, after a forged error, after a right one */
	tc_time asked, answered;	/* stamps of the copy that was told of, and of the smaller one */
};

/* The next copy of the first segment: *n, its bytes. 1; 0: none came. */
static int next_copy(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_lab_frame **seen,
		     uint32_t *n, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + lab->timeout;
	int rc = 1;

	while (rc > 0 && c->end == TC_LAB_ALIVE) {
		rc = tc_lab_next(lab, c, until, seen, err);
		if (rc <= 0 || (*seen)->rx.kind != TC_RX_TCP || !(*seen)->rx.seg.len ||
		    (*seen)->rx.seg.seq != c->irs + 1)
			continue;
		(*seen)->cited = true;
		*n = (*seen)->rx.seg.len;
		return 1;
	}
	return rc < 0 ? rc : 0;
}

/* Errors about copies of it until a smaller one comes: *got is its bytes. As next_copy. */
static int tell_it(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_lab_frame **copy,
		   uint32_t moved, struct sizes *s, uint32_t *got, struct tc_error *err)
{
	uint32_t before = *got;
	int rc = 1;

	for (int i = 0; i < COPIES && rc > 0 && *got >= before; i++) {
		s->asked = (*copy)->stamp;
		rc = tc_lab_too_big(lab, *copy, moved, MTU, err);
		if (rc >= 0)
			rc = next_copy(lab, c, copy, got, err);
	}
	s->answered = (*copy)->stamp;
	return rc;
}

/* The longest that fits into the MTU. */
static unsigned fits(const struct tc_lab *lab)
{
	return tc_family_mss(lab->family, MTU);
}

static void tell(const struct tc_lab *lab, struct tc_finding *f, const struct sizes *s)
{
	const bool forged = s->forged < s->first;
	const uint32_t last = forged ? s->forged : s->told;
	const double after = (double)(s->answered - s->asked) / (double)TC_S;

	tc_finding_number(f, "segment_bytes", s->first);
	tc_finding_number(f, "told_mtu", MTU);
	tc_finding_number(f, "after_forged_bytes", s->forged);
	tc_finding_text(f, "believes_what_it_never_sent", "%s", forged ? "yes" : "no");
	if (last >= s->first) {
		tc_finding_told(f, "ignores", "a segment of %u bytes stays as large, though ICMP said "
				"%d times that a link carries %u: behind such a link the connection "
				"hangs", s->first, COPIES, MTU);
		return;
	}
	tc_finding_number(f, "smaller_bytes", last);
	tc_finding_measure(f, "after_s", after);
	tc_finding_value(f, last);
	tc_finding_told(f, forged ? "believes-forged" : last > fits(lab) ? "too-large" : "follows",
			"a segment of %u bytes is one of %u when ICMP has said that a link carries %u%s%s",
			s->first, last, MTU,
			last > fits(lab) ? ": still too large" : "",
			forged ? ", and quoted a number that the peer never sent: whoever guesses the "
			"ports can do that" : "; an error that quotes what it never sent is ignored");
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct sizes s = { 0 };
	struct tc_flight fl;
	struct tc_lab_conn *c;
	struct tc_lab_frame *copy;
	char options[TC_WIDE_TEXT];
	int rc = tc_lab_first_flight(lab, tc_lab_wide(tc_lab_mss(lab), options), &c, 0, &fl, err);

	if (rc == 0)
		tc_finding_no_flight(f, lab, c);
	if (rc > 0)
		rc = next_copy(lab, c, &copy, &s.first, err);
	if (rc > 0 && s.first <= fits(lab)) {
		tc_finding_unknown(f, "too-short", "could not tell: the server sends no segment of more "
				   "than %u bytes; --prefix gives a request for more", fits(lab));
		return 0;
	}
	s.forged = s.first;
	if (rc > 0)
		rc = tell_it(lab, c, &copy, NOT_SENT, &s, &s.forged, err);
	s.told = s.forged;
	if (rc > 0 && s.forged == s.first)
		rc = tell_it(lab, c, &copy, 0, &s, &s.told, err);
	if (rc > 0)
		tell(lab, f, &s);
	else if (rc == 0 && !f->sentence.len)
		tc_finding_unknown(f, "could-not-tell", "could not tell: what nobody acknowledges is "
				   "not sent again often enough in %g s: --timeout waits longer",
				   (double)lab->timeout / (double)TC_S);
	return rc < 0 ? rc : 0;
}
