/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The story of a run as text: a ladder for people, JSON lines for programs. Both only
 * append to a buffer; who prints it is the caller's business. Not thread-safe per view.
 */
#ifndef REPORT_TRACE_H
#define REPORT_TRACE_H

#include <inttypes.h>
#include <tcpcraft/story.h>
#include <tcpcraft/payload.h>
#include <tcpcraft/session.h>
#include <tcpcraft/verdict.h>

struct tc_buf;

/* What stands between the time and the segment. */
enum tc_lead {
	TC_LEAD_ARROW,		/* its direction */
	TC_LEAD_PORT,		/* … and the port of side 0 */
	TC_LEAD_ENDS,		/* "10.0.0.1:4000 > 10.0.0.2:80" */
};

/* Who sent timestamps last, of the connections told of last: one that was forgotten has them
 * told once more. */
#define TC_VIEW_STAMPS 64u
struct tc_view_stamps {
	unsigned connection;
	uint8_t last[2];		/* by side */
};

/* What the lines of one run share. Zero-initialise. */
struct tc_view {
	tc_time start;		/* stamp of the first event, 0 before it */
	bool brief;		/* ordinary segments on a line of 80 columns: no padding among
				 * options, timestamps only where they begin or end */
	struct tc_view_stamps stamps[TC_VIEW_STAMPS];
	bool many;		/* more than one connection: number them */
	enum tc_lead lead;
	bool program;		/* a script of a program's calls: they are told as such, and
				 * what the script says beside packets is not */
	bool mirrored;		/* the peer opens: on a page its side is the left one */
	struct tc_payload payload; /* what TCP carries */
};

/* Stamps are counted from that of the first event; of a file, whose first frame may be
 * stamped 0, the view has said it. */
tc_time tc_view_since(struct tc_view *v, const struct tc_story_event *e);

/* The line of the JSON contract: `segment` or `icmp`, `state` for a change without a frame,
 * `script` for a statement. A tc_sink_fn; ctx is the struct tc_buf. */
void tc_json_event(void *out, struct tc_view *v, const struct tc_story_event *e);

/* Append what the guard did, for people: "kernel resets: 4 blocked, 0 leaked (guard rst)". */
void tc_guard_sentence(struct tc_buf *out, const struct tc_session_summary *sum);

/* Why nothing can be said of the peer where some leaked, and what to do: printf's, of how many as
 * uint64_t and "" or "s". */
#define TC_KERNEL_RESETS \
	"this host's own kernel reset what the peer sent, %" PRIu64 " time%s: if you gave --guard " \
	"off, leave it out; else look for a nat rule of this host (iptables -t nat -S)"

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
	const struct tc_traits *tcp;	/* what our TCP was asked to be like; or NULL */
	uint64_t seed;
	int exit;
	const struct tc_session_summary *sum;
};

void tc_json_result(struct tc_buf *out, const struct tc_result *r);
/* Of one of many payloads: which, counted from 1, how long, and how long until its reply, or
 * what came instead. */
struct tc_json_asked {
	size_t payload, length;
	tc_time took;			/* ns since the handshake; negative: there was none */
};

/* asked: or NULL. */
void tc_json_connection(struct tc_buf *out, unsigned id, const struct tc_conn_info *info,
			enum tc_verdict v, const uint8_t *reply, size_t n,
			const struct tc_json_asked *asked);
void tc_json_error(struct tc_buf *out, const char *message, int exit);

#endif
