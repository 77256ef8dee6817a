/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs all suites, or those named as arguments; one line a test in the form that
 * tests/run counts ("ok - suite: name"); exit 1 when one failed. */
#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>

#include <stdio.h>
#include <string.h>

#define SUITE(x) extern CU_TestInfo tests_##x[];
#include "suites.h"
#undef SUITE

static CU_SuiteInfo suites[] = {
#define SUITE(x) { #x, NULL, NULL, NULL, NULL, tests_##x },
#include "suites.h"
#undef SUITE
	CU_SUITE_INFO_NULL
};

static void on_complete(const CU_pTest test, const CU_pSuite suite,
			const CU_pFailureRecord failure)
{
	const CU_FailureRecord *f;

	printf("%s - %s: %s\n", failure ? "not ok" : "ok", suite->pName, test->pName);
	for (f = failure; f; f = f->pNext)
		printf("#   %s:%u %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
	fflush(stdout);
}

static int wanted(const char *name, int argc, char **argv)
{
	if (argc < 2)
		return 1;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	unsigned failed;

	if (CU_initialize_registry() != CUE_SUCCESS ||
	    CU_register_suites(suites) != CUE_SUCCESS) {
		fprintf(stderr, "unit: %s\n", CU_get_error_msg());
		return 2;
	}
	CU_set_test_complete_handler(on_complete);
	for (CU_pSuite s = CU_get_registry()->pSuite; s; s = s->pNext)
		CU_set_suite_active(s, wanted(s->pName, argc, argv) ? CU_TRUE : CU_FALSE);
	CU_set_fail_on_inactive(CU_FALSE);
	CU_run_all_tests();
	failed = CU_get_number_of_tests_failed();
	CU_cleanup_registry();
	return failed != 0;
}
