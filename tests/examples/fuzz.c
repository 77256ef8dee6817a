/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cases of a campaign, without sending any: a space of fields, segments and strategies,
 * and the rules that its first cases consist of. The same seed gives the same cases; each
 * rule can be given to tc_mutate_open or to `tcpcraft prot --mutate`.
 */
#include <tcpcraft/error.h>
#include <tcpcraft/fuzz.h>

#include <stdio.h>

int main(void)
{
	struct tc_fuzz_space_config cfg = {
		.fields = "tcp.window_size_value,ip.ttl", .segments = "syn,data",
		.strategies = "boundary,flip", .seed = 1, .payload_len = 16,
	};
	struct tc_fuzz_space *space = NULL;
	struct tc_error err = { 0 };
	struct tc_fuzz_case c;

	if (tc_fuzz_space_open(&space, &cfg, &err) < 0) {
		fprintf(stderr, "fuzz: %s\n", err.msg);
		return 1;
	}
	printf("%llu cases\n", (unsigned long long)tc_fuzz_space_listed(space));
	for (uint64_t n = 0; n < 5; n++) {
		tc_fuzz_space_case(space, n, &c);
		printf("%s, %s:", c.strategy, c.value_class);
		for (unsigned i = 0; i < c.n_rules; i++)
			printf(" '%s'", c.rule[i]);
		printf("\n");
	}
	tc_fuzz_space_close(space);
	return 0;
}
