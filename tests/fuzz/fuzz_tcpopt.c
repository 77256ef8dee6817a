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

/* An option of MPTCP of these bytes, and a text that differs from its text in a byte. */
static void check_mptcp(const uint8_t *data, size_t size)
{
	uint8_t option[TC_OPTIONS_MAX] = { TC_OPT_MPTCP };
	struct tc_buf text = { 0 }, bytes = { 0 };
	size_t n;

	if (size < 4)
		return;
	n = 1 + data[0] % (sizeof option - 2);
	n = n < size - 3 ? n : size - 3;
	option[1] = (uint8_t)(2 + n);
	memcpy(option + 2, data + 3, n);
	check_round_trip(option, 2 + n);
	tc_tcpopt_print(&text, option, 2 + n);
	text.data[data[1] % text.len] = data[2];
	if (tc_tcpopt_parse_text(&bytes, (const char *)text.data, NULL) == 0)
		check_round_trip(bytes.data, bytes.len);
	tc_buf_free(&text);
	tc_buf_free(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_buf text = { 0 }, bytes = { 0 };

	check_round_trip(data, size);
	check_mptcp(data, size);
	tc_buf_add(&text, data, size);
	tc_buf_add_u8(&text, 0);
	if (tc_tcpopt_parse_text(&bytes, (const char *)text.data, NULL) == 0)
		check_round_trip(bytes.data, bytes.len);
	tc_buf_free(&text);
	tc_buf_free(&bytes);
	return 0;
}
