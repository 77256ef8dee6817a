/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the fuzzer share: the values that are tried, and a running campaign. */
#ifndef FUZZ_OWN_H
#define FUZZ_OWN_H

#include "base/pace.h"
#include "judge.h"

#include <tcpcraft/error.h>
#include <tcpcraft/exchange.h>
#include <tcpcraft/field.h>
#include <tcpcraft/fuzz.h>
#include <tcpcraft/mutate.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/session.h>

/* ---- values (values.c) --------------------------------------------------------------------- */

enum { FUZZ_SYN, FUZZ_ACK, FUZZ_DATA, FUZZ_FIN, FUZZ_SEGMENTS };

extern const char *const tc_fuzz_segments[FUZZ_SEGMENTS];

#define SIGNATURES 4096		/* kinds of answers that are remembered */
#define SLOWNESS_MAX 3		/* the longest patience is 2^3 silences */
#define FUZZ_VALUES 16		/* boundary values of one field, at most */

/* A field in a segment, and the values that are tried one by one. */
struct tc_fuzz_place {
	const struct tc_field *field;
	const struct tc_header *hdr;
	unsigned segment;
};

struct tc_fuzz_value {
	char text[48];			/* "=0", "+=1" */
	const char *value_class;
};

#define FUZZ_HEADERS 8

/* headers.c: those of a segment of the family, IP first and Ethernet last: how many. IPv6's
 * extension headers are put into it where a rule names them. */
unsigned tc_fuzz_headers(uint8_t family, const struct tc_header *payload,
			 const struct tc_header *list[FUZZ_HEADERS]);

/* Would the segment go to, or come from, somewhere else? */
bool tc_fuzz_leads_astray(const struct tc_header *h, unsigned row);

/* The values of TC_MUT_BOUNDARY and TC_MUT_OFFBYONE that a field has: how many. */
unsigned tc_fuzz_values(const struct tc_fuzz_place *p,
			struct tc_fuzz_value v[FUZZ_VALUES]);

/* Lists of texts, each ends with NULL: actions for any segment; actions that want a number
 * behind them, for each place to cut the payload at. */
extern const char *const tc_fuzz_actions[], *const tc_fuzz_cuts[];
unsigned tc_fuzz_count(const char *const *list);

#define FUZZ_OPTION_MAX 96

/* Values of tcp.options: how many; the kth. */
unsigned tc_fuzz_option_count(void);
void tc_fuzz_option(unsigned k, char text[FUZZ_OPTION_MAX]);

/* order.c: the kth of n in an order that the seed decides. */
uint64_t tc_fuzz_shuffled(uint64_t seed, uint64_t k, uint64_t n);

/* ---- payloads (payload.c, message.c) ----------------------------------------------------------- */

#define FUZZ_LENGTHS 64

/* Which payloads are tried. */
struct tc_fuzz_payloads {
	size_t valid_len, limit, most;	/* of the valid one; the header's own; that can be */
	unsigned length[FUZZ_LENGTHS], n_lengths;
	unsigned n;			/* that can be listed */
};

/* h: the header that is around it, or NULL. */
void tc_fuzz_payloads(struct tc_fuzz_payloads *p, const struct tc_header *h,
		      size_t valid_len);

/* Right lengths of a field of any length that is not the payload, room bytes at most. */
void tc_fuzz_part_lengths(struct tc_fuzz_payloads *p, const struct tc_header *h,
			  const struct tc_part *part, size_t room);

/* The kth of them; returns its class. */
const char *tc_fuzz_payload(const struct tc_fuzz_payloads *p, uint64_t k,
			    struct tc_rng *rng, char text[TC_FUZZ_PAYLOAD_MAX]);
void tc_fuzz_random_payload(const struct tc_fuzz_payloads *p, struct tc_rng *rng,
			    char text[TC_FUZZ_PAYLOAD_MAX]);

/* So many bytes of payload: the valid ones, more, or fewer (fill 0), or one value so often. */
void tc_fuzz_length_text(const struct tc_fuzz_payloads *p, size_t n, unsigned fill,
			 char text[TC_FUZZ_PAYLOAD_MAX]);

/* harvest.c: the words of the whole frames that these bytes begin with, each kept once. */
void tc_fuzz_learn_words(struct tc_fuzz_base *b, const struct tc_header *h,
			 const uint8_t *bytes, size_t n);

/* ---- whole frames (frames.c) --------------------------------------------------------------- */

#define FUZZ_SETS 256

struct tc_fuzz_set {			/* of a free field to a value */
	const struct tc_field *field;
	tc_value value;			/* of a part its length */
	size_t more;			/* bytes that it makes a frame longer */
	char text[TC_FUZZ_WORD_MAX];		/* "modbus.function=3" */
};

/* What requests of whole frames are made of. */
struct tc_fuzz_frames {
	const struct tc_header *h;
	const struct tc_fuzz_payloads *p;
	struct tc_fuzz_set set[FUZZ_SETS]; /* those of a field together */
	unsigned n_sets;
	const char *const *learnt;	/* words of a capture: NAME=VALUE, or a body as HEX */
	unsigned n_learnt, n_bodies;
	size_t fixed;			/* bytes of a frame besides its payload */
	unsigned part[TC_PARTS_MAX];	/* longest value of each part */
	bool several;			/* a frame says where it ends, and two have room */
	unsigned right;			/* of p->length: those that the header allows … */
	unsigned below;			/* … and that are among the first `each` */
	uint64_t each;			/* lengths from 0 on that are all tried */
};

/* A field that anything may be put into: no count, sum or constant. */
bool tc_fuzz_is_free(const struct tc_header *h, unsigned row);

/* p and the words stay the caller's, as long as f is used. How many cases there are. */
uint64_t tc_fuzz_frames_open(struct tc_fuzz_frames *f, const struct tc_header *h,
			     const struct tc_fuzz_payloads *p,
			     const char *const *learnt_words, unsigned n);

/* A right length of a part, and any byte. */
void tc_fuzz_random_part(const struct tc_fuzz_frames *f, const struct tc_field *field,
			 struct tc_rng *rng, char text[TC_FUZZ_PAYLOAD_MAX]);

/* The kth: its payload, and perhaps a rule; returns its class. */
const char *tc_fuzz_frames_case(const struct tc_fuzz_frames *f, uint64_t k,
				struct tc_fuzz_case *c);

/* ---- a campaign (fuzz*.c) ---------------------------------------------------- */

#define SILENCE_NS (20 * TC_MS)
#define FUZZ_PAST 64
#define FUZZ_SLOWEST 4		/* times the patience asked for, before a hang is one */

/* One connection: a case, or (c NULL) a control. */
struct tc_fuzz_conn {
	struct tc_exchange x;
	struct tc_exchange_config xc;
	struct tc_fuzz *f;
	struct tc_mutate *m;
	struct tc_buf request;		/* where the case says its payload */
	bool unsaid;			/* no count can say the case's: the valid one is sent */
	size_t before;			/* of a case's own request: as of tc_fuzz_request */
	const struct tc_fuzz_case *c;
	struct tc_fuzz_outcome *out;
	struct tc_fuzz_evidence seen;
	struct tc_conn_info info;	/* as of the end */
	tc_time started_at, decided_at;	/* monotonic */
	tc_time call_by;		/* of who waits for a call: until then, monotonic */
	tc_time answered_at;		/* … when it came, or 0; … */
	unsigned long calls;		/* … and how many had come by then */
	struct tc_fuzz_conn *waits_next;
	bool beside;			/* somebody's call waited when this one was over */
	bool another;			/* call came while this one was open, … */
	bool unsure;			/* … among others at once: only alone it tells whose */
	bool stale;			/* the peer knew the port: the SYN went out twice */
	bool late;			/* the call had waited so long that it may be none any more */
	bool busy, ended;
	struct tc_fuzz_conn *next;	/* of those that are idle, or due */
	bool due;
};

#define FUZZ_CALLS 8		/* that wait for their answer, and one for each at once */
#define FUZZ_QUIET 8		/* honest calls that show that only one client calls */

#define FUZZ_CALLERS 32		/* addresses that are looked after */

struct tc_fuzz_call {
	struct tc_conn *conn;
	tc_time at, stamp;		/* monotonic, and CLOCK_REALTIME */
};

struct tc_fuzz_caller {			/* all clients at one address */
	struct tc_addr addr;
	unsigned known, want;		/* that call at the same time; that did at the last look */
	unsigned tries;			/* that this could not be learned */
	unsigned cases;			/* it was answered with since all of them called */
	uint64_t low, high;		/* … their numbers, from and to … */
	uint64_t last;			/* … and the last's, if there is one, … */
	tc_time from;			/* … when it began, CLOCK_REALTIME, … */
	uint16_t port;			/* … and who was answered, … */
	bool odd;			/* … and it did not end as an honest call does */
	bool honest;			/* was what it was answered with last */
	bool shared;			/* several were counted there */
};

struct tc_fuzz {
	struct tc_fuzz_config cfg;
	struct tc_starter *check;	/* of cfg.check, or NULL */
	tc_time check_within;		/* it is to end; … */
	bool check_hangs;		/* … the last one had not, … */
	unsigned hung;			/* … as so many before it, one behind the other */
	struct tc_exchange_config control_x;
	tc_time silence;		/* what has said nothing for so long is silent */
	tc_time patience;		/* with the case that is started next, or more */
	tc_time acked_wait;		/* at least so long for a reply to what was acknowledged */
	tc_time close_wait;		/* for the peer's FIN behind a verdict; 0: by silence */
	unsigned slowness;		/* of honest exchanges lately, in doublings of silence */
	unsigned at_once;		/* cases that this window may have under way, … */
	unsigned crowd;			/* … and has, at most: fewer while all is slow */
	tc_time usual_time;		/* of a control when nothing else was under way … */
	tc_time usual_rest;		/* … of which we rest so long, to hear a client out */
	struct tc_buf got, learned;	/* the last control's reply; what is always replied */
	struct tc_fuzz_conn *runs;
	struct tc_fuzz_conn *idle;	/* of them, those without a case */
	struct tc_fuzz_conn *due;	/* those whose case has ended, or is not carried */
	struct tc_fuzz_conn control, canary;
	struct tc_fuzz_outcome canary_out;
	bool unwell;			/* a canary of the last window did not get its reply */
	unsigned next_flow, since_control;
	struct tc_pace pace;		/* of cases */
	enum tc_verdict usual;		/* of a control exchange when all is well */
	char usual_state[40];		/* as of struct tc_fuzz_outcome */
	uint64_t *signatures;
	unsigned n_signatures;
	struct tc_fuzz_case *past;	/* since the last good control, FUZZ_PAST at most */
	unsigned n_past;
	bool past_is_well;		/* a good one followed them: for the last look alone */
	bool acquitted;			/* … and these: an honest call came behind, and none since */
	unsigned over;			/* cases of the window that is being run */
	bool looking;			/* for the case that broke the server */
	/* of clients: who answers the next calls, in order; calls in order */
	struct tc_fuzz_conn *waiting;
	struct tc_fuzz_call *calls;
	unsigned n_calls, calls_most;
	struct tc_fuzz_caller callers[FUZZ_CALLERS];
	unsigned n_callers;
	unsigned long called;		/* ever */
	unsigned n_waiting, starting;	/* commands that were run, and did not call yet */
	tc_time answered_at;		/* the last call */
	tc_time look_at;		/* the command, next */
	char wanted[160];		/* why of what is made small, or empty */
	bool ever_called;
	bool several;			/* an honest client calls while another call is open */
	unsigned quiet;			/* honest calls lately beside which nobody called or waited */
	bool untold;			/* who called anew: too few of those to tell */
	bool isn_varies;		/* of those that call: … */
	tc_seq last_isn;		/* … of the last */
	bool were_several;		/* clients that are not ours, and were counted */
	bool lost;			/* what a case was run for alone took the last one */
	bool mute;			/* one of several clients did not call any more */
	bool too_late;			/* what a late call was answered with proves nothing */
	bool uncalled;			/* somebody has waited for a call in vain */
	tc_time start_after;		/* the command is not started again before */
	int stop;
	struct tc_error fault;		/* of this machine, for which it is stopped; or code 0 */
};

/* case.c: callbacks of the stack's filter and of an exchange. */
bool tc_fuzz_filter(void *ctx, const struct tc_outgoing *out);
void tc_fuzz_decided(struct tc_exchange *x);
void tc_fuzz_ended(struct tc_exchange *x);

/* To be looked at in the next turn; controls are looked at in every one. */
static inline void tc_fuzz_make_due(struct tc_fuzz_conn *r)
{
	if (!r->c || r->due)
		return;
	r->due = true;
	r->next = r->f->due;
	r->f->due = r;
}

/* An honest exchange took so long. */
void tc_fuzz_note_pace(struct tc_fuzz *f, tc_time took);

/* Begin; c NULL: a control. */
int tc_fuzz_start(struct tc_fuzz *f, struct tc_fuzz_conn *r, const struct tc_fuzz_case *c,
		  struct tc_fuzz_outcome *out, struct tc_error *err);
void tc_fuzz_finish(struct tc_fuzz_conn *r);

/* It was opened, or its call answered; of one that waits for a call: was begun. */
static inline tc_time tc_fuzz_began(const struct tc_fuzz_conn *r)
{
	return r->answered_at ? r->answered_at : r->started_at;
}

/* Until the verdict, without the rest that we gave before the request. */
tc_time tc_fuzz_took(const struct tc_fuzz_conn *r);
void tc_fuzz_give_up(struct tc_fuzz_conn *r);
int tc_fuzz_turn(struct tc_fuzz *f, tc_time until);

/* calls.c, where clients are the target: listen for them; r answers the next call; while it
 * waits, turns end soon (call_look), and after each the command is looked after. */
int tc_fuzz_listen(struct tc_fuzz *f, struct tc_error *err);
void tc_fuzz_wait_for_call(struct tc_fuzz *f, struct tc_fuzz_conn *r);
void tc_fuzz_stop_waiting(struct tc_fuzz *f, struct tc_fuzz_conn *r);
tc_time tc_fuzz_call_wait(const struct tc_fuzz *f);	/* how long */
tc_time tc_fuzz_call_look(const struct tc_fuzz *f, tc_time until);
void tc_fuzz_look_for_call(struct tc_fuzz *f);
void tc_fuzz_drop_calls(struct tc_fuzz *f);	/* of a client that is ended */

/* Do all that are ours to run stand in their calls, and has none died? */
bool tc_fuzz_all_stand(struct tc_fuzz *f);
/* Those of n cases that may have made their clients call anew: where it was none of several at once
 * they are not unsure any more. */
int tc_fuzz_acquit(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n, bool *unsure,
		   struct tc_error *err);

/* Of clients that are not ours to run (calls.c): this address was answered with c, or (NULL) well. */
void tc_fuzz_note_answered(struct tc_fuzz *f, const struct tc_addr *addr,
			   const struct tc_fuzz_case *c);
/* r, a case that was answered, is over. */
void tc_fuzz_note_odd(struct tc_fuzz *f, const struct tc_fuzz_conn *r);
/* roll.c. How many there are, by honest calls: -EINTR, -EIO. */
int tc_fuzz_meet_callers(struct tc_fuzz *f);
bool tc_fuzz_is_one_missing(const struct tc_fuzz *f);
void tc_fuzz_name_missing(const struct tc_fuzz *f, char why[160]);
/* Is that what `kind` says? */
bool tc_fuzz_is_one_of_several(const struct tc_fuzz *f, enum tc_fuzz_kind kind);
/* Those that do not are told of, and not waited for any more. true: a case that did not end as usual
 * was the last that the only client of an address saw, and is found: among these, or those before
 * them. cases NULL: none is. */
bool tc_fuzz_note_missing(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
			  struct tc_fuzz_outcome *out, enum tc_fuzz_kind kind, const char *why);

/* What the target is: "server", "client". */
static inline const char *tc_fuzz_who(const struct tc_fuzz *f)
{
	return f->cfg.call_port ? "client" : "server";
}

/* Once, with a look at the server afterwards; `kind` ACCEPTED needs none. */
int tc_fuzz_alone(struct tc_fuzz *f, const struct tc_fuzz_case *c, enum tc_fuzz_kind kind,
		  struct tc_fuzz_outcome *out, struct tc_error *err);

/* As tc_fuzz_run, at this server alone. */
int tc_fuzz_run_here(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		     struct tc_fuzz_outcome *out, struct tc_error *err);

/* A signature not had before? It is remembered from now on. */
bool tc_fuzz_is_new(struct tc_fuzz *f, uint64_t sig);

/* Cases cases[0 .. n-1] without a look at the server's health. When it is not well meanwhile
 * (f->unwell) the last ones may not be asked; the first one is. */
int tc_fuzz_window(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		   struct tc_fuzz_outcome *out, struct tc_error *err);

/* The same without what is asked again of one alone. */
int tc_fuzz_ask(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		struct tc_fuzz_outcome *out, struct tc_error *err);

/* reaction.c. Of one case's silences the try that got furthest counts: the others lost a segment. */
bool tc_fuzz_is_silence(const struct tc_fuzz_outcome *o);
void tc_fuzz_keep_furthest(struct tc_fuzz_outcome *far, struct tc_fuzz_outcome *now);

/* One honest exchange; its reply is in f->got. -EINTR, -EIO. */
int tc_fuzz_control(struct tc_fuzz *f, struct tc_fuzz_outcome *out);
int tc_fuzz_pause(struct tc_fuzz *f, tc_time t);	/* -EINTR */

/* Does each client that we run call, or end, or (roll.c) each that called before? One that hangs is
 * not seen while others call, nor where one makes several calls at a time. With a dead one: true,
 * all else is for later. */
bool tc_fuzz_all_call(struct tc_fuzz *f, tc_time within);

/* Clients that we run are ended, and their calls dropped with them; several are. -EINTR. */
int tc_fuzz_end_callers(struct tc_fuzz *f);
int tc_fuzz_call_alone(struct tc_fuzz *f);

/* After a stop: -EINTR, or what is wrong with this machine. */
int tc_fuzz_stopped(const struct tc_fuzz *f, struct tc_error *err);

/* Does --oracle exec:CMD, if there is one, say that the server is well? Where it cannot be run at
 * all it says nothing, and all is stopped. */
bool tc_fuzz_check_passes(struct tc_fuzz *f);
int tc_fuzz_open_check(struct tc_fuzz *f, struct tc_error *err);
/* What is wrong with the server, and why; NOTHING when it is well. */
enum tc_fuzz_kind tc_fuzz_examine(struct tc_fuzz *f, char why[160]);
/* The same behind one of several clients that was told to be missing: the others. */
enum tc_fuzz_kind tc_fuzz_examine_again(struct tc_fuzz *f, char why[160]);
/* The same after cases that nobody was blamed for yet: a server that is only slow is well. */
enum tc_fuzz_kind tc_fuzz_examine_slowly(struct tc_fuzz *f, char why[160]);

/* Until a control exchange is as usual. */
int tc_fuzz_recover(struct tc_fuzz *f, struct tc_error *err);

/* Note the kinds of answers that are new. */
void tc_fuzz_note_novel(struct tc_fuzz *f, struct tc_fuzz_outcome *out, unsigned n);

/* blame.c. These were run, and nobody has asked since whether the server is well. */
void tc_fuzz_remember(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n);
/* These, and nothing before them, and a good control behind: what dies later is seen at the end. */
void tc_fuzz_remember_well(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n);
void tc_fuzz_find(struct tc_fuzz_outcome *o, enum tc_fuzz_kind kind, const char *why);

/* It is not, `kind` says how: whose fault is it? Afterwards it is well, and out is what the
 * cases bring without what broke it; else as tc_fuzz_recover, and out as it was. */
int tc_fuzz_blame(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n,
		  struct tc_fuzz_outcome *out, enum tc_fuzz_kind kind, const char *why,
		  struct tc_error *err);

/* The same of those that are remembered, where it may have ended by itself: who brings it about
 * again is given to cfg.late, or the last one where it is ours and crashed. -ECONNREFUSED: nobody
 * does, or that cannot be tried. (It was only slow where it hung, came back by itself, and nobody
 * does: 0.) */
int tc_fuzz_blame_past(struct tc_fuzz *f, enum tc_fuzz_kind kind, const char *why,
		       struct tc_error *err);

#endif
