/* SPDX-License-Identifier: BSD-2-Clause */
/* The legacy PROT server's behaviour, one client at a time in a small buffer each. */
#include "server.h"

#include <tcpcraft/packet.h>
#include <tcpcraft/prot.h>

#include <stdlib.h>
#include <string.h>

#define TAIL 2u
#define FRAME_MAX (TC_PROT_HEAD + TC_PROT_PAYLOAD_MAX + TAIL)

struct client {
	struct tc_prot_server *server;
	const char *verdict;		/* NULL until it is known */
	unsigned frames;
	size_t have;
	uint8_t frame[FRAME_MAX];
};

/* What the header's row holds; the frame's constants come from the field table. */
static uint64_t row_value(const struct client *cl, unsigned row)
{
	return tc_field_get(&tc_header_get(TC_HDR_PROT)->rows[row], cl->frame);
}

static uint64_t row_default(unsigned row)
{
	return tc_header_get(TC_HDR_PROT)->rows[row].def;
}

static const char *judge_head(const struct client *cl)
{
	if (row_value(cl, TC_PROT_MAGIC) != row_default(TC_PROT_MAGIC))
		return "bad-magic";
	if (row_value(cl, TC_PROT_VERSION) != row_default(TC_PROT_VERSION))
		return "bad-version";
	if (row_value(cl, TC_PROT_LENGTH) > TC_PROT_PAYLOAD_MAX)
		return "bad-length";
	return NULL;
}

/* Bytes still wanted before the next decision. */
static size_t wanted(const struct client *cl)
{
	if (cl->have < TC_PROT_HEAD)
		return TC_PROT_HEAD - cl->have;
	return TC_PROT_HEAD + (size_t)row_value(cl, TC_PROT_LENGTH) + TAIL - cl->have;
}

static bool checksum_is_right(const struct client *cl)
{
	struct tc_packet p = { 0 };
	uint64_t right = 0;
	bool ok = tc_packet_parse(&p, cl->frame, cl->have, TC_HDR_PROT, NULL) >= 0 &&
		  tc_packet_computed(&p, 0, TC_PROT_CHECKSUM, &right, NULL) >= 0 &&
		  tc_packet_get(&p, 0, TC_PROT_CHECKSUM) == right;

	tc_packet_free(&p);
	return ok;
}

/* The buffer holds what was wanted: a head or a whole frame. */
static void decide(struct client *cl, struct tc_conn *c)
{
	if (cl->have == TC_PROT_HEAD) {
		cl->verdict = judge_head(cl);
		return;
	}
	if (!checksum_is_right(cl)) {
		cl->verdict = "bad-checksum";
		return;
	}
	cl->frames++;
	cl->have = 0;
	tc_conn_send(c, TC_PROT_ACK, TC_PROT_ACK_LEN, NULL);
}

static void on_data(struct tc_conn *c, void *ctx, const uint8_t *bytes, size_t n)
{
	struct client *cl = ctx;
	size_t k;

	tc_conn_consumed(c, n);
	for (; n && !cl->verdict; bytes += k, n -= k) {
		k = wanted(cl) < n ? wanted(cl) : n;
		memcpy(cl->frame + cl->have, bytes, k);
		cl->have += k;
		if (wanted(cl) == 0 || cl->have == TC_PROT_HEAD)
			decide(cl, c);
	}
	if (cl->verdict && n)
		tc_conn_abort(c);
	else if (cl->verdict)
		tc_conn_close(c);
}

static void on_peer_closed(struct tc_conn *c, void *ctx)
{
	struct client *cl = ctx;

	if (!cl->verdict && cl->have)
		cl->verdict = cl->have < TC_PROT_HEAD ? "short-header" : "short-payload";
	tc_conn_close(c);
}

static void on_ended(struct tc_conn *c, void *ctx, enum tc_end end)
{
	struct client *cl = ctx;
	struct tc_conn_info info;

	(void)end;
	tc_conn_info(c, &info);
	if (!cl->verdict)
		cl->verdict = cl->frames ? "ok" : "empty";
	if (cl->server->done)
		cl->server->done(cl->server, &info, cl->verdict, cl->frames);
	free(cl);
	tc_conn_detach(c);
}

static const struct tc_conn_ops ops = {
	.data = on_data,
	.peer_closed = on_peer_closed,
	.ended = on_ended,
};

const struct tc_conn_ops *tc_prot_server_accept(void *server, struct tc_conn *c,
						void **conn_ctx)
{
	struct client *cl = calloc(1, sizeof *cl);

	(void)c;
	if (!cl)
		return NULL;
	cl->server = server;
	*conn_ctx = cl;
	return &ops;
}
