/* SPDX-License-Identifier: BSD-2-Clause */
/* A case made smaller as long as the same comes of it: actions are left out, then bits of
 * their numbers cleared from the top, then the payload is cut, so that what remains is what
 * matters. */
#include "fuzz.h"

#include <tcpcraft/payload.h>
#include <tcpcraft/prot.h>

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
	return d->n > 0;
}

static bool still_with(struct shrinking *s, const struct tc_fuzz_case *c)
{
	struct tc_fuzz_outcome o;

	if (s->budget == 0)
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
	for (unsigned i = 0; i < d->n && d->n > 1;) {
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

/* FIELD=N, not += or ^=: what is one number, not a difference. */
static bool is_plain(const struct step *step, const char *number)
{
	return number - step->action >= 2 && !strchr("+^", number[-2]);
}

/* And counted down, in steps that get smaller: limits are seldom a power of two. */
static void count_down(struct shrinking *s, struct draft *d, unsigned i)
{
	uint64_t value = 0, by, v;
	char *at = number_of(&d->step[i], &value);

	if (!at || !is_plain(&d->step[i], at))
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

/* The request around n bytes of payload. */
static bool wrap(const struct tc_fuzz *f, const uint8_t *payload, size_t n, struct tc_buf *out)
{
	out->len = 0;
	if (f->cfg.frame)
		return tc_payload_build(out, f->cfg.frame, payload, n, NULL, 0, NULL) >= 0 &&
		       !out->failed;
	tc_buf_add(out, payload, n);
	return !out->failed;
}

/* Does it still come with these n bytes? Then they are the case's, in *request. */
static bool still_pays(struct shrinking *s, const uint8_t *payload, size_t n,
		       struct tc_buf *request)
{
	struct tc_fuzz_case c = *s->best;
	struct tc_buf frame = { 0 };
	bool yes = wrap(s->f, payload, n, &frame);

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

/* Parts are left out, halves first, then smaller ones; what remains becomes zero where it
 * does not matter. */
static void cut_payload(struct shrinking *s, struct tc_buf *request)
{
	const struct tc_header *h = s->f->cfg.frame;
	size_t head = h ? h->head_bytes : 0, tail = h ? h->tail_bytes : 0;
	size_t n = s->f->cfg.request_len - head - tail, left;
	uint8_t *bytes = malloc(n + 1), *less = malloc(n + 1);

	if (bytes && less)
		memcpy(bytes, s->f->cfg.request + head, n);
	for (size_t part = (n + 1) / 2; bytes && less && part > 0 && n > 0; part /= 2)
		for (size_t at = 0; at < n && s->budget;) {
			left = at + part < n ? n - at - part : 0;
			memcpy(less, bytes, at);
			memcpy(less + at, bytes + n - left, left);
			if (still_pays(s, less, at + left, request)) {
				n = at + left;
				memcpy(bytes, less, n);
			} else {
				at += part;
			}
		}
	for (size_t at = 0; bytes && at < n && s->budget; at++) {
		uint8_t was = bytes[at];

		bytes[at] = 0;
		if (was && !still_pays(s, bytes, n, request))
			bytes[at] = was;
	}
	free(bytes);
	free(less);
}

unsigned tc_fuzz_minimize(struct tc_fuzz *f, struct tc_fuzz_case *c, enum tc_fuzz_kind kind,
			  unsigned budget, struct tc_buf *request, struct tc_fuzz_outcome *out)
{
	struct shrinking s = { f, c, kind, 1, budget, out };
	struct tc_fuzz_outcome o;
	struct draft d;

	if (!tc_fuzz_reproduces(f, c, kind, 1, &o)) {
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
	if (s.repeat == 1)
		cut_payload(&s, request);
	return s.repeat;
}
