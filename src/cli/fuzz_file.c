/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal of a campaign as a file: begun, gone on with, read. */
#include "fuzz_run.h"

#include <tcpcraft/outfile.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL_MAX (1u << 30)

static int parse(const char *name, const struct tc_buf *bytes, struct tc_journal *j,
		 struct tc_error *err)
{
	struct tc_error why = { 0 };

	if (tc_journal_read(j, bytes->data, bytes->len, &why) < 0)
		return tc_fail(err, -EBADMSG, "%s: %s", name, why.msg);
	return 0;
}

int campaign_read_journal(const char *name, struct tc_journal *j, struct tc_error *err)
{
	struct tc_buf bytes = { 0 };
	int rc = tc_buf_read_file(&bytes, name, JOURNAL_MAX, err);

	*j = (struct tc_journal){ 0 };
	if (rc >= 0)
		rc = parse(name, &bytes, j, err);
	tc_buf_free(&bytes);
	return rc < 0 ? rc : 0;
}

static void put_head(const struct campaign *g, struct tc_buf *line)
{
	const struct fuzz_options *z = &g->o->fuzz;
	struct tc_journal_head h = {
		.seed = g->o->seed, .fields = z->fields, .segments = z->segments,
		.strategies = z->strategies,
		.oracle = z->oracle ? z->oracle : g->prot ? "prot" : "connect",
		.request = g->request.data, .request_len = g->request.len,
		.shard = z->shard + 1, .shards = z->shards, .n_always = g->n_always,
	};

	for (unsigned i = 0; i < g->n_always; i++)
		h.always[i] = g->always[i];
	for (unsigned i = 0; i < 4; i++)
		h.base[i] = g->base.rule[i];
	tc_journal_put_head(line, &h);
}

/* The first line says all that the cases come of: equal lines, equal cases. */
static int check_same(const struct campaign *g, const char *name, const struct tc_buf *bytes,
		      const struct tc_journal *j, struct tc_error *err)
{
	struct tc_buf line = { 0 };
	bool same;

	put_head(g, &line);
	same = line.len <= bytes->len && memcmp(line.data, bytes->data, line.len) == 0;
	tc_buf_free(&line);
	return same ? 0 : tc_fail(err, -EINVAL, "%s is of another campaign (seed %llu, fields "
				  "%s): give the same --seed, --fields, --segments, --strategy, "
				  "--shard, --mutate and payload", name,
				  (unsigned long long)j->head.seed, j->head.fields);
}

/* Behind the last whole case. */
static int resume(struct campaign *g, const char *name, struct tc_error *err)
{
	struct tc_journal j = { 0 };
	struct tc_buf bytes = { 0 };
	int rc = tc_buf_read_file(&bytes, name, JOURNAL_MAX, err);

	if (rc >= 0)
		rc = parse(name, &bytes, &j, err);
	if (rc >= 0)
		rc = check_same(g, name, &bytes, &j, err);
	if (rc >= 0 && j.n)
		g->first = j.entries[j.n - 1].c.number + g->o->fuzz.shards;
	if (rc >= 0 && truncate(name, (off_t)j.good) < 0)
		rc = tc_fail_errno(err, "cannot cut %s", name);
	if (rc >= 0 && !(g->journal = fopen(name, "ae")))
		rc = tc_fail_errno(err, "cannot write %s", name);
	tc_journal_close(&j);
	tc_buf_free(&bytes);
	return rc < 0 ? rc : 0;
}

static int begin(struct campaign *g, const char *name, struct tc_error *err)
{
	struct tc_buf line = { 0 };

	g->journal = tc_outfile_stream(name, g->o->force, err);
	if (!g->journal && err->code == -EEXIST && access(name, F_OK) == 0)
		return tc_fail(err, -EEXIST, "%s exists: --resume goes on with it, --force begins "
			       "anew", name);
	if (!g->journal)
		return err->code;
	put_head(g, &line);
	fwrite(line.data, 1, line.len, g->journal);
	fflush(g->journal);
	tc_buf_free(&line);
	return 0;
}

int campaign_open_journal(struct campaign *g, struct tc_error *err)
{
	const char *name = g->o->fuzz.journal;
	struct stat st;
	char own[64];
	int rc;

	snprintf(own, sizeof own, "tcpcraft-fuzz-%llu.jsonl", (unsigned long long)g->o->seed);
	name = name ? name : own;
	rc = g->o->fuzz.resume ? resume(g, name, err) : begin(g, name, err);
	if (rc < 0)
		return rc;
	/* Captures have names like the journal's; beside a device there is no place. */
	if (fstat(fileno(g->journal), &st) == 0 && !S_ISREG(st.st_mode))
		name = own;
	g->journal_name = strdup(name);
	return g->journal_name ? 0 : tc_fail(err, -ENOMEM, "out of memory");
}

int campaign_close_journal(struct campaign *g, int code)
{
	struct tc_error err;
	bool bad = g->journal && ferror(g->journal);

	if (g->journal && (fclose(g->journal) != 0 || bad)) {
		tc_fail_errno(&err, "cannot write the journal");
		code = fail(g->o, EXIT_MACHINE, &err);
	}
	g->journal = NULL;
	return code;
}
