/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Crafted packets out, answers in, with the library: a spec, its frames, the sending loop.
 * The link is one in memory whose other end answers with resets, so that this runs
 * anywhere; tc_link_open gives a real one.
 */
#include <tcpcraft/craft.h>
#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/sender.h>

#include <stdio.h>

static void on_replied(void *ctx, struct tc_probe *p, const struct tc_rx *rx,
		       const struct tc_frame *f)
{
	(void)ctx, (void)f;
	printf("packet %u to port %u: %s, seq %u ack +%u\n", (unsigned)p->number,
	       p->flow.remote_port, tc_reply_kind_name(p->kind), rx->seg.seq,
	       rx->seg.ack - p->seq);
}

static const struct tc_sender_ops ops = { .replied = on_replied };

/* RFC 9293 3.10.7.1: what a CLOSED port says. */
static void answer(struct tc_link *peer)
{
	struct tc_template t;
	struct tc_packet p = { 0 };
	uint8_t bytes[TC_HEAD_MAX];
	struct tc_frame f;
	struct tc_rx rx;

	if (tc_packet_push(&p, tc_header_get(TC_HDR_IP), NULL) < 0 ||
	    tc_packet_push(&p, tc_header_get(TC_HDR_TCP), NULL) < 0 ||
	    tc_template_init(&t, &p, NULL) < 0)
		return;
	while (tc_link_recv(peer, &f, NULL) > 0) {
		struct tc_seg seg = { .flags = TC_FLAG_RST | TC_FLAG_ACK };
		struct tc_out out = { .bytes = bytes };
		struct tc_flow flow;

		if (tc_rx_parse(&rx, f.bytes, f.len, TC_DLT_RAW, NULL) < 0)
			continue;
		flow = (struct tc_flow){ rx.dst, rx.src, rx.dport, rx.sport };
		seg.ack = rx.seg.seq + tc_seg_seq_len(&rx.seg);
		out.len = tc_template_emit(&t, &flow, &seg, 1, NULL, bytes);
		tc_link_send(peer, &out, 1, NULL);
	}
	tc_packet_free(&p);
}

static int run(struct tc_link *us, struct tc_link *peer, struct tc_craft *craft,
	       struct tc_error *err)
{
	struct tc_sender_config cfg = {
		.link = us, .craft = craft, .timeout = TC_S, .most = 1000, .ops = &ops,
	};
	struct tc_sender *s;
	int rc = tc_sender_open(&s, &cfg, err);

	if (rc < 0)
		return rc;
	while ((rc = tc_sender_run(s, NULL, 0, err)) > 0)
		answer(peer);
	tc_sender_close(s);
	return rc;
}

int main(void)
{
	static const char *const pairs[] = {
		"ip.src=10.0.0.1", "ip.dst=10.0.0.2", "tcp.flags=S", "tcp.dstport=22,80-81",
	};
	struct tc_craft_config cfg = { .seed = 1, .rounds = 1 };
	struct tc_link *us = NULL, *peer = NULL;
	struct tc_craft *craft = NULL;
	struct tc_spec *spec = NULL;
	struct tc_error err = { 0 };
	int rc = tc_spec_open(&spec, &err);

	for (unsigned i = 0; i < sizeof pairs / sizeof *pairs && rc >= 0; i++)
		rc = tc_spec_add_pair(spec, pairs[i], &err);
	if (rc >= 0)
		rc = tc_craft_open(&craft, spec, &cfg, &err);
	if (rc >= 0)
		rc = tc_link_open_pair(&us, &peer, &err);
	if (rc >= 0)
		rc = run(us, peer, craft, &err);
	if (rc < 0)
		fprintf(stderr, "answers: %s\n", err.msg);
	tc_craft_close(craft);
	tc_spec_free(spec);
	tc_link_close(us);
	tc_link_close(peer);
	return rc < 0;
}
