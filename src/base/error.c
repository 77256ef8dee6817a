/* SPDX-License-Identifier: BSD-2-Clause */
#include <tcpcraft/error.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Text of users and peers is quoted in messages: a line stays a line, and no escape
 * sequence reaches a terminal. */
static void keep_one_line(char *msg)
{
	for (; *msg; msg++)
		if ((unsigned char)*msg < ' ' || *msg == 0x7f)
			*msg = '?';
}

int tc_fail(struct tc_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		err->code = code;
		va_start(ap, fmt);
		vsnprintf(err->msg, sizeof err->msg, fmt, ap);
		va_end(ap);
		keep_one_line(err->msg);
	}
	return code;
}

int tc_nomem(struct tc_error *err)
{
	return tc_fail(err, -ENOMEM, "out of memory");
}

int tc_fail_errno(struct tc_error *err, const char *fmt, ...)
{
	int code = errno ? -errno : -EIO;
	size_t used;
	va_list ap;

	if (err) {
		err->code = code;
		va_start(ap, fmt);
		vsnprintf(err->msg, sizeof err->msg, fmt, ap);
		va_end(ap);
		used = strlen(err->msg);
		snprintf(err->msg + used, sizeof err->msg - used, ": %s", strerror(-code));
		keep_one_line(err->msg);
	}
	return code;
}
