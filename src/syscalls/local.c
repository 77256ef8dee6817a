/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The child and the wire to it. Calls are handed over in shared memory; a datagram of one
 * byte, the call's place there, says "make it" in one direction and "it has ended" in the
 * other. All threads of the child read the same socket: an idle one takes the next call.
 */
#include "local.h"
#include "base/opened.h"

#include "host/child.h"
#include "host/command.h"

#include <tcpcraft/error.h>
#include "host/netns.h"
#include <tcpcraft/session.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MTU_DEFAULT 1500u
/* What scripts inject may be longer than what the kernel may send: its route has the MTU
 * that they know. */
#define WIRE_MTU 65535u
#define HERE "tc0"			/* our end, and the child's */
#define THERE "tun0"			/* as packetdrill's, which scripts name */
#define COMMANDS_PARENT "PACKETDRILL_PID"
#define WIRE_UP (5 * TC_S)

/* A family's addresses where nothing is said (RFC 5737, RFC 3849), and their lengths in bits. */
static const struct family {
	uint8_t family;
	const char *addr, *peer;
	unsigned net_bits, one_bits;
} families[] = {
	{ 4, "192.168.0.1", "192.0.2.1", 24, 32 },
	{ 6, "fd3d:fa7b:d17d::1", "2001:db8::1", 64, 128 },
};

static const struct family *family_of(const struct tc_local_config *cfg)
{
	return &families[cfg->family == 6];
}

static const uint8_t peer_mac[6] = { 0x02, 't', 'c', 'p', 0, 1 };

struct shared {
	struct tc_local_call calls[TC_LOCAL_CALLS];
	uint8_t bytes[TC_LOCAL_CALLS][TC_LOCAL_BYTES];
};

struct tc_local {
	struct tc_local_config cfg;
	struct shared *shared;
	bool used[TC_LOCAL_CALLS];
	pid_t child;			/* 0: none */
	int fd;				/* of the socket pair; -1: none */
};

/* ---- the child ------------------------------------------------------------------- */

struct setting {
	const char *name, *value;
};

/* Where hosts are often tuned, and a new namespace takes over what the host has. A kernel
 * that does not know one of them has the old behaviour, which is the same. */
static const struct setting settings[] = {
	{ "net/ipv4/tcp_congestion_control", "reno" },
	{ "net/ipv4/tcp_rmem", "4096 131072 6291456" },
	{ "net/ipv4/tcp_wmem", "4096 16384 4194304" },
	{ "net/ipv4/tcp_ecn", "2" },
	{ "net/ipv4/tcp_sack", "1" },
	{ "net/ipv4/tcp_timestamps", "1" },
	{ "net/ipv4/tcp_window_scaling", "1" },
	{ "net/ipv4/tcp_syn_retries", "6" },
	{ "net/ipv4/tcp_synack_retries", "5" },
	{ "net/ipv4/tcp_fin_timeout", "60" },
	{ "net/ipv4/tcp_syncookies", "1" },
	{ "net/ipv4/tcp_abort_on_overflow", "0" },
	{ "net/ipv4/ip_default_ttl", "64" },
};

/* No chatter of a family that is not ours; and of ours none either. */
static int set_ipv6(const struct tc_local_config *cfg, struct tc_error *err)
{
	int rc = tc_netns_ipv6(cfg->family == 6);

	return rc < 0 && cfg->family == 6 ?
	       tc_fail(err, -EAFNOSUPPORT, "this kernel has no IPv6, or it is off "
		       "(ipv6.disable=1): --ip_version=ipv4 does without") : 0;
}

static int furnish(const struct tc_local_config *cfg, pid_t parent, struct tc_error *err)
{
	const struct family *f = family_of(cfg);
	int rc = tc_netns_enter(err);

	if (rc >= 0)
		rc = set_ipv6(cfg, err);
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		tc_netns_sysctl(settings[i].name, settings[i].value);
	if (rc >= 0)
		rc = tc_netns_wire(THERE, HERE, parent, WIRE_MTU, err);
	if (rc >= 0)
		rc = tc_netns_plain(THERE, err);
	if (rc >= 0)
		rc = tc_netns_address(THERE, &cfg->addr, f->net_bits, err);
	if (rc >= 0)
		rc = tc_netns_up(THERE, err);
	if (rc >= 0)
		rc = tc_netns_route(THERE, &cfg->peer, f->one_bits, cfg->mtu, err);
	return rc < 0 ? rc : tc_netns_neighbour(THERE, &cfg->peer, peer_mac, err);
}

/* What a shell says is not the run's result. */
static long shell(pid_t group, const char *command)
{
	pid_t pid = tc_command_join(group, command, STDERR_FILENO);

	return pid < 0 ? -1 : tc_child_wait(pid, TC_CHILD_NEVER);
}

static long state(int fd, uint8_t *bytes)
{
	socklen_t info = TC_LOCAL_INFO, memory = TC_LOCAL_INFO;

	memset(bytes, 0, 2 * TC_LOCAL_INFO);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, bytes, &info) < 0)
		return -1;
	return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, bytes + TC_LOCAL_INFO, &memory);
}

/* How long this thread has waited for a processor: the second number. A call that has ended
 * is late by that, which is not the fault of the kernel's TCP. */
static tc_time processor_delay(int schedstat)
{
	char text[128] = "", *end;
	ssize_t n = schedstat < 0 ? -1 : pread(schedstat, text, sizeof text - 1, 0);

	if (n <= 0)
		return 0;
	strtoull(text, &end, 10);
	return (tc_time)strtoull(end, NULL, 10);
}

static void make_call(struct tc_local_call *c, pid_t group, int schedstat)
{
	const long *a = c->arg;
	tc_time before = processor_delay(schedstat);

	c->began = tc_clock_realtime();
	if (c->number == TC_LOCAL_SHELL)
		c->result = shell(group, (const char *)c->bytes);
	else if (c->number == TC_LOCAL_STATE)
		c->result = state((int)a[0], c->bytes);
	else
		c->result = syscall(c->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	c->error = c->result == -1 ? errno : 0;
	c->ended = tc_clock_realtime();
	c->waited = processor_delay(schedstat) - before;
}

struct worker {
	struct shared *shared;
	int fd;
	pid_t group;			/* of the commands */
};

static void *work(void *ctx)
{
	const struct worker *w = ctx;
	int schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	uint8_t i;

	while (recv(w->fd, &i, 1, 0) == 1) {
		make_call(&w->shared->calls[i], w->group, schedstat);
		send(w->fd, &i, 1, 0);
	}
	_exit(0);
}

/* Its signals are the terminal's as well: what Ctrl-C ends, its parent ends. */
static void ignore_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
}

static bool report(int fd, const struct tc_error *err)
{
	return send(fd, err, sizeof *err, 0) == (ssize_t)sizeof *err;
}

/* Scripts name files by it, whose commands find them by it or by their parent's number. */
static int tell_commands(struct tc_error *err)
{
	char pid[24];

	snprintf(pid, sizeof pid, "%d", (int)getpid());
	return setenv(COMMANDS_PARENT, pid, 1) < 0 ? tc_nomem(err) : 0;
}

/* It says twice how it went: when it can be reached, and when it can reach us. */
static void child(struct shared *shared, const struct tc_local_config *cfg, int fd,
		  pid_t parent)
{
	struct worker w = { shared, fd, tc_command_group() };
	struct tc_error err = { 0 };
	pthread_t thread;

	ignore_signals();
	if (w.group < 0)
		tc_fail(&err, -EAGAIN, "cannot start a process");
	else if (tell_commands(&err) >= 0 && furnish(cfg, parent, &err) >= 0 && report(fd, &err))
		tc_netns_running(THERE, tc_clock_monotonic() + WIRE_UP, &err);
	for (int i = 1; i < TC_LOCAL_CALLS && err.code == 0; i++)
		if (pthread_create(&thread, NULL, work, &w) != 0)
			tc_fail(&err, -EAGAIN, "cannot start a thread");
	if (report(fd, &err) && err.code == 0)
		work(&w);
}

/* ---- ourselves --------------------------------------------------------------------- */

static int start_child(struct tc_local *l, struct tc_error *err)
{
	pid_t parent = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return tc_fail_errno(err, "cannot make a pair of sockets");
	l->fd = ends[0];
	l->child = tc_child_fork(SIGKILL);
	if (l->child == 0) {
		close(ends[0]);
		child(l->shared, &l->cfg, ends[1], parent);
		_exit(1);
	}
	close(ends[1]);
	if (l->child < 0) {
		l->child = 0;
		return tc_fail_errno(err, "cannot start a process");
	}
	return 0;
}

static int gone(struct tc_error *err)
{
	return tc_fail(err, -ECHILD, "the process of the local kernel's calls has ended");
}

static int hear_child(struct tc_local *l, struct tc_error *err)
{
	struct tc_error theirs;

	if (recv(l->fd, &theirs, sizeof theirs, 0) != (ssize_t)sizeof theirs)
		return gone(err);
	return theirs.code ? tc_fail(err, theirs.code, "%s", theirs.msg) : 0;
}

/* Another host of the same network: our interface is in it, our address is nobody's. */
static struct tc_addr beside(const struct tc_local_config *cfg)
{
	uint8_t last = cfg->family == 6 ? 15 : 3;
	struct tc_addr other = cfg->peer;

	other.bytes[last] = 0xfe;
	while (tc_addr_equal(&other, &cfg->peer) || tc_addr_equal(&other, &cfg->addr))
		other.bytes[last]--;
	return other;
}

static int lay_wire(struct tc_local *l, struct tc_error *err)
{
	const struct tc_addr other = beside(&l->cfg);
	const struct family *f = family_of(&l->cfg);
	int rc = hear_child(l, err);

	if (rc >= 0)
		rc = tc_netns_address(HERE, &other, f->net_bits, err);
	if (rc >= 0)
		rc = tc_netns_up(HERE, err);
	if (rc >= 0)
		rc = tc_netns_route(HERE, &l->cfg.addr, f->one_bits, 0, err);
	if (rc >= 0)
		rc = tc_netns_running(HERE, tc_clock_monotonic() + WIRE_UP, err);
	return rc < 0 ? rc : hear_child(l, err);
}

static int set_defaults(struct tc_local_config *cfg, struct tc_error *err)
{
	const struct family *f = family_of(cfg);

	cfg->family = f->family;
	if (tc_addr_is_none(&cfg->addr))
		tc_addr_parse(&cfg->addr, f->addr, NULL);
	if (tc_addr_is_none(&cfg->peer))
		tc_addr_parse(&cfg->peer, f->peer, NULL);
	if (!cfg->mtu)
		cfg->mtu = MTU_DEFAULT;
	if (cfg->addr.family != f->family || cfg->peer.family != f->family)
		return tc_fail(err, -EINVAL, "an address of the script is not one of IPv%u",
			       f->family);
	if (tc_addr_equal(&cfg->addr, &cfg->peer))
		return tc_fail(err, -EINVAL, "the local kernel and we have the same address");
	return 0;
}

static int enter(struct tc_error *err)
{
	struct tc_error why = { 0 };
	int rc = tc_netns_enter(&why);

	return rc < 0 ? tc_fail(err, -TC_ERR_NO_NETNS, "no network of our own can be had here (%s): be root, or "
				"where users may make namespaces; tcpcraft doctor looks at that",
				why.msg) : 0;
}

int tc_local_open(struct tc_local **out, const struct tc_local_config *cfg,
		  struct tc_error *err)
{
	struct tc_local *l = calloc(1, sizeof *l);
	int rc;

	if (!l)
		return tc_nomem(err);
	*l = (struct tc_local){ .cfg = *cfg, .fd = -1 };
	rc = set_defaults(&l->cfg, err);
	if (rc < 0) {
		free(l);
		return rc;
	}
	l->shared = mmap(NULL, sizeof *l->shared, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	rc = l->shared == MAP_FAILED ? tc_fail_errno(err, "cannot share memory") : 0;
	if (rc >= 0)
		rc = enter(err);
	if (rc >= 0)
		rc = set_ipv6(&l->cfg, err);
	if (rc >= 0)
		rc = start_child(l, err);
	if (rc >= 0)
		rc = lay_wire(l, err);
	return TC_OPENED(out, l, rc, tc_local_close);
}

void tc_local_close(struct tc_local *l)
{
	if (!l)
		return;
	if (l->child)
		tc_child_kill(l->child);
	if (l->fd >= 0)
		close(l->fd);
	if (l->shared != MAP_FAILED)
		munmap(l->shared, sizeof *l->shared);
	free(l);
}

void tc_local_session(const struct tc_local *l, struct tc_session_config *cfg)
{
	cfg->dst = l->cfg.addr;
	cfg->source = l->cfg.peer;
	cfg->source_mac = peer_mac;
	cfg->skip_probe = true;
	cfg->n_more_sources = 0;
	cfg->ifname = HERE;
	cfg->authorized = true;		/* nothing leaves the two namespaces */
}

pid_t tc_local_pid(const struct tc_local *l)
{
	return l->child;
}

const struct tc_addr *tc_local_addr(const struct tc_local *l)
{
	return &l->cfg.addr;
}

const struct tc_addr *tc_local_peer(const struct tc_local *l)
{
	return &l->cfg.peer;
}

unsigned tc_local_mtu(const struct tc_local *l)
{
	return l->cfg.mtu;
}

/* ---- calls ------------------------------------------------------------------------- */

struct tc_local_call *tc_local_new(struct tc_local *l)
{
	for (int i = 0; i < TC_LOCAL_CALLS; i++)
		if (!l->used[i]) {
			l->used[i] = true;
			l->shared->calls[i] = (struct tc_local_call){
				.bytes = l->shared->bytes[i],
			};
			return &l->shared->calls[i];
		}
	return NULL;
}

void tc_local_release(struct tc_local *l, struct tc_local_call *c)
{
	l->used[c - l->shared->calls] = false;
}

int tc_local_start(struct tc_local *l, struct tc_local_call *c, struct tc_error *err)
{
	uint8_t i = (uint8_t)(c - l->shared->calls);

	return send(l->fd, &i, 1, MSG_NOSIGNAL) == 1 ? 0 : gone(err);
}

int tc_local_fd(const struct tc_local *l)
{
	return l->fd;
}

struct tc_local_call *tc_local_next(struct tc_local *l, tc_time until, int stop_fd,
				    struct tc_error *err)
{
	struct pollfd p[] = { { .fd = l->fd, .events = POLLIN },
			      { .fd = stop_fd, .events = POLLIN } };
	tc_time left = until - tc_clock_monotonic();
	uint8_t i;
	ssize_t n;

	while (poll(p, 2, left > 0 ? (int)(left / TC_MS) + 1 : 0) == 0 && left > 0)
		left = until - tc_clock_monotonic();
	if (p[1].revents) {
		tc_fail(err, -ECANCELED, "interrupted");
		return NULL;
	}
	n = recv(l->fd, &i, 1, MSG_DONTWAIT);
	if (n == 1 && i < TC_LOCAL_CALLS)
		return &l->shared->calls[i];
	if (n >= 0 || errno != EAGAIN)
		gone(err);
	return NULL;
}
