/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of experiments, and findings; see probe.h. */
#include "lab/lab.h"
#include "report/trace.h"

#include <errno.h>
#include <string.h>

#define ROW(id) &tc_experiment_##id,

const struct tc_experiment *const *tc_experiments(size_t *n)
{
	static const struct tc_experiment *const all[] = { TC_EXPERIMENTS(ROW) };

	*n = sizeof all / sizeof *all;
	return all;
}

const struct tc_experiment *tc_experiment_find(const char *name)
{
	const struct tc_experiment *const *all;
	size_t n;

	all = tc_experiments(&n);
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

bool tc_experiment_asks(const struct tc_experiment *e, bool clients)
{
	return e->asks == TC_ASKS_BOTH || (e->asks == TC_ASKS_CLIENTS) == clients;
}

int tc_probe_run(const struct tc_experiment *e, const struct tc_probe_config *cfg,
		 struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab lab = { 0 };
	int rc;

	f->experiment = e;
	f->peer = cfg->clients ? "client" : "server";
	rc = tc_lab_start(&lab, e, cfg, err);
	if (rc < 0) {
		if (lab.own)
			tc_lab_finish(&lab, f);
		return rc;
	}
	rc = tc_lab_control(&lab, e, f, err);
	if (rc > 0)
		rc = e->run(&lab, f, err);
	if (rc >= 0)
		rc = tc_lab_doubt(&lab, e, f, err);
	if (rc >= 0)
		rc = tc_lab_still_there(&lab, e, f, err);
	if (rc == -EINTR)
		tc_finding_unknown(f, "interrupted", "stopped by a signal before there was a "
				   "verdict");
	else if (rc == -ETIME && !f->answered)
		tc_finding_unknown(f, "out-of-time", "broken off: it took more time than it "
				   "was given");
	else if (rc < 0 && rc != -ETIME)
		tc_finding_unknown(f, "broken-off", "broken off: this machine could not go on");
	tc_lab_finish(&lab, f);
	if (f->resets_leaked)
		tc_finding_unknown(f, "kernel-reset", "could not tell: " TC_KERNEL_RESETS,
				   f->resets_leaked, f->resets_leaked == 1 ? "" : "s");
	return rc < 0 && rc != -ETIME ? rc : 0;
}
