/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft show FILE…: captures as connections, ladders and JSON. */
#include "cli.h"
#include "commands.h"

#include <tcpcraft/show.h>

#include <errno.h>

static bool write_out(void *ctx, const uint8_t *text, size_t n)
{
	(void)ctx;
	return fwrite(text, 1, n, stdout) == n && fflush(stdout) == 0;
}

static void notice(void *ctx, const char *line)
{
	fprintf(stderr, "tcpcraft: %s: %s\n", (const char *)ctx, line);
}

/* An input that is wrong, or one that this machine does not let us read. */
static int exit_for_input(const struct tc_error *err)
{
	switch (err->code) {
	case -EACCES:
	case -EPERM:
	case -ECANCELED:
	case -ENOMEM:
	case -EIO:
	case -EMFILE:
		return EXIT_MACHINE;
	default:
		return EXIT_USAGE;
	}
}

int cmd_show(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct tc_show_options so = {
		.json = o->json, .table_only = o->quiet, .all = o->verbose > 0,
		.payload = o->verbose > 1, .connection = o->show.connection,
		.filter = o->show.filter, .dlt = o->show.dlt_given ? o->show.dlt : -1,
		.write = write_out, .notice = notice,
	};
	int code = EXIT_DONE;

	(void)cmd;
	for (int i = 0; i < argc; i++) {
		struct tc_error err = { 0 };

		so.ctx = argv[i];
		if (argc > 1 && !o->json)
			printf("%s%s:\n", i ? "\n" : "", argv[i]);
		if (tc_show_file(argv[i], &so, &err) < 0) {
			fflush(stdout);
			code = fail(o, exit_for_input(&err), &err);
		}
	}
	return code;
}
