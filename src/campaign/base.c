/* SPDX-License-Identifier: BSD-2-Clause */
/* The capture of --base may come from anybody, so a child process reads it behind a wall; this
 * process cannot put up its own wall yet, as it has sockets to open. What the child hands back is
 * checked like any hostile bytes. */
#include "campaign.h"

#include "host/pool.h"
#include "wall/wall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUEST_MOST 65535u		/* of tc_fuzz_base_read */

/* What the child hands back; the bytes of the request follow it. */
struct said {
	struct tc_error err;
	char rule[4][TC_FUZZ_RULE_MAX];
	char learnt[TC_FUZZ_LEARNT][TC_FUZZ_WORD_MAX];
	unsigned n_learnt;
};

struct reading {
	struct campaign *g;
	struct tc_buf said;
};

/* In the child, whose standard output is a file of ours. */
static int read_behind_wall(void *ctx, size_t job)
{
	const struct campaign *g = ((struct reading *)ctx)->g;
	const char *path = g->o->fuzz.base;
	struct said *said = calloc(1, sizeof *said);
	struct tc_fuzz_base base = { 0 };
	struct tc_buf all = { 0 };

	(void)job;
	if (!said)
		return EXIT_FAILURE;
	if (live_wall_of(g->o, TC_WALL_READS, &path, 1, &said->err) >= 0)
		tc_fuzz_base_read(&base, path, g->dst.family, g->frame, &said->err);
	memcpy(said->rule, base.rule, sizeof said->rule);
	memcpy(said->learnt, base.learnt, sizeof said->learnt);
	said->n_learnt = base.n_learnt;
	tc_buf_add(&all, said, sizeof *said);
	tc_buf_add(&all, base.request.data, base.request.len);
	return !all.failed && write(STDOUT_FILENO, all.data, all.len) == (ssize_t)all.len ?
	       EXIT_SUCCESS : EXIT_FAILURE;
}

static bool keep_said(void *ctx, size_t job, int code, struct tc_buf *out)
{
	struct reading *r = ctx;

	(void)job;
	if (code == EXIT_SUCCESS) {
		r->said = *out;
		*out = (struct tc_buf){ 0 };
	}
	return false;
}

/* Takes over what the child said; every text is ended, every count is bounded. */
static int take(struct tc_fuzz_base *b, const struct tc_buf *bytes, struct tc_error *err)
{
	struct said *said = (struct said *)(void *)bytes->data;

	if (!said || bytes->len < sizeof *said || bytes->len - sizeof *said > REQUEST_MOST ||
	    said->n_learnt > TC_FUZZ_LEARNT)
		return tc_fail(err, -EBADMSG, "the capture of --base ended the process that read "
			       "it");
	said->err.msg[sizeof said->err.msg - 1] = '\0';
	if (said->err.code) {
		*err = said->err;
		return err->code < 0 ? err->code : -EBADMSG;
	}
	for (unsigned i = 0; i < 4; i++)
		snprintf(b->rule[i], sizeof b->rule[i], "%.*s", TC_FUZZ_RULE_MAX - 1,
			 said->rule[i]);
	for (unsigned i = 0; i < said->n_learnt; i++)
		snprintf(b->learnt[i], sizeof b->learnt[i], "%.*s", TC_FUZZ_WORD_MAX - 1,
			 said->learnt[i]);
	b->n_learnt = said->n_learnt;
	tc_buf_add(&b->request, bytes->data + sizeof *said, bytes->len - sizeof *said);
	return b->request.failed ? tc_nomem(err) : 0;
}

int campaign_read_base(struct campaign *g, struct tc_error *err)
{
	struct reading r = { .g = g };
	struct tc_pool one = {
		.n_jobs = 1, .at_once = 1, .stop_fd = -1,
		.work = read_behind_wall, .done = keep_said, .ctx = &r,
	};
	int rc = tc_pool_run(&one, err);

	if (rc >= 0)
		rc = take(&g->base, &r.said, err);
	tc_buf_free(&r.said);
	return rc;
}
