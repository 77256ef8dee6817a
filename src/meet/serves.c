/* SPDX-License-Identifier: BSD-2-Clause */
/* What the connections that were opened at once say of how many the server serves at once. */
#include "talk.h"

#include <tcpcraft/buf.h>

#define OTHERS (TC_STIMULUS_COUNT - 1)

static const char *were(unsigned n)
{
	return n == 1 ? "was" : "were";
}

static bool has_connection(const struct tc_talker *k)
{
	return k->c && k->c->opened;
}

static bool ended(const struct tc_talker *k)
{
	return k->fin || k->rst;
}

bool tc_talk_ended_unasked(const struct tc_talker *k)
{
	return ended(k) && k->what->n && (!k->sent_at || k->ended_at < k->sent_at);
}

static bool was_heard(const struct tc_talker *k)
{
	return k->total || (ended(k) && !tc_talk_ended_unasked(k));
}

/* Nobody beside the first was heard while one before him was open. */
static bool is_one_by_one(const struct tc_talk *t)
{
	for (const struct tc_talker *k = t->at + 1; k <= t->at + OTHERS; k++)
		if (k->first == TC_FIRST_SERVES && was_heard(k) && (!k->late || k->beside))
			return false;
	return true;
}

static void put_late(struct tc_buf *out, const struct tc_talk *t)
{
	unsigned late = 0;

	for (const struct tc_talker *k = t->at; k <= t->at + OTHERS; k++)
		late += k->late && k->first == TC_FIRST_SERVES;
	if (late)
		tc_buf_printf(out, "%s: %u %s heard only when those before %s over",
			      is_one_by_one(t) ? "one client after the other" : "not all at once",
			      late, were(late), late == 1 ? "it were" : "them were");
}

/* Closed or reset unasked, while others were open. */
static void put_ended(struct tc_buf *out, const struct tc_talk *t)
{
	unsigned over = 0, again = 0, served;

	for (const struct tc_talker *k = t->at; k <= t->at + OTHERS; k++) {
		over += k->first == TC_FIRST_ENDED;
		again += k->first == TC_FIRST_ENDED &&
			 (!has_connection(k) || tc_talk_ended_unasked(k));
	}
	if (!over)
		return;
	served = over - again;
	tc_buf_printf(out, "%s%u of %u connections %s ended before anything was sent, while "
		      "others were open", out->len ? "; " : "", over, TC_STIMULUS_COUNT,
		      were(over));
	if (again)
		tc_buf_printf(out, "; %u could not be asked later either", again);
	if (served)
		tc_buf_printf(out, "; %u, begun again when those before %s over, %s not: a limit "
			      "of connections at once is one reading", served,
			      served == 1 ? "it were" : "them were", were(served));
}

/* The first that could not be had, behind so many that could. */
static void put_full(struct tc_buf *out, const struct tc_talk *t)
{
	const struct tc_talker *k = t->at + 1;
	bool no_answer;

	while (k <= t->at + OTHERS && (k->first == TC_FIRST_ENDED ||
				       (k->first == TC_FIRST_SERVES && has_connection(k))))
		k++;
	if (k > t->at + OTHERS || k->first == TC_FIRST_NOT_TRIED || !k->c)
		return;
	no_answer = k->first == TC_FIRST_NO_ANSWER ||
		    (k->first == TC_FIRST_SERVES && k->c->end == TC_LAB_NO_ANSWER);
	tc_buf_printf(out, "%sbehind %u connection%s the next %s", out->len ? "; " : "",
		      (unsigned)(k - t->at), k - t->at == 1 ? "" : "s",
		      no_answer ? "got no answer to its SYN" : "was refused");
	if (k->first != TC_FIRST_SERVES && has_connection(k))
		tc_buf_printf(out, ", and was accepted when those were over: %s is one reading",
			      no_answer ? "a queue that is full, as of a server of one client after "
			      "the other," : "a limit of connections at once");
	else if (k->first != TC_FIRST_SERVES)
		tc_buf_text(out, ", and could not be had when those were over either");
}

void tc_talk_put_serves(struct tc_buf *out, const struct tc_talk *t)
{
	put_late(out, t);
	put_ended(out, t);
	put_full(out, t);
}

void tc_talk_put_later(struct tc_buf *out, const struct tc_talker *k, enum tc_reaction r)
{
	if (k->first == TC_FIRST_SERVES) {
		if (k->late)
			tc_buf_text(out, " (once those before it were over)");
		return;
	}
	tc_buf_text(out, " (asked when those before it were over");
	if (k->heard_for && (r == TC_REACTS_SILENT || r == TC_REACTS_UNACKED ||
			     r == TC_REACTS_SHUT))
		tc_buf_printf(out, ", and heard for %.2g s", (double)k->heard_for / (double)TC_S);
	if (k->first == TC_FIRST_ENDED)
		tc_buf_printf(out, "; until then: %s unasked %.3g ms after the handshake, %u byte%s "
			      "said", k->first_rst ? "reset" : "closed", k->first_s * 1000,
			      k->first_said, k->first_said == 1 ? "" : "s");
	else if (k->first == TC_FIRST_NO_ANSWER)
		tc_buf_text(out, "; until then: no answer to its SYN");
	else if (k->first == TC_FIRST_REFUSED)
		tc_buf_text(out, "; until then: refused");
	tc_buf_text(out, ")");
}
