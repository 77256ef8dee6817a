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

/* One file, on a page too when there is one. *paged: there is something of it there. */
static int show_file(const char *path, struct tc_show_options *so, struct tc_html *page,
		     bool *paged, struct tc_error *err)
{
	struct tc_error of_page = { 0 };
	int rc;

	so->ctx = (void *)(uintptr_t)path;
	if (!page)
		return tc_show_file(path, so, err);
	rc = tc_html_ladder_open(&so->ladder, err);
	if (rc < 0)
		return rc;
	rc = tc_show_file(path, so, err);
	if (rc < 0)
		tc_html_say(page, err->msg);
	if (rc >= 0 || !tc_html_ladder_is_empty(so->ladder)) {
		*paged = true;
		if (tc_html_ladder_put(so->ladder, page, path, &of_page) < 0)
			rc = tc_fail(err, of_page.code, "%s", of_page.msg);
	}
	tc_html_ladder_free(so->ladder);
	return rc;
}

int cmd_show(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct tc_show_options so = {
		.json = o->json, .table_only = o->quiet, .all = o->verbose > 0,
		.payload = o->verbose > 1, .connection = o->show.connection,
		.filter = o->show.filter, .dlt = o->show.dlt_given ? o->show.dlt : -1,
		.write = write_out, .notice = notice,
	};
	struct tc_html *page = NULL;
	struct tc_error err = { 0 };
	int code = EXIT_DONE;
	bool paged = false;

	(void)cmd;
	if (o->html_file && page_open(&page, o, &err) < 0)
		return fail(o, err.code == -EEXIST ? EXIT_USAGE : EXIT_MACHINE, &err);
	for (int i = 0; i < argc; i++) {
		if (argc > 1 && !o->json)
			printf("%s%s:\n", i ? "\n" : "", argv[i]);
		if (show_file(argv[i], &so, page, &paged, &err) < 0) {
			fflush(stdout);
			code = fail(o, exit_for_input(&err), &err);
		}
	}
	if (!paged)
		tc_html_abort(page);
	else if (tc_html_close(page, &err) < 0)
		code = fail(o, EXIT_MACHINE, &err);
	return code;
}
