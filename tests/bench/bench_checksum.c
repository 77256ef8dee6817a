/* SPDX-License-Identifier: BSD-2-Clause */
/* The Internet checksum of 1500 bytes against libnet's. */
#include "measure.h"

#include <tcpcraft/checksum.h>

#include <libnet.h>
#include <stdalign.h>
#include <stdint.h>

#define BYTES 1500
#define CALLS 10000
#define ROUNDS 51

typedef uint16_t sum_fn(const void *bytes, size_t n);

/* Folded like ours; libnet's leaves that to libnet_do_checksum. */
static uint16_t libnets(const void *bytes, size_t n)
{
	int sum = libnet_in_cksum((uint16_t *)(uintptr_t)bytes, (int)n);

	return (uint16_t)LIBNET_CKSUM_CARRY(sum);
}

static uint16_t portable(const void *bytes, size_t n)
{
	return (uint16_t)~tc_checksum_sum_portable(bytes, n, 0);
}

static double rate(sum_fn *sum, uint8_t *bytes)
{
	tc_time began = bench_cpu_time();

	for (unsigned i = 0; i < CALLS; i++) {
		uint16_t s = sum(bytes, BYTES);

		bytes[i % BYTES] = (uint8_t)s;
		bench_use(bytes);
	}
	return CALLS * 1e3 / (double)(bench_cpu_time() - began);
}

static void compare(const char *what, sum_fn *ours, double target)
{
	alignas(64) static uint8_t bytes[BYTES];
	struct bench b = { .what = what, .theirs = "libnet_in_cksum", .unit = "M/s",
			   .target = target };

	for (unsigned i = 0; i < BYTES; i++)
		bytes[i] = (uint8_t)(i * 167 + 13);
	rate(ours, bytes);
	for (unsigned i = 0; i < ROUNDS; i++) {
		double r = rate(ours, bytes);

		bench_add(&b, r, rate(libnets, bytes));
	}
	bench_report(&b);
}

static bool have_avx2(void)
{
#if defined(__x86_64__)
	return __builtin_cpu_supports("avx2");
#else
	return false;
#endif
}

int main(void)
{
	if (have_avx2())
		compare("checksum of 1500 bytes, AVX2", tc_checksum, 5);
	compare("checksum of 1500 bytes, portable", portable, 3);
	return 0;
}
