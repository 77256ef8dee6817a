/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * user-timeout: how long the peer keeps a connection on which its data is not acknowledged, and
 * whether it heeds a user timeout of ours (RFC 5482). Two connections at once, one without that
 * option. A peer that gives up says so, or does not: each is asked for, now and then, by a byte
 * from before the window, which acknowledges nothing new.
 */
#include "lab/lab.h"

#include <stdio.h>

TC_DEFINE_EXPERIMENT(user_timeout, "user-timeout",
	"how long a connection is kept without an ACK, and is a user timeout of ours heeded",
	"RFC 9293 3.8.3 (R2: 100 s at least, SHLD-11), 3.9.1.1; RFC 5482 3",
	.ports = 16, .needs = TC_NEEDS_NO_RESET, .patience = 20 * TC_S);

#define OURS 5				/* seconds that the option says */
#define BETWEEN (500 * TC_MS)		/* questions */

struct kept {
	struct tc_lab_conn *c;
	tc_time since;			/* its first data; stamps */
	tc_time ended;			/* its reset; 0: none came */
	bool answers;			/* the last that was asked */
};

static int begin(struct tc_lab *lab, struct tc_finding *f, const char *options, struct kept *k,
		 struct tc_error *err)
{
	const struct tc_lab_open how = { .options = options, .never_acks = true };
	struct tc_lab_frame *seen;
	int rc = tc_lab_provoke(lab, &how, &k->c, &seen, err);

	if (rc == 0)
		return tc_finding_mute(f, lab, k->c, "a request that it answers", err);
	if (rc < 0)
		return rc;
	seen->cited = true;
	k->since = seen->stamp;
	return 1;
}

/* Is it still held? *k says since when not, or that there is neither answer nor reset. */
static int look(struct tc_lab *lab, struct kept *k, struct tc_error *err)
{
	int rc = k->ended ? 0 : tc_lab_confirm(lab, k->c, err);

	k->answers = rc > 0;
	if (rc >= 0 && !k->ended && k->c->end == TC_LAB_RESET)
		k->ended = k->c->ended_at;
	return rc < 0 ? rc : 0;
}

/* How long it was kept; until now, where it still is. */
static double seconds(const struct kept *k)
{
	return (double)((k->ended ? k->ended : tc_clock_realtime()) - k->since) / (double)TC_S;
}

static void tell(const struct tc_lab *lab, struct tc_finding *f, const struct kept k[2])
{
	const double most = (double)lab->timeout / (double)TC_S;
	const bool ours = k[1].ended && seconds(&k[1]) < seconds(&k[0]) - 2;
	const char *heeded = ours ? "is heeded" : "is not heeded";

	if (!(k[0].ended || k[0].answers) || !(k[1].ended || k[1].answers)) {
		tc_finding_unknown(f, "silent", "could not tell: of %s connection neither an answer nor "
				   "a reset comes any more: it may be held, or given up without a word",
				   k[0].ended || k[0].answers ? "the second" : "the");
		return;
	}
	tc_finding_text(f, "our_user_timeout", "%s", ours ? "heeded" : "ignored");
	if (k[1].ended)
		tc_finding_measure(f, "with_ours_s", seconds(&k[1]));
	if (!k[0].ended) {
		tc_finding_told(f, "keeps", "a connection whose data nobody acknowledges is still held "
				"after %g s; a user timeout of ours, of %d s, %s", most, OURS, heeded);
		return;
	}
	tc_finding_measure(f, "kept_s", seconds(&k[0]));
	tc_finding_value(f, seconds(&k[0]));
	tc_finding_told(f, "ends", "a connection whose data nobody acknowledges is gone after %.2g s; a "
			"user timeout of ours, of %d s, %s", seconds(&k[0]), OURS, heeded);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct kept k[2] = { { 0 } };
	tc_time until;
	char ours[48];
	int rc = begin(lab, f, NULL, &k[0], err);

	snprintf(ours, sizeof ours, "mss %u,uto %d", tc_lab_mss(lab), OURS);
	if (rc > 0)
		rc = begin(lab, f, ours, &k[1], err);
	if (rc <= 0)
		return rc;
	until = tc_clock_monotonic() + lab->timeout;
	do {
		rc = tc_lab_sleep(lab, tc_clock_monotonic() + BETWEEN, err);
		for (int i = 0; i < 2 && rc >= 0; i++)
			rc = look(lab, &k[i], err);
	} while (rc >= 0 && tc_clock_monotonic() < until && !(k[0].ended && k[1].ended));
	if (rc >= 0)
		tell(lab, f, k);
	return rc < 0 ? rc : 0;
}
