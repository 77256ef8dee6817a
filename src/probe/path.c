/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * path: who forwards our SYN, by SYNs whose TTL ends on the way (a TCP traceroute), and what
 * became of it there: the ICMP error quotes the SYN as it came, so that a field which has
 * another value than it was sent with was rewritten before that hop.
 */
#include "wire/place.h"
#include "wire/icmp.h"
#include "wire/family.h"
#include "base/addr.h"
#include "lab/lab.h"

#include <tcpcraft/error.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

TC_DEFINE_EXPERIMENT(path, "path",
	"who forwards our SYN, and what they rewrite in it",
	"RFC 792 (time exceeded quotes the datagram), RFC 1812 4.3.2.3",
	.ports = 1, .harmless = true);

#define HOPS 30
#define SILENT_MOST 4			/* in a row: then the path is taken to end */
#define TRIES 2
#define WAIT TC_S
#define ICMP_HEAD 8u
#define DSFIELD 0x28			/* AF11: so that a router which clears it shows */

struct walk {
	struct tc_lab_conn *c;
	struct tc_buf changed;		/* "ip.dsfield 0x28 -> 0x00 before hop 2; …" */
	uint64_t known[TC_HDR_COUNT];	/* rows that an earlier hop quoted with a change */
	bool options_known;
	unsigned hops, silent, quotes;
	bool arrived;
};

/* A SYN with many features, for middleboxes to touch. */
static int send_syn(struct tc_lab *lab, struct tc_lab_conn *c, unsigned ttl,
		    struct tc_error *err)
{
	struct tc_lab_seg seg;
	char options[80];

	snprintf(options, sizeof options, "mss %u,sackOK,TS val 1 ecr 0,nop,wscale 7",
		 tc_lab_mss(lab));
	c->snd_nxt = c->iss;
	tc_lab_make(c, TC_FLAG_SYN | TC_FLAG_ECE | TC_FLAG_CWR, &seg);
	seg.options = options;
	seg.ttl = (uint8_t)ttl;
	seg.dsfield = DSFIELD;
	c->snd_nxt = c->iss + 1;
	return tc_lab_cite_sent(lab, tc_lab_put(lab, c, &seg, err));
}

/* ---- what was rewritten ------------------------------------------------------------ */

static void note_change(struct walk *w, const char *field, const char *from, const char *to,
			unsigned hop)
{
	tc_buf_printf(&w->changed, "%s%s %s -> %s before hop %u", w->changed.len ? "; " : "",
		      field, from, to, hop);
}

static void compare_header(struct walk *w, enum tc_header_id id, const uint8_t *sent,
			   const uint8_t *quoted, size_t n, unsigned hop)
{
	const struct tc_header *h = tc_header_get(id);
	const struct tc_family *family = tc_family_of(h);

	for (unsigned row = 0; row < h->n_rows; row++) {
		const struct tc_field *r = &h->rows[row];
		struct tc_buf from = { 0 }, to = { 0 };
		uint64_t was, is;

		if (!r->bits || (r->off + r->bits + 7u) / 8u > n ||
		    (family && row == family->ttl) || (id == TC_HDR_IP && row == TC_IP_CHECKSUM))
			continue;
		was = tc_field_get(r, sent);
		is = tc_field_get(r, quoted);
		if (was == is || w->known[id] >> row & 1)
			continue;
		w->known[id] |= 1ull << row;
		tc_field_print(r, was, false, &from);
		tc_field_print(r, is, false, &to);
		tc_buf_add_u8(&from, 0);
		tc_buf_add_u8(&to, 0);
		if (!from.failed && !to.failed)
			note_change(w, r->name, (char *)from.data, (char *)to.data, hop);
		tc_buf_free(&from);
		tc_buf_free(&to);
	}
}

static void compare(struct tc_lab *lab, struct walk *w, const struct tc_lab_frame *error,
		    int number, unsigned hop)
{
	const struct tc_lab_frame *sent = tc_lab_sent(lab, number);
	const struct tc_family *family = tc_family(lab->path->dst.family);
	const uint8_t *quote, *was;
	size_t head = tc_ip_head(error->rx.l3) + ICMP_HEAD, n, quoted_head, was_head;

	if (!sent || error->rx.l3_len < head + family->ip_bytes)
		return;
	w->quotes++;
	quote = error->rx.l3 + head;
	was = sent->rx.l3;
	n = error->rx.l3_len - head;
	compare_header(w, family->header, was, quote, family->ip_bytes, hop);
	quoted_head = tc_ip_head(quote);
	was_head = tc_ip_head(was);
	if (quoted_head > n)
		return;
	n -= quoted_head;
	if (n > sent->rx.l3_len - was_head)	/* what is behind is the router's own */
		n = sent->rx.l3_len - was_head;
	compare_header(w, TC_HDR_TCP, was + was_head, quote + quoted_head, n, hop);
	if (!w->options_known && n == sent->rx.l3_len - was_head && n > TCP_BYTES &&
	    memcmp(was + was_head + TCP_BYTES, quote + quoted_head + TCP_BYTES,
		   n - TCP_BYTES) != 0) {
		w->options_known = true;
		note_change(w, "tcp.options", "as sent", "others", hop);
	}
}

/* ---- hop by hop ------------------------------------------------------------------- */

static void note_hop(struct tc_lab *lab, struct tc_finding *f, unsigned hop,
		     const struct tc_lab_frame *seen, int number)
{
	char name[16];
	tc_time sent = tc_lab_sent_at(lab, number);

	snprintf(name, sizeof name, "hop_%u", hop);
	tc_finding_text(f, name, "%s%s", TC_HOST(&seen->rx.src), sent ? "" : " (not seen leaving)");
}

/* 1: this hop answered, or the target did; 0: nobody. */
static int ask_hop(struct tc_lab *lab, struct walk *w, struct tc_finding *f, unsigned hop,
		   struct tc_error *err)
{
	tc_time wait = tc_lab_wait(lab, WAIT), until;
	struct tc_lab_frame *seen;
	int number = send_syn(lab, w->c, hop, err), rc = number;

	until = tc_clock_monotonic() + wait;
	while (rc >= 0 && (rc = tc_lab_next(lab, w->c, until, &seen, err)) > 0) {
		if (seen->rx.kind == TC_RX_TCP) {
			w->arrived = true;
		} else if (tc_family_quoted_number(&seen->rx) != number) {
			continue;
		} else {
			w->arrived = seen->rx.icmp_type ==	/* no further */
				     (seen->rx.src.family == 6 ? TC_ICMPV6_UNREACHABLE :
				      TC_ICMP_UNREACHABLE);
			compare(lab, w, seen, number, hop);
		}
		seen->cited = true;
		note_hop(lab, f, hop, seen, number);
		return 1;
	}
	return rc < 0 ? rc : 0;
}

static int walk(struct tc_lab *lab, struct walk *w, struct tc_finding *f,
		struct tc_error *err)
{
	int rc = 0;

	for (unsigned hop = 1; hop <= HOPS && !w->arrived && w->silent < SILENT_MOST; hop++) {
		for (unsigned i = 0; i < TRIES && rc == 0; i++)
			rc = ask_hop(lab, w, f, hop, err);
		if (rc < 0)
			return rc;
		w->silent = rc ? 0 : w->silent + 1;
		w->hops = hop;
		rc = 0;
	}
	return 0;
}

static void judge(struct tc_finding *f, struct walk *w)
{
	bool changed = w->changed.len > 0;

	tc_buf_add_u8(&w->changed, 0);
	tc_finding_number(f, "quotes", w->quotes);
	if (changed && !w->changed.failed)
		tc_finding_text(f, "changed", "%s", (char *)w->changed.data);
	if (!w->arrived) {
		tc_finding_unknown(f, "no-answer", "the target did not answer: the last %u hops "
				   "are silent%s", w->silent, changed ?
				   "; on the way to them the SYN was rewritten" : "");
		return;
	}
	tc_finding_value(f, w->hops);
	tc_finding_number(f, "hops", w->hops);
	if (changed && !w->changed.failed)
		tc_finding_told(f, "rewritten", "%u hops, and our SYN was rewritten on the way: "
				"%s", w->hops, (char *)w->changed.data);
	else if (w->hops == 1)
		tc_finding_told(f, "direct", "the target answers a TTL of 1: there is no router "
				"between");
	else
		tc_finding_told(f, w->quotes ? "unchanged" : "no-quotes", "%u hops; %s", w->hops,
				w->quotes ? "our SYN came as it was sent to all that quoted it" :
				"none quoted our SYN, so that changes cannot be seen");
}

static int run(struct tc_lab *lab, struct tc_finding *f, struct tc_error *err)
{
	struct walk w = { .c = tc_lab_conn(lab) };
	int rc;

	if (!w.c)
		return tc_nomem(err);
	rc = walk(lab, &w, f, err);
	if (rc >= 0)
		judge(f, &w);
	tc_buf_free(&w.changed);
	return rc;
}
