/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * syn-data: a SYN that brings a byte, without Fast Open; to a client, our SYN,ACK. The peer may
 * keep the byte until the handshake is complete, and acknowledge it then, or leave it to be sent
 * again; it may not refuse the connection for it.
 */
#include "lab/lab.h"

TC_DEFINE_EXPERIMENT(syn_data, "syn-data",
	"what becomes of data in a SYN (without Fast Open), or a SYN,ACK",
	"RFC 9293 3.10.7.2 third, 3.10.7.3 fourth, 3.4: data on SYN may be kept until ESTABLISHED",
	.ports = 16, .harmless = true, .needs = TC_NEEDS_LIFE, .asks = TC_ASKS_BOTH);

#define KEPT_WAIT (600 * TC_MS)		/* an ACK may be delayed by 0.5 s (MUST-40) */

static void judge(struct tc_finding *f, bool clients, bool kept, enum tc_lab_reaction later)
{
	const char *what = clients ? "SYN,ACK" : "SYN";

	tc_finding_text(f, "kept", kept ? "yes" : "no");
	tc_finding_text(f, "sent_again", "%s", tc_lab_reaction_name(later));
	if (later == TC_LAB_RESETS)
		tc_finding_told(f, "resets", "a %s with a byte of data is answered, but the "
				"connection reset when the byte comes again", what);
	else if (kept)
		tc_finding_told(f, "keeps", "the byte that came with the %s is kept, and "
				"acknowledged when the handshake is complete", what);
	else if (tc_lab_took(later))
		tc_finding_told(f, "leaves", "the %s acknowledges the %s alone: the byte is "
				"dropped, and taken when it comes again behind the handshake",
				clients ? "client" : "SYN,ACK", what);
	else
		tc_finding_untold(f, "the %s is answered, but a byte behind the "
				  "handshake is not acknowledged", what);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_open how = { .payload = "x", .len = 1 };
	struct tc_lab_conn *c;
	enum tc_lab_reaction later = TC_LAB_SILENT;
	struct tc_lab_frame *seen;
	tc_time until;
	bool kept;
	int rc = tc_lab_begin(lab, f, &c, &how, err);

	if (rc <= 0)
		return rc;
	c->snd_nxt = c->iss + 2;
	until = tc_clock_monotonic() + tc_lab_wait(lab, KEPT_WAIT);
	while (c->snd_una != c->snd_nxt && rc > 0)
		rc = tc_lab_next(lab, c, until, &seen, err);
	if (rc < 0)
		return rc;
	tc_lab_cite_all(lab, c);
	kept = c->snd_una == c->snd_nxt;
	c->snd_nxt = c->snd_una;
	rc = tc_lab_react_byte(lab, c, 0, &later, err);
	if (rc >= 0)
		judge(f, lab->cfg.clients, kept, later);
	return rc;
}
