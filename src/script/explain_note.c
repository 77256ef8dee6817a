/* SPDX-License-Identifier: BSD-2-Clause */
/* The notes of a line of a script. */
#include "explain_own.h"

#include "base/format.h"

#include <stdio.h>

void tc_sc_note(struct notes *n, const char *rests_on, const char *fmt, ...)
{
	if (n->n == NOTES_MOST)
		return;
	TC_FORMAT(n->of[n->n].text, sizeof n->of[n->n].text, fmt);
	n->of[n->n++].rests_on = rests_on;
}
