/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a name to a row: exact, else a unique prefix, else a message with the names that
 * come near. A row and its alias are one field; they never make a prefix ambiguous.
 */
#include "base/text.h"

#include <tcpcraft/error.h>
#include <tcpcraft/field.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAMES_MAX 8		/* names shown in a message */
#define NAME_LONG 40		/* longer ones are nobody's typing error */

struct names {
	const char *name[NAMES_MAX];
	unsigned far[NAMES_MAX];	/* sort key: edits away from what was typed */
	unsigned n;			/* all that matched, shown or not */
};

struct search {
	const char *name;
	size_t len;
	struct tc_field_ref *ref;
	bool exact;
	struct names prefix, near;
};

/* Keep the nearest, in the order they came when equally near. */
static void note(struct names *l, const char *name, unsigned far)
{
	unsigned at = l->n < NAMES_MAX ? l->n : NAMES_MAX;

	l->n++;
	while (at > 0 && l->far[at - 1] > far)
		at--;
	if (at == NAMES_MAX)
		return;
	for (unsigned i = NAMES_MAX - 1; i > at; i--) {
		l->name[i] = l->name[i - 1];
		l->far[i] = l->far[i - 1];
	}
	l->name[at] = name;
	l->far[at] = far;
}

/* Insertions, deletions and replacements from a to b (Levenshtein). */
static unsigned edits(const char *a, const char *b)
{
	unsigned row[NAME_LONG + 1], up, left;
	size_t n = strlen(b);

	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 0; a[i]; i++) {
		left = i;
		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			up = row[j + 1];
			row[j + 1] = left + (a[i] != b[j]);
			if (up + 1 < row[j + 1])
				row[j + 1] = up + 1;
			if (row[j] + 1 < row[j + 1])
				row[j + 1] = row[j] + 1;
			left = up;
		}
	}
	return row[n];
}

static const char *last_part(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

/* How far a known name is from what was typed, or UINT_MAX when it is not near: a few
 * letters wrong, or the right word without its header or with another one. */
static unsigned distance(const char *typed, const char *name)
{
	size_t len = strlen(typed);
	unsigned d;

	if (len > NAME_LONG || strlen(name) > NAME_LONG)
		return (unsigned)-1;
	if (strcmp(last_part(typed), last_part(name)) == 0)
		return 0;
	d = edits(typed, name);
	return d <= 1 + len / 5 ? d : (unsigned)-1;
}

/* Is it this field, or the only one that begins so? */
static void try(struct search *s, const struct tc_header *hdr, const struct tc_field *f,
		int row)
{
	const char *names[] = { f->name, f->alias };
	bool prefix = false;

	for (unsigned i = 0; i < 2 && names[i]; i++)
		if (strncmp(names[i], s->name, s->len) == 0) {
			prefix = true;
			s->exact = s->exact || names[i][s->len] == '\0';
		}
	if (!prefix)
		return;
	note(&s->prefix, f->name, strlen(f->name) > s->len + 1);	/* a letter is missing */
	*s->ref = (struct tc_field_ref){ hdr, f, row };
}

/* Is this what was meant? For the message alone: it takes a hundred times as long. */
static void try_near(struct search *s, const struct tc_header *hdr, const struct tc_field *f,
		     int row)
{
	const char *names[] = { f->name, f->alias };
	unsigned far = (unsigned)-1, d;

	(void)hdr;
	(void)row;
	for (unsigned i = 0; i < 2 && names[i]; i++) {
		d = distance(s->name, names[i]);
		far = d < far ? d : far;
	}
	if (far != (unsigned)-1)
		note(&s->near, f->name, far);
}

typedef void try_fn(struct search *s, const struct tc_header *hdr, const struct tc_field *f,
		    int row);

/* Look in one header; stop at the exact name. */
static void search_header(struct search *s, const struct tc_header *hdr, try_fn *fn)
{
	for (unsigned i = 0; i < hdr->n_rows && !s->exact; i++)
		fn(s, hdr, &hdr->rows[i], (int)i);
	for (unsigned i = 0; i < hdr->n_aliases && !s->exact; i++)
		fn(s, hdr, &hdr->aliases[i], -1);
}

static void search_all(struct search *s, const struct tc_header *extra, try_fn *fn)
{
	if (extra)
		search_header(s, extra, fn);
	for (enum tc_header_id id = 0; id < TC_HDR_COUNT && !s->exact; id++)
		if (!extra || strcmp(extra->name, tc_header_get(id)->name) != 0)
			search_header(s, tc_header_get(id), fn);
}

static void list(char *out, size_t cap, const struct names *l)
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < l->n && i < NAMES_MAX && at < cap; i++)
		at += (size_t)snprintf(out + at, cap - at, "%s%s", i ? ", " : "",
				       l->name[i]);
	if (l->n > NAMES_MAX && at < cap)
		snprintf(out + at, cap - at, " and %u more", l->n - NAMES_MAX);
}

int tc_field_find(struct tc_field_ref *ref, const char *name,
		  const struct tc_header *extra, struct tc_error *err)
{
	struct search s = { .name = name, .len = strlen(name), .ref = ref };
	char shown[QUOTE_MAX], names[400];

	if (s.len == 0)
		return tc_fail(err, -ENOENT, "a field has a name, such as tcp.dstport");
	search_all(&s, extra, try);
	if (s.exact || s.prefix.n == 1)
		return 0;
	tc_quote(shown, name);
	if (s.prefix.n) {
		list(names, sizeof names, &s.prefix);
		return tc_fail(err, -EINVAL, "%s is ambiguous: %s", shown, names);
	}
	search_all(&s, extra, try_near);
	if (s.near.n == 0)
		return tc_fail(err, -ENOENT,
			       "%s: no such field (tcpcraft fields lists them)", shown);
	list(names, sizeof names, &s.near);
	return tc_fail(err, -ENOENT, "%s: no such field; did you mean %s?", shown, names);
}
