/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as the head of a case, and as the lines of a run before. */
#include "suite/suite.h"

#include <tcpcraft/error.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_suite_case c = { .id = (char *)(uintptr_t)"a/b", .exit = 4 };
	struct tc_suite s = { .command = "x", .cases = &c, .n = 1 };
	struct tc_buf out = { 0 }, text = { 0 };
	struct tc_error err = { 0 };

	for (size_t i = 0; i < size; i++) {	/* half of the lines are ours */
		if (i == 0 || data[i - 1] == '\n')
			tc_buf_text(&text, data[i] & 1 ? "//: " : "//: name ");
		tc_buf_add_u8(&text, data[i]);
	}
	if (tc_suite_head_read(&c.head, "x", (const char *)text.data, text.len, &err) < 0 &&
	    strncmp(err.msg, "x:", 2) != 0)
		abort();
	for (unsigned i = 0; i < c.head.n_marks; i++) {
		c.result.line = c.head.mark[i].line + 1;
		tc_suite_judge(&c);
	}
	tc_suite_put_case(&out, &c);
	tc_suite_tap(&out, &s);
	tc_suite_junit(&out, &s);
	if (tc_suite_read_before(&s, "x", (const char *)data, size, &err) < 0 &&
	    strncmp(err.msg, "x:", 2) != 0)
		abort();
	tc_suite_compare(&s);
	tc_suite_put_others(&out, &s);
	tc_suite_head_free(&c.head);
	tc_buf_free(&out);
	tc_buf_free(&text);
	return 0;
}
