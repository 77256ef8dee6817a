/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The strategy `frames`: requests of whole frames in which every count and sum is right, so
 * that what is behind a server's checks is tried, too. Each kind of them is a row of `kinds`.
 */
#include "own.h"

#include <tcpcraft/buf.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_LENGTH 4096	/* of a header without a limit: up to here each one */
#define PLACES_MAX 256		/* to cut at, in one frame */

static const unsigned times[] = { 2, 3, 4, 7, 8, 16, 17, 64, 255, 256, 257, 1000, 1024, 4096 };

enum { TIMES = sizeof times / sizeof *times };

/* ---- what there is of values and lengths ------------------------------------------------- */

bool tc_fuzz_is_free(const struct tc_header *h, unsigned row)
{
	const struct tc_field *f = &h->rows[row];

	return f->bits && f->autofill == TC_FILL_NONE && !(h->mark_rows >> row & 1);
}

static void add_value(struct tc_fuzz_frames *f, const struct tc_field *field, const char *value)
{
	struct tc_fuzz_set *set = &f->set[f->n_sets];
	tc_value number;

	if (f->n_sets == FUZZ_SETS || tc_field_parse(field, value, &number, NULL) < 0 ||
	    snprintf(set->text, sizeof set->text, "%s=%s", field->name, value) >=
		    (int)sizeof set->text)
		return;
	set->field = field;
	for (unsigned i = 0; i < f->n_sets; i++)
		if (f->set[i].field == field && f->set[i].value == number)
			return;
	set->value = number;
	f->n_sets++;
}

/* The values of a field that matter: those at its bounds, those that have a name, and what a
 * capture had. */
static void add_values(struct tc_fuzz_frames *f, const struct tc_fuzz_place *p)
{
	struct tc_fuzz_value v[FUZZ_VALUES];
	size_t n = strlen(p->field->name);
	unsigned count = tc_fuzz_values(p, v);
	char number[16];

	for (unsigned i = 0; i < count; i++)
		if (v[i].text[0] == '=')
			add_value(f, p->field, v[i].text + 1);
		else if (p->field->bits == 1)	/* to be flipped: it is one or the other */
			add_value(f, p->field, "0"), add_value(f, p->field, "1");
	for (const struct tc_sym *s = p->field->syms; s && s->name; s++) {
		snprintf(number, sizeof number, "%u", (unsigned)s->value);
		add_value(f, p->field, number);
	}
	for (unsigned i = 0; i < f->n_learnt; i++)
		if (strncmp(f->learnt[i], p->field->name, n) == 0 && f->learnt[i][n] == '=')
			add_value(f, p->field, f->learnt[i] + n + 1);
}

/* NAME=, and n bytes. */
static bool part_word(const struct tc_fuzz_frames *f, unsigned k, uint64_t n,
		      char text[TC_FUZZ_WORD_MAX])
{
	const char *name = f->h->rows[f->h->parts[k].row].name;
	int used = n ? snprintf(text, TC_FUZZ_WORD_MAX, "%s=hex:%u*41", name, (unsigned)n)
		     : snprintf(text, TC_FUZZ_WORD_MAX, "%s=", name);

	return used < TC_FUZZ_WORD_MAX;
}

void tc_fuzz_random_part(const struct tc_fuzz_frames *f, const struct tc_field *field,
			 struct tc_rng *rng, char text[TC_FUZZ_PAYLOAD_MAX])
{
	unsigned k = 0, n;

	while (k + 1 < f->h->n_parts && &f->h->rows[f->h->parts[k].row] != field)
		k++;
	n = 1 + (unsigned)tc_rng_below(rng, f->part[k] ? f->part[k] : 1);
	snprintf(text, TC_FUZZ_PAYLOAD_MAX, "%s=hex:%u*%02x valid", field->name, n,
		 (unsigned)tc_rng_below(rng, 256));
}

/* NAME=VALUE of a part, unless it is there already or longer than a part may be here. */
static void add_part_word(struct tc_fuzz_frames *f, unsigned k, const char *word)
{
	const struct tc_field *field = &f->h->rows[f->h->parts[k].row];
	struct tc_fuzz_set *set = &f->set[f->n_sets];
	struct tc_buf bytes = { 0 };

	for (unsigned i = 0; i < f->n_sets; i++)
		if (strcmp(f->set[i].text, word) == 0)
			return;
	if (f->n_sets < FUZZ_SETS && strlen(word) < sizeof set->text &&
	    tc_field_parse_bytes(field, word + strlen(field->name) + 1, &bytes, NULL) >= 0 &&
	    bytes.len <= f->part[k]) {
		*set = (struct tc_fuzz_set){ .field = field, .value = bytes.len, .more = bytes.len };
		strcpy(set->text, word);
		f->n_sets++;
	}
	tc_buf_free(&bytes);
}

/* Adds words for a part: the lengths that matter, and the values that a capture had. */
static void add_part(struct tc_fuzz_frames *f, unsigned k)
{
	const struct tc_part *part = &f->h->parts[k];
	const char *name = f->h->rows[part->row].name;
	size_t n = strlen(name), room = f->p->most - f->p->valid_len;
	char word[TC_FUZZ_WORD_MAX];
	struct tc_fuzz_payloads p;

	tc_fuzz_part_lengths(&p, f->h, part, f->p->most < f->p->valid_len ? 0 :
			     room / f->h->n_parts);
	f->part[k] = (unsigned)p.most;
	for (unsigned i = 0; i < p.n_lengths; i++)
		if (part_word(f, k, p.length[i], word))
			add_part_word(f, k, word);
	for (unsigned i = 0; i < f->n_learnt; i++)
		if (strncmp(f->learnt[i], name, n) == 0 && f->learnt[i][n] == '=')
			add_part_word(f, k, f->learnt[i]);
}

/* Lengths that matter of those that are right. */
static unsigned right_lengths(const struct tc_fuzz_payloads *p)
{
	unsigned n = 0;

	while (n < p->n_lengths && (!p->limit || p->length[n] <= p->limit))
		n++;
	return n;
}

static const char *learnt_body(const struct tc_fuzz_frames *f, unsigned k)
{
	for (unsigned i = 0; i < f->n_learnt; i++)
		if (!strchr(f->learnt[i], '=') && k-- == 0)
			return f->learnt[i];
	return "valid";
}

/* ---- the kinds ----------------------------------------------------------------------------- */

static void say(struct tc_fuzz_case *c, const char *before, const char *body,
		const char *behind)
{
	char text[3 * TC_FUZZ_WORD_MAX];

	snprintf(text, sizeof text, "%s%s%s%s", before, *before ? " " : "", body, behind);
	snprintf(c->payload, sizeof c->payload, "%.*s", (int)sizeof c->payload - 1, text);
}

static uint64_t each_of(const struct tc_fuzz_frames *f, unsigned part)
{
	return f->part[part] < EVERY_LENGTH ? f->part[part] + 1u : EVERY_LENGTH + 1u;
}

static uint64_t every_length(const struct tc_fuzz_frames *f)
{
	return f->each + (f->right - f->below);
}

/* One by one, then those that matter. */
static void length(const struct tc_fuzz_frames *f, uint64_t k, struct tc_fuzz_case *c)
{
	tc_fuzz_length_text(f->p, k < f->each ? k : f->p->length[f->below + (k - f->each)], 0,
			    c->payload);
}

/* Each part's, one by one. */
static uint64_t every_part(const struct tc_fuzz_frames *f)
{
	uint64_t n = 0;

	for (unsigned k = 0; k < f->h->n_parts; k++)
		n += each_of(f, k);
	return n;
}

static void part_length(const struct tc_fuzz_frames *f, uint64_t k, struct tc_fuzz_case *c)
{
	char word[TC_FUZZ_WORD_MAX];
	unsigned part = 0;

	for (; k >= each_of(f, part); part++)
		k -= each_of(f, part);
	say(c, part_word(f, part, k, word) ? word : "", "valid", "");
}

static uint64_t all_sets(const struct tc_fuzz_frames *f)
{
	return f->n_sets;
}

static void value(const struct tc_fuzz_frames *f, uint64_t k, struct tc_fuzz_case *c)
{
	say(c, f->set[k].text, "valid", "");
}

/* Sets behind the ath that are of another field: a field's stand together. */
static unsigned others(const struct tc_fuzz_frames *f, unsigned a)
{
	unsigned b = a;

	while (b < f->n_sets && f->set[b].field == f->set[a].field)
		b++;
	return f->n_sets - b;
}

static uint64_t all_pairs(const struct tc_fuzz_frames *f)
{
	uint64_t n = 0;

	for (unsigned a = 0; a < f->n_sets; a++)
		n += others(f, a);
	return n;
}

static void two_values(const struct tc_fuzz_frames *f, uint64_t k, struct tc_fuzz_case *c)
{
	char both[2 * TC_FUZZ_WORD_MAX];
	unsigned a = 0;

	for (; k >= others(f, a); a++)
		k -= others(f, a);
	snprintf(both, sizeof both, "%s %s", f->set[a].text, f->set[f->n_sets - 1 - k].text);
	say(c, both, "valid", "");
}

static uint64_t sets_and_lengths(const struct tc_fuzz_frames *f)
{
	return (uint64_t)f->n_sets * f->right;
}

static void value_and_length(const struct tc_fuzz_frames *f, uint64_t k, struct tc_fuzz_case *c)
{
	const struct tc_fuzz_set *set = &f->set[k / f->right];
	size_t n = f->p->length[k % f->right], room = f->p->most > set->more ? f->p->most - set->more : 0;
	char body[TC_FUZZ_PAYLOAD_MAX];

	tc_fuzz_length_text(f->p, n < room ? n : room, 0, body);
	say(c, set->text, body, "");
}

static uint64_t all_times(const struct tc_fuzz_frames *f)
{
	return f->several ? 2 * TIMES : 0;
}

/* The valid one, or the shortest one, as often as there is room for. */
static void repeated(const struct tc_fuzz_frames *f, uint64_t k, struct tc_fuzz_case *c)
{
	size_t n = f->fixed + (k % 2 ? 0 : f->p->valid_len);
	size_t most = n ? TC_FUZZ_BODY_MAX / n : 1;
	char count[24];

	snprintf(count, sizeof count, "x%zu", times[k / 2] < most ? times[k / 2] : most);
	say(c, count, k % 2 ? "" : "valid", "");
}

static uint64_t all_joined(const struct tc_fuzz_frames *f)
{
	return f->several ? 2u * f->right : 0;
}

/* A frame of each length that matters before the valid one, or behind it. */
static void joined(const struct tc_fuzz_frames *f, uint64_t k, struct tc_fuzz_case *c)
{
	size_t room = TC_FUZZ_BODY_MAX - 2 * f->fixed - f->p->valid_len;
	size_t n = f->p->length[k / 2] < room ? f->p->length[k / 2] : room;
	char body[TC_FUZZ_PAYLOAD_MAX];

	tc_fuzz_length_text(f->p, n, 0, body);
	if (k % 2)
		say(c, "valid /", body, "");
	else
		say(c, "", body, " / valid");
}

/* Places within the valid frame. */
static uint64_t places(const struct tc_fuzz_frames *f)
{
	size_t n = f->fixed + f->p->valid_len;

	return n < 2 ? 0 : n > PLACES_MAX ? PLACES_MAX : n - 1;
}

static uint64_t all_cuts(const struct tc_fuzz_frames *f)
{
	return f->several ? 2 * places(f) : 0;
}

/* The first one, or one behind it. */
static void cut(const struct tc_fuzz_frames *f, uint64_t k, struct tc_fuzz_case *c)
{
	size_t whole = k % 2 ? f->fixed + f->p->valid_len : 0;
	char behind[32];

	snprintf(behind, sizeof behind, " cut:%zu", whole + 1 + (size_t)(k / 2));
	say(c, k % 2 ? "valid /" : "", "valid", behind);
}

static uint64_t all_splits(const struct tc_fuzz_frames *f)
{
	return (f->several ? 2 * places(f) + 1 : 0) + f->right;
}

/* Two frames with the end of a segment at each place; then each length that matters with
 * the header in a segment of its own. */
static void in_segments(const struct tc_fuzz_frames *f, uint64_t k, struct tc_fuzz_case *c)
{
	uint64_t two = all_splits(f) - f->right;
	unsigned at = k < two ? 1 + (unsigned)k : (unsigned)tc_header_before(f->h);

	if (k < two)
		say(c, "valid /", "valid", "");
	else
		tc_fuzz_length_text(f->p, f->p->length[k - two], 0, c->payload);
	if (at)
		snprintf(c->rule[c->n_rules++], TC_FUZZ_RULE_MAX, "data[1]: split %u", at);
}

static uint64_t all_learnt(const struct tc_fuzz_frames *f)
{
	return (uint64_t)f->n_bodies * (1 + f->n_sets);
}

/* A body that a capture had, in a frame as usual or with a value in it. */
static void learnt(const struct tc_fuzz_frames *f, uint64_t k, struct tc_fuzz_case *c)
{
	const char *body = learnt_body(f, (unsigned)(k % f->n_bodies));
	const struct tc_fuzz_set *set = k / f->n_bodies ? &f->set[k / f->n_bodies - 1] : NULL;

	if (set && set->more + strlen(body) / 2 > f->p->most)	/* no count could say both */
		set = NULL;
	say(c, set ? set->text : "", body, "");
}

static const struct {
	const char *value_class;
	uint64_t (*count)(const struct tc_fuzz_frames *f);
	void (*make)(const struct tc_fuzz_frames *f, uint64_t k, struct tc_fuzz_case *c);
} kinds[] = {
	{ "whole", every_length, length },
	{ "whole", every_part, part_length },
	{ "value", all_sets, value },
	{ "two values", all_pairs, two_values },
	{ "value and length", sets_and_lengths, value_and_length },
	{ "repeated", all_times, repeated },
	{ "joined", all_joined, joined },
	{ "cut", all_cuts, cut },
	{ "segments", all_splits, in_segments },
	{ "learnt", all_learnt, learnt },
};

enum { KINDS = sizeof kinds / sizeof *kinds };

uint64_t tc_fuzz_frames_open(struct tc_fuzz_frames *f, const struct tc_header *h,
			     const struct tc_fuzz_payloads *p,
			     const char *const *learnt_words, unsigned n)
{
	uint64_t all = 0;

	*f = (struct tc_fuzz_frames){
		.h = h, .p = p, .learnt = learnt_words, .n_learnt = n,
		.fixed = tc_header_before(h) + h->tail_bytes, .right = right_lengths(p),
	};
	for (unsigned row = 0; row < h->n_rows; row++) {
		f->several |= h->rows[row].autofill == TC_FILL_VAR_LEN &&
			      (int)h->rows[row].to >= h->var_row;
		if (tc_fuzz_is_free(h, row))
			add_values(f, &(struct tc_fuzz_place){ &h->rows[row], h, FUZZ_DATA });
	}
	for (unsigned k = 0; k < h->n_parts; k++)
		add_part(f, k);
	f->several |= h->var_row < 0;	/* else nothing says where a frame ends */
	f->several &= 2 * (f->fixed + p->valid_len) <= TC_FUZZ_BODY_MAX;
	for (unsigned i = 0; i < n; i++)
		f->n_bodies += !strchr(learnt_words[i], '=');
	if (f->right) {
		f->each = p->limit ? p->limit + 1 : EVERY_LENGTH + 1;
		f->each = f->each < p->most + 1 ? f->each : p->most + 1;
	}
	while (f->below < f->right && p->length[f->below] < f->each)
		f->below++;
	for (unsigned i = 0; i < KINDS; i++)
		all += kinds[i].count(f);
	return all;
}

const char *tc_fuzz_frames_case(const struct tc_fuzz_frames *f, uint64_t k,
				struct tc_fuzz_case *c)
{
	unsigned i = 0;

	for (; i + 1 < KINDS && k >= kinds[i].count(f); i++)
		k -= kinds[i].count(f);
	kinds[i].make(f, k, c);
	return kinds[i].value_class;
}
