/* SPDX-License-Identifier: BSD-2-Clause */
/* The hand whose calls become lines; see remote.h. */
#include "own.h"

#include <stdlib.h>
#include <sys/random.h>

/* Far from those of other sessions, and not old to a machine that has had none (its last is 0). */
static uint32_t any_id(void)
{
	uint32_t any = 0;

	if (getrandom(&any, sizeof any, 0) != (ssize_t)sizeof any)
		any = (uint32_t)tc_clock_realtime();
	return TC_DUT_OLD + any % (UINT32_MAX - 2 * TC_DUT_OLD);
}

static int begin(void *ctx, struct tc_error *err)
{
	struct dut_remote *r = ctx;
	struct tc_hand_call reset = { 0 };
	struct tc_dut_line reply;
	int rc = tc_way_open(&r->way, &r->lines, &r->command, err);

	if (rc >= 0 && r->way.opened)
		rc = r->way.opened(r->way.opened_ctx, err);
	if (rc >= 0 && !tc_dut_ask(r, &reset, false, 0, &reply, "reset"))
		rc = reset.fault.code ? tc_fail(err, reset.fault.code, "%s", reset.fault.msg) :
		     tc_fail(err, -TC_ERR_HAND_GONE, "the machine under test (%.80s) refuses 'reset'",
			     r->way.text);
	return rc;
}

static void end(void *ctx)
{
	struct dut_remote *r = ctx;

	tc_way_close(&r->lines, r->command);
}

const struct tc_hand_ops tc_remote_ops = {
	.begin = begin, .make = tc_dut_make, .end = end, .far = true,
};

void *tc_remote_new(const struct tc_way *way)
{
	struct dut_remote *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->way = *way;
	r->id = any_id();
	pthread_mutex_init(&r->lock, NULL);
	return r;
}

int tc_remote_open(struct tc_hand **h, const struct tc_way *way, struct tc_error *err)
{
	void *r = tc_remote_new(way);
	int rc;

	if (!r)
		return tc_nomem(err);
	rc = tc_hand_open(h, &tc_remote_ops, r, err);
	free(r);
	if (rc < 0)
		return rc;
	rc = tc_hand_ready(*h, err);
	if (rc < 0) {
		tc_hand_close(*h);
		*h = NULL;
	}
	return rc;
}
