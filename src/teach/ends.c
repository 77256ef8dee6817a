/* SPDX-License-Identifier: BSD-2-Clause */
/* Both ends of a connection; see ends.h. */
#include "base/format.h"
#include "base/name.h"
#include "report/json.h"

#include "ends.h"

#define LEFT "  | "
#define NEVER_LOST 0x7fffffff		/* TCP_INFINITE_SSTHRESH of Linux: there was no loss yet */
#define WIDTH 30		/* columns of our end, in the table */

void tc_ends_segment(struct tc_ends *e, bool we, const struct tc_rx *rx)
{
	const struct tc_wire_side *own = &e->wire.side[0], was = *own;
	tc_seq end = rx->seg.seq + tc_seg_seq_len(&rx->seg);
	struct tc_wire_change changes[TC_WIRE_CHANGES];

	e->our_port = we ? rx->sport : rx->dport;
	e->peer_port = we ? rx->dport : rx->sport;
	tc_wire_states_segment(&e->wire, !we, &rx->seg, changes);
	if (own->syn && (!was.syn || own->isn != was.isn))
		e->segments_sent = e->retransmitted = 0;
	else if (we && was.next_known && end != rx->seg.seq && tc_seq_leq(end, was.next))
		e->retransmitted++;
	e->segments_sent += we;
	e->segments_received += !we;
}

enum tc_state tc_ends_state(const struct tc_ends *e)
{
	const struct tc_wire_side *own = &e->wire.side[0], *other = &e->wire.side[1];

	if (own->syn)
		return own->state;
	return other->syn && other->state != TC_ST_CLOSED ? TC_ST_LISTEN : TC_ST_CLOSED;
}

struct tc_ends_variables tc_ends_variables(const struct tc_ends *e)
{
	const struct tc_wire_side *own = &e->wire.side[0], *other = &e->wire.side[1];
	bool una = other->ack_known && tc_seq_gt(other->ack, own->isn) &&
		   tc_seq_leq(other->ack, own->next);
	bool rcv = other->syn && tc_ends_state(e) != TC_ST_SYN_SENT;

	return (struct tc_ends_variables){
		.snd_una = una ? other->ack - own->isn : 0, .snd_wnd = other->wnd,
		.snd_nxt = own->syn ? own->next - own->isn : 0, .rcv_wnd = own->wnd,
		.rcv_nxt = rcv ? other->whole - other->isn : 0,
	};
}

/* The kernel's numbers of states (TCP_ESTABLISHED is 1), as RFC 9293 has them. */
static enum tc_state state_of(uint8_t kernel)
{
	static const uint8_t states[] = {
		[1] = TC_ST_ESTABLISHED, [2] = TC_ST_SYN_SENT, [3] = TC_ST_SYN_RECEIVED,
		[4] = TC_ST_FIN_WAIT_1, [5] = TC_ST_FIN_WAIT_2, [6] = TC_ST_TIME_WAIT,
		[7] = TC_ST_CLOSED, [8] = TC_ST_CLOSE_WAIT, [9] = TC_ST_LAST_ACK,
		[10] = TC_ST_LISTEN, [11] = TC_ST_CLOSING, [12] = TC_ST_SYN_RECEIVED,
	};

	return kernel && kernel < sizeof states ? (enum tc_state)states[kernel] : TC_ST_CLOSED;
}

/* ---- as a table ------------------------------------------------------------------------- */

struct half {			/* a table's column: lines of "name value" */
	char line[8][WIDTH * 2];
	unsigned n;
};

__attribute__((format(printf, 3, 4)))
static void add(struct half *h, const char *name, const char *fmt, ...)
{
	char value[WIDTH * 2 - 12];

	TC_FORMAT(value, sizeof value, fmt);
	snprintf(h->line[h->n++], sizeof h->line[0], "%-9s %s", name, value);
}

static void our_half(struct half *h, const struct tc_ends *e)
{
	struct tc_ends_variables v = tc_ends_variables(e);

	add(h, "state", "%s", tc_state_name(tc_ends_state(e)));
	add(h, "SND.UNA", "%u", v.snd_una);
	add(h, "SND.NXT", "%u", v.snd_nxt);
	add(h, "SND.WND", "%u", v.snd_wnd);
	add(h, "RCV.NXT", "%u", v.rcv_nxt);
	add(h, "RCV.WND", "%u", v.rcv_wnd);
}

static const char *timer_name(uint8_t timer)
{
	static const char *const names[] = { "none", "retransmit", "keep-alive", "2 MSL",
					     "probe" };

	return TC_NAME(names, timer);
}

static void their_half(struct half *h, const struct tc_sockdiag *d)
{
	if (!d || !d->found) {
		add(h, "state", "%s", d ? "CLOSED (it has no such connection)" : "not known");
		return;
	}
	add(h, "state", "%s", tc_state_name(state_of(d->state)));
	if (d->timer)
		add(h, "timer", "%s, in %u ms", timer_name(d->timer), d->timer_ms);
	else
		add(h, "timer", "none");
	add(h, "queues", "%u to read, %u not acked", d->rqueue, d->wqueue);
	if (!d->info)
		return;
	add(h, "rto", "%u ms (rtt %u.%03u ms)", d->rto / 1000, d->rtt / 1000, d->rtt % 1000);
	add(h, "in flight", "%u segments, resent %u", d->unacked, d->total_retrans);
	if (d->snd_ssthresh < NEVER_LOST)
		add(h, "cwnd", "%u of %u bytes, ssthresh %u", d->snd_cwnd, d->snd_mss,
		    d->snd_ssthresh);
	else
		add(h, "cwnd", "%u segments of %u", d->snd_cwnd, d->snd_mss);
}

void tc_ends_print(struct tc_buf *out, const struct tc_ends *e, const struct tc_sockdiag *d)
{
	struct half left = { 0 }, right = { 0 };
	unsigned n;

	our_half(&left, e);
	their_half(&right, d);
	n = left.n > right.n ? left.n : right.n;
	tc_buf_printf(out, LEFT "%-*s| %s\n", WIDTH, "our end (RFC 9293 3.3.1)",
		      "the kernel's end (TCP_INFO)");
	for (unsigned i = 0; i < n; i++)
		tc_buf_printf(out, LEFT "%-*s|%s%s\n", WIDTH, i < left.n ? left.line[i] : "",
			      i < right.n ? " " : "", i < right.n ? right.line[i] : "");
}

/* ---- as JSON ------------------------------------------------------------------------------ */

static json_t *their_object(const struct tc_sockdiag *d)
{
	json_t *o = json_object();

	put_text(o, "state", tc_state_name(d->found ? state_of(d->state) : TC_ST_CLOSED));
	if (!d->found)
		return o;
	put_text(o, "timer", timer_name(d->timer));
	put_int(o, "timer_ms", d->timer_ms);
	put_int(o, "rqueue", d->rqueue);
	put_int(o, "wqueue", d->wqueue);
	if (!d->info)
		return o;
	put_int(o, "rto_us", d->rto);
	put_int(o, "rtt_us", d->rtt);
	put_int(o, "unacked", d->unacked);
	put_int(o, "total_retrans", d->total_retrans);
	put_int(o, "snd_cwnd", d->snd_cwnd);
	put_int(o, "snd_mss", d->snd_mss);
	if (d->snd_ssthresh < NEVER_LOST)
		put_int(o, "snd_ssthresh", d->snd_ssthresh);
	return o;
}

void tc_ends_json(struct tc_buf *out, const struct tc_ends *e, const struct tc_sockdiag *d)
{
	struct tc_ends_variables v = tc_ends_variables(e);
	json_t *o = tc_json_line("ends"), *us = json_object();

	put_text(us, "state", tc_state_name(tc_ends_state(e)));
	put_int(us, "snd_una", v.snd_una);
	put_int(us, "snd_nxt", v.snd_nxt);
	put_int(us, "snd_wnd", v.snd_wnd);
	put_int(us, "rcv_nxt", v.rcv_nxt);
	put_int(us, "rcv_wnd", v.rcv_wnd);
	json_object_set_new(o, "ours", us);
	if (d)
		json_object_set_new(o, "kernel", their_object(d));
	tc_json_put_line(out, o);
}
