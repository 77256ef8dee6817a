/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading argv by the rows of the options. */
#include "own.h"

#include <tcpcraft/rng.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The arguments, and the one that is read. */
struct args {
	char **argv;
	int argc, at;
};

/* The value of an option: behind '=' or the letter, else the next argument. */
static int take_value(struct args *a, const char *name, const char *arg, const char **value,
		      struct tc_error *err)
{
	if (!arg && *value)
		return tc_fail(err, -EINVAL, "--%s takes no value", name);
	if (arg && !*value) {
		if (a->at + 1 >= a->argc)
			return tc_fail(err, -EINVAL, "--%s needs %s", name, arg);
		*value = a->argv[++a->at];
	}
	return 0;
}

static int take(struct options *o, uint64_t groups, const struct option_row *row,
		const char *given, const char *value, struct args *a, struct tc_error *err)
{
	int rc;

	if (!row)
		return option_unknown(groups, given, err);
	rc = take_value(a, row->name, row->arg, &value, err);
	return rc < 0 ? rc : option_set(o, row, value, err);
}

static int take_long(struct options *o, uint64_t groups, struct args *a,
		     struct tc_error *err)
{
	const char *name = a->argv[a->at] + 2, *eq = strchr(name, '=');
	const char *value = eq ? eq + 1 : NULL;
	size_t len = eq ? (size_t)(eq - name) : strlen(name);

	return take(o, groups, option_find(groups, name, len, 0), a->argv[a->at], value, a, err);
}

static int take_letters(struct options *o, uint64_t groups, struct args *a,
			struct tc_error *err)
{
	const char *at = a->argv[a->at] + 1;
	int rc = 0;

	for (; *at && rc >= 0; at++) {
		const struct option_row *row = option_find(groups, "", 0, *at);
		char given[3] = { '-', *at, 0 };

		rc = take(o, groups, row, given, row && row->arg && at[1] ? at + 1 : NULL, a,
			  err);
		if (rc >= 0 && row->arg)
			break;
	}
	return rc;
}

int options_parse(struct options *o, uint64_t groups, int argc, char **argv,
		  struct tc_error *err)
{
	struct args a = { .argv = argv, .argc = argc };
	int n = 0, rc;

	*o = (struct options){ .timeout = 5 * TC_S, .count = 1, .parallel = 1,
			       .guard = TC_GUARD_AUTO,
			       .seed = tc_rng_kernel_u64() >> 32 };
	for (; a.at < argc; a.at++) {
		const char *arg = argv[a.at];

		if (arg[0] != '-' || !arg[1]) {
			argv[n++] = argv[a.at];
			continue;
		}
		if (strcmp(arg, "--") == 0) {
			while (++a.at < argc)
				argv[n++] = argv[a.at];
			break;
		}
		rc = arg[1] == '-' ? take_long(o, groups, &a, err)
				   : take_letters(o, groups, &a, err);
		if (rc < 0)
			return rc;
	}
	rc = options_finish_tcp(o, err);
	if (rc >= 0)
		rc = options_finish_payload(o, groups, err);
	return rc < 0 ? rc : n;
}

void options_free(struct options *o)
{
	tc_buf_free(&o->probe.prefix);
	free(o->more_sources);
	options_free_payload(o);
	options_free_send(o);
	options_free_run(o);
}
