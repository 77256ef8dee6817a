/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Experiments that find out how a TCP peer behaves: each sends what it needs and no more,
 * and comes to a finding: a verdict in a word and in a sentence, numbers, the segments that
 * prove it, the RFC's clause. "Could not tell" is a finding too. One thread.
 *
 * How to add an experiment: write src/probe/NAME.c with one
 * `const struct tc_experiment tc_experiment_NAME` whose run() uses src/lab/lab.h, and add
 * the line EXPERIMENT(NAME) to TC_EXPERIMENTS below. --list, `all`, `compare`, --json and
 * --csv know it from then on. The rules for run():
 *
 *  - connections and segments through tc_lab_* only; each waits at most until the monotonic
 *    time it is given, lab->timeout from now as a rule, and no loop is without a bound;
 *  - `rc < 0` of any of them (a signal, a dead link) is returned at once: what the finding
 *    holds by then is printed, the lab resets what is still open;
 *  - a peer that does not play along (tc_lab_open returned 0, a reset in the middle) is
 *    tc_finding_blame, or another tc_finding_unknown: exit 1;
 *  - facts that a second run on the same peer gives again are tc_finding_number and _text,
 *    times and rates tc_finding_measure, which rounds, and what was counted of bytes and
 *    segments tc_finding_count, which does not: `compare` allows both to differ by a quarter;
 *  - .needs says what must be true of a connection on which nothing is sent (the control):
 *    where it is not, run() is not called, and the finding says that it cannot be told;
 *  - cite the segments that prove the verdict (seen->cited, tc_lab_cite_sent), no more;
 *  - it is harmless when the peer can serve others meanwhile as if nothing had happened;
 *  - where chance plays a part, run lab->trials times and set f->agree of f->trials;
 *  - .asks says whether it asks servers, clients or both: of a client tc_lab_open answers the
 *    next call. Sentences name it by f->peer.
 */
#ifndef TCPCRAFT_PROBE_H
#define TCPCRAFT_PROBE_H

#include <tcpcraft/buf.h>
#include <tcpcraft/clock.h>
#include <tcpcraft/diff.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_error;
struct tc_finding;
struct tc_frame;
struct tc_lab;
struct tc_session;

/*
 * The order of `all`. What a server does unprovoked comes first, since it judges the others;
 * then what our later silence would change: a kernel keeps the round-trip time of an address
 * for its next connections (Linux: `ip tcp_metrics`), and waits the longer for the slower one.
 */
#define TC_EXPERIMENTS(EXPERIMENT) \
	EXPERIMENT(unprovoked) \
	EXPERIMENT(offer) \
	EXPERIMENT(retransmit) \
	EXPERIMENT(read_size) \
	EXPERIMENT(backlog) \
	EXPERIMENT(synack_retries) \
	EXPERIMENT(syn_retries) \
	EXPERIMENT(persist) \
	EXPERIMENT(keepalive) \
	EXPERIMENT(options) \
	EXPERIMENT(isn) \
	EXPERIMENT(blind_attack) \
	EXPERIMENT(overlap) \
	EXPERIMENT(close) \
	EXPERIMENT(path) \
	EXPERIMENT(urgent) \
	EXPERIMENT(paws) \
	EXPERIMENT(syn_data) \
	EXPERIMENT(simultaneous_open) \
	EXPERIMENT(reserved_bits) \
	EXPERIMENT(bad_checksum) \
	EXPERIMENT(zero_window) \
	EXPERIMENT(icw) \
	EXPERIMENT(min_mss) \
	EXPERIMENT(slow_start) \
	EXPERIMENT(loss_response) \
	EXPERIMENT(sack_receiver) \
	EXPERIMENT(ecn) \
	EXPERIMENT(fastopen) \
	EXPERIMENT(ack_of_unsent) \
	EXPERIMENT(challenge_limit) \
	EXPERIMENT(pmtud) \
	EXPERIMENT(pmtud_blackhole) \
	EXPERIMENT(ack_policy) \
	EXPERIMENT(user_timeout) \
	EXPERIMENT(syn_flood_defence) \
	EXPERIMENT(fingerprint)

/* What a server does on a connection on which nothing is sent: the control, beside which
 * the others are judged. A server that says something and then closes, closes. */
enum tc_habit {
	TC_HABIT_UNKNOWN,		/* nobody has looked */
	TC_HABIT_WAITS,
	TC_HABIT_SPEAKS,
	TC_HABIT_CLOSES,		/* FIN */
	TC_HABIT_RESETS,
};

struct tc_unprovoked {
	enum tc_habit habit;
	double watched_s;		/* so long, unless it ended before */
	double after_s;			/* from the handshake to what it does: the end, or else
					 * the first byte */
	uint32_t bytes;			/* that it said unasked, as far as they came in order */
};

/* "waits", …; of texts and JSON. */
const char *tc_habit_name(enum tc_habit habit);

/* What an experiment asks of a connection, before anything that it does can be the reason
 * for what comes. */
enum tc_needs {
	TC_NEEDS_NOTHING,		/* no established connection, or it copes; no control */
	TC_NEEDS_CONTROL,		/* the control is made; run() judges by it */
	TC_NEEDS_NO_RESET,		/* the server does not reset it of itself */
	TC_NEEDS_LIFE,			/* nor close it, for two seconds */
};

/* Whom an experiment asks: a server is called by us, a client calls us. */
enum tc_asks {
	TC_ASKS_SERVERS,
	TC_ASKS_CLIENTS,
	TC_ASKS_BOTH,
};

struct tc_experiment {
	const char *name;		/* as on the command line */
	const char *one_line;		/* the question that it answers */
	const char *clause;		/* what the RFCs say of it */
	unsigned ports;			/* four-tuples it needs before it repeats one */
	bool harmless;			/* part of `all` */
	bool asks_host;			/* other ports and its ICMP too: the session sees them */
	enum tc_needs needs;
	enum tc_asks asks;
	tc_time patience;		/* the time-out when the user gives none; 0 = 5 s */
	/* 0, or negative with *err set. */
	int (*run)(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err);
};

/* All of them, n filled. tc_experiment_find: NULL when there is none of that name. */
const struct tc_experiment *const *tc_experiments(size_t *n);
const struct tc_experiment *tc_experiment_find(const char *name);
bool tc_experiment_asks(const struct tc_experiment *e, bool clients);

enum tc_fact_kind {
	TC_FACT_NUMBER,			/* the same in each run */
	TC_FACT_TEXT,			/* the same */
	TC_FACT_MEASURE,		/* about the same */
	TC_FACT_NOTE,			/* a text that no other run need give */
};

struct tc_fact {
	char name[32];
	char text[320];			/* nmap's longest line fits */
	enum tc_fact_kind kind;
	double number;			/* of numbers and measures */
};

#define TC_FACTS_MAX 32

/* Zero-initialise; free with tc_finding_free. */
struct tc_finding {
	const struct tc_experiment *experiment;
	const char *peer;		/* whom it was about: "server", "client"; NULL: nobody */
	char verdict[40];		/* a word: "fixed-size", "refused" … */
	bool answered;			/* the question is */
	bool has_value;
	double value;			/* the answer, where it is one number */
	struct tc_buf sentence;
	struct tc_fact facts[TC_FACTS_MAX];
	unsigned n_facts;
	unsigned agree, trials;		/* so many trials of so many agree; 0 of 0: one run */
	struct tc_buf evidence;		/* lines: the segments that prove it */
	struct tc_buf story;		/* lines: all segments */
	uint64_t segments_sent, segments_received;
	uint64_t resets_leaked;		/* by this host's kernel, seen on the wire */
	uint64_t sends_blocked;		/* by a firewall of this host */
	struct tc_unprovoked unprovoked;	/* what it was judged beside */
	const char *target_after;	/* NULL, or the target answered before and does not any
					 * more: "no-answer", "refused", "unreachable" */
};

void tc_finding_free(struct tc_finding *f);

/* Set word and sentence: answered, or not (then the exit code is 1). */
void tc_finding_told(struct tc_finding *f, const char *verdict, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void tc_finding_unknown(struct tc_finding *f, const char *verdict, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with the word "could-not-tell"; the sentence begins "could not tell: ". */
void tc_finding_untold(struct tc_finding *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

void tc_finding_value(struct tc_finding *f, double value);

/* Facts, in the order in which they shall be read; more than TC_FACTS_MAX are left out. */
void tc_finding_number(struct tc_finding *f, const char *name, double value);
void tc_finding_measure(struct tc_finding *f, const char *name, double value);
void tc_finding_count(struct tc_finding *f, const char *name, uint64_t n);
void tc_finding_text(struct tc_finding *f, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void tc_finding_note(struct tc_finding *f, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
const struct tc_fact *tc_finding_fact(const struct tc_finding *f, const char *name);

struct tc_probe_config {
	struct tc_session *session;	/* open, bare, with a port block of experiment->ports
					 * or more; of clients: it listens */
	bool clients;			/* they are asked: each connection is a call of theirs */
	/* Of clients, often while a call is waited for: make one call. False: it never will.
	 * NULL: they call by themselves. */
	bool (*call)(void *ctx);
	void *call_ctx;
	struct tc_buf *calls;		/* that came when the experiment before was over, and are
					 * answered by the next one; NULL: they are lost */
	tc_time timeout;		/* for the experiment's waits; 0 = its patience */
	unsigned trials;		/* 0 = the experiment's own number */
	unsigned most;			/* connections to try at most; 0 = the same */
	struct tc_unprovoked *unprovoked;	/* known from an experiment before, and told to
					 * the next one; NULL: each looks for itself */
	const uint8_t *prefix;		/* bytes that begin a valid request, */
	size_t prefix_len;		/* or 0 */
	bool echo;			/* the server sends back what it gets */
	double rate;			/* packets a second; 0 = no limit */
	tc_time until;			/* monotonic: no wait is longer; 0 = no such end */
	const char *os_base;		/* nmap's data base as text, or NULL */
	size_t os_base_len;
	uint64_t seed;
	int stop_fd;			/* readable: end early (-EINTR); or -1 */
	void (*second)(void *ctx);	/* called about every second that passes, or NULL */
	void *second_ctx;
	void (*frame)(void *ctx, const struct tc_frame *f);	/* each captured, or NULL */
	void *ctx;
};

/* Run one. *f is filled whatever happens, and what was left open at the peer is reset. Where
 * cfg->until came first it is what had been found by then, or "out-of-time".
 * -EINTR: stopped by stop_fd; else what sending and capturing say. */
int tc_probe_run(const struct tc_experiment *e, const struct tc_probe_config *cfg,
		 struct tc_finding *f, struct tc_error *err);

/* Does a SYN get its answer, within so many ns, asked again and again? 1 or 0; negative as
 * tc_probe_run. What was opened is reset. */
int tc_probe_answers(const struct tc_probe_config *cfg, tc_time within, struct tc_error *err);

/* Where findings are from and how they are told. */
struct tc_probe_report {
	const char *type, *command;	/* of JSON lines; NULL: "result" of "probe" */
	const char *name;		/* … and of "experiment"; NULL: the finding's own */
	const char *host;		/* as the user wrote it; NULL: any address of ours */
	uint16_t port;
	bool clients;			/* it is where they called: our own */
	uint64_t seed;
	int exit;
	bool evidence;			/* people: with the segments that prove it */
	bool story;			/* people: with all segments */
};

void tc_probe_text(struct tc_buf *out, const struct tc_probe_report *r,
		   const struct tc_finding *f);
void tc_probe_json(struct tc_buf *out, const struct tc_probe_report *r,
		   const struct tc_finding *f);
void tc_probe_csv_head(struct tc_buf *out);
void tc_probe_csv(struct tc_buf *out, const struct tc_probe_report *r,
		  const struct tc_finding *f);

/* One line that tc_probe_json wrote, read back: 1; 0: it is another line. -EBADMSG: no JSON.
 * Kinds of facts are not in there: measures come back as numbers. */
int tc_finding_parse(struct tc_finding *f, const char *line, size_t n, struct tc_error *err);

/* In what two findings of one experiment differ; texts are theirs, "" where one has none.
 * Measures may differ by a quarter, notes as they like. The number of differences. */
unsigned tc_finding_diff(struct tc_diff *d, const struct tc_finding *a,
			 const struct tc_finding *b);

/* `difference` lines, and the `result` line of a comparison. */
struct tc_probe_compare {
	const char *verdict;		/* "same", "different", "could-not-tell" */
	const char *a, *b;		/* targets, or the file */
	unsigned compared, different;	/* experiments */
	int exit;
};

void tc_probe_diff_json(struct tc_buf *out, const struct tc_experiment *e,
			const struct tc_diff *d);
void tc_probe_compare_json(struct tc_buf *out, const struct tc_probe_compare *c);

/* Targets as a list "a,b", a CIDR "10.0.0.0/30" (without the network's own and broadcast
 * addresses), "@FILE" with one a line, or a mixture; each may end in ":PORT". */
#define TC_TARGETS_MAX 65536

struct tc_target {
	char host[64];
	uint16_t port;			/* 0: not given */
};

/* Appends struct tc_target to *out. Their number, or negative: -EINVAL, -ERANGE for more
 * than TC_TARGETS_MAX, -ENOENT and others of the file. */
int tc_targets_parse(struct tc_buf *out, const char *text, struct tc_error *err);

#endif
