/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one error convention. A function that can fail returns an int: >= 0 is
 * success (0 or a count), < 0 is a negative errno, and its last parameter is a
 * struct tc_error * (may be NULL) that receives the same code and one line for
 * people: the thing, the numbers, the cure. Nothing below cli/ prints.
 *
 * Codes in use: -EINVAL bad value from the user, -EBADMSG malformed bytes,
 * -EMSGSIZE does not fit, -EAGAIN incomplete (need more), -ETIMEDOUT, -EPERM,
 * -ENODEV, -ENOENT, -ECONNRESET; a system call's own errno otherwise. Where a caller has
 * to know more than an errno says it is one of enum tc_err, negative too: nobody reads the
 * line to decide.
 */
#ifndef TCPCRAFT_ERROR_H
#define TCPCRAFT_ERROR_H

#define TC_ERROR_MSG_MAX 512

/* Codes of our own, beyond every errno (4095 at most). */
enum tc_err {
	TC_ERR_NO_HOST = 5001,		/* no host has this name */
	TC_ERR_NO_PROCESS,		/* no process has this number */
	TC_ERR_NO_NETNS,		/* no network of our own can be had here */
	TC_ERR_NO_GUARD_SCRIPT,		/* rst-guard is nowhere: the installation is not whole */
	TC_ERR_NO_IPTABLES,		/* the guard needs iptables, which is not installed */
	TC_ERR_NO_NFT,			/* … nft */
	TC_ERR_FILE_ACCESS,		/* a file may not be written (-EACCES is of a target) */
	TC_ERR_SEND_PRIVILEGE,		/* frames may not be sent: a capability is missing */
	TC_ERR_SEND_SETUP,		/* the socket that sends frames cannot be set up */
	TC_ERR_UNMET,			/* a call of a script did not do what the script says */
	TC_ERR_HAND_LACKS,		/* who makes a script's calls says that it has no such call */
	TC_ERR_HAND_GONE,		/* … does not answer any more, or as it must not */
	TC_ERR_VERDICT,			/* a script is over; its result says how */
};

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
	__attribute__((format(printf, 3, 4), cold));

/* As tc_fail with -ENOMEM and "out of memory". */
int tc_nomem(struct tc_error *err) __attribute__((cold));

/* As tc_fail with code = -errno, and ": strerror(errno)" after the line. */
int tc_fail_errno(struct tc_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), cold));

#endif
