/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The legacy PROT server over our own stack: 9 bytes are awaited, magic, version and
 * length compared in that order, then payload and checksum read to the end; a good frame
 * gets ACK and the next is awaited. A mismatch closes without a word: with a reset when
 * bytes were left unread, else with a FIN, as a kernel does for that server.
 */
#ifndef EXCHANGE_SERVER_H
#define EXCHANGE_SERVER_H

#include <tcpcraft/conn.h>

struct tc_prot_server {			/* shared by its connections; outlives them */
	void *ctx;			/* the caller's */
	/* A connection is over: what it was about ("ok", "bad-magic" …). May be NULL. */
	void (*done)(struct tc_prot_server *server, const struct tc_conn_info *info,
		     const char *verdict, unsigned frames);
};

/* For tc_stack_listen, with the server as its ctx. */
const struct tc_conn_ops *tc_prot_server_accept(void *server, struct tc_conn *c,
						void **conn_ctx);

#endif
