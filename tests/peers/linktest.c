/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The link layer alone, for tests/net/test_link.sh: each command is one question, the
 * answer goes to standard output as `key=value` words, an error to standard error.
 *
 *	linktest path DST [SRC|- [IF]]		tc_path_find
 *	linktest resolve DST [SRC|-]		… and tc_path_resolve, one second
 *	linktest ready DST PORT N [MODE]	N times: open, SYN, wait for its answer, close
 *	linktest send DST PORT N [MODE]		N SYNs in one tc_link_send
 *	linktest carry DST HEX			tc_link_can_carry
 *	linktest watch DST FILTER N [MODE]	says "ready", counts N frames, or until SIGINT
 *	linktest ports ADDR FIRST COUNT		tc_ports_reserve, held until end of input
 *	linktest fds DST			descriptors a child of an open link inherits
 *	linktest mirror IF			a peer on a tun device: says "ready", then
 *						sends each datagram back, ends swapped
 *
 * MODE: words joined by commas: raw, link, busy, blocks (not immediate), at_once, small (the
 * kernel's buffer), marked.
 */
#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/link.h>
#include <tcpcraft/route.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/route.h>
#include <tcpcraft/segment.h>

#include "host/ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_TIMEOUT (2 * TC_S)
#define SEND_MAX 100000

static struct tc_error err;

static int fail(void)
{
	fprintf(stderr, "linktest: %s (%d)\n", err.msg, err.code);
	return 1;
}

static const char *text_of(const struct tc_addr *addr)
{
	static char text[4][TC_ADDR_STRING];
	static unsigned n;

	n = (n + 1) % 4;
	return tc_addr_string(addr, text[n]);
}

/* Words from the third on: DST [SRC|- [IF]] */
static int find(struct tc_path *p, int argc, char **argv)
{
	struct tc_addr dst, src = { 0 };
	const char *ifname = argc > 4 ? argv[4] : NULL;

	if (tc_host_parse(&dst, argv[2], 0, true, &err) < 0)
		return -1;
	if (argc > 3 && strcmp(argv[3], "-") != 0 &&
	    tc_host_parse(&src, argv[3], 0, true, &err) < 0)
		return -1;
	return tc_path_find(p, &dst, &src, ifname, &err);
}

static void print_mac(const char *name, const uint8_t mac[6])
{
	printf(" %s=%02x:%02x:%02x:%02x:%02x:%02x", name, mac[0], mac[1], mac[2], mac[3],
	       mac[4], mac[5]);
}

static int cmd_path(int argc, char **argv)
{
	struct tc_path p;

	if (find(&p, argc, argv) < 0)
		return fail();
	printf("dst=%s src=%s gateway=%s if=%s mtu=%u local=%d ethernet=%d ours=%d free=%d",
	       text_of(&p.dst), text_of(&p.src), text_of(&p.gateway), p.ifname, p.mtu, p.local,
	       p.ethernet, p.src_is_ours, tc_path_is_free_target(&p));
	print_mac("mac", p.mac);
	putchar('\n');
	return 0;
}

static int cmd_resolve(int argc, char **argv)
{
	struct tc_path p;

	if (find(&p, argc, argv) < 0 || tc_path_resolve(&p, TC_S, &err) < 0)
		return fail();
	printf("resolved=%d", p.resolved);
	print_mac("next", p.next_mac);
	putchar('\n');
	return 0;
}

struct run {
	struct tc_path path;
	struct tc_link_config cfg;
	struct tc_link *link;
	struct tc_template template;
	uint16_t port;
	bool marked;
	uint64_t dropped;
};

static void read_mode(struct run *r, const char *mode)
{
	r->cfg.immediate = !strstr(mode, "blocks");
	r->cfg.busy_poll = strstr(mode, "busy");
	r->cfg.at_once = strstr(mode, "at_once");
	r->cfg.buffer_bytes = strstr(mode, "small") ? 1 << 20 : r->cfg.buffer_bytes;
	r->marked = strstr(mode, "marked");
	r->cfg.inject = strstr(mode, "raw") ? TC_INJECT_RAW
			: strstr(mode, "link") ? TC_INJECT_LINK : TC_INJECT_AUTO;
}

static uint64_t mac_number(const uint8_t mac[6])
{
	return (uint64_t)tc_get16(mac) << 32 | tc_get32(mac + 2);
}

static int make_template(struct run *r)
{
	struct tc_packet p = { 0 };
	int ip, eth, rc = 0;

	if (tc_link_sends_ethernet(r->link)) {
		eth = tc_packet_push(&p, tc_header_get(TC_HDR_ETH), &err);
		tc_packet_set(&p, eth, TC_ETH_DST, mac_number(r->path.next_mac), &err);
		tc_packet_set(&p, eth, TC_ETH_SRC, mac_number(r->path.mac), &err);
	}
	ip = tc_packet_push(&p, tc_header_ip(r->path.dst.family), &err);
	tc_packet_push(&p, tc_header_get(TC_HDR_TCP), &err);
	tc_packet_set_addrs(&p, ip, &r->path.src, &r->path.dst);
	rc = tc_template_init(&r->template, &p, &err);
	tc_packet_free(&p);
	return rc;
}

/* DST PORT N [MODE] or DST FILTER N [MODE] */
static int prepare(struct run *r, int argc, char **argv)
{
	read_mode(r, argc > 5 ? argv[5] : "");
	if (find(&r->path, 3, argv) < 0 || tc_path_resolve(&r->path, TC_S, &err) < 0)
		return -1;
	r->cfg.path = &r->path;
	r->cfg.mark = TC_MARK_DEFAULT;
	return 0;
}

static size_t syn(const struct run *r, uint16_t from, uint8_t *out)
{
	struct tc_flow flow = { r->path.src, r->path.dst, from, r->port };
	struct tc_seg seg = { .seq = 1000, .flags = TC_FLAG_SYN, .wnd = 64240 };

	return tc_template_emit(&r->template, &flow, &seg, from, NULL, out);
}

/* The kernel's answer to our SYN from port `from`: SYN/ACK or RST. */
static bool is_answer(const struct run *r, const struct tc_frame *f, uint16_t from)
{
	struct tc_rx rx;

	return tc_rx_parse(&rx, f->bytes, f->len, tc_link_dlt(r->link), NULL) == 0 &&
	       rx.kind == TC_RX_TCP && rx.dport == from && rx.sport == r->port;
}

static int await_answer(struct run *r, uint16_t from)
{
	tc_time end = tc_clock_monotonic() + ANSWER_TIMEOUT;
	struct pollfd fd = { .fd = tc_link_fd(r->link), .events = POLLIN };
	struct tc_frame f;
	int rc;

	while (tc_clock_monotonic() < end) {
		rc = tc_link_recv(r->link, &f, &err);
		if (rc < 0)
			return rc;
		if (rc > 0 && is_answer(r, &f, from))
			return 1;
		if (rc == 0 && tc_link_sleep(r->link))
			poll(&fd, 1, 10);
		tc_link_wake(r->link);
	}
	return 0;
}

static int try_once(struct run *r, uint16_t from)
{
	uint8_t frame[TC_HEAD_MAX];
	struct tc_out out = { .bytes = frame, .marked = r->marked };
	struct tc_link_stats st;
	char filter[64];
	int rc;

	snprintf(filter, sizeof filter, "tcp src port %u and dst port %u", r->port, from);
	r->cfg.filter = filter;
	if (tc_link_open(&r->link, &r->cfg, &err) < 0)
		return -1;
	rc = make_template(r);
	if (rc >= 0) {
		out.len = syn(r, from, frame);
		rc = tc_link_send(r->link, &out, 1, &err);
	}
	if (rc >= 0)
		rc = await_answer(r, from);
	tc_link_stats(r->link, &st);
	r->dropped += st.dropped;
	tc_link_close(r->link);
	return rc;
}

static int cmd_ready(int argc, char **argv)
{
	struct run r = { .cfg.buffer_bytes = 1 << 20 };
	int n = atoi(argv[4]), answered = 0;

	r.port = (uint16_t)atoi(argv[3]);
	if (prepare(&r, argc, argv) < 0)
		return fail();
	for (int i = 0; i < n; i++) {
		int rc = try_once(&r, (uint16_t)(20000 + i));

		if (rc < 0)
			return fail();
		answered += rc;
	}
	printf("trials=%d answered=%d dropped=%" PRIu64 "\n", n, answered, r.dropped);
	return 0;
}

static int cmd_send(int argc, char **argv)
{
	static uint8_t frames[SEND_MAX][TC_HEAD_MAX];
	static struct tc_out out[SEND_MAX];
	struct run r = { .cfg.filter = "tcp and greater 60000" };
	struct tc_link_stats st;
	int n = atoi(argv[4]), rc, eperm = 0;

	r.port = (uint16_t)atoi(argv[3]);
	if (n < 1 || n > SEND_MAX)
		return 2;
	if (prepare(&r, argc, argv) < 0 || tc_link_open(&r.link, &r.cfg, &err) < 0)
		return fail();
	if (make_template(&r) < 0)
		return fail();
	for (int i = 0; i < n; i++)
		out[i] = (struct tc_out){ .bytes = frames[i], .marked = r.marked,
			.len = syn(&r, (uint16_t)(10000 + i % 50000), frames[i]) };
	rc = tc_link_send(r.link, out, (size_t)n, &err);
	for (int i = 0; i < n; i++)
		eperm += out[i].error == -EPERM;
	tc_link_stats(r.link, &st);
	printf("rc=%d sent=%" PRIu64 " errors=%" PRIu64 " eperm=%d\n", rc, st.sent,
	       st.send_errors, eperm);
	if (rc < 0)
		fail();
	tc_link_close(r.link);
	return 0;
}

static int cmd_carry(int argc, char **argv)
{
	struct run r = { .cfg.filter = "tcp" };
	struct tc_buf b = { 0 };

	if (prepare(&r, argc > 5 ? 5 : argc, argv) < 0 ||
	    tc_link_open(&r.link, &r.cfg, &err) < 0 ||
	    tc_hex_decode(&b, argv[3], strlen(argv[3]), &err) < 0)
		return fail();
	if (tc_link_can_carry(r.link, b.data, b.len, &err) < 0)
		fail();
	else
		puts("carried=1");
	tc_link_close(r.link);
	tc_buf_free(&b);
	return 0;
}

static volatile sig_atomic_t interrupted;

static void on_int(int sig)
{
	interrupted = sig;
}

struct count {
	int seen;
	size_t longest, cut;
	uint64_t bytes;
};

/* Frames until there are n, or SIGINT came and then none for a while. */
static int count_frames(struct run *r, struct count *c, int n)
{
	struct pollfd fd = { .fd = tc_link_fd(r->link), .events = POLLIN };
	struct tc_frame f;
	bool quiet = false;
	int rc;

	while (c->seen < n && !quiet) {
		rc = tc_link_recv(r->link, &f, &err);
		if (rc < 0)
			return rc;
		if (rc == 0 && tc_link_sleep(r->link))
			quiet = poll(&fd, 1, 100) == 0 && interrupted;
		tc_link_wake(r->link);
		if (rc == 0)
			continue;
		c->seen++;
		c->bytes += f.len;
		c->cut += f.len != f.wire_len;
		c->longest = f.len > c->longest ? f.len : c->longest;
	}
	return 0;
}

static int cmd_watch(int argc, char **argv)
{
	struct run r = { 0 };
	struct count c = { 0 };
	struct tc_link_stats st;
	int rc;

	signal(SIGINT, on_int);
	if (prepare(&r, argc, argv) < 0)
		return fail();
	r.cfg.filter = argv[3];
	if (tc_link_open(&r.link, &r.cfg, &err) < 0)
		return fail();
	puts("ready");
	fflush(stdout);
	rc = count_frames(&r, &c, atoi(argv[4]));
	tc_link_stats(r.link, &st);
	printf("seen=%d longest=%zu cut=%zu bytes=%" PRIu64 " dropped=%" PRIu64 "\n",
	       c.seen, c.longest, c.cut, c.bytes, st.dropped);
	tc_link_close(r.link);
	return rc < 0 ? fail() : 0;
}

static int cmd_ports(int argc, char **argv)
{
	struct tc_ports *p;
	struct tc_addr addr;

	(void)argc;
	if (tc_host_parse(&addr, argv[2], 0, true, &err) < 0 ||
	    tc_ports_reserve(&p, &addr, (uint16_t)atoi(argv[3]), (unsigned)atoi(argv[4]),
			     &err) < 0)
		return fail();
	printf("first=%u count=%u%s\n", tc_ports_first(p), tc_ports_count(p),
	       tc_ports_are_ours(p) ? "" : " shared");
	fflush(stdout);
	while (getchar() != EOF)
		;
	tc_ports_release(p);
	return 0;
}

static int cmd_fds(int argc, char **argv)
{
	struct run r = { .cfg = { .filter = "tcp", .immediate = true } };
	int status = 0;
	pid_t child;

	if (find(&r.path, argc, argv) < 0)
		return fail();
	r.cfg.path = &r.path;
	if (tc_link_open(&r.link, &r.cfg, &err) < 0)
		return fail();
	child = fork();
	if (child == 0) {
		execlp("ls", "ls", "/proc/self/fd", (char *)NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	tc_link_close(r.link);
	return status != 0;
}

/* Swapping whole words leaves every checksum right. */
static void swap_bytes(uint8_t *a, uint8_t *b, size_t n)
{
	while (n-- > 0) {
		uint8_t t = a[n];

		a[n] = b[n];
		b[n] = t;
	}
}

static int cmd_mirror(int argc, char **argv)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	uint8_t d[2048];
	ssize_t n;
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	(void)argc;
	snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", argv[2]);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0) {
		perror("linktest: /dev/net/tun");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while ((n = read(fd, d, sizeof d)) > 0) {
		if (n >= 60 && d[0] >> 4 == 6 && d[6] == IPPROTO_TCP) {
			swap_bytes(d + 8, d + 24, 16);
			swap_bytes(d + 40, d + 42, 2);
		} else if (n >= 40 && d[0] == 0x45) {
			swap_bytes(d + 12, d + 16, 4);
			swap_bytes(d + 20, d + 22, 2);
		} else {
			continue;
		}
		if (write(fd, d, (size_t)n) < 0)
			break;
	}
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int words;
		int (*run)(int argc, char **argv);
	} commands[] = {
		{ "path", 1, cmd_path },   { "resolve", 1, cmd_resolve },
		{ "ready", 3, cmd_ready }, { "send", 3, cmd_send },
		{ "carry", 2, cmd_carry }, { "watch", 3, cmd_watch },
		{ "ports", 3, cmd_ports }, { "fds", 1, cmd_fds },
		{ "mirror", 1, cmd_mirror },
	};

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (argc >= 2 + commands[i].words && strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc, argv);
	fprintf(stderr, "linktest: see the head of linktest.c\n");
	return 2;
}
