/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * takes: does a server that says nothing read at least? Letters, as many as its window lets
 * out, until it shuts, or so many have been taken that no buffer holds them. A window that
 * shuts says that nobody reads any more, not that nobody has: a receiver may give its buffer
 * more room while it fills (RFC 9293 3.8.6 leaves that to it), and then more is taken than was
 * offered at first, as by one who read some.
 */
#include "steps.h"

#include <tcpcraft/error.h>

#include <tcpcraft/buf.h>

#include <stdio.h>
#include <string.h>

#define MOST (192u << 10)		/* without window scaling a receiver holds 64 KiB */
#define AT_ONCE (8u << 10)
#define ROOM 2048u
#define SHUT_FOR TC_S			/* so long without room: nobody reads */

/* Room for a segment; on loopback, where they are large, for some of one. */
static bool has_room(const struct tc_lab *lab, const struct tc_lab_conn *c)
{
	size_t segment = tc_lab_segment(lab, c);

	return c->peer_window >= (segment < ROOM ? segment : ROOM);
}

/* Wait for room. 1: there is. 0: no. */
static int await_room(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + tc_lab_wait(lab, SHUT_FOR);
	struct tc_lab_frame *seen;
	int rc = 1;

	while (rc > 0 && c->end == TC_LAB_ALIVE && !has_room(lab, c)) {
		rc = tc_lab_next(lab, c, until, &seen, err);
		if (rc > 0)
			seen->cited = true;
	}
	return rc < 0 ? rc : c->end == TC_LAB_ALIVE && has_room(lab, c);
}

static void tell_shut(struct tc_finding *f, const struct tc_lab *lab,
		      const struct tc_lab_conn *c, size_t taken, size_t offered)
{
	double seconds = (double)tc_lab_wait(lab, SHUT_FOR) / (double)TC_S;
	char window[48] = "its window shut";

	if (c->peer_window)
		snprintf(window, sizeof window, "its window fell to %u", c->peer_window);
	tc_finding_told(f, "reads-no-more", "its TCP took %zu bytes, then %s and stayed so for "
			"%.2g s: it read no more by then; ", taken, window, seconds);
	if (taken <= offered)
		tc_buf_printf(&f->sentence, "nothing shows that it ever read: its SYN,ACK offered "
			      "%zu", offered);
	else
		tc_buf_printf(&f->sentence, "whether it read some before cannot be told: its SYN,ACK "
			      "offered %zu, and its buffer may have grown", offered);
}

/* Bytes that were taken. */
static int fill(struct tc_lab *lab, struct tc_lab_conn *c, size_t *taken, struct tc_error *err)
{
	uint8_t letters[AT_ONCE];
	int rc = 1;

	memset(letters, 'x', sizeof letters);
	while (rc > 0 && *taken < MOST) {
		rc = await_room(lab, c, err);
		if (rc > 0)
			rc = tc_lab_say(lab, c, letters, c->peer_window < AT_ONCE ?
					c->peer_window : AT_ONCE, err);
		*taken = c->snd_una - c->iss - 1;
	}
	return rc < 0 ? rc : 0;
}

static void tell(struct tc_finding *f, const struct tc_lab *lab, const struct tc_lab_conn *c,
		 size_t taken, size_t offered)
{
	tc_finding_value(f, (double)taken);
	tc_finding_count(f, "bytes", taken);
	tc_finding_number(f, "offered", (double)offered);
	tc_finding_number(f, "window", c->peer_window);
	if (taken >= MOST)
		tc_finding_told(f, "reads", "it reads: %zu bytes were taken, more than its window "
				"holds", taken);
	else if (c->end != TC_LAB_ALIVE || c->peer_fin)
		tc_finding_told(f, "ends", "after %zu bytes it ends the connection", taken);
	else if (!has_room(lab, c))
		tell_shut(f, lab, c, taken, offered);
	else
		tc_finding_untold(f, "after %zu bytes its TCP acknowledges no more, with "
				  "a window of %u", taken, c->peer_window);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_conn *c;
	size_t taken = 0, offered;
	int rc = tc_lab_begin(lab, f, &c, NULL, err);

	if (rc <= 0)
		return rc;
	offered = c->peer_window;
	rc = fill(lab, c, &taken, err);
	if (rc >= 0)
		tell(f, lab, c, taken, offered);
	return rc;
}

const struct tc_experiment tc_meet_takes = {
	.name = "takes",
	.one_line = "whether a server that says nothing reads what is sent",
	.clause = "RFC 9293 3.8.6 (the window is what the receiver has room for)",
	.ports = 2, .harmless = true, .needs = TC_NEEDS_CONTROL, .patience = 2 * TC_S, .run = run,
};
