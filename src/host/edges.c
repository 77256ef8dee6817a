/* SPDX-License-Identifier: BSD-2-Clause */
/* AFL's shared map; see edges.h. */
#include "edges.h"

#include "base/opened.h"

#include <tcpcraft/error.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#define MAP_BYTES (256u << 10)		/* AFL's usual 64 KiB, and more for larger programs */
#define WORD sizeof(uint64_t)

struct tc_edges {
	int id;
	const volatile uint8_t *map;	/* the program writes it meanwhile */
	bool seen[MAP_BYTES];
	unsigned all;
};

int tc_edges_open(struct tc_edges **out, struct tc_error *err)
{
	struct tc_edges *c = calloc(1, sizeof *c);
	void *at = (void *)-1;
	int rc = 0;

	if (!c)
		return tc_nomem(err);
	c->id = shmget(IPC_PRIVATE, MAP_BYTES, IPC_CREAT | 0600);
	if (c->id >= 0)
		at = shmat(c->id, NULL, SHM_RDONLY);
	if (at == (void *)-1)
		rc = tc_fail_errno(err, "cannot share memory with what is spawned");
	else
		c->map = at;
	/* Linux lets others attach until the last one has gone (shmctl(2)) */
	if (c->id >= 0)
		shmctl(c->id, IPC_RMID, NULL);
	return TC_OPENED(out, c, rc, tc_edges_close);
}

void tc_edges_close(struct tc_edges *c)
{
	if (!c)
		return;
	if (c->map)
		shmdt((const void *)(uintptr_t)c->map);
	free(c);
}

char *tc_edges_command(const struct tc_edges *c, const char *command)
{
	char *text;

	if (asprintf(&text, "export __AFL_SHM_ID=%d AFL_MAP_SIZE=%u\n%s", c->id, MAP_BYTES,
		     command) < 0)
		return NULL;
	return text;
}

unsigned tc_edges_new(struct tc_edges *c, unsigned *all)
{
	const volatile uint64_t *words = (const volatile void *)c->map;
	unsigned n = 0;

	for (size_t w = 0; w < MAP_BYTES / WORD; w++) {
		if (!words[w])
			continue;
		for (size_t i = w * WORD; i < (w + 1) * WORD; i++)
			if (c->map[i] && !c->seen[i]) {
				c->seen[i] = true;
				n++;
			}
	}
	c->all += n;
	*all = c->all;
	return n;
}
