/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection that was, as a script that plays our side of it again (tcpcraft/script.h):
 * our segments byte for byte, at the times they had, with sequence numbers that count from
 * the ISN; the peer's as they are to be expected, at any time. Acknowledgements without
 * anything else are not expected one by one: when a peer sends them depends on timers.
 *
 * Not thread-safe.
 */
#ifndef SCRIPT_RECORD_H
#define SCRIPT_RECORD_H

#include <tcpcraft/story.h>

struct tc_buf;
struct tc_error;
struct tc_record;
struct tc_view;

int tc_record_open(struct tc_record **r, struct tc_error *err);
void tc_record_free(struct tc_record *r);	/* NULL is allowed */

/* For another peer than the one that was recorded: of its segments only flags, numbers and
 * lengths are expected, not options, payload and IP header; ours have no timestamps. Before
 * the first segment. */
void tc_record_loosen(struct tc_record *r);

/* A segment of TCP. The first connection is recorded, of others it is noted that there were;
 * what the local kernel sent beside us, and what was not sent, is left out. A tc_sink_fn; ctx
 * is the struct tc_record. */
void tc_record_event(void *ctx, struct tc_view *v, const struct tc_story_event *e);

unsigned tc_record_others(const struct tc_record *r);	/* how many were not recorded */

/* Append the script. from: what it was made of, for its first line. -ENODATA without a
 * segment, -EINVAL when it does not begin with a SYN, -EMSGSIZE when it is longer than a
 * script may be (TC_SCRIPT_MAX), -ENOMEM. */
int tc_record_script(const struct tc_record *r, const char *from, struct tc_buf *out,
		     struct tc_error *err);

#endif
