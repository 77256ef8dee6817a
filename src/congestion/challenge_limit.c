/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * challenge-limit: many SYNs into an open connection, each of which asks for a challenge ACK:
 * how many come. Right behind them one into another connection: if that gets none, the two
 * share a limit, and who counts on his own connection learns of others' (CVE-2016-5696). If it
 * gets one, the first connection is asked again: had the limit not begun anew in between, as
 * it does each second, it gets none still.
 */
#include "lab/lab.h"

TC_DEFINE_EXPERIMENT(challenge_limit, "challenge-limit",
	"how many challenge ACKs come, and do two connections share them",
	"RFC 5961 7, 10: at most 10 in 5 s, or as configured", .ports = 8, .needs = TC_NEEDS_LIFE);

#define FLAGS (TC_FLAG_SYN | TC_FLAG_RST | TC_FLAG_ACK)
#define BURST 200u
#define BEHIND 3			/* again into the first: some may be lost */
#define ROUNDS 5
#define ENOUGH 2			/* rounds that say the same: a segment may be lost */
#define ANEW (TC_S + 4 * TC_S / 10)	/* for answers, and for a limit, which is so many a second */

enum kind { SHARED, OWN, FREE, NOT_KNOWN, KINDS };

struct counted {
	unsigned most;			/* ACKs of a burst */
	unsigned rounds[KINDS];
};

struct heard {
	unsigned acks[2];		/* on each of the two */
	unsigned behind;		/* on the first, behind that on the second */
};

static int challenge(struct tc_lab *lab, struct tc_lab_conn *c, unsigned n, struct tc_error *err)
{
	struct tc_lab_seg seg;
	int rc = 0;

	tc_lab_make(c, TC_FLAG_SYN, &seg);
	for (unsigned i = 0; i < n && rc >= 0; i++)
		rc = tc_lab_put(lab, c, &seg, err);
	return tc_lab_cite_sent(lab, rc) < 0 ? rc : 0;
}

/* The ACKs that come until a limit has begun anew. */
static int hear(struct tc_lab *lab, struct tc_lab_conn *const c[2], struct heard *h,
		struct tc_error *err)
{
	const tc_time until = tc_clock_monotonic() + ANEW;
	struct tc_lab_frame *seen;
	int rc;

	*h = (struct heard){ .behind = 0 };
	while ((rc = tc_lab_next(lab, NULL, until, &seen, err)) > 0)
		for (unsigned i = 0; i < 2; i++)
			if (seen->conn == c[i] && seen->rx.kind == TC_RX_TCP && !seen->rx.seg.len &&
			    (seen->rx.seg.flags & FLAGS) == TC_FLAG_ACK) {
				h->behind += i == 0 && h->acks[1];
				seen->cited |= !h->acks[i]++;
			}
	return rc;
}

static enum kind judge(const struct heard *h)
{
	if (!h->acks[1])
		return SHARED;
	if (h->acks[0] > BURST / 2)
		return FREE;
	return h->behind ? NOT_KNOWN : OWN;
}

/* A burst with one behind it; then that one by itself, which must be answered. */
static int one_round(struct tc_lab *lab, struct tc_lab_conn *const c[2], struct counted *k,
		     struct tc_error *err)
{
	struct heard both, alone;
	int rc = challenge(lab, c[0], BURST, err);

	if (rc >= 0)
		rc = challenge(lab, c[1], 1, err);
	if (rc >= 0)
		rc = challenge(lab, c[0], BEHIND, err);
	if (rc >= 0)
		rc = hear(lab, c, &both, err);
	if (rc >= 0)
		rc = challenge(lab, c[1], 1, err);
	if (rc >= 0)
		rc = hear(lab, c, &alone, err);
	if (rc < 0 || !alone.acks[1])
		return rc;
	k->most = both.acks[0] > k->most ? both.acks[0] : k->most;
	k->rounds[judge(&both)]++;
	return rc;
}

static bool enough(const struct counted *k)
{
	return k->rounds[SHARED] >= ENOUGH || k->rounds[OWN] >= ENOUGH || k->rounds[FREE] >= ENOUGH;
}

static void tell(struct tc_finding *f, const struct counted *k)
{
	if (!enough(k) && !k->most) {
		tc_finding_untold(f, "a SYN into an open connection is not answered with "
				  "an ACK");
		return;
	}
	tc_finding_count(f, "acks_of_200", k->most);
	if (!enough(k)) {
		tc_finding_untold(f, "no %u rounds of %u say the same: answers were lost "
				  "or late, or the limit began anew within each", ENOUGH,
				  ROUNDS);
		return;
	}
	tc_finding_value(f, k->most);
	if (k->rounds[SHARED] >= ENOUGH)
		tc_finding_told(f, "shared", "%u of %u SYNs got a challenge ACK, and then another "
				"connection none: a limit that all share can be counted by anybody "
				"(CVE-2016-5696)", k->most, BURST);
	else if (k->rounds[FREE] >= ENOUGH)
		tc_finding_told(f, "no-limit", "%u of %u SYNs got a challenge ACK: no limit is to be "
				"seen", k->most, BURST);
	else
		tc_finding_told(f, "per-connection", "%u of %u SYNs got a challenge ACK, and then "
				"another connection its own: each has its limit", k->most, BURST);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_conn *c[2];
	struct counted k = { .most = 0 };
	int rc = tc_lab_begin(lab, f, &c[0], NULL, err);

	if (rc > 0)
		rc = tc_lab_begin(lab, f, &c[1], NULL, err);
	if (rc <= 0)
		return rc;
	for (unsigned i = 0; i < ROUNDS && rc >= 0 && !enough(&k); i++)
		rc = one_round(lab, c, &k, err);
	if (rc < 0)
		return rc;
	if (c[0]->end != TC_LAB_ALIVE || c[1]->end != TC_LAB_ALIVE)
		tc_finding_unknown(f, "resets", "could not tell: a SYN ends the connection, instead "
				   "of being answered with a challenge ACK");
	else
		tell(f, &k);
	return 0;
}
