/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bad wire between two interfaces of this namespace:
 *
 *	wire IF IF [--seed N] [--loss PERCENT] [--dup PERCENT] [--reorder PERCENT]
 *		[--corrupt PERCENT] [--delay MICROSECONDS]
 *	wire --no-offload IF
 *
 * Carries frames both ways; to those with IP in them it does what it is told, each
 * with that likelihood: drops it, sends it twice, sends it late so that others overtake
 * it, changes one byte behind the Ethernet header. ARP passes unharmed, a broken one
 * would be believed. Prints "ready" and, on SIGTERM or SIGINT, a line of counts for each
 * direction. The same seed does the same to the same frames.
 *
 * A sender that leaves checksums and segmentation to its interface would have them done
 * behind our backs, so that damage was never seen: --no-offload makes IF hand over whole
 * frames.
 *
 * Exit: 0 after a signal, 2 wrong usage, 3 the system refused, 4 a frame was no single
 * segment, so that what the wire did would mean nothing.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX 65600u
#define LONGEST (ETH_HLEN + 1500u)
#define HELD_MAX 4096u		/* frames on their way; more are lost, as in any queue */

struct frame {
	uint64_t due, serial;	/* nanoseconds; ties leave as they came */
	uint8_t *bytes;
	size_t len;
	int to;
};

struct counts {
	uint64_t seen, passed, lost, doubled, late, damaged, full;
};

struct wire {
	const char *names[2];
	int fds[2];
	uint64_t seed, serial, delay;
	double loss, dup, reorder, corrupt;	/* 0 to 1 */
	struct frame held[HELD_MAX];
	size_t n_held;
	struct counts counts[2];		/* by the interface they came from */
};

__attribute__((noreturn))
static void die(int code, const char *what)
{
	fprintf(stderr, "wire: %s: %s\n", what, strerror(errno));
	exit(code);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* splitmix64: a seed is all it needs */
static uint64_t random_u64(struct wire *w)
{
	uint64_t z = w->seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static bool happens(struct wire *w, double likelihood)
{
	return (double)(random_u64(w) >> 11) * 0x1p-53 < likelihood;
}

static void no_offload(const char *name)
{
	struct ethtool_value off = { .cmd = ETHTOOL_STXCSUM };
	struct ifreq ifr = { .ifr_data = (char *)&off };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", name);
	/* without checksums in hardware the kernel cuts segments itself, too */
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr) < 0)
		die(3, name);
	close(fd);
}

static int open_end(const char *name)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	struct packet_mreq all = {
		.mr_ifindex = at.sll_ifindex, .mr_type = PACKET_MR_PROMISC,
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	const int on = 1, room = 8 << 20;

	if (fd < 0 || at.sll_ifindex == 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) < 0 ||
	    /* beyond the usual limit only root may go; less loses a few frames, as wires do */
	    (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0 &&
	     setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room) < 0) ||
	    bind(fd, (struct sockaddr *)&at, sizeof at) < 0)
		die(3, name);
	return fd;
}

static void hold(struct wire *w, int to, const uint8_t *bytes, size_t len, uint64_t wait)
{
	struct frame *f = &w->held[w->n_held];

	if (w->n_held == HELD_MAX) {
		w->counts[!to].full++;
		return;
	}
	*f = (struct frame){ .due = now_ns() + wait, .serial = w->serial++,
			     .bytes = malloc(len), .len = len, .to = to };
	if (!f->bytes)
		die(3, "malloc");
	memcpy(f->bytes, bytes, len);
	w->n_held++;
}

/* ARP and neighbour discovery (RFC 4861) pass unharmed: a broken one would be believed. */
static bool is_ip(const uint8_t *bytes, size_t len)
{
	const uint8_t *ip = bytes + ETH_HLEN;

	if (len <= ETH_HLEN)
		return false;
	if (bytes[12] == 8 && bytes[13] == 0)
		return true;
	return bytes[12] == 0x86 && bytes[13] == 0xdd &&
	       !(len > ETH_HLEN + 40 && ip[6] == IPPROTO_ICMPV6 && ip[40] >= 133 && ip[40] <= 137);
}

static void carry(struct wire *w, int from, uint8_t *bytes, size_t len)
{
	struct counts *c = &w->counts[from];
	size_t at;

	c->seen++;
	if (len > LONGEST) {
		fprintf(stderr, "wire: %zu bytes in one frame: IF needs --no-offload\n", len);
		exit(4);
	}
	if (!is_ip(bytes, len)) {
		hold(w, !from, bytes, len, 0);
		return;
	}
	if (happens(w, w->loss)) {
		c->lost++;
		return;
	}
	if (happens(w, w->dup)) {
		c->doubled++;
		hold(w, !from, bytes, len, w->delay);
	}
	if (happens(w, w->corrupt)) {
		c->damaged++;
		at = ETH_HLEN + random_u64(w) % (len - ETH_HLEN);
		bytes[at] = (uint8_t)(bytes[at] ^ (1 + random_u64(w) % 255));
	}
	if (happens(w, w->reorder)) {
		c->late++;
		hold(w, !from, bytes, len, w->delay + 1000000 + random_u64(w) % 8000000);
		return;
	}
	hold(w, !from, bytes, len, w->delay);
}

static void receive(struct wire *w, int from)
{
	static uint8_t bytes[FRAME_MAX];
	ssize_t n;

	while ((n = recv(w->fds[from], bytes, sizeof bytes, MSG_TRUNC | MSG_DONTWAIT)) > 0)
		carry(w, from, bytes, (size_t)n);
}

static struct frame *next_due(struct wire *w)
{
	struct frame *best = NULL;

	for (struct frame *f = w->held; f < w->held + w->n_held; f++)
		if (!best || f->due < best->due ||
		    (f->due == best->due && f->serial < best->serial))
			best = f;
	return best;
}

/* Where the next host has not yet taken what was sent, there is no room for more: it waits. */
static void send_due(struct wire *w)
{
	struct frame *f;

	while ((f = next_due(w)) && f->due <= now_ns()) {
		if (send(w->fds[f->to], f->bytes, f->len, 0) >= 0)
			w->counts[!f->to].passed++;
		else if (errno != ENOBUFS && errno != ENETDOWN)
			die(3, w->names[f->to]);
		free(f->bytes);
		*f = w->held[--w->n_held];
	}
}

static void run(struct wire *w, int signals)
{
	struct pollfd fds[3] = {
		{ .fd = w->fds[0], .events = POLLIN },
		{ .fd = w->fds[1], .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	struct timespec wait = { 0 };
	struct frame *next;
	uint64_t now, left;

	while (!fds[2].revents) {
		next = next_due(w);
		now = now_ns();
		left = next && next->due > now ? next->due - now : 0;
		wait.tv_sec = (time_t)(left / 1000000000u);
		wait.tv_nsec = (long)(left % 1000000000u);
		if (ppoll(fds, 3, next ? &wait : NULL, NULL) < 0 && errno != EINTR)
			die(3, "ppoll");
		for (int i = 0; i < 2; i++)
			if (fds[i].revents)
				receive(w, i);
		send_due(w);
	}
}

static void print_counts(const struct wire *w)
{
	for (int i = 0; i < 2; i++) {
		const struct counts *c = &w->counts[i];

		printf("%s>%s seen=%" PRIu64 " passed=%" PRIu64 " lost=%" PRIu64 " doubled=%"
		       PRIu64 " late=%" PRIu64 " damaged=%" PRIu64 " full=%" PRIu64 "\n",
		       w->names[i], w->names[!i], c->seen, c->passed, c->lost, c->doubled,
		       c->late, c->damaged, c->full);
	}
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		die(3, "signalfd");
	return fd;
}

__attribute__((noreturn))
static void usage(void)
{
	fputs("wire: see the head of wire.c\n", stderr);
	exit(2);
}

static double percent(const char *text)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !(v >= 0 && v <= 100))
		usage();
	return v / 100;
}

static void parse_args(struct wire *w, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "loss", required_argument, NULL, 'l' },
		{ "dup", required_argument, NULL, 'd' },
		{ "reorder", required_argument, NULL, 'r' },
		{ "corrupt", required_argument, NULL, 'c' },
		{ "delay", required_argument, NULL, 'w' },
		{ 0 }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (opt == 's')
			w->seed = strtoull(optarg, NULL, 0);
		else if (opt == 'l')
			w->loss = percent(optarg);
		else if (opt == 'd')
			w->dup = percent(optarg);
		else if (opt == 'r')
			w->reorder = percent(optarg);
		else if (opt == 'c')
			w->corrupt = percent(optarg);
		else if (opt == 'w')
			w->delay = strtoull(optarg, NULL, 0) * 1000;
		else
			usage();
	}
	if (argc - optind != 2)
		usage();
	w->names[0] = argv[optind];
	w->names[1] = argv[optind + 1];
}

int main(int argc, char **argv)
{
	static struct wire w;
	int signals;

	if (argc == 3 && strcmp(argv[1], "--no-offload") == 0) {
		no_offload(argv[2]);
		return 0;
	}
	parse_args(&w, argc, argv);
	signals = open_signals();
	for (int i = 0; i < 2; i++)
		w.fds[i] = open_end(w.names[i]);
	puts("ready");
	fflush(stdout);
	run(&w, signals);
	print_counts(&w);
	return 0;
}
