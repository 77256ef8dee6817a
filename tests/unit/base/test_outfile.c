/* SPDX-License-Identifier: BSD-2-Clause */
/* What an output may be named: files are kept or replaced, nodes are left what they are. */
#include "check.h"

#include <tcpcraft/error.h>
#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[64], file[96], node[96], line[96];

static void begin(void)
{
	snprintf(dir, sizeof dir, "/tmp/tcpcraft-test-XXXXXX");
	CHECK(mkdtemp(dir) != NULL);
	snprintf(file, sizeof file, "%s/file", dir);
	snprintf(node, sizeof node, "%s/node", dir);
	snprintf(line, sizeof line, "%s/link", dir);
}

static void end(void)
{
	unlink(file);
	unlink(node);
	unlink(line);
	CHECK(rmdir(dir) == 0);
}

static void put(const char *path, bool force)
{
	struct tc_error err = { 0 };
	struct tc_outfile *o = NULL;

	CHECK_OK(tc_outfile_open(&o, path, force, &err), err);
	if (!o)
		return;
	CHECK_OK(tc_outfile_write(o, "ours", 4, &err), err);
	CHECK_OK(tc_outfile_close(o, &err), err);
}

static void refused(const char *path, bool force, int code, const char *says)
{
	struct tc_error err = { 0 };
	struct tc_outfile *o = NULL;

	CHECK(tc_outfile_open(&o, path, force, &err) == code);
	CHECK(strstr(err.msg, path) && strstr(err.msg, says));
	CHECK(tc_outfile_stream(path, force, &err) == NULL && err.code == code);
}

/* The same inode before and after, and still of that kind. */
static void node_stays(mode_t kind, const char *path)
{
	struct stat a, b;

	for (int force = 0; force < 2; force++) {
		CHECK(stat(path, &a) == 0 && (a.st_mode & S_IFMT) == kind);
		put(path, force);
		CHECK(stat(path, &b) == 0 && a.st_ino == b.st_ino && a.st_mode == b.st_mode);
	}
}

static void a_pipe_stays(void)
{
	char back[16];
	int fd;

	begin();
	CHECK(mkfifo(node, 0600) == 0 && symlink(node, line) == 0);
	fd = open(node, O_RDONLY | O_NONBLOCK);
	node_stays(S_IFIFO, node);
	node_stays(S_IFIFO, line);
	CHECK(read(fd, back, sizeof back) == 16);
	close(fd);
	end();
}

static void a_device_stays(void)
{
	begin();
	CHECK(symlink("/dev/null", line) == 0);
	node_stays(S_IFCHR, line);
	end();
}

static void a_socket_is_refused(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	begin();
	snprintf(a.sun_path, sizeof a.sun_path, "%s", node);
	CHECK(bind(fd, (struct sockaddr *)&a, sizeof a) == 0);
	refused(node, false, -ENXIO, "it is a socket");
	refused(node, true, -ENXIO, "it is a socket");
	close(fd);
	end();
}

static void a_link_to_nowhere_is_refused(void)
{
	begin();
	CHECK(symlink(file, line) == 0);
	refused(line, false, -EEXIST, "link to what is not there");
	refused(line, true, -EEXIST, "link to what is not there");
	CHECK(access(file, F_OK) < 0);
	end();
}

static void a_file_keeps_its_mode(void)
{
	struct stat st;
	int fd;

	begin();
	fd = open(file, O_WRONLY | O_CREAT, 0640);
	CHECK(fd >= 0 && fchmod(fd, 0604) == 0);
	close(fd);
	refused(file, false, -EEXIST, "--force");
	put(file, true);
	CHECK(stat(file, &st) == 0 && st.st_size == 4 && (st.st_mode & 07777) == 0604);
	end();
}

/* While ours is written somebody puts a pipe in its place. */
static void a_node_that_appears_stays(void)
{
	struct tc_error err = { 0 };
	struct tc_outfile *o = NULL;
	struct stat st;

	begin();
	CHECK_OK(tc_outfile_open(&o, node, true, &err), err);
	CHECK(mkfifo(node, 0600) == 0);
	CHECK(tc_outfile_close(o, &err) == -EEXIST);
	CHECK(stat(node, &st) == 0 && S_ISFIFO(st.st_mode));
	end();
}

static void a_stream_grows_in_its_place(void)
{
	struct tc_error err = { 0 };
	struct stat st;
	FILE *f;

	begin();
	f = tc_outfile_stream(file, false, &err);
	CHECK(f && fputs("12345", f) >= 0 && fflush(f) == 0);
	CHECK(stat(file, &st) == 0 && st.st_size == 5);
	fclose(f);
	refused(file, false, -EEXIST, "exists");
	f = tc_outfile_stream(file, true, &err);
	CHECK(f && stat(file, &st) == 0 && st.st_size == 0);
	fclose(f);
	end();
}

CU_TestInfo tests_outfile[] = {
	{ "a pipe is written into and stays", a_pipe_stays },
	{ "a device is written into and stays", a_device_stays },
	{ "a socket is refused", a_socket_is_refused },
	{ "a link to nowhere is refused, and its target not made",
	  a_link_to_nowhere_is_refused },
	{ "a file that is replaced keeps its mode", a_file_keeps_its_mode },
	{ "a pipe that appears meanwhile stays", a_node_that_appears_stays },
	{ "a stream is there while it grows", a_stream_grows_in_its_place },
	CU_TEST_INFO_NULL
};
