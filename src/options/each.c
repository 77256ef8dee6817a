/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --data-each: many payloads for one run. A text "A..B" is lengths, of random bytes (--seed);
 * all else names a file with a payload a line, in which \n, \xNN and their like are bytes.
 */
#include "own.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HOW "--data-each"
#define LINE_SHOWN 40

static int too_many(struct tc_error *err)
{
	return tc_fail(err, -ERANGE, HOW ": more than %u payloads, or %u MiB of them",
		       OPTION_EACH_MAX, OPTION_DATA_MAX >> 20);
}

/* ---- lengths -------------------------------------------------------------------------- */

/* "A..B", both plain numbers? */
static bool is_range(const char *v)
{
	const char *dots = strstr(v, "..");

	return dots && dots != v && strspn(v, "0123456789") == (size_t)(dots - v) && dots[2] &&
	       !dots[2 + strspn(dots + 2, "0123456789")];
}

static int add_lengths(struct options *o, const char *v, struct tc_error *err)
{
	uint64_t low = strtoull(v, NULL, 10), high = strtoull(strstr(v, "..") + 2, NULL, 10);
	int rc = 0;

	if (low > high)
		return tc_fail(err, -EINVAL, HOW " %s: from the larger to the smaller length", v);
	if (high > OPTION_DATA_MAX || high - low >= OPTION_EACH_MAX ||
	    (low + high) * (high - low + 1) / 2 > OPTION_DATA_MAX)
		return too_many(err);
	for (uint64_t n = low; n <= high && rc >= 0; n++)
		rc = option_add_random(o, HOW, n, err);
	return rc;
}

/* ---- lines ---------------------------------------------------------------------------- */

static int add_line(struct options *o, const char *file, size_t number, const char *line,
		    size_t n, struct tc_error *err)
{
	for (size_t at = 0; at < n;) {
		uint8_t byte = (uint8_t)line[at];
		int used = byte == '\\' ? tc_text_escape(line + at + 1, n - at - 1, &byte) : 0;

		if (used < 0)
			return tc_fail(err, -EINVAL, HOW ": %s:%zu: '%.*s': escapes are "
				       TC_TEXT_ESCAPES, file, number,
				       (int)(n - at < LINE_SHOWN ? n - at : LINE_SHOWN),
				       line + at);
		tc_buf_add_u8(&o->data, byte);
		at += 1 + (size_t)used;
	}
	return option_add_message(o, HOW, false, err);
}

static int add_lines(struct options *o, const char *file, struct tc_error *err)
{
	struct tc_buf text = { 0 };
	int rc = tc_buf_read_file(&text, file, OPTION_DATA_MAX, err);
	const char *at = (const char *)text.data;
	size_t left = text.len, number = 0;

	while (rc >= 0 && left) {
		const char *end = memchr(at, '\n', left);
		size_t n = end ? (size_t)(end - at) : left;

		rc = ++number > OPTION_EACH_MAX ? too_many(err)
						: add_line(o, file, number, at, n, err);
		left -= n + !!end;
		at += n + !!end;
	}
	if (rc >= 0 && !number)
		rc = tc_fail(err, -EINVAL, HOW ": %s is empty: a payload a line", file);
	o->stdin_is_payload |= strcmp(file, "-") == 0;
	tc_buf_free(&text);
	return rc;
}

int option_data_each(struct options *o, const char *value, struct tc_error *err)
{
	if (o->each)
		return tc_fail(err, -EINVAL, HOW ": one of them is enough");
	o->each = true;
	return is_range(value) ? add_lengths(o, value, err) : add_lines(o, value, err);
}

/* ---- once all are read ------------------------------------------------------------------ */

/* What means nothing without it. */
static int refuse_others(const struct options *o, uint64_t groups, struct tc_error *err)
{
	const char *name = o->repeat ? "--repeat" :
			   o->csv && !(groups & GROUP_PROBE) ? "--csv" :
			   o->parallel > 1 && !(groups & GROUP_PROT) ? "--parallel" :
			   o->rate > 0 && !(groups & GROUP_RATE) ? "--rate" : NULL;

	return name ? tc_fail(err, -EINVAL, "%s is of " HOW, name) : 0;
}

int option_finish_each(struct options *o, uint64_t groups, struct tc_error *err)
{
	uint64_t all = o->n_messages * (uint64_t)(o->repeat ? o->repeat : 1);

	if (!(groups & GROUP_EACH))
		return 0;
	if (!o->each)
		return refuse_others(o, groups, err);
	for (size_t i = 0; i < o->n_messages; i++)
		if (strcmp(o->messages[i].how, HOW) != 0)
			return tc_fail(err, -EINVAL, "%s and " HOW " both give the payload: use "
				       "one", o->messages[i].how);
	if (o->csv && o->verbose)
		return tc_fail(err, -EINVAL, "--csv has a row for each connection: without -v");
	if (o->count != 1)
		return tc_fail(err, -EINVAL, "--count: with " HOW " it is --repeat that says how "
			       "often");
	if (all > OPTION_EACH_MAX)
		return tc_fail(err, -ERANGE, "--repeat %u: %llu connections, %u at most",
			       o->repeat, (unsigned long long)all, OPTION_EACH_MAX);
	o->count = (unsigned)all;
	return 0;
}
