/* SPDX-License-Identifier: BSD-2-Clause */
/* Which connections of two captures are one; see passage.h. */
#include "passage_own.h"

#define ENOUGH 3	/* least likeness() of two captures of one connection */

uint32_t tc_passage_hash(const struct tc_rx *rx)
{
	uint32_t h = 2166136261u, n = rx->seg.len - rx->cut;

	for (uint32_t i = 0; i < n; i++)
		h = (h ^ rx->payload[i]) * 16777619u;
	return h;
}

/* What is told of a connection by its first segments. */
struct sign {
	bool syn[2], data[2];
	tc_seq isn[2];
	uint32_t hash[2], len[2];	/* of the first payload */
};

static struct sign sign_of(const struct tc_gathered_convo *c)
{
	struct sign s = { { false, false }, { false, false }, { 0, 0 }, { 0, 0 }, { 0, 0 } };
	struct tc_rx rx;

	for (size_t i = 0; i < c->n && !(s.data[0] && s.data[1]); i++) {
		unsigned from = c->segment[i].from;

		if (!tc_passage_read(&c->segment[i], &rx))
			continue;
		if (rx.seg.flags & TC_FLAG_SYN && !s.syn[from]) {
			s.syn[from] = true;
			s.isn[from] = rx.seg.seq;
		}
		if (rx.seg.len && !s.data[from]) {
			s.data[from] = true;
			s.hash[from] = tc_passage_hash(&rx);
			s.len[from] = rx.seg.len;
		}
	}
	return s;
}

static bool same_ends(const struct tc_gathered_convo *a, const struct tc_gathered_convo *b,
		      bool flipped)
{
	for (unsigned i = 0; i < 2; i++)
		if (a->port[i] != b->port[i ^ flipped] ||
		    !tc_addr_equal(&a->addr[i], &b->addr[i ^ flipped]))
			return false;
	return true;
}

bool tc_passage_is_flipped(const struct tc_gathered_convo *a, const struct tc_gathered_convo *b)
{
	return !same_ends(a, b, false) && same_ends(a, b, true);
}

/* How much two connections are alike. A NAT changes the ends, a firewall the sequence numbers; that
 * both were changed is unlikely. */
static int likeness(const struct tc_gathered_convo *a, const struct tc_gathered_convo *b)
{
	bool flipped = tc_passage_is_flipped(a, b);
	struct sign s = sign_of(a), t = sign_of(b);
	int like = flipped || same_ends(a, b, false) ? 8 : 0;

	for (unsigned i = 0; i < 2; i++) {
		unsigned k = i ^ flipped;

		if (s.syn[i] && t.syn[k])
			like += s.isn[i] == t.isn[k] ? 4 : like >= 8 ? -6 : 0;
		if (s.data[i] && t.data[k] && s.hash[i] == t.hash[k] && s.len[i] == t.len[k])
			like += i ? 2 : 3;
	}
	return like;
}

long tc_passage_pair(const struct tc_gathered *a, size_t i, const struct tc_gathered *b,
		     const bool *taken)
{
	int most = ENOUGH - 1;
	long best = -1;

	for (size_t k = 0; k < b->n; k++) {
		int like = taken[k] ? 0 : likeness(&a->convo[i], &b->convo[k]);

		if (like > most) {
			most = like;
			best = (long)k;
		}
	}
	return best;
}
