/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guard of a run: what is to be guarded as words for rst-guard, and the talk with
 * the script that holds the rule; or with a child of ours that keeps a table (guard_table.h).
 */
#include "base/name.h"

#include <tcpcraft/guard.h>

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tcpcraft/buf.h>
#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>

#include "guard_begin.h"
#include "guard_child.h"
#include "guard_table.h"

#define START_TIME (15 * TC_S)	/* the script waits 10 s for locks, 1 s in each of two last tries,
				 * and 2 s to take back what one family has */
#define COUNT_TIME (5 * TC_S)
#define STOP_TIME  (10 * TC_S)
#define LIST_TIME  (30 * TC_S)
#define LINE_MAX_BYTES 512

/* The words of one call; argv[0] and [1] are left to guard_child, argv[2] is the verb. */
struct words {
	const char *argv[23];
	unsigned n;
	char local[2 * TC_ADDR_STRING], peer[TC_ADDR_STRING];
	char ports[16], peer_port[8], mark[12], owner[12], pidns[12];
};

struct tc_guard {
	struct tc_guard_spec spec;
	enum tc_guard_mode mode;
	struct tc_guard_child child;
	struct tc_guard_child remover;	/* waits, where has_remover */
	bool has_remover;
	bool by_table;			/* which the kernel removes with the child */
};

static const char *const mode_names[] = {
	[TC_GUARD_RST] = "rst",
	[TC_GUARD_SHIELD] = "shield",
	[TC_GUARD_NFT] = "nft",
	[TC_GUARD_OFF] = "off",
	[TC_GUARD_NONE] = "none",
	[TC_GUARD_AUTO] = "auto",
};

const char *tc_guard_mode_name(enum tc_guard_mode mode)
{
	return TC_NAME(mode_names, mode);
}

int tc_guard_mode_parse(const char *name, struct tc_error *err)
{
	for (int i = 0; i < (int)(sizeof(mode_names) / sizeof(mode_names[0])); i++)
		if (strcmp(name, mode_names[i]) == 0)
			return i;
	return tc_fail(err, -EINVAL, "guard '%s' is unknown: auto, rst, shield, nft, off or "
		       "none", name);
}

static int check_addresses(const struct tc_guard_spec *s, struct tc_error *err)
{
	char local[TC_ADDR_STRING], other[TC_ADDR_STRING];

	if (s->local_hi.family && (s->local_hi.family != s->local.family ||
				   tc_addr_compare(&s->local_hi, &s->local) < 0))
		return tc_fail(err, -EINVAL, "the guard's addresses %s-%s: the first is above "
			       "the last, or of another family",
			       tc_addr_string(&s->local, local),
			       tc_addr_string(&s->local_hi, other));
	if (s->local.family && s->peer.family && s->local.family != s->peer.family)
		return tc_fail(err, -EINVAL, "the guard's addresses %s and %s are of two "
			       "families", tc_addr_string(&s->local, local),
			       tc_addr_string(&s->peer, other));
	return 0;
}

static int check_spec(const struct tc_guard_spec *s, struct tc_error *err)
{
	if (s->port == 0 && s->port_hi == 0)
		return tc_fail(err, -EINVAL, "the guard needs our port, 1..65535");
	if (s->port_hi && s->port_hi < s->port)
		return tc_fail(err, -EINVAL, "the guard's ports %u-%u: the first is "
			       "above the last", s->port, s->port_hi);
	return check_addresses(s, err);
}

static void add_word(struct words *w, const char *option, const char *value)
{
	w->argv[w->n++] = option;
	w->argv[w->n++] = value;
}

/* An interface is not a word of the script's. */
static void put_addr(char text[TC_ADDR_STRING], const struct tc_addr *addr)
{
	struct tc_addr bare = *addr;

	bare.scope = 0;
	if (bare.family)
		tc_addr_string(&bare, text);
	else
		strcpy(text, "any");
}

static void fill_words(struct words *w, const char *verb, const struct tc_guard_spec *s)
{
	struct stat ns;

	*w = (struct words){ .argv = { [2] = verb }, .n = 3 };
	put_addr(w->local, &s->local);
	if (s->local_hi.family && !tc_addr_equal(&s->local, &s->local_hi)) {
		strcat(w->local, "-");
		put_addr(w->local + strlen(w->local), &s->local_hi);
	}
	put_addr(w->peer, &s->peer);
	snprintf(w->ports, sizeof(w->ports), "%u:%u", s->port,
		 s->port_hi ? s->port_hi : s->port);
	snprintf(w->mark, sizeof(w->mark), "0x%" PRIx32, s->mark ? s->mark : TC_GUARD_MARK);
	snprintf(w->owner, sizeof(w->owner), "%ld", (long)getpid());
	add_word(w, "--mode", s->mode == TC_GUARD_SHIELD ? "shield" : "rst");
	add_word(w, "--local", w->local);
	add_word(w, "--ports", w->ports);
	add_word(w, "--peer", w->peer);
	add_word(w, "--mark", w->mark);
	add_word(w, "--owner", w->owner);
	if (stat("/proc/self/ns/pid", &ns) == 0 && ns.st_ino <= UINT32_MAX) {
		snprintf(w->pidns, sizeof(w->pidns), "%u", (unsigned)ns.st_ino);
		add_word(w, "--pidns", w->pidns);
	}
	if (s->mode == TC_GUARD_NFT)
		add_word(w, "--backend", "nft");
	if (s->peer_port) {
		snprintf(w->peer_port, sizeof(w->peer_port), "%u", s->peer_port);
		add_word(w, "--peer-port", w->peer_port);
	}
}

static int fail_said(const struct tc_guard_child *c, struct tc_error *err)
{
	if (!c->said[0])
		return tc_fail(err, -EIO, "the guard's script ended without a word: was it "
			       "killed?");
	return tc_fail(err, c->code ? c->code : -EIO, "guard: %s", c->said);
}

/* Let `rst-guard` come to its end; what it prints is appended to out. */
static int finish_script(struct tc_guard_child *c, const char *verb, tc_time limit,
			 struct tc_buf *out, struct tc_error *err)
{
	tc_time deadline = tc_clock_monotonic() + limit;
	char line[LINE_MAX_BYTES];
	int rc;

	while ((rc = tc_guard_child_line(c, line, sizeof(line), deadline, false)) > 0)
		tc_buf_printf(out, "%s\n", line);
	if (rc == 0)
		rc = tc_guard_child_end(c, deadline);
	else
		tc_guard_child_end(c, 0);
	if (rc < 0)
		return tc_fail(err, rc, "rst-guard %s is not done after %d s", verb,
			       (int)(limit / TC_S));
	if (rc > 0)
		return fail_said(c, err);
	return out->failed ? tc_fail(err, -ENOMEM, "no memory for the guard's list") : 0;
}

static int run_script(const char **argv, tc_time limit, struct tc_buf *out,
		      struct tc_error *err)
{
	struct tc_guard_child c;
	int rc = tc_guard_child_start(&c, argv, err);

	return rc != 0 ? rc : finish_script(&c, argv[2], limit, out, err);
}

/* The script was killed and could not remove its rule: a second one does it. */
static int remove_rule(struct tc_guard *g, struct tc_buf *out, struct tc_error *err)
{
	struct words w;

	if (g->by_table)
		return 0;
	if (g->has_remover) {
		g->has_remover = false;
		tc_guard_child_say(&g->remover, "go\n");
		return finish_script(&g->remover, "del", STOP_TIME, out, err);
	}
	fill_words(&w, "del", &g->spec);
	return run_script(w.argv, STOP_TIME, out, err);
}

int tc_guard_foresee(struct tc_guard *g, struct tc_error *err)
{
	struct words w;
	int rc;

	if (!g || g->has_remover || g->by_table)
		return 0;
	fill_words(&w, "del", &g->spec);
	rc = tc_guard_child_start_waiting(&g->remover, w.argv, err);
	g->has_remover = rc == 0;
	return rc;
}

/* Whose words we wait for. */
static const char *keeper(const struct tc_guard *g)
{
	return g->by_table ? "process" : "script";
}

static int wait_ready(struct tc_guard *g, struct tc_error *err)
{
	tc_time deadline = tc_clock_monotonic() + START_TIME;
	char line[LINE_MAX_BYTES];
	int rc;

	while ((rc = tc_guard_child_line(&g->child, line, sizeof(line), deadline, false)) > 0) {
		if (strncmp(line, "ready ", 6) != 0)
			continue;
		if (g->mode == TC_GUARD_RST && strcmp(line + 6, "nft") == 0)
			g->mode = TC_GUARD_NFT;
		return 0;
	}
	if (rc == 0)
		return fail_said(&g->child, err);
	return tc_fail(err, rc, "the guard is not in force after %d s: %s",
		       (int)(START_TIME / TC_S),
		       g->child.said[0] ? g->child.said : strerror(-rc));
}

/* For many connections to one peer. False: to be done as ever, by the script. */
static bool begin_table(struct tc_guard *g)
{
	struct tc_guard_table table;

	if (g->spec.mode != TC_GUARD_AUTO || tc_guard_table_open(&table, &g->spec) < 0)
		return false;
	g->by_table = tc_guard_child_fork(&g->child, tc_guard_table_keep, &table, NULL) == 0;
	close(table.fd);
	if (g->by_table)
		g->mode = TC_GUARD_SHIELD;
	return g->by_table;
}

static int begin_script(struct tc_guard *g, struct tc_error *err)
{
	struct words w;

	if (g->mode == TC_GUARD_AUTO)
		g->mode = TC_GUARD_RST;
	fill_words(&w, "hold", &g->spec);
	return tc_guard_child_start(&g->child, w.argv, err);
}

/* Who was to keep the table is gone, and the table with him. */
static int fall_back(struct tc_guard *g, struct tc_error *err)
{
	tc_guard_child_end(&g->child, tc_clock_monotonic() + TC_S);
	g->by_table = false;
	g->mode = TC_GUARD_AUTO;
	return begin_script(g, err);
}

int tc_guard_begin(struct tc_guard **out, const struct tc_guard_spec *spec,
		   struct tc_error *err)
{
	struct tc_guard *g;
	int rc;

	*out = NULL;
	if (spec->mode == TC_GUARD_OFF || spec->mode == TC_GUARD_NONE)
		return 0;
	rc = check_spec(spec, err);
	if (rc != 0)
		return rc;
	g = calloc(1, sizeof(*g));
	if (!g)
		return tc_fail(err, -ENOMEM, "no memory for the guard");
	g->spec = *spec;
	g->mode = spec->mode;
	if (!begin_table(g))
		rc = begin_script(g, err);
	if (rc == 0)
		*out = g;
	else
		free(g);
	return rc;
}

int tc_guard_await(struct tc_guard **guard, struct tc_error *err)
{
	struct tc_guard *g = *guard;
	struct tc_buf text = { 0 };
	int rc, code;

	rc = g ? wait_ready(g, err) : 0;
	if (rc != 0 && g->by_table) {
		rc = fall_back(g, err);
		if (rc != 0)
			goto gone;
		rc = wait_ready(g, err);
	}
	if (rc == 0)
		return 0;
	code = tc_guard_child_end(&g->child, tc_clock_monotonic() + TC_S);
	/* Neither refused (2, 3) nor at work: killed, its rule perhaps in force. */
	if (code >= 0 && code != 2 && code != 3)
		remove_rule(g, &text, NULL);
	tc_buf_free(&text);
gone:
	free(g);
	*guard = NULL;
	return rc;
}

int tc_guard_start(struct tc_guard **out, const struct tc_guard_spec *spec,
		   struct tc_error *err)
{
	int rc = tc_guard_begin(out, spec, err);

	return rc == 0 ? tc_guard_await(out, err) : rc;
}

static bool read_blocked(const char *line, uint64_t *n)
{
	return sscanf(line, "blocked %" SCNu64, n) == 1;
}

int64_t tc_guard_blocked(struct tc_guard *g, struct tc_error *err)
{
	tc_time deadline = tc_clock_monotonic() + COUNT_TIME;
	char line[LINE_MAX_BYTES];
	uint64_t n;
	int rc;

	if (!g)
		return 0;
	tc_guard_child_say(&g->child, "count\n");
	while ((rc = tc_guard_child_line(&g->child, line, sizeof(line), deadline, true)) > 0)
		if (read_blocked(line, &n))
			return (int64_t)n;
	if (rc == -ETIMEDOUT)
		return tc_fail(err, rc, "the guard's %s gives no count", keeper(g));
	if (g->child.said[0])
		return tc_fail(err, -EPIPE, "guard: %s", g->child.said);
	return tc_fail(err, -EPIPE, "guard: its %s was killed", keeper(g));
}

/* The count that `del` printed first. */
static bool blocked_in(const struct tc_buf *text, uint64_t *n)
{
	return text->data && read_blocked((const char *)text->data, n);
}

static int fail_uncounted(const struct tc_guard *g, struct tc_error *err)
{
	if (g->child.said[0])
		return tc_fail(err, -EPIPE, "guard: %s", g->child.said);
	return tc_fail(err, -EPIPE, "guard: its %s was killed and the rule with it", keeper(g));
}

int tc_guard_stop(struct tc_guard *g, uint64_t *blocked, struct tc_error *err)
{
	tc_time deadline = tc_clock_monotonic() + STOP_TIME;
	struct tc_buf text = { 0 };
	char line[LINE_MAX_BYTES];
	bool counted = false;
	uint64_t n = 0;
	int rc;

	if (blocked)
		*blocked = 0;
	if (!g)
		return 0;
	tc_guard_child_say(&g->child, "del\n");
	while ((rc = tc_guard_child_line(&g->child, line, sizeof(line), deadline, false)) > 0)
		counted = read_blocked(line, &n) || counted;
	if (rc < 0) {
		tc_guard_child_end(&g->child, 0);
		tc_fail(err, rc, "the guard's %s is still removing its rule after %d s%s%s",
			keeper(g), (int)(STOP_TIME / TC_S), g->child.said[0] ? ": " : "",
			g->child.said);
		goto out;
	}
	if (tc_guard_child_end(&g->child, deadline) != 0 || !counted) {
		rc = remove_rule(g, &text, err);
		counted = blocked_in(&text, &n) || counted;
	}
	if (rc == 0 && !counted)
		rc = fail_uncounted(g, err);
	if (blocked)
		*blocked = n;
out:
	if (g->has_remover)		/* which was not needed */
		tc_guard_child_end(&g->remover, tc_clock_monotonic() + STOP_TIME);
	tc_buf_free(&text);
	free(g);
	return rc;
}

enum tc_guard_mode tc_guard_mode(const struct tc_guard *g)
{
	return g ? g->mode : TC_GUARD_NONE;
}

static int run_verb(const char *verb, struct tc_buf *out, struct tc_error *err)
{
	const char *argv[4] = { [2] = verb };

	return run_script(argv, LIST_TIME, out, err);
}

int tc_guard_list(struct tc_buf *out, struct tc_error *err)
{
	return run_verb("list", out, err);
}

int tc_guard_sweep(struct tc_buf *out, struct tc_error *err)
{
	return run_verb("sweep", out, err);
}

int tc_guard_status(struct tc_buf *out, struct tc_error *err)
{
	return run_verb("status", out, err);
}
