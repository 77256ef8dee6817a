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

/* why: what the system says, behind the line; or NULL. */
__attribute__((format(printf, 4, 0)))
static int say(struct tc_error *err, int code, const char *why, const char *fmt, va_list ap)
{
	size_t used;

	if (!err)
		return code;
	err->code = code;
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	used = strlen(err->msg);
	if (why)
		snprintf(err->msg + used, sizeof err->msg - used, ": %s", why);
	keep_one_line(err->msg);
	return code;
}

int tc_fail(struct tc_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(err, code, NULL, fmt, ap);
	va_end(ap);
	return code;
}

int tc_nomem(struct tc_error *err)
{
	return tc_fail(err, -ENOMEM, "out of memory");
}

int tc_fail_errno(struct tc_error *err, const char *fmt, ...)
{
	int code = errno ? -errno : -EIO;
	va_list ap;

	va_start(ap, fmt);
	say(err, code, strerror(-code), fmt, ap);
	va_end(ap);
	return code;
}
