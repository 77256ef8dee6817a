/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of a connection, in one word for programs and one sentence for people. */
#ifndef TCPCRAFT_VERDICT_H
#define TCPCRAFT_VERDICT_H

#include <tcpcraft/conn.h>

#include <stdbool.h>

struct tc_buf;
struct tc_backlog;

enum tc_verdict {
	TC_VERDICT_NONE,	/* not yet */
	TC_VERDICT_REPLY,
	TC_VERDICT_REFUSED,	/* RST to our SYN */
	TC_VERDICT_NO_ANSWER,	/* nothing to our SYN */
	TC_VERDICT_UNREACHABLE,	/* ICMP */
	TC_VERDICT_UNACKED,	/* our data was never acknowledged */
	TC_VERDICT_SILENT,	/* acknowledged, no reply in time */
	TC_VERDICT_CLOSED,	/* FIN without a reply */
	TC_VERDICT_RESET,	/* RST after ESTABLISHED */
	TC_VERDICT_BAD_REPLY,
	TC_VERDICT_INTERRUPTED,
	TC_VERDICTS
};

/* "reply", "no-answer" …: the names of the JSON contract. */
const char *tc_verdict_name(enum tc_verdict v);

/* What the end of a connection alone says, when no reply was complete. `replied`: some
 * bytes came. TC_VERDICT_NONE while it is not over. */
enum tc_verdict tc_verdict_of(const struct tc_conn_info *info, bool replied);

/*
 * Append the sentence: how far the peer got, in bytes. reply: the n bytes of what it sent
 * that the caller kept, from the first on; how many there were, info says. timeout: how
 * long was waited, ns. ours: as for tc_verdict_silence. No newline.
 */
void tc_verdict_sentence(struct tc_buf *out, enum tc_verdict v,
			 const struct tc_conn_info *info, const uint8_t *reply, size_t n,
			 tc_time timeout, const struct tc_backlog *ours);

/* Append why a SYN has no answer, as far as can be said. ours: what this host's kernel has on
 * that port (tc_session_backlog); NULL: the address is another host's. */
void tc_verdict_silence(struct tc_buf *out, const struct tc_backlog *ours);

/* "peer", "us", "none": who ended the connection first, with FIN or RST. */
const char *tc_closed_by(const struct tc_conn_info *info);

#endif
