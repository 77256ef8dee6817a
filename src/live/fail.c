/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that turns errors into lines and exit codes. */
#include "fail.h"
#include "terminal.h"

#include "report/trace.h"

#include <errno.h>

int fail(const struct options *o, int code, const struct tc_error *err)
{
	struct tc_buf line = { 0 };

	if (err->code == -EPIPE && output_is_unread())	/* its reader (head, less) has enough */
		return code;
	tc_buf_printf(&line, "tcpcraft: %s", err->msg);
	terminal_line(o, stderr, &line);
	tc_buf_free(&line);
	if (o->json) {
		tc_json_error(&line, err->msg, code);
		if (line.data)
			fwrite(line.data, 1, line.len, stdout);
		tc_buf_free(&line);
	}
	return code;
}

/* What the user asked for is wrong (2), this machine cannot do it (3), or the other end is
 * not there (1). */
int exit_for_session(const struct tc_error *err)
{
	switch (err->code) {
	case -EINVAL:
	case -ERANGE:
	case -EACCES:
	case -EEXIST:
	case -EOPNOTSUPP:
	case -EAFNOSUPPORT:
		return EXIT_USAGE;
	case -EHOSTUNREACH:		/* the peer, or its router, does not answer ARP */
		return EXIT_PEER;
	default:
		return EXIT_MACHINE;
	}
}
