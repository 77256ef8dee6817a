/* SPDX-License-Identifier: BSD-2-Clause */
/* How many words are asked at once. */
#include "own.h"

#include <string.h>

#define OURS 8			/* one process makes all calls of our own TCP, and answers */

/* Each word has a socket, and of our own TCP one listens at a time. */
unsigned study_most(const struct study *g)
{
	const struct options *o = g->o;

	if (options_our_tcp(o) && memchr(g->inputs, TC_INPUT_LISTEN, g->n_inputs))
		return 1;
	if (o->script.dut && (options_our_tcp(o) || !options_no_host(o)))
		return TC_DUT_SOCKETS;
	return TC_ORACLE_PARALLEL_MOST;
}

/* A machine that speaks the protocol of --dut has one request at a time, and may have few
 * sockets. */
unsigned study_at_once(const struct study *g)
{
	const struct options *o = g->o;
	unsigned usual = !o->script.dut || (options_no_host(o) && !options_our_tcp(o)) ?
			 TC_ORACLE_PARALLEL : options_our_tcp(o) ? OURS : 1;
	unsigned most = study_most(g);

	if (o->fuzz.parallel)
		return o->fuzz.parallel;
	return usual < most ? usual : most;
}
