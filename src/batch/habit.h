/* SPDX-License-Identifier: BSD-2-Clause */
/* What a server does that nobody asked for, which is no fault of its TCP. */
#ifndef BATCH_HABIT_H
#define BATCH_HABIT_H

#include <tcpcraft/clock.h>

#include <stdbool.h>

struct suite_run;
struct tc_error;
struct tc_suite_case;

enum suite_doing { SUITE_SPEAKS, SUITE_CLOSES, SUITE_RESETS, SUITE_DOINGS };

struct suite_habit {		/* of a port */
	unsigned silent;	/* times that it was asked, and nothing came back */
	bool looked;		/* it was asked by a connection on which nothing is sent … */
	bool gone;		/* … and did not take it … */
	bool nobody;		/* … nor that of any case */
	tc_time after[SUITE_DOINGS];	/* from our SYN to the first; 0: none in three seconds */
};

/* Has the case failed at a port that it presumes to be silent, and that nobody has looked at? */
bool suite_awaits_look(const struct suite_run *s, const struct tc_suite_case *c);

/*
 * Ask each such port, which is in s->habit then, and acquit its cases. 0; 1: stop_fd was readable;
 * negative: this machine cannot. Either way cases are acquitted by what is known.
 */
int suite_look_at_habits(struct suite_run *s, int stop_fd, struct tc_error *err);

/* What came of a case: a port that was gone is there again, and to be looked at anew, where it
 * answered. */
void suite_took(struct suite_run *s, const struct tc_suite_case *c);

/* Behind the first asking, of which alone some may be at once: each case's c->beside. */
void suite_note_beside(struct suite_run *s);

/* What came of a case before is kept, as it was not answered when it was asked again. Inconclusive
 * is one that failed beside others by a reset or by silence, and was refused now: its server may have
 * come back since, and be gone again. */
void suite_keep(const struct suite_run *s, struct tc_suite_case *c,
		const struct tc_suite_case *again);

/* A case that failed is inconclusive, and c->acquitted, where what it saw can come of what is done
 * at its port unasked, as far as that is known, and may have been done by then. So is one that
 * failed or could not be told, where nobody took a connection at its port. Inconclusive, and not
 * acquitted, is one that saw a reset or no more where the server was gone behind it and others. */
void suite_acquit(const struct suite_run *s, struct tc_suite_case *c);

#endif
