/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one error convention. A function that can fail returns an int: >= 0 is
 * success (0 or a count), < 0 is a negative errno, and its last parameter is a
 * struct tc_error * (may be NULL) that receives the same code and one line for
 * people: the thing, the numbers, the cure. Nothing below cli/ prints.
 *
 * Codes in use: -EINVAL bad value from the user, -EBADMSG malformed bytes,
 * -EMSGSIZE does not fit, -EAGAIN incomplete (need more), -ETIMEDOUT, -EPERM,
 * -ENODEV, -ENOENT, -ECONNRESET; a system call's own errno otherwise.
 */
#ifndef TCPCRAFT_ERROR_H
#define TCPCRAFT_ERROR_H

#define TC_ERROR_MSG_MAX 512

struct tc_error {
	int code;			/* negative errno, 0 = no error yet */
	char msg[TC_ERROR_MSG_MAX];	/* one line, no newline, always terminated */
};

/*
 * Set *err (when not NULL) to code and the formatted line and return code, so
 * that `return tc_fail(err, -EINVAL, …)` is one statement. A line that is too
 * long is cut, control characters (of quoted text) become '?'. Thread-safe for distinct err.
 */
int tc_fail(struct tc_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* As tc_fail with -ENOMEM and "out of memory". */
int tc_nomem(struct tc_error *err);

/* As tc_fail with code = -errno, and ": strerror(errno)" after the line. */
int tc_fail_errno(struct tc_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
