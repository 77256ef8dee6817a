/* SPDX-License-Identifier: BSD-2-Clause */
/* The connections of a capture as JSON lines. */
#include "own.h"
#include "report/json.h"

void tc_show_json_connection(struct tc_show *s, struct tc_buf *out,
			     const struct tc_convo *c)
{
	json_t *o = tc_json_line("connection");

	if (s->o->name_file)
		put_text(o, "file", s->path);
	put_int(o, "connection", c->number);
	put_text(o, "state", tc_convo_state_name(c->state));
	put_end(o, "src", &c->side[0].addr, c->side[0].port);
	put_end(o, "dst", &c->side[1].addr, c->side[1].port);
	if (!tc_convo_opener_known(c))
		json_object_set_new(o, "opener_unknown", json_true());
	put_text(o, "around", c->around);
	if (c->syn)
		put_int(o, "iss", c->wire.side[0].isn);
	if (c->established) {
		put_int(o, "irs", c->wire.side[1].isn);
		put_int(o, "handshake_us", (uint64_t)((c->established - c->first) / TC_US));
	}
	put_int(o, "segments_sent", c->side[0].segments);
	put_int(o, "segments_received", c->side[1].segments);
	put_int(o, "bytes_sent", c->side[0].bytes);
	put_int(o, "bytes_received", c->side[1].bytes);
	json_object_set_new(o, "time_us", json_integer((c->first - s->view.start) / TC_US));
	json_object_set_new(o, "duration_us", json_integer((c->last - c->first) / TC_US));
	put_int(o, "troubled", c->tagged);
	tc_json_put_line(out, o);
}
