/* SPDX-License-Identifier: BSD-2-Clause */
/* The other server of --against: a session of its own, driven by the same hand. */
#include "campaign.h"

#include "live/fail.h"

#include <tcpcraft/route.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

static void on_frame(void *ctx, const struct tc_frame *f)
{
	struct campaign_other *other = ctx;

	tc_fuzz_tape_add(other->tape, f);
}

static int turn(void *ctx, tc_time until)
{
	struct campaign *g = ctx;
	struct pollfd stop = { .fd = g->live.signal_fd, .events = POLLIN };
	struct tc_error err = { 0 };
	int rc = tc_stack_run(tc_session_stack(g->other.session), until, &stop, 1, &err);

	if (stop.revents)
		live_read_signal(&g->live);
	campaign_progress(g);
	if (g->live.signal)
		return EXIT_SIGNAL + g->live.signal;
	return rc < 0 ? fail(g->o, EXIT_MACHINE, &err) : 0;
}

/* A case that was run some time ago is what ended it. */
static void late(void *ctx, const struct tc_fuzz_case *c, const struct tc_fuzz_outcome *o)
{
	struct tc_fuzz_outcome down = *o;

	down.kind = TC_FUZZ_DIFFERS;
	down.other_from = o->from;	/* it was seen there, and not here */
	down.other_to = o->to;
	down.other_port = o->port;
	down.port = 0;
	snprintf(down.why, sizeof down.why, "death: lives against %s",
		 tc_fuzz_kind_name(o->kind));
	campaign_late(ctx, c, &down);
}

int campaign_find_other(struct campaign *g, struct tc_error *err)
{
	struct campaign_other *other = &g->other;
	int rc = tc_host_parse(&other->addr, other->host, g->o->family, false, err);

	if (rc >= 0 && other->addr.family != g->dst.family)
		rc = tc_fail(err, -EINVAL, "--against: %s is IPv%u, and %s is IPv%u: the cases "
			     "are of one family", other->host, other->addr.family, g->host,
			     g->dst.family);
	return rc < 0 ? rc : 0;
}

int campaign_open_other(struct campaign *g, const struct tc_session_config *like,
			const struct tc_fuzz_config *fuzz, struct tc_error *err)
{
	struct campaign_other *other = &g->other;
	struct tc_session_config cfg = *like;
	struct tc_fuzz_config f = *fuzz;
	int rc;

	cfg.dst = other->addr;
	cfg.dst_port = other->port ? other->port : like->dst_port;
	cfg.source_port = 0;		/* a block of its own */
	cfg.observer = (struct tc_observer){ .ctx = other, .frame = on_frame };
	other->tape = tc_fuzz_tape_open();
	rc = other->tape ? tc_session_open(&other->session, &cfg, err) : tc_nomem(err);
	if (rc < 0)
		return rc;
	f.session = other->session;
	f.target = NULL;
	f.turn = turn;
	f.late = late;
	return tc_fuzz_open(&other->fuzz, &f, err);
}

int campaign_close_other(struct campaign *g, int code)
{
	struct campaign_other *other = &g->other;
	struct tc_error err = { 0 };

	tc_fuzz_close(other->fuzz);
	if (other->session && tc_session_close(other->session, &g->other_sum, &err) < 0)
		code = fail(g->o, EXIT_MACHINE, &err);
	tc_fuzz_tape_close(other->tape);
	*other = (struct campaign_other){ 0 };
	return code;
}
