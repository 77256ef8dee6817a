/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways to a machine under test; see way.h. */
#include "way.h"

#include "host/child.h"
#include "host/command.h"
#include "host/interface.h"
#include "host/sockaddr.h"

#include <tcpcraft/error.h>
#include <tcpcraft/route.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#define CONNECT_S 3		/* that TCP may take */
#define END TC_S		/* that a command may take for it */
#define HOST_MOST 256

static int open_udp(const struct tc_way *w, struct tc_lines *l, pid_t *pid,
		    struct tc_error *err);
static int open_tcp(const struct tc_way *w, struct tc_lines *l, pid_t *pid,
		    struct tc_error *err);
static int open_tty(const struct tc_way *w, struct tc_lines *l, pid_t *pid,
		    struct tc_error *err);
static int open_exec(const struct tc_way *w, struct tc_lines *l, pid_t *pid,
		    struct tc_error *err);

static int open_ours(const struct tc_way *w, struct tc_lines *l, pid_t *pid,
		    struct tc_error *err);

static const struct {
	const char *prefix;
	int (*open)(const struct tc_way *w, struct tc_lines *l, pid_t *pid,
		    struct tc_error *err);
} ways[] = {
	[TC_WAY_KERNEL] = { "local", NULL },
	[TC_WAY_UDP] = { "udp:", open_udp },
	[TC_WAY_TCP] = { "tcp:", open_tcp },
	[TC_WAY_TTY] = { "tty:", open_tty },
	[TC_WAY_EXEC] = { "exec:", open_exec },
	[TC_WAY_OURS] = { "own", open_ours },
};

int tc_way_parse(struct tc_way *w, const char *text, struct tc_error *err)
{
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		size_t n = strlen(ways[i].prefix);

		*w = (struct tc_way){ .kind = (enum tc_way_kind)i, .text = text, .rest = text + n };
		if (strncmp(text, ways[i].prefix, n) == 0 && (text[n] == 0) == tc_way_has_no_host(w))
			return 0;
	}
	return tc_fail(err, -EINVAL, "--dut %.80s: local, own, udp:HOST:PORT, tcp:HOST:PORT, "
		       "tty:PATH[,BAUD] or exec:COMMAND (tcpcraft-dut(5))", text);
}

bool tc_way_has_no_host(const struct tc_way *w)
{
	return w->kind == TC_WAY_KERNEL || w->kind == TC_WAY_OURS;
}

int tc_way_open(const struct tc_way *w, struct tc_lines *l, pid_t *pid, struct tc_error *err)
{
	*pid = 0;
	*l = (struct tc_lines){ .in = -1, .out = -1 };
	return ways[w->kind].open(w, l, pid, err);
}

void tc_way_close(struct tc_lines *l, pid_t pid)
{
	if (l->in >= 0)
		close(l->in);
	if (pid > 0)
		tc_child_end_group(pid, tc_clock_monotonic() + END);
}

/* ---- over a network ---------------------------------------------------------------- */

static int nobody(const struct tc_way *w, int code, struct tc_error *err)
{
	return tc_fail(err, -TC_ERR_HAND_GONE, "nobody answers at --dut %.200s: %s", w->text,
		       strerror(code));
}

static int find(const struct tc_way *w, struct sockaddr_storage *to, socklen_t *n,
		struct tc_error *err)
{
	const char *colon = strrchr(w->rest, ':');
	char host[HOST_MOST];
	struct tc_addr addr;
	uint16_t port;

	if (!colon || (size_t)(colon - w->rest) >= sizeof host)
		return tc_fail(err, -EINVAL, "--dut %.80s: HOST:PORT is expected", w->text);
	snprintf(host, sizeof host, "%.*s", (int)(colon - w->rest), w->rest);
	if (tc_host_parse(&addr, host, 0, false, err) < 0 || tc_port_parse(&port, colon + 1, err) < 0)
		return err ? err->code : -EINVAL;
	*n = tc_sockaddr(to, &addr, port);
	return tc_interface_said(&addr, err);
}

static int open_socket(const struct tc_way *w, int type, struct tc_lines *l,
		       struct tc_error *err)
{
	struct timeval most = { .tv_sec = CONNECT_S };
	struct sockaddr_storage to;
	socklen_t n = 0;
	int rc = find(w, &to, &n, err), fd;

	if (rc < 0)
		return rc;
	fd = socket(to.ss_family, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tc_fail_errno(err, "cannot make a socket");
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
	if (connect(fd, (const struct sockaddr *)&to, n) < 0) {
		rc = nobody(w, errno == EINPROGRESS ? ETIMEDOUT : errno, err);
		close(fd);
		return rc;
	}
	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	*l = (struct tc_lines){ .in = fd, .out = fd, .datagrams = type == SOCK_DGRAM };
	return 0;
}

static int open_udp(const struct tc_way *w, struct tc_lines *l, pid_t *pid, struct tc_error *err)
{
	(void)pid;
	return open_socket(w, SOCK_DGRAM, l, err);
}

static int open_tcp(const struct tc_way *w, struct tc_lines *l, pid_t *pid, struct tc_error *err)
{
	(void)pid;
	return open_socket(w, SOCK_STREAM, l, err);
}

/* ---- a serial line ------------------------------------------------------------------ */

static const struct {
	const char *text;
	speed_t speed;
} speeds[] = {
	{ "115200", B115200 }, { "9600", B9600 }, { "19200", B19200 }, { "38400", B38400 },
	{ "57600", B57600 }, { "230400", B230400 }, { "460800", B460800 }, { "921600", B921600 },
};

/* The first is that of who says none. */
static bool find_speed(const char *text, speed_t *speed)
{
	for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
		if (!text || strcmp(speeds[i].text, text) == 0) {
			*speed = speeds[i].speed;
			return true;
		}
	return false;
}

static int open_tty(const struct tc_way *w, struct tc_lines *l, pid_t *pid, struct tc_error *err)
{
	const char *comma = strrchr(w->rest, ',');
	char path[HOST_MOST];
	struct termios t;
	speed_t speed;
	int fd;

	(void)pid;
	snprintf(path, sizeof path, "%.*s", (int)(comma ? comma - w->rest : (int)sizeof path - 1),
		 w->rest);
	if (!find_speed(comma ? comma + 1 : NULL, &speed))
		return tc_fail(err, -EINVAL, "--dut %.80s: a speed is 9600 to 921600", w->text);
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return nobody(w, errno, err);
	if (tcgetattr(fd, &t) < 0) {
		close(fd);
		return tc_fail(err, -EINVAL, "--dut %.80s: it is not a serial line", w->text);
	}
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	cfsetspeed(&t, speed);
	tcsetattr(fd, TCSANOW, &t);
	tcflush(fd, TCIOFLUSH);
	*l = (struct tc_lines){ .in = fd, .out = fd };
	return 0;
}

/* ---- a program ---------------------------------------------------------------------- */

static int open_exec(const struct tc_way *w, struct tc_lines *l, pid_t *pid, struct tc_error *err)
{
	int ends[2], rc = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return tc_fail_errno(err, "cannot make a pair of sockets");
	*pid = tc_command_start(w->rest, (const int[]){ ends[1], ends[1], STDERR_FILENO }, false);
	if (*pid < 0)
		rc = tc_fail_errno(err, "cannot start a process");
	close(ends[1]);
	if (rc < 0) {
		close(ends[0]);
		return rc;
	}
	fcntl(ends[0], F_SETFL, O_RDWR | O_NONBLOCK);
	*l = (struct tc_lines){ .in = ends[0], .out = ends[0] };
	return 0;
}

/* ---- our own TCP ---------------------------------------------------------------------- */

static int open_ours(const struct tc_way *w, struct tc_lines *l, pid_t *pid, struct tc_error *err)
{
	int fd;

	*pid = tc_ours_start(&w->place, &fd, err);
	if (*pid < 0)
		return *pid;
	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	*l = (struct tc_lines){ .in = fd, .out = fd };
	return 0;
}
