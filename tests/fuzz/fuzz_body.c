/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a payload of a case is refused with a line, or gives no more bytes than may be. */
#include <tcpcraft/error.h>
#include <tcpcraft/fuzz.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_buf text = { 0 }, body = { 0 };
	struct tc_error err = { 0 };
	int rc;

	tc_buf_add(&text, data, size);
	tc_buf_add_u8(&text, 0);
	rc = tc_fuzz_body(&body, (const char *)text.data, data, size, &err);
	if ((rc < 0) != (err.msg[0] != 0) || (rc == 0 && body.len > TC_FUZZ_BODY_MAX))
		abort();
	tc_buf_free(&text);
	tc_buf_free(&body);
	return 0;
}
