/* SPDX-License-Identifier: BSD-2-Clause */
/* The protocol of a machine under test: lines, the kernel's end, and what our end believes. */
#include "check.h"

#include "dut/lines.h"
#include "dut/remote.h"
#include "dut/serve.h"
#include "host/child.h"

#include <tcpcraft/buf.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- lines ----------------------------------------------------------------------------- */

static void lines_are_read(void)
{
	static const char text[] = "7  bind 0 10.0.0.1   80\r\n";
	struct tc_dut_line l;
	struct tc_error err = { 0 };

	CHECK_OK(tc_dut_line_read(&l, text, sizeof text - 1, &err), err);
	CHECK_U64(l.id, 7);
	CHECK_U64(l.n, 4);
	CHECK_STR(l.word[0], "bind");
	CHECK_STR(l.word[3], "80");
}

static void other_lines_are_none(void)
{
	static const char *const bad[] = {
		"", "\n", "7", "7 \n", "x ok", "-1 ok", "4294967296 ok", "1ok", "1 o\tk", "1 \x80",
		"1 a a a a a a a a a a a a a a a a a",
	};
	struct tc_dut_line l;
	char longest[TC_DUT_LINE + 1];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_U64((uint64_t)-tc_dut_line_read(&l, bad[i], strlen(bad[i]), NULL), EBADMSG);
	memset(longest, '1', sizeof longest);
	longest[1] = ' ';
	CHECK(tc_dut_line_read(&l, longest, TC_DUT_LINE - 1, NULL) == 0);
	CHECK(tc_dut_line_read(&l, longest, TC_DUT_LINE, NULL) == -EBADMSG);
}

static void bytes_are_words(void)
{
	static const struct { const char *word; size_t n; uint8_t first; } of[] = {
		{ "-", 0, 0 }, { "68", 1, 0x68 }, { "6869", 2, 0x68 }, { "3*00", 3, 0 },
		{ "1000*fF", 1000, 0xff }, { "0*00", 0, 0 },
	};
	static const char *const bad[] = { "", "6", "6g", "*00", "3*", "3*0", "3*000", "x*00",
					   "-3*00", "0x12", "99999999999999999999*00" };
	struct tc_buf b = { 0 };

	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		b.len = 0;
		CHECK(tc_dut_bytes_read(&b, of[i].word, 1000, NULL) == 0);
		CHECK_U64(b.len, of[i].n);
		CHECK(!b.len || b.data[0] == of[i].first);
	}
	for (size_t i = 1; i < sizeof bad / sizeof *bad; i++)
		CHECK(tc_dut_bytes_read(&b, bad[i], 1000, NULL) == -EBADMSG);
	CHECK(tc_dut_bytes_read(&b, "1001*00", 1000, NULL) == -EMSGSIZE);
	CHECK(tc_dut_bytes_read(&b, "616263", 2, NULL) == -EMSGSIZE);
	b.len = 0;
	tc_dut_bytes_put(&b, (const uint8_t *)"aaa", 3);
	tc_dut_bytes_put(&b, (const uint8_t *)"ab", 2);
	tc_dut_bytes_put(&b, NULL, 0);
	tc_buf_add(&b, "", 1);
	CHECK_STR((const char *)b.data, "3*616162-");
	tc_buf_free(&b);
}

static void streams_are_cut_into_lines(void)
{
	char flood[TC_DUT_LINE * 2], text[TC_DUT_LINE];
	struct tc_lines l = { 0 };
	int fds[2];

	CHECK(pipe(fds) == 0);
	l.in = fds[0];
	memset(flood, 'x', sizeof flood);
	CHECK(write(fds[1], "1 o", 3) == 3);
	CHECK(tc_lines_get(&l, text, 0) == -ETIMEDOUT);
	CHECK(write(fds[1], "k\n2 ok\n", 7) == 7);
	CHECK(write(fds[1], flood, sizeof flood) == (ssize_t)sizeof flood);
	CHECK(write(fds[1], "3 ok\n4 ok\n", 10) == 10);
	CHECK(tc_lines_get(&l, text, 0) == 4);
	CHECK_STR(text, "1 ok");
	CHECK(tc_lines_get(&l, text, 0) == 4);
	CHECK_STR(text, "2 ok");
	CHECK(tc_lines_get(&l, text, 0) == 4);
	CHECK_STR(text, "4 ok");	/* 3 was the end of a line that is too long */
	close(fds[1]);
	CHECK(tc_lines_get(&l, text, 0) == -EPIPE);
	close(fds[0]);
}

/* ---- the kernel's end --------------------------------------------------------------------- */

static const char *said(struct tc_dut_server *s, const char *line)
{
	size_t n = tc_dut_serve_line(s, line, strlen(line));

	if (!n)
		return "";
	s->reply[n - 1] = 0;		/* the newline; put back below */
	static char text[TC_DUT_LINE];

	snprintf(text, sizeof text, "%s", s->reply);
	s->reply[n - 1] = '\n';
	return text;
}

static int never_opens(void *ctx, uint8_t family)
{
	(void)ctx;
	(void)family;
	return -EOPNOTSUPP;
}

static void what_a_machine_lacks_is_no_errno(void)
{
	struct tc_dut_machine machine = { .open = never_opens };
	struct tc_dut_server s = { .machine = &machine };

	CHECK_STR(said(&s, "1 open 4"), "1 EOPNOTSUPP");
	machine.lacks = true;
	CHECK_STR(said(&s, "2 open 4"), "2 unsupported");
}

static void a_lost_reply_repeats_no_call(void)
{
	struct tc_dut_server s = { .machine = &tc_dut_kernel };

	CHECK_STR(said(&s, "5 reset"), "5 ok");
	CHECK_STR(said(&s, "6 open 4"), "6 ok 0");
	CHECK_STR(said(&s, "6 open 4"), "6 ok 0");
	CHECK_STR(said(&s, "5 open 4"), "");
	CHECK_STR(said(&s, "7 open"), "7 ok 1");
	CHECK_STR(said(&s, "8 close 0"), "8 ok");
	CHECK_STR(said(&s, "9 close 0"), "9 EBADF");
	CHECK_STR(said(&s, "10 info 1"), "10 ok CLOSED");
	tc_dut_serve_reset(&s);
}

/* A session begins far from where the one before was; what is near is late. */
static void a_late_copy_is_not_made(void)
{
	static const struct { const char *line, *reply; } of[] = {
		{ "5001 open", "" }, { "5000 reset", "5000 ok" }, { "5001 open", "5001 ok 0" },
		{ "5000 reset", "" }, { "5002 info 0", "5002 ok CLOSED" },
		{ "5002 reset", "5002 ok CLOSED" }, { "5003 info 0", "5003 ok CLOSED" },
		{ "908 reset", "" }, { "9099 info 0", "" },
		/* round at 2^32, and each of the session before is late, too */
		{ "4294963200 reset", "4294963200 ok" }, { "4294967295 open", "4294967295 ok 0" },
		{ "0 info 0", "0 ok CLOSED" },
		{ "5000 reset", "" }, { "5003 info 0", "" }, { "4294967295 reset", "" },
		{ "1 info 0", "1 ok CLOSED" }, { "2 reset", "2 ok" }, { "3 info 0", "3 EBADF" },
		{ "907 reset", "907 ok" }, { "700000 reset", "700000 ok" },
		{ "3 reset", "" }, { "4 open", "" }, { "900000 reset", "900000 ok" },
		{ "3 reset", "3 ok" },
	};
	struct tc_dut_server s = { .machine = &tc_dut_kernel };

	for (size_t i = 0; i < sizeof of / sizeof *of; i++)
		CHECK_STR(said(&s, of[i].line), of[i].reply);
	tc_dut_serve_reset(&s);
}

static void requests_are_answered_by_name(void)
{
	static const struct { const char *line, *reply; } of[] = {
		{ "1 reset", "1 ok" }, { "2 reset now", "2 EINVAL" }, { "3 frob", "3 unsupported" },
		{ "4 open", "4 ok 0" }, { "5 bind 0 127.0.0.1 0", "5 ok" },
		{ "6 bind 0 here 0", "6 EINVAL" }, { "7 bind 0 127.0.0.1 65536", "7 EINVAL" },
		{ "8 bind 64 127.0.0.1 1", "8 EBADF" }, { "9 bind 0 127.0.0.1", "9 EINVAL" },
		{ "10 info 0", "10 ok CLOSED" }, { "11 listen 0 3", "11 ok" },
		{ "12 info 0", "12 ok LISTEN" }, { "13 accept 0", "13 EAGAIN" },
		{ "14 option 0 TCP_NODELAY 1", "14 ok" }, { "15 option 0 TCP_NODELAY", "15 ok 1" },
		{ "16 option 0 SO_FROB 1", "16 unsupported" },
		{ "17 option 0 TCP_NODELAY x", "17 EINVAL" },
		{ "18 receive 0 1001", "18 EINVAL" }, { "19 send 0 zz", "19 EMSGSIZE" },
		{ "20 shutdown 0 sideways", "20 EINVAL" }, { "21 abort 0", "21 ok" },
		{ "nothing", "" }, { "22", "" },
	};
	struct tc_dut_server s = { .machine = &tc_dut_kernel };

	for (size_t i = 0; i < sizeof of / sizeof *of; i++)
		CHECK_STR(said(&s, of[i].line), of[i].reply);
	tc_dut_serve_reset(&s);
}

static void sockets_have_an_end(void)
{
	struct tc_dut_server s = { .machine = &tc_dut_kernel };
	char line[32];

	for (unsigned i = 0; i < TC_DUT_SOCKETS; i++) {
		snprintf(line, sizeof line, "%u open", i + 1);
		CHECK(strstr(said(&s, line), " ok ") != NULL);
	}
	CHECK_STR(said(&s, "100 open"), "100 EMFILE");
	tc_dut_serve_reset(&s);
	CHECK_STR(said(&s, "101 open"), "101 ok 0");
	tc_dut_serve_reset(&s);
}

/* SO_LINGER is a struct to the kernel, and seconds here. */
static void lingering_is_seconds(void)
{
	static const struct { const char *line, *reply; } of[] = {
		{ "1 open", "1 ok 0" }, { "2 option 0 SO_LINGER", "2 ok -1" },
		{ "3 option 0 SO_LINGER 5", "3 ok" }, { "4 option 0 SO_LINGER", "4 ok 5" },
		{ "5 option 0 SO_LINGER 0", "5 ok" }, { "6 option 0 SO_LINGER", "6 ok 0" },
		{ "7 option 0 SO_LINGER -1", "7 ok" }, { "8 option 0 SO_LINGER", "8 ok -1" },
	};
	struct tc_dut_server s = { .machine = &tc_dut_kernel };

	for (size_t i = 0; i < sizeof of / sizeof *of; i++)
		CHECK_STR(said(&s, of[i].line), of[i].reply);
	tc_dut_serve_reset(&s);
}

/* ---- our end -------------------------------------------------------------------------------- */

static int opened(struct tc_hand **h, const char *program)
{
	struct tc_error err = { 0 };
	struct tc_way way;

	CHECK(tc_way_parse(&way, program, NULL) == 0);
	return tc_remote_open(h, &way, &err);
}

/* Make it: its fault. */
static int make(struct tc_hand *h, struct tc_hand_call *c)
{
	struct tc_hand_call *done = NULL;
	struct tc_error err = { 0 };

	CHECK(tc_hand_start(h, c, &err) == 0);
	while (!done && !err.code)
		done = tc_hand_next(h, tc_clock_monotonic() + 10 * TC_S, -1, &err);
	return err.code ? err.code : done->fault.code;
}

/* The call's fault, or its result's errno, with this program at the other end. */
static int made(const char *program, struct tc_hand_call *of)
{
	struct tc_hand *h = NULL;
	struct tc_hand_call *c;
	int rc = opened(&h, program);

	if (rc < 0)
		return rc;
	c = tc_hand_new(h);
	c->number = of->number;
	memcpy(c->arg, of->arg, sizeof c->arg);
	rc = make(h, c);
	*of = *c;
	tc_hand_close(h);
	return rc;
}

/* Says each word of `says` in its turn as the reply to a request, then waits. */
#define SAYS(says) "exec:for w in " says "; do read i a; echo \"$i $w\"; done; read a"

/* A socket of the hand whose machine says so, as number 7. */
static struct tc_hand_call *with_socket(struct tc_hand *h)
{
	struct tc_hand_call *c = tc_hand_new(h);

	c->number = SYS_socket;
	c->arg[0] = AF_INET;
	c->arg[1] = SOCK_STREAM;
	CHECK(make(h, c) == 0);
	CHECK(c->result == 7);
	return c;
}

/* getsockopt() of socket 7: a struct linger, with room for so many bytes. */
static struct linger lingering(struct tc_hand *h, struct tc_hand_call *c, socklen_t room,
			       socklen_t *n)
{
	struct linger l = { 77, 77 };

	c->number = SYS_getsockopt;
	c->arg[0] = 7;
	c->arg[1] = SOL_SOCKET;
	c->arg[2] = SO_LINGER;
	c->arg[3] = (long)(intptr_t)(c->bytes + 8);
	c->arg[4] = (long)(intptr_t)c->bytes;
	memcpy(c->bytes, &room, sizeof room);
	memcpy(c->bytes + 8, &l, sizeof l);
	CHECK(make(h, c) == 0);
	CHECK(c->result == 0);
	memcpy(n, c->bytes, sizeof *n);
	memcpy(&l, c->bytes + 8, sizeof l);
	return l;
}

static void seconds_are_a_struct_linger(void)
{
	struct tc_hand *h = NULL;
	struct tc_hand_call *c;
	struct linger l;
	socklen_t n;

	CHECK(opened(&h, SAYS("ok 'ok 7' 'ok 5' 'ok -1' 'ok 5'")) == 0);
	c = with_socket(h);
	l = lingering(h, c, sizeof l, &n);
	CHECK(n == sizeof l && l.l_onoff == 1 && l.l_linger == 5);
	l = lingering(h, c, sizeof l, &n);
	CHECK(n == sizeof l && l.l_onoff == 0 && l.l_linger == 0);
	l = lingering(h, c, sizeof l.l_onoff, &n);
	CHECK(n == sizeof l.l_onoff && l.l_onoff == 1 && l.l_linger == 77);
	/* 0 s is for our end to know, and for it to say. */
	l = (struct linger){ .l_onoff = 1 };
	c->number = SYS_setsockopt;
	memcpy(c->bytes + 8, &l, sizeof l);
	CHECK(make(h, c) == 0);
	CHECK(c->result == 0);
	l = lingering(h, c, sizeof l, &n);
	CHECK(n == sizeof l && l.l_onoff == 1 && l.l_linger == 0);
	tc_hand_close(h);
}

/* What the script leaves out is no memory of ours. */
static void no_memory_is_an_error(void)
{
	static const struct { long number, arg[5]; } of[] = {
		{ SYS_getsockopt, { 7, IPPROTO_TCP, TCP_NODELAY, 1, 0 } },
		{ SYS_getsockopt, { 7, IPPROTO_TCP, TCP_NODELAY, 0, 1 } },
		{ SYS_setsockopt, { 7, IPPROTO_TCP, TCP_NODELAY, 0, 4 } },
		{ SYS_bind, { 7, 0, 16 } }, { SYS_connect, { 7, 0, 16 } },
		{ SYS_read, { 7, 0, 10 } }, { SYS_write, { 7, 0, 10 } },
	};
	struct tc_hand *h = NULL;
	struct tc_hand_call *c;

	CHECK(opened(&h, SAYS("ok 'ok 7' 'ok 1'")) == 0);
	c = with_socket(h);
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		c->number = of[i].number;
		for (int j = 0; j < 5; j++)	/* 1 stands for memory that there is */
			c->arg[j] = j > 2 && of[i].arg[j] == 1 ? (long)(intptr_t)c->bytes :
				    of[i].arg[j];
		CHECK(make(h, c) == 0);
		CHECK(c->result == -1 && c->error == EFAULT);
	}
	tc_hand_close(h);
}

/* Nothing was opened, and what is closed is not standard input instead. */
static void what_is_not_opened_is_not_closed(void)
{
	int first = open("/dev/null", O_RDWR | O_CLOEXEC);	/* 0 is some file from here on */
	struct tc_lines l = { 0 };
	struct tc_way way;
	pid_t pid;

	CHECK(tc_way_parse(&way, "tty:/dev/null", NULL) == 0);
	CHECK(tc_way_open(&way, &l, &pid, NULL) == -EINVAL);
	tc_way_close(&l, pid);
	CHECK(fcntl(0, F_GETFD) >= 0);
	close(first);
}

/* Whether nobody is left at the other end, or will be soon. */
static bool hangs_up(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 10000) == 1 && p.revents & POLLHUP;
}

/* The shell ends by itself, and what it has started has our socket as its output. */
static void what_a_command_leaves_ends_with_it(void)
{
	static const char *const of[] = { "exec:sleep 1000 & exec true", "exec:sleep 1000 & read a",
					  "exec:sleep 1000 & sleep 1000" };
	struct tc_lines l;
	struct tc_way way;
	pid_t pid;
	int ours;

	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		CHECK(tc_way_parse(&way, of[i], NULL) == 0);
		CHECK(tc_way_open(&way, &l, &pid, NULL) == 0);
		ours = dup(l.in);
		shutdown(ours, SHUT_WR);	/* the end of what `read` waits for */
		tc_way_close(&l, pid);
		CHECK(hangs_up(ours));
		close(ours);
	}
}

static int connected(const struct sockaddr_in *to)
{
	const struct timeval most = { .tv_sec = 10 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
	CHECK(connect(fd, (const struct sockaddr *)to, sizeof *to) == 0);
	return fd;
}

static void is_told(int fd, const char *request, const char *reply)
{
	char text[64] = "";

	CHECK(send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request));
	CHECK(recv(fd, text, sizeof text - 1, 0) == (ssize_t)strlen(reply));
	CHECK_STR(text, reply);
}

/* The first says no more, and nobody hears of its end. */
static void a_dead_client_is_replaced(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), first, second;
	struct tc_dut_server s = { .machine = &tc_dut_kernel, .link = 1 };
	socklen_t n = sizeof at;
	char byte;
	pid_t pid;

	CHECK(bind(listener, (const struct sockaddr *)&at, sizeof at) == 0);
	CHECK(listen(listener, 4) == 0);
	getsockname(listener, (struct sockaddr *)&at, &n);
	pid = tc_child_fork(SIGKILL);
	if (pid == 0) {
		tc_dut_serve_clients(&s, listener);
		_exit(1);
	}
	first = connected(&at);
	is_told(first, "1 reset\n", "1 ok\n");
	is_told(first, "2 open\n", "2 ok 0\n");
	second = connected(&at);
	is_told(second, "1 reset\n", "1 ok\n");
	CHECK(recv(first, &byte, 1, 0) == 0);
	is_told(second, "2 open\n", "2 ok 0\n");
	is_told(second, "3 bind 0 fe80::1 80\n", "3 EAFNOSUPPORT\n");	/* its link is known */
	tc_child_kill(pid);
	close(first);
	close(second);
	close(listener);
}

/* Each line of the table is said to the request of that number: i, then j. */
static void what_cannot_be_is_not_believed(void)
{
	static const struct { const char *says; int code; } of[] = {
		{ "$i ok", -TC_ERR_HAND_GONE },			/* and then it ends */
		{ "$i EBUSY", -TC_ERR_HAND_GONE },
		{ "$i unsupported", -TC_ERR_HAND_LACKS },
		{ "$i ok\\n$j ok", -TC_ERR_HAND_GONE },
		{ "$i ok\\n$j ok x", -TC_ERR_HAND_GONE },
		{ "$i ok\\n$j ok 65536", -TC_ERR_HAND_GONE },
		{ "$i ok\\n$j ok -1", -TC_ERR_HAND_GONE },
		{ "$i ok\\n$j EFROB", -TC_ERR_HAND_GONE },
		{ "$i ok\\n$j \\001", -TC_ERR_HAND_GONE },
		{ "$i ok\\n$j unsupported IPv4", -TC_ERR_HAND_LACKS },
		{ "console\\n$i ok\\n9 ok 7\\n\\n$j EMFILE", 0 },
		{ "$i ok\\n$j ok 5", 0 },
	};
	char program[160];

	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		int code = 0;

		snprintf(program, sizeof program,
			 "exec:read i a; j=$((i + 1)); printf \"%s\\n\"; read a; read a", of[i].says);
		/* a shell that gets no processor for 3 s is gone, too: it is asked again */
		for (unsigned turn = 0; turn < 3; turn++) {
			struct tc_hand_call c = { .number = SYS_socket,
						  .arg = { AF_INET, SOCK_STREAM, 0 } };

			code = made(program, &c);
			if (code != -TC_ERR_HAND_GONE || code == of[i].code)
				break;
		}
		CHECK_U64((uint64_t)-code, (uint64_t)-of[i].code);
	}
}

static void what_has_no_word_is_not_asked(void)
{
	struct tc_hand_call udp = { .number = SYS_socket, .arg = { AF_INET, SOCK_DGRAM, 0 } };
	struct tc_hand_call shell = { .number = TC_HAND_SHELL };
	struct tc_hand_call none = { .number = SYS_close, .arg = { 5 } };

	CHECK(made(SAYS("ok"), &udp) == -TC_ERR_HAND_LACKS);
	CHECK(made(SAYS("ok"), &shell) == -TC_ERR_HAND_LACKS);
	CHECK(made(SAYS("ok"), &none) == 0);
	CHECK(none.result == -1 && none.error == EBADF);
}

static void ways_are_parsed(void)
{
	static const char *const good[] = { "local", "udp:h:1", "tcp:[::1]:1", "tty:/dev/x,9600",
					    "exec:true" };
	static const char *const bad[] = { "", "locally", "udp:", "serial:x", "exec:", "UDP:h:1" };
	struct tc_way w;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		CHECK(tc_way_parse(&w, good[i], NULL) == 0);
		CHECK_U64(w.kind, i);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(tc_way_parse(&w, bad[i], NULL) == -EINVAL);
}

CU_TestInfo tests_dut[] = {
	{ "a line is a number and words", lines_are_read },
	{ "what is no line is told", other_lines_are_none },
	{ "bytes are one word, within bounds", bytes_are_words },
	{ "a stream is cut into lines, too long ones passed over", streams_are_cut_into_lines },
	{ "what a machine has not got is told as that, of a kernel it is an errno",
	  what_a_machine_lacks_is_no_errno },
	{ "a request that comes again is answered again, not made again",
	  a_lost_reply_repeats_no_call },
	{ "a late copy of a request is not made, of reset neither", a_late_copy_is_not_made },
	{ "the kernel's end answers each request, by name", requests_are_answered_by_name },
	{ "sockets are counted", sockets_have_an_end },
	{ "lingering is seconds, or off", lingering_is_seconds },
	{ "seconds of lingering are a struct linger to the script", seconds_are_a_struct_linger },
	{ "no memory for what a call reads or writes is EFAULT", no_memory_is_an_error },
	{ "a way that was not opened is not closed", what_is_not_opened_is_not_closed },
	{ "what a command has left behind ends with it", what_a_command_leaves_ends_with_it },
	{ "a client that comes replaces one that is dead", a_dead_client_is_replaced },
	{ "what a machine says that cannot be is not believed", what_cannot_be_is_not_believed },
	{ "what the protocol has no word for is not supported", what_has_no_word_is_not_asked },
	{ "the ways to a machine", ways_are_parsed },
	CU_TEST_INFO_NULL,
};
