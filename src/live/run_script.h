/* SPDX-License-Identifier: BSD-2-Clause */
/* A script carried out over a live session: what `run` and `teach` have in common. */
#ifndef LIVE_RUN_SCRIPT_H
#define LIVE_RUN_SCRIPT_H

#include "run_hand.h"

#include <poll.h>

/* The first member of what tc_script_ops get as their ctx. */
struct run_script {
	struct live *live;
	const struct tc_session_config *session;
	struct run_hand *hand;
	struct pollfd extra[2];		/* the signals', the calls' */
};

/* Ops: frames to the session's observer; print, then take signals and the program's calls. */
void run_script_frame(void *ctx, const struct tc_frame *f);
int run_script_turn(void *ctx, struct tc_error *err);
int run_script_call(void *ctx, const struct tc_script_event *e, tc_time zero, tc_time *when,
		    struct tc_error *err);
bool run_script_busy(void *ctx);

/* Carry cfg->script out; cfg gets what the session knows, and s, which is ops' ctx. */
int run_script_carry_out(struct run_script *s, struct tc_script_run_config *cfg,
			 struct tc_script_result *result, struct tc_error *err);

#endif
