/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * close: what a peer does about our FIN, about a request whose FIN comes with it, about RST,
 * and about data behind the end; and whether it lets a four-tuple that is in TIME-WAIT on
 * its side begin anew, for which it must be the one that closes first.
 */
#include "base/name.h"
#include "lab/lab.h"

#include <tcpcraft/error.h>

#include <string.h>

TC_DEFINE_EXPERIMENT(close, "close",
	"what it does about FIN, half-close, RST, data after close; TIME-WAIT reuse",
	"RFC 9293 3.6, 3.10.7.1, 3.10.7.4; RFC 6191 (TIME-WAIT)",
	.ports = 16, .harmless = true, .needs = TC_NEEDS_LIFE, .asks = TC_ASKS_BOTH);

#define WAIT TC_S

/* What comes of a request whose FIN comes with it. */
enum half { UNANSWERED, ANSWERED, UNCLEAR };

enum reuse { NOT_TRIED, REUSED, CHALLENGED, NOT_REUSED };

struct endings {
	enum tc_lab_reaction fin;	/* our FIN */
	bool closes_too;
	bool aborts;			/* instead: its TCP took the FIN, its application resets */
	enum half half;
	struct tc_lab_reply half_said;	/* what came behind it */
	enum tc_lab_reaction after_close;
	enum tc_lab_reaction after_rst;
	enum reuse reuse;
};

static int send_fin(struct tc_lab *lab, struct tc_lab_conn *c, enum tc_lab_reaction *r,
		    struct tc_error *err)
{
	struct tc_lab_seg seg;

	tc_lab_make(c, TC_FLAG_FIN | TC_FLAG_ACK, &seg);
	return tc_lab_react(lab, c, &seg, tc_lab_wait(lab, WAIT), r, err);
}

/* A byte where there is no connection any more: what a reset acknowledges then says nothing. */
static int ask_behind(struct tc_lab *lab, struct tc_lab_conn *c, enum tc_lab_reaction *r,
		      struct tc_error *err)
{
	int rc = tc_lab_react_byte(lab, c, 0, r, err);

	if (*r == TC_LAB_ABORTS)
		*r = TC_LAB_RESETS;
	return rc;
}

/* FIN; what the peer still says is acknowledged; then a byte behind the end. */
static int ask_fin(struct tc_lab *lab, struct endings *e, struct tc_lab_conn *c,
		   struct tc_error *err)
{
	struct tc_buf said = { 0 };
	int rc = send_fin(lab, c, &e->fin, err);

	if (rc >= 0 && e->fin == TC_LAB_TAKES)
		rc = tc_lab_hear(lab, c, 65536,
				 tc_clock_monotonic() + tc_lab_wait(lab, WAIT), &said, err);
	tc_buf_free(&said);
	e->closes_too = c->peer_fin;
	e->aborts = tc_lab_took(e->fin) && c->end == TC_LAB_RESET && !c->peer_fin;
	if (rc >= 0 && e->closes_too)
		rc = tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err);
	if (rc >= 0 && e->closes_too)
		rc = ask_behind(lab, c, &e->after_close, err);
	return rc;
}

/* Bytes that the server says behind the request are an answer to it, whatever they are: but for
 * what it says unasked, and of what comes later than it was watched for that is not known. */
static enum half judge_half(const struct tc_lab *lab, const struct tc_lab_conn *c,
			    const struct tc_lab_reply *said, bool right)
{
	const struct tc_unprovoked *u = &lab->usual;

	if (right)
		return ANSWERED;
	if (!said->bytes)
		return UNANSWERED;
	return u->habit == TC_HABIT_WAITS &&
	       tc_lab_since(c, said->stamp) < u->watched_s ? ANSWERED : UNCLEAR;
}

static int ask_half(struct tc_lab *lab, struct endings *e, struct tc_lab_conn *c,
		    struct tc_error *err)
{
	struct tc_lab_request request = { 0 };
	const tc_seq first = tc_lab_heard(c);
	bool right = false;
	int rc = tc_lab_request(lab, (const uint8_t *)"tcpcraft", 8, &request, err);

	if (rc >= 0)
		rc = tc_lab_send(lab, c, TC_FLAG_ACK | TC_FLAG_PSH | TC_FLAG_FIN,
				 request.bytes.data, request.bytes.len, err);
	if (rc >= 0)
		rc = tc_lab_answer(lab, c, &request, tc_lab_wait(lab, WAIT), &right, err);
	e->half_said = tc_lab_reply(lab, c, first, 0);
	e->half = judge_half(lab, c, &e->half_said, right);
	tc_buf_free(&request.bytes);
	return rc;
}

static int ask_rst(struct tc_lab *lab, struct endings *e, struct tc_lab_conn *c,
		   struct tc_error *err)
{
	int rc = tc_lab_send(lab, c, TC_FLAG_RST, NULL, 0, err);

	return rc < 0 ? rc : ask_behind(lab, c, &e->after_rst, err);
}

/* Each of a connection of its own. 0: *c could not be opened. */
static int ask_all(struct tc_lab *lab, struct endings *e, struct tc_lab_conn **c,
		   struct tc_error *err)
{
	static int (*const ask[])(struct tc_lab *lab, struct endings *e, struct tc_lab_conn *c,
				  struct tc_error *err) = { ask_fin, ask_half, ask_rst };
	int rc = 1;

	for (size_t i = 0; i < sizeof ask / sizeof *ask && rc > 0; i++) {
		rc = tc_lab_connect(lab, c, NULL, err);
		if (rc <= 0)
			return rc;
		rc = ask[i](lab, e, *c, err);
		if (rc >= 0)
			rc = tc_lab_hang_up(lab, *c, err);
		rc = rc < 0 ? rc : 1;
	}
	return rc;
}

/* The same four-tuple with a number behind the last one's. A reset of ours would end TIME-WAIT as
 * well (RFC 1337), and hide what the peer does by itself. */
static int call_again(struct tc_lab *lab, const struct tc_lab_conn *old, enum reuse *reuse,
		      struct tc_error *err)
{
	struct tc_lab_open how = { .wait = tc_lab_wait(lab, WAIT), .once = true };
	struct tc_lab_conn *c = tc_lab_conn(lab);
	int rc;

	if (!c)
		return tc_nomem(err);
	c->flow = old->flow;
	c->iss = c->snd_nxt = c->snd_una = c->waits_for = old->snd_nxt + 100000;
	rc = tc_lab_open(lab, c, &how, err);
	*reuse = rc > 0 ? REUSED : c->stale || c->rcv_nxt || c->end == TC_LAB_REFUSED ?
		 CHALLENGED : NOT_REUSED;
	tc_lab_cite_all(lab, c);
	if (rc >= 0)
		rc = tc_lab_hang_up(lab, c, err);
	return rc;
}

/* A byte may be enough for a server to hang up; with all of it read, that is a FIN. */
static int ask_time_wait(struct tc_lab *lab, struct endings *e, struct tc_error *err)
{
	struct tc_lab_conn *c = NULL;
	enum tc_lab_reaction last;
	struct tc_lab_frame *seen;
	int rc = tc_lab_provoke(lab, NULL, &c, &seen, err);

	if (rc <= 0 || !c->peer_fin || c->end != TC_LAB_ALIVE)
		return rc;
	rc = send_fin(lab, c, &last, err);
	if (rc < 0 || last != TC_LAB_TAKES)
		return rc;
	c->end = TC_LAB_HUNG_UP;	/* there is nothing to reset, and nothing shall be */
	return call_again(lab, c, &e->reuse, err);
}

static const char *reuse_text(enum reuse r)
{
	static const char *const names[] = {
		[NOT_TRIED] = "not tried: it did not close first",
		[REUSED] = "yes, for a SYN with a higher number",
		[CHALLENGED] = "no: answered otherwise", [NOT_REUSED] = "no: silent",
	};

	return TC_NAME(names, r);
}

static void tell_half(struct tc_finding *f, const struct endings *e)
{
	if (e->half == UNCLEAR)
		tc_finding_note(f, "request_with_fin", "cannot tell: %u byte%s came, which it may "
				"say unasked", e->half_said.bytes,
				e->half_said.bytes == 1 ? "" : "s");
	else
		tc_finding_text(f, "request_with_fin", e->half == ANSWERED ? "answered" :
				"not answered");
}

static void judge(struct tc_finding *f, const struct endings *e, bool clients)
{
	const char *still = e->half == ANSWERED ? "; a request that comes with FIN is still "
						  "answered" : "";
	bool orderly = tc_lab_took(e->fin) && e->after_rst == TC_LAB_RESETS &&
		       (!e->closes_too || e->after_close == TC_LAB_RESETS);

	tc_finding_text(f, "fin", "%s%s", tc_lab_reaction_name(e->fin), !tc_lab_took(e->fin)
			? "" : e->aborts ? ", aborts" : e->closes_too ? ", closes too"
			: ", stays half-open");
	tell_half(f, e);
	tc_finding_text(f, "data_after_close", "%s", e->closes_too ?
			tc_lab_reaction_name(e->after_close) : "not tried");
	tc_finding_text(f, "data_after_rst", "%s", tc_lab_reaction_name(e->after_rst));
	if (!clients)
		tc_finding_text(f, "time_wait_reuse", "%s", reuse_text(e->reuse));
	if (orderly && e->aborts)
		tc_finding_told(f, "aborts", "its TCP acknowledges our FIN, and the connection is "
				"reset: its application aborts (RFC 9293 3.10.5, as with SO_LINGER "
				"0) where it could close; our RST ends the connection at once, what "
				"comes behind it is reset%s", still);
	else if (orderly)
		tc_finding_told(f, "orderly", "our FIN is acknowledged%s, our RST ends the "
				"connection at once, what comes behind the end is reset%s",
				e->closes_too ? " and answered with its own" :
				", while its own half stays open", still);
	else
		tc_finding_told(f, "odd", "FIN is %s; data behind RST is %s, behind the close %s:"
				" RFC 9293 wants an ACK, and a reset", tc_lab_reaction_name(e->fin),
				tc_lab_reaction_name(e->after_rst), e->closes_too ?
				tc_lab_reaction_name(e->after_close) : "not tried");
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct tc_lab_conn *c = NULL;
	struct endings e = { 0 };
	int rc = ask_all(lab, &e, &c, err);

	if (rc <= 0)
		return rc < 0 ? rc : tc_finding_blame(f, lab, c);
	if (!lab->cfg.clients)		/* of a client it is to call again */
		rc = ask_time_wait(lab, &e, err);
	if (rc >= 0)
		judge(f, &e, lab->cfg.clients);
	return rc;
}
