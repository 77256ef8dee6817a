/* SPDX-License-Identifier: BSD-2-Clause */
/* run --dut: the script's calls are made, by this machine's kernel as the peer (local) or our own
 * TCP (own), or on a machine under test that is reached over the network and by the way that was
 * given. */
#ifndef LIVE_RUN_HAND_H
#define LIVE_RUN_HAND_H

#include "live.h"

#include "dut/remote.h"
#include "syscalls/local.h"
#include "syscalls/calls.h"
#include <tcpcraft/script_run.h>

struct run_hand {
	struct tc_local *kernel;	/* NULL: neither local nor own */
	struct tc_hand *far;		/* NULL: local, own, or no --dut */
	struct tc_way way;
	struct tc_calls_config config;
	struct tc_calls *calls;		/* NULL before run_hand_begin, and without --dut */
};

static inline bool run_hand_is_there(const struct run_hand *h)
{
	return h->kernel || h->far;
}

/* The way to the machine under test that o->script.dut names (not NULL). Whoever talks to that
 * machine runs behind a wall of its own. o must outlive the way. -EINVAL. */
int run_hand_way(struct tc_way *way, const struct options *o, struct tc_error *err);

/*
 * Open the hand that o->script.dut names (NULL: there is none), and put into cfg how its machine
 * is reached. port: where the machine is to listen; NULL: TC_CALLS_PORT. s: the script; NULL: there
 * is none, so the ports are the caller's, and a kernel's answers are steady (syscalls/local.h).
 * -EOPNOTSUPP: the script cannot be run, and why; -TC_ERR_HAND_GONE: nobody is at the other end;
 * other errors: what this machine cannot do.
 */
int run_hand_open(struct run_hand *h, const struct options *o, const struct tc_script *s,
		  const char *port, struct tc_session_config *cfg, struct tc_error *err);
/* Begin to make calls, once the session is open and knows our addresses. */
int run_hand_begin(struct run_hand *h, const struct tc_script *s, struct tc_session *session,
		   struct tc_error *err);
void run_hand_close(struct run_hand *h);

/* End the calls: a script that has passed may fail by that, and a failure gets the place of the call
 * that failed. */
void run_hand_judge(const struct run_hand *h, struct tc_script_result *res);

#endif
