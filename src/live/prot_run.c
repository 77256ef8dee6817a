/* SPDX-License-Identifier: BSD-2-Clause */
/* Exchanges in slots: a slot is taken when a connection opens and given back when it has
 * ended, so that what is over costs nothing. */
#include "prot_run.h"

#include <errno.h>
#include <stdlib.h>

#define QUIET_LOOK_NS (10 * TC_MS)
#define RESET_SEEN_NS (50 * TC_MS)
#define PORTS_MAX 16384u	/* a block larger than that is hard to find */
#define START_AT_ONCE 64u	/* between two looks at the wire */

struct slot {
	struct tc_exchange x;
	struct slot *next;
	struct prot_run *run;
	unsigned number;		/* of the connection, from 1 */
};

unsigned prot_run_ports(const struct options *o)
{
	unsigned sources = 1 + o->n_more_sources;
	unsigned each = (o->count + sources - 1) / sources;

	return each < PORTS_MAX ? each : PORTS_MAX;
}

static void on_ended(struct tc_exchange *x)
{
	struct slot *slot = x->ctx;

	slot->next = slot->run->over;
	slot->run->over = slot;
}

int prot_run_prepare(struct prot_run *r, struct tc_error *err)
{
	unsigned room = prot_run_ports(r->o) * (1 + r->o->n_more_sources);

	r->n_slots = r->o->parallel < r->o->count ? r->o->parallel : r->o->count;
	if (r->n_slots > room)
		return tc_fail(err, -ERANGE, "%u connections at once need more than the %u "
			       "ports of each address: give more addresses with --source",
			       r->n_slots, prot_run_ports(r->o));
	r->slots = calloc(r->n_slots, sizeof *r->slots);
	r->handshakes = calloc(r->o->count, sizeof *r->handshakes);
	if (r->each)
		r->xcs = calloc(r->n_slots, sizeof *r->xcs);
	if (!r->slots || !r->handshakes || (r->each && !r->xcs))
		return tc_fail(err, -ENOMEM, "out of memory for %u connections", r->o->count);
	for (unsigned i = r->n_slots; i-- > 0;) {
		r->slots[i].run = r;
		r->slots[i].next = r->free;
		r->free = &r->slots[i];
	}
	r->xc.ended = on_ended;
	return 0;
}

void prot_run_free(struct prot_run *r)
{
	tc_buf_free(&r->reply);
	free(r->slots);
	free(r->xcs);
	free(r->handshakes);
}

static void keep_as_result(struct prot_run *r, const struct tc_exchange *x,
			   const struct tc_conn_info *info)
{
	r->worst = x->verdict;
	r->last = *info;
	r->reply.len = 0;
	tc_buf_add(&r->reply, x->reply.data, x->reply.len);
}

static void count(struct prot_run *r, struct slot *slot)
{
	const struct tc_exchange *x = &slot->x;
	struct tc_conn_info info;

	tc_conn_info(x->conn, &info);
	r->counted++;
	r->verdicts[x->verdict]++;
	r->bytes_sent += info.bytes_sent;
	r->bytes_acked += info.bytes_acked;
	r->bytes_received += info.bytes_received;
	if (info.established_at)
		r->handshakes[r->n_handshakes++] =
			info.established_at - info.syn_sent_at;
	if (r->worst == TC_VERDICT_NONE || r->worst == TC_VERDICT_REPLY)
		keep_as_result(r, x, &info);
	if (r->live.page_ladder)
		tc_html_ladder_outcome(r->live.page_ladder, info.id,
				       tc_verdict_name(x->verdict));
	if (r->told)
		r->told(r, slot->number, x, &info);
	else if (r->o->json && r->o->count > 1)
		tc_json_connection(&r->live.text, slot->number, &info, x->verdict,
				   x->reply.data, x->reply.len, NULL);
}

/* Count what has ended and take its slot back; the stack keeps it through TIME-WAIT. */
static void retire_over(struct prot_run *r)
{
	struct slot *slot;

	while ((slot = r->over)) {
		r->over = slot->next;
		count(r, slot);
		tc_conn_detach(slot->x.conn);
		slot->x.conn = NULL;
		tc_exchange_free(&slot->x);
		slot->next = r->free;
		r->free = slot;
	}
}

static const struct tc_exchange_config *own_request(struct prot_run *r, const struct slot *slot)
{
	struct tc_exchange_config *xc = &r->xcs[slot - r->slots];

	*xc = r->xc;
	xc->request = messages_at(r->each, r->started % r->each->n, &xc->request_len);
	return xc;
}

/* A four-tuple may still be in use by a slow connection from the round before. */
static int start_one(struct prot_run *r)
{
	struct slot *slot = r->free;
	struct tc_error err = { 0 };
	struct tc_flow flow;
	int rc = -EADDRINUSE;

	slot->x = (struct tc_exchange){ .cfg = r->each ? own_request(r, slot) : &r->xc,
					.ctx = slot };
	for (unsigned tries = 0; rc == -EADDRINUSE && tries <= r->n_slots; tries++) {
		tc_session_flow(r->live.session, r->next_flow++, &flow);
		rc = tc_exchange_start(&slot->x, tc_session_stack(r->live.session), &flow,
				       tc_stack_iss(tc_session_stack(r->live.session), &flow),
				       &err);
	}
	if (rc < 0)
		return fail(r->o, EXIT_MACHINE, &err);
	r->free = slot->next;
	slot->number = ++r->started;
	return 0;
}

/* As many as slots, count and rate allow now. */
static int start_more(struct prot_run *r)
{
	size_t may = tc_pace_may(&r->pace, tc_clock_monotonic(), START_AT_ONCE);
	int code = 0;

	for (; code == 0 && r->free && r->started < r->o->count && may; may--) {
		r->pace.gone++;
		code = start_one(r);
	}
	return code;
}

static void show_progress(struct prot_run *r, tc_time now)
{
	double rate, left;

	if (r->o->count == 1 || !progress_is_due(&r->progress))
		return;
	rate = (double)r->counted * (double)TC_S / (double)(now - r->began + 1);
	left = (double)(r->o->count - r->counted) / (rate > 0 ? rate : 1);
	progress_show(&r->progress, "%u of %u done, %u open, %.0f a second, %.0f s to go",
		      r->counted, r->o->count, r->started - r->counted, rate, left);
}

/* When to look again, if the wire stays still. */
static tc_time next_look(const struct prot_run *r, tc_time now)
{
	tc_time until = now + PROGRESS_NS;

	if (r->counted == r->o->count)
		return now + QUIET_LOOK_NS;
	if (r->free && r->started < r->o->count && tc_pace_next(&r->pace) < until)
		return tc_pace_next(&r->pace);
	return until;
}

/* Whatever still runs is reset, and counted as interrupted. A connection that is let go is
 * told of no more: the resets are seen on the wire before. */
static void stop_all(struct prot_run *r)
{
	for (unsigned i = 0; i < r->n_slots; i++)
		if (r->slots[i].x.conn && !r->slots[i].x.over)
			tc_exchange_stop(&r->slots[i].x, TC_VERDICT_INTERRUPTED);
	tc_stack_drain(tc_session_stack(r->live.session), RESET_SEEN_NS);
	retire_over(r);
}

static void choose_rate(struct prot_run *r)
{
	bool local = tc_session_path(r->live.session)->local;

	r->pace.rate = tc_pace_choose(r->o->rate, local || r->o->count == 1,
				      TC_OFF_HOST_CONNECTIONS);
	r->pace.behind = TC_PACE_ALL;
	if (r->pace.rate > r->o->rate && !r->o->quiet)
		terminal_say(r->o, stderr, "another host: %g connections a second (--rate N "
			     "for more)\n", r->pace.rate);
}

int prot_run_drive(struct prot_run *r)
{
	tc_time now = tc_clock_monotonic();
	int code = 0;

	r->progress.o = r->o;
	choose_rate(r);
	r->began = r->pace.start = now;
	while (code == 0 && !r->live.signal && (r->counted != r->o->count ||
	       !tc_stack_is_quiet(tc_session_stack(r->live.session)))) {
		code = start_more(r);
		if (code == 0)
			code = live_turn(&r->live, next_look(r, now), NULL, 0);
		retire_over(r);
		if (r->live.text.len) {		/* rows stand on lines of their own */
			progress_wipe(&r->progress);
			live_print(&r->live);
		}
		now = tc_clock_monotonic();
		show_progress(r, now);
	}
	stop_all(r);
	progress_wipe(&r->progress);
	if (code == 0 && r->worst != TC_VERDICT_REPLY)
		code = EXIT_PEER;
	return live_close(&r->live, code);
}
