/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file system, by landlock(7): nothing but the files to read and the folders of the outputs,
 * and no TCP socket of the kernel's. By its system calls, as no C library has them. What a version
 * of it knows is written down here, for the kernel may be newer than its headers.
 */
#include "own.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The rights on files are bits, and each version adds some at the end. */
static const uint64_t files_of[] = {
	[0] = 0, [1] = (1u << 13) - 1, [2] = (1u << 14) - 1, [3] = (1u << 15) - 1,
	[4] = (1u << 15) - 1, [5] = (1u << 16) - 1,
};

#define LAST (sizeof files_of / sizeof *files_of - 1)
#define REFER ((uint64_t)1 << 13)	/* link and rename between folders: since 2 */
#define TRUNCATE ((uint64_t)1 << 14)	/* since 3 */
#define TCP_VERSION 4			/* since which it knows bind and connect … */
#define TCP_BOTH 3u			/* … of TCP sockets: these two bits */

struct ruleset {	/* struct landlock_ruleset_attr as of version 4 */
	uint64_t files, tcp;
};

int tc_wall_landlock_version(void)
{
	long n = -1;

	if (!WALL_SANITIZED)
		n = syscall(SYS_landlock_create_ruleset, NULL, 0, 1u);	/* asks for it */
	return n < 0 ? 0 : (int)n;
}

/* Allows these rights below a path. A path that cannot be opened now need not be allowed, and for
 * pipes there is nothing to allow (EBADFD). */
static int allow(int rules, const char *path, uint64_t rights, struct tc_error *err)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = rights, .parent_fd = open(path, O_PATH | O_CLOEXEC),
	};
	long rc;

	if (rule.parent_fd < 0)
		return 0;
	rc = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0u);
	if (rc < 0 && errno != EBADFD)
		rc = tc_fail_errno(err, "no way through the wall for %s", path);
	else
		rc = 0;
	close(rule.parent_fd);
	return (int)rc;
}

/* The folder of a path; false: the path is too long to be opened at all. */
static bool folder_of(char folder[PATH_MAX], const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) + 1 : 0;

	if (n >= PATH_MAX)
		return false;
	memcpy(folder, n ? path : "./", n ? n : 2);
	folder[n ? n : 2] = '\0';
	return true;
}

bool tc_wall_folder_is_ours(const char *path)
{
	char folder[PATH_MAX];
	struct stat st;

	return !folder_of(folder, path) || stat(folder, &st) < 0 ||
	       st.st_uid == (uid_t)setfsuid((uid_t)-1);
}

static int allow_folder(int rules, const char *path, uint64_t rights, struct tc_error *err)
{
	char folder[PATH_MAX];

	return folder_of(folder, path) ? allow(rules, folder, rights, err) : 0;
}

/* Allows an output file's folder, and the folder to which a link leads, where the file is replaced.
 * A device is not replaced, and open already. */
static int allow_output(int rules, const char *path, uint64_t rights, struct tc_error *err)
{
	struct stat st;
	bool node = stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
	char *real = node ? NULL : realpath(path, NULL);
	int rc = node ? 0 : allow_folder(rules, path, rights, err);

	if (rc >= 0 && real)
		rc = allow_folder(rules, real, rights, err);
	free(real);
	return rc;
}

/* Allows an input file. A folder in its place may be opened, so that the error can say that it is
 * one, but nothing in it. */
static int allow_input(int rules, const char *path, struct tc_error *err)
{
	struct stat st;
	bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

	return allow(rules, path, folder ? LANDLOCK_ACCESS_FS_READ_DIR
					 : LANDLOCK_ACCESS_FS_READ_FILE, err);
}

static int add_rules(int rules, const struct tc_wall *w, uint64_t all, struct tc_error *err)
{
	uint64_t output = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
			  (all & REFER);
	int rc = 0;

	if (w->needs & TC_WALL_WRITES)
		output |= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
			  (all & TRUNCATE);
	for (unsigned i = 0; i < w->n_reads && rc >= 0; i++)
		rc = allow_input(rules, w->reads[i], err);
	for (unsigned i = 0; i < w->n_outputs && rc >= 0; i++)
		if (w->outputs[i] && strcmp(w->outputs[i], "-") != 0)
			rc = allow_output(rules, w->outputs[i], output, err);
	return rc;
}

int tc_wall_landlock(const struct tc_wall *w, struct tc_error *err)
{
	int version = tc_wall_landlock_version(), fd, rc;
	struct ruleset all = {
		.files = files_of[(size_t)version < LAST ? (size_t)version : LAST],
		.tcp = version >= TCP_VERSION && !(w->needs & TC_WALL_SERVES) ? TCP_BOTH : 0,
	};

	if (!version)
		return 0;
	fd = (int)syscall(SYS_landlock_create_ruleset, &all,
			  version >= TCP_VERSION ? sizeof all : sizeof all.files, 0u);
	if (fd < 0)
		return tc_fail_errno(err, "cannot wall off the file system");
	rc = add_rules(fd, w, all.files, err);
	if (rc >= 0 && syscall(SYS_landlock_restrict_self, fd, 0u) < 0)
		rc = tc_fail_errno(err, "cannot wall off the file system");
	close(fd);
	return rc;
}
