/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * read-size: how many bytes a server's read takes, from the wire alone. A server that reads
 * n bytes, does not like them and closes, ends with FIN when that was all there was; when
 * bytes are left unread its TCP must say so with RST (RFC 9293 3.10.4, RFC 1122 4.2.2.13).
 * So n is the largest number of bytes that is answered with FIN where one more is with RST.
 * A RST alone does not say that bytes were unread: an abort (3.10.5, SO_LINGER 0) is one too.
 * Nor does an ACK say that they were read (RFC 9293 3.8): it is the peer's TCP that took them.
 *
 * All bytes of a trial must be there at once, or the server reads before the last have
 * come: those behind the first segment go first, and wait in the peer's queue for it.
 */
#include "lab/lab.h"

#include <tcpcraft/rng.h>
#include <tcpcraft/seq.h>

#include <stdio.h>
#include <string.h>

TC_DEFINE_EXPERIMENT(read_size, "read-size",
	"how many bytes the peer's first read takes (or behind --prefix)",
	"RFC 9293 3.10.4; RFC 1122 4.2.2.13: closing with unread data sends RST",
	.ports = 64, .harmless = true, .needs = TC_NEEDS_CONTROL, .asks = TC_ASKS_BOTH);

#define MOST 16384			/* bytes tried */
#define ONE_SEGMENT 512
#define QUIET TC_S			/* a server that has not closed by then waits */
#define TRIALS 3
#define SENDS 2
#define LINES 2				/* trials with a line's end in the middle */
#define ROUNDS 2			/* the second knows the greeting that the first met */
#define AFTER_FIN (100 * TC_MS)		/* who has shut its side down may close with bytes unread */

/* Returned where errors are; errno is above -4096. */
#define LOST (-5000)			/* not even its TCP has acknowledged all of a trial */
#define SPEAKS (-5001)			/* what came is what comes anyway, and was not known to */

enum outcome { WAITS, FIN, RST, FAILED };

struct trial {
	enum outcome outcome;
	tc_time after;			/* ns from the last byte to the close */
	tc_time ended_at;		/* the stamp of its first segment: a reset may follow FIN */
	size_t taken;			/* bytes that its TCP acknowledged */
	size_t replied;			/* bytes that the server said */
	struct tc_lab_conn *conn;
	int sent;			/* the segment that completes the bytes */
	struct tc_lab_frame *closed, *said;
};

/* From the last segment to the first. */
static int send_backwards(struct tc_lab *lab, struct tc_lab_conn *c, const uint8_t *bytes,
			  size_t n, struct tc_error *err)
{
	size_t mss = tc_lab_segment(lab, c);
	struct tc_lab_seg seg;
	int rc = 0;

	for (size_t at = (n - 1) / mss * mss;; at -= mss) {
		tc_lab_make(c, TC_FLAG_ACK | TC_FLAG_PSH, &seg);
		seg.seq = c->snd_nxt + (tc_seq)at;
		seg.payload = bytes + at;
		seg.len = n - at < mss ? n - at : mss;
		rc = tc_lab_put(lab, c, &seg, err);
		if (rc < 0 || at == 0)
			break;
	}
	c->snd_nxt += (tc_seq)n;
	return rc;
}

/* It waits, as it seems. A reset is sent once and may be lost: does the peer still know us? */
static int is_there(struct tc_lab *lab, struct trial *t, struct tc_error *err)
{
	int rc = tc_lab_confirm(lab, t->conn, err);

	if (rc == 0)
		t->outcome = t->conn->end == TC_LAB_RESET ? RST : FAILED;
	return rc < 0 ? rc : 0;
}

/* What there was of an end. 1: no more need come. */
static int end_of(struct tc_lab *lab, struct trial *t, struct tc_lab_frame *seen, tc_time start,
		  tc_time *until)
{
	tc_time now = tc_clock_monotonic(), more = now + tc_lab_wait(lab, AFTER_FIN);

	if (t->outcome == FIN && t->conn->end != TC_LAB_RESET)
		return 0;
	t->outcome = t->conn->end == TC_LAB_RESET ? RST : FIN;
	t->closed = seen;
	t->ended_at = t->ended_at ? t->ended_at : seen->stamp;
	t->after = now - start;
	if (t->outcome == FIN && more < *until)
		*until = more;
	return t->outcome == RST;
}

/* Until the server closes, or has been quiet for so long. */
static int await_close(struct tc_lab *lab, struct trial *t, tc_time quiet,
		       struct tc_error *err)
{
	tc_time start = tc_clock_monotonic(), until = start + quiet;
	struct tc_lab_conn *c = t->conn;
	tc_seq had = tc_lab_heard(c);
	struct tc_lab_frame *seen;
	int rc;

	t->outcome = WAITS;
	while ((rc = tc_lab_next(lab, c, until, &seen, err)) > 0) {
		if (seen->rx.kind != TC_RX_TCP)
			continue;
		if (tc_lab_heard(c) != had)
			t->said = seen;
		t->replied += tc_lab_heard(c) - had;
		had = tc_lab_heard(c);
		if ((c->end == TC_LAB_RESET || c->peer_fin) &&
		    end_of(lab, t, seen, start, &until))
			return 0;
		/* also for a keep-alive probe: the server's patience is not the question */
		if (seen->rx.seg.len || seen->rx.seg.seq == c->rcv_nxt - 1)
			rc = tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err);
		if (rc < 0)
			return rc;
	}
	if (rc < 0 || t->outcome == FIN)
		return rc;
	return c->snd_una != c->snd_nxt ? LOST : is_there(lab, t, err);
}

/* Send and wait; once more when a segment was lost. */
static int send_and_await(struct tc_lab *lab, struct trial *t, const uint8_t *bytes,
			  size_t n, tc_time quiet, struct tc_error *err)
{
	tc_seq first = t->conn->snd_nxt;
	int rc = LOST;

	for (int i = 0; i < SENDS && rc == LOST; i++) {
		t->conn->snd_nxt = first;
		rc = n ? t->sent = send_backwards(lab, t->conn, bytes, n, err) : 0;
		if (rc >= 0)
			rc = await_close(lab, t, quiet, err);
		t->taken = t->conn->snd_una - first;
	}
	if (rc == LOST) {
		t->outcome = FAILED;
		rc = 0;
	}
	return rc;
}

/* The prefix, if any, then n bytes at once, on a connection of their own. SPEAKS: what came is
 * what comes anyway, and was not known to. */
static int try(struct tc_lab *lab, const uint8_t *bytes, size_t n, tc_time quiet,
	       struct trial *t, struct tc_error *err)
{
	int rc;

	*t = (struct trial){ 0 };
	rc = tc_lab_connect(lab, &t->conn, NULL, err);
	if (rc > 0 && lab->cfg.prefix_len)
		rc = tc_lab_say(lab, t->conn, lab->cfg.prefix, lab->cfg.prefix_len, err);
	if (rc == 0)
		t->outcome = FAILED;
	if (rc > 0)
		rc = send_and_await(lab, t, bytes, n, quiet, err);
	if (rc < 0 || t->outcome == FAILED)	/* then its end is to be told */
		return rc;
	rc = tc_lab_hang_up(lab, t->conn, err);
	if (rc >= 0 && t->said)
		rc = tc_lab_is_greeting(lab, t->conn, tc_lab_since(t->conn, t->said->stamp), err);
	return rc > 0 && t->said ? SPEAKS : rc;
}

struct search {
	struct tc_lab *lab;
	struct tc_finding *f;
	uint8_t bytes[MOST];
	tc_time quiet;
	struct trial last;		/* the last that failed, else the last */
	unsigned closed;		/* with FIN, of those that confirm */
};

static int step(struct search *s, size_t n, struct tc_error *err)
{
	return try(s->lab, s->bytes, n, s->quiet, &s->last, err);
}

/* The largest n that is not answered with RST; low is one, high is none. 0: it failed. */
static int bisect(struct search *s, size_t low, size_t high, size_t *found,
		  struct tc_error *err)
{
	size_t middle;
	int rc;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		/* reads are small more often than not */
		if (low < 64 && high > 128)
			middle = low < 16 ? 16 : 64;
		rc = step(s, middle, err);
		if (rc < 0 || s->last.outcome == FAILED)
			return rc;
		if (s->last.outcome == RST)
			high = middle;
		else
			low = middle;
	}
	*found = low;
	return 1;
}

static void cite(struct tc_lab *lab, struct trial *t)
{
	tc_lab_cite_sent(lab, t->sent);
	if (t->said)
		t->said->cited = true;
	if (t->closed)
		t->closed->cited = true;
}

/* n once more, and n + 1: not reset, reset. */
static int confirm(struct search *s, size_t n, struct tc_error *err)
{
	unsigned trials = s->lab->trials ? s->lab->trials : TRIALS;
	bool good;
	int rc = 0;

	for (unsigned i = 0; i < trials && rc >= 0; i++) {
		rc = step(s, n, err);
		good = s->last.outcome == FIN || s->last.outcome == WAITS;
		s->closed += s->last.outcome == FIN;
		if (i == 0)
			cite(s->lab, &s->last);
		if (rc >= 0)
			rc = step(s, n + 1, err);
		good &= s->last.outcome == RST;
		if (i == 0)
			cite(s->lab, &s->last);
		s->f->agree += good;
		s->f->trials++;
	}
	return rc;
}

/* What closes when it would have closed in any case says nothing of reads. 1: so it is. */
static int closes_anyway(struct search *s, const struct trial *t, struct tc_error *err)
{
	tc_time at = t->ended_at;
	char text[TC_UNPROVOKED_TEXT];
	int rc = at ? tc_lab_is_habit(s->lab, tc_lab_since(t->conn, at), err) : 0;

	if (rc > 0)
		tc_finding_told(s->f, s->lab->usual.habit == TC_HABIT_RESETS ? "resets-anyway"
				: "closes-anyway", "the %s %s: what its read takes cannot "
				"be seen", s->f->peer, tc_unprovoked_text(&s->lab->usual, text));
	else if (rc == 0 && at && t->sent > 0 && at < tc_lab_sent_at(s->lab, t->sent))
		tc_finding_untold(s->f, "the %s closed before the bytes had come",
				  s->f->peer);
	else
		return rc;
	return 1;
}

/* A reset at n + 1 bytes, and no end with fewer to compare it with. */
static void only_resets(struct search *s, size_t n)
{
	char fewer[64] = "";

	if (n)
		snprintf(fewer, sizeof fewer, " (%zu leave it waiting)", n);
	cite(s->lab, &s->last);
	tc_finding_number(s->f, "resets_from", (double)n + 1);
	tc_finding_told(s->f, "resets-on-data", "the %s ends with a reset, %.2g s after %zu "
			"byte%s come%s: whether it had read %s cannot be seen, as unread bytes "
			"and an abort (SO_LINGER 0) look alike", s->f->peer,
			(double)s->last.after / (double)TC_S, n + 1, n ? "s have" : " has", fewer,
			n ? "them" : "it");
}

/* n bytes that are not all of one line: do they never end with FIN, as n of one line do? Who takes
 * no more than n of a line closes at n, too, however few its reads take. */
static int is_of_lines(struct search *s, size_t n, struct tc_error *err)
{
	if (n < 3)
		return 0;
	memcpy(s->bytes + n / 2 - 1, "\r\n", 2);
	for (int i = 0; i < LINES; i++) {
		int rc = step(s, n, err);

		if (rc < 0 || s->last.outcome == FIN || s->last.outcome == FAILED)
			return rc < 0 ? rc : 0;
	}
	cite(s->lab, &s->last);
	return 1;
}

static int tell_size(struct search *s, size_t n, struct tc_error *err)
{
	const char *behind = s->lab->cfg.prefix_len ? " behind the prefix" : "";
	int rc = is_of_lines(s, n, err);

	if (rc > 0)
		tc_finding_told(s->f, "line-limit", "the %s closes without a reset at %zu bytes%s "
				"and with one at %zu, but not where %zu have a line's end in them: "
				"a limit of its lines, as it seems, and not what a read takes",
				s->f->peer, n, behind, n + 1, n);
	else if (rc == 0)
		tc_finding_told(s->f, "fixed-size", "the %s closes without a reset at %zu byte%s%s "
				"and with one at %zu, as a TCP must where one is left unread: so "
				"does who reads %zu at first, or takes no more", s->f->peer, n,
				n == 1 ? "" : "s", behind, n + 1, n);
	return rc < 0 ? rc : 0;
}

static int found(struct search *s, size_t n, struct tc_error *err)
{
	int rc = n ? confirm(s, n, err) : 0;

	if (rc >= 0)
		rc = closes_anyway(s, &s->last, err);
	if (rc != 0)
		return rc;
	if (n && s->f->agree * 2 <= s->f->trials) {
		tc_finding_untold(s->f, "%zu bytes are the most that get no reset, but "
				  "not each time", n);
	} else if (s->closed * 2 <= s->f->trials) {	/* also where n is 0 */
		only_resets(s, n);
		return 0;
	} else {
		rc = tell_size(s, n, err);
		if (rc < 0)
			return rc;
	}
	tc_finding_value(s->f, (double)n);
	tc_finding_number(s->f, "bytes", (double)n);
	return rc;
}

/* MOST bytes and no reset, nor a close: does a line's end help, or the time? */
static int ask_delimiter(struct search *s, struct tc_error *err)
{
	static const struct {
		const char *name, *article, *bytes;
		size_t n;
	} ends[] = {
		{ "newline", "a", "\n", 1 },
		{ "CR LF", "a", "\r\n", 2 },	/* who wants it ignores a newline alone */
		{ "empty line", "an", "\r\n\r\n", 4 },
		{ "NUL", "a", "\0", 1 },
	};
	struct trial t;
	char text[32];
	int rc = 0;

	for (unsigned i = 0; i < sizeof ends / sizeof *ends && rc >= 0; i++) {
		memcpy(text, "tcpcraft", 8);
		memcpy(text + 8, ends[i].bytes, ends[i].n);
		rc = try(s->lab, (const uint8_t *)text, 8 + ends[i].n, s->quiet, &t, err);
		if (rc < 0)
			return rc;
		rc = closes_anyway(s, &t, err);
		if (rc != 0)
			return rc;
		if (t.outcome != FIN && t.outcome != RST && !t.replied)
			continue;
		cite(s->lab, &t);
		tc_finding_text(s->f, "delimiter", "%s", ends[i].name);
		tc_finding_told(s->f, "delimiter", "the %s waits for a delimiter: %d bytes "
				"without one leave it silent, 8 and %s %s make it %s",
				s->f->peer, MOST,
				ends[i].article, ends[i].name, t.replied ? "answer" : "close");
		return 1;
	}
	return rc;
}

static int ask_time(struct search *s, struct tc_error *err)
{
	struct trial t;
	double seconds;
	int rc = try(s->lab, s->bytes, 1, s->lab->timeout, &t, err);

	if (rc < 0)
		return rc;
	seconds = (double)t.after / (double)TC_S;
	rc = closes_anyway(s, &t, err);
	if (rc != 0)
		return rc;
	if (t.outcome == FIN || t.outcome == RST) {
		cite(s->lab, &t);
		tc_finding_measure(s->f, "seconds", seconds);
		tc_finding_told(s->f, "timeout", "the %s waits for more, and closes when %.2g"
				" s have passed: what its read takes cannot be seen",
				s->f->peer, seconds);
		return 0;
	}
	tc_finding_unknown(s->f, "waits", "could not tell: the %s stays silent%s for %g s, "
			   "whatever the number of bytes (up to %d): it waits for more, for a "
			   "delimiter, or for a longer time", s->f->peer,
			   s->lab->usual.habit == TC_HABIT_SPEAKS ? " after its greeting" : "",
			   (double)s->lab->timeout / (double)TC_S, MOST);
	return 0;
}

/* Not even so many bytes are answered with a reset. */
static int no_reset(struct search *s, struct tc_error *err)
{
	int rc = closes_anyway(s, &s->last, err);

	if (rc != 0)
		return rc;
	if (s->last.replied || s->last.outcome == FIN)
		cite(s->lab, &s->last);
	if (s->last.replied) {
		tc_finding_told(s->f, "replies", "the %s's TCP took %zu bytes, and it answered "
				"with %zu: a read of a fixed size was not seen", s->f->peer,
				s->last.taken, s->last.replied);
		return 0;
	}
	if (s->last.outcome == FIN) {
		/* nor does that: a FIN of shutdown() goes out whatever is unread */
		tc_finding_told(s->f, "no-reset", "the %s closes without a reset when its TCP "
				"has taken %zu bytes, be they read or not: a read of a fixed size "
				"was not seen", s->f->peer, s->last.taken);
		return 0;
	}
	rc = ask_delimiter(s, err);
	return rc == 0 ? ask_time(s, err) : rc;
}

/* 0: the finding is made; SPEAKS as try(). */
static int search(struct search *s, struct tc_error *err)
{
	size_t n = 0, most = ONE_SEGMENT;
	int rc;

	s->f->agree = s->f->trials = s->closed = 0;
	tc_rng_bytes(s->lab->rng, s->bytes, sizeof s->bytes);
	for (size_t i = 0; i < sizeof s->bytes; i++)	/* no delimiters by chance */
		s->bytes[i] = (uint8_t)('a' + s->bytes[i] % 26);
	/* what one segment holds is most often enough */
	rc = step(s, most, err);
	if (rc >= 0 && (s->last.outcome == FIN || s->last.outcome == WAITS) && !s->last.replied)
		rc = step(s, most = MOST, err);
	if (rc >= 0 && s->last.outcome == RST)
		rc = bisect(s, 0, most, &n, err);
	if (rc < 0)
		return rc;
	if (s->last.outcome == FAILED)
		return tc_finding_blame(s->f, s->lab, s->last.conn);
	return rc > 0 ? found(s, n, err) : no_reset(s, err);
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct search s = { .lab = lab, .f = f, .quiet = tc_lab_wait(lab, QUIET) };
	char text[TC_UNPROVOKED_TEXT];
	int rc = SPEAKS;

	for (int i = 0; i < ROUNDS && rc == SPEAKS; i++) {
		if (tc_unprovoked_ends(&lab->usual)) {
			tc_finding_told(f, lab->usual.habit == TC_HABIT_RESETS ? "resets-anyway" :
					"closes-anyway", "the %s %s: nothing that is sent is why",
					f->peer, tc_unprovoked_text(&lab->usual, text));
			return 0;
		}
		rc = search(&s, err);
	}
	if (rc != SPEAKS)
		return rc;
	cite(lab, &s.last);
	tc_finding_unknown(f, "speaks-anyway", "could not tell: the %s speaks where nothing is sent, "
			   "too (%u bytes in %.2g s): what of it answers our bytes cannot be seen",
			   f->peer, lab->usual.bytes, lab->usual.watched_s);
	return 0;
}
