/* SPDX-License-Identifier: BSD-2-Clause */
/* An expected packet against a captured one: every field that the script says, in the
 * script's numbers. Super-segments are cut where the script cuts, and what the script says
 * in one packet may come in several. */
#include "own.h"

#include <tcpcraft/bits.h>
#include "base/format.h"
#include "wire/family.h"
#include <tcpcraft/tcpopt.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLAG_BITS (TC_SCRIPT_AE | 0xffu)

/* ---- what is expected ------------------------------------------------------------- */

/* FIELD=VALUE in braces, judged as answers to `send` are. */
static int open_fields(struct tc_script_run *r, struct run_expected *x)
{
	const char *texts[TC_TCP_ROWS + TC_IP_ROWS];
	struct tc_buf text[TC_TCP_ROWS + TC_IP_ROWS] = { 0 };
	struct tc_error why = { 0 };
	char number[24];
	const char *value;
	size_t n = 0;
	int rc = 0;

	for (const struct tc_script_set *s = x->packet->sets; s && rc >= 0; s = s->next) {
		if (n == sizeof texts / sizeof *texts) {
			rc = tc_run_cannot(r, s->line, s->column, "more than %zu fields",
					   n);
			break;
		}
		value = tc_run_set_text(r, s, number);
		if (!value) {
			rc = -TC_ERR_VERDICT;
			break;
		}
		tc_buf_printf(&text[n], "%s=%s", s->field, value);
		texts[n] = (const char *)text[n].data;
		rc = text[n++].failed ? tc_nomem(r->err) : 0;
	}
	if (rc >= 0 && n && tc_expect_open(&x->fields, texts, n, &why) < 0)
		rc = tc_run_cannot(r, x->event->line, x->event->column, "%s", why.msg);
	for (size_t i = 0; i < n; i++)
		tc_buf_free(&text[i]);
	return rc;
}

/* What a '<' packet does not name, who sent it was free to add. */
static bool any_options(const struct run_expected *x)
{
	return x->packet->any_options || x->packet->sent;
}

int tc_run_expect(struct tc_script_run *r, const struct tc_script_event *e,
		  const struct tc_script_packet *p, struct run_expected *x)
{
	uint32_t end;
	int rc;

	*x = (struct run_expected){ .event = e, .packet = p };
	x->flow = p->sent ? tc_run_flow_of(r, e, p->sport, p->dport)
			  : tc_run_flow_of(r, e, p->dport, p->sport);
	if (!x->flow || tc_run_eval_max(r, p->start, "start", UINT32_MAX, &x->start) < 0 ||
	    tc_run_eval_max(r, p->end, "end", UINT32_MAX, &end) < 0 ||
	    tc_run_eval_max(r, p->len, "length", UINT16_MAX, &x->len) < 0 ||
	    tc_run_number(r, p->ack, "ack", UINT32_MAX, 0, &x->ack) < 0 ||
	    tc_run_number(r, p->win, "win", UINT16_MAX, 0, &x->win) < 0 ||
	    tc_run_number(r, p->urg, "urg", UINT16_MAX, 0, &x->urg) < 0)
		return -TC_ERR_VERDICT;
	if (x->start + x->len != end)
		return tc_run_cannot(r, p->start->line, p->start->column,
				     "%u:%u(%u): the end is "
				     "the start plus the length",
				     x->start, end, x->len);
	rc = tc_run_payload(r, e, &p->payload, &x->payload);
	if (rc >= 0 && p->payload.kind != TC_SPAY_NONE && x->payload.len != x->len)
		rc = tc_run_cannot(r, e->line, e->column,
				   "this payload has %zu bytes, the packet "
				   "says %u",
				   x->payload.len, x->len);
	if (rc >= 0)
		rc = tc_run_options(r, p, x->flow, &x->options);
	while (rc >= 0 && !any_options(x) && x->options.len % 4)
		tc_buf_add_u8(&x->options, TC_OPT_EOL);
	return rc < 0 ? rc : open_fields(r, x);
}

void tc_run_expected_free(struct run_expected *x)
{
	tc_buf_free(&x->options);
	tc_buf_free(&x->payload);
	tc_buf_free(&x->why);
	tc_buf_free(&x->names);
	tc_expect_close(x->fields);
	*x = (struct run_expected){ 0 };
}

/* ---- what differs ----------------------------------------------------------------- */

__attribute__((format(printf, 3, 4)))
static void differ(struct run_expected *x, const char *field, const char *fmt, ...)
{
	char text[240];

	TC_FORMAT(text, sizeof text, fmt);
	tc_buf_printf(&x->why, "%s%s %s", x->why.len ? "; " : "", field, text);
	tc_buf_printf(&x->names, "%s%s", x->names.len ? " " : "", field);
}

static void compare(struct run_expected *x, const char *field, uint32_t seen, uint32_t want)
{
	if (seen != want)
		differ(x, field, "is %u, expected %u", seen, want);
}

/* In braces: then it is judged there. */
static bool names_field(const struct run_expected *x, const char *field)
{
	for (const struct tc_script_set *s = x->packet->sets; s; s = s->next)
		if (strcmp(s->field, field) == 0)
			return true;
	return false;
}

static void compare_ip(struct run_expected *x, const struct tc_rx *rx)
{
	static const char *const ecn[] = { "noecn", "ect1", "ect0", "ce" };
	const struct tc_script_ip *ip = &x->packet->ip;
	const struct tc_family *f = tc_family(rx->src.family);

	if (ip->ttl >= 0)
		compare(x, tc_family_field(f, f->ttl), rx->ttl, (uint32_t)ip->ttl);
	if (ip->tos >= 0)
		compare(x, f->ds, rx->dsfield & (ip->ecn < 0 ? 0xffu : 0xfcu),
			(uint32_t)ip->tos & (ip->ecn < 0 ? 0xffu : 0xfcu));
	if (ip->ecn >= 0 && (rx->dsfield & 3) != ip->ecn)
		differ(x, f->ds, "says %s, expected %s", ecn[rx->dsfield & 3],
		       ecn[ip->ecn]);
	if (rx->ip_checksum == TC_CSUM_BAD && !names_field(x, "ip.checksum"))
		differ(x, "ip.checksum", "is wrong");
	if (rx->tcp_checksum == TC_CSUM_BAD && !names_field(x, "tcp.checksum"))
		differ(x, "tcp.checksum", "is wrong");
}

/* FIN belongs to the end of a segment, so not to the first of several that make one, nor to
 * what is cut off a super-segment. PSH may stand on any part of that: it is not compared. */
static void compare_flags(struct run_expected *x, const struct tc_rx *rx, bool ends, bool cut)
{
	uint16_t want = x->packet->flags, seen = rx->seg.flags & FLAG_BITS;
	unsigned mask = (ends ? 0u : TC_FLAG_FIN) | (ends && !cut ? 0u : TC_FLAG_PSH);
	char a[16], b[16];

	if (names_field(x, "tcp.flags.push"))
		mask |= TC_FLAG_PSH;
	if ((seen & ~mask) == (want & ~mask))
		return;
	tc_flags_print(seen, a);
	tc_flags_print(want, b);
	differ(x, "tcp.flags", "is %s, expected %s", a, b);
}

/* Has the peer's clock gone on since the first TS val as in the script? The tolerance is that of
 * times, counted from the start. */
static void compare_ts_val(const struct tc_script_run *r, struct run_expected *x,
			   const struct run_record *rec, uint32_t want, uint32_t is)
{
	const struct run_stamps *s = &x->flow->stamps[!x->packet->sent];
	int32_t off = (int32_t)((is - s->first_live) - (want - s->first_script));
	tc_time wrong = llabs((long long)off) * (tc_time)r->ts_tick * TC_US;

	if (r->ts_tick && s->n && wrong > tc_run_tolerance(r, rec->stamp - r->start))
		differ(x, "tcp.options.timestamp.tsval", "is %u, expected %u: it counts from the "
		       "first, %u", is - s->first_live + s->first_script, want, s->first_script);
}

/* The data (behind kind and length) of the seen option that is to be compared with `want`: at the
 * same place, or anywhere if the script names only some options. NULL: there is none. */
static const uint8_t *option_seen(const struct run_expected *x, const struct tc_rx *rx,
				  const struct tc_tcpopt *want)
{
	struct tc_tcpopt_iter it = { rx->options, rx->options + rx->options_len };
	struct tc_tcpopt o;
	size_t at;

	while (any_options(x) && rx->options_len && tc_tcpopt_next(&it, &o, NULL) > 0)
		if (o.kind == want->kind && o.len == want->len)
			return it.at - o.len + 2;
	if (any_options(x))
		return NULL;
	at = (size_t)(want->data - x->options.data);
	return at + want->len - 2u <= rx->options_len &&
	       memcmp(rx->options + at - 2, want->data - 2, 2) == 0 ? rx->options + at : NULL;
}

/* The peer's clock is its own: where TS val begins is what it is. */
static void set_ts_val(const struct tc_script_run *r, struct run_expected *x,
		       const struct run_record *rec)
{
	const struct tc_rx *rx = &rec->rx;
	struct tc_buf *want = &x->options;
	struct tc_tcpopt_iter it = { want->data, want->data + want->len };
	struct tc_tcpopt o;

	while (want->len && tc_tcpopt_next(&it, &o, NULL) > 0) {
		const uint8_t *seen = o.kind == TC_OPT_TS && o.len == 10 ?
				      option_seen(x, rx, &o) : NULL;

		if (!seen)
			continue;
		if (!x->ts_set)
			x->ts_val = tc_get32(o.data);
		x->ts_set = true;
		compare_ts_val(r, x, rec, x->ts_val, tc_get32(seen));
		memcpy(want->data + (o.data - want->data), seen, 4);
	}
}

/* All that are named, whatever stands besides and between. */
static bool has_options(const struct run_expected *x, const struct tc_rx *rx)
{
	struct tc_tcpopt_iter it = { x->options.data, x->options.data + x->options.len };
	struct tc_tcpopt o;

	while (x->options.len && tc_tcpopt_next(&it, &o, NULL) > 0) {
		const uint8_t *seen = o.kind == TC_OPT_NOP ? NULL : option_seen(x, rx, &o);

		if (o.kind != TC_OPT_NOP &&
		    (!seen || (o.len > 2 && memcmp(seen, o.data, o.len - 2u) != 0)))
			return false;
	}
	return true;
}

static void compare_options(const struct tc_script_run *r, struct run_expected *x,
			    const struct run_record *rec)
{
	const struct tc_rx *rx = &rec->rx;
	struct tc_buf seen = { 0 }, want = { 0 };
	tc_seq base;

	set_ts_val(r, x, rec);
	if (any_options(x) ? has_options(x, rx) : x->options.len == rx->options_len &&
	    (!rx->options_len || !memcmp(x->options.data, rx->options, rx->options_len)))
		return;
	base = x->packet->sent ? x->flow->theirs : x->flow->ours;
	tc_run_options_text(&seen, rx->options, rx->options_len, base);
	tc_run_options_text(&want, x->options.data, x->options.len, base);
	differ(x, "tcp.options", "is <%s>, expected <%s%s>",
	       seen.len ? (char *)seen.data : "", want.len ? (char *)want.data : "",
	       any_options(x) ? ",..." : "");
	tc_buf_free(&seen);
	tc_buf_free(&want);
}

static void compare_payload(struct run_expected *x, const struct run_record *rec,
			    uint32_t n)
{
	const uint8_t *want = x->payload.data + x->done,
		      *seen = rec->rx.payload + rec->taken;

	if (x->packet->payload.kind == TC_SPAY_NONE || x->payload.len < x->done + n ||
	    rec->taken + n > rec->rx.seg.len - rec->rx.cut)
		return;
	for (uint32_t i = 0; i < n; i++)
		if (want[i] != seen[i]) {
			differ(x, "data.data", "byte %u is 0x%02x, expected 0x%02x",
			       x->done + i + 1, seen[i], want[i]);
			return;
		}
}

/* The header fields that are the same in all parts. */
static void compare_header(struct run_expected *x, const struct tc_rx *rx)
{
	const struct tc_seg *seg = &rx->seg;
	bool ack = seg->flags & TC_FLAG_ACK;

	if (ack || x->packet->ack)
		compare(x, "tcp.ack", seg->ack - (ack ? tc_run_base(x->flow, !x->packet->sent,
								    seg->flags & TC_FLAG_SYN) : 0),
			x->ack);
	if (x->packet->win)
		compare(x, "tcp.window_size_value", seg->wnd, x->win);
	if (x->packet->urg || seg->flags & TC_FLAG_URG)
		compare(x, "tcp.urgent_pointer", seg->urg, x->urg);
}

/* Do we know what the numbers of its sender count from? */
static bool is_known(const struct run_expected *x)
{
	return x->packet->sent ? x->flow->ours_known : x->flow->theirs_known;
}

/* Only a SYN says where numbers begin. */
static bool learns(const struct run_expected *x, const struct tc_rx *rx)
{
	return rx->seg.flags & TC_FLAG_SYN && x->packet->flags & TC_FLAG_SYN &&
	       (!is_known(x) || (x->flow->syn_again && !x->packet->sent));
}

/* How many bytes of the record the rest of the expectation takes. */
static uint32_t part(const struct run_expected *x, const struct run_record *rec)
{
	uint32_t left = rec->rx.seg.len - rec->taken, want = x->len - x->done;

	return left < want ? left : want;
}

/* Is it more than one segment of the peer's, which offload has not cut yet? (RFC 9293 3.7.1: the
 * MSS is without options.) */
static bool is_super(const struct tc_script_run *r, const struct run_expected *x,
		     const struct tc_rx *rx)
{
	return rx->seg.len + rx->options_len > x->flow->mss ||
	       rx->l3_len > (r->cfg.mtu ? r->cfg.mtu : r->cfg.path->mtu);
}

static bool in_parts(const struct tc_script_run *r, const struct run_expected *x,
		     const struct run_record *rec)
{
	return !r->strict && x->len && rec->rx.seg.len && part(x, rec);
}

bool tc_run_meets(struct tc_script_run *r, struct run_expected *x,
		  const struct run_record *rec)
{
	const struct tc_rx *rx = &rec->rx;
	const struct tc_family *f = tc_family(rx->src.family);
	uint32_t n = part(x, rec);
	bool split = in_parts(r, x, rec);
	bool ends = !split || (rec->taken + n == rx->seg.len && x->done + n == x->len);
	bool first = rx->seg.flags & TC_FLAG_SYN && !is_known(x);
	tc_seq base = first || learns(x, rx) ? rx->seg.seq - x->start :
		      tc_run_base(x->flow, x->packet->sent, rx->seg.flags & TC_FLAG_SYN);

	x->why.len = x->names.len = 0;
	if (rx->kind != TC_RX_TCP) {
		differ(x, tc_family_field(f, f->next), "is ICMP's (type %u code %u), expected TCP",
		       rx->icmp_type, rx->icmp_code);
		return false;
	}
	compare_flags(x, rx, ends, split && n < rx->seg.len);
	compare(x, "tcp.seq", rx->seg.seq + rec->taken - base, x->start + x->done);
	if (!split && rx->seg.len != x->len)
		differ(x, "length", "is %u bytes, expected %u", rx->seg.len, x->len);
	else if (n < rx->seg.len - rec->taken && !is_super(r, x, rx))
		differ(x, "length", "is %u bytes, expected %u: one line is met by several "
		       "segments, not one segment by several lines", rx->seg.len, x->len - x->done);
	compare_header(x, rx);
	compare_options(r, x, rec);
	compare_payload(x, rec, n);
	compare_ip(x, rx);
	if (x->fields && !x->why.len &&
	    !tc_expect_met(x->fields, tc_reply_kind_of(rx), rec->frame, rec->len,
			   rec->dlt, &x->why))
		tc_buf_printf(&x->names, "%.*s", (int)strcspn((char *)x->why.data, " "),
			      (char *)x->why.data);
	return x->why.len == 0;
}

static void learn_stamps(struct tc_script_run *r, struct run_expected *x,
			 const struct tc_rx *rx)
{
	struct run_stamps *stamps = &x->flow->stamps[!x->packet->sent];
	bool skipped = any_options(x);
	uint32_t val;

	for (const struct tc_script_option *o = x->packet->options; o; o = o->next)
		if (o->kind == TC_SOPT_TS && rx->seg.opts.present & TC_HAS_TS &&
		    tc_run_eval_max(r, o->a, "val", UINT32_MAX, &val) >= 0) {
			tc_run_stamp_learn(stamps, val, rx->seg.opts.ts_val);
			skipped = false;
		}
	stamps->skipped |= skipped;
}

static void learn_numbers(struct run_expected *x, tc_seq isn)
{
	struct run_flow *f = x->flow;

	if (x->packet->sent) {
		f->ours = isn;
		f->ours_syn = x->start;
		f->ours_known = true;
		return;
	}
	f->theirs = isn;
	f->theirs_syn = x->start;
	f->theirs_known = true;
	f->syn_again = false;
}

bool tc_run_take(struct tc_script_run *r, struct run_expected *x, struct run_record *rec)
{
	uint32_t n = part(x, rec);

	if (learns(x, &rec->rx))
		learn_numbers(x, rec->rx.seg.seq);
	learn_stamps(r, x, &rec->rx);
	*(x->packet->sent ? &r->last_sent_flow : &r->last_seen_flow) = x->flow;
	tc_packet_parse(x->packet->sent ? &r->last_sent : &r->last_seen, rec->rx.l3,
			rec->rx.l3_len, tc_family(rec->rx.src.family)->header, NULL);
	rec->event = x->event;
	if (!in_parts(r, x, rec)) {
		rec->open = false;
		rec->settled = true;
		return true;
	}
	rec->taken += n;
	x->done += n;
	rec->open = rec->taken < rec->rx.seg.len;
	rec->settled = !rec->open;
	return x->done == x->len;
}
