/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays that grow; see array.h. */
#include "array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool tc_array_grow(void *array, size_t n, size_t size)
{
	char *at;

	memcpy(&at, array, sizeof at);	/* whatever they are, their pointer is as any other */
	if ((n & (n - 1)) == 0) {
		at = n > SIZE_MAX / 2 / size ? NULL : realloc(at, (n ? 2 * n : 1) * size);
		if (!at)
			return false;
		memcpy(array, &at, sizeof at);
	}
	memset(at + n * size, 0, size);
	return true;
}

static int by_time(const void *a, const void *b)
{
	tc_time x = *(const tc_time *)a, y = *(const tc_time *)b;

	return (x > y) - (x < y);
}

void tc_times_sort(tc_time *times, size_t n)
{
	qsort(times, n, sizeof *times, by_time);
}
