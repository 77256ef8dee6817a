/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * simultaneous-open: the peer calls us, and is answered with a SYN of our own instead of
 * SYN,ACK, as if both had called at once. It must answer SYN,ACK and take our ACK. A server
 * has to call from PORT to our port (-g) while we wait: only its user can make it do that.
 */
#include "base/addr.h"
#include "lab/lab.h"

#include <tcpcraft/error.h>

TC_DEFINE_EXPERIMENT(simultaneous_open, "simultaneous-open",
	"does it take a SYN when it calls us (a server: from PORT to our -g)",
	"RFC 9293 3.5 (figure 8), 3.10.7.3: MUST-10, simultaneous open",
	.ports = 1, .asks = TC_ASKS_BOTH, .patience = 30 * TC_S);

#define WAIT TC_S
#define CALLS 3

/* Until the peer calls: 1, 0 when it did not. */
static int await_call(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + lab->timeout;
	struct tc_lab_frame *seen;
	int rc;

	if (lab->cfg.clients)
		return tc_lab_call(lab, c, err);
	while ((rc = tc_lab_next(lab, c, until, &seen, err)) > 0)
		if (seen->rx.kind == TC_RX_TCP &&
		    (seen->rx.seg.flags & (TC_FLAG_SYN | TC_FLAG_ACK | TC_FLAG_RST)) ==
		    TC_FLAG_SYN)
			return 1;
	return rc;
}

static void judge(struct tc_finding *f, bool answered, bool reset, enum tc_lab_reaction last)
{
	f->n_facts = 0;
	tc_finding_text(f, "our_syn", answered ? "answered with SYN,ACK" : reset ? "reset"
			: "not answered");
	if (answered && last == TC_LAB_TAKES)
		tc_finding_told(f, "opens", "a SYN that crosses its own is answered with SYN,ACK, "
				"and the connection is open: both ends have called");
	else if (answered)
		tc_finding_told(f, "half", "a SYN that crosses its own is answered with SYN,ACK, "
				"but data behind our ACK is %s", tc_lab_reaction_name(last));
	else if (reset)
		tc_finding_told(f, "refuses", "a SYN that crosses its own is answered with a "
				"reset: simultaneous open is not supported, against MUST-10");
	else
		tc_finding_told(f, "ignores", "a SYN that crosses its own is not answered: "
				"simultaneous open is not supported, against MUST-10");
}

/* Our SYN, and what comes: its SYN,ACK is what counts, its SYN may come again. */
static int cross(struct tc_lab *lab, struct tc_lab_conn *c, bool *answered, bool *reset,
		 struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + tc_lab_wait(lab, WAIT);
	struct tc_lab_frame *seen;
	int rc = tc_lab_send(lab, c, TC_FLAG_SYN, NULL, 0, err);

	while (rc >= 0 && !*answered && !*reset) {
		rc = tc_lab_next(lab, c, until, &seen, err);
		if (rc <= 0)
			break;
		if (seen->rx.kind != TC_RX_TCP)
			continue;
		*reset = seen->rx.seg.flags & TC_FLAG_RST;
		*answered = !*reset && seen->rx.seg.flags & TC_FLAG_ACK &&
			    seen->rx.seg.ack == c->iss + 1;
	}
	return rc;
}

/* One call, crossed, and data behind our ACK. 0: there was none. */
static int attempt(struct tc_lab *lab, struct tc_lab_conn **conn, bool *answered, bool *reset,
		   enum tc_lab_reaction *last, struct tc_error *err)
{
	struct tc_lab_conn *c = *conn = tc_lab_conn(lab);
	int rc;

	*answered = *reset = false;
	if (!c)
		return tc_nomem(err);
	rc = await_call(lab, c, err);
	if (rc <= 0)
		return rc;
	rc = cross(lab, c, answered, reset, err);
	if (rc >= 0 && *answered) {
		c->opened = true;
		rc = tc_lab_react_byte(lab, c, 0, last, err);
	}
	tc_lab_cite_all(lab, c);
	return rc < 0 ? rc : 1;
}

/* A call of the moment before the guard stood was refused by our kernel: the reset is then
 * our own doing, and the next call tells. */
static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	enum tc_lab_reaction last = TC_LAB_SILENT;
	struct tc_lab_conn *c = NULL;
	bool answered, reset;
	int rc = 0, again;

	for (unsigned i = 0; i < CALLS; i++) {
		again = attempt(lab, &c, &answered, &reset, &last, err);
		if (again < 0)
			return again;
		if (again == 0)
			break;
		rc = again;
		judge(f, answered, reset, last);
		if (!reset)
			return 0;
	}
	if (rc)
		return 0;
	if (lab->cfg.clients)
		return tc_finding_blame(f, lab, c);
	tc_finding_unknown(f, "no-call", "nobody called: make the peer connect from its port %u "
			   "to %s port %u while this waits (-g chooses that)",
			   c->flow.remote_port, TC_HOST(&c->flow.local_addr),
			   c->flow.local_port);
	return 0;
}
