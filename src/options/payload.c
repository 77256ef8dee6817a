/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of the payload: what is sent, what its frames look like, what of it is changed. */
#include "own.h"

#include <tcpcraft/header_read.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/rng.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DATA_MAX (256u << 20)
#define SPEC_MAX (64u << 10)

/* What was appended to o->data since the last one is a message. */
static int add_message(struct options *o, const char *how, bool random, struct tc_error *err)
{
	struct data_message *more;

	more = realloc(o->messages, (o->n_messages + 1) * sizeof *more);
	if (more)
		o->messages = more;
	if (!more || o->data.failed)
		return tc_fail(err, -ENOMEM, "%s: out of memory", how);
	more[o->n_messages++] = (struct data_message){ how, o->data.len, random };
	o->data_how = o->messages[0].how;
	return 0;
}

static int set_data(struct options *o, const char *v, struct tc_error *err)
{
	struct tc_error why;

	if (tc_hex_decode(&o->data, v, strlen(v), &why) < 0)
		return tc_fail(err, -EINVAL, "--data: %s (for text use --data-string)", why.msg);
	return add_message(o, "--data", false, err);
}

static int set_data_string(struct options *o, const char *v, struct tc_error *err)
{
	tc_buf_add(&o->data, v, strlen(v));
	return add_message(o, "--data-string", false, err);
}

int options_add_text(struct options *o, const char *text, struct tc_error *err)
{
	tc_buf_add(&o->data, text, strlen(text));
	return add_message(o, "TEXT", false, err);
}

static int set_data_file(struct options *o, const char *v, struct tc_error *err)
{
	int rc = tc_buf_read_file(&o->data, v, DATA_MAX, err);

	o->stdin_is_payload |= strcmp(v, "-") == 0;
	return rc < 0 ? rc : add_message(o, "--data-file", false, err);
}

static int set_data_length(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number("--data-length", v, DATA_MAX, &n, err);

	if (rc < 0)
		return rc;
	if (tc_buf_reserve(&o->data, n + 1) < 0)
		return tc_nomem(err);
	memset(o->data.data + o->data.len, 0, n);
	o->data.len += n;
	return add_message(o, "--data-length", true, err);
}

static int set_set(struct options *o, const char *v, struct tc_error *err)
{
	char **sets = realloc(o->sets, (o->n_sets + 1) * sizeof *sets);

	if (!sets)
		return tc_nomem(err);
	o->sets = sets;
	o->sets[o->n_sets++] = (char *)(uintptr_t)v;
	return 0;
}

static int set_mutate(struct options *o, const char *v, struct tc_error *err)
{
	const char **more = realloc(o->mutates, (o->n_mutates + 1) * sizeof *more);

	if (!more)
		return tc_nomem(err);
	o->mutates = more;
	o->mutates[o->n_mutates++] = v;
	return 0;
}

static int set_follow_wire(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->follow_wire = true;
	return 0;
}

static int set_binary(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->binary = true;
	return 0;
}

static int set_payload_spec(struct options *o, const char *v, struct tc_error *err)
{
	struct tc_buf text = { 0 };
	int rc;

	if (o->payload)
		return tc_fail(err, -EINVAL, "--payload-spec: %s and %s, one of them is enough",
			       o->payload_file, v);
	rc = tc_buf_read_file(&text, v, SPEC_MAX, err);
	if (rc >= 0)
		rc = tc_header_read(&o->payload, v, text.data, text.len, err);
	o->payload_file = v;
	o->stdin_is_payload |= strcmp(v, "-") == 0;
	tc_buf_free(&text);
	return rc;
}

const struct option_row payload_rows[] = {
	{ 0, "set", "FIELD=VALUE", GROUP_TALK, set_set, "set a field of the frame, however wrong" },
	{ 0, "data", "HEX", GROUP_DATA, set_data, "payload as hex digits" },
	{ 0, "data-string", "TEXT", GROUP_DATA, set_data_string, "payload as text" },
	{ 0, "data-file", "F", GROUP_DATA, set_data_file, "payload from a file, - is stdin" },
	{ 0, "data-length", "N", GROUP_DATA, set_data_length, "N random bytes (--seed)" },
	{ 0, "payload-spec", "FILE", GROUP_SPEC, set_payload_spec,
	  "the fields of the protocol above TCP" },
	{ 0, "mutate", "RULE", GROUP_MUTATE, set_mutate, "'data[1]: tcp.seq+=1': change a segment" },
	{ 0, "follow-wire", NULL, GROUP_TALK, set_follow_wire,
	  "our numbers follow what --mutate made of a segment" },
	{ 0, "binary", NULL, GROUP_TALK, set_binary,
	  "the peer's bytes as they are, on a terminal too" },
	{ 0 }
};

static void make_random(struct options *o)
{
	struct tc_rng rng;
	size_t from = 0;

	tc_rng_seed(&rng, o->seed);
	for (size_t i = 0; i < o->n_messages; from = o->messages[i++].end)
		if (o->messages[i].random)
			tc_rng_bytes(&rng, o->data.data + from, o->messages[i].end - from);
}

int options_finish_payload(struct options *o, unsigned groups, struct tc_error *err)
{
	if (o->n_messages > 1 && !(groups & GROUP_TALK))
		return tc_fail(err, -EINVAL, "%s and %s both give the payload: use one",
			       o->messages[0].how, o->messages[1].how);
	if (o->n_sets && groups & GROUP_TALK && !(groups & GROUP_PROT) && !o->payload)
		return tc_fail(err, -EINVAL, "--set %.60s: of which frame? --payload-spec FILE "
			       "describes it", o->sets[0]);
	if (o->follow_wire && !o->n_mutates)
		return tc_fail(err, -EINVAL, "--follow-wire: there is no --mutate to follow");
	make_random(o);
	return 0;
}

void options_free_payload(struct options *o)
{
	tc_buf_free(&o->data);
	tc_header_free(o->payload);
	free(o->messages);
	free(o->sets);
	free(o->mutates);
}
