/* SPDX-License-Identifier: BSD-2-Clause */
/* Experiments on targets, as `probe` runs them: shared by cmd_probe.c and probe_compare.c. */
#ifndef CLI_PROBE_RUN_H
#define CLI_PROBE_RUN_H

#include "cli.h"

#include <tcpcraft/outfile.h>
#include <tcpcraft/probe.h>

struct probing {
	const struct options *o;
	const struct tc_experiment **chosen;
	size_t n_chosen;
	struct tc_buf targets;		/* of struct tc_target */
	size_t n_targets;
	uint16_t port;			/* of those that name none */
	struct tc_outfile *save;
	struct tc_buf said;		/* lines for the page: each verdict */
	bool untold;			/* some question is not answered */
	int signal;
	bool compare;			/* findings are kept, and not printed */
	struct tc_buf kept;		/* of struct tc_finding: n_chosen a target */
};

/* Run them all; the exit code. With p->compare, p->kept has those that were made. */
int probing_visit_all(struct probing *p);

/* What was kept of two targets, or of one and --against: differences, and the exit code. */
int probing_compare(struct probing *p);

#endif
