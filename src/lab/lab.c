/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments out, frames in, and the log of both; see lab.h. */
#include "own.h"

#include "wire/family.h"

#include <tcpcraft/error.h>
#include <tcpcraft/seq.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MOST 200000			/* frames; what comes after is not kept */

/* ---- out -------------------------------------------------------------------------- */

void tc_lab_make(const struct tc_lab_conn *c, uint16_t flags, struct tc_lab_seg *seg)
{
	*seg = (struct tc_lab_seg){
		.flags = flags, .seq = c->snd_nxt,
		.ack = flags & TC_FLAG_ACK ? c->rcv_nxt : 0, .window = c->window,
	};
	if (!c->ts_ok || flags & TC_FLAG_SYN)
		return;
	snprintf(seg->own_options, sizeof seg->own_options, "nop,nop,TS val %u ecr %u",
		 (unsigned)(tc_clock_monotonic() / TC_MS), c->ts_recent);
}

void tc_lab_make_byte(const struct tc_lab_conn *c, uint16_t more, struct tc_lab_seg *seg)
{
	tc_lab_make(c, (uint16_t)(TC_FLAG_ACK | TC_FLAG_PSH | more), seg);
	seg->payload = "x";
	seg->len = 1;
}

int tc_lab_push_ip(struct tc_lab *lab, const struct tc_lab_conn *c, struct tc_error *err)
{
	struct tc_packet *p = &lab->own->packet;
	int rc;

	tc_packet_clear(p);
	if (lab->own->ethernet) {
		rc = tc_vlan_push(p, lab->cfg.clients ? c->mac : lab->path->next_mac,
				  lab->path->mac, &lab->path->vlan, err);
		if (rc < 0)
			return rc;
	}
	return tc_packet_push(p, tc_header_ip(c->flow.remote_addr.family), err);
}

struct row {
	int layer;
	unsigned row;
	uint64_t value;
};

static int set_rows(struct tc_lab *lab, const struct row *rows, size_t n, struct tc_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = tc_packet_set(&lab->own->packet, rows[i].layer, rows[i].row,
				   rows[i].value, err);
	return rc;
}

/* Our segments are known again by the number in their IP header: the identification, or the
 * flow label of IPv6. */
int tc_lab_set_ip(struct tc_lab *lab, const struct tc_flow *flow, const struct tc_lab_seg *seg,
		  int ip, struct tc_error *err)
{
	const struct tc_family *f = tc_family(flow->local_addr.family);
	const struct row rows[] = {
		{ ip, f->number, lab->own->last_number },
		{ ip, f->ttl, seg->ttl ? seg->ttl : 64 },
	};

	tc_packet_set_addrs(&lab->own->packet, ip, &flow->local_addr, &flow->remote_addr);
	tc_family_set_ds(&lab->own->packet, ip, seg->dsfield);
	return set_rows(lab, rows, sizeof rows / sizeof *rows, err);
}

static int put_rows(struct tc_lab *lab, const struct tc_flow *flow,
		    const struct tc_lab_seg *seg, int ip, struct tc_error *err)
{
	const struct row rows[] = {
		{ ip + 1, TC_TCP_SRCPORT, flow->local_port },
		{ ip + 1, TC_TCP_DSTPORT, flow->remote_port },
		{ ip + 1, TC_TCP_SEQ, seg->seq },
		{ ip + 1, TC_TCP_ACK, seg->ack },
		{ ip + 1, TC_TCP_WINDOW, seg->window },
		{ ip + 1, TC_TCP_URGENT, seg->urgent },
	};
	int rc = tc_lab_set_ip(lab, flow, seg, ip, err);

	return rc < 0 ? rc : set_rows(lab, rows, sizeof rows / sizeof *rows, err);
}

/* The segment as bytes: their number, or what the field tables refuse. */
static int build(struct tc_lab *lab, const struct tc_lab_conn *c,
		 const struct tc_lab_seg *seg, uint8_t *out, size_t cap, struct tc_error *err)
{
	struct tc_packet *p = &lab->own->packet;
	const char *options = seg->options ? seg->options : seg->own_options;
	char flags[16];
	int ip = tc_lab_push_ip(lab, c, err);
	int rc = ip < 0 ? ip : tc_packet_push(p, tc_header_get(TC_HDR_TCP), err);

	if (rc >= 0)
		rc = put_rows(lab, &c->flow, seg, ip, err);
	snprintf(flags, sizeof flags, "0x%03x", seg->flags);
	if (rc >= 0)
		rc = tc_packet_set_text(p, "tcp.flags", flags, NULL, err);
	if (rc >= 0 && *options)
		rc = tc_packet_set_text(p, "tcp.options", options, NULL, err);
	for (size_t i = 0; i < 2 && rc >= 0 && seg->set[i].field; i++)
		rc = tc_packet_set_text(p, seg->set[i].field, seg->set[i].value, NULL, err);
	if (rc >= 0 && seg->len) {
		rc = tc_packet_push(p, tc_header_get(TC_HDR_DATA), err);
		if (rc >= 0)
			rc = tc_packet_set_bytes(p, rc, seg->payload, seg->len, err);
	}
	return rc < 0 ? rc : tc_packet_build(p, out, cap, err);
}

/* No faster than the rate allows; what was not used up is not made up for. */
static int wait_turn(struct tc_lab *lab, struct tc_error *err)
{
	struct tc_pace *pace = &lab->own->pace;
	int rc = 0;

	while (rc >= 0 && !tc_pace_may(pace, tc_clock_monotonic(), 1))
		rc = tc_lab_sleep(lab, tc_pace_next(pace), err);
	pace->gone++;
	return rc;
}

int tc_lab_turn(struct tc_lab *lab, struct tc_error *err)
{
	int rc = wait_turn(lab, err);

	if (rc >= 0 && ++lab->own->last_number == 0)	/* a raw path would fill it in */
		lab->own->last_number = 1;
	return rc;
}

int tc_lab_transmit(struct tc_lab *lab, const uint8_t *bytes, size_t n, bool marked,
		    struct tc_error *err)
{
	struct tc_lab_parts *own = lab->own;
	struct tc_out out = { .bytes = bytes, .len = n, .marked = marked };
	int rc = tc_link_can_carry(own->link, bytes, n, err);

	if (rc < 0)
		return rc;
	own->was_sent[own->last_number] = true;
	own->cited[own->last_number] = false;
	rc = tc_link_send(own->link, &out, 1, err);
	if (out.error == -EPERM)
		own->blocked++;
	if (rc == 0 && out.error)
		rc = out.error;
	if (rc < 0 && rc != -ENOBUFS)	/* that one is lost, as any may be on the wire */
		return rc;
	own->sent++;
	return own->last_number;
}

int tc_lab_put(struct tc_lab *lab, struct tc_lab_conn *c, const struct tc_lab_seg *seg,
	       struct tc_error *err)
{
	uint8_t bytes[TC_PACKET_MAX];
	int rc = tc_lab_turn(lab, err);

	if (rc >= 0)
		rc = build(lab, c, seg, bytes, sizeof bytes, err);
	return rc < 0 ? rc : tc_lab_transmit(lab, bytes, (size_t)rc, seg->flags & TC_FLAG_RST, err);
}

int tc_lab_send(struct tc_lab *lab, struct tc_lab_conn *c, uint16_t flags,
		const void *bytes, size_t n, struct tc_error *err)
{
	struct tc_lab_seg seg;
	int rc;

	tc_lab_make(c, flags, &seg);
	seg.payload = bytes;
	seg.len = n;
	rc = tc_lab_put(lab, c, &seg, err);
	if (rc >= 0)
		c->snd_nxt += (tc_seq)n + !!(flags & TC_FLAG_SYN) + !!(flags & TC_FLAG_FIN);
	return rc;
}

/* ---- in --------------------------------------------------------------------------- */

/* An ICMP error need only quote our end: what else it quotes may be what is asked for. */
static void *to_us(void *ctx, const struct tc_flow *flow, const struct tc_heard *h)
{
	const struct tc_lab *lab = ctx;
	struct tc_lab_conn *c;

	if (lab->cfg.clients)
		return tc_lab_called(ctx, flow, h);
	c = tc_lab_find_end(lab, &flow->local_addr, flow->local_port);
	return c && (h->rx.kind == TC_RX_ICMP_ERROR ||
		     (tc_addr_equal(&flow->remote_addr, &c->flow.remote_addr) &&
		      flow->remote_port == c->flow.remote_port)) ? c : NULL;
}

static void *from_us(void *ctx, const struct tc_flow *flow, const struct tc_heard *h)
{
	const struct tc_lab *lab = ctx;

	(void)h;
	return lab->cfg.clients ? tc_lab_find(lab, flow)
				: tc_lab_find_end(lab, &flow->local_addr, flow->local_port);
}

static void *sent(void *ctx, const struct tc_heard *h)
{
	struct tc_lab *lab = ctx;

	return lab->own->was_sent[tc_family_number(&h->rx)] ? h->end : NULL;
}

const struct tc_receiver_ops tc_lab_receives = {
	.to_us = to_us, .from_us = from_us, .sent = sent,
};

/* Nobody can say what was sent. */
static bool is_damaged(const struct tc_rx *rx)
{
	return rx->ip_checksum == TC_CSUM_BAD || rx->tcp_checksum == TC_CSUM_BAD ||
	       rx->icmp_checksum == TC_CSUM_BAD;
}

int tc_lab_take(struct tc_lab *lab, const struct tc_heard *h, struct tc_error *err)
{
	const struct tc_frame *f = &h->frame;
	struct tc_lab_conn *pinged = h->kind == TC_HEARD_NOBODY ? tc_lab_pinged(lab, &h->rx) : NULL;
	struct tc_lab_frame *s, **place;

	if (lab->own->n_log >= LOG_MOST)
		return tc_fail(err, -ENOBUFS, "more than %d frames: this is no experiment any "
			       "more", LOG_MOST);
	if (!pinged && h->kind != TC_HEARD_PEER && h->kind != TC_HEARD_COPY &&
	    h->kind != TC_HEARD_ICMP &&
	    !(h->kind == TC_HEARD_KERNEL && h->rx.kind == TC_RX_TCP))
		return 0;
	s = malloc(sizeof *s + f->len);
	place = s ? TC_ARRAY_ADD(lab->own->log, lab->own->n_log) : NULL;
	if (!place) {
		free(s);
		return tc_nomem(err);
	}
	*place = s;
	*s = (struct tc_lab_frame){
		.stamp = f->stamp, .len = f->len, .conn = pinged ? pinged : h->end,
		.ours = h->kind == TC_HEARD_COPY, .kernel = h->kind == TC_HEARD_KERNEL,
	};
	s->iss = s->conn ? s->conn->iss : 0;
	memcpy(s->frame, f->bytes, f->len);
	/* again, and as it was: rx points into the frame that is kept */
	tc_rx_parse_cut(&s->rx, s->frame, f->len, f->wire_len, lab->own->dlt, NULL);
	lab->own->received += !s->ours && !s->kernel;
	if (s->conn && !s->conn->opened && s->rx.kind == TC_RX_TCP)
		s->conn->damaged += !s->ours && !s->kernel && is_damaged(&s->rx);
	return 0;
}

static int receive(struct tc_lab *lab, struct tc_error *err)
{
	struct tc_heard h;
	int n = 0, rc;

	while ((rc = tc_receiver_next(&lab->own->receiver, &h, err)) > 0) {
		rc = tc_lab_take(lab, &h, err);
		if (rc < 0)
			return rc;
		n++;
	}
	return rc < 0 ? rc : n;
}

/* Now; and who shows that time passes is called about every second. */
static tc_time tell_time(struct tc_lab *lab)
{
	tc_time now = tc_clock_monotonic();

	if (lab->cfg.second && now - lab->own->last_second >= TC_S) {
		lab->own->last_second = now;
		lab->cfg.second(lab->cfg.second_ctx);
	}
	return now;
}

/* Receive all that is there; when nothing is, wait for it until then. 1: something came.
 * 0: nothing by then. Negative: stopped, or the link is dead. */
static int pump(struct tc_lab *lab, tc_time until, struct tc_error *err)
{
	struct pollfd stop = { .fd = lab->cfg.stop_fd, .events = POLLIN };
	bool over = false;
	tc_time now, wake;
	int rc;

	for (;;) {
		rc = receive(lab, err);
		if (rc != 0)
			return rc < 0 ? rc : 1;
		if (over)
			return 0;
		now = tell_time(lab);
		if (lab->cfg.until && now >= lab->cfg.until)
			return tc_fail(err, -ETIME, "the time for this is over");
		wake = lab->cfg.second && until - now > TC_S ? now + TC_S : until;
		if (lab->cfg.until && wake > lab->cfg.until)
			wake = lab->cfg.until;
		if (tc_receiver_wait(&lab->own->receiver, wake, &stop, 1))
			return tc_fail(err, -EINTR, "stopped by a signal");
		/* What came in time is taken also where this process had its turn too late. */
		over = tc_clock_monotonic() >= until;
	}
}

int tc_lab_sleep(struct tc_lab *lab, tc_time until, struct tc_error *err)
{
	int rc;

	do
		rc = pump(lab, until, err);
	while (rc > 0);
	return rc;
}

/* What a segment of the peer changes. */
static void note(struct tc_lab_conn *c, const struct tc_lab_frame *s)
{
	const struct tc_rx *rx = &s->rx;
	const struct tc_seg *seg = &rx->seg;

	if (rx->kind == TC_RX_ICMP_ERROR) {
		c->icmp_from = rx->src;
		c->icmp_type = rx->icmp_type;
		c->icmp_code = rx->icmp_code;
		return;
	}
	if (rx->kind != TC_RX_TCP)
		return;
	if (seg->flags & TC_FLAG_SYN) {
		c->irs = seg->seq;
		c->peer = seg->opts;
		if (!c->opened) {
			c->rcv_nxt = seg->seq + 1;
			c->opened_at = s->stamp;
		}
	}
	if (c->opened && !c->ended_at && seg->flags & (TC_FLAG_RST | TC_FLAG_FIN))
		c->ended_at = s->stamp;
	if (seg->opts.present & TC_HAS_TS)
		c->ts_recent = seg->opts.ts_val;
	if (seg->flags & TC_FLAG_ACK && tc_seq_gt(seg->ack, c->snd_una) &&
	    tc_seq_leq(seg->ack, c->snd_nxt))
		c->snd_una = seg->ack;
	if (seg->flags & TC_FLAG_RST) {
		if (c->end == TC_LAB_ALIVE && c->opened)
			c->end = TC_LAB_RESET;
		return;
	}
	if (seg->flags & TC_FLAG_ACK && tc_seq_gt(seg->ack, c->waits_for))
		c->waits_for = seg->ack;	/* (one that was overtaken says less) */
	c->peer_window = seg->wnd;
	if (c->opened && !c->never_acks && tc_seq_leq(seg->seq, c->rcv_nxt) &&
	    tc_seq_gt(seg->seq + tc_seg_seq_len(seg), c->rcv_nxt)) {
		c->rcv_nxt = seg->seq + tc_seg_seq_len(seg);
		c->peer_fin |= (seg->flags & TC_FLAG_FIN) != 0;
	}
}

/* A SYN,ACK that comes again: the handshake's third segment was lost. */
static int ack_again(struct tc_lab *lab, struct tc_lab_frame *s, struct tc_error *err)
{
	struct tc_lab_conn *c = s->conn;

	if (!c->opened || c->end != TC_LAB_ALIVE || s->answered ||
	    !(s->rx.seg.flags & TC_FLAG_SYN))
		return 0;
	s->answered = true;
	return tc_lab_send(lab, c, TC_FLAG_ACK, NULL, 0, err);
}

int tc_lab_next(struct tc_lab *lab, struct tc_lab_conn *c, tc_time until,
		struct tc_lab_frame **seen, struct tc_error *err)
{
	struct tc_lab_parts *own = lab->own;
	size_t *cursor = c ? &c->cursor : &own->cursor;
	int rc;

	for (;;) {
		for (; *cursor < own->n_log; ++*cursor) {
			struct tc_lab_frame *s = own->log[*cursor];

			if (s->ours || s->kernel || (c && s->conn != c) || is_damaged(&s->rx))
				continue;
			++*cursor;
			note(s->conn, s);
			*seen = s;
			rc = ack_again(lab, s, err);
			return rc < 0 ? rc : 1;
		}
		rc = pump(lab, until, err);
		if (rc <= 0)
			return rc;
	}
}

/* ---- the log ---------------------------------------------------------------------- */

int tc_lab_cite_sent(struct tc_lab *lab, int number)
{
	if (number > 0 && number < NUMBERS)
		lab->own->cited[number] = true;
	return number;
}

void tc_lab_cite_all(struct tc_lab *lab, const struct tc_lab_conn *c)
{
	for (size_t i = 0; i < lab->own->n_log; i++)
		if (lab->own->log[i]->conn == c)
			lab->own->log[i]->cited = true;
}

const struct tc_lab_frame *tc_lab_sent(const struct tc_lab *lab, int number)
{
	for (size_t i = lab->own->n_log; i-- > 0;)
		if (lab->own->log[i]->ours && tc_family_number(&lab->own->log[i]->rx) == number)
			return lab->own->log[i];
	return NULL;
}

tc_time tc_lab_sent_at(const struct tc_lab *lab, int number)
{
	const struct tc_lab_frame *seen = tc_lab_sent(lab, number);

	return seen ? seen->stamp : 0;
}

tc_time tc_lab_spoke_before(const struct tc_lab *lab, const struct tc_lab_conn *c, tc_time stamp)
{
	for (size_t i = lab->own->n_log; i-- > 0;) {
		const struct tc_lab_frame *s = lab->own->log[i];

		if (s->ours && s->conn == c && s->stamp <= stamp)
			return s->stamp;
	}
	return c->opened_at;
}
