/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft conform: a TCP asked, clause by clause, by the scripts that came with us. */
#include "commands.h"

#include "options/places.h"
#include "batch/many.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#define PATIENCE (3 * TC_S)	/* with '*', unless --timeout says otherwise */

/* 9293-listen/ack is meant by its name, by "ack", by "9293-listen" and by what matches. */
static bool is_meant(const struct tc_suite_case *c, const char *word)
{
	size_t n;
	const char *section = tc_suite_section(c, &n), *slash = strrchr(c->id, '/');

	return fnmatch(word, c->id, 0) == 0 || (slash && fnmatch(word, slash + 1, 0) == 0) ||
	       (strlen(word) == n && strncmp(word, section, n) == 0);
}

static bool is_meant_by_any(const struct tc_suite_case *c, int n, char **words)
{
	for (int i = 0; i < n; i++)
		if (is_meant(c, words[i]))
			return true;
	return n == 0;
}

/* Keep those that the words mean; each must mean one. */
static int choose(struct suite_run *s, int n, char **words)
{
	for (int w = 0; w < n; w++) {
		size_t i = 0;

		while (i < s->suite.n && !is_meant(&s->suite.cases[i], words[w]))
			i++;
		if (i < s->suite.n)
			continue;
		return fail_usage(s->o, "no case '%s': tcpcraft conform --list names them",
				  words[w]);
	}
	for (size_t i = s->suite.n; i-- > 0;)
		if (!is_meant_by_any(&s->suite.cases[i], n, words))
			tc_suite_drop(&s->suite, i);
	return 0;
}

static int list(const struct suite_run *s)
{
	struct tc_buf text = { 0 };

	for (size_t i = 0; i < s->suite.n; i++) {
		const struct tc_suite_case *c = &s->suite.cases[i];

		if (s->o->json)
			tc_suite_json_case(&text, c);
		else if (s->o->quiet)
			tc_buf_printf(&text, "%s\n", c->id);
		else
			tc_buf_printf(&text, "%s  %s, needs %s: %s (%s)\n", c->id,
				      c->head.class_name, tc_needs_name[c->head.needs],
				      c->head.sound, c->head.clause);
	}
	terminal_give(s->o, stdout, &text);
	return EXIT_DONE;
}

/* NEED=PORT of --at. */
static int set_port(struct suite_run *s, const char *text, struct tc_error *err)
{
	for (unsigned i = 0; i < TC_NEEDS_COUNT; i++) {
		size_t n = strlen(tc_needs_name[i]);

		if (strncmp(text, tc_needs_name[i], n) != 0 || text[n] != '=')
			continue;
		s->at[i] = text + n + 1;
		return 0;
	}
	return tc_fail(err, -EINVAL, "--at %s: echo=PORT, closes=PORT, nobody=PORT, dut=PORT or "
		       "outside=PORT", text);
}

static int set_ports(struct suite_run *s, const char *port)
{
	struct tc_error err = { 0 };
	int rc = 0;

	s->at[TC_NEEDS_OUTSIDE] = port;
	if (port && s->o->probe.echo)
		s->at[TC_NEEDS_ECHO] = port;
	for (size_t i = 0; i < s->o->suite.n_at && rc >= 0; i++)
		rc = set_port(s, s->o->suite.at[i], &err);
	return rc < 0 ? fail(s->o, EXIT_USAGE, &err) : 0;
}

static void words(struct words *w)
{
	struct options quiet = { .quiet = true };
	struct suite_run s = { .o = &quiet, .cases = true };
	char folder[PATH_MAX];

	place_find(folder, "conformance", "TCPCRAFT_CONFORMANCE");
	suite_add(&s, folder, folder);
	for (size_t i = 0; i < s.suite.n; i++)
		words_add(w, s.suite.cases[i].id, s.suite.cases[i].head.sound);
	suite_run_free(&s);
}

/* HOST and PORT, with --dut HOST, and of this kernel in a network of its own neither. */
static int target_words(const struct options *o)
{
	if (o->probe.list || options_no_host(o))
		return 0;
	return o->script.dut ? 1 : 2;
}

/* They stand before the cases; --list asks nobody. */
static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	int skip = target_words(o);
	struct suite_run s = { .o = o, .suite = { .command = cmd->name }, .cases = true };
	struct tc_error err = { 0 };
	char folder[PATH_MAX];
	int code;

	if (argc < skip)
		return fail_usage(o, "conform: HOST%s missing; --list tells what would be asked",
				  o->script.dut ? " is" : " and PORT are");
	place_find(folder, "conformance", "TCPCRAFT_CONFORMANCE");
	code = suite_add(&s, folder, folder);
	if (!code)
		code = choose(&s, argc - skip, argv + skip);
	if (skip)
		s.host = s.suite.host = argv[0];
	if (!code && options_check_our_tcp(o, cmd->name, &err) < 0)
		code = fail(o, EXIT_USAGE, &err);
	if (!code && !o->probe.list)
		code = set_ports(&s, skip == 2 ? argv[1] : NULL);
	/* What nobody named and needs no hand is meant only where it can be asked. */
	if (!code && o->script.dut && argc == skip && !s.at[TC_NEEDS_OUTSIDE])
		for (size_t i = s.suite.n; i-- > 0;)
			if (s.suite.cases[i].head.needs != TC_NEEDS_DUT)
				tc_suite_drop(&s.suite, i);
	if (!o->timeout_given) {
		o->timeout_given = true;
		o->timeout = PATIENCE;
	}
	if (!code)
		code = o->probe.list ? list(&s) : suite_carry_out(&s);
	suite_run_free(&s);
	return code;
}

const struct command cmd_conform = {
	.name = "conform", .args = "[HOST PORT] [CASE…]",
	.one_line = "does a TCP keep the RFCs? a verdict for each clause",
	.groups = GROUP_SUITE | GROUP_CONFORM | GROUP_CLIENT | GROUP_NET | GROUP_TCP | GROUP_OUT,
	.min_args = 0, .max_args = 1024, .host = 1, .words_at = 3, .words = words,
	.run = entry,
	.more = "tcpcraft conform 192.0.2.7 7 --echo --html report.html\n"
		"tcpcraft conform 192.0.2.7 80 '5961/*' --json >before.jsonl\n"
		"tcpcraft conform --dut udp:192.0.2.7:4000 192.0.2.7    (what needs its sockets)",
};
