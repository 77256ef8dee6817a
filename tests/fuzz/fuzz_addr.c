/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as an address: refused with a line, or read; what was read and written reads back
 * the same, with a port too. */
#include <tcpcraft/addr.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void check_same(const struct tc_addr *a, uint16_t port)
{
	char text[TC_ADDR_STRING], end[TC_ADDR_PORT_STRING];
	struct tc_addr back;
	uint16_t back_port = 0;

	memset(text, 'x', sizeof text);
	memset(end, 'x', sizeof end);
	must(tc_addr_parse(&back, tc_addr_string(a, text), NULL) == 0);
	must(memcmp(&back, a, sizeof back) == 0);
	must(tc_addr_parse_port(&back, &back_port, tc_addr_port_string(a, port, end), NULL) == 0);
	must(memcmp(&back, a, sizeof back) == 0 && back_port == port);
	must(tc_addr_equal(&back, a) && tc_addr_hash(&back, port) == tc_addr_hash(a, port));
}

static void check_text(const char *text)
{
	struct tc_error err = { 0 };
	struct tc_addr a = { 0 };
	uint16_t port = 80;

	if (tc_addr_parse(&a, text, &err) == 0)
		check_same(&a, port);
	else
		must(err.code < 0 && err.msg[0] && !strpbrk(err.msg, "\n\r\033"));
	if (tc_addr_parse_port(&a, &port, text, &err) == 0)
		check_same(&a, port);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_addr a = { .family = 6 };
	struct tc_buf text = { 0 };

	tc_buf_add(&text, data, size);
	tc_buf_add_u8(&text, 0);
	check_text((const char *)text.data);
	memcpy(a.bytes, data, size < sizeof a.bytes ? size : sizeof a.bytes);
	check_same(&a, 1);
	tc_buf_free(&text);
	return 0;
}
