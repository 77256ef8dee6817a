/* SPDX-License-Identifier: BSD-2-Clause */
/* Beginning and end of the asking; how long an answer is waited for. */
#include "own.h"

#include "base/array.h"
#include "wire/family.h"

#include <tcpcraft/error.h>

#include <stdlib.h>
#include <string.h>

/* SYN,ACKs tell how long the peer's TCP takes: the wait is MARGIN times the usual one, or
 * MARGIN_SLOWEST times the slowest, within bounds. */
#define MARGIN 8
#define MARGIN_SLOWEST 2

static int make_template(struct tc_oracle *o, const struct tc_path *path, struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int rc = 0;

	if (tc_link_sends_ethernet(o->link))
		rc = tc_vlan_push(&p, path->next_mac, path->mac, &path->vlan, err);
	if (rc >= 0)
		rc = tc_packet_push(&p, tc_header_ip(path->dst.family), err);
	if (rc >= 0 && path->dst.family == 6)	/* (tc_template_emit writes IPv4's) */
		rc = tc_packet_set(&p, rc, tc_family(6)->number, ORACLE_MARK, err);
	if (rc >= 0)
		rc = tc_packet_push(&p, tc_header_get(TC_HDR_TCP), err);
	if (rc >= 0)
		rc = tc_template_init(&o->template, &p, err);
	tc_packet_free(&p);
	return rc;
}

/* How long the peer's TCP takes for a SYN,ACK; the connections are opened and closed as any. */
static int measure(struct tc_oracle *o, struct tc_error *err)
{
	static const uint8_t open[] = { TC_INPUT_LISTEN, TC_INPUT_SYN, TC_INPUT_ACK_PSH,
					TC_INPUT_ACK_FIN };
	unsigned skip = !o->cfg.hand;	/* then somebody listens there already */
	struct tc_word words[ORACLE_MEASURED], *all[ORACLE_MEASURED];
	tc_time wait = ORACLE_WAIT_MOST, slowest;
	int rc;

	o->seen.wait = ORACLE_WAIT_MOST;
	o->measuring = true;
	for (unsigned i = 0; i < ORACLE_MEASURED; i++) {
		words[i] = (struct tc_word){ .n = (uint8_t)(sizeof open - skip) };
		memcpy(words[i].in, open + skip, sizeof open - skip);
		all[i] = &words[i];
	}
	rc = tc_oracle_ask(o, all, ORACLE_MEASURED, err);
	o->measuring = false;
	tc_times_sort(o->took, o->n_took);
	if (o->n_took) {
		slowest = MARGIN_SLOWEST * o->took[o->n_took - 1];
		wait = MARGIN * o->took[o->n_took / 2];
		wait = wait > slowest ? wait : slowest;
	}
	o->seen.wait = tc_oracle_bounded(wait);
	if (o->cfg.wait)
		o->seen.wait = o->cfg.wait;
	return rc;
}

int tc_oracle_open(struct tc_oracle **out, const struct tc_oracle_config *cfg,
		   struct tc_error *err)
{
	const struct tc_path *path = tc_session_path(cfg->session);
	struct tc_oracle *o = calloc(1, sizeof *o);
	struct tc_flow first;
	int rc;

	*out = o;
	if (!o)
		return tc_nomem(err);
	tc_session_flow(cfg->session, 0, &first);
	o->cfg = *cfg;
	o->port_lo = first.local_port;
	o->link = tc_session_link(cfg->session);
	o->iss_key = tc_iss_key();
	o->pace.rate = cfg->rate;
	o->mss = (uint16_t)tc_family_mss(path->dst.family, path->mtu);
	tc_rng_seed(&o->rng, first.local_port);
	o->receiver = (struct tc_receiver){
		.link = o->link, .neigh = tc_session_neigh(cfg->session), .unfinished = true,
		.ops = &tc_oracle_receives, .ctx = o, .frame = cfg->frame, .frame_ctx = cfg->ctx,
	};
	rc = tc_symbol(&o->outputs, TC_SILENCE_NAME, TC_MEALY_OUTPUTS_MAX, err);
	if (rc >= 0)
		rc = make_template(o, path, err);
	return rc < 0 ? rc : measure(o, err);
}

void tc_oracle_close(struct tc_oracle *o)
{
	const struct tc_caller k = { .hand = o ? o->cfg.hand : NULL, .stop_fd = -1 };

	if (!o)
		return;
	if (k.hand && !o->gone)
		tc_socket_leave(&k, NULL);
	tc_symbols_free(&o->outputs);
	free(o);
}

void tc_oracle_seen(const struct tc_oracle *o, struct tc_oracle_seen *seen)
{
	*seen = o->seen;
	seen->resets_leaked = o->receiver.kernel_resets;
}

const struct tc_symbols *tc_oracle_outputs(const struct tc_oracle *o)
{
	return &o->outputs;
}
