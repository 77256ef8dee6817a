/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that any server answers, between the cases: what is usual? */
#include "own.h"

#include "host/command.h"
#include "host/starter.h"

#include <errno.h>
#include <unistd.h>

#define CHECK_LOOK (100 * TC_MS)	/* between looks at all else */
#define CANNOT_RUN 126		/* of a shell: of what it was told to run */
#define NOT_FOUND 127
#define SLOWER 8	/* times what the last one took: not a hang yet */
#define HUNG_MOST 3

/* It runs in the background: who reads from a terminal there is stopped, and never ends. */
static const int standard[] = { -1, STDOUT_FILENO, STDERR_FILENO };

/* On a busy host the next one may take as long, and more. */
static void note_time(struct tc_fuzz *f, tc_time took)
{
	tc_time least = f->cfg.patience, most = FUZZ_SLOWEST * least, t = SLOWER * took;

	f->control_x.timeout = t < least ? least : t < most ? t : most;
	/* how seldom a client calls, and how long we hear it out, says nothing of its pace */
	if (f->control.answered_at)
		took -= f->control.answered_at - f->control.started_at + f->usual_rest;
	tc_fuzz_note_pace(f, took);
}

int tc_fuzz_control(struct tc_fuzz *f, struct tc_fuzz_outcome *out)
{
	struct tc_error err;

	if (tc_fuzz_start(f, &f->control, NULL, out, &err) < 0)
		return -EIO;
	while (!f->control.ended)
		if (tc_fuzz_turn(f, tc_clock_monotonic() + 100 * TC_MS)) {
			tc_fuzz_give_up(&f->control);
			return -EINTR;
		}
	tc_fuzz_finish(&f->control);
	if (out->verdict == f->usual)
		note_time(f, tc_fuzz_took(&f->control));
	return 0;
}

/* In the starter. */
static pid_t start_check(void *ctx)
{
	const struct tc_fuzz *f = ctx;

	return tc_command_start(f->cfg.check, (const int[]){ 0, 1, 2 }, true);
}

/* Before any wall. */
int tc_fuzz_open_check(struct tc_fuzz *f, struct tc_error *err)
{
	const struct tc_starter_config cfg = { f->cfg.check, start_check, f, standard, 3 };

	return f->cfg.check ? tc_starter_open(&f->check, &cfg, err) : 0;
}

/* What it ended with: -ETIMEDOUT if it did not, -EINTR, or as tc_starter_start. */
static int run_check(struct tc_fuzz *f)
{
	tc_time until = tc_clock_monotonic() + f->check_within, now;
	int code = tc_starter_start(f->check, &f->fault);

	if (code < 0)
		return code;
	do {
		now = tc_clock_monotonic();
		code = tc_starter_wait(f->check, now + CHECK_LOOK, -1);
		if (code == -ETIMEDOUT && tc_fuzz_turn(f, now))
			code = -EINTR;
	} while (code == -ETIMEDOUT && now < until);
	if (code >= 0)
		tc_starter_leave(f->check);
	else
		tc_starter_end(f->check);
	return code == -ECHILD ? tc_starter_fail(f->check, code, &f->fault) : code;
}

bool tc_fuzz_check_passes(struct tc_fuzz *f)
{
	int code = f->check && !f->stop ? run_check(f) : 0;

	if (code == CANNOT_RUN || code == NOT_FOUND)
		tc_fail(&f->fault, -ENOEXEC, "--oracle: '%s' cannot be run (exit %d of sh), and so "
			"says nothing of the server", f->cfg.check, code);
	f->check_hangs = code == -ETIMEDOUT;
	f->hung = f->check_hangs ? f->hung + 1 : 0;
	if (f->hung == HUNG_MOST)
		tc_fail(&f->fault, -ETIMEDOUT, "--oracle: '%s' has not ended in %.0f s, %d times "
			"one behind the other: it, or what it asks, needs help", f->cfg.check,
			(double)f->check_within / TC_S, HUNG_MOST);
	if (f->fault.code)
		f->stop = 1;
	return code == 0 || f->stop;	/* then nobody asks any more */
}

int tc_fuzz_stopped(const struct tc_fuzz *f, struct tc_error *err)
{
	return f->fault.code ? tc_fail(err, f->fault.code, "%s", f->fault.msg)
			     : tc_fail(err, -EINTR, "stopped");
}

int tc_fuzz_pause(struct tc_fuzz *f, tc_time t)
{
	tc_time until = tc_clock_monotonic() + t;

	while (tc_clock_monotonic() < until)
		if (tc_fuzz_turn(f, until))
			return -EINTR;
	return 0;
}

/* What an honest exchange took says how long a silence has to be to count. */
void tc_fuzz_note_pace(struct tc_fuzz *f, tc_time took)
{
	unsigned slowness = 0;

	while (slowness < SLOWNESS_MAX && took > f->silence / 2 &&
	       took > (f->silence << slowness) / 4)
		slowness++;
	if (slowness >= f->slowness)
		f->slowness = slowness;
	else
		f->slowness--;
}
