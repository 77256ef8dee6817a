/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow.h"

uint32_t tc_flow_hash(const struct tc_flow *f)
{
	uint64_t x = (uint64_t)f->remote_addr << 32 | f->local_addr;

	x ^= (uint64_t)f->remote_port << 48 | (uint64_t)f->local_port << 16;
	x *= 0x9e3779b97f4a7c15u;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	return (uint32_t)(x >> 32);
}

bool tc_flow_same(const struct tc_flow *a, const struct tc_flow *b)
{
	return a->local_port == b->local_port && a->remote_port == b->remote_port &&
	       a->local_addr == b->local_addr && a->remote_addr == b->remote_addr;
}

struct tc_flow tc_flow_back(const struct tc_flow *f)
{
	return (struct tc_flow){ .local_addr = f->remote_addr, .remote_addr = f->local_addr,
				 .local_port = f->remote_port, .remote_port = f->local_port };
}

struct tc_flow tc_flow_in(const struct tc_rx *rx)
{
	return (struct tc_flow){ .local_addr = rx->dst, .remote_addr = rx->src,
				 .local_port = rx->dport, .remote_port = rx->sport };
}

struct tc_flow tc_flow_out(const struct tc_rx *rx)
{
	return (struct tc_flow){ .local_addr = rx->src, .remote_addr = rx->dst,
				 .local_port = rx->sport, .remote_port = rx->dport };
}
