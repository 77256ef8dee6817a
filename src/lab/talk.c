/* SPDX-License-Identifier: BSD-2-Clause */
/* What a peer says in order, and what it does about one segment; see lab.h. */
#include "own.h"

#include "base/name.h"

#include <tcpcraft/error.h>
#include <tcpcraft/payload.h>
#include <tcpcraft/prot.h>
#include <tcpcraft/seq.h>
#include <tcpcraft/tcpopt.h>

#include <string.h>

#define SENDS 2

int tc_lab_hear(struct tc_lab *lab, struct tc_lab_conn *c, size_t most, tc_time until,
		struct tc_buf *out, struct tc_error *err)
{
	struct tc_lab_frame *seen;
	int rc = 1;

	while (out->len < most && !c->peer_fin && c->end == TC_LAB_ALIVE && !out->failed) {
		tc_seq had = c->rcv_nxt, at;

		rc = tc_lab_next(lab, c, until, &seen, err);
		if (rc <= 0)
			break;
		at = had - seen->rx.seg.seq;
		if (seen->rx.kind != TC_RX_TCP || c->rcv_nxt == had)
			continue;
		if (at < seen->rx.seg.len - seen->rx.cut)
			tc_buf_add(out, seen->rx.payload + at,
				   seen->rx.seg.len - seen->rx.cut - at);
		seen->cited = true;
		rc = tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err);
		if (rc < 0)
			break;
	}
	return rc < 0 ? rc : 0;
}

int tc_lab_catch_up(struct tc_lab *lab, struct tc_lab_conn *c, struct tc_error *err)
{
	struct tc_lab_frame *seen;
	int rc;

	do
		rc = tc_lab_next(lab, c, 0, &seen, err);
	while (rc > 0);
	return rc;
}

struct tc_cookie tc_lab_cookie(const struct tc_rx *rx)
{
	struct tc_tcpopt_iter it = { rx->options, rx->options + rx->options_len };
	struct tc_cookie k = { .n = 0 };
	struct tc_tcpopt opt;

	while (rx->options_len && tc_tcpopt_next(&it, &opt, NULL) > 0)
		if (opt.kind == TC_OPT_FASTOPEN && opt.len > 2 && opt.len - 2u <= sizeof k.bytes) {
			k.n = (uint8_t)(opt.len - 2);
			memcpy(k.bytes, opt.data, k.n);
		}
	return k;
}

/* true: this settles it. */
static bool settles(const struct tc_rx *rx, tc_seq left, tc_seq right,
		    enum tc_lab_reaction *r)
{
	uint16_t flags = rx->seg.flags;
	bool acks = flags & TC_FLAG_ACK && left != right && tc_seq_geq(rx->seg.ack, right);

	if (rx->kind != TC_RX_TCP || rx->tcp_checksum == TC_CSUM_BAD)
		return false;
	if (flags & TC_FLAG_RST)
		*r = acks ? TC_LAB_ABORTS : TC_LAB_RESETS;
	else if (acks)
		*r = TC_LAB_TAKES;
	else if ((flags & (TC_FLAG_ACK | TC_FLAG_SYN | TC_FLAG_FIN)) == TC_FLAG_ACK &&
		 rx->seg.len == 0)
		*r = TC_LAB_ASKS;
	else
		return false;
	return true;
}

int tc_lab_react(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_lab_seg *seg,
		 tc_time wait, enum tc_lab_reaction *r, struct tc_error *err)
{
	tc_seq end = seg->seq + (tc_seq)seg->len + !!(seg->flags & TC_FLAG_SYN) +
		     !!(seg->flags & TC_FLAG_FIN);
	struct tc_lab_frame *seen;
	tc_time until;
	int rc = tc_lab_catch_up(lab, c, err);

	*r = TC_LAB_SILENT;
	if (rc < 0)
		return rc;
	if (tc_seq_gt(end, c->snd_nxt))
		c->snd_nxt = end;
	for (int i = 0; i < SENDS; i++) {	/* one may be lost */
		rc = tc_lab_cite_sent(lab, tc_lab_put(lab, c, seg, err));
		if (rc < 0)
			return rc;
		until = tc_clock_monotonic() + wait / SENDS;
		while ((rc = tc_lab_next(lab, c, until, &seen, err)) > 0)
			if (settles(&seen->rx, seg->seq, end, r)) {
				seen->cited = true;
				return 0;
			}
		if (rc < 0)
			return rc;
	}
	return 0;
}

int tc_lab_react_byte(struct tc_lab *lab, struct tc_lab_conn *c, uint16_t more,
		      enum tc_lab_reaction *r, struct tc_error *err)
{
	struct tc_lab_seg seg;

	tc_lab_make_byte(c, more, &seg);
	return tc_lab_react(lab, c, &seg, tc_lab_wait(lab, TC_S), r, err);
}

const char *tc_lab_reaction_name(enum tc_lab_reaction r)
{
	static const char *const names[] = {
		[TC_LAB_SILENT] = "silent", [TC_LAB_TAKES] = "acknowledged",
		[TC_LAB_ASKS] = "answered with an ACK", [TC_LAB_RESETS] = "reset",
		[TC_LAB_ABORTS] = "acknowledged by a reset",
	};

	return TC_NAME(names, r);
}

int tc_lab_request(const struct tc_lab *lab, const uint8_t *payload, size_t n,
		   struct tc_lab_request *r, struct tc_error *err)
{
	*r = (struct tc_lab_request){ 0 };
	if (lab->cfg.echo) {
		tc_buf_add(&r->bytes, payload, n);
		for (size_t i = 0; i < lab->pad; i++)
			tc_buf_add_u8(&r->bytes, '.');
		r->tail = lab->pad;
		return r->bytes.failed ? tc_nomem(err) : 0;
	}
	r->head = TC_PROT_HEAD;
	r->tail = TC_PROT_TAIL;
	return tc_payload_build(&r->bytes, tc_header_get(TC_HDR_PROT), payload, n, NULL, 0, err);
}

int tc_lab_answer(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_lab_request *r,
		  tc_time wait, bool *right, struct tc_error *err)
{
	const void *want = lab->cfg.echo ? r->bytes.data : (const uint8_t *)TC_PROT_ACK;
	size_t n = lab->cfg.echo ? r->bytes.len : TC_PROT_ACK_LEN;
	struct tc_buf got = { 0 };
	int rc = tc_lab_hear(lab, c, n, tc_clock_monotonic() + wait, &got, err);

	*right = rc >= 0 && got.len == n && memcmp(got.data, want, n) == 0;
	tc_buf_free(&got);
	return rc;
}
