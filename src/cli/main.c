/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft: the table of commands, and help. */
#include "cli.h"
#include "commands.h"
#include "live/output.h"
#include "target.h"

#include "base/nearest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

const struct command commands[] = {
	{ "prot", "HOST PORT [TEXT]", "send a PROT frame over a hand-made connection",
	  GROUP_PROT | GROUP_RATE | GROUP_TRACE | GROUP_DATA | GROUP_TALK | GROUP_SPEC |
	  GROUP_MUTATE | GROUP_CLIENT | GROUP_NET | GROUP_RECORD | GROUP_TCP | GROUP_OUT, 2, 3, cmd_prot,
	  "tcpcraft prot 127.0.0.1 9999 RECONSTRUCTED_PAYLOAD\n"
	  "tcpcraft prot 127.0.0.1 9999 hello --set prot.version=2", 1 },
	{ "connect", "HOST PORT", "netcat over the userspace stack",
	  GROUP_DATA | GROUP_TALK | GROUP_SPEC | GROUP_MUTATE | GROUP_TRACE | GROUP_CLIENT |
	  GROUP_NET | GROUP_RECORD | GROUP_TCP | GROUP_OUT, 2, 2, cmd_connect,
	  "tcpcraft connect 127.0.0.1 9999 --data-string '{\"command\": \"status\"}'", 1 },
	{ "listen", "[ADDR] PORT", "nc -l over the userspace stack; --prot plays the server",
	  GROUP_LISTEN | GROUP_DATA | GROUP_TALK | GROUP_SPEC | GROUP_MUTATE |
	  GROUP_TRACE | GROUP_NET | GROUP_RECORD |
	  GROUP_TCP | GROUP_OUT, 1, 2, cmd_listen,
	  "tcpcraft listen 127.0.0.1 9999 --prot --keep", 1 },
	{ "send", "HOST [PORT] [FIELD=VALUE…]", "any packet, any field, and what comes back",
	  GROUP_SEND | GROUP_RATE | GROUP_TRACE | GROUP_DATA | GROUP_CLIENT | GROUP_NET | GROUP_OUT, 1, 66,
	  cmd_send,
	  "tcpcraft send 10.0.0.2 80 --flags S\n"
	  "tcpcraft send 10.0.0.2 1-1024 --rate 1000\n"
	  "tcpcraft send 10.0.0.2 80 --ttl 1-30\n"
	  "tcpcraft send 10.0.0.2 80 tcp.checksum=bad tcp.flags=S,SA,F --expect none\n"
	  "tcpcraft send 10.0.0.2 80 --options 'mss 1460,nop,wscale 7' --dry-run", 1 },
	{ "explain", "HEX|FILE|- [N]", "every field of given packets, and whether it is right",
	  GROUP_EXPLAIN | GROUP_BYTES | GROUP_SPEC | GROUP_OUT, 1, 2, cmd_explain,
	  "tcpcraft explain 4500002800010000400666ccc0000201c00002020014005000000000…\n"
	  "tcpcraft explain run.pcap 3 --checksum", 0 },
	{ "fuzz", "HOST PORT", "change headers and payload on live connections, watch the server",
	  GROUP_FUZZ | GROUP_MUTATE | GROUP_RATE | GROUP_DATA | GROUP_SPEC | GROUP_CLIENT | GROUP_NET |
	  GROUP_OUT, 2, 2,
	  cmd_fuzz,
	  "tcpcraft fuzz 127.0.0.1 9999 --cases 5000 --spawn 'protd -p 9999'\n"
	  "tcpcraft fuzz 127.0.0.1 9999 --replay tcpcraft-fuzz-1.jsonl --case 17 --minimize", 1 },
	{ "probe", "EXPERIMENT HOST PORT", "find out how a TCP peer behaves, with the evidence",
	  GROUP_PROBE | GROUP_RATE | GROUP_CLIENT | GROUP_NET | GROUP_OUT, 0, 3, cmd_probe,
	  "tcpcraft probe --list\n"
	  "tcpcraft probe read-size 127.0.0.1 9999\n"
	  "tcpcraft probe all 10.0.0.0/28,@hosts.txt 80 --csv", 2 },
	{ "run", "SCRIPT [HOST PORT]", "an experiment as text, in packetdrill's notation",
	  GROUP_RUN | GROUP_RECORD | GROUP_CLIENT | GROUP_NET | GROUP_OUT, 1, 64, cmd_run,
	  "tcpcraft run handshake.pkt 127.0.0.1 9999\n"
	  "tcpcraft run answer.pkt 127.0.0.1 8080    (its first packet is '>': we listen)\n"
	  "tcpcraft run --local scripts/experiments/close-active.pkt", 2 },
	{ "teach", "[LESSON]", "TCP on real traffic, with questions; without LESSON a list",
	  GROUP_TEACH | GROUP_FILES | GROUP_FORCE | GROUP_OUT, 0, 1, cmd_teach, "tcpcraft teach handshake\n"
	  "tcpcraft teach --lesson mine.lesson --auto", 0 },
	{ "fields", "[GLOB]", "every field: width, unit, default, mutators, reference",
	  GROUP_SPEC | GROUP_OUT, 0, 1, cmd_fields, "tcpcraft fields 'tcp.flags*'", 0 },
	{ "guard", "list|sweep|status", "the rules that keep the kernel's RST away",
	  GROUP_OUT, 1, 1, cmd_guard, NULL, 0 },
	{ "doctor", "", "what works on this machine, what does not, and the cure",
	  GROUP_OUT, 0, 0, cmd_doctor, "tcpcraft doctor\ntcpcraft doctor --json", 0 },
	{ "show", "FILE…", "captures: connections, ladders, what is odd",
	  GROUP_SHOW | GROUP_LINKTYPE | GROUP_FORCE | GROUP_SPEC | GROUP_OUT, 1, 64, cmd_show,
	  "tcpcraft show run.pcap\n"
	  "tcpcraft show big.pcap.gz --connection 7\n"
	  "tcpdump -w - -i lo port 9999 | tcpcraft show -v -", 0 },
	{ "relabel", "IN OUT", "give a capture the link type that its frames have",
	  GROUP_LINKTYPE | GROUP_FORCE | GROUP_QUIET, 2, 2, cmd_relabel,
	  "tcpcraft relabel openbsd-lo0.pcap right.pcap", 0 },
	{ 0 }
};

static void help(FILE *out)
{
	fprintf(out, "tcpcraft %s: hold a TCP connection in your hand\n\n"
		"usage: tcpcraft COMMAND [ARGUMENT…] [OPTION…]\n\n", TC_VERSION);
	for (const struct command *c = commands; c->name; c++)
		fprintf(out, "  %-8s %-18s %s\n", c->name, c->args, c->one_line);
	fprintf(out, "\ntcpcraft COMMAND --help tells the options; man tcpcraft the rest.\n");
}

static void command_help(const struct command *c)
{
	printf("usage: tcpcraft %s %s%s[OPTION…]\n%s\n\n", c->name, c->args,
	       *c->args ? " " : "", c->one_line);
	options_help(stdout, c->groups);
	if (c->more)
		printf("\n%s\n", c->more);
}

static const struct command *find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct tc_error err = { 0 };
	struct tc_buf line = { 0 };
	struct options o;
	int n, code;

	page_command_line(&line, c->name, argc, argv);
	n = options_parse(&o, c->groups, argc, argv, &err);
	o.command_line = line.failed ? NULL : (const char *)line.data;

	if (n >= 0 && c->host && !o.help)
		n = target_split(c, n, argv, &err);
	if (n < 0) {
		code = fail(&o, EXIT_USAGE, &err);
	} else if (o.help) {
		command_help(c);
		code = EXIT_DONE;
	} else if (n < c->min_args || n > c->max_args) {
		tc_fail(&err, -EINVAL, "%s arguments: usage: tcpcraft %s%s%s (see tcpcraft "
			"%s --help)", n < c->min_args ? "too few" : "too many", c->name,
			*c->args ? " " : "", c->args, c->name);
		code = fail(&o, EXIT_USAGE, &err);
	} else {
		code = c->run(c, &o, n, argv);
	}
	code = output_finish(&o, code);
	options_free(&o);
	tc_buf_free(&line);
	return code;
}

/* A standard stream that is closed must not become the number of a socket of ours: it is
 * an empty input, or an output that cannot be written. */
static void keep_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int no_command(const char *name)
{
	struct tc_nearest near = { .word = name };
	struct tc_error err;

	for (const struct command *c = commands; c->name; c++)
		tc_nearest(&near, c->name);
	if (near.name)
		tc_fail(&err, -EINVAL, "there is no command '%s': did you mean %s?", name,
			near.name);
	else
		tc_fail(&err, -EINVAL, "there is no command '%s': see tcpcraft --help", name);
	fprintf(stderr, "tcpcraft: %s\n", err.msg);
	return EXIT_USAGE;
}

/* help, or help COMMAND. */
static int tell_help(const char *name)
{
	const struct command *c = name ? find(name) : NULL;

	if (name && !c)
		return no_command(name);
	if (c)
		command_help(c);
	else
		help(stdout);
	return output_finish(&(struct options){ 0 }, EXIT_DONE);
}

int main(int argc, char **argv)
{
	const struct command *c;

	keep_standard_streams();
	output_open();
	signal(SIGPIPE, SIG_IGN);	/* a closed pipe is an error of the write, */
	signal(SIGXFSZ, SIG_IGN);	/* and so is ulimit -f */
	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return tell_help(argv[2]);
	if (strcmp(argv[1], "--version") == 0) {
		printf("tcpcraft %s\n", TC_VERSION);
		return output_finish(&(struct options){ 0 }, EXIT_DONE);
	}
	c = find(argv[1]);
	return c ? run(c, argc - 2, argv + 2) : no_command(argv[1]);
}
