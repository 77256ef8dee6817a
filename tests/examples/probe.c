/* SPDX-License-Identifier: BSD-2-Clause */
/* The experiments that there are: for each its name, its question and what the RFCs say.
 * One is carried out by tc_probe_run, with an open session. */
#include <tcpcraft/probe.h>

#include <stdio.h>

int main(void)
{
	const struct tc_experiment *const *all;
	size_t n;

	all = tc_experiments(&n);
	for (size_t i = 0; i < n; i++)
		printf("%s: %s\n\t%s\n", all[i]->name, all[i]->one_line, all[i]->clause);
	return 0;
}
