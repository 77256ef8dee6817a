/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a journal are read up to the cut or refused with a line; what was read is
 * written as lines that read the same. */
#include <tcpcraft/error.h>
#include <tcpcraft/fuzz.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_journal j, again;
	struct tc_error err = { 0 };
	struct tc_buf out = { 0 };
	int rc = tc_journal_read(&j, data, size, &err);

	if ((rc < 0) != (err.msg[0] != 0) || j.good > size)
		abort();
	if (rc == 0) {
		tc_journal_put_head(&out, &j.head);
		for (size_t i = 0; i < j.n; i++)
			tc_journal_put_case(&out, &j.entries[i].c, &j.entries[i].o);
		if (tc_journal_read(&again, out.data, out.len, NULL) < 0 || again.n != j.n)
			abort();
		tc_journal_close(&again);
	}
	tc_buf_free(&out);
	tc_journal_close(&j);
	return 0;
}
