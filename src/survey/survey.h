/* SPDX-License-Identifier: BSD-2-Clause */
/* Experiments on targets, one or many, as `probe` runs them. */
#ifndef SURVEY_SURVEY_H
#define SURVEY_SURVEY_H

#include "live/live.h"
#include "live/progress.h"

#include <tcpcraft/fuzz.h>
#include <tcpcraft/probe.h>

/* What several targets, each asked by a child, have in common. */
struct probing_share {
	unsigned of;			/* how many share the rate; 0: one target at a time */
	unsigned ports;			/* of each, from first_port */
	uint16_t first_port;
	size_t capture_bytes;
	int kept_fd;			/* where lines for --save go; -1: there */
	int found_fd;			/* and those that are compared; -1: to `kept` */
};

struct probing {
	const struct options *o;
	const struct tc_experiment **chosen;
	size_t n_chosen;
	struct tc_buf targets;		/* of struct tc_target */
	size_t n_targets;
	uint16_t port;			/* of those that name none */
	struct tc_outfile *save;
	struct tc_buf said;		/* lines for the page: each verdict */
	bool unanswered;			/* some question is not answered */
	bool compare;			/* findings are kept, and not printed */
	bool learn;			/* no experiment: none is chosen */
	bool clients;			/* the target calls us, where targets says … */
	bool called;			/* … and has done so */
	struct tc_buf calls;		/* of struct tc_probe_config */
	tc_time start_after;		/* no new start of --call before */
	struct tc_fuzz_target *target;	/* of --spawn or --call, or NULL */
	struct tc_fuzz_target *revival;	/* of --revive, or NULL */
	const char *gone_since;		/* the experiment after which it did not answer, or NULL */
	size_t target_at;		/* which of targets is asked, */
	size_t at;			/* which of chosen is being made, */
	tc_time since_at;		/* and since when, monotonic */
	struct probing_share share;
	struct progress progress;
	struct tc_buf os_base;		/* nmap's data base, where it is wanted and there */
	struct tc_buf kept;		/* of struct tc_finding, as they were made, … */
	size_t n_first;			/* … and how many of them are the first target's */
};

/* Run them all; the exit code. With p->compare, p->kept has those that were made. */
int probing_visit_all(struct probing *p);

/* All of them on one target; 0, or the exit code that ends the run. */
int probing_visit(struct probing *p, const struct tc_target *t);
unsigned probing_ports(const struct probing *p);	/* that a target takes */

/*
 * The target as a process (--spawn, --call) or as something a command brings back (--revive);
 * one target alone. Open: 0, or why not. Up: it answers. Look: has it ended? Then the finding
 * says so; negative where what --call runs has never called. Back: whether it could be had
 * again; else *err, where there is more to say.
 */
int probing_target_open(struct probing *p, struct tc_error *err);
void probing_target_close(struct probing *p);
int probing_target_up(struct probing *p, const struct tc_probe_config *cfg,
		      struct tc_error *err);
int probing_target_look(struct probing *p, struct tc_finding *f, struct tc_error *err);
bool probing_target_back(struct probing *p, const struct tc_probe_config *cfg,
			 struct tc_error *err);

/* A call of the client's is due: for struct tc_probe_config. */
bool probing_target_call(void *ctx);

/* On a terminal: a line that tells how far it is. */
void probing_progress(struct probing *p, struct tc_probe_config *cfg);

/* Append those of these lines. */
void probing_findings(struct tc_buf *found, const struct tc_buf *lines, struct tc_error *err);

/* What was kept of two targets, or of one and --against: differences, and the exit code. */
int probing_compare(struct probing *p);

#endif
