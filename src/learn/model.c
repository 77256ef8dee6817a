/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine as a table of steps: made, numbered, compared. */
#include "own.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tc_symbol(struct tc_symbols *s, const char *name, unsigned most, struct tc_error *err)
{
	for (unsigned i = 0; i < s->n; i++)
		if (strcmp(s->names[i], name) == 0)
			return (int)i;
	if (s->n >= most)
		return tc_fail(err, -ERANGE, "more than %u different symbols", most);
	if (strlen(name) >= TC_MEALY_NAME_MAX)
		return tc_fail(err, -EMSGSIZE, "'%s' is longer than %d bytes", name,
			       TC_MEALY_NAME_MAX - 1);
	if (!tc_array_grow(&s->names, s->n, sizeof *s->names))
		return tc_nomem(err);
	strcpy(s->names[s->n], name);
	return (int)s->n++;
}

void tc_symbols_free(struct tc_symbols *s)
{
	free(s->names);
	*s = (struct tc_symbols){ 0 };
}

void tc_mealy_free(struct tc_mealy *m)
{
	tc_symbols_free(&m->inputs);
	tc_symbols_free(&m->outputs);
	free(m->steps);
	*m = (struct tc_mealy){ 0 };
}

/* order[0..]: states as they are met, by breadth; number[]: the other way. How many. */
static unsigned by_breadth(unsigned k, unsigned n_states, const struct tc_transition *steps,
			   uint16_t *order, uint16_t *number)
{
	unsigned n = 1;

	memset(number, 0xff, n_states * sizeof *number);
	order[0] = number[0] = 0;
	for (unsigned at = 0; at < n; at++)
		for (unsigned i = 0; i < k; i++) {
			uint16_t to = steps[order[at] * k + i].next;

			if (number[to] != UINT16_MAX)
				continue;
			number[to] = (uint16_t)n;
			order[n++] = to;
		}
	return n;
}

int tc_mealy_build(struct tc_mealy *m, unsigned n_inputs, unsigned n_states,
		const struct tc_transition *steps, struct tc_error *err)
{
	uint16_t *order = calloc(n_states * 2u, sizeof *order);
	struct tc_transition *out = NULL;
	unsigned n = 0;

	if (order)
		n = by_breadth(n_inputs, n_states, steps, order, order + n_states);
	if (n)
		out = calloc((size_t)n * n_inputs, sizeof *out);
	for (unsigned s = 0; out && s < n; s++)
		for (unsigned i = 0; i < n_inputs; i++) {
			const struct tc_transition *from = &steps[order[s] * n_inputs + i];

			out[s * n_inputs + i] = (struct tc_transition){
				order[n_states + from->next], from->out };
		}
	free(order);
	if (!out)
		return tc_nomem(err);
	free(m->steps);
	m->steps = out;
	m->n_states = n;
	m->inputs.n = n_inputs;
	return 0;
}

/* ---- the first difference ----------------------------------------------------------- */

struct pairs {
	struct pair {
		uint16_t a, b;
		uint32_t from;		/* the pair before it, and by which input */
		uint8_t input;
	} *at;
	uint32_t n;
	uint8_t *met;			/* [a * states of b + b] */
	uint8_t map[TC_MEALY_INPUTS_MAX];	/* inputs of a, in b */
};

int tc_mealy_inputs(const struct tc_mealy *a, const struct tc_mealy *b,
		    uint8_t map[TC_MEALY_INPUTS_MAX], struct tc_error *err)
{
	if (a->inputs.n != b->inputs.n)
		return tc_fail(err, -EINVAL, "it has %u inputs, the other machine has %u",
			       b->inputs.n, a->inputs.n);
	for (unsigned i = 0; i < a->inputs.n; i++) {
		unsigned k = 0;

		while (k < b->inputs.n && strcmp(a->inputs.names[i], b->inputs.names[k]) != 0)
			k++;
		if (k == b->inputs.n)
			return tc_fail(err, -EINVAL, "%s is none of its inputs",
				       a->inputs.names[i]);
		if (map)
			map[i] = (uint8_t)k;
	}
	return 0;
}

static void tell_word(const struct pairs *p, uint32_t at, uint8_t input,
		      struct tc_mealy_difference *d)
{
	unsigned n = 1;

	for (uint32_t i = at; i; i = p->at[i].from)
		n++;
	d->n = n;
	d->word[--n] = input;
	for (uint32_t i = at; i; i = p->at[i].from)
		d->word[--n] = p->at[i].input;
}

static int walk_pairs(const struct tc_mealy *a, const struct tc_mealy *b, struct pairs *p,
		      struct tc_mealy_difference *d)
{
	p->n = 1;
	p->met[0] = 1;
	for (uint32_t at = 0; at < p->n; at++)
		for (unsigned i = 0; i < a->inputs.n; i++) {
			const struct tc_transition *x = tc_mealy_step(a, p->at[at].a, i);
			const struct tc_transition *y = tc_mealy_step(b, p->at[at].b, p->map[i]);
			uint8_t *met = &p->met[x->next * b->n_states + y->next];

			if (strcmp(a->outputs.names[x->out], b->outputs.names[y->out]) != 0) {
				d->out_a = x->out;
				d->out_b = y->out;
				tell_word(p, at, (uint8_t)i, d);
				return 1;
			}
			if (!*met)
				p->at[p->n++] = (struct pair){ x->next, y->next, at,
							       (uint8_t)i };
			*met = 1;
		}
	return 0;
}

int tc_mealy_diff(const struct tc_mealy *a, const struct tc_mealy *b,
		  struct tc_mealy_difference *d, struct tc_error *err)
{
	size_t most = (size_t)a->n_states * b->n_states;
	struct pairs p = { 0 };
	int rc = tc_mealy_inputs(a, b, p.map, err);

	if (rc < 0)
		return rc;
	p.at = calloc(most, sizeof *p.at);
	p.met = calloc(most, 1);
	rc = p.at && p.met ? walk_pairs(a, b, &p, d) : tc_nomem(err);
	free(p.at);
	free(p.met);
	return rc;
}
