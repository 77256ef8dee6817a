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
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Bytes of the kernel's, which reckons its own notes in, and with some cards a page for each frame:
 * a window of ours (256 KiB) in frames of 1500 bytes. */
#define ENOUGH (1 << 20)
#define AT_FIRST (50 * TC_MS)	/* so late a frame may be read that came before the kernel's stamping */

/* What the kernel tells beside a frame. */
union beside {
	struct cmsghdr align;
	uint8_t bytes[CMSG_SPACE(sizeof(struct timespec)) +
		      CMSG_SPACE(sizeof(struct tpacket_auxdata))];
};

/* The words of a filter that libpcap compiles for a live handle alone, or otherwise there. */
static bool asks_for_notes(const char *filter)
{
	static const char *const words[] = { "vlan", "inbound", "outbound", "ifindex" };
	const char *letters = "abcdefghijklmnopqrstuvwxyz";

	for (size_t n; *(filter += strcspn(filter, letters)); filter += n) {
		n = strspn(filter, letters);
		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			if (n == strlen(words[i]) && memcmp(filter, words[i], n) == 0)
				return true;
	}
	return false;
}

static int compile(const char *filter, struct bpf_program *prog)
{
	pcap_t *none = pcap_open_dead(DLT_EN10MB, TC_SNAPLEN);
	int rc = -1;

	if (none && !asks_for_notes(filter))
		rc = pcap_compile(none, prog, filter, 1, PCAP_NETMASK_UNKNOWN);
	if (none)
		pcap_close(none);
	if (rc == 0 && prog->bf_len > BPF_MAXINSNS) {
		pcap_freecode(prog);
		rc = -1;
	}
	return rc;
}

static int attach(int fd, const struct bpf_program *prog)
{
	struct sock_fprog of = { .len = (unsigned short)prog->bf_len,
				 .filter = (struct sock_filter *)(void *)prog->bf_insns };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &of, sizeof of);
}

static int turn_on(int fd, int level, int option)
{
	int one = 1;

	return setsockopt(fd, level, option, &one, sizeof one);
}

/* Without the right to more, which in a namespace of one's own is not had, it is what anybody may
 * have (net.core.rmem_max): where that is too little, libpcap's ring has memory of its own. */
static int set_buffer(int fd, int bytes)
{
	int got = 0;
	socklen_t len = sizeof got;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0)
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &len) < 0)
		return -1;
	return got < ENOUGH ? -1 : 0;
}

/* To libpcap an interface of these kinds is Ethernet, but for the port of a switch's chip, whose
 * frames carry a tag of the chip's. -1: another, or it is down. */
static int kind_of(int fd, const char ifname[IF_NAMESIZE])
{
	char tagging[64];
	struct ifreq r = { 0 };

	snprintf(tagging, sizeof tagging, "/sys/class/net/%s/dsa/tagging", ifname);
	memcpy(r.ifr_name, ifname, sizeof r.ifr_name);
	if (ioctl(fd, SIOCGIFFLAGS, &r) < 0 || !(r.ifr_flags & IFF_UP) ||
	    ioctl(fd, SIOCGIFHWADDR, &r) < 0 || access(tagging, F_OK) == 0)
		return -1;
	return r.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
	       r.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK ? r.ifr_hwaddr.sa_family : -1;
}

/* The interface's kind, or -1 where there will be no tap: asked of another socket, since a packet
 * socket that was opened in vain takes a grace period to close. */
static int foresee(const struct tc_link_config *cfg, int bytes)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), kind = -1;

	if (fd < 0)
		return -1;
	if (set_buffer(fd, bytes) == 0)
		kind = kind_of(fd, cfg->path->ifname);
	close(fd);
	return kind;
}

/* Each frame on lo comes by twice: as it is sent, and as it comes in. */
static int set_up(int fd, int kind, const struct bpf_program *filter, int bytes)
{
	if (attach(fd, filter) < 0 ||
	    (kind == ARPHRD_LOOPBACK && turn_on(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING) < 0) ||
	    turn_on(fd, SOL_PACKET, PACKET_AUXDATA) < 0 ||
	    turn_on(fd, SOL_SOCKET, SO_TIMESTAMPNS) < 0)
		return -1;
	return set_buffer(fd, bytes);
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

int tc_tap_stamps(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		turn_on(fd, SOL_SOCKET, SO_TIMESTAMPNS);
	return fd;
}

int tc_tap_open(const struct tc_link_config *cfg, size_t buffer_bytes)
{
	unsigned ifindex = if_nametoindex(cfg->path->ifname);	/* 0: all of them */
	struct bpf_program filter;
	int kind, fd;

	if (!cfg->at_once || !cfg->immediate || cfg->path->vlan.n || !ifindex)
		return -1;
	kind = foresee(cfg, (int)buffer_bytes);
	if (kind < 0 || compile(cfg->filter ? cfg->filter : "", &filter) < 0)
		return -1;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && (set_up(fd, kind, &filter, (int)buffer_bytes) < 0 ||
			join(fd, (int)ifindex, cfg->promiscuous) < 0)) {
		close(fd);
		fd = -1;
	}
	pcap_freecode(&filter);
	return fd;
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
	if (aux.tp_len > f->wire_len)	/* the filter had it cut to TC_SNAPLEN */
		f->wire_len = aux.tp_len;
	put_tag(f, room, &aux);
}

/* A frame that came before the kernel's stamping has a later stamp than the one behind it. (A clock
 * that was set back is another thing.) */
static tc_time not_before(tc_time last, tc_time stamp)
{
	return stamp < last && last - stamp < AT_FIRST ? last : stamp;
}

int tc_tap_read(int fd, uint8_t *room, tc_time *last, struct tc_frame *f)
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
	f->stamp = *last = not_before(*last, f->stamp);
	return 1;
}

bool tc_tap_is_gone(int fd)
{
	struct sockaddr_ll at = { 0 };
	socklen_t len = sizeof at;

	return getsockname(fd, (struct sockaddr *)&at, &len) == 0 && at.sll_ifindex < 0;
}
