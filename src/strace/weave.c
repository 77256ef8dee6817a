/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Segments and system calls, put in order; see weave.h. What may not be is found by
 * counting: no more can have been read than had arrived, nothing can have arrived from the
 * traced program that it had not yet written.
 */
#include "tally.h"

#include "base/array.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <stdlib.h>
#include <string.h>

#define WAITING_MOST 1024	/* calls kept before the first segment */
#define PROCESSES 64		/* whose later calls without a socket are of interest */

struct item {
	tc_time at;
	struct tc_weave_mark mark;
	uint8_t *text;
	size_t n;
	struct tc_syscall *call;	/* NULL: a line */
	bool moved;
};

struct tc_weave {
	uint16_t port_lo, port_hi, peer_port;
	bool json, several;
	int pid[PROCESSES];
	unsigned n_pids;
	struct item *items;
	size_t n;
	struct tally *tally;
	size_t n_tally;
	tc_woven_fn *on_call;		/* or NULL */
	void *ctx;
	bool silent;			/* calls are for it alone */
	tc_time last_line;		/* told */
};

int tc_weave_open(struct tc_weave **out, bool json, struct tc_error *err)
{
	struct tc_weave *w = calloc(1, sizeof *w);

	if (!w)
		return tc_nomem(err);
	w->port_lo = 1;		/* above port_hi: none yet */
	w->json = json;
	*out = w;
	return 0;
}

void tc_weave_ports(struct tc_weave *w, uint16_t lo, uint16_t hi, uint16_t peer_port)
{
	w->port_lo = lo;
	w->port_hi = hi;
	w->peer_port = peer_port;
}

static void free_item(struct item *it)
{
	free(it->text);
	free(it->call);
}

void tc_weave_close(struct tc_weave *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		free_item(&w->items[i]);
	free(w->items);
	free(w->tally);
	free(w);
}

void tc_weave_on_call(struct tc_weave *w, tc_woven_fn *fn, void *ctx, bool in_text)
{
	w->on_call = fn;
	w->ctx = ctx;
	w->silent = !in_text;
}

bool tc_weave_is_empty(const struct tc_weave *w)
{
	return w->n == 0;
}

struct tc_weave_mark tc_weave_mark(const struct tc_story_event *e)
{
	struct tc_weave_mark m = { .stamp = e->frame.stamp };
	bool off_wire = e->tags & (TC_TAG_BIT(UNSEEN) | TC_TAG_BIT(NOT_SENT));

	if (!e->machine || !e->rx || e->rx->kind != TC_RX_TCP || off_wire)
		return m;
	m.segment = true;
	m.connection = e->connection;
	m.from_peer = e->from == 1;
	m.flags = e->rx->seg.flags;
	m.our_port = e->from ? e->rx->dport : e->rx->sport;
	m.peer_port = e->from ? e->rx->sport : e->rx->dport;
	m.stream_end = e->rx->seg.seq - e->isn[e->from] + e->rx->seg.len -
		       !(e->rx->seg.flags & TC_FLAG_SYN);
	return m;
}

/* ---- which calls ------------------------------------------------------------------- */

static bool is_ours(const struct tc_weave *w, uint16_t port)
{
	return port >= w->port_lo && port <= w->port_hi;
}

/* The socket of the connection, or, when none has a peer yet, the first that may be. */
static const struct tc_syscall_socket *find_socket(const struct tc_weave *w,
						   const struct tc_syscall *c)
{
	const struct tc_syscall_socket *s, *fallback = NULL;

	for (unsigned i = 0; i < c->n_sockets; i++) {
		s = &c->sockets[i];
		if (s->remote && is_ours(w, s->remote) &&
		    (!w->peer_port || s->local == w->peer_port))
			return s;
		if (!s->remote && !fallback &&
		    (!s->local || !w->peer_port || s->local == w->peer_port))
			fallback = s;
	}
	return fallback;
}

static bool knows_pid(struct tc_weave *w, int pid, bool learn)
{
	for (unsigned i = 0; i < w->n_pids; i++)
		if (w->pid[i] == pid)
			return true;
	if (learn && w->n_pids < PROCESSES) {
		if (w->n_pids)
			w->several = true;
		w->pid[w->n_pids++] = pid;
	}
	return false;
}

static bool concerns(struct tc_weave *w, const struct tc_syscall *c)
{
	bool socket = find_socket(w, c);

	if (c->kind == TC_SYSCALL_SIGNAL)
		return strcmp(c->name, "SIGCHLD") != 0 && knows_pid(w, c->pid, false);
	if (c->kind == TC_SYSCALL_EXIT)
		return knows_pid(w, c->pid, false);
	if (strcmp(c->name, "connect") == 0 && !is_ours(w, c->address_port) && socket)
		socket = find_socket(w, c)->remote != 0;
	if (socket)
		knows_pid(w, c->pid, true);
	/* epoll_wait(2) names none; one that has something of our process is worth a line */
	if (!socket && strncmp(c->name, "epoll_", 6) == 0)
		return c->value > 0 && knows_pid(w, c->pid, false);
	return socket && !(tc_syscall_waits(c->name) && c->returned && c->value == 0);
}

/* ---- the queue --------------------------------------------------------------------- */

static struct item *insert(struct tc_weave *w, size_t i)
{
	if (!tc_array_grow(&w->items, w->n, sizeof *w->items))
		return NULL;
	memmove(&w->items[i + 1], &w->items[i], (w->n - i) * sizeof *w->items);
	w->n++;
	w->items[i] = (struct item){ 0 };
	return &w->items[i];
}

/* Lines keep their order, whatever their stamps say: what was told before this one counts
 * as not later than it, and calls that are later go behind it. (What the machine did has the
 * time of day, a segment that the capture shows afterwards the time of the wire.) */
static void fall_in(struct tc_weave *w, tc_time stamp)
{
	size_t line = w->n - 1;
	struct item it;

	for (size_t k = line; k-- > 0 && w->items[k].at > stamp;) {
		if (!w->items[k].call) {
			w->items[k].at = stamp;
			continue;
		}
		it = w->items[k];
		memmove(&w->items[k], &w->items[k + 1], (line - k) * sizeof it);
		w->items[line--] = it;
	}
}

void tc_weave_line(struct tc_weave *w, const struct tc_weave_mark *m, const void *text,
		   size_t n)
{
	struct item *it = insert(w, w->n);

	if (!it)
		return;
	it->at = m->stamp;
	it->mark = *m;
	it->text = malloc(n ? n : 1);
	if (it->text) {
		memcpy(it->text, text, n);
		it->n = n;
	}
	fall_in(w, m->stamp);
}

void tc_weave_call(struct tc_weave *w, const struct tc_syscall *c)
{
	tc_time at = tc_syscall_at(c);
	size_t i = w->n;
	struct item *it;

	if (!concerns(w, c))
		return;
	while (i > 0 && w->items[i - 1].at > at)
		i--;
	it = insert(w, i);
	if (!it)
		return;
	it->at = at;
	it->call = malloc(sizeof *it->call);
	if (it->call)
		*it->call = *c;
}

/* ---- cause and effect --------------------------------------------------------------- */

static struct tally *tally_of(struct tc_weave *w, uint16_t our_port, uint16_t peer_port)
{
	struct tally *more;

	for (size_t i = 0; i < w->n_tally; i++)
		if (w->tally[i].our_port == our_port && w->tally[i].peer_port == peer_port)
			return &w->tally[i];
	more = TC_ARRAY_ADD(w->tally, w->n_tally);
	if (more)
		*more = (struct tally){ .our_port = our_port, .peer_port = peer_port };
	return more;
}

/* The connection that a call is about; NULL: it cannot be said. */
static struct tally *tally_of_call(struct tc_weave *w, const struct tc_syscall *c)
{
	const struct tc_syscall_socket *s = find_socket(w, c);

	return s && s->remote ? tally_of(w, s->remote, s->local) : NULL;
}

static tc_time slack(const struct tc_syscall *c)
{
	return c->duration > TC_WEAVE_NEAR && c->duration < TC_WEAVE_SHORT ? c->duration
									     : TC_WEAVE_NEAR;
}

static void move(struct tc_weave *w, size_t from, size_t to)
{
	struct item it = w->items[from];

	it.at = w->items[to].at;
	it.moved = true;
	if (from < to)
		memmove(&w->items[from], &w->items[from + 1], (to - from) * sizeof it);
	else
		memmove(&w->items[to + 1], &w->items[to], (from - to) * sizeof it);
	w->items[to] = it;
}

/* The call at `from` goes behind the line without which it could not have ended. */
static bool put_behind_its_cause(struct tc_weave *w, size_t from, struct tally t)
{
	const struct item *it = &w->items[from];

	if (it->moved || !tc_tally_too_early(&t, it->call))
		return false;
	for (size_t k = from + 1; k < w->n && w->items[k].at - it->at <= TC_WEAVE_LATE; k++) {
		const struct tc_weave_mark *m = &w->items[k].mark;

		if (w->items[k].call || !m->segment || m->our_port != t.our_port ||
		    m->peer_port != t.peer_port)
			continue;
		tc_tally_segment(&t, m);
		if (!tc_tally_too_early(&t, it->call)) {
			move(w, from, k);
			return true;
		}
	}
	return false;
}

/* In front of the peer's segment at `to` goes the call that caused it, if it comes soon. */
static bool put_before_its_effect(struct tc_weave *w, size_t to, struct tally *t)
{
	const struct item *line = &w->items[to];

	if (!line->mark.from_peer)
		return false;
	for (size_t k = to + 1; k < w->n && w->items[k].at - line->at < TC_WEAVE_SHORT; k++) {
		const struct item *it = &w->items[k];

		if (!it->call || it->moved || it->at - line->at > slack(it->call))
			continue;
		if (tc_syscall_role(it->call) != ROLE_CONNECTS && tally_of_call(w, it->call) != t)
			continue;
		if (tc_tally_is_cause(t, it->call, &line->mark)) {
			move(w, k, to);
			return true;
		}
	}
	return false;
}

static struct tally *tally_of_item(struct tc_weave *w, const struct item *it)
{
	if (it->call)
		return tally_of_call(w, it->call);
	return it->mark.segment ? tally_of(w, it->mark.our_port, it->mark.peer_port) : NULL;
}

/* The item at `i` is next, unless another one has to be: then that is there now. */
static void settle(struct tc_weave *w, size_t i)
{
	struct tally *t;

	do
		t = tally_of_item(w, &w->items[i]);
	while (t && (w->items[i].call ? put_behind_its_cause(w, i, *t)
				      : put_before_its_effect(w, i, t)));
}

static void tell_owner(struct tc_weave *w, const struct item *it, const struct tally *t)
{
	struct tc_woven c = { .call = it->call, .place = it->at, .moved = it->moved };

	if (it->moved && w->last_line < it->at)
		c.place--;
	if (t) {
		c.our_port = t->our_port;
		c.peer_port = t->peer_port;
	}
	w->on_call(w->ctx, &c);
}

static void tell(struct tc_weave *w, const struct item *it, tc_time start, struct tc_buf *out)
{
	struct tally *t = tally_of_item(w, it);

	if (t && it->call)
		tc_tally_call(t, it->call);
	else if (t)
		tc_tally_segment(t, &it->mark);
	if (!it->call) {
		tc_buf_add(out, it->text, it->n);
		w->last_line = it->at;
		return;
	}
	if (w->on_call)
		tell_owner(w, it, t);
	if (w->silent)
		return;
	if (w->json)
		tc_syscall_json(out, it->call, start, it->moved, t ? t->connection : 0);
	else
		tc_syscall_text(out, it->call, start, it->moved, w->several);
}

static void drop_oldest(struct tc_weave *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free_item(&w->items[i]);
	if (n)
		memmove(w->items, w->items + n, (w->n - n) * sizeof *w->items);
	w->n -= n;
}

void tc_weave_release(struct tc_weave *w, tc_time until, tc_time start, struct tc_buf *out)
{
	size_t done = 0;

	if (!start && until != TC_WEAVE_ALL) {	/* nobody has come yet */
		drop_oldest(w, w->n > WAITING_MOST ? w->n - WAITING_MOST : 0);
		return;
	}
	if (w->n == 0)
		return;
	if (!start)
		start = w->items[0].at;
	for (; done < w->n && w->items[done].at <= until; done++) {
		settle(w, done);
		if (w->items[done].at > until)	/* another one is there now */
			break;
		tell(w, &w->items[done], start, out);
	}
	drop_oldest(w, done);
}
