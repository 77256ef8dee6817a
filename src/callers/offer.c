/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * offer: what a client asks for in its SYN: which options, and in which order, window, TTL, ECN;
 * the same of three calls, each refused. And from which ports it calls.
 */
#include "lab/lab.h"
#include "wire/family.h"

#include <tcpcraft/tcpopt.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CALLS 3
#define KINDS 160			/* characters */

struct offer {
	char options[KINDS];		/* "mss 1460,sackOK,TS,nop,wscale 7" */
	uint16_t window, ecn, port;
	uint8_t ttl;
};

/* The clock that timestamps show differs from call to call. */
static void without_clock(char *text)
{
	char *ts = strstr(text, "TS val "), *end = ts ? strchr(ts, ',') : NULL;

	if (!ts)
		return;
	memmove(ts + 2, end ? end : "", end ? strlen(end) + 1 : 1);
}

static void read_offer(struct offer *o, const struct tc_rx *rx)
{
	struct tc_buf text = { 0 };

	tc_tcpopt_print(&text, rx->options, rx->options_len);
	snprintf(o->options, sizeof o->options, "%.*s", (int)text.len,
		 text.data ? (const char *)text.data : "");
	tc_buf_free(&text);
	without_clock(o->options);
	o->window = rx->seg.wnd;
	o->ecn = rx->seg.flags & (TC_FLAG_ECE | TC_FLAG_CWR);
	o->ttl = rx->ttl;
	o->port = rx->sport;
}

/* One call. 1; 0: there was none. */
static int hear(struct tc_lab *lab, struct tc_lab_conn **c, struct offer *o,
		struct tc_error *err)
{
	struct tc_lab_frame *seen;
	int rc = tc_lab_next_call(lab, c, &seen, err);

	if (rc <= 0)
		return rc;
	read_offer(o, &seen->rx);
	seen->cited = true;
	rc = tc_lab_hang_up(lab, *c, err);
	return rc < 0 ? rc : 1;
}

static const char *ports_text(const struct offer *o, unsigned n)
{
	bool one = true, next = true;

	for (unsigned i = 1; i < n; i++) {
		one &= o[i].port == o[0].port;
		next &= o[i].port == (uint16_t)(o[i - 1].port + 1);
	}
	return n < 2 ? "one call" : one ? "always the same" : next ? "one after the other" :
	       "various";
}

static void tell(struct tc_finding *f, const struct tc_lab_conn *c, const struct offer *o,
		 unsigned n)
{
	const struct offer *first = &o[0];
	unsigned alike = 0;

	for (unsigned i = 0; i < n; i++)
		alike += strcmp(first->options, o[i].options) == 0 &&
			 first->window == o[i].window && first->ecn == o[i].ecn &&
			 first->ttl == o[i].ttl;
	f->agree = alike;
	f->trials = n;
	tc_finding_text(f, "options", "%s", first->options);
	tc_finding_number(f, "window", first->window);
	tc_finding_number(f, "ttl", first->ttl);
	if (c->peer.present & TC_HAS_MSS)
		tc_finding_number(f, "mss", c->peer.mss);
	if (c->peer.present & TC_HAS_WSCALE)
		tc_finding_number(f, "wscale", c->peer.wscale);
	tc_finding_text(f, "ecn", "%s", first->ecn ? "asked for" : "no");
	tc_finding_text(f, "ports", "%s", ports_text(o, n));
	if (!(c->peer.present & TC_HAS_MSS))
		tc_finding_told(f, "no-mss", "its SYN offers %s, a window of %u and a TTL of %u; "
				"without an MSS it has to be sent %u bytes at most", *first->options ?
				first->options : "no option", first->window, first->ttl,
				tc_family(c->flow.remote_addr.family)->mss_default);
	else
		tc_finding_told(f, alike == n ? "offers" : "varies", "its SYN offers %s, a window "
				"of %u and a TTL of %u%s", first->options, first->window,
				first->ttl, alike == n ? "" : ", and not each time the same");
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	unsigned most = lab->trials && lab->trials < CALLS ? lab->trials : CALLS, n = 0;
	struct offer o[CALLS] = { 0 };
	struct tc_lab_conn *c = NULL, *first = NULL;
	int rc = 1;

	while (n < most && rc > 0) {
		rc = hear(lab, &c, &o[n], err);
		n += rc > 0;
		first = n == 1 ? c : first;
	}
	if (rc < 0)
		return rc;
	if (n == 0)
		tc_finding_blame(f, lab, c);
	else
		tell(f, first, o, n);
	return 0;
}

TC_DEFINE_EXPERIMENT(offer, "offer",
	"what a client's SYN offers: options in their order, window, TTL, ECN, ports",
	"RFC 9293 3.1, 3.7.1 (MSS); RFC 7323 2.2, 3.2; RFC 2018 2; RFC 3168 6.1.1",
	.ports = 1, .harmless = true, .asks = TC_ASKS_CLIENTS);
