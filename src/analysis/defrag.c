/* SPDX-License-Identifier: BSD-2-Clause */
/* Reassembly of fragments; see defrag.h. */
#include "defrag.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/checksum.h>
#include <tcpcraft/field.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UNIT 8u			/* bytes: what ip.frag_offset counts */
#define DATAGRAM_MOST 65535u

#define AT(row) (TC_IP_##row##_OFF / 8)

static struct puzzle *find(struct tc_defrag *d, const struct tc_rx *rx)
{
	struct puzzle *oldest = d->puzzle;
	uint8_t proto = rx->l3[AT(PROTO)];

	for (struct puzzle *p = d->puzzle; p < d->puzzle + DEFRAG_MOST; p++) {
		if (p->used && tc_addr_equal(&p->src, &rx->src) &&
		    tc_addr_equal(&p->dst, &rx->dst) && p->id == rx->ip_id &&
		    p->proto == proto)
			return p;
		if (p->age < oldest->age)
			oldest = p;
	}
	oldest->bytes.len = 0;
	*oldest = (struct puzzle){ .src = rx->src, .dst = rx->dst, .id = rx->ip_id,
				   .proto = proto, .used = true, .age = ++d->clock,
				   .bytes = oldest->bytes };
	return oldest;
}

/* Units that are there already stay as they are. */
static int place(struct puzzle *p, size_t at, const uint8_t *data, size_t n)
{
	if (at + n > p->bytes.len) {
		if (tc_buf_reserve(&p->bytes, at + n - p->bytes.len) < 0)
			return -ENOMEM;
		memset(p->bytes.data + p->bytes.len, 0, at + n - p->bytes.len);
		p->bytes.len = at + n;
	}
	for (size_t i = 0; i < n; i += UNIT) {
		size_t unit = (at + i) / UNIT, here = n - i < UNIT ? n - i : UNIT;

		if (p->have[unit / 8] & 1u << unit % 8)
			continue;
		p->have[unit / 8] |= (uint8_t)(1u << unit % 8);
		memcpy(p->bytes.data + at + i, data + i, here);
		p->got += here;
	}
	return 0;
}

static int give(struct tc_defrag *d, struct puzzle *p)
{
	uint8_t *ip;

	d->whole.len = 0;
	tc_buf_add(&d->whole, p->header, p->head);
	tc_buf_add(&d->whole, p->bytes.data, p->end);
	p->used = false;
	p->age = 0;
	if (d->whole.failed)
		return -ENOMEM;
	ip = d->whole.data;
	tc_put16(ip + AT(LEN), (uint16_t)d->whole.len);
	tc_put16(ip + AT(RB), 0);
	tc_put16(ip + AT(CHECKSUM), 0);
	tc_put16(ip + AT(CHECKSUM), tc_checksum(ip, p->head));
	return 1;
}

int tc_defrag_take(struct tc_defrag *d, const struct tc_rx *rx)
{
	size_t head = (rx->l3[0] & 15u) * 4, n = rx->l3_len - head;	/* of IPv4 */
	unsigned word = tc_get16(rx->l3 + AT(RB));
	size_t at = (word & 0x1fff) * (size_t)UNIT;
	bool more = word & 0x2000;
	struct puzzle *p;

	if (rx->src.family != 4)
		return 0;
	if (!d->puzzle)
		d->puzzle = calloc(DEFRAG_MOST, sizeof *d->puzzle);
	if (!d->puzzle)
		return -ENOMEM;
	if (n == 0 || at + n + head > DATAGRAM_MOST || (more && n % UNIT))
		return 0;
	p = find(d, rx);
	if (p->last_seen && (at + n > p->end || !more != (at + n == p->end)))
		return 0;	/* beyond its own end, or a second end */
	if (!more && p->bytes.len > at + n)
		return 0;
	if (place(p, at, rx->l3 + head, n) < 0)
		return -ENOMEM;
	if (at == 0 && !p->head) {
		memcpy(p->header, rx->l3, head);
		p->head = head;
	}
	if (!more) {
		p->last_seen = true;
		p->end = at + n;
	}
	if (!p->last_seen || !p->head || p->got != p->end || p->head + p->end > DATAGRAM_MOST)
		return 0;
	return give(d, p);
}

void tc_defrag_free(struct tc_defrag *d)
{
	for (unsigned i = 0; d->puzzle && i < DEFRAG_MOST; i++)
		tc_buf_free(&d->puzzle[i].bytes);
	free(d->puzzle);
	tc_buf_free(&d->whole);
}
