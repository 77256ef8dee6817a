/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft run: scripts in packetdrill's notation, carried out over the wire. */
#include "commands.h"

#include "target.h"

#include "base/text.h"
#include "batch/against.h"
#include "batch/one.h"
#include "batch/captured.h"
#include "batch/many.h"
#include "live/progress.h"
#include "script/explain.h"

#include "analysis/gather.h"

#include <tcpcraft/probe.h>
#include <tcpcraft/route.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* Only to be read: to be printed, checked, or explained. */
static bool is_read_only(const struct options *o)
{
	return o->script.print || o->script.check || o->script.explain;
}

/* Read it; print it in its canonical form, or explain it. */
static int print_script(const struct options *o, const char *path, const char *before,
			struct tc_error *err)
{
	struct tc_script *s = NULL;
	struct tc_buf text = { 0 };
	int rc = script_read(&s, path, o, err);

	if (rc >= 0 && o->script.explain && o->json)
		tc_script_explain_json(&text, s);
	else if (rc >= 0)
		tc_buf_text(&text, before);
	if (rc >= 0 && o->script.explain && !o->json)
		tc_script_explain(&text, s);
	else if (rc >= 0 && !o->script.explain)
		tc_script_print(&text, s);
	if (o->script.explain)
		terminal_write(o, stdout, text.data, text.len);
	else
		terminal_lines(stdout, text.data, text.len);
	tc_script_free(s);
	tc_buf_free(&text);
	return rc;
}

/* Prints the scripts; of several, each with its name before it as a comment. An error in one does
 * not keep the others from being printed. */
static int print_scripts(struct suite_run *s)
{
	int code = EXIT_DONE;

	for (size_t i = 0; i < s->suite.n; i++) {
		const char *path = s->suite.cases[i].path;
		struct tc_buf name = { 0 };
		struct tc_error err = { 0 };

		if (s->suite.n > 1) {
			tc_buf_text(&name, i ? "\n# " : "# ");
			tc_text_line(&name, path);
			tc_buf_text(&name, "\n");
		}
		if (s->o->script.check && !s->o->script.print && !s->o->script.explain)
			code = script_check(path, s->o) ? EXIT_USAGE : code;
		else if (print_script(s->o, path, name.len ? (const char *)name.data : "", &err) < 0)
			code = fail(s->o, EXIT_USAGE, &err);
		tc_buf_free(&name);
	}
	return code;
}

/* ---- which scripts, and whom to ------------------------------------------------------ */

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int run_many(struct suite_run *s, int n, char **paths)
{
	int code = 0;

	for (int i = 0; i < n && !code; i++)
		code = suite_add(s, paths[i], NULL);
	if (code)
		return code;
	if (is_read_only(s->o))
		return print_scripts(s);
	return suite_carry_out(s);
}

static bool is_named_as_capture(const char *path)
{
	static const char *const ends[] = { ".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz" };
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (n > strlen(ends[i]) && strcmp(path + n - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

/* Captures behind the scripts: then those are judged, and nothing is sent. What stands behind the
 * first is one, too, and if it is not its row says so: what a class hands in may be anything. */
static int count_captures(int argc, char **argv)
{
	int n = 0;

	while (n < argc && !tc_gather_is_capture(argv[n]) && !is_named_as_capture(argv[n]))
		n++;
	return argc - n;
}

/* A script that cannot be read is told once, not of each capture. */
static int read_scripts(const struct suite_run *s)
{
	struct tc_script *script;
	struct tc_error err;

	for (size_t i = 0; i < s->suite.n; i++) {
		if (script_read(&script, s->suite.cases[i].path, s->o, &err) < 0)
			return fail(s->o, EXIT_USAGE, &err);
		tc_script_free(script);
	}
	return 0;
}

static int judge_captures(struct suite_run *s, int n, int captures, char **argv)
{
	const struct options *o = s->o;
	struct progress progress = { .o = o };
	struct tc_script_result res = { 0 };
	struct tc_error err = { 0 };
	int code = 0;

	if (n < 1)
		tc_fail(&err, -EINVAL, "run: the script that judges %s is missing before it",
			argv[0]);
	else if (o->script.dut)
		tc_fail(&err, -EINVAL, "%s is a capture: it is judged, and nothing is sent, "
			"locally neither", argv[n]);
	else if (o->write_file || o->record_file)
		tc_fail(&err, -EINVAL, "%s: nothing is sent where %s is judged",
			o->write_file ? "-w" : "--record", argv[n]);
	if (err.code)
		return fail(o, EXIT_USAGE, &err);
	if (n == 1 && captures == 1 && !o->suite.tap && !o->suite.junit && !o->html_file &&
	    !o->suite.baseline && !is_folder(argv[0]))
		return captured_one(o, argv[0], argv[1], &progress, &res);
	for (int i = 0; i < n && !code; i++)
		code = suite_add(s, argv[i], NULL);
	if (!code)
		code = read_scripts(s);
	if (!code && tc_suite_cross(&s->suite, argv + n, (size_t)captures, &err) < 0)
		code = fail(o, EXIT_MACHINE, &err);
	return code ? code : suite_carry_out(s);
}

/* Scripts without a peer. A class's captures may be meant, which are named one by one. */
static int fail_alone(const struct options *o, int argc, char **argv)
{
	if (argc == 2 && is_folder(argv[1]))
		return fail_usage(o, "run: %s is a folder, and no HOST: %s/*.pcap is the captures in "
				  "it", argv[1], argv[1]);
	return fail_usage(o, "run: HOST%s missing behind %s",
			  o->script.dut ? " is" : " and PORT are", argv[0]);
}

/* HOST PORT; with --dut, whose scripts say where it listens, PORT may be left out. */
static int target_words(const struct options *o, int argc, char **argv)
{
	uint16_t port;

	if (!o->script.dut)
		return 2;
	return argc < 3 || tc_port_parse(&port, argv[argc - 1], NULL) < 0 ? 1 : 2;
}

/* What would be passed over. */
static int check(const struct options *o, bool captures, const char *last, struct tc_error *err)
{
	const struct script_options *s = &o->script;
	const char *local = s->local_ip ? "--local_ip" : s->remote_ip ? "--remote_ip" :
			    s->mtu ? "--mtu" : s->mss ? "--mss" : NULL;
	const char *many = o->suite.tap ? "--tap" : o->suite.junit ? "--junit" :
			   o->suite.jobs ? "--jobs" : o->suite.fail_fast ? "--fail-fast" : NULL;
	const char *read = s->print ? "--print" : s->check ? "--check" :
			   s->explain ? "--explain" : NULL;

	if (o->fuzz.against && read)
		return tc_fail(err, -EINVAL, "%s asks nobody: it does not go with --against", read);
	if (o->fuzz.against && many)
		return tc_fail(err, -EINVAL, "%s is of many scripts: it does not go with --against",
			       many);
	if (o->fuzz.against && captures)
		return tc_fail(err, -EINVAL, "--against compares peers: %s is a capture", last);
	if (local && !read && !options_no_host(o))
		return tc_fail(err, -EINVAL, "%s is of a network of our own: with --dut local or "
			       "own", local);
	return options_check_our_tcp(o, "run", err);
}

/* --against: one script at two peers. */
static int compare(const struct options *o, int n, char **argv, const char *host,
		   const char *port)
{
	struct script_peer a = { host, port }, b;
	struct tc_target t = { .port = 0 };
	struct tc_error err = { 0 };
	char number[8];

	if (n != 1 || !host || is_folder(argv[0]) || strcmp(argv[0], "-") == 0)
		tc_fail(&err, -EINVAL, "--against: one script, and HOST and PORT of the first of "
			"two peers, are expected before it");
	else if (port)
		target_other(o->fuzz.against, &t, &err);
	else
		tc_fail(&err, -EINVAL, "--against: the PORT of %s is missing", host);
	if (err.code)
		return fail(o, EXIT_USAGE, &err);
	snprintf(number, sizeof number, "%u", t.port);
	b = (struct script_peer){ t.host, t.port ? number : port };
	return script_against(o, argv[0], &a, &b);
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	bool read_only = is_read_only(o);
	bool alone = read_only || options_no_host(o);
	bool told = o->suite.tap || o->suite.junit;
	int captures = read_only ? 0 : count_captures(argc, argv);
	int n = captures ? argc - captures : alone ? argc : argc - target_words(o, argc, argv);
	struct suite_run s = { .o = o, .suite = { .command = cmd->name } };
	struct tc_script_result res = { 0 };
	struct tc_error err = { 0 };
	int code;

	if (check(o, captures > 0, argv[argc - 1], &err) < 0)
		return fail(o, EXIT_USAGE, &err);
	if (captures) {
		code = judge_captures(&s, n, captures, argv);
		suite_run_free(&s);
		return code;
	}
	if (n < 1)
		return fail_alone(o, argc, argv);
	if (!alone) {
		s.host = s.suite.host = argv[n];
		s.at[TC_NEEDS_OUTSIDE] = n + 1 < argc ? argv[n + 1] : NULL;
	}
	if (o->fuzz.against)
		code = compare(o, n, argv, s.host, s.at[TC_NEEDS_OUTSIDE]);
	else if (n == 1 && !told && !is_folder(argv[0]) && !read_only)
		code = script_one(o, argv[0], s.host, s.at[TC_NEEDS_OUTSIDE],
				  (struct script_place){ 0 }, &res);
	else if (n == 1 && !told && strcmp(argv[0], "-") == 0)
		code = print_script(o, argv[0], "", &err) < 0 ? fail(o, EXIT_USAGE, &err) : 0;
	else
		code = run_many(&s, n, argv);
	suite_run_free(&s);
	return code;
}

const struct command cmd_run = {
	.name = "run", .args = "SCRIPT|FOLDER… [HOST PORT|CAPTURE…]",
	.one_line = "experiments as text, in packetdrill's notation",
	.groups = GROUP_RUN | GROUP_SPEC | GROUP_SCRIPTS | GROUP_SUITE | GROUP_RECORD |
		  GROUP_CLIENT | GROUP_NET | GROUP_TCP | GROUP_LADDER | GROUP_OUT,
	.min_args = 1, .max_args = INT_MAX, .host = TARGET_LAST,
	.run = entry,
	.more = "tcpcraft run handshake.pkt 127.0.0.1 9999\n"
		"tcpcraft run --explain handshake.pkt    (what each line does, and why)\n"
		"tcpcraft run answer.pkt 127.0.0.1 8080    (its first packet is '>': we listen)\n"
		"tcpcraft run --local scripts/experiments --jobs 8 --junit report.xml\n"
		"tcpcraft run handshake.pkt 10.0.0.1 80 --against 10.0.0.2\n"
		"tcpcraft run exercise.pkt handed-in/*.pcap --junit marks.xml\n"
		"tcpcraft run --dut own --like freebsd scripts/experiments\n"
		"tcpcraft run --dut udp:192.0.2.7:4000 scripts/experiments 192.0.2.7",
};
