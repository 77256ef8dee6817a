/* SPDX-License-Identifier: BSD-2-Clause */
#include "iss.h"

#include <stdio.h>
#include <string.h>

#include <tcpcraft/rng.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define TICK (4 * TC_US)	/* RFC 9293 3.4.1: roughly every 4 microseconds */

struct sip {
	uint64_t v[4];
};

static uint64_t rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

static void rounds(struct sip *s, int n)
{
	uint64_t *v = s->v;

	while (n--) {
		v[0] += v[1];
		v[1] = rotl(v[1], 13) ^ v[0];
		v[0] = rotl(v[0], 32);
		v[2] += v[3];
		v[3] = rotl(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotl(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotl(v[1], 17) ^ v[2];
		v[2] = rotl(v[2], 32);
	}
}

static void take(struct sip *s, uint64_t word)
{
	s->v[3] ^= word;
	rounds(s, 2);
	s->v[0] ^= word;
}

/* n bytes, at most 8, the first one lowest */
static uint64_t load(const uint8_t *p, size_t n)
{
	uint64_t x = 0;

	while (n--)
		x = x << 8 | p[n];
	return x;
}

uint64_t tc_siphash(const struct tc_iss_key *key, const uint8_t *bytes, size_t n)
{
	const uint64_t *k = key->k;
	struct sip s = { { k[0] ^ 0x736f6d6570736575u, k[1] ^ 0x646f72616e646f6du,
			   k[0] ^ 0x6c7967656e657261u, k[1] ^ 0x7465646279746573u } };
	size_t left = n;

	for (; left >= 8; bytes += 8, left -= 8)
		take(&s, load(bytes, 8));
	take(&s, (uint64_t)n << 56 | load(bytes, left));
	s.v[2] ^= 0xff;
	rounds(&s, 4);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}

struct tc_iss_key tc_iss_key(void)
{
	struct tc_iss_key key = { { tc_rng_kernel_u64(), tc_rng_kernel_u64() } };
	char text[40] = "";
	unsigned part[5];
	unsigned long tail;
	FILE *f = fopen(BOOT_ID, "re");

	if (!f)
		return key;
	/* 8-4-4-4-12 hexadecimal digits */
	if (fgets(text, sizeof text, f) &&
	    sscanf(text, "%8x-%4x-%4x-%4x-%4x%8lx", &part[0], &part[1], &part[2], &part[3],
		   &part[4], &tail) == 6) {
		key.k[0] = (uint64_t)part[0] << 32 | (uint64_t)part[1] << 16 | part[2];
		key.k[1] = (uint64_t)part[3] << 48 | (uint64_t)part[4] << 32 | tail;
	}
	fclose(f);
	return key;
}

tc_seq tc_iss(const struct tc_iss_key *key, const struct tc_flow *flow, tc_time now)
{
	const size_t n = flow->local_addr.family == 6 ? 16 : 4;
	uint8_t tuple[2 * 16 + 4];

	memcpy(tuple, flow->local_addr.bytes, n);
	memcpy(tuple + n, flow->remote_addr.bytes, n);
	memcpy(tuple + 2 * n, &flow->local_port, 2);
	memcpy(tuple + 2 * n + 2, &flow->remote_port, 2);
	return (tc_seq)((uint64_t)(now / TICK) + tc_siphash(key, tuple, 2 * n + 4));
}
