/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture on a page. */
#include "own.h"

#include "page/ladder.h"

void tc_show_page_event(struct tc_show *s, const struct tc_shown *e)
{
	const struct tc_convo_side *side = e->c->side;
	struct tc_html_seen seen = {
		.connection = e->c->number, .from = e->from, .frame = e->frame->bytes,
		.len = e->frame->len, .wire_len = e->frame->wire_len, .dlt = s->dlt,
		.stamp = e->frame->stamp, .tags = e->tags,
		.addr = { side[0].addr, side[1].addr }, .port = { side[0].port, side[1].port },
		.isn = { e->c->wire.side[0].isn, e->c->wire.side[1].isn },
		.payload = { .hdr = s->o->frames },
	};

	if (e->whole) {
		seen.frame = s->defrag.whole.data;
		seen.len = seen.wire_len = s->defrag.whole.len;
		seen.dlt = TC_DLT_IPV4;
	}
	tc_html_ladder_seen(s->o->ladder, &seen);
}
