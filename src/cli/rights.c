/* SPDX-License-Identifier: BSD-2-Clause */
#include "rights.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <unistd.h>

#define GROUPS_MOST 1024

/* A number of sudo's; 0 without one: root himself, or not sudo. */
static unsigned long number_of(const char *variable)
{
	const char *text = secure_getenv(variable);
	char *end;
	unsigned long n;

	if (!text || *text < '1' || *text > '9')
		return 0;
	errno = 0;
	n = strtoul(text, &end, 10);
	return errno || *end || n >= (uid_t)-1 ? 0 : n;
}

/* His groups; of who has no entry, the one that sudo names. */
static int take_groups(uid_t uid, gid_t gid)
{
	const struct passwd *user = getpwuid(uid);
	gid_t groups[GROUPS_MOST];
	int n = GROUPS_MOST;

	if (!user || getgrouplist(user->pw_name, gid, groups, &n) < 0) {
		groups[0] = gid;
		n = 1;
	}
	return setgroups((size_t)n, groups);
}

/* Root of a user namespace that a user made, who has no other ids to take: what it opens, it
 * opens with the rights of that user (user_namespaces(7)). */
static bool is_borrowed(void)
{
	unsigned long inside, outside, n = UINT32_MAX;
	FILE *f = fopen("/proc/self/uid_map", "re");

	if (f && fscanf(f, "%lu %lu %lu", &inside, &outside, &n) != 3)
		n = UINT32_MAX;
	if (f)
		fclose(f);
	return n < UINT32_MAX;
}

static int take_files_of(uid_t uid, gid_t gid, struct tc_error *err)
{
	if (take_groups(uid, gid) < 0 && is_borrowed())
		return 0;
	if (take_groups(uid, gid) < 0)
		return tc_fail_errno(err, "cannot take the groups of user %u, who called sudo",
				     uid);
	setfsgid(gid);
	setfsuid(uid);
	/* They say what was before, and not whether they did it. */
	if ((uid_t)setfsuid((uid_t)-1) != uid || (gid_t)setfsgid((gid_t)-1) != gid)
		return tc_fail(err, -EPERM, "cannot open files as user %u, who called sudo", uid);
	return 0;
}

int rights_settle(struct tc_error *err)
{
	unsigned long uid = number_of("SUDO_UID"), gid = number_of("SUDO_GID");

	if (getuid() != geteuid() || getgid() != getegid())
		return tc_fail(err, -EPERM, "it is set-user-ID or set-group-ID, and would read and "
			       "write any file for anybody: take that away (chmod ug-s), and give "
			       "it its two capabilities (make install-caps)");
	if (geteuid() != 0 || !uid || !gid)
		return 0;
	return take_files_of((uid_t)uid, (gid_t)gid, err);
}
