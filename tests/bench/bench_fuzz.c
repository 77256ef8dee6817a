/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stateful fuzz cases a second: fresh connection, one mutation, verdict, 64 at a time,
 * against a server on the kernel's TCP; beside what is asked for, and beside a Scapy script
 * that does the same (fuzz_scapy.py). Both are run as commands and tell their own rates. And
 * what more at once bring, beside 64.
 *
 *	fuzz SERVER NETNS SCRIPT	SERVER is an address inside the namespace NETNS
 *
 * Of the environment: TCPCRAFT.
 */
#include "measure.h"
#include "sockets.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 5
#define CASES 5000
#define AT_ONCE 64
#define ASKED 2.0		/* thousands a second */
#define SCAPY_SECONDS 4

struct run {
	const char *server, *script;
	unsigned port;
};

/* Thousands of cases a second, or negative. */
static double our_rate(const struct run *r, unsigned seed, unsigned at_once)
{
	char command[512], line[4096];
	const char *at;
	double us = -1;
	FILE *f;

	snprintf(command, sizeof command, "\"$TCPCRAFT\" fuzz %s %u --seed %u --cases %d "
		 "--parallel %u --json --journal \"${TMPDIR:-/tmp}/bench.jsonl\" --force",
		 r->server, r->port, seed, CASES, at_once);
	f = popen(command, "r");
	while (f && fgets(line, sizeof line, f))
		if (strstr(line, "\"type\":\"result\"") &&
		    (at = strstr(line, "\"duration_us\":")))
			us = strtod(at + strlen("\"duration_us\":"), NULL);
	if (f)
		pclose(f);
	return us > 0 ? CASES * 1e3 / us : -1;
}

static double scapy_rate(const struct run *r)
{
	char command[512];
	double rate = -1;
	FILE *f;

	snprintf(command, sizeof command, "/usr/bin/python3 '%s' %s %u %d", r->script,
		 r->server, r->port, SCAPY_SECONDS);
	f = popen(command, "r");
	if (f && fscanf(f, "%lf", &rate) != 1)
		rate = -1;
	if (f)
		pclose(f);
	return rate / 1e3;
}

static int measure(const struct run *r)
{
	struct bench asked = { .what = "fuzz cases, 64 at once", .unit = "k/s", .target = 1,
			       .theirs = "2,000 a second" };
	struct bench scapy = { .what = "fuzz cases, 64 at once", .unit = "k/s", .target = 50,
			       .theirs = "Scapy, sr1" };

	for (unsigned i = 0; i < ROUNDS; i++) {
		double ours = our_rate(r, i + 1, AT_ONCE), theirs = scapy_rate(r);

		if (ours <= 0 || theirs <= 0) {
			bench_skip("fuzz cases, 64 at once", ours <= 0 ? "tcpcraft fuzz failed"
				   : "the Scapy script failed");
			return 1;
		}
		bench_add(&asked, ours, ASKED);
		bench_add(&scapy, ours, theirs);
	}
	bench_report(&asked);
	bench_report(&scapy);
	return 0;
}

static int measure_more(const struct run *r, unsigned at_once, const char *what)
{
	struct bench more = { .what = what, .unit = "k/s", .target = 1,
			      .theirs = "64 at once" };

	for (unsigned i = 0; i < ROUNDS; i++) {
		double ours = our_rate(r, i + 1, at_once),
		       fewer = our_rate(r, i + 1, AT_ONCE);

		if (ours <= 0 || fewer <= 0) {
			bench_skip(what, "tcpcraft fuzz failed");
			return 1;
		}
		bench_add(&more, ours, fewer);
	}
	bench_report(&more);
	return 0;
}

int main(int argc, char **argv)
{
	struct bench_end at;
	struct run r = { 0 };
	int bad, listener;
	pid_t server;

	if (argc != 4 || bench_end(&at, argv[1]) < 0) {
		fprintf(stderr, "usage: fuzz SERVER NETNS SCRIPT\n");
		return 2;
	}
	listener = bench_listen_in(argv[2], &at);
	server = listener < 0 ? listener : bench_start_server(listener, bench_serve_prot);
	if (server < 0) {
		bench_skip("fuzz cases, 64 at once", strerror(-server));
		return 1;
	}
	r = (struct run){ argv[1], argv[3], bench_port(&at) };
	bad = measure(&r) + measure_more(&r, 256, "fuzz cases, 256 at once") +
	      measure_more(&r, 1024, "fuzz cases, 1024 at once") +
	      measure_more(&r, 4096, "fuzz cases, 4096 at once");
	bench_stop_server(server);
	return bad != 0;
}
