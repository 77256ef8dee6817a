/* SPDX-License-Identifier: BSD-2-Clause */
/* What a campaign finds: told apart, made small, captured, printed. */
#include "campaign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEATH_HERE "death: died against "
#define BUDGET 200		/* runs to make a finding small */
#define LAST_FRAMES (100 * TC_MS)	/* a busy machine shows late what was sent last */

static bool same_outcome(enum tc_fuzz_kind kind, const char *why, const struct tc_fuzz_outcome *o)
{
	const bool by_words = o->kind == TC_FUZZ_NOVEL || o->kind == TC_FUZZ_DIED ||
			      o->kind == TC_FUZZ_DIFFERS;

	return kind == o->kind && (!by_words || strcmp(why, o->why) == 0);
}

static bool same_finding(const struct finding *f, const struct tc_fuzz_case *c,
			 const struct tc_fuzz_outcome *o)
{
	if (!same_outcome(f->kind, f->why, o) &&
	    (f->again || strcmp(f->c.value_class, c->value_class) != 0 ||
	     !same_outcome(f->noted_kind, f->noted_why, o)))
		return false;
	if (c->payload[0] && strcmp(f->c.value_class, c->value_class) != 0)
		return o->kind == TC_FUZZ_NOVEL;
	return o->kind == TC_FUZZ_NOVEL ||
	       (strcmp(f->c.field, c->field) == 0 && strcmp(f->c.segment, c->segment) == 0);
}

/* A finding, if it was not had before. */
static void note(struct campaign *g, const struct tc_fuzz_case *c,
		 const struct tc_fuzz_outcome *o)
{
	struct finding *f;

	if (o->kind == TC_FUZZ_NOTHING)
		return;
	for (unsigned i = 0; i < g->n_findings; i++)
		if (same_finding(&g->findings[i], c, o)) {
			g->findings[i].times++;
			return;
		}
	if (g->n_findings == FINDINGS_MAX)
		return;
	f = &g->findings[g->n_findings++];
	*f = (struct finding){ .kind = o->kind, .noted_kind = o->kind, .c = *c, .o = *o, .times = 1 };
	memcpy(f->why, o->why, sizeof f->why);
	memcpy(f->noted_why, o->why, sizeof f->noted_why);
}

void campaign_late(void *ctx, const struct tc_fuzz_case *c, const struct tc_fuzz_outcome *o)
{
	note(ctx, c, o);
}

/* Are they the same case? One without a rule consists of its payload alone. */
static bool same_small(const struct tc_fuzz_case *a, const struct tc_fuzz_case *b)
{
	if (a->n_rules != b->n_rules || memcmp(a->rule, b->rule, sizeof a->rule) != 0)
		return false;
	return a->n_rules || (strcmp(a->payload, b->payload) == 0 &&
			      a->request_len == b->request_len &&
			      (!a->request || memcmp(a->request, b->request,
						     a->request_len) == 0));
}

/* Differences (of two servers) that have one key are one finding. */
static bool same_key(const struct finding *a, const struct finding *b)
{
	struct tc_buf x = { 0 }, y = { 0 };
	bool same;

	campaign_put_key(&x, a);
	campaign_put_key(&y, b);
	same = x.len == y.len && x.data && y.data && memcmp(x.data, y.data, x.len) == 0;
	tc_buf_free(&x);
	tc_buf_free(&y);
	return same;
}

/* A difference that was named before, or found before? */
static bool is_old(struct campaign *g, struct finding *f)
{
	if (campaign_is_known(g, f)) {
		g->n_known++;
		f->again = true;
	}
	for (struct finding *e = g->findings; e < f && !f->again; e++)
		if (e->kind == f->kind && !e->again && same_key(e, f)) {
			e->times += f->times;
			f->again = true;
		}
	return f->again;
}

/* Is it, minimized, the same as a finding that was reported before? */
static bool had_before(struct campaign *g, struct finding *f)
{
	for (struct finding *e = g->findings; e < f && f->minimized; e++)
		if (e->kind == f->kind && e->minimized && same_small(&e->c, &f->c)) {
			e->times += f->times;
			f->again = true;
		}
	return f->again;
}

/* ---- its frames ------------------------------------------------------------------------ */

static int write_frame(void *ctx, const struct tc_frame *f, struct tc_error *err)
{
	return tc_pcap_writer_add(ctx, f->bytes, f->len, f->wire_len, f->stamp, err);
}

const char *campaign_names_like(const struct campaign *g)
{
	return g->journal_node ? g->captures_name : g->journal_name;
}

/* "run.jsonl" and case 17: "run-case-17.pcap" */
static char *capture_name(const struct campaign *g, const struct finding *f, const char *whose)
{
	const char *like = campaign_names_like(g);
	size_t n = strlen(like);
	char *name = malloc(n + 48);

	if (n > 6 && strcmp(like + n - 6, ".jsonl") == 0)
		n -= 6;
	if (name)
		snprintf(name, n + 48, "%.*s-case-%llu%s.pcap", (int)n, like,
			 (unsigned long long)f->c.number, whose);
	return name;
}

/* What the tape has of it, to a file; its name, or NULL after saying why not. */
static char *keep_frames(struct campaign *g, const struct finding *f, const char *whose,
			 const struct tc_fuzz_tape *tape, const struct tc_fuzz_outcome *o,
			 int dlt)
{
	bool over = g->o->force || g->o->fuzz.resume;
	char *name = capture_name(g, f, whose);
	struct tc_pcap_writer *w;
	struct tc_error err;
	int rc = name ? tc_pcap_writer_open(&w, name, dlt, over, &err) : -ENOMEM;

	if (rc >= 0) {
		rc = tc_fuzz_tape_each(tape, o, o->alone, write_frame, w, &err);
		if (rc < 0)
			tc_pcap_writer_abort(w);
		else
			rc = tc_pcap_writer_close(w, &err);
	}
	if (rc == -ENOSPC || rc == -EDQUOT || rc == -EFBIG || rc == -EIO)
		campaign_full(g, &err);
	else if (rc < 0)	/* the finding is worth more than its capture */
		terminal_say(g->o, stderr, "tcpcraft: no capture of case %llu: %s\n",
			     (unsigned long long)f->c.number,
			     name ? err.msg : "out of memory");
	if (rc < 0) {
		free(name);
		name = NULL;
	}
	return name;
}

static void draw_ladders(struct campaign *g, struct finding *f,
			 const struct tc_fuzz_outcome *other)
{
	struct tc_error err;

	if (campaign_put_ladders(g, &f->o, other, &f->ladders, &err) < 0)
		terminal_say(g->o, stderr, "tcpcraft: no ladders of case %llu: %s\n",
			     (unsigned long long)f->c.number, err.msg);
	tc_buf_add_u8(&f->ladders, 0);
	if (f->ladders.failed)
		tc_buf_free(&f->ladders);
}

/* How long ago it was, by a clock that somebody may have set. */
static tc_time since(tc_time stamp)
{
	tc_time ago = tc_clock_realtime() - stamp;

	return ago < 0 ? 0 : ago < LAST_FRAMES ? ago : LAST_FRAMES;
}

static void capture(struct campaign *g, struct finding *f)
{
	tc_time until = tc_clock_monotonic() + LAST_FRAMES - since(f->o.to);
	struct tc_fuzz_outcome other = f->o;

	other.from = other.other_from;
	other.to = other.other_to;
	other.port = other.other_port;
	while (tc_clock_monotonic() < until && !g->live.signal)
		if (live_turn(&g->live, until, NULL, 0))
			break;
	if (f->kind == TC_FUZZ_DIFFERS && g->other.tape)
		draw_ladders(g, f, &other);
	if (g->journal < 0 || g->full)
		return;
	if (f->kind != TC_FUZZ_DIFFERS || f->o.port)
		f->capture = keep_frames(g, f, "", campaign_tape(g, &f->o), &f->o,
					 tc_session_dlt(g->live.session));
	if (f->kind != TC_FUZZ_DIFFERS || g->full || !g->other.tape)
		return;
	f->other_capture = keep_frames(g, f, "-against", g->other.tape, &other,
				       tc_session_dlt(g->other.session));
}

/* ---- told ------------------------------------------------------------------------------- */

static void print_finding(struct campaign *g, const struct finding *f,
			  const struct tc_buf *json)
{
	struct tc_buf command = { 0 };

	progress_wipe(&g->progress);
	if (g->o->json) {
		terminal_write(g->o, stdout, json->data, json->len);
	} else if (!g->o->quiet) {
		campaign_put_command(g, f, &command);
		terminal_say(g->o, stdout, "%s: case %llu: %s\n    %s\n",
			     tc_fuzz_kind_name(f->kind), (unsigned long long)f->c.number, f->why,
			     (char *)command.data);
		if (f->repeat > 1)
			terminal_say(g->o, stdout, "    only repetition triggers it: the %s "
				     "fails after this many cases\n",
				     g->o->fuzz.listen ? "client" : "server");
		if (f->kind == TC_FUZZ_DIFFERS)
			terminal_say(g->o, stdout, "    and the same with %s\n%s",
				     g->o->fuzz.against,
				     f->ladders.data ? (char *)f->ladders.data : "");
		if (f->capture)
			terminal_say(g->o, stdout, "    frames: %s%s%s\n", f->capture,
				     f->other_capture ? " and " : "",
				     f->other_capture ? f->other_capture : "");
	}
	fflush(stdout);
	tc_buf_free(&command);
}

/* Minimizes a finding, or, if its case ran among others, runs the case again alone, so that its
 * capture holds nothing else. */
static void look_closer(struct campaign *g, struct finding *f)
{
	struct tc_fuzz_outcome o;

	if (g->gone || f->o.costs)
		return;			/* nothing can be tried any more, or only at a price */
	g->small = f;
	if (g->o->fuzz.minimize) {
		f->repeat = tc_fuzz_minimize(g->fuzz, &f->c, f->kind, BUDGET, &f->request,
					     &f->o);
		f->minimized = f->repeat > 0;
	} else if (!f->o.alone && g->journal >= 0 &&
		   tc_fuzz_reproduces(g->fuzz, &f->c, f->kind, 1, &o)) {
		f->o = o;
	}
	g->small = NULL;
	if (f->minimized && f->kind == TC_FUZZ_ACCEPTED)
		memcpy(f->why, f->o.why, sizeof f->why);
}

/* The server may have died when the next case was under way already: what the case that killed it
 * does to the other server is tried now. */
static void ask_other(struct campaign *g, struct finding *f)
{
	struct tc_fuzz_outcome o;

	if (!g->other.fuzz || g->gone || g->live.signal || f->kind != TC_FUZZ_DIED ||
	    !tc_fuzz_target_spawned(g->target) ||
	    !tc_fuzz_reproduces(g->fuzz, &f->c, TC_FUZZ_DIFFERS, 1, &o) ||
	    strncmp(o.why, DEATH_HERE, sizeof DEATH_HERE - 1) != 0)
		return;
	f->kind = o.kind;
	f->o = o;
	memcpy(f->why, o.why, sizeof f->why);
}

static void tell(struct campaign *g, struct finding *f)
{
	struct tc_json_finding json;
	struct tc_buf line = { 0 };

	ask_other(g, f);
	if (f->kind == TC_FUZZ_DIFFERS && is_old(g, f))
		return;
	if (f->kind != TC_FUZZ_NOVEL && !g->live.signal)
		look_closer(g, f);
	if (f->kind == TC_FUZZ_DIFFERS && f->minimized && is_old(g, f))
		return;
	if (had_before(g, f))
		return;
	if (g->journal >= 0 || f->kind == TC_FUZZ_DIFFERS)
		capture(g, f);
	json = campaign_json(f);
	tc_json_finding(&line, &json);
	campaign_write(g, &line);
	print_finding(g, f, &line);
	tc_buf_free(&line);
}

void campaign_missing(void *ctx, const struct tc_fuzz_missing *m)
{
	struct campaign *g = ctx;
	struct tc_buf json = { 0 };
	char addr[TC_ADDR_STRING];

	progress_wipe(&g->progress);
	tc_addr_string(&m->addr, addr);
	tc_json_missing(&json, m);
	if (g->o->json)
		terminal_write(g->o, stdout, json.data, json.len);
	else	/* nothing else tells it */
		terminal_say(g->o, g->o->quiet ? stderr : stdout,
			     "missing: %s %s does not call again: it has gone by itself, or of one "
			     "of cases %llu to %llu\n",
			     m->shared ? "one of the clients at" : "the client at", addr,
			     (unsigned long long)m->first, (unsigned long long)m->last);
	fflush(stdout);
	tc_buf_free(&json);
}

void campaign_record(struct campaign *g, const struct tc_fuzz_case *c,
		     const struct tc_fuzz_outcome *out, unsigned n)
{
	struct tc_buf lines = { 0 };

	for (unsigned i = 0; i < n; i++) {
		campaign_count(g, &c[i], &out[i]);
		note(g, &c[i], &out[i]);
		if (g->journal >= 0 && !g->full)
			tc_journal_put_case(&lines, &c[i], &out[i]);
	}
	campaign_write(g, &lines);
	tc_buf_free(&lines);
	while (g->n_told < g->n_findings)
		tell(g, &g->findings[g->n_told++]);
}
