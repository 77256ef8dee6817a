/* SPDX-License-Identifier: BSD-2-Clause */
/* Which frames must be dropped in silence, and which PROT frames are wrong. */
#include "fuzz_judge.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/prot.h>
#include <tcpcraft/segment.h>

#include <stdio.h>
#include <string.h>

#define TCP_BYTES 20

/* The clause that a frame breaks so that it is to be dropped, or NULL. */
static const char *drop_clause(const uint8_t *ip, size_t n, struct tc_rx *rx)
{
	size_t hdr = n ? (ip[0] & 0x0fu) * 4u : 0;

	if (n < 20 || ip[0] >> 4 != 4)
		return "RFC 1122 3.2.1.1: another version of IP";
	if (hdr < 20 || hdr > n)
		return "RFC 1122 3.2.1: header length";
	if (tc_checksum(ip, hdr) != 0)
		return "RFC 1122 3.2.1.2: IP checksum";
	if (ip[9] != 6 || tc_get16(ip + 6) & 0x3fff)
		return NULL;		/* no TCP, or a fragment: not judged */
	if (n - hdr < TCP_BYTES || (size_t)(ip[hdr + 12] >> 4) * 4 < TCP_BYTES ||
	    (size_t)(ip[hdr + 12] >> 4) * 4 > n - hdr)
		return "RFC 9293 3.1: data offset";
	if (tc_rx_parse(rx, ip, n, TC_DLT_RAW, NULL) < 0)
		return NULL;
	if (rx->tcp_checksum == TC_CSUM_BAD)
		return "RFC 9293 3.1: TCP checksum (MUST-3)";
	if (rx->seg.len && !(rx->seg.flags & (TC_FLAG_ACK | TC_FLAG_SYN | TC_FLAG_RST)))
		return "RFC 9293 3.10.7.4 fifth: no ACK bit";
	return NULL;
}

static void judge_prot(struct evidence *e, const uint8_t *bytes, size_t n)
{
	struct tc_packet p = { 0 };
	const struct tc_header *h;
	uint64_t value, right;

	if (tc_packet_parse(&p, bytes, n, TC_HDR_PROT, NULL) < 0 || p.n != 1)
		goto out;
	h = p.layer[0].hdr;
	for (unsigned row = 0; row < h->n_rows && !e->prot_bad; row++) {
		const struct tc_field *f = &h->rows[row];

		if (f->bits == 0)
			continue;
		value = right = tc_packet_get(&p, 0, row);
		if (f->autofill == TC_FILL_NONE)
			right = f->def;
		else
			tc_packet_computed(&p, 0, row, &right, NULL);
		if (value == right)
			continue;
		e->prot_bad = true;
		snprintf(e->prot_why, sizeof e->prot_why, "%s=0x%llx where 0x%llx is right",
			 f->name, (unsigned long long)value, (unsigned long long)right);
	}
out:
	tc_packet_free(&p);
}

void tc_evidence_add(struct evidence *e, const struct tc_seg *honest, const uint8_t *ip,
		     size_t n, bool prot)
{
	struct tc_rx rx = { 0 };
	const char *clause = drop_clause(ip, n, &rx);

	e->frames++;
	e->bad += clause != NULL;
	e->syn += honest->flags & TC_FLAG_SYN;
	e->data += honest->len > 0;
	if (clause)
		e->clause = clause;
	/* several frames: what they make together is not judged */
	e->prot_bad = false;
	if (prot && honest->len && e->data == 1 && rx.l3 && !clause)
		judge_prot(e, rx.payload, rx.seg.len);
}
