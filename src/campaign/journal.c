/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal of a campaign as a file: begun, gone on with, read. */
#include "campaign.h"

#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
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
	struct tc_buf tcp = { 0 };
	struct tc_journal_head h = {
		.seed = g->o->seed, .family = g->dst.family, .listen = z->listen,
		.fields = z->fields, .segments = z->segments,
		.strategies = z->strategies,
		.oracle = z->oracle ? z->oracle : g->prot ? "prot" : "connect",
		.request = g->request.data, .request_len = g->request.len,
		.shard = z->shard + 1, .shards = z->shards, .n_always = g->n_always,
	};

	for (unsigned i = 0; i < g->n_always; i++)
		h.always[i] = g->always[i];
	for (unsigned i = 0; i < 4; i++)
		h.base[i] = g->base.rule[i];
	for (h.n_learnt = 0; h.n_learnt < g->base.n_learnt; h.n_learnt++)
		h.learnt[h.n_learnt] = g->base.learnt[h.n_learnt];
	if (g->o->payload) {
		h.spec_file = g->o->payload_file;
		h.spec = (const char *)g->o->payload_text.data;
	}
	tc_traits_print(&g->o->tcp, &tcp);
	h.tcp = (const char *)tcp.data;
	if (tcp.failed)
		line->failed = true;
	else
		tc_journal_put_head(line, &h);
	tc_buf_free(&tcp);
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
				  "--shard, --mutate, --payload-spec, --tcp and payload", name,
				  (unsigned long long)j->head.seed, j->head.fields);
}

/* Goes on behind the last whole case of the journal. */
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
	if (rc >= 0)
		g->journal_good = (off_t)j.good;
	for (size_t i = 0; i < j.n && rc >= 0; i++)
		campaign_keep_case(g, &j.entries[i].c, &j.entries[i].o);
	tc_journal_close(&j);
	tc_buf_free(&bytes);
	return rc < 0 ? rc : 0;
}

static int exists(const char *name, struct tc_error *err)
{
	return tc_fail(err, -EEXIST, "%s exists: --resume goes on with it, --force begins anew",
		       name);
}

/* Captures have names like the journal's; beside a device there is no place for them. */
static int name_files(struct campaign *g, struct tc_error *err)
{
	char own[64];

	snprintf(own, sizeof own, "tcpcraft-fuzz-%llu.jsonl", (unsigned long long)g->o->seed);
	g->journal_name = strdup(g->o->fuzz.journal ? g->o->fuzz.journal : own);
	g->captures_name = strdup(own);
	return g->journal_name && g->captures_name ? 0
		: tc_nomem(err);
}

int campaign_check_journal(struct campaign *g, struct tc_error *err)
{
	int kind, rc = name_files(g, err);

	if (rc < 0)
		return rc;
	if (g->o->fuzz.resume)
		return resume(g, g->journal_name, err);
	kind = tc_outfile_check(g->journal_name, g->o->force, err);
	if (kind == -EEXIST && access(g->journal_name, F_OK) == 0)
		return exists(g->journal_name, err);
	g->journal_new = kind == TC_OUTFILE_NEW;
	g->journal_node = kind == TC_OUTFILE_NODE;
	return kind < 0 ? kind : 0;
}

int campaign_open_journal(struct campaign *g, struct tc_error *err)
{
	bool again = g->o->fuzz.resume;
	int how = g->journal_new ? O_CREAT | O_EXCL | O_APPEND
		: g->journal_node ? 0 : again ? O_APPEND : O_TRUNC | O_APPEND;
	struct tc_buf line = { 0 };

	if (!g->journal_name)
		return 0;		/* a replay */
	g->journal = open(g->journal_name, O_WRONLY | O_CLOEXEC | how, 0666);
	if (g->journal < 0 && errno == EEXIST)
		return exists(g->journal_name, err);
	if (g->journal < 0)
		return tc_fail_errno(err, "cannot write %s", g->journal_name);
	if (again && ftruncate(g->journal, g->journal_good) < 0)
		return tc_fail_errno(err, "cannot cut %s", g->journal_name);
	if (!again)
		put_head(g, &line);
	campaign_write(g, &line);
	tc_buf_free(&line);
	return 0;
}

void campaign_full(struct campaign *g, const struct tc_error *err)
{
	progress_wipe(&g->progress);
	if (!g->full)
		fail(g->o, EXIT_MACHINE, err);
	g->full = true;
}

void campaign_write(struct campaign *g, const struct tc_buf *lines)
{
	struct tc_error err;
	size_t at = 0;
	ssize_t n = 0;

	if (g->journal < 0 || g->full)
		return;
	while (at < lines->len && n >= 0) {
		n = write(g->journal, lines->data + at, lines->len - at);
		at += n > 0 ? (size_t)n : 0;
		n = n < 0 && errno == EINTR ? 0 : n;
	}
	if (n < 0) {
		tc_fail_errno(&err, "cannot write %s any more", g->journal_name);
		at = 0;
		if (ftruncate(g->journal, g->journal_good) < 0 && errno != EINVAL)
			tc_fail_errno(&err, "%s ends in mid line, and cannot be cut",
				      g->journal_name);	/* EINVAL: it is not a file */
		campaign_full(g, &err);
	}
	g->journal_good += (off_t)at;
}

/* Nothing was run: then there is nothing to go on with. */
int campaign_close_journal(struct campaign *g, int code)
{
	struct tc_error err;

	if (g->journal >= 0 && close(g->journal) < 0) {
		tc_fail_errno(&err, "cannot write %s", g->journal_name);
		campaign_full(g, &err);
	}
	if (g->journal >= 0 && g->journal_new && g->cases == 0)
		unlink(g->journal_name);
	g->journal = -1;
	return g->full ? EXIT_MACHINE : code;
}
