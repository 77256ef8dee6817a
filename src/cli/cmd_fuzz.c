/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft fuzz: cases on live connections, findings, the journal, and cases of a journal
 * once more. */
#include "commands.h"
#include "fuzz_run.h"

#include <tcpcraft/prot.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WINDOW_ROUNDS 4		/* cases of a window per connection at once */
#define WINDOW_MAX 4096
#define PORTS 4096
#define BUDGET 200		/* runs to make a finding small */
#define JOURNAL_MAX (1u << 30)
#define RTO (3 * TC_S)		/* a case is over before anything is sent again */

static bool is_connect(const struct options *o)
{
	return o->fuzz.oracle && strcmp(o->fuzz.oracle, "connect") == 0;
}

static const char *check_command(const struct options *o)
{
	return o->fuzz.oracle && strncmp(o->fuzz.oracle, "exec:", 5) == 0 ? o->fuzz.oracle + 5
									  : NULL;
}

static int check_options(struct options *o, struct tc_error *err)
{
	struct fuzz_options *z = &o->fuzz;

	if (z->oracle && strcmp(z->oracle, "prot") != 0 && !is_connect(o) && !check_command(o))
		return tc_fail(err, -EINVAL, "--oracle: '%s' is none of prot, connect, exec:CMD",
			       z->oracle);
	if (z->spawn && z->pid)
		return tc_fail(err, -EINVAL, "--spawn and --pid both name the server: use one");
	if (z->replay && z->case_given == z->all)
		return tc_fail(err, -EINVAL, "--replay needs --case N or --all");
	if (!z->replay && (z->case_given || z->all))
		return tc_fail(err, -EINVAL, "--case and --all go with --replay FILE");
	if (!z->parallel)
		z->parallel = z->spawn || z->pid ? 1 : 32;
	if (!z->shards)
		z->shards = 1;
	z->fields = z->fields ? z->fields : "tcp.*,ip.ttl,prot.*";
	z->segments = z->segments ? z->segments : "syn,ack,data,fin";
	z->strategies = z->strategies ? z->strategies
				      : "boundary,flip,random,options,sequence,pairwise";
	return 0;
}

static int make_request(struct campaign *g, struct tc_error *err)
{
	const struct tc_buf *data = &g->o->data;

	if (is_connect(g->o)) {
		tc_buf_add(&g->request, data->data, data->len);
		return 0;
	}
	return tc_prot_build(&g->request, data->len ? data->data : (const uint8_t *)"hello",
			     data->len ? data->len : 5, NULL, 0, err);
}

static int open_space(struct campaign *g, struct tc_error *err)
{
	const struct fuzz_options *z = &g->o->fuzz;
	struct tc_fuzz_space_config cfg = {
		.fields = z->fields, .segments = z->segments, .strategies = z->strategies,
		.seed = g->o->seed, .payload_len = g->request.len,
	};
	int rc = tc_fuzz_space_open(&g->space, &cfg, err);

	if (rc < 0)
		return rc;
	g->first = z->shard;
	g->end = z->cases ? z->cases : z->seconds ? 0 : tc_fuzz_space_listed(g->space);
	return 0;
}

static void put_dry_case(struct tc_buf *out, const struct options *o,
			 const struct tc_fuzz_case *c)
{
	if (o->json) {
		tc_journal_put_case(out, c, NULL);
		return;
	}
	tc_buf_printf(out, "%llu %s", (unsigned long long)c->number, c->strategy);
	for (unsigned i = 0; i < c->n_rules; i++)
		tc_buf_printf(out, " --mutate '%s'", c->rule[i]);
	tc_buf_printf(out, "\n");
}

static int dry_run(struct campaign *g)
{
	struct tc_fuzz_case c;
	struct tc_buf line = { 0 };
	uint64_t end = g->end ? g->end : tc_fuzz_space_listed(g->space);

	for (uint64_t n = g->first; n < end && !ferror(stdout); n += g->o->fuzz.shards) {
		tc_fuzz_space_case(g->space, n, &c);
		put_dry_case(&line, g->o, &c);
		fwrite(line.data, 1, line.len, stdout);
		line.len = 0;
	}
	tc_buf_free(&line);
	return EXIT_DONE;
}

/* ---- the journal ----------------------------------------------------------------------- */

static int read_journal(const char *name, struct tc_journal *j, struct tc_error *err)
{
	struct tc_buf bytes = { 0 };
	struct tc_error why = { 0 };
	int rc = tc_buf_read_file(&bytes, name, JOURNAL_MAX, err);

	*j = (struct tc_journal){ 0 };
	if (rc >= 0 && tc_journal_read(j, bytes.data, bytes.len, &why) < 0)
		rc = tc_fail(err, -EBADMSG, "%s: %s", name, why.msg);
	tc_buf_free(&bytes);
	return rc < 0 ? rc : 0;
}

static void write_head(struct campaign *g)
{
	struct tc_buf line = { 0 };
	struct tc_journal_head h = {
		.seed = g->o->seed, .fields = g->o->fuzz.fields,
		.segments = g->o->fuzz.segments, .strategies = g->o->fuzz.strategies,
		.oracle = g->o->fuzz.oracle ? g->o->fuzz.oracle : "prot",
		.request = g->request.data, .request_len = g->request.len,
	};

	tc_journal_put_head(&line, &h);
	fwrite(line.data, 1, line.len, g->journal);
	tc_buf_free(&line);
}

/* Behind the last whole case, if it is a journal of the same campaign. */
static int resume(struct campaign *g, const char *name, struct tc_error *err)
{
	struct tc_journal j;
	int rc = read_journal(name, &j, err);

	if (rc == 0 && (j.head.seed != g->o->seed || strcmp(j.head.fields, g->o->fuzz.fields) ||
			strcmp(j.head.segments, g->o->fuzz.segments) ||
			strcmp(j.head.strategies, g->o->fuzz.strategies)))
		rc = tc_fail(err, -EINVAL, "%s is of another campaign (seed %llu, fields %s): "
			     "give the same --seed, --fields, --segments and --strategy", name,
			     (unsigned long long)j.head.seed, j.head.fields);
	if (rc == 0 && j.n)
		g->first = j.entries[j.n - 1].c.number + g->o->fuzz.shards;
	if (rc == 0 && truncate(name, (off_t)j.good) < 0)
		rc = tc_fail_errno(err, "cannot cut %s", name);
	if (rc == 0 && !(g->journal = fopen(name, "ae")))
		rc = tc_fail_errno(err, "cannot write %s", name);
	tc_journal_close(&j);
	return rc;
}

static int open_journal(struct campaign *g, struct tc_error *err)
{
	char own[64];
	const char *name = g->o->fuzz.journal;

	snprintf(own, sizeof own, "tcpcraft-fuzz-%llu.jsonl", (unsigned long long)g->o->seed);
	name = name ? name : own;
	if (g->o->fuzz.resume)
		return resume(g, name, err);
	g->journal = fopen(name, g->o->force ? "we" : "wxe");
	if (!g->journal && errno == EEXIST)
		return tc_fail(err, -EEXIST, "%s exists: --resume goes on with it, --force begins "
			       "anew", name);
	if (!g->journal)
		return tc_fail_errno(err, "cannot write %s", name);
	write_head(g);
	return 0;
}

static int close_journal(struct campaign *g, int code)
{
	struct tc_error err;
	bool bad = g->journal && ferror(g->journal);

	if (g->journal && (fclose(g->journal) != 0 || bad)) {
		tc_fail_errno(&err, "cannot write the journal");
		code = fail(g->o, EXIT_MACHINE, &err);
	}
	g->journal = NULL;
	return code;
}

/* ---- a campaign ------------------------------------------------------------------------ */

static void tune(void *ctx, struct tc_tcp_config *tcp)
{
	const struct options *o = ctx;

	tcp->syn_timeout = o->timeout;
	tcp->rto_initial = tcp->rto_min = RTO;
}

static int turn(void *ctx, tc_time until)
{
	struct campaign *g = ctx;
	int code = live_turn(&g->live, until, NULL, 0);

	campaign_progress(g);
	return g->live.signal ? EXIT_SIGNAL + g->live.signal : code;
}

static int open_campaign(struct campaign *g, struct tc_error *err)
{
	struct tc_fuzz_config cfg = {
		.session = g->live.session, .target = g->target, .request = g->request.data,
		.request_len = g->request.len, .prot = !is_connect(g->o),
		.check = check_command(g->o), .parallel = g->o->fuzz.parallel,
		.rate = g->o->rate, .patience = g->o->timeout_given ? g->o->timeout : TC_S,
		.turn = turn, .ctx = g,
	};
	int rc;

	if (cfg.prot) {
		cfg.expect = (const uint8_t *)TC_PROT_ACK;
		cfg.expect_len = TC_PROT_ACK_LEN;
	}
	rc = tc_fuzz_open(&g->fuzz, &cfg, err);
	return rc < 0 ? rc : tc_fuzz_learn(g->fuzz, err);
}

static void tell(struct campaign *g, struct finding *f)
{
	const struct options *o = g->o;

	if (o->fuzz.minimize && f->kind != TC_FUZZ_NOVEL && !g->live.signal) {
		f->repeat = tc_fuzz_minimize(g->fuzz, &f->c, f->kind, BUDGET);
		f->minimized = f->repeat > 0;
	}
	if (!campaign_had(g, f))
		campaign_print_finding(g, f);
}

static void record(struct campaign *g, const struct tc_fuzz_case *c,
		   const struct tc_fuzz_outcome *out, unsigned n)
{
	struct finding *fresh[WINDOW_ROUNDS * 64];
	struct tc_buf lines = { 0 };
	unsigned n_fresh = 0;

	for (unsigned i = 0; i < n; i++) {
		struct finding *f = campaign_count(g, &c[i], &out[i]);

		if (f && n_fresh < sizeof fresh / sizeof *fresh)
			fresh[n_fresh++] = f;
		if (g->journal)
			tc_journal_put_case(&lines, &c[i], &out[i]);
	}
	if (g->journal) {
		fwrite(lines.data, 1, lines.len, g->journal);
		fflush(g->journal);
	}
	tc_buf_free(&lines);
	for (unsigned i = 0; i < n_fresh; i++)
		tell(g, fresh[i]);
}

/* The next window: cases, or those of a journal. */
struct source {
	struct campaign *g;
	const struct tc_journal *journal; /* NULL: the space */
	uint64_t next;
};

static bool next_case(struct source *s, struct tc_fuzz_case *c)
{
	const struct fuzz_options *z = &s->g->o->fuzz;

	if (!s->journal) {
		if (s->g->end && s->next >= s->g->end)
			return false;
		tc_fuzz_space_case(s->g->space, s->next, c);
		s->next += z->shards;
		return true;
	}
	for (; s->next < s->journal->n; s->next++)
		if (z->all || s->journal->entries[s->next].c.number == z->case_number) {
			*c = s->journal->entries[s->next++].c;
			return true;
		}
	return false;
}

static int run_cases(struct campaign *g, struct source *s, struct tc_error *err)
{
	unsigned most = g->o->fuzz.parallel == 1 ? 1 : g->o->fuzz.parallel * WINDOW_ROUNDS, n;
	struct tc_fuzz_case *cases;
	struct tc_fuzz_outcome *out;
	int rc = 0;

	most = most < WINDOW_MAX ? most : WINDOW_MAX;
	cases = calloc(most, sizeof *cases);
	out = calloc(most, sizeof *out);
	if (!cases || !out)
		rc = tc_fail(err, -ENOMEM, "out of memory");
	g->began = tc_clock_monotonic();
	while (rc == 0 && !(g->o->fuzz.seconds &&
			    tc_clock_monotonic() - g->began >= g->o->fuzz.seconds)) {
		for (n = 0; n < most && next_case(s, &cases[n]); n++)
			;
		if (n == 0)
			break;
		rc = tc_fuzz_run(g->fuzz, cases, n, out, err);
		if (rc != -EINTR)
			record(g, cases, out, n);
	}
	g->ended = tc_clock_monotonic();
	free(cases);
	free(out);
	return rc;
}

static int run_live(struct campaign *g, struct source *s)
{
	struct tc_error err = { 0 };
	int rc = tc_fuzz_target_open(&g->target, g->o->fuzz.spawn, g->o->fuzz.pid, &err), code;

	if (rc < 0)
		return fail(g->o, EXIT_MACHINE, &err);
	rc = open_campaign(g, &err);
	if (rc < 0 && rc != -EINTR)
		return fail(g->o, rc == -ECONNREFUSED ? EXIT_PEER : EXIT_MACHINE, &err);
	if (rc == 0)
		rc = run_cases(g, s, &err);
	code = campaign_found(g) ? EXIT_FINDING : EXIT_DONE;
	if (rc < 0 && rc != -EINTR)
		code = fail(g->o, rc == -ECONNREFUSED ? code : EXIT_MACHINE, &err);
	return code;
}

static int fuzz(struct campaign *g, struct source *s)
{
	struct tc_session_config cfg;
	int code;

	live_config(&g->live, g->o, PORTS, true, false, &cfg);
	cfg.many = g->o->fuzz.parallel > 1;
	cfg.tune = tune;
	cfg.widen = tc_fuzz_widen;
	cfg.widen_ctx = g->space;
	code = live_start(&g->live, g->host, g->port, &cfg);
	if (code)
		return code;
	code = run_live(g, s);
	tc_fuzz_close(g->fuzz);
	code = live_close(&g->live, code);
	if (g->ended)
		campaign_summary(g, code);
	return code;
}

static int replay(struct campaign *g, struct tc_error *err)
{
	struct source s = { .g = g };
	struct options *o = (struct options *)(uintptr_t)g->o;
	struct tc_journal j;
	int code, rc = read_journal(g->o->fuzz.replay, &j, err);

	if (rc == 0) {
		g->request.len = 0;
		tc_buf_add(&g->request, j.head.request, j.head.request_len);
		o->fuzz.oracle = o->fuzz.oracle ? o->fuzz.oracle : j.head.oracle;
		s.journal = &j;
	}
	code = rc < 0 ? fail(g->o, EXIT_USAGE, err) : fuzz(g, &s);
	if (rc == 0 && g->ended && g->cases == 0 && !g->live.signal) {
		tc_fail(err, -ENOENT, "%s has no case %llu", g->o->fuzz.replay,
			(unsigned long long)g->o->fuzz.case_number);
		code = fail(g->o, EXIT_USAGE, err);
	}
	tc_journal_close(&j);
	return code;
}

static int run(struct campaign *g, struct options *o)
{
	struct source s = { .g = g };
	struct tc_error err = { 0 };

	if (check_options(o, &err) < 0 || make_request(g, &err) < 0 || open_space(g, &err) < 0)
		return fail(o, EXIT_USAGE, &err);
	if (o->fuzz.dry_run)
		return dry_run(g);
	if (o->fuzz.replay)
		return replay(g, &err);
	if (open_journal(g, &err) < 0)
		return fail(o, err.code == -EEXIST || err.code == -EINVAL ||
			    err.code == -EBADMSG || err.code == -ENOENT ? EXIT_USAGE
							       : EXIT_MACHINE, &err);
	s.next = g->first;
	return close_journal(g, fuzz(g, &s));
}

int cmd_fuzz(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct campaign *g = calloc(1, sizeof *g);
	struct tc_error err;
	int code;

	(void)cmd, (void)argc;
	if (!g) {
		tc_fail(&err, -ENOMEM, "out of memory");
		return fail(o, EXIT_MACHINE, &err);
	}
	g->o = o;
	g->host = argv[0];
	g->port = argv[1];
	code = run(g, o);
	tc_fuzz_target_close(g->target);
	tc_fuzz_space_close(g->space);
	tc_buf_free(&g->request);
	free(g);
	return code;
}
