/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a payload of a case, or as whole frames, is refused with a line, or gives no more
 * bytes than may be. */
#include <tcpcraft/error.h>
#include <tcpcraft/field.h>
#include <tcpcraft/fuzz.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t valid[] = "PROT\1\0\0\0\5hello\142\0";
	struct tc_buf text = { 0 }, body = { 0 }, frames = { 0 };
	struct tc_error err = { 0 }, why = { 0 };
	int rc;

	tc_buf_add(&text, data, size);
	tc_buf_add_u8(&text, 0);
	rc = tc_fuzz_body(&body, (const char *)text.data, data, size, &err);
	if ((rc < 0) != (err.msg[0] != 0) || (rc == 0 && body.len > TC_FUZZ_BODY_MAX))
		abort();
	rc = tc_fuzz_request(&frames, tc_header_get(TC_HDR_PROT), (const char *)text.data, valid,
			     sizeof valid - 1, NULL, &why);
	if ((rc < 0) != (why.msg[0] != 0) || (rc == 0 && frames.len > TC_FUZZ_BODY_MAX) ||
	    (rc == 0 && tc_fuzz_payload_check((const char *)text.data, NULL) < 0))
		abort();
	tc_buf_free(&text);
	tc_buf_free(&body);
	tc_buf_free(&frames);
	return 0;
}
