/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of each segment between two captures, as the ladder of a page; see both.h. */
#include "both_own.h"

#include "page/ladder.h"
#include "report/trace.h"

#include <stdio.h>
#include <string.h>

/* Lines below a segment in one: "delayed: 50.000 ms more than usual; changed: …" */
static void join(struct tc_buf *out, const struct tc_buf *lines)
{
	const char *at = (const char *)lines->data, *end = at + lines->len;

	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		at += strspn(at, " ");
		tc_buf_text(out, out->len ? "; " : "");
		tc_buf_add(out, at, (size_t)(stop - at));
		at = stop + 1;
	}
	tc_buf_add_u8(out, 0);
}

static void put_event(struct tc_html_ladder *l, const struct tc_passages *p, unsigned number,
		      const struct tc_passage *x)
{
	const struct tc_passing *s = x->sent ? x->sent : x->arrived;
	const struct tc_gathered_convo *here = p->convo[0], *there = p->convo[1];
	const tc_seq *isn = p->isn[x->sent ? x->from : !x->from];
	struct tc_buf notes = { 0 }, text = { 0 };
	struct tc_view v = { 0 };
	struct tc_story_event e = {
		.kind = TC_STORY_SEGMENT, .frame = s->g->frame, .rx = &s->rx, .seen = true,
		.connection = number, .from = x->from,
		.addr = { here->addr[0], there->addr[!p->flipped] },
		.port = { here->port[0], there->port[!p->flipped] },
		.isn = { isn[0], isn[1] },
	};

	tc_both_notes(&notes, p, x);
	if (notes.len && !notes.failed) {
		join(&text, &notes);
		e.surgery = text.failed ? NULL : (const char *)text.data;
	}
	e.frame.stamp = x->at;
	tc_html_ladder_passage(l, &v, &e, &(struct tc_html_passage){
		.fate = tc_fate_name[x->fate], .arrived_at = x->arrived_at,
		.is_there = x->sent && x->arrived, .is_certain = x->fate == TC_FATE_ARRIVED });
	tc_buf_free(&notes);
	tc_buf_free(&text);
}

void tc_both_page(struct tc_html_ladder *l, const struct tc_passages *p, unsigned number)
{
	char outcome[60];
	unsigned n[TC_FATES];

	for (size_t i = 0; i < p->n; i++)
		put_event(l, p, number, &p->passage[i]);
	for (unsigned f = 0; f < TC_FATES; f++)
		n[f] = p->count[0][f] + p->count[1][f];
	snprintf(outcome, sizeof outcome, "%u arrived, %u lost, %u doubled, %u of the path",
		 n[TC_FATE_ARRIVED], n[TC_FATE_LOST], n[TC_FATE_DOUBLED], n[TC_FATE_PATH]);
	tc_html_ladder_outcome(l, number, outcome);
}
