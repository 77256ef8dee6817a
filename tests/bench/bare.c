/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring to hear from, one system call for all that is to be said. See bare.h. */
#include "bare.h"
#include "sockets.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>
#include <tcpcraft/payload.h>
#include <tcpcraft/segment.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADS (14 + 20 + 20)	/* Ethernet, IPv4, TCP without options */
#define REQUEST_MAX 64
#define BATCH 64
#define SLOT 256		/* bytes of the ring for a frame: none here is longer */
#define SLOTS 16384u
#define RING ((size_t)SLOT * SLOTS)
#define FIRST_PORT 10000u
#define PORTS 50000u
#define LOST_MS 1000		/* nothing came for so long: what is under way is lost */

struct bare {
	const struct bench_bare *how;
	int fd;
	uint8_t *ring;
	unsigned slot;			/* the next one that is filled */
	unsigned begun, over, lost, count;
	bool ended[PORTS];		/* each exchange, as it was begun */
	tc_time waited;			/* for what was lost: not the time of any exchange */
	unsigned first;			/* port, behind those of the run before */
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	uint8_t frame[BATCH][HEADS + REQUEST_MAX];
	unsigned n;			/* frames that are to be sent */
};

static int read_mac(const char *text, uint8_t mac[6])
{
	struct ether_addr a;

	if (!text || !ether_aton_r(text, &a))
		return -1;
	memcpy(mac, &a, 6);
	return 0;
}

int bench_bare_hosts(struct bench_bare *b, const char *nobody, const char *peer_mac,
		     const struct bench_end *server)
{
	struct in_addr addr;

	b->ifname = getenv("OURS");
	if (!b->ifname || read_mac(getenv("MAC"), b->mac) < 0 ||
	    read_mac(peer_mac, b->peer_mac) < 0 || inet_pton(AF_INET, nobody, &addr) != 1)
		return -1;
	b->addr = ntohl(addr.s_addr);
	b->peer = ntohl(server->at.v4.sin_addr.s_addr);
	b->port = bench_port(server);
	return 0;
}

static void flush(struct bare *b)
{
	for (unsigned at = 0; at < b->n;) {
		int n = sendmmsg(b->fd, b->msg + at, b->n - at, 0);

		at += n > 0 ? (unsigned)n : 1;
	}
	b->n = 0;
}

static void put_ip(const struct bench_bare *how, uint8_t *ip, size_t len)
{
	memset(ip, 0, 20);
	ip[0] = 0x45;
	tc_put16(ip + 2, (uint16_t)len);
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = IPPROTO_TCP;
	tc_put32(ip + 12, how->addr);
	tc_put32(ip + 16, how->peer);
	tc_put16(ip + 10, tc_checksum(ip, 20));
}

/* Of a copy behind the pseudo header, which is not sent (RFC 9293 3.1). */
static uint16_t sum_of(const uint8_t *ip, const uint8_t *tcp, size_t len)
{
	uint8_t all[12 + 20 + REQUEST_MAX] = { 0 };

	memcpy(all, ip + 12, 8);
	all[9] = IPPROTO_TCP;
	tc_put16(all + 10, (uint16_t)len);
	memcpy(all + 12, tcp, len);
	return tc_checksum(all, 12 + len);
}

static void put(struct bare *b, uint16_t port, uint32_t seq, uint32_t ack, uint8_t flags)
{
	const struct bench_bare *how = b->how;
	size_t len = flags & TC_FLAG_PSH ? how->len : 0;
	uint8_t *eth = b->frame[b->n], *ip = eth + 14, *tcp = ip + 20;

	memcpy(eth, how->peer_mac, 6);
	memcpy(eth + 6, how->mac, 6);
	tc_put16(eth + 12, ETH_P_IP);
	put_ip(how, ip, 40 + len);
	memset(tcp, 0, 20);
	tc_put16(tcp, port);
	tc_put16(tcp + 2, how->port);
	tc_put32(tcp + 4, seq);
	tc_put32(tcp + 8, ack);
	tcp[12] = 0x50;
	tcp[13] = flags;
	tc_put16(tcp + 14, 65535);
	memcpy(tcp + 20, how->request, len);
	tc_put16(tcp + 16, sum_of(ip, tcp, 20 + len));
	b->iov[b->n] = (struct iovec){ eth, HEADS + len };
	if (++b->n == BATCH)
		flush(b);
}

static void begin(struct bare *b)
{
	if (b->begun >= b->count)
		return;
	put(b, (uint16_t)(FIRST_PORT + (b->first + b->begun) % PORTS), b->begun * 100000u, 0, TC_FLAG_SYN);
	b->begun++;
}

/* Once: a second FIN, a RST behind it and what was given up are no exchange more. */
static void end(struct bare *b, uint16_t port)
{
	unsigned i = (port + 2 * PORTS - FIRST_PORT - b->first % PORTS) % PORTS;

	if (i >= b->begun || b->ended[i])
		return;
	b->ended[i] = true;
	b->over++;
	begin(b);
}

static void give_up(struct bare *b)
{
	b->waited += LOST_MS * TC_MS;
	b->lost += b->begun - b->over;
	b->over = b->begun;
	memset(b->ended, true, b->begun);
}

static void answer(struct bare *b, const uint8_t *ip)
{
	const uint8_t *tcp = ip + (ip[0] & 15) * 4;
	uint32_t seq = tc_get32(tcp + 4), ack = tc_get32(tcp + 8);
	uint16_t port = tc_get16(tcp + 2);
	uint32_t len = tc_get16(ip + 2) - (uint32_t)(tcp - ip) - (tcp[12] >> 4) * 4u;

	if (tcp[13] & TC_FLAG_SYN) {
		put(b, port, ack, seq + 1, TC_FLAG_ACK);
		put(b, port, ack, seq + 1, TC_FLAG_ACK | TC_FLAG_PSH);
	} else if (tcp[13] & (TC_FLAG_FIN | TC_FLAG_RST)) {
		if (tcp[13] & TC_FLAG_FIN)
			put(b, port, ack, seq + len + 1, TC_FLAG_ACK);
		end(b, port);
	} else if (len) {
		put(b, port, ack, seq + len, TC_FLAG_ACK | TC_FLAG_FIN);
	}
}

static bool take(struct bare *b)
{
	struct tpacket2_hdr *h = (void *)(b->ring + (size_t)b->slot * SLOT);
	const uint8_t *ip = (const uint8_t *)h + h->tp_net;

	if (!(__atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
		return false;
	if (tc_get32(ip + 16) == b->how->addr && ip[9] == IPPROTO_TCP)
		answer(b, ip);
	__atomic_store_n(&h->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	b->slot = (b->slot + 1) % SLOTS;
	return true;
}

static void run(struct bare *b, unsigned at_once)
{
	struct pollfd readable = { .fd = b->fd, .events = POLLIN };

	while (b->over < b->count) {
		while (b->begun < b->count && b->begun - b->over < at_once)
			begin(b);
		flush(b);
		if (!take(b) && poll(&readable, 1, LOST_MS) == 0)
			give_up(b);
		for (unsigned i = 0; i < SLOTS && take(b); i++)
			;
	}
	flush(b);	/* the last one's ACK, without which the server holds its port */
}

static int open_ring(struct bare *b)
{
	struct tpacket_req req = { .tp_block_size = 1 << 16, .tp_block_nr = RING >> 16,
				   .tp_frame_size = SLOT, .tp_frame_nr = SLOTS };
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = (int)if_nametoindex(b->how->ifname) };
	int version = TPACKET_V2, one = 1;

	b->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (b->fd < 0 ||
	    setsockopt(b->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version) < 0 ||
	    setsockopt(b->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof req) < 0 ||
	    setsockopt(b->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
	    bind(b->fd, (struct sockaddr *)&at, sizeof at) < 0)
		return -1;
	b->ring = mmap(NULL, RING, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd, 0);
	return b->ring == MAP_FAILED ? -1 : 0;
}

int bench_bare_prepare(struct bench_bare *how, const char *nobody, const char *peer_mac,
		       const struct bench_end *server, struct tc_buf *frame)
{
	*how = (struct bench_bare){ 0 };
	if (bench_bare_hosts(how, nobody, peer_mac, server) < 0 ||
	    tc_payload_build(frame, tc_header_get(TC_HDR_PROT), (const uint8_t *)"HELLO", 5, NULL,
			     0, NULL) < 0)
		return -1;
	how->request = frame->data;
	how->len = frame->len;
	return 0;
}

static double cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static int begin_all(struct bare *b, struct tc_error *err)
{
	for (unsigned i = 0; i < BATCH; i++)
		b->msg[i].msg_hdr = (struct msghdr){ .msg_iov = &b->iov[i], .msg_iovlen = 1 };
	if (b->how->len > REQUEST_MAX || b->count > PORTS)
		return tc_fail(err, -ERANGE, "bare frames: %zu bytes of %u exchanges, %d of %u at most",
			       b->how->len, b->count, REQUEST_MAX, PORTS);
	if (open_ring(b) < 0)
		return tc_fail(err, -errno, "bare frames: no ring on %s: %s (root has the right)",
			       b->how->ifname, strerror(errno));
	return 0;
}

double bench_bare_rate(const struct bench_bare *how, unsigned at_once, unsigned count, double *cpu,
		       struct tc_error *err)
{
	static struct bare b;
	double before = cpu_us();
	tc_time began;
	int rc;

	b = (struct bare){ .how = how, .count = count, .first = b.first + b.begun };
	rc = begin_all(&b, err);
	began = tc_clock_monotonic();
	if (rc == 0)
		run(&b, at_once);
	*cpu = (cpu_us() - before) / count;
	began = tc_clock_monotonic() - began - b.waited;
	if (b.ring && b.ring != MAP_FAILED)
		munmap(b.ring, RING);
	if (b.fd > 0)
		close(b.fd);
	if (rc == 0 && b.lost > count / 100)
		rc = tc_fail(err, -ETIMEDOUT, "bare frames: nothing came any more of %u of %u exchanges: "
			     "try it on a quieter machine", b.lost, count);
	return rc < 0 ? -1 : (count - b.lost) * 1e6 / (double)began;
}

/* ---- bulk ---------------------------------------------------------------------------- */

#define LARGEST 65600		/* bytes of a frame that stands for many */
#define EACH_ACK 4		/* frames; fewer where no more are waiting */
#define LATER_MAX 256		/* what came before its turn: the server sends from both cores */
#define SCALE 7			/* of the window, which is 4 MiB */

struct down {
	const struct bench_bare *how;
	int fd;
	uint16_t port;
	uint32_t seq, ack;
	unsigned owed;			/* frames that no ACK has told of */
	uint64_t missing;
	struct { uint32_t from, to; } later[LATER_MAX];
	unsigned n_later;
	uint8_t room[LARGEST];
};

static void say(struct down *d, uint8_t flags, const void *text, size_t len)
{
	static const uint8_t options[] = { 2, 4, 1460 >> 8, 1460 & 255, 1, 3, 3, SCALE };
	uint8_t frame[HEADS + REQUEST_MAX] = { 0 }, *ip = frame + 14, *tcp = ip + 20;
	bool syn = flags & TC_FLAG_SYN;

	memcpy(frame, d->how->peer_mac, 6);
	memcpy(frame + 6, d->how->mac, 6);
	tc_put16(frame + 12, ETH_P_IP);
	if (syn) {
		text = options;
		len = sizeof options;
	}
	put_ip(d->how, ip, 40 + len);
	tc_put16(tcp, d->port);
	tc_put16(tcp + 2, d->how->port);
	tc_put32(tcp + 4, d->seq);
	tc_put32(tcp + 8, d->ack);
	tcp[12] = syn ? 0x70 : 0x50;
	tcp[13] = flags;
	tc_put16(tcp + 14, 32768);
	if (len)
		memcpy(tcp + 20, text, len);
	tc_put16(tcp + 16, sum_of(ip, tcp, 20 + len));
	d->owed = 0;
	if (send(d->fd, frame, HEADS + len, 0) < 0)
		d->owed = 1;
}

static bool go_on(struct down *d, uint32_t from, uint32_t to)
{
	if ((int32_t)(from - d->ack) > 0)
		return false;
	if ((int32_t)(to - d->ack) > 0) {
		uint32_t n = to - d->ack;

		d->missing -= n < d->missing ? n : d->missing;
		d->ack = to;
	}
	return true;
}

static void take_text(struct down *d, uint32_t from, uint32_t to)
{
	d->owed++;
	if (!go_on(d, from, to) && d->n_later < LATER_MAX) {
		d->later[d->n_later].from = from;
		d->later[d->n_later++].to = to;
		return;
	}
	for (unsigned i = 0; i < d->n_later;) {
		if (!go_on(d, d->later[i].from, d->later[i].to)) {
			i++;
			continue;
		}
		d->later[i] = d->later[--d->n_later];
		i = 0;
	}
}

static bool hear(struct down *d)
{
	ssize_t n = recv(d->fd, d->room, sizeof d->room, MSG_DONTWAIT);
	const uint8_t *tcp = d->room + 14 + 20;
	size_t heads = 14 + 20 + (tcp[12] >> 4) * 4u;

	if (n < HEADS)
		return false;
	if (tc_get16(tcp + 2) != d->port)
		return true;
	if (tcp[13] & TC_FLAG_SYN) {
		d->seq++;
		d->ack = tc_get32(tcp + 4) + 1;
		say(d, TC_FLAG_ACK | TC_FLAG_PSH, d->how->request, d->how->len);
		d->seq += (uint32_t)d->how->len;
	} else if ((size_t)n > heads) {
		take_text(d, tc_get32(tcp + 4), tc_get32(tcp + 4) + (uint32_t)((size_t)n - heads));
	}
	return true;
}

/* One that hears what is for its address, and sends on its card. */
static int open_down(struct down *d)
{
	struct sock_filter to_us[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 14 + 16),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, d->how->addr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = { sizeof to_us / sizeof *to_us, to_us };
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = (int)if_nametoindex(d->how->ifname) };
	int one = 1, large = RING * 8;

	d->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (d->fd < 0 ||
	    setsockopt(d->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0 ||
	    setsockopt(d->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0 ||
	    setsockopt(d->fd, SOL_SOCKET, SO_RCVBUFFORCE, &large, sizeof large) < 0)
		return -1;
	return bind(d->fd, (struct sockaddr *)&at, sizeof at);
}

static int run_down(struct down *d)
{
	struct pollfd readable = { .fd = d->fd, .events = POLLIN };

	say(d, TC_FLAG_SYN, NULL, 0);
	while (d->missing) {
		bool heard = hear(d);

		if (d->owed >= EACH_ACK || (d->owed && !heard))
			say(d, TC_FLAG_ACK, NULL, 0);
		else if (!heard && poll(&readable, 1, LOST_MS) == 0)
			return -1;
	}
	say(d, TC_FLAG_RST | TC_FLAG_ACK, NULL, 0);
	return 0;
}

int bench_bare_down(const struct bench_bare *how, uint64_t bytes, struct tc_error *err)
{
	static struct down d;
	int rc;

	d = (struct down){ .how = how, .missing = bytes,
			   .port = (uint16_t)(FIRST_PORT + (d.port + 1u) % PORTS) };
	rc = open_down(&d);
	if (rc < 0)
		tc_fail_errno(err, "bare frames: no socket, or not as it should be, on %s", how->ifname);
	else if ((rc = run_down(&d)) < 0)
		tc_fail(err, -ETIMEDOUT, "bare frames: nothing came any more: try it on a quieter "
			"machine");
	if (d.fd >= 0)
		close(d.fd);
	return rc;
}
