/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft show FILE…: captures as connections, ladders and JSON. */
#include "commands.h"

#include "base/text.h"
#include "live/progress.h"
#include "show/both.h"

#include <errno.h>
#include <string.h>

struct showing {
	const struct options *o;
	const char *path;		/* which of the files */
	struct progress progress;
	bool telling;			/* the files of --both are read */
	int why;			/* the output failed: errno */
};

/* Lines for people; of a script every byte counts, on a narrow terminal too. */
static bool write_as(struct showing *x, bool script, const uint8_t *text, size_t n)
{
	bool done;

	progress_wipe(&x->progress);
	errno = 0;
	done = script ? terminal_lines(stdout, text, n)
		      : terminal_write(x->o, stdout, text, n);
	if (done && fflush(stdout) == 0)
		return true;
	x->why = errno ? errno : EIO;
	return false;
}

static bool write_out(void *ctx, const uint8_t *text, size_t n)
{
	return write_as(ctx, false, text, n);
}

static void far(void *ctx, uint64_t read, uint64_t of)
{
	struct showing *x = ctx;

	if (of >> 20)
		progress_count(&x->progress, "MiB", read >> 20, of >> 20);
}

static void told(void *ctx, uint64_t segments, uint64_t of)
{
	struct showing *x = ctx;

	if (!x->telling) {
		progress_wipe(&x->progress);
		x->progress = (struct progress){ .o = x->o };	/* with a pace of its own */
	}
	x->telling = true;
	progress_count(&x->progress, "segments", segments, of);
}

static void notice(void *ctx, const char *line)
{
	struct showing *x = ctx;

	progress_wipe(&x->progress);
	terminal_say(x->o, stderr, "tcpcraft: %s: %s\n", x->path, line);
}

static struct showing *begin(struct showing *x, const char *path)
{
	x->path = path;
	x->why = 0;
	x->progress = (struct progress){ .o = x->o };
	return x;
}

/* Who shows knows of the writer only that it stopped. */
static int ended(struct showing *x, int rc, struct tc_error *err)
{
	progress_wipe(&x->progress);
	return x->why ? tc_fail(err, -x->why, "cannot write standard output: %s",
				strerror(x->why)) : rc;
}

static int show_to_end(char **file, struct tc_show_options *so, struct tc_error *err)
{
	struct showing *x = begin(so->ctx, file[0]);

	return ended(x, tc_show_file(file[0], so, err), err);
}

/* Where standard output fails it is not the input that is wrong. */
static int exit_for_show(const struct tc_error *err)
{
	return ferror(stdout) ? EXIT_MACHINE : exit_for(OF_INPUT, err);
}

/* Files, on a page too when there is one. *paged: there is something of them there. */
static int to_page(int (*show)(char **, struct tc_show_options *, struct tc_error *),
		   const char *title, char **files, struct tc_show_options *so,
		   struct tc_html *page, bool *paged, struct tc_error *err)
{
	struct tc_error of_page = { 0 };
	int rc;

	if (!page)
		return show(files, so, err);
	rc = tc_html_ladder_open(&so->ladder, err);
	if (rc < 0)
		return rc;
	rc = show(files, so, err);
	if (rc < 0)
		tc_html_say(page, err->msg);
	if (rc >= 0 || !tc_html_ladder_is_empty(so->ladder)) {
		*paged = true;
		if (tc_html_ladder_put(so->ladder, page, title, &of_page) < 0)
			rc = tc_fail(err, of_page.code, "%s", of_page.msg);
	}
	tc_html_ladder_free(so->ladder);
	return rc;
}

/* The page gets its name, if there is something on it. */
static int finish(const struct options *o, struct tc_html *page, bool paged, int code)
{
	struct tc_error err = { 0 };

	if (!paged)
		tc_html_abort(page);
	else if (tc_html_close(page, &err) < 0)
		return fail(o, EXIT_MACHINE, &err);
	return code;
}

/* One connection as a script. */
static int show_script(char **file, struct tc_show_options *so, bool loose,
		       struct tc_error *err)
{
	const char *path = file[0];
	struct tc_buf script = { 0 };
	struct showing *x = so->ctx;
	int rc = tc_record_open(&so->record, err);

	if (rc >= 0 && loose)
		tc_record_loosen(so->record);
	if (rc >= 0)
		rc = show_to_end(file, so, err);
	if (rc >= 0 && tc_record_others(so->record))
		rc = tc_fail(err, -EINVAL, "%s has %u connections, a script is of one: "
			     "--connection N chooses it", path,
			     1 + tc_record_others(so->record));
	if (rc >= 0)
		rc = tc_record_script(so->record, path, &script, err);
	if (rc >= 0 && !write_as(x, true, script.data, script.len))
		rc = ended(x, rc, err);
	tc_record_free(so->record);
	tc_buf_free(&script);
	return rc;
}

static int both_to_end(char **argv, struct tc_show_options *so, struct tc_error *err)
{
	struct showing *x = begin(so->ctx, "--both");

	return ended(x, tc_show_both(argv[0], argv[1], so, err), err);
}

/* Two files, one ladder. */
static int show_both(struct options *o, int argc, char **argv, struct tc_show_options *so)
{
	struct tc_html *page = NULL;
	struct tc_error err = { 0 };
	bool paged = false;
	int code = EXIT_DONE;

	if (argc != 2)
		tc_fail(&err, -EINVAL, "--both takes two captures, the client's and the server's");
	else if (o->show.script || o->show.fingerprint || o->show.filter ||
		 o->show.dlt_given || o->show.loose || so->md5 || so->ao)
		tc_fail(&err, -EINVAL, "--both is a ladder, or --json: without --%s",
			o->show.script ? "script" : o->show.fingerprint ? "fingerprint" :
			o->show.filter ? "filter" :
			o->show.dlt_given ? "linktype" : o->show.loose ? "loose" :
			so->md5 ? "md5" : "ao");
	if (err.code)
		return fail(o, EXIT_USAGE, &err);
	if (o->html_file && page_open(&page, o, &err) < 0)
		return fail(o, exit_for(OF_PAGE, &err), &err);
	if (live_wall(o, (const char *const *)argv, 2, &err) < 0) {
		tc_html_abort(page);
		return fail(o, EXIT_MACHINE, &err);
	}
	if (to_page(both_to_end, "both ends", argv, so, page, &paged, &err) < 0)
		code = fail(o, exit_for_show(&err), &err);
	return finish(o, page, paged, code);
}

/* Whose lines follow, of several files. */
static void head(const struct options *o, bool first, const char *path)
{
	struct tc_buf line = { 0 };

	tc_buf_text(&line, first ? "" : "\n");
	tc_text_line(&line, path);
	tc_buf_text(&line, ":");
	terminal_line(o, stdout, &line);
	tc_buf_free(&line);
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct showing showing = { .o = o };
	struct tc_show_options so = {
		.ctx = &showing,
		.columns = terminal_width(stdout),
		.json = o->json, .brief = o->brief, .table_only = o->quiet, .all = o->verbose > 0,
		.payload = o->verbose > 1, .connection = o->show.connection,
		.filter = o->show.filter, .fingerprint = o->show.fingerprint, .dlt = o->show.dlt_given ? o->show.dlt : -1,
		.md5 = o->tcp.value.ip.md5.n ? &o->tcp.value.ip.md5 : NULL,
		.ao = o->tcp.value.ip.ao.n ? &o->tcp.value.ip.ao : NULL,
		.name_file = argc > 1, .frames = o->payload, .write = write_out, .notice = notice,
		.far = far, .told = told,
	};
	struct tc_html *page = NULL;
	struct tc_error err = { 0 };
	int code = EXIT_DONE;
	bool paged = false;

	(void)cmd;
	if (o->show.both)
		return show_both(o, argc, argv, &so);
	if (o->show.script && (o->json || o->html_file || argc > 1))
		return fail_usage(o, "--script is of one file, and without --json or --html");
	if (o->show.fingerprint && (o->show.script || o->html_file))
		return fail_usage(o, "--fingerprint is a line a SYN: without --script and --html");
	if (o->show.loose && !o->show.script)
		return fail_usage(o, "--loose is of scripts: it goes with --script");
	if (o->show.script)
		return live_wall(o, (const char *const *)argv, 1, &err) < 0 ?
		       fail(o, EXIT_MACHINE, &err) :
		       show_script(argv, &so, o->show.loose, &err) < 0 ?
		       fail(o, exit_for_show(&err), &err) : EXIT_DONE;
	if (o->html_file && page_open(&page, o, &err) < 0)
		return fail(o, exit_for(OF_PAGE, &err), &err);
	if (live_wall(o, (const char *const *)argv, (unsigned)argc, &err) < 0) {
		tc_html_abort(page);
		return fail(o, EXIT_MACHINE, &err);
	}
	for (int i = 0; i < argc; i++) {
		if (argc > 1 && !o->json)
			head(o, i == 0, argv[i]);
		if (to_page(show_to_end, argv[i], argv + i, &so, page, &paged, &err) >= 0)
			continue;
		fflush(stdout);
		code = fail(o, exit_for_show(&err), &err);
		if (ferror(stdout))
			break;
	}
	return finish(o, page, paged, code);
}

const struct command cmd_show = {
	.name = "show", .args = "FILE…",
	.one_line = "captures: connections, ladders, what is odd",
	.groups = GROUP_SHOW | GROUP_LADDER | GROUP_LINKTYPE | GROUP_FORCE | GROUP_SPEC | GROUP_OUT,
	.min_args = 1, .max_args = 64,
	.run = entry,
	.wall = TC_WALL_READS | TC_WALL_NAMES,
	.more = "tcpcraft show run.pcap\n"
		"tcpcraft show big.pcap.gz --connection 7\n"
		"tcpcraft show --both client.pcap server.pcap\n"
		"tcpdump -w - -i lo port 9999 | tcpcraft show -v -",
};
