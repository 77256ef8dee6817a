/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cases that led the program under test to edges it had not gone through are kept, and others
 * made of them: each as its parent, with one thing changed more. What is changed the seed and
 * the number decide. Without coverage there are none, and all is as the space has it.
 */
#include "campaign.h"

#include <tcpcraft/rng.h>

#include <string.h>

void campaign_watch_edges(struct campaign *g)
{
	if (g->o->fuzz.parallel == 1)	/* of several at once nobody knows whose they are */
		tc_fuzz_target_edges(g->target, &g->edges);
}

void campaign_keep(struct campaign *g, const struct tc_fuzz_case *c, struct tc_fuzz_outcome *o)
{
	if (g->o->fuzz.parallel != 1)
		return;
	o->edges = tc_fuzz_target_edges(g->target, &g->edges);
	campaign_keep_case(g, c, o);
}

void campaign_keep_case(struct campaign *g, const struct tc_fuzz_case *c,
			const struct tc_fuzz_outcome *o)
{
	struct tc_fuzz_case *kept = &g->kept[g->n_kept % KEPT_MAX];

	/* what is made of one that breaks the target breaks it again, and finds nothing */
	if (!o->edges || (o->kind != TC_FUZZ_NOTHING && o->kind != TC_FUZZ_NOVEL &&
			  o->kind != TC_FUZZ_DIFFERS))
		return;
	*kept = *c;
	kept->request = NULL;
	/* a journal's texts end with it */
	kept->strategy = strcmp(c->strategy, TC_FUZZ_CAPTURE) == 0 ? TC_FUZZ_CAPTURE : "random";
	kept->field = "two at once";
	kept->segment = "any";
	kept->value_class = "kept";
	g->n_kept++;
}

static unsigned n_there(const struct campaign *g)
{
	return g->n_kept < KEPT_MAX ? g->n_kept : KEPT_MAX;
}

int campaign_retrace(struct campaign *g, struct tc_error *err)
{
	struct tc_fuzz_outcome o;
	int rc = 0;

	for (unsigned i = 0; i < n_there(g) && rc == 0; i++)
		rc = tc_fuzz_run(g->fuzz, &g->kept[i], 1, &o, err);
	g->gone = rc < 0;
	return rc;
}

/* ---- what is made of them ------------------------------------------------------------ */

#define BODY_MAX ((TC_FUZZ_PAYLOAD_MAX - 1) / 2)	/* bytes that a text of HEX can say */

/* A byte set, a bit flipped, a byte put in, taken out; most often of the first ones, by which
 * programs tell what they have before them. */
static size_t change(uint8_t *b, size_t n, struct tc_rng *rng)
{
	unsigned how = n ? (unsigned)tc_rng_below(rng, 4) : 2;
	size_t at = (size_t)tc_rng_below(rng, tc_rng_below(rng, n + (how == 2)) + 1);
	uint8_t byte = (uint8_t)tc_rng_u64(rng);

	switch (how) {
	case 0:
		b[at] = byte;
		return n;
	case 1:
		b[at] ^= (uint8_t)(1u << (byte & 7));
		return n;
	case 2:
		memmove(b + at + 1, b + at, n - at);
		b[at] = byte;
		return n + 1;
	default:
		memmove(b + at, b + at + 1, n - at - 1);
		return n - 1;
	}
}

static void say_hex(char text[TC_FUZZ_PAYLOAD_MAX], const uint8_t *b, size_t n)
{
	text[0] = 0;
	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", b[i]);
	if (n == 0)
		snprintf(text, TC_FUZZ_PAYLOAD_MAX, "0*00");
}

/* A payload that is too long to be written byte by byte is cut; one that is not mere bytes (fields,
 * several frames) gets a byte behind it. */
static void change_payload(struct tc_fuzz_case *c, struct tc_rng *rng, const uint8_t *valid,
			   size_t n)
{
	struct tc_buf body = { 0 };
	uint8_t bytes[BODY_MAX + 1];
	size_t used = strlen(c->payload);
	int rc = tc_fuzz_body(&body, used ? c->payload : "valid", valid, n, NULL);

	if (rc == 0) {
		size_t len = body.len < BODY_MAX ? body.len : (size_t)tc_rng_below(rng, BODY_MAX);

		if (len)
			memcpy(bytes, body.data, len);
		say_hex(c->payload, bytes, change(bytes, len, rng));
	} else if (used + 4 < sizeof c->payload && !strstr(c->payload, "cut:")) {
		snprintf(c->payload + used, sizeof c->payload - used, "%s %02x",
			 used ? "" : "valid", (unsigned)(tc_rng_u64(rng) & 255));
	}
	tc_buf_free(&body);
}

static void change_case(struct tc_fuzz_case *c, uint64_t seed, const struct tc_fuzz_case *parent,
			const uint8_t *valid, size_t n)
{
	const struct tc_fuzz_case fresh = *c;
	struct tc_rng rng;

	tc_rng_seed(&rng, seed ^ (c->number * UINT64_C(0xd1342543de82ef95)));
	/* what it does to the headers may not be what led there */
	c->n_rules = parent->payload[0] && tc_rng_below(&rng, 4) == 0 ? 0 : parent->n_rules;
	memcpy(c->rule, parent->rule, sizeof c->rule);
	memcpy(c->payload, parent->payload, sizeof c->payload);
	c->field = parent->field;
	c->segment = parent->segment;
	c->value_class = parent->value_class;
	if (fresh.n_rules && parent->n_rules && tc_rng_below(&rng, 3) == 0) {
		unsigned at = c->n_rules < TC_FUZZ_RULES ? c->n_rules++
				: (unsigned)tc_rng_below(&rng, TC_FUZZ_RULES);

		memcpy(c->rule[at], fresh.rule[0], sizeof c->rule[at]);
	} else {
		change_payload(c, &rng, valid, n);
	}
	if (c->n_rules == 0 && !c->payload[0])		/* a case says something */
		*c = fresh;
}

/* Replaces every other random case by a change of a kept one; listed cases stay. Half of the time
 * the parent is the case that was kept last, as it came furthest. */
void campaign_breed(const struct campaign *g, struct tc_fuzz_case *c)
{
	size_t head = g->frame ? tc_header_before(g->frame) : 0;
	size_t fixed = head + (g->frame ? g->frame->tail_bytes : 0);
	unsigned which = c->iss >> 2, n = n_there(g);

	if (!n || strcmp(c->strategy, "random") != 0 || (c->iss & 1) || g->request.len < fixed)
		return;
	change_case(c, g->o->seed,
		    &g->kept[c->iss & 2 ? (g->n_kept - 1) % KEPT_MAX : which % n],
		    g->request.data + head, g->request.len - fixed);
}
