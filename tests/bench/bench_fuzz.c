/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stateful fuzz cases a second: fresh connection, one mutation, verdict, 64 at a time,
 * against a server on the kernel's TCP; beside what is asked for, and beside a Scapy script
 * that does the same (fuzz_scapy.py). All are run as commands and tell their own rates. What
 * more at once bring, and more jobs, beside 64; and how near each is to what the kernel lets the
 * barest program of raw frames do on these wires (bare.h). And, where there is another build of
 * the program, the same by it: its rate, and the processor time of a case with all that is started
 * for it, which other work on the machine does not count in.
 *
 *	fuzz SERVER NETNS SCRIPT NOBODY SERVER_MAC
 *		SERVER is an address inside the namespace NETNS, NOBODY one of its subnet that no
 *		host has, though the server knows where to send what is for it
 *
 * Of the environment: TCPCRAFT; OURS, our interface, and MAC, its address; BEFORE, the other
 * build's program, or nothing.
 */
#include "bare.h"
#include "measure.h"
#include "sockets.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/payload.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define ROUNDS 5
#define CASES 10000
#define FEW 100			/* their time is the start's */
#define AT_ONCE 64
#define ASKED 10.0		/* thousands a second */
#define SCAPY_SECONDS 4

struct run {
	const char *server, *script;
	unsigned port;
	struct bench_bare bare;
};

/* A way to run cases; program: the variable that names it. */
struct way {
	const char *what;
	unsigned at_once, jobs;
	const char *program;
};

static const struct way usual = { "fuzz cases, 64 at once", AT_ONCE, 1, "TCPCRAFT" };

/* Of the children that have ended, and of theirs, in us. */
static double children_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* Thousands of cases a second, or negative; *cpu: us of processor time of all that was started. */
static double run_cases(const struct run *r, unsigned seed, const struct way *w, unsigned cases,
			double *cpu)
{
	char command[512], jobs[32] = "", line[4096];
	double us = -1, before = children_us();
	const char *at;
	FILE *f;

	if (w->jobs > 1)
		snprintf(jobs, sizeof jobs, "--jobs %u ", w->jobs);
	snprintf(command, sizeof command, "\"$%s\" fuzz %s %u --seed %u --cases %u %s"
		 "--parallel %u --json --journal \"${TMPDIR:-/tmp}/bench.jsonl\" --force",
		 w->program, r->server, r->port, seed, cases, jobs, w->at_once);
	f = popen(command, "r");
	while (f && fgets(line, sizeof line, f))
		if (strstr(line, "\"type\":\"result\"") &&
		    (at = strstr(line, "\"duration_us\":")))
			us = strtod(at + strlen("\"duration_us\":"), NULL);
	if (f)
		pclose(f);
	*cpu = children_us() - before;
	return us > 0 ? cases * 1e3 / us : -1;
}

/* *cpu: of a case, with its share of the start. */
static double our_rate(const struct run *r, unsigned seed, const struct way *w, double *cpu)
{
	double all, rate = run_cases(r, seed, w, CASES, &all);

	if (cpu)
		*cpu = all / CASES;
	return rate;
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
			       .theirs = "10,000 a second" };
	struct bench scapy = { .what = "fuzz cases, 64 at once", .unit = "k/s", .target = 50,
			       .theirs = "Scapy, sr1" };

	for (unsigned i = 0; i < ROUNDS; i++) {
		double ours = our_rate(r, i + 1, &usual, NULL), theirs = scapy_rate(r);

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

static int measure_more(const struct run *r, const struct way *w)
{
	struct bench more = { .what = w->what, .unit = "k/s", .target = 1,
			      .theirs = "64 at once" };

	for (unsigned i = 0; i < ROUNDS; i++) {
		double ours = our_rate(r, i + 1, w, NULL),
		       fewer = our_rate(r, i + 1, &usual, NULL);

		if (ours <= 0 || fewer <= 0) {
			bench_skip(w->what, "tcpcraft fuzz failed");
			return 1;
		}
		bench_add(&more, ours, fewer);
	}
	bench_report(&more);
	return 0;
}

/* How near to what there is for anybody: the rate; the time of a case, without the start's. */
static int measure_bare(const struct run *r, const struct way *w)
{
	struct bench near = { .what = w->what, .unit = "k/s", .theirs = "bare frames, no state" };
	struct bench cost = { .what = "  a case's CPU", .unit = "us", .theirs = "bare frames, no state" };
	double ours, theirs, start, us, least;

	for (unsigned i = 0; i < ROUNDS; i++) {
		run_cases(r, i + 1, w, FEW, &start);
		ours = run_cases(r, i + 1, w, CASES, &us);
		theirs = bench_bare_rate(&r->bare, w->at_once, CASES, &least);
		if (ours <= 0 || theirs <= 0) {
			bench_skip(w->what, ours <= 0 ? "tcpcraft fuzz failed"
						      : "the bare frames were lost");
			return 1;
		}
		bench_add(&near, ours, theirs);
		bench_add(&cost, (us - start) / (CASES - FEW), least);
	}
	bench_report(&near);
	bench_report(&cost);
	return 0;
}

static int measure_before(const struct run *r, unsigned at_once, const char *rate,
			  const char *time)
{
	struct bench faster = { .what = rate, .unit = "k/s", .target = 4, .theirs = "before" };
	struct bench cheaper = { .what = time, .unit = "us", .target = 0.25, .at_most = true,
				 .theirs = "before" };
	struct way now = { rate, at_once, 1, "TCPCRAFT" }, then = { rate, at_once, 1, "BEFORE" };
	double ours, theirs, us, other;

	for (unsigned i = 0; i < ROUNDS; i++) {
		ours = our_rate(r, i + 1, &now, &us);
		theirs = our_rate(r, i + 1, &then, &other);
		if (ours <= 0 || theirs <= 0) {
			bench_skip(rate, "tcpcraft fuzz failed, or BEFORE");
			return 1;
		}
		bench_add(&faster, ours, theirs);
		bench_add(&cheaper, us, other);
	}
	bench_report(&faster);
	bench_report(&cheaper);
	return 0;
}

static int measure_all(const struct run *r)
{
	static const struct way ways[] = {
		{ "fuzz cases, 256 at once", 256, 1, "TCPCRAFT" },
		{ "fuzz cases, 1024 at once", 1024, 1, "TCPCRAFT" },
		{ "fuzz cases, 4096 at once", 4096, 1, "TCPCRAFT" },
		{ "fuzz cases, 256 at once, 2 jobs", 256, 2, "TCPCRAFT" },
	};
	int bad = 0;

	if (getenv("BEFORE"))
		bad = measure_before(r, AT_ONCE, "fuzz cases, 64 at once",
				     "a fuzz case's CPU, 64 at once") +
		      measure_before(r, 1024, "fuzz cases, 1024 at once",
				     "a fuzz case's CPU, 1024 at once");
	bad += measure(r) + measure_bare(r, &usual);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		bad += measure_more(r, &ways[i]);
		if (ways[i].jobs == 1)
			bad += measure_bare(r, &ways[i]);
	}
	return bad;
}

/* What the barest program is told: the same good frame that a case begins with. */
static int prepare_bare(struct bench_bare *b, char **argv, const struct bench_end *at,
			struct tc_buf *frame)
{
	if (bench_bare_hosts(b, argv[4], argv[5], at) < 0 ||
	    tc_payload_build(frame, tc_header_get(TC_HDR_PROT), (const uint8_t *)"HELLO", 5, NULL,
			     0, NULL) < 0)
		return -1;
	b->request = frame->data;
	b->len = frame->len;
	return 0;
}

int main(int argc, char **argv)
{
	struct bench_end at;
	struct run r = { 0 };
	struct tc_buf frame = { 0 };
	int bad, listener;
	pid_t server;

	if (argc != 6 || bench_end(&at, argv[1]) < 0) {
		fprintf(stderr, "usage: fuzz SERVER NETNS SCRIPT NOBODY SERVER_MAC\n");
		return 2;
	}
	listener = bench_listen_in(argv[2], &at);
	server = listener < 0 ? listener : bench_start_server(listener, bench_serve_prot);
	if (server < 0) {
		bench_skip("fuzz cases, 64 at once", strerror(-server));
		return 1;
	}
	r = (struct run){ .server = argv[1], .script = argv[3], .port = bench_port(&at) };
	if (prepare_bare(&r.bare, argv, &at, &frame) < 0) {
		bench_skip("fuzz cases, 64 at once", "OURS, MAC, NOBODY or SERVER_MAC is missing");
		bench_stop_server(server);
		return 1;
	}
	bad = measure_all(&r);
	bench_stop_server(server);
	tc_buf_free(&frame);
	return bad != 0;
}
