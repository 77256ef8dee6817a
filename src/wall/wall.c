/* SPDX-License-Identifier: BSD-2-Clause */
/* The walls in their order: none keeps the next from being put up. */
#include "own.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Is it a file of another user's? Whose files are ours setfsuid(2) says. */
static bool is_others(const char *path)
{
	struct stat st;

	return path && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_uid != (uid_t)setfsuid((uid_t)-1);
}

/* What is yet to be done about outputs, and only who has these may. One that takes the place of
 * another user's file was given to him, and is named yet: who owned it before may do that
 * (proc(5), protected_hardlinks). Files may be made in another's folder, or opened that are his.
 * All in the folders that Landlock leaves. */
static uint32_t still_needed(const struct tc_wall *w)
{
	uint32_t keep = 0;

	for (unsigned i = 0; i < w->n_outputs; i++) {
		const char *path = w->outputs[i];
		bool others = is_others(path);

		if (others)
			keep |= 1u << CAP_FOWNER;
		if (path && w->needs & TC_WALL_WRITES &&
		    (others || !tc_wall_folder_is_ours(path)))
			keep |= 1u << CAP_DAC_OVERRIDE | 1u << CAP_CHOWN | 1u << CAP_FOWNER;
	}
	return keep;
}

/* All of them, the ambient ones too: those never are more than the inheritable. None is kept
 * that had no effect before: who works for another user has given up what is not his. */
static int drop_capabilities(const struct tc_wall *w, struct tc_error *err)
{
	struct __user_cap_header_struct of = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3] = { 0 };
	uint32_t keep = still_needed(w);

	if (keep && syscall(SYS_capget, &of, have) == 0)
		kept[0].permitted = kept[0].effective = have[0].effective & keep;
	if (syscall(SYS_capset, &of, kept) < 0)
		return tc_fail_errno(err, "cannot give up capabilities");
	return 0;
}

int tc_wall_up(const struct tc_wall *w, struct tc_error *err)
{
	int rc = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return tc_fail_errno(err, "cannot give up new privileges");
	rc = tc_wall_landlock(w, err);
	if (rc >= 0)
		rc = drop_capabilities(w, err);
	return rc < 0 ? rc : tc_wall_seccomp(w, err);
}

void tc_wall_print(struct tc_buf *out)
{
	const char *no_seccomp = tc_wall_no_seccomp();
	int landlock = tc_wall_landlock_version();

	tc_buf_text(out, "no new privileges, no capabilities, ");
	if (landlock)
		tc_buf_printf(out, "no files (Landlock %d), ", landlock);
	else
		tc_buf_printf(out, "all files (no Landlock: %s), ",
			      WALL_SANITIZED ? WALL_SANITIZED : "not in this kernel");
	if (no_seccomp)
		tc_buf_printf(out, "all system calls (no seccomp: %s)", no_seccomp);
	else
		tc_buf_text(out, "few system calls (seccomp)");
}
