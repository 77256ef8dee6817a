/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays that grow by one: a pointer and a count of any type, which the owner frees. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <tcpcraft/clock.h>

#include <stdbool.h>
#include <stddef.h>

/* Room for one more behind n items of `size` bytes, which is zeros, in the array that *array, a
 * pointer to them, is. There is room for a power of two of them: nobody else may have made it
 * smaller. false: there is no memory, and all is as it was. */
bool tc_array_grow(void *array, size_t n, size_t size);

/* The new last item, and n is one more; NULL: there is no memory. Each argument is named more than
 * once: none may do anything. */
#define TC_ARRAY_ADD(array, n) \
	(tc_array_grow(&(array), n, sizeof *(array)) ? &(array)[(n)++] : NULL)

/* The least first. */
void tc_times_sort(tc_time *times, size_t n);

#endif
