/* SPDX-License-Identifier: BSD-2-Clause */
/* Differences that are known, as a file has them; see tcpcraft/fuzz.h. */
#include <tcpcraft/error.h>
#include <tcpcraft/fuzz.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 60			/* characters of a bad line */
#define DEATH ": death: "		/* as tc_fuzz_diff names it */

static int check(const char *name, const char *line, size_t n, struct tc_error *err)
{
	if (n > TC_FUZZ_KNOWN_LINE)
		return tc_fail(err, -EINVAL, "%s: a line has %d characters at most, one has %zu",
			       name, TC_FUZZ_KNOWN_LINE, n);
	if (n && *line != '#' && !memmem(line, n, ": ", 2))
		return tc_fail(err, -EINVAL, "%s: '%.*s' is not FIELD SEGMENT: HOW", name,
			       (int)(n < SHOWN ? n : SHOWN), line);
	return 0;
}

int tc_fuzz_known_read(struct tc_buf *known, const char *name, const uint8_t *bytes, size_t n,
		       struct tc_error *err)
{
	int rc = 0;

	known->len = 0;
	if (n && memchr(bytes, 0, n))
		return tc_fail(err, -EINVAL, "%s: there is a NUL byte in it: a line is "
			       "FIELD SEGMENT: HOW", name);
	tc_buf_add(known, bytes, n);
	tc_buf_add_u8(known, 0);
	if (known->failed)
		return tc_nomem(err);
	for (const char *line = (const char *)known->data; rc == 0 && *line;) {
		size_t len = strcspn(line, "\n");

		rc = check(name, line, len, err);
		line += len + (line[len] != 0);
	}
	return rc;
}

/* A pattern's * that was written for answers does not match the death of a server. */
static bool may_mean(const char *pattern, const char *key)
{
	return !strstr(key, DEATH) || strstr(pattern, DEATH);
}

/* Does it say how they differ in so many words? */
static bool is_exact(const char *pattern)
{
	return !strpbrk(strstr(pattern, ": "), "*?[\\");
}

static bool has(const struct tc_buf *known, const char *key, bool exactly)
{
	const char *line = (const char *)known->data;
	char pattern[TC_FUZZ_KNOWN_LINE + 1];
	bool yes = false;

	for (size_t n; line && *line && !yes; line += n + (line[n] != 0)) {
		n = strcspn(line, "\n");
		if (n == 0 || *line == '#' || n > TC_FUZZ_KNOWN_LINE)
			continue;
		memcpy(pattern, line, n);
		pattern[n] = 0;
		yes = may_mean(pattern, key) && (!exactly || is_exact(pattern)) &&
		      fnmatch(pattern, key, 0) == 0;
	}
	return yes;
}

/* "A syn & B data: HOW" is known where "A syn: HOW" is, word for word: most likely B has no part
 * in it. A death is never taken for another. */
bool tc_fuzz_known_has(const struct tc_buf *known, const char *key)
{
	const char *how = strstr(key, ": "), *part = key, *end;
	char one[TC_FUZZ_KNOWN_LINE + 1];
	bool yes = has(known, key, false);

	for (; !yes && !strstr(key, DEATH) && how && part < how; part = end + 3) {
		end = memmem(part, (size_t)(how - part), " & ", 3);
		if (part == key && !end)
			return false;
		if (!end)
			end = how;
		snprintf(one, sizeof one, "%.*s%s", (int)(end - part), part, how);
		yes = has(known, one, true);
	}
	return yes;
}
