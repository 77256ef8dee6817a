/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where experiments are made: connections whose every segment is ours to choose, on a
 * session without a driver, and a log of all that was seen on the wire. Nothing is sent by
 * itself: no acknowledgment, no retransmission, but for what tc_lab_open, tc_lab_say and
 * the resets at the end promise. Times are CLOCK_MONOTONIC unless called stamps.
 */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include <tcpcraft/probe.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/session.h>

enum tc_lab_end {
	TC_LAB_ALIVE,
	TC_LAB_REFUSED,			/* RST to our SYN */
	TC_LAB_NO_ANSWER,		/* nothing to our SYN */
	TC_LAB_UNREACHABLE,		/* ICMP to our SYN */
	TC_LAB_RESET,			/* RST later */
	TC_LAB_HUNG_UP,			/* we reset it */
	TC_LAB_NO_CALL,			/* of clients: nobody called */
};

struct tc_lab_conn {
	struct tc_flow flow;
	tc_seq iss, irs;
	tc_seq snd_nxt, snd_una;	/* ours: next to send; acknowledged up to */
	tc_seq waits_for;		/* the peer's highest ACK, also of what was sent by hand */
	tc_seq rcv_nxt;			/* the peer's: next in order */
	uint16_t window;		/* that tc_lab_make offers: 65535 unless changed */
	uint32_t peer_window;		/* the last it offered, as in the header */
	struct tc_seg_opts peer;	/* options of its SYN */
	bool ts_ok;			/* timestamps go with every segment */
	uint32_t ts_recent;		/* the peer's last */
	bool opened;			/* a SYN,ACK came, or a client's ACK of ours */
	unsigned damaged, stale;	/* before that: TCP with wrong checksums; ACKs of numbers
					 * that are not our SYN's, */
	bool cleared;			/* at which we sent a reset */
	bool never_acks;		/* rcv_nxt stays: what the peer says is never acknowledged */
	bool peer_fin;
	enum tc_lab_end end;
	struct tc_addr icmp_from;
	uint8_t icmp_type, icmp_code;
	tc_time opened_at, ended_at;	/* stamps: its SYN,ACK, or ACK; the first FIN or RST; or 0 */
	size_t cursor;			/* of the log: what tc_lab_next looks at next */
	const struct tc_lab_conn *before;	/* tc_lab_provoke's first, where this is its second */
	tc_time awaited;		/* so long was its answer waited for there */
	/* of clients: */
	bool calls;			/* nobody has taken this call yet, */
	tc_time called_at;		/* whose last SYN has this stamp */
	uint8_t mac[6];			/* where the answer goes, if the path does not say */
};

/* Behind the last byte of text that came in order: a FIN, which has a number, too, is none. */
static inline tc_seq tc_lab_heard(const struct tc_lab_conn *c)
{
	return c->rcv_nxt - c->peer_fin;
}

/* A frame as it was seen on the wire; lives as long as the lab. */
struct tc_lab_frame {
	tc_time stamp;			/* CLOCK_REALTIME, of the capture */
	struct tc_lab_conn *conn;	/* NULL: of none */
	tc_seq iss;			/* the connection's when it was seen: a port may come again */
	bool ours, kernel;		/* sent by us; by our kernel, against our will */
	bool cited, answered;
	struct tc_rx rx;		/* TCP, an ICMP error that quotes us, or an echo reply */
	size_t len;
	uint8_t frame[];
};

struct tc_lab {
	/* for experiments to read */
	const struct tc_path *path;
	struct tc_probe_config cfg;
	tc_time timeout;		/* of one wait */
	tc_time call_wait;		/* for a client's call */
	uint8_t family;			/* of the peer; of clients: of the last that called */
	unsigned trials;		/* 0: the experiment's own number */
	struct tc_rng *rng;		/* seeded */
	size_t pad;			/* bytes behind what a request echoes: tc_lab_plain */
	struct tc_unprovoked usual;	/* what the server does when nothing is sent */
	/* lab.c's own */
	struct tc_lab_parts *own;
};

/* A segment to send; tc_lab_make fills it with what is due on a connection. */
struct tc_lab_seg {
	uint16_t flags;			/* 12 bits: the reserved ones too */
	tc_seq seq, ack;
	uint16_t window, urgent;
	const char *options;		/* "mss 1460,nop,wscale 7", or NULL */
	const void *payload;
	size_t len;
	uint8_t ttl, dsfield;		/* ttl 0: 64 */
	struct { const char *field, *value; } set[2];	/* more: "tcp.checksum", "bad" */
	char own_options[48];		/* tc_lab_make's timestamps */
};

/* `most`, or the lab's time-out where that is less. */
static inline tc_time tc_lab_wait(const struct tc_lab *lab, tc_time most)
{
	return most < lab->timeout ? most : lab->timeout;
}

/* A connection with a four-tuple and an ISS of its own; the lab's. It begins again with
 * the first port when all had their turn. NULL: no memory. */
struct tc_lab_conn *tc_lab_conn(struct tc_lab *lab);

/* flags at snd_nxt, acknowledging rcv_nxt if there is ACK among them. */
void tc_lab_make(const struct tc_lab_conn *c, uint16_t flags, struct tc_lab_seg *seg);

/* One byte: ACK and PSH at snd_nxt, and these flags. */
void tc_lab_make_byte(const struct tc_lab_conn *c, uint16_t more, struct tc_lab_seg *seg);

/* Send it, no number of the connection moves. A number for tc_lab_cite_sent, or negative:
 * the link is dead, we were stopped (-EINTR), cfg.until is over (-ETIME), or a field is
 * refused. Waits for its turn where a rate holds. */
int tc_lab_put(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_lab_seg *seg,
	       struct tc_error *err);

/* Tell the peer that this segment of its was too big for a link on the way with this MTU: an ICMP
 * error (RFC 1191, RFC 8201) from our own address, which quotes it, its sequence number moved by so
 * much. As tc_lab_put. */
int tc_lab_too_big(struct tc_lab *lab, const struct tc_lab_frame *seen, uint32_t moved,
		   unsigned mtu, struct tc_error *err);

/* Ask the peer's host for an echo (RFC 792) of zeros: its reply, of which tc_icmp_is_echo_reply is
 * true, is shown on this connection, whose port it has. IPv4. As tc_lab_put. */
struct tc_lab_echo {
	bool df;
	uint8_t dsfield, code;
	uint16_t number;
	size_t len;			/* of the data */
};

int tc_lab_ping(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_lab_echo *echo,
		struct tc_error *err);

/* tc_lab_make and tc_lab_put; snd_nxt moves behind it. */
int tc_lab_send(struct tc_lab *lab, struct tc_lab_conn *c, uint16_t flags,
		const void *bytes, size_t n, struct tc_error *err);

/*
 * The next frame of the peer on this connection (NULL: on any): 1, and the connection's
 * numbers are those after it; 0: none came by then. Negative as tc_lab_put. Our own frames
 * are not shown here.
 */
int tc_lab_next(struct tc_lab *lab, struct tc_lab_conn *c, tc_time until,
		struct tc_lab_frame **seen, struct tc_error *err);

/* Let time pass, hearing what comes; tc_lab_next shows it afterwards. */
int tc_lab_sleep(struct tc_lab *lab, tc_time until, struct tc_error *err);

struct tc_lab_open {
	const char *options;		/* of the SYN; NULL: mss of the path alone */
	uint16_t window;		/* 0: 65535 */
	bool shut;			/* the SYN's window is the last that is open; a SYN,ACK's
					 * is not */
	bool never_acks;			/* see tc_lab_conn */
	bool ts;			/* timestamps in every segment, if the peer agrees */
	bool once;			/* how a SYN is answered is what is asked: nobody is called
					 * again, nor is reset what the peer holds there */
	bool greeting;			/* what a server says unasked is left to the caller */
	bool awaits_fin;		/* of tc_lab_provoke */
	bool much;			/* of the same: an echo is to bring several small segments */
	uint16_t more_flags;		/* of the SYN: ECE and CWR, reserved ones */
	const void *payload;		/* of the SYN; it need not be acknowledged */
	size_t len;
	tc_time wait;			/* 0: the lab's time-out */
};

/* A handshake; the SYN is sent again after 1 and 3 s, and the third segment whenever the
 * SYN,ACK comes again. Where the peer is known to speak first, its greeting is heard and
 * acknowledged, unless the connection never_acks, is shut, or how->greeting. how may be NULL. 1:
 * established; 0: not, c->end says why. Negative as tc_lab_put. An ACK that is not of our SYN is
 * answered with a reset at its own word and the SYN again, unless how->once.
 * Of clients: tc_lab_call, and what is said of the SYN holds for our SYN,ACK; how->wait is
 * that for its ACK, and with how->ts it has no other options than an MSS and timestamps. */
int tc_lab_open(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_lab_open *how,
		struct tc_error *err);

/* The same of a new connection, which is *c. A server that has answered before is called again: twice
 * where it resets, from another port where it is silent, which *c is then. */
int tc_lab_connect(struct tc_lab *lab, struct tc_lab_conn **c, const struct tc_lab_open *how,
		   struct tc_error *err);

/* For clients: take the next call, without answering it: the connection's ends and numbers are
 * those of its SYN, which tc_lab_next shows. As most hold one connection at a time, those before
 * are reset, unless a call is there already. 1; 0: nobody called within lab->call_wait (c->end).
 * Negative as tc_lab_put. */
int tc_lab_call(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err);

/* The same of a new connection, which is *c, and *seen is that SYN. */
int tc_lab_next_call(struct tc_lab *lab, struct tc_lab_conn **c, struct tc_lab_frame **seen,
		     struct tc_error *err);

/* Has another call come, that nobody has taken, since c's last SYN? */
bool tc_lab_called_since(const struct tc_lab *lab, const struct tc_lab_conn *c);

/*
 * A connection on which nothing is sent, for so long: *u is what the server did, *c the
 * connection, as it ended or reset by us. 1; 0: it could not be had.
 */
int tc_lab_watch(struct tc_lab *lab, tc_time most, struct tc_unprovoked *u,
		 struct tc_lab_conn **c, struct tc_error *err);

/* "resets each connection 0.002 s after the handshake, whatever is sent"; only of those that
 * close or reset. */
#define TC_UNPROVOKED_TEXT 96
const char *tc_unprovoked_text(const struct tc_unprovoked *u, char text[TC_UNPROVOKED_TEXT]);

/* The control of an experiment that needs one, if it is not known yet. 1: run it; 0: the
 * finding is made, since it cannot be told. Negative as tc_lab_put. */
int tc_lab_control(struct tc_lab *lab, const struct tc_experiment *e, struct tc_finding *f,
		   struct tc_error *err);

/* Is it the server's habit to end a connection so many seconds after the handshake? Watches
 * for that long where nobody has yet. 1 or 0; negative as tc_lab_put. */
int tc_lab_is_habit(struct tc_lab *lab, double life, struct tc_error *err);

/* Is what it has said on this connection, the last of it so many seconds after the handshake, only
 * what it says where nothing is sent? Watches for longer than that where nobody has yet; then
 * tc_lab_open hears it on those that follow. 1 or 0; negative as tc_lab_put. */
int tc_lab_is_greeting(struct tc_lab *lab, const struct tc_lab_conn *c, double life,
		       struct tc_error *err);

/* Seconds from the handshake to this stamp. */
double tc_lab_since(const struct tc_lab_conn *c, tc_time stamp);

/* Does this segment have data beyond the edge of our window? A byte alone is a probe of a shut one
 * (RFC 9293 3.8.6.1), unless more was sent before it. *most: how far anything went, 0 at first. */
bool tc_lab_goes_beyond(const struct tc_lab_frame *s, tc_seq edge, uint32_t *most);

/* It is known to close or reset within the time that experiments need. */
bool tc_unprovoked_ends(const struct tc_unprovoked *u);

/* Afterwards: where the peer ended a connection later than the control was watched, is that
 * its habit? Then the finding is unmade. 0, or negative as tc_lab_put. */
int tc_lab_doubt(struct tc_lab *lab, const struct tc_experiment *e, struct tc_finding *f,
		 struct tc_error *err);

/* The same of this connection, where its end by the peer is all there is to tell. */
int tc_lab_doubt_end(struct tc_lab *lab, const struct tc_lab_conn *c, struct tc_finding *f,
		     struct tc_error *err);

/* And does the target still answer a SYN, if it did before? f->target_after. */
int tc_lab_still_there(struct tc_lab *lab, const struct tc_experiment *e,
		       struct tc_finding *f, struct tc_error *err);

/* The experiment's connection: tc_lab_conn and tc_lab_open. 0: it cannot be had, and that is
 * the finding (tc_finding_blame). */
int tc_lab_begin(struct tc_lab *lab, struct tc_finding *f, struct tc_lab_conn **c,
		 const struct tc_lab_open *how, struct tc_error *err);

/* The same, and *seen is the SYN,ACK; tc_lab_next goes on behind it. */
int tc_lab_begin_seen(struct tc_lab *lab, struct tc_finding *f, struct tc_lab_conn **c,
		      const struct tc_lab_open *how, struct tc_lab_frame **seen,
		      struct tc_error *err);

/* Data until it is acknowledged, sent again after 0.3, 0.9, 2.1 … s. 1: it is; 0: not in
 * the lab's time-out, or the peer reset. The peer's data is kept and acknowledged. */
int tc_lab_say(struct tc_lab *lab, struct tc_lab_conn *c, const void *bytes, size_t n,
	       struct tc_error *err);

/* What may make the server say something: --prefix, a line when it echoes, else a request
 * of HTTP. */
const void *tc_lab_question(const struct tc_lab *lab, size_t *n);

/*
 * Make the server send: wait a moment for a server that speaks first, then ask, then say
 * one byte that it may not like; with how->awaits_fin also for the FIN of one that is known to
 * close by itself. 1: *seen is its first segment with data or FIN, which nobody acknowledged; 0: it sent none,
 * or the connection could not be had (c->end), which tc_finding_mute tells.
 * how as for tc_lab_open; *c is the connection it took.
 */
int tc_lab_provoke(struct tc_lab *lab, const struct tc_lab_open *how,
		   struct tc_lab_conn **c, struct tc_lab_frame **seen,
		   struct tc_error *err);

/* Segments of one kind, by their stamps: when each came, and what that says. */
#define TC_SCHEDULE_MAX 64

struct tc_schedule {
	tc_time at[TC_SCHEDULE_MAX];
	unsigned n;
};

void tc_schedule_add(struct tc_schedule *s, const struct tc_lab_frame *seen);

/* Monotonic: when the next would be so late that none will come. Not to be known (far away)
 * until there are two. */
tc_time tc_schedule_over_at(const struct tc_schedule *s);

/* The next frame on the connection. 1: it came. 0: nothing until then, or, as *over says, for so
 * long that no more of the schedule will come, which is known once there are two. Negative as
 * tc_lab_next. */
int tc_schedule_next(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_schedule *s,
		     tc_time until, struct tc_lab_frame **seen, bool *over, struct tc_error *err);

/* The longest that a TCP waits before it sends a first segment again: RFC 6298 appendix A. */
#define TC_FIRST_RTO (3 * TC_S)

/* The connection was reset at this stamp, before the timer can have run out that sends the next:
 * that is no giving up, and more might have come. */
bool tc_schedule_cut_short(const struct tc_schedule *s, tc_time reset);

/* What the intervals grow by: the median of their quotients, 0 for fewer than three. */
double tc_schedule_factor(const struct tc_schedule *s);

/* ", each wait 2 times the one before", or "1.2 to 1.9 times" where they differ, or nothing where
 * that is not known. */
#define TC_GROWTH_TEXT 64
const char *tc_schedule_growth(const struct tc_schedule *s, char text[TC_GROWTH_TEXT]);

/* "at": seconds from the first, "first_interval", "factor" as facts. */
void tc_schedule_facts(const struct tc_schedule *s, struct tc_finding *f);

/* What the peer's clock of timestamps showed at some time between the two; stamps. */
struct tc_reading {
	tc_time asked, came;
	uint32_t value;
};

/* Ticks a second, from two of them; 0: *why that cannot be told. The time between them is as exact
 * as the two answers took equally long, and of the ticks one is the error. */
double tc_reading_hz(const struct tc_reading *first, const struct tc_reading *next,
		     const char **why);

/* What the peer says in order, acknowledged and cited, is appended to *out until that holds
 * `most` bytes, the peer ends, or `until`. 0, or negative as tc_lab_put. */
int tc_lab_hear(struct tc_lab *lab, struct tc_lab_conn *c, size_t most, tc_time until,
		struct tc_buf *out, struct tc_error *err);

enum tc_lab_reaction {
	TC_LAB_SILENT,			/* within the wait */
	TC_LAB_TAKES,			/* acknowledges the whole segment */
	TC_LAB_ASKS,			/* an ACK that does not: a duplicate, a challenge */
	TC_LAB_RESETS,
	TC_LAB_ABORTS,			/* resets, and acknowledges the whole segment by it: an open
					 * connection's TCP took it, and then it was aborted (RFC
					 * 9293 3.10.5). Some send such a reset of none, too. */
};

static inline bool tc_lab_took(enum tc_lab_reaction r)
{
	return r == TC_LAB_TAKES || r == TC_LAB_ABORTS;
}

/* Send this segment and see what becomes of it; both are cited. snd_nxt is not left behind
 * its end. 0, or negative as tc_lab_put. */
int tc_lab_react(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_lab_seg *seg,
		 tc_time wait, enum tc_lab_reaction *r, struct tc_error *err);
/* The same of tc_lab_make_byte's, for a second at most. */
int tc_lab_react_byte(struct tc_lab *lab, struct tc_lab_conn *c, uint16_t more,
		      enum tc_lab_reaction *r, struct tc_error *err);
const char *tc_lab_reaction_name(enum tc_lab_reaction r);	/* of texts */

/*
 * A request whose answer depends on its payload, so that an experiment can tell which bytes
 * have reached the application: with --echo the payload itself, which comes back; else a
 * PROT frame around it, to whose right checksum the legacy server says "ACK". *head and
 * *tail are the bytes before and behind the payload.
 */
struct tc_lab_request {
	struct tc_buf bytes;
	size_t head, tail;
};

int tc_lab_request(const struct tc_lab *lab, const uint8_t *payload, size_t n,
		   struct tc_lab_request *r, struct tc_error *err);

/* Hear the answer to it: *right, the application had exactly that payload. 0 or negative. */
int tc_lab_answer(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_lab_request *r,
		  tc_time wait, bool *right, struct tc_error *err);

/* What came back to a request that was not answered so; all 0: nothing. */
struct tc_lab_reply {
	uint32_t bytes;			/* in order */
	bool closes, resets;		/* and then */
	tc_time after;			/* ns until the first of that came */
	tc_time stamp;			/* and when that was; or 0 */
};

/* From the number `first` on, and after a segment of ours with the stamp `since`; 0: after the last
 * that we sent before it. */
struct tc_lab_reply tc_lab_reply(const struct tc_lab *lab, const struct tc_lab_conn *c,
				 tc_seq first, tc_time since);

/* "0.02 s after WHAT WHO sends 309 bytes, which are not the answer, and closes the connection" */
#define TC_REPLY_TEXT 256
const char *tc_lab_reply_text(const struct tc_lab_reply *r, const char *what, const char *who,
			      char text[TC_REPLY_TEXT]);

/* What else would be answered. */
const char *tc_lab_reply_cure(const struct tc_lab *lab);

/* The finding of it: "reset" or "could-not-tell"; where such an end is the server's habit, that
 * is. 0, or negative as tc_lab_put. */
int tc_finding_reply(struct tc_finding *f, struct tc_lab *lab, const struct tc_lab_conn *c,
		     const struct tc_lab_reply *r, const char *what, struct tc_error *err);

/* The finding that tc_lab_provoke's 0 makes; --prefix gives `cure`. As tc_finding_reply. */
int tc_finding_mute(struct tc_finding *f, struct tc_lab *lab, const struct tc_lab_conn *c,
		    const char *cure, struct tc_error *err);

/*
 * The control of what is asked in an odd way: the same payload as a plain request. Where it is
 * not answered, and the server echoes, with more bytes behind it, to a whole segment at most;
 * lab->pad keeps how many it takes. 1; 0: no connection could be had (*conn). Negative as
 * tc_lab_put.
 */
struct tc_lab_plain {
	bool answered, acked;
	size_t asked;			/* bytes of the last request */
	struct tc_lab_reply reply;	/* to it, where it is no answer */
	tc_time after;			/* ns from the request to its answer */
	tc_time wait;			/* for an answer to the same asked otherwise */
	size_t mss;			/* bytes that one segment may take there */
};

int tc_lab_plain(struct tc_lab *lab, const uint8_t *payload, size_t n,
		 struct tc_lab_plain *p, struct tc_lab_conn **conn, struct tc_error *err);

/* Facts of it; or, where it was not answered on this connection, the finding: why that cannot be
 * told. 1: it was answered; 0: not. Negative as tc_lab_put. */
int tc_finding_plain(struct tc_finding *f, struct tc_lab *lab, const struct tc_lab_plain *p,
		     const struct tc_lab_conn *c, struct tc_error *err);

/* The cookie of Fast Open that a segment brings, of any length (RFC 7413 4.1.1: 4 to 16 bytes);
 * n 0: none. */
struct tc_cookie tc_lab_cookie(const struct tc_rx *rx);

/* An old byte, which must be answered: 1: the peer holds the connection, its handshake is
 * complete. 0: it does not (c->end is TC_LAB_RESET), or says nothing, three times. */
int tc_lab_confirm(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err);

/* Reset it at the peer, if it may still hold it; a call that was not answered is refused. */
int tc_lab_hang_up(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err);

/* This segment proves the verdict: seen->cited = true, and for one of ours, by its number, which is
 * returned, be it an error: */
int tc_lab_cite_sent(struct tc_lab *lab, int number);
void tc_lab_cite_all(struct tc_lab *lab, const struct tc_lab_conn *c);	/* both ways */

/* The largest segment that we can take: what the MTU leaves. */
unsigned tc_lab_mss(const struct tc_lab *lab);

/* What goes to the peer in one segment. */
size_t tc_lab_segment(const struct tc_lab *lab, const struct tc_lab_conn *c);

/* A segment of ours as it was seen, by its number; NULL when it was not (yet). */
const struct tc_lab_frame *tc_lab_sent(const struct tc_lab *lab, int number);

/* The stamp at which a segment of ours was seen, 0 when it was not (yet). */
tc_time tc_lab_sent_at(const struct tc_lab *lab, int number);

/* The stamp of our last segment on it that was seen by then: the peer has heard of us till there. */
tc_time tc_lab_spoke_before(const struct tc_lab *lab, const struct tc_lab_conn *c, tc_time stamp);

/* The verdict that c->end makes: refused, no-answer, unreachable, reset. 0, for who has nothing
 * more to do and returns it. */
int tc_finding_blame(struct tc_finding *f, const struct tc_lab *lab, const struct tc_lab_conn *c);

/* tc_probe_run's part: about the lab as a whole. */
int tc_lab_start(struct tc_lab *lab, const struct tc_experiment *e,
		 const struct tc_probe_config *cfg, struct tc_error *err);
void tc_lab_finish(struct tc_lab *lab, struct tc_finding *f);

#define TC_EXPERIMENT(id) extern const struct tc_experiment tc_experiment_##id;
TC_EXPERIMENTS(TC_EXPERIMENT)
#undef TC_EXPERIMENT

/* An experiment, at the head of its file: its name, the question, the clause, and what else
 * struct tc_experiment has; it is carried out by run(), which is the last there. */
#define TC_DEFINE_EXPERIMENT(id, word, question, says, ...) \
	static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err); \
	const struct tc_experiment tc_experiment_##id = { \
		.name = word, .one_line = question, .clause = says, .run = run, __VA_ARGS__ \
	}

#endif
