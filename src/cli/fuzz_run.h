/* SPDX-License-Identifier: BSD-2-Clause */
/* A campaign, as `fuzz` holds it: shared by cmd_fuzz.c and fuzz_report.c. */
#ifndef CLI_FUZZ_RUN_H
#define CLI_FUZZ_RUN_H

#include "cli.h"

#include <tcpcraft/fuzz.h>

#define FINDINGS_MAX 256
#define ROWS_MAX 1024
#define REACTIONS (TC_VERDICTS + 1)	/* the last: not carried */

struct finding {
	enum tc_fuzz_kind kind;
	struct tc_fuzz_case c;
	char why[160];
	unsigned times;
	unsigned repeat;		/* runs that bring it about; 0: not tried or not again */
	bool minimized;
	bool again;			/* once small, the same as an earlier one */
};

/* One line of the table: a field's value class, and what came of it. */
struct reaction_row {
	const char *field, *value_class;
	unsigned times[REACTIONS];
};

struct campaign {
	struct live live;
	const struct options *o;
	const char *host, *port;
	struct tc_buf request;
	struct tc_fuzz_space *space;
	struct tc_fuzz_target *target;
	struct tc_fuzz *fuzz;
	FILE *journal;
	uint64_t cases;			/* done by this run */
	uint64_t first, end;		/* numbers: from, up to but not with; 0 = no end */
	struct finding findings[FINDINGS_MAX];
	unsigned n_findings;
	struct reaction_row rows[ROWS_MAX];
	unsigned n_rows;
	tc_time began, ended, shown_at;
};

/* Count an outcome. The finding when it is one that was not had before, else NULL. */
struct finding *campaign_count(struct campaign *g, const struct tc_fuzz_case *c,
			       const struct tc_fuzz_outcome *o);
/* Is it, made small, one that was told already? */
bool campaign_had(struct campaign *g, struct finding *f);
void campaign_print_finding(struct campaign *g, const struct finding *f);
void campaign_progress(struct campaign *g);
void campaign_summary(struct campaign *g, int code);
bool campaign_found(const struct campaign *g);	/* anything but novel replies */

#endif
