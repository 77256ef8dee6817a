/* SPDX-License-Identifier: BSD-2-Clause */
/* The system calls, by libseccomp, from the table. */
#include "own.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *tc_wall_no_seccomp(void)
{
	uint32_t action = SECCOMP_RET_ERRNO;

	if (WALL_SANITIZED)
		return WALL_SANITIZED;
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0u, &action) == 0 ? NULL :
	       "not in this kernel";
}

/* TCGETS2, by which a C library may ask whether it is a terminal: its struct has no header that
 * goes together with <termios.h>. */
#define GETS2 (2ul << 30 | 44ul << 16 | 'T' << 8 | 0x2a)

static int add_looking(scmp_filter_ctx f, int call)
{
	static const unsigned long asked[] = { TCGETS, GETS2, TIOCGWINSZ, TIOCGPGRP,
					       FIONREAD, SIOCGIFFLAGS };
	int rc = 0;

	for (size_t i = 0; i < sizeof asked / sizeof *asked && rc == 0; i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1,
				      SCMP_A1(SCMP_CMP_EQ, asked[i], 0));
	return rc;
}

/* Signals of a descriptor's would be sent to whom it likes (F_SETOWN). */
static int add_flags(scmp_filter_ctx f, int call)
{
	static const int asked[] = { F_GETFD, F_SETFD, F_GETFL, F_DUPFD, F_DUPFD_CLOEXEC };
	int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 2, SCMP_A1(SCMP_CMP_EQ, F_SETFL, 0),
				  SCMP_A2(SCMP_CMP_MASKED_EQ, O_ASYNC, 0));

	for (size_t i = 0; i < sizeof asked / sizeof *asked && rc == 0; i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1,
				      SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)asked[i], 0));
	return rc;
}

/* The last argument is the mode: openat's fourth, open's third, fchmod's second. */
static int add_plain(scmp_filter_ctx f, int call, const char *name)
{
	unsigned at = strcmp(name, "openat") == 0 ? 3 : strcmp(name, "open") == 0 ? 2 : 1;

	return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1, (struct scmp_arg_cmp){
		at, SCMP_CMP_MASKED_EQ, S_ISUID | S_ISGID | S_ISVTX, 0 });
}

#define TYPE 0xfu			/* of a socket's, which flags are put to */

/* TCP of either family, named or as what a stream is; and netlink for links and addresses. */
static int add_streams(scmp_filter_ctx f, int call)
{
	static const struct { scmp_datum_t family, type, protocol; } of[] = {
		{ AF_INET, SOCK_STREAM, 0 }, { AF_INET, SOCK_STREAM, IPPROTO_TCP },
		{ AF_INET6, SOCK_STREAM, 0 }, { AF_INET6, SOCK_STREAM, IPPROTO_TCP },
		{ AF_NETLINK, SOCK_RAW, NETLINK_ROUTE }, { AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof of / sizeof *of && rc == 0; i++)
		rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 3,
				      SCMP_A0(SCMP_CMP_EQ, of[i].family, 0),
				      SCMP_A1(SCMP_CMP_MASKED_EQ, TYPE, of[i].type),
				      SCMP_A2(SCMP_CMP_EQ, of[i].protocol, 0));
	return rc;
}

/* Which argument of clone(2) is its flags. */
#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* As fork(2) asks for none of these, and a process that has them all is a thread of ours. */
static int add_thread(scmp_filter_ctx f, int call)
{
	const scmp_datum_t thread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;

	return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1, (struct scmp_arg_cmp){
		CLONE_FLAGS, SCMP_CMP_MASKED_EQ, thread, thread });
}

static int add_call(scmp_filter_ctx f, const struct wall_call *c)
{
	int call = seccomp_syscall_resolve_name(c->name);

	if (call == __NR_SCMP_ERROR)	/* not of this machine, or younger than the library */
		return 0;
	switch (c->only) {
	case WALL_ANY:
		return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 0);
	case WALL_READING:
		return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1, (struct scmp_arg_cmp){
			strcmp(c->name, "open") == 0 ? 1 : 2, SCMP_CMP_MASKED_EQ,
			O_ACCMODE | O_CREAT | O_TRUNC, 0 });
	case WALL_LOOKING:
		return add_looking(f, call);
	case WALL_PLAIN:
		return add_plain(f, call, c->name);
	case WALL_STREAMS:
		return add_streams(f, call);
	case WALL_FLAGS:
		return add_flags(f, call);
	case WALL_THREAD:
		return add_thread(f, call);
	case WALL_UNKNOWN:
		return seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), call, 0);
	case WALL_OURSELVES:
		return seccomp_rule_add(f, SCMP_ACT_ALLOW, call, 1,
					SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
	}
	return 0;
}

/* All threads; and without the slower mode that some kernels give a process behind a filter:
 * what it is to protect from, other code in this process, there is not. */
int tc_wall_seccomp(const struct tc_wall *w, struct tc_error *err)
{
	scmp_filter_ctx f;
	int rc = 0;

	if (tc_wall_no_seccomp())
		return 0;
	f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!f)
		return tc_nomem(err);
	rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		seccomp_attr_set(f, SCMP_FLTATR_CTL_SSB, 1);
	for (size_t i = 0; i < tc_wall_n_calls && rc == 0; i++)
		if (tc_wall_calls[i].needs & w->needs)
			rc = add_call(f, &tc_wall_calls[i]);
	if (rc == 0)
		rc = seccomp_load(f);
	seccomp_release(f);
	return rc ? tc_fail(err, rc, "cannot wall off the system calls: %s", strerror(-rc)) : 0;
}
