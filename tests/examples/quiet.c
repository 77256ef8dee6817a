/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This host's kernel does not reset what comes to a port of it while a command runs: what a program
 * that speaks TCP itself needs. Wants the privileges that tcpcraft(8) names.
 *
 *	cc quiet.c $(pkg-config --cflags --libs tcpcraft)
 *	./a.out 10.0.0.1 4000 COMMAND
 */
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/guard.h>
#include <tcpcraft/route.h>

#include <stdio.h>
#include <stdlib.h>

/* Beside other guards of other programs, each of which has a line. */
static void list(void)
{
	struct tc_buf text = { 0 };
	struct tc_error err = { 0 };

	if (tc_guard_list(&text, &err) == 0)
		printf("%.*s", (int)text.len, text.len ? (const char *)text.data : "");
	else
		fprintf(stderr, "quiet: %s\n", err.msg);
	tc_buf_free(&text);
}

int main(int argc, char **argv)
{
	struct tc_guard_spec spec = { .mode = TC_GUARD_RST };
	struct tc_guard *guard = NULL;
	struct tc_error err = { 0 };
	uint64_t blocked = 0;
	int rc = argc == 4 ? tc_host_parse(&spec.local, argv[1], 0, false, &err) :
			     tc_fail(&err, -1, "usage: quiet ADDR PORT COMMAND");

	if (rc >= 0)
		rc = tc_port_parse(&spec.port, argv[2], &err);
	if (rc >= 0)
		rc = tc_guard_start(&guard, &spec, &err);
	if (rc >= 0) {
		printf("guard %s\n", tc_guard_mode_name(tc_guard_mode(guard)));
		list();
		fflush(stdout);
		if (system(argv[3]) == -1)
			rc = tc_fail(&err, -1, "'%s' cannot be run", argv[3]);
	}
	/* on each way out: the rule is not to stay; but the first error is the one to tell */
	if (tc_guard_stop(guard, &blocked, rc < 0 ? NULL : &err) < 0)
		rc = -1;
	if (rc < 0)
		fprintf(stderr, "quiet: %s\n", err.msg);
	else
		printf("%llu resets of the kernel were dropped\n", (unsigned long long)blocked);
	return rc < 0;
}
