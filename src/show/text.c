/* SPDX-License-Identifier: BSD-2-Clause */
/* The connections of a capture as text. */
#include "own.h"

#include "base/addr.h"

#include <inttypes.h>
#include <stdio.h>

#define END_COLUMNS ((int)TC_END_SIZE - 1)

void tc_show_heading(struct tc_buf *out)
{
	tc_buf_printf(out, "%4s  %-*s  %-*s  %-9s %8s %11s %11s %11s %11s\n", "#",
		      END_COLUMNS, "opened by", END_COLUMNS, "to", "state", "segments",
		      "bytes >", "bytes <", "start", "seconds");
}

static const char *end_text(char text[TC_ADDR_PORT_STRING], const struct tc_convo_side *s)
{
	return tc_addr_port_string(&s->addr, s->port, text);
}

void tc_show_row(struct tc_show *s, struct tc_buf *out, const struct tc_convo *c)
{
	char a[TC_ADDR_PORT_STRING], b[TC_ADDR_PORT_STRING];

	end_text(a, &c->side[0]);
	end_text(b, &c->side[1]);
	tc_buf_printf(out, "%4u  %-*s  %-*s  %-9s %8" PRIu64 " %11" PRIu64 " %11" PRIu64
		      " %11.6f %11.6f", c->number, END_COLUMNS, a, END_COLUMNS, b,
		      tc_convo_state_name(c->state), c->side[0].segments + c->side[1].segments,
		      c->side[0].bytes, c->side[1].bytes,
		      (double)(c->first - s->view.start) / (double)TC_S,
		      (double)(c->last - c->first) / (double)TC_S);
	if (c->tagged)
		tc_buf_printf(out, "  ! %" PRIu64, c->tagged);
	tc_buf_text(out, "\n");
}

void tc_show_ladder_heading(struct tc_buf *out, const struct tc_convo *c)
{
	char a[TC_ADDR_PORT_STRING], b[TC_ADDR_PORT_STRING];

	end_text(a, &c->side[0]);
	end_text(b, &c->side[1]);
	tc_buf_printf(out, "\nconnection %u: %s --> %s", c->number, a, b);
	if (!c->syn)
		tc_buf_text(out, " (its beginning was not captured)");
	for (unsigned i = 0; i < 2 && !c->syn; i++)
		if (c->wire.side[i].isn_known)
			tc_buf_printf(out, "%s%s from %" PRIu32, i ? ", " : "\n  counted: ",
				      i ? "<--" : "-->", c->wire.side[i].isn);
	tc_buf_text(out, "\n");
}
