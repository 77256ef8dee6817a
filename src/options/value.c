/* SPDX-License-Identifier: BSD-2-Clause */
/* The value of an option, by the type of its row. */
#include "own.h"

#include "base/name.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_LONG 7		/* a longer number does not limit anything */

#define DAY 86400.0
#define NANOSECOND 1e-9		/* what is less would be 0, which is "not given" */

/* A number of this width: the members are of several. */
static void put(void *at, size_t size, uint64_t n)
{
	uint32_t narrow = (uint32_t)n;

	if (size == sizeof n)
		memcpy(at, &n, sizeof n);
	else
		memcpy(at, &narrow, sizeof narrow);
}

static int number(const struct option_row *row, const char *v, void *at, struct tc_error *err)
{
	char what[40];
	uint64_t n = 0;
	int rc;

	snprintf(what, sizeof what, "--%s", row->name);
	rc = option_number(what, v, row->most, &n, err);
	if (rc < 0)
		return rc;
	if (n < row->least)
		return row->wanted ? tc_fail(err, -EINVAL, "%s: %s", what, row->wanted)
				   : tc_fail(err, -EINVAL, "%s: at least %llu", what,
					     (unsigned long long)row->least);
	put(at, row->size, n * (row->unit ? row->unit : 1));
	return 0;
}

static int real(const struct option_row *row, const char *v, double least, double most,
		const char *wanted, double *out, struct tc_error *err)
{
	char *end;

	*out = strtod(v, &end);
	if (end == v || *end || !isfinite(*out) || *out < least || *out > most)
		return tc_fail(err, -EINVAL, "--%s: '%s' is not %s", row->name, v, wanted);
	return 0;
}

static int seconds(const struct option_row *row, const char *v, tc_time *out,
		   struct tc_error *err)
{
	double s;
	int rc = real(row, v, NANOSECOND, DAY, "a number of seconds above 0, 86400 at most",
		      &s, err);

	if (rc == 0)
		*out = (tc_time)(s * (double)TC_S);
	return rc;
}

static int choice(const struct option_row *row, const char *v, void *at,
		  struct tc_error *err)
{
	char all[80] = "";

	for (unsigned i = 0; row->names[i]; i++) {
		if (strcmp(v, row->names[i]) == 0) {
			put(at, row->size, i);
			return 0;
		}
		tc_name_add(all, sizeof all, row->names[i], "");
	}
	return tc_fail(err, -EINVAL, "--%s: '%s' is none of %s", row->name, v, all);
}

static int add_text(const char ***list, size_t *n, const char *v, struct tc_error *err)
{
	const char **text = TC_ARRAY_ADD(*list, *n);

	if (!text)
		return tc_nomem(err);
	*text = v;
	return 0;
}

static int set(struct options *o, const struct option_row *row, const char *v,
	       struct tc_error *err)
{
	void *at = (char *)o + row->at, *given = (char *)o + row->given;

	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)at = true;
		return 0;
	case OPTION_COUNT:
		++*(int *)at;
		return 0;
	case OPTION_NUMBER:
		return number(row, v, at, err);
	case OPTION_SECONDS:
		return seconds(row, v, at, err);
	case OPTION_REAL:
		return real(row, v, row->real_least, row->real_most, row->wanted, at, err);
	case OPTION_TEXT:
	case OPTION_FILE:
		*(const char **)at = v;
		return 0;
	case OPTION_LIST:
		return add_text(at, given, v, err);
	case OPTION_CHOICE:
		return choice(row, v, at, err);
	case OPTION_FIELD:
		return option_field(o, row->field, v, err);
	case OPTION_TRAIT:
		return option_trait(o, row, v, err);
	case OPTION_CUSTOM:
		break;
	}
	return 0;
}

int option_set(struct options *o, const struct option_row *row, const char *value,
	       struct tc_error *err)
{
	int rc = set(o, row, value, err);

	if (rc >= 0 && row->given && row->type != OPTION_LIST)
		*((bool *)o + row->given) = true;
	return rc >= 0 && row->set ? row->set(o, value, err) : rc;
}

int option_is_file(const char *what, const char *name, struct tc_error *err)
{
	if (name[strspn(name, "0123456789.")] || strlen(name) > SECONDS_LONG ||
	    !name[strspn(name, ".")])
		return 0;
	return tc_fail(err, -EINVAL, "%s takes a capture file: for a time limit use --timeout "
		       "%s, for a file of that name %s ./%s", what, name, what, name);
}
