/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libnet opens the device; the frames go out by sendmmsg on its descriptor, one system call for up
 * to BATCH of them and without the ioctl that libnet_write_link adds to each. The raw sockets,
 * which are of no device, are opened here: libnet would raise the send buffer of each by 128 bytes
 * up to 1 MiB, some 6,500 system calls, and silence() sets it anyway. Nothing is allocated after.
 */
#include "inject.h"
#include "tap.h"
#include "wire/link_type.h"
#include "wire/place.h"

#include "privilege.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/error.h>
#include <tcpcraft/field.h>
#include <tcpcraft/segment.h>

#include <errno.h>
#include <libnet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64
#define LINEAR 3500		/* bytes of a frame, in the page with its head */
#define SEND_BUFFER (8 << 20)
#define WAIT_MS 1		/* for room in a full queue … */
#define WAITS_MAX 50		/* … in one tc_inject_send */

union target {
	struct sockaddr any;
	struct sockaddr_ll link;
	struct sockaddr_in ip;
	struct sockaddr_in6 ipv6;
};

/* The raw path has a socket for each family of IP, and another for what carries the mark: to set
 * one a message asks for a privilege at each, a socket when it is set up. LINK has the first alone. */
enum { FIRST, RAW6, MARKED, MARKED6, SOCKETS };

struct tc_inject_dev {
	libnet_t *net;			/* of LINK, whose descriptor fd[FIRST] is */
	int fd[SOCKETS];		/* negative: none */
	bool raw;
	uint16_t gso_size;
	bool told;			/* what is known of each frame goes with it */
	int ifindex;
	int bound_type;			/* Ethernet type that LINK's socket is bound to; -1: none */
	char ifname[IF_NAMESIZE];
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH][2];	/* what is told of the frame, and the frame */
	struct virtio_net_hdr about[BATCH];
	union target to[BATCH];
};

static void prepare(struct tc_inject_dev *d, const struct tc_path *path)
{
	for (size_t i = 0; i < BATCH; i++) {
		struct msghdr *m = &d->msg[i].msg_hdr;

		if (!d->raw) {
			d->to[i].link.sll_family = AF_PACKET;
			d->to[i].link.sll_ifindex = path->ifindex;
		}
		m->msg_name = &d->to[i];
		m->msg_iov = &d->iov[i][d->told ? 0 : 1];
		m->msg_iovlen = d->told ? 2 : 1;
		d->iov[i][0] = (struct iovec){ &d->about[i], sizeof d->about[i] };
	}
}

/*
 * libnet's packet socket hears all protocols on all interfaces, both ways: unread, a copy of every
 * packet until its buffer is full. Bound to one protocol of one interface it no longer hears what
 * is sent, and frames of that one need no address of their own (on veth 1.65 us a frame). But that
 * takes a grace period: who has few frames goes without (Linux 4.20 on; 1.8 us).
 */
static int silence(const struct tc_inject_dev *d, int fd, struct tc_error *err)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog prog = { .len = 1, .filter = &drop };
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = htons((uint16_t)d->bound_type),
				  .sll_ifindex = d->ifindex };
	int smallest = 0, large = SEND_BUFFER, one = 1;

	if (!d->raw && d->bound_type < 0)
		setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one);
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof prog) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest) < 0 ||
	    (!d->raw && d->bound_type >= 0 && bind(fd, (struct sockaddr *)&ll, sizeof ll) < 0))
		return tc_fail(err, -TC_ERR_SEND_SETUP, "cannot set up sending on %s: %s",
			       d->ifname, strerror(errno));
	/* Beyond wmem_max where we may, else up to it. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &large, sizeof large) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
	return 0;
}

static int cannot_open(const struct tc_inject_dev *d, const char *why, struct tc_error *err)
{
	if (errno == EPERM || errno == EACCES)
		return tc_fail(err, -TC_ERR_SEND_PRIVILEGE, "sending on %s needs %s",
			       d->ifname, tc_privilege_raw());
	return tc_fail(err, -TC_ERR_SEND_SETUP, "cannot send on %s: %s", d->ifname, why);
}

static int open_libnet(struct tc_inject_dev *d, struct tc_error *err)
{
	char why[LIBNET_ERRBUF_SIZE] = "";
	char device[IF_NAMESIZE];

	memcpy(device, d->ifname, sizeof device);
	errno = 0;
	d->net = libnet_init(LIBNET_LINK, device, why);
	if (!d->net)
		return cannot_open(d, why, err);
	d->fd[FIRST] = libnet_getfd(d->net);
	return silence(d, d->fd[FIRST], err);
}

/* A socket for datagrams with our own IP header, which is what IPPROTO_RAW means (raw(7)). */
static int open_ip(struct tc_inject_dev *d, int which, int family, struct tc_error *err)
{
	int one = 1;
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	d->fd[which] = fd;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof one) < 0)
		return cannot_open(d, strerror(errno), err);
	return silence(d, fd, err);
}

static void close_ip(struct tc_inject_dev *d, int which)
{
	if (d->fd[which] >= 0)
		close(d->fd[which]);
	d->fd[which] = -1;
}

/* Two of a family: the one beside `which` sets the mark. Who may not (before Linux 5.17 it takes
 * CAP_NET_ADMIN) has no guard either that would ask for it. */
static int open_raw(struct tc_inject_dev *d, int which, int family, uint32_t mark,
		    struct tc_error *err)
{
	int rc = open_ip(d, which, family, err);

	if (rc == 0)
		rc = open_ip(d, which + MARKED, family, err);
	if (rc == 0)
		setsockopt(d->fd[which + MARKED], SOL_SOCKET, SO_MARK, &mark, sizeof mark);
	for (int i = which; rc < 0 && i <= which + MARKED; i += MARKED)	/* both, or none */
		close_ip(d, i);
	return rc;
}

/* Raw sockets: of the path's family; of both where peers may be of either and there is IPv6. */
static int open_sockets(struct tc_inject_dev *d, const struct tc_path *path, uint32_t mark,
			struct tc_error *err)
{
	int rc = 0;

	if (!d->raw)
		return open_libnet(d, err);
	if (path->dst.family != 6)
		rc = open_raw(d, FIRST, AF_INET, mark, err);
	if (rc == 0 && path->dst.family == 6)
		rc = open_raw(d, RAW6, AF_INET6, mark, err);
	else if (rc == 0 && path->dst.family == 0)
		open_raw(d, RAW6, AF_INET6, mark, NULL);
	return rc;
}

/* A raw socket follows the routing table, which need not lead to the chosen interface. */
static int bind_raw(const struct tc_inject_dev *d, const struct tc_path *path,
		    struct tc_error *err)
{
	if (!d->raw || path->local || path->ifindex == 0)	/* 0: any interface */
		return 0;
	for (int i = 0; i < SOCKETS; i++)
		if (d->fd[i] >= 0 && setsockopt(d->fd[i], SOL_SOCKET, SO_BINDTODEVICE, path->ifname,
					    (socklen_t)strlen(path->ifname)) < 0)
			return tc_fail(err, -TC_ERR_SEND_SETUP, "cannot send on %s: %s",
				       path->ifname, strerror(errno));
	return 0;
}

/* Past the queueing discipline, where the taps of the host are. */
static int skip_queue(const struct tc_inject_dev *d, struct tc_error *err)
{
	int one = 1;

	if (setsockopt(d->fd[FIRST], SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one) < 0)
		return tc_fail_errno(err, "cannot send past the queue of %s", d->ifname);
	return 0;
}

/* In front of each frame stands what is known of it. */
static int merge(struct tc_inject_dev *d, const struct tc_link_config *cfg, struct tc_error *err)
{
	int one = 1;

	/* past the queue nobody cuts what the card cannot: the kernel drops it */
	if (!cfg->gso_size && (!cfg->merge || d->raw || cfg->unobserved))
		return 0;
	if (d->raw)
		return tc_fail(err, -EINVAL, "segments that seem put together of several need "
			       "--inject link");
	d->gso_size = cfg->gso_size;
	d->told = setsockopt(d->fd[FIRST], SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) == 0;
	return d->told || !cfg->gso_size ? 0
		: tc_fail_errno(err, "cannot send segments of several on %s", d->ifname);
}

bool tc_inject_merges(const struct tc_inject_dev *d)
{
	return d->told && !d->gso_size;
}

/* The Ethernet type of most frames. */
static uint16_t type_of(const struct tc_path *path)
{
	if (path->vlan.n)
		return path->vlan.n > 1 ? ETH_P_8021AD : ETH_P_8021Q;
	return path->dst.family == 6 ? ETH_P_IPV6 : ETH_P_IP;
}

int tc_inject_open(struct tc_inject_dev **out, const struct tc_link_config *cfg,
		   enum tc_inject how, bool bound, struct tc_error *err)
{
	const struct tc_path *path = cfg->path;
	struct tc_inject_dev *d = calloc(1, sizeof *d);
	int rc;

	if (!d)
		return tc_nomem(err);
	d->raw = how == TC_INJECT_RAW;
	memcpy(d->ifname, path->ifname, sizeof d->ifname);
	d->ifindex = path->ifindex;
	d->bound_type = bound ? type_of(path) : -1;
	for (int i = 0; i < SOCKETS; i++)
		d->fd[i] = -1;
	rc = open_sockets(d, path, cfg->mark, err);
	if (rc == 0)
		rc = bind_raw(d, path, err);
	if (rc == 0 && cfg->unobserved && !d->raw)
		rc = skip_queue(d, err);
	if (rc == 0)
		rc = merge(d, cfg, err);
	if (rc < 0) {
		tc_inject_close(d);
		return rc;
	}
	prepare(d, path);
	*out = d;
	return 0;
}

void tc_inject_close(struct tc_inject_dev *d)
{
	if (!d)
		return;
	if (d->net)
		libnet_destroy(d->net);
	for (int i = 0; i < SOCKETS && !d->net; i++)
		close_ip(d, i);
	free(d);
}

/* The Ethernet type of a frame. The kernel reads it there itself only from Linux 5.1 on. */
static uint16_t type_in(const struct tc_out *o)
{
	return o->len >= ETH_HLEN ? tc_get16(o->bytes + TC_ETH_TYPE_OFF / 8) : 0;
}

static bool is_ipv6(const struct tc_out *o)
{
	return o->len && o->bytes[0] >> 4 == 6;
}

/* Which socket sends it. Of a datagram whose version is wrong: the one that there is. */
static int socket_of(const struct tc_inject_dev *d, const struct tc_out *o)
{
	int family = d->raw && d->fd[RAW6] >= 0 && (is_ipv6(o) || d->fd[FIRST] < 0) ? RAW6 : FIRST;

	return d->raw && o->marked ? family + MARKED : family;
}

/* Where a raw datagram goes. false: its address is not all there. */
static bool address(struct tc_inject_dev *d, size_t i, const struct tc_out *o)
{
	struct msghdr *m = &d->msg[i].msg_hdr;
	union target *to = &d->to[i];

	if (socket_of(d, o) % MARKED == FIRST) {
		m->msg_namelen = sizeof to->ip;
		to->ip = (struct sockaddr_in){ .sin_family = AF_INET };
		memcpy(&to->ip.sin_addr, o->bytes + TC_IP_DST_OFF / 8, o->len < IP_BYTES ? 0 : 4);
		return o->len >= IP_BYTES;
	}
	m->msg_namelen = sizeof to->ipv6;
	to->ipv6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
					  .sin6_scope_id = (uint32_t)d->ifindex };
	memcpy(&to->ipv6.sin6_addr, o->bytes + TC_IPV6_DST_OFF / 8, o->len < IPV6_BYTES ? 0 : 16);
	return o->len >= IPV6_BYTES;
}

/* As a card gives a segment that it put together: a checksum that is yet to be made keeps the
 * kernel from cutting it up, and a veth hands on the one that is in it. Or as a tun device gives
 * one that is to be cut: not made indeed, and in memory that Linux reckons windows from. */
static void say_merged(struct tc_inject_dev *d, size_t i, const struct tc_out *o)
{
	const uint16_t each = o->each ? o->each : d->gso_size;
	struct tc_rx rx;

	d->about[i] = (struct virtio_net_hdr){ 0 };
	if (!each || tc_rx_parse(&rx, o->bytes, o->len, TC_DLT_EN10MB, NULL) < 0 ||
	    rx.kind != TC_RX_TCP || (!o->each && rx.tcp_checksum != TC_CSUM_OK) ||
	    rx.seg.len <= each)
		return;
	d->about[i] = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .gso_size = each,
		.hdr_len = (uint16_t)(o->each ? (size_t)(rx.payload - o->bytes) :
				      o->len < LINEAR ? o->len : LINEAR),
		.gso_type = (uint8_t)((rx.src.family == 6 ? VIRTIO_NET_HDR_GSO_TCPV6 :
				       VIRTIO_NET_HDR_GSO_TCPV4) |
				      (rx.seg.flags & TC_FLAG_CWR ? VIRTIO_NET_HDR_GSO_ECN : 0)),
		.csum_start = (uint16_t)(rx.options - o->bytes - TCP_BYTES),
		.csum_offset = TC_TCP_CHECKSUM_OFF / 8,
	};
}

/* Point message i at a frame. A raw frame without a whole address cannot be sent. */
static bool load(struct tc_inject_dev *d, size_t i, struct tc_out *o)
{
	struct msghdr *m = &d->msg[i].msg_hdr;

	if (d->raw && !address(d, i, o)) {
		o->error = -EINVAL;
		return false;
	}
	o->error = 0;
	d->iov[i][1] = (struct iovec){ (void *)(uintptr_t)o->bytes, o->len };
	if (d->told)
		say_merged(d, i, o);
	if (!d->raw) {
		m->msg_namelen = type_in(o) == d->bound_type ? 0 : sizeof d->to[i].link;
		d->to[i].link.sll_protocol = htons(type_in(o));
	}
	return true;
}

/* The kernel's queue is full: is it worth another try? */
static bool wait_for_room(int fd, int error, unsigned *waits)
{
	struct pollfd p = { .fd = fd, .events = error == EAGAIN ? POLLOUT : 0 };

	if ((error != EAGAIN && error != ENOBUFS) || *waits >= WAITS_MAX)
		return false;
	(*waits)++;
	poll(&p, 1, WAIT_MS);
	return true;
}

/* Send one batch over one socket, going on after a frame that the kernel refuses. Returns how
 * many went. */
static unsigned send_batch(struct tc_inject_dev *d, int fd, struct tc_out *frames, unsigned n,
			   unsigned *waits)
{
	unsigned at = 0, sent = 0;
	int rc;

	while (at < n) {
		rc = sendmmsg(fd, d->msg + at, n - at, MSG_DONTWAIT);
		if (rc > 0) {
			at += (unsigned)rc;
			sent += (unsigned)rc;
		} else if (errno != EINTR && !wait_for_room(fd, errno, waits)) {
			frames[at++].error = -errno;
		}
	}
	return sent;
}

static int refused(const struct tc_inject_dev *d, const struct tc_out *o,
		   struct tc_error *err)
{
	switch (o->error) {
	case -EPERM:
		return tc_fail(err, -EPERM, "a local firewall dropped what was sent on %s "
			       "(OUTPUT): see iptables -L OUTPUT -v and nft list ruleset",
			       d->ifname);
	case -EMSGSIZE:
		return tc_fail(err, -EMSGSIZE, "a frame of %zu bytes is too long for %s",
			       o->len, d->ifname);
	case -EINVAL:
		return tc_fail(err, -EINVAL, "the kernel cannot send these %zu bytes on %s: "
			       "not a whole IP header", o->len, d->ifname);
	default:
		return tc_fail(err, o->error, "cannot send on %s: %s", d->ifname,
			       strerror(-o->error));
	}
}

/* As many of the first n as make one batch for one socket. *failed: the next cannot go. */
static unsigned gather(struct tc_inject_dev *d, struct tc_out *frames, size_t n, bool *failed)
{
	int which = socket_of(d, frames);
	unsigned k = 0;

	*failed = false;
	while (k < BATCH && k < n && socket_of(d, &frames[k]) == which && !*failed) {
		*failed = !load(d, k, &frames[k]);
		k += !*failed;
	}
	return k;
}

int tc_inject_send(struct tc_inject_dev *d, struct tc_out *frames, size_t n,
		   struct tc_error *err)
{
	size_t at = 0, sent = 0;
	unsigned waits = 0, k;
	bool failed;

	while (at < n) {
		k = gather(d, frames + at, n - at, &failed);
		sent += send_batch(d, d->fd[socket_of(d, frames + at)], frames + at, k, &waits);
		at += k + failed;
	}
	if (sent == 0 && n > 0)
		return refused(d, &frames[0], err);
	return (int)sent;
}

#define RAW_CURE                                                                           \
	"use --inject link on an Ethernet interface, such as a veth pair between "         \
	"private namespaces"

/* raw(7), and raw_send_hdrinc() in the kernel: a header of 20 bytes or more gets a new
 * total length and checksum; a zero source is filled in, a zero ID too unless DF is set. */
static int raw4_can_carry(const uint8_t *frame, size_t len, struct tc_error *err)
{
	size_t hdr = len ? (frame[0] & 0x0fu) * 4u : 0;
	unsigned total, id;
	bool df;

	if (len < IP_BYTES || hdr < IP_BYTES || hdr > len)
		return tc_fail(err, -EOPNOTSUPP, "ip.hdr_len says %zu of %zu bytes: the raw "
			       "path cannot send that; " RAW_CURE, hdr, len);
	total = tc_get16(frame + TC_IP_LEN_OFF / 8);
	if (total != len)
		return tc_fail(err, -EOPNOTSUPP, "ip.len=%u cannot be sent on the raw path: the "
			       "kernel writes the real length, %zu; " RAW_CURE, total, len);
	if (tc_checksum(frame, hdr) != 0)
		return tc_fail(err, -EOPNOTSUPP,
			       "ip.checksum=0x%04x is wrong and cannot be sent "
			       "on the raw path: the kernel corrects it; " RAW_CURE,
			       tc_get16(frame + TC_IP_CHECKSUM_OFF / 8));
	id = tc_get16(frame + TC_IP_ID_OFF / 8);
	df = tc_bits_get(frame, TC_IP_DF_OFF, TC_IP_DF_BITS) != 0;
	if (id == 0 && !df)
		return tc_fail(err, -EOPNOTSUPP,
			       "ip.id=0 cannot be sent on the raw path: the "
			       "kernel chooses another; set ip.flags.df=1, or " RAW_CURE);
	if (tc_get32(frame + TC_IP_SRC_OFF / 8) == 0)
		return tc_fail(err, -EOPNOTSUPP,
			       "ip.src=0.0.0.0 cannot be sent on the raw path: "
			       "the kernel fills it in; " RAW_CURE);
	return 0;
}

/* rawv6_send_hdrinc() changes nothing; but what is not a whole header has no address. */
static int raw6_can_carry(size_t len, struct tc_error *err)
{
	if (len < IPV6_BYTES)
		return tc_fail(err, -EOPNOTSUPP, "%zu bytes are no whole IPv6 header: the raw "
			       "path cannot send that; " RAW_CURE, len);
	return 0;
}

int tc_inject_raw_can_carry(const struct tc_inject_dev *d, const uint8_t *frame, size_t len,
			    struct tc_error *err)
{
	const struct tc_out out = { .bytes = frame, .len = len };

	return socket_of(d, &out) == RAW6 ? raw6_can_carry(len, err)
					  : raw4_can_carry(frame, len, err);
}
