/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as targets is taken or refused with a line; any line as a result is read or
 * refused, and what was read compares with itself as the same. */
#include <tcpcraft/error.h>
#include <tcpcraft/probe.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

/* Files are another matter. */
static void targets(const uint8_t *data, size_t size)
{
	struct tc_error err = { 0 };
	struct tc_buf text = { 0 }, out = { 0 };
	int n;

	tc_buf_add(&text, data, size);
	tc_buf_add_u8(&text, 0);
	if (!memchr(text.data, '@', text.len)) {
		n = tc_targets_parse(&out, (const char *)text.data, &err);
		must((n < 0) == (err.msg[0] != 0));
		must(n < 0 || (size_t)n == out.len / sizeof(struct tc_target));
	}
	tc_buf_free(&text);
	tc_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_diff pair;
	struct tc_finding f = { 0 };
	struct tc_error err = { 0 };
	int rc = tc_finding_parse(&f, (const char *)data, size, &err);

	must((rc < 0) == (err.msg[0] != 0));
	must(rc <= 0 || f.experiment);
	must(tc_finding_diff(&pair, &f, &f) == 0);
	tc_finding_free(&f);
	targets(data, size);
	return 0;
}
