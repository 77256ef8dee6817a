/* SPDX-License-Identifier: BSD-2-Clause */
/* The head of a case; see suite.h. */
#include "suite.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MOST 400		/* bytes of a line */

const char *const tc_needs_name[TC_NEEDS_COUNT] = {
	[TC_NEEDS_OUTSIDE] = "outside", [TC_NEEDS_ECHO] = "echo", [TC_NEEDS_CLOSES] = "closes",
	[TC_NEEDS_NOBODY] = "nobody", [TC_NEEDS_DUT] = "dut",
};

static const char *const classes[] = { "MUST", "SHOULD", "MAY" };

static const struct {
	const char *word;
	enum tc_case_verdict unmet;
} marks[] = {
	{ "given", TC_CASE_INCONCLUSIVE },
	{ "offer", TC_CASE_NOT_SUPPORTED },
	{ "then", TC_CASE_FAIL },
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

struct line {
	const char *file;
	unsigned number;
	const char *word, *text;	/* one behind the other, in bytes */
	char bytes[TEXT_MOST + 1];
};

static int fail_at(const struct line *l, const char *what, struct tc_error *err)
{
	return tc_fail(err, -EINVAL, "%s:%u: '%s': %s", l->file, l->number, l->word, what);
}

static int set_text(char **at, const struct line *l, struct tc_error *err)
{
	if (*at)
		return fail_at(l, "is said twice", err);
	if (!*l->text)
		return fail_at(l, "nothing is said", err);
	*at = strdup(l->text);
	return *at ? 0 : tc_nomem(err);
}

static int set_class(struct tc_suite_head *h, const struct line *l, struct tc_error *err)
{
	for (size_t i = 0; i < COUNT(classes); i++)
		if (strcmp(l->text, classes[i]) == 0)
			return set_text(&h->class_name, l, err);
	return fail_at(l, "MUST, SHOULD or MAY", err);
}

static int set_needs(struct tc_suite_head *h, const struct line *l, struct tc_error *err)
{
	for (size_t i = 0; i < TC_NEEDS_COUNT; i++)
		if (strcmp(l->text, tc_needs_name[i]) == 0) {
			h->needs = (enum tc_case_needs)i;
			return 0;
		}
	return fail_at(l, "outside, echo, closes, nobody or dut", err);
}

static int set_family(struct tc_suite_head *h, const struct line *l, struct tc_error *err)
{
	if (strcmp(l->text, "4") != 0 && strcmp(l->text, "6") != 0)
		return fail_at(l, "4 or 6", err);
	h->family = (uint8_t)(*l->text - '0');
	return 0;
}

static int set_mark(struct tc_suite_head *h, const struct line *l, struct tc_error *err)
{
	for (size_t i = 0; i < COUNT(marks); i++) {
		if (strcmp(l->word, marks[i].word) != 0)
			continue;
		if (h->n_marks == TC_SUITE_MARKS)
			return fail_at(l, "too many of these", err);
		h->mark[h->n_marks].line = l->number;
		h->mark[h->n_marks++].unmet = marks[i].unmet;
		return 0;
	}
	return fail_at(l, "is none of name, sound, clause, class, needs, family, path, given, "
		       "offer, then", err);
}

static int read_line(struct tc_suite_head *h, const struct line *l, struct tc_error *err)
{
	if (strcmp(l->word, "name") == 0)
		return set_text(&h->name, l, err);
	if (strcmp(l->word, "sound") == 0)
		return set_text(&h->sound, l, err);
	if (strcmp(l->word, "clause") == 0)
		return set_text(&h->clause, l, err);
	if (strcmp(l->word, "class") == 0)
		return set_class(h, l, err);
	if (strcmp(l->word, "needs") == 0)
		return set_needs(h, l, err);
	if (strcmp(l->word, "family") == 0)
		return set_family(h, l, err);
	if (strcmp(l->word, "path") == 0) {
		h->wire = strcmp(l->text, "wire") == 0;
		return h->wire ? 0 : fail_at(l, "wire", err);
	}
	return set_mark(h, l, err);
}

/* What stands behind //: into word and text; the bytes are the line's own. */
static int split(struct line *l, const char *at, size_t n, struct tc_error *err)
{
	size_t word;

	while (n && strchr(" \t", *at)) {
		at++;
		n--;
	}
	while (n && strchr(" \t\r", at[n - 1]))
		n--;
	if (n > TEXT_MOST || memchr(at, 0, n))
		return tc_fail(err, -EINVAL, "%s:%u: more than %d bytes, or a zero among them",
			       l->file, l->number, TEXT_MOST);
	memcpy(l->bytes, at, n);
	l->bytes[n] = 0;
	word = strcspn(l->bytes, " \t");
	l->word = l->bytes;
	l->text = l->bytes + word + strspn(l->bytes + word, " \t");
	l->bytes[word] = 0;
	return 0;
}

int tc_suite_head_read(struct tc_suite_head *h, const char *file, const char *text, size_t n,
		       struct tc_error *err)
{
	struct line l = { .file = file };
	const char *end = text + n, *eol;
	int rc = 0;

	for (; text < end && rc >= 0; text = eol + 1) {
		eol = memchr(text, '\n', (size_t)(end - text));
		if (!eol)
			eol = end;
		l.number++;
		if (eol - text < 3 || memcmp(text, "//:", 3) != 0)
			continue;
		rc = split(&l, text + 3, (size_t)(eol - text) - 3, err);
		if (rc >= 0)
			rc = read_line(h, &l, err);
	}
	return rc;
}

void tc_suite_head_free(struct tc_suite_head *h)
{
	free(h->name);
	free(h->sound);
	free(h->clause);
	free(h->class_name);
	*h = (struct tc_suite_head){ 0 };
}
