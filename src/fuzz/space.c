/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cases that there are, by number. Each strategy lists its cases; their order is
 * shuffled by the seed; strategies take turns. What is tried: values.c.
 */
#include "own.h"

#include "base/array.h"

#include <assert.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANDOM_SALT 0x9e3779b97f4a7c15u

#define CUTS_MAX 256		/* places to cut at; of a longer payload the first ones */

enum strategy {
	S_BOUNDARY, S_FLIP, S_RANDOM, S_OPTIONS, S_SEQUENCE, S_PAIRWISE, S_PAYLOAD, S_CAPTURE,
	S_FRAMES, STRATEGIES
};

static const char *const strategy_names[STRATEGIES] = {
	"boundary", "flip", "random", "options", "sequence", "pairwise", "payload", "capture",
	"frames",
};

struct spot {				/* a value of a place */
	unsigned place, value;
};

struct tc_fuzz_space {
	struct tc_fuzz_place *places;
	unsigned n_places;
	struct spot *spots;		/* of boundary */
	unsigned n_spots;
	uint64_t listed[STRATEGIES];	/* how many cases each lists */
	unsigned used[STRATEGIES], n_used; /* strategies in turn */
	unsigned segment[FUZZ_SEGMENTS], n_segments;
	uint64_t seed;
	uint8_t family;
	size_t payload_len;
	const struct tc_header *payload; /* above TCP */
	const char *payload_name;	/* of its row, or of raw bytes */
	struct tc_fuzz_payloads payloads;
	struct tc_fuzz_frames frames;
};

/* ---- opening --------------------------------------------------------------------------- */

static int add_place(struct tc_fuzz_space *s, const struct tc_header *h, unsigned row,
		     struct tc_error *err)
{
	struct tc_fuzz_place *more;

	for (unsigned k = 0; k < s->n_segments; k++) {
		unsigned seg = s->segment[k];

		if (h == s->payload && seg != FUZZ_DATA)
			continue;
		for (unsigned i = 0; i < s->n_places; i++)
			if (s->places[i].field == &h->rows[row] && s->places[i].segment == seg)
				return 0;
		more = TC_ARRAY_ADD(s->places, s->n_places);
		if (!more)
			return tc_nomem(err);
		*more = (struct tc_fuzz_place){ &h->rows[row], h, seg };
	}
	return 0;
}

static int add_glob(struct tc_fuzz_space *s, const char *glob, struct tc_error *err)
{
	const struct tc_header *headers[FUZZ_HEADERS];
	unsigned n = tc_fuzz_headers(s->family, s->payload, headers);
	bool found = false, astray = false;
	int rc = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct tc_header *h = headers[i];

		for (unsigned row = 0; row < h->n_rows && rc >= 0; row++) {
			const struct tc_field *f = &h->rows[row];

			if (fnmatch(glob, f->name, 0) != 0 &&
			    (!f->alias || fnmatch(glob, f->alias, 0) != 0))
				continue;
			found = true;
			if (tc_fuzz_leads_astray(h, row)) {
				astray = true;
				continue;
			}
			astray = false;
			rc = add_place(s, h, row, err);
		}
	}
	if (rc >= 0 && !found)
		rc = tc_fail(err, -EINVAL, "--fields: '%s' is not a field of eth, %s, tcp or "
			     "%s: see tcpcraft fields", glob, headers[0]->name,
			     s->payload->name);
	if (rc >= 0 && astray && !strpbrk(glob, "*?["))
		rc = tc_fail(err, -EINVAL, "--fields: %s would send segments elsewhere, or as "
			     "somebody else: use --mutate for that", glob);
	return rc;
}

static int each_word(const char *list, int (*fn)(struct tc_fuzz_space *, const char *,
						 struct tc_error *),
		     struct tc_fuzz_space *s, struct tc_error *err)
{
	char *text = strdup(list), *save = NULL, *word;
	int rc = text ? 0 : tc_nomem(err);

	for (word = text ? strtok_r(text, ", ", &save) : NULL; word && rc >= 0;
	     word = strtok_r(NULL, ", ", &save))
		rc = fn(s, word, err);
	free(text);
	return rc;
}

static bool uses(const struct tc_fuzz_space *s, unsigned segment)
{
	for (unsigned i = 0; i < s->n_segments; i++)
		if (s->segment[i] == segment)
			return true;
	return false;
}

static int add_segment(struct tc_fuzz_space *s, const char *word, struct tc_error *err)
{
	for (unsigned i = 0; i < FUZZ_SEGMENTS; i++)
		if (strcmp(word, tc_fuzz_segments[i]) == 0) {
			if (!uses(s, i))
				s->segment[s->n_segments++] = i;
			return 0;
		}
	return tc_fail(err, -EINVAL, "--segments: '%s' is none of syn, ack, data, fin", word);
}

static int add_strategy(struct tc_fuzz_space *s, const char *word, struct tc_error *err)
{
	for (unsigned i = 0; i < STRATEGIES; i++)
		if (strcmp(word, strategy_names[i]) == 0) {
			for (unsigned k = 0; k < s->n_used; k++)
				if (s->used[k] == i)
					return 0;
			s->used[s->n_used++] = i;
			return 0;
		}
	return tc_fail(err, -EINVAL, "--strategy: '%s' is none of boundary, flip, random, "
		       "options, sequence, pairwise, payload, capture, frames", word);
}

static int list_spots(struct tc_fuzz_space *s, struct tc_error *err)
{
	struct tc_fuzz_value v[FUZZ_VALUES];

	s->spots = calloc((size_t)s->n_places * FUZZ_VALUES + 1, sizeof *s->spots);
	if (!s->spots)
		return tc_nomem(err);
	for (unsigned p = 0; p < s->n_places; p++) {
		unsigned n = s->places[p].field->bits ? tc_fuzz_values(&s->places[p], v) : 0;

		for (unsigned i = 0; i < n; i++)
			s->spots[s->n_spots++] = (struct spot){ p, i };
		s->listed[S_FLIP] += s->places[p].field->mut & TC_MUT_FLIP
				     ? s->places[p].field->bits : 0;
	}
	return 0;
}

static void list_payloads(struct tc_fuzz_space *s, const struct tc_fuzz_space_config *cfg)
{
	const struct tc_header *h = cfg->raw ? NULL : s->payload;
	size_t fixed = h ? tc_header_before(h) + h->tail_bytes : 0;

	s->payload_name = h && h->var_row >= 0 ? h->rows[h->var_row].name : "payload";
	tc_fuzz_payloads(&s->payloads, h, cfg->payload_len > fixed ? cfg->payload_len - fixed
								   : 0);
	if (!uses(s, FUZZ_DATA))
		return;
	s->listed[S_PAYLOAD] = s->payloads.n;
	if (h)
		s->listed[S_FRAMES] = tc_fuzz_frames_open(&s->frames, h, &s->payloads,
							  cfg->learnt, cfg->n_learnt);
}

int tc_fuzz_space_open(struct tc_fuzz_space **out, const struct tc_fuzz_space_config *cfg,
		       struct tc_error *err)
{
	struct tc_fuzz_space *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return tc_nomem(err);
	s->seed = cfg->seed;
	s->family = cfg->family;
	s->payload = cfg->payload ? cfg->payload : tc_header_get(TC_HDR_PROT);
	s->payload_len = cfg->payload_len > 1 ? cfg->payload_len : 2;
	if (s->payload_len > CUTS_MAX)
		s->payload_len = CUTS_MAX;
	rc = each_word(cfg->segments, add_segment, s, err);
	if (rc >= 0)
		rc = each_word(cfg->strategies, add_strategy, s, err);
	if (rc >= 0)
		rc = each_word(cfg->fields, add_glob, s, err);
	if (rc >= 0 && (s->n_places == 0 || s->n_used == 0))
		rc = tc_fail(err, -EINVAL, "no field of these can be fuzzed in these segments");
	if (rc >= 0)
		rc = list_spots(s, err);
	if (rc < 0) {
		tc_fuzz_space_close(s);
		return rc;
	}
	s->listed[S_BOUNDARY] = s->n_spots;
	s->listed[S_CAPTURE] = s->n_spots + s->listed[S_FLIP];
	s->listed[S_OPTIONS] = (uint64_t)tc_fuzz_option_count() * s->n_segments;
	s->listed[S_SEQUENCE] = (uint64_t)tc_fuzz_count(tc_fuzz_actions) * s->n_segments;
	if (uses(s, FUZZ_DATA))
		s->listed[S_SEQUENCE] += tc_fuzz_count(tc_fuzz_cuts) * (s->payload_len - 1);
	s->listed[S_PAIRWISE] = s->n_spots ? (uint64_t)s->n_spots * (s->n_spots - 1) / 2 : 0;
	list_payloads(s, cfg);
	*out = s;
	return 0;
}

void tc_fuzz_space_close(struct tc_fuzz_space *s)
{
	if (!s)
		return;
	free(s->places);
	free(s->spots);
	free(s);
}

/* ---- cases ----------------------------------------------------------------------------- */

/* What the case is about; of two, that there are two. */
static void about(struct tc_fuzz_case *c, const char *field, unsigned segment,
		  const char *value_class)
{
	bool two = c->n_rules > 0 || c->payload[0];

	c->field = two ? "two at once" : field;
	c->segment = two ? "any" : tc_fuzz_segments[segment];
	c->value_class = two ? c->strategy : value_class;
}

static void add_rule(struct tc_fuzz_case *c, unsigned segment, const char *field,
		     const char *value)
{
	/* data[1]: the first message; the others happen once */
	snprintf(c->rule[c->n_rules++], TC_FUZZ_RULE_MAX, "%s: %s%s", segment == FUZZ_DATA ?
		 "data[1]" : tc_fuzz_segments[segment], field, value);
}

static void spot_rule(const struct tc_fuzz_space *s, struct tc_fuzz_case *c,
		      const struct spot *at)
{
	const struct tc_fuzz_place *p = &s->places[at->place];
	struct tc_fuzz_value v[FUZZ_VALUES];
	unsigned n = tc_fuzz_values(p, v);

	assert(at->value < n);
	about(c, p->field->name, p->segment, v[at->value].value_class);
	add_rule(c, p->segment, p->field->name, v[at->value].text);
}

static void flip_case(const struct tc_fuzz_space *s, uint64_t k, struct tc_rng *rng,
		      struct tc_fuzz_case *c)
{
	char text[32];

	(void)rng;
	for (unsigned i = 0; i < s->n_places; i++) {
		const struct tc_field *f = s->places[i].field;
		unsigned bits = f->mut & TC_MUT_FLIP ? f->bits : 0;

		if (k < bits) {
			snprintf(text, sizeof text, "^=0x%" PRIx64, (uint64_t)1 << k);
			about(c, f->name, s->places[i].segment, "flip");
			add_rule(c, s->places[i].segment, f->name, text);
			return;
		}
		k -= bits;
	}
}

static void random_case(const struct tc_fuzz_space *s, uint64_t k, struct tc_rng *rng,
			struct tc_fuzz_case *c)
{
	unsigned n = 1 + (unsigned)tc_rng_below(rng, TC_FUZZ_RULES);

	(void)k;
	for (unsigned i = 0; i < n; i++) {
		const struct tc_fuzz_place *p =
			&s->places[tc_rng_below(rng, s->n_places)];
		char text[64];
		int used;

		if (!p->field->bits && p->hdr == s->payload) {
			if (c->payload[0])
				continue;
			about(c, p->field->name, p->segment, "random");
			if (!s->frames.h || p->field == &p->hdr->rows[p->hdr->var_row])
				tc_fuzz_random_payload(&s->payloads, rng, c->payload);
			else
				tc_fuzz_random_part(&s->frames, p->field, rng, c->payload);
			continue;
		}
		if (p->field->bits) {
			snprintf(text, sizeof text, "=%" PRIu64,
				 (uint64_t)(tc_rng_u64(rng) & tc_field_max(p->field)));
		} else {
			used = snprintf(text, sizeof text, "=hex:");
			for (uint64_t left = tc_rng_below(rng, 20); left > 0; left--)
				used += snprintf(text + used, sizeof text - (size_t)used, "%02x",
						 (unsigned)(tc_rng_u64(rng) & 0xff));
		}
		about(c, p->field->name, p->segment, "random");
		add_rule(c, p->segment, p->field->name, text);
	}
}

/* Each in each segment. */
static void options_case(const struct tc_fuzz_space *s, uint64_t k, struct tc_rng *rng,
			 struct tc_fuzz_case *c)
{
	unsigned n = tc_fuzz_option_count(), segment = s->segment[k / n];
	char text[FUZZ_OPTION_MAX];

	(void)rng;
	tc_fuzz_option((unsigned)(k % n), text);
	about(c, "tcp.options", segment, c->strategy);
	add_rule(c, segment, "tcp.options=", text);
}

static void about_payload(const struct tc_fuzz_space *s, struct tc_fuzz_case *c,
			  const char *value_class)
{
	c->field = s->payload_name;
	c->segment = tc_fuzz_segments[FUZZ_DATA];
	c->value_class = value_class;
}

static void sequence_case(const struct tc_fuzz_space *s, uint64_t k, struct tc_rng *rng,
			  struct tc_fuzz_case *c)
{
	uint64_t plain = (uint64_t)tc_fuzz_count(tc_fuzz_actions) * s->n_segments;
	unsigned n = tc_fuzz_count(tc_fuzz_cuts);
	const char *cut;
	char text[64];

	(void)rng;
	if (k < plain) {
		cut = tc_fuzz_actions[k / s->n_segments];
		about(c, cut, s->segment[k % s->n_segments], c->strategy);
		add_rule(c, s->segment[k % s->n_segments], cut, "");
		return;
	}
	k -= plain;
	cut = tc_fuzz_cuts[k % n];
	snprintf(text, sizeof text, "%s%" PRIu64, strchr(cut, '=') ? "" : " ", 1 + k / n);
	about(c, cut, FUZZ_DATA, c->strategy);
	add_rule(c, FUZZ_DATA, cut, text);
}

static void pair_case(const struct tc_fuzz_space *s, uint64_t k, struct tc_rng *rng,
		      struct tc_fuzz_case *c)
{
	uint64_t a = 1;

	(void)rng;
	while (a * (a + 1) / 2 <= k)	/* row a of the triangle begins at a(a-1)/2 */
		a++;
	spot_rule(s, c, &s->spots[k - a * (a - 1) / 2]);
	spot_rule(s, c, &s->spots[a]);
}

static void payload_case(const struct tc_fuzz_space *s, uint64_t k, struct tc_rng *rng,
			 struct tc_fuzz_case *c)
{
	about_payload(s, c, tc_fuzz_payload(&s->payloads, k, rng, c->payload));
}

static void frames_case(const struct tc_fuzz_space *s, uint64_t k, struct tc_rng *rng,
			struct tc_fuzz_case *c)
{
	(void)rng;
	about_payload(s, c, tc_fuzz_frames_case(&s->frames, k, c));
}

static void boundary_case(const struct tc_fuzz_space *s, uint64_t k, struct tc_rng *rng,
			  struct tc_fuzz_case *c)
{
	(void)rng;
	spot_rule(s, c, &s->spots[k]);
}

static void capture_case(const struct tc_fuzz_space *s, uint64_t k, struct tc_rng *rng,
			 struct tc_fuzz_case *c)
{
	if (k < s->n_spots)
		boundary_case(s, k, rng, c);
	else
		flip_case(s, k - s->n_spots, rng, c);
}

static void (*const listed_case[STRATEGIES])(const struct tc_fuzz_space *s, uint64_t k,
					     struct tc_rng *rng, struct tc_fuzz_case *c) = {
	[S_BOUNDARY] = boundary_case, [S_FLIP] = flip_case, [S_OPTIONS] = options_case,
	[S_SEQUENCE] = sequence_case, [S_PAIRWISE] = pair_case, [S_PAYLOAD] = payload_case,
	[S_CAPTURE] = capture_case, [S_FRAMES] = frames_case, [S_RANDOM] = random_case,
};

void tc_fuzz_space_case(const struct tc_fuzz_space *s, uint64_t n, struct tc_fuzz_case *c)
{
	enum strategy st = (enum strategy)s->used[n % s->n_used];
	uint64_t k = n / s->n_used;
	struct tc_rng rng;

	tc_rng_seed(&rng, s->seed + n * RANDOM_SALT);
	*c = (struct tc_fuzz_case){ .number = n, .iss = (tc_seq)tc_rng_u64(&rng) };
	/* All that it lists, once; then, and for what lists nothing, chance. */
	if (st != S_RANDOM && k >= s->listed[st])
		st = S_RANDOM;
	c->strategy = strategy_names[st];
	if (st != S_RANDOM)
		k = tc_fuzz_shuffled(s->seed, k, s->listed[st]);
	listed_case[st](s, k, &rng, c);
}

uint64_t tc_fuzz_space_listed(const struct tc_fuzz_space *s)
{
	uint64_t most = 0;

	for (unsigned i = 0; i < s->n_used; i++)
		if (s->listed[s->used[i]] > most)
			most = s->listed[s->used[i]];
	return most * s->n_used;
}

uint64_t tc_fuzz_space_pairs(const struct tc_fuzz_space *s, uint64_t n, uint64_t *covered)
{
	uint64_t all = 0;

	*covered = 0;
	for (unsigned i = 0; i < s->n_used; i++)
		if (s->used[i] == S_PAIRWISE) {
			all = s->listed[S_PAIRWISE];
			*covered = (n + s->n_used - 1 - i) / s->n_used;
		}
	if (*covered > all)
		*covered = all;
	return all;
}

/* Is some case about this field? */
static bool has_field(const struct tc_fuzz_space *s, const char *field)
{
	for (unsigned i = 0; i < s->n_places; i++)
		if (strcmp(s->places[i].field->name, field) == 0)
			return true;
	return false;
}

int tc_fuzz_widen(void *ctx, const struct tc_path *path, uint16_t port_lo,
		  uint16_t port_hi, struct tc_wider *w, struct tc_error *err)
{
	const struct tc_fuzz_scope *scope = ctx;

	w->any_protocol = true;
	/* who calls is not known yet; what answers another port of ours is a reset of its own */
	if (has_field(scope->space, "tcp.srcport") && !tc_addr_is_none(&path->dst)) {
		w->own[w->n_own].addr = path->src;
		w->own[w->n_own].port_lo = 0;
		w->own[w->n_own++].port_hi = 65535;
	}
	return scope->always ? tc_mutate_widen(scope->always, path, port_lo, port_hi, w, err)
			     : 0;
}
