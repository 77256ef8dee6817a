/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Receivers that lie: the rules that have a name, and what they need besides fields.
 * S. Savage and others, "TCP Congestion Control with a Misbehaving Receiver", 1999; RFC 2018
 * section 8 and RFC 9293 3.8.6 for the others.
 */
#include "own.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>
#include <tcpcraft/tcpopt.h>

#include <string.h>

static const struct tc_mutate_preset presets[] = {
	{ "optimistic-acks", "acks: tcp.ack+=100000",
	  "acknowledges what has not come yet" },
	{ "divided-acks", "acks: divide 4",
	  "four ACKs for what deserves one" },
	{ "dupack-spoofing", "acks: dup 3",
	  "each ACK four times, as if segments were missing" },
	{ "sack-of-nothing", "acks: sack 100000:101000",
	  "SACK blocks of what never came" },
	{ "reneging", "acks: renege 2896",
	  "takes SACK blocks back" },
	{ "shrinking-window", "acks every 2: tcp.window_size_value=0",
	  "every other ACK shuts the window behind what was offered" },
	{ "silly-windows", "acks: tcp.window_size_value=1",
	  "offers the smallest window there is, again and again" },
	{ "never-acks", "acks: drop",
	  "delays ACKs for ever" },
};

#define N_PRESETS (sizeof presets / sizeof *presets)

bool tc_mutate_preset(unsigned nth, struct tc_mutate_preset *p)
{
	if (nth >= N_PRESETS)
		return false;
	*p = presets[nth];
	return true;
}

const char *tc_preset_rule(const char *text)
{
	for (size_t i = 0; i < N_PRESETS; i++)
		if (strcmp(presets[i].name, text) == 0)
			return presets[i].rule;
	return text;
}

static struct tc_field_ref field(const char *name)
{
	struct tc_field_ref ref = { 0 };

	tc_field_find(&ref, name, NULL, NULL);
	return ref;
}

static tc_seq ack_of(const struct piece *pc)
{
	return (tc_seq)tc_packet_get(&pc->p, tc_piece_tcp(pc), TC_TCP_ACK);
}

static int set_ack(struct piece *pc, tc_seq ack, struct tc_error *err)
{
	const struct tc_field_ref ref = field("tcp.ack");
	int tcp = tc_piece_tcp(pc);

	tc_piece_note(pc, tcp, &ref);
	return tc_packet_set(&pc->p, tcp, TC_TCP_ACK, ack, err);
}

int tc_act_divide(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	const tc_seq from = ps->acked->was;
	const uint32_t k = (uint32_t)a->n, all = ack_of(ps->at[i]) - from;

	if (!ps->acked->known || all < k || all > INT32_MAX)
		return 0;
	for (uint32_t n = 1; n < k; n++, i++) {
		int rc = tc_piece_copy(ps, i, err) ? set_ack(ps->at[i], from + all / k * n, err) :
						     tc_nomem(err);

		if (rc < 0)
			return rc;
		tc_piece_say(ps->at[i], "ACK %u of %u", n, k);
	}
	tc_piece_say(ps->at[i], "ACK %u of %u", k, k);
	return (int)k;
}

/* The timestamps stay; other options of such a segment are SACK blocks. */
static int set_block(struct piece *pc, tc_seq left, tc_seq right, struct tc_error *err)
{
	const struct tc_field_ref ref = field("tcp.options");
	const int tcp = tc_piece_tcp(pc);
	const struct tc_buf *had = &pc->p.layer[tcp].var;
	struct tc_tcpopt_iter it = { had->data, had->data + had->len };
	uint8_t out[24] = { TC_OPT_NOP, TC_OPT_NOP };
	struct tc_tcpopt opt;
	size_t n = 2;

	while (had->len && tc_tcpopt_next(&it, &opt, NULL) > 0)
		if (opt.kind == TC_OPT_TS && opt.len == 10) {
			memcpy(out + 2, opt.data - 2, opt.len);
			n = 12;
		}
	if (n == 12)
		memset(out + n, TC_OPT_NOP, 2), n += 2;
	out[n++] = TC_OPT_SACK;
	out[n++] = 10;
	tc_put32(out + n, left);
	tc_put32(out + n + 4, right);
	tc_piece_note(pc, tcp, &ref);
	return tc_packet_set_bytes(&pc->p, tcp, out, n + 8, err);
}

int tc_act_sack(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	struct piece *pc = ps->at[i];
	tc_seq ack = ack_of(pc);
	int rc = set_block(pc, ack + (tc_seq)a->n, ack + (tc_seq)a->to, err);

	return rc < 0 ? rc : 1;
}

/* What is SACKed of n bytes: half, in whole segments, as what is SACKed of a part of one is not
 * believed. A unit larger than n tells nothing; one of n would leave nothing before the block. */
static uint32_t half_of(const struct acked *l, uint32_t n)
{
	if (!l->unit || l->unit >= n)
		return n / 2;
	return l->unit > n / 2 ? l->unit : n / 2 - n / 2 % l->unit;
}

/*
 * First all but the last n bytes are acknowledged (fewer, if halves of whole segments are), and
 * half of them SACKed. Then what is before that half, which is not SACKed any more, until an ACK
 * brings nothing new: the peer has sent again. That one is honest, and all begins anew.
 */
int tc_act_renege(struct pieces *ps, size_t i, const struct action *a, struct tc_error *err)
{
	struct piece *pc = ps->at[i];
	struct acked *l = ps->acked;
	const tc_seq ack = ack_of(pc);
	const uint32_t n = (uint32_t)a->n, half = half_of(l, n);
	int rc;

	if (l->reneges && ack == l->was) {
		l->reneges = false;
		return 0;
	}
	rc = set_ack(pc, l->reneges ? l->edge : ack - (2 * half < n ? 2 * half : n), err);
	if (rc >= 0 && !l->reneges) {
		l->reneges = true;
		l->edge = ack - half;
		rc = set_block(pc, l->edge, ack, err);
	}
	return rc < 0 ? rc : 1;
}
