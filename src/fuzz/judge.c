/* SPDX-License-Identifier: BSD-2-Clause */
/* Which frames must be dropped, though they may be answered, and which frames above TCP are
 * wrong. */
#include "judge.h"

#include "wire/find_tcp.h"
#include "wire/place.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/segment.h>

#include <stdio.h>
#include <string.h>

#define ACK_AHEAD 65536		/* so far no answer that we have not seen yet can reach */

static const char *offset_clause(const uint8_t *tcp, size_t n)
{
	size_t head = n < TCP_BYTES ? 0 : (size_t)(tcp[TC_TCP_HDR_LEN_OFF / 8] >> 4) * 4;

	return head < TCP_BYTES || head > n ? "RFC 9293 3.1: data offset" : NULL;
}

static const char *header_clause_v6(const uint8_t *ip, size_t n)
{
	struct tc_rx rx;
	size_t all, left;
	const uint8_t *tcp;

	if (n < IPV6_BYTES || ip[0] >> 4 != 6)
		return "RFC 8200 3: another version of IP";
	all = IPV6_BYTES + (size_t)tc_get16(PLACE(ip, IPV6_PLEN));
	if (all > n)
		return "RFC 8200 3: payload length beyond the end";
	tcp = tc_find_tcp(ip, all, &left);
	if (!tcp || (tc_rx_parse(&rx, ip, all, TC_DLT_RAW, NULL) >= 0 &&
		     rx.kind == TC_RX_FRAGMENT))
		return NULL;		/* no TCP, or a fragment: not judged */
	return offset_clause(tcp, left);
}

/* What the headers say of themselves, up to what tells one TCP from another. */
static const char *header_clause(const uint8_t *ip, size_t n)
{
	size_t hdr = n ? (ip[0] & 0x0fu) * 4u : 0;

	if (n < IP_BYTES || ip[0] >> 4 != 4)
		return "RFC 1122 3.2.1.1: another version of IP";
	if (hdr < IP_BYTES || hdr > n)
		return "RFC 1122 3.2.1: header length";
	if (tc_checksum(ip, hdr) != 0)
		return "RFC 1122 3.2.1.2: IP checksum";
	if (tc_get16(ip + 2) > n)
		return "RFC 791 3.1: total length beyond the end";
	if (*PLACE(ip, IP_PROTO) != TCP_IPPROTO || tc_get16(ip + 6) & 0x3fff)
		return NULL;		/* no TCP, or a fragment: not judged */
	return offset_clause(ip + hdr, n - hdr);
}

/* In place of our SYN: the peer is in LISTEN. */
static const char *listen_clause(const struct tc_seg *seg)
{
	if (seg->flags & TC_FLAG_RST)
		return "RFC 9293 3.10.7.2 first: a RST is ignored";
	if (!(seg->flags & (TC_FLAG_SYN | TC_FLAG_ACK)))
		return "RFC 9293 3.10.7.2 fourth: neither SYN nor ACK";
	return NULL;
}

/* In place of our SYN,ACK: the peer is in SYN-SENT, and waits for the number that this
 * acknowledges. */
static const char *syn_sent_clause(const struct tc_seg *seg, const struct tc_seg *honest,
				   bool *may_reset)
{
	if (seg->flags & TC_FLAG_ACK && seg->ack != honest->ack) {
		*may_reset = true;
		return "RFC 9293 3.10.7.3 first: acknowledges what was not sent";
	}
	if (seg->flags & TC_FLAG_RST)
		return seg->flags & TC_FLAG_ACK ? NULL
			: "RFC 9293 3.10.7.3 second: a RST without ACK";
	return seg->flags & TC_FLAG_SYN ? NULL : "RFC 9293 3.10.7.3 fifth: neither SYN nor RST";
}

/* In place of data: the peer is in ESTABLISHED and waits for the number of the honest one. */
static const char *text_clause(const struct tc_seg *seg, const struct tc_seg *honest,
			       uint32_t window, bool prot, bool *may_reset)
{
	int32_t off = (int32_t)(seg->seq - honest->seq);
	int32_t ahead = (int32_t)(seg->ack - honest->ack);

	if ((off < 0 && off + (int64_t)tc_seg_seq_len(seg) <= 0) ||
	    off > (int64_t)window)
		return "RFC 9293 3.10.7.4 first: outside the window";
	if (seg->flags & TC_FLAG_RST)
		return NULL;
	if (seg->flags & TC_FLAG_SYN) {
		*may_reset = true;	/* of who does without RFC 5961 */
		return "RFC 9293 3.10.7.4 fourth: SYN in a synchronized state";
	}
	if (seg->flags & TC_FLAG_ACK && ahead > 0 && (prot || ahead > ACK_AHEAD))
		return "RFC 9293 3.10.7.4 fifth: acknowledges what was not sent";
	return NULL;
}

/* The clause for which a frame is to be dropped, or NULL. */
static const char *drop_clause(const struct tc_outgoing *out, const uint8_t *ip, size_t n,
			       bool prot, struct tc_rx *rx, bool *may_reset)
{
	bool v6 = out->frame[out->l3] >> 4 == 6;	/* as it was, before anything was changed */
	const char *clause = v6 ? header_clause_v6(ip, n) : header_clause(ip, n);
	struct tc_conn_info info;

	if (clause || tc_rx_parse(rx, ip, n, TC_DLT_RAW, NULL) < 0 || rx->kind != TC_RX_TCP)
		return clause;
	if (rx->tcp_checksum == TC_CSUM_BAD)
		return "RFC 9293 3.1: TCP checksum (MUST-3)";
	tc_conn_info(out->conn, &info);
	if (rx->sport != info.flow.local_port || rx->dport != info.flow.remote_port) {
		*may_reset = true;	/* where nobody knows it */
		return "RFC 9293 3.10.7.1: of another connection";
	}
	if (out->seg->flags & TC_FLAG_SYN)
		return out->seg->flags & TC_FLAG_ACK
			? syn_sent_clause(&rx->seg, out->seg, may_reset)
			: listen_clause(&rx->seg);
	if (rx->seg.len && !(rx->seg.flags & (TC_FLAG_ACK | TC_FLAG_SYN | TC_FLAG_RST)))
		return "RFC 9293 3.10.7.4 fifth: no ACK bit";
	return out->seg->len ? text_clause(&rx->seg, out->seg, info.peer_window, prot, may_reset)
			     : NULL;
}

/* A row that has one right value. Defaults of others may be anything, but PROT's. */
static bool is_fixed(const struct tc_header *h, unsigned row)
{
	return h->rows[row].bits && (h->rows[row].autofill != TC_FILL_NONE ||
				     h->mark_rows >> row & 1 ||
				     h == tc_header_get(TC_HDR_PROT));
}

static void judge_frame(struct tc_fuzz_evidence *e, const struct tc_header *h,
			const uint8_t *bytes, size_t n)
{
	struct tc_packet p = { 0 };
	uint64_t value, right;

	/* what is behind the frame, it says, is not its own */
	if (tc_packet_parse_as(&p, bytes, n, h, NULL) < 0 || p.n < 1)
		goto out;
	for (unsigned row = 0; row < h->n_rows && !e->frame_bad; row++) {
		const struct tc_field *f = &h->rows[row];

		if (!is_fixed(h, row))
			continue;
		value = right = tc_packet_get(&p, 0, row);
		if (f->autofill == TC_FILL_NONE)
			right = f->def;
		else
			tc_packet_computed(&p, 0, row, &right, NULL);
		if (value == right)
			continue;
		e->frame_bad = true;
		snprintf(e->frame_why, sizeof e->frame_why, "%s=0x%llx where 0x%llx is right",
			 f->name, (unsigned long long)value, (unsigned long long)right);
	}
out:
	tc_packet_free(&p);
}

void tc_evidence_add(struct tc_fuzz_evidence *e, const struct tc_outgoing *out,
		     const struct tc_injection *in, const struct tc_fuzz_config *cfg)
{
	struct tc_rx rx = { 0 };
	const char *clause = drop_clause(out, in->frame + in->l3, in->len - in->l3, cfg->prot,
					 &rx, &e->may_reset);

	e->frames++;
	e->bad += clause != NULL;
	e->syn += !!(out->seg->flags & TC_FLAG_SYN);
	e->data += out->seg->len > 0;
	if (clause)
		e->clause = clause;
	if (clause && out->seg->flags & TC_FLAG_SYN)
		e->syn_clause = clause;
	if (clause && out->seg->len > 0)
		e->data_clause = clause;
	/* several frames: what they make together is not judged */
	e->frame_bad = false;
	if (cfg->frame && out->seg->len && e->data == 1 && rx.l3 && !clause)
		judge_frame(e, cfg->frame, rx.payload, rx.seg.len);
}
