/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a server answers a plain request: the control of experiments that make a request in an
 * odd way. A slow stack needs its time, and some servers more bytes than others; see lab.h.
 */
#include "lab.h"

#include <stdio.h>

#define MORE_WAIT (2 * TC_S)		/* where nothing came of fewer bytes */
#define WAIT_LEAST TC_S
#define SENDS 3
#define RESENT_AFTER (500 * TC_MS)
#define SLOWER 3			/* times the plain answer's, and half a second */

/* In one segment, and its answer; sent again while it is not even acknowledged. */
static int say_and_hear(struct tc_lab *lab, struct tc_lab_conn *c,
			const struct tc_lab_request *r, tc_time wait, bool *right,
			struct tc_error *err)
{
	tc_seq first = c->rcv_nxt;
	struct tc_lab_seg seg;
	int rc = 0;

	tc_lab_make(c, TC_FLAG_ACK | TC_FLAG_PSH, &seg);
	seg.payload = r->bytes.data;
	seg.len = r->bytes.len;
	c->snd_nxt += (tc_seq)r->bytes.len;
	for (int i = 0; i < SENDS && rc >= 0 && !*right && c->snd_una != c->snd_nxt; i++) {
		tc_time some = i == 0 ? RESENT_AFTER : wait / 2;

		rc = tc_lab_put(lab, c, &seg, err);
		if (rc >= 0)
			rc = tc_lab_answer(lab, c, r, some < wait ? some : wait, right, err);
	}
	if (rc >= 0 && !*right && c->rcv_nxt == first && c->snd_una == c->snd_nxt)
		rc = tc_lab_answer(lab, c, r, wait, right, err);
	return rc;
}

/* One request of the usual form; *right, and what came. */
static int ask(struct tc_lab *lab, struct tc_lab_plain *p, const uint8_t *payload, size_t n,
	       size_t pad, struct tc_lab_conn **conn, struct tc_error *err)
{
	struct tc_lab_conn *c;
	struct tc_lab_request r = { 0 };
	tc_seq first;
	tc_time began, wait = tc_lab_wait(lab, pad ? MORE_WAIT : lab->timeout);
	int rc = tc_lab_connect(lab, conn, NULL, err);

	if (rc <= 0)
		return rc;
	c = *conn;
	lab->pad = pad;
	p->mss = tc_lab_segment(lab, c);
	first = tc_lab_heard(c);
	began = tc_clock_monotonic();
	rc = tc_lab_request(lab, payload, n, &r, err);
	p->asked = r.bytes.len;
	if (rc >= 0)
		rc = say_and_hear(lab, c, &r, wait, &p->answered, err);
	p->acked = c->snd_una == c->snd_nxt;
	p->reply = tc_lab_reply(lab, c, first, 0);
	p->after = tc_clock_monotonic() - began;
	tc_lab_cite_all(lab, c);
	tc_buf_free(&r.bytes);
	if (rc >= 0)
		rc = tc_lab_hang_up(lab, c, err);
	return rc < 0 ? rc : 1;
}

int tc_lab_plain(struct tc_lab *lab, const uint8_t *payload, size_t n,
		 struct tc_lab_plain *p, struct tc_lab_conn **conn, struct tc_error *err)
{
	size_t pads[3] = { 0, 64, 0 };
	int rc = 1;

	*p = (struct tc_lab_plain){ 0 };
	for (unsigned i = 0; i < 3 && rc > 0 && !p->answered; i++) {
		rc = ask(lab, p, payload, n, pads[i], conn, err);
		pads[2] = p->mss > n + 64 ? p->mss - n : 65;
		if (!lab->cfg.echo || p->reply.bytes)	/* no more bytes would help */
			break;
	}
	p->wait = p->after * SLOWER + TC_S / 2;
	if (p->wait < WAIT_LEAST)
		p->wait = WAIT_LEAST;
	if (!p->answered)
		lab->pad = 0;
	return rc;
}

int tc_finding_plain(struct tc_finding *f, struct tc_lab *lab, const struct tc_lab_plain *p,
		     const struct tc_lab_conn *c, struct tc_error *err)
{
	double seconds = (double)p->after / (double)TC_S;
	char what[64];

	if (p->answered) {
		tc_finding_number(f, "request_bytes", (double)p->asked);
		tc_finding_measure(f, "answered_after_s", seconds);
		return 1;
	}
	if (p->reply.bytes || p->reply.closes || p->reply.resets) {
		snprintf(what, sizeof what, "a plain request of %zu bytes", p->asked);
		return tc_finding_reply(f, lab, c, &p->reply, what, err);
	}
	if (!p->acked)
		tc_finding_untold(f, "a plain request of %zu bytes is not even "
				  "acknowledged in %.2g s", p->asked, seconds);
	else
		tc_finding_untold(f, "a plain request, of %zu bytes at most, is acknowledged, but "
				  "nothing comes back in %.2g s: %s", p->asked, seconds,
				  tc_lab_reply_cure(lab));
	return 0;
}
