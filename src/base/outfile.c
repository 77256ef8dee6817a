/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that appear when they are whole; see outfile.h. */
#include <tcpcraft/error.h>
#include "outfile.h"
#include <tcpcraft/rng.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct tc_outfile {
	FILE *file;
	bool force;
	bool unnamed;			/* the open file has no name yet */
	bool named;			/* it is at `temporary` */
	int wrong;			/* errno of the first write that failed */
	char path[PATH_MAX];
	char temporary[PATH_MAX];
};

static int cannot_write(const char *path, struct tc_error *err)
{
	const char *name = strcmp(path, "-") == 0 ? "standard output" : path;

	if (errno == EACCES)
		return tc_fail(err, -TC_ERR_FILE_ACCESS, "cannot write %s: %s", name,
			       strerror(errno));
	return tc_fail_errno(err, "cannot write %s", name);
}

static int failed(const struct tc_outfile *w, struct tc_error *err)
{
	return cannot_write(w->path, err);
}

/* A name for ourselves beside the target. */
static int name_temporary(struct tc_outfile *w)
{
	const char *slash = strrchr(w->path, '/');
	int dir = slash ? (int)(slash - w->path) + 1 : 0;
	int n = snprintf(w->temporary, sizeof w->temporary, "%.*s.tcpcraft-%016" PRIx64,
			 dir, w->path, tc_rng_kernel_u64());

	if (n < (int)sizeof w->temporary)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/* A file in the target's directory, with the permissions the target would get. Without a
 * name where the file system can (O_TMPFILE): then even SIGKILL leaves nothing. */
static int open_temporary(struct tc_outfile *w)
{
	const char *slash = strrchr(w->path, '/');
	char dir[PATH_MAX] = ".";
	int fd;

	if (slash)
		snprintf(dir, sizeof dir, "%.*s", (int)(slash - w->path) + 1, w->path);
	fd = open(dir, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666);
	if (fd >= 0) {
		w->unnamed = true;
		return fd;
	}
	if (name_temporary(w) < 0)
		return -1;
	fd = open(w->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	w->named = fd >= 0;
	return fd;
}

/* Where a link leads, so that the link stays when its target is replaced. */
static int follow_link(struct tc_outfile *w)
{
	char *real = realpath(w->path, NULL);
	size_t len = real ? strlen(real) : 0;

	if (!real)
		return -1;
	if (len < sizeof w->path)
		memcpy(w->path, real, len + 1);
	free(real);
	return 0;
}

/* The file that takes the place of another keeps its mode and, where we may give files
 * away, its owner. */
static int open_successor(struct tc_outfile *w)
{
	struct stat st;
	int fd;

	if (follow_link(w) < 0 || stat(w->path, &st) < 0)
		return -1;
	fd = open_temporary(w);
	if (fd >= 0 && fchown(fd, st.st_uid, st.st_gid) == 0)
		fchmod(fd, st.st_mode & 0777);
	return fd;
}

int tc_outfile_check(const char *path, bool force, struct tc_error *err)
{
	struct stat st;

	if (stat(path, &st) < 0 && errno != ENOENT)
		return cannot_write(path, err);
	if (stat(path, &st) < 0)	/* a link to nowhere is not ours to replace */
		return lstat(path, &st) < 0 ? TC_OUTFILE_NEW :
		       tc_fail(err, -EEXIST, "cannot write %s: it is a link to what is not "
			       "there", path);
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return cannot_write(path, err);
	}
	if (S_ISSOCK(st.st_mode))
		return tc_fail(err, -ENXIO, "cannot write %s: it is a socket; name a file, "
			       "a pipe or a device", path);
	/* A disk is not a file, but what it holds is as lost. */
	if ((S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)) && !force)
		return tc_fail(err, -EEXIST, "%s exists: name another file, or overwrite it "
			       "with --force", path);
	return S_ISREG(st.st_mode) ? TC_OUTFILE_OVER : TC_OUTFILE_NODE;
}

static int open_target(struct tc_outfile *w, struct tc_error *err)
{
	bool out = strcmp(w->path, "-") == 0;
	int kind = out ? TC_OUTFILE_NODE : tc_outfile_check(w->path, w->force, err);
	int fd;

	if (kind < 0)
		return kind;
	if (out)
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	else if (kind == TC_OUTFILE_NODE)
		fd = open(w->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	else
		fd = kind == TC_OUTFILE_NEW ? open_temporary(w) : open_successor(w);
	return fd < 0 ? failed(w, err) : fd;
}

FILE *tc_outfile_stream(const char *path, bool force, struct tc_error *err)
{
	static const int how[] = {
		[TC_OUTFILE_NEW] = O_CREAT | O_EXCL, [TC_OUTFILE_OVER] = O_TRUNC,
		[TC_OUTFILE_NODE] = O_NOCTTY,
	};
	int kind = tc_outfile_check(path, force, err), fd;
	FILE *f;

	if (kind < 0)
		return NULL;
	fd = open(path, O_WRONLY | O_CLOEXEC | how[kind], 0666);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		cannot_write(path, err);
	if (!f && fd >= 0)
		close(fd);
	return f;
}

/* Opens an outfile, whose name is set, over a descriptor; a negative one is the error that opening
 * it gave. */
static int take_fd(struct tc_outfile **out, struct tc_outfile *w, int fd, struct tc_error *err)
{
	if (fd >= 0) {
		w->file = fdopen(fd, "wb");
		if (!w->file) {
			close(fd);
			fd = failed(w, err);
		}
	}
	if (fd < 0) {
		tc_outfile_abort(w);
		return fd;
	}
	*out = w;
	return 0;
}

int tc_outfile_open(struct tc_outfile **out, const char *path, bool force,
		    struct tc_error *err)
{
	struct tc_outfile *w = calloc(1, sizeof *w);
	int fd;

	if (!w)
		return tc_nomem(err);
	w->force = force;
	if (strlen(path) < sizeof w->path) {
		memcpy(w->path, path, strlen(path) + 1);
		fd = open_target(w, err);
	} else {
		fd = tc_fail(err, -ENAMETOOLONG,
			     "a path of %zu characters is too long for a file",
			     strlen(path));
	}
	return take_fd(out, w, fd, err);
}

int tc_outfile_take(struct tc_outfile **out, int fd, const char *name, struct tc_error *err)
{
	struct tc_outfile *w = calloc(1, sizeof *w);
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (!w) {
		if (own >= 0)
			close(own);
		return tc_nomem(err);
	}
	snprintf(w->path, sizeof w->path, "%s", name);
	return take_fd(out, w, own < 0 ? failed(w, err) : own, err);
}

int tc_outfile_write(struct tc_outfile *w, const void *bytes, size_t n, struct tc_error *err)
{
	if (fwrite(bytes, 1, n, w->file) == n)
		return 0;
	w->wrong = errno;
	return failed(w, err);
}

int tc_outfile_pass(struct tc_outfile *w, struct tc_error *err)
{
	struct stat st;

	if (w->unnamed || w->named || fstat(fileno(w->file), &st) < 0 ||
	    !S_ISFIFO(st.st_mode) || fflush(w->file) == 0)
		return 0;
	w->wrong = errno;
	return failed(w, err);
}

/* linkat(2): an open file without a name gets one through its entry in /proc. */
static int give_name(struct tc_outfile *w)
{
	char self[64];

	if (name_temporary(w) < 0)
		return -1;
	snprintf(self, sizeof self, "/proc/self/fd/%d", fileno(w->file));
	if (linkat(AT_FDCWD, self, AT_FDCWD, w->temporary, AT_SYMLINK_FOLLOW) < 0)
		return -1;
	w->unnamed = false;
	w->named = true;
	return 0;
}

/* Move the file to its place; without force, never over one that appeared meanwhile, and
 * never over what is not a file. */
static int publish(const struct tc_outfile *w)
{
	struct stat st;

	if (w->force && (lstat(w->path, &st) < 0 || S_ISREG(st.st_mode)))
		return rename(w->temporary, w->path);
	if (renameat2(AT_FDCWD, w->temporary, AT_FDCWD, w->path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* File systems that cannot do that: a hard link has the same meaning. */
	if (link(w->temporary, w->path) < 0)
		return -1;
	return unlink(w->temporary);
}

int tc_outfile_close(struct tc_outfile *w, struct tc_error *err)
{
	int rc = 0;

	/* What a flush elsewhere (before a fork) could not write is gone, with its reason. */
	if (!w->wrong && ferror(w->file))
		w->wrong = EIO;
	/* Everything reaches the file here; closing has nothing left to fail on but NFS. */
	if (w->wrong)
		errno = w->wrong;
	if (w->wrong || fflush(w->file) != 0)
		rc = failed(w, err);
	else if ((w->unnamed && give_name(w) < 0) || (w->named && publish(w) < 0))
		rc = failed(w, err);
	else
		w->named = false;
	tc_outfile_abort(w);
	return rc;
}

void tc_outfile_abort(struct tc_outfile *w)
{
	if (w && w->named)
		unlink(w->temporary);
	tc_outfile_leave(w);
}

void tc_outfile_leave(struct tc_outfile *w)
{
	if (w && w->file)
		fclose(w->file);
	free(w);
}
