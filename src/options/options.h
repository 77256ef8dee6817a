/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command line says, as a program reads it: all options of all commands. */
#ifndef OPTIONS_OPTIONS_H
#define OPTIONS_OPTIONS_H

#include <tcpcraft/error.h>
#include <tcpcraft/guard.h>
#include <tcpcraft/link.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/personality.h>
#include <tcpcraft/script.h>
#include <tcpcraft/seq.h>

#include <stdio.h>
#include <string.h>

/* Options by group; a command takes some groups. A line a group, which becomes GROUP_NAME. */
#define OPTION_GROUPS(X) \
	X(OUT)		/* --json -q -v */ \
	X(QUIET)	/* --quiet and --json alone of OUT */ \
	X(NET)		/* interface, ports, guard, capture … */ \
	X(FILES)	/* -w, --html, where NET is not taken */ \
	X(FORCE)	/* --force, where a file is written without NET */ \
	X(RECORD)	/* --record: connections that a script can play */ \
	X(CLIENT)	/* --source -g --iss */ \
	X(TCP)		/* --keepalive … : our TCP's habits */ \
	X(RATE)		/* --rate */ \
	X(TRACE)	/* --trace-exec, --trace-pid */ \
	X(DATA)		/* --data… */ \
	X(TALK)		/* --set, --follow-wire, --data… more than once */ \
	X(SPEC)		/* --payload-spec */ \
	X(MUTATE)	/* --mutate, --step */ \
	X(PROT)		/* --count, --parallel, --hold */ \
	X(EACH)		/* --data-each: many payloads, a connection each */ \
	X(LISTEN)	/* --keep, --prot */ \
	X(SEND)		/* fields, --count … of crafted packets */ \
	X(EXPLAIN)	/* --checksum */ \
	X(BYTES)	/* --from: what bytes begin with */ \
	X(SHOW)		/* --connection, --filter */ \
	X(LADDER)	/* --short */ \
	X(FIELDS)	/* --lua */ \
	X(LINKTYPE)	/* --linktype */ \
	X(FUZZ)		/* --fields, --spawn … */ \
	X(PROBE)	/* --list, --trials … */ \
	X(MEET)		/* (none of its own: which are usual) */ \
	X(RUN)		/* -D, --strict_segments … : of scripts */ \
	X(SCRIPTS)	/* --print, --check: of scripts that a user wrote */ \
	X(SUITE)	/* --jobs, --junit … : of many scripts */ \
	X(CONFORM)	/* --list, --echo … : of the suite */ \
	X(DUT)		/* --udp, --tcp, --stdio */ \
	X(TEACH)	/* --list, --auto, --lesson */ \
	X(EXTCAP)	/* --extcap-interfaces, --fifo … */

enum option_group_bit {
#define X(name) BIT_##name,
	OPTION_GROUPS(X)
#undef X
};

/* More than an int has bits for. */
__extension__ enum option_group {
#define X(name) GROUP_##name = 1ull << BIT_##name,
	OPTION_GROUPS(X)
#undef X
};

struct field_value {		/* texts borrowed from argv or the option table */
	const char *field, *value;
};

/* Of `send`; of `explain`: checksum, from. */
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

/* Of `fuzz`; of `probe` too: call, listen, parallel, seconds, spawn; of `run`: against. 0 and
 * NULL: not given. */
struct fuzz_options {
	char usual_fields[64];
	char usual_strategies[96];
	const char *fields, *segments, *strategies, *oracle, *spawn, *journal, *replay;
	const char *base, *call, *against, *known, *save_known;
	uint64_t cases, case_number, shard, shards;
	tc_time seconds;
	unsigned parallel;
	int pid;
	bool resume, dry_run, minimize, all, case_given, listen;
};

/* Of `probe`; of `conform` too: list, echo. 0 and NULL: not given. */
struct probe_options {
	bool list, echo;
	unsigned trials, most;		/* most: of what the experiment counts or opens */
	unsigned words;			/* of the search for counterexamples, when a machine is learned */
	uint64_t queries;
	struct tc_buf prefix;
	const char *save, *against, *dot, *inputs;
	const char *revive;		/* brings the target back */
};

struct script_options {		/* how scripts are carried out: of `run`, `conform`, `teach` */
	struct tc_script_define *defines;	/* names are ours, values borrowed from argv */
	size_t n_defines;
	const char *ip_version, *local_ip, *remote_ip;	/* instead of the script's; or NULL */
	tc_time tolerance;		/* 0 = not given */
	bool strict_segments, print, check, explain, allow_shell;
	double tolerance_percent;	/* of a script's times, besides tolerance */
	bool tolerance_percent_given;
	unsigned mtu, mss, bind_port, connect_port;	/* instead of the script's; 0 = not given */
	const char *gateway_ip, *netmask_ip;	/* packetdrill's; nobody reads them */
	bool send_omit_free;			/* as these */
	const char *dut;		/* who makes the calls; NULL: nobody */
};

struct dut_options {			/* of `dut`: where requests come from */
	const char *udp, *tcp;
	bool stdio;
};

#define JOBS_MAX 64

struct suite_options {		/* of many scripts; 0 and NULL: not given */
	unsigned jobs;			/* at most JOBS_MAX; of `fuzz` too */
	bool tap, fail_fast;
	const char *junit, *baseline;
	const char **at;		/* NEED=PORT */
	size_t n_at;
};

struct options {
	bool json, quiet, help, help_all, brief, no_sandbox;
	unsigned wall;			/* what the command does behind its wall; 0: it has none */
	int verbose;
	enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
	const char *ifname;
	struct tc_vlan vlan;
	uint8_t family;			/* 4, 6; 0: both */
	struct tc_addr source;		/* none = by the route */
	struct tc_addr *more_sources;		/* what --source listed behind the first */
	unsigned n_more_sources;
	bool source_mac_given, source_mac_own;
	uint8_t source_mac[6];
	uint16_t source_port;
	enum tc_inject inject;
	enum tc_guard_mode guard;
	bool guard_given;
	uint32_t mark;
	const char *write_file;
	bool comments;			/* in it, whatever it is called */
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
	bool each;			/* --data-each: each of them on a connection of its own, */
	unsigned repeat;		/* so often; 0: not given */
	bool csv;			/* results as rows */
	const char *payload_file;	/* of --payload-spec, and what was read, or NULL */
	struct tc_header *payload;
	struct tc_buf payload_text;	/* what the file said, and a NUL */
	unsigned count, parallel;
	double rate;			/* a second; 0 = as fast as it goes */
	tc_time hold;
	struct tc_traits tcp;		/* --tcp, --like and the short ways to some keys */
	const char **sets;		/* --set texts, borrowed from argv */
	size_t n_sets;
	const char **mutates;		/* --mutate rules, the same */
	size_t n_mutates;
	bool follow_wire;
	bool keep, prot, echo, hang_up;
	bool binary;			/* the peer's bytes as they are, to a terminal too */
	bool frames;			/* what the command sends are frames */
	bool listen;			/* the command waits for peers: HOST and PORT are ours */
	bool lua;			/* fields: as a dissector */
	struct send_options send;
	struct {			/* of captures that are read */
		unsigned connection;	/* 0 = all */
		const char *filter;
		bool script, fingerprint, both;
		bool loose;
		bool dlt_given;
		int dlt;
	} show;
	struct fuzz_options fuzz;
	struct probe_options probe;
	struct script_options script;
	struct suite_options suite;
	struct dut_options dut;
	struct {			/* the other program: to start, or running; NULL and 0 */
		const char *exec;
		int pid;
	} trace;
	struct {			/* what only `teach` has */
		bool list, go_on;	/* go_on: wait for nobody */
		const char *file, *check;
		const char *log;	/* scores of a class go behind what it holds */
	} teach;
	struct {			/* what only `extcap` has */
		bool interfaces, dlts, config, capture;
		const char *interface, *version, *filter, *fifo, *target, *way;
	} extcap;
	bool step;
	bool stdin_is_payload;		/* nothing else may read it */
};

/* Read argv into *o; positional arguments are moved to the front of argv, their
 * count is returned. Negative with *err set. */
int options_parse(struct options *o, uint64_t groups, int argc, char **argv,
		  struct tc_error *err);
/* HOST of a --dry-run, for which nothing is sent, to a name server neither: an address. */
int options_dry_host(const struct options *o, const char *host, struct tc_addr *addr,
		     struct tc_error *err);
/* --payload-spec, from a text that is had already: `file` is borrowed, the text is not. */
int options_take_spec(struct options *o, const char *file, const void *text, size_t n,
		      struct tc_error *err);
/* TEXT that is not an option, as the payload. */
int options_add_text(struct options *o, const char *text, struct tc_error *err);
void options_free(struct options *o);

struct option_row;		/* in row.h */

/* fn once for each option that a command with these groups takes, in the order of --help. */
void options_each(uint64_t groups, void (*fn)(void *ctx, const struct option_row *row),
		  void *ctx);
/* What they mean: of all, or, where that is more than a screen, of the usual ones, and the names
 * of the others. True: of all. */
bool options_help(FILE *out, uint64_t groups, bool all);

#define OPTIONS_KERNEL "local"		/* --dut: this machine's kernel, in a network of its own */
#define OPTIONS_OUR_TCP "own"		/* --dut: our own TCP, in such a network */

/* --iss, or isn= of --tcp: is it a number, and which? */
static inline bool options_iss(const struct options *o, tc_seq *iss)
{
	*iss = o->tcp.value.ip.iss;
	return tc_traits_has(&o->tcp, "isn") && o->tcp.value.ip.isn == TC_ISN_FIXED;
}

static inline bool options_our_tcp(const struct options *o)
{
	return o->script.dut && strcmp(o->script.dut, OPTIONS_OUR_TCP) == 0;
}

/* More than --iss, with which a script's own numbers begin, says what our own TCP is like: -EINVAL,
 * where it is not asked. */
int options_check_our_tcp(const struct options *o, const char *command, struct tc_error *err);

/* Both ends are in networks of our own: no HOST is named. */
static inline bool options_no_host(const struct options *o)
{
	return options_our_tcp(o) || (o->script.dut && strcmp(o->script.dut, OPTIONS_KERNEL) == 0);
}

#endif
