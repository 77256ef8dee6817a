/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments to events of a script, each printed at once. */
#include "record.h"

#include "base/addr.h"
#include "base/text.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/payload.h>
#include <tcpcraft/prot.h>
#include <tcpcraft/script.h>
#include <tcpcraft/tcp.h>
#include <tcpcraft/tcpopt.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TTL_DEFAULT 64		/* of the packets that a script sends */
#define ECN_MASK 0x03u		/* of ip.dsfield (RFC 3168 5) */

/* One direction: numbers count from its SYN. */
struct side {
	struct tc_addr addr;
	uint16_t port;
	bool known;
	tc_seq isn;
};

struct tc_record {
	struct tc_buf text;
	struct side ours, theirs;
	unsigned connection;		/* 0: none yet */
	unsigned others, last_other;
	unsigned skipped;		/* frames of ours that have no TCP header any more */
	unsigned cut;			/* segments of which the capture cut the header */
	bool loose;
	bool headless;			/* what was seen first is not a SYN */
	bool acks;			/* bare ones, not yet told */
	tc_time last;
};

/* An event and all that it points to, for as long as it takes to print it. */
struct draft {
	struct tc_script_event event;
	struct tc_script_expr numbers[64];
	unsigned n_numbers;
	struct tc_script_option options[TC_OPTIONS_MAX];
	unsigned n_options;
	struct tc_script_set bad_sum, reserved;
	char reserved_value[4];
};

int tc_record_open(struct tc_record **r, struct tc_error *err)
{
	*r = calloc(1, sizeof **r);
	return *r ? 0 : tc_nomem(err);
}

void tc_record_free(struct tc_record *r)
{
	if (r)
		tc_buf_free(&r->text);
	free(r);
}

void tc_record_loosen(struct tc_record *r)
{
	r->loose = true;
}

unsigned tc_record_others(const struct tc_record *r)
{
	return r->others;
}

/* ---- parts of a packet -------------------------------------------------------------- */

static const struct tc_script_expr *number(struct draft *d, int64_t v)
{
	struct tc_script_expr *e = &d->numbers[d->n_numbers++];

	*e = (struct tc_script_expr){ .op = TC_EXPR_NUMBER, .number = v };
	return e;
}

static const struct tc_script_expr *relative(struct draft *d, tc_seq n,
					     const struct side *s)
{
	return number(d, s->known ? (uint32_t)(n - s->isn) : n);
}

/* SACK edges are about what the other side sent. */
static bool put_sack(struct draft *d, struct tc_script_option *o,
		     const struct tc_tcpopt *opt, const struct side *other)
{
	unsigned n = (opt->len - 2u) / 8;

	if ((opt->len - 2u) % 8 || n == 0 || n > 4)
		return false;
	o->kind = TC_SOPT_SACK;
	o->n_sack = n;
	for (unsigned i = 0; i < n; i++) {
		o->sack[i].left = relative(d, tc_get32(opt->data + 8 * i), other);
		o->sack[i].right = relative(d, tc_get32(opt->data + 8 * i + 4), other);
	}
	return true;
}

static bool put_known(struct draft *d, struct tc_script_option *o,
		      const struct tc_tcpopt *opt, const struct side *other)
{
	switch (opt->kind) {
	case TC_OPT_EOL:
		o->kind = TC_SOPT_EOL;
		return true;
	case TC_OPT_NOP:
		o->kind = TC_SOPT_NOP;
		return true;
	case TC_OPT_MSS:
		o->kind = TC_SOPT_MSS;
		o->a = opt->len == 4 ? number(d, tc_get16(opt->data)) : NULL;
		return opt->len == 4;
	case TC_OPT_WSCALE:
		o->kind = TC_SOPT_WSCALE;
		o->a = opt->len == 3 ? number(d, opt->data[0]) : NULL;
		return opt->len == 3;
	case TC_OPT_SACK_PERM:
		o->kind = TC_SOPT_SACK_OK;
		return opt->len == 2;
	case TC_OPT_TS:
		o->kind = TC_SOPT_TS;
		o->a = opt->len == 10 ? number(d, tc_get32(opt->data)) : NULL;
		o->b = opt->len == 10 ? number(d, tc_get32(opt->data + 4)) : NULL;
		return opt->len == 10;
	case TC_OPT_SACK:
		return put_sack(d, o, opt, other);
	}
	return false;
}

/* What is behind an eol, and what lies about its length, comes as it is. Timestamps that
 * echo another's clock are refused by the one who has that clock: not when loose. */
static void put_options(struct draft *d, const struct tc_rx *rx, const struct side *other,
			bool loose)
{
	struct tc_tcpopt_iter it = { rx->options, rx->options + rx->options_len };
	struct tc_script_option *o = d->options;
	struct tc_tcpopt opt;
	const uint8_t *from;

	while (it.at < it.end && d->n_options < TC_OPTIONS_MAX - 1) {
		from = it.at;
		*o = (struct tc_script_option){ 0 };
		if (loose && *from == TC_OPT_TS && tc_tcpopt_next(&it, &opt, NULL) > 0)
			continue;
		if (tc_tcpopt_next(&it, &opt, NULL) <= 0) {
			o->kind = TC_SOPT_HEX;
			o->bytes = from;
			o->n_bytes = (size_t)(it.end - from);
			it.at = it.end;
		} else if (!put_known(d, o, &opt, other)) {
			o->kind = TC_SOPT_HEX;
			o->bytes = from;
			o->n_bytes = (size_t)(it.at - from);
		}
		o->next = o + 1;
		d->n_options++;
		o++;
	}
	if (d->n_options) {
		o[-1].next = NULL;
		d->event.packet.options = d->options;
	}
}

static bool is_text(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isprint(bytes[i]) && !strchr("\r\n\t", bytes[i]))
			return false;
	return true;
}

/* A PROT frame that is right in every field needs only its text. */
static bool is_prot(const uint8_t *bytes, size_t n)
{
	struct tc_buf frame = { 0 };
	bool yes;

	if (n < TC_PROT_HEAD + TC_PROT_TAIL)
		return false;
	yes = tc_payload_build(&frame, tc_header_get(TC_HDR_PROT), bytes + TC_PROT_HEAD,
			       n - TC_PROT_HEAD - TC_PROT_TAIL, NULL, 0, NULL) >= 0 &&
	      frame.len == n && memcmp(frame.data, bytes, n) == 0;
	tc_buf_free(&frame);
	return yes;
}

static void put_payload(struct tc_script_payload *p, const struct tc_rx *rx)
{
	const uint8_t *bytes = rx->payload;
	size_t n = rx->seg.len;

	if (n == 0 || rx->cut)		/* its length counts */
		return;
	p->kind = TC_SPAY_BYTES;
	if (is_prot(bytes, n)) {
		p->kind = TC_SPAY_FRAME;
		p->frame = tc_header_get(TC_HDR_PROT);
		bytes += TC_PROT_HEAD;
		n -= TC_PROT_HEAD + TC_PROT_TAIL;
	}
	p->bytes = bytes;
	p->n = n;
	p->hex = !is_text(bytes, n);
}

/* Of our own what is out of the ordinary; of the peer's what a router does not change. */
static void put_ip(struct tc_script_ip *ip, bool sent, const struct tc_rx *rx)
{
	*ip = (struct tc_script_ip){ -1, -1, -1 };
	if (rx->dsfield & ~ECN_MASK)
		ip->tos = sent ? rx->dsfield : -1;
	else if (rx->dsfield)
		ip->ecn = rx->dsfield;
	if (sent && rx->ttl != TTL_DEFAULT)
		ip->ttl = rx->ttl;
}

/* Fields of ours that the notation has no place for. */
static void put_sets(struct draft *d, bool sent, const struct tc_rx *rx)
{
	unsigned reserved = (rx->seg.flags & TC_FLAGS_RESERVED) >> 9;

	if (!sent)
		return;
	if (rx->tcp_checksum == TC_CSUM_BAD) {
		d->bad_sum = (struct tc_script_set){ .field = "tcp.checksum", .value = "bad",
						     .slot = -1 };
		d->event.packet.sets = &d->bad_sum;
	}
	if (!reserved)
		return;
	d->reserved_value[0] = (char)('0' + reserved);
	d->reserved = (struct tc_script_set){
		.next = (struct tc_script_set *)(uintptr_t)d->event.packet.sets,
		.field = "tcp.flags.res", .value = d->reserved_value, .slot = -1,
	};
	d->event.packet.sets = &d->reserved;
}

static void put_packet(struct draft *d, bool sent, const struct tc_rx *rx,
		       const struct side *own, const struct side *other, bool loose)
{
	struct tc_script_packet *p = &d->event.packet;
	const struct tc_seg *seg = &rx->seg;

	p->sent = sent;
	p->flags = seg->flags & (0xffu | TC_SCRIPT_AE);
	p->start = relative(d, seg->seq, own);
	p->len = number(d, seg->len);
	p->end = number(d, p->start->number + seg->len);
	if (seg->flags & TC_FLAG_ACK)
		p->ack = relative(d, seg->ack, other);
	if (sent)		/* the peer's depends on its memory */
		p->win = number(d, seg->wnd);
	if (seg->flags & TC_FLAG_URG)
		p->urg = number(d, seg->urg);
	put_ip(&p->ip, sent, rx);
	put_sets(d, sent, rx);
	if (loose && !sent) {		/* another TCP has other habits */
		p->any_options = true;
		p->ip = (struct tc_script_ip){ -1, -1, -1 };
		return;
	}
	put_options(d, rx, other, loose);
	put_payload(&p->payload, rx);
}

/* ---- the script --------------------------------------------------------------------- */

static void print(struct tc_record *r, const struct tc_script_event *e)
{
	static const struct tc_script no_names;

	tc_script_print_event(&r->text, &no_names, e, 0);
}

/* Told before what is expected next; it may be that they come later, or not at all. */
static void put_acks(struct tc_record *r)
{
	struct tc_script_event any = {
		.kind = TC_SCRIPT_ANY_MORE, .time = { TC_WHEN_RELATIVE, 0, 0 },
	};

	if (r->acks)
		print(r, &any);
	r->acks = false;
}

static void put_event(struct tc_record *r, bool sent, tc_time stamp, const struct tc_rx *rx)
{
	const struct side *own = sent ? &r->ours : &r->theirs;
	const struct side *other = sent ? &r->theirs : &r->ours;
	struct draft d = { .event = { .kind = TC_SCRIPT_PACKET } };

	if (!sent)
		put_acks(r);
	d.event.time.when = sent ? TC_WHEN_RELATIVE : TC_WHEN_ANY;
	if (sent && r->last && stamp > r->last)	/* clocks of captures run backwards, too */
		d.event.time.from = (stamp - r->last) / TC_US * TC_US;
	put_packet(&d, sent, rx, own, other, r->loose);
	r->cut += rx->head_cut > 0;
	print(r, &d.event);
	r->last = stamp;
}

/* A segment of TCP, sent by our side or received. */
static void record(struct tc_record *r, unsigned connection, bool sent, tc_time stamp,
		   const struct tc_rx *rx)
{
	struct side *from = sent ? &r->ours : &r->theirs;

	if (r->connection && connection != r->connection) {
		r->others += connection > r->last_other;
		r->last_other = connection > r->last_other ? connection : r->last_other;
		return;
	}
	if (!r->connection)
		r->headless = !(rx->seg.flags & TC_FLAG_SYN);
	r->connection = connection;
	*(sent ? &r->ours.addr : &r->theirs.addr) = rx->src;
	*(sent ? &r->theirs.addr : &r->ours.addr) = rx->dst;
	*(sent ? &r->ours.port : &r->theirs.port) = rx->sport;
	*(sent ? &r->theirs.port : &r->ours.port) = rx->dport;
	if (!from->known && rx->seg.flags & TC_FLAG_SYN) {
		from->known = true;
		from->isn = rx->seg.seq;
	}
	if (!sent && rx->seg.len == 0 && (rx->seg.flags & 0xff) == TC_FLAG_ACK)
		r->acks = true;
	else
		put_event(r, sent, stamp, rx);
}

/* Of a run without connections: the first pair of ports is one, all others are another. */
static unsigned connection_of(const struct tc_record *r, bool sent, const struct tc_rx *rx)
{
	bool same = !r->connection ||
		    (sent ? rx->sport == r->ours.port && rx->dport == r->theirs.port
			  : rx->dport == r->ours.port && rx->sport == r->theirs.port);

	return same ? 1 : 2;
}

void tc_record_event(void *ctx, struct tc_view *v, const struct tc_story_event *e)
{
	struct tc_record *r = ctx;
	bool kernel = e->origin == TC_ORIGIN_KERNEL && !e->seen, sent = e->from == 0;
	bool captured = e->kind == TC_STORY_CAPTURED;

	(void)v;
	if (kernel || e->tags & TC_TAG_BIT(NOT_SENT))
		return;
	if (!e->rx || e->rx->kind != TC_RX_TCP)
		r->skipped += e->frame.bytes && e->origin == TC_ORIGIN_US && !e->seen;
	else if (captured || e->connection)
		record(r, captured ? connection_of(r, sent, e->rx) : e->connection, sent,
		       e->frame.stamp, e->rx);
}

int tc_record_script(const struct tc_record *r, const char *from, struct tc_buf *out,
		     struct tc_error *err)
{
	if (!r->connection)
		return tc_fail(err, -ENODATA, "%s: no segment, so no script", from);
	if (r->headless)
		return tc_fail(err, -EINVAL, "%s: connection %u does not begin with a SYN: what "
			       "comes before is not known, so it cannot be played", from,
			       r->connection);
	tc_buf_text(out, "// ");
	tc_text_line(out, from);
	tc_buf_printf(out, ", connection %u: < is %s, > is %s\n", r->connection,
		      TC_HOST_PORT(&r->ours.addr, r->ours.port),
		      TC_HOST_PORT(&r->theirs.addr, r->theirs.port));
	if (r->skipped)
		tc_buf_printf(out, "// %u of our frames could not be taken apart and %s missing\n",
			      r->skipped, r->skipped == 1 ? "is" : "are");
	if (r->cut)
		tc_buf_printf(out, "// The capture cut the header of %u segment%s: options are "
			      "missing\n", r->cut, r->cut == 1 ? "" : "s");
	tc_buf_add(out, r->text.data, r->text.len);
	if (out->len > TC_SCRIPT_MAX)
		return tc_fail(err, -EMSGSIZE, "%s, connection %u: a script of %zu bytes, more "
			       "than the %u that run reads: capture with a shorter snapshot "
			       "length, then payload is told by its length", from,
			       r->connection, out->len, TC_SCRIPT_MAX);
	return out->failed || r->text.failed ? tc_nomem(err) : 0;
}
