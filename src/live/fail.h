/* SPDX-License-Identifier: BSD-2-Clause */
/* What went wrong, for people and programs, and the exit code that follows. */
#ifndef LIVE_FAIL_H
#define LIVE_FAIL_H

#include "options/options.h"

#include <tcpcraft/error.h>

/* Exit codes, a contract. */
enum {
	EXIT_DONE = 0,
	EXIT_PEER = 1,		/* the peer did not do it */
	EXIT_USAGE = 2,		/* the command line or an input is wrong */
	EXIT_MACHINE = 3,	/* this machine cannot */
	EXIT_FINDING = 4,
	EXIT_SIGNAL = 128,	/* + the signal's number */
};

/* Messages and results. fail prints one line (and a JSON error line with --json) and
 * returns code. */
int fail(const struct options *o, int code, const struct tc_error *err);
int exit_for_session(const struct tc_error *err);	/* EXIT_USAGE or EXIT_MACHINE */

#endif
