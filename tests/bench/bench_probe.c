/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long `probe all` takes for the 254 targets of a network, beside the slowest of its experiments
 * with one: they wait far more than they work, so that many at once should take little longer.
 *
 *	probe NETNS ONE ALL	ONE is a target, ALL a /24 of them, whose host is the namespace NETNS
 *
 * Of the environment: TCPCRAFT.
 */
#include "measure.h"
#include "sockets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define LINE 65536
#define TARGETS 254u	/* of a /24, without its own and its broadcast address */

/* Until its end, and between two of its findings at most; seconds. < 0: it failed, or has not told
 * all `results` (0: some), which become what it has told. */
static double time_of(const char *target, uint16_t port, double *slowest, unsigned *results)
{
	static char line[LINE];
	tc_time began = tc_clock_monotonic(), last = began, now = began;
	unsigned asked = *results;
	char command[256];
	int status;
	FILE *f;

	snprintf(command, sizeof command, "exec \"$TCPCRAFT\" probe all %s %u --json -q "
		 "--rate 1000000", target, port);
	f = popen(command, "r");
	*slowest = 0;
	*results = 0;
	while (f && fgets(line, sizeof line, f)) {
		now = tc_clock_monotonic();
		*results += strstr(line, "\"experiment\":") != NULL;
		if ((double)(now - last) / TC_S > *slowest)
			*slowest = (double)(now - last) / TC_S;
		last = now;
	}
	status = f ? pclose(f) : -1;
	/* 1: an experiment that could not tell */
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1 || *results == 0 ||
	    (asked && *results != asked))
		return -1;
	return (double)(tc_clock_monotonic() - began) / TC_S;
}

int main(int argc, char **argv)
{
	struct bench one = { .what = "probe all, 1 target", .unit = "s", .at_most = true,
			     .theirs = "its slowest experiment" };
	struct bench all = { .what = "probe all, 254 targets", .unit = "s", .at_most = true,
			     .theirs = "one's slowest experiment", .target = 3 };
	struct bench_end at;
	double took, slowest, of_all;
	unsigned results = 0;
	int listener = argc == 4 && bench_end(&at, "0.0.0.0") == 0 ?
		       bench_listen_in(argv[1], &at) : -1;
	pid_t server = listener < 0 ? listener : bench_start_server(listener, bench_serve_prot);

	if (argc != 4) {
		fprintf(stderr, "usage: probe NETNS ONE ALL\n");
		return 2;
	}
	if (server < 0) {
		bench_skip("probe all", "no server in %s: %s", argv[1], strerror(-server));
		return 1;
	}
	took = time_of(argv[2], bench_port(&at), &slowest, &results);
	if (took > 0) {
		bench_add(&one, took, slowest);
		bench_report(&one);
		results *= TARGETS;
		took = time_of(argv[3], bench_port(&at), &of_all, &results);
	}
	if (took > 0) {
		bench_add(&all, took, slowest);
		bench_report(&all);
	} else {
		bench_skip("probe all", "tcpcraft probe all failed, or told less than it should");
	}
	bench_stop_server(server);
	return took <= 0;
}
