/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handshake as the wire sees it: from the SYN to the third segment, both by the stamps of a
 * capture that is neither's, through the command as people type it, against a program on the
 * kernel's sockets that does the same: connect, the frame, its ACK, close. Of some in a process the
 * median. Each process has high priority, so that what is compared is what they do between two
 * segments; on a quiet machine, and beside eight processes that compute. The first handshake of a
 * process, whose pages are touched for the first time, is in rows of its own. What is there for
 * anybody is told beside it: the barest program of raw frames, and when the SYN,ACK is there, before
 * which no third segment is.
 *
 *	wire SERVER NETNS NOBODY SERVER_MAC	SERVER is an address of IPv4 inside the namespace
 *						NETNS, NOBODY one that nobody has
 *
 * Of the environment: TCPCRAFT, our interface OURS, and its address MAC.
 */
#include "bare.h"
#include "measure.h"
#include "sockets.h"

#include <tcpcraft/error.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 7
#define MANY 50			/* handshakes of a process */
#define BUFFER (16 << 20)
#define BUSY 8
#define ETHER 14
#define FRAME_MOST 2048

struct run {
	struct bench_end server;
	struct bench_bare bare;
	int wire;			/* a packet socket */
	char command[200];		/* its beginning */
};

static int open_wire(const char *ifname)
{
	/* of all protocols (ETH_P_ALL): others do not hear what is sent */
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(0x0003),
				  .sll_ifindex = (int)if_nametoindex(ifname) };
	int one = 1, large = BUFFER, fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &large, sizeof large) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
		return -errno;
	return fd;
}

/* The next frame's length and stamp; 0: there is none. */
static size_t next_frame(int fd, uint8_t *frame, tc_time *stamp)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct timespec))];
	} beside;
	struct iovec bytes = { frame, FRAME_MOST };
	struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &beside,
			    .msg_controllen = sizeof beside };
	ssize_t n = recvmsg(fd, &m, 0);
	struct timespec at = { 0 };

	if (n > 0 && CMSG_FIRSTHDR(&m))
		memcpy(&at, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof at);
	*stamp = at.tv_sec * TC_S + at.tv_nsec;
	return n > 0 ? (size_t)n : 0;
}

/* A TCP header of the connection's, and whether the server sent it. */
static bool of_server(const struct run *r, const uint8_t *frame, size_t n, struct tcphdr *tcp,
		      bool *from_it)
{
	const in_addr_t server = r->server.at.v4.sin_addr.s_addr;
	struct iphdr ip;
	size_t at;

	if (n < ETHER + sizeof ip || frame[12] != 8 || frame[13] != 0)
		return false;
	memcpy(&ip, frame + ETHER, sizeof ip);
	at = ETHER + ip.ihl * 4u;
	if (ip.protocol != IPPROTO_TCP || (ip.daddr != server && ip.saddr != server) ||
	    at + sizeof *tcp > n)
		return false;
	memcpy(tcp, frame + at, sizeof *tcp);
	*from_it = ip.saddr == server;
	return ntohs(*from_it ? tcp->source : tcp->dest) == bench_port(&r->server);
}

/* Microseconds from a SYN to the next segment of its port that is ours, or to its SYN,ACK: the
 * median of what was captured till now; < 0: not all are there. */
static double seen(const struct run *r, unsigned count, bool to_synack)
{
	uint8_t frame[FRAME_MOST];
	struct tcphdr tcp;
	tc_time stamp, syn = 0;
	double took[MANY];
	uint16_t port = 0;
	unsigned n = 0;
	size_t len;
	bool from_it;

	while ((len = next_frame(r->wire, frame, &stamp)) > 0) {
		if (!of_server(r, frame, len, &tcp, &from_it))
			continue;
		if (tcp.syn && !from_it) {
			syn = stamp;
			port = tcp.source;
		} else if (syn && from_it == to_synack && n < count &&
			   (from_it ? tcp.dest : tcp.source) == port) {
			took[n++] = (double)(stamp - syn) / TC_US;
			syn = 0;
		}
	}
	return n && n == count ? bench_median(took, n) : -1;
}

/* Who shakes hands. */
enum who {
	COMMAND,
	KERNEL,
	BARE,
};

/* In a process of its own. */
static void shake(const struct run *r, enum who who, const char *command, unsigned count)
{
	struct sched_param first = { .sched_priority = sched_get_priority_min(SCHED_RR) };
	const struct bench_bare *b = &r->bare;
	struct tc_error err = { 0 };
	double cpu;

	if (sched_setscheduler(0, SCHED_RR, &first) < 0)
		_exit(2);
	if (who == KERNEL)
		_exit(bench_prot_client(&r->server, b->request, b->len, count, 1) < 0);
	if (who == BARE && bench_bare_rate(b, 1, count, &cpu, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		_exit(1);
	}
	if (who == BARE)
		_exit(0);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static double handshakes(const struct run *r, enum who who, const char *command, unsigned count,
			 bool to_synack)
{
	int status;
	pid_t pid;

	seen(r, 0, false);
	pid = fork();
	if (pid == 0)
		shake(r, who, command, count);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		return -1;
	return seen(r, count, to_synack);
}

/* What there is for anybody. */
static int measure_least(const struct run *r, const char *what, enum who who, bool to_synack)
{
	struct bench b = { .what = what, .theirs = "the kernel's connect()", .unit = "us" };

	for (unsigned i = 0; i < ROUNDS; i++) {
		double theirs = handshakes(r, KERNEL, NULL, MANY, false);
		double least = handshakes(r, who, NULL, MANY, to_synack);

		if (theirs < 0 || least < 0) {
			bench_skip(what, theirs < 0 ?
				   "this failed: connect(), or a high priority, which root may have" :
				   "not all frames were seen: try it on a quieter machine");
			return 1;
		}
		bench_add(&b, least, theirs);
	}
	bench_report(&b);
	return 0;
}

static int measure(const struct run *r, const char *what, const char *options, unsigned count,
		   double target)
{
	struct bench b = { .what = what, .theirs = "the kernel's connect()", .unit = "us",
			   .target = target, .at_most = true };
	char command[300];

	snprintf(command, sizeof command, "%s --count %u %s >/dev/null", r->command, count, options);
	for (unsigned i = 0; i < ROUNDS; i++) {
		double theirs = handshakes(r, KERNEL, NULL, count, false);
		double ours = handshakes(r, COMMAND, command, count, false);

		if (theirs < 0 || ours < 0) {
			bench_skip(what, "this failed: %s", theirs < 0 ?
				   "connect(), or a high priority, which root may have" : command);
			return 1;
		}
		bench_add(&b, ours, theirs);
	}
	bench_report(&b);
	return 0;
}

/* Ends with this process. */
static pid_t compute(void)
{
	const struct sched_param usual = { 0 };
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
	    sched_setscheduler(0, SCHED_OTHER, &usual) < 0)
		_exit(3);
	for (;;)
		bench_use(NULL);
}

static int measure_all(const struct run *r)
{
	pid_t busy[BUSY];
	int bad = measure(r, "handshake on the wire", "", MANY, 0.6) +
		  measure(r, "  --busy-poll", "--busy-poll", MANY, 0.6) +
		  measure(r, "  the first of a process", "", 1, 0) +
		  measure_least(r, "  the barest program", BARE, false) +
		  measure_least(r, "  a SYN,ACK's own time", KERNEL, true);

	for (unsigned i = 0; i < BUSY; i++)
		busy[i] = compute();
	bad += measure(r, "  beside 8 busy processes", "", MANY, 1) +
	       measure(r, "  both", "--busy-poll", MANY, 1);
	for (unsigned i = 0; i < BUSY; i++)
		if (busy[i] > 0) {
			kill(busy[i], SIGKILL);
			waitpid(busy[i], NULL, 0);
		}
	return bad;
}

int main(int argc, char **argv)
{
	struct tc_buf frame = { 0 };
	struct run r;
	int bad, listener;
	pid_t server;

	if (argc != 5 || bench_end(&r.server, argv[1]) < 0 || !getenv("OURS")) {
		fprintf(stderr, "usage: OURS=INTERFACE MAC=ITS wire SERVER NETNS NOBODY SERVER_MAC\n");
		return 2;
	}
	r.wire = open_wire(getenv("OURS"));
	listener = bench_listen_in(argv[2], &r.server);
	server = listener < 0 ? listener : bench_start_server(listener, bench_serve_prot);
	if (r.wire < 0)
		bench_skip("handshake on the wire", "no capture on %s ($OURS): %s",
			   getenv("OURS") ? getenv("OURS") : "nothing", strerror(-r.wire));
	else if (server < 0)
		bench_skip("handshake on the wire", "no server in %s: %s", argv[2],
			   strerror(-server));
	if (r.wire < 0 || server < 0)
		return 1;
	if (bench_bare_prepare(&r.bare, argv[3], argv[4], &r.server, &frame) < 0) {
		bench_skip("handshake on the wire", "MAC, NOBODY or SERVER_MAC is missing");
		bench_stop_server(server);
		return 1;
	}
	snprintf(r.command, sizeof r.command, "exec \"$TCPCRAFT\" prot %s %u hello --rate 1e6",
		 argv[1], bench_port(&r.server));
	bad = measure_all(&r);
	bench_stop_server(server);
	tc_buf_free(&frame);
	return bad != 0;
}
