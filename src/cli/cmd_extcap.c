/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcpcraft extcap: a connection of ours as an interface of Wireshark's. That starts the programs
 * of its extcap folder, asks what they have, shows a dialog, and reads a capture from a pipe
 * while the connection is made: https://www.wireshark.org/docs/man-pages/extcap.html.
 */
#include "commands.h"
#include "target.h"

#include "base/name.h"

#include <tcpcraft/version.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define INTERFACE "tcpcraft"
#define DLT_EN10MB 1			/* the capture itself names what it has */

static const struct command *const ways[] = { &cmd_prot, &cmd_connect, &cmd_listen };

/* What the dialog asks for: options of ours. */
static const struct asked {
	const char *call, *display, *type, *more;
} dialog[] = {
	{ "--way", "Command", "selector", "{default=prot}" },
	{ "--target", "HOST:PORT, of listen PORT", "string", "{required=true}" },
	{ "--data-string", "Payload (text)", "string", "" },
	{ "--mutate", "Change segments (SEGMENT: FIELD=VALUE)", "string", "" },
	{ "--tcp", "Our TCP (KEY=VALUE,…)", "string", "" },
	{ "--interface", "Network interface (by the route)", "string", "" },
	{ "--authorized", "I may test a public target", "boolflag", "" },
};

static void tell_config(const struct options *o)
{
	for (size_t i = 0; i < sizeof dialog / sizeof *dialog; i++)
		terminal_say(o, stdout, "arg {number=%zu}{call=%s}{display=%s}{type=%s}%s\n", i,
			     dialog[i].call, dialog[i].display, dialog[i].type, dialog[i].more);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		terminal_say(o, stdout, "value {arg=0}{value=%s}{display=%s: %s}\n",
			     ways[i]->name, ways[i]->name, ways[i]->one_line);
}

/* What is told is in a form of Wireshark's, and what is captured goes to its pipe. */
static int refuse_outputs(const struct options *o, struct tc_error *err)
{
	const char *option = o->write_file ? "-w" : o->json ? "--json" : o->csv ? "--csv" :
			     o->html_file && !o->extcap.capture ? "--html" : NULL;

	return option ? tc_fail(err, -EINVAL, "extcap: %s is not for what Wireshark reads: it gets "
				"lines of its own, and the capture in --fifo", option) : 0;
}

static int tell(const struct options *o)
{
	if (o->extcap.interfaces)
		terminal_say(o, stdout, "extcap {version=%s}{help=man:tcpcraft}\n"
			     "interface {value=" INTERFACE "}{display=tcpcraft: a TCP connection "
			     "by hand}\n", TC_VERSION);
	else if (o->extcap.dlts)
		terminal_say(o, stdout, "dlt {number=%d}{name=EN10MB}{display=Ethernet}\n",
			     DLT_EN10MB);
	else
		tell_config(o);
	return EXIT_DONE;
}

/* Nobody is at our standard input, and nobody reads what is behind our standard output. */
static int leave_streams(struct tc_error *err)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	int rc = 0;

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(nothing, STDOUT_FILENO) < 0)
		rc = tc_fail_errno(err, "cannot leave standard input and output");
	if (nothing > STDERR_FILENO)
		close(nothing);
	return rc;
}

static int refuse(const struct options *o, struct tc_error *err)
{
	if (!o->extcap.interface || strcmp(o->extcap.interface, INTERFACE) != 0)
		return tc_fail(err, -EINVAL, "--extcap-interface: there is one, " INTERFACE);
	if (!o->extcap.capture)
		return tc_fail(err, -EINVAL, "extcap: Wireshark asks with one of "
			       "--extcap-interfaces, --extcap-dlts, --extcap-config, --capture");
	if (o->extcap.filter && *o->extcap.filter)
		return tc_fail(err, -EINVAL, "no capture filter goes with " INTERFACE ": all frames "
			       "are of the connection; a display filter chooses among them");
	if (!o->extcap.fifo || !o->extcap.target)
		return tc_fail(err, -EINVAL, "extcap: --capture wants --fifo FILE and --target "
			       "HOST:PORT");
	return 0;
}

/* The first where none is named. */
static const struct command *find_way(const char *name, struct tc_error *err)
{
	char all[80] = "";

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		if (!name || strcmp(name, ways[i]->name) == 0)
			return ways[i];
		tc_name_add(all, sizeof all, ways[i]->name, "");
	}
	tc_fail(err, -EINVAL, "--way: '%s' is none of %s", name, all);
	return NULL;
}

static int capture(struct options *o)
{
	char *word[] = { (char *)(uintptr_t)o->extcap.target, NULL, NULL };
	struct tc_error err = { 0 };
	const struct command *c = find_way(o->extcap.way, &err);
	int n = c ? refuse(o, &err) : -EINVAL;

	if (n >= 0)
		n = target_split(c, 1, word, &err);
	if (n >= 0 && (n < c->min_args || n > c->max_args))
		n = tc_fail(&err, -EINVAL, "--target: '%s' is not %s", o->extcap.target,
			    c->min_args == 2 ? "HOST:PORT" : "PORT or ADDR:PORT");
	if (n < 0)
		return fail(o, EXIT_USAGE, &err);
	if (leave_streams(&err) < 0)
		return fail(o, EXIT_MACHINE, &err);
	o->write_file = o->extcap.fifo;
	o->comments = true;
	o->wall = c->wall;
	return c->run(c, o, n, word);
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct tc_error err = { 0 };

	(void)cmd;
	(void)argc;
	(void)argv;
	if (refuse_outputs(o, &err) < 0)
		return fail(o, EXIT_USAGE, &err);
	return o->extcap.interfaces || o->extcap.dlts || o->extcap.config ? tell(o) : capture(o);
}

const struct command cmd_extcap = {
	.name = "extcap", .args = "",
	.one_line = "a connection as an interface of Wireshark, which calls this",
	.groups = GROUP_EXTCAP | GROUP_DATA | GROUP_TALK | GROUP_SPEC | GROUP_MUTATE |
		  GROUP_CLIENT | GROUP_NET | GROUP_TCP | GROUP_OUT,
	.min_args = 0, .max_args = 0,
	.run = entry,
	.more = "make install-extcap    (then it is in Wireshark's list of interfaces)",
};
