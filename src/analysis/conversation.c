/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections seen from outside; see conversation.h. */
#include "conversation.h"
#include "seen.h"
#include "stream_map.h"

#include "base/name.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>
#include <tcpcraft/rng.h>
#include <tcpcraft/seq.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 1024u
#define KERNEL_RESET_WITHIN TC_S	/* of what it answers, a round trip at most */
#define OVER_MOST 4096u		/* connections kept after their end, for what comes late */

/* In order: those that are here by their last segments, those that are over by their ends. */
struct queue {
	struct tc_convo *oldest, *newest;
	unsigned n;
};

struct tc_convos {
	struct tc_convo **bucket;
	uint32_t n_buckets;		/* a power of two */
	uint32_t n_here;
	uint64_t secret;		/* a capture may come from anybody */
	unsigned n_ever;
	unsigned most, n_early;		/* open at once; told before their end for that */
	struct queue open, over;
	tc_convo_end_fn *end;
	void *ctx;
};

const char *tc_convo_state_name(enum tc_convo_state s)
{
	static const char *const names[] = {
		[TC_CONVO_SYN] = "no-answer", [TC_CONVO_HANDSHAKE] = "handshake",
		[TC_CONVO_OPEN] = "open", [TC_CONVO_CLOSING] = "closing",
		[TC_CONVO_CLOSED] = "closed", [TC_CONVO_REFUSED] = "refused",
		[TC_CONVO_RESET] = "reset",
	};

	return TC_NAME(names, s);
}

int tc_convos_open(struct tc_convos **out, tc_convo_end_fn *end, void *ctx,
		   struct tc_error *err)
{
	struct tc_convos *t = calloc(1, sizeof *t);

	if (t)
		t->bucket = calloc(BUCKETS_FIRST, sizeof(struct tc_convo *));
	if (!t || !t->bucket) {
		free(t);
		return tc_nomem(err);
	}
	t->n_buckets = BUCKETS_FIRST;
	t->secret = tc_rng_kernel_u64() | 1;
	t->most = UINT32_MAX;
	t->end = end;
	t->ctx = ctx;
	*out = t;
	return 0;
}

unsigned tc_convos_count(const struct tc_convos *t)
{
	return t->n_ever;
}

void tc_convos_limit(struct tc_convos *t, unsigned most)
{
	t->most = most;
}

unsigned tc_convos_early(const struct tc_convos *t)
{
	return t->n_early;
}

/* An end in one word: of IPv4 all of it, of IPv6 a sum under the secret. */
static uint64_t end_word(const struct tc_convos *t, const struct tc_addr *a, uint16_t port)
{
	uint64_t word[2];

	if (a->family == 4)
		return (uint64_t)tc_get32(a->bytes) << 16 | port;
	memcpy(word, a->bytes, sizeof word);
	word[0] = (word[0] ^ t->secret) * (t->secret ^ 0x94d049bb133111ebu);
	word[0] = (word[0] ^ word[0] >> 32 ^ word[1]) * (t->secret ^ 0xff51afd7ed558ccdu);
	return (word[0] ^ word[0] >> 32) + port;
}

/* Equal for both directions. */
static uint64_t hash(const struct tc_convos *t, const struct tc_addr *a, uint16_t ap,
		     const struct tc_addr *b, uint16_t bp)
{
	uint64_t x = end_word(t, a, ap), y = end_word(t, b, bp);
	uint64_t h = ((x < y ? x : y) ^ t->secret) * 0x9e3779b97f4a7c15u;

	h = (h ^ h >> 29 ^ (x < y ? y : x)) * (t->secret ^ 0xbf58476d1ce4e5b9u);
	return h ^ h >> 32;
}

static struct tc_convo **bucket_of(struct tc_convos *t, const struct tc_convo *c)
{
	return &t->bucket[hash(t, &c->side[0].addr, c->side[0].port, &c->side[1].addr,
			       c->side[1].port) & (t->n_buckets - 1)];
}

static bool is_end(const struct tc_convo_side *s, const struct tc_addr *addr, uint16_t port)
{
	return s->port == port && tc_addr_equal(&s->addr, addr);
}

static struct tc_convo *find(struct tc_convos *t, const struct tc_addr *src, uint16_t sport,
			     const struct tc_addr *dst, uint16_t dport, unsigned *from)
{
	struct tc_convo *c = t->bucket[hash(t, src, sport, dst, dport) & (t->n_buckets - 1)];

	for (; c; c = c->chain)
		for (*from = 0; *from < 2; ++*from)
			if (is_end(&c->side[*from], src, sport) &&
			    is_end(&c->side[!*from], dst, dport))
				return c;
	return NULL;
}

static void leave(struct queue *q, struct tc_convo *c)
{
	*(c->older ? &c->older->newer : &q->oldest) = c->newer;
	*(c->newer ? &c->newer->older : &q->newest) = c->older;
	q->n--;
}

static void join(struct queue *q, struct tc_convo *c)
{
	c->older = q->newest;
	c->newer = NULL;
	*(c->older ? &c->older->newer : &q->oldest) = c;
	q->newest = c;
	q->n++;
}

static void forget(struct tc_convos *t, struct tc_convo *c)
{
	struct tc_convo **at = bucket_of(t, c);

	while (*at != c)
		at = &(*at)->chain;
	*at = c->chain;
	t->n_here--;
	leave(c->is_over ? &t->over : &t->open, c);
	t->end(t->ctx, c);
	for (unsigned i = 0; i < 2; i++) {
		tc_seen_free(c->side[i].seen);
		tc_stream_free(&c->side[i].map);
	}
	free(c->owned);
	free(c);
}

/* Keep a connection that is over for a while: the last acknowledgments come late. */
static void retire(struct tc_convos *t, struct tc_convo *c)
{
	leave(&t->open, c);
	c->is_over = true;
	join(&t->over, c);
	if (t->over.n > OVER_MOST)
		forget(t, t->over.oldest);
}

static void widen(struct tc_convos *t)
{
	struct tc_convo **old = t->bucket, *c, *next;
	uint32_t n = t->n_buckets;
	struct tc_convo **more = calloc(2 * (size_t)n, sizeof(struct tc_convo *));

	if (!more)
		return;		/* longer chains then */
	t->bucket = more;
	t->n_buckets = 2 * n;
	for (uint32_t i = 0; i < n; i++)
		for (c = old[i]; c; c = next) {
			struct tc_convo **to = bucket_of(t, c);

			next = c->chain;
			c->chain = *to;
			*to = c;
		}
	free(old);
}

/* Does the first segment that was captured answer a SYN that was not? RFC 9293 3.10.7.1: a reset
 * of number 0 that acknowledges is for a segment without an ACK. */
static bool answers_syn(const struct tc_seg *seg)
{
	unsigned flags = seg->flags & (TC_FLAG_SYN | TC_FLAG_ACK | TC_FLAG_RST);

	return (flags & ~(unsigned)TC_FLAG_RST) == (TC_FLAG_SYN | TC_FLAG_ACK) ||
	       (flags == (TC_FLAG_RST | TC_FLAG_ACK) && seg->seq == 0);
}

static struct tc_convo *begin(struct tc_convos *t, const struct tc_rx *rx, tc_time now,
			      unsigned *from)
{
	struct tc_convo *c, **to;

	if (t->open.n >= t->most) {	/* the one that has been still for longest */
		t->n_early++;
		forget(t, t->open.oldest);
	}
	c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	if (t->n_here >= t->n_buckets)
		widen(t);
	*from = answers_syn(&rx->seg);
	c->side[*from].addr = rx->src;
	c->side[*from].port = rx->sport;
	c->side[!*from].addr = rx->dst;
	c->side[!*from].port = rx->dport;
	c->number = ++t->n_ever;
	c->first = now;
	to = bucket_of(t, c);
	c->chain = *to;
	*to = c;
	t->n_here++;
	join(&t->open, c);
	return c;
}

/* A SYN for other sequence numbers is another connection. */
static bool reuses(const struct tc_convo *c, unsigned from, const struct tc_seg *seg)
{
	unsigned flags = seg->flags & (TC_FLAG_SYN | TC_FLAG_ACK);

	return flags == TC_FLAG_SYN && c->wire.side[from].isn_known &&
	       seg->seq != c->wire.side[from].isn;
}

/* The same datagram, some hops later: by a hardware address other than before. */
static bool is_copy(struct tc_convo_side *s, const struct tc_rx *rx, const uint8_t *mac)
{
	unsigned n = s->n_recent < TC_CONVO_RECENT ? s->n_recent : TC_CONVO_RECENT;

	for (const struct tc_datagram *d = s->recent; d < s->recent + n; d++)
		if (d->id == rx->ip_id && d->seq == rx->seg.seq && d->ack == rx->seg.ack &&
		    d->len == rx->seg.len && d->flags == rx->seg.flags &&
		    rx->ttl < d->ttl && (!mac || memcmp(d->mac, mac, sizeof d->mac)))
			return true;
	return false;
}

static void remember(struct tc_convo_side *s, const struct tc_rx *rx, const uint8_t *mac)
{
	struct tc_datagram *d = &s->recent[s->n_recent++ % TC_CONVO_RECENT];

	*d = (struct tc_datagram){ .id = rx->ip_id, .ttl = rx->ttl, .flags = rx->seg.flags,
				   .seq = rx->seg.seq, .ack = rx->seg.ack,
				   .len = rx->seg.len };
	if (mac)
		memcpy(d->mac, mac, sizeof d->mac);
}

/*
 * RFC 9293 3.10.7.1: <SEQ=SEG.ACK><CTL=RST> answers a segment of a connection that is
 * unknown. At once behind the SYN,ACK for its own SYN this is a second TCP on the same
 * host, its kernel's; later it may as well be a client that gives up.
 */
static bool is_kernel_reset(const struct tc_convo *c, unsigned from, const struct tc_rx *rx,
			    tc_time now)
{
	return (rx->seg.flags & (TC_FLAG_RST | TC_FLAG_ACK | TC_FLAG_SYN)) == TC_FLAG_RST &&
	       rx->seg.wnd == 0 && rx->seg.len == 0 && rx->options_len == 0 &&
	       c->side[from].segments && c->last_from != from && c->last_syn_ack &&
	       rx->seg.seq == c->last_ack && now - c->last_at <= KERNEL_RESET_WITHIN &&
	       !c->wire.side[from].reset;
}

/* Who opened answers an ACK that is not of its SYN with a reset of that ACK's number, and goes on
 * (RFC 9293 3.10.7.3). */
static void note_reset(struct tc_convo *c, unsigned from, const struct tc_seg *seg)
{
	const struct tc_tag_side *other = &c->tags.side[1];

	if (c->state == TC_CONVO_SYN && c->syn && from == 0 && !(seg->flags & TC_FLAG_ACK) &&
	    other->ack_known && seg->seq == other->ack)
		return;
	if (c->state == TC_CONVO_SYN && from == 1)
		c->state = TC_CONVO_REFUSED;
	else if (c->state != TC_CONVO_CLOSED && c->state != TC_CONVO_REFUSED)
		c->state = TC_CONVO_RESET;
}

/* Its SYN was answered, whether or not that was captured: who opened acknowledges, or the other
 * end acknowledges the SYN. */
static bool proves_answer(const struct tc_convo *c, unsigned from, const struct tc_seg *seg)
{
	const struct tc_wire_side *opener = &c->wire.side[0];

	return seg->flags & TC_FLAG_ACK &&
	       (from == 0 || (tc_seq_gt(seg->ack, opener->isn) &&
			      tc_seq_leq(seg->ack, opener->next)));
}

static void note_state(struct tc_convo *c, unsigned from, const struct tc_seg *seg, tc_time now)
{
	const struct tc_wire_side *own = &c->wire.side[from], *other = &c->wire.side[!from];
	struct tc_wire_change changes[TC_WIRE_CHANGES];

	tc_wire_states_segment(&c->wire, from, seg, changes);
	c->syn |= (seg->flags & (TC_FLAG_SYN | TC_FLAG_ACK)) == TC_FLAG_SYN;
	if (seg->flags & TC_FLAG_RST)
		note_reset(c, from, seg);
	if (c->state >= TC_CONVO_CLOSED)
		return;
	if (own->fin_acked && other->fin_acked)
		c->state = TC_CONVO_CLOSED;
	else if (own->fin || other->fin)
		c->state = TC_CONVO_CLOSING;
	else if (seg->flags & TC_FLAG_SYN)
		c->state = from == 1 ? TC_CONVO_HANDSHAKE : c->state;
	else if (c->state != TC_CONVO_OPEN && (c->state == TC_CONVO_HANDSHAKE || !c->syn ||
					       proves_answer(c, from, seg))) {
		c->established = c->state == TC_CONVO_HANDSHAKE && c->syn ? now : 0;
		c->state = TC_CONVO_OPEN;
	}
}

#define TROUBLE (TC_TAG_BIT(RETRANSMISSION) | TC_TAG_BIT(OUT_OF_ORDER) | \
		 TC_TAG_BIT(LOST_SEGMENT) | TC_TAG_BIT(ACK_LOST_SEGMENT) | \
		 TC_TAG_BIT(ZERO_WINDOW) | TC_TAG_BIT(CHECKSUM_BAD) | \
		 TC_TAG_BIT(KERNEL_RESET) | TC_TAG_BIT(OVERLAP_DIFFERS))

static uint32_t checksum_tags(const struct tc_rx *rx)
{
	if (rx->tcp_checksum == TC_CSUM_BAD || rx->ip_checksum == TC_CSUM_BAD)
		return TC_TAG_BIT(CHECKSUM_BAD);
	return rx->tcp_checksum == TC_CSUM_PARTIAL || rx->ip_checksum == TC_CSUM_PARTIAL ?
	       TC_TAG_BIT(CHECKSUM_PARTIAL) : 0;
}

/* The segment as it is analysed: a window that the capture cut off is the one before. */
static uint32_t analyse(struct tc_convo *c, unsigned from, const struct tc_rx *rx, tc_time now)
{
	const struct tc_tag_side *own = &c->tags.side[from];
	struct tc_seg seg;

	if (!rx->no_window)
		return tc_tags_segment(&c->tags, from, &rx->seg, now);
	seg = rx->seg;
	seg.wnd = own->next_known ? own->wnd : UINT16_MAX;
	return tc_tags_segment(&c->tags, from, &seg, now);
}

/*
 * What came late, and what again? Bytes that were not captured before are not repetitions here,
 * whoever lost them where: they came out of order. After duplicate ACKs it is known that they were
 * sent again. And bytes that all were captured before are nothing but repetitions, however soon
 * they come.
 */
static uint32_t count_bytes(struct tc_convo_side *own, const struct tc_seg *seg, uint32_t tags)
{
	uint32_t fresh;

	if (seg->flags & TC_FLAG_SYN)
		tc_stream_begin(&own->map, seg->seq + 1);
	if (tags & TC_TAG_BIT(KEEP_ALIVE))
		return tags;
	fresh = tc_stream_take(&own->map, seg->seq + !!(seg->flags & TC_FLAG_SYN), seg->len);
	own->bytes += fresh;
	if (!fresh && seg->len && tags & TC_TAG_BIT(OUT_OF_ORDER))
		return (tags & ~TC_TAG_BIT(OUT_OF_ORDER)) | TC_TAG_BIT(RETRANSMISSION);
	if (!fresh || fresh < seg->len || !(tags & TC_TAG_BIT(RETRANSMISSION)) ||
	    tags & (TC_TAG_BIT(FAST_RETRANSMISSION) | TC_TAG_BIT(SPURIOUS_RETRANSMISSION)))
		return tags;
	return (tags & ~TC_TAG_BIT(RETRANSMISSION)) | TC_TAG_BIT(OUT_OF_ORDER);
}

static uint32_t take(struct tc_convo *c, unsigned from, const struct tc_rx *rx, tc_time now)
{
	struct tc_convo_side *own = &c->side[from];
	tc_seq text = rx->seg.seq + !!(rx->seg.flags & TC_FLAG_SYN);
	uint32_t tags = 0;

	if (is_kernel_reset(c, from, rx, now))
		tags |= TC_TAG_BIT(KERNEL_RESET);
	own->segments++;
	tags |= count_bytes(own, &rx->seg, analyse(c, from, rx, now));
	if (rx->seg.len && !(tags & TC_TAG_BIT(KEEP_ALIVE)) && rx->tcp_checksum != TC_CSUM_BAD &&
	    tc_seen_take(&own->seen, text, rx->payload, rx->seg.len - rx->cut))
		tags |= TC_TAG_BIT(OVERLAP_DIFFERS);
	note_state(c, from, &rx->seg, now);
	c->last_from = from;
	c->last_at = now;
	c->last_syn_ack = (rx->seg.flags & (TC_FLAG_SYN | TC_FLAG_ACK)) ==
			  (TC_FLAG_SYN | TC_FLAG_ACK);
	c->last_ack = rx->seg.ack;
	return tags;
}

struct tc_convo *tc_convos_segment(struct tc_convos *t, const struct tc_rx *rx, tc_time now,
				   const uint8_t *mac, unsigned *from, uint32_t *tags)
{
	struct tc_convo *c = find(t, &rx->src, rx->sport, &rx->dst, rx->dport, from);

	*tags = checksum_tags(rx);
	if (c && reuses(c, *from, &rx->seg)) {
		*tags |= TC_TAG_BIT(REUSED_PORTS);
		forget(t, c);
		c = NULL;
	}
	if (!c)
		c = begin(t, rx, now, from);
	if (!c)
		return NULL;
	c->last = now;
	if (!c->is_over && c != t->open.newest) {
		leave(&t->open, c);
		join(&t->open, c);
	}
	if (is_copy(&c->side[*from], rx, mac)) {
		*tags |= TC_TAG_BIT(FORWARDED_COPY);
		return c;
	}
	remember(&c->side[*from], rx, mac);
	*tags |= take(c, *from, rx, now);
	c->tagged += (*tags & TROUBLE) != 0;
	if (c->state >= TC_CONVO_CLOSED && !c->is_over)
		retire(t, c);
	return c;
}

bool tc_convo_opener_known(const struct tc_convo *c)
{
	return c->syn || c->wire.side[1].syn || c->state == TC_CONVO_REFUSED;
}

struct tc_ao_way tc_convo_ao_way(const struct tc_convo *c, unsigned from)
{
	const struct tc_wire_side *src = &c->wire.side[from], *dst = &c->wire.side[!from];

	return (struct tc_ao_way){ .src_isn = src->isn, .src_known = src->syn,
				   .dst_isn = dst->isn, .dst_known = dst->syn,
				   .near = src->isn + c->side[from].bytes };
}

struct tc_convo *tc_convos_quoted(struct tc_convos *t, const struct tc_rx *rx)
{
	const struct tc_flow *q = &rx->quoted;
	unsigned from;

	return find(t, &q->local_addr, q->local_port, &q->remote_addr, q->remote_port, &from);
}

static int by_number(const void *a, const void *b)
{
	const struct tc_convo *x = *(struct tc_convo *const *)a;
	const struct tc_convo *y = *(struct tc_convo *const *)b;

	return (x->number > y->number) - (x->number < y->number);
}

/* All that are here in order; NULL without memory for that. */
static struct tc_convo **sorted(const struct tc_convos *t)
{
	struct tc_convo **all = calloc(t->n_here + 1, sizeof(struct tc_convo *));
	uint32_t n = 0;

	for (uint32_t i = 0; all && i < t->n_buckets; i++)
		for (struct tc_convo *c = t->bucket[i]; c; c = c->chain)
			all[n++] = c;
	if (all)
		qsort(all, n, sizeof(struct tc_convo *), by_number);
	return all;
}

void tc_convos_close(struct tc_convos *t)
{
	struct tc_convo **all;

	if (!t)
		return;
	all = sorted(t);
	for (uint32_t i = 0, n = t->n_here; all && i < n; i++)
		forget(t, all[i]);
	free(all);
	for (uint32_t i = 0; i < t->n_buckets; i++)	/* in any order then */
		while (t->bucket[i])
			forget(t, t->bucket[i]);
	free(t->bucket);
	free(t);
}
