/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a file of known differences are taken or refused with a line; a line that is taken
 * and has no wildcard knows itself. */
#include <tcpcraft/error.h>
#include <tcpcraft/fuzz.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_buf known = { 0 };
	struct tc_error err = { 0 };
	char line[TC_FUZZ_KNOWN_LINE + 1];
	int rc = tc_fuzz_known_read(&known, "file", data, size, &err);
	size_t n;

	if ((rc < 0) != (err.msg[0] != 0))
		abort();
	if (rc == 0) {
		n = strcspn((const char *)known.data, "\n");
		memcpy(line, known.data, n);
		line[n] = 0;
		if (n && *line != '#' && !strpbrk(line, "*?[\\") &&
		    !tc_fuzz_known_has(&known, line))
			abort();
		tc_fuzz_known_has(&known, "tcp.flags data: answer: reset against reply");
	}
	tc_buf_free(&known);
	return 0;
}
