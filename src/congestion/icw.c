/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * icw: how much a server sends before it hears of any of it: the initial window, for two
 * sizes of segment. Nothing is acknowledged until it sends the first of it again, which is
 * when it has no more leave to send. Its answer must be longer than that.
 */
#include "flight.h"

#include <stdio.h>

TC_DEFINE_EXPERIMENT(icw, "icw",
	"the initial window, in segments and bytes, for two sizes of segment",
	"RFC 6928 2: at most 10 segments, or 14600 bytes; RFC 5681 3.1: 2 to 4",
	.ports = 8, .needs = TC_NEEDS_NO_RESET);

struct window {
	unsigned mss;
	struct tc_flight fl;
};

static bool is_cut_short(const struct window *w)
{
	return w->fl.fin || w->fl.bytes % w->fl.unit ||
	       (w->fl.bytes == w->fl.unit && w->fl.unit < w->mss);
}

static uint32_t at_most(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static bool within_6928(const struct window *w)		/* section 2, equation 1 */
{
	uint32_t two = 2 * w->fl.unit;

	return w->fl.bytes <= at_most(10 * w->fl.unit, two > 14600 ? two : 14600);
}

static bool within_5681(const struct window *w)		/* section 3.1 */
{
	return w->fl.bytes <= (w->fl.unit > 2190 ? 2 : w->fl.unit > 1095 ? 3 : 4) * w->fl.unit;
}

static void tell(struct tc_finding *f, const struct window *w)
{
	const bool old = within_5681(&w[0]) && within_5681(&w[1]);
	const bool known = within_6928(&w[0]) && within_6928(&w[1]);
	const unsigned n = w[1].fl.bytes / w[1].fl.unit;
	char name[32];

	for (unsigned i = 0; i < 2; i++) {
		snprintf(name, sizeof name, "segments_mss_%u", w[i].mss);
		tc_finding_number(f, name, w[i].fl.bytes / w[i].fl.unit);
		snprintf(name, sizeof name, "bytes_mss_%u", w[i].mss);
		tc_finding_number(f, name, w[i].fl.bytes);
	}
	tc_finding_value(f, n);
	tc_finding_told(f, old ? "rfc5681" : known ? "rfc6928" : "larger",
			"%u segments of %u bytes come before any is acknowledged, and %u of %u: %s",
			n, w[1].fl.unit, w[0].fl.bytes / w[0].fl.unit, w[0].fl.unit,
			old ? "as RFC 5681 has it" : known ? "as RFC 6928 lets it"
			: "more than RFC 6928 lets it");
}

/* 1; 0: the finding is made. */
static int measure(struct tc_lab *lab, struct tc_finding *f, struct window *w,
		   struct tc_error *err)
{
	struct tc_lab_conn *c;
	int rc = tc_lab_first_flight(lab, f, w->mss, &c, 0, &w->fl, err);

	if (rc <= 0)
		return rc;
	if (c->end != TC_LAB_ALIVE)
		return tc_finding_blame(f, lab, c);
	rc = tc_lab_hang_up(lab, c, err);
	if (rc >= 0 && !w->fl.unit)
		tc_finding_untold(f, "%u bytes came, and none of them again in %g s: a "
				  "longer --timeout shows more", w->fl.bytes,
				  (double)lab->timeout / (double)TC_S);
	else if (rc >= 0 && is_cut_short(w))
		tc_finding_unknown(f, "too-short", "could not tell: all %u bytes that the server "
				   "has to say fit into its first window; --prefix gives a "
				   "request for more", w->fl.bytes);
	return rc < 0 ? rc : w->fl.unit && !is_cut_short(w);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct window w[2] = { { .mss = TC_SMALL_MSS }, { .mss = tc_lab_mss(lab) } };
	int rc = measure(lab, f, &w[0], err);

	if (rc > 0)
		rc = measure(lab, f, &w[1], err);
	if (rc > 0)
		tell(f, w);
	return rc < 0 ? rc : 0;
}
