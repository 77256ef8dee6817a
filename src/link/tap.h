/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plain packet socket (packet(7)), for few connections. To make libpcap's ring takes a grace
 * period of the kernel's (10 to 20 ms, synchronize_net) and the clearing of its memory; this is
 * there at once, with its filter in force: no frame before it is taken. But each frame is a
 * system call (7 % of a handshake), where the ring's are in our memory.
 */
#ifndef LINK_TAP_H
#define LINK_TAP_H

#include <tcpcraft/link.h>

#include <linux/if_packet.h>

/* Linux 4.20's; an older one's headers do not name it, and it refuses. */
#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

/* As many bytes as pcap_set_snaplen is told: 65535 of IPv4 (GSO), Ethernet, VLAN tags. */
#define TC_SNAPLEN 65600

/* Of Ethernet or lo, and of frames of all tags. Its descriptor, or negative where the interface,
 * the filter, the rights or this kernel ask for libpcap, which has the words for what is wrong. */
int tc_tap_open(const struct tc_link_config *cfg, size_t buffer_bytes);

/*
 * The kernel stamps what arrives from some moment after the first socket asked for that: a worker
 * of its turns it on. A frame before that has the moment at which it is read. So who has something
 * else to do before a tap asks early: a descriptor to close when the tap is open, or negative.
 */
int tc_tap_stamps(void);

/* The next frame goes to `room`, of TC_SNAPLEN bytes. 1, 0 when there is none, -errno:
 * -ENETDOWN once when its interface goes down, or goes. *last is the stamp of the one before. */
int tc_tap_read(int fd, uint8_t *room, tc_time *last, struct tc_frame *f);

/* Is its interface gone? (One that is down may come up again.) */
bool tc_tap_is_gone(int fd);

#endif
