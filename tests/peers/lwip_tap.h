/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lwIP at the other end of a tap that was made beforehand, for the programs here. (The tap is
 * read here, not by Debian's tapif: that takes frames into buffers of its pool, which the
 * library was built to believe longer than they are, 592 bytes.)
 */
#ifndef PEERS_LWIP_TAP_H
#define PEERS_LWIP_TAP_H

#include <lwip/api.h>
#include <lwip/etharp.h>
#include <lwip/ip4_addr.h>
#include <lwip/netif.h>
#include <lwip/tcpip.h>
#include <netif/ethernet.h>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FRAME 1514

/* As struct ifreq, whose header does not go with lwIP's own. */
struct tap_request {
	char name[16];
	short flags;
	char rest[22];
};

static err_t put_frame(struct netif *n, struct pbuf *p)
{
	char frame[FRAME];
	u16_t len = pbuf_copy_partial(p, frame, sizeof frame, 0);

	return write((int)(intptr_t)n->state, frame, len) == len ? ERR_OK : ERR_IF;
}

static void *read_frames(void *arg)
{
	struct netif *n = arg;
	char frame[FRAME];
	ssize_t len;

	while ((len = read((int)(intptr_t)n->state, frame, sizeof frame)) > 0) {
		struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_RAM);

		if (p && (pbuf_take(p, frame, (u16_t)len) != ERR_OK || n->input(p, n) != ERR_OK))
			pbuf_free(p);
	}
	return NULL;
}

static err_t tap_init(struct netif *n)
{
	static const u8_t mac[] = { 2, 0x12, 0x34, 0x56, 0x78, 0xab };
	struct tap_request r = { .flags = IFF_TAP | IFF_NO_PI };
	const char *name = getenv("PRECONFIGURED_TAPIF");
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	pthread_t thread;

	snprintf(r.name, sizeof r.name, "%s", name ? name : "tap0");
	if (fd < 0 || ioctl(fd, TUNSETIFF, &r) < 0)
		return ERR_IF;
	n->state = (void *)(intptr_t)fd;
	n->name[0] = 't';
	n->name[1] = 'p';
	n->mtu = FRAME - SIZEOF_ETH_HDR;
	n->hwaddr_len = sizeof mac;
	memcpy(n->hwaddr, mac, sizeof mac);
	n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
	n->output = etharp_output;
	n->linkoutput = put_frame;
	return pthread_create(&thread, NULL, read_frames, n) == 0 ? ERR_OK : ERR_IF;
}

static void started(void *arg)
{
	sys_sem_signal(arg);
}

/* Why it is not up, of these words. */
#define UP_FAILED "no interface of address %s, netmask %s: PRECONFIGURED_TAPIF names a tap that is " \
		  "there, and nobody else's (ip tuntap add mode tap)"

/* argv[1] and [2] are its address and netmask; PRECONFIGURED_TAPIF names the tap. */
static int up(char **argv)
{
	static struct netif tap;
	ip4_addr_t addr, mask, none = { 0 };
	sys_sem_t ready;

	if (!ip4addr_aton(argv[1], &addr) || !ip4addr_aton(argv[2], &mask) ||
	    sys_sem_new(&ready, 0) != ERR_OK)
		return -1;
	tcpip_init(started, &ready);
	sys_sem_wait(&ready);
	LOCK_TCPIP_CORE();
	if (netif_add(&tap, &addr, &mask, &none, NULL, tap_init, tcpip_input)) {
		netif_set_default(&tap);
		netif_set_link_up(&tap);
		netif_set_up(&tap);
	}
	UNLOCK_TCPIP_CORE();
	return netif_is_up(&tap) ? 0 : -1;
}

#endif
