/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture files: what is written can be read, and failing leaves nothing behind. */
#include "check.h"

#include "pcap/write.h"

#include <tcpcraft/error.h>
#include <tcpcraft/pcapfile.h>
#include <tcpcraft/pcapread.h>
#include <tcpcraft/segment.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STAMP ((tc_time)1700000000 * TC_S + 123456789)

/* A directory of the test's own, and names in it. */
struct place {
	char dir[64];
	char file[96];
	char link[96];
};

static struct place make_place(void)
{
	struct place p = { "/tmp/tcpcraft-test-XXXXXX", "", "" };

	CHECK(mkdtemp(p.dir) != NULL);
	snprintf(p.file, sizeof p.file, "%s/x.pcap", p.dir);
	snprintf(p.link, sizeof p.link, "%s/link", p.dir);
	return p;
}

/* Names in the directory, then without them. */
static unsigned clear_place(const struct place *p)
{
	DIR *d = opendir(p->dir);
	struct dirent *e;
	unsigned n = 0;
	char name[512];

	while (d && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' && (e->d_name[1] == 0 || e->d_name[1] == '.'))
			continue;
		snprintf(name, sizeof name, "%s/%s", p->dir, e->d_name);
		unlink(name);
		n++;
	}
	if (d)
		closedir(d);
	rmdir(p->dir);
	return n;
}

static struct tc_pcap_writer *open_writer(const char *path, bool force)
{
	struct tc_error err = { 0 };
	struct tc_pcap_writer *w = NULL;

	CHECK_OK(tc_pcap_writer_open(&w, path, DLT_EN10MB, force, &err), err);
	return w;
}

static void write_one(const char *path, bool force, const char *text)
{
	struct tc_error err = { 0 };
	struct tc_pcap_writer *w = open_writer(path, force);
	size_t len = strlen(text);

	CHECK_OK(tc_pcap_writer_add(w, (const uint8_t *)text, len, len + 7, STAMP, &err),
		 err);
	CHECK_OK(tc_pcap_writer_close(w, &err), err);
}

static void check_file(const char *path, const char *text)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline_with_tstamp_precision(
		path, PCAP_TSTAMP_PRECISION_NANO, why);
	struct pcap_pkthdr *h;
	const u_char *bytes;

	CHECK(p != NULL);
	if (!p)
		return;
	CHECK_U64(pcap_datalink(p), DLT_EN10MB);
	CHECK_U64(pcap_next_ex(p, &h, &bytes), 1);
	CHECK_U64(h->caplen, strlen(text));
	CHECK_U64(h->len, strlen(text) + 7);
	CHECK_MEM(bytes, text, strlen(text));
	CHECK_U64(h->ts.tv_sec, STAMP / TC_S);
	CHECK_U64(h->ts.tv_usec, STAMP % TC_S);
	CHECK(pcap_next_ex(p, &h, &bytes) == PCAP_ERROR_BREAK);
	pcap_close(p);
}

static void round_trip(void)
{
	struct place p = make_place();
	mode_t old = umask(027);
	struct stat st;

	write_one(p.file, false, "frame");
	umask(old);
	check_file(p.file, "frame");
	CHECK(stat(p.file, &st) == 0 && (st.st_mode & 0777) == 0640);
	CHECK_U64(clear_place(&p), 1);
}

static void whole_or_not_at_all(void)
{
	struct place p = make_place();
	struct tc_pcap_writer *w = open_writer(p.file, false);

	CHECK(access(p.file, F_OK) < 0);
	tc_pcap_writer_abort(w);
	CHECK_U64(clear_place(&p), 0);
	tc_pcap_writer_abort(NULL);
}

/* Where the file system has files without a name: killed, the writer leaves nothing. */
static void killed(void)
{
	struct place p = make_place();
	int probe = open(p.dir, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
	struct tc_pcap_writer *w;
	int status = 0;
	pid_t child;

	if (probe >= 0) {
		close(probe);
		child = fork();
		if (child == 0) {
			w = open_writer(p.file, false);
			tc_pcap_writer_add(w, (const uint8_t *)"x", 1, 1, STAMP, NULL);
			kill(getpid(), SIGKILL);
		}
		CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
	}
	CHECK_U64(clear_place(&p), 0);
}

static void existing_files(void)
{
	struct place p = make_place();
	struct tc_error err = { 0 };
	struct tc_pcap_writer *w = NULL;
	char want[200];

	write_one(p.file, false, "old");
	CHECK(tc_pcap_writer_open(&w, p.file, DLT_EN10MB, false, &err) == -EEXIST);
	snprintf(want, sizeof want,
		 "%s exists: name another file, or overwrite it with --force",
		 p.file);
	CHECK_STR(err.msg, want);
	check_file(p.file, "old");
	CHECK(symlink(p.file, p.link) == 0);
	write_one(p.link, true, "new");
	check_file(p.file, "new");
	CHECK_U64(clear_place(&p), 2);
}

/* Another program makes the file while we write ours: theirs stays. */
static void file_appears_meanwhile(void)
{
	struct place p = make_place();
	struct tc_error err = { 0 };
	struct tc_pcap_writer *w = open_writer(p.file, false);

	write_one(p.file, false, "theirs");
	CHECK(tc_pcap_writer_close(w, &err) == -EEXIST);
	check_file(p.file, "theirs");
	CHECK_U64(clear_place(&p), 1);
}

static void pipes_are_written_directly(void)
{
	struct place p = make_place();
	char path[64], back[256];
	int fd[2];

	CHECK(pipe(fd) == 0);
	snprintf(path, sizeof path, "/dev/fd/%d", fd[1]);
	write_one(path, false, "piped");
	close(fd[1]);
	CHECK_U64(read(fd[0], back, sizeof back), 24 + 16 + 5);
	CHECK_MEM(back, "\x4d\x3c\xb2\xa1", 4);	/* nanoseconds, this byte order */
	close(fd[0]);
	CHECK_U64(clear_place(&p), 0);
}

static void errors_name_the_file(void)
{
	static const uint8_t bytes[60000];
	struct tc_error err = { 0 };
	struct tc_pcap_writer *w = NULL;
	int rc = 0;

	CHECK(tc_pcap_writer_open(&w, "/nonexistent/x", 1, false, &err) == -ENOENT);
	CHECK_STR(err.msg, "cannot write /nonexistent/x: No such file or directory");
	CHECK(tc_pcap_writer_open(&w, "/tmp", 1, true, &err) == -EISDIR);
	CHECK_STR(err.msg, "cannot write /tmp: Is a directory");
	w = open_writer("/dev/full", false);
	for (unsigned i = 0; i < 10 && rc == 0; i++)
		rc = tc_pcap_writer_add(w, bytes, sizeof bytes, sizeof bytes, 0, &err);
	CHECK(rc == -ENOSPC);
	CHECK_STR(err.msg, "cannot write /dev/full: No space left on device");
	CHECK(tc_pcap_writer_close(w, &err) < 0);
	w = open_writer("/dev/full", false);
	CHECK_U64(tc_pcap_writer_add(w, bytes, 10, 10, 0, &err), 0);
	CHECK(tc_pcap_writer_close(w, &err) == -ENOSPC);
}

static void add(struct tc_pcap_writer *w, const char *bytes, const char *comment)
{
	struct tc_error err = { 0 };
	size_t n = strlen(bytes);

	CHECK_OK(tc_pcap_writer_add_comment(w, (const uint8_t *)bytes, n, n, STAMP, comment, &err),
		 err);
}

static void check_next(struct tc_pcap_reader *r, const char *bytes, int dlt, const char *comment)
{
	struct tc_error err = { 0 };
	struct tc_frame f;
	size_t n = 0;
	const char *had;

	CHECK(tc_pcap_reader_next(r, &f, &err) == 1);
	CHECK_U64(f.len, strlen(bytes));
	CHECK_MEM(f.bytes, bytes, strlen(bytes));
	CHECK(f.dlt == dlt);
	had = tc_pcap_reader_comment(r, &n);
	CHECK((had != NULL) == (comment != NULL));
	if (!had || !comment)
		return;
	CHECK_U64(n, strlen(comment));
	CHECK_MEM(had, comment, strlen(comment));
}

/* What is open already is written from where it is; each frame has its link type and comment. */
static void links_and_comments(void)
{
	struct tc_error err = { 0 };
	struct tc_pcap_writer *w = NULL;
	struct tc_pcap_reader *r = NULL;
	struct tc_frame f;
	uint8_t bytes[2048];
	int fd = memfd_create("frames", MFD_CLOEXEC);
	ssize_t n;

	CHECK_OK(tc_pcap_writer_take(&w, fd, "frames", DLT_EN10MB, &err), err);
	add(w, "one", "the first");
	CHECK_OK(tc_pcap_writer_link(w, DLT_RAW, &err), err);
	add(w, "sixteen bytes it", NULL);
	add(w, "three", "a comment\nof two lines");
	CHECK_OK(tc_pcap_writer_link(w, DLT_EN10MB, &err), err);
	add(w, "four", NULL);
	CHECK_OK(tc_pcap_writer_close(w, &err), err);
	n = pread(fd, bytes, sizeof bytes, 0);
	CHECK(n > 0);
	close(fd);
	CHECK_OK(tc_pcap_reader_open(&r, bytes, (size_t)n, "frames", &err), err);
	check_next(r, "one", DLT_EN10MB, "the first");
	check_next(r, "sixteen bytes it", TC_DLT_RAW, NULL);
	check_next(r, "three", TC_DLT_RAW, "a comment\nof two lines");
	check_next(r, "four", DLT_EN10MB, NULL);
	CHECK(tc_pcap_reader_next(r, &f, &err) == 0);
	tc_pcap_reader_close(r);
}

/* A comment that says it is longer than its block is none; the frame stands. */
static void comments_that_lie(void)
{
	static const uint8_t section[] = {
		0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 28,
		0, 0, 0, 1, 0, 0, 0, 20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20,
		0, 0, 0, 6, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 2, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 1, 0, 3, 'c', 'd', 'e', 0,
		0, 0, 0, 44,
	};
	uint8_t bytes[sizeof section];
	struct tc_error err = { 0 };
	struct tc_pcap_reader *r;

	for (unsigned len = 0; len < 16; len += len == 3 ? 2 : 1) {
		memcpy(bytes, section, sizeof section);
		bytes[sizeof section - 9] = (uint8_t)len;
		r = NULL;
		CHECK_OK(tc_pcap_reader_open(&r, bytes, sizeof bytes, "x", &err), err);
		check_next(r, "ab", DLT_EN10MB, len == 3 ? "cde" : len == 2 ? "cd" :
			   len == 1 ? "c" : len == 0 ? "" : NULL);
		tc_pcap_reader_close(r);
	}
}

static void one_link_type(void)
{
	struct place p = make_place();
	struct tc_pcap_writer *w = open_writer(p.file, false);
	struct tc_error err = { 0 };

	CHECK_OK(tc_pcap_writer_link(w, DLT_EN10MB, &err), err);
	CHECK(tc_pcap_writer_link(w, DLT_RAW, &err) == -EINVAL);
	CHECK_STR(err.msg, "frames of two link types, 1 and 101, are for a file that ends in "
		  ".pcapng");
	tc_pcap_writer_abort(w);
	CHECK_U64(clear_place(&p), 0);
}

/* A reader gives the number that the file has, not the one that pcap has for it. */
static void link_types_are_those_of_files(void)
{
	static const uint8_t types[] = { 1, 12, 14, 100, 101, 106, 147 };
	uint8_t little[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, [17] = 4, [23] = 0x14 };
	uint8_t big[24] = { 0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, [18] = 4, [20] = 0x14 };
	struct tc_error err = { 0 };
	struct tc_pcap_reader *r;

	for (size_t i = 0; i < sizeof types; i++)
		for (int order = 0; order < 2; order++) {
			little[20] = big[23] = types[i];
			r = NULL;
			CHECK_OK(tc_pcap_reader_open(&r, order ? big : little, 24, "x", &err), err);
			CHECK_U64(tc_pcap_reader_dlt(r), types[i]);
			tc_pcap_reader_close(r);
		}
}

/* Raw IP is 101 in files, whichever of its numbers a system has for it. */
static void raw_ip_is_written_as_one(void)
{
	static const int types[] = { TC_DLT_RAW_BSD, TC_DLT_RAW_OPENBSD, TC_DLT_RAW };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct place p = make_place();
		struct tc_pcap_writer *w = NULL;
		struct tc_pcap_reader *r = NULL;
		struct tc_error err = { 0 };

		CHECK_OK(tc_pcap_writer_open(&w, p.file, types[i], false, &err), err);
		CHECK_OK(tc_pcap_writer_close(w, &err), err);
		CHECK_OK(tc_pcap_reader_open_file(&r, p.file, &err), err);
		CHECK_U64(tc_pcap_reader_dlt(r), TC_DLT_RAW);
		tc_pcap_reader_close(r);
		CHECK_U64(clear_place(&p), 1);
	}
}

CU_TestInfo tests_pcapfile[] = {
	{ "what is written can be read, to the nanosecond", round_trip },
	{ "an aborted file leaves nothing", whole_or_not_at_all },
	{ "a killed writer leaves nothing", killed },
	{ "an existing file is kept, or replaced when forced, through links",
	  existing_files },
	{ "a file that appears meanwhile is kept", file_appears_meanwhile },
	{ "a pipe is written directly", pipes_are_written_directly },
	{ "errors name the file", errors_name_the_file },
	{ "pcapng has link types and comments by frame", links_and_comments },
	{ "a comment that lies is none", comments_that_lie },
	{ "link types are those that files say", link_types_are_those_of_files },
	{ "raw IP is written as what files have for it", raw_ip_is_written_as_one },
	{ "a pcap has one link type", one_link_type },
	CU_TEST_INFO_NULL
};
