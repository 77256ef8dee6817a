/* SPDX-License-Identifier: BSD-2-Clause */
/* Small sorted sets of sequence ranges: what is kept beyond a hole, what the peer says it
 * has. */
#include "own.h"

void tc_ranges_remove(struct tc_range *r, uint8_t *n, unsigned at, unsigned count)
{
	for (unsigned i = at; i + count < *n; i++)
		r[i] = r[i + count];
	*n = (uint8_t)(*n - count);
}

bool tc_ranges_insert(struct tc_range *r, uint8_t *n, unsigned max, struct tc_range add)
{
	unsigned at = 0, end;

	while (at < *n && tc_seq_lt(r[at].right, add.left))
		at++;
	for (end = at; end < *n && tc_seq_leq(r[end].left, add.right); end++) {
		add.left = tc_seq_min(add.left, r[end].left);
		add.right = tc_seq_max(add.right, r[end].right);
	}
	if (end > at) {
		tc_ranges_remove(r, n, at, end - at - 1);
	} else if (*n < max) {
		for (unsigned i = (*n)++; i > at; i--)
			r[i] = r[i - 1];
	} else {
		return false;
	}
	r[at] = add;
	return true;
}
