/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as strace's output, in any pieces: what is told can be printed, whole or in
 * pieces it is the same. */
#include <tcpcraft/buf.h>
#include "strace/read.h"
#include "strace/weave.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_call(void *ctx, const struct tc_syscall *c)
{
	size_t n = strlen(c->text);

	if (n >= sizeof c->text || c->args > n || c->args_len > n - c->args ||
	    c->n_sockets > TC_SYSCALL_SOCKETS)
		abort();
	for (size_t i = 0; i < n; i++)
		if (!isprint((unsigned char)c->text[i]))
			abort();
	tc_syscall_text(ctx, c, 0, false, true);
	tc_syscall_json(ctx, c, 0, true, 1);
}

static void run(const uint8_t *data, size_t size, size_t piece, struct tc_buf *out)
{
	struct tc_strace *s;

	if (tc_strace_open(&s, NULL) < 0)
		abort();
	for (size_t at = 0; at < size; at += piece)
		tc_strace_feed(s, data + at, size - at < piece ? size - at : piece, on_call, out);
	tc_strace_end(s, on_call, out);
	tc_buf_u64(out, tc_strace_odd(s), 0, ' ');
	tc_strace_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_buf whole = { 0 }, pieces = { 0 };

	run(data, size, size ? size : 1, &whole);
	run(data, size, 7, &pieces);
	if (whole.len != pieces.len || memcmp(whole.data, pieces.data, whole.len) != 0)
		abort();
	tc_buf_free(&whole);
	tc_buf_free(&pieces);
	return 0;
}
