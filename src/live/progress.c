/* SPDX-License-Identifier: BSD-2-Clause */
/* A line that tells how far long work is; see progress.h. */
#include "progress.h"

#include "base/format.h"
#include "options/options.h"
#include "terminal.h"

#include <inttypes.h>

#define LINE_MOST 400

bool progress_is_due(struct progress *p)
{
	tc_time now = tc_clock_monotonic();

	if (now < p->next || p->o->quiet || !terminal_moves())
		return false;
	if (!p->began) {	/* what is over at once has none */
		p->began = now;
		p->next = now + PROGRESS_NS;
		return false;
	}
	p->next = now + PROGRESS_NS;
	return true;
}

void progress_show(struct progress *p, const char *fmt, ...)
{
	char line[LINE_MOST];

	TC_FORMAT(line, sizeof line, fmt);
	terminal_moving(stderr, line);
	p->shown = true;
}

void progress_count(struct progress *p, const char *what, uint64_t done, uint64_t all)
{
	double left, spent;

	if (!progress_is_due(p))
		return;
	spent = (double)(tc_clock_monotonic() - p->began) / (double)TC_S;
	left = done && done < all ? spent * (double)(all - done) / (double)done : 0;
	if (spent < 1)		/* nothing can be said of the pace yet */
		progress_show(p, "%" PRIu64 " of %" PRIu64 " %s", done, all, what);
	else
		progress_show(p, "%" PRIu64 " of %" PRIu64 " %s, about %.0f s to go", done,
			      all, what, left);
}

void progress_wipe(struct progress *p)
{
	if (p->shown)
		terminal_moving(stderr, "");
	p->shown = false;
}
