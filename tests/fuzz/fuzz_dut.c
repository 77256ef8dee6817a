/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as lines of the protocol. What is read is of itself; bytes read back as they were
 * written; and the kernel's end answers each with a line or not at all. (Sockets that bytes
 * open are few, and go: addresses are kept from it, so nothing is sent.)
 */
#include "dut/lines.h"
#include "dut/serve.h"

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

static void read_word(const char *word)
{
	struct tc_buf bytes = { 0 }, again = { 0 }, text = { 0 };

	if (tc_dut_bytes_read(&bytes, word, TC_DUT_BYTES, NULL) >= 0) {
		must(bytes.len <= TC_DUT_BYTES);
		tc_dut_bytes_put(&text, bytes.data, bytes.len);
		tc_buf_add(&text, "", 1);
		must(tc_dut_bytes_read(&again, (const char *)text.data, TC_DUT_BYTES, NULL) == 0);
		must(again.len == bytes.len &&
		     (!again.len || memcmp(again.data, bytes.data, again.len) == 0));
	}
	tc_buf_free(&bytes);
	tc_buf_free(&again);
	tc_buf_free(&text);
}

static void read_line(struct tc_dut_server *s, const char *text, size_t n)
{
	struct tc_dut_line l;
	size_t said;

	if (tc_dut_line_read(&l, text, n, NULL) < 0) {
		must(tc_dut_serve_line(s, text, n) == 0);
		return;
	}
	must(l.n >= 1 && l.n <= TC_DUT_WORDS);
	for (unsigned i = 0; i < l.n; i++) {
		must(l.word[i] > l.text && l.word[i] < l.text + sizeof l.text && *l.word[i]);
		read_word(l.word[i]);
	}
	if (strcmp(l.word[0], "connect") == 0 || strcmp(l.word[0], "bind") == 0)
		return;
	said = tc_dut_serve_line(s, text, n);
	must(said <= TC_DUT_LINE && (!said || s->reply[said - 1] == '\n'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size, *eol;
	struct tc_dut_server s = { .machine = &tc_dut_kernel };

	for (; at < end; at = eol + 1) {
		eol = memchr(at, '\n', (size_t)(end - at));
		if (!eol)
			eol = end;
		read_line(&s, at, (size_t)(eol - at));
	}
	tc_dut_serve_reset(&s);
	return 0;
}
