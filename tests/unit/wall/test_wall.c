/* SPDX-License-Identifier: BSD-2-Clause */
/* Walls, tried from inside: a child puts one up, does what must not be and what must, and its exit
 * code says which of them went otherwise. */
#include "check.h"

#include "wall/wall.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FINE 77			/* no tool of the system's ends like that */

static char folder[] = "/tmp/tcpcraft-wall-XXXXXX";
static char file[64], output[64], other[64];

static bool few, no_files;	/* which of the walls there are: behind them nobody can say */

static void look(void)
{
	struct tc_buf text = { 0 };

	tc_wall_print(&text);
	few = !text.failed && strstr((const char *)text.data, "few system calls");
	no_files = !text.failed && strstr((const char *)text.data, "no files");
	tc_buf_free(&text);
}

static bool refused(int rc)
{
	return rc < 0 && (errno == EPERM || errno == EACCES);
}

static void make_folder(void)
{
	FILE *f;

	look();
	strcpy(folder + sizeof folder - 7, "XXXXXX");
	CHECK(mkdtemp(folder) != NULL);
	snprintf(file, sizeof file, "%s/in", folder);
	snprintf(output, sizeof output, "%s/out", folder);
	snprintf(other, sizeof other, "%s/other", folder);
	f = fopen(file, "w");
	CHECK(f && fputs("x", f) >= 0 && fclose(f) == 0);
}

static void remove_folder(void)
{
	unlink(file);
	unlink(output);
	unlink(other);
	CHECK(rmdir(folder) == 0);
}

/* What `inside` says of itself behind this wall: 0 where all was as it must be. */
static int behind(unsigned needs, int (*inside)(void))
{
	const char *const reads[] = { file }, *const outputs[] = { output };
	const struct tc_wall w = { needs, reads, 1, outputs, 1 };
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct tc_error err = { 0 };

		if (tc_wall_up(&w, &err) < 0) {
			fprintf(stderr, "%s\n", err.msg);
			_exit(1);
		}
		status = inside();
		_exit(status ? status : FINE);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int nothing_is_to_be_had(void)
{
	char *const argv[] = { "true", NULL };

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != (few ? -1 : 1))
		return 2;	/* even to ask is refused */
	if (few && !refused(socket(AF_INET, SOCK_STREAM, 0)))
		return 3;
	if (few && !refused(socket(AF_UNIX, SOCK_STREAM, 0)))
		return 4;
	if (few && !refused((int)fork()))
		return 5;
	if ((few || no_files) && !refused(open("/etc/passwd", O_RDONLY)))
		return 6;
	if ((few || no_files) && !refused(open(file, O_RDWR)))
		return 7;
	if ((few || no_files) && !refused(open(other, O_WRONLY | O_CREAT, 0600)))
		return 8;
	if (few && !refused(mkdir(other, 0700)))
		return 9;
	if (few && !refused(kill(getppid(), 0)))
		return 10;
	if (few && !refused(fcntl(STDOUT_FILENO, F_SETOWN, getppid())))
		return 12;	/* a signal by another way */
	if (few || no_files) {
		execv("/bin/true", argv);
		if (errno != EPERM && errno != EACCES)
			return 11;
	}
	return 0;
}

static void one_that_computes_has_nothing(void)
{
	make_folder();
	CHECK_U64(behind(TC_WALL_COMPUTES, nothing_is_to_be_had), FINE);
	remove_folder();
}

static int reads_that_file_alone(void)
{
	int fd = open(file, O_RDONLY);
	char byte;

	if (fd < 0 || read(fd, &byte, 1) != 1 || byte != 'x')
		return 20;
	close(fd);
	if (open("/no/such/file", O_RDONLY) >= 0 || errno != ENOENT)
		return 21;	/* it says what it always says */
	return nothing_is_to_be_had();
}

static void one_that_reads_has_its_files(void)
{
	make_folder();
	CHECK_U64(behind(TC_WALL_READS, reads_that_file_alone), FINE);
	remove_folder();
}

static int names_in_its_folder(void)
{
	char outside[sizeof file + 8];

	if (rename(file, output) < 0)
		return 30;
	if (rename(output, file) < 0)
		return 31;
	snprintf(outside, sizeof outside, "/var/tmp/%s", strrchr(folder, '/') + 1);
	if (no_files && rename(file, outside) == 0)
		return 32;
	return nothing_is_to_be_had();
}

static void one_that_names_does_it_in_its_folder(void)
{
	make_folder();
	CHECK_U64(behind(TC_WALL_NAMES, names_in_its_folder), FINE);
	remove_folder();
}

/* Beside its outputs, and no program that would have another's rights. */
static int writes_in_its_folder(void)
{
	int fd = open(other, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd < 0 || fchmod(fd, 0644) < 0 || write(fd, "z", 1) != 1)
		return 50;
	if (few && !refused(fchmod(fd, 04755)))
		return 51;
	close(fd);
	if (unlink(other) < 0)
		return 52;
	if (few && !refused(open(other, O_WRONLY | O_CREAT, 04755)))
		return 53;
	if (no_files && !refused(open("/etc/passwd", O_RDONLY)))
		return 54;
	return 0;
}

static void one_that_writes_does_it_in_its_folder(void)
{
	make_folder();
	CHECK_U64(behind(TC_WALL_WRITES | TC_WALL_NAMES, writes_in_its_folder), FINE);
	remove_folder();
}

static int pair[2];

static int talks(void)
{
	char byte = 0;

	if (send(pair[0], "y", 1, 0) != 1 || recv(pair[1], &byte, 1, 0) != 1 || byte != 'y')
		return 40;
	return nothing_is_to_be_had();
}

static void one_that_talks_has_its_sockets(void)
{
	make_folder();
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK_U64(behind(TC_WALL_TALKS, talks), FINE);
	close(pair[0]);
	close(pair[1]);
	remove_folder();
}

static int serves(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_storage named;
	socklen_t n = sizeof named;
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int client = socket(AF_INET6, SOCK_STREAM, 0);

	if (server < 0 || (client < 0 && errno != EAFNOSUPPORT))
		return 60;
	close(client);
	client = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(server, (struct sockaddr *)&at, sizeof at) < 0 || listen(server, 1) < 0 ||
	    getsockname(server, (struct sockaddr *)&named, &n) < 0 ||
	    connect(client, (struct sockaddr *)&named, n) < 0 ||
	    accept4(server, NULL, NULL, 0) < 0)
		return 61;
	if (few && !refused(socket(AF_UNIX, SOCK_STREAM, 0)))
		return 62;
	if (!refused(socket(AF_INET, SOCK_RAW, IPPROTO_TCP)))
		return 63;
	if (few && !refused(socket(AF_INET, SOCK_DGRAM, 0)))
		return 64;
	if (few && !refused((int)fork()))
		return 65;
	if (few && (!refused(socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)) ||
		    !refused(socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT))))
		return 67;
	if (socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) < 0 ||
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE) < 0)
		return 68;
	return (few || no_files) && !refused(open("/etc/passwd", O_RDONLY)) ? 66 : 0;
}

static void one_that_serves_has_sockets_of_tcp(void)
{
	make_folder();
	CHECK_U64(behind(TC_WALL_TALKS | TC_WALL_SERVES, serves), FINE);
	remove_folder();
}

static int said[2];

static void *wait_and_try(void *arg)
{
	char byte;

	if (read(said[0], &byte, 1) == 1)
		*(bool *)arg = refused(socket(AF_INET, SOCK_STREAM, 0));
	return NULL;
}

static void *note(void *arg)
{
	*(bool *)arg = true;
	return NULL;
}

static int begins_a_thread(void)
{
	bool began = false;
	pthread_t thread;

	if (pthread_create(&thread, NULL, note, &began) != 0 ||
	    pthread_join(thread, NULL) != 0 || !began)
		return 70;
	return nothing_is_to_be_had();	/* no process either */
}

static void one_that_begins_threads_has_no_processes(void)
{
	make_folder();
	if (few)		/* else threads and processes are begun as ever */
		CHECK_U64(behind(TC_WALL_THREADS, begins_a_thread), FINE);
	remove_folder();
}

/* … from before the wall. */
static void threads_are_inside_too(void)
{
	const struct tc_wall w = { .needs = TC_WALL_COMPUTES };
	int status = -1;
	pid_t pid;

	look();
	if (!few)
		return;
	CHECK(pipe(said) == 0);
	pid = fork();
	if (pid == 0) {
		bool inside = false;
		pthread_t thread;

		pthread_create(&thread, NULL, wait_and_try, &inside);
		if (tc_wall_up(&w, NULL) < 0 || write(said[1], "", 1) != 1)
			_exit(1);
		pthread_join(thread, NULL);
		_exit(inside ? FINE : 2);
	}
	waitpid(pid, &status, 0);
	CHECK_U64(WEXITSTATUS(status), FINE);
	close(said[0]);
	close(said[1]);
}

CU_TestInfo tests_wall[] = {
	{ "what only computes opens, starts, and reaches nothing", one_that_computes_has_nothing },
	{ "what reads opens the files that were named, to read them", one_that_reads_has_its_files },
	{ "what writes names its outputs, in their folder", one_that_names_does_it_in_its_folder },
	{ "one that writes does it in its folder", one_that_writes_does_it_in_its_folder },
	{ "what talks does it over the sockets that it has", one_that_talks_has_its_sockets },
	{ "what serves makes sockets of TCP, and no others", one_that_serves_has_sockets_of_tcp },
	{ "threads that there are stand behind it, too", threads_are_inside_too },
	{ "what begins threads starts no process", one_that_begins_threads_has_no_processes },
	CU_TEST_INFO_NULL,
};
