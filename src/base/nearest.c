/* SPDX-License-Identifier: BSD-2-Clause */
#include "nearest.h"

#include <string.h>

#define LETTERS 63			/* of a longer name only so many count */
#define PART 3u				/* letters: a shorter part says nothing */
#define FAR_BEGINS 2u			/* as far as one slip and a half */
#define FAR_PART 3u
#define FAR_SLIPS 4u			/* two slips; more are further */

static unsigned plain(char out[LETTERS + 1], const char *text)
{
	unsigned n = 0;

	for (; *text && n < LETTERS; text++)
		if (*text >= 'A' && *text <= 'Z')
			out[n++] = (char)(*text - 'A' + 'a');
		else if (*text != '-' && *text != '_')
			out[n++] = *text;
	out[n] = 0;
	return n;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Letters too many, missing, wrong, and neighbours exchanged, each counted once. */
static unsigned slips(const char *a, unsigned na, const char *b, unsigned nb)
{
	unsigned rows[3][LETTERS + 2];
	unsigned *before = rows[0], *last = rows[1], *now = rows[2], *free_row;

	for (unsigned j = 0; j <= nb; j++)
		last[j] = j;
	for (unsigned i = 1; i <= na; i++) {
		now[0] = i;
		for (unsigned j = 1; j <= nb; j++) {
			now[j] = least(last[j - 1] + (a[i - 1] != b[j - 1]),
				       least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		free_row = before;
		before = last;
		last = now;
		now = free_row;
	}
	return last[nb];
}

/* How far; more than LETTERS: not near. */
static unsigned distance(const char *word, const char *name)
{
	char a[LETTERS + 1], b[LETTERS + 1];
	unsigned na = plain(a, word), nb = plain(b, name), n = slips(a, na, b, nb);

	if (na == 0 || nb == 0)
		return LETTERS + 1;
	if (n == 0 || (n == 1 && na > 1))
		return n;
	if (na > 1 && strncmp(b, a, na) == 0)
		return FAR_BEGINS;
	if ((na >= PART && strstr(b, a)) || (nb >= PART && strstr(a, b)))
		return FAR_PART;
	return n <= (na + 1) / PART ? FAR_SLIPS + n : LETTERS + 1;
}

void tc_nearest(struct tc_nearest *n, const char *name)
{
	unsigned far = distance(n->word, name);

	if (far > LETTERS || (n->name && far >= n->far))
		return;
	n->name = name;
	n->far = far;
}
