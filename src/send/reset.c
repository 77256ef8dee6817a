/* SPDX-License-Identifier: BSD-2-Clause */
/* The resets of a sender; see reset.h. */
#include "reset.h"

#include "wire/family.h"
#include "wire/flow.h"

#include <tcpcraft/error.h>
#include <tcpcraft/fields.h>
#include <tcpcraft/rng.h>

#include <errno.h>
#include <string.h>

#define LINK_HEAD_MAX 64	/* Ethernet with several tags */

/* Known by a number of their own: the identification, of IPv6 the flow label. */
static int make_head(struct tc_sender_resets *r, uint8_t family, struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int ip = tc_packet_push(&p, tc_header_ip(family), err), rc = ip;

	if (rc >= 0)
		rc = tc_packet_set(&p, ip, tc_family(family)->number, r->number, err);
	if (rc >= 0)
		rc = tc_packet_push(&p, tc_header_get(TC_HDR_TCP), err);
	if (rc >= 0)
		rc = tc_template_init(&r->head[family == 6], &p, err);
	tc_packet_free(&p);
	return rc;
}

int tc_sender_resets_open(struct tc_sender_resets *r, struct tc_error *err)
{
	int rc;

	r->number = (uint16_t)(1 + tc_rng_kernel_u64() % UINT16_MAX);
	rc = make_head(r, 4, err);
	if (rc >= 0)
		rc = make_head(r, 6, err);
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
	out.len = (size_t)l3 + tc_template_emit(&r->head[flow.local_addr.family == 6], &flow,
						&seg, r->number, NULL, bytes + l3);
	return tc_link_send(link, &out, 1, err);
}

bool tc_sender_resets_has(const struct tc_sender_resets *r, const struct tc_rx *rx)
{
	return r->number && tc_family_number(rx) == r->number && rx->seg.flags == TC_FLAG_RST;
}
