/* SPDX-License-Identifier: BSD-2-Clause */
/* run --local: the peer is this machine's kernel, and the script's calls are made. */
#ifndef LIVE_RUN_LOCAL_H
#define LIVE_RUN_LOCAL_H

#include "live.h"

#include "syscalls/local.h"
#include "syscalls/calls.h"
#include <tcpcraft/script_run.h>

struct run_local {
	struct tc_local *kernel;	/* NULL: not --local */
	struct tc_calls *calls;
};

/* -EOPNOTSUPP: the script cannot be run, and why; else what this machine cannot. cfg gets
 * what says how the kernel is reached. */
int run_local_open(struct run_local *l, const struct options *o, const struct tc_script *s,
		   struct tc_session_config *cfg, struct tc_error *err);
void run_local_close(struct run_local *l);

/* What the calls make of the verdict. */
void run_local_judge(const struct run_local *l, struct tc_script_result *res);

#endif
