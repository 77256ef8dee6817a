/* SPDX-License-Identifier: BSD-2-Clause */
/* "No answer" that is not the peer's fault. What tells: our own segments as the capture
 * saw them, and the guard's counter, which has answers that the capture did not see. */
#include "live.h"

#include "base/addr.h"

#include <errno.h>

/* A nat rule of this host's OUTPUT chain, which stands before the guard's. */
static int diverted(struct live *l, const struct tc_path *path)
{
	const struct tc_flow *d = &l->sum.diverted;

	return tc_fail(&l->astray, -ENOTCONN, "a nat rule of this host (OUTPUT) sends what is "
		       "for %s to %s port %u, and the guard stands behind it: "
		       "name that address and port", TC_HOST(&path->dst),
		       TC_HOST(&d->remote_addr), d->remote_port);
}

static int unseen(struct live *l, const struct tc_path *path)
{
	return tc_fail(&l->astray, -ENOTCONN, "none of our %llu segments was seen on %s, where "
		       "the route to %s leads: a rule of this host sends them elsewhere "
		       "(nat OUTPUT, as for a port that a container publishes): name the address "
		       "and port behind it (iptables -t nat -S, nft list ruleset)",
		       (unsigned long long)l->sum.segments_sent, path->ifname,
		       TC_HOST(&path->dst));
}

static uint64_t to_reset(const struct tc_session_summary *sum)
{
	return sum->resets_blocked + sum->segments_hidden;
}

/* The kernel was about to reset it, so it came: by another way. */
static int unheard(struct live *l, const struct tc_path *path)
{
	return tc_fail(&l->astray, -ENOTCONN, "answers came in, not on %s where the route out "
		       "leads, but on another interface: -i any captures on all of them "
		       "(the kernel had %llu to reset)", path->ifname,
		       (unsigned long long)to_reset(&l->sum));
}

bool live_astray(struct live *l)
{
	const struct tc_session_summary *sum = &l->sum;
	bool counts_answers = sum->guard == TC_GUARD_RST || sum->guard == TC_GUARD_NFT ||
			      sum->guard == TC_GUARD_SHIELD;

	if (l->o->listen || sum->segments_sent == 0)
		return false;
	if (sum->diverted.remote_port)
		return diverted(l, &l->path) < 0;
	if (sum->segments_received)
		return false;
	if (sum->own_seen == 0 && !l->mutate && !l->stepping)	/* else its SYN may be none */
		return unseen(l, &l->path) < 0;
	return counts_answers && to_reset(sum) && unheard(l, &l->path) < 0;
}

bool live_put_verdict(const struct live *l, struct tc_buf *out, enum tc_verdict v,
		      const struct tc_conn_info *info, const struct tc_buf *reply)
{
	tc_buf_printf(out, "%s: ", tc_verdict_name(v));
	if (l->astray.code)
		tc_buf_text(out, l->astray.msg);
	else
		tc_verdict_sentence(out, v, info, reply->data, reply->len, l->o->timeout,
				    l->path.local ? &l->backlog : NULL);
	return !l->astray.code;
}
