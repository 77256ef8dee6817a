/* SPDX-License-Identifier: BSD-2-Clause */
/* What our TCP is like: keys of a personality, files of such keys, and the short ways to
 * some of them. What a key is, and takes, its own table says. */
#include "own.h"
#include "places.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LIKE_MAX (64u << 10)
#define SUFFIX ".tcp"

/* A row's way to KEY, with the option's value, or to KEY=VALUE, which is all it says. */
int option_trait(struct options *o, const struct option_row *row, const char *value,
		 struct tc_error *err)
{
	size_t n = strcspn(row->field, "=");
	char key[32];
	struct tc_error why;

	snprintf(key, sizeof key, "%.*s", (int)n, row->field);
	if (tc_traits_set(&o->tcp, key, value ? value : row->field + n + 1, &why) < 0)
		return tc_fail(err, -EINVAL, "--%s: %s", row->name, why.msg);
	return 0;
}

static int set_tcp(struct options *o, const char *v, struct tc_error *err)
{
	struct tc_error why;
	int rc = tc_traits_parse(&o->tcp, v, &why);

	return rc < 0 ? tc_fail(err, -EINVAL, "--tcp %s", why.msg) : 0;
}

static int is_personality(const struct dirent *e)
{
	const char *dot = strchr(e->d_name, '.');

	return dot && dot != e->d_name && strcmp(dot, SUFFIX) == 0;
}

static int no_personality(const char *folder, const char *name, struct tc_error *err)
{
	struct tc_buf names = { 0 };
	struct dirent **all = NULL;
	int n = scandir(folder, &all, is_personality, alphasort);

	for (int i = 0; i < n; i++) {
		tc_buf_printf(&names, "%s%.*s", i ? ", " : "",
			      (int)strcspn(all[i]->d_name, "."), all[i]->d_name);
		free(all[i]);
	}
	free(all);
	tc_fail(err, -ENOENT, "--like: there is no '%.40s' among %s; a file of your own by its "
		"path, ./%.40s", name, names.len && !names.failed ? (char *)names.data : folder,
		name);
	tc_buf_free(&names);
	return -ENOENT;
}

/* What has a slash or a dot is a path, else one of those that came with the program. */
static int set_like(struct options *o, const char *v, struct tc_error *err)
{
	char folder[PATH_MAX], path[PATH_MAX + NAME_MAX + sizeof SUFFIX + 1];
	struct tc_traits like = { 0 };
	struct tc_buf text = { 0 };
	struct tc_error why = { 0 };
	bool named = !v[strcspn(v, "/.")];
	int rc;

	place_find(folder, "personalities", "TCPCRAFT_PERSONALITIES");
	snprintf(path, sizeof path, "%s/%.*s" SUFFIX, folder, NAME_MAX, v);
	rc = tc_buf_read_file(&text, named ? path : v, LIKE_MAX, &why);
	if (rc == -ENOENT && named)
		rc = no_personality(folder, v, err);
	else if (rc < 0)
		rc = tc_fail(err, rc, "--like: %s", why.msg);
	else
		rc = tc_traits_read(&like, named ? path : v, text.data, text.len, err);
	tc_buf_free(&text);
	if (rc < 0)
		return rc;
	tc_traits_over(&like, &o->tcp);		/* what --tcp says counts, before and behind */
	o->tcp = like;
	return 0;
}

static void list_keys(FILE *out)
{
	struct tc_trait_row r;
	char left[48];

	fprintf(out, "    keys:\n");
	for (unsigned i = 0; tc_trait_row(i, &r); i++) {
		snprintf(left, sizeof left, "      %s=%s", r.key, r.arg);
		option_put_help(out, left, OPTION_LIST_AT, r.doc);
	}
}

const struct option_row tcp_rows[] = {
	{ 0, "tcp", "KEY=VALUE,...", GROUP_TCP, "what our TCP is like", CUSTOM(set_tcp),
	  .more = list_keys },
	{ 0, "like", "NAME|FILE", GROUP_TCP,
	  "like this system, or as a file of such keys says", CUSTOM(set_like),
	  USUAL(GROUP_TALK) },
	{ 0, "md5", "KEY", GROUP_TCP | GROUP_EXPLAIN | GROUP_SHOW | GROUP_SEND,
	  "TCP-MD5 (RFC 2385): sign what goes, judge what comes; KEY is text or hex:...",
	  .type = OPTION_TRAIT, .field = "md5" },
	{ 0, "fastopen", NULL, GROUP_TCP, TRAIT("fastopen=on", "data in the SYN, RFC 7413") },
	{ 0, "ao", "secret=KEY,...", GROUP_TCP | GROUP_EXPLAIN | GROUP_SHOW | GROUP_SEND,
	  "TCP-AO (RFC 5925); also keyid=, rnextkeyid=, alg=, options= (man tcpcraft-tcp)",
	  .type = OPTION_TRAIT, .field = "ao" },
	{ 0, "keepalive", "SECONDS", GROUP_TCP, TRAIT("keepalive", "probe a peer that is idle for so long") },
	{ 0, "msl", "SECONDS", GROUP_TCP, TRAIT("msl", "stay in TIME-WAIT for twice this") },
	{ 0, "no-nagle", NULL, GROUP_TCP, TRAIT("nagle=off", "small segments wait for nothing") },
	{ 0, "no-delayed-ack", NULL, GROUP_TCP, TRAIT("delack=off", "acknowledge each segment at once") },
	{ 0 }
};

int options_check_our_tcp(const struct options *o, const char *command, struct tc_error *err)
{
	uint32_t set = o->tcp.set;
	tc_seq iss;

	if (!set || (options_iss(o, &iss) && (set & (set - 1)) == 0) || options_our_tcp(o))
		return 0;
	return tc_fail(err, -EINVAL, "%s: --tcp, --like and what stands for them say what our own TCP "
		       "is like: with --dut own", command);
}

/* Once all are read: that they can be kept together. What depends on the path is asked again
 * when it is known. */
int options_finish_tcp(struct options *o, struct tc_error *err)
{
	struct tc_personality p;

	tc_personality_default(&p, 4, 1500);
	return tc_traits_apply(&o->tcp, &p, err);
}
