/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A script carried out over a link: '<' packets are built and sent, '>' packets are awaited
 * in the capture and compared, whatever the peer is: its numbers are mapped. Times are
 * those of the capture; that we were late is never the peer's fault. One thread; callbacks
 * are made from tc_script_run.
 */
#ifndef TCPCRAFT_SCRIPT_RUN_H
#define TCPCRAFT_SCRIPT_RUN_H

#include <tcpcraft/error.h>
#include <tcpcraft/story.h>
#include <tcpcraft/link.h>
#include <tcpcraft/script.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/tcp.h>

struct pollfd;
struct tc_neigh;
struct tc_buf;
struct tc_session_summary;

struct tc_script_ops {		/* any may be NULL */
	/* A frame passed the capture filter: for capture files. */
	void (*frame)(void *ctx, const struct tc_frame *f);
	/* A packet, or (TC_STORY_WORDS) that a statement or call was carried out, in the order
	 * of the wire. line: what sent or met it, NULL: nothing did. */
	void (*tell)(void *ctx, const struct tc_story_event *e, const struct tc_script_event *line);
	/*
	 * CALL, SHELL and CODE events: carry it out. *when is now and what the next event
	 * counts from; it may be moved (CLOCK_REALTIME). zero: the second 0 that the script
	 * counts from, as it was planned. Negative with *err: the script
	 * failed here (-EOPNOTSUPP: it cannot be run; -TC_ERR_HAND_LACKS, -TC_ERR_HAND_GONE). Without the callback such events are
	 * passed over, with a notice. A call that blocks returns at once, is finished in
	 * `turn`, and keeps `busy` true meanwhile.
	 */
	int (*call)(void *ctx, const struct tc_script_event *e, tc_time zero, tc_time *when,
		    struct tc_error *err);
	bool (*busy)(void *ctx);
	/* say and ask; `ask` may take its time. Without them the words are lines only. */
	void (*say)(void *ctx, const char *text);
	void (*ask)(void *ctx, const char *text);
	/* After each wait: print, look at the extra descriptors. Negative ends the run with
	 * *err as the reason (-ECANCELED: interrupted; -TC_ERR_UNMET: the script failed, as a call
	 * that blocked was not as it says). */
	int (*turn)(void *ctx, struct tc_error *err);
	/* One line for the user beside the story. */
	void (*notice)(void *ctx, const char *line);
};

/* A frame of a connection that is over: of the side that '<' stands for, or of the other. */
struct tc_taped {
	struct tc_frame frame;
	bool ours;
};

struct tc_script_run_config {
	const struct tc_script *script;	/* outlives the run, as all here */
	struct tc_link *link;
	const struct tc_path *path;	/* MACs and MTU */
	struct tc_neigh *neigh;		/* addresses to answer ARP for, or NULL */
	struct tc_flow flow; /* server: remote_… 0, taken from the SYN that comes */
	unsigned mtu;			/* of the peer's packets; 0 = the path's */
	unsigned n_ports;		/* of ours from flow.local_port on, for scripts that
					 * name ports */
	bool server; /* the peer opens: flow.local_… is where we listen */
	bool iss_given;
	tc_seq iss;			/* instead of the number in the '<' SYN */
	uint64_t seed;
	tc_time tolerance;		/* 0: the script's --tolerance_usecs, or 4 ms */
	bool percent_given;
	double percent;			/* of the time since the event before: how far one may be
					 * off, if that is more. Not given: the script's, or 12.5 */
	tc_time patience;		/* with which '*' waits; 0: 30 s */
	bool merges;			/* the link does what --mss asks for */
	bool strict_segments;		/* also if the script says so */
	bool leave_open;		/* no RST at the end for connections that are still open */
	/*
	 * A capture of one connection (flow: both ends of it), to be judged instead of a peer:
	 * nothing is sent, link and neigh are NULL, path says family and MTU. '<' packets are
	 * expected of our side as '>' ones are of the other, but at any time; calls and words
	 * are passed over, ICMP and ports are not run.
	 */
	const struct tc_taped *tape;
	size_t n_tape;
	struct pollfd *extra;		/* descriptors to wake up for */
	unsigned n_extra;
	const struct tc_script_ops *ops;
	void *ctx;
};

enum tc_script_verdict {
	TC_SCRIPT_PASSED,
	TC_SCRIPT_FAILED,		/* an expectation was not met */
	TC_SCRIPT_NOT_RUN,		/* something in it cannot be carried out here */
	TC_SCRIPT_INTERRUPTED,
	TC_SCRIPT_NOT_SUPPORTED,	/* the machine under test has no such call */
	TC_SCRIPT_INCONCLUSIVE,		/* who makes the calls is gone, or answers nonsense; or an
					 * expectation was not met, perhaps since this machine
					 * was late by more than the tolerance */
};

/* What an error of the script's calls makes of it; false: the machine cannot. */
bool tc_script_verdict_of(int code, enum tc_script_verdict *v);
const char *tc_script_verdict_name(enum tc_script_verdict v);	/* "passed", "not-run" … */

struct tc_script_result {
	enum tc_script_verdict verdict;
	unsigned line, column;		/* of the event that failed */
	const struct tc_script_event *event;
	struct tc_error error;		/* "FILE:LINE:COLUMN: what differs" */
	char expected[256], seen[256];	/* packets in the script's notation, or "" */
	bool seen_ours;			/* what is seen is of the side of '<' */
	bool silent;			/* a segment was awaited, and none had ever come */
	bool answered;			/* a SYN,ACK came: somebody took a connection */
	char fields[128]; /* names of those that differ: "tcp.flags tcp.ack" */
	unsigned events;		/* carried out, each turn of a loop again */
	unsigned skipped;		/* calls that nobody could make */
	unsigned connection, connections; /* of a capture: the one that this is of, from 1, and
					 * how many it has; 0: none was judged */
	uint64_t segments_sent, segments_received, kernel_resets, blocked;
	tc_time seconds;		/* ns from the first event to the end */
};

struct tc_script_run;

/* -EINVAL: a switch of the script that is wrong or unknown. Those for packetdrill's own runner
 * are passed over; with one that the script is not the same without it will not be run. */
int tc_script_run_open(struct tc_script_run **r, const struct tc_script_run_config *cfg,
		       struct tc_error *err);
void tc_script_run_close(struct tc_script_run *r);	/* NULL is allowed */

/* Carry the script out. 0 whatever its verdict, which is in *result; negative when the
 * machine cannot (link gone, no memory). */
int tc_script_run(struct tc_script_run *r, struct tc_script_result *result,
		  struct tc_error *err);

/* Append a segment in the script's notation, its numbers counted from isn; without
 * direction: "S. 0:0(0) ack 1 win 65160 <mss 1460>". */
void tc_script_put_segment(struct tc_buf *out, const struct tc_rx *rx, struct tc_isns isn);

struct tc_script_report {
	const struct tc_script *script;
	const struct tc_script_result *result;
	const char *host;		/* or NULL */
	const char *capture;		/* that was judged, or NULL */
	uint16_t port;
	uint64_t seed;
	int exit;
	const struct tc_session_summary *sum;
};

/* Append the result as JSON. */
void tc_script_json_result(struct tc_buf *out, const struct tc_script_report *r);
/* Append the verdict for people: a line, and for a failure what was expected and seen. */
void tc_script_sentence(struct tc_buf *out, const struct tc_script_report *r);

#endif
