/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard input to the peer, the peer's data to standard output, over one connection:
 * what `connect` and `listen` have in common. */
#ifndef LIVE_STREAM_H
#define LIVE_STREAM_H

#include "live.h"

struct stream {
	struct live live;
	const struct options *o;
	const char *command;
	struct tc_conn *conn;		/* NULL: nobody has connected yet */
	struct terminal terminal;
	struct tc_buf to_stdout;	/* what is shown of the peer's bytes, not yet written */
	size_t unread;			/* the peer's bytes in there */
	struct tc_buf reply;		/* the first of them, for the result line */
	struct messages messages;	/* what --data… gave, sent one after the other */
	size_t asked;			/* of them, sent */
	struct tc_buf answer;		/* to the last one sent */
	tc_time answered_at;		/* the next one goes then; 0 = not yet known */
	bool connected, over, eof;
	bool far;			/* the peer is another host */
	bool all_asked;			/* what we had to say was said, not cut by the peer */
	uint64_t progress;		/* what the peer acknowledged and sent … */
	tc_time progress_at;		/* … and when that last was more; 0: nothing waits */
	enum tc_verdict verdict;
	struct tc_conn_info info;	/* at the end */
	tc_time last_input_by;		/* the peer has closed; more input must come by then */
	tc_time deadline;		/* of the handshake, then of silence; 0 = none */
};

/* The messages of the options, in frames where --payload-spec describes some. Before the
 * session opens. */
int stream_messages(struct stream *s, struct options *o, struct tc_error *err);

extern const struct tc_conn_ops stream_ops;	/* ctx is the struct stream */

/* Begin it, on the session of s->live; the first message may go with the SYN. */
int stream_open(struct stream *s, struct tc_error *err);

/* Until the connection is over and all is written, or a signal came. Returns 0 or an exit
 * code after printing why. */
int stream_drive(struct stream *s);

/* Close everything, print the result line; host and port are what it speaks of. Returns
 * the command's exit code. */
int stream_finish(struct stream *s, int code, const char *host, uint16_t port);

#endif
