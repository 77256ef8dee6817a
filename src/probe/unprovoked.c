/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unprovoked: a connection on which nothing is sent. What the peer does there it does
 * elsewhere too, and no experiment may take it for an answer.
 */
#include "lab/lab.h"

TC_DEFINE_EXPERIMENT(unprovoked, "unprovoked",
	"what the peer does when nothing is sent: waits, speaks, closes, resets",
	"RFC 9293 3.10.4 (CLOSE), 3.10.5 (ABORT): the peer's own doing",
	.ports = 4, .harmless = true, .asks = TC_ASKS_BOTH, .patience = 3 * TC_S);

static void tell(struct tc_finding *f, const struct tc_unprovoked *u)
{
	char text[TC_UNPROVOKED_TEXT];

	if (u->bytes)
		tc_finding_number(f, "bytes", u->bytes);
	if (u->habit != TC_HABIT_WAITS) {
		tc_finding_measure(f, "after_s", u->after_s);
		tc_finding_value(f, u->after_s);
	}
	if (u->habit == TC_HABIT_WAITS)
		tc_finding_told(f, "waits", "the %s says nothing in %g s, and waits",
				f->peer, u->watched_s);
	else if (u->habit == TC_HABIT_SPEAKS)
		tc_finding_told(f, "speaks", "the %s says %u byte%s %.2g s after the "
				"handshake, and waits", f->peer, u->bytes, u->bytes == 1 ? "" : "s",
				u->after_s);
	else
		tc_finding_told(f, tc_habit_name(u->habit), "the %s %s", f->peer,
				tc_unprovoked_text(u, text));
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_conn *c;
	int rc = tc_lab_watch(lab, lab->timeout, &lab->usual, &c, err);

	if (rc < 0)
		return rc;
	tc_lab_cite_all(lab, c);
	if (rc == 0)
		tc_finding_blame(f, lab, c);
	else
		tell(f, &lab->usual);
	return 0;
}
