/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * answers: one SYN that offers all usual options. Does anybody answer, over how many routers
 * as the TTL tells, and what of the answer is not as usual?
 */
#include "steps.h"

#include "fingerprint/p0f.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <stdio.h>

#define WAIT (3 * TC_S + TC_S / 2)	/* SYNs at 0, 1 and 3 s */
#define FAR 40				/* routers: more are not to be believed */
#define USABLE_MSS 536			/* RFC 9293 3.7.1: MUST-15 */

unsigned tc_ttl_first(unsigned ttl)
{
	static const unsigned usual[] = { 64, 128, 255 };

	for (unsigned i = 0; i < 3; i++)
		if (ttl <= usual[i])
			return usual[i];
	return ttl;
}

/* ---- what is not as usual ------------------------------------------------------------ */

static bool no_window(const struct tc_rx *rx)
{
	return rx->seg.wnd == 0;
}

static bool no_mss(const struct tc_rx *rx)
{
	return !(rx->seg.opts.present & TC_HAS_MSS);
}

static bool small_mss(const struct tc_rx *rx)
{
	return rx->seg.opts.present & TC_HAS_MSS && rx->seg.opts.mss < USABLE_MSS;
}

static bool agrees_to_nothing(const struct tc_rx *rx)
{
	return !(rx->seg.opts.present & (TC_HAS_SACK_OK | TC_HAS_TS | TC_HAS_WSCALE));
}

static bool odd_ttl(const struct tc_rx *rx)
{
	return tc_ttl_first(rx->ttl) - rx->ttl > FAR;
}

static bool has_data(const struct tc_rx *rx)
{
	return rx->seg.len > 0;
}

static bool reserved(const struct tc_rx *rx)
{
	return (rx->seg.flags & TC_FLAGS_RESERVED) != 0;
}

static bool pointer(const struct tc_rx *rx)
{
	return rx->seg.urg && !(rx->seg.flags & TC_FLAG_URG);
}

static bool damaged(const struct tc_rx *rx)
{
	return rx->options_bad;
}

static const struct {
	bool (*is)(const struct tc_rx *rx);
	const char *words;
} unusual[] = {
	{ no_window, "its window is 0 from the start" },
	{ no_mss, "it says no MSS" },
	{ small_mss, "an MSS below 536" },
	{ agrees_to_nothing, "it agrees to none of SACK, timestamps, window scaling" },
	{ odd_ttl, "a TTL that no usual system begins with" },
	{ has_data, "data in its SYN,ACK" },
	{ reserved, "reserved bits set" },
	{ pointer, "an urgent pointer without URG" },
	{ damaged, "damaged options" },
};

static void tell_unusual(struct tc_finding *f, const struct tc_rx *rx)
{
	struct tc_buf text = { 0 };

	for (size_t i = 0; i < sizeof unusual / sizeof *unusual; i++)
		if (unusual[i].is(rx))
			tc_buf_printf(&text, "%s%s", text.len ? "; " : "", unusual[i].words);
	tc_finding_text(f, "unusual", "%s", text.len && !text.failed ? (const char *)text.data
			: "nothing");
	tc_buf_free(&text);
}

/* ---- the answer ---------------------------------------------------------------------- */

static int find_answer(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_lab_frame **answer,
		       struct tc_error *err)
{
	struct tc_lab_frame *seen;
	int rc;

	*answer = NULL;
	c->cursor = 0;		/* tc_lab_open has passed it by */
	while ((rc = tc_lab_next(lab, c, 0, &seen, err)) > 0)
		if (seen->rx.kind == TC_RX_ICMP_ERROR ||
		    seen->rx.seg.flags & (TC_FLAG_SYN | TC_FLAG_RST))
			*answer = *answer ? *answer : seen;
	return rc;
}

static void tell_ttl(struct tc_finding *f, const struct tc_lab_frame *answer)
{
	unsigned first = tc_ttl_first(answer->rx.ttl), routers = first - answer->rx.ttl;

	tc_finding_number(f, "ttl", answer->rx.ttl);
	tc_finding_number(f, "routers_by_ttl", routers);
	if (routers)
		tc_buf_printf(&f->sentence, "; TTL %u: over %u router%s, if it began as %u",
			      answer->rx.ttl, routers, routers == 1 ? "" : "s", first);
	else
		tc_buf_printf(&f->sentence, "; TTL %u: from no further than the next router",
			      answer->rx.ttl);
}

static void tell_accepts(struct tc_lab *lab, struct tc_finding *f,
			 const struct tc_lab_frame *answer, tc_time began)
{
	double after = (double)(answer->stamp - began) / (double)TC_MS;
	struct tc_buf signature = { 0 };

	tc_finding_told(f, "accepts", "SYN,ACK after %.3g ms", after > 0 ? after : 0);
	tell_ttl(f, answer);
	tc_p0f(&signature, &answer->rx, (uint16_t)tc_lab_mss(lab));
	if (signature.len && !signature.failed)
		tc_finding_note(f, "signature", "%.*s", (int)signature.len,
				(const char *)signature.data);
	tc_buf_free(&signature);
	tell_unusual(f, &answer->rx);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_conn *c = tc_lab_conn(lab);
	tc_time began = tc_clock_realtime();
	struct tc_lab_frame *answer;
	char options[64];
	struct tc_lab_open how = { .options = options, .ts = true, .greeting = true };
	int rc, opened;

	if (!c)
		return tc_nomem(err);
	snprintf(options, sizeof options, "mss %u,sackOK,TS val 1 ecr 0,nop,wscale 7",
		 tc_lab_mss(lab));
	rc = opened = tc_lab_open(lab, c, &how, err);
	if (rc >= 0)
		rc = find_answer(lab, c, &answer, err);
	if (rc < 0)
		return rc;
	if (opened == 0)
		tc_finding_blame(f, lab, c);
	if (answer)
		answer->cited = true;
	if (opened && answer)
		tell_accepts(lab, f, answer, began);
	else if (answer && c->end == TC_LAB_REFUSED)
		tell_ttl(f, answer);
	return 0;
}

const struct tc_experiment tc_meet_answers = {
	.name = "answers",
	.one_line = "whether anybody answers a SYN, from how far, and what is unusual about it",
	.clause = "RFC 9293 3.10.7.2, 3.10.7.3 (a SYN's answers); RFC 792 (unreachable)",
	.ports = 2, .harmless = true, .needs = TC_NEEDS_NOTHING, .patience = WAIT, .run = run,
};
