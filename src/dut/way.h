/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way to a machine under test that speaks the protocol: udp:HOST:PORT, tcp:HOST:PORT,
 * tty:PATH[,BAUD], exec:COMMAND, whose standard input and output it is, or own: our own TCP, in a
 * process of its own.
 */
#ifndef DUT_WAY_H
#define DUT_WAY_H

#include "lines.h"
#include "ours.h"

#include <sys/types.h>

enum tc_way_kind { TC_WAY_KERNEL, TC_WAY_UDP, TC_WAY_TCP, TC_WAY_TTY, TC_WAY_EXEC, TC_WAY_OURS };

struct tc_way {
	enum tc_way_kind kind;
	const char *text;		/* as it was said, borrowed */
	const char *rest;		/* … behind "udp:" */
	struct tc_ours_place place;	/* of TC_WAY_OURS, where tc_way_open is called */
	/* In the process that makes calls by lines, which starts threads yet: the way is open, and
	 * nothing was read. NULL: nothing is to be done. */
	int (*opened)(void *ctx, struct tc_error *err);
	void *opened_ctx;
};

/* "local" is this machine's kernel (syscalls/local.h), which speaks no protocol. -EINVAL says
 * what there is. */
int tc_way_parse(struct tc_way *w, const char *text, struct tc_error *err);

/* Both ends are in networks of our own. */
bool tc_way_has_no_host(const struct tc_way *w);

/* Open one that is not local; a process there is *pid (else 0), and ends with the calling thread.
 * Where it fails there is nothing to close, and tc_way_close does nothing.
 * -TC_ERR_HAND_GONE: nobody is there; -EINVAL: no such host, port, speed; others of this
 * machine. */
int tc_way_open(const struct tc_way *w, struct tc_lines *l, pid_t *pid, struct tc_error *err);

/* What was opened; a process has a second to end, and what it has started ends with it. */
void tc_way_close(struct tc_lines *l, pid_t pid);

#endif
