/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What came back to a request that was not answered as an experiment needs it: other bytes, the
 * end of the connection, or nothing. All that need an answer say it in these words; see lab.h.
 */
#include "own.h"

#include <tcpcraft/seq.h>

#include <inttypes.h>
#include <stdio.h>

#define AT_ONCE TC_MS			/* less is as much our capture's time as the peer's */
#define AFTER_TEXT 24

/* Something new in the stream from there on, or its end. */
static bool is_reply(const struct tc_lab_frame *s, tc_seq first)
{
	const struct tc_seg *seg = &s->rx.seg;

	if (s->rx.kind != TC_RX_TCP || seg->flags & TC_FLAG_SYN)
		return false;
	return seg->flags & TC_FLAG_RST || tc_seq_gt(seg->seq + tc_seg_seq_len(seg), first);
}

struct tc_lab_reply tc_lab_reply(const struct tc_lab *lab, const struct tc_lab_conn *c,
				 tc_seq first, tc_time since)
{
	const struct tc_lab_parts *own = lab->own;
	struct tc_lab_reply r = {
		.bytes = tc_lab_heard(c) - first,
		.closes = c->peer_fin, .resets = c->end == TC_LAB_RESET,
	};

	for (size_t i = 0; i < own->n_log; i++) {
		const struct tc_lab_frame *s = own->log[i];

		if (s->ours || s->conn != c || s->stamp < since || !is_reply(s, first))
			continue;
		r.stamp = s->stamp;
		r.after = s->stamp - (since ? since : tc_lab_spoke_before(lab, c, s->stamp));
		break;
	}
	return r;
}

static const char *after(tc_time t, char text[AFTER_TEXT])
{
	if (t < AT_ONCE)
		snprintf(text, AFTER_TEXT, "less than 1 ms");
	else
		snprintf(text, AFTER_TEXT, "%.2g s", (double)t / (double)TC_S);
	return text;
}

const char *tc_lab_reply_text(const struct tc_lab_reply *r, const char *what, const char *who,
			      char text[TC_REPLY_TEXT])
{
	const char *end = r->resets ? "resets the connection" : r->closes ? "closes the connection" :
			  "";
	char when[AFTER_TEXT], bytes[64] = "";

	if (r->bytes)
		snprintf(bytes, sizeof bytes, "sends %" PRIu32 " byte%s, which %s not the answer%s",
			 r->bytes, r->bytes == 1 ? "" : "s", r->bytes == 1 ? "is" : "are",
			 *end ? ", and " : "");
	snprintf(text, TC_REPLY_TEXT, "%s after %s %s %s%s", after(r->after, when), what, who, bytes,
		 end);
	return text;
}

const char *tc_lab_reply_cure(const struct tc_lab *lab)
{
	return lab->cfg.echo ? "it takes a server that echoes what it gets" :
	       "it takes a request that the server answers, of PROT or an echo's (--echo)";
}

int tc_finding_reply(struct tc_finding *f, struct tc_lab *lab, const struct tc_lab_conn *c,
		     const struct tc_lab_reply *r, const char *what, struct tc_error *err)
{
	char who[32], text[TC_REPLY_TEXT];

	snprintf(who, sizeof who, "the %s", f->peer);
	tc_finding_unknown(f, r->resets && !r->bytes ? "reset" : "could-not-tell",
			   "could not tell: %s: %s", tc_lab_reply_text(r, what, who, text),
			   tc_lab_reply_cure(lab));
	return r->resets || r->closes ? tc_lab_doubt_end(lab, c, f, err) : 0;
}

/* Of one attempt of tc_lab_provoke: "in 1 s after 19 bytes it sends nothing". */
static void tell_attempt(struct tc_finding *f, const struct tc_lab *lab, const struct tc_lab_conn *c,
			 const char *who)
{
	struct tc_lab_reply r = tc_lab_reply(lab, c, tc_lab_heard(c), 0);
	uint32_t n = c->snd_nxt - c->iss - 1;
	char what[40], text[TC_REPLY_TEXT];

	snprintf(what, sizeof what, "%" PRIu32 " byte%s of ours", n, n == 1 ? "" : "s");
	if (r.resets)
		tc_buf_text(&f->sentence, tc_lab_reply_text(&r, what, who, text));
	else
		tc_buf_printf(&f->sentence, "in %.2g s after %s %s sends nothing",
			      (double)c->awaited / (double)TC_S, what, who);
}

int tc_finding_mute(struct tc_finding *f, struct tc_lab *lab, const struct tc_lab_conn *c,
		    const char *cure, struct tc_error *err)
{
	char who[32];

	if (c->end != TC_LAB_ALIVE || !c->before) {
		tc_finding_blame(f, lab, c);
		return c->end == TC_LAB_RESET ? tc_lab_doubt_end(lab, c, f, err) : 0;
	}
	snprintf(who, sizeof who, "the %s", f->peer);
	tc_finding_untold(f, "%s", "");
	tell_attempt(f, lab, c->before, who);
	tc_buf_text(&f->sentence, ", and ");
	tell_attempt(f, lab, c, "it");
	tc_buf_printf(&f->sentence, "; --prefix gives %s", cure);
	tc_lab_cite_all(lab, c->before);
	tc_lab_cite_all(lab, c);
	return 0;
}
