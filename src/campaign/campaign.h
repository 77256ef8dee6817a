/* SPDX-License-Identifier: BSD-2-Clause */
/* A campaign, as `fuzz` holds it: shared by cli/cmd_fuzz.c and the files here. */
#ifndef CAMPAIGN_CAMPAIGN_H
#define CAMPAIGN_CAMPAIGN_H

#include "live/live.h"
#include "live/progress.h"

#include <tcpcraft/fuzz.h>

#define FINDINGS_MAX 256
#define ROWS_MAX 2048
#define KEPT_MAX 256		/* cases that others are made of: the last ones */
#define CAMPAIGN_PORTS 16384	/* of ours */
#define CAMPAIGN_WINDOW_MAX 16384
#define CAMPAIGN_SHARE_MIN 16	/* cases of a job */

struct finding {
	enum tc_fuzz_kind kind;
	struct tc_fuzz_case c;
	struct tc_fuzz_outcome o;	/* as had, or of what is left of it */
	char why[160];
	enum tc_fuzz_kind noted_kind;	/* as it was met, before it was looked at … */
	char noted_why[160];		/* … and is met again */
	unsigned times;
	unsigned repeat;		/* runs that bring it about; 0: not tried or not again */
	bool minimized;
	bool again;			/* once small, the same as an earlier one */
	struct tc_buf request;		/* what c.request points to, when that was made smaller */
	char *capture;			/* the file with its frames, or NULL */
	char *other_capture;		/* … with the other server */
	struct tc_buf ladders;		/* of both, beside each other, with a NUL behind them */
};

struct campaign_other {			/* the other server of --against */
	char host[64];
	uint16_t port;			/* 0: as of the first */
	struct tc_addr addr;
	struct tc_session *session;
	struct tc_fuzz_tape *tape;
	struct tc_fuzz *fuzz;
};

/* A spec's header with the defaults of a request; parts point into that. */
struct campaign_header {
	struct tc_header h;
	struct tc_field rows[64];
	struct tc_part parts[TC_PARTS_MAX];
};

struct campaign {
	struct live live;
	const struct options *o;
	const char *host, *port;
	struct tc_addr dst;		/* of host */
	uint16_t call_port;		/* of --listen: where clients call us, else 0 … */
	struct tc_addr call_addr;	/* … and the address, or none */
	struct tc_html *page;		/* of --html, or NULL … */
	const char *page_name;		/* … and its file */
	const struct tc_header *frame;	/* of the request; NULL: raw payload */
	struct campaign_header own;	/* that, where a capture's differs from the spec's */
	bool prot;			/* … and the server answers as PROT's does */
	struct tc_buf request;
	struct tc_fuzz_base base;	/* empty without --base */
	const char *learnt[TC_FUZZ_LEARNT]; /* its words */
	const char *const *always;	/* --mutate */
	unsigned n_always;
	struct tc_fuzz_space *space;
	struct tc_mutate *always_m;	/* the same, for what they need of guard and capture */
	struct tc_fuzz_scope scope;
	struct tc_fuzz_target *target;
	struct tc_fuzz_tape *tape;
	struct campaign_other other;
	struct tc_session_summary other_sum;	/* when it is closed */
	struct tc_buf known;		/* lines of --known, with a NUL behind them */
	unsigned n_known;		/* differences that were one of them */
	struct tc_observer observer;	/* live/live.c's own, which is told as well */
	struct tc_fuzz *fuzz;
	struct campaign_jobs *jobs;	/* of --jobs, or NULL */
	uint64_t done_in_jobs;		/* cases of the window that those have done */
	int journal;			/* -1: none */
	off_t journal_good;		/* its bytes up to the end of the last whole line */
	bool journal_new;		/* there was none before */
	bool journal_node;		/* it is a pipe or a device */
	struct tc_journal replayed;	/* of --replay; what was taken from it is its own */
	char *journal_name;
	char *captures_name;		/* what theirs begin with where the journal is a node */
	bool full;			/* journal or capture could not be written, and that
					 * was said */
	uint64_t cases;			/* done by this run */
	uint64_t first, end;		/* numbers: from, up to but not with; 0 = no end */
	struct finding findings[FINDINGS_MAX];
	unsigned n_findings, n_told;
	struct tc_fuzz_case kept[KEPT_MAX];	/* that led to new edges */
	unsigned n_kept, edges;		/* ever */
	bool gone;			/* the server, for good */
	const struct finding *small;	/* that is being made so */
	struct tc_fuzz_row rows[ROWS_MAX];
	unsigned n_rows;
	tc_time began, ended;
	struct progress progress;
};

/* check.c. Refuse options that contradict one another: -EINVAL names them. */
int campaign_check_options(struct options *o, struct tc_error *err);
/* CMD of --oracle exec:CMD, or NULL. */
const char *campaign_check_command(const struct options *o);

/* request.c. The header around the payload, or NULL. */
const struct tc_header *campaign_frame(const struct options *o);
/* Is the protocol not PROT's? Then a good answer is what the server gives a good request. */
bool campaign_is_connect(const struct options *o);

/* Make the valid request, by the options or from --base. */
int campaign_make_request(struct campaign *g, struct tc_error *err);
/* Take bytes from elsewhere as the valid request; they need not be a frame. */
void campaign_take_request(struct campaign *g, const uint8_t *bytes, size_t n);

/* base.c: what is in the capture of --base, as tc_fuzz_base_read for the campaign's frames. */
int campaign_read_base(struct campaign *g, struct tc_error *err);

/* head.c. For a replay: take fields, request, rules and the like from the journal's first line.
 * -EINVAL: the command line says something else; -EBADMSG. */
int campaign_take_head(struct campaign *g, struct options *o, const struct tc_journal_head *h,
		       struct tc_error *err);

/* journal.c: the journal. Returns as everything in the library; -EEXIST, -EINVAL, -EBADMSG
 * and -ENOENT are the user's. */
int campaign_read_journal(const char *name, struct tc_journal *j, struct tc_error *err);
int campaign_check_journal(struct campaign *g, struct tc_error *err); /* could it be opened? */
int campaign_open_journal(struct campaign *g, struct tc_error *err);	/* once there is a server */
int campaign_close_journal(struct campaign *g, int code);

/* Write whole lines to the journal, or, if there is no room, none of them: campaign_full then. */
void campaign_write(struct campaign *g, const struct tc_buf *lines);
/* Nothing can be written any more: prints why, and ends the campaign. */
void campaign_full(struct campaign *g, const struct tc_error *err);

/* session.c. How many ports a session has. */
unsigned campaign_ports(const struct options *o);
/* Put into cfg what a campaign's session needs beyond the options. */
void campaign_configure(struct campaign *g, struct tc_session_config *cfg);
/* The configuration of a fuzzer that runs one of so many shares of the cases at once. */
struct tc_fuzz_config campaign_fuzz(const struct campaign *g, unsigned shares,
				    int (*turn)(void *ctx, tc_time until), void *ctx);
/* Turn the session until something happens, on it or on `extra` (or NULL). Nonzero: stop. */
int campaign_turn(struct campaign *g, tc_time until, struct pollfd *extra);
int campaign_step(void *g, tc_time until);

/* jobs.c: processes that run shares of each window. Start those of --jobs, if any; before the
 * session is opened, which has threads. */
int campaign_start_jobs(struct campaign *g, struct tc_session_config *cfg, struct tc_error *err);

/* Each opens a session of its own, and learns how the server answers. */
int campaign_jobs_begin(struct campaign *g, struct tc_error *err);

/* Run a window as tc_fuzz_run does, by the jobs if there are any. */
int campaign_jobs_run(struct campaign *g, const struct tc_fuzz_case *cases,
		      struct tc_fuzz_outcome *out, unsigned n, struct tc_error *err);
/* The tape that has an outcome's frames. */
const struct tc_fuzz_tape *campaign_tape(const struct campaign *g,
					 const struct tc_fuzz_outcome *o);
/* Each tape holds its share of a window of so many cases. */
void campaign_tapes_keep(struct campaign *g, unsigned cases);
/* Memory for a window: with jobs it is shared with them, else the caller's to free. NULL: out of
 * memory. */
struct tc_fuzz_case *campaign_cases(const struct campaign *g);
struct tc_fuzz_outcome *campaign_outcomes(const struct campaign *g);
int campaign_end_jobs(struct campaign *g, int code);	/* g->live.sum has theirs too; code */

/* run.c. Where cases come from. */
struct campaign_source {
	struct campaign *g;
	const struct tc_journal *journal; /* NULL: the space */
	uint64_t next;
};

/* Run all cases of the source. -EINTR: it was stopped. */
int campaign_run(struct campaign *g, struct campaign_source *s, struct tc_error *err);

/* found.c. Record cases that were run, in order: they are counted and written down; findings that
 * are new are minimized, captured and printed. */
void campaign_record(struct campaign *g, const struct tc_fuzz_case *c,
		     const struct tc_fuzz_outcome *out, unsigned n);
void campaign_late(void *ctx, const struct tc_fuzz_case *c, const struct tc_fuzz_outcome *o);
void campaign_missing(void *ctx, const struct tc_fuzz_missing *m);
struct tc_json_found campaign_found(const struct campaign *g);
void campaign_put_found(struct tc_buf *out, const struct tc_json_found *found);
void campaign_free_findings(struct campaign *g);

/* What the names of captures begin with; NULL: there are none. */
const char *campaign_names_like(const struct campaign *g);

struct tc_json_finding campaign_json(const struct finding *f);

/* "tcpcraft prot … --mutate '…' --data …": as a person would type it. */
void campaign_put_command(const struct campaign *g, const struct finding *f,
			  struct tc_buf *out);

/* ladders.c. Append what both servers did, side by side, as far as the tapes have it. */
int campaign_put_ladders(const struct campaign *g, const struct tc_fuzz_outcome *own,
			 const struct tc_fuzz_outcome *other, struct tc_buf *out,
			 struct tc_error *err);

/* kept.c: cases by which a spawned target ran edges of its code that were new. Edges up to now
 * belong to no case. */
void campaign_watch_edges(struct campaign *g);
/* Edges since then are this case's: keep it if there are any, unless it broke the target. */
void campaign_keep(struct campaign *g, const struct tc_fuzz_case *c, struct tc_fuzz_outcome *o);
/* Keep a case that ran new edges, also one of a journal that is resumed. */
void campaign_keep_case(struct campaign *g, const struct tc_fuzz_case *c,
			const struct tc_fuzz_outcome *o);
/* Run the kept cases of a journal again, so that their edges do not count as new. */
int campaign_retrace(struct campaign *g, struct tc_error *err);
/* Replace a random case, sometimes, by a change of a kept one. */
void campaign_breed(const struct campaign *g, struct tc_fuzz_case *c);

/* other.c: the second server. Find the address of --against. */
int campaign_find_other(struct campaign *g, struct tc_error *err);
/* Open a session and a fuzzer for it, like those of the first server, which are open. */
int campaign_open_other(struct campaign *g, const struct tc_session_config *like,
			const struct tc_fuzz_config *fuzz, struct tc_error *err);
int campaign_close_other(struct campaign *g, int code);

/* known.c: differences that are reported only once. -EINVAL: a line of --known is not valid. */
int campaign_read_known(struct campaign *g, struct tc_error *err);
void campaign_put_key(struct tc_buf *out, const struct finding *f);
bool campaign_is_known(const struct campaign *g, const struct finding *f);
int campaign_check_known(const struct campaign *g, struct tc_error *err); /* could it be saved? */
int campaign_save_known(struct campaign *g, struct tc_error *err);

/* report.c */
void campaign_count(struct campaign *g, const struct tc_fuzz_case *c,
		    const struct tc_fuzz_outcome *o);
void campaign_progress(struct campaign *g);
void campaign_summary(struct campaign *g, int code);
int campaign_page(struct campaign *g, int code);	/* of --html; code, or a worse one */

#endif
