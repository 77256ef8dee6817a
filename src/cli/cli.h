/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of cli/ share: commands, their options, and the frame of a live run. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <tcpcraft/buf.h>
#include <tcpcraft/comments.h>
#include <tcpcraft/error.h>
#include <tcpcraft/html.h>
#include <tcpcraft/html_ladder.h>
#include <tcpcraft/mutate.h>
#include <tcpcraft/outfile.h>
#include <tcpcraft/pcapfile.h>
#include <tcpcraft/record.h>
#include <tcpcraft/script.h>
#include <tcpcraft/session.h>
#include <tcpcraft/trace.h>

#include <stdbool.h>
#include <stdio.h>

/* Exit codes, a contract. */
enum {
	EXIT_DONE = 0,
	EXIT_PEER = 1,		/* the peer did not do it */
	EXIT_USAGE = 2,		/* the command line or an input is wrong */
	EXIT_MACHINE = 3,	/* this machine cannot */
	EXIT_FINDING = 4,
	EXIT_SIGNAL = 128,	/* + the signal's number */
};

/* Options by group; a command takes some groups. */
#define GROUP_OUT   0x01u	/* --json -q -v */
#define GROUP_NET   0x02u	/* interface, ports, guard, capture … */
#define GROUP_DATA  0x04u	/* --data… */
#define GROUP_PROT  0x08u	/* --count, --parallel, --hold */
#define GROUP_LISTEN 0x10u	/* --keep, --prot */
#define GROUP_TCP   0x400u	/* --keepalive … : our TCP's habits */
#define GROUP_MUTATE 0x1000u	/* --mutate */
#define GROUP_SPEC  0x4000u	/* --payload-spec */
#define GROUP_TALK  0x8000u	/* --set, --follow-wire, --data… more than once */
#define GROUP_FUZZ  0x2000u	/* --fields, --spawn … */
#define GROUP_CLIENT 0x800u	/* --source -g --iss */
#define GROUP_RATE  0x20u	/* --rate */
#define GROUP_SEND  0x40u	/* fields, --count … of crafted packets */
#define GROUP_EXPLAIN 0x80u	/* --checksum */
#define GROUP_BYTES 0x100u	/* --from: what bytes begin with */
#define GROUP_SHOW  0x10000u	/* --connection, --filter */
#define GROUP_LINKTYPE 0x20000u	/* --linktype */
#define GROUP_FORCE 0x40000u	/* --force, where a file is written without GROUP_NET */
#define GROUP_PROBE 0x4000000u	/* --list, --trials … */
#define GROUP_RECORD 0x10000000u	/* --record: connections that a script can play */
#define GROUP_RUN   0x20000000u	/* -D, --strict_segments … : of scripts */
#define GROUP_TRACE 0x100000u	/* --trace-exec, --trace-pid */
#define GROUP_TEACH 0x200000u	/* --list, --auto, --lesson */
#define GROUP_FILES 0x400000u	/* -w, --html, where GROUP_NET is not taken */
#define GROUP_QUIET 0x80000u	/* --quiet and --json alone of GROUP_OUT */

struct field_value {		/* texts borrowed from argv or the option table */
	const char *field, *value;
};

/* What only `send` and `explain` have. */
struct send_options {
	struct field_value *fields;	/* --ttl and the other short ways */
	size_t n_fields;
	uint64_t rounds;		/* --count, 0 = not given */
	tc_time interval;		/* 0 = not given */
	bool flood, dry_run, checksum, half_open;
	const char *format;		/* of --dry-run, or NULL */
	const char *raw;		/* whole frames: HEX or "-", or NULL */
	const char *from;		/* header that bytes begin with, or NULL */
	unsigned fragment;
	const char **expect;
	size_t n_expect;
};

struct fuzz_options {		/* what only `fuzz` has; 0 and NULL: not given */
	char usual_fields[64];
	const char *fields, *segments, *strategies, *oracle, *spawn, *journal, *replay;
	const char *base;
	uint64_t cases, case_number, shard, shards;
	tc_time seconds;
	unsigned parallel;
	int pid;
	bool resume, dry_run, minimize, all, case_given;
};

struct probe_options {		/* what only `probe` has; 0 and NULL: not given */
	bool list, csv, echo;
	unsigned trials, most;
	struct tc_buf prefix;
	const char *save, *against;
	const char *revive;		/* brings the target back */
};

struct script_options {		/* what only `run` has */
	struct tc_script_define *defines;	/* names are ours, values borrowed from argv */
	size_t n_defines;
	tc_time tolerance;		/* 0 = not given */
	bool strict_segments, print, local, allow_shell;
};

struct options {
	bool json, quiet, help;
	int verbose;
	enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
	const char *ifname;
	uint32_t source;		/* 0 = by the route */
	uint32_t *more_sources;		/* what --source listed behind the first */
	unsigned n_more_sources;
	bool source_mac_given, source_mac_own;
	uint8_t source_mac[6];
	uint16_t source_port;
	bool iss_given;
	tc_seq iss;
	enum tc_inject inject;
	enum tc_guard_mode guard;
	bool guard_given;
	uint32_t mark;
	const char *write_file;
	const char *html_file;
	const char *record_file;
	const char *command_line;	/* as typed, for people; NULL without memory */
	bool force;
	bool seed_given;
	uint64_t seed;
	bool timeout_given;
	tc_time timeout;
	bool busy_poll, authorized;
	const char *data_how;		/* the switch that gave the payload first, or NULL */
	struct tc_buf data;		/* all messages, one behind the other */
	struct data_message {
		const char *how;	/* the switch that gave it */
		size_t end;		/* in data */
		bool random;		/* made when the seed is known */
	} *messages;
	size_t n_messages;
	const char *payload_file;	/* of --payload-spec, and what was read, or NULL */
	struct tc_header *payload;
	unsigned count, parallel;
	double rate;			/* a second; 0 = as fast as it goes */
	tc_time hold;
	tc_time keepalive, msl;		/* 0: off; TIME-WAIT is not waited for */
	bool no_nagle, no_delayed_ack;
	char **sets;			/* --set texts, borrowed from argv */
	size_t n_sets;
	const char **mutates;		/* --mutate rules, the same */
	size_t n_mutates;
	bool follow_wire;
	bool keep, prot;
	bool binary;			/* the peer's bytes as they are, to a terminal too */
	bool frames;			/* what the command sends are frames */
	bool listen;			/* the command waits for peers: HOST and PORT are ours */
	struct send_options send;
	struct {			/* of captures that are read */
		unsigned connection;	/* 0 = all */
		const char *filter;
		bool script;
		bool loose;
		bool dlt_given;
		int dlt;
	} show;
	struct fuzz_options fuzz;
	struct probe_options probe;
	struct script_options script;
	struct {			/* the other program: to start, or running; NULL and 0 */
		const char *exec;
		int pid;
	} trace;
	struct {			/* what only `teach` has */
		bool list, go_on;	/* go_on: wait for nobody */
		const char *file;
	} teach;
	bool step;
	bool stdin_is_payload;		/* nothing else may read it */
};

struct stepping;
struct tracing;

struct command {
	const char *name;
	const char *args;		/* "HOST PORT [TEXT]" */
	const char *one_line;
	unsigned groups;
	int min_args, max_args;
	int (*run)(const struct command *cmd, struct options *o, int argc, char **argv);
	const char *more;		/* examples, shown by --help; may be NULL */
	int host;			/* HOST is this argument, PORT the next; 0: neither */
};

extern const struct command commands[];	/* ends with name NULL */

/* options.c: read argv into *o; positional arguments are moved to the front of argv, their
 * count is returned. Negative with *err set. */
int options_parse(struct options *o, unsigned groups, int argc, char **argv,
		  struct tc_error *err);
void options_free(struct options *o);
void options_help(FILE *out, unsigned groups);

/* terminal.c: text for people to stdout or stderr, in whole lines: broken at the terminal's
 * width, or at $COLUMNS, and coloured as --color says; with --json, and where there is no
 * terminal, as it is. False: not all of it went out. terminal_line adds the end of a line. */
bool terminal_write(const struct options *o, FILE *to, const void *text, size_t n);
bool terminal_line(const struct options *o, FILE *to, const struct tc_buf *line);

/* Messages and results. fail prints one line (and a JSON error line with --json) and
 * returns code. */
int fail(const struct options *o, int code, const struct tc_error *err);
int exit_for_session(const struct tc_error *err);	/* EXIT_USAGE or EXIT_MACHINE */

/* page.c: what was typed, for people and shells; the page of --html, with it on top. */
void page_command_line(struct tc_buf *out, const char *command, int argc, char **argv);
int page_open(struct tc_html **page, const struct options *o, struct tc_error *err);

/* messages.c: what goes out as the connection's messages, in order. */
struct messages {
	struct tc_buf bytes;
	size_t *end;
	size_t n;
};

/* The payloads of the options, each in a frame of h with --set, or as it is (h NULL). As
 * tc_payload_build. */
int messages_make(struct messages *m, const struct options *o, const struct tc_header *h,
		  struct tc_error *err);
const uint8_t *messages_at(const struct messages *m, size_t i, size_t *len);
void messages_free(struct messages *m);

/* live.c: a session with its ladder, JSON, capture file and signals. */
struct live {
	const struct options *o;
	struct tc_session *session;
	struct tc_mutate *mutate;	/* NULL without --mutate */
	struct stepping *stepping;	/* NULL without --step */
	tc_time stood_still;		/* time that connections did not see pass */
	struct tracing *tracing;	/* NULL without --trace-exec and --trace-pid */
	struct tc_view view;
	struct tc_buf text;		/* lines waiting to be printed */
	FILE *ladder;			/* where people's lines go */
	bool story;			/* ladder or segment lines are wanted */
	bool told;			/* the command tells page and record itself */
	struct tc_pcap_writer *writer;
	struct tc_comments *comments;	/* between us and the writer */
	struct tc_error start_err;	/* why live_start did not */
	struct tc_error write_err;	/* first error of the capture file … */
	struct tc_error output_err;	/* … and of standard output */
	struct tc_record *record;	/* of --record … */
	struct tc_outfile *record_file;	/* … and where it goes */
	struct tc_html *page;		/* of --html: sections may be added until live_close */
	struct tc_html_ladder *page_ladder;	/* its last section */
	/* What came of it, a sentence for the page; asked when sum is filled. May be NULL. */
	void (*say)(void *ctx, struct tc_buf *out);
	void *say_ctx;
	int signal_fd;
	int signal;			/* the one that asks us to stop, or 0 */
	/* of a bare session: it has no driver */
	uint64_t sends_blocked, resets_leaked, icmp_leaked, sent, own_seen, received;
	struct tc_path path;		/* of the session, when it is over */
	struct tc_error astray;		/* why this host is to blame that nothing came */
	struct tc_session_summary sum;
};

/* host and port of the target (with o->listen: our own, host may be NULL); n_ports at
 * once from each address; many: no story unless -v. Returns 0 or the exit code after
 * having printed why. */
int live_open(struct live *l, const struct options *o, const char *host, const char *port,
	      unsigned n_ports, bool many, bool to_stderr, struct tc_session_config *cfg);

/* The same in two steps, for who changes the configuration between them. port may be NULL:
 * any, or in the configuration already. */
void live_config(struct live *l, const struct options *o, unsigned n_ports, bool many,
		 bool to_stderr, struct tc_session_config *cfg);
int live_start(struct live *l, const char *host, const char *port,
	       struct tc_session_config *cfg);

/* signal_fd is readable: note the signal. (live_turn does so by itself.) */
void live_read_signal(struct live *l);

/* One turn of the driver, then print. extra: descriptors to wait for besides signals (at
 * most 4). Returns 0, or an exit code when the link died (after printing why). */
int live_turn(struct live *l, tc_time until, struct pollfd *extra, unsigned n_extra);

/* astray.c: nothing came, and this host is to blame: a rule or a route of its own. True:
 * l->astray says which, with the cure. Asked when l->sum is filled. */
bool live_astray(struct live *l);

/* What the run writes, and what standard output is connected to, takes it: 0, or the exit
 * code after printing why not. (live_turn asks by itself.) */
int live_outputs(struct live *l);

/* Close the session, finish the capture file and the page, print what waits. Returns code, or a worse
 * exit code after having printed why. */
int live_close(struct live *l, int code);

tc_seq live_iss(const struct live *l);

/* The time as connections have it: for deadlines that wait for them. Later by stood_still
 * it is monotonic. */
tc_time live_now(const struct live *l);
void live_print(struct live *l);

#endif
