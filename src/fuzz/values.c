/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzzer tries. Numbers come from the field tables' mutator column, so a new field
 * is fuzzed without a line here.
 */
#include "own.h"
#include "wire/layer.h"

#include <inttypes.h>
#include <stdio.h>

const char *const tc_fuzz_segments[FUZZ_SEGMENTS] = { "syn", "ack", "data", "fin" };

static const char *const options[] = {
	"hex:", "mss 0", "mss 1", "mss 65535", "mss 536", "wscale 0", "wscale 14", "wscale 15",
	"wscale 255", "sackOK", "mss 1460,mss 1", "nop,nop,nop,nop", "TS val 0 ecr 0",
	"TS val 4294967295 ecr 4294967295", "sack 1:0", "sack 0:4294967295", "hex:00",
	"hex:02", "hex:080affff", "hex:ff00", "hex:ff01", "hex:ff28", "hex:00ffffff",
	"hex:220a0102030405060708", "hex:1e0c0081000000000000000000000000",
	"hex:01010101010101010101010101010101010101010101010101010101010101010101010101010101",
	"hex:1312000000000000000000000000000000000000", "hex:1d03ff", NULL,
};

/* Options with a length, and one that is right (IANA, TCP Option Kind Numbers): maximum
 * segment size, window scale, SACK permitted, SACK, echo, echo reply, timestamps, alternate
 * checksum, MD5, quick start, user timeout, authentication, MPTCP, fast open, experiments. */
static const struct {
	unsigned char kind, right;
} kinds[] = {
	{ 2, 4 }, { 3, 3 }, { 4, 2 }, { 5, 10 }, { 6, 6 }, { 7, 6 }, { 8, 10 }, { 14, 3 },
	{ 19, 18 }, { 27, 8 }, { 28, 4 }, { 29, 16 }, { 30, 12 }, { 34, 10 }, { 253, 4 },
	{ 254, 4 },
};

enum { KINDS = sizeof kinds / sizeof *kinds, LENGTHS = 9, OPTION_ROOM = 40 };

/* With each number of 1 to the length of the payload, in the first data segment. */
const char *const tc_fuzz_cuts[] = {
	"split", "truncate", "overlap", "pad", "tcp.seq+=", NULL,
};

/* In each kind of segment. */
const char *const tc_fuzz_actions[] = {
	"fragment 8", "fragment 16", "fragment 24", "dup", "dup 3", "swap", "drop", "delay 5",
	"before 41414141", "after 41414141", "after 50524f54", "split 4; swap",
	"overlap 4 new", "tcp.seq+=1", "tcp.seq+=-1", "tcp.seq+=65536", "tcp.seq+=1073741824",
	"tcp.seq+=2147483648", "tcp.ack+=1", "tcp.ack+=-1", "tcp.ack+=2147483648", "tcp.ack=0",
	"tcp.flags=F", "tcp.flags=S", "tcp.flags=R", "tcp.flags=P", "tcp.flags=U",
	"tcp.flags=0", "tcp.flags=SF", "tcp.flags=SR", "tcp.flags=SA", "tcp.flags=FA",
	"tcp.flags=RA", "tcp.flags=PAU", "tcp.flags=FPU", "tcp.flags=SAF", "tcp.flags=0xff",
	"tcp.flags=0xfff", "tcp.flags=SEW", "tcp.flags=AEW", NULL,
};

unsigned tc_fuzz_count(const char *const *list)
{
	unsigned n = 0;

	while (list[n])
		n++;
	return n;
}

/* Lengths of an option: 0, 1, 2, right, one less and one more; all that the header has room
 * for; and, with nothing behind them, the right one and the largest: beyond the header. */
static unsigned option_length(unsigned right, unsigned which)
{
	switch (which) {
	case 3:
		return right > 2 ? right : 5;	/* 2 was had */
	case 4:
		return right > 3 ? right - 1 : right + 2;
	case 5:
		return right + 1;
	case 6:
		return OPTION_ROOM;
	case 7:
		return right > 2 ? right : 8;
	case 8:
		return 255;
	}
	return which;
}

unsigned tc_fuzz_option_count(void)
{
	return tc_fuzz_count(options) + KINDS * LENGTHS;
}

void tc_fuzz_option(unsigned k, char text[FUZZ_OPTION_MAX])
{
	unsigned listed = tc_fuzz_count(options), which, length, used;

	if (k < listed) {
		snprintf(text, FUZZ_OPTION_MAX, "%s", options[k]);
		return;
	}
	k -= listed;
	which = k % LENGTHS;
	length = option_length(kinds[k / LENGTHS].right, which);
	used = (unsigned)snprintf(text, FUZZ_OPTION_MAX, "hex:%02x%02x",
				  (unsigned)kinds[k / LENGTHS].kind, length);
	for (unsigned i = 2; which < 7 && i < length; i++)
		used += (unsigned)snprintf(text + used, FUZZ_OPTION_MAX - used, "%02x", i);
}

static void add_value(struct tc_fuzz_value *v, unsigned *n, const char *value_class,
		      const char *op, tc_value number)
{
	uint64_t high = (uint64_t)(number >> 64), low = (uint64_t)number;

	if (*n == FUZZ_VALUES)
		return;
	v[*n].value_class = value_class;
	if (high)
		snprintf(v[(*n)++].text, sizeof v->text, "%s0x%" PRIx64 "%016" PRIx64, op,
			 high, low);
	else
		snprintf(v[(*n)++].text, sizeof v->text, "%s%" PRIu64, op, low);
}

/* What a length says when what it counts is as long as it may be, and all else is as usual. */
static tc_value limit_of(const struct tc_header *h, const struct tc_field *f)
{
	size_t others = counts_payload(h, f) ? counted_defaults(h, f) : 0;

	return counted_max(h, f) + others + (uint64_t)(int64_t)f->add;
}

unsigned tc_fuzz_values(const struct tc_fuzz_place *p,
			struct tc_fuzz_value v[FUZZ_VALUES])
{
	const struct tc_field *f = p->field;
	bool counts = f->autofill == TC_FILL_VAR_LEN && counted_max(p->hdr, f);
	tc_value max = tc_field_max(f), limit = counts ? limit_of(p->hdr, f) : max;
	unsigned n = 0;

	if (f->bits == 1) {
		add_value(v, &n, "flip", "^=", 1);
		return n;
	}
	if (f->mut & TC_MUT_BOUNDARY) {
		add_value(v, &n, "zero", "=", 0);
		add_value(v, &n, "one", "=", 1);
		add_value(v, &n, "max", "=", max);
		add_value(v, &n, "max-1", "=", max - 1);
		add_value(v, &n, "sign", "=", (tc_value)1 << (f->bits - 1));
		add_value(v, &n, "valid+1", "+=", 1);
		snprintf(v[n].text, sizeof v->text, "+=-1");
		v[n++].value_class = "valid-1";
	}
	if (limit < max) {
		add_value(v, &n, "limit", "=", limit);
		add_value(v, &n, "limit+1", "=", limit + 1);
	}
	if (f->kind == TC_KIND_CSUM || f->kind == TC_KIND_CSUM_LE) {
		snprintf(v[n].text, sizeof v->text, "=bad");
		v[n++].value_class = "bad";
	}
	return n;
}
