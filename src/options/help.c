/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --help: a screen of 80 columns and 24 lines. All options if they fit there, else the usual
 * ones and the names of the others; --help-all tells of each.
 */
#include "own.h"

#include <string.h>

#define TEXT_AT	29		/* where what an option means begins */
#define NAMES_AT 2
#define FEW	16		/* options that fit on a screen, beside usage and examples */

struct help {
	FILE *out;
	uint64_t groups;
	bool all;
	unsigned n, told;
	size_t column;		/* where the line is; of those that are only named */
};

static void tell(struct help *h, const struct option_row *r)
{
	char left[48];

	snprintf(left, sizeof left, "  %c%c%s --%s%s%s", r->letter ? '-' : ' ',
		 r->letter ? r->letter : ' ', r->letter ? "," : " ", r->name,
		 r->arg ? " " : "", r->arg ? r->arg : "");
	option_put_help(h->out, left, TEXT_AT, r->help);
	if (r->more && h->all)
		r->more(h->out);
}

static void count(void *ctx, const struct option_row *r)
{
	struct help *h = ctx;

	(void)r;
	h->n++;
}

static void tell_usual(void *ctx, const struct option_row *r)
{
	struct help *h = ctx;

	if (h->all || (r->usual & h->groups)) {
		tell(h, r);
		h->told++;
	}
}

static void name_other(void *ctx, const struct option_row *r)
{
	struct help *h = ctx;
	char letter[] = { '-', r->letter, '/', 0 }, name[40];

	snprintf(name, sizeof name, "%s--%s", r->letter ? letter : "", r->name);
	if (!(r->usual & h->groups) && r->at != offsetof(struct options, help_all))
		h->column = option_put_word(h->out, name, strlen(name), 1, h->column, NAMES_AT);
}

bool options_help(FILE *out, uint64_t groups, bool all)
{
	struct help h = { .out = out, .groups = groups };

	options_each(groups, count, &h);
	h.all = all || h.n <= FEW;
	options_each(groups, tell_usual, &h);
	if (!h.all) {
		h.column = (size_t)fprintf(out, h.told ? "\n  also" : "  options:");
		options_each(groups, name_other, &h);
		fputc('\n', out);
	}
	return h.all;
}
