/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet socket, read a frame at a time; see tap.h. */
#include "tap.h"

#include <tcpcraft/bits.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What the kernel tells beside a frame. */
union beside {
	struct cmsghdr align;
	uint8_t bytes[CMSG_SPACE(sizeof(struct timespec)) +
		      CMSG_SPACE(sizeof(struct tpacket_auxdata))];
};

/* To libpcap an interface of these kinds is Ethernet; -1: another. */
static int kind_of(int fd, const char ifname[IF_NAMESIZE])
{
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, ifname, sizeof r.ifr_name);
	if (ioctl(fd, SIOCGIFHWADDR, &r) < 0)
		return -1;
	return r.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
	       r.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK ? r.ifr_hwaddr.sa_family : -1;
}

static int attach(int fd, const char *filter)
{
	pcap_t *none = pcap_open_dead(DLT_EN10MB, TC_SNAPLEN);
	struct bpf_program prog;
	struct sock_fprog of;
	int rc = -1;

	if (none && pcap_compile(none, &prog, filter, 1, PCAP_NETMASK_UNKNOWN) == 0) {
		of.len = (unsigned short)prog.bf_len;
		of.filter = (struct sock_filter *)(void *)prog.bf_insns;
		if (prog.bf_len <= BPF_MAXINSNS)
			rc = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &of, sizeof of);
		pcap_freecode(&prog);
	}
	if (none)
		pcap_close(none);
	return rc;
}

static int turn_on(int fd, int level, int option)
{
	int one = 1;

	return setsockopt(fd, level, option, &one, sizeof one);
}

/* Each frame on lo comes by twice: as it is sent, and as it comes in. */
static int set_up(int fd, const struct tc_link_config *cfg, int bytes)
{
	int kind = kind_of(fd, cfg->path->ifname);

	if (kind < 0 || attach(fd, cfg->filter ? cfg->filter : "") < 0 ||
	    (kind == ARPHRD_LOOPBACK && turn_on(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING) < 0) ||
	    turn_on(fd, SOL_PACKET, PACKET_AUXDATA) < 0 ||
	    turn_on(fd, SOL_SOCKET, SO_TIMESTAMPNS) < 0)
		return -1;
	/* Without that right the buffer would be much smaller than libpcap's ring. */
	return setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
}

/* The socket is of no protocol until now, and so hears nothing: what is one from its beginning is
 * taken off its protocol first, which takes a grace period. */
static int join(int fd, int ifindex, bool promiscuous)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = ifindex };
	struct packet_mreq all = { .mr_ifindex = ifindex, .mr_type = PACKET_MR_PROMISC };
	int down = 0;
	socklen_t len = sizeof down;

	if (promiscuous &&
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &down, &len) < 0)
		return -1;
	return down ? -1 : 0;
}

int tc_tap_open(const struct tc_link_config *cfg, size_t buffer_bytes)
{
	unsigned ifindex = if_nametoindex(cfg->path->ifname);	/* 0: all of them */
	int fd;

	if (!cfg->at_once || !cfg->immediate || cfg->path->vlan.n || !ifindex)
		return -1;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && set_up(fd, cfg, (int)buffer_bytes) == 0 &&
	    join(fd, (int)ifindex, cfg->promiscuous) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* A tag that card or kernel took out of the frame goes back into it (packet(7),
 * PACKET_AUXDATA). */
static void put_tag(struct tc_frame *f, uint8_t *room, const struct tpacket_auxdata *aux)
{
	uint8_t *at = room + 2 * ETH_ALEN;

	if (!(aux->tp_status & TP_STATUS_VLAN_VALID) || f->len < 2 * ETH_ALEN)
		return;
	if (f->len > TC_SNAPLEN - 4)
		f->len = TC_SNAPLEN - 4;
	memmove(at + 4, at, f->len - 2 * ETH_ALEN);
	tc_put16(at, aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid : ETH_P_8021Q);
	tc_put16(at + 2, aux->tp_vlan_tci);
	f->len += 4;
	f->wire_len += 4;
}

static void take_notes(struct tc_frame *f, uint8_t *room, struct msghdr *m)
{
	struct tpacket_auxdata aux = { 0 };
	struct timespec at = { 0 };

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&at, CMSG_DATA(c), sizeof at);
		else if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
			memcpy(&aux, CMSG_DATA(c), sizeof aux);
	f->stamp = (tc_time)at.tv_sec * TC_S + at.tv_nsec;
	put_tag(f, room, &aux);
}

int tc_tap_read(int fd, uint8_t *room, struct tc_frame *f)
{
	struct iovec bytes = { room, TC_SNAPLEN };
	union beside beside;
	struct msghdr m = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &beside,
			    .msg_controllen = sizeof beside };
	ssize_t n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	*f = (struct tc_frame){ .bytes = room, .wire_len = (size_t)n,
				.len = (size_t)n < TC_SNAPLEN ? (size_t)n : TC_SNAPLEN };
	take_notes(f, room, &m);
	return 1;
}

bool tc_tap_skip(int fd)
{
	return recv(fd, NULL, 0, MSG_DONTWAIT | MSG_TRUNC) >= 0;
}

bool tc_tap_is_gone(int fd)
{
	struct sockaddr_ll at;
	socklen_t len = sizeof at;

	return getsockname(fd, (struct sockaddr *)&at, &len) == 0 && at.sll_ifindex < 0;
}
