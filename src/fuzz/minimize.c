/* SPDX-License-Identifier: BSD-2-Clause */
/* A case made smaller as long as the same comes of it: actions are left out, then bits of
 * their numbers cleared from the top, then words of the message are left out, then the payload
 * is cut, so that what remains is what matters. */
#include "own.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 16
#define ADDS_UP 256		/* runs after which what adds up should have done so */

struct step {
	char selector[48], action[128];
};

struct draft {
	struct step step[STEPS_MAX];
	unsigned n;
};

struct shrinking {
	struct tc_fuzz *f;
	struct tc_fuzz_case *best;
	enum tc_fuzz_kind kind;
	unsigned repeat, budget;
	struct tc_fuzz_outcome *out;	/* of the run that was the last to bring it about */
};

static void take_apart(struct draft *d, const struct tc_fuzz_case *c)
{
	d->n = 0;
	for (unsigned i = 0; i < c->n_rules; i++) {
		const char *at = strchr(c->rule[i], ':');

		while (at && d->n < STEPS_MAX) {
			struct step *s = &d->step[d->n++];
			size_t blanks = strspn(++at, " "), n = strcspn(at + blanks, ";");

			snprintf(s->selector, sizeof s->selector, "%.*s",
				 (int)strcspn(c->rule[i], ":"), c->rule[i]);
			snprintf(s->action, sizeof s->action, "%.*s", (int)n, at + blanks);
			at = strchr(at, ';');
		}
	}
}

/* False when it does not fit. */
static bool put_together(struct tc_fuzz_case *c, const struct draft *d)
{
	size_t used = 0;

	c->n_rules = 0;
	memset(c->rule, 0, sizeof c->rule);	/* so that cases compare as bytes */
	for (unsigned i = 0; i < d->n; i++) {
		const struct step *s = &d->step[i];
		bool more = i && strcmp(s->selector, d->step[i - 1].selector) == 0;

		if (!more && c->n_rules == TC_FUZZ_RULES)
			return false;
		if (!more) {
			c->n_rules++;
			used = 0;
		}
		used += (size_t)snprintf(c->rule[c->n_rules - 1] + used, TC_FUZZ_RULE_MAX - used,
					 "%s%s %s", more ? ";" : s->selector, more ? "" : ":",
					 s->action);
		if (used >= TC_FUZZ_RULE_MAX)
			return false;
	}
	return d->n > 0 || c->payload[0] || c->request;
}

static bool still_with(struct shrinking *s, const struct tc_fuzz_case *c)
{
	struct tc_fuzz_outcome o;

	if (s->budget == 0 || s->f->lost)	/* nobody is left to be asked */
		return false;
	s->budget--;
	if (!tc_fuzz_reproduces(s->f, c, s->kind, s->repeat, &o))
		return false;
	*s->out = o;
	*s->best = *c;
	return true;
}

static bool still(struct shrinking *s, const struct draft *d)
{
	struct tc_fuzz_case c = *s->best;

	return put_together(&c, d) && still_with(s, &c);
}

static void leave_out(struct shrinking *s, struct draft *d)
{
	struct tc_fuzz_case c = *s->best;

	c.payload[0] = 0;
	if (d->n && s->best->payload[0])
		still_with(s, &c);
	for (unsigned i = 0; i < d->n && d->n > !s->best->payload[0];) {
		struct draft less = *d;

		memmove(&less.step[i], &less.step[i + 1], (--less.n - i) * sizeof less.step[0]);
		if (still(s, &less))
			*d = less;
		else
			i++;
	}
}

/* Where the number of FIELD=N, FIELD^=N, FIELD+=N begins; NULL for other actions. */
static char *number_of(struct step *step, uint64_t *value)
{
	char *at = strchr(step->action, '='), *end;

	if (!at++ || *at < '0' || *at > '9')
		return NULL;
	*value = strtoull(at, &end, 0);
	return *end ? NULL : at;
}

static void clear_bits(struct shrinking *s, struct draft *d, unsigned i)
{
	uint64_t value;
	char *at = number_of(&d->step[i], &value);

	for (unsigned bit = 64; at && bit-- > 0;) {
		struct draft less = *d;
		uint64_t v;

		if (!(value >> bit & 1))
			continue;
		at = number_of(&less.step[i], &v);
		snprintf(at, sizeof less.step[i].action - (size_t)(at - less.step[i].action),
			 "%" PRIu64, value & ~((uint64_t)1 << bit));
		if (still(s, &less)) {
			*d = less;
			value &= ~((uint64_t)1 << bit);
		}
	}
}

/* And counted down, in steps that get smaller: limits are seldom a power of two. */
static void count_down(struct shrinking *s, struct draft *d, unsigned i)
{
	uint64_t value = 0, by, v;
	char *at = number_of(&d->step[i], &value);

	/* FIELD=N, not += or ^=: what is one number, not a difference */
	if (!at || at - d->step[i].action < 2 || strchr("+^", at[-2]))
		return;
	for (by = value - value / 2; by > 0;) {
		struct draft less = *d;

		at = number_of(&less.step[i], &v);
		snprintf(at, sizeof less.step[i].action - (size_t)(at - less.step[i].action),
			 "%" PRIu64, value - by);
		if (still(s, &less)) {
			*d = less;
			value -= by;
		} else {
			by /= 2;
		}
		by = by < value ? by : value;
	}
}

/* Does it still come with these n bytes? Then they are the case's, in *request. */
static bool still_pays(struct shrinking *s, const uint8_t *payload, size_t n,
		       struct tc_buf *request)
{
	struct tc_fuzz_case c = *s->best;
	struct tc_buf frame = { 0 };
	bool yes = tc_fuzz_frame(&frame, s->f->cfg.frame, payload, n, NULL) >= 0;

	c.payload[0] = 0;
	c.request = frame.data;
	c.request_len = frame.len;
	yes = yes && still_with(s, &c);
	if (yes) {
		tc_buf_free(request);
		*request = frame;
	} else {
		tc_buf_free(&frame);
	}
	return yes;
}

struct body {
	uint8_t *bytes, *less;		/* room for n each */
	size_t n;
};

/* ---- the words of a message (message.c) ---------------------------------------------------- */

#define WORDS_MAX 32

struct words {
	char text[TC_FUZZ_PAYLOAD_MAX], *word[WORDS_MAX];
	unsigned n;
};

static void split_words(struct words *w, const char *text)
{
	char *save = NULL;

	w->n = 0;
	snprintf(w->text, sizeof w->text, "%s", text);
	for (char *at = strtok_r(w->text, " ", &save); at && w->n < WORDS_MAX;
	     at = strtok_r(NULL, " ", &save))
		w->word[w->n++] = at;
}

static bool is_body(const char *text)
{
	return !strpbrk(text, "/=x") && !strstr(text, "cut:");
}

/* Does it still come with these words (instead of the ith, another or none)? */
static bool still_said(struct shrinking *s, const struct words *w, unsigned i, const char *other)
{
	struct tc_fuzz_case c = *s->best;
	size_t used = 0;

	memset(c.payload, 0, sizeof c.payload);
	for (unsigned k = 0; k < w->n && used < sizeof c.payload; k++) {
		const char *word = k == i ? other : w->word[k];

		if (word)
			used += (size_t)snprintf(c.payload + used, sizeof c.payload - used,
						 "%s%s", used ? " " : "", word);
	}
	return used && used < sizeof c.payload && still_with(s, &c);
}

static void leave_out_words(struct shrinking *s)
{
	struct words w;

	split_words(&w, s->best->payload);
	for (unsigned i = 0; i < w.n && w.n > 1;)
		if (still_said(s, &w, i, NULL))
			split_words(&w, s->best->payload);
		else
			i++;
}

/* Does only the length of a single frame's body matter? Then the body becomes zeros. */
static void only_zeros(struct shrinking *s, const uint8_t *valid, size_t n)
{
	struct tc_fuzz_case c = *s->best;
	struct tc_buf bytes = { 0 };
	char body[TC_FUZZ_PAYLOAD_MAX] = "", text[TC_FUZZ_PAYLOAD_MAX] = "";
	struct words w;

	split_words(&w, c.payload);
	for (unsigned i = 0; i < w.n; i++) {
		bool of_frame = strpbrk(w.word[i], "/=x") || strncmp(w.word[i], "cut:", 4) == 0;
		char *to = of_frame ? text : body;
		size_t used = strlen(to);

		snprintf(to + used, sizeof body - used, "%s%s", used ? " " : "", w.word[i]);
	}
	if (!strchr(text, '/') && tc_fuzz_body(&bytes, body, valid, n, NULL) == 0 && bytes.len &&
	    snprintf(c.payload, sizeof c.payload, "%s %zu*00", text, bytes.len) <
		    (int)sizeof c.payload)
		still_with(s, &c);
	tc_buf_free(&bytes);
}

/* Where the number of xN, cut:N, NAME=N, NAME=hex:N*HEX or N*HEX begins, or NULL. */
static const char *count_in(const char *word)
{
	const char *at = *word == 'x' ? word + 1 : strpbrk(word, "=:");

	at = at && strchr("=:", *at) ? at + 1 : at;
	if (at && strncmp(at, "hex:", 4) == 0)
		at = strchr(at, '*') ? at + 4 : NULL;
	at = at ? at : strchr(word, '*') ? word : NULL;
	return at && *at >= '0' && *at <= '9' ? at : NULL;
}

static void count_down_word(struct shrinking *s, unsigned i)
{
	uint64_t value, by;
	struct words w;
	const char *at;
	char other[TC_FUZZ_PAYLOAD_MAX], *end;

	split_words(&w, s->best->payload);
	at = i < w.n && strncmp(w.word[i], "valid", 5) != 0 ? count_in(w.word[i]) : NULL;
	if (!at)
		return;
	value = strtoull(at, &end, 0);
	for (by = value - value / 2; by > 0;) {
		snprintf(other, sizeof other, "%.*s%" PRIu64 "%s", (int)(at - w.word[i]),
			 w.word[i], value - by, end);
		if (still_said(s, &w, i, other))
			value -= by;
		else
			by /= 2;
		by = by < value ? by : value;
	}
}

/* As few words as will do, and what remains of numbers as small as will do. */
static void shrink_words(struct shrinking *s)
{
	const struct tc_fuzz_config *cfg = &s->f->cfg;
	const struct tc_header *h = cfg->frame;
	size_t head = h ? tc_header_before(h) : 0, fixed = head + (h ? h->tail_bytes : 0);

	leave_out_words(s);
	if (is_body(s->best->payload) || cfg->request_len < fixed)
		return;
	only_zeros(s, cfg->request + head, cfg->request_len - fixed);
	for (unsigned i = 0; i < WORDS_MAX; i++)
		count_down_word(s, i);
}

/* ---- bytes ------------------------------------------------------------------------------- */

/* As few of the first bytes as will do: limits are found so. */
static void cut_end(struct shrinking *s, struct body *b, struct tc_buf *request)
{
	for (size_t by = b->n - b->n / 2; by > 0 && b->n > 0 && s->budget;) {
		if (still_pays(s, b->bytes, b->n - by, request))
			b->n -= by;
		else
			by /= 2;
		by = by < b->n ? by : b->n;
	}
}

/* Is nothing but the length what matters? */
static bool only_length(struct shrinking *s, struct body *b, struct tc_buf *request)
{
	memset(b->less, 0, b->n + 1);
	if (!still_pays(s, b->less, b->n, request))
		return false;
	memset(b->bytes, 0, b->n + 1);
	return true;
}

/* Parts are left out, halves first, then smaller ones. */
static void cut_parts(struct shrinking *s, struct body *b, struct tc_buf *request)
{
	for (size_t part = (b->n + 1) / 2; part > 0 && b->n > 0; part /= 2)
		for (size_t at = 0; at < b->n && s->budget;) {
			size_t left = at + part < b->n ? b->n - at - part : 0;

			memcpy(b->less, b->bytes, at);
			memcpy(b->less + at, b->bytes + b->n - left, left);
			if (still_pays(s, b->less, at + left, request)) {
				b->n = at + left;
				memcpy(b->bytes, b->less, b->n);
			} else {
				at += part;
			}
		}
}

/* What remains becomes zero where it does not matter. */
static void clear_bytes(struct shrinking *s, struct body *b, struct tc_buf *request)
{
	for (size_t at = 0; at < b->n && s->budget; at++) {
		uint8_t was = b->bytes[at];

		b->bytes[at] = 0;
		if (was && !still_pays(s, b->bytes, b->n, request))
			b->bytes[at] = was;
	}
}

static void cut_payload(struct shrinking *s, struct tc_buf *request)
{
	const struct tc_fuzz_config *cfg = &s->f->cfg;
	const struct tc_header *h = cfg->frame;
	size_t head = h ? tc_header_before(h) : 0, fixed = head + (h ? h->tail_bytes : 0);
	const char *text = s->best->payload[0] ? s->best->payload : "valid";
	struct tc_buf all = { 0 };
	struct body b = { 0 };

	if (cfg->request_len >= fixed &&
	    tc_fuzz_body(&all, text, cfg->request + head, cfg->request_len - fixed, NULL) == 0) {
		b.n = all.len;
		b.bytes = malloc(b.n + 1);
		b.less = malloc(b.n + 1);
	}
	if (b.bytes && b.less) {
		if (b.n)
			memcpy(b.bytes, all.data, b.n);
		if (s->best->payload[0])	/* from here on bytes, not a text */
			still_pays(s, b.bytes, b.n, request);
		cut_end(s, &b, request);
		if (!only_length(s, &b, request)) {
			cut_parts(s, &b, request);
			clear_bytes(s, &b, request);
		}
	}
	free(b.bytes);
	free(b.less);
	tc_buf_free(&all);
}

static unsigned shrink(struct tc_fuzz *f, struct tc_fuzz_case *c, enum tc_fuzz_kind kind,
		       unsigned budget, struct tc_buf *request, struct tc_fuzz_outcome *out)
{
	struct shrinking s = { f, c, kind, 1, budget, out };
	struct tc_fuzz_outcome o;
	struct draft d;

	if (!tc_fuzz_reproduces(f, c, kind, 1, &o)) {
		if (kind == TC_FUZZ_DIFFERS)
			return 0;	/* that does not add up */
		s.repeat = ADDS_UP;
		if (!tc_fuzz_reproduces(f, c, kind, ADDS_UP, &o))
			return 0;
	}
	*out = o;
	take_apart(&d, c);
	leave_out(&s, &d);
	for (unsigned i = 0; i < d.n && s.repeat == 1; i++) {
		clear_bits(&s, &d, i);
		count_down(&s, &d, i);
	}
	if (s.repeat == 1 && !is_body(c->payload))
		shrink_words(&s);
	if (s.repeat == 1 && is_body(c->payload))
		cut_payload(&s, request);
	return s.repeat;
}

unsigned tc_fuzz_minimize(struct tc_fuzz *f, struct tc_fuzz_case *c, enum tc_fuzz_kind kind,
			  unsigned budget, struct tc_buf *request, struct tc_fuzz_outcome *out)
{
	unsigned runs;

	if (kind == TC_FUZZ_DIFFERS)	/* the same difference, not any */
		memcpy(f->wanted, out->why, sizeof f->wanted);
	runs = shrink(f, c, kind, budget, request, out);
	f->wanted[0] = 0;
	return runs;
}
