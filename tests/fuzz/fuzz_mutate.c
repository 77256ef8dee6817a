/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a rule is taken or refused with a line; nothing else happens. */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/mutate.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_error err = { 0 };
	struct tc_buf text = { 0 };
	struct tc_mutate *m = NULL;
	const char *rule;
	int rc;

	tc_buf_add(&text, data, size);
	tc_buf_add_u8(&text, 0);
	rule = (const char *)text.data;
	rc = tc_mutate_open(&m, &rule, 1, (struct tc_payload){ 0 }, &err);
	if ((rc < 0) != (err.msg[0] != 0) || (rc < 0) == (m != NULL))
		abort();
	tc_mutate_close(m);
	tc_buf_free(&text);
	return 0;
}
