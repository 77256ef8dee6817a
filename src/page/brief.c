/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of an event in the middle of a long story: what it says, without its data. */
#include "ladder_own.h"

#include <tcpcraft/error.h>
#include "wire/segment_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MOST 1024u		/* bytes of headers that are kept, of any usual stack all, */
#define OTHER_MOST 128u		/* and of what is not TCP */

int tc_page_parse(const struct tc_page_event *e, struct tc_rx *rx, struct tc_error *why)
{
	size_t len = e->frame.len;
	int rc;

	if (e->brief && e->broken)
		return -EBADMSG;
	rc = tc_rx_parse_cut(rx, e->frame.data, len, e->wire_len > len ? e->wire_len : len,
			     e->dlt, why);
	if (rc < 0 || !e->brief)
		return rc;
	/* these were told by the bytes that are gone */
	rx->tcp_checksum = e->tcp_checksum;
	rx->ip_checksum = e->ip_checksum;
	rx->seg.len = e->seg_len;
	return 0;
}

void tc_page_line(struct tc_buf *line, const struct tc_page_event *e, const struct tc_rx *rx,
		  const struct tc_error *why)
{
	struct tc_isns isns = { e->isn[e->from], e->isn[!e->from] };

	if (e->brief)
		tc_buf_add(line, e->line.data, e->line.len);
	else if (why)
		tc_buf_printf(line, "%zu bytes: %s", e->frame.len, why->msg);
	else if (rx->kind == TC_RX_TCP)
		tc_line_segment(line, rx, isns,
				e->tags & TC_TAG_BIT(RETRANSMISSION) ? TC_LINE_ISN : 0);
	else if (rx->kind == TC_RX_ICMP_ERROR)
		tc_line_icmp(line, rx);
	else
		tc_buf_printf(line, "%zu bytes: %s", e->frame.len,
			      rx->kind == TC_RX_FRAGMENT ? "an IP fragment" :
							   "no TCP segment");
}

static size_t head_of(const struct tc_page_event *e, const struct tc_rx *rx)
{
	bool tcp = !e->broken && rx->kind == TC_RX_TCP && rx->payload;
	size_t n = tcp ? (size_t)(rx->payload - e->frame.data) : e->frame.len;
	size_t most = tcp ? HEAD_MOST : OTHER_MOST;

	return n < most ? n : most;
}

void tc_page_shorten(struct tc_page_event *e)
{
	struct tc_buf head = { 0 };
	struct tc_error why;
	struct tc_rx rx;

	if (e->kind != EVENT_FRAME)
		return;
	e->broken = tc_page_parse(e, &rx, &why) < 0;
	tc_page_line(&e->line, e, &rx, e->broken ? &why : NULL);
	if (!e->broken) {
		e->tcp_checksum = rx.tcp_checksum;
		e->ip_checksum = rx.ip_checksum;
		e->seg_len = rx.seg.len;
	}
	if (e->wire_len < e->frame.len)
		e->wire_len = e->frame.len;
	tc_buf_add(&head, e->frame.data, head_of(e, &rx));
	tc_buf_free(&e->frame);
	e->frame = head;
	e->brief = true;
}
