/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of crafted packets. The short ways to fields are rows with the field's name;
 * what a field is, and takes, its own table says. */
#include "own.h"

#include <errno.h>
#include <stdlib.h>

int option_field(struct options *o, const char *field, const char *value,
		 struct tc_error *err)
{
	struct field_value *f = TC_ARRAY_ADD(o->send.fields, o->send.n_fields);

	if (!f)
		return tc_nomem(err);
	*f = (struct field_value){ field, value };
	return 0;
}

void options_free_send(struct options *o)
{
	free(o->send.fields);
	free(o->send.expect);
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

const struct option_row field_rows[] = {
	{ 0, "flags", "FLAGS", GROUP_SEND, FIELD("tcp.flags", "flags, as S, SA or 0x02"), USUAL(GROUP_SEND) },
	{ 0, "seq", "N", GROUP_SEND, FIELD("tcp.seq", "sequence number") },
	{ 0, "ack", "N", GROUP_SEND, FIELD("tcp.ack", "acknowledgment number") },
	{ 0, "win", "N", GROUP_SEND, FIELD("tcp.window_size_value", "window") },
	{ 0, "options", "LIST", GROUP_SEND,
	  FIELD("tcp.options", "TCP options, as mss 1460,nop,wscale 7"), USUAL(GROUP_SEND) },
	{ 0, "ttl", "N", GROUP_SEND, FIELD("ip.ttl", "time to live, or hop limit"), USUAL(GROUP_SEND) },
	{ 0, "tos", "N", GROUP_SEND, FIELD("ip.dsfield", "type of service, as 0x10") },
	{ 0, "id", "N", GROUP_SEND, FIELD("ip.id", "identification of the IP packet") },
	{ 0, "df", "0|1", GROUP_SEND, FIELD("ip.flags.df", "don't fragment") },
	{ 0 }
};

const struct option_row send_rows[] = {
	{ 'c', "count", "N", GROUP_SEND, "all packets N times (1)",
	  NUMBER(send.rounds, 1, UINT64_C(1) << 62), USUAL(GROUP_SEND) },
	{ 0, "interval", "SECONDS", GROUP_SEND, "between packets",
	  SECONDS(send.interval) },
	{ 0, "flood", NULL, GROUP_SEND,
	  "as fast as it goes, for ever, answers only counted", FLAG(send.flood),
	  USUAL(GROUP_SEND) },
	{ 0, "fragment", "SIZE", GROUP_SEND, "in IP fragments of SIZE bytes",
	  CUSTOM(set_fragment) },
	{ 0, "raw", "HEX", GROUP_SEND,
	  "whole frames, as they are; -: lines or a capture from stdin",
	  CUSTOM(set_raw) },
	{ 0, "from", "HEADER", GROUP_SEND | GROUP_BYTES,
	  "what the bytes begin with: eth, ip, tcp … (guessed)", TEXT(send.from) },
	{ 0, "expect", "SPEC", GROUP_SEND,
	  "any, none, syn-ack … or FIELD=VALUE; else exit 4",
	  LIST(send.expect, send.n_expect), USUAL(GROUP_SEND) },
	{ 0, "half-open", NULL, GROUP_SEND,
	  "leave what a SYN opened as it is: no reset of ours", FLAG(send.half_open) },
	{ 0, "dry-run", NULL, GROUP_SEND, "print the packets, send nothing",
	  FLAG(send.dry_run), USUAL(GROUP_SEND) },
	{ 0, "format", "FORMAT", GROUP_SEND, "hex, text, json, c or pcap",
	  TEXT(send.format) },
	{ 0, "checksum", NULL, GROUP_EXPLAIN, "work each checksum out",
	  FLAG(send.checksum) },
	{ 0 }
};
