/* SPDX-License-Identifier: BSD-2-Clause */
#include "terminal.h"

#include "cli.h"

#include <unistd.h>

struct terminal terminal_begin(const struct options *o)
{
	return (struct terminal){ .escapes = !o->binary && isatty(STDOUT_FILENO) };
}

void terminal_put(struct terminal *t, struct tc_buf *out, const uint8_t *bytes, size_t n)
{
	if (n)
		t->in_line = bytes[n - 1] != '\n';
	if (t->escapes)
		tc_text_show(&t->text, out, bytes, n);
	else
		tc_buf_add(out, bytes, n);
}

void terminal_end(struct terminal *t, struct tc_buf *out)
{
	tc_text_end(&t->text, out);
	if (t->escapes && t->in_line)
		tc_buf_text(out, "\n");
	t->in_line = false;
}
