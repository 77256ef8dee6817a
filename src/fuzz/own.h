/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the fuzzer share: the values that are tried, and a running campaign. */
#ifndef FUZZ_OWN_H
#define FUZZ_OWN_H

#include "base/pace.h"
#include "judge.h"

#include <tcpcraft/error.h>
#include <tcpcraft/exchange.h>
#include <tcpcraft/field.h>
#include <tcpcraft/mutate.h>
#include <tcpcraft/rng.h>

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

/* headers.c: list the headers of a segment of the family, IP first and Ethernet last; how many.
 * (Extension headers of IPv6 are listed: they are put in where a rule names them.) */
unsigned tc_fuzz_headers(uint8_t family, const struct tc_header *payload,
			 const struct tc_header *list[FUZZ_HEADERS]);

/* Does a change of this row send the segment elsewhere, or make it come from elsewhere? */
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
	size_t valid_len;		/* bytes of the valid payload */
	size_t limit, most;		/* what the header allows; what can be sent */
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
	unsigned right;			/* lengths of p that the header allows */
	unsigned below;			/* of these, those among the first `each` */
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
	bool unsaid;			/* no count field can hold the case's length: the valid
					 * payload is sent, and the case counts as not carried */
	size_t before;			/* as tc_fuzz_request says of a case's own request */
	const struct tc_fuzz_case *c;
	struct tc_fuzz_outcome *out;
	struct tc_fuzz_evidence seen;
	struct tc_conn_info info;	/* as of the end */
	tc_time started_at, decided_at;	/* monotonic */
	tc_time call_by;		/* a call is waited for until then, monotonic */
	tc_time answered_at;		/* when the call came; 0: not yet, or a server */
	unsigned long calls;		/* f->called at that time */
	struct tc_fuzz_conn *waits_next;
	bool beside;			/* another call was waiting when this one ended */
	bool another;			/* another call came while this one was open */
	bool unsure;			/* so, beside other cases: only a run alone can tell whose
					 * client called again */
	bool stale;			/* the peer knew the port: the SYN went out twice */
	bool late;			/* the call waited so long that its client may have left */
	bool busy, ended;
	struct tc_fuzz_conn *next;	/* of those that are idle, or due */
	bool due;
};

#define FUZZ_CALLS 8		/* calls that may wait, besides one for each case at once */
#define FUZZ_QUIET 8		/* honest calls that show that only one client calls */

#define FUZZ_CALLERS 32		/* addresses that are looked after */

struct tc_fuzz_call {
	struct tc_conn *conn;
	tc_time at, stamp;		/* monotonic, and CLOCK_REALTIME */
};

struct tc_fuzz_caller {			/* all clients at one address */
	struct tc_addr addr;
	unsigned known, want;		/* clients that call at the same time; at the last look */
	unsigned tries;			/* looks by which `known` could not be learned */
	unsigned cases;			/* answered here since all of the clients last called */
	uint64_t low, high;		/* lowest and highest number of these cases */
	uint64_t last;			/* number of the last of them; of it are also: */
	tc_time from;			/* when it began, CLOCK_REALTIME */
	uint16_t port;			/* the client's port */
	bool odd;			/* it did not end as an honest call does */
	bool honest;			/* the last answer here was an honest one */
	bool shared;			/* several clients were once counted here */
};

struct tc_fuzz {
	struct tc_fuzz_config cfg;
	struct tc_starter *check;	/* of cfg.check, or NULL */
	tc_time check_within;		/* a run of it is to end within this */
	bool check_hangs;		/* the last run did not end */
	unsigned hung;			/* runs in a row, up to the last, that did not end */
	struct tc_exchange_config control_x;
	tc_time silence;		/* what has said nothing for so long is silent */
	tc_time patience;		/* the next case is waited for at least so long */
	tc_time acked_wait;		/* at least so long for a reply to what was acknowledged */
	tc_time close_wait;		/* for the peer's FIN behind a verdict; 0: by silence */
	unsigned slowness;		/* of honest exchanges lately, in doublings of silence */
	unsigned at_once;		/* cases that this window may have under way */
	unsigned crowd;			/* cases that are put under way: fewer while all is slow */
	tc_time usual_time;		/* of a control when nothing else was under way */
	tc_time usual_rest;		/* the part of it in which we let a client talk first */
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
	bool past_is_well;		/* a good control followed `past`, which is kept only for
					 * the look at the end of the campaign */
	bool acquitted;			/* the cases of this window are no cause: an honest call was
					 * answered well after them, and then nobody called */
	unsigned over;			/* cases of this window that are over */
	bool looking;			/* for the case that broke the server */
	/* for clients: connections that wait for a call, calls that wait for an answer; in order */
	struct tc_fuzz_conn *waiting;
	struct tc_fuzz_call *calls;
	unsigned n_calls, calls_most;
	struct tc_fuzz_caller callers[FUZZ_CALLERS];
	unsigned n_callers;
	unsigned long called;		/* ever */
	unsigned n_waiting;		/* of `waiting` */
	unsigned starting;		/* commands that were started, and have not called yet */
	tc_time answered_at;		/* the last call */
	tc_time look_at;		/* when to look after the command again */
	char wanted[160];		/* the text of the finding that is being minimized, or "" */
	bool ever_called;
	bool several;			/* an honest client calls while another call is open */
	unsigned quiet;			/* honest calls lately beside which nobody called or waited */
	bool untold;			/* a client called again, and `quiet` is too small to say
					 * that the case made it do so */
	bool isn_varies;		/* calls had different ISNs */
	tc_seq last_isn;		/* of the last call */
	bool were_several;		/* several clients that we did not start were counted */
	bool lost;			/* the last client is gone since a case was run alone */
	bool mute;			/* one of several clients did not call any more */
	bool too_late;			/* a case answered a late call, so it proves nothing */
	bool uncalled;			/* a call was waited for in vain */
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

/* When it began: its connection was opened, or its call answered. */
static inline tc_time tc_fuzz_began(const struct tc_fuzz_conn *r)
{
	return r->answered_at ? r->answered_at : r->started_at;
}

/* How long it took to the verdict, without the rest that we made before the request. */
tc_time tc_fuzz_took(const struct tc_fuzz_conn *r);
void tc_fuzz_give_up(struct tc_fuzz_conn *r);
int tc_fuzz_turn(struct tc_fuzz *f, tc_time until);

/* calls.c, where clients are the target. Listen for them. wait_for_call: r will answer the next
 * call; while it waits, turns end soon (call_look), and look_for_call after each turn starts
 * commands that are due. */
int tc_fuzz_listen(struct tc_fuzz *f, struct tc_error *err);
void tc_fuzz_wait_for_call(struct tc_fuzz *f, struct tc_fuzz_conn *r);
void tc_fuzz_stop_waiting(struct tc_fuzz *f, struct tc_fuzz_conn *r);
tc_time tc_fuzz_call_wait(const struct tc_fuzz *f);	/* how long */
tc_time tc_fuzz_call_look(const struct tc_fuzz *f, tc_time until);
void tc_fuzz_look_for_call(struct tc_fuzz *f);
void tc_fuzz_drop_calls(struct tc_fuzz *f);	/* of a client that is ended */

/* Has every client that we started called, and has none died? */
bool tc_fuzz_all_stand(struct tc_fuzz *f);
/* Runs the unsure ones of n cases again, several at once; those whose clients then go on as usual
 * are not unsure any more. */
int tc_fuzz_acquit(struct tc_fuzz *f, const struct tc_fuzz_case *cases, unsigned n, bool *unsure,
		   struct tc_error *err);

/* For clients that we did not start (calls.c): this address was answered with case c, or honestly
 * (NULL). */
void tc_fuzz_note_answered(struct tc_fuzz *f, const struct tc_addr *addr,
			   const struct tc_fuzz_case *c);
/* r, a case that answered a client's call, is over. */
void tc_fuzz_note_odd(struct tc_fuzz *f, const struct tc_fuzz_conn *r);
/* roll.c. Count the clients at each address, by honest calls. -EINTR, -EIO. */
int tc_fuzz_meet_callers(struct tc_fuzz *f);
bool tc_fuzz_is_one_missing(const struct tc_fuzz *f);
void tc_fuzz_name_missing(const struct tc_fuzz *f, char why[160]);
/* Does a kind of failure mean that one of several clients is missing? */
bool tc_fuzz_is_one_of_several(const struct tc_fuzz *f, enum tc_fuzz_kind kind);
/* Reports clients that do not call any more; they are not waited for again. true: such a client was
 * the only one at its address, the last case that it saw did not end as usual, and is a finding
 * now: one of these cases, or of those before. cases NULL: no case is blamed. */
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
