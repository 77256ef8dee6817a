/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts: from the numbers of a connection to a word and a sentence. */
#include "wire/icmp.h"
#include "base/addr.h"
#include "base/text.h"

#include <tcpcraft/verdict.h>

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

	return names[v];
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

/* How many bytes came, and the beginning of them: the n that were kept, and the caller may
 * have kept only some. */
static void say_reply(struct tc_buf *out, const struct tc_conn_info *info,
		      const uint8_t *reply, size_t n)
{
	uint64_t all = info->bytes_received > n ? info->bytes_received : n;

	tc_buf_printf(out, "%" PRIu64 " byte%s: ", all, all == 1 ? "" : "s");
	tc_text_print(out, reply, n < SHOWN ? n : SHOWN, SHOWN);
	if (all > SHOWN)
		tc_buf_printf(out, "... (%" PRIu64 " bytes)", all);
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

static void say_unreachable(struct tc_buf *out, const struct tc_conn_info *info)
{
	tc_host_put(out, &info->icmp_from);
	tc_buf_text(out, " says by ICMP: ");
	tc_icmp_put(out, info->icmp_from.family, info->icmp_type, info->icmp_code);
}

static double seconds(tc_time t)
{
	return (double)t / (double)TC_S;
}

static void say_no_answer(struct tc_buf *out, const struct tc_conn_info *info,
			  tc_time timeout)
{
	if (info->furthest == TC_ST_SYN_RECEIVED)
		tc_buf_printf(out, "the peer sent a SYN of its own, but did not acknowledge ours "
			      "in %g s", seconds(timeout));
	else if (info->segments_received)
		tc_buf_printf(out, "no acceptable answer to our SYN in %g s: %u segment%s came, "
			      "none that acknowledges it (-v tells why)", seconds(timeout),
			      info->segments_received, info->segments_received > 1 ? "s" : "");
	else
		tc_buf_printf(out, "no answer to our SYN in %g s (sent %u time%s): the host is "
			      "down, or a firewall drops it%s", seconds(timeout),
			      info->segments_sent, info->segments_sent == 1 ? "" : "s",
			      info->signed_by == TC_OPT_MD5 ? ", or it has not the key of --md5" :
			      info->signed_by ? ", or it has not the key of --ao" : "");
}

void tc_verdict_sentence(struct tc_buf *out, enum tc_verdict v,
			 const struct tc_conn_info *info, const uint8_t *reply, size_t n,
			 tc_time timeout)
{
	switch (v) {
	case TC_VERDICT_NONE:
		tc_buf_printf(out, "not over yet");
		break;
	case TC_VERDICT_REPLY:
		tc_buf_printf(out, "the peer replied with ");
		say_reply(out, info, reply, n);
		break;
	case TC_VERDICT_REFUSED:
		tc_buf_printf(out, "the peer answered our SYN with a reset: nothing listens on "
			      "that port, or a firewall rejects it");
		break;
	case TC_VERDICT_NO_ANSWER:
		say_no_answer(out, info, timeout);
		break;
	case TC_VERDICT_UNREACHABLE:
		say_unreachable(out, info);
		break;
	case TC_VERDICT_UNACKED:
		say_acked(out, info);
		tc_buf_printf(out, " in %g s%s", seconds(timeout),
			      info->peer_window ? "" : "; its window is shut");
		break;
	case TC_VERDICT_SILENT:
		say_acked(out, info);
		tc_buf_printf(out, ", but no reply came in %g s", seconds(timeout));
		if (info->beyond_hole)
			tc_buf_printf(out, " in order: %u byte%s came beyond a hole that was "
				      "never filled", info->beyond_hole,
				      info->beyond_hole > 1 ? "s" : "");
		break;
	case TC_VERDICT_CLOSED:
		say_acked(out, info);
		tc_buf_printf(out, ", then closed (FIN) without a word");
		break;
	case TC_VERDICT_RESET:
		say_acked(out, info);
		if (info->bytes_received)
			tc_buf_printf(out, ", then reset after %" PRIu64 " bytes of reply",
				      info->bytes_received);
		else
			tc_buf_printf(out, ", then reset without a word");
		break;
	case TC_VERDICT_BAD_REPLY:
		tc_buf_printf(out, "the reply is not the expected one: ");
		say_reply(out, info, reply, n);
		break;
	case TC_VERDICT_INTERRUPTED:
		tc_buf_printf(out, "stopped by a signal in state %s",
			      tc_state_name(info->furthest));
		break;
	case TC_VERDICTS:
		break;
	}
}
