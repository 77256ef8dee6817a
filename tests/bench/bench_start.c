/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long people wait before anything happens: the command as they type it, from fork(2) to
 * the stamp that the capture gave its first SYN, and to the end of what only prints. Ours
 * beside what was asked for; the least of a round's, as other work on the machine only adds.
 *
 *	start SERVER NETNS FIRST LAST	SERVER is an address inside the namespace NETNS; from
 *					FIRST to LAST all are this host's
 *
 * Of the environment: TCPCRAFT.
 */
#include "measure.h"
#include "sockets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 9
#define EACH 3			/* of a round */

/* Milliseconds to the first stamp in its JSON lines, or without one to its end. */
static double time_of(const char *command, bool to_stamp)
{
	static const char key[] = "\"epoch_ns\":";
	tc_time began = tc_clock_realtime(), ended = 0;
	char line[8192];
	const char *at;
	FILE *f = popen(command, "r");

	while (f && fgets(line, sizeof line, f))
		if (to_stamp && !ended && (at = strstr(line, key)))
			ended = strtoll(at + strlen(key), NULL, 10);
	if (!f || pclose(f) != 0)
		return -1;
	if (!to_stamp)
		ended = tc_clock_realtime();
	return ended > began ? (double)(ended - began) / TC_MS : -1;
}

static int measure(const char *what, const char *command, bool to_stamp, double asked)
{
	struct bench b = { .what = what, .unit = "ms", .target = 1, .at_most = true,
			   .theirs = "what is asked for" };

	for (unsigned i = 0; i < ROUNDS; i++) {
		double least = -1, took;

		for (unsigned k = 0; k < EACH; k++) {
			took = time_of(command, to_stamp);
			if (took < 0) {
				bench_skip(what, "this failed: %s", command);
				return 1;
			}
			least = least < 0 || took < least ? took : least;
		}
		bench_add(&b, least, asked);
	}
	bench_report(&b);
	return 0;
}

/* One rule is for all addresses of a range: from the beginning to the end, of as many exchanges. */
static int measure_range(const char *one, const char *range)
{
	struct bench b = { .what = "prot --source A-B", .unit = "ms", .target = 1.5,
			   .at_most = true, .theirs = "--source A, as many" };

	for (unsigned i = 0; i < ROUNDS; i++) {
		double ours = time_of(range, false), theirs = time_of(one, false);

		if (ours < 0 || theirs < 0) {
			bench_skip(b.what, "this failed: %s", ours < 0 ? range : one);
			return 1;
		}
		bench_add(&b, ours, theirs);
	}
	bench_report(&b);
	return 0;
}

int main(int argc, char **argv)
{
	char guarded[256], open_[256], one[256], range[256];
	struct bench_end at;
	int bad, listener;
	pid_t server;

	if (argc != 5 || bench_end(&at, argv[1]) < 0) {
		fprintf(stderr, "usage: start SERVER NETNS FIRST LAST\n");
		return 2;
	}
	listener = bench_listen_in(argv[2], &at);
	server = listener < 0 ? listener : bench_start_server(listener, bench_serve_prot);
	if (server < 0) {
		bench_skip("start", "no server in %s: %s", argv[2], strerror(-server));
		return 1;
	}
	snprintf(guarded, sizeof guarded, "exec \"$TCPCRAFT\" prot %s %u hello --json", argv[1],
		 bench_port(&at));
	/* a guard of nobody's: the kernel's reset, which comes behind the SYN, ends it */
	snprintf(open_, sizeof open_, "\"$TCPCRAFT\" prot %s %u hello --json --guard off; :",
		 argv[1], bench_port(&at));
	snprintf(one, sizeof one, "exec \"$TCPCRAFT\" prot %s %u hello -q --source %s "
		 "--count 7 >/dev/null",
		 argv[1], bench_port(&at), argv[3]);
	snprintf(range, sizeof range, "exec \"$TCPCRAFT\" prot %s %u hello -q --source %s-%s "
		 "--count 7 >/dev/null", argv[1], bench_port(&at), argv[3], argv[4]);
	bad = measure("prot to its SYN, guard", guarded, true, 30) +
	      measure("prot to its SYN, no guard", open_, true, 5) +
	      measure_range(one, range) +
	      measure("--help", "exec \"$TCPCRAFT\" --help", false, 5) +
	      measure("fields", "exec \"$TCPCRAFT\" fields", false, 5) +
	      measure("explain HEX", "exec \"$TCPCRAFT\" explain "
		      "4500002800014000400600000a000001c0a80001", false, 5);
	bench_stop_server(server);
	return bad != 0;
}
