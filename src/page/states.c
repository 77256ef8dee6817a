/* SPDX-License-Identifier: BSD-2-Clause */
/* The states of both ends beside a ladder: told by our TCP, or inferred from the wire. */
#include "ladder_own.h"

#include "report/json.h"

static void put_change(json_t *list, unsigned side, const char *from, enum tc_state to,
		       const char *clause)
{
	json_t *o = json_object();

	put_int(o, "side", side);
	put_text(o, "from", from);
	put_text(o, "to", tc_state_name(to));
	if (clause)
		put_text(o, "clause", clause);
	else
		json_object_set_new(o, "inferred", json_true());
	json_array_append_new(list, o);
}

void tc_page_states(json_t *o, struct tc_page_connection *c, const struct tc_page_event *e,
		    const struct tc_rx *rx)
{
	struct tc_wire_change ch[TC_WIRE_CHANGES];
	json_t *list = json_array();
	unsigned n = 0;

	for (unsigned i = 0; e->live && i < e->news.n_changes; i++) {
		c->machine = e->news.changes[i].to;
		put_change(list, 0, tc_state_name(e->news.changes[i].from), c->machine,
			   e->news.changes[i].clause);
	}
	/* What was lost has not changed who should have had it; and so on. */
	if (rx && rx->kind == TC_RX_TCP && (!e->passage.fate || e->passage.is_certain) &&
	    !(e->tags & TC_TAG_BIT(NOT_SENT)) &&
	    rx->tcp_checksum != TC_CSUM_BAD && rx->ip_checksum != TC_CSUM_BAD)
		n = tc_wire_states_segment(&c->states, e->from, &rx->seg, ch);
	for (unsigned i = 0; i < n; i++)
		if (!e->live || ch[i].side == 1)
			put_change(list, ch[i].side,
				   ch[i].began ? NULL : tc_state_name(ch[i].from),
				   ch[i].to, NULL);
	put_some(o, "changes", list);
}
