/* SPDX-License-Identifier: BSD-2-Clause */
/* What the scripts of one run have in common: the ports of all, and one guard for them. */
#ifndef BATCH_SHARE_H
#define BATCH_SHARE_H

#include "one.h"

#include "suite/suite.h"

#include <tcpcraft/session.h>

struct suite_run;

struct suite_share {
	struct tc_session *session;	/* NULL: each script has ports and a guard of its own */
	unsigned *offset;		/* by case: its ports, from the first of all */
	unsigned ports;			/* for asking each once */
	unsigned again;			/* so far behind those are its others; 0: -g, the same again */
	unsigned looks;			/* behind all those, one for each port that is looked at; 0:
					 * there is no look, or -g */
};

/*
 * Put up a session as those of the scripts will be, so that what this machine cannot is said
 * once, and s->on_this_host is known. It stays for them unless theirs differ (an address that
 * is nobody's, a VLAN). Negative: nothing is left, but suite_share_close is still to be called.
 */
int suite_share_open(struct suite_share *h, struct suite_run *s, struct tc_error *err);

/* Where the case runs that is asked for the second time (again), or the first. */
struct script_place suite_share_place(const struct suite_share *h, size_t at, bool again);

/* Where a look at the port is taken (habit.h). */
struct script_place suite_share_look(const struct suite_share *h, enum tc_case_needs needs);

/* Does one machine under test elsewhere make the calls? It has one hand on it at a time: each
 * script begins with `reset`. */
bool suite_share_is_far(const struct suite_run *s);
unsigned suite_share_jobs(const struct suite_run *s);	/* that were asked for */
/* How many cases are run at once: fewer than the jobs asked for where the target is another host;
 * that is said. */
unsigned suite_share_at_once(const struct suite_run *s);

/* Behind the last script. *sum, of the guard, when not NULL. Negative: the guard could not be
 * removed. */
int suite_share_close(struct suite_share *h, struct tc_session_summary *sum,
		      struct tc_error *err);

#endif
