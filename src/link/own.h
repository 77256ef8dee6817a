/* SPDX-License-Identifier: BSD-2-Clause */
/* What a link is made of; shared by link.c and memory.c alone. */
#ifndef LINK_OWN_H
#define LINK_OWN_H

#include <tcpcraft/link.h>

struct tc_capture;
struct tc_inject_dev;
struct tc_memory;
struct tc_queue;

struct tc_link {
	struct tc_queue *rx;		/* NULL with busy_poll */
	struct tc_capture *capture;	/* NULL in memory */
	struct tc_inject_dev *inject;	/* NULL in memory */
	struct tc_memory *memory;	/* NULL on a real interface; shared by both ends */
	int wait_fd;			/* rx and the capture's ring; -1: rx alone */
	struct tc_queue *peer_rx;	/* in memory: where our frames go */
	bool ethernet;
	struct tc_vlan vlan;
	int dlt;
	uint64_t received;
	uint64_t sent;
	uint64_t send_errors;
};

int tc_memory_send(struct tc_link *l, struct tc_out *frames, size_t n,
		   struct tc_error *err);
void tc_memory_release(struct tc_memory *m);

#endif
