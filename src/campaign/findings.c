/* SPDX-License-Identifier: BSD-2-Clause */
/* What was found so far, in words, in JSON, and as a command that shows it again. */
#include "campaign.h"

#include <tcpcraft/hex.h>
#include <tcpcraft/prot.h>

#include <stdlib.h>
#include <string.h>

struct tc_json_found campaign_found(const struct campaign *g)
{
	struct tc_json_found found = { 0, 0 };

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
	}
}

void campaign_put_command(const struct campaign *g, const struct finding *f,
			  struct tc_buf *out)
{
	size_t before = g->frame ? g->frame->head_bytes : 0;
	size_t after = g->frame ? g->frame->tail_bytes : 0;
	const uint8_t *request = f->c.request ? f->c.request : g->request.data;
	size_t n = f->c.request ? f->c.request_len : g->request.len;
	struct tc_buf own = { 0 };
	char set[TC_FUZZ_SET_MAX];

	if (f->c.payload[0] && tc_fuzz_request(&own, g->frame, f->c.payload, g->request.data,
					       g->request.len, NULL) == 0) {
		request = own.data;
		n = own.len;
	}

	tc_buf_printf(out, "tcpcraft %s%s%s %s", g->o->fuzz.listen ? "listen" : g->prot ? "prot"
		      : "connect", g->host ? " " : "", g->host ? g->host : "", g->port);
	if (g->o->payload)
		tc_buf_printf(out, " --payload-spec '%s'", g->o->payload_file);
	for (unsigned i = 0; i < g->n_always; i++)
		tc_buf_printf(out, " --mutate '%s'", g->always[i]);
	for (unsigned i = 0; i < 4 && strcmp(f->c.strategy, TC_FUZZ_CAPTURE) == 0; i++)
		if (g->base.rule[i][0])
			tc_buf_printf(out, " --mutate '%s'", g->base.rule[i]);
	for (unsigned i = 0; i < f->c.n_rules; i++)
		tc_buf_printf(out, " --mutate '%s'", f->c.rule[i]);
	if (g->frame && tc_fuzz_over_limit(g->frame, n - before - after, set))
		tc_buf_printf(out, " --set %s", set);
	tc_buf_printf(out, " --data '");
	tc_hex_encode(out, request + before, n - before - after);
	tc_buf_printf(out, "'");
	tc_buf_free(&own);
}

struct tc_json_finding campaign_json(const struct finding *f)
{
	return (struct tc_json_finding){
		.c = &f->c, .kind = f->kind, .why = f->why, .minimized = f->minimized,
		.repeat = f->repeat, .capture = f->capture,
		.other_capture = f->other_capture,
	};
}
