/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capture's client as what is valid: two passes over the file, one to find the
 * connection, one to take what its client sent. What belongs to that connection alone
 * (ports, numbers, checksums, timestamps) is left out.
 */
#include "own.h"

#include <tcpcraft/bits.h>
#include "analysis/conversation.h"
#include "peel/unwrap.h"
#include "wire/family.h"
#include <tcpcraft/pcapread.h>
#include <tcpcraft/seq.h>
#include <tcpcraft/tcpopt.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REQUEST_MAX 65535

struct search {
	unsigned connection;		/* 0: to be found */
	struct tc_fuzz_base *base;	/* NULL: only look for the connection */
	const struct tc_header *h;	/* of what is learnt on the way; or NULL */
	uint8_t family;			/* of the rules */
	bool started, answered;		/* payload of the client, of the server was seen */
	tc_seq next;			/* number of the byte that comes next */
	struct tc_unwrap unwrap;
};

static void forget(void *ctx, struct tc_convo *c)
{
	(void)ctx, (void)c;
}

/* Our own timestamps go on in the segments that stay ours: theirs would not fit. */
static void put_options(struct tc_buf *rule, const struct tc_rx *rx)
{
	struct tc_tcpopt_iter it = { rx->options, rx->options + rx->options_len };
	struct tc_tcpopt opt;
	uint8_t bytes[TC_OPTIONS_MAX];
	size_t n = 0;

	while (tc_tcpopt_next(&it, &opt, NULL) > 0) {
		if (opt.kind == TC_OPT_TS) {
			memset(bytes + n, TC_OPT_NOP, opt.len);
		} else {
			bytes[n] = opt.kind;
			if (opt.len > 1)
				bytes[n + 1] = opt.len;
			if (opt.len > 2)
				memcpy(bytes + n + 2, opt.data, opt.len - 2u);
		}
		n += opt.len;
	}
	tc_buf_printf(rule, "; tcp.options=hex:");
	for (size_t i = 0; i < n; i++)
		tc_buf_printf(rule, "%02x", bytes[i]);
}

/* What the IP header says that is not of this connection alone, in the target's family. */
static void put_ip(struct tc_buf *rule, const struct tc_rx *rx, uint8_t family)
{
	const struct tc_family *f = tc_family(family);

	tc_buf_printf(rule, "%s=%u; %s=%u", tc_family_field(f, f->ttl), rx->ttl, f->ds,
		      rx->dsfield);
	if (f->header == TC_HDR_IP)	/* what ip.flags.df says is always so in IPv6 */
		tc_buf_printf(rule, "; ip.flags.df=%d", rx->src.family == 6 ||
			      (tc_get16(rx->l3 + 6) >> 14 & 1));
}

static void keep_segment(struct search *s, unsigned segment, const struct tc_rx *rx)
{
	struct tc_buf rule = { 0 };

	if (s->base->rule[segment][0])
		return;
	tc_buf_printf(&rule, "%s%s: ", tc_fuzz_segments[segment],
		      segment == FUZZ_DATA ? "[1]" : "");
	put_ip(&rule, rx, s->family);
	tc_buf_printf(&rule, "; tcp.window_size_value=%u; tcp.flags.push=%u",
		      (unsigned)rx->seg.wnd, rx->seg.flags & TC_FLAG_PSH ? 1 : 0);
	if (segment == FUZZ_SYN)
		put_options(&rule, rx);
	if (!rule.failed && rule.len < TC_FUZZ_RULE_MAX)
		memcpy(s->base->rule[segment], rule.data, rule.len);
	tc_buf_free(&rule);
}

static int keep_payload(struct search *s, const struct tc_rx *rx, struct tc_error *err)
{
	struct tc_buf *to = &s->base->request;
	tc_seq seq = rx->seg.seq + !!(rx->seg.flags & TC_FLAG_SYN);
	uint32_t old;

	if (!s->started)
		s->next = seq;
	s->started = true;
	if (rx->cut || tc_seq_gt(seq, s->next))
		return tc_fail(err, -EBADMSG, "bytes of connection %u are missing behind the "
			       "first %zu", s->connection, to->len);
	old = s->next - seq;
	if (old >= rx->seg.len)
		return 0;		/* once more what we have */
	if (to->len + rx->seg.len - old > REQUEST_MAX)
		return tc_fail(err, -ERANGE, "the client of connection %u sends more than %d "
			       "bytes before it is answered", s->connection, REQUEST_MAX);
	tc_buf_add(to, rx->payload + old, rx->seg.len - old);
	s->next += rx->seg.len - old;
	return 0;
}

static int take(struct search *s, const struct tc_rx *rx, unsigned from, struct tc_error *err)
{
	uint16_t flags = rx->seg.flags;

	if (from) {
		s->answered |= s->started && rx->seg.len;
		return 0;
	}
	if (flags & TC_FLAG_SYN)
		keep_segment(s, FUZZ_SYN, rx);
	else if (flags & TC_FLAG_FIN)
		keep_segment(s, FUZZ_FIN, rx);
	else if (rx->seg.len)
		keep_segment(s, FUZZ_DATA, rx);
	else if (!s->started && !(flags & TC_FLAG_RST))
		keep_segment(s, FUZZ_ACK, rx);
	return rx->seg.len && !s->answered ? keep_payload(s, rx, err) : 0;
}

static int look(struct search *s, struct tc_convos *t, const struct tc_frame *f,
		struct tc_error *err)
{
	const struct tc_convo *c;
	struct tc_rx rx;
	unsigned from;
	uint32_t tags;

	if (tc_unwrap(&s->unwrap, f, &rx, NULL) < 0 || rx.kind != TC_RX_TCP)
		return 0;
	c = tc_convos_segment(t, &rx, f->stamp, NULL, &from, &tags);
	if (!c)
		return tc_nomem(err);
	if (!s->base && !s->connection && from == 0 && rx.seg.len)
		s->connection = c->number;
	if (s->base && s->h && from == 0)
		tc_fuzz_learn_words(s->base, s->h, rx.payload, rx.cut ? 0 : rx.seg.len);
	return s->base && c->number == s->connection ? take(s, &rx, from, err) : 0;
}

static int pass(struct search *s, const char *path, struct tc_error *err)
{
	struct tc_pcap_reader *r;
	struct tc_convos *t = NULL;
	struct tc_frame f;
	int rc = tc_pcap_reader_open_file(&r, path, err);

	if (rc < 0)
		return rc;
	rc = tc_convos_open(&t, forget, NULL, err);
	while (rc >= 0 && (rc = tc_pcap_reader_next(r, &f, err)) > 0)
		rc = look(s, t, &f, err);
	tc_convos_close(t);
	tc_pcap_reader_close(r);
	tc_unwrap_free(&s->unwrap);
	s->unwrap = (struct tc_unwrap){ 0 };
	return rc;
}

int tc_fuzz_base_read(struct tc_fuzz_base *b, const char *path, uint8_t family,
		      const struct tc_header *h, struct tc_error *err)
{
	struct search s = { .family = family, .h = h };
	struct tc_error why = { 0 };
	int rc = pass(&s, path, err);

	if (rc < 0)
		return rc;
	if (!s.connection)
		return tc_fail(err, -EBADMSG, "%s: no connection in which the client sent "
			       "something", path);
	s.base = b;
	rc = pass(&s, path, &why);
	if (rc < 0)
		return tc_fail(err, rc, "%s: %s", path, why.msg);
	return b->request.failed ? tc_nomem(err) : 0;
}
