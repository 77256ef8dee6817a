/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a lesson: taken, or refused with a place; every step of its scripts is one. */
#include <tcpcraft/error.h>
#include "teach/lesson.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tc_error err = { 0 };
	struct tc_lesson *l = NULL;
	char text[8192] = "# T\n";
	size_t n = size < sizeof text - 8 ? size : sizeof text - 8;

	memcpy(text + 4, data, n);
	if (tc_lesson_parse(&l, "x", text, n + 4, &err) < 0) {
		if (l || strncmp(err.msg, "x:", 2) != 0)
			abort();
		return 0;
	}
	for (unsigned i = 0; i < l->n_steps; i++)
		if (!l->step[i].text || l->step[i].right > l->step[i].n_choices)
			abort();
	for (unsigned i = 0; i < l->n_parts; i++)
		for (const struct tc_script_event *e = l->part[i].script->events; e; e = e->next)
			if (e->text && (e->kind == TC_SCRIPT_SAY) && !tc_lesson_step(l, e->text) &&
			    strspn(e->text, "0123456789") == strlen(e->text))
				abort();
	tc_lesson_free(l);
	return 0;
}
