/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct tc_addr) == 24 &&
	      sizeof(struct tc_flow) == 2 * sizeof(struct tc_addr) + 4, "words, no padding");

uint32_t tc_flow_hash(const struct tc_flow *f)
{
	uint64_t local[3], remote[3], x;

	memcpy(local, &f->local_addr, sizeof local);
	memcpy(remote, &f->remote_addr, sizeof remote);
	x = local[0] + local[1] * 0x9e3779b97f4a7c15u + local[2] * 0xbf58476d1ce4e5b9u +
	    remote[0] * 0x94d049bb133111ebu + remote[1] * 0xff51afd7ed558ccdu +
	    remote[2] * 0xc4ceb9fe1a85ec53u +
	    ((uint64_t)f->remote_port << 16 | f->local_port) * 0xd1342543de82ef95u;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	return (uint32_t)(x >> 32);
}

bool tc_flow_same(const struct tc_flow *a, const struct tc_flow *b)
{
	return memcmp(a, b, sizeof *a) == 0;
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
