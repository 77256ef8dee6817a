/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text as a model. What is refused is refused with a line; what is taken is written, and
 * read again is the same: no word tells the two apart, and it is written the same way.
 */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/learn.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

/* Steps from bytes, so that more than a few are whole: 3 a step, of as many inputs. */
static void put_lines(struct tc_buf *out, const uint8_t *data, size_t size)
{
	unsigned inputs = 1 + data[0] % 4, n = (unsigned)(size - 1) / 2 / inputs;

	for (unsigned i = 0; i < n * inputs; i++)
		tc_buf_printf(out, "%u in%u out%u %u\n", i / inputs, i % inputs,
			      data[1 + 2 * i] % 8, data[2 + 2 * i] % n);
}

static void check(const char *text, size_t size)
{
	struct tc_mealy m, again;
	struct tc_mealy_difference d;
	struct tc_buf first = { 0 }, second = { 0 };
	struct tc_error err = { 0 };

	if (tc_mealy_parse(&m, text, size, &err) < 0) {
		must(err.code < 0 && err.msg[0] && !strpbrk(err.msg, "\n\r\033"));
		return;
	}
	tc_mealy_print(&m, &first);
	must(!first.failed);
	must(tc_mealy_parse(&again, (char *)first.data, first.len, &err) == 0);
	tc_mealy_print(&again, &second);
	must(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
	must(tc_mealy_diff(&m, &again, &d, &err) == 0);
	first.len = 0;
	tc_mealy_dot(&m, "any", &first);
	tc_mealy_json(&m, &first);
	tc_mealy_table(&m, &first);
	must(!first.failed);
	tc_buf_free(&first);
	tc_buf_free(&second);
	tc_mealy_free(&m);
	tc_mealy_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_buf lines = { 0 };

	check((const char *)data, size);
	if (size > 3 && size < 2000) {
		put_lines(&lines, data, size);
		check((const char *)lines.data, lines.len);
		tc_buf_free(&lines);
	}
	return 0;
}
