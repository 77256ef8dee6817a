/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets to be sent, from their lines in a script: layers by the field tables, numbers
 * mapped to those of the wire, then the fields in braces. */
#include "own.h"

#include "wire/family.h"
#include "wire/flow.h"
#include "wire/icmp.h"
#include "wire/place.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/tcpopt.h>

#include <errno.h>
#include <string.h>

#define TCP_BITS (TC_SCRIPT_AE | 0xffu)

/* ---- layers ----------------------------------------------------------------------- */

struct layers {
	int ip, inner;			/* TCP or ICMP */
};

static int set(struct tc_script_run *r, int layer, unsigned row, uint64_t v)
{
	return tc_packet_set(&r->packet, layer, row, v, r->err);
}

static int put_ethernet(struct tc_script_run *r, const struct run_flow *f)
{
	const struct tc_path *path = r->cfg.path;

	if (!tc_link_sends_ethernet(r->cfg.link))
		return 0;
	return tc_vlan_push(&r->packet, f->mac_known ? f->mac : path->next_mac, path->mac,
			    &path->vlan, r->err);
}

/* A field that is of several rows. */
static int set_alias(struct tc_script_run *r, int layer, const char *name, unsigned v)
{
	struct tc_field_ref ref;

	tc_field_find(&ref, name, NULL, NULL);
	return tc_packet_set_ref(&r->packet, layer, &ref, v, r->err);
}

static uint8_t ds_of(const struct tc_script_ip *ip)
{
	unsigned ds = ip->tos < 0 ? 0 : (unsigned)ip->tos;

	return (uint8_t)(ip->ecn < 0 ? ds : (ds & ~3u) | (unsigned)ip->ecn);
}

/* The header of the peer's family. What scripts call tos and ttl is in both. */
static int put_ip(struct tc_script_run *r, const struct tc_script_ip *ip,
		  const struct tc_flow *flow)
{
	const struct tc_family *f = tc_family(flow->remote_addr.family);
	int at = tc_packet_push(&r->packet, tc_header_get(f->header), r->err);

	if (at < 0)
		return at;
	tc_packet_set_addrs(&r->packet, at, &flow->local_addr, &flow->remote_addr);
	tc_family_set_ds(&r->packet, at, ds_of(ip));
	if (ip->ttl >= 0)
		set(r, at, f->ttl, (unsigned)ip->ttl);
	if (f->header != TC_HDR_IP)	/* a label would be of the flow, not of a packet */
		return at;
	if (++r->ip_id == 0)		/* the raw path would choose another */
		r->ip_id = 1;
	set(r, at, TC_IP_ID, r->ip_id);
	return at;
}

/* Layers up to TCP, for a segment of this flow; *tcp is its index. */
static int begin(struct tc_script_run *r, const struct tc_script_ip *ip,
		 const struct run_flow *f, uint16_t flags, int *tcp)
{
	int rc;

	tc_packet_clear(&r->packet);
	rc = put_ethernet(r, f);
	if (rc >= 0)
		rc = put_ip(r, ip, &f->live);
	if (rc >= 0)
		rc = *tcp = tc_packet_push(&r->packet, tc_header_get(TC_HDR_TCP), r->err);
	if (rc < 0)
		return rc;
	set(r, *tcp, TC_TCP_SRCPORT, f->live.local_port);
	set(r, *tcp, TC_TCP_DSTPORT, f->live.remote_port);
	return set_alias(r, *tcp, "tcp.flags", flags & TCP_BITS);
}

static int put_data(struct tc_script_run *r, const uint8_t *bytes, size_t n)
{
	int data = n ? tc_packet_push(&r->packet, tc_header_get(TC_HDR_DATA), r->err) : 0;

	return n && data >= 0 ? tc_packet_set_bytes(&r->packet, data, bytes, n, r->err) :
				data;
}

/* ---- options ---------------------------------------------------------------------- */

static void put32(struct tc_buf *b, uint32_t v)
{
	uint8_t bytes[4];

	tc_put32(bytes, v);
	tc_buf_add(b, bytes, sizeof bytes);
}

static void put_kind(struct tc_buf *b, unsigned kind, size_t len)
{
	tc_buf_add_u8(b, (uint8_t)kind);
	tc_buf_add_u8(b, (uint8_t)len);
}

/* The edges are numbers of the other side. */
static int put_sack(struct tc_script_run *r, const struct tc_script_option *o, tc_seq base,
		    struct tc_buf *b)
{
	uint32_t left, right;

	put_kind(b, TC_OPT_SACK, 2 + 8u * o->n_sack);
	for (unsigned i = 0; i < o->n_sack; i++) {
		if (tc_run_eval_max(r, o->sack[i].left, "sack", UINT32_MAX, &left) < 0 ||
		    tc_run_eval_max(r, o->sack[i].right, "sack", UINT32_MAX, &right) < 0)
			return -TC_ERR_VERDICT;
		put32(b, left + base);
		put32(b, right + base);
	}
	return 0;
}

/* What is echoed is what came: of ours as it is in the script, if no tape has it otherwise. */
static int put_stamps(struct tc_script_run *r, const struct tc_script_option *o,
		      const struct run_flow *f, bool ours, struct tc_buf *b)
{
	uint32_t val, ecr;

	if (tc_run_eval_max(r, o->a, "val", UINT32_MAX, &val) < 0 ||
	    tc_run_eval_max(r, o->b, "ecr", UINT32_MAX, &ecr) < 0)
		return -TC_ERR_VERDICT;
	if (ours && !r->scaled_ecr && !tc_run_stamp_known(&f->stamps[1], ecr))
		return tc_run_cannot(r, o->b->line, o->b->column, "TS ecr %u: no segment had this "
				     "TS val (--tcp_ts_ecr_scaled: as far from one that was "
				     "seen as in the script)", ecr);
	put_kind(b, TC_OPT_TS, 10);
	put32(b, val);
	put32(b, tc_run_stamp_map(&f->stamps[ours], ecr));
	return 0;
}

static int put_value(struct tc_script_run *r, const struct tc_script_option *o,
		     struct tc_buf *b)
{
	bool mss = o->kind == TC_SOPT_MSS;
	uint32_t v;

	if (tc_run_eval_max(r, o->a, mss ? "mss" : "wscale", mss ? UINT16_MAX : UINT8_MAX,
			    &v) < 0)
		return -TC_ERR_VERDICT;
	put_kind(b, mss ? TC_OPT_MSS : TC_OPT_WSCALE, mss ? 4 : 3);
	if (mss)
		tc_buf_add_u8(b, (uint8_t)(v >> 8));
	tc_buf_add_u8(b, (uint8_t)v);
	return 0;
}

static int put_option(struct tc_script_run *r, const struct tc_script_option *o,
		      const struct run_flow *f, bool ours, struct tc_buf *b)
{
	static const uint8_t kinds[] = {
		[TC_SOPT_FASTOPEN] = TC_OPT_FASTOPEN, [TC_SOPT_MD5] = TC_OPT_MD5,
		[TC_SOPT_AO] = TC_OPT_AO, [TC_SOPT_MPTCP] = TC_OPT_MPTCP,
	};

	switch (o->kind) {
	case TC_SOPT_MSS:
	case TC_SOPT_WSCALE:
		return put_value(r, o, b);
	case TC_SOPT_SACK_OK:
		put_kind(b, TC_OPT_SACK_PERM, 2);
		return 0;
	case TC_SOPT_SACK:
		return put_sack(r, o, ours ? f->theirs : f->ours, b);
	case TC_SOPT_TS:
		return put_stamps(r, o, f, ours, b);
	case TC_SOPT_NOP:
	case TC_SOPT_EOL:
		tc_buf_add_u8(b, o->kind == TC_SOPT_NOP ? TC_OPT_NOP : TC_OPT_EOL);
		return 0;
	case TC_SOPT_FASTOPEN_EXP:
		put_kind(b, TC_OPT_EXPERIMENT, 4 + o->n_bytes);
		tc_buf_add_u8(b, TC_FASTOPEN_EXP_ID >> 8);
		tc_buf_add_u8(b, TC_FASTOPEN_EXP_ID & 0xff);
		break;
	case TC_SOPT_FASTOPEN:
	case TC_SOPT_MD5:
	case TC_SOPT_AO:
	case TC_SOPT_MPTCP:
		put_kind(b, kinds[o->kind], 2 + o->n_bytes);
		break;
	case TC_SOPT_ACCECN:
	case TC_SOPT_HEX:
		break;
	}
	tc_buf_add(b, o->bytes, o->n_bytes);
	return 0;
}

int tc_run_options(struct tc_script_run *r, const struct tc_script_packet *p,
		   const struct run_flow *f, struct tc_buf *out)
{
	int rc = 0;

	for (const struct tc_script_option *o = p->options; o && rc >= 0; o = o->next)
		rc = put_option(r, o, f, p->sent, out);
	return rc >= 0 && out->failed ? tc_nomem(r->err) : rc;
}

static int put_options(struct tc_script_run *r, const struct tc_script_packet *p,
		       const struct run_flow *f, int tcp)
{
	struct tc_buf b = { 0 };
	int rc = tc_run_options(r, p, f, &b);

	if (rc >= 0 && b.len)
		rc = tc_packet_set_bytes(&r->packet, tcp, b.data, b.len, r->err);
	tc_buf_free(&b);
	return rc;
}

/* ---- segments --------------------------------------------------------------------- */

static int put_numbers(struct tc_script_run *r, const struct tc_script_packet *p,
		       struct run_flow *f, int tcp, uint32_t *len)
{
	bool syn = p->flags & TC_FLAG_SYN;
	uint32_t start, end, ack, win, urg;

	if (tc_run_eval_max(r, p->start, "start", UINT32_MAX, &start) < 0 ||
	    tc_run_eval_max(r, p->end, "end", UINT32_MAX, &end) < 0 ||
	    tc_run_eval_max(r, p->len, "length", UINT16_MAX, len) < 0 ||
	    tc_run_number(r, p->ack, "ack", UINT32_MAX, 0, &ack) < 0 ||
	    tc_run_number(r, p->win, "win", UINT16_MAX, 0, &win) < 0 ||
	    tc_run_number(r, p->urg, "urg", UINT16_MAX, 0, &urg) < 0)
		return -TC_ERR_VERDICT;
	if (start + *len != end)
		return tc_run_cannot(r, p->start->line, p->start->column,
				     "%u:%u(%u): the end is "
				     "the start plus the length",
				     start, end, *len);
	if (syn && !f->ours_known) {
		f->ours = r->cfg.iss_given ? r->cfg.iss : start;
		f->ours_syn = start;
		f->ours_known = true;
	}
	set(r, tcp, TC_TCP_SEQ, start + tc_run_base(f, true, syn));
	if (p->ack)
		set(r, tcp, TC_TCP_ACK, ack + tc_run_base(f, false, syn));
	if (p->win)
		set(r, tcp, TC_TCP_WINDOW, win);
	return set(r, tcp, TC_TCP_URGENT, urg);
}

static int put_payload(struct tc_script_run *r, const struct tc_script_event *e,
		       const struct tc_script_packet *p, uint32_t len)
{
	struct tc_buf bytes = { 0 };
	int rc = tc_run_payload(r, e, &p->payload, &bytes);

	if (rc >= 0 && p->payload.kind == TC_SPAY_NONE && len) {
		rc = tc_buf_reserve(&bytes, len);
		if (rc >= 0) {
			memset(bytes.data, 0, len);
			bytes.len = len;
		}
	}
	if (rc >= 0 && bytes.len != len)
		rc = tc_run_cannot(r, e->line, e->column,
				   "this payload has %zu bytes, the packet "
				   "says %u",
				   bytes.len, len);
	if (rc >= 0)
		rc = put_data(r, bytes.data, bytes.len);
	tc_buf_free(&bytes);
	return rc;
}

static int put_sets(struct tc_script_run *r, const struct tc_script_packet *p)
{
	struct tc_error why = { 0 };
	char number[24];
	const char *text;

	for (const struct tc_script_set *s = p->sets; s; s = s->next) {
		text = tc_run_set_text(r, s, number);
		if (!text)
			return -TC_ERR_VERDICT;
		if (tc_packet_set_text(&r->packet, s->field, text, NULL, &why) < 0)
			return tc_run_cannot(r, s->line, s->column, "%s", why.msg);
	}
	return 0;
}

int tc_run_build(struct tc_script_run *r, const struct tc_script_event *e,
		 struct run_flow *f)
{
	const struct tc_script_packet *p = &e->packet;
	uint32_t len;
	int tcp, rc = begin(r, &p->ip, f, p->flags, &tcp);

	if (rc >= 0)
		rc = put_numbers(r, p, f, tcp, &len);
	if (rc >= 0)
		rc = put_options(r, p, f, tcp);
	if (rc >= 0)
		rc = put_payload(r, e, p, len);
	return rc < 0 ? rc : put_sets(r, p);
}

/* At the number that the peer waits for: such a reset it takes (RFC 9293 3.10.7.4). */
int tc_run_build_reset(struct tc_script_run *r, struct run_flow *f)
{
	const struct tc_script_ip plain = { -1, -1, -1 };
	const struct tc_wire_side *peer = &f->wire.side[1];
	int tcp, rc = begin(r, &plain, f, TC_FLAG_RST, &tcp);

	return rc < 0 ? rc : set(r, tcp, TC_TCP_SEQ,
				 peer->ack_known ? peer->ack : f->wire.side[0].next);
}

/* ---- ICMP ------------------------------------------------------------------------- */

const struct tc_script_icmp_code *tc_run_icmp(struct tc_script_run *r,
					      const struct tc_script_event *e,
					      uint8_t family)
{
	const struct tc_script_icmp_code *of = &e->icmp.of[family == 6];

	if (!of->known)
		tc_run_cannot(r, e->line, e->column, "this error is not one of ICMP%s: the peer "
			      "is reached over IPv%u", family == 6 ? "v6" : "", family);
	return of->known ? of : NULL;
}

/* The length that the quoted header says, which may be of more than is quoted. */
static void set_length(struct tc_script_run *r, int ip, uint32_t payload)
{
	const struct tc_family *f = tc_family_of(r->packet.layer[ip].hdr);
	uint32_t len = payload + TCP_BYTES + f->ip_bytes - f->not_counted;

	set(r, ip, f->length, len > UINT16_MAX ? UINT16_MAX : len);
}

/* What the peer sent, as far as the error quotes it: RFC 792, RFC 1812 4.3.2.3, RFC 4443
 * 2.4 (c). */
static int quote(struct tc_script_run *r, const struct tc_script_icmp *icmp,
		 const struct run_flow *f, struct tc_buf *out)
{
	const struct tc_script_ip plain = { -1, -1, -1 };
	const struct tc_flow back = tc_flow_back(&f->live);
	struct run_flow theirs = { .live = back };
	uint32_t start = 0, len = 0;
	int tcp, rc, ip;

	if (icmp->start &&
	    (tc_run_eval_max(r, icmp->start, "start", UINT32_MAX, &start) < 0 ||
	     tc_run_eval_max(r, icmp->len, "length", UINT16_MAX, &len) < 0))
		return -TC_ERR_VERDICT;
	rc = begin(r, &plain, &theirs, TC_FLAG_ACK, &tcp);
	ip = tcp - 1;
	if (rc < 0)
		return rc;
	set_length(r, ip, len);
	set(r, tcp, TC_TCP_SEQ, icmp->start ? start + f->theirs : f->wire.side[1].seq);
	set(r, tcp, TC_TCP_ACK, f->wire.side[0].next);
	rc = tc_packet_build(&r->packet, r->bytes, sizeof r->bytes, r->err);
	if (rc >= 0)
		tc_buf_add(out, r->bytes + tc_packet_offset(&r->packet, ip),
			   (size_t)rc - tc_packet_offset(&r->packet, ip));
	return out->failed ? tc_nomem(r->err) : rc;
}

int tc_run_build_icmp(struct tc_script_run *r, const struct tc_script_event *e,
		      struct run_flow *f)
{
	uint8_t family = f->live.remote_addr.family;
	const struct tc_script_icmp_code *of = tc_run_icmp(r, e, family);
	struct tc_buf quoted = { 0 };
	uint32_t mtu = 0;
	int rc = of ? quote(r, &e->icmp, f, &quoted) : -TC_ERR_VERDICT;

	if (rc >= 0)
		rc = tc_run_number(r, e->icmp.mtu, "mtu", UINT16_MAX, 0, &mtu);
	tc_packet_clear(&r->packet);
	if (rc >= 0)
		rc = put_ethernet(r, f);
	if (rc >= 0)
		rc = put_ip(r, &e->icmp.ip, &f->live);
	if (rc >= 0)
		rc = tc_icmp_push(&r->packet, family, of->type, of->code, mtu, r->err);
	if (rc >= 0)
		rc = put_data(r, quoted.data, quoted.len);
	tc_buf_free(&quoted);
	return rc;
}
