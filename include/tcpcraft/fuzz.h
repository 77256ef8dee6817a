/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzzing with a live connection under each case. A case is one or two rules of the
 * surgery (tcpcraft/mutate.h), made from a seed and a number, so that it can be made again,
 * printed as a command line, and made smaller.
 */
#ifndef TCPCRAFT_FUZZ_H
#define TCPCRAFT_FUZZ_H

#include <tcpcraft/buf.h>
#include <tcpcraft/conn.h>
#include <tcpcraft/verdict.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_diff;
struct tc_error;
struct tc_header;
struct tc_frame;
struct tc_html;
struct tc_session;
struct tc_session_summary;
struct tc_mutate;
struct tc_path;
struct tc_wider;

/* ---- the space: which cases there are -------------------------------------------------- */

struct tc_fuzz_space;

struct tc_fuzz_space_config {
	const char *fields;		/* globs: "tcp.*,ip.ttl,prot.*" */
	uint8_t family;			/* of the target, 4 or 6: which headers there are */
	const struct tc_header *payload; /* the header above TCP; NULL: PROT's */
	const char *segments;		/* "syn,ack,data,fin" */
	const char *strategies;		/* "boundary,flip,random,options,sequence,pairwise",
					 * "payload", "capture", "frames" */
	uint64_t seed;
	size_t payload_len;		/* of the valid request, for split points */
	bool raw;			/* the request is not a frame of payload */
	const char *const *learnt;	/* words for tc_fuzz_request that a capture had; they */
	unsigned n_learnt;		/* stay the caller's, as long as the space is there */
};

#define TC_FUZZ_RULES 2
#define TC_FUZZ_RULE_MAX 256
#define TC_FUZZ_PAYLOAD_MAX 192		/* characters that say a payload, with the end */
#define TC_FUZZ_BODY_MAX 65535		/* bytes of one */
#define TC_FUZZ_SET_MAX 96
#define TC_FUZZ_WORD_MAX 80		/* characters of a word of one, with the end … */
#define TC_FUZZ_LEARNT 64		/* … and how many of a capture are kept */

#define TC_FUZZ_CAPTURE "capture"	/* the strategy whose cases have a base under them */

struct tc_fuzz_case {
	uint64_t number;
	const char *strategy;		/* borrowed from the space, or a journal */
	const char *field;		/* what it is about; an action for `sequence` */
	const char *segment;		/* in which segment: "syn", "data" … */
	const char *value_class;	/* "zero", "max", "flip" …; of two rules the strategy, then
					 * field and segment are "two at once" and "any" */
	tc_seq iss;
	const uint8_t *request;		/* borrowed; NULL: the campaign's */
	size_t request_len;
	unsigned n_rules;		/* may be 0 where there is a payload */
	char rule[TC_FUZZ_RULES][TC_FUZZ_RULE_MAX];
	char payload[TC_FUZZ_PAYLOAD_MAX]; /* see tc_fuzz_request; empty: the campaign's */
};

/*
 * Append what the text says: words with blanks between, each HEX, N*HEX (the same N times),
 * valid (all n valid bytes) or valid[A:B] (those from A to before B, as far as there are any).
 * -EINVAL names the word; -EMSGSIZE: over TC_FUZZ_BODY_MAX bytes.
 */
int tc_fuzz_body(struct tc_buf *out, const char *text, const uint8_t *valid, size_t n,
		 struct tc_error *err);

/* Append the frame of h around a body, its counts and sums right, also where the body is over
 * h's own limit; without h, the body. -EMSGSIZE: no count of h's can say so many bytes. */
int tc_fuzz_frame(struct tc_buf *out, const struct tc_header *h, const uint8_t *body, size_t n,
		  struct tc_error *err);

/*
 * Append the request that the text says, where `request` is the valid one: a frame of h around
 * a body as above, or several. Other words than a body's are about the frame they stand in:
 * NAME=VALUE (a field of h is set; counts and sums stay right), xN (the frame N times), / (the
 * next frame begins). Last may come cut:N: of all bytes the first N. Where that is one whole
 * frame *before (unless NULL) is how many bytes of it stand before its body, else
 * TC_FUZZ_NO_FRAME. -EINVAL names the word; -EMSGSIZE: over TC_FUZZ_BODY_MAX bytes; what
 * tc_payload_build says of a field.
 */
#define TC_FUZZ_NO_FRAME SIZE_MAX
int tc_fuzz_request(struct tc_buf *out, const struct tc_header *h, const char *text,
		    const uint8_t *request, size_t len, size_t *before, struct tc_error *err);

/* Can it be read, whatever the header and the valid request are? Else -EINVAL or -EMSGSIZE. */
int tc_fuzz_payload_check(const char *text, struct tc_error *err);

/* Are n bytes more than h allows? Then 1, and what --set has to say for them. */
int tc_fuzz_over_limit(const struct tc_header *h, size_t n, char set[TC_FUZZ_SET_MAX]);

/* -EINVAL names the field, segment or strategy that there is none of; also for a field that
 * would send the segment elsewhere (ip.dst, ip.src, eth.*; the addresses of a routing header). */
int tc_fuzz_space_open(struct tc_fuzz_space **s, const struct tc_fuzz_space_config *cfg,
		       struct tc_error *err);
void tc_fuzz_space_close(struct tc_fuzz_space *s);	/* NULL is allowed */

/* Case n of any number; the same space gives the same case. */
void tc_fuzz_space_case(const struct tc_fuzz_space *s, uint64_t n, struct tc_fuzz_case *c);

/* Cases before all that can be listed are done and only random ones follow. */
uint64_t tc_fuzz_space_listed(const struct tc_fuzz_space *s);

/* Of `pairwise`: pairs of value classes that there are, and that cases 0 .. n-1 have. */
uint64_t tc_fuzz_space_pairs(const struct tc_fuzz_space *s, uint64_t n, uint64_t *covered);

/* A capture's client side as what is valid: what it sent up to the first answer, and what
 * of its segments is not a number of its connection, as rules. */
struct tc_fuzz_base {
	struct tc_buf request;
	char rule[4][TC_FUZZ_RULE_MAX];	/* syn, ack, data, fin; empty: it had none */
	char learnt[TC_FUZZ_LEARNT][TC_FUZZ_WORD_MAX]; /* words for tc_fuzz_request: values of
					 * fields as NAME=VALUE, bodies as HEX */
	unsigned n_learnt;
};

/* The first connection in which the client sent something, of either family; the rules are for
 * segments of `family`. What the frames of h (NULL: nothing is learnt) have in them that any
 * client of the capture sent, each whole in a segment, is learnt, each once. -EBADMSG: the file is damaged,
 * no connection has that, or bytes are missing; -ERANGE: more than 65535 bytes. */
int tc_fuzz_base_read(struct tc_fuzz_base *b, const char *path, uint8_t family,
		      const struct tc_header *h, struct tc_error *err);

/* ---- the target ------------------------------------------------------------------------ */

struct tc_fuzz;
struct tc_fuzz_target;

/*
 * Commands, of a target and tc_fuzz_config.check, are run by a process that is begun when the
 * target, or the campaign, is opened, and ends when that is closed. So that is to come before
 * the caller gives up what starting a process needs (seccomp(2) …). It ends, too, with the
 * *thread* that opened it (PR_SET_PDEATHSIG), and with it all that it has run: that thread has to
 * live as long as the target or campaign is used. -ECHILD, of all that runs a command: that
 * process is gone. A command stays the caller's, and is there until the target is closed. Its
 * standard input is empty, and a server's has no end. One thread at a time.
 */

/* command: run through the shell, and again whenever it ended; NULL with pid: watch that
 * process; neither: nothing is known of the server but its replies. -ESRCH, -ENOENT. */
int tc_fuzz_target_open(struct tc_fuzz_target **t, const char *command, int pid,
			struct tc_error *err);
/* A client: run by tc_fuzz_target_call, up to n of it at once. That it ends is no death, but a
 * signal is, a sanitizer's report, and what the shell cannot run. NULL: nothing is run. */
int tc_fuzz_target_open_client(struct tc_fuzz_target **t, const char *command, unsigned n,
			       struct tc_error *err);
/* A command that brings a target back: run by tc_fuzz_target_run. Its edges are not counted. */
int tc_fuzz_target_open_revival(struct tc_fuzz_target **t, const char *command,
				struct tc_error *err);
void tc_fuzz_target_close(struct tc_fuzz_target *t);	/* ends what was spawned; NULL is fine */

/* Has it died? Then why ("SIGSEGV", "exit 1", "AddressSanitizer: …"), once. */
bool tc_fuzz_target_died(struct tc_fuzz_target *t, char why[128]);

/* The same, and tc_fuzz_target_died is still to tell why. */
bool tc_fuzz_target_is_dead(struct tc_fuzz_target *t);

/* 0, or why its command cannot be run or watched any more, which was seen by one of these two or
 * by tc_fuzz_target_call: a fault of this machine, of the target nothing is known. NULL: 0. */
int tc_fuzz_target_fault(const struct tc_fuzz_target *t, struct tc_error *err);

/* A client's command is run until `most` of it run (and no more than n, as it was opened), if none
 * is dead: how many were begun; or negative. */
int tc_fuzz_target_call(struct tc_fuzz_target *t, unsigned most);

/* How many of it run, besides one that is dead; 0 where nothing is ours to run. NULL is allowed. */
unsigned tc_fuzz_target_callers(struct tc_fuzz_target *t);

/* End those. NULL is allowed. */
void tc_fuzz_target_end_callers(struct tc_fuzz_target *t);

/* End it when it runs, run it again. -ENOTSUP when it is not ours to run. */
int tc_fuzz_target_restart(struct tc_fuzz_target *t, struct tc_error *err);
/* Run the command of a revival, and wait until it ends; what it leaves running is its own (and
 * may print to what is quoted when a later run of it fails). -ETIMEDOUT: not within so many ns, it
 * was killed; -EPROTO: it ended with another exit code than 0; -ENOTSUP: there is no command. */
int tc_fuzz_target_run(struct tc_fuzz_target *t, tc_time within, struct tc_error *err);
bool tc_fuzz_target_spawned(const struct tc_fuzz_target *t);

/* Of what is spawned, and was built to count its edges in AFL's shared map: how many it has gone
 * through that it had not when it was last asked; *all: ever. Else 0. NULL is allowed. */
unsigned tc_fuzz_target_edges(struct tc_fuzz_target *t, unsigned *all);

/* ---- running cases ----------------------------------------------------------------------- */

enum tc_fuzz_kind {
	TC_FUZZ_NOTHING,
	TC_FUZZ_DIED,
	TC_FUZZ_HANG,
	TC_FUZZ_REFUSES,
	TC_FUZZ_ACCEPTED,
	TC_FUZZ_NOVEL,
	TC_FUZZ_DIFFERS,		/* from what the other server does */
	TC_FUZZ_KINDS
};

const char *tc_fuzz_kind_name(enum tc_fuzz_kind k);

/* What a case brought. */
struct tc_fuzz_outcome {
	enum tc_verdict verdict;
	bool not_carried;		/* it was not sent: the path cannot carry it, or no count of
					 * its frame can say it */
	bool uncalled;			/* … as it waited for a call in vain */
	bool control;			/* a control exchange followed, and … */
	bool control_good;
	uint64_t bytes_acked, bytes_received;
	uint64_t signature;		/* of the reply */
	size_t reply_len;
	uint64_t reply_hash;		/* of its bytes alone */
	uint16_t port;			/* ours; of a call the caller's */
	bool alone;			/* nothing else was under way meanwhile */
	tc_time from, to;		/* CLOCK_REALTIME, with the control if there was one */
	enum tc_fuzz_kind kind;
	char why[160];			/* of kind; empty for NOTHING */
	tc_time took;			/* until its verdict */
	bool costs;			/* it was one of several clients that are not run here: to
					 * do it again costs another one */
	unsigned edges;			/* that no case before had the target go through */
	char reply_text[48];		/* how the reply begins */
	char state[40];			/* how far it got, and how it ended */
	tc_time other_from, other_to;	/* of the same case at config.against: as from and to, */
	uint16_t other_port;		/* and port */
};

/* "reply", "reset" …, or "not-carried". */
const char *tc_fuzz_reaction(const struct tc_fuzz_outcome *o);

#define TC_FUZZ_ALWAYS 16

/* A client that went missing, and the numbers of the cases between which it could have been, if it
 * was one. */
struct tc_fuzz_missing {
	struct tc_addr addr;		/* the client's, or its NAT's */
	bool shared;			/* by others */
	uint64_t first, last;
};

struct tc_fuzz_config {
	struct tc_session *session;	/* open; with a filter of ours from here on */
	struct tc_fuzz_target *target;	/* NULL: unknown */
	uint16_t call_port;		/* not 0: clients are the target, and call us here, … */
	struct tc_addr call_addr;	/* at this address (none: any) */
	const uint8_t *request;		/* the valid one */
	size_t request_len;
	const uint8_t *expect;		/* its reply; NULL: whatever the first control got */
	size_t expect_len;
	const struct tc_header *frame;	/* the request is one of its frames; NULL: raw bytes */
	bool prot;			/* … and the server answers it as PROT's does */
	const char *const *always;	/* rules of the surgery for each case, before its own … */
	unsigned n_always;		/* … at most TC_FUZZ_ALWAYS */
	const struct tc_fuzz_base *base; /* under the cases of TC_FUZZ_CAPTURE; may be NULL */
	/* Shell command that says with exit 0, within 60 s, that the server is well, besides the
	 * control exchange; its input is empty. NULL: none. */
	const char *check;
	struct tc_fuzz *against;	/* the other server, learned already: all cases go there
					 * as well, and what differs is the finding; or NULL */
	unsigned parallel;
	double rate;			/* connections a second; 0 = as fast as it goes */
	tc_time patience;		/* for a control exchange */
	/* A case of an earlier window turns out to be what broke the server, and *o is what it
	 * brought now. No call of this file in it. May be NULL. */
	void (*late)(void *ctx, const struct tc_fuzz_case *c, const struct tc_fuzz_outcome *o);
	/* One of several clients that are not run here does not call any more, and no case is
	 * accused of it. No call of this file in it. May be NULL. */
	void (*missing)(void *ctx, const struct tc_fuzz_missing *m);
	/* Let the stack run until `until` or something happens. Nonzero: stop. */
	int (*turn)(void *ctx, tc_time until);
	void *ctx;
};

struct tc_fuzz;

/* -ENOMEM; what listening says; with config.check the errors of a process that is begun (see
 * above: before the caller's walls, in a thread that lives on). */
int tc_fuzz_open(struct tc_fuzz **f, const struct tc_fuzz_config *cfg, struct tc_error *err);
void tc_fuzz_close(struct tc_fuzz *f);		/* before the session; NULL is allowed */

/* The first control: how the server answers when all is well. -ECONNREFUSED,
 * -ETIMEDOUT when it does not. -EPROTO when config.check says that it is not well. -EINTR when turn
 * said stop. Here and below: -ENOEXEC where the shell cannot run config.check, and what
 * tc_fuzz_target_fault says. */
int tc_fuzz_learn(struct tc_fuzz *f, struct tc_error *err);

/*
 * Run n cases, config.parallel at once; out[i] is what case i brought. Afterwards the
 * server is well: what broke it was blamed on a case, and it was started again. 0; -EINTR;
 * -ECONNREFUSED when it is not well and cannot be made so (out is filled, the finding with
 * it). Where it was not well before all were asked, the last ones are not (never the first).
 */
int tc_fuzz_run(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		struct tc_fuzz_outcome *out, struct tc_error *err);

/*
 * A share of a window whose other cases other fuzzers run meanwhile, each with a session and a
 * process of its own. As tc_fuzz_run, but nobody is blamed, and no answer is called new. -EAGAIN:
 * the server was not well, or not all were asked: that is settled by tc_fuzz_take_shares.
 */
int tc_fuzz_run_share(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		      struct tc_fuzz_outcome *out, struct tc_error *err);

/* What the shares of a window brought, in its order: which answers are new. If not all went well:
 * if the server is well now the window is run again, else whose fault it is is looked for; as
 * tc_fuzz_run. */
int tc_fuzz_take_shares(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
			struct tc_fuzz_outcome *out, bool all_well, struct tc_error *err);

/* How many were asked, up to the first that was not, or was stopped. */
unsigned tc_fuzz_asked(const struct tc_fuzz_outcome *out, unsigned n);

/* After the last tc_fuzz_run: is the server well? Else the case that broke it is given to
 * config.late. As tc_fuzz_run. */
int tc_fuzz_last_look(struct tc_fuzz *f, struct tc_error *err);

/* In what two servers' outcomes of one case differ: death, answer, what must be dropped, payload,
 * state, timing. */
void tc_fuzz_diff(struct tc_diff *d, const struct tc_fuzz_outcome *a,
		  const struct tc_fuzz_outcome *b);

/* How many cases of the window that is being run are over; *looking: none is counted, the
 * one that broke the server is being looked for. */
unsigned tc_fuzz_under_way(const struct tc_fuzz *f, bool *looking);

/* Does this kind of finding come of the case, again, in at most `repeat` runs of it? *out
 * is the last run. */
bool tc_fuzz_reproduces(struct tc_fuzz *f, const struct tc_fuzz_case *c,
			enum tc_fuzz_kind kind, unsigned repeat, struct tc_fuzz_outcome *out);

/*
 * Make the case smaller while `kind` still comes of it: segments, fields, bits, then the
 * payload, which is written to *request and becomes the case's. Uses at most `budget` runs.
 * *out is the run of what is left. Returns the runs that it took to bring it about each time
 * (1, or more for what adds up), 0 when it does not come again.
 */
unsigned tc_fuzz_minimize(struct tc_fuzz *f, struct tc_fuzz_case *c, enum tc_fuzz_kind kind,
			  unsigned budget, struct tc_buf *request, struct tc_fuzz_outcome *out);

/* ---- what was on the wire ---------------------------------------------------------------- */

/* The last frames of a campaign, up to a fixed number of bytes; in memory that a child of
 * fork(2) shares: what it adds is seen here. */
struct tc_fuzz_tape;

struct tc_fuzz_tape *tc_fuzz_tape_open(void);		/* NULL: out of memory */
void tc_fuzz_tape_close(struct tc_fuzz_tape *t);	/* NULL is allowed */
/* Have it hold the frames of so many cases, of 1 KiB each, beside what is older; 4096 of them without
 * this, and 16384 at most. It takes up to 2 KiB of memory a case. */
void tc_fuzz_tape_keep(struct tc_fuzz_tape *t, unsigned cases);
void tc_fuzz_tape_add(void *tape, const struct tc_frame *f);	/* as tc_observer.frame */

/* Give those of a case to fn: what was captured from o->from to o->to; alone: nothing else
 * was under way; not alone: of its port only. Negative of fn ends it and is returned. */
int tc_fuzz_tape_each(const struct tc_fuzz_tape *t, const struct tc_fuzz_outcome *o, bool alone,
		      int (*fn)(void *ctx, const struct tc_frame *f, struct tc_error *err),
		      void *ctx, struct tc_error *err);

/* ---- a scope ----------------------------------------------------------------------------- */

/* As tc_session_config.widen; ctx is a struct tc_fuzz_scope. */
struct tc_fuzz_scope {
	const struct tc_fuzz_space *space;
	struct tc_mutate *always;	/* rules besides those of the cases, or NULL */
};

int tc_fuzz_widen(void *ctx, const struct tc_path *path, uint16_t port_lo,
		  uint16_t port_hi, struct tc_wider *w, struct tc_error *err);

/* ---- the journal ------------------------------------------------------------------------- */

struct tc_journal_head {
	uint64_t seed;
	uint8_t family;			/* of the target; 4 where an old journal does not say it */
	bool listen;			/* of clients: the cases answer calls */
	const char *fields, *segments, *strategies, *oracle;
	const uint8_t *request;
	size_t request_len;
	uint64_t shard, shards;		/* as of --shard: 1.. of how many; 0 and 0: all */
	const char *always[TC_FUZZ_ALWAYS]; /* rules for each case */
	unsigned n_always;
	const char *base[4];		/* of struct tc_fuzz_base; empty or NULL: none */
	const char *learnt[TC_FUZZ_LEARNT];
	unsigned n_learnt;
	const char *spec_file, *spec;	/* of the frames: the file and its text; NULL: PROT's,
					 * or none */
	const char *tcp;		/* keys of our TCP, as tc_traits_parse takes them; or NULL */
};

/* Append the line of the campaign, of a case. */
void tc_journal_put_head(struct tc_buf *out, const struct tc_journal_head *h);
void tc_journal_put_case(struct tc_buf *out, const struct tc_fuzz_case *c,
			 const struct tc_fuzz_outcome *o);

/* Lines for programs: a finding with its rules, and the end of a campaign. */
struct tc_json_finding {
	const struct tc_fuzz_case *c;
	enum tc_fuzz_kind kind;
	const char *why;
	bool minimized;
	unsigned repeat;		/* of minimized: runs that bring it about */
	const char *capture;		/* a file with its frames, or NULL */
	const char *other_capture;	/* of DIFFERS: those with the other server, or NULL */
	const char *ladders;		/* … and both beside each other, for a page; or NULL */
};
void tc_json_finding(struct tc_buf *out, const struct tc_json_finding *f);
void tc_json_missing(struct tc_buf *out, const struct tc_fuzz_missing *m);

#define TC_FUZZ_REACTIONS (TC_VERDICTS + 1)	/* the last: not carried */

/* What came of a field's value class in a segment, how often each. */
struct tc_fuzz_row {
	const char *field, *segment, *value_class;
	unsigned times[TC_FUZZ_REACTIONS];
};

const char *tc_fuzz_reaction_name(unsigned i);	/* of times[i] */
void tc_json_reaction(struct tc_buf *out, const struct tc_fuzz_row *r);

/* Sections of a page: the table as colours; a finding (times: how often it was had; command:
 * what shows it again), with the frames of its capture as a ladder when there is one. */
int tc_fuzz_html_table(struct tc_html *h, const struct tc_fuzz_row *rows, size_t n,
		       struct tc_error *err);
int tc_fuzz_html_finding(struct tc_html *h, const struct tc_json_finding *f, unsigned times,
			 const char *command, struct tc_error *err);

/* Faults, and kinds of answers that were new, which are none. */
struct tc_json_found {
	unsigned faults, answers;
	unsigned edges, kept;		/* of a target with coverage; cases that found them */
};
/* against: of the session with the second server, or NULL. */
void tc_json_campaign(struct tc_buf *out, uint64_t cases, struct tc_json_found found,
		      uint64_t seed, double seconds, int exit,
		      const struct tc_session_summary *sum,
		      const struct tc_session_summary *against);

/*
 * Differences of two servers that are known: a line each, which says where and how they differ
 * ("tcp.flags data: answer: reset against reply"), with * and ? as in file names, which do not
 * stand for a death ("ip.options syn: death: *" does); # begins a remark. What two fields show
 * (" & ") is known where a line of one of them says HOW without * ? and [, unless it is a death.
 * Any bytes: 0, and *known holds the lines (free with tc_buf_free); -EINVAL: one is no such line,
 * which *err names, with `name` of the file before it.
 */
#define TC_FUZZ_KNOWN_LINE 512		/* characters at most */

int tc_fuzz_known_read(struct tc_buf *known, const char *name, const uint8_t *bytes, size_t n,
		       struct tc_error *err);
bool tc_fuzz_known_has(const struct tc_buf *known, const char *key);

struct tc_journal_entry {
	struct tc_fuzz_case c;
	struct tc_fuzz_outcome o;
};

struct tc_journal {
	struct tc_journal_head head;	/* its pointers are the journal's */
	struct tc_journal_entry *entries;
	size_t n;
	size_t good;			/* bytes up to the end of the last whole line */
	void *root;			/* what the texts are borrowed from */
};

/* Read what bytes hold; a last line that was cut is left out, anything else that is not a line
 * of a journal is -EBADMSG with its number. Close also after failure. */
int tc_journal_read(struct tc_journal *j, const uint8_t *bytes, size_t n, struct tc_error *err);
void tc_journal_close(struct tc_journal *j);

#endif
