/* SPDX-License-Identifier: BSD-2-Clause */
/* What is odd about a segment between two captures; see both_own.h. */
#include "both_own.h"

#include "wire/segment_line.h"

static void put_change(void *ctx, const char *field, const char *was, const char *is)
{
	tc_buf_printf(ctx, TC_LINE_INDENT "changed: %s %s -> %s\n", field, was, is);
}

void tc_both_notes(struct tc_buf *out, const struct tc_passages *p, const struct tc_passage *x)
{
	if (x->fate == TC_FATE_LOST && x->after_end)
		tc_buf_text(out, TC_LINE_INDENT "lost, or later than the end of the other capture\n");
	if (x->late)
		tc_buf_printf(out, TC_LINE_INDENT "delayed: %.3f ms more than usual\n",
			      (double)x->late / TC_MS);
	if (x->sent && x->sent->parts > 1)
		tc_buf_printf(out, TC_LINE_INDENT "arrived in %u segments\n", x->sent->parts);
	if (x->missing)
		tc_buf_printf(out, TC_LINE_INDENT "%u of its bytes did not arrive\n", x->missing);
	tc_passage_changes(p, x, put_change, out);
}
