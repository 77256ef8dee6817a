/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of options; shared by the files that hold parts of it. */
#ifndef OPTIONS_OWN_H
#define OPTIONS_OWN_H

#include "options.h"

struct option_row {
	char letter;		/* 0 = none */
	const char *name;
	const char *arg;	/* NULL = takes none */
	unsigned group;
	int (*set)(struct options *o, const char *value, struct tc_error *err);
	const char *help;
};

/* A short way to a field, whose own table says what it is and takes. */
struct field_row {
	const char *name;
	const char *arg;
	const char *field;
};

extern const struct option_row payload_rows[];	/* options_payload.c */
extern const struct option_row fuzz_rows[];	/* options_fuzz.c */
extern const struct option_row trace_rows[];	/* options_trace.c */

/* options_send.c; the last row has no name. */
extern const struct option_row send_rows[];
extern const struct field_row field_rows[];	/* of GROUP_SEND */

extern const struct option_row show_rows[];	/* options_show.c */
extern const struct option_row probe_rows[];	/* options_probe.c */

extern const struct option_row run_rows[];	/* options_run.c */
void options_free_run(struct options *o);

/* FIELD=VALUE by an option. */
int option_field(struct options *o, const char *field, const char *value,
		 struct tc_error *err);
void options_free_send(struct options *o);

/* Once all options are read: what the payload options come to. */
int options_finish_payload(struct options *o, unsigned groups, struct tc_error *err);
void options_free_payload(struct options *o);

/* -EINVAL: what does not exist, and what of these tables was most likely meant by it. */
int option_unknown(const struct option_row *const *tables, size_t n_tables, unsigned groups,
		   const char *given, struct tc_error *err);

/* A file's name: no number, which elsewhere would be a time limit. */
int option_is_file(const char *what, const char *name, struct tc_error *err);

/* A number of at most max; `what` is the option, for the message. */
int option_number(const char *what, const char *text, uint64_t max, uint64_t *out,
		  struct tc_error *err);

#endif
