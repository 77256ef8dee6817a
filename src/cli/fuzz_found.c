/* SPDX-License-Identifier: BSD-2-Clause */
/* What a campaign finds: told apart, made small, captured, printed. */
#include "fuzz_run.h"

#include <tcpcraft/hex.h>
#include <tcpcraft/prot.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUDGET 200		/* runs to make a finding small */
#define LAST_FRAMES (10 * TC_MS) /* the capture shows what was sent last */

static bool same_finding(const struct finding *f, const struct tc_fuzz_case *c,
			 const struct tc_fuzz_outcome *o)
{
	if (f->kind != o->kind)
		return false;
	if (o->kind == TC_FUZZ_NOVEL || o->kind == TC_FUZZ_DIED)
		if (strcmp(f->why, o->why) != 0)
			return false;
	return o->kind == TC_FUZZ_NOVEL ||
	       (strcmp(f->c.field, c->field) == 0 && strcmp(f->c.segment, c->segment) == 0);
}

/* The finding when it is one that was not had before, else NULL. */
static struct finding *note(struct campaign *g, const struct tc_fuzz_case *c,
			    const struct tc_fuzz_outcome *o)
{
	struct finding *f;

	if (o->kind == TC_FUZZ_NOTHING)
		return NULL;
	for (unsigned i = 0; i < g->n_findings; i++)
		if (same_finding(&g->findings[i], c, o)) {
			g->findings[i].times++;
			return NULL;
		}
	if (g->n_findings == FINDINGS_MAX)
		return NULL;
	f = &g->findings[g->n_findings++];
	*f = (struct finding){ .kind = o->kind, .c = *c, .o = *o, .times = 1 };
	memcpy(f->why, o->why, sizeof f->why);
	return f;
}

/* Is it, made small, one that was told already? */
static bool had_before(struct campaign *g, struct finding *f)
{
	for (struct finding *e = g->findings; e < f && f->minimized; e++)
		if (e->kind == f->kind && e->minimized && e->c.n_rules == f->c.n_rules &&
		    memcmp(e->c.rule, f->c.rule, sizeof f->c.rule) == 0) {
			e->times += f->times;
			f->again = true;
		}
	return f->again;
}

unsigned campaign_findings(const struct campaign *g)
{
	unsigned n = 0;

	for (unsigned i = 0; i < g->n_findings; i++)
		n += !g->findings[i].again;
	return n;
}

bool campaign_found(const struct campaign *g)
{
	for (unsigned i = 0; i < g->n_findings; i++)
		if (g->findings[i].kind != TC_FUZZ_NOVEL)
			return true;
	return false;
}

void campaign_free_findings(struct campaign *g)
{
	for (unsigned i = 0; i < g->n_findings; i++) {
		tc_buf_free(&g->findings[i].request);
		free(g->findings[i].capture);
	}
}

/* ---- its frames ------------------------------------------------------------------------ */

static int write_frame(void *ctx, const struct tc_frame *f, struct tc_error *err)
{
	return tc_pcap_writer_add(ctx, f->bytes, f->len, f->wire_len, f->stamp, err);
}

/* "run.jsonl" and case 17: "run-case-17.pcap" */
static char *capture_name(const struct campaign *g, const struct finding *f)
{
	size_t n = strlen(g->journal_name);
	char *name = malloc(n + 40);

	if (n > 6 && strcmp(g->journal_name + n - 6, ".jsonl") == 0)
		n -= 6;
	if (name)
		snprintf(name, n + 40, "%.*s-case-%llu.pcap", (int)n, g->journal_name,
			 (unsigned long long)f->c.number);
	return name;
}

static void capture(struct campaign *g, struct finding *f)
{
	tc_time until = tc_clock_monotonic() + LAST_FRAMES;
	bool over = g->o->force || g->o->fuzz.resume;
	struct tc_pcap_writer *w;
	struct tc_error err;
	int dlt, rc;

	if (!g->journal)
		return;
	while (tc_clock_monotonic() < until && !g->live.signal)
		if (live_turn(&g->live, until, NULL, 0))
			break;
	f->capture = capture_name(g, f);
	dlt = tc_session_dlt(g->live.session);
	rc = f->capture ? tc_pcap_writer_open(&w, f->capture, dlt, over, &err) : -ENOMEM;
	if (rc >= 0) {
		rc = tc_fuzz_tape_each(g->tape, &f->o, f->o.alone, dlt, write_frame, w, &err);
		if (rc < 0)
			tc_pcap_writer_abort(w);
		else
			rc = tc_pcap_writer_close(w, &err);
	}
	if (rc < 0) {		/* the finding is worth more than its capture */
		fprintf(stderr, "tcpcraft: no capture of case %llu: %s\n",
			(unsigned long long)f->c.number, f->capture ? err.msg : "out of memory");
		free(f->capture);
		f->capture = NULL;
	}
}

/* ---- told ------------------------------------------------------------------------------- */

void campaign_put_command(const struct campaign *g, const struct finding *f,
			  struct tc_buf *out)
{
	size_t before = g->frame ? g->frame->head_bytes : 0;
	size_t after = g->frame ? g->frame->tail_bytes : 0;
	const uint8_t *request = f->c.request ? f->c.request : g->request.data;
	size_t n = f->c.request ? f->c.request_len : g->request.len;

	tc_buf_printf(out, "tcpcraft %s %s %s", g->prot ? "prot" : "connect", g->host, g->port);
	if (g->o->payload)
		tc_buf_printf(out, " --payload-spec '%s'", g->o->payload_file);
	for (unsigned i = 0; i < g->n_always; i++)
		tc_buf_printf(out, " --mutate '%s'", g->always[i]);
	for (unsigned i = 0; i < 4 && strcmp(f->c.strategy, TC_FUZZ_CAPTURE) == 0; i++)
		if (g->base.rule[i][0])
			tc_buf_printf(out, " --mutate '%s'", g->base.rule[i]);
	for (unsigned i = 0; i < f->c.n_rules; i++)
		tc_buf_printf(out, " --mutate '%s'", f->c.rule[i]);
	tc_buf_printf(out, " --data '");
	tc_hex_encode(out, request + before, n - before - after);
	tc_buf_printf(out, "'");
}

static void print_finding(struct campaign *g, const struct finding *f,
			  const struct tc_buf *json)
{
	struct tc_buf command = { 0 };

	campaign_clear_progress(g);
	if (g->o->json) {
		fwrite(json->data, 1, json->len, stdout);
	} else if (!g->o->quiet) {
		campaign_put_command(g, f, &command);
		printf("%s: case %llu: %s\n    %s\n", tc_fuzz_kind_name(f->kind),
		       (unsigned long long)f->c.number, f->why, (char *)command.data);
		if (f->repeat > 1)
			printf("    it adds up: so often that the server gives in\n");
		if (f->capture)
			printf("    frames: %s\n", f->capture);
	}
	fflush(stdout);
	tc_buf_free(&command);
}

/* What was in a crowd is run again, so that its capture has nothing else. */
static void look_closer(struct campaign *g, struct finding *f)
{
	struct tc_fuzz_outcome o;

	if (g->o->fuzz.minimize) {
		f->repeat = tc_fuzz_minimize(g->fuzz, &f->c, f->kind, BUDGET, &f->request,
					     &f->o);
		f->minimized = f->repeat > 0;
	} else if (!f->o.alone && g->journal &&
		   tc_fuzz_reproduces(g->fuzz, &f->c, f->kind, 1, &o)) {
		f->o = o;
	}
	if (f->minimized && f->kind == TC_FUZZ_ACCEPTED)
		memcpy(f->why, f->o.why, sizeof f->why);
}

struct tc_json_finding campaign_json(const struct finding *f)
{
	return (struct tc_json_finding){
		.c = &f->c, .kind = f->kind, .why = f->why, .minimized = f->minimized,
		.repeat = f->repeat, .capture = f->capture,
	};
}

static void tell(struct campaign *g, struct finding *f)
{
	struct tc_json_finding json;
	struct tc_buf line = { 0 };

	if (f->kind != TC_FUZZ_NOVEL && !g->live.signal)
		look_closer(g, f);
	if (had_before(g, f))
		return;
	capture(g, f);
	json = campaign_json(f);
	tc_json_finding(&line, &json);
	if (g->journal)
		fwrite(line.data, 1, line.len, g->journal);
	print_finding(g, f, &line);
	tc_buf_free(&line);
}

void campaign_record(struct campaign *g, const struct tc_fuzz_case *c,
		     const struct tc_fuzz_outcome *out, unsigned n)
{
	unsigned had = g->n_findings;
	struct tc_buf lines = { 0 };

	for (unsigned i = 0; i < n; i++) {
		campaign_count(g, &c[i], &out[i]);
		note(g, &c[i], &out[i]);
		if (g->journal)
			tc_journal_put_case(&lines, &c[i], &out[i]);
	}
	if (lines.len) {
		fwrite(lines.data, 1, lines.len, g->journal);
		fflush(g->journal);
	}
	tc_buf_free(&lines);
	for (unsigned i = had; i < g->n_findings; i++)
		tell(g, &g->findings[i]);
	if (g->journal)
		fflush(g->journal);
}
