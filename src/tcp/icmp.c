/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RFC 9293 3.9.2.2, ICMP errors, each believed only when the number it quotes is
 * outstanding, or SND.NXT, which our bare ACKs carry: a blind attacker has to guess it
 * (RFC 5927 4.1).
 */
#include "own.h"

#define UNREACHABLE 3
#define TIME_EXCEEDED 11
#define PARAMETER_PROBLEM 12
#define MTU_MIN 68			/* RFC 791 */
#define HEADERS 40			/* IPv4 and TCP without options */

/* RFC 1191 section 7.1, for routers that do not say how much they can take */
static const uint16_t plateaus[] = { 32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296,
				     MTU_MIN };

enum icmp_class { ICMP_SOFT, ICMP_HARD, ICMP_TOO_BIG };

struct icmp_kind {
	uint8_t type, code;
	enum icmp_class class;
	const char *text;
};

/* What is not here, Source Quench (MUST-55) among it, is discarded. */
static const struct icmp_kind kinds[] = {
	{ UNREACHABLE, 0, ICMP_SOFT, "ICMP: network unreachable" },
	{ UNREACHABLE, 1, ICMP_SOFT, "ICMP: host unreachable" },
	{ UNREACHABLE, 2, ICMP_HARD, "ICMP: protocol unreachable" },
	{ UNREACHABLE, 3, ICMP_HARD, "ICMP: port unreachable" },
	{ UNREACHABLE, 4, ICMP_TOO_BIG, "ICMP: fragmentation needed" },
	{ UNREACHABLE, 5, ICMP_SOFT, "ICMP: source route failed" },
	{ UNREACHABLE, 6, ICMP_SOFT, "ICMP: network unknown" },
	{ UNREACHABLE, 7, ICMP_SOFT, "ICMP: host unknown" },
	{ UNREACHABLE, 9, ICMP_SOFT, "ICMP: network administratively prohibited" },
	{ UNREACHABLE, 10, ICMP_SOFT, "ICMP: host administratively prohibited" },
	{ UNREACHABLE, 11, ICMP_SOFT, "ICMP: network unreachable for this service" },
	{ UNREACHABLE, 12, ICMP_SOFT, "ICMP: host unreachable for this service" },
	{ UNREACHABLE, 13, ICMP_SOFT, "ICMP: administratively prohibited" },
	{ TIME_EXCEEDED, 0, ICMP_SOFT, "ICMP: time to live exceeded" },
	{ TIME_EXCEEDED, 1, ICMP_SOFT, "ICMP: fragment reassembly time exceeded" },
	{ PARAMETER_PROBLEM, 0, ICMP_SOFT, "ICMP: parameter problem" },
	{ PARAMETER_PROBLEM, 1, ICMP_SOFT, "ICMP: required option missing" },
	{ PARAMETER_PROBLEM, 2, ICMP_SOFT, "ICMP: bad length" },
};

static const struct icmp_kind *find(uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (kinds[i].type == type && kinds[i].code == code)
			return &kinds[i];
	return NULL;
}

static uint16_t mtu_below(unsigned was)
{
	size_t i = 0;

	while (plateaus[i] >= was && plateaus[i] > MTU_MIN)
		i++;
	return plateaus[i];
}

/* RFC 1191: smaller segments from now on, and those that were too big again, without
 * thinking of congestion. */
static void too_big(struct tc_step *s, unsigned mtu)
{
	struct tc_tcb *t = s->t;
	unsigned was = t->path_mss + HEADERS;

	if (!mtu)
		mtu = mtu_below(was);
	if (mtu < MTU_MIN)
		mtu = MTU_MIN;
	if (mtu >= was)
		return;
	t->path_mss = (uint16_t)(mtu - HEADERS);
	tc_tcp_recovery_timeout(t);
	if (t->syn_acked)
		t->snd_nxt = t->snd_una;
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
		tc_tcp_fail(s, TC_NOTIFY_UNREACHABLE, text, "3.9.2.2 hard error");
	else
		tc_tcp_notify(s, TC_NOTIFY_SOFT_ERROR, text);
}

/* MUST-54, MUST-56 */
void tc_tcp_icmp(struct tc_step *s, const struct tc_event *ev)
{
	const struct icmp_kind *kind = find(ev->icmp.type, ev->icmp.code);
	struct tc_tcb *t = s->t;

	if (!kind) {
		tc_tcp_note(s, "an ICMP message that TCP has no use for", "3.9.2.2");
		return;
	}
	if (!tc_seq_in(ev->icmp.seq, t->snd_una, t->snd_max - t->snd_una + 1)) {
		tc_tcp_note(s, "an ICMP error about nothing that is outstanding",
			    "RFC 5927 4.1");
		return;
	}
	switch (kind->class) {
	case ICMP_SOFT:
		tc_tcp_notify(s, TC_NOTIFY_SOFT_ERROR, kind->text);
		break;
	case ICMP_HARD:
		hard_error(s, kind->text);
		break;
	case ICMP_TOO_BIG:
		too_big(s, ev->icmp.mtu);
		break;
	}
}
