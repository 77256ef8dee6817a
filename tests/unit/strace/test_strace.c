/* SPDX-License-Identifier: BSD-2-Clause */
/* strace's lines, taken from real runs (strace 6.1), and what is made of them. */
#include "check.h"

#include <tcpcraft/error.h>
#include "strace/read.h"

#include <stdlib.h>

#define CALLS_MOST 8

struct heard {
	struct tc_syscall call[CALLS_MOST];
	unsigned n;
	uint64_t odd;
};

static void on_call(void *ctx, const struct tc_syscall *c)
{
	struct heard *h = ctx;

	if (h->n < CALLS_MOST)
		h->call[h->n++] = *c;
}

/* Feeds the text in pieces, so that no test depends on how a pipe cuts it. */
static const struct heard *hear(const char *text)
{
	static struct heard h;
	struct tc_strace *s;
	size_t len = strlen(text);

	h = (struct heard){ 0 };
	CHECK_U64(tc_strace_open(&s, NULL), 0);
	for (size_t at = 0; at < len; at += 5)
		tc_strace_feed(s, (const uint8_t *)text + at, len - at < 5 ? len - at : 5,
			       on_call, &h);
	tc_strace_end(s, on_call, &h);
	h.odd = tc_strace_odd(s);
	tc_strace_close(s);
	return &h;
}

static void test_read(void)
{
	const struct heard *h = hear(
		"15456 1795242704.485705 read(4<TCP:[127.0.0.1:9999->127.0.0.1:19865]>, "
		"\"PROT\\1\\0\\0\\0\\5hellob\\0\", 16384) = 16 <0.000010>\n");
	const struct tc_syscall *c = &h->call[0];

	CHECK_U64(h->n, 1);
	CHECK_U64(c->kind, TC_SYSCALL_CALL);
	CHECK_U64(c->pid, 15456);
	CHECK_U64(c->entry, 1795242704485705000);
	CHECK_U64(c->duration, 10000);
	CHECK_U64(tc_syscall_at(c), 1795242704485715000);
	CHECK_STR(c->name, "read");
	CHECK_STR(c->text, "read(4, \"PROT\\1\\0\\0\\0\\5hellob\\0\", 16384) = 16");
	CHECK_MEM(c->text + c->args, "4, \"PROT", 8);
	CHECK_U64(c->args_len, strlen("4, \"PROT\\1\\0\\0\\0\\5hellob\\0\", 16384"));
	CHECK(c->returned);
	CHECK_U64(c->value, 16);
	CHECK_U64(c->n_sockets, 1);
	CHECK_U64(c->sockets[0].local, 9999);
	CHECK_U64(c->sockets[0].remote, 19865);
}

static void test_strings(void)
{
	const struct heard *h = hear(
		"7 1.5 write(1</tmp/a>, \"say \\\"(hi)\\\" = 4<TCP:[1.1.1.1:1]> <0.1>\"..., 40) "
		"= 40 <0.000007>\n"
		"7 1.5 read(3, \"\\\\\", 1) = 1 <0.000001>\n");

	CHECK_U64(h->n, 2);
	CHECK_STR(h->call[0].text, "write(1, \"say \\\"(hi)\\\" = 4<TCP:[1.1.1.1:1]> <0.1>\"..., "
		  "40) = 40");
	CHECK_U64(h->call[0].n_sockets, 0);
	CHECK_U64(h->call[0].value, 40);
	CHECK_U64(h->call[0].duration, 7000);
	CHECK_STR(h->call[1].text, "read(3, \"\\\\\", 1) = 1");
}

static void test_unfinished(void)
{
	const struct heard *h = hear(
		"9 10.000000 accept4(3<TCP:[127.0.0.1:9999]>,  <unfinished ...>\n"
		"8 10.200000 close(5) = 0 <0.000002>\n"
		"9 10.500100 <... accept4 resumed>{sa_family=AF_INET, sin_port=htons(40000), "
		"sin_addr=inet_addr(\"127.0.0.1\")}, [128 => 16], SOCK_CLOEXEC) = "
		"4<TCP:[127.0.0.1:9999->127.0.0.1:40000]> <0.500050>\n");
	const struct tc_syscall *c = &h->call[1];

	CHECK_U64(h->n, 2);
	CHECK_STR(h->call[0].name, "close");
	CHECK_STR(c->name, "accept4");
	CHECK(strstr(c->text, ", {sa_family") && !strstr(c->text, ",  "));
	CHECK_U64(c->entry, 10 * TC_S);
	CHECK_U64(tc_syscall_at(c), 10500050000);
	CHECK_U64(c->value, 4);
	CHECK_U64(c->address_port, 40000);
	CHECK_U64(c->n_sockets, 2);
	CHECK_U64(c->sockets[0].remote, 0);
	CHECK(!c->sockets[0].is_result && c->sockets[1].is_result);
	CHECK_U64(c->sockets[1].remote, 40000);
}

static void test_errors(void)
{
	const struct heard *h = hear(
		"7 1.1 read(4, 0x7ffc, 512) = -1 EAGAIN (Resource temporarily unavailable) <0.000004>\n"
		"7 1.2 close(3)        = -1 EBADF (Bad file descriptor) <0.000007>\n"
		"7 1.3 poll([{fd=4, events=POLLIN}], 1, -1) = ? ERESTART_RESTARTBLOCK (Interrupted "
		"by signal) <0.1>\n"
		"7 1.4 exit_group(0)        = ?\n"
		"7 1.5 mmap(NULL, 4096) = 0x7f0000001000 <0.000003>\n"
		"7 1.6 connect(3, {sa_family=AF_INET, sin_port=htons(9999)}, 16) = -1 EINPROGRESS "
		"(Operation now in progress) <0.000050>\n");

	CHECK_U64(h->n, 6);
	CHECK_STR(h->call[0].error, "EAGAIN");
	CHECK(h->call[0].returned && h->call[0].value == -1);
	CHECK_STR(h->call[1].text, "close(3) = -1 EBADF (Bad file descriptor)");
	CHECK_STR(h->call[2].error, "ERESTART");
	CHECK(!h->call[2].returned);
	CHECK_STR(h->call[3].text, "exit_group(0) = ?");
	CHECK(!h->call[3].returned);
	CHECK_U64(h->call[3].duration, (uint64_t)-1);
	CHECK_U64(h->call[4].value, 0x7f0000001000);
	CHECK_U64(h->call[5].address_port, 9999);
}

static void test_signals(void)
{
	const struct heard *h = hear(
		"12 5.000001 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=12} ---\n"
		"12 5.000002 --- stopped by SIGSTOP ---\n"
		"12 5.000003 +++ exited with 1 +++\n"
		"13 5.000004 +++ killed by SIGSEGV (core dumped) +++\n"
		"14 5.000005 +++ superseded by execve in pid 15 +++\n");

	CHECK_U64(h->n, 5);
	CHECK_U64(h->call[0].kind, TC_SYSCALL_SIGNAL);
	CHECK_STR(h->call[0].name, "SIGPIPE");
	CHECK_STR(h->call[0].text, "--- SIGPIPE ---");
	CHECK_STR(h->call[1].text, "--- stopped by SIGSTOP ---");
	CHECK_U64(h->call[2].kind, TC_SYSCALL_EXIT);
	CHECK_STR(h->call[2].text, "+++ exited with 1 +++");
	CHECK_STR(h->call[3].text, "+++ killed by SIGSEGV (core dumped) +++");
	CHECK_U64(h->call[4].kind, TC_SYSCALL_EXIT);
}

static void test_heads(void)
{
	const struct heard *h = hear("[pid  4711] 6.25 close(3) = 0 <0.5>\n"
				     "7.123456789 close(4) = 0 <0.000001>\n"
				     "strace: Process 4711 attached\n"
				     "8 close(5) = 0\n"
				     "\n");

	CHECK_U64(h->n, 2);
	CHECK_U64(h->call[0].pid, 4711);
	CHECK_U64(h->call[0].entry, 6250000000);
	CHECK_U64(h->call[0].duration, 500000000);
	CHECK_U64(h->call[1].pid, 0);
	CHECK_U64(h->call[1].entry, 7123456789);
	CHECK_U64(h->odd, 2);
}

static void test_descriptors(void)
{
	const struct heard *h = hear(
		"7 1.5 poll([{fd=0</dev/null<char 1:3>>, events=POLLIN}, "
		"{fd=4<TCPv6:[[::ffff:127.0.0.1]:9999->[::ffff:127.0.0.1]:40000]>, events=0}], 2, -1) "
		"= 1 ([{fd=4, revents=POLLIN}]) <0.000009>\n"
		"7 1.6 openat(AT_FDCWD</tmp/x(y>, \"z\", 1<<3) = 5</tmp/x(y/z> <0.000009>\n"
		"7 1.7 setsockopt(3<TCP:[10112478]>, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0 <0.1>\n");

	CHECK_U64(h->n, 3);
	CHECK_STR(h->call[0].text, "poll([{fd=0, events=POLLIN}, {fd=4, events=0}], 2, -1) = 1 "
		  "([{fd=4, revents=POLLIN}])");
	CHECK_U64(h->call[0].n_sockets, 1);
	CHECK_U64(h->call[0].sockets[0].local, 9999);
	CHECK_U64(h->call[0].sockets[0].remote, 40000);
	CHECK_STR(h->call[1].text, "openat(AT_FDCWD, \"z\", 1<<3) = 5");
	CHECK_U64(h->call[2].n_sockets, 1);
	CHECK_U64(h->call[2].sockets[0].local, 0);
}

static void test_never_returned(void)
{
	const struct heard *h = hear("7 1.0 read(4<TCP:[1.2.3.4:5->6.7.8.9:10]>,  <detached ...>\n"
				     "8 2.0 poll([{fd=4, events=POLLIN}], 1, -1 <unfinished ...>\n"
				     "9 2.0 read(3,  <unfinished ...>\n"
				     "9 2.5 <... read resumed> <unfinished ...>) = ?\n"
				     "6 2.5 <... read resumed>, 5) = 5 <0.1>\n");

	CHECK_U64(h->n, 3);
	CHECK_STR(h->call[0].text, "read(3, ) = ?");
	CHECK_STR(h->call[1].text, "read(4");
	CHECK_U64(h->call[1].sockets[0].remote, 10);
	CHECK(!h->call[1].returned);
	CHECK_U64(h->call[1].duration, (uint64_t)-1);
	CHECK_STR(h->call[2].name, "poll");
	CHECK_U64(h->odd, 1);
}

static void test_hostile(void)
{
	size_t n = 100000;
	char *text = malloc(n + 1);
	const struct heard *h;

	if (!text)
		return;
	memset(text, 'x', n);
	memcpy(text, "7 1.0 write(1, \"", 16);
	memcpy(text + n - 20, "\n7 2.0 close(3) = 0\n", 20);
	text[n] = 0;
	h = hear(text);
	CHECK_U64(h->n, 2);		/* what is too long is cut, the next line is whole */
	CHECK_STR(h->call[1].text, "close(3) = 0");
	free(text);
	h = hear("7 1.0 (\n7 1.0 a)b(\n7 99999999999999999999.0 close(1) = 0\n7 1.0 f(\033[2J) = 1\n");
	CHECK_U64(h->n, 1);
	CHECK_STR(h->call[0].text, "f(?[2J) = 1");
}

CU_TestInfo tests_strace[] = {
	{ "a read has its time, bytes, result and socket", test_read },
	{ "what stands in a string means nothing", test_strings },
	{ "two halves with another process between them are one call", test_unfinished },
	{ "errors, unknown results and addresses", test_errors },
	{ "signals and ends", test_signals },
	{ "a line with and without a pid; what strace itself says is odd", test_heads },
	{ "what -yy says of descriptors is read, and not shown", test_descriptors },
	{ "calls that never return are told at the end", test_never_returned },
	{ "long lines, control characters, nonsense", test_hostile },
	CU_TEST_INFO_NULL
};
