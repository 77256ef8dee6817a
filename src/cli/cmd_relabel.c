/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpcraft relabel IN OUT: a capture with the link type that its frames have. */
#include "commands.h"

#include "live/progress.h"
#include "pcap/relabel.h"

struct relabeling {
	const struct options *o;
	struct progress progress;
	bool writing;
};

/* What is read twice is read behind the wall. */
static int put_up_wall(void *ctx, const char *spool, struct tc_error *err)
{
	return live_wall(((struct relabeling *)ctx)->o, &spool, 1, err);
}

static void far(void *ctx, bool writing, uint64_t done, uint64_t of)
{
	struct relabeling *r = ctx;

	if (writing && !r->writing) {	/* with a pace of its own */
		progress_wipe(&r->progress);
		r->progress = (struct progress){ .o = r->o };
	}
	r->writing = writing;
	if (of >> 20)
		progress_count(&r->progress, writing ? "MiB written" : "MiB", done >> 20,
			       of >> 20);
}

static int entry(const struct command *cmd, struct options *o, int argc, char **argv)
{
	struct relabeling r = { .o = o, .progress = { .o = o } };
	const struct tc_relabel_ready ready = { put_up_wall, far, &r };
	struct tc_error err = { 0 };
	char said[200];
	int rc;

	(void)cmd, (void)argc;
	o->write_file = argv[1];
	rc = tc_relabel_file(argv[0], argv[1], o->show.dlt_given ? o->show.dlt : -1, o->force,
			     &ready, said, &err);
	progress_wipe(&r.progress);
	if (rc < 0)
		return fail(o, exit_for(OF_COPY, &err), &err);
	if (!o->quiet)
		terminal_say(o, stderr, "%s\n", said);
	return EXIT_DONE;
}

const struct command cmd_relabel = {
	.name = "relabel", .args = "IN OUT",
	.one_line = "give a capture the link type that its frames have",
	.groups = GROUP_LINKTYPE | GROUP_FORCE | GROUP_QUIET,
	.min_args = 2, .max_args = 2,
	.run = entry,
	.wall = TC_WALL_READS | TC_WALL_NAMES,
	.more = "tcpcraft relabel openbsd-lo0.pcap right.pcap",
};
