/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that turns errors into lines and exit codes. */
#include "fail.h"
#include "terminal.h"

#include "base/format.h"
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
		terminal_give(o, stdout, &line);
	}
	return code;
}

int fail_usage(const struct options *o, const char *fmt, ...)
{
	struct tc_error err;
	char text[TC_ERROR_MSG_MAX];

	TC_FORMAT(text, sizeof text, fmt);
	tc_fail(&err, -EINVAL, "%s", text);
	return fail(o, EXIT_USAGE, &err);
}

/* With these codes the user is to blame (2) for what these bits say was done. */
static const struct {
	int code;
	unsigned of;
} blame[] = {
	{ -EINVAL, OF_SESSION | OF_COPY | OF_JOURNAL | OF_WORDS },
	{ -ERANGE, OF_SESSION },
	{ -TC_ERR_NO_HOST, OF_SESSION },
	{ -TC_ERR_NO_PROCESS, OF_SESSION },
	{ -EACCES, OF_SESSION },	/* a target that is not allowed, not a file */
	{ -EOPNOTSUPP, OF_SESSION },
	{ -EAFNOSUPPORT, OF_SESSION },
	{ -EEXIST, OF_SESSION | OF_COPY | OF_JOURNAL | OF_PAGE },
	{ -EBADMSG, OF_COPY | OF_JOURNAL },
	{ -ENOENT, OF_COPY | OF_JOURNAL },
	{ -EISDIR, OF_COPY },
	{ -ENOTDIR, OF_COPY },
	{ -ENAMETOOLONG, OF_COPY },
	{ -ENOMSG, OF_COPY },
};

/* Errors of an input file are the user's mistake, except those by which this machine cannot read
 * it. */
static int exit_for_input(const struct tc_error *err)
{
	switch (err->code) {
	case -EACCES:
	case -EPERM:
	case -ENOMEM:
	case -EIO:
	case -EMFILE:
		return EXIT_MACHINE;
	default:
		return EXIT_USAGE;
	}
}

int exit_for(enum fail_of of, const struct tc_error *err)
{
	if (of == OF_INPUT)
		return exit_for_input(err);
	if (of == OF_SESSION && (err->code == -EHOSTUNREACH ||	/* no answer to ARP */
				 err->code == -TC_ERR_HAND_GONE))
		return EXIT_PEER;
	for (size_t i = 0; i < sizeof blame / sizeof *blame; i++)
		if (blame[i].code == err->code && blame[i].of & of)
			return EXIT_USAGE;
	return EXIT_MACHINE;
}
