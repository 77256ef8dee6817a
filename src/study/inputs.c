/* SPDX-License-Identifier: BSD-2-Clause */
/* The alphabet of a study: --inputs, a model's, or all there is. */
#include "own.h"

#include <errno.h>
#include <string.h>

#define MODEL_MAX (1u << 20)

static int read_model(struct study *g, struct tc_error *err)
{
	const char *path = g->o->probe.against;
	struct tc_buf text = { 0 };
	struct tc_error why = { 0 };
	int rc = tc_buf_read_file(&text, path, MODEL_MAX, &why);

	if (rc >= 0 && tc_mealy_parse(&g->against, (const char *)text.data, text.len, &why) < 0)
		rc = tc_fail(err, -EINVAL, "%s: %s", path, why.msg);
	else if (rc < 0)
		rc = tc_fail(err, -EINVAL, "%s", why.msg);
	tc_buf_free(&text);
	return rc;
}

static int no_such(const char *name, int n, struct tc_error *err)
{
	struct tc_buf all = { 0 };

	for (unsigned i = 0; i < TC_INPUTS; i++)
		tc_buf_printf(&all, "%s%s", i ? ", " : "", tc_input_names[i]);
	tc_fail(err, -EINVAL, "--inputs: '%.*s' is none of %.*s", n > 20 ? 20 : n, name,
		(int)all.len, (const char *)all.data);
	tc_buf_free(&all);
	return err->code;
}

/* Names between commas; what is named twice is one. */
static int read_list(const char *list, bool chosen[TC_INPUTS], struct tc_error *err)
{
	while (*list) {
		size_t n = strcspn(list, ",");
		unsigned i = 0;

		while (i < TC_INPUTS && (strlen(tc_input_names[i]) != n ||
					 strncmp(tc_input_names[i], list, n) != 0))
			i++;
		if (i == TC_INPUTS)
			return no_such(list, (int)n, err);
		chosen[i] = true;
		list += n + (list[n] == ',');
	}
	return 0;
}

static void choose(const struct study *g, bool chosen[TC_INPUTS])
{
	const struct tc_symbols *model = &g->against.inputs;

	for (unsigned i = 0; i < TC_INPUTS; i++) {
		chosen[i] = !g->against.n_states &&
			    (i < TC_INPUT_SEGMENTS || g->o->script.dut);
		for (unsigned k = 0; k < model->n; k++)
			chosen[i] |= strcmp(model->names[k], tc_input_names[i]) == 0;
	}
}

/* Calls, and somebody who makes them: neither goes without the other. */
static int check(const struct study *g, struct tc_error *err)
{
	bool calls = false;

	for (unsigned i = 0; i < g->n_inputs; i++)
		calls |= g->inputs[i] >= TC_INPUT_SEGMENTS;
	if (!g->n_inputs)
		return tc_fail(err, -EINVAL, "--inputs names none");
	if (calls && !g->o->script.dut)
		return tc_fail(err, -EINVAL, "%s is a call of the peer's own user, and nobody makes "
			       "it: --dut WAY", tc_input_names[g->inputs[g->n_inputs - 1]]);
	if (!calls && g->o->script.dut)
		return tc_fail(err, -EINVAL, "--dut makes calls, and there is none among the inputs%s%s",
			       g->against.n_states ? " of " : "",
			       g->against.n_states ? g->o->probe.against : "");
	return 0;
}

int study_inputs(struct study *g, struct tc_error *err)
{
	const char *list = g->o->probe.inputs;
	struct tc_symbols mine = { 0 };
	struct tc_error why = { 0 };
	bool chosen[TC_INPUTS] = { false };
	int rc = g->o->probe.against ? read_model(g, err) : 0;

	if (rc >= 0 && list)
		rc = read_list(list, chosen, err);
	else if (rc >= 0)
		choose(g, chosen);
	for (uint8_t i = 0; i < TC_INPUTS; i++)
		if (chosen[i])
			g->inputs[g->n_inputs++] = i;
	/* of other inputs than the model's nothing could be said: not only when all is learned */
	if (rc >= 0 && g->against.n_states) {
		struct tc_mealy m = { 0 };

		rc = study_name(g, &mine, err);
		m.inputs = mine;
		if (rc >= 0)
			rc = tc_mealy_inputs(&m, &g->against, NULL, &why);
		if (rc == -EINVAL && why.code)
			tc_fail(err, -EINVAL, "%s: %s", g->o->probe.against, why.msg);
		tc_symbols_free(&mine);
	}
	return rc < 0 ? rc : check(g, err);
}
