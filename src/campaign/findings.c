/* SPDX-License-Identifier: BSD-2-Clause */
/* What was found so far, in words, in JSON, and as a command that shows it again. */
#include "campaign.h"

#include <tcpcraft/hex.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct tc_json_found campaign_found(const struct campaign *g)
{
	struct tc_json_found found = { .edges = g->edges, .kept = g->n_kept };

	for (unsigned i = 0; i < g->n_findings; i++) {
		bool answer = g->findings[i].kind == TC_FUZZ_NOVEL;

		found.answers += answer && !g->findings[i].again;
		found.faults += !answer && !g->findings[i].again;
	}
	return found;
}

/* A new kind of answer is not a fault. */
void campaign_put_found(struct tc_buf *out, const struct tc_json_found *found)
{
	if (found->faults)
		tc_buf_printf(out, "%u fault%s", found->faults, found->faults > 1 ? "s" : "");
	else
		tc_buf_printf(out, "no fault");
	if (found->answers)
		tc_buf_printf(out, "; %u kind%s of answer%s", found->answers,
			      found->answers > 1 ? "s" : "", found->answers > 1 ? "s" : "");
}

void campaign_free_findings(struct campaign *g)
{
	for (unsigned i = 0; i < g->n_findings; i++) {
		tc_buf_free(&g->findings[i].request);
		free(g->findings[i].capture);
		free(g->findings[i].other_capture);
		tc_buf_free(&g->findings[i].ladders);
	}
}

/* How a person sends what a case does: a frame around a payload, with fields set, or bytes. */
struct sent {
	struct tc_buf own;
	const uint8_t *bytes;
	size_t n;
	bool raw;			/* no one frame: as bytes */
	size_t before, after;		/* of the frame, around its payload */
};

static struct sent what_is_sent(const struct campaign *g, const struct tc_fuzz_case *c)
{
	struct sent s = {
		.bytes = c->request ? c->request : g->request.data,
		.n = c->request ? c->request_len : g->request.len,
		.before = g->frame ? tc_header_before(g->frame) : TC_FUZZ_NO_FRAME,
	};
	size_t before;

	if (c->payload[0] && tc_fuzz_request(&s.own, g->frame, c->payload, g->request.data,
					     g->request.len, &before, NULL) == 0) {
		s.bytes = s.own.data;
		s.n = s.own.len;
		s.before = before;
	}
	s.raw = s.before == TC_FUZZ_NO_FRAME;
	s.before = s.raw ? 0 : s.before;
	s.after = s.raw ? 0 : g->frame->tail_bytes;
	return s;
}

/* The words of a payload's text that set a field: a * in one is nothing for the shell. */
static void put_sets(struct tc_buf *out, const char *text)
{
	for (size_t n; *text; text += n + (text[n] == ' ')) {
		n = strcspn(text, " ");
		if (memchr(text, '=', n))
			tc_buf_printf(out, " --set '%.*s'", (int)n, text);
	}
}

/* What a captured request has where the spec has other defaults. */
static void put_defaults(const struct campaign *g, struct tc_buf *out)
{
	const struct tc_header *h = g->frame, *usual = campaign_frame(g->o);

	for (unsigned i = 0; i < h->n_rows; i++)
		if (h->rows[i].def != usual->rows[i].def)
			tc_buf_printf(out, " --set '%s=%" PRIu64 "'", h->rows[i].name,
				      h->rows[i].def);
	for (unsigned k = 0; k < h->n_parts; k++) {
		if (h->parts[k].def == usual->parts[k].def)
			continue;
		tc_buf_printf(out, " --set '%s=hex:", h->rows[h->parts[k].row].name);
		tc_hex_encode(out, h->parts[k].def, h->parts[k].def_len);
		tc_buf_text(out, "'");
	}
}

static void put_tcp(const struct campaign *g, struct tc_buf *out)
{
	if (!g->o->tcp.set)
		return;
	tc_buf_text(out, " --tcp '");
	tc_traits_print(&g->o->tcp, out);
	tc_buf_text(out, "'");
}

void campaign_put_command(const struct campaign *g, const struct finding *f,
			  struct tc_buf *out)
{
	struct sent s = what_is_sent(g, &f->c);
	size_t n = s.n - s.before - s.after;
	char set[TC_FUZZ_SET_MAX];

	tc_buf_printf(out, "tcpcraft %s%s%s %s", g->o->fuzz.listen ? "listen"
		      : g->prot && !s.raw ? "prot" : "connect", g->host ? " " : "",
		      g->host ? g->host : "", g->port);
	if (g->o->payload && (!s.raw || !g->frame))
		tc_buf_printf(out, " --payload-spec '%s'", g->o->payload_file);
	put_tcp(g, out);
	for (unsigned i = 0; i < g->n_always; i++)
		tc_buf_printf(out, " --mutate '%s'", g->always[i]);
	for (unsigned i = 0; i < 4 && strcmp(f->c.strategy, TC_FUZZ_CAPTURE) == 0; i++)
		if (g->base.rule[i][0])
			tc_buf_printf(out, " --mutate '%s'", g->base.rule[i]);
	for (unsigned i = 0; i < f->c.n_rules; i++)
		tc_buf_printf(out, " --mutate '%s'", f->c.rule[i]);
	if (!s.raw) {
		put_defaults(g, out);
		put_sets(out, f->c.payload);
	}
	if (!s.raw && tc_fuzz_over_limit(g->frame, n, set))
		tc_buf_printf(out, " --set %s", set);
	tc_buf_printf(out, " --data '");
	tc_hex_encode(out, s.bytes + s.before, n);
	tc_buf_printf(out, "'");
	tc_buf_free(&s.own);
}

struct tc_json_finding campaign_json(const struct finding *f)
{
	return (struct tc_json_finding){
		.c = &f->c, .kind = f->kind, .why = f->why, .minimized = f->minimized,
		.repeat = f->repeat, .capture = f->capture,
		.other_capture = f->other_capture,
		.ladders = (const char *)f->ladders.data,
	};
}
