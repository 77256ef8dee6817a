/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The story of a run as text: a ladder for people, JSON lines for programs. Both only
 * append to a buffer; who prints it is the caller's business. Not thread-safe per view.
 */
#ifndef REPORT_TRACE_H
#define REPORT_TRACE_H

#include <tcpcraft/conn.h>
#include <tcpcraft/payload.h>
#include <tcpcraft/session.h>
#include <tcpcraft/verdict.h>

struct tc_buf;

/* What the lines of one run share. Zero-initialise. */
struct tc_view {
	tc_time start;		/* stamp of the first segment, 0 before it */
	bool many;		/* more than one connection: number them */
	struct tc_payload payload; /* what TCP carries */
};

/*
 * Append the lines for one event: relative time, direction, flags, relative seq and ack,
 * window, options; then payload, state change with its clause, notes. Ends in newline.
 */
void tc_ladder_line(struct tc_buf *out, struct tc_view *v, const struct tc_trace *t);

/* Append the `segment` line of the JSON contract, or a `state` line for a change without
 * a segment. */
void tc_json_trace(struct tc_buf *out, struct tc_view *v, const struct tc_trace *t);

/* Append what the guard did, for people: "kernel resets: 4 blocked, 0 leaked (guard rst)". */
void tc_guard_sentence(struct tc_buf *out, const struct tc_session_summary *sum);

/* What a result line says; pointers are borrowed. */
struct tc_result {
	const char *command;
	enum tc_verdict verdict;
	const char *host;		/* as the user wrote it */
	uint16_t port;
	const struct tc_conn_info *info; /* of the connection; the only or the last one */
	unsigned connections;
	uint64_t bytes_sent, bytes_acked, bytes_received;	/* of all */
	const uint8_t *reply;
	size_t reply_len;
	const tc_time *handshake_ns;	/* one for each that was established; gets sorted */
	size_t n_handshakes;
	uint64_t seed;
	int exit;
	const struct tc_session_summary *sum;
};

void tc_json_result(struct tc_buf *out, const struct tc_result *r);
void tc_json_connection(struct tc_buf *out, unsigned id, const struct tc_conn_info *info,
			enum tc_verdict v, const uint8_t *reply, size_t n);
void tc_json_error(struct tc_buf *out, const char *message, int exit);

#endif
