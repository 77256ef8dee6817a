/* SPDX-License-Identifier: BSD-2-Clause */
/* Inputs to segments, segments to answers; see abstract.h. */
#include "abstract.h"

#include <stdio.h>
#include <string.h>

#define WINDOW 65535
#define NEAR 0x10000			/* numbers so close are of the same connection */

const char *const tc_input_names[TC_INPUTS] = {
	[TC_INPUT_SYN] = "SYN", [TC_INPUT_SYN_ACK] = "SYN+ACK", [TC_INPUT_ACK] = "ACK",
	[TC_INPUT_ACK_FIN] = "ACK+FIN", [TC_INPUT_ACK_RST] = "ACK+RST", [TC_INPUT_RST] = "RST",
	[TC_INPUT_ACK_PSH] = "ACK+PSH",
	[TC_INPUT_LISTEN] = "listen", [TC_INPUT_ACCEPT] = "accept",
	[TC_INPUT_CONNECT] = "connect", [TC_INPUT_CLOSE] = "close", [TC_INPUT_SEND] = "send",
	[TC_INPUT_RECEIVE] = "receive",
};

static const struct {
	uint16_t flags;
	uint32_t len;
} inputs[TC_INPUT_SEGMENTS] = {
	[TC_INPUT_SYN] = { TC_FLAG_SYN, 0 },
	[TC_INPUT_SYN_ACK] = { TC_FLAG_SYN | TC_FLAG_ACK, 0 },
	[TC_INPUT_ACK] = { TC_FLAG_ACK, 0 },
	[TC_INPUT_ACK_FIN] = { TC_FLAG_ACK | TC_FLAG_FIN, 0 },
	[TC_INPUT_ACK_RST] = { TC_FLAG_ACK | TC_FLAG_RST, 0 },
	[TC_INPUT_RST] = { TC_FLAG_RST, 0 },
	[TC_INPUT_ACK_PSH] = { TC_FLAG_ACK | TC_FLAG_PSH, 1 },
};

void tc_abstract_begin(struct tc_abstract *a, tc_seq iss, tc_seq ack)
{
	*a = (struct tc_abstract){ .iss = iss, .snd = iss, .sent = iss, .rcv = ack };
}

void tc_abstract_send(struct tc_abstract *a, unsigned input, struct tc_seg *seg)
{
	tc_seq end;

	*seg = (struct tc_seg){
		.flags = inputs[input].flags, .len = inputs[input].len, .seq = a->snd,
		.ack = inputs[input].flags & TC_FLAG_ACK ? a->rcv : 0, .wnd = WINDOW,
	};
	end = seg->seq + tc_seg_seq_len(seg);
	if (tc_seq_gt(end, a->sent))
		a->sent = end;
	a->last = *seg;
	tc_abstract_call(a, NULL);
}

void tc_abstract_call(struct tc_abstract *a, const char *said)
{
	a->said = said;
	memset(a->part, 0, sizeof a->part);
}

void tc_abstract_reset(const struct tc_abstract *a, struct tc_seg *seg)
{
	*seg = (struct tc_seg){ .flags = TC_FLAG_RST,
				.seq = a->snd == a->iss ? a->sent : a->snd };
}

/* ---- what came ---------------------------------------------------------------------- */

static const char *seq_class(const struct tc_abstract *a, const struct tc_seg *s)
{
	if (s->flags & TC_FLAG_SYN)
		return a->heard && s->seq == a->irs ? "again" : "new";
	if (a->heard && s->seq == a->rcv)
		return "next";
	if (s->seq == 0)
		return "zero";
	if (!a->heard && a->last.flags & TC_FLAG_ACK && s->seq == a->last.ack)
		return "acked";
	return a->heard && a->rcv - s->seq < NEAR ? "again" : "other";
}

static const char *ack_class(const struct tc_abstract *a, const struct tc_seg *s)
{
	const struct tc_seg *last = &a->last;

	if (!(s->flags & TC_FLAG_ACK))
		return "-";
	if (s->ack == last->seq + tc_seg_seq_len(last))
		return "all";
	if (s->ack == last->seq)
		return "none";
	return last->seq - s->ack < NEAR ? "old" : "other";
}

static void add_flags(char *flags, const struct tc_seg *s)
{
	static const char letters[] = "SAFRP";
	const bool has[] = {
		s->flags & TC_FLAG_SYN, s->flags & TC_FLAG_ACK, s->flags & TC_FLAG_FIN,
		s->flags & TC_FLAG_RST, s->len > 0,
	};
	char all[sizeof letters] = "", *end = all;

	for (unsigned i = 0; i < sizeof has; i++)
		if (has[i] || strchr(flags, letters[i]))
			*end++ = letters[i];
	strcpy(flags, all);
}

static void note(struct tc_abstract *a, const struct tc_seg *s)
{
	enum tc_answer_part kind = s->flags & TC_FLAG_RST ? TC_PART_RST :
				   s->flags & TC_FLAG_SYN ? TC_PART_SYN : TC_PART_PLAIN;
	uint8_t first = 1;

	for (unsigned i = 0; i < TC_PARTS; i++)
		first = (uint8_t)(first + (a->part[i].order > 0));
	if (!a->part[kind].order) {
		a->part[kind].order = first;
		a->part[kind].seq = seq_class(a, s);
	}
	a->part[kind].ack = ack_class(a, s);
	add_flags(a->part[kind].flags, s);
}

int tc_abstract_hear(struct tc_abstract *a, const struct tc_seg *s)
{
	tc_seq end = s->seq + tc_seg_seq_len(s);
	bool control = s->flags & (TC_FLAG_SYN | TC_FLAG_RST);
	bool brings = !control && end != s->seq;

	if ((s->flags & (TC_FLAG_SYN | TC_FLAG_ACK)) == TC_FLAG_SYN && a->heard &&
	    s->seq == a->irs)
		return 0;
	if (brings && a->heard && a->rcv - end < NEAR)
		return -1;
	note(a, s);
	if (s->flags & TC_FLAG_RST)
		return 0;
	if (s->flags & TC_FLAG_ACK && tc_seq_gt(s->ack, a->snd) && tc_seq_leq(s->ack, a->sent))
		a->snd = s->ack;
	if (s->flags & TC_FLAG_SYN) {
		a->heard = true;
		a->irs = s->seq;
		a->rcv = end;
	} else if (a->heard && tc_seq_leq(s->seq, a->rcv) && tc_seq_gt(end, a->rcv)) {
		a->rcv = end;
	}
	return brings;
}

void tc_abstract_answer(const struct tc_abstract *a, char name[TC_MEALY_NAME_MAX])
{
	size_t n = (size_t)snprintf(name, TC_MEALY_NAME_MAX, "%s", a->said ? a->said : "");

	for (unsigned order = 1; order <= TC_PARTS; order++)
		for (unsigned i = 0; i < TC_PARTS; i++)
			if (a->part[i].order == order)
				n += (size_t)snprintf(name + n, TC_MEALY_NAME_MAX - n,
						      "%s%s(%s,%s)", n ? "|" : "",
						      a->part[i].flags, a->part[i].seq,
						      a->part[i].ack);
	if (n == 0)
		snprintf(name, TC_MEALY_NAME_MAX, "%s", TC_SILENCE_NAME);
}
