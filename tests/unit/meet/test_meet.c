/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked of an unknown service, what its answers are taken for, and what follows. */
#include "check.h"

#include "meet/meet.h"
#include "meet/steps.h"
#include "meet/talk.h"

#include <stdio.h>

/* ---- the stimuli ---------------------------------------------------------------------- */

static unsigned be(const uint8_t *p, unsigned n)
{
	unsigned v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* RFC 5246 6.2.1, 7.4, 7.4.1.2: each length is that of what follows it. */
static void the_hello_is_whole(void)
{
	const struct tc_stimulus *s = &tc_stimuli[TC_STIMULUS_TLS];
	const uint8_t *p = s->bytes;
	size_t n = s->n, at;

	CHECK_U64(be(p + 3, 2), n - 5);
	CHECK_U64(be(p + 6, 3), n - 9);
	at = 9 + 2 + 32;
	at += 1 + p[at];			/* session */
	at += 2 + be(p + at, 2);		/* suites */
	at += 1 + p[at];			/* compression */
	CHECK_U64(be(p + at, 2), n - at - 2);
	for (at += 2; at < n; at += 4 + be(p + at + 2, 2))
		CHECK(n - at >= 4);
	CHECK_U64(at, n);
}

static void only_lines_have_an_end(void)
{
	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++) {
		const struct tc_stimulus *s = &tc_stimuli[i];
		bool line = i == TC_STIMULUS_LINE || i == TC_STIMULUS_JSON ||
			    i == TC_STIMULUS_HTTP;

		CHECK_U64(s->n != 0, i != TC_STIMULUS_NOTHING);
		if (i != TC_STIMULUS_TLS && s->n)
			CHECK_U64(((const char *)s->bytes)[s->n - 1] == '\n', line);
	}
	CHECK_U64(tc_stimuli[TC_STIMULUS_LETTERS].n, 512);
}

static const char *protocol(const char *said)
{
	const struct tc_protocol *p = tc_protocol_of((const uint8_t *)said, strlen(said));

	return p ? p->name : "none";
}

static void protocols_are_known_by_their_first_bytes(void)
{
	CHECK_STR(protocol("SSH-2.0-x\r\n"), "ssh");
	CHECK_STR(protocol("HTTP/1.1 400 Bad Request\r\n"), "http");
	CHECK_STR(protocol("220 mail.example\r\n"), "smtp-or-ftp");
	CHECK_STR(protocol("2200 bytes"), "none");
	CHECK_STR(protocol("SSH"), "none");
	CHECK_STR(protocol(""), "none");
}

static const char *record(const char *bytes, size_t n)
{
	const struct tc_protocol *p = tc_protocol_of((const uint8_t *)bytes, n);

	return p ? p->name : "none";
}

/* RFC 8446 4.1.3, 6: what a server says, not what its client said. */
static void tls_is_known_by_what_a_server_says(void)
{
	static const char hello[] = "\x16\x03\x03\x00\x2e\x02\x00\x00\x2a\x03\x03";
	static const char alert[] = "\x15\x03\x01\x00\x02\x02\x28";
	char other[sizeof hello];

	CHECK_STR(record(hello, sizeof hello - 1), "tls");
	CHECK_STR(record(hello, 8), "none");
	CHECK_STR(record(alert, sizeof alert - 1), "tls");
	CHECK_STR(record(alert, 6), "none");
	CHECK_STR(record("\x15\x03\x01\x00\x03\x02\x28\x00", 8), "none");
	CHECK_STR(record("\x15\x03\x01\x00\x02\x03\x28", 7), "none");
	memcpy(other, hello, sizeof other);
	other[5] = 1;					/* a ClientHello */
	CHECK_STR(record(other, sizeof other - 1), "none");
	memcpy(other, hello, sizeof other);
	other[8] = 37;					/* too short for a ServerHello */
	CHECK_STR(record(other, sizeof other - 1), "none");
	CHECK_STR(record(tc_stimuli[TC_STIMULUS_TLS].bytes, tc_stimuli[TC_STIMULUS_TLS].n), "none");
}

/* ---- one conversation ------------------------------------------------------------------ */

struct bed {
	struct tc_talk talk;
	struct tc_lab_conn conns[TC_STIMULUS_COUNT];
	struct tc_finding f;
};

/* Each accepted at 0, asked at 0.1 s and acknowledged: a server that says nothing. */
static void set_up(struct bed *b)
{
	*b = (struct bed){ .talk = { .watched_s = 6 } };
	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++) {
		struct tc_lab_conn *c = &b->conns[i];

		*c = (struct tc_lab_conn){ .opened = true, .opened_at = 1, .iss = 7,
					   .peer_window = 1000 };
		c->snd_una = c->iss + 1 + (tc_seq)tc_stimuli[i].n;
		b->talk.at[i] = (struct tc_talker){
			.what = &tc_stimuli[i], .c = c, .ttl = 64,
			.sent_at = i ? TC_S / 10 : 0,
		};
	}
}

static void says_bytes(struct bed *b, unsigned i, const void *bytes, size_t n, double at)
{
	struct tc_talker *k = &b->talk.at[i];

	k->last_at = 1 + (tc_time)(at * (double)TC_S);
	if (!k->total)
		k->first_at = k->last_at;
	memcpy(k->said + k->total, bytes, n);
	k->total += (uint32_t)n;
}

static void says(struct bed *b, unsigned i, const char *text, double at)
{
	says_bytes(b, i, text, strlen(text), at);
}

static void ends(struct bed *b, unsigned i, bool rst, double at)
{
	struct tc_talker *k = &b->talk.at[i];

	k->rst = rst;
	k->fin = !rst;
	k->end_ttl = 64;
	k->ended_at = 1 + (tc_time)(at * (double)TC_S);
}

static const char *verdict(struct bed *b)
{
	tc_finding_free(&b->f);
	tc_talk_tell(&b->talk, &b->f);
	return b->f.verdict;
}

static const char *fact(const struct bed *b, enum tc_stimulus_id i)
{
	const struct tc_fact *f = tc_finding_fact(&b->f, tc_stimuli[i].name);

	return f ? f->text : "";
}

static void silence_is_no_answer(void)
{
	struct bed b;

	set_up(&b);
	CHECK_STR(verdict(&b), "silent");
	CHECK_STR(fact(&b, TC_STIMULUS_NOTHING), "it waits, silent for 6 s");
	for (unsigned i = 1; i < TC_STIMULUS_COUNT; i++) {
		b.conns[i].snd_una = b.conns[i].iss + 1;
		b.conns[i].peer_window = 0;
	}
	CHECK_STR(verdict(&b), "tarpit");
	for (unsigned i = 1; i < TC_STIMULUS_COUNT; i++)
		b.conns[i].peer_window = 1000;
	CHECK_STR(verdict(&b), "unacked");
	tc_finding_free(&b.f);
	tc_finding_free(&b.f);
}

static void what_comes_in_any_case_is_no_answer(void)
{
	struct bed b;

	set_up(&b);
	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++)
		says(&b, i, "welcome", i ? 2.05 : 2.0);
	CHECK_STR(verdict(&b), "greets");
	CHECK_STR(fact(&b, TC_STIMULUS_NOTHING),
		  "it speaks after 2 s, 7 bytes: \"welcome\"; then it waits");
	CHECK_U64(tc_talk_reaction(&b.talk, TC_STIMULUS_LINE), TC_REACTS_SILENT);
	tc_finding_free(&b.f);
	set_up(&b);
	says(&b, TC_STIMULUS_NOTHING, "welcome", 2);	/* a busy machine comes to it last */
	says(&b, TC_STIMULUS_LINE, "welcome", 1.1);
	CHECK_STR(verdict(&b), "greets");
	tc_finding_free(&b.f);
	set_up(&b);
	says(&b, TC_STIMULUS_NOTHING, "welcome", 2);	/* unless others were asked so early */
	says(&b, TC_STIMULUS_LINE, "welcome", 0.2);
	CHECK_STR(verdict(&b), "lines");
	tc_finding_free(&b.f);
	set_up(&b);
	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++)
		says(&b, i, "welcome", i ? 2.05 : 2.0);
	says(&b, TC_STIMULUS_LINE, "what?", 2.05);
	CHECK_STR(verdict(&b), "lines");
	CHECK_U64(tc_talk_reaction(&b.talk, TC_STIMULUS_LINE), TC_REACTS_REPLIES);
	CHECK_STR(fact(&b, TC_STIMULUS_LINE), "it answers, 5 bytes: \"what?\"");
	b.talk.at[TC_STIMULUS_NOTHING].total = TC_TALK_HEARD + 1;
	b.talk.at[TC_STIMULUS_LINE].total = TC_TALK_HEARD + 100;
	CHECK_STR(verdict(&b), "greets");
	CHECK_STR(fact(&b, TC_STIMULUS_LINE), "its TCP acknowledges it; what else it may answer is "
		  "lost in what it says unasked; no more was taken, it may have more to say");
	CHECK_STR(fact(&b, TC_STIMULUS_BYTE), "its TCP acknowledges it, and that is all");
	CHECK(strstr(fact(&b, TC_STIMULUS_NOTHING), "; no more was taken, it may have more to say"));

	tc_finding_free(&b.f);
	set_up(&b);
	says(&b, TC_STIMULUS_NOTHING, "one ", 1);
	says(&b, TC_STIMULUS_NOTHING, "two", 2);
	verdict(&b);
	CHECK_STR(fact(&b, TC_STIMULUS_NOTHING), "it speaks after 1 s, 7 bytes: \"one two\", the "
		  "last of them after 2 s; then it waits");
	says(&b, TC_STIMULUS_NOTHING, " and last of all", 2);
	verdict(&b);
	CHECK_STR(fact(&b, TC_STIMULUS_NOTHING), "it speaks after 1 s, 23 bytes: "
		  "\"one two and last of all\", the last of them after 2 s; then it waits");
	says(&b, TC_STIMULUS_NOTHING, " three", 5.5);	/* it had never been silent so long */
	verdict(&b);
	CHECK_STR(fact(&b, TC_STIMULUS_NOTHING), "it speaks after 1 s, 29 bytes: "
		  "\"one two and last of all \"..., the last of them after 5.5 s");

	tc_finding_free(&b.f);
	set_up(&b);
	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++)
		ends(&b, i, i > 0, 2);
	CHECK_STR(verdict(&b), "closes");
	CHECK_STR(fact(&b, TC_STIMULUS_BYTE),
		  "it ends as ever, but by a reset: it leaves unread what it gets");
	ends(&b, TC_STIMULUS_BYTE, true, 0.11);
	CHECK_STR(verdict(&b), "closes-on-data");
	tc_finding_free(&b.f);
	tc_finding_free(&b.f);
}

/* Who says more than we take is not said to have said all, in an answer as in a greeting; unless
 * its end was seen. */
static void what_was_not_taken_is_told(void)
{
	struct bed b;

	set_up(&b);
	says(&b, TC_STIMULUS_LINE, "x", 0.2);
	b.talk.at[TC_STIMULUS_LINE].total = TC_TALK_HEARD;
	verdict(&b);
	CHECK(!strstr(fact(&b, TC_STIMULUS_LINE), "no more was taken"));
	b.talk.at[TC_STIMULUS_LINE].total = TC_TALK_HEARD + 1;
	verdict(&b);
	CHECK(strstr(fact(&b, TC_STIMULUS_LINE), "it answers after 100 ms, 16385 bytes: "));
	CHECK(strstr(fact(&b, TC_STIMULUS_LINE), "; no more was taken, it may have more to say"));
	ends(&b, TC_STIMULUS_LINE, false, 0.3);
	verdict(&b);
	CHECK(strstr(fact(&b, TC_STIMULUS_LINE), "; then it closes"));
	CHECK(!strstr(fact(&b, TC_STIMULUS_LINE), "no more was taken"));
	tc_finding_free(&b.f);
}

static void ending_unasked_is_no_answer(void)
{
	struct bed b;

	set_up(&b);
	ends(&b, TC_STIMULUS_JSON, false, 0.05);
	CHECK(tc_talk_ended_unasked(&b.talk.at[TC_STIMULUS_JSON]));
	CHECK_U64(tc_talk_reaction(&b.talk, TC_STIMULUS_JSON), TC_REACTS_UNASKED);
	CHECK_STR(verdict(&b), "silent");
	ends(&b, TC_STIMULUS_NOTHING, true, 1);	/* a slow machine: the first is told last */
	CHECK_U64(tc_talk_reaction(&b.talk, TC_STIMULUS_JSON), TC_REACTS_AS_EVER);
	CHECK_STR(verdict(&b), "resets");
	b.conns[TC_STIMULUS_HTTP].opened_at = 1 + TC_S;	/* opened late, and not heard sooner */
	ends(&b, TC_STIMULUS_HTTP, true, 1.1);
	CHECK_U64(tc_talk_reaction(&b.talk, TC_STIMULUS_HTTP), TC_REACTS_AS_EVER);
	tc_finding_free(&b.f);
	tc_finding_free(&b.f);
}

static void answers_are_told_apart(void)
{
	struct bed b;

	set_up(&b);
	says(&b, TC_STIMULUS_LINE, "ok\n", 0.2);
	says(&b, TC_STIMULUS_HTTP, "ok\n", 0.2);
	CHECK_STR(verdict(&b), "lines");
	says(&b, TC_STIMULUS_LETTERS, "no\n", 0.2);
	CHECK_STR(verdict(&b), "replies");
	tc_finding_free(&b.f);
	set_up(&b);
	says(&b, TC_STIMULUS_LINE, "hello\r\n", 0.2);
	CHECK_STR(verdict(&b), "echoes");
	tc_finding_free(&b.f);
	set_up(&b);
	says_bytes(&b, TC_STIMULUS_TLS, "\x15\x03\x03\x00\x02\x02\x28", 7, 0.2);
	ends(&b, TC_STIMULUS_LINE, true, 0.2);
	CHECK_STR(verdict(&b), "tls");
	tc_finding_free(&b.f);
	tc_finding_free(&b.f);
}

/* The first n bytes of each stimulus that has so many come back. */
static void send_back(struct bed *b, size_t n)
{
	for (unsigned i = 1; i < TC_STIMULUS_COUNT; i++)
		if (tc_stimuli[i].n >= n)
			says_bytes(b, i, tc_stimuli[i].bytes, n, 0.2);
}

static void what_was_sent_is_no_protocol(void)
{
	static const size_t parts[] = { 2, 7, 10 };
	struct bed b;

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		char text[80];

		set_up(&b);
		send_back(&b, parts[i]);
		CHECK_STR(verdict(&b), "echoes-in-part");
		snprintf(text, sizeof text, "it sends back the first bytes of what it gets, %zu at "
			 "most", parts[i]);
		CHECK_STR((const char *)b.f.sentence.data, text);
		tc_finding_free(&b.f);
	}
	set_up(&b);
	for (unsigned i = 1; i < TC_STIMULUS_COUNT; i++)
		says_bytes(&b, i, tc_stimuli[i].bytes, tc_stimuli[i].n, 0.2);
	CHECK_STR(verdict(&b), "echoes");
	says(&b, TC_STIMULUS_JSON, "> ", 0.3);		/* a prompt behind it */
	CHECK_STR(verdict(&b), "echoes");
	tc_finding_free(&b.f);
	set_up(&b);
	send_back(&b, 10);
	says(&b, TC_STIMULUS_LINE, "ok\n", 0.2);
	CHECK_STR(verdict(&b), "replies");
	tc_finding_free(&b.f);
	tc_finding_free(&b.f);
}

static const char *serves(const struct bed *b)
{
	const struct tc_fact *f = tc_finding_fact(&b->f, "serves");

	return f ? f->text : "";
}

/* Asked on another connection, when those before were over. */
static void again(struct bed *b, unsigned i, enum tc_first first)
{
	b->talk.at[i].first = first;
	b->talk.at[i].late = true;
	b->talk.at[i].heard_for = TC_S / 5;
	b->talk.at[i].sent_at = 1 + 6 * TC_S;
}

static void how_many_are_served_is_told_as_it_was_seen(void)
{
	struct bed b;

	set_up(&b);
	verdict(&b);
	CHECK_STR(serves(&b), "");
	says(&b, TC_STIMULUS_LINE, "ok", 6.5);
	b.talk.at[TC_STIMULUS_LINE].late = true;
	verdict(&b);
	CHECK_STR(serves(&b), "one client after the other: 1 was heard only when those before it "
		  "were over");
	b.talk.at[TC_STIMULUS_LINE].beside = true;
	verdict(&b);
	CHECK_STR(serves(&b), "not all at once: 1 was heard only when those before it were over");
	b.talk.at[TC_STIMULUS_LINE].beside = false;
	says(&b, TC_STIMULUS_BYTE, "ok", 0.2);
	verdict(&b);
	CHECK_STR(serves(&b), "not all at once: 1 was heard only when those before it were over");

	tc_finding_free(&b.f);
	set_up(&b);
	for (unsigned i = TC_STIMULUS_TLS; i <= TC_STIMULUS_LETTERS; i++) {
		again(&b, i, TC_FIRST_ENDED);
		ends(&b, i, true, 6.3);
	}
	b.talk.at[TC_STIMULUS_TLS].first_s = 0.01;
	verdict(&b);
	CHECK_STR(serves(&b), "2 of 7 connections were ended before anything was sent, while others "
		  "were open; 2, begun again when those before them were over, were not: a "
		  "limit of connections at once is one reading");
	CHECK_STR(fact(&b, TC_STIMULUS_TLS), "it resets after 300 ms (asked when those before it "
		  "were over; until then: closed unasked 10 ms after the handshake, 0 bytes said)");
	tc_finding_free(&b.f);
}

static void what_did_not_get_there_is_not_acknowledged(void)
{
	struct bed b;

	set_up(&b);
	b.conns[TC_STIMULUS_JSON].opened = false;
	b.conns[TC_STIMULUS_JSON].end = TC_LAB_NO_ANSWER;
	for (unsigned i = TC_STIMULUS_HTTP; i < TC_STIMULUS_COUNT; i++)
		b.talk.at[i].c = NULL;
	CHECK_STR(verdict(&b), "silent");
	CHECK_STR((const char *)b.f.sentence.data, "its TCP acknowledges 2 of 6 stimuli, and the "
		  "server says and does nothing; for 1 no connection could be had; for 3 there was "
		  "no time");
	CHECK_STR(serves(&b), "behind 3 connections the next got no answer to its SYN");
	tc_finding_free(&b.f);
	set_up(&b);
	again(&b, TC_STIMULUS_JSON, TC_FIRST_NO_ANSWER);
	CHECK_STR(verdict(&b), "silent");
	CHECK_STR((const char *)b.f.sentence.data, "its TCP acknowledges all, and the server says "
		  "and does nothing");
	CHECK_STR(serves(&b), "behind 3 connections the next got no answer to its SYN, and was "
		  "accepted when those were over: a queue that is full, as of a server of one client "
		  "after the other, is one reading");
	CHECK_STR(fact(&b, TC_STIMULUS_JSON), "its TCP acknowledges it, and that is all (asked when "
		  "those before it were over, and heard for 0.2 s; until then: no answer to its "
		  "SYN)");
	b.talk.at[TC_STIMULUS_JSON].sent_at = 0;	/* no time was left */
	b.conns[TC_STIMULUS_JSON].snd_una = b.conns[TC_STIMULUS_JSON].iss + 1;
	CHECK_U64(tc_talk_reaction(&b.talk, TC_STIMULUS_JSON), TC_REACTS_NOT_ASKED);
	tc_finding_free(&b.f);
	tc_finding_free(&b.f);
}

static void who_speaks_and_ends_is_said_to_speak(void)
{
	struct bed b;

	set_up(&b);
	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++) {
		says(&b, i, "today\n", 0.01);
		ends(&b, i, false, 0.01);
	}
	CHECK_STR(verdict(&b), "closes");
	CHECK_STR((const char *)b.f.sentence.data, "it says 6 bytes unasked, and closes each "
		  "connection at once, whatever is sent");
	tc_finding_free(&b.f);
	set_up(&b);
	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++)
		says(&b, i, "who?\n", 0.01);
	ends(&b, TC_STIMULUS_LINE, false, 0.2);
	CHECK_STR(verdict(&b), "closes-on-data");
	CHECK_STR((const char *)b.f.sentence.data, "it speaks first, answers nothing, and ends the "
		  "connection for 1 of 6 stimuli");
	tc_finding_free(&b.f);
	set_up(&b);				/* not to the first; nothing could be sent */
	for (unsigned i = 0; i < TC_STIMULUS_COUNT; i++) {
		if (i)
			says(&b, i, "today\n", 0.01);
		ends(&b, i, false, 0.01);
		b.talk.at[i].sent_at = 0;
	}
	CHECK_STR(verdict(&b), "closes");
	CHECK_STR((const char *)b.f.sentence.data, "it closes each connection at once, whatever is "
		  "sent; not on the first, but on 6 of the others it spoke unasked");
	CHECK_STR(fact(&b, TC_STIMULUS_LINE), "it ends as ever; it spoke before it was asked, 6 "
		  "bytes: \"today\\n\"");
	tc_finding_free(&b.f);
	tc_finding_free(&b.f);
}

static void a_reset_from_between_is_seen_by_its_ttl(void)
{
	struct bed b;

	set_up(&b);
	ends(&b, TC_STIMULUS_HTTP, true, 0.2);
	verdict(&b);
	CHECK_STR(fact(&b, TC_STIMULUS_HTTP), "it resets after 100 ms");
	b.talk.at[TC_STIMULUS_HTTP].end_ttl = 61;
	verdict(&b);
	CHECK_STR(fact(&b, TC_STIMULUS_HTTP), "it resets after 100 ms, with TTL 61 where its "
		  "SYN,ACK had 64: a box on the way sent it");
	tc_finding_free(&b.f);
	tc_finding_free(&b.f);
}

/* ---- the steps together ----------------------------------------------------------------- */

static size_t step(const char *name)
{
	size_t n, i = 0;
	const struct tc_meet_step *s = tc_meet_steps(&n);

	while (i < n && strcmp(s[i].name, name) != 0)
		i++;
	CHECK(i < n);
	return i;
}

static struct tc_finding *found(struct tc_meet *m, const char *name, const char *word)
{
	size_t n, i = step(name);

	m->found[i].experiment = tc_meet_steps(&n)[i].what;
	tc_finding_told(&m->found[i], word, "%s is %s", name, word);
	return &m->found[i];
}

static const char *together(const struct tc_meet *m, char text[512])
{
	struct tc_buf out = { 0 };
	const char *word = tc_meet_verdict(m, &out);

	snprintf(text, 512, "%s: %s", word, (const char *)out.data);
	tc_buf_free(&out);
	return text;
}

static void the_most_telling_step_gives_the_verdict(void)
{
	struct tc_meet m = { 0 };
	char text[512];

	CHECK_STR(together(&m, text), "interrupted: stopped before anything was found");
	found(&m, "answers", "accepts");
	found(&m, "talk", "closes-on-data");
	CHECK_STR(together(&m, text), "closes-on-data: talk is closes-on-data");
	found(&m, "read-size", "fixed-size");
	CHECK_STR(together(&m, text), "fixed-read: read-size is fixed-size");
	found(&m, "talk", "resets");
	found(&m, "low-port", "resets");
	CHECK_STR(together(&m, text), "resets: talk is resets");
	found(&m, "low-port", "lines");
	CHECK_STR(together(&m, text), "needs-low-port: it ends connections at once, but not those "
		  "from a port below 1024: low-port is lines");
	tc_meet_free(&m);
}

static void a_refusal_from_nearer_is_told(void)
{
	struct tc_meet m = { 0 };
	char text[512];

	tc_finding_number(found(&m, "answers", "refused"), "routers_by_ttl", 1);
	tc_finding_number(found(&m, "path", "unchanged"), "hops", 2);
	CHECK_STR(together(&m, text), "refused: answers is refused");
	m.found[step("path")].facts[0].number = 4;
	CHECK_STR(together(&m, text), "refused: answers is refused; the way there has 3 routers: "
		  "something nearer than the target sent the reset");
	tc_meet_free(&m);
}

/* Whatever was found: the experiments that are named are there, and the target stands in each
 * command that speaks to it. */
static void what_comes_next_can_be_typed(void)
{
	static const char *const words[] = { "refused", "no-answer", "unreachable", "resets",
		"closes", "lines", "greets", "echoes", "http", "ssh", "silent", "tarpit" };
	const struct tc_meet_target t = { "::1", 80, " --authorized" };

	for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
		struct tc_meet m = { 0 };
		struct tc_buf command = { 0 };
		const char *why;
		unsigned n = 0;

		found(&m, "answers", w < 3 ? words[w] : "accepts");
		found(&m, "talk", words[w]);
		for (; tc_meet_next(&m, &t, n, &command, &why); n++, command.len = 0) {
			char word[32] = "";

			if (sscanf((const char *)command.data, "tcpcraft probe %31s", word) == 1)
				CHECK(strcmp(word, "all") == 0 || tc_experiment_find(word));
			CHECK(strstr((const char *)command.data, "tcpcraft teach ") ||
			      strstr((const char *)command.data, "::1 80 --authorized"));
		}
		CHECK(n >= 1);
		tc_buf_free(&command);
		tc_meet_free(&m);
	}
}

/* The line that is to be typed ends as the server wants its lines to end. */
static void a_line_ends_as_the_server_wants_it(void)
{
	static const struct {
		const char *found, *typed;
	} ends[] = {
		{ "newline", "printf 'hello\\n' | tcpcraft connect ::1 80 -q" },
		{ "CR LF", "printf 'hello\\r\\n' | tcpcraft connect ::1 80 -q" },
		{ "empty line", "printf 'hello\\r\\n\\r\\n' | tcpcraft connect ::1 80 -q" },
		{ "NUL", "printf 'hello\\0' | tcpcraft connect ::1 80 -q" },
		{ NULL, "printf 'hello\\r\\n' | tcpcraft connect ::1 80 -q" },
	};
	const struct tc_meet_target t = { "::1", 80, "" };
	struct tc_buf command = { 0 };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct tc_meet m = { 0 };
		const char *why;

		found(&m, "answers", "accepts");
		found(&m, "talk", "lines");
		if (ends[i].found)
			tc_finding_text(found(&m, "read-size", "delimiter"), "delimiter", "%s",
					ends[i].found);
		CHECK(tc_meet_next(&m, &t, 1, &command, &why));	/* a longer one, before */
		command.len = 0;
		CHECK(tc_meet_next(&m, &t, 0, &command, &why));
		CHECK_STR((const char *)command.data, ends[i].typed);
		command.len = 0;
		tc_meet_free(&m);
	}
	tc_buf_free(&command);
}

static void systems_begin_with_usual_ttls(void)
{
	CHECK_U64(tc_ttl_first(64), 64);
	CHECK_U64(tc_ttl_first(63), 64);
	CHECK_U64(tc_ttl_first(65), 128);
	CHECK_U64(tc_ttl_first(255), 255);
	CHECK_U64(tc_ttl_first(1), 64);
}

CU_TestInfo tests_meet[] = {
	{ "the TLS hello's lengths are right", the_hello_is_whole },
	{ "of the stimuli only lines have a line's end", only_lines_have_an_end },
	{ "protocols are known by their first bytes", protocols_are_known_by_their_first_bytes },
	{ "TLS is known by what a server says", tls_is_known_by_what_a_server_says },
	{ "silence, a shut window and no ACK are three things", silence_is_no_answer },
	{ "what comes in any case is no answer", what_comes_in_any_case_is_no_answer },
	{ "what was not taken is told", what_was_not_taken_is_told },
	{ "what ends before it is asked gives no answer", ending_unasked_is_no_answer },
	{ "lines, echoes and protocols are told apart", answers_are_told_apart },
	{ "what was sent is no protocol", what_was_sent_is_no_protocol },
	{ "how many are served is told as it was seen", how_many_are_served_is_told_as_it_was_seen },
	{ "what did not get there is not acknowledged", what_did_not_get_there_is_not_acknowledged },
	{ "who speaks and ends is said to speak", who_speaks_and_ends_is_said_to_speak },
	{ "a reset from between is seen by its TTL", a_reset_from_between_is_seen_by_its_ttl },
	{ "the most telling step gives the verdict", the_most_telling_step_gives_the_verdict },
	{ "a refusal that comes from nearer is told", a_refusal_from_nearer_is_told },
	{ "what comes next can be typed", what_comes_next_can_be_typed },
	{ "a line ends as the server wants it", a_line_ends_as_the_server_wants_it },
	{ "systems begin with usual TTLs", systems_begin_with_usual_ttls },
	CU_TEST_INFO_NULL,
};
