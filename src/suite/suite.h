/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many scripts as one: which files they are, what the head of each promises, what came of
 * it, and one writer for what people and programs are told: table, TAP, JUnit, JSON, page.
 * Nothing here sends: who carries the scripts out fills in the results. Not thread-safe.
 *
 * A case of conformance is a script with a head, lines that begin with //: and a word:
 *
 *	//: name a few words
 *	//: sound one sentence: what a sound TCP does
 *	//: clause RFC 9293 3.10.7.2 first
 *	//: class MUST|SHOULD|MAY
 *	//: needs outside|echo|closes|nobody|dut
 *	//: family 4|6		of which IP it speaks, if not of either
 *	//: path wire		each of its segments is a frame, as on no loopback
 *
 * and, between its events, lines that say what it means when one behind them is not met:
 *
 *	//: given	(until another:) it could not be told; so it begins
 *	//: offer	the peer has no such thing: not supported
 *	//: then	the peer is at fault
 */
#ifndef SUITE_SUITE_H
#define SUITE_SUITE_H

#include <tcpcraft/buf.h>
#include <tcpcraft/clock.h>
#include <tcpcraft/script_run.h>

struct tc_error;
struct tc_session_summary;

enum tc_case_needs {
	TC_NEEDS_OUTSIDE,	/* a port that accepts, and is silent until it is spoken to */
	TC_NEEDS_ECHO,		/* … that sends back what it gets */
	TC_NEEDS_CLOSES,	/* … that closes when it has got something */
	TC_NEEDS_NOBODY,	/* a port that nobody listens on */
	TC_NEEDS_DUT,		/* a hand on the sockets (run --dut); its port, if not the usual one */
	TC_NEEDS_COUNT,
};
extern const char *const tc_needs_name[TC_NEEDS_COUNT];

enum tc_case_verdict {
	TC_CASE_NOT_MADE,	/* its turn did not come */
	TC_CASE_PASS,
	TC_CASE_FAIL,
	TC_CASE_INCONCLUSIVE,
	TC_CASE_NOT_SUPPORTED,	/* the peer says that it has no such thing */
	TC_CASE_NOT_TESTABLE,	/* from here: something is needed that is not there */
	TC_CASE_NOT_RUN,	/* the script cannot be carried out: exit 2 */
	TC_CASE_ERROR,		/* this machine cannot: exit 3 */
	TC_CASE_VERDICTS,
};
extern const char *const tc_case_verdict_name[TC_CASE_VERDICTS];

#define TC_SUITE_MARKS 32	/* given, offer and then, of one script */

struct tc_suite_head {
	char *name, *sound, *clause, *class_name;	/* NULL: not said */
	enum tc_case_needs needs;
	uint8_t family;		/* 4 or 6; 0: over either */
	bool wire;		/* cannot be asked over a loopback */
	struct {
		unsigned line;
		enum tc_case_verdict unmet;	/* of an event behind it */
	} mark[TC_SUITE_MARKS];
	unsigned n_marks;
};

/*
 * Read the head of a script. file: its name for the message, "FILE:LINE: …". Words that are
 * not known after //: , a class, needs or family that is none, more marks than there is room for:
 * -EINVAL. Lines that do not begin with //: are the script's own. h is to be freed either
 * way.
 */
int tc_suite_head_read(struct tc_suite_head *h, const char *file, const char *text, size_t n,
		       struct tc_error *err);
void tc_suite_head_free(struct tc_suite_head *h);

struct tc_suite_case {
	char *path;
	char *id;		/* what it is called: SECTION/NAME, or its path */
	char *capture;		/* that the script judges, or NULL: it is carried out */
	struct tc_suite_head head;
	enum tc_case_verdict verdict;
	bool acquitted;		/* … of what its server does unasked: not asked again */
	unsigned asked;		/* how often */
	int exit;		/* of the one script, the last time */
	struct tc_script_result result;	/* event is NULL */
	struct tc_buf output;	/* what was printed of it */
	struct tc_buf frames;	/* a capture of it, where one is wanted */
	bool frames_cut;	/* … the beginning of it */
	tc_time took;
	tc_time began, ended;	/* of that asking, at the outside; monotonic */
	bool beside;		/* others were asked in that time */
	char why[256];		/* beside result: what was in the way, or "" */
	enum tc_case_verdict was;	/* of tc_suite_read_before: not made: it is not there */
	bool is_other;		/* of tc_suite_compare: now it is another */
};

struct tc_suite {
	const char *command;	/* run, conform */
	const char *host;
	unsigned port;
	struct tc_suite_case *cases;
	size_t n;
	tc_time took;
	const struct tc_session_summary *guard;	/* that all shared; NULL: none */
};

/* Add a script, or of a folder and those in it all that end in .pkt, by name. base: what
 * of the path is not part of the id, or NULL. -ENOENT and others name the path. */
int tc_suite_add(struct tc_suite *s, const char *path, const char *base,
		 struct tc_error *err);
/* Instead of each script there is each capture judged by it. */
int tc_suite_cross(struct tc_suite *s, char *const *captures, size_t n, struct tc_error *err);
void tc_suite_drop(struct tc_suite *s, size_t at);
void tc_suite_free(struct tc_suite *s);

/* The section of a case: its id up to the last slash; *n bytes, 0: none. */
const char *tc_suite_section(const struct tc_suite_case *c, size_t *n);

/* What the result of a case means, by its marks: c->verdict. A script that has no head is
 * at fault nowhere: what it expects and does not get is the peer's. A case that failed beside a
 * reset of this host's own kernel is inconclusive. */
void tc_suite_judge(struct tc_suite_case *c);

/* 4: one failed; else 3, 2: one could not be run; 1: one could not be told; 0. */
int tc_suite_exit(const struct tc_suite *s);

/* ---- what is told ----------------------------------------------------------------- */

/* A line of the table, with more lines where it is not passed. */
void tc_suite_put_case(struct tc_buf *out, const struct tc_suite_case *c);
/* A line for each reason why cases could not be run from here. */
void tc_suite_put_not_testable(struct tc_buf *out, const struct tc_suite *s);
/* A line of counts for each section; then the sum of all in one line. */
void tc_suite_put_sections(struct tc_buf *out, const struct tc_suite *s);
void tc_suite_put_sum(struct tc_buf *out, const struct tc_suite *s);
/* What they are: "cases" of conformance, "captures", or "scripts". */
const char *tc_suite_unit(const struct tc_suite *s);

void tc_suite_json_case(struct tc_buf *out, const struct tc_suite_case *c);
void tc_suite_json_sum(struct tc_buf *out, const struct tc_suite *s, int code);

void tc_suite_tap(struct tc_buf *out, const struct tc_suite *s);	/* TAP 14 */
void tc_suite_junit(struct tc_buf *out, const struct tc_suite *s);	/* XML */

/* The JSON of the page's section (page/assets/suite.js). */
void tc_suite_page(struct tc_buf *out, const struct tc_suite *s);

/* ---- against a run before ----------------------------------------------------------- */

/*
 * text: JSON lines of a run before this one (tc_suite_json_case); each case is told what its
 * verdict was. -EBADMSG: a line is not JSON (names it by `file` and number), or none is of a case.
 */
int tc_suite_read_before(struct tc_suite *s, const char *file, const char *text, size_t n,
			 struct tc_error *err);

/* Once all are judged: marks each case whose verdict has changed, and each that fails and had no
 * verdict. true: one of these passed before, or fails now. */
bool tc_suite_compare(struct tc_suite *s);

/* The marked cases: for people; and as JSON lines, with `was`. */
void tc_suite_put_others(struct tc_buf *out, const struct tc_suite *s);
void tc_suite_json_others(struct tc_buf *out, const struct tc_suite *s);

#endif
