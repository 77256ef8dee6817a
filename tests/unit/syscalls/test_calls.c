/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of scripts: whether they could be made, and whether what this kernel makes of them is
 * what the script says. The hand is a process of ours without a network of its own. */
#include "check.h"

#include <tcpcraft/script.h>
#include "host/starter.h"
#include "syscalls/own.h"

#include <tcpcraft/hex.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/errqueue.h>

/* ---- can they be made? ------------------------------------------------------------ */

static void check_calls(const char *text, const char *want)
{
	struct tc_error err = { 0 };
	struct tc_script *s = NULL;
	int rc;

	CHECK_OK(tc_script_parse(&s, "x", text, strlen(text), NULL, 0, &err), err);
	rc = tc_calls_check(s, false, &err);
	CHECK_U64(-rc, want ? EOPNOTSUPP : 0);
	if (want)
		CHECK_STR(err.msg, want);
	tc_script_free(s);
}

static void calls_that_can_be_made(void)
{
	check_calls("0 socket(..., SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3\n"
		    "+0 bind(3, {sa_family=AF_INET, sin_port=htons(80), "
		    "sin_addr=inet_addr(\"10.0.0.1\")}, ...) = 0\n"
		    "+0 bind(3, {sa_family=AF_INET6, sin6_port=htons(80), "
		    "sin6_addr=inet_pton(AF_INET6, \"::1\"), sin6_scope_id=0}, 28) = 0\n"
		    "+0 accept(3, NULL, NULL) = -1 EAGAIN (Try again)\n"
		    "+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=~0}, 8) = 0\n"
		    "+0 poll([{fd=3, events=POLLIN, revents=0}, {fd=4, events=POLLOUT, "
		    "revents=...}], 2, -1) = ...\n"
		    "+0 fcntl(3, F_GETFL) = 0x2\n"
		    "+0 connect(3, AF_UNSPEC, ...) = 0\n"
		    "+0 read(3, NULL, 10) = -1 EFAULT (Bad address)\n"
		    "+0 recvfrom(3, 0x10, 10, 0, ..., ...) = -1 EFAULT (Bad address)\n"
		    "+0 setsockopt(3, SOL_IP, IP_FREEBIND, [1], 4) = 0\n"
		    "+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, \"0123456789abcdef\", 16) = 0\n"
		    "+0 socket(AF_INET6, SOCK_DGRAM, 0) = 4\n"
		    "+0 write(3, \"abc\", 3) = ?\n", NULL);
}

static void calls_that_cannot(void)
{
	static const struct { const char *call, *why; } cases[] = {
		{ "listen(3)", "x:1:1: listen: an argument is missing" },
		{ "listen(3, 1, 1)", "x:1:16: listen: an argument too many" },
		{ "listen(3, ALL)", "x:1:13: the word ALL is not known" },
		{ "listen(3, \"1\")", "x:1:13: expected a number" },
		{ "listen(3, twice(1))", "x:1:13: twice() is not known: htons, htonl, ntohs, "
		  "ntohl, inet_addr are" },
		{ "bind(3, 5, 6)", "x:1:11: bind: an address is ..., AF_UNSPEC or {sa_family=AF_INET, "
		  "sin_port=htons(80), sin_addr=inet_addr(\"10.0.0.1\")}; of IPv6 "
		  "{sa_family=AF_INET6, sin6_port=htons(80), sin6_addr=inet_pton(\"::1\")}" },
		{ "bind(3, {sin6_addr=inet_pton(\"::g\")}, 28)",
		  "x:1:32: \"::g\" is not an IPv6 address" },
		{ "bind(3, {sin6_addr=inet_addr(\"1.2.3.4\")}, 28)",
		  "x:1:22: an IPv6 address is inet_pton(\"2001:db8::1\")" },
		{ "bind(3, {sin_addr=inet_addr(\"1.2\")}, 6)",
		  "x:1:31: \"1.2\" is not an IPv4 address" },
		{ "write(3, 5, 6)", "x:1:12: write: bytes are ..., \"text\" or NULL" },
		{ "write(3, ..., 2000000)", "x:1:1: write: more than 1 MiB of arguments" },
		{ "write(3, ..., -1)", "x:1:1: write: more than 1 MiB of arguments" },
		{ "poll(3, 1, 1)", "x:1:8: poll: descriptors are [{fd=4, events=POLLIN, "
		  "revents=POLLIN}]" },
		{ "poll([{fd=3, event=1}], 1, 1)", "x:1:22: poll: a member that is not known" },
		{ "getsockopt(3, 1, 1, [1], 4)",
		  "x:1:28: getsockopt: a length that comes back is ... or [16]" },
		{ "read(3, 0x1000, 1)", "x:1:11: read: bytes are ..., \"text\" or NULL" },
		{ "open(5, O_RDONLY)", "x:1:1: open() reaches the files of this machine: "
		  "--allow-shell lets it, as you" },
		{ "pipe([5])", "x:1:8: pipe: the ends of a pipe are [5, 6]" },
		{ "ioctl(3, SIOCINQ, 5)",
		  "x:1:21: ioctl: a number that comes back is ... or [1000]" },
		{ "splice(3, 7, 4, NULL, 1, 0)", "x:1:13: splice: an offset is NULL or [0]" },
		{ "epoll_ctl(5, EPOLL_CTL_ADD, 4, 4)",
		  "x:1:34: epoll_ctl: an event is {events=EPOLLIN, fd=4}" },
		{ "epoll_wait(5, [4], 1, 0)", "x:1:18: epoll_wait: events that come back are "
		  "..., {events=EPOLLIN, fd=4} or [{…}, {…}]" },
		{ "epoll_wait(5, {revents=0}, 1, 0)",
		  "x:1:26: epoll_wait: a member that is not known" },
		{ "epoll_wait(5, ..., 2000000, 0)",
		  "x:1:22: epoll_wait: more than 1 MiB of events" },
		{ "readv(3, [{..., 1}], 2)", "x:1:12: readv: a vector is [{..., 10}, "
		  "{\"text\", 4}], with as many parts as are said" },
		{ "sendmsg(3, {msg_iov(1)=[{...}]}, 0)", "x:1:27: sendmsg: a vector is "
		  "[{..., 10}, {\"text\", 4}], with as many parts as are said" },
		{ "sendmsg(3, {msg_flags=1}, 0)", "x:1:25: sendmsg: the kernel does not look at "
		  "msg_flags of what is sent: they are an argument" },
		{ "recvmsg(3, {msg_names=...}, 0)",
		  "x:1:25: recvmsg: a member that is not known" },
		{ "recvmsg(3, {msg_control=[{cmsg_level=SOL_IP}]}, 0)", "x:1:28: recvmsg: a "
		  "control message is {cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, cmsg_data=0}" },
	};
	char line[128];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(line, sizeof line, "0 %s = 0\n", cases[i].call);
		check_calls(line, cases[i].why);
	}
	check_calls("0 listen(3, 1) = -1 EWHATEVER\n",
		    "x:1:1: the errno EWHATEVER is not known");
	check_calls("0 repeat 2 { +0 `true` }\n", "x:1:14: a shell command: --allow-shell runs "
		    "it, as you, in the network of the script");
}

/* ---- made by this kernel ------------------------------------------------------------ */

#define ZERO (1000 * TC_S)	/* of the script's clock */

/* What comes with one message of MSG_ERRQUEUE: when the kernel sent it, and an error. */
static void put_control(struct msghdr *m)
{
	struct scm_timestamping when = { .ts[0] = { .tv_sec = 1000, .tv_nsec = 20500000 } };
	struct sock_extended_err error = { .ee_errno = ENOMSG, .ee_origin = 4, .ee_info = 1,
					   .ee_data = 10999 };
	size_t all = sizeof error + sizeof(struct sockaddr_in);
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (!c || m->msg_controllen < CMSG_SPACE(sizeof when) + CMSG_SPACE(all)) {
		m->msg_flags = MSG_CTRUNC;
		m->msg_controllen = 0;
		return;
	}
	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof when), .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_TIMESTAMPING };
	memcpy(CMSG_DATA(c), &when, sizeof when);
	c = (struct cmsghdr *)(void *)((uint8_t *)c + CMSG_SPACE(sizeof when));
	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(all), .cmsg_level = SOL_IP,
			       .cmsg_type = IP_RECVERR };
	memcpy(CMSG_DATA(c), &error, sizeof error);
	m->msg_controllen = CMSG_SPACE(sizeof when) + CMSG_SPACE(all);
	m->msg_flags = MSG_ERRQUEUE;
}

static void make(void *ctx, struct tc_hand_call *c)
{
	const long *a = c->arg;

	(void)ctx;
	if (c->number == SYS_recvmsg && (a[2] & MSG_ERRQUEUE)) {
		put_control((struct msghdr *)(intptr_t)a[1]);
		c->result = 0;
	} else {
		c->result = syscall(c->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
	c->error = c->result == -1 ? errno : 0;
}

static int begin(void *ctx, struct tc_error *err)
{
	(void)ctx;
	(void)err;
	return 0;
}

static tc_time late;		/* by which the clock moves behind the first call */

/* Make all the calls of a script; `want`: how the last ends, NULL: as it says. */
static void calls(const char *text, const char *want)
{
	static const struct tc_hand_ops ops = { .begin = begin, .make = make };
	struct tc_calls_config cfg = { 0 };
	struct tc_error err = { 0 };
	struct tc_script *s = NULL;
	struct tc_calls *c = NULL;
	tc_time when;
	int rc = 0;

	tc_addr_parse(&cfg.addr, "127.0.0.1", NULL);
	cfg.peer = cfg.addr;
	cfg.bind_port = cfg.connect_port = (uint16_t)(20000 + getpid() % 10000);
	CHECK_OK(tc_script_parse(&s, "x", text, strlen(text), NULL, 0, &err), err);
	CHECK_OK(tc_calls_check(s, true, &err), err);
	CHECK_OK(tc_hand_open(&cfg.hand, &ops, NULL, &err), err);
	CHECK_OK(tc_hand_ready(cfg.hand, &err), err);
	CHECK_OK(tc_calls_open(&c, s, &cfg, &err), err);
	for (const struct tc_script_event *e = s->events; e && rc >= 0; e = e->next)
		rc = tc_calls_make(c, e, ZERO + (e == s->events ? 0 : late), &when, &err);
	if (want)
		CHECK_STR(rc < 0 ? err.msg : "as it says", want);
	else
		CHECK_OK(rc, err);
	tc_calls_close(c);
	tc_hand_close(cfg.hand);
	tc_script_free(s);
}

#define PIPE "0 pipe([5, 6]) = 0\n"

static void vectors_are_written_and_read(void)
{
	calls(PIPE "+0 writev(6, [{\"ab\", 2}, {..., 0}, {\"cde\", 3}], 3) = 5\n"
	      "+0 ioctl(5, FIONREAD, [5]) = 0\n"
	      "+0 readv(5, [{\"abc\", 3}, {\"de\", 9}], 2) = 5\n"
	      "+0 writev(6, NULL, 1) = -1 EFAULT (Bad address)\n", NULL);
	calls(PIPE "+0 write(6, \"abcde\", 5) = 5\n+0 readv(5, [{..., 2}, {\"cdf\", 3}], 2) = 5\n",
	      "readv: byte 2 is 0x65, expected 0x66");
	calls(PIPE "+0 write(6, \"abc\", 3) = 3\n+0 readv(5, [{..., 2}, {\"cd\", 2}], 2) = 3\n",
	      "readv: 1 bytes, expected 2");
	calls(PIPE "+0 write(6, ..., 7) = 7\n+0 ioctl(5, FIONREAD, [8]) = 0\n",
	      "ioctl: the number is 7, expected 8");
}

static void descriptors_of_a_pipe_are_two_names(void)
{
	calls("0 pipe([90, 91]) = 0\n+0 write(91, ..., 3) = 3\n+0 read(90, ..., 9) = 3\n"
	      "+0 pipe([90, 7]) = 0\n+0 close(7) = 0\n+0 read(90, ..., 9) = 0\n"
	      "+0 read(5, ..., 9) = -1 EBADF (Bad file descriptor)\n", NULL);
	calls("0 open(\"/dev/zero\", O_RDONLY) = 4\n+0 pipe([5, 6]) = 0\n"
	      "+0 splice(4, NULL, 6, NULL, 99, 0) = 99\n+0 read(5, ..., 200) = 99\n"
	      "+0 open(\"/dev/null/x\", O_RDONLY) = -1 ENOTDIR (Not a directory)\n", NULL);
}

static void epoll_tells_what_is_ready(void)
{
	static const char set_up[] = PIPE "+0 epoll_create(1) = 8\n"
		"+0 epoll_ctl(8, EPOLL_CTL_ADD, 5, {events=EPOLLIN|EPOLLET, fd=5}) = 0\n"
		"+0 epoll_ctl(8, EPOLL_CTL_ADD, 6, {events=EPOLLOUT, u32=77}) = 0\n"
		"+0 epoll_wait(8, {events=EPOLLOUT, u32=77}, 4, 0) = 1\n"
		"+0 epoll_ctl(8, EPOLL_CTL_DEL, 6, NULL) = 0\n"
		"+0 epoll_wait(8, {events=0, ptr=0}, 1, 0) = 0\n+0 write(6, ..., 1) = 1\n";
	char text[1024];

	snprintf(text, sizeof text, "%s%s", set_up,
		 "+0 epoll_wait(8, [{events=EPOLLIN, fd=5}], 4, 0) = 1\n"
		 "+0 epoll_wait(8, ..., 1, 0) = 0\n");
	calls(text, NULL);
	snprintf(text, sizeof text, "%s%s", set_up,
		 "+0 epoll_wait(8, {events=EPOLLIN|EPOLLHUP, fd=5}, 1, 0) = 1\n");
	calls(text, "epoll_wait: events is 0x1, expected 0x11");
	snprintf(text, sizeof text, "%s%s", set_up,
		 "+0 epoll_ctl(8, EPOLL_CTL_MOD, 5, {events=EPOLLIN, u64=7}) = 0\n"
		 "+0 epoll_wait(8, {events=EPOLLIN, u64=8}, 1, 0) = 1\n");
	calls(text, "epoll_wait: u64 is 0x7, expected 0x8");
}

static void messages_of_the_error_queue_are_compared(void)
{
	static const char form[] = "0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{..., 0}], "
		"msg_flags=MSG_ERRQUEUE%s, msg_control=[{cmsg_level=SOL_SOCKET, "
		"cmsg_type=SCM_TIMESTAMPING, cmsg_data={scm_sec=0, scm_nsec=%u}}, "
		"{cmsg_level=SOL_IP, cmsg_type=%s, cmsg_data={ee_errno=ENOMSG, "
		"ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_type=0, ee_code=0, "
		"ee_info=SCM_TSTAMP_SCHED, ee_data=%u}}]}, MSG_ERRQUEUE) = 0\n";
	static const struct {
		const char *flags, *type;
		unsigned time, data;
		const char *why;
	} cases[] = {
		{ "", "IP_RECVERR", 20000000, 10999, NULL },
		{ "", "IP_RECVERR", 0, 10999, NULL },
		{ "", "IP_RECVERR", 30000000, 10999,
		  "recvmsg: the time is 9.500 ms earlier than 0.030000 s" },
		{ "", "IP_RECVERR", 10000000, 10999,
		  "recvmsg: the time is 10.500 ms later than 0.010000 s" },
		{ "", "IP_RECVERR", 20000000, 10998,
		  "recvmsg: ee_data is 0x2af7, expected 0x2af6" },
		{ "", "IP_TTL", 20000000, 10999, "recvmsg: a control message has level 0 and type 11, "
		  "expected 0 and 2" },
		{ "|MSG_TRUNC", "IP_RECVERR", 20000000, 10999,
		  "recvmsg: msg_flags is 0x2000, expected 0x2020" },
	};
	char text[1024], two[1100];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, form, cases[i].flags, cases[i].time, cases[i].type,
			 cases[i].data);
		calls(text, cases[i].why);
	}
	/* We came late: the clock of the script has moved since the kernel did it. */
	late = 40 * TC_MS;
	snprintf(text, sizeof text, form, "", 10000000, "IP_RECVERR", 10999);
	snprintf(two, sizeof two, PIPE "%s%s", "+", text);
	calls(two, NULL);
	snprintf(text, sizeof text, form, "", 30000000, "IP_RECVERR", 10999);
	snprintf(two, sizeof two, PIPE "%s%s", "+", text);
	calls(two, "recvmsg: the time is 49.500 ms earlier than 0.030000 s");
	late = 0;
	calls("0 recvmsg(3, {msg_iov(1)=[{..., 0}], msg_control=[{cmsg_level=SOL_TCP, "
	      "cmsg_type=TCP_CM_INQ, cmsg_data=7}]}, MSG_ERRQUEUE) = 0\n",
	      "recvmsg: a control message did not come");
}

/* What goes beside the bytes is what the kernel gets: a TTL comes back from it over UDP. */
static void messages_have_addresses_and_control(void)
{
	static const char form[] =
		"0 socket(AF_INET, SOCK_DGRAM, 0) = 3\n+0 socket(AF_INET, SOCK_DGRAM, 0) = 4\n"
		"+0 setsockopt(3, SOL_IP, IP_RECVTTL, [1], 4) = 0\n+0 bind(3, ..., ...) = 0\n"
		"+0 sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{\"ab\", 2}, {\"c\", 1}], msg_flags=0, "
		"msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=9}]}, 0) = 3\n"
		"+0 recvmsg(3, {msg_name(...)=..., msg_iov(1)=[{\"abc\", 10}], msg_flags=0, "
		"msg_control=[{cmsg_level=SOL_IP, cmsg_type=IP_TTL, cmsg_data=%u}]}, 0) = 3\n";
	char text[1024];

	snprintf(text, sizeof text, form, 9);
	calls(text, NULL);
	snprintf(text, sizeof text, form, 10);
	calls(text, "recvmsg: cmsg_data is 9, expected 10");
}

static void bad_pointers_reach_the_kernel(void)
{
	calls(PIPE "+0 write(6, NULL, 10) = -1 EFAULT (Bad address)\n"
	      "+0 write(6, ..., 10) = 10\n+0 read(5, 0x8, 10) = -1 EFAULT (Bad address)\n"
	      "+0 socket(AF_INET, SOCK_STREAM, 0) = 3\n"
	      "+0 connect(3, 0x8, 16) = -1 EFAULT (Bad address)\n"
	      "+0 connect(3, AF_UNSPEC, ...) = 0\n"
	      "+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, NULL, 4) = -1 EFAULT (Bad address)\n"
	      "+0 getsockopt(3, SOL_SOCKET, SO_ERROR, [0], NULL) = -1 EFAULT (Bad address)\n", NULL);
}

/* ---- code ------------------------------------------------------------------------- */

#define LOCKLESS 82	/* what it ends with where it cannot be locked in, and runs nothing */

/* What is written to the interpreter, as by who has been taken over: its exit code. */
static int interpret(const char *code, char said[80])
{
	struct tc_code_runner *r = NULL;
	struct tc_error err = { 0 };
	struct tc_buf lines = { 0 };
	ssize_t n;
	int rc = tc_code_runner_open(&r, &err);

	if (rc == -EOPNOTSUPP)		/* there is no lock for this processor */
		return LOCKLESS;
	CHECK_OK(rc, err);
	tc_buf_text(&lines, "run 1 ");
	tc_hex_encode(&lines, (const uint8_t *)code, strlen(code));
	CHECK(pwrite(r->lines, lines.data, lines.len, 0) == (ssize_t)lines.len);
	CHECK_OK(tc_starter_start(r->starter, &err), err);
	rc = tc_starter_wait(r->starter, tc_clock_monotonic() + 60 * TC_S, -1);
	tc_starter_end(r->starter);
	n = pread(r->said, said, 79, 0);
	said[n > 0 ? n : 0] = 0;
	tc_code_runner_close(r);
	tc_buf_free(&lines);
	return rc;
}

static void code_is_locked_in_whatever_is_written(void)
{
	char said[80] = "";
	int rc = interpret("1 + 1", said);

	if (rc == 127 || rc == 1 || rc == LOCKLESS)	/* no python3, or it has no ctypes */
		return;
	CHECK_U64(rc, 0);
	CHECK_U64(interpret("open('/dev/null')", said), 81);
	CHECK_STR(said, "1 PermissionError: [Errno 1] Operation not permitted: '/dev/null'\n");
	CHECK_U64(interpret("os.fork()", said), 81);
	CHECK_U64(interpret("import os; os.fork()", said), 81);
}

CU_TestInfo tests_calls[] = {
	{ "code is locked in, whatever is written", code_is_locked_in_whatever_is_written },
	{ "calls that can be made", calls_that_can_be_made },
	{ "calls that cannot are named with their place", calls_that_cannot },
	{ "vectors are written and read", vectors_are_written_and_read },
	{ "the descriptors of a pipe are two names", descriptors_of_a_pipe_are_two_names },
	{ "epoll tells what is ready", epoll_tells_what_is_ready },
	{ "messages of the error queue are compared", messages_of_the_error_queue_are_compared },
	{ "messages have addresses and control messages", messages_have_addresses_and_control },
	{ "bad pointers reach the kernel", bad_pointers_reach_the_kernel },
	CU_TEST_INFO_NULL
};
