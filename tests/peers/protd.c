/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The legacy PROT server, on ordinary kernel sockets: the real peer of the demo and of
 * the live tests. A process per client with blocking reads, so that strace shows what
 * the server saw: read(4, …, 9) = 9 is the header of a frame.
 *
 *   magic "PROT" | version 01 | length N (BE32, <= 512) | N bytes | checksum (LE16)
 *
 * The checksum is the XOR of the payload bytes. A good frame gets "ACK" and the next
 * one is awaited on the same connection. Any mismatch is an immediate close without a
 * word; what was not read makes the kernel send RST instead of FIN. That silence is
 * the server's defect, and it is meant.
 *
 * Uses nothing of tcpcraft: a peer that shared our code would share our mistakes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEADER_LEN 9u
#define PAYLOAD_MAX 512u
#define CHECKSUM_LEN 2u
#define FRAME_MAX (HEADER_LEN + PAYLOAD_MAX + CHECKSUM_LEN)
#define CLIENTS_MAX 512

static const uint8_t magic[4] = { 'P', 'R', 'O', 'T' };

struct config {
	struct sockaddr_storage addr;	/* of either family */
	const char *log_path;
	unsigned first_read;	/* bytes the first read of a frame asks for */
	unsigned max_seconds;	/* 0: for ever */
	bool once;
};

struct server {
	struct config cfg;
	int listener;
	int log_fd;
	int signal_fd;
	pid_t children[CLIENTS_MAX];
	int n_children;
};

/* One connection. buf[0..have) is the frame being read and what came behind it. */
struct client {
	const struct config *cfg;
	int fd;
	uint8_t buf[FRAME_MAX];
	size_t have;
	unsigned frames;
	unsigned long long bytes;	/* in good frames */
};

__attribute__((format(printf, 1, 2), noreturn))
static void die(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	fputs("protd: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, error ? ": %s\n" : "\n", strerror(error));
	exit(3);
}

/* ---- one client --------------------------------------------------------------- */

/* NULL, or the verdict of a read that did not bring what was asked for. */
static const char *read_until(struct client *c, size_t want, const char *if_short)
{
	while (c->have < want) {
		ssize_t n = read(c->fd, c->buf + c->have, want - c->have);

		if (n < 0)
			return errno == ECONNRESET ? "reset" : "read-error";
		if (n == 0)
			return if_short;
		c->have += (size_t)n;
	}
	return NULL;
}

/* The one blocking read that must bring the whole header: the server's users know it
 * for never asking twice. */
static const char *read_first(struct client *c)
{
	size_t least = c->cfg->first_read < HEADER_LEN ? c->cfg->first_read : HEADER_LEN;
	ssize_t n;

	if (c->have >= least)	/* came behind the frame before */
		return NULL;
	n = read(c->fd, c->buf + c->have, c->cfg->first_read - c->have);
	if (n < 0)
		return errno == ECONNRESET ? "reset" : "read-error";
	if (n == 0 && c->have == 0)
		return c->frames ? "ok" : "no-data";
	c->have += (size_t)n;
	return c->have < least ? "short-header" : NULL;
}

static uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool checksum_ok(const uint8_t *payload, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++)
		sum ^= payload[i];
	return payload[len] == sum && payload[len + 1] == 0;
}

/* Magic, then version, then length: the order in which the server compares. */
static const char *read_header(struct client *c, size_t *payload_len)
{
	const char *verdict = read_first(c);

	if (!verdict)
		verdict = read_until(c, 4, "short-header");
	if (!verdict && memcmp(c->buf, magic, sizeof magic) != 0)
		verdict = "bad-magic";
	if (!verdict)
		verdict = read_until(c, 5, "short-header");
	if (!verdict && c->buf[4] != 1)
		verdict = "bad-version";
	if (!verdict)
		verdict = read_until(c, HEADER_LEN, "short-header");
	if (verdict)
		return verdict;
	*payload_len = get_be32(c->buf + 5);
	return *payload_len > PAYLOAD_MAX ? "bad-length" : NULL;
}

/* NULL when a good frame was answered and the next one may come. */
static const char *serve_frame(struct client *c)
{
	size_t payload_len = 0, frame_len;
	const char *verdict = read_header(c, &payload_len);

	if (verdict)
		return verdict;
	frame_len = HEADER_LEN + payload_len + CHECKSUM_LEN;
	verdict = read_until(c, HEADER_LEN + payload_len, "short-payload");
	if (!verdict)
		verdict = read_until(c, frame_len, "short-checksum");
	if (verdict)
		return verdict;
	if (!checksum_ok(c->buf + HEADER_LEN, payload_len))
		return "bad-checksum";
	if (send(c->fd, "ACK", 3, MSG_NOSIGNAL) != 3)
		return "reset";
	c->frames++;
	c->bytes += frame_len;
	c->have -= frame_len;
	memmove(c->buf, c->buf + frame_len, c->have);
	return c->cfg->once ? "ok" : NULL;
}

/* One write per line: the lines of many processes do not mix. The log comes before
 * the close, so that who has seen the close finds the line. */
static void serve(const struct server *s, int fd, const char *peer)
{
	struct client c = { .cfg = &s->cfg, .fd = fd };
	const char *verdict;
	char line[160];
	int n;

	do
		verdict = serve_frame(&c);
	while (!verdict);
	if (strcmp(verdict, "ok") == 0)
		n = snprintf(line, sizeof line, "%s verdict=ok frames=%u bytes=%llu\n", peer,
			     c.frames, c.bytes);
	else
		n = snprintf(line, sizeof line, "%s verdict=%s read=%zu frames=%u\n", peer,
			     verdict, c.have, c.frames);
	if (write(s->log_fd, line, (size_t)n) != n)
		die("cannot write the log");
	close(fd);
}

/* ---- the server --------------------------------------------------------------- */

/* Out of the way, so that the listener is descriptor 3 and every client 4. */
static int move_aside(int fd)
{
	int aside = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	if (aside < 0)
		die("cannot move descriptor %d", fd);
	close(fd);
	return aside;
}

/* "10.0.0.1:80", "[::1]:80" */
static const char *end_text(const struct sockaddr_storage *a, char text[64])
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)a;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)a;
	char host[INET6_ADDRSTRLEN];

	if (a->ss_family == AF_INET6)
		snprintf(text, 64, "[%s]:%u", inet_ntop(AF_INET6, &in6->sin6_addr, host,
							sizeof host), ntohs(in6->sin6_port));
	else
		snprintf(text, 64, "%s:%u", inet_ntop(AF_INET, &in->sin_addr, host,
						      sizeof host), ntohs(in->sin_port));
	return text;
}

static bool set_address(struct sockaddr_storage *a, const char *text)
{
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)a;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)a;

	if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		a->ss_family = AF_INET6;
		return true;
	}
	a->ss_family = AF_INET;
	return inet_pton(AF_INET, text, &in->sin_addr) == 1;
}

/* The port stands at the same place in both. */
static void set_port(struct sockaddr_storage *a, unsigned port)
{
	((struct sockaddr_in *)(void *)a)->sin_port = htons((uint16_t)port);
}

static int open_listener(struct sockaddr_storage *addr)
{
	int fd = socket(addr->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
	socklen_t len = addr->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						    : sizeof(struct sockaddr_in);
	char text[64];

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
		die("cannot make a socket");
	if (bind(fd, (struct sockaddr *)addr, len) < 0 || listen(fd, SOMAXCONN) < 0)
		die("cannot listen on %s", end_text(addr, text));
	getsockname(fd, (struct sockaddr *)addr, &len);
	return fd;
}

static int open_log(const char *path)
{
	int fd;

	if (!path)
		return STDOUT_FILENO;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		die("cannot open the log %s", path);
	return move_aside(fd);
}

static int open_signals(sigset_t *set)
{
	int fd;

	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGALRM);
	sigaddset(set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, set, NULL) < 0)
		die("cannot block signals");
	fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		die("cannot make a signalfd");
	return move_aside(fd);
}

__attribute__((noreturn))
static void run_child(const struct server *s, int fd, const char *peer, pid_t parent)
{
	sigset_t none;

	/* The server may be killed the hard way; nobody may outlive it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(3);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(s->listener);
	serve(s, fd, peer);
	_exit(0);
}

static void accept_one(struct server *s)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	pid_t self = getpid(), pid;
	char peer[64];
	int fd;

	fd = accept4(s->listener, (struct sockaddr *)&from, &len, SOCK_CLOEXEC);
	if (fd < 0)	/* gone again before it was taken: not an error of ours */
		return;
	end_text(&from, peer);
	pid = fork();
	if (pid == 0)
		run_child(s, fd, peer, self);
	if (pid < 0)
		dprintf(s->log_fd, "%s verdict=no-process read=0 frames=0\n", peer);
	else
		s->children[s->n_children++] = pid;
	close(fd);
}

static void reap(struct server *s)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		for (int i = 0; i < s->n_children; i++)
			if (s->children[i] == pid)
				s->children[i] = s->children[--s->n_children];
	}
}

static bool stop_asked(struct server *s)
{
	struct signalfd_siginfo info;
	bool stop = false;

	while (read(s->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
		if (info.ssi_signo != SIGCHLD)
			stop = true;
	reap(s);	/* signals of one kind merge: one SIGCHLD may stand for many */
	return stop;
}

static void run(struct server *s)
{
	struct pollfd fds[2] = {
		{ .fd = s->signal_fd, .events = POLLIN },
		{ .fd = s->listener, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, s->n_children < CLIENTS_MAX ? 2 : 1, -1) < 0 && errno != EINTR)
			die("poll");
		if (fds[0].revents && stop_asked(s))
			break;
		if (fds[1].revents && s->n_children < CLIENTS_MAX)
			accept_one(s);
	}
	for (int i = 0; i < s->n_children; i++)
		kill(s->children[i], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void usage(FILE *to)
{
	fputs("usage: protd [-a ADDR] [-p PORT] [--once] [--log FILE] [--read-size N]"
	      " [--max-seconds N]\n"
	      "  -a ADDR          listen there (127.0.0.1)\n"
	      "  -p PORT          listen there (9999; 0: a free one)\n"
	      "  --once           close after the first ACK\n"
	      "  --log FILE       one verdict line per connection (standard output)\n"
	      "  --read-size N    bytes the first read of a frame asks for (9)\n"
	      "  --max-seconds N  stop by itself then\n", to);
}

static unsigned number(const char *name, const char *text, unsigned min, unsigned max)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || v < min || v > max) {
		fprintf(stderr, "protd: %s=%s is not a number from %u to %u\n", name, text,
			min, max);
		exit(2);
	}
	return (unsigned)v;
}

static void parse_args(struct config *cfg, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "once", no_argument, NULL, 'o' },
		{ "log", required_argument, NULL, 'l' },
		{ "read-size", required_argument, NULL, 'r' },
		{ "max-seconds", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "a:p:h", longs, NULL)) != -1) {
		if (opt == 'a' && set_address(&cfg->addr, optarg))
			continue;
		if (opt == 'p')
			set_port(&cfg->addr, number("-p", optarg, 0, 65535));
		else if (opt == 'o')
			cfg->once = true;
		else if (opt == 'l')
			cfg->log_path = optarg;
		else if (opt == 'r')
			cfg->first_read = number("--read-size", optarg, 1, FRAME_MAX);
		else if (opt == 'm')
			cfg->max_seconds = number("--max-seconds", optarg, 1, 86400);
		else {
			usage(opt == 'h' ? stdout : stderr);
			exit(opt == 'h' ? 0 : 2);
		}
	}
	if (optind < argc) {
		usage(stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct server s = {
		.cfg.first_read = HEADER_LEN,
	};
	sigset_t signals;
	char text[64];

	set_address(&s.cfg.addr, "127.0.0.1");
	set_port(&s.cfg.addr, 9999);
	parse_args(&s.cfg, argc, argv);
	s.listener = open_listener(&s.cfg.addr);
	s.log_fd = open_log(s.cfg.log_path);
	s.signal_fd = open_signals(&signals);
	alarm(s.cfg.max_seconds);
	printf("listening on %s\n", end_text(&s.cfg.addr, text));
	fflush(stdout);
	run(&s);
	return 0;
}
