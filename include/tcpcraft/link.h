/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where frames go out and come in: libnet's descriptor for sending, a pcap thread that
 * queues what arrives. One link serves all connections of a run. A link is used by one
 * thread (the driver's); the capture thread is inside.
 */
#ifndef TCPCRAFT_LINK_H
#define TCPCRAFT_LINK_H

#include <tcpcraft/clock.h>
#include <tcpcraft/frame.h>
#include <tcpcraft/path.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;
struct tc_link;

enum tc_inject {
	TC_INJECT_AUTO,		/* LINK on Ethernet, RAW elsewhere (lo, tun) */
	TC_INJECT_LINK,		/* whole frames from the Ethernet header on */
	TC_INJECT_RAW,		/* IP on; of IPv4 the kernel rewrites ip.len and ip.checksum,
				 * and ip.id and ip.src when they are 0 (raw(7)) */
};

/* Mark of our own resets on the raw path, so that the guard lets them pass. */
#define TC_MARK_DEFAULT 0x7463u

struct tc_link_config {
	const struct tc_path *path;	/* resolved; interface to send and capture on */
	enum tc_inject inject;
	const char *filter;		/* pcap expression of what the run wants to see; of
					 * frames with the path's tags, where it has some */
	bool immediate;			/* wake for each frame: one connection. Otherwise blocks
					 * with a 1 ms timeout: many connections */
	bool at_once;			/* for few frames: opened without the kernel's grace period (10
					 * to 20 ms), and each costs more; where that can be had, else
					 * it changes nothing. That is on Ethernet and lo, for a path
					 * without tags and a filter without the words vlan, inbound,
					 * outbound and ifindex, where the kernel has 1 MiB for it: by
					 * CAP_NET_ADMIN, not of a user namespace, or as
					 * net.core.rmem_max is 512 KiB */
	bool busy_poll;			/* no capture thread: tc_link_recv polls the ring */
	bool promiscuous;
	bool unobserved;		/* frames we send skip the interface's queue, and with it
					 * every capture on this host, tcpdump's as well: a third
					 * faster on LINK (packet(7), PACKET_QDISC_BYPASS) */
	uint16_t gso_size;		/* of LINK on a veth: a TCP segment of more bytes comes to
					 * its peer as several of so many, put together by a card;
					 * 0: as one */
	bool merge;			/* of LINK: frames may stand for several (tc_out.each), which
					 * the card or the kernel cuts; see tc_link_merges */
	uint32_t mark;			/* SO_MARK for frames sent with `marked` */
	size_t buffer_bytes;		/* kernel capture buffer; 0 = 64 MiB */
	size_t queue_bytes;		/* our queue; 0 = 16 MiB */
};

/* Opens for capture first, then for sending; when it returns 0 every later frame that
 * matches the filter will be seen. -EPERM names the missing privilege and the cure,
 * -ENODEV, -EINVAL for a bad filter, LINK on an interface without Ethernet, and RAW for a
 * path with tags. */
int tc_link_open(struct tc_link **link, const struct tc_link_config *cfg,
		 struct tc_error *err);

/* Two ends joined in memory, for tests: what one sends the other receives. dlt RAW (101).
 * Stamps are of the moment of sending. Both are closed separately. */
int tc_link_open_pair(struct tc_link **a, struct tc_link **b, struct tc_error *err);

/* Stops the capture thread (joined), closes everything. NULL is allowed. */
void tc_link_close(struct tc_link *l);

struct tc_out {
	const uint8_t *bytes;	/* from the header tc_link_sends_ethernet says */
	size_t len;
	bool marked;		/* send with SO_MARK: our own RST on the raw path */
	uint16_t each;		/* as of struct tc_seg, of a link that merges */
	int error;		/* out: 0 or -errno of this frame (-EPERM: firewall) */
};

/* Send n frames, batched (sendmmsg). Returns how many were sent; frames that the kernel
 * refused have .error set and the rest are still tried. Negative: nothing can be sent;
 * the line names a local firewall for -EPERM. */
int tc_link_send(struct tc_link *l, struct tc_out *frames, size_t n, struct tc_error *err);

/* May frames stand for several? It was asked for, and this kernel can. */
bool tc_link_merges(const struct tc_link *l);

/* The tags of all frames that are sent; those with others are of another network. */
const struct tc_vlan *tc_link_vlan(const struct tc_link *l);

/* Bytes before the IP header of frames to send. */
size_t tc_link_head(const struct tc_link *l);

/* True: frames begin with the Ethernet header; false: with the IP header. */
bool tc_link_sends_ethernet(const struct tc_link *l);

/* 0, or -EOPNOTSUPP naming the field that this path would rewrite (ip.len, ip.checksum,
 * zero ip.id or ip.src, any eth.*) and the cure. `frame` as for tc_link_send. */
int tc_link_can_carry(const struct tc_link *l, const uint8_t *frame, size_t len,
		      struct tc_error *err);

/* Next captured frame: 1, or 0 when there is none now. Negative when capture died
 * (interface gone). */
int tc_link_recv(struct tc_link *l, struct tc_frame *f, struct tc_error *err);

/* A descriptor that is readable when frames may be there; wait for it (with others) only
 * between tc_link_sleep() == true (queue empty, wake-up armed) and tc_link_wake(). With
 * busy_poll it is pcap's selectable descriptor. */
int tc_link_fd(const struct tc_link *l);
bool tc_link_sleep(struct tc_link *l);
void tc_link_wake(struct tc_link *l);

/* pcap link type (DLT_…) of received frames. */
int tc_link_dlt(const struct tc_link *l);

/* The same of the frames to send: TC_DLT_EN10MB or TC_DLT_RAW. */
int tc_link_sends_dlt(const struct tc_link *l);

/* Append what libnet and libpcap say their versions are. */
void tc_link_versions(struct tc_buf *out);

struct tc_link_stats {
	uint64_t received;	/* frames handed out */
	uint64_t dropped;	/* lost by the kernel (ps_drop) or our full queue */
	uint64_t sent;
	uint64_t send_errors;
};

void tc_link_stats(const struct tc_link *l, struct tc_link_stats *out);

#endif
