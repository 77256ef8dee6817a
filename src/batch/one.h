/* SPDX-License-Identifier: BSD-2-Clause */
/* One script, as `run` and `conform` carry it out. */
#ifndef BATCH_ONE_H
#define BATCH_ONE_H

#include <tcpcraft/guard.h>

struct options;
struct tc_error;
struct tc_script;
struct tc_script_result;
struct tc_beside_side;

/* As tc_script_parse, of a file ("-": standard input), with -D. */
int script_read(struct tc_script **s, const char *path, const struct options *o,
		struct tc_error *err);

/* Only read it; each error is told. 0, or the exit code. */
int script_check(const char *path, const struct options *o);

/* What the program's status is when a script has ended so. */
int script_exit(const struct tc_script_result *result);

/* How many ports of ours a script may need. */
unsigned script_ports(const struct tc_script *s);

/* How a script runs that is one of many, or is run against one of two peers. */
struct script_place {
	const char *text;		/* the script; NULL: it is in the file */
	size_t capture_bytes;		/* as in struct tc_session_config; 0: the usual */
	uint16_t first_port;		/* of script_ports, that another session of this process
					 * or its parent holds; 0: it is alone */
	enum tc_guard_mode guard;	/* … with such a guard … */
	uint8_t family;			/* … for peers of this family */
	int write_fd;			/* where -w's frames go; 0: to the file itself */
	struct tc_beside_side *account;	/* segments are noted here, and neither they nor what
					 * they come to is printed; NULL: they are printed */
};

/* Against HOST and PORT, or with --local NULL: the exit code; what happened was printed, and
 * is in *result (zero before), also why it did not begin. */
int script_one(const struct options *o, const char *path, const char *host, const char *port,
	       struct script_place place, struct tc_script_result *result);

#endif
