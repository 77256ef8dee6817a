/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of crafted packets. The short ways to fields are rows with the field's name;
 * what a field is, and takes, its own table says. */
#include "own.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int option_field(struct options *o, const char *field, const char *value,
		 struct tc_error *err)
{
	struct field_value *f = realloc(o->send.fields, (o->send.n_fields + 1) * sizeof *f);

	if (!f)
		return tc_nomem(err);
	o->send.fields = f;
	f[o->send.n_fields++] = (struct field_value){ field, value };
	return 0;
}

void options_free_send(struct options *o)
{
	free(o->send.fields);
	free(o->send.expect);
}

static int set_rounds(struct options *o, const char *v, struct tc_error *err)
{
	int rc = option_number("--count", v, UINT64_C(1) << 62, &o->send.rounds, err);

	return rc < 0 || o->send.rounds ? rc : tc_fail(err, -EINVAL, "--count: at least 1");
}

static int set_interval(struct options *o, const char *v, struct tc_error *err)
{
	char *end;
	double s = strtod(v, &end);

	if (end == v || *end || !isfinite(s) || s < 1e-9 || s > 86400)
		return tc_fail(err, -EINVAL, "--interval: '%s' is not a number of seconds "
			       "above 0, 86400 at most", v);
	o->send.interval = (tc_time)(s * (double)TC_S);
	return 0;
}

static int set_flood(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->send.flood = true;
	return 0;
}

static int set_fragment(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t n = 0;
	int rc = option_number("--fragment", v, 65528, &n, err);

	if (rc == 0 && (n == 0 || n % 8))
		rc = tc_fail(err, -EINVAL,
			     "--fragment: %s is not a multiple of 8 bytes, 8 or "
			     "more (RFC 791 3.2)",
			     v);
	o->send.fragment = (unsigned)n;
	return rc;
}

static int set_raw(struct options *o, const char *v, struct tc_error *err)
{
	if (o->send.raw)
		return tc_fail(err, -EINVAL,
			       "--raw is given twice: several frames are read "
			       "from - (standard input), one a line");
	o->send.raw = v;
	return 0;
}

static int set_from(struct options *o, const char *v, struct tc_error *err)
{
	(void)err;
	o->send.from = v;
	return 0;
}

static int set_dry_run(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->send.dry_run = true;
	return 0;
}

static int set_format(struct options *o, const char *v, struct tc_error *err)
{
	(void)err;
	o->send.format = v;
	return 0;
}

static int set_expect(struct options *o, const char *v, struct tc_error *err)
{
	const char **list = realloc(o->send.expect,
				    (o->send.n_expect + 1) * sizeof *list);

	if (!list)
		return tc_nomem(err);
	o->send.expect = list;
	list[o->send.n_expect++] = v;
	return 0;
}

static int set_checksum(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->send.checksum = true;
	return 0;
}

static int set_half_open(struct options *o, const char *v, struct tc_error *err)
{
	(void)v, (void)err;
	o->send.half_open = true;
	return 0;
}

const struct field_row field_rows[] = {
	{ "flags", "FLAGS", "tcp.flags" },
	{ "seq", "N", "tcp.seq" },
	{ "ack", "N", "tcp.ack" },
	{ "win", "N", "tcp.window_size_value" },
	{ "options", "LIST", "tcp.options" },
	{ "ttl", "N", "ip.ttl" },
	{ "tos", "N", "ip.dsfield" },
	{ "id", "N", "ip.id" },
	{ "df", "0|1", "ip.flags.df" },
	{ 0 }
};

const struct option_row send_rows[] = {
	{ 'c', "count", "N", GROUP_SEND, set_rounds, "all packets N times (1)" },
	{ 0, "interval", "SECONDS", GROUP_SEND, set_interval, "between packets" },
	{ 0, "flood", NULL, GROUP_SEND, set_flood,
	  "as fast as it goes, for ever, answers only counted" },
	{ 0, "fragment", "SIZE", GROUP_SEND, set_fragment,
	  "in IP fragments of SIZE bytes" },
	{ 0, "raw", "HEX", GROUP_SEND, set_raw,
	  "whole frames, as they are; -: lines or a capture from stdin" },
	{ 0, "from", "HEADER", GROUP_SEND | GROUP_BYTES, set_from,
	  "what the bytes begin with: eth, ip, tcp … (guessed)" },
	{ 0, "expect", "SPEC", GROUP_SEND, set_expect,
	  "any, none, syn-ack, rst … or FIELD=VALUE of each answer; else exit 4" },
	{ 0, "half-open", NULL, GROUP_SEND, set_half_open,
	  "leave what a SYN opened as it is: no reset of ours" },
	{ 0, "dry-run", NULL, GROUP_SEND, set_dry_run, "print the packets, send nothing" },
	{ 0, "format", "FORMAT", GROUP_SEND, set_format, "hex, text, json, c or pcap" },
	{ 0, "checksum", NULL, GROUP_EXPLAIN, set_checksum, "work each checksum out" },
	{ 0 }
};
