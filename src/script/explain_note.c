/* SPDX-License-Identifier: BSD-2-Clause */
/* The notes of a line of a script. */
#include "explain_own.h"

#include <stdarg.h>
#include <stdio.h>

void tc_sc_note(struct notes *n, const char *rests_on, const char *fmt, ...)
{
	va_list ap;

	if (n->n == NOTES_MOST)
		return;
	va_start(ap, fmt);
	vsnprintf(n->of[n->n].text, sizeof n->of[n->n].text, fmt, ap);
	va_end(ap);
	n->of[n->n++].rests_on = rests_on;
}
