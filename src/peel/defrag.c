/* SPDX-License-Identifier: BSD-2-Clause */
/* Reassembly of fragments; see defrag.h. */
#include "defrag.h"
#include "wire/rx_fragment.h"

#include <tcpcraft/checksum.h>
#include <tcpcraft/field.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UNIT 8u			/* bytes: what ip.frag_offset counts */
#define DATAGRAM_MOST 65535u	/* IPv6: without its header */
#define IPV6_HEAD (TC_IPV6_DST_OFF / 8 + 16)

static void give_up(struct tc_defrag *d, struct partial *p, enum tc_defrag_lost why)
{
	if (p->used)
		d->lost[p->spoilt ? DEFRAG_OVERLAP : why] += p->fragments;
	p->used = false;
	p->age = 0;
}

/* Of IPv6 the protocol is not part of what tells datagrams apart. */
static bool is_of(const struct partial *p, const struct tc_rx *rx, const struct tc_fragment *f)
{
	return p->used && p->id == f->id && tc_addr_equal(&p->src, &rx->src) &&
	       tc_addr_equal(&p->dst, &rx->dst) && (rx->src.family == 6 || p->proto == f->proto);
}

static struct partial *find(struct tc_defrag *d, const struct tc_rx *rx,
			   const struct tc_fragment *f, tc_time stamp)
{
	struct partial *oldest = d->datagram;

	for (struct partial *p = d->datagram; p < d->datagram + DEFRAG_MOST; p++) {
		if (p->used && stamp - p->since > DEFRAG_WAIT)
			give_up(d, p, DEFRAG_LATE);
		if (is_of(p, rx, f))
			return p;
		if (p->age < oldest->age)
			oldest = p;
	}
	give_up(d, oldest, DEFRAG_CROWDED);
	oldest->bytes.len = oldest->header.len = 0;
	*oldest = (struct partial){ .src = rx->src, .dst = rx->dst, .id = f->id,
				   .proto = f->proto, .used = true, .age = ++d->clock,
				   .since = stamp, .bytes = oldest->bytes,
				   .header = oldest->header };
	return oldest;
}

static bool has_unit(const struct partial *p, size_t unit)
{
	return p->have[unit / 8] >> unit % 8 & 1;
}

/* Units that are there already stay as they are. */
static int place(struct partial *p, const struct tc_fragment *f)
{
	size_t end = f->at + f->n;

	if (end > p->bytes.len) {
		if (tc_buf_reserve(&p->bytes, end - p->bytes.len) < 0)
			return -ENOMEM;
		memset(p->bytes.data + p->bytes.len, 0, end - p->bytes.len);
		p->bytes.len = end;
	}
	for (size_t i = 0; i < f->n; i += UNIT) {
		size_t unit = (f->at + i) / UNIT, here = f->n - i < UNIT ? f->n - i : UNIT;

		if (has_unit(p, unit))
			continue;
		p->have[unit / 8] |= (uint8_t)(1u << unit % 8);
		memcpy(p->bytes.data + f->at + i, f->data + i, here);
		p->got += here;
	}
	return 0;
}

/* An exact copy of what came before does not count as an overlap (RFC 8200 4.5). */
static bool overlaps(const struct partial *p, const struct tc_fragment *f)
{
	size_t there = 0, units = 0;

	for (size_t i = 0; i < f->n; i += UNIT, units++)
		there += has_unit(p, (f->at + i) / UNIT);
	if (there == 0)
		return false;
	return there < units || f->at + f->n > p->bytes.len ||
	       memcmp(p->bytes.data + f->at, f->data, f->n) != 0;
}

/* It lies beyond the end of its datagram, or says that the datagram ends elsewhere. */
static bool lies(const struct partial *p, const struct tc_fragment *f)
{
	size_t end = f->at + f->n;

	if (p->last_seen)
		return end > p->end || !f->more != (end == p->end);
	return !f->more && p->bytes.len > end;
}

static bool too_long(const struct tc_rx *rx, size_t head, size_t data)
{
	return head + data > DATAGRAM_MOST + (rx->src.family == 6 ? IPV6_HEAD : 0);
}

static int give(struct tc_defrag *d, struct partial *p)
{
	uint8_t *ip;

	d->whole.len = 0;
	tc_buf_add(&d->whole, p->header.data, p->header.len);
	tc_buf_add(&d->whole, p->bytes.data, p->end);
	p->used = false;
	p->age = 0;
	if (d->whole.failed || p->header.failed)
		return -ENOMEM;
	ip = d->whole.data;
	if (p->src.family == 6) {
		ip[p->next] = p->proto;
		tc_put16(ip + TC_IPV6_PLEN_OFF / 8, (uint16_t)(d->whole.len - IPV6_HEAD));
		return 1;
	}
	tc_put16(ip + TC_IP_LEN_OFF / 8, (uint16_t)d->whole.len);
	tc_put16(ip + TC_IP_RB_OFF / 8, 0);
	tc_put16(ip + TC_IP_CHECKSUM_OFF / 8, 0);
	tc_put16(ip + TC_IP_CHECKSUM_OFF / 8, tc_checksum(ip, p->header.len));
	return 1;
}

/* A fragment that agrees with those of its datagram that are here. */
static int fit(struct tc_defrag *d, struct partial *p, const struct tc_rx *rx,
	       const struct tc_fragment *f)
{
	if (place(p, f) < 0)
		return -ENOMEM;
	if (f->at == 0 && !p->header.len) {
		tc_buf_add(&p->header, rx->l3, f->head);
		p->next = f->next;
		p->proto = f->proto;
	}
	if (!f->more) {
		p->last_seen = true;
		p->end = f->at + f->n;
	}
	if (!p->last_seen || !p->header.len || p->got != p->end)
		return 0;
	if (!too_long(rx, p->header.len, p->end))
		return give(d, p);
	give_up(d, p, DEFRAG_LIES);
	return 0;
}

int tc_defrag_take(struct tc_defrag *d, const struct tc_rx *rx, tc_time stamp)
{
	struct tc_fragment f;
	struct partial *p;

	if (!d->datagram)
		d->datagram = calloc(DEFRAG_MOST, sizeof *d->datagram);
	if (!d->datagram)
		return -ENOMEM;
	tc_rx_fragment(rx, &f);
	if (rx->cut || f.n == 0 || (f.more && f.n % UNIT) || too_long(rx, f.head, f.at + f.n)) {
		d->lost[rx->cut ? DEFRAG_CUT : DEFRAG_LIES]++;
		return 0;
	}
	p = find(d, rx, &f, stamp);
	if (!p->spoilt && lies(p, &f)) {
		d->lost[DEFRAG_LIES]++;
		return 0;
	}
	p->fragments++;
	if (rx->src.family == 6 && !p->spoilt)
		p->spoilt = overlaps(p, &f);
	return p->spoilt ? 0 : fit(d, p, rx, &f);
}

void tc_defrag_end(struct tc_defrag *d)
{
	for (unsigned i = 0; d->datagram && i < DEFRAG_MOST; i++)
		give_up(d, &d->datagram[i], DEFRAG_UNFINISHED);
}

void tc_defrag_free(struct tc_defrag *d)
{
	for (unsigned i = 0; d->datagram && i < DEFRAG_MOST; i++) {
		tc_buf_free(&d->datagram[i].bytes);
		tc_buf_free(&d->datagram[i].header);
	}
	free(d->datagram);
	tc_buf_free(&d->whole);
}
