/* SPDX-License-Identifier: BSD-2-Clause */
/* What went wrong, for people and programs, and the exit code that follows. */
#ifndef LIVE_FAIL_H
#define LIVE_FAIL_H

#include "options/options.h"

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

/* The same of a command line that is wrong: printf's, and EXIT_USAGE. */
int fail_usage(const struct options *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), cold));

/* What was being done when it failed. */
enum fail_of {
	OF_SESSION = 1,		/* opening a run on the network */
	OF_INPUT = 2,		/* reading captures */
	OF_COPY = 4,		/* one file made of another */
	OF_JOURNAL = 8,		/* a journal read and written */
	OF_PAGE = 16,		/* opening a page to write */
	OF_WORDS = 32,		/* what only words of the command line can get wrong */
};

/* What the user asked for is wrong (EXIT_USAGE), the other end is not there (EXIT_PEER: of a
 * session), or this machine cannot do it (EXIT_MACHINE). The one place that decides so. */
int exit_for(enum fail_of of, const struct tc_error *err);

#endif
