/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include "base/array.h"

#include <stdlib.h>

#define MANY 1025		/* behind the eleventh power of two */

struct item {
	uint32_t number;
	char rest[20];
};

static const struct item zeros;

/* Till there are that many, each with its number. */
static struct item *fill(struct item *items, size_t *n, size_t many)
{
	while (*n < many) {
		struct item *new = TC_ARRAY_ADD(items, *n);

		CHECK(new != NULL);
		if (!new)
			break;
		CHECK(new == &items[*n - 1]);
		CHECK_MEM(new, &zeros, sizeof zeros);
		memset(new, 0xff, sizeof *new);		/* what may not be seen again */
		new->number = (uint32_t)*n;
	}
	return items;
}

static void check_numbers(const struct item *items, size_t n)
{
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++)
		wrong += items[i].number != i + 1;
	CHECK_U64(wrong, 0);
}

static void it_grows_and_keeps_what_is_there(void)
{
	size_t n = 0;
	struct item *items = fill(NULL, &n, MANY);

	CHECK_U64(n, MANY);
	check_numbers(items, n);
	free(items);
}

static void set_back_it_grows_again(void)
{
	static const size_t back[] = { 1024, 1023, 513, 512, 5, 1, 0 };
	size_t n = 0;
	struct item *items = fill(NULL, &n, MANY);

	for (size_t i = 0; i < sizeof back / sizeof *back; i++) {
		n = back[i];
		items = fill(items, &n, MANY);
		CHECK_U64(n, MANY);
		check_numbers(items, n);
	}
	free(items);
}

static void without_memory_all_is_as_it_was(void)
{
	size_t n = 0, most = SIZE_MAX / 2 + 1;
	struct item *items = fill(NULL, &n, 1), *was = items;

	CHECK(TC_ARRAY_ADD(items, most) == NULL);
	CHECK(items == was);
	CHECK_U64(most, SIZE_MAX / 2 + 1);
	/* 2 * n items are one byte too many for a size_t, or they are 0 */
	CHECK(!tc_array_grow(&items, SIZE_MAX / 16 + 1, 8));
	CHECK(!tc_array_grow(&items, most, 1));
	CHECK(items == was);
	check_numbers(items, n);
	free(items);
}

CU_TestInfo tests_array[] = {
	{ "it grows by zeros, and keeps what is there", it_grows_and_keeps_what_is_there },
	{ "set back it grows again", set_back_it_grows_again },
	{ "without memory all is as it was", without_memory_all_is_as_it_was },
	CU_TEST_INFO_NULL
};
