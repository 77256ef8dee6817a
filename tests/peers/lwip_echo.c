/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An echo server on lwIP, a TCP that was not written here: a target for the fuzzer.
 *
 *	PRECONFIGURED_TAPIF=tap0 lwip_echo ADDR NETMASK PORT [PEER]
 *
 * The tap is made beforehand; lwIP is the host at its other end. A thread a connection.
 * It says "listening" and runs until it is ended. With PEER it is a client instead, which calls
 * PORT there again and again, says "hello", and reads to the end. Without arguments it says
 * which lwIP it has.
 */
#include "lwip_tap.h"

#include <lwip/init.h>

#define STACK (256u << 10)

/* ---- the server -------------------------------------------------------------------- */

static void *serve(void *arg)
{
	struct netconn *c = arg;
	struct netbuf *b;
	err_t bad = ERR_OK;

	while (bad == ERR_OK && netconn_recv(c, &b) == ERR_OK) {
		void *bytes;
		u16_t n;

		do {
			netbuf_data(b, &bytes, &n);
			bad = netconn_write(c, bytes, n, NETCONN_COPY);
		} while (bad == ERR_OK && netbuf_next(b) >= 0);
		netbuf_delete(b);
	}
	netconn_close(c);
	netconn_delete(c);
	return NULL;
}

/* ---- the client -------------------------------------------------------------------- */

#define PAUSE_US 1000		/* between two calls */

static void talk(struct netconn *c)
{
	struct netbuf *b;

	if (netconn_write(c, "hello", 5, NETCONN_COPY) != ERR_OK)
		return;
	while (netconn_recv(c, &b) == ERR_OK)
		netbuf_delete(b);
}

static void call(const ip_addr_t *peer, u16_t port)
{
	struct netconn *c = netconn_new(NETCONN_TCP);

	if (c && netconn_connect(c, peer, port) == ERR_OK) {
		talk(c);
		netconn_close(c);
	}
	if (c)
		netconn_delete(c);
}

static int call_for_ever(const char *peer, u16_t port)
{
	ip_addr_t addr;

	if (!ipaddr_aton(peer, &addr)) {
		fprintf(stderr, "lwip_echo: %s is no address\n", peer);
		return 2;
	}
	for (;;) {
		call(&addr, port);
		usleep(PAUSE_US);
	}
}

int main(int argc, char **argv)
{
	pthread_attr_t attr;
	struct netconn *listener, *c;
	pthread_t thread;

	if (argc == 1) {
		printf("lwIP %s\n", LWIP_VERSION_STRING);
		return 0;
	}
	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: lwip_echo ADDR NETMASK PORT [PEER]\n");
		return 2;
	}
	if (up(argv) < 0) {
		fprintf(stderr, "lwip_echo: " UP_FAILED "\n", argv[1], argv[2]);
		return 1;
	}
	if (argc == 5)
		return call_for_ever(argv[4], (u16_t)atoi(argv[3]));
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK);
	listener = netconn_new(NETCONN_TCP);
	if (!listener || netconn_bind(listener, IP_ADDR_ANY, (u16_t)atoi(argv[3])) != ERR_OK ||
	    netconn_listen(listener) != ERR_OK) {
		fprintf(stderr, "lwip_echo: cannot listen on %s\n", argv[3]);
		return 1;
	}
	printf("listening\n");
	fflush(stdout);
	for (;;)
		if (netconn_accept(listener, &c) == ERR_OK &&
		    pthread_create(&thread, &attr, serve, c) != 0)
			netconn_delete(c);
}
