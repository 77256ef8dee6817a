/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other side of the comparisons: servers in the other host and clients in this one, on
 * the kernel's sockets, as well as one can write them in one thread. Nothing of tcpcraft
 * but its clock and its type of addresses is used. All return a negative errno on failure.
 */
#ifndef BENCH_SOCKETS_H
#define BENCH_SOCKETS_H

#include <tcpcraft/addr.h>

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* An address and a port, of either family. */
struct bench_end {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at;
	socklen_t len;
};

/* An address as text, port 0. -EINVAL. */
int bench_end(struct bench_end *e, const char *text);
uint16_t bench_port(const struct bench_end *e);
struct tc_addr bench_addr(const struct bench_end *e);

/* A listener inside the namespace, usable from here: a socket belongs to the namespace that
 * it was made in. Port 0 in *at becomes the one that was chosen. */
int bench_listen_in(const char *netns, struct bench_end *at);

/* A process that runs serve(listener) on the first core, the clients' being the last, until
 * bench_stop_server or the end of this process. */
pid_t bench_start_server(int listener, void (*serve)(int listener));
void bench_stop_server(pid_t server);

/* PROT for any number of clients, with epoll: each good frame gets its ACK. */
void bench_serve_prot(int listener);

/* Bytes up and down: a client says how many (8 bytes, host order) and then either sends
 * them (u: one byte comes when all are there) or gets them (d). */
struct bench_order {
	uint64_t bytes;
	uint64_t down;		/* 0: up */
};
void bench_serve_bulk(int listener);

/* `count` exchanges, a connection each: frame out, its ACK in, close. `parallel` at a time
 * with epoll, where the kernel finishes closing by itself; or one at a time with blocking
 * calls when that is 1: then the next begins when the peer has closed, too. */
int bench_prot_client(const struct bench_end *to, const uint8_t *frame, size_t len,
		      unsigned count, unsigned parallel);

/* One order, until all is there. */
int bench_bulk_client(const struct bench_end *to, const struct bench_order *order);

#endif
