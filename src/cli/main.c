/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft: the table of commands, help, and the one place that turns errors into lines
 * and exit codes. */
#include "cli.h"
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

const struct command commands[] = {
	{ "prot", "HOST PORT [TEXT]", "send a PROT frame over a hand-made connection",
	  GROUP_PROT | GROUP_RATE | GROUP_TRACE | GROUP_DATA | GROUP_TALK | GROUP_SPEC |
	  GROUP_MUTATE | GROUP_CLIENT | GROUP_NET | GROUP_RECORD | GROUP_TCP | GROUP_OUT, 2, 3, cmd_prot,
	  "tcpcraft prot 127.0.0.1 9999 RECONSTRUCTED_PAYLOAD\n"
	  "tcpcraft prot 127.0.0.1 9999 hello --set prot.version=2" },
	{ "connect", "HOST PORT", "netcat over the userspace stack",
	  GROUP_DATA | GROUP_TALK | GROUP_SPEC | GROUP_MUTATE | GROUP_TRACE | GROUP_CLIENT |
	  GROUP_NET | GROUP_RECORD | GROUP_TCP | GROUP_OUT, 2, 2, cmd_connect,
	  "tcpcraft connect 127.0.0.1 9999 --data-string '{\"command\": \"status\"}'" },
	{ "listen", "[ADDR] PORT", "nc -l over the userspace stack; --prot plays the server",
	  GROUP_LISTEN | GROUP_DATA | GROUP_TALK | GROUP_SPEC | GROUP_MUTATE |
	  GROUP_TRACE | GROUP_NET | GROUP_RECORD |
	  GROUP_TCP | GROUP_OUT, 1, 2, cmd_listen,
	  "tcpcraft listen 127.0.0.1 9999 --prot --keep" },
	{ "send", "HOST [PORT] [FIELD=VALUE…]", "any packet, any field, and what comes back",
	  GROUP_SEND | GROUP_RATE | GROUP_TRACE | GROUP_DATA | GROUP_CLIENT | GROUP_NET | GROUP_OUT, 1, 66,
	  cmd_send,
	  "tcpcraft send 10.0.0.2 80 --flags S\n"
	  "tcpcraft send 10.0.0.2 1-1024 --rate 1000\n"
	  "tcpcraft send 10.0.0.2 80 --ttl 1-30\n"
	  "tcpcraft send 10.0.0.2 80 tcp.checksum=bad tcp.flags=S,SA,F --expect none\n"
	  "tcpcraft send 10.0.0.2 80 --options 'mss 1460,nop,wscale 7' --dry-run" },
	{ "explain", "HEX|FILE|- [N]", "every field of given packets, and whether it is right",
	  GROUP_EXPLAIN | GROUP_BYTES | GROUP_SPEC | GROUP_OUT, 1, 2, cmd_explain,
	  "tcpcraft explain 4500002800010000400666ccc0000201c00002020014005000000000…\n"
	  "tcpcraft explain run.pcap 3 --checksum" },
	{ "fuzz", "HOST PORT", "change headers and payload on live connections, watch the server",
	  GROUP_FUZZ | GROUP_MUTATE | GROUP_RATE | GROUP_DATA | GROUP_SPEC | GROUP_CLIENT | GROUP_NET |
	  GROUP_OUT, 2, 2,
	  cmd_fuzz,
	  "tcpcraft fuzz 127.0.0.1 9999 --cases 5000 --spawn 'protd -p 9999'\n"
	  "tcpcraft fuzz 127.0.0.1 9999 --replay tcpcraft-fuzz-1.jsonl --case 17 --minimize" },
	{ "probe", "EXPERIMENT HOST PORT", "find out how a TCP peer behaves, with the evidence",
	  GROUP_PROBE | GROUP_RATE | GROUP_CLIENT | GROUP_NET | GROUP_OUT, 0, 4, cmd_probe,
	  "tcpcraft probe --list\n"
	  "tcpcraft probe read-size 127.0.0.1 9999\n"
	  "tcpcraft probe all 10.0.0.0/28,@hosts.txt 80 --csv" },
	{ "run", "SCRIPT [HOST PORT]", "an experiment as text, in packetdrill's notation",
	  GROUP_RUN | GROUP_RECORD | GROUP_CLIENT | GROUP_NET | GROUP_OUT, 1, 3, cmd_run,
	  "tcpcraft run handshake.pkt 127.0.0.1 9999\n"
	  "tcpcraft run answer.pkt 127.0.0.1 8080    (its first packet is '>': we listen)\n"
	  "tcpcraft run --local scripts/experiments/close-active.pkt" },
	{ "teach", "[LESSON]", "TCP on real traffic, with questions; without LESSON a list",
	  GROUP_TEACH | GROUP_OUT, 0, 1, cmd_teach, "tcpcraft teach handshake\n"
	  "tcpcraft teach --lesson mine.lesson --auto" },
	{ "fields", "[GLOB]", "every field: width, unit, default, mutators, reference",
	  GROUP_SPEC | GROUP_OUT, 0, 1, cmd_fields, "tcpcraft fields 'tcp.flags*'" },
	{ "guard", "list|sweep|status", "the rules that keep the kernel's RST away",
	  GROUP_OUT, 1, 1, cmd_guard, NULL },
	{ "doctor", "", "what works on this machine, what does not, and the cure",
	  GROUP_OUT, 0, 0, cmd_doctor, "tcpcraft doctor\ntcpcraft doctor --json" },
	{ "show", "FILE…", "captures: connections, ladders, what is odd",
	  GROUP_SHOW | GROUP_LINKTYPE | GROUP_FORCE | GROUP_SPEC | GROUP_OUT, 1, 64, cmd_show,
	  "tcpcraft show run.pcap\n"
	  "tcpcraft show big.pcap.gz --connection 7\n"
	  "tcpdump -w - -i lo port 9999 | tcpcraft show -v -" },
	{ "relabel", "IN OUT", "give a capture the link type that its frames have",
	  GROUP_LINKTYPE | GROUP_FORCE | GROUP_QUIET, 2, 2, cmd_relabel,
	  "tcpcraft relabel openbsd-lo0.pcap right.pcap" },
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

int fail(const struct options *o, int code, const struct tc_error *err)
{
	struct tc_buf line = { 0 };

	if (err->code == -EPIPE && ferror(stdout))	/* its reader (head, less) has enough */
		return code;
	tc_buf_printf(&line, "tcpcraft: %s", err->msg);
	terminal_line(o, stderr, &line);
	tc_buf_free(&line);
	if (o->json) {
		tc_json_error(&line, err->msg, code);
		if (line.data)
			fwrite(line.data, 1, line.len, stdout);
		tc_buf_free(&line);
	}
	return code;
}

/* What the user asked for is wrong (2), this machine cannot do it (3), or the other end is
 * not there (1). */
int exit_for_session(const struct tc_error *err)
{
	switch (err->code) {
	case -EINVAL:
	case -ERANGE:
	case -EACCES:
	case -EEXIST:
	case -EOPNOTSUPP:
		return EXIT_USAGE;
	case -EHOSTUNREACH:		/* the peer, or its router, does not answer ARP */
		return EXIT_PEER;
	default:
		return EXIT_MACHINE;
	}
}

static const struct command *find(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* 0, or why not all of the output went out. It may have failed long ago, and errno told of
 * much since then; a pipe without a reader can still be seen. */
static int finish_output(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (fflush(stdout) != 0)
		return -errno;
	if (!ferror(stdout))
		return 0;
	return poll(&p, 1, 0) > 0 && p.revents & POLLERR ? -EPIPE : -EIO;
}

static int run(const struct command *c, int argc, char **argv)
{
	struct tc_error err = { 0 };
	struct tc_buf line = { 0 };
	struct options o;
	int n, code, rc;

	page_command_line(&line, c->name, argc, argv);
	n = options_parse(&o, c->groups, argc, argv, &err);
	o.command_line = line.failed ? NULL : (const char *)line.data;

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
	rc = finish_output();
	if (rc < 0 && code <= EXIT_PEER) {
		tc_fail(&err, rc, "cannot write standard output: %s", strerror(-rc));
		code = fail(&o, EXIT_MACHINE, &err);
	}
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

int main(int argc, char **argv)
{
	const struct command *c;

	keep_standard_streams();
	signal(SIGPIPE, SIG_IGN);	/* a closed pipe is an error of the write, */
	signal(SIGXFSZ, SIG_IGN);	/* and so is ulimit -f */
	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		help(stdout);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("tcpcraft %s\n", TC_VERSION);
		return EXIT_DONE;
	}
	c = find(argv[1]);
	if (!c) {
		fprintf(stderr, "tcpcraft: there is no command '%s': see tcpcraft --help\n",
			argv[1]);
		return EXIT_USAGE;
	}
	return run(c, argc - 2, argv + 2);
}
