/* SPDX-License-Identifier: BSD-2-Clause */
#include "output.h"

#include "fail.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* As short writes are not errors, and a stop and go on by the terminal is none. */
static ssize_t put(void *cookie, const char *bytes, size_t n)
{
	int *failed = cookie;
	size_t at = 0;
	ssize_t rc;

	while (at < n) {
		rc = write(STDOUT_FILENO, bytes + at, n - at);
		if (rc >= 0) {
			at += (size_t)rc;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (!*failed)
			*failed = errno;
		errno = *failed;	/* whoever asks now hears of the cause */
		break;
	}
	return (ssize_t)at;
}

static int *why(void)
{
	static int failed;	/* of the process, as stdout itself */

	return &failed;
}

void output_open(void)
{
	FILE *f = fopencookie(why(), "w", (cookie_io_functions_t){ .write = put });

	if (!f)
		return;		/* the C library's own is as good, but for the reason */
	setvbuf(f, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, BUFSIZ);
	stdout = f;
}

int output_finish(const struct options *o, int code)
{
	struct tc_error err;
	int rc = 0;

	if (fflush(stdout) != 0)
		rc = errno;
	if (*why())
		rc = *why();
	if (rc == 0 || code > EXIT_PEER)
		return code;
	tc_fail(&err, -rc, "cannot write standard output: %s", strerror(rc));
	return fail(o, EXIT_MACHINE, &err);
}
