/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For programs under test: counts the edges they go through in AFL's shared map, if there is
 * one, so that `tcpcraft fuzz --spawn` learns which cases lead somewhere new. Built without
 * coverage itself, and linked to what is built with it:
 *
 *	clang -c edges.c
 *	clang -fsanitize-coverage=trace-pc-guard edges.o server.c	(GCC: =trace-pc)
 *
 * What AFL's own compilers build has the like of it already.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/shm.h>

static uint8_t *map;
static uint32_t size, guards;

__attribute__((constructor)) static void attach(void)
{
	const char *id = getenv("__AFL_SHM_ID"), *bytes = getenv("AFL_MAP_SIZE");
	void *at = id ? shmat(atoi(id), NULL, 0) : (void *)-1;

	size = bytes ? (uint32_t)atol(bytes) : 65536;
	if (at != (void *)-1 && size)
		map = at;
}

static void count(uint32_t edge)
{
	if (map && map[edge % size] < 255)
		map[edge % size]++;
}

/* Clang: a guard for each edge; 0 is none. */
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);
void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop)
{
	while (start < stop && !*start)
		*start++ = ++guards;
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
	if (*guard)
		count(*guard);
}

/* GCC: the place that was reached, by its distance from here: that is the same each time, but
 * in shared libraries, which are elsewhere each time: build them without coverage. */
void __sanitizer_cov_trace_pc(void)
{
	count((uint32_t)((uintptr_t)__builtin_return_address(0) -
			 (uintptr_t)__sanitizer_cov_trace_pc));
}
