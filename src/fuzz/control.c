/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that any server answers, between the cases: what is usual? */
#include "own.h"

#include "host/command.h"
#include "host/starter.h"

#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <unistd.h>

#define CHECK_LOOK (100 * TC_MS)	/* between looks at all else */
#define SLOWER 8	/* times what the last one took: not a hang yet */

static const int standard[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };

/* On a busy host the next one may take as long, and more. */
static void note_time(struct tc_fuzz *f, tc_time took)
{
	tc_time least = f->cfg.patience, most = FUZZ_SLOWEST * least, t = SLOWER * took;

	f->control_x.timeout = t < least ? least : t < most ? t : most;
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

	return tc_command_start(f->cfg.check, standard);
}

/* Before any wall. */
int tc_fuzz_open_check(struct tc_fuzz *f, struct tc_error *err)
{
	const struct tc_starter_config cfg = { start_check, f, standard, 3 };

	return f->cfg.check ? tc_starter_open(&f->check, &cfg, err) : 0;
}

bool tc_fuzz_check_passes(struct tc_fuzz *f)
{
	int code;

	if (!f->check)
		return true;
	if (tc_starter_start(f->check) < 0)
		return false;
	while ((code = tc_starter_wait(f->check, tc_clock_monotonic() + CHECK_LOOK, -1)) ==
	       -ETIMEDOUT)
		if (tc_fuzz_turn(f, tc_clock_monotonic())) {
			tc_starter_end(f->check);
			return true;	/* which nobody asks any more */
		}
	tc_starter_leave(f->check);
	return code == 0;
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
