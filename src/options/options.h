/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command line says, as a program reads it: all options of all commands. */
#ifndef OPTIONS_OPTIONS_H
#define OPTIONS_OPTIONS_H

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/guard.h>
#include <tcpcraft/link.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/script.h>
#include <tcpcraft/seq.h>
#include <tcpcraft/clock.h>
#include <tcpcraft/field.h>

#include <stdbool.h>
#include <stdio.h>

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

/* options.c: read argv into *o; positional arguments are moved to the front of argv, their
 * count is returned. Negative with *err set. */
int options_parse(struct options *o, unsigned groups, int argc, char **argv,
		  struct tc_error *err);
/* TEXT that is no option, as the payload. */
int options_add_text(struct options *o, const char *text, struct tc_error *err);
void options_free(struct options *o);
void options_help(FILE *out, unsigned groups);

#endif
