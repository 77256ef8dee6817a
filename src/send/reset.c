/* SPDX-License-Identifier: BSD-2-Clause */
/* The resets of a sender; see reset.h. */
#include "reset.h"

#include "wire/flow.h"

#include <tcpcraft/error.h>
#include <tcpcraft/fields.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/rng.h>

#include <errno.h>
#include <string.h>

#define LINK_HEAD_MAX 64	/* Ethernet with several tags */

int tc_sender_resets_open(struct tc_sender_resets *r, struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int rc = tc_packet_push(&p, tc_header_get(TC_HDR_IP), err);

	if (rc >= 0)
		rc = tc_packet_push(&p, tc_header_get(TC_HDR_TCP), err);
	if (rc >= 0)
		rc = tc_template_init(&r->head, &p, err);
	tc_packet_free(&p);
	r->ip_id = (uint16_t)(1 + tc_rng_kernel_u64() % UINT16_MAX);
	return rc < 0 ? rc : 0;
}

int tc_sender_resets_send(const struct tc_sender_resets *r, struct tc_link *link,
			  const struct tc_probe *p, const struct tc_rx *rx,
			  struct tc_error *err)
{
	struct tc_flow flow = tc_flow_in(rx);
	struct tc_seg seg = { .seq = rx->seg.ack, .flags = TC_FLAG_RST };
	uint8_t bytes[LINK_HEAD_MAX + TC_HEAD_MAX];
	struct tc_out out = { .bytes = bytes, .marked = true };
	uint16_t type;
	int l3 = tc_link_header(p->frame, p->len, p->dlt, &type, err);

	if (l3 < 0 || l3 > LINK_HEAD_MAX)
		return l3 < 0 ? l3 : tc_fail(err, -EMSGSIZE, "a link header of %d bytes", l3);
	memcpy(bytes, p->frame, (size_t)l3);
	out.len = (size_t)l3 + tc_template_emit(&r->head, &flow, &seg, r->ip_id, NULL,
						bytes + l3);
	return tc_link_send(link, &out, 1, err);
}

bool tc_sender_resets_has(const struct tc_sender_resets *r, const struct tc_rx *rx)
{
	return r->ip_id && rx->ip_id == r->ip_id && rx->seg.flags == TC_FLAG_RST;
}
