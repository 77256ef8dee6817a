/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client that calls again and again, with one planted defect, for a fuzzer to find:
 *
 *	caller ADDR PORT DEFECT [FROM]	FROM is the address that it calls from
 *
 *	caller ADDR PORT option-zero	dies of an option of length 0 in a SYN,ACK
 *			 window-zero	never calls again after data with a window of 0
 *			 any-reset	takes any RST for the end of its connection
 *			 twice		stops for ever after a second SYN,ACK
 *			 other-port	acknowledges data that another port was sent
 *			 urgent		dies of an urgent pointer beyond the segment
 *			 leak		keeps a descriptor of each connection that is reset
 *			 long-answer	dies of an answer of more than 512 bytes
 *			 none		has none that we know of
 *			 leaves		ends by its own will, behind its 20th call that went well
 *			 leaves-low	the same, behind data with a window below 100
 *			 once		calls once, and never again
 *			 one-call	the same, and ends
 *
 * It says "hello", reads to the end, and closes. It tells of its death on standard error. Those
 * that look at what TCP brings need CAP_NET_RAW.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIN 1
#define SYN 2
#define RST 4
#define ACK 16
#define URG 32

static const char *defect;
static struct addrinfo *at, *from;
static int raw = -1, peer_port, own_port, synacks, is_low;

static int is(const char *name)
{
	return strcmp(defect, name) == 0;
}

static void die(const char *of)
{
	fprintf(stderr, "caller: dies of %s\n", of);
	abort();
}

static uint32_t be(const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

static int has_empty_option(const uint8_t *tcp, size_t n)
{
	for (size_t i = 20; i + 1 < n && tcp[i] != 0; i += tcp[i] == 1 ? 1 : tcp[i + 1])
		if (tcp[i] != 1 && tcp[i + 1] < 2)
			return tcp[i + 1] == 0;
	return 0;
}

/* One's complement sum of n bytes, an even number. */
static uint32_t sum(const uint8_t *p, size_t n)
{
	uint32_t all = 0;

	for (size_t i = 0; i < n; i += 2)
		all += be(p + i, 2);
	return all;
}

/* IPv4's: the kernel of IPv6 sums by itself (RFC 3542 3.1). */
static void sum_up(uint8_t *tcp, size_t n, const struct sockaddr_in *to)
{
	struct sockaddr_in own;
	socklen_t len = sizeof own;
	uint32_t all = IPPROTO_TCP + (uint32_t)n;

	if (connect(raw, (const struct sockaddr *)to, sizeof *to) < 0 ||
	    getsockname(raw, (struct sockaddr *)&own, &len) < 0)
		return;
	all += sum((const uint8_t *)&to->sin_addr, 4) + sum((uint8_t *)&own.sin_addr, 4);
	all += sum(tcp, n);
	all = (all & 0xffff) + (all >> 16);
	all = ~((all & 0xffff) + (all >> 16));
	tcp[16] = (uint8_t)(all >> 8);
	tcp[17] = (uint8_t)all;
}

/* What a TCP says that does not look at the port; with timestamps (RFC 7323), as they came. */
static void acknowledge(const uint8_t *in, uint32_t len)
{
	struct sockaddr_in6 to;
	uint8_t tcp[32] = { 0 };
	uint32_t ack = be(in + 4, 4) + len;

	memcpy(&to, at->ai_addr, at->ai_addrlen);
	tcp[0] = (uint8_t)(own_port >> 8);
	tcp[1] = (uint8_t)own_port;
	memcpy(tcp + 2, in, 2);
	memcpy(tcp + 4, in + 8, 4);
	for (int i = 0; i < 4; i++)
		tcp[8 + i] = (uint8_t)(ack >> (24 - 8 * i));
	tcp[12] = sizeof tcp / 4 << 4;
	tcp[13] = ACK;
	tcp[14] = 0x40;
	memcpy(tcp + 20, in + 20, 4);
	memcpy(tcp + 24, in + 28, 4);
	memcpy(tcp + 28, in + 24, 4);
	if (at->ai_family == AF_INET)
		sum_up(tcp, sizeof tcp, (struct sockaddr_in *)&to);
	else
		to.sin6_port = 0;
	sendto(raw, tcp, sizeof tcp, 0, (struct sockaddr *)&to, at->ai_addrlen);
}

static void stop_for_ever(void)
{
	for (;;)
		pause();
}

/* 1: it is what the defect takes for the end of the connection. */
static int look_at(const uint8_t *tcp, size_t head, size_t len)
{
	uint8_t flags = tcp[13];
	int ours = (int)be(tcp + 2, 2) == own_port;

	if (is("other-port") && !ours && len && head == 32)
		acknowledge(tcp, (uint32_t)len);
	if (!ours)
		return 0;
	if (is("option-zero") && flags & SYN && has_empty_option(tcp, head))
		die("option 0");
	if (is("window-zero") && !(flags & (SYN | FIN | RST)) && len && !tcp[14] && !tcp[15])
		stop_for_ever();
	is_low |= !(flags & (SYN | FIN | RST)) && len && be(tcp + 14, 2) < 100;
	if (is("twice") && flags & SYN && ++synacks > 1)
		stop_for_ever();
	if (is("urgent") && flags & URG && be(tcp + 18, 2) > len)
		die("urgent");
	return is("any-reset") && flags & RST;
}

/* All segments that have come by now do what they would to a TCP with the defect. */
static int look_at_segments(void)
{
	static uint8_t ip[65535];
	int over = 0;
	ssize_t n;

	while (raw >= 0 && (n = recv(raw, ip, sizeof ip, MSG_DONTWAIT)) > 0) {
		const uint8_t *tcp = ip + (at->ai_family == AF_INET ? (ip[0] & 15) * 4 : 0);
		size_t head = tcp + 20 > ip + n ? 0 : (size_t)(tcp[12] >> 4) * 4;

		if (head >= 20 && tcp + head <= ip + n && (int)be(tcp, 2) == peer_port)
			over |= look_at(tcp, head, (size_t)(ip + n - tcp) - head);
	}
	return over;
}

/* Until fd is ready; 1: the connection is over, for who has the defect. */
static int await(int fd, short events)
{
	struct pollfd fds[2] = { { .fd = fd, .events = events }, { .fd = raw, .events = POLLIN } };
	int over = 0;

	do {
		poll(fds, 2, -1);
		over |= look_at_segments();
	} while (!over && !fds[0].revents);
	return over;
}

static int begin(void)
{
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in6 own;
	socklen_t n = sizeof own;

	if (fd < 0)
		die("descriptors");
	synacks = is_low = 0;
	if (from && bind(fd, from->ai_addr, from->ai_addrlen) < 0)
		perror("caller: bind");
	if (connect(fd, at->ai_addr, at->ai_addrlen) < 0 && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)&own, &n);
	own_port = ntohs(own.sin6_port);	/* at the same place in both families */
	return fd;
}

/* 0, or 1: the connection was reset, and -1: it is to be left as it is. */
static int talk(int fd)
{
	static char bytes[65536];
	ssize_t n = 0, all = 0;

	if (await(fd, POLLOUT))
		return -1;
	if (write(fd, "hello", 5) < 0)
		return 1;
	do {
		if (await(fd, POLLIN))
			return -1;
		n = read(fd, bytes, sizeof bytes);
		all += n > 0 ? n : 0;
		if (is("long-answer") && all > 512)
			die("length");
	} while (n > 0 || (n < 0 && errno == EAGAIN));
	return n < 0;
}

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
	struct rlimit few = { 24, 24 }, no_core = { 0, 0 };
	int fd, left = -1, how, well = 0, checksum_at = 16;

	if (argc < 4 || getaddrinfo(argv[1], argv[2], &hints, &at) != 0 ||
	    (argc > 4 && getaddrinfo(argv[4], NULL, &hints, &from) != 0)) {
		fprintf(stderr, "usage: caller ADDR PORT DEFECT [FROM]\n");
		return 2;
	}
	defect = argv[3];
	peer_port = atoi(argv[2]);
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_CORE, &no_core);
	if (!is("none") && !is("leaves") && !is("leak") && !is("long-answer"))
		raw = socket(at->ai_family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);
	if (at->ai_family == AF_INET6)	/* the kernel knows the source, and sums up */
		setsockopt(raw, IPPROTO_IPV6, IPV6_CHECKSUM, &checksum_at, sizeof checksum_at);
	if (is("leak"))
		setrlimit(RLIMIT_NOFILE, &few);
	for (;;) {
		fd = begin();
		how = fd < 0 ? 1 : talk(fd);
		if (how < 0) {			/* no word of it to the peer, for a while */
			close(left);
			left = fd;
		} else if (fd >= 0 && !(how && is("leak"))) {
			close(fd);
		}
		well += how == 0;
		if (is("one-call") || (is("leaves") && well == 20) ||
		    (is("leaves-low") && is_low && how == 0))
			return 0;
		if (is("once"))
			stop_for_ever();
		if (how)
			usleep(1000);
	}
}
