/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as options come back from their text; any text is refused or, printed and
 * read again, means the same bytes. */
#include <tcpcraft/buf.h>
#include <tcpcraft/tcpopt.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void check_round_trip(const uint8_t *bytes, size_t n)
{
	struct tc_buf text = { 0 }, back = { 0 };

	tc_tcpopt_print(&text, bytes, n);
	must(tc_tcpopt_parse_text(&back, (const char *)text.data, NULL) == 0);
	must(back.len == n && (n == 0 || memcmp(back.data, bytes, n) == 0));
	tc_buf_free(&text);
	tc_buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_buf text = { 0 }, bytes = { 0 };

	check_round_trip(data, size);
	tc_buf_add(&text, data, size);
	tc_buf_add_u8(&text, 0);
	if (tc_tcpopt_parse_text(&bytes, (const char *)text.data, NULL) == 0)
		check_round_trip(bytes.data, bytes.len);
	tc_buf_free(&text);
	tc_buf_free(&bytes);
	return 0;
}
