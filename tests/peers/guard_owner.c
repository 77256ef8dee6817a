/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program with a guard and nothing else, for the tests that kill it. Arguments:
 * MODE LOCAL PORT PORT_HI PEER PEER_PORT (any; a port 0 = any). Prints "ready MODE", then "stopped N"
 * after the guard is gone. Commands on stdin: "count" prints "blocked N"; the end of the
 * input, TERM and INT stop it. Exit 0, or 3 with the error's line on stderr.
 */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tcpcraft/error.h>
#include <tcpcraft/guard.h>

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void serve(struct tc_guard *g)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	struct tc_error err;
	char line[64];
	int64_t n;

	while (!stop) {
		if (poll(&p, 1, 50) <= 0)
			continue;
		if (!fgets(line, sizeof(line), stdin))
			return;
		if (strcmp(line, "count\n") != 0)
			continue;
		n = tc_guard_blocked(g, &err);
		if (n < 0)
			printf("%s\n", err.msg);
		else
			printf("blocked %" PRId64 "\n", n);
		fflush(stdout);
	}
}

static int fail(const struct tc_error *err)
{
	fprintf(stderr, "guard_owner: %s\n", err->msg);
	return 3;
}

static int read_addr(struct tc_addr *addr, const char *text, struct tc_error *err)
{
	return strcmp(text, "any") == 0 ? 0 : tc_addr_parse(addr, text, err);
}

int main(int argc, char **argv)
{
	struct tc_guard_spec spec = { 0 };
	struct tc_guard *g;
	struct tc_error err;
	uint64_t blocked;
	int mode;

	if (argc != 7) {
		fprintf(stderr, "usage: guard_owner MODE LOCAL PORT PORT_HI PEER PEER_PORT\n");
		return 2;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGHUP, on_signal);
	signal(SIGPIPE, SIG_IGN);
	mode = tc_guard_mode_parse(argv[1], &err);
	if (mode < 0)
		return fail(&err);
	spec.mode = (enum tc_guard_mode)mode;
	if (read_addr(&spec.local, argv[2], &err) != 0 ||
	    read_addr(&spec.peer, argv[5], &err) != 0)
		return fail(&err);
	spec.port = (uint16_t)atoi(argv[3]);
	spec.port_hi = (uint16_t)atoi(argv[4]);
	spec.peer_port = (uint16_t)atoi(argv[6]);
	if (tc_guard_start(&g, &spec, &err) != 0)
		return fail(&err);
	printf("ready %s\n", tc_guard_mode_name(tc_guard_mode(g)));
	fflush(stdout);
	serve(g);
	if (tc_guard_stop(g, &blocked, &err) != 0)
		return fail(&err);
	printf("stopped %" PRIu64 "\n", blocked);
	return 0;
}
