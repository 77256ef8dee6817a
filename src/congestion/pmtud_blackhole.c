/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmtud-blackhole: large segments are never acknowledged, and nothing says why, as behind a
 * router that drops what is too big without a word. Does the sender try smaller ones?
 */
#include "flight.h"

TC_DEFINE_EXPERIMENT(pmtud_blackhole, "pmtud-blackhole",
	"are segments made smaller that never arrive",
	"RFC 4821 7.7, RFC 9293 3.7.3; RFC 2923 2.1: black holes",
	.ports = 8, .needs = TC_NEEDS_NO_RESET, .patience = 20 * TC_S);

struct tries {
	uint32_t first, last;		/* bytes of the segment, as it came again */
	unsigned again;			/* times that it came so */
	tc_time at, smaller_at;		/* stamps; 0: no smaller one came */
};

/* Until it is smaller, or for the lab's time-out. */
static int watch(struct tc_lab *lab, struct tc_lab_conn *c, struct tries *t,
		 struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + lab->timeout;
	struct tc_lab_frame *seen;
	int rc = 1;

	while (!t->smaller_at && (rc = tc_lab_next_copy(lab, c, until, &seen, err)) > 0) {
		t->last = seen->rx.seg.len;
		t->again++;
		if (t->last < t->first)
			t->smaller_at = seen->stamp;
	}
	return rc < 0 ? rc : 0;
}

static void tell(const struct tc_lab *lab, struct tc_finding *f, const struct tries *t)
{
	double seconds = (double)(t->smaller_at - t->at) / (double)TC_S;

	tc_finding_number(f, "segment_bytes", t->first);
	if (!t->smaller_at) {
		tc_finding_told(f, "never-smaller", "a segment of %u bytes that nobody acknowledges "
				"came again %u times in %g s, never smaller: behind a router that "
				"drops it in silence the connection would hang", t->first,
				t->again, (double)lab->timeout / (double)TC_S);
		return;
	}
	tc_finding_number(f, "smaller_bytes", t->last);
	tc_finding_number(f, "retransmissions", t->again);
	tc_finding_measure(f, "after_s", seconds);
	tc_finding_value(f, t->last);
	tc_finding_told(f, "smaller", "of a segment of %u bytes that nobody acknowledges the first "
			"%u are sent after %.2g s, as retransmission %u", t->first, t->last, seconds,
			t->again);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tries t = { .again = 1 };
	struct tc_flight fl;
	struct tc_lab_conn *c;
	int rc = tc_lab_first_flight(lab, f, tc_lab_mss(lab), &c, 0, &fl, err);

	if (rc <= 0)
		return rc;
	t.first = fl.unit;
	t.at = fl.again_at;
	if (fl.unit)
		rc = watch(lab, c, &t, err);
	if (rc < 0)
		return rc;
	if (fl.unit < TC_SMALL_MSS)
		tc_finding_unknown(f, "too-short", "could not tell: the server sends no segment of "
				   "more than %u bytes again; --prefix gives a request for more",
				   TC_SMALL_MSS);
	else
		tell(lab, f, &t);
	return 0;
}
