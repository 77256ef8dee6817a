/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include "wire/flow.h"

static const struct tc_flow ours = {
	{ .family = 4, .bytes = { 10, 0, 0, 1 } }, { .family = 4, .bytes = { 10, 0, 0, 2 } },
	40000, 80,
};

static void each_member_tells_flows_apart(void)
{
	struct tc_flow f = ours;

	CHECK(tc_flow_same(&f, &ours) && tc_flow_hash(&f) == tc_flow_hash(&ours));
	for (unsigned i = 0; i < sizeof f; i++) {	/* families, scopes, all of 16 bytes */
		((uint8_t *)&f)[i]++;
		CHECK(!tc_flow_same(&f, &ours) && tc_flow_hash(&f) != tc_flow_hash(&ours));
		f = ours;
	}
	f.remote_addr.bytes[3]++;
	CHECK(!tc_flow_same(&f, &ours) && tc_flow_hash(&f) != tc_flow_hash(&ours));
	f = ours;
	f.local_port++;
	CHECK(!tc_flow_same(&f, &ours) && tc_flow_hash(&f) != tc_flow_hash(&ours));
	f = ours;
	f.remote_port++;
	CHECK(!tc_flow_same(&f, &ours) && tc_flow_hash(&f) != tc_flow_hash(&ours));
}

/* 1024 ports in as many slots by the low bits: at random 63 % are taken; a block must not
 * fall into a few. */
static void a_block_of_ports_spreads(void)
{
	bool taken[1024] = { false };
	struct tc_flow f = ours;
	unsigned n = 0;

	for (unsigned i = 0; i < 1024; i++) {
		f.local_port = (uint16_t)(40000 + i);
		n += !taken[tc_flow_hash(&f) & 1023];
		taken[tc_flow_hash(&f) & 1023] = true;
	}
	CHECK(n > 500);
}

static void directions(void)
{
	struct tc_rx rx = { .src = ours.remote_addr, .dst = ours.local_addr, .sport = 80,
			    .dport = 40000 };
	struct tc_flow in = tc_flow_in(&rx), out = tc_flow_out(&rx), back;

	CHECK(tc_flow_same(&in, &ours));
	CHECK(tc_addr_equal(&out.local_addr, &rx.src) && out.local_port == 80);
	CHECK(tc_addr_equal(&out.remote_addr, &rx.dst) && out.remote_port == 40000);
	back = tc_flow_back(&out);
	CHECK(tc_flow_same(&back, &ours));
}

CU_TestInfo tests_flow[] = {
	{ "each member tells flows apart", each_member_tells_flows_apart },
	{ "a block of ports spreads over a table", a_block_of_ports_spreads },
	{ "in, out and back", directions },
	CU_TEST_INFO_NULL,
};
