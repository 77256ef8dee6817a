/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * min-mss: our SYN says that we take ever smaller segments. How small those get that are sent:
 * one that says 1 would have a peer send a packet a byte (CVE-2019-11479), and none of them
 * may be longer than what was said, but where the peer has a floor.
 */
#include "flight.h"

#include <stdio.h>

TC_DEFINE_EXPERIMENT(min_mss, "min-mss",
	"the smallest segments that a small MSS of ours can bring about",
	"RFC 9293 3.7.1 (MUST-16): not more than the MSS; CVE-2019-11479: not with 1 byte each",
	.ports = 16, .needs = TC_NEEDS_NO_RESET);

static const unsigned said[] = { 536, 216, 88, 48, 1 };

#define N_SAID (sizeof said / sizeof *said)

/* 1: *unit is how long its segments are; 0: the finding is made. */
static int measure(struct tc_lab *lab, struct tc_finding *f, unsigned mss, uint32_t *unit,
		   struct tc_error *err)
{
	struct tc_flight fl;
	struct tc_lab_conn *c;
	int rc = tc_lab_first_flight(lab, f, mss, &c, 0, &fl, err);

	if (rc <= 0)
		return rc;
	if (!fl.unit)
		tc_finding_untold(f, "of what the server says to an MSS of %u nothing is "
				  "sent again in %g s", mss,
				  (double)lab->timeout / (double)TC_S);
	else if (fl.bytes <= fl.unit)
		tc_finding_unknown(f, "too-short", "could not tell: the server's %u bytes need but "
				   "one segment; --prefix gives a request for more", fl.bytes);
	*unit = fl.unit;
	rc = tc_lab_hang_up(lab, c, err);
	return rc < 0 ? rc : fl.unit && fl.bytes > fl.unit;
}

static void tell(struct tc_finding *f, const uint32_t unit[N_SAID])
{
	uint32_t least = unit[N_SAID - 1];
	char name[32];
	bool over = false;

	for (size_t i = 0; i < N_SAID; i++) {
		snprintf(name, sizeof name, "segment_at_%u", said[i]);
		tc_finding_number(f, name, unit[i]);
		over |= unit[i] > said[i];
		least = unit[i] < least ? unit[i] : least;
	}
	tc_finding_value(f, least);
	if (over)
		tc_finding_told(f, "floor", "segments get no smaller than %u bytes, whatever MSS "
				"our SYN says: a floor (on Linux: tcp_min_snd_mss)", least);
	else
		tc_finding_told(f, "no-floor", "our SYN's MSS is kept however small: an MSS of 1 "
				"brings segments of %u byte%s", least, least == 1 ? "" : "s");
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	uint32_t unit[N_SAID] = { 0 };
	int rc = 1;

	for (size_t i = 0; i < N_SAID && rc > 0; i++)
		rc = measure(lab, f, said[i], &unit[i], err);
	if (rc > 0)
		tell(f, unit);
	return rc < 0 ? rc : 0;
}
