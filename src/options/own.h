/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of options; shared by the files that hold parts of it. */
#ifndef OPTIONS_OWN_H
#define OPTIONS_OWN_H

#include "row.h"

#include "base/array.h"

/* In the order of --help; each ends with a row without a name. */
extern const struct option_row field_rows[];	/* send.c, as the next */
extern const struct option_row send_rows[];
extern const struct option_row common_rows[];	/* common.c */
extern const struct option_row tcp_rows[];	/* tcp.c */
extern const struct option_row payload_rows[];
extern const struct option_row show_rows[];
extern const struct option_row fuzz_rows[];
extern const struct option_row probe_rows[];
extern const struct option_row trace_rows[];
extern const struct option_row run_rows[];
extern const struct option_row extcap_rows[];

/* table.c: the row of a command that has these groups, by its letter (else 0) or its name. */
const struct option_row *option_find(uint64_t groups, const char *name, size_t len,
				     char letter);

/* value.c: the value of an option that was given (NULL: it takes none), to its place. */
int option_set(struct options *o, const struct option_row *row, const char *value,
	       struct tc_error *err);

void options_free_run(struct options *o);

/* FIELD=VALUE by an option. */
int option_field(struct options *o, const char *field, const char *value,
		 struct tc_error *err);
void options_free_send(struct options *o);

/* A key of our TCP's personality by an option. */
int option_trait(struct options *o, const struct option_row *row, const char *value,
		 struct tc_error *err);
int options_finish_tcp(struct options *o, struct tc_error *err);

/* message.c: what was appended to o->data since the last one is a message; n bytes to be made
 * by lot are one. */
#define OPTION_DATA_MAX (256u << 20)
int option_add_message(struct options *o, const char *how, bool random, struct tc_error *err);
int option_add_random(struct options *o, const char *how, size_t n, struct tc_error *err);

/* each.c: a message for each payload; and once all options are read, how many connections. */
#define OPTION_EACH_MAX 1000000u
int option_data_each(struct options *o, const char *value, struct tc_error *err);
int option_finish_each(struct options *o, uint64_t groups, struct tc_error *err);

/* Once all options are read: what the payload options come to. */
int options_finish_payload(struct options *o, uint64_t groups, struct tc_error *err);
void options_free_payload(struct options *o);

/* -EINVAL: what does not exist, and what of these groups was most likely meant by it. */
int option_unknown(uint64_t groups, const char *given, struct tc_error *err);

/* wrap.c: n bytes more behind so many blanks, on a line of their own if this one is full: the
 * column behind them. */
size_t option_put_word(FILE *out, const char *word, size_t n, size_t blanks, size_t column,
		       size_t indent);

/* Lines of help: left, and the text from that column on, wrapped, beside it or, where it is too
 * long, below it. */
#define OPTION_LIST_AT 34		/* of lists below an option */
void option_put_help(FILE *out, const char *left, size_t at, const char *text);

/* A file's name: no number, which elsewhere would be a time limit. */
int option_is_file(const char *what, const char *name, struct tc_error *err);

/* A number of at most max; `what` is the option, for the message. */
int option_number(const char *what, const char *text, uint64_t max, uint64_t *out,
		  struct tc_error *err);

#endif
