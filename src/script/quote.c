/* SPDX-License-Identifier: BSD-2-Clause */
/* A string as a script writes it. */
#include "own.h"

#include <tcpcraft/buf.h>

void tc_sc_print_string(struct tc_buf *out, const uint8_t *bytes, size_t n)
{
	tc_buf_text(out, "\"");
	for (size_t i = 0; i < n; i++) {
		uint8_t b = bytes[i];

		if (b == '"' || b == '\\')
			tc_buf_printf(out, "\\%c", b);
		else if (b == '\n')
			tc_buf_text(out, "\\n");
		else if (b == '\r')
			tc_buf_text(out, "\\r");
		else if (b == '\t')
			tc_buf_text(out, "\\t");
		else if (b >= ' ' && b < 0x7f)
			tc_buf_add_u8(out, b);
		else
			tc_buf_printf(out, "\\x%02x", b);
	}
	tc_buf_text(out, "\"");
}
