/* SPDX-License-Identifier: BSD-2-Clause */
/* What a packet of a script is, by its flags, its numbers and those before it, and its options. */
#include "explain_own.h"
#include "own.h"

#include <tcpcraft/segment.h>

#define DELAY_LEAST (20 * TC_MS)	/* of an acknowledgment that waits; longer: a timer */
#define DELAY_MOST (200 * TC_MS)

enum { OURS, PEERS };

struct packet {			/* one, with its numbers where they are constant */
	const struct tc_script_packet *p;
	tc_time gap;			/* since the line before, if it says so */
	bool counted;			/* start, len are known */
	int64_t start, len, ack, win;	/* ack, win: -1 where nothing is said */
};

static bool constant(const struct tc_script_expr *e, int64_t *v)
{
	return tc_sc_constant(e, v) && *v >= 0 && *v <= UINT32_MAX;
}

static struct packet read_packet(const struct tc_script_event *e)
{
	const struct tc_script_packet *p = &e->packet;
	struct packet of = { .p = p, .ack = -1, .win = -1 };

	of.counted = constant(p->start, &of.start) && constant(p->len, &of.len);
	if (!constant(p->ack, &of.ack))
		of.ack = -1;
	if (!constant(p->win, &of.win))
		of.win = -1;
	of.gap = e->time.when == TC_WHEN_RELATIVE ? e->time.from : 0;
	return of;
}

/* ---- what it is for ------------------------------------------------------------------ */

static void explain_reset(struct notes *n, const struct packet *of, const struct tc_sc_seen *seen)
{
	int64_t edge = seen->side[of->p->sent ? PEERS : OURS].acked;

	tc_sc_note(n, "RFC 9293 3.5.2", "a reset: the connection is over at once");
	if (of->p->sent && of->counted && edge && of->start != edge)
		tc_sc_note(n, "RFC 5961 3.2", "its number is not %lld, which is expected next: in the "
			   "window it is challenged, elsewhere dropped", (long long)edge);
}

static void explain_syn(struct notes *n, const struct packet *of)
{
	if (of->p->flags & TC_FLAG_ACK)
		tc_sc_note(n, "RFC 9293 3.5", "the answer to a SYN: it is acknowledged, and this side's "
			   "numbers begin");
	else
		tc_sc_note(n, "RFC 9293 3.5", "a connection is asked for: this side's numbers begin");
	if (of->counted && of->len > 0)
		tc_sc_note(n, "RFC 7413 4.2", "with %lld bytes of data at once", (long long)of->len);
}

/* Data that this side has sent before, is due, or lies behind a hole. */
static void explain_data(struct notes *n, const struct packet *of, const struct tc_sc_seen *seen)
{
	int mine = of->p->sent ? OURS : PEERS;
	int64_t next = seen->side[mine].next, right = seen->side[!mine].acked +
						     seen->side[!mine].window;

	if (!of->counted) {
		tc_sc_note(n, "RFC 9293 3.4", "data, with numbers that are computed");
		return;
	}
	tc_sc_note(n, "RFC 9293 3.4", "%lld bytes of data, %lld to %lld", (long long)of->len,
		   (long long)of->start, (long long)(of->start + of->len - 1));
	if (next && of->start > next)
		tc_sc_note(n, "RFC 9293 3.10.7.4", "it leaves a hole: %lld comes next",
			   (long long)next);
	if (of->p->sent && seen->side[!mine].window && seen->side[!mine].acked &&
	    of->start >= right)
		tc_sc_note(n, "RFC 9293 3.10.7.4", "beyond the window, which ends at %lld",
			   (long long)right);
	if (!next || of->start >= next)
		return;
	if (seen->side[!mine].repeats >= 3)
		tc_sc_note(n, "RFC 5681 3.2", "again, as three duplicate acknowledgments ask for it");
	else if (of->gap >= DELAY_MOST)
		tc_sc_note(n, "RFC 6298 5", "again, when the retransmission timer has expired");
	else
		tc_sc_note(n, of->p->sent ? "RFC 9293 3.10.7.4" : "RFC 8985 7.3",
			   "again: it was sent before%s", of->p->sent ? "" :
			   ", as SACK, a probe of the tail or a timer asks");
}

static void explain_ack(struct notes *n, const struct packet *of, const struct tc_sc_seen *seen)
{
	int mine = of->p->sent ? OURS : PEERS;
	bool again = of->ack > 0 && of->ack == seen->side[mine].acked;

	if (of->ack < 0)
		return;
	if (of->counted && seen->side[mine].next && of->start == seen->side[mine].next - 1)
		tc_sc_note(n, "RFC 9293 3.8.4", "a keep-alive: its number is one before what comes "
			   "next");
	else if (again && of->win >= 0 && of->win != seen->side[mine].window)
		tc_sc_note(n, "RFC 9293 3.8.6", "only the window is another");
	else if (again && seen->side[!mine].next > of->ack)
		tc_sc_note(n, "RFC 5681 2", "the same acknowledgment again: duplicate number %u",
			   seen->side[mine].repeats + 1);
	else
		tc_sc_note(n, "RFC 9293 3.4", "all below %lld has arrived", (long long)of->ack);
	if (!of->p->sent && of->gap >= DELAY_LEAST && of->gap <= DELAY_MOST)
		tc_sc_note(n, "RFC 9293 3.8.6.3", "it was delayed, in the hope of data to go with");
}

static void explain_ecn(struct notes *n, const struct tc_script_packet *p)
{
	static const char *const marks[] = { NULL, "ECT(1): it may be marked instead of dropped",
					     "ECT(0): it may be marked instead of dropped",
					     "CE: the path is congested" };
	uint16_t syn = p->flags & TC_FLAG_SYN;

	if (p->ip.ecn > 0 && p->ip.ecn < 4)
		tc_sc_note(n, "RFC 3168 5", "%s", marks[p->ip.ecn]);
	if (p->flags & TC_SCRIPT_AE)
		tc_sc_note(n, "RFC 9768 3.1", "AE, CWR and ECE count marks, or ask for that");
	else if (syn && (p->flags & TC_FLAG_ECE))
		tc_sc_note(n, "RFC 3168 6.1.1", "ECN is %s", p->flags & TC_FLAG_ACK ? "agreed to" :
			   "offered");
	else if (p->flags & TC_FLAG_ECE)
		tc_sc_note(n, "RFC 3168 6.1.3", "ECE: a mark of congestion has arrived");
	else if (p->flags & TC_FLAG_CWR)
		tc_sc_note(n, "RFC 3168 6.1.2", "CWR: its sender has slowed down");
}

/* ---- options ------------------------------------------------------------------------- */

static void explain_option(struct notes *n, const struct tc_script_option *o, bool syn)
{
	static const struct { const char *text, *rests_on; } of[] = {
		[TC_SOPT_MSS] = { "mss: the most that a segment to it may carry", "RFC 9293 3.7.1" },
		[TC_SOPT_WSCALE] = { "wscale: its windows are counted in units of two to the power of "
				     "this", "RFC 7323 2" },
		[TC_SOPT_SACK_OK] = { "sackOK: it takes selective acknowledgments", "RFC 2018 2" },
		[TC_SOPT_SACK] = { "sack: what has arrived behind a hole, the newest first; what came "
				   "twice (RFC 2883)", "RFC 2018 3" },
		[TC_SOPT_TS] = { "TS: its clock, and the other side's as it was last heard",
				 "RFC 7323 3" },
		[TC_SOPT_FASTOPEN] = { "FO: a cookie, or that one is asked for", "RFC 7413 4.1" },
		[TC_SOPT_FASTOPEN_EXP] = { "FOEXP: the same, in an experiment's option",
					   "RFC 7413 4.1, RFC 6994" },
		[TC_SOPT_MD5] = { "md5: a signature", "RFC 2385" },
		[TC_SOPT_AO] = { "ao: a code, by the key of this number", "RFC 5925 2.2" },
		[TC_SOPT_MPTCP] = { "mptcp: a connection over more than one path", "RFC 8684 3" },
		[TC_SOPT_ACCECN] = { "ECN: how many bytes arrived with each mark (e1b: ECT(1), ceb: CE, "
				     "e0b: ECT(0))", "RFC 9768 3.2.3" },
		[TC_SOPT_HEX] = { "an option as bytes", NULL },
	};

	if ((size_t)o->kind >= sizeof of / sizeof *of || !of[o->kind].text)
		return;
	if (syn || (o->kind != TC_SOPT_TS && o->kind != TC_SOPT_MD5 && o->kind != TC_SOPT_AO))
		tc_sc_note(n, of[o->kind].rests_on, "%s", of[o->kind].text);
}

/* ---- the whole ----------------------------------------------------------------------- */

static void remember(struct tc_sc_seen *seen, const struct packet *of)
{
	int mine = of->p->sent ? OURS : PEERS;
	bool syn = of->p->flags & TC_FLAG_SYN, bare = of->counted && of->len == 0;
	int64_t end = of->start + of->len + !!(of->p->flags & TC_FLAG_FIN);

	if (syn && !(of->p->flags & TC_FLAG_ACK))
		*seen = (struct tc_sc_seen){ 0 };
	if (syn)		/* numbers count from here */
		end = 1 + of->len;
	if (of->counted && end > seen->side[mine].next)
		seen->side[mine].next = end;
	if (of->ack < 0)
		return;
	if (of->ack == seen->side[mine].acked && bare && seen->side[!mine].next > of->ack)
		seen->side[mine].repeats++;
	else if (of->ack != seen->side[mine].acked)
		seen->side[mine].repeats = 0;
	if (!syn || of->ack == 1)
		seen->side[mine].acked = of->ack;
	if (of->win >= 0)
		seen->side[mine].window = of->win;
}

void tc_sc_explain_packet(struct notes *n, struct tc_sc_seen *seen,
			  const struct tc_script_event *e)
{
	const struct packet of = read_packet(e);
	const struct tc_script_packet *p = of.p;

	tc_sc_note(n, NULL, "%s", p->sent ? "we send" : "the peer has to send");
	if (p->flags & TC_FLAG_RST)
		explain_reset(n, &of, seen);
	else if (p->flags & TC_FLAG_SYN)
		explain_syn(n, &of);
	else if (!of.counted || of.len > 0)
		explain_data(n, &of, seen);
	if (p->flags & TC_FLAG_FIN)
		tc_sc_note(n, "RFC 9293 3.6", "this side has no more data: it ends");
	if (!(p->flags & (TC_FLAG_RST | TC_FLAG_SYN)) && of.counted && of.len == 0)
		explain_ack(n, &of, seen);
	if (p->flags & TC_FLAG_URG)
		tc_sc_note(n, "RFC 9293 3.8.5", "urgent data is announced");
	explain_ecn(n, p);
	if (of.win == 0 && !(p->flags & (TC_FLAG_RST | TC_FLAG_SYN)))
		tc_sc_note(n, "RFC 9293 3.8.6.1", "its window is closed: nothing but probes may come");
	for (const struct tc_script_option *o = p->options; o; o = o->next)
		explain_option(n, o, p->flags & TC_FLAG_SYN);
	for (const struct tc_script_set *s = p->sets; s; s = s->next)
		tc_sc_note(n, NULL, "%s %s %s", s->field, p->sent ? "is set to" : "has to be", s->value);
	remember(seen, &of);
}

void tc_sc_explain_icmp(struct notes *n, const struct tc_script_icmp *icmp)
{
	tc_sc_note(n, NULL, "%s", icmp->sent ? "we send" : "the peer has to send");
	tc_sc_note(n, icmp->mtu ? "RFC 1191 4, RFC 8201 4" : "RFC 5461, RFC 5927 4",
		   icmp->mtu ? "an ICMP error about the MTU of the path" :
		   "an ICMP error about a segment of the connection");
}
