/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections in TIME-WAIT that nobody owns or watches: one record each of at most RECORD_MAX
 * bytes, its place in the index included. Found by four-tuple through bucket heads;
 * expired in the order of their coming, since all wait the same time.
 */
#include "own.h"

#include "wire/flow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX
#define FIRST_CAP 64u
#define RECORD_MAX 88

/* A four-tuple of either family in 36 bytes: IPv4 as it is mapped into IPv6. */
struct tuple {
	uint8_t local[16], remote[16];
	uint16_t local_port, remote_port;
};

struct tc_rest {
	struct tuple tuple;
	struct tc_time_wait wait;
	tc_time expires;
	uint32_t next_in_bucket;
	uint32_t next_in_time;		/* free records are linked by it too */
};

static_assert(sizeof(struct tc_rest) + sizeof(uint32_t) <= RECORD_MAX, "a TIME-WAIT");

static const uint8_t mapped[12] = { [10] = 0xff, 0xff };

static void put(uint8_t to[16], const struct tc_addr *a)
{
	if (a->family == 4)
		memcpy(to, mapped, sizeof mapped);
	memcpy(a->family == 4 ? to + sizeof mapped : to, a->bytes, a->family == 4 ? 4 : 16);
}

static struct tc_addr taken(const uint8_t from[16])
{
	struct tc_addr a = tc_addr_from_v6(from);

	return tc_addr_is_mapped(&a) ? tc_addr_from_v4(tc_addr_v4(&a)) : a;
}

static struct tuple tuple_of(const struct tc_flow *f)
{
	struct tuple t = { .local_port = f->local_port, .remote_port = f->remote_port };

	put(t.local, &f->local_addr);
	put(t.remote, &f->remote_addr);
	return t;
}

static struct tc_flow flow_of(const struct tuple *t)
{
	return (struct tc_flow){ taken(t->local), taken(t->remote), t->local_port,
				 t->remote_port };
}

static uint32_t *bucket(const struct tc_resting *r, const struct tc_flow *flow)
{
	return &r->bucket[tc_flow_hash(flow) & (r->cap - 1)];
}

static void link_all(struct tc_resting *r)
{
	for (uint32_t i = 0; i < r->cap; i++)
		r->bucket[i] = NOBODY;
	for (uint32_t i = r->oldest; i != NOBODY; i = r->rest[i].next_in_time) {
		struct tc_flow flow = flow_of(&r->rest[i].tuple);
		uint32_t *head = bucket(r, &flow);

		if (!r->rest[i].expires)
			continue;	/* forgotten */
		r->rest[i].next_in_bucket = *head;
		*head = i;
	}
}

static bool grow(struct tc_resting *r)
{
	uint32_t cap = r->cap ? r->cap * 2 : FIRST_CAP;
	struct tc_rest *rest = realloc(r->rest, cap * sizeof *rest);
	uint32_t *heads;

	if (!rest)
		return false;
	r->rest = rest;
	heads = realloc(r->bucket, cap * sizeof *heads);
	if (!heads)
		return false;
	r->bucket = heads;
	if (!r->cap)
		r->oldest = r->newest = r->free = NOBODY;
	for (uint32_t i = cap; i-- > r->cap;) {
		rest[i].next_in_time = r->free;
		r->free = i;
	}
	r->cap = cap;
	link_all(r);
	return true;
}

static uint32_t find(const struct tc_resting *r, const struct tc_flow *flow)
{
	struct tuple tuple;
	uint32_t i;

	if (!r->n)
		return NOBODY;
	tuple = tuple_of(flow);
	i = *bucket(r, flow);
	while (i != NOBODY && memcmp(&r->rest[i].tuple, &tuple, sizeof tuple) != 0)
		i = r->rest[i].next_in_bucket;
	return i;
}

static void unlink_from_bucket(struct tc_resting *r, uint32_t i)
{
	struct tc_flow flow = flow_of(&r->rest[i].tuple);
	uint32_t *at = bucket(r, &flow);

	while (*at != i)
		at = &r->rest[*at].next_in_bucket;
	*at = r->rest[i].next_in_bucket;
}

/* Out of the index at once; its record goes when it is the oldest. */
static void forget(struct tc_resting *r, uint32_t i)
{
	unlink_from_bucket(r, i);
	r->rest[i].expires = 0;
	r->n--;
}

void tc_resting_expire(struct tc_stack *s, tc_time now)
{
	struct tc_resting *r = &s->resting;
	uint32_t i;

	while (r->cap && (i = r->oldest) != NOBODY && r->rest[i].expires <= now) {
		if (r->rest[i].expires)
			forget(r, i);
		r->oldest = r->rest[i].next_in_time;
		if (r->oldest == NOBODY)
			r->newest = NOBODY;
		r->rest[i].next_in_time = r->free;
		r->free = i;
	}
}

static bool add(struct tc_resting *r, const struct tc_flow *flow, const struct tc_tcb *t)
{
	uint32_t i, *head;

	if ((!r->cap || r->free == NOBODY) && !grow(r))
		return false;
	i = r->free;
	r->free = r->rest[i].next_in_time;
	r->rest[i].tuple = tuple_of(flow);
	r->rest[i].expires = t->t_2msl;
	r->rest[i].next_in_time = NOBODY;
	tc_tcp_time_wait_save(t, &r->rest[i].wait);
	head = bucket(r, flow);
	r->rest[i].next_in_bucket = *head;
	*head = i;
	if (r->newest != NOBODY)
		r->rest[r->newest].next_in_time = i;
	else
		r->oldest = i;
	r->newest = i;
	r->n++;
	return true;
}

bool tc_resting_add(struct tc_stack *s, const struct tc_conn *c)
{
	struct tc_tcb t;

	s->resting.heard_at = c->heard_at;
	if (!c->follow)
		return add(&s->resting, &c->flow, &c->tcb);
	t = c->tcb;		/* from here on the wire's numbers are its own */
	t.snd_max = tc_follow_out(c, t.snd_max);
	return add(&s->resting, &c->flow, &t);
}

/* The machine says what TIME-WAIT answers; it is woken for this one segment. A repeated
 * FIN restarts the wait (3.10.7.4 eighth): the record goes to the end of the line. */
bool tc_resting_segment(struct tc_stack *s, const struct tc_flow *flow, const struct tc_rx *rx,
			bool listens)
{
	struct tc_resting *r = &s->resting;
	uint32_t i = find(r, flow);
	struct tc_event ev = { .type = TC_EV_SEGMENT, .seg = &rx->seg,
			       .nobody_listens = !listens };
	struct tc_actions acts;
	struct tc_tcb t;

	if (i == NOBODY)
		return false;
	ev.now = tc_stack_now(s);
	r->heard_at = ev.now;
	tc_tcp_time_wait_load(&t, tc_stack_tcp(s, flow), &r->rest[i].wait, r->rest[i].expires, ev.now);
	tc_tcp_step(&t, &ev, &acts);
	for (unsigned k = 0; k < acts.n; k++) {
		const struct tc_action *a = &acts.a[k];

		if (a->type == TC_ACT_SEND)
			tc_output_segment(s, NULL, flow, &a->send.seg, false, NULL);
		if (a->type == TC_ACT_NOTIFY && a->notify.what == TC_NOTIFY_REOPEN) {
			s->reopen = true;
			s->reopen_after = t.snd_max;
		}
	}
	forget(r, i);
	if (t.state == TC_ST_TIME_WAIT)
		add(r, flow, &t);
	return true;
}

/* A new connection takes the tuple over. */
void tc_resting_drop(struct tc_stack *s, const struct tc_flow *flow)
{
	uint32_t i = find(&s->resting, flow);

	if (i != NOBODY)
		forget(&s->resting, i);
}

void tc_resting_free(struct tc_resting *r)
{
	free(r->rest);
	free(r->bucket);
	*r = (struct tc_resting){ 0 };
}
