/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that carry a script out share: connections and their numbers, frames as
 * they were captured, and the run itself. */
#ifndef RUNNER_OWN_H
#define RUNNER_OWN_H

#include <tcpcraft/clock.h>
#include "analysis/expect.h"
#include "analysis/wire_state.h"
#include <tcpcraft/packet.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/script_run.h>

#include "link/receiver.h"

#include <stdarg.h>

#define RUN_FLOWS 256		/* connections of one script */
#define TC_RUN_STALL (250 * TC_MS)
#define TC_RUN_LAG (100 * TC_MS)	/* of the capture behind the wire, before nothing was seen */
#define RUN_STAMPS 32		/* timestamps remembered of each */

/* Fast Open under the experimental kind: RFC 7413 appendix A, RFC 6994. */
#define TC_OPT_EXPERIMENT 254
#define TC_FASTOPEN_EXP_ID 0xf989u

/* TS val of one side: as the script says it, and as it was seen. */
struct run_stamps {
	struct { uint32_t script, live; } stamp[RUN_STAMPS];
	unsigned n;			/* ever */
	uint32_t first_script, first_live;	/* of the first */
	bool skipped;			/* some were not named, by <...> */
};

/* A connection: its ports in the script and on the wire, what its numbers count from, and
 * what is known of the peer's state. */
struct run_flow {
	bool named;			/* the script gives its ports */
	uint16_t sport, dport;		/* in the script: ours, theirs */
	struct tc_flow live;		/* remote_port 0: the first SYN that comes */
	bool mac_known;			/* mac is the peer's, by a frame that came */
	uint8_t mac[6];
	/* Numbers in the script count from the SYN, whatever number that has in it: live
	 * number minus script number, and what the script calls the SYN's own. */
	tc_seq ours, theirs;
	uint32_t ours_syn, theirs_syn;
	bool ours_known, theirs_known;	/* a SYN said so */
	unsigned mss;			/* that our SYN said: a segment of more is of several */
	bool syn_again;			/* we sent another SYN since: theirs may change */
	/* 1: the peer's. 0: ours, where a capture has them; what we send ourselves goes as it is
	 * in the script. */
	struct run_stamps stamps[2];
	struct tc_wire_states wire;	/* of our packets, side 0, and the peer's TCP */
	bool heard;			/* of the peer, at least this: */
	struct tc_seg last;
};

/* A frame of the story. */
struct run_record {
	struct run_record *next;
	enum tc_origin origin;
	bool unseen;			/* ours, and the capture never showed it */
	uint8_t *frame;			/* NULL: a statement */
	size_t len;
	int dlt;
	bool parsed;
	struct tc_rx rx;
	tc_time stamp;
	struct run_flow *flow;
	bool open;			/* to be met, and no event has taken it yet: the
					 * peer's, of a tape ours, too */
	bool settled;			/* nothing more can be said of it */
	bool again;			/* it says nothing that its side had not said before … */
	tc_time late;			/* … when this machine was so far behind */
	uint32_t taken;			/* bytes of it that events have taken */
	const struct tc_script_event *event;
	char *note;
};

/* A frame that was injected and has not been seen yet. */
struct run_sent {
	struct run_sent *next;
	uint8_t *frame;
	size_t len, l3;
	tc_time at;			/* CLOCK_REALTIME of the sending */
	struct run_flow *flow;
	const struct tc_script_event *event;
	const char *note;
};

struct tc_script_run {
	struct tc_script_run_config cfg;
	struct tc_script_result *result;
	struct tc_error *err;
	struct tc_receiver receiver;
	struct run_flow flow[RUN_FLOWS];
	unsigned n_flows;
	struct run_flow *last_flow;	/* that an event was about */
	struct run_record *story, **story_end;
	unsigned n_story;
	struct run_sent *sent, **sent_end;
	struct tc_rng rng;
	uint16_t ip_id;
	int64_t value[TC_SCRIPT_NAMES];
	bool known[TC_SCRIPT_NAMES];
	/* Time: of the last event in the script, on the wire, and as it was planned. */
	tc_time script, wire, planned, start;
	bool follows_ours;		/* the last event was a packet of ours, or an `if seen` that
					 * saw nothing */
	tc_time listens, woke;		/* the last wait */
	/* How far this machine was behind its own plan, at worst and at last, and until when. */
	struct run_late { tc_time by, until; } late, lately;
	tc_time stalled_until;		/* the last time that it was behind by more than TC_RUN_STALL */
	tc_time now;			/* on a tape: its time */
	size_t taped;			/* on a tape: frames that have passed */
	bool untimed;			/* on a tape: the last event was a call, whose time is not
					 * in the capture */
	struct run_sent *awaited;	/* the last event's packet, until it is seen */
	tc_time tolerance;		/* an event may be so far off its time, */
	double percent;			/* or so much of the gap before it, if that is more */
	struct tc_error refused;	/* a switch that cannot be done here */
	bool strict, any, wants_icmp;
	const struct tc_script_event *quiet;	/* the last silence, and its time */
	tc_time quiet_from, quiet_to;
	enum run_opening {		/* whose SYN without ports begins a connection anew */
		RUN_OPENED, RUN_LISTENS, RUN_CONNECTS,
	} opening;
	bool scaled_ecr;		/* TS ecr of what was not seen may be reckoned */
	unsigned ts_tick;		/* us that TS val counts; 0: it is not compared */
	bool skipped_told;
	struct tc_packet packet;	/* being built */
	struct tc_packet last_sent, last_seen;	/* for fields in expressions */
	struct run_flow *last_sent_flow, *last_seen_flow;
	uint8_t bytes[TC_PACKET_MAX];
};

/* flows.c: the flow of a packet with these ports (NULL: the last one, or the run's),
 * or NULL with the failure noted. */
struct run_flow *tc_run_flow_of(struct tc_script_run *r, const struct tc_script_event *e,
				const struct tc_script_expr *ours,
				const struct tc_script_expr *theirs);
/* The peer of a frame that came is the one to answer. */
void tc_run_learn_mac(struct tc_script_run *r, struct run_flow *f, const uint8_t *frame,
		      const struct tc_rx *rx);

/* flow.c */
static inline bool tc_run_any_address(const struct tc_addr *a)
{
	return !a->family || tc_addr_is_unspecified(a);
}

struct run_flow *tc_run_flow_find(struct tc_script_run *r, const struct tc_flow *live);
void tc_run_flow_segment(struct run_flow *f, bool ours, const struct tc_seg *seg);
enum tc_state tc_run_flow_state(const struct tc_script_run *r, const struct run_flow *f);
void tc_run_stamp_learn(struct run_stamps *s, uint32_t script, uint32_t live);
uint32_t tc_run_stamp_map(const struct run_stamps *s, uint32_t script);
bool tc_run_stamp_known(const struct run_stamps *s, uint32_t script);
/* Live number minus script number, of a segment with SYN or one without. */
tc_seq tc_run_base(const struct run_flow *f, bool ours, bool syn);
struct tc_isns tc_run_isns(const struct run_flow *f, bool ours, bool syn);

/* eval.c: the number of an expression, at most max (and with its sign mod 2^32 where
 * max is UINT32_MAX). */
int tc_run_eval(struct tc_script_run *r, const struct tc_script_expr *e, int64_t *v);
int tc_run_eval_max(struct tc_script_run *r, const struct tc_script_expr *e,
		    const char *what, uint32_t max, uint32_t *v);
/* NULL expressions are `absent`. */
int tc_run_number(struct tc_script_run *r, const struct tc_script_expr *e, const char *what,
		  uint32_t max, uint32_t absent, uint32_t *v);
/* Bytes of a payload that the script spells out. */
int tc_run_payload(struct tc_script_run *r, const struct tc_script_event *e,
		   const struct tc_script_payload *p, struct tc_buf *out);
/* The text of a FIELD=VALUE's value. */
const char *tc_run_set_text(struct tc_script_run *r, const struct tc_script_set *s,
			    char number[24]);

/* build.c: the packet of a '<' event into r->packet, for this flow. */
int tc_run_build(struct tc_script_run *r, const struct tc_script_event *e,
		 struct run_flow *f);
int tc_run_build_icmp(struct tc_script_run *r, const struct tc_script_event *e,
		      struct run_flow *f);
/* 4 or 6: of the last connection, else of the path. */
uint8_t tc_run_family(const struct tc_script_run *r);
/* What an ICMP event means in this family; NULL, and the run fails, if nothing. */
const struct tc_script_icmp_code *tc_run_icmp(struct tc_script_run *r,
					      const struct tc_script_event *e,
					      uint8_t family);
int tc_run_build_reset(struct tc_script_run *r, struct run_flow *f);

/* Append the options of a packet, unpadded; the expected ones with the script's TS val. */
int tc_run_options(struct tc_script_run *r, const struct tc_script_packet *p,
		   const struct run_flow *f, struct tc_buf *out);

/* notation.c: options in the words of scripts; ack_base: what SACK edges count from. */
void tc_run_options_text(struct tc_buf *out, const uint8_t *bytes, size_t n,
			 tc_seq ack_base);

/* match.c: what is expected, with its numbers. */
struct run_expected {
	const struct tc_script_event *event;
	const struct tc_script_packet *packet;
	struct run_flow *flow;
	uint32_t start, len, done;	/* script number, bytes, bytes that have come */
	uint32_t ack, win, urg;
	uint32_t ts_val;		/* of the script, from `ts_set` on: options has what came */
	bool ts_set;
	struct tc_buf options, payload;
	struct tc_expect *fields;	/* in braces, or NULL */
	struct tc_buf why, names;	/* of the fields that differ */
};
int tc_run_expect(struct tc_script_run *r, const struct tc_script_event *e,
		  const struct tc_script_packet *p, struct run_expected *x);
void tc_run_expected_free(struct run_expected *x);
/* Is the record what comes next of it? If not, x->why says what differs. */
bool tc_run_meets(struct tc_script_run *r, struct run_expected *x,
		  const struct run_record *rec);
/* Take it: note what follows from it. True when all of what is expected has come. */
bool tc_run_take(struct tc_script_run *r, struct run_expected *x, struct run_record *rec);

/* story.c: a line more of the story (frame NULL: no frame); NULL, and the run fails,
 * when there is no room. */
struct run_record *tc_run_append(struct tc_script_run *r, enum tc_origin origin,
				 const uint8_t *frame, size_t n, tc_time stamp, int dlt);
void tc_run_note(struct run_record *rec, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void tc_run_say(struct tc_script_run *r, const struct tc_script_event *e);
/* Hand on the lines that are settled; all of them at the end. */
void tc_run_tell(struct tc_script_run *r, bool all);
void tc_run_story_free(struct tc_script_run *r);

/* wire.c: whose frames are, to a script. */
extern const struct tc_receiver_ops tc_run_receives;
/* Send r->packet. */
int tc_run_send(struct tc_script_run *r, const struct tc_script_event *e,
		struct run_flow *f, const char *note);
/* Receive, sleep until something comes or `until` (CLOCK_REALTIME), receive. */
int tc_run_wait(struct tc_script_run *r, tc_time until);
/* The first that is to be met, of ours (on a tape) or of the peer's. */
struct run_record *tc_run_first_open(struct tc_script_run *r, const struct run_flow *f,
				     bool ours);
/* What the capture never showed of ours: lines of their own. */
void tc_run_tell_unseen(struct tc_script_run *r);

/* tape.c: the frames of a capture instead of a wire. Let the next frame pass, if it comes before
 * `until`. */
int tc_run_tape_wait(struct tc_script_run *r, tc_time until);
/* The connection that the tape is of becomes the script's first. */
void tc_run_tape_begin(struct tc_script_run *r);
/* The rest of the tape passes, for those who read the story. */
void tc_run_tape_end(struct tc_script_run *r);

/* CLOCK_REALTIME, or how far a tape has run. */
static inline tc_time tc_run_now(const struct tc_script_run *r)
{
	return r->cfg.tape ? r->now : tc_clock_realtime();
}

/* expect.c: a packet of the peer's; of a tape one of ours, too. */
int tc_run_expect_packet(struct tc_script_run *r, const struct tc_script_event *e);
int tc_run_expect_icmp(struct tc_script_run *r, const struct tc_script_event *e);
int tc_run_keep_silence(struct tc_script_run *r, const struct tc_script_event *e);
int tc_run_expect_state(struct tc_script_run *r, const struct tc_script_event *e);
int tc_run_expect_number(struct tc_script_run *r, const struct tc_script_event *e);
int tc_run_seen(struct tc_script_run *r, const struct tc_script_event *e, bool *seen);
/* Fail if something that has come since broke the last silence. */
int tc_run_check_silence(struct tc_script_run *r);
/* Fail if part of a segment was taken by a line, and the rest by none. */
int tc_run_check_rests(struct tc_script_run *r);

/* fits.c: what the path cannot carry is found before the script begins. */
int tc_run_fits(struct tc_script_run *r, const struct tc_script_event *e);

/* flows.c: what a call of the script says of the connection that is next. */
enum run_opening tc_run_opens(const struct tc_script_event *call);

/* timing.c. How far an event may be off its time, `gap` after another. */
tc_time tc_run_tolerance(const struct tc_script_run *r, tc_time gap);
/* The time from the last event to this one, in the script. */
tc_time tc_run_gap(const struct tc_script_run *r, const struct tc_script_event *e);
/* Sleep, receiving, until a time (CLOCK_REALTIME). */
int tc_run_wait_until(struct tc_script_run *r, tc_time at);
/* The same until an event of ours is due, which is *at. */
int tc_run_wait_for(struct tc_script_run *r, const struct tc_script_event *e, tc_time *at);

/* verdict.c: the script failed here. Returns -TC_ERR_VERDICT, which ends the run. */
int tc_run_fail(struct tc_script_run *r, const struct tc_script_event *e, const char *fmt,
		...) __attribute__((format(printf, 3, 4)));
/* Note that this machine was late: by how much, and until when. */
void tc_run_was_late(struct tc_script_run *r, tc_time by, tc_time until);
/* An event was met at this time: only lateness after it counts from here on. */
void tc_run_met(struct tc_script_run *r, tc_time at);
/* As tc_run_fail; but inconclusive if this machine's lateness may be why the peer is so far off its
 * time, or (off 0) does something again. */
int tc_run_doubt(struct tc_script_run *r, const struct tc_script_event *e, tc_time off,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* As tc_run_fail, for the error of a call; not run, or inconclusive, if the call could not be
 * made. */
int tc_run_blame(struct tc_script_run *r, const struct tc_script_event *e,
		 const struct tc_error *why);
/* The script cannot be run, by what stands at this place. */
int tc_run_cannot(struct tc_script_run *r, unsigned line, unsigned column, const char *fmt,
		  ...) __attribute__((format(printf, 4, 5)));

#endif
