/* SPDX-License-Identifier: BSD-2-Clause */
/* What came of the stimuli, in words: each beside the control, then all of them. */
#include "talk.h"

#include "base/text.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/seq.h>

#include <stdio.h>
#include <string.h>

#define SHOWN 24			/* bytes of what it said */
#define ALIKE 0.2			/* two times that differ by so much, or … */
#define ALIKE_S 0.15			/* … by that are one */
#define SAME 0.5			/* likewise, where they come with the same words */

static double since(const struct tc_talker *k, tc_time stamp)
{
	return tc_lab_since(k->c, stamp);
}

/* The control had ended, or spoken, by so many seconds: who does so then, or later, does it
 * whatever is sent. A busy machine spreads them. */
static bool no_earlier(double seconds, double control, double alike)
{
	return seconds >= control * (1 - alike) - ALIKE_S;
}

static const struct tc_talker *control(const struct tc_talk *t)
{
	return &t->at[TC_STIMULUS_NOTHING];
}

static bool ended(const struct tc_talker *k)
{
	return k->fin || k->rst;
}

/* It begins with all that the control heard. */
static bool says_the_same(const struct tc_talker *k, const struct tc_talker *c)
{
	size_t n = c->total < TC_TALK_SAID ? c->total : TC_TALK_SAID;

	return k->total >= c->total && memcmp(k->said, c->said, n) == 0;
}

/* What it said was all before anything was sent. */
static bool spoke_unasked(const struct tc_talker *k)
{
	return k->total && (!k->sent_at || k->last_at < k->sent_at);
}

/* What it said that the control did not hear: bytes, and whence in said. Of one that never ends
 * to speak none can be told. */
static uint32_t replied(const struct tc_talk *t, enum tc_stimulus_id i, uint32_t *from)
{
	const struct tc_talker *k = &t->at[i], *c = control(t);

	*from = 0;
	if (!k->total || k == c || spoke_unasked(k))
		return 0;
	if (c->total && (c->total > TC_TALK_HEARD || k->total > TC_TALK_HEARD))
		return 0;
	/* the greeting, which may be behind the question: a slow server's */
	if (c->total && (k->first_at < k->sent_at ||
			 no_earlier(since(k, k->first_at), since(c, c->first_at),
				    says_the_same(k, c) ? SAME : ALIKE)))
		*from = c->total;
	return k->total > *from ? k->total - *from : 0;
}

/* Nor do those that end when the control has ended: a busy server comes to them later, though
 * they were opened later still. */
static bool ends_as_ever(const struct tc_talker *k, const struct tc_talker *c)
{
	return ended(k) && ended(c) && !k->late &&
	       (tc_talk_ended_unasked(k) || k->ended_at >= c->ended_at ||
		no_earlier(since(k, k->ended_at), since(c, c->ended_at), ALIKE));
}

enum tc_reaction tc_talk_reaction(const struct tc_talk *t, enum tc_stimulus_id i)
{
	const struct tc_talker *k = &t->at[i];
	uint32_t from;

	if (!k->c || (!k->c->opened && k->c->end == TC_LAB_ALIVE))
		return TC_REACTS_NOT_ASKED;
	if (!k->c->opened)
		return TC_REACTS_NO_CONNECTION;
	if (replied(t, i, &from))
		return TC_REACTS_REPLIES;
	if (t->gone && ended(k))
		return TC_REACTS_GONE;
	if (ends_as_ever(k, control(t)))
		return TC_REACTS_AS_EVER;
	if (tc_talk_ended_unasked(k))
		return TC_REACTS_UNASKED;
	if (ended(k))
		return k->rst ? TC_REACTS_RESETS : TC_REACTS_CLOSES;
	if (k->what->n && !k->sent_at && !k->shut)
		return TC_REACTS_NOT_ASKED;
	if (k->c->snd_una == k->c->iss + 1 + (tc_seq)k->what->n || k->fin)
		return TC_REACTS_SILENT;
	return k->c->peer_window == 0 ? TC_REACTS_SHUT : TC_REACTS_UNACKED;
}

struct tc_unprovoked tc_talk_unprovoked(const struct tc_talk *t)
{
	const struct tc_talker *c = control(t);
	struct tc_unprovoked u = { .habit = TC_HABIT_WAITS, .watched_s = t->watched_s,
				   .bytes = c->total };

	if (!c->c || !c->c->opened || t->gone)
		return (struct tc_unprovoked){ .habit = TC_HABIT_UNKNOWN };
	if (c->total) {
		u.habit = TC_HABIT_SPEAKS;
		u.after_s = since(c, c->first_at);
	}
	if (ended(c)) {
		u.habit = c->rst ? TC_HABIT_RESETS : TC_HABIT_CLOSES;
		u.after_s = since(c, c->ended_at);
	}
	return u;
}

/* ---- one of them --------------------------------------------------------------------- */

static void put_said(struct tc_buf *out, const struct tc_talker *k, uint32_t from)
{
	uint32_t there = k->total < TC_TALK_SAID ? k->total : TC_TALK_SAID;

	tc_buf_printf(out, "%u byte%s", k->total - from, k->total - from == 1 ? "" : "s");
	if (from >= there)
		return;
	tc_buf_text(out, ": ");
	there = there < from + SHOWN ? there : from + SHOWN;
	tc_text_print(out, k->said + from, there - from, SHOWN);
	tc_buf_text(out, there < k->total ? "..." : "");
}

static void put_after(struct tc_buf *out, double seconds)
{
	if (seconds < 1)
		tc_buf_printf(out, " after %.3g ms", seconds * 1000);
	else
		tc_buf_printf(out, " after %.3g s", seconds);
}

static void put_end(struct tc_buf *out, const struct tc_talker *k, double seconds)
{
	tc_buf_text(out, k->rst ? "resets" : "closes");
	put_after(out, seconds);
	/* A reset has the TTL of what answered the SYN, or somebody else sent it. */
	if (k->rst && k->ttl && k->end_ttl != k->ttl)
		tc_buf_printf(out, ", with TTL %u where its SYN,ACK had %u: a box on the way "
			      "sent it", k->end_ttl, k->ttl);
}

/* It was silent for less time than it had spoken when the watch was over. */
static bool goes_on(const struct tc_talk *t)
{
	const struct tc_talker *c = control(t);
	double first = since(c, c->first_at), last = since(c, c->last_at);

	return c->last_at > c->first_at && last - first > t->watched_s - last;
}

/* We took no more of what it said, and so cannot tell whether that was all. */
static bool was_cut_short(const struct tc_talker *k)
{
	return k->total > TC_TALK_HEARD && !ended(k);
}

static void put_more(struct tc_buf *out, const struct tc_talker *k)
{
	if (was_cut_short(k))
		tc_buf_text(out, "; no more was taken, it may have more to say");
}

static void put_control(struct tc_buf *out, const struct tc_talk *t)
{
	const struct tc_talker *c = control(t);

	if (c->total) {
		tc_buf_text(out, "it speaks");
		put_after(out, since(c, c->first_at));
		tc_buf_text(out, ", ");
		put_said(out, c, 0);
		if (c->last_at > c->first_at && since(c, c->last_at) - since(c, c->first_at) >
		    ALIKE_S) {
			tc_buf_text(out, ", the last of them");
			put_after(out, since(c, c->last_at));
		}
	}
	if (ended(c)) {
		tc_buf_text(out, c->total ? "; then it " : "it ");
		put_end(out, c, since(c, c->ended_at));
		tc_buf_text(out, t->gone ? ", with the server" : "");
	} else if (!c->total) {
		tc_buf_printf(out, "it waits, silent for %.3g s", t->watched_s);
	} else if (!was_cut_short(c) && !goes_on(t)) {
		tc_buf_text(out, "; then it waits");
	}
	put_more(out, c);
}

static void put_reply(struct tc_buf *out, const struct tc_talk *t, enum tc_stimulus_id i)
{
	const struct tc_talker *k = &t->at[i];
	uint32_t from;

	replied(t, i, &from);
	tc_buf_text(out, "it answers");
	if (!from && !k->late)
		put_after(out, (double)(k->first_at - k->sent_at) / (double)TC_S);
	tc_buf_text(out, ", ");
	put_said(out, k, from);
	if (ended(k) && !ends_as_ever(k, control(t)))
		tc_buf_text(out, k->rst ? "; then it resets" : "; then it closes");
}

/* Of the others the numbers are told. */
static const char *const plain_words[] = {
	[TC_REACTS_NOT_ASKED] = "it was not asked: what was before it took all the time",
	[TC_REACTS_NO_CONNECTION] = "no connection could be had for it",
	[TC_REACTS_GONE] = "it ended with the server",
	[TC_REACTS_UNASKED] =
		"it ended before anything was sent, as the first did not: too many at once?",
	[TC_REACTS_SILENT] = "its TCP acknowledges it, and that is all",
	[TC_REACTS_UNACKED] = "not even its TCP acknowledges all of it",
	[TC_REACTS_SHUT] = NULL,	/* the last of all */
};

static void put_reaction(struct tc_buf *out, const struct tc_talk *t, enum tc_stimulus_id i)
{
	const struct tc_talker *k = &t->at[i];
	enum tc_reaction r = tc_talk_reaction(t, i);

	if (r == TC_REACTS_SILENT && was_cut_short(k))
		tc_buf_text(out, "its TCP acknowledges it; what else it may answer is lost in what it "
				 "says unasked");
	else if (plain_words[r])
		tc_buf_text(out, plain_words[r]);
	else if (r == TC_REACTS_AS_EVER)
		tc_buf_printf(out, "it ends as ever%s", !k->rst || !control(t)->fin ? "" :
			      ", but by a reset: it leaves unread what it gets");
	else if (r == TC_REACTS_REPLIES)
		put_reply(out, t, i);
	else if (r == TC_REACTS_SHUT)
		tc_buf_printf(out, "its window is 0: %u of %zu bytes taken",
			      k->c->snd_una - k->c->iss - 1, k->what->n);
	else {
		tc_buf_text(out, "it ");
		put_end(out, k, (double)(k->ended_at - k->sent_at) / (double)TC_S);
	}
	if (spoke_unasked(k) && !control(t)->total) {
		tc_buf_text(out, "; it spoke before it was asked, ");
		put_said(out, k, 0);
	}
	put_more(out, k);
	tc_talk_put_later(out, k, r);
}

static void put_facts(const struct tc_talk *t, struct tc_finding *f)
{
	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++) {
		struct tc_buf text = { 0 };

		if (i == TC_STIMULUS_NOTHING)
			put_control(&text, t);
		else
			put_reaction(&text, t, i);
		tc_finding_note(f, tc_stimuli[i].name, "%s",
				text.data ? (const char *)text.data : "");
		tc_buf_free(&text);
	}
}

/* ---- all of them -------------------------------------------------------------------- */

static unsigned count(const struct tc_talk *t, enum tc_reaction r)
{
	unsigned n = 0;

	for (unsigned i = 1; i < TC_STIMULUS_COUNT; i++)
		n += tc_talk_reaction(t, i) == r;
	return n;
}

/* What there is of a reply. */
static const uint8_t *reply(const struct tc_talk *t, enum tc_stimulus_id i, size_t *n)
{
	const struct tc_talker *k = &t->at[i];
	uint32_t from;

	*n = replied(t, i, &from);
	from = from < TC_TALK_SAID ? from : TC_TALK_SAID;
	*n = *n < TC_TALK_SAID - from ? *n : TC_TALK_SAID - from;
	return k->said + from;
}

enum echo {
	ECHO_NONE,
	ECHO_PART,			/* the first bytes of what was sent, and no more */
	ECHO_WHOLE,
	ECHO_AND_MORE			/* what was sent, and other bytes behind it */
};

static enum echo echo_of(const struct tc_talk *t, enum tc_stimulus_id i)
{
	const struct tc_talker *k = &t->at[i];
	uint32_t from, all = replied(t, i, &from);
	size_t n, there;		/* of it so much was taken */
	const uint8_t *got = reply(t, i, &n);

	if (!n || memcmp(got, k->what->bytes, n < k->what->n ? n : k->what->n) != 0)
		return ECHO_NONE;
	there = k->c->snd_una - k->c->iss - 1;
	return all < there ? ECHO_PART : all <= k->what->n ? ECHO_WHOLE : ECHO_AND_MORE;
}

/* What it says unasked, or to anything; who sends back what he gets speaks none. */
static const struct tc_protocol *protocol(const struct tc_talk *t)
{
	const struct tc_talker *c = control(t);
	const struct tc_protocol *p = tc_protocol_of(c->said, c->total < TC_TALK_SAID ?
						     c->total : TC_TALK_SAID);

	for (unsigned i = TC_STIMULUS_COUNT; i-- > 1 && !p;) {
		size_t n;
		const uint8_t *got = reply(t, i, &n);

		p = echo_of(t, i) != ECHO_NONE ? NULL : tc_protocol_of(got, n);
	}
	return p;
}

static bool replies(const struct tc_talk *t, enum tc_stimulus_id i)
{
	return tc_talk_reaction(t, i) == TC_REACTS_REPLIES;
}

/* Of an answer in time, or one that ended: what is late may have more to come. */
static bool is_cut_echo(const struct tc_talk *t, enum tc_stimulus_id i)
{
	return echo_of(t, i) == ECHO_PART && (!t->at[i].late || ended(&t->at[i]));
}

/* All that came back is the first bytes of what was sent, and of some not all of them: how many at
 * most. 0: it is otherwise. */
static uint32_t echoes_first(const struct tc_talk *t)
{
	uint32_t most = 0;
	bool cut = false;

	for (unsigned i = 1; i < TC_STIMULUS_COUNT; i++) {
		uint32_t from, n = replied(t, i, &from);
		enum echo e = echo_of(t, i);

		if (n && e != ECHO_PART && e != ECHO_WHOLE)
			return 0;
		most = n > most ? n : most;
		cut |= is_cut_echo(t, i);
	}
	return cut ? most : 0;
}

static void tell_replies(const struct tc_talk *t, struct tc_finding *f)
{
	uint32_t first = echoes_first(t);
	bool lines = replies(t, TC_STIMULUS_LINE) && !replies(t, TC_STIMULUS_LETTERS) &&
		     !replies(t, TC_STIMULUS_BYTE);

	if (first)
		tc_finding_told(f, "echoes-in-part", "it sends back the first bytes of what it gets, "
				"%u at most", first);
	else if (echo_of(t, TC_STIMULUS_LINE) == ECHO_WHOLE)
		tc_finding_told(f, "echoes", "it sends back what it gets");
	else if (lines)
		tc_finding_told(f, "lines", "it answers when a line has come to its end, and no "
				"sooner");
	else
		tc_finding_told(f, "replies", "it answers, in a protocol that is not known here");
}

/* Not every stimulus got there: those that did, and why the others did not. */
static void tell_rest(const struct tc_talk *t, struct tc_finding *f)
{
	static const struct {
		enum tc_reaction r;
		const char *words;
	} others[] = {
		{ TC_REACTS_NO_CONNECTION, "no connection could be had" },
		{ TC_REACTS_NOT_ASKED, "there was no time" },
		{ TC_REACTS_UNASKED, "the connection ended before anything was sent" },
		{ TC_REACTS_UNACKED, "not all of it was acknowledged" },
	};
	unsigned silent = count(t, TC_REACTS_SILENT);

	if (silent)
		tc_finding_told(f, "silent", "its TCP acknowledges %u of %u stimuli, and the server "
				"says and does nothing", silent, TC_STIMULUS_COUNT - 1);
	else
		tc_finding_untold(f, "none of %u stimuli came to it whole", TC_STIMULUS_COUNT - 1);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (count(t, others[i].r))
			tc_buf_printf(&f->sentence, "; for %u %s", count(t, others[i].r),
				      others[i].words);
}

/* Where the first heard nothing, but others did before they were asked. */
static void tell_unasked(const struct tc_talk *t, struct tc_finding *f)
{
	unsigned others = 0;

	for (unsigned i = 1; i < TC_STIMULUS_COUNT && !control(t)->total; i++)
		others += spoke_unasked(&t->at[i]);
	if (others)
		tc_buf_printf(&f->sentence, "; not on the first, but on %u of the others it spoke "
			      "unasked", others);
}

/* Nothing came back, whatever was sent. */
static void tell_silence(const struct tc_talk *t, struct tc_finding *f)
{
	unsigned shut = count(t, TC_REACTS_SHUT), unacked = count(t, TC_REACTS_UNACKED);

	if (shut && !count(t, TC_REACTS_AS_EVER))
		tc_finding_told(f, "tarpit", "it accepts connections and keeps its window shut: "
				"%u of %u stimuli were not taken", shut, TC_STIMULUS_COUNT - 1);
	else if (unacked && !count(t, TC_REACTS_SILENT))
		tc_finding_told(f, "unacked", "it accepts connections, and its TCP acknowledges "
				"nothing that is sent");
	else if (count(t, TC_REACTS_SILENT) == TC_STIMULUS_COUNT - 1)
		tc_finding_told(f, "silent", "its TCP acknowledges all, and the server says and "
				"does nothing");
	else
		tell_rest(t, f);
	tell_unasked(t, f);
}

static void tell_habit(const struct tc_talk *t, struct tc_finding *f)
{
	const struct tc_unprovoked u = tc_talk_unprovoked(t);
	char text[TC_UNPROVOKED_TEXT];

	if (u.habit == TC_HABIT_SPEAKS)
		tc_finding_told(f, "greets", "it speaks first, %.2g s after the handshake, in a protocol "
				"that is not known here", u.after_s);
	else if (u.bytes)
		tc_finding_told(f, tc_habit_name(u.habit), "it says %u byte%s unasked, and %s",
				u.bytes, u.bytes == 1 ? "" : "s", tc_unprovoked_text(&u, text));
	else
		tc_finding_told(f, tc_habit_name(u.habit), "it %s", tc_unprovoked_text(&u, text));
	tell_unasked(t, f);
	tc_finding_value(f, u.after_s);
}

/* All were sent at once: which of them it was cannot be told. */
static void tell_gone(const struct tc_talk *t, struct tc_finding *f)
{
	struct tc_buf names = { 0 };

	for (unsigned i = 1; i < TC_STIMULUS_COUNT; i++)
		if (tc_talk_reaction(t, i) == TC_REACTS_GONE)
			tc_buf_printf(&names, "%s%s", names.len ? ", " : "", tc_stimuli[i].name);
	tc_buf_add_u8(&names, 0);
	tc_finding_told(f, "gone", "it refuses connections now, since it was asked (%s): what was "
			"sent may have ended the server", names.failed ? "" : (char *)names.data);
	tc_buf_free(&names);
}

void tc_talk_tell(const struct tc_talk *t, struct tc_finding *f)
{
	const struct tc_protocol *p = protocol(t);
	const struct tc_unprovoked u = tc_talk_unprovoked(t);
	unsigned ends = count(t, TC_REACTS_CLOSES) + count(t, TC_REACTS_RESETS);
	struct tc_buf serves = { 0 };

	put_facts(t, f);
	tc_talk_put_serves(&serves, t);
	if (serves.len && !serves.failed)
		tc_finding_text(f, "serves", "%.*s", (int)serves.len, (const char *)serves.data);
	tc_buf_free(&serves);
	if (t->gone)
		tell_gone(t, f);
	else if (p)
		tc_finding_told(f, p->name, "it speaks %s", p->words);
	else if (count(t, TC_REACTS_REPLIES))
		tell_replies(t, f);
	else if (ends)
		tc_finding_told(f, "closes-on-data", "it %s, and ends the connection for %u of %u "
				"stimuli", u.bytes ? "speaks first, answers nothing" : "says nothing",
				ends, TC_STIMULUS_COUNT - 1);
	else if (u.habit != TC_HABIT_WAITS)
		tell_habit(t, f);
	else
		tell_silence(t, f);
}
