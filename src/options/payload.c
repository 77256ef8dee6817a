/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of the payload: what is sent, what its frames look like, what of it is changed. */
#include "own.h"

#include <tcpcraft/header_read.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/mutate.h>
#include <tcpcraft/rng.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SPEC_MAX (64u << 10)

static int set_data(struct options *o, const char *v, struct tc_error *err)
{
	struct tc_error why;

	if (tc_hex_decode(&o->data, v, strlen(v), &why) < 0)
		return tc_fail(err, -EINVAL, "--data: %s (for text use --data-string)", why.msg);
	return option_add_message(o, "--data", false, err);
}

static int set_data_string(struct options *o, const char *v, struct tc_error *err)
{
	tc_buf_add(&o->data, v, strlen(v));
	return option_add_message(o, "--data-string", false, err);
}

int options_add_text(struct options *o, const char *text, struct tc_error *err)
{
	tc_buf_add(&o->data, text, strlen(text));
	return option_add_message(o, "TEXT", false, err);
}

static int set_data_file(struct options *o, const char *v, struct tc_error *err)
{
	int rc = tc_buf_read_file(&o->data, v, OPTION_DATA_MAX, err);

	o->stdin_is_payload |= strcmp(v, "-") == 0;
	return rc < 0 ? rc : option_add_message(o, "--data-file", false, err);
}

static int set_data_length(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number("--data-length", v, OPTION_DATA_MAX, &n, err);

	return rc < 0 ? rc : option_add_random(o, "--data-length", n, err);
}

int options_take_spec(struct options *o, const char *file, const void *text, size_t n,
		      struct tc_error *err)
{
	int rc = tc_header_read(&o->payload, file, text, n, err);

	o->payload_file = file;
	tc_buf_add(&o->payload_text, text, n);
	tc_buf_add_u8(&o->payload_text, 0);
	if (rc >= 0 && o->payload_text.failed)
		rc = tc_nomem(err);
	return rc;
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
		rc = options_take_spec(o, v, text.data, text.len, err);
	o->stdin_is_payload |= strcmp(v, "-") == 0;
	tc_buf_free(&text);
	return rc;
}

static void list_presets(FILE *out)
{
	struct tc_mutate_preset p;
	char left[48];

	fprintf(out, "    or a receiver that lies:\n");
	for (unsigned i = 0; tc_mutate_preset(i, &p); i++) {
		snprintf(left, sizeof left, "      %s", p.name);
		option_put_help(out, left, OPTION_LIST_AT, p.doc);
	}
}

const struct option_row payload_rows[] = {
	{ 0, "set", "FIELD=VALUE", GROUP_TALK, "set a field of the frame, however wrong",
	  LIST(sets, n_sets), USUAL(GROUP_PROT) },
	{ 0, "data", "HEX", GROUP_DATA, "payload as hex digits", CUSTOM(set_data) },
	{ 0, "data-string", "TEXT", GROUP_DATA, "payload as text",
	  CUSTOM(set_data_string), USUAL(GROUP_LISTEN | GROUP_SEND) },
	{ 0, "data-file", "F", GROUP_DATA, "payload from a file, - is stdin",
	  CUSTOM(set_data_file) },
	{ 0, "data-length", "N", GROUP_DATA, "N random bytes (--seed)",
	  CUSTOM(set_data_length) },
	{ 0, "data-each", "FILE|A..B", GROUP_EACH,
	  "a connection for each line, or length from A to B",
	  CUSTOM(option_data_each), USUAL(GROUP_EACH) },
	{ 0, "repeat", "N", GROUP_EACH, "--data-each: all of them N times (1)",
	  NUMBER(repeat, 1, OPTION_EACH_MAX) },
	{ 0, "payload-spec", "FILE", GROUP_SPEC, "the fields of the protocol above TCP",
	  CUSTOM(set_payload_spec), USUAL(GROUP_TALK) },
	{ 0, "lua", NULL, GROUP_FIELDS, "--payload-spec: a dissector for Wireshark", FLAG(lua) },
	{ 0, "mutate", "RULE", GROUP_MUTATE,
	  "change a segment, as 'data[1]: tcp.seq+=1' says",
	  LIST(mutates, n_mutates), .more = list_presets, USUAL(GROUP_TALK) },
	{ 0, "follow-wire", NULL, GROUP_TALK,
	  "our numbers follow what --mutate made of a segment", FLAG(follow_wire) },
	{ 0, "binary", NULL, GROUP_TALK,
	  "the peer's bytes as they are, on a terminal too", FLAG(binary) },
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

int options_finish_payload(struct options *o, uint64_t groups, struct tc_error *err)
{
	int rc = option_finish_each(o, groups, err);

	if (rc < 0)
		return rc;
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
	tc_buf_free(&o->payload_text);
	free(o->messages);
	free(o->sets);
	free(o->mutates);
}
