/* SPDX-License-Identifier: BSD-2-Clause */
/* What waits to be printed, and whether it could be. */
#include "tracing.h"

#include <errno.h>

int live_outputs(struct live *l)
{
	if (l->write_err.code)
		return fail(l->o, EXIT_MACHINE, &l->write_err);
	if (l->output_err.code == -EPIPE)	/* its reader (head, less) has enough */
		return EXIT_MACHINE;
	return l->output_err.code ? fail(l->o, EXIT_MACHINE, &l->output_err) : 0;
}

void live_print(struct live *l)
{
	FILE *to = l->o->json ? stdout : l->ladder;

	if (l->tracing)
		tracing_turn(l);
	if (l->text.len)
		terminal_write(l->o, to, l->text.data, l->text.len);
	l->text.len = 0;
	if (fflush(to) != 0 && to == stdout && !l->output_err.code)
		tc_fail_errno(&l->output_err, "cannot write standard output");
}
