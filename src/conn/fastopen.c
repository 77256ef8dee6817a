/* SPDX-License-Identifier: BSD-2-Clause */
/* Cookies of Fast Open (RFC 7413 4.1): the peer's, kept for the run, and those that we give. */
#include "own.h"

#include <string.h>

#include <tcpcraft/bits.h>

#define COOKIE_BYTES 8u

void tc_fastopen_begin(struct tc_stack *s)
{
	s->fastopen.kept = s->ip.cookie;
	s->fastopen.key = (struct tc_iss_key){ { tc_rng_kernel_u64(), tc_rng_kernel_u64() } };
}

void tc_fastopen_open(const struct tc_stack *s, struct tc_event *open)
{
	if (!s->ip.fastopen || s->fastopen.failed)
		return;
	open->cookie = &s->fastopen.kept;
	open->open.peer_mss = s->fastopen.peer_mss;
}

void tc_fastopen_keep(struct tc_stack *s, const struct tc_action *a)
{
	s->fastopen.kept = a->fastopen.cookie;
	s->fastopen.peer_mss = a->fastopen.peer_mss;
	s->fastopen.failed = !a->fastopen.cookie.n;
}

/* 4.1.2: a keyed function of the client's address, so that nothing has to be remembered. */
static void cookie_of(const struct tc_stack *s, const struct tc_addr *client,
		      struct tc_cookie *out)
{
	uint64_t sum = tc_siphash(&s->fastopen.key, client->bytes, sizeof client->bytes);

	*out = (struct tc_cookie){ .n = COOKIE_BYTES };
	tc_put32(out->bytes, (uint32_t)(sum >> 32));
	tc_put32(out->bytes + 4, (uint32_t)sum);
}

void tc_fastopen_syn(const struct tc_stack *s, const struct tc_rx *rx, struct tc_cookie *right,
		     struct tc_event *ev)
{
	const struct tc_cookie *brought = &rx->seg.opts.cookie;

	if (!s->ip.fastopen || !(rx->seg.opts.present & TC_HAS_FASTOPEN))
		return;
	cookie_of(s, &rx->src, right);
	ev->cookie_right = brought->n == right->n &&
			   memcmp(brought->bytes, right->bytes, right->n) == 0;
	if (!ev->cookie_right)
		ev->cookie = right;
}
