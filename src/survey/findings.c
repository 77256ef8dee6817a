/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings that come as lines: of a file, or of who has asked. */
#include "survey.h"

#include <string.h>

void probing_findings(struct tc_buf *found, const struct tc_buf *lines, struct tc_error *err)
{
	const char *at = (const char *)lines->data, *end = at ? at + lines->len : NULL;

	while (at && at < end && !err->code) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		size_t n = nl ? (size_t)(nl - at) : (size_t)(end - at);
		struct tc_finding f = { 0 };

		if (n && tc_finding_parse(&f, at, n, err) > 0)
			tc_buf_add(found, &f, sizeof f);
		else
			tc_finding_free(&f);
		at += n + 1;
	}
}
