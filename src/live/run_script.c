/* SPDX-License-Identifier: BSD-2-Clause */
/* A script over a live session; see run_script.h. */
#include "run_script.h"

#include <errno.h>

void run_script_frame(void *ctx, const struct tc_frame *f)
{
	const struct tc_session_config *cfg = ((struct run_script *)ctx)->session;

	if (cfg->observer.frame)
		cfg->observer.frame(cfg->observer.ctx, f);
}

int run_script_turn(void *ctx, struct tc_error *err)
{
	struct run_script *s = ctx;
	struct live *l = s->live;

	live_print(l);
	if (s->extra[0].revents)
		live_read_signal(l);
	if (l->signal)
		return tc_fail(err, -ECANCELED, "interrupted");
	if (l->write_err.code)
		return tc_fail(err, l->write_err.code, "%s", l->write_err.msg);
	return s->hand->calls ? tc_calls_turn(s->hand->calls, err) : 0;
}

int run_script_call(void *ctx, const struct tc_script_event *e, tc_time zero, tc_time *when,
		    struct tc_error *err)
{
	return tc_calls_make(((struct run_script *)ctx)->hand->calls, e, zero, when, err);
}

bool run_script_busy(void *ctx)
{
	return tc_calls_busy(((struct run_script *)ctx)->hand->calls);
}

int run_script_carry_out(struct run_script *s, struct tc_script_run_config *cfg,
			 struct tc_script_result *result, struct tc_error *err)
{
	struct tc_session *session = s->live->session;
	struct tc_script_run *run = NULL;
	bool calls = run_hand_is_there(s->hand);
	int rc = calls ? run_hand_begin(s->hand, cfg->script, session, err) : 0;

	if (rc < 0)
		return rc;
	cfg->link = tc_session_link(session);
	cfg->path = tc_session_path(session);
	cfg->neigh = tc_session_neigh(session);
	cfg->mtu = s->hand->kernel ? tc_local_mtu(s->hand->kernel) : 0;
	cfg->merges = s->hand->kernel;
	cfg->n_ports = s->session->n_ports;
	cfg->server = tc_script_is_server(cfg->script);
	cfg->seed = s->live->o->seed;
	tc_session_flow(session, 0, &cfg->flow);
	if (cfg->server)
		cfg->flow.remote_addr = (struct tc_addr){ 0 };
	s->extra[0] = (struct pollfd){ .fd = s->live->signal_fd, .events = POLLIN };
	if (calls) {
		tc_calls_stop_on(s->hand->calls, s->live->signal_fd);
		s->extra[1] = (struct pollfd){ .fd = tc_calls_fd(s->hand->calls),
					       .events = POLLIN };
	}
	cfg->extra = s->extra;
	cfg->n_extra = calls ? 2 : 1;
	cfg->ctx = s;
	rc = tc_script_run_open(&run, cfg, err);
	if (rc >= 0)
		rc = tc_script_run(run, result, err);
	tc_script_run_close(run);
	if (calls && rc >= 0)
		run_hand_judge(s->hand, result);
	if (result->verdict == TC_SCRIPT_INTERRUPTED && !s->live->signal)
		live_read_signal(s->live);
	return rc;
}
