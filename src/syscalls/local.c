/* SPDX-License-Identifier: BSD-2-Clause */
/* The network of the local kernel, and its calls; see local.h. */
#include "local.h"
#include "base/addr.h"
#include "base/opened.h"

#include "hand.h"
#include "kernel.h"

#include "host/child.h"
#include "host/command.h"
#include "host/interface.h"

#include <tcpcraft/error.h>
#include "host/netns.h"
#include "host/realtime.h"
#include <tcpcraft/session.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MTU_DEFAULT 1500u
/* What scripts inject may be longer than what the kernel may send: its route has the MTU
 * that they know. */
#define WIRE_MTU 65535u
#define HERE "tc0"			/* our end, and the child's */
#define THERE TC_LOCAL_IFNAME
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
static const uint8_t kernel_mac[6] = { 0x02, 't', 'c', 'p', 0, 2 };
static const uint8_t other_mac[6] = { 0x02, 't', 'c', 'p', 0, 3 };

struct tc_local {
	struct tc_local_config cfg;
	struct tc_hand_ops ops;
	struct tc_hand *hand;
	pid_t parent;
	pid_t group;			/* in the child: of the commands */
};

/* ---- the child ------------------------------------------------------------------- */

struct setting {
	const char *name, *value;
};

/* Settings that are often tuned on a host: a new namespace inherits the host's values. A kernel
 * that does not know one of them always behaves as the value here says. */
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

/* IPv6 is off in runs over IPv4, and in runs over IPv6 it sends nothing unasked
 * (tc_netns_ipv6): an interface says no more than the script has it say. */
static int set_ipv6(const struct tc_local_config *cfg, struct tc_error *err)
{
	int rc = tc_netns_ipv6(cfg->family == 6);

	return rc < 0 && cfg->family == 6 ?
	       tc_fail(err, -EAFNOSUPPORT, "this kernel has no IPv6, or it is off "
		       "(ipv6.disable=1): --ip_version=ipv4 does without") : 0;
}

/* Another host of addr's network, and not one that is in the script. */
static struct tc_addr beside(const struct tc_local_config *cfg, const struct tc_addr *addr)
{
	uint8_t last = cfg->family == 6 ? 15 : 3;
	struct tc_addr other = *addr;

	other.bytes[last] = 0xfe;
	while (tc_addr_equal(&other, &cfg->peer) || tc_addr_equal(&other, &cfg->addr))
		other.bytes[last]--;
	return other;
}

static int furnish(const struct tc_local *l, struct tc_error *err)
{
	const struct tc_local_config *cfg = &l->cfg;
	const struct tc_addr addr = cfg->other ? beside(cfg, &cfg->addr) : cfg->addr;
	const struct family *f = family_of(cfg);
	int rc = tc_netns_enter(err);

	if (rc >= 0)
		rc = set_ipv6(cfg, err);
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		tc_netns_sysctl(settings[i].name, settings[i].value);
	if (cfg->steady)
		tc_netns_sysctl("net/ipv4/tcp_invalid_ratelimit", "0");
	if (rc >= 0)
		rc = tc_netns_wire(THERE, HERE, l->parent, WIRE_MTU, err);
	if (rc >= 0)
		rc = tc_netns_plain(THERE, err);
	if (rc >= 0)
		rc = tc_netns_hwaddr(THERE, kernel_mac, err);
	if (rc >= 0)
		rc = tc_netns_unasked(THERE, err);
	if (rc >= 0)
		rc = tc_netns_address(THERE, &addr, f->net_bits, err);
	if (rc >= 0)
		rc = tc_netns_up(THERE, err);
	if (rc >= 0)
		rc = tc_netns_route(THERE, &cfg->peer, f->one_bits, cfg->mtu, cfg->steady, err);
	return rc < 0 ? rc : tc_netns_neighbour(THERE, &cfg->peer, peer_mac, err);
}

/* An MTU that a command gave the interface is that of what the kernel sends: it becomes its
 * route's, and the wire carries again what the script may inject. Where a command has taken that
 * route away, the interface stays as it was told to be. (The wire first: IPv6 raises the MTU of
 * routes with that of their interface.) */
static void follow_mtu(const struct tc_local_config *cfg)
{
	unsigned mtu = tc_netns_mtu(THERE);

	if (!mtu || mtu == WIRE_MTU || tc_netns_set_mtu(THERE, WIRE_MTU) < 0)
		return;
	if (tc_netns_route_mtu(&cfg->peer, family_of(cfg)->one_bits, mtu) < 0)
		tc_netns_set_mtu(THERE, mtu);
}

/* The shell's output goes to stderr: stdout is for the run's result. */
static long shell(const struct tc_local *l, const char *command)
{
	pid_t pid = tc_command_join(l->group, command, STDERR_FILENO);
	long rc = pid < 0 ? -1 : tc_child_wait(pid, TC_CHILD_NEVER);

	if (rc >= 0)
		follow_mtu(&l->cfg);
	return rc;
}

static long state(int fd, uint8_t *bytes)
{
	socklen_t info = TC_HAND_INFO, memory = TC_HAND_INFO;

	memset(bytes, 0, 2 * TC_HAND_INFO);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, bytes, &info) < 0)
		return -1;
	return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, bytes + TC_HAND_INFO, &memory);
}

static void make(void *ctx, struct tc_hand_call *c)
{
	const struct tc_local *l = ctx;
	const long *a = c->arg;

	switch (c->number) {
	case TC_HAND_SHELL:
		c->result = shell(l, (const char *)c->bytes);
		break;
	case TC_HAND_STATE:
		c->result = state((int)a[0], c->bytes);
		break;
	case TC_HAND_ABORT:
		c->result = tc_kernel_abort((int)a[0]);
		break;
	case TC_HAND_STATUS:
		c->result = tc_kernel_status((int)a[0]);
		break;
	default:
		c->result = syscall(c->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
	c->error = c->result == -1 ? errno : 0;
}

/* Scripts put this variable into names of files; their commands find the files by the variable
 * or by the number of their parent process, which is the same. */
static int tell_commands(struct tc_error *err)
{
	char pid[24];

	snprintf(pid, sizeof pid, "%d", (int)getpid());
	return setenv(COMMANDS_PARENT, pid, 1) < 0 ? tc_nomem(err) : 0;
}

/* Files that a script names by a relative path lie beside the script, wherever tcpcraft was
 * started: packetdrill's own runner does the same. */
static int enter_folder(const char *script, struct tc_error *err)
{
	const char *slash = script ? strrchr(script, '/') : NULL;
	char *folder = slash ? strndup(script, (size_t)(slash - script) + 1) : NULL;
	int rc = 0;

	if (slash && !folder)
		rc = tc_nomem(err);
	else if (slash && chdir(folder) < 0)
		rc = tc_fail_errno(err, "%s", folder);
	free(folder);
	return rc;
}

static int begin(void *ctx, struct tc_error *err)
{
	struct tc_local *l = ctx;
	int rc = tell_commands(err);

	if (rc >= 0)
		rc = enter_folder(l->cfg.script, err);
	l->group = rc < 0 ? -1 : tc_command_group();
	if (rc >= 0 && l->group < 0)
		rc = tc_fail(err, -EAGAIN, "cannot start a process");
	return rc < 0 ? rc : furnish(l, err);
}

/* Waits until the child's interface is up, and its address has its own local route: without that
 * route, which a busy machine may add 100 ms late, a SYN over IPv6 is dropped. */
static int ready(void *ctx, struct tc_error *err)
{
	const struct tc_local *l = ctx;
	int rc = tc_netns_running(THERE, tc_clock_monotonic() + WIRE_UP, err);

	if (rc < 0 || l->cfg.other)
		return rc;
	rc = tc_interface_owns(&l->cfg.addr, 0, err);
	if (rc == 0)
		return tc_fail(err, -ETIMEDOUT, "%s: the kernel does not make it its own",
			       TC_HOST(&l->cfg.addr));
	return rc < 0 ? rc : 0;
}

/* The other hand begins when its peer can be reached. */
static int other_ready(void *ctx, struct tc_error *err)
{
	struct tc_local *l = ctx;
	int rc = ready(l, err);

	return rc < 0 ? rc : l->cfg.other->begin(l->cfg.other_ctx, err);
}

static void other_make(void *ctx, struct tc_hand_call *c)
{
	struct tc_local *l = ctx;

	l->cfg.other->make(l->cfg.other_ctx, c);
}

static void other_end(void *ctx)
{
	struct tc_local *l = ctx;

	l->cfg.other->end(l->cfg.other_ctx);
}

static void borrow_hand(struct tc_local *l)
{
	l->ops.ready = other_ready;
	l->ops.make = other_make;
	l->ops.end = other_end;
	l->ops.far = l->cfg.other->far;
}

static const struct tc_hand_ops ops = { .begin = begin, .ready = ready, .make = make,
					.urgent = true };

/* ---- ourselves --------------------------------------------------------------------- */

int tc_local_introduce(const struct tc_local *l, struct tc_error *err)
{
	return tc_netns_neighbour(HERE, &l->cfg.addr, tc_local_mac(&l->cfg), err);
}

/* Our interface gets another address of the network: the address that we speak from belongs to
 * no interface, so no kernel answers for it. */
static int lay_wire(struct tc_local *l, struct tc_error *err)
{
	const struct tc_addr other = beside(&l->cfg, &l->cfg.peer);
	const struct family *f = family_of(&l->cfg);
	int rc = tc_netns_address(HERE, &other, f->net_bits, err);

	if (rc >= 0)
		rc = tc_netns_up(HERE, err);
	if (rc >= 0)
		rc = tc_netns_route(HERE, &l->cfg.addr, f->one_bits, 0, false, err);
	if (rc >= 0)
		rc = tc_local_introduce(l, err);
	if (rc >= 0)
		rc = tc_netns_running(HERE, tc_clock_monotonic() + WIRE_UP, err);
	return rc < 0 ? rc : tc_hand_ready(l->hand, err);
}

int tc_local_defaults(struct tc_local_config *cfg, struct tc_error *err)
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
	*l = (struct tc_local){ .cfg = *cfg, .parent = getpid(), .ops = ops };
	if (cfg->other)
		borrow_hand(l);
	rc = tc_local_defaults(&l->cfg, err);
	if (rc < 0) {
		free(l);
		return rc;
	}
	rc = enter(err);
	if (rc >= 0)
		rc = set_ipv6(&l->cfg, err);
	if (rc >= 0)
		rc = tc_hand_open(&l->hand, &l->ops, l, err);
	if (rc >= 0)
		rc = lay_wire(l, err);
	if (rc >= 0)
		tc_realtime();
	return TC_OPENED(out, l, rc, tc_local_close);
}

void tc_local_close(struct tc_local *l)
{
	if (!l)
		return;
	tc_hand_close(l->hand);
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

struct tc_hand *tc_local_hand(const struct tc_local *l)
{
	return l->hand;
}

const uint8_t *tc_local_mac(const struct tc_local_config *cfg)
{
	return cfg->other ? other_mac : kernel_mac;
}

unsigned tc_local_mtu(const struct tc_local *l)
{
	return l->cfg.mtu;
}
