/* SPDX-License-Identifier: BSD-2-Clause */
/* A number of PROT exchanges, some of them at once: what `prot` does between opening and
 * closing its session. */
#ifndef LIVE_PROT_RUN_H
#define LIVE_PROT_RUN_H

#include "base/pace.h"
#include "live.h"
#include "progress.h"

#include <tcpcraft/exchange.h>

struct slot;

struct prot_run {
	struct live live;
	const struct options *o;
	struct tc_exchange_config xc;
	const struct messages *each;	/* a request for each connection, from the first again when
					 * all had their turn; NULL: that of xc */
	/* A connection has ended: its number from 1, and what came of it. NULL: nobody asks. */
	void (*told)(struct prot_run *r, unsigned number, const struct tc_exchange *x,
		     const struct tc_conn_info *info);
	void *ctx;			/* told's */
	struct tc_exchange_config *xcs;	/* with each: of the slots */
	struct slot *slots;		/* o->parallel of them, or o->count if that is less */
	unsigned n_slots;
	struct slot *free, *over;	/* unused; ended but not yet counted */
	unsigned started, counted;	/* connections */
	unsigned next_flow;		/* four-tuple to try next */
	unsigned verdicts[TC_VERDICTS];
	enum tc_verdict worst;		/* of the first that was not a reply, else reply */
	tc_time *handshakes;		/* room for o->count */
	size_t n_handshakes;
	uint64_t bytes_sent, bytes_acked, bytes_received;
	struct tc_conn_info last;	/* of the connection that the result speaks of */
	struct tc_buf reply;		/* its reply */
	struct tc_pace pace;		/* of connections */
	tc_time began;
	struct progress progress;
};

/* How many ports each address needs. */
unsigned prot_run_ports(const struct options *o);

/* 0, or -ENOMEM. xc, o and live are set by the caller. */
int prot_run_prepare(struct prot_run *r, struct tc_error *err);

/* Until every connection is over and quiet, or a signal came; then r->live is closed. The exit
 * code of the whole. */
int prot_run_drive(struct prot_run *r);
void prot_run_free(struct prot_run *r);

#endif
