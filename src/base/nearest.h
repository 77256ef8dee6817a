/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What somebody meant by a name that is not in a table: the nearest one that is. Case, '-'
 * and '_' do not count. Pure, thread-safe, no allocation.
 *
 *	struct tc_nearest near = { .word = text };
 *
 *	for (each row of the table)
 *		tc_nearest(&near, row->name);
 *	if (near.name)		"did you mean '%s'?"
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

struct tc_nearest {
	const char *word;		/* what was written; the caller sets it, and only it */
	const char *name;		/* the nearest so far, or NULL: none is near */
	unsigned far;			/* how far that is */
};

/*
 * Look at one name of the table, which must outlive *n. Near are, in this order: the same
 * but for what does not count; one slip (a letter too many, missing, wrong, or two
 * exchanged); a name that the word begins; one that it is a part of or that is a part of it
 * (three letters and more); a slip for every three letters of the word. The first of
 * several that are equally near stays.
 */
void tc_nearest(struct tc_nearest *n, const char *name);

#endif
