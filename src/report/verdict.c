/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts: from the numbers of a connection to a word and a sentence. */
#include "wire/icmp.h"
#include "base/name.h"
#include "base/addr.h"
#include "base/text.h"

#include <tcpcraft/verdict.h>

#include <tcpcraft/backlog.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/tcpopt.h>

#include <inttypes.h>

#define SHOWN 64u		/* bytes of a reply in a sentence */

const char *tc_verdict_name(enum tc_verdict v)
{
	static const char *const names[TC_VERDICTS] = {
		[TC_VERDICT_NONE] = "none",
		[TC_VERDICT_REPLY] = "reply",
		[TC_VERDICT_REFUSED] = "refused",
		[TC_VERDICT_NO_ANSWER] = "no-answer",
		[TC_VERDICT_UNREACHABLE] = "unreachable",
		[TC_VERDICT_UNACKED] = "unacked",
		[TC_VERDICT_SILENT] = "silent",
		[TC_VERDICT_CLOSED] = "closed",
		[TC_VERDICT_RESET] = "reset",
		[TC_VERDICT_BAD_REPLY] = "bad-reply",
		[TC_VERDICT_INTERRUPTED] = "interrupted",
	};

	return TC_NAME(names, v);
}

enum tc_verdict tc_verdict_of(const struct tc_conn_info *info, bool replied)
{
	bool connected = info->furthest >= TC_ST_ESTABLISHED;

	switch (info->end) {
	case TC_END_NONE:
		return TC_VERDICT_NONE;
	case TC_END_REFUSED:
		return TC_VERDICT_REFUSED;
	case TC_END_RESET:
		return TC_VERDICT_RESET;
	case TC_END_UNREACHABLE:
		return TC_VERDICT_UNREACHABLE;
	case TC_END_TIMED_OUT:
	case TC_END_ABORTED:
		if (!connected)
			return !tc_addr_is_none(&info->icmp_from) ? TC_VERDICT_UNREACHABLE : TC_VERDICT_NO_ANSWER;
		if (info->bytes_acked < info->bytes_sent)
			return TC_VERDICT_UNACKED;
		return replied ? TC_VERDICT_BAD_REPLY : TC_VERDICT_SILENT;
	case TC_END_CLOSED:
		return replied ? TC_VERDICT_BAD_REPLY : TC_VERDICT_CLOSED;
	}
	return TC_VERDICT_NONE;
}

const char *tc_closed_by(const struct tc_conn_info *info)
{
	if (info->end == TC_END_RESET || info->end == TC_END_REFUSED || info->peer_fin_first)
		return "peer";
	if (info->our_fin || info->end == TC_END_ABORTED)
		return "us";
	return "none";
}

struct about {
	const struct tc_conn_info *info;
	const uint8_t *reply;
	size_t n;			/* of it that were kept: maybe only some */
	tc_time timeout;
	const struct tc_backlog *ours;
};

/* How many bytes came, and the beginning of them. */
static void say_reply(struct tc_buf *out, const struct about *a)
{
	uint64_t came = a->info->bytes_received, all = came > a->n ? came : a->n;

	tc_buf_printf(out, "%" PRIu64 " byte%s: ", all, all == 1 ? "" : "s");
	tc_text_print(out, a->reply, a->n < SHOWN ? a->n : SHOWN, SHOWN);
	if (all > SHOWN)
		tc_buf_printf(out, "... (%" PRIu64 " bytes)", all);
}

static void say_unreachable(struct tc_buf *out, const struct about *a)
{
	const struct tc_conn_info *info = a->info;

	tc_buf_text(out, TC_HOST(&info->icmp_from));
	tc_buf_text(out, " says by ICMP: ");
	tc_icmp_put(out, info->icmp_from.family, info->icmp_type, info->icmp_code);
}

/* For how long: the caller's time-out, unless the machine's own user time-out or number of SYNs
 * ended it before. (The user time-out of a SYN is the caller's.) */
static void say_waited(struct tc_buf *out, const struct about *a)
{
	const struct tc_conn_info *info = a->info;

	if (info->end == TC_END_TIMED_OUT &&
	    (info->furthest >= TC_ST_ESTABLISHED || info->syns_over))
		tc_buf_text(out, " before our own TCP gave up");
	else
		tc_buf_printf(out, " in %g s", (double)a->timeout / (double)TC_S);
}

/* A listener whose queue is full drops SYNs as a firewall does (tcp(7), tcp_abort_on_overflow).
 * This host is not down, and says what is in its queue. */
void tc_verdict_silence(struct tc_buf *out, const struct tc_backlog *ours)
{
	if (!ours)
		tc_buf_text(out, "the host is down, a firewall drops it, or its port's queue of "
			    "connections is full");
	else if (!ours->known)
		tc_buf_text(out, "a firewall drops it, or its port's queue of connections is full");
	else if (!ours->sockets)
		tc_buf_text(out, "nothing of this host's kernel listens there: a firewall drops it, "
			    "or the kernel's reset");
	else if (tc_backlog_is_full(ours))
		tc_buf_printf(out, "its port's queue of connections is full (%u wait%s to be "
			      "accepted, the limit of listen(2) is %u)", ours->waiting,
			      ours->waiting == 1 ? "s" : "", ours->most);
	else
		tc_buf_text(out, "a server listens there and its queue of connections has room: a "
			    "firewall drops it, or the server takes only what is signed with its key");
}

/* "…, or it has not the key": not where the kernel has told enough. */
static void say_key(struct tc_buf *out, const struct about *a)
{
	if (!a->info->signed_by || (a->ours && a->ours->sockets))
		return;
	tc_buf_printf(out, ", or it has not the key of %s",
		      a->info->signed_by == TC_OPT_MD5 ? "--md5" : "--ao");
}

static void say_no_answer(struct tc_buf *out, const struct about *a)
{
	const struct tc_conn_info *info = a->info;

	if (info->furthest == TC_ST_SYN_RECEIVED)
		tc_buf_text(out, "the peer sent a SYN of its own, but did not acknowledge ours");
	else
		tc_buf_printf(out, "no %sanswer to our SYN",
			      info->segments_received ? "acceptable " : "");
	say_waited(out, a);
	if (info->furthest == TC_ST_SYN_RECEIVED)
		return;
	if (info->segments_received) {
		tc_buf_printf(out, ": %u segment%s came, none that acknowledges it (-v tells "
			      "why)", info->segments_received,
			      info->segments_received > 1 ? "s" : "");
		return;
	}
	tc_buf_printf(out, " (sent %u time%s): ", info->segments_sent,
		      info->segments_sent == 1 ? "" : "s");
	tc_verdict_silence(out, a->ours);
	say_key(out, a);
}

static void say_acked(struct tc_buf *out, const struct tc_conn_info *info)
{
	if (info->bytes_sent == 0)
		tc_buf_printf(out, "connected, nothing was sent");
	else if (info->bytes_acked == 0)
		tc_buf_printf(out, "connected, but the peer's TCP acknowledged none of our %"
			      PRIu64 " byte%s", info->bytes_sent,
			      info->bytes_sent > 1 ? "s" : "");
	else if (info->bytes_acked < info->bytes_sent)
		tc_buf_printf(out, "the peer's TCP acknowledged %" PRIu64 " of our %" PRIu64
			      " bytes", info->bytes_acked, info->bytes_sent);
	else
		tc_buf_printf(out, "the peer's TCP acknowledged %s%" PRIu64 " byte%s",
			      info->bytes_sent > 1 ? "all " : "", info->bytes_sent,
			      info->bytes_sent > 1 ? "s" : "");
}

static void say_unacked(struct tc_buf *out, const struct about *a)
{
	say_acked(out, a->info);
	say_waited(out, a);
	tc_buf_text(out, a->info->peer_window ? "" : "; its window is shut");
}

static void say_silent(struct tc_buf *out, const struct about *a)
{
	const unsigned beyond = a->info->beyond_hole;

	say_acked(out, a->info);
	tc_buf_text(out, ", but no reply came");
	say_waited(out, a);
	if (beyond)
		tc_buf_printf(out, " in order: %u byte%s came beyond a hole that was never "
			      "filled", beyond, beyond > 1 ? "s" : "");
}

static void say_closed(struct tc_buf *out, const struct about *a)
{
	say_acked(out, a->info);
	tc_buf_printf(out, ", then closed (FIN) without a word");
}

static void say_reset(struct tc_buf *out, const struct about *a)
{
	say_acked(out, a->info);
	if (a->info->bytes_received)
		tc_buf_printf(out, ", then reset after %" PRIu64 " bytes of reply",
			      a->info->bytes_received);
	else
		tc_buf_printf(out, ", then reset without a word");
}

static void say_state(struct tc_buf *out, const struct about *a)
{
	tc_buf_text(out, tc_state_name(a->info->furthest));
}

void tc_verdict_sentence(struct tc_buf *out, enum tc_verdict v,
			 const struct tc_conn_info *info, const uint8_t *reply, size_t n,
			 tc_time timeout, const struct tc_backlog *ours)
{
	static const struct {
		const char *begins;
		void (*say)(struct tc_buf *out, const struct about *a);
	} rows[TC_VERDICTS] = {
		[TC_VERDICT_NONE] = { "not over yet", NULL },
		[TC_VERDICT_REPLY] = { "the peer replied with ", say_reply },
		[TC_VERDICT_REFUSED] = { "the peer answered our SYN with a reset: nothing listens "
					 "on that port, or a firewall rejects it", NULL },
		[TC_VERDICT_NO_ANSWER] = { "", say_no_answer },
		[TC_VERDICT_UNREACHABLE] = { "", say_unreachable },
		[TC_VERDICT_UNACKED] = { "", say_unacked },
		[TC_VERDICT_SILENT] = { "", say_silent },
		[TC_VERDICT_CLOSED] = { "", say_closed },
		[TC_VERDICT_RESET] = { "", say_reset },
		[TC_VERDICT_BAD_REPLY] = { "the reply is not the expected one: ", say_reply },
		[TC_VERDICT_INTERRUPTED] = { "stopped by a signal in state ", say_state },
	};
	const struct about a = { info, reply, n, timeout, ours };

	tc_buf_text(out, rows[v].begins);
	if (rows[v].say)
		rows[v].say(out, &a);
}
