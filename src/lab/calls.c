/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients: a connection is not opened but begins with the next call, whoever makes it. Calls
 * come when they like: those that nobody has taken yet wait, as long as they stand.
 */
#include "own.h"

#include "wire/flow.h"

#include <tcpcraft/error.h>

#include <stdlib.h>
#include <string.h>

#define KEPT (3 * TC_S)			/* a caller sends its SYN again after a second */
#define LOOK (2 * TC_MS)		/* how often who makes the client call is asked to */

/* ---- who takes them ---------------------------------------------------------------- */

static bool stands(const struct tc_lab_conn *c)
{
	return c->calls && tc_clock_realtime() - c->called_at < KEPT;
}

/* The latest has most likely not given up: its place in conns, or n_conns. */
static size_t latest(const struct tc_lab_parts *own)
{
	for (size_t i = own->n_conns; i-- > 0;)
		if (stands(own->conns[i]))
			return i;
	return own->n_conns;
}

bool tc_lab_called_since(const struct tc_lab *lab, const struct tc_lab_conn *c)
{
	for (size_t i = 0; i < lab->own->n_conns; i++)
		if (lab->own->conns[i]->calls && lab->own->conns[i]->called_at > c->called_at)
			return true;
	return false;
}

/* The call at this place of conns becomes c. */
static void become(struct tc_lab *lab, struct tc_lab_conn *c, size_t at)
{
	struct tc_lab_parts *own = lab->own;
	struct tc_lab_conn *call = own->conns[at];

	*c = *call;
	c->calls = false;
	lab->family = c->flow.remote_addr.family;
	for (size_t i = call->cursor; i < own->n_log; i++)
		if (own->log[i]->conn == call)
			own->log[i]->conn = c;
	own->conns[at] = c;		/* the latest of its flow */
	for (at = 0; own->conns[at] != c;)
		at++;
	own->n_conns--;
	memmove(&own->conns[at], &own->conns[at + 1], (own->n_conns - at) * sizeof call);
	free(call);
}

static int end_others(struct tc_lab *lab, const struct tc_lab_conn *c, struct tc_error *err)
{
	const struct tc_lab_parts *own = lab->own;
	int rc = 0;

	for (size_t i = 0; i < own->n_conns && rc >= 0 && latest(own) == own->n_conns; i++)
		if (own->conns[i] != c && !own->conns[i]->calls)
			rc = tc_lab_hang_up(lab, own->conns[i], err);
	return rc;
}

int tc_lab_call(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err)
{
	tc_time until = tc_clock_monotonic() + lab->call_wait, now = 0, wake;
	bool may = true;
	struct tc_lab_frame *seen;
	int rc;

	lab->own->cursor = lab->own->n_log;
	rc = end_others(lab, c, err);
	while (rc >= 0) {
		size_t at = latest(lab->own);

		if (at < lab->own->n_conns) {
			become(lab, c, at);
			return 1;
		}
		if (!may || now >= until)	/* what came in the last wait was looked at */
			break;
		may = !lab->cfg.call || lab->cfg.call(lab->cfg.call_ctx);
		now = tc_clock_monotonic();
		wake = lab->cfg.call && now + LOOK < until ? now + LOOK : until;
		rc = tc_lab_next(lab, NULL, wake, &seen, err);
		if (rc > 0)
			rc = tc_lab_reset_again(lab, seen, err);
	}
	c->end = TC_LAB_NO_CALL;
	return rc < 0 ? rc : 0;
}

int tc_lab_next_call(struct tc_lab *lab, struct tc_lab_conn **c, struct tc_lab_frame **seen,
		     struct tc_error *err)
{
	int rc;

	*c = tc_lab_conn(lab);
	rc = *c ? tc_lab_call(lab, *c, err) : tc_nomem(err);
	return rc > 0 ? tc_lab_next(lab, *c, 0, seen, err) : rc;
}

/* ---- from one experiment to the next ------------------------------------------------- */

struct left {				/* behind it: the frame */
	tc_time stamp;
	size_t len;
};

static int hear(struct tc_lab *lab, const struct left *l, const uint8_t *bytes,
		struct tc_error *err)
{
	struct tc_heard h = { .kind = TC_HEARD_PEER, .frame = {
		.bytes = bytes, .len = l->len, .wire_len = l->len, .stamp = l->stamp,
		.dlt = lab->own->dlt } };
	struct tc_flow flow;

	if (tc_rx_parse_cut(&h.rx, bytes, l->len, l->len, lab->own->dlt, NULL) < 0)
		return 0;
	flow = tc_flow_in(&h.rx);
	h.end = tc_lab_called(lab, &flow, &h);
	return h.end ? tc_lab_take(lab, &h, err) : 0;
}

int tc_lab_take_calls(struct tc_lab *lab, struct tc_error *err)
{
	struct tc_buf *b = lab->cfg.calls;
	struct left l;
	int rc = 0;

	if (b && b->failed)		/* half of one may be there */
		tc_buf_free(b);
	for (size_t at = 0; b && at < b->len && rc >= 0; at += sizeof l + l.len) {
		memcpy(&l, b->data + at, sizeof l);
		rc = hear(lab, &l, b->data + at + sizeof l, err);
	}
	if (b)
		b->len = 0;
	return rc;
}

void tc_lab_leave_calls(struct tc_lab *lab)
{
	const struct tc_lab_parts *own = lab->own;

	for (size_t i = 0; lab->cfg.calls && i < own->n_log; i++) {
		const struct tc_lab_frame *s = own->log[i];
		struct left l = { s->stamp, s->len };

		if (s->ours || s->kernel || !stands(s->conn))
			continue;
		tc_buf_add(lab->cfg.calls, &l, sizeof l);
		tc_buf_add(lab->cfg.calls, s->frame, s->len);
	}
}
