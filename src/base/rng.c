/* SPDX-License-Identifier: BSD-2-Clause */
#include <tcpcraft/rng.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static uint64_t splitmix64(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void tc_rng_seed(struct tc_rng *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		r->s[i] = splitmix64(&seed);
}

static uint64_t rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

uint64_t tc_rng_u64(struct tc_rng *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t tc_rng_below(struct tc_rng *r, uint64_t n)
{
	uint64_t low = -n % n;	/* reject the uneven end: 2^64 mod n values */
	uint64_t x;

	do {
		x = tc_rng_u64(r);
	} while (x < low);
	return x % n;
}

void tc_rng_bytes(struct tc_rng *r, void *out, size_t n)
{
	uint8_t *p = out;
	uint64_t x;
	size_t k;

	for (; n; p += k, n -= k) {
		x = tc_rng_u64(r);
		k = n < sizeof x ? n : sizeof x;
		for (size_t i = 0; i < k; i++)	/* little-endian on every machine */
			p[i] = (uint8_t)(x >> (8 * i));
	}
}

uint64_t tc_rng_kernel_u64(void)
{
	uint64_t x;
	ssize_t n;

	do {
		n = getrandom(&x, sizeof x, 0);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof x)
		abort();	/* getrandom(2) of 8 bytes cannot fail otherwise */
	return x;
}
