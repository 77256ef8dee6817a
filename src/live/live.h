/* SPDX-License-Identifier: BSD-2-Clause */
/* A session as the program runs it: with its ladder, JSON, files, pages and signals. */
#ifndef LIVE_LIVE_H
#define LIVE_LIVE_H

#include "fail.h"
#include "terminal.h"

#include <tcpcraft/backlog.h>
#include <tcpcraft/buf.h>
#include "report/comments.h"
#include "report/sink.h"
#include <tcpcraft/error.h>
#include "page/page.h"
#include "page/ladder.h"
#include <tcpcraft/mutate.h>
#include "base/outfile.h"
#include <tcpcraft/pcapfile.h>
#include "script/record.h"
#include <tcpcraft/script.h>

#include <stdio.h>

struct stepping;
struct tracing;

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
	struct tc_sinks sinks;
	void *form[6];			/* what each of LIVE_FORMS keeps; NULL: it is not open */
	struct tc_buf text;		/* lines waiting to be printed */
	FILE *ladder;			/* where people's lines go */
	bool story;			/* ladder or segment lines are wanted */
	bool own_sinks;			/* the command itself tells page and record of frames */
	int write_fd;			/* where -w's frames go, open already; 0: to the file */
	struct tc_pcap_writer *writer;
	struct tc_comments *comments;	/* between us and the writer */
	struct tc_error start_err;	/* why live_start did not */
	struct tc_error write_err;	/* first error of the capture file … */
	struct tc_error output_err;	/* … and of standard output */
	struct tc_html *page;		/* of --html: sections may be added until live_close */
	struct tc_html_ladder *page_ladder;	/* its last section */
	/* What came of it, a sentence for the page; asked when sum is filled, and may still add
	 * sections. May be NULL. */
	void (*say)(void *ctx, struct tc_buf *out);
	void *say_ctx;
	int code;			/* the exit code as it is then */
	int signal_fd;
	int signal;			/* the one that asks us to stop, or 0 */
	/* of a bare session: it has no driver */
	uint64_t sends_blocked, resets_leaked, icmp_leaked, sent, own_seen, received;
	struct tc_path path;		/* of the session, when it is over */
	struct tc_backlog backlog;	/* at the peer's port then, where path is local */
	struct tc_error astray;		/* why this host is to blame that nothing came */
	struct tc_session_summary sum;
};

/* A form in which a run is written to a file of its own: a line of LIVE_FORMS, and a file here
 * which defines live_form_NAME. In that order they are opened, told and closed. */
#define LIVE_FORMS(FORM) \
	FORM(capture) \
	FORM(record) \
	FORM(page)
#define LIVE_FORMS_MOST (sizeof ((struct live *)0)->form / sizeof(void *))

struct live_form {
	size_t name;			/* of the file: where struct options has it */
	/* *own is what it keeps: for the others, and for tell, which hears of events of these
	 * kinds. */
	int (*open)(struct live *l, void **own, struct tc_error *err);
	tc_sink_fn *tell;
	unsigned kinds;
	/* At the end, also of a run that failed; negative: it could not be written. Of what was
	 * opened, or began to be: own is not NULL. */
	int (*close)(struct live *l, void *own, struct tc_error *err);
	void (*drop)(struct live *l, void *own);	/* the run did not begin: leave no file */
};

#define FORM(name) extern const struct live_form live_form_##name;
LIVE_FORMS(FORM)
#undef FORM

/* forms.c: the files that the options name for these, and how many. To open those, into l->sinks
 * as well; to close them all, negative after it was said what failed. */
unsigned forms_files(const struct options *o, const char *names[LIVE_FORMS_MOST]);
int forms_open(struct live *l, struct tc_error *err);
int forms_close(struct live *l);
void forms_drop(struct live *l);

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

/* May the data of this run go in segments that stand for several (tc_session_config.merge)? Not
 * where anybody is shown each one, or has said what one is to be like; nor for many connections
 * at once, which have little to send each. */
bool live_merges(const struct live *l, const struct tc_session_config *cfg);

/* As live_open, of a command that joins a connection to its standard input and output. */
int live_open_stream(struct live *l, const struct options *o, const char *host,
		     const char *port, bool many, struct tc_session_config *cfg);

/* wall.c: from here on nothing but what the command still does (o->wall), and these files to
 * read. Said on standard error, and left out, with --no-sandbox. Programs that are to be started
 * behind it have a starter (host/starter.h) by now. */
int live_wall(const struct options *o, const char *const *reads, unsigned n_reads,
	      struct tc_error *err);

/* The same of a part of a command: needs are those of enum tc_wall_need. */
int live_wall_of(const struct options *o, unsigned needs, const char *const *reads,
		 unsigned n_reads, struct tc_error *err);

/* The same around a session that is open. (live_start does so by itself for a command that
 * has o->wall.) */
struct live_wall {
	unsigned needs;
	const char *output[4];		/* besides those of the options; NULL: none */
	struct tc_session *also[2];	/* sessions besides l's own; NULL: none */
};
int live_wall_session(struct live *l, const struct live_wall *w, struct tc_error *err);

/* To all that the run tells: what it prints, page, recording, comments, system calls. */
void live_tell(struct live *l, const struct tc_story_event *e);

/* signals.c: the descriptor that tells of signals, from now on the only one that does. */
int live_open_signals(struct tc_error *err);
/* signal_fd is readable: note the signal. (live_turn does so by itself.) */
void live_read_signal(struct live *l);

/* A line of a descriptor, without its end and cut off behind size; false, at a signal or at
 * the end of input, if there is none. */
bool live_read_line(struct live *l, int fd, char *line, size_t size);

/* One turn of the driver, then print. extra: descriptors to wait for besides signals (at
 * most 4). Returns 0, or an exit code when the link died (after printing why). */
int live_turn(struct live *l, tc_time until, struct pollfd *extra, unsigned n_extra);

/* astray.c: nothing came, and this host is to blame: a rule or a route of its own. True:
 * l->astray says which, with the cure. Asked when l->sum is filled. */
bool live_astray(struct live *l);

/* The verdict as a word and a sentence. false: what led astray is said in place of that. */
bool live_put_verdict(const struct live *l, struct tc_buf *out, enum tc_verdict v,
		      const struct tc_conn_info *info, const struct tc_buf *reply);

/* What the run writes, and what standard output is connected to, takes it: 0, or the exit
 * code after printing why not. (live_turn asks by itself.) */
int live_outputs(struct live *l);

/* Close the session, finish the capture file and the page, print what waits. Returns code, or a worse
 * exit code after having printed why. */
int live_close(struct live *l, int code);

/* The time as connections have it: for deadlines that wait for them. Later by stood_still
 * it is monotonic. */
tc_time live_now(const struct live *l);
void live_print(struct live *l);

#endif
