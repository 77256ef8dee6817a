/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 7413, TCP Fast Open: data in a SYN, for who has shown before, by a cookie, that it can
 * hear what is sent to its address. Which cookie is right, and where one is kept, is the
 * driver's. What is in the SYN is delivered once for a TCB: a copy of that SYN finds it in
 * SYN-RECEIVED or later, where it is old. Once the TCB is gone a late copy is a new
 * connection: then the user gets the same data again (6.1), which is for the user to bear.
 */
#include "own.h"

#include <tcpcraft/tcpopt.h>

#define CLAUSE "RFC 7413 4.2.2"

static void keep(struct tc_step *s, const struct tc_cookie *cookie)
{
	struct tc_action *a = tc_tcp_add(s, TC_ACT_COOKIE);

	a->fastopen.cookie = *cookie;
	a->fastopen.peer_mss = s->t->snd_mss;
}

/* 4.1.3.1 */
static void not_again(struct tc_step *s)
{
	keep(s, &(struct tc_cookie){ .n = 0 });
}

/* As much as the peer's MSS allows, if all options are there; without it 536 or 1220. */
static uint32_t syn_room(struct tc_step *s, uint16_t peer_mss)
{
	struct tc_tcb *t = s->t;
	uint32_t mss = peer_mss ? peer_mss : t->snd_mss;

	if (mss > t->path_mss)
		mss = t->path_mss;
	return mss > TC_OPTIONS_MAX ? mss - TC_OPTIONS_MAX : 0;
}

void tc_tcp_fastopen_open(struct tc_step *s, uint16_t peer_mss)
{
	struct tc_tcb *t = s->t;
	uint32_t queued = t->snd_end - t->iss - 1, room = syn_room(s, peer_mss);

	if (!s->cookie)
		return;
	t->fastopen = s->cookie->n ? TC_FASTOPEN_BROUGHT : TC_FASTOPEN_ASKED;
	if (t->fastopen == TC_FASTOPEN_BROUGHT)
		s->syn_len = queued < room ? queued : room;
}

/* The SYN,ACK of one that brought a cookie. A cookie with it says that ours was wrong; if
 * there is none it may answer a SYN without: the path, or the peer, does not like them. */
static void brought(struct tc_step *s, bool given)
{
	const bool data = tc_seq_gt(s->t->snd_max, s->t->iss + 1);

	if (tc_seq_gt(s->seg.ack, s->t->iss + 1)) {
		tc_tcp_note(s, "Fast Open: the data in the SYN is taken", CLAUSE);
	} else if (given) {
		tc_tcp_note(s, "Fast Open: our cookie was not right, here is another", CLAUSE);
	} else if (data) {
		tc_tcp_note(s, "Fast Open: the data in the SYN is not taken", CLAUSE);
		not_again(s);
	}
}

void tc_tcp_fastopen_answered(struct tc_step *s)
{
	const struct tc_cookie *cookie = &s->seg.opts.cookie;
	const bool given = s->seg.opts.present & TC_HAS_FASTOPEN && cookie->n;

	switch ((enum tc_fastopen)s->t->fastopen) {
	case TC_FASTOPEN_NONE:
	case TC_FASTOPEN_TAKEN:
		return;
	case TC_FASTOPEN_ASKED:
		tc_tcp_note(s, given ? "Fast Open: a cookie, kept for this run" :
			    "Fast Open: no cookie is given", "RFC 7413 4.2.1");
		break;
	case TC_FASTOPEN_BROUGHT:
		brought(s, given);
		break;
	}
	if (given)
		keep(s, cookie);
}

/* "the client SHOULD retransmit a SYN packet without data and Fast Open options" */
void tc_tcp_fastopen_unanswered(struct tc_step *s)
{
	struct tc_tcb *t = s->t;

	if (t->fastopen != TC_FASTOPEN_ASKED && t->fastopen != TC_FASTOPEN_BROUGHT)
		return;
	t->fastopen = TC_FASTOPEN_NONE;
	tc_tcp_note(s, "Fast Open: no answer: the SYN again, as it always was", CLAUSE);
	not_again(s);
}

bool tc_tcp_fastopen_takes(struct tc_step *s)
{
	const struct tc_seg_opts *o = &s->seg.opts;

	if (s->cookie_right) {
		s->t->fastopen = TC_FASTOPEN_TAKEN;
		tc_tcp_note(s, "Fast Open: the cookie is right, and the data taken", CLAUSE);
	} else if (s->cookie) {
		tc_tcp_note(s, o->cookie.n ? "Fast Open: a wrong cookie: the right one is sent" :
			    "Fast Open: a cookie is asked for, and sent", "RFC 7413 4.2.1");
	}
	return s->cookie_right;
}

/* The SYN,ACK that follows acknowledges it all. An answer may go before the handshake is over,
 * in an initial window (4.2.2). */
void tc_tcp_fastopen_deliver(struct tc_step *s)
{
	tc_tcp_cwnd_init(s->t);
	tc_tcp_notify(s, TC_NOTIFY_CONNECTED, NULL);
	tc_tcp_text(s);
}
