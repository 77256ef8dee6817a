/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture as fingerprints: a line for each SYN and SYN,ACK. */
#include "own.h"

#include "fingerprint/p0f.h"
#include "report/json.h"

static void put_json(struct tc_show *s, const struct tc_convo *c,
		     const struct tc_story_event *e, const char *of,
		     const char *signature)
{
	json_t *o = tc_json_line("fingerprint");

	if (s->o->name_file)
		put_text(o, "file", s->path);
	put_int(o, "connection", c->number);
	put_end(o, "src", &e->rx->src, e->rx->sport);
	put_end(o, "dst", &e->rx->dst, e->rx->dport);
	put_text(o, "of", of);
	put_text(o, "signature", signature);
	tc_json_put_line(&s->out, o);
}

void tc_show_fingerprint(struct tc_show *s, struct tc_convo *c, const struct tc_story_event *e)
{
	const struct tc_rx *rx = e->rx;
	const bool answer = rx->seg.flags & TC_FLAG_ACK;
	const char *of = answer ? "syn-ack" : "syn";
	struct tc_buf text = { 0 };

	if (rx->kind != TC_RX_TCP || !(rx->seg.flags & TC_FLAG_SYN) || rx->head_cut ||
	    rx->seg.flags & TC_FLAG_RST)
		return;
	if (!answer)
		c->syn_mss = rx->seg.opts.mss;
	tc_p0f(&text, rx, answer ? c->syn_mss : 0);
	if (text.failed)
		s->out.failed = true;
	else if (s->o->json)
		put_json(s, c, e, of, (const char *)text.data);
	else
		tc_buf_printf(&s->out, "%s > %s %s %s\n", TC_HOST_PORT(&rx->src, rx->sport),
			      TC_HOST_PORT(&rx->dst, rx->dport), of, (const char *)text.data);
	tc_buf_free(&text);
	if (s->out.len > SHOW_WRITE_AT)
		tc_show_flush(s);
}
