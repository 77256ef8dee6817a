/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 9293 3.9.2.2, ICMP errors, each believed only when the number it quotes is
 * outstanding, or SND.NXT, which our bare ACKs carry: a blind attacker has to guess it
 * (RFC 5927 4.1).
 */
#include "own.h"

#include "wire/place.h"
#include "wire/family.h"
#include "wire/icmp.h"

/* RFC 1191 section 7.1, for routers that do not say how much they can take */
static const uint16_t plateaus[] = { 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296,
				     68 };

static uint16_t mtu_below(unsigned was)
{
	size_t i = 0;

	while (plateaus[i] >= was && plateaus[i] > tc_family(4)->mtu_least)
		i++;
	return plateaus[i];
}

/* RFC 1191, RFC 8201: smaller segments from now on, and those that were too big again, without
 * thinking of congestion. */
static void too_big(struct tc_step *s, uint8_t family, unsigned mtu)
{
	struct tc_tcb *t = s->t;
	const struct tc_family *f = tc_family(family);
	unsigned headers = tc_family(t->cfg->family)->ip_bytes + TCP_BYTES;
	unsigned was = t->path_mss + headers;

	if (family == 6 && mtu < f->mtu_least) {
		tc_tcp_note(s, "ICMPv6: packet too big for a path that no IPv6 has: dropped",
			    "RFC 8201 4");
		return;
	}
	if (!mtu)
		mtu = mtu_below(was);
	if (mtu < f->mtu_least)
		mtu = f->mtu_least;
	if (mtu >= was)
		return;
	t->path_mss = (uint16_t)(mtu - headers);
	tc_tcp_recovery_timeout(t);
	if (t->syn_acked)
		t->snd_nxt = t->snd_una;
	if (family == 6)
		tc_tcp_note(s, "ICMPv6: packet too big: smaller segments", "RFC 8201 4");
	else
		tc_tcp_note(s, "ICMP: fragmentation needed: smaller segments", "RFC 1191");
}

/*
 * DEVIATION: SHLD-26 would abort a connection in any state; RFC 5927 5.2 shows that as an
 * attack, and a synchronised connection that is really cut times out anyway.
 */
static void hard_error(struct tc_step *s, const char *text)
{
	struct tc_tcb *t = s->t;

	if (t->state == TC_ST_SYN_SENT || t->state == TC_ST_SYN_RECEIVED)
		tc_tcp_fail(s, TC_NOTIFY_UNREACHABLE, text, "RFC 9293 3.9.2.2 hard error");
	else
		tc_tcp_notify(s, TC_NOTIFY_SOFT_ERROR, text);
}

/* RFC 5927 4.1 wants SND.UNA =< SEG.SEQ < SND.NXT; a bare ACK has SND.NXT itself, and there is none
 * before the peer's SYN. */
static uint32_t bare_acks(const struct tc_tcb *t)
{
	return t->state != TC_ST_SYN_SENT;
}

/* MUST-54, MUST-56 */
void tc_tcp_icmp(struct tc_step *s, const struct tc_event *ev)
{
	const struct tc_icmp_row *row = tc_icmp_find(ev->icmp.family, ev->icmp.type, ev->icmp.code);
	struct tc_tcb *t = s->t;

	if (!row || row->class == TC_ICMP_UNUSED) {
		tc_tcp_note(s, "an ICMP message that TCP has no use for", "RFC 9293 3.9.2.2");
		return;
	}
	if (!tc_seq_in(ev->icmp.seq, t->snd_una, t->snd_max - t->snd_una + bare_acks(t))) {
		tc_tcp_note(s, "an ICMP error about nothing that is outstanding",
			    "RFC 5927 4.1");
		return;
	}
	switch (row->class) {
	case TC_ICMP_SOFT:
		tc_tcp_notify(s, TC_NOTIFY_SOFT_ERROR, row->note);
		break;
	case TC_ICMP_HARD:
		hard_error(s, row->note);
		break;
	case TC_ICMP_TOO_BIG:
		too_big(s, ev->icmp.family, ev->icmp.mtu);
		break;
	case TC_ICMP_UNUSED:
		break;
	}
}
