/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft fuzz: cases on live connections, findings, the journal, and cases of a journal
 * once more. */
#include "commands.h"
#include "target.h"

#include "campaign/campaign.h"
#include "wall/wall.h"
#include "wire/family.h"

#include <tcpcraft/probe.h>
#include <tcpcraft/route.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The host is looked up once: its family says which fields there are. */
static int find_host(struct campaign *g, struct tc_error *err)
{
	if (!g->host) {
		g->dst.family = g->o->family ? g->o->family : 4;
		return 0;
	}
	if (g->o->fuzz.dry_run)
		return options_dry_host(g->o, g->host, &g->dst, err);
	return tc_host_parse(&g->dst, g->host, g->o->family, false, err);
}

static int find_other(struct campaign *g, struct tc_error *err)
{
	struct tc_target t;
	int rc;

	if (!g->o->fuzz.against)
		return 0;
	rc = target_other(g->o->fuzz.against, &t, err);
	if (rc < 0)
		return rc;
	snprintf(g->other.host, sizeof g->other.host, "%s", t.host);
	g->other.port = t.port;
	return campaign_find_other(g, err);
}

static void set_defaults(const struct campaign *g, struct options *o)
{
	const struct tc_family *f = tc_family(g->dst.family);
	struct fuzz_options *z = &o->fuzz;

	if (!z->parallel)
		z->parallel = z->spawn || z->pid || z->listen ? 1
			: o->suite.jobs > 32 ? o->suite.jobs : 32;
	if (!z->shards)
		z->shards = 1;
	if (z->listen && !o->payload)	/* what clients read is not known */
		snprintf(z->usual_fields, sizeof z->usual_fields, "tcp.*,%s",
			 tc_family_field(f, f->ttl));
	else
		snprintf(z->usual_fields, sizeof z->usual_fields, "tcp.*,%s,%s.*",
			 tc_family_field(f, f->ttl), campaign_frame(o)->name);
	z->fields = z->fields ? z->fields : z->usual_fields;
	z->segments = z->segments ? z->segments : "syn,ack,data,fin";
	snprintf(z->usual_strategies, sizeof z->usual_strategies,
		 "boundary,flip,random,options,sequence,pairwise,payload%s%s",
		 z->base ? "," TC_FUZZ_CAPTURE : "", o->payload ? ",frames" : "");
	z->strategies = z->strategies ? z->strategies : z->usual_strategies;
}

static int open_rules(struct campaign *g, struct tc_error *err)
{
	struct tc_payload payload = { g->frame, g->frame != NULL };
	int rc = g->n_always ? tc_mutate_open(&g->always_m, g->always, g->n_always, payload, err)
			     : 0;

	if (rc == 0 && g->always_m && g->o->authorized)
		tc_mutate_authorize(g->always_m);
	return rc;
}

static int open_space(struct campaign *g, const char *strategies, struct tc_error *err)
{
	const struct fuzz_options *z = &g->o->fuzz;
	struct tc_fuzz_space_config cfg = {
		.fields = z->fields, .family = g->dst.family, .segments = z->segments,
		.strategies = strategies,
		.payload = g->frame ? g->frame : g->o->payload, .seed = g->o->seed, .payload_len = g->request.len,
		.raw = !g->frame, .learnt = g->learnt, .n_learnt = g->base.n_learnt,
	};
	int rc;

	for (unsigned i = 0; i < g->base.n_learnt; i++)
		g->learnt[i] = g->base.learnt[i];
	rc = tc_fuzz_space_open(&g->space, &cfg, err);

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
	if (c->payload[0])
		tc_buf_printf(out, " payload %s", c->payload);
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
		terminal_write(g->o, stdout, line.data, line.len);
		line.len = 0;
	}
	tc_buf_free(&line);
	return EXIT_DONE;
}

/* ---- a campaign ------------------------------------------------------------------------ */

static int open_fuzz(struct campaign *g, const struct tc_session_config *session,
		     struct tc_error *err)
{
	struct tc_fuzz_config cfg = campaign_fuzz(g, 1, campaign_step, g);
	int rc = 0;

	cfg.late = campaign_late;
	cfg.missing = campaign_missing;
	if (g->o->fuzz.against)
		rc = campaign_open_other(g, session, &cfg, err);
	cfg.against = g->other.fuzz;
	return rc < 0 ? rc : tc_fuzz_open(&g->fuzz, &cfg, err);
}

/* Journal, captures and what is known get their names when there is something to write. */
static int learn(struct campaign *g, struct tc_error *err)
{
	const struct live_wall wall = {
		.needs = TC_WALL_SESSION | TC_WALL_WRITES,
		.output = { g->journal_name, campaign_names_like(g), g->o->fuzz.save_known,
			    g->page_name },
		.also = { g->other.session },
	};
	int rc = live_wall_session(&g->live, &wall, err);

	if (rc >= 0 && g->other.fuzz)
		rc = tc_fuzz_learn(g->other.fuzz, err);
	if (rc >= 0)
		rc = tc_fuzz_learn(g->fuzz, err);
	return rc < 0 ? rc : campaign_jobs_begin(g, err);
}

static int run_live(struct campaign *g, const struct tc_session_config *session,
		    struct campaign_source *s)
{
	struct tc_error err = { 0 };
	int rc = open_fuzz(g, session, &err), code;

	if (rc >= 0 && g->journal_node)		/* it is there already, and behind the wall no more */
		rc = campaign_open_journal(g, &err);
	if (rc >= 0)
		rc = learn(g, &err);
	if (rc < 0 && rc != -EINTR)
		return fail(g->o, rc != -ECONNREFUSED ? EXIT_MACHINE
			    : g->o->fuzz.spawn || g->o->fuzz.call ? EXIT_MACHINE : EXIT_PEER,
			    &err);
	if (rc == 0 && !g->journal_node && (rc = campaign_open_journal(g, &err)) < 0)
		return fail(g->o, exit_for(OF_JOURNAL, &err), &err);
	if (rc == 0)
		rc = campaign_run(g, s, &err);
	code = campaign_found(g).faults ? EXIT_FINDING : EXIT_DONE;
	if (g->full)
		return EXIT_MACHINE;
	if (rc == -ECONNREFUSED && code == EXIT_DONE)	/* gone, and nobody was found to do it */
		code = EXIT_PEER;
	if (rc < 0 && rc != -EINTR)
		code = fail(g->o, rc == -ECONNREFUSED ? code : EXIT_MACHINE, &err);
	rc = campaign_save_known(g, &err);
	return rc < 0 ? fail(g->o, EXIT_MACHINE, &err) : code;
}

static int fuzz(struct campaign *g, struct campaign_source *s)
{
	struct tc_session_config cfg;
	struct tc_error err;
	int code;

	/* first: it may be the program behind the whole address; a client has time */
	code = g->o->fuzz.call ? tc_fuzz_target_open_client(&g->target, g->o->fuzz.call,
							      g->o->fuzz.parallel, &err)
		: tc_fuzz_target_open(&g->target, g->o->fuzz.spawn, g->o->fuzz.pid, &err);
	if (code < 0)
		return fail(g->o, EXIT_MACHINE, &err);
	live_config(&g->live, g->o, campaign_ports(g->o), true, false, &cfg);
	if (g->o->fuzz.listen && g->host)
		cfg.source = g->dst;
	else if (g->o->fuzz.listen)
		cfg.family = g->dst.family;
	else
		cfg.dst = g->dst;
	campaign_configure(g, &cfg);
	if (campaign_start_jobs(g, &cfg, &err) < 0)
		return campaign_end_jobs(g, fail(g->o, EXIT_MACHINE, &err));
	code = live_start(&g->live, NULL, g->port, &cfg);
	if (code)
		return campaign_end_jobs(g, code);
	g->call_port = cfg.listen ? cfg.source_port : 0;
	g->call_addr = cfg.source;
	code = run_live(g, &cfg, s);
	tc_fuzz_close(g->fuzz);
	code = campaign_close_other(g, code);
	code = campaign_end_jobs(g, live_close(&g->live, code));
	if (g->ended)
		campaign_summary(g, code);
	return code;
}

/* The page tells of the campaign, not of each connection as that of other commands does. */
static int open_page(struct campaign *g, struct options *o, struct tc_error *err)
{
	int rc = o->html_file ? page_open(&g->page, o, err) : 0;

	g->page_name = o->html_file;
	o->html_file = NULL;
	return rc;
}

static int replay(struct campaign *g, struct options *o, struct tc_error *err)
{
	struct campaign_source s = { .g = g, .journal = &g->replayed };
	int code, rc = campaign_read_journal(o->fuzz.replay, &g->replayed, err);

	if (rc == 0)
		rc = campaign_take_head(g, o, &g->replayed.head, err);
	if (rc == 0)		/* no case of it is asked for; it knows ports and protocols */
		rc = open_space(g, "random", err);
	if (rc == 0)
		rc = open_rules(g, err);
	if (rc == 0)
		rc = open_page(g, o, err);
	code = rc < 0 ? fail(o, EXIT_USAGE, err) : fuzz(g, &s);
	if (rc == 0 && g->ended && g->cases == 0 && !g->live.signal)
		code = fail_usage(o, "%s has no case %llu", o->fuzz.replay,
				  (unsigned long long)o->fuzz.case_number);
	return code;
}

static int campaign(struct campaign *g, struct options *o)
{
	struct campaign_source s = { .g = g };
	struct tc_error err = { 0 };

	if (campaign_make_request(g, &err) < 0 || open_space(g, o->fuzz.strategies, &err) < 0 ||
	    open_rules(g, &err) < 0)
		return fail(o, EXIT_USAGE, &err);
	if (o->fuzz.dry_run)
		return dry_run(g);
	if (campaign_check_journal(g, &err) < 0 || campaign_check_known(g, &err) < 0 ||
	    open_page(g, o, &err) < 0)
		return fail(o, exit_for(OF_JOURNAL, &err), &err);
	s.next = g->first;
	return campaign_close_journal(g, fuzz(g, &s));
}

static int run(struct campaign *g, struct options *o)
{
	struct tc_error err = { 0 };

	if (campaign_check_options(o, &err) < 0)
		return fail(o, EXIT_USAGE, &err);
	o->listen = o->fuzz.listen;
	if (find_host(g, &err) < 0 || find_other(g, &err) < 0)
		return fail(o, exit_for(OF_SESSION, &err), &err);
	if (campaign_read_known(g, &err) < 0)
		return fail(o, EXIT_USAGE, &err);
	set_defaults(g, o);
	g->always = o->mutates;		/* for the cases: control exchanges are honest */
	g->n_always = (unsigned)o->n_mutates;
	o->n_mutates = 0;
	return campaign_page(g, o->fuzz.replay ? replay(g, o, &err) : campaign(g, o));
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct campaign *g = NULL;
	struct tc_error err;
	int code;

	if (argc < 2 && !o->fuzz.listen)
		return fail_usage(o, "too few arguments: usage: tcpcraft %s %s (see tcpcraft "
				  "%s --help); PORT alone goes with --listen", cmd->name, cmd->args,
				  cmd->name);
	g = calloc(1, sizeof *g);
	if (g)
		g->tape = tc_fuzz_tape_open();
	if (!g || !g->tape) {
		free(g);
		tc_nomem(&err);
		return fail(o, EXIT_MACHINE, &err);
	}
	g->o = o;
	g->journal = -1;
	g->host = argc == 2 ? argv[0] : NULL;
	g->port = argv[argc - 1];
	code = run(g, o);
	tc_fuzz_target_close(g->target);
	tc_fuzz_space_close(g->space);
	tc_mutate_close(g->always_m);
	tc_fuzz_tape_close(g->tape);
	campaign_free_findings(g);
	tc_journal_close(&g->replayed);
	free(g->journal_name);
	free(g->captures_name);
	tc_buf_free(&g->known);
	tc_buf_free(&g->base.request);
	tc_buf_free(&g->request);
	free(g);
	return code;
}

const struct command cmd_fuzz = {
	.name = "fuzz", .args = "HOST PORT",
	.one_line = "change headers and payload on live connections, watch the server",
	.groups = GROUP_FUZZ | GROUP_MUTATE | GROUP_RATE | GROUP_DATA | GROUP_SPEC |
		  GROUP_CLIENT | GROUP_NET | GROUP_TCP | GROUP_OUT,
	.min_args = 1, .max_args = 2, .host = 1,
	.run = entry,
	.more = "tcpcraft fuzz 127.0.0.1 9999 --cases 5000 --spawn 'protd -p 9999'\n"
		"tcpcraft fuzz 127.0.0.1 9999 --replay tcpcraft-fuzz-1.jsonl --case 17 --minimize",
};
