/* SPDX-License-Identifier: BSD-2-Clause */
/* The walls in their order: none keeps the next from being put up. */
#include "own.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Does an output take the place of another user's file? */
static bool replaces_others(const struct tc_wall *w)
{
	struct stat st;

	for (unsigned i = 0; i < w->n_outputs; i++)
		if (w->outputs[i] && stat(w->outputs[i], &st) == 0 && S_ISREG(st.st_mode) &&
		    st.st_uid != geteuid())
			return true;
	return false;
}

/* Will files be made in another user's folder? */
static bool writes_elsewhere(const struct tc_wall *w)
{
	for (unsigned i = 0; i < w->n_outputs && w->needs & TC_WALL_WRITES; i++)
		if (w->outputs[i] && !tc_wall_folder_is_ours(w->outputs[i]))
			return true;
	return false;
}

/* All of them, the ambient ones too: those never are more than the inheritable. An output that
 * takes the place of another user's file was given to him, and is named yet: who owned it before
 * may do that (proc(5), protected_hardlinks), in the folders that Landlock leaves. So may who
 * makes files in another's folder yet. */
static int drop_capabilities(const struct tc_wall *w, struct tc_error *err)
{
	struct __user_cap_header_struct of = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3] = { 0 };
	struct __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3] = { 0 };
	uint32_t keep = 0;

	if (replaces_others(w))
		keep = 1u << CAP_FOWNER;
	if (writes_elsewhere(w))
		keep |= 1u << CAP_DAC_OVERRIDE | 1u << CAP_CHOWN | 1u << CAP_FOWNER;
	if (keep && syscall(SYS_capget, &of, have) == 0)
		kept[0].permitted = kept[0].effective = have[0].permitted & keep;
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
