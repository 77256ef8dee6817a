/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text as the value of any field: refused with a line, or read; what was read and
 * printed reads back the same, and a packet takes it. The first byte of the input
 * chooses the field. The text is also looked up as a field's name.
 */
#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void must_explain(const struct tc_error *err)
{
	must(err->code < 0 && err->msg[0] && !strpbrk(err->msg, "\n\r\033"));
}

/* The nth of all rows and aliases. */
static const struct tc_field *nth_field(unsigned n, const struct tc_header **h)
{
	for (;;) {
		for (enum tc_header_id id = 0; id < TC_HDR_COUNT; id++) {
			*h = tc_header_get(id);
			if (n < (*h)->n_rows)
				return &(*h)->rows[n];
			n -= (*h)->n_rows;
			if (n < (*h)->n_aliases)
				return &(*h)->aliases[n];
			n -= (*h)->n_aliases;
		}
	}
}

static int check_number(const struct tc_field *f, const char *text)
{
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };
	tc_value value, back;
	int rc = tc_field_parse(f, text, &value, &err);

	if (rc < 0) {
		must_explain(&err);
		return rc;
	}
	must(value <= tc_field_max(f));
	tc_field_print(f, value, false, &b);
	must(tc_field_parse(f, (char *)b.data, &back, NULL) == 0 && back == value);
	tc_field_print(f, value, true, &b);
	tc_buf_free(&b);
	return rc;
}

static int check_bytes(const struct tc_field *f, const char *text)
{
	struct tc_buf value = { 0 }, printed = { 0 }, back = { 0 };
	struct tc_error err = { 0 };
	int rc = tc_field_parse_bytes(f, text, &value, &err);

	if (rc < 0) {
		must_explain(&err);
	} else {
		tc_field_print_bytes(f, value.data, value.len, &printed);
		tc_buf_add_u8(&printed, 0);
		must(tc_field_parse_bytes(f, (char *)printed.data, &back, NULL) == 0);
		must(back.len == value.len);
		must(!back.len || memcmp(back.data, value.data, back.len) == 0);
	}
	tc_buf_free(&value);
	tc_buf_free(&printed);
	tc_buf_free(&back);
	return rc;
}

/* A packet of one layer takes what the reader took, and nothing else but bad and auto. */
static void check_packet(const struct tc_header *h, const struct tc_field *f,
			 const char *text, int read)
{
	static uint8_t out[TC_PACKET_MAX];
	struct tc_error err = { 0 };
	struct tc_packet p = { 0 };
	int rc;

	must(tc_packet_push(&p, h, NULL) == 0);
	rc = tc_packet_set_text(&p, f->name, text, NULL, &err);
	must(rc == 0 || rc == read || (read == 0 && rc == -EMSGSIZE && !f->bits));
	must(rc == read || (rc == 0 && f->autofill) || rc == -EMSGSIZE);
	if (rc < 0)
		must_explain(&err);
	rc = tc_packet_build(&p, out, sizeof out, &err);
	must(rc >= 0 || rc == -EMSGSIZE);
	tc_packet_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tc_header *h;
	const struct tc_field *f;
	struct tc_field_ref ref;
	struct tc_error err = { 0 };
	struct tc_buf b = { 0 };
	const char *text;

	if (size == 0)
		return 0;
	tc_buf_add(&b, data + 1, size - 1);
	tc_buf_add_u8(&b, 0);
	text = (const char *)b.data;
	f = nth_field(data[0], &h);
	check_packet(h, f, text, f->bits ? check_number(f, text) : check_bytes(f, text));
	if (tc_field_find(&ref, text, NULL, &err) < 0)
		must_explain(&err);
	tc_buf_free(&b);
	return 0;
}
