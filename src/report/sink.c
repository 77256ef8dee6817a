/* SPDX-License-Identifier: BSD-2-Clause */
/* One fan-out for all that is told; see sink.h. */
#include "sink.h"

#include <assert.h>

void tc_sinks_add(struct tc_sinks *s, const struct tc_sink *sinks, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!sinks[i].ctx)
			continue;
		assert(s->n < TC_SINKS_MOST);
		s->list[s->n++] = sinks[i];
	}
}

void tc_tell(const struct tc_sinks *s, struct tc_view *v, const struct tc_story_event *e)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->list[i].kinds & e->kind)
			s->list[i].tell(s->list[i].ctx, v, e);
}
