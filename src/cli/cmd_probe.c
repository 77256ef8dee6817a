/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft probe: experiments on one target or many, a line or a row for each. */
#include "commands.h"
#include "survey/survey.h"

#include "base/nearest.h"
#include "study/study.h"
#include "syscalls/calls.h"

#include <tcpcraft/route.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OS_BASE "/usr/share/nmap/nmap-os-db"
#define OS_BASE_MOST ((size_t)64 << 20)

/* ---- what is asked ---------------------------------------------------------------- */

/* What stands in the place of an experiment, and is none. */
static const struct { const char *name, *one_line; } others[] = {
	{ "all", "every harmless one" },
	{ "learn", "its state machine, asked of it word by word [not in all]" },
	{ "compare", "all on two hosts (a,b), or on one --against what --save kept of it" },
};

#define N_OTHERS (sizeof others / sizeof *others)

static const char *asks_text(const struct tc_experiment *e)
{
	switch (e->asks) {
	case TC_ASKS_SERVERS:
		return "";
	case TC_ASKS_CLIENTS:
		return " [of clients]";
	case TC_ASKS_BOTH:
		return " [clients too]";
	}
	return "";
}

static int list(const struct options *o)
{
	const struct tc_experiment *const *all;
	size_t n;

	all = tc_experiments(&n);
	for (size_t i = 0; i < n; i++)
		terminal_say(o, stdout, "%-18s%s%s%s\n", all[i]->name, all[i]->one_line,
			     asks_text(all[i]), all[i]->harmless ? "" : " [not in all]");
	for (size_t i = 0; i < N_OTHERS; i++)
		terminal_say(o, stdout, "%-18s%s\n", others[i].name, others[i].one_line);
	return EXIT_DONE;
}

static void words(struct words *w)
{
	const struct tc_experiment *const *all;
	size_t n;

	all = tc_experiments(&n);
	for (size_t i = 0; i < n; i++)
		words_add(w, all[i]->name, all[i]->one_line);
	for (size_t i = 0; i < N_OTHERS; i++)
		words_add(w, others[i].name, others[i].one_line);
}

static int no_such(const char *name, struct tc_error *err)
{
	struct tc_nearest near = { .word = name };
	const struct tc_experiment *const *all;
	size_t n;

	all = tc_experiments(&n);
	for (size_t i = 0; i < n; i++)
		tc_nearest(&near, all[i]->name);
	for (size_t i = 0; i < N_OTHERS; i++)
		tc_nearest(&near, others[i].name);
	return tc_fail(err, -EINVAL, "there is no experiment '%s'%s%s%s: see tcpcraft probe "
		       "--list", name, near.name ? "; did you mean " : "",
		       near.name ? near.name : "", near.name ? "?" : "");
}

static int choose(struct probing *p, const char *name, struct tc_error *err)
{
	const struct tc_experiment *const *all;
	const struct tc_experiment *one = tc_experiment_find(name);
	bool every = strcmp(name, "all") == 0 || p->compare;
	size_t n;

	if (p->learn)
		return 0;
	if (p->o->probe.words || p->o->probe.queries || p->o->probe.dot ||
	    p->o->probe.inputs || p->o->fuzz.seconds)
		return tc_fail(err, -EINVAL, "--words, --queries, --inputs, --seconds and --dot "
			       "are of probe learn alone");
	if (p->o->probe.against && !p->compare)
		return tc_fail(err, -EINVAL, "--against is of probe compare, which asks all, and "
			       "of probe learn");
	all = tc_experiments(&n);
	if (!one && !every)
		return no_such(name, err);
	p->chosen = calloc(n, sizeof(struct tc_experiment *));
	if (!p->chosen)
		return tc_nomem(err);
	for (size_t i = 0; i < n; i++)
		if (every ? all[i]->harmless && tc_experiment_asks(all[i], p->clients)
			  : all[i] == one)
			p->chosen[p->n_chosen++] = all[i];
	if (!every && !tc_experiment_asks(one, p->clients))
		return tc_fail(err, -EINVAL, "%s asks a %s: see tcpcraft probe --list", name,
			       p->clients ? "server, and with --listen there is none"
					  : "client: that is with --listen [ADDR] PORT");
	return 0;
}

/* What does not go with clients, and what with them alone. */
static int check_direction(const struct probing *p, struct tc_error *err)
{
	const struct options *o = p->o;

	if (!p->clients)
		return o->fuzz.call ? tc_fail(err, -EINVAL, "--call runs a client: it goes with "
					      "--listen; a server is --spawn") : 0;
	if (p->compare || p->learn)
		return tc_fail(err, -EINVAL, "%s asks servers: it does not go with --listen",
			       p->compare ? "compare" : "learn");
	if (o->script.dut)
		return tc_fail(err, -EINVAL, "--dut goes with probe learn only, which does not "
			       "listen");
	if (o->fuzz.spawn || o->probe.revive)
		return tc_fail(err, -EINVAL, "--spawn and --revive bring a server back: with "
			       "--listen the client is --call");
	if (o->source_port)
		return tc_fail(err, -EINVAL, "-g: with --listen PORT is ours already");
	if (o->fuzz.parallel)
		return tc_fail(err, -EINVAL, "--parallel: with --listen calls are answered one "
			       "by one");
	return 0;
}

/* [ADDR] PORT of ours. */
static int choose_own(struct probing *p, int argc, char **argv, struct tc_error *err)
{
	struct tc_target own = { .port = 0 };
	int rc = argc ? tc_port_parse(&own.port, argv[argc - 1], err)
		      : tc_fail(err, -EINVAL, "which port of ours? --listen [ADDR] PORT");

	if (rc >= 0 && argc > 1 &&
	    snprintf(own.host, sizeof own.host, "%s", argv[0]) >= (int)sizeof own.host)
		rc = tc_fail(err, -EINVAL, "'%.20s…' is no address of ours", argv[0]);
	tc_buf_add(&p->targets, &own, sizeof own);
	p->n_targets = 1;
	return rc < 0 ? rc : 0;
}

/* --dut: where there is no host to be named, nothing may be. */
static int check_hand(const struct probing *p, int argc, struct tc_error *err)
{
	const struct options *o = p->o;

	if (o->script.dut && !p->learn)
		return tc_fail(err, -EINVAL, "--dut goes with probe learn only");
	if (options_no_host(o) && argc > 1)
		return tc_fail(err, -EINVAL, "--dut %s is in a network of its own: nobody else is "
			       "asked, so no HOST is named", o->script.dut);
	return argc > 1 || options_no_host(o) ? 0 : tc_fail(err, -EINVAL, "which host? "
							     "tcpcraft probe learn HOST PORT");
}

static int choose_targets(struct probing *p, const char *hosts, const char *port,
			  struct tc_error *err)
{
	const struct tc_target *t;
	int n = tc_targets_parse(&p->targets, hosts, err);

	if (n < 0)
		return n;
	p->n_targets = (size_t)n;
	if (port && tc_port_parse(&p->port, port, err) < 0)
		return err->code;
	t = (const struct tc_target *)(const void *)p->targets.data;
	for (size_t i = 0; i < p->n_targets && !port; i++)
		if (!t[i].port)
			return tc_fail(err, -EINVAL, "which port of %s? PORT behind the hosts, or "
				       "HOST:PORT", t[i].host);
	if (p->o->fuzz.parallel && !p->learn && (n == 1 || p->compare))
		return tc_fail(err, -EINVAL, "--parallel is for several targets, and for probe "
			       "learn");
	if (p->o->fuzz.parallel && !p->learn && (p->o->source.family || p->o->vlan.n))
		return tc_fail(err, -EINVAL, "--parallel: with --source or --vlan targets are "
			       "asked one after the other");
	if ((p->o->write_file || p->o->html_file) && n > 1)
		return tc_fail(err, -EINVAL, "-w and --html take the segments of one target, "
			       "here are %d", n);
	return 0;
}

/* Names of systems, where nmap's are installed: read before anything comes from a peer. */
static void read_names(struct probing *p)
{
	bool wanted = false;

	for (size_t i = 0; i < p->n_chosen; i++)
		wanted |= p->chosen[i]->asks_host;
	if (wanted && tc_buf_read_file(&p->os_base, OS_BASE, OS_BASE_MOST, NULL) < 0)
		tc_buf_free(&p->os_base);
}

/* ---- the run ---------------------------------------------------------------------- */

static int run(struct probing *p)
{
	struct tc_buf head = { 0 };
	struct tc_error err = { 0 };
	int code;

	if (probing_target_open(p, &err) < 0) {
		probing_target_close(p);
		return fail(p->o, exit_for(OF_WORDS, &err), &err);
	}
	if (p->o->probe.save &&
	    tc_outfile_open(&p->save, p->o->probe.save, p->o->force, &err) < 0) {
		probing_target_close(p);
		return fail(p->o, exit_for(OF_SESSION, &err), &err);
	}
	read_names(p);
	if (p->o->csv && !p->o->json && !p->compare) {
		tc_probe_csv_head(&head);
		terminal_give(p->o, stdout, &head);
	}
	code = p->compare ? probing_compare(p) : probing_visit_all(p);
	probing_target_close(p);
	if (p->save && tc_outfile_close(p->save, &err) < 0)
		code = fail(p->o, EXIT_MACHINE, &err);
	return code;
}

static bool is_experiment(const char *word)
{
	for (size_t i = 0; i < N_OTHERS; i++)
		if (strcmp(word, others[i].name) == 0)
			return true;
	return tc_experiment_find(word) != NULL;
}

/* EXPERIMENT HOST PORT; of clients [EXPERIMENT] [ADDR] PORT. */
static int choose_all(struct probing *p, int argc, char **argv, struct tc_error *err)
{
	bool named = !p->clients || argc == 3 || is_experiment(argv[0]);
	const char *name = named ? argv[0] : "all";
	int rc;

	p->compare = strcmp(name, "compare") == 0;
	p->learn = strcmp(name, "learn") == 0;
	rc = check_direction(p, err);
	if (rc == 0)
		rc = choose(p, name, err);
	if (rc == 0 && !p->clients)
		rc = check_hand(p, argc, err);
	if (rc < 0 || (p->learn && options_no_host(p->o)))
		return rc;
	return p->clients ? choose_own(p, argc - named, argv + named, err)
			  : choose_targets(p, argv[1], argc > 2 ? argv[2] : NULL, err);
}

static int learn(const struct probing *p)
{
	const struct tc_target *t = (const struct tc_target *)(const void *)p->targets.data;

	if (options_no_host(p->o))
		return study_run(p->o, p->o->script.dut, TC_CALLS_PORT);
	if (p->n_targets != 1)
		return fail_usage(p->o, "learn takes one target, here are %zu", p->n_targets);
	return study_run(p->o, t->host, t->port ? t->port : p->port);
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct probing p = { .o = o };
	struct tc_error err = { 0 };
	int code;

	if (o->probe.list)
		return list(o);
	p.clients = o->listen = o->fuzz.listen;
	if (argc < (p.clients || options_no_host(o) ? 1 : 2))
		return fail_usage(o, "too few arguments: usage: tcpcraft probe %s (see "
				  "tcpcraft probe --list)", cmd->args);
	if (choose_all(&p, argc, argv, &err) < 0)
		code = fail(o, EXIT_USAGE, &err);
	else
		code = p.learn ? learn(&p) : run(&p);
	tc_buf_free(&p.targets);
	tc_buf_free(&p.said);
	tc_buf_free(&p.calls);
	tc_buf_free(&p.os_base);
	free(p.chosen);
	return code;
}

const struct command cmd_probe = {
	.name = "probe", .args = "EXPERIMENT HOST PORT",
	.one_line = "find out how a TCP peer behaves, with the evidence",
	.groups = GROUP_PROBE | GROUP_RATE | GROUP_CLIENT | GROUP_NET | GROUP_OUT,
	.min_args = 0, .max_args = 3, .host = 2, .words_at = 1, .words = words,
	.run = entry,
	.more = "tcpcraft probe --list\n"
		"tcpcraft probe read-size 127.0.0.1 9999\n"
		"tcpcraft probe all 10.0.0.0/28,@hosts.txt 80 --csv\n"
		"tcpcraft probe learn 10.0.0.2 7 --rate 50000 --html machine.html\n"
		"tcpcraft probe learn --dut local --inputs SYN,SYN+ACK,ACK,RST,connect,close\n"
		"tcpcraft probe isn --listen 9000 --call 'firmware 10.0.0.1 9000'",
};
