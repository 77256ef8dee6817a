/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock, the wire and the dice. */
#include "tcp_sim.h"

#include <stdio.h>
#include <string.h>

#define STEPS_MAX 400000	/* no seed needs a tenth of it */

static uint64_t below(struct sim *sim, uint64_t n)
{
	return tc_rng_below(&sim->rng, n);
}

static uint64_t one_of(struct sim *sim, const uint64_t *v, size_t n)
{
	return v[below(sim, n)];
}

#define ONE_OF(sim, ...) \
	one_of(sim, (const uint64_t[]){ __VA_ARGS__ }, \
	       sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

static void choose_config(struct sim *sim, struct tc_tcp_config *c)
{
	tc_tcp_config_default(c, 4, (unsigned)ONE_OF(sim, 68, 296, 576, 1500, 1500, 9000));
	c->rcv_buf = (uint32_t)ONE_OF(sim, 1, 100, 1000, 4000, 20000, 65535, 262144, 1000000);
	c->use_wscale = below(sim, 4);
	c->wscale = (uint8_t)ONE_OF(sim, TC_WSCALE_FITS, TC_WSCALE_FITS, 0, 2, 8, 14);
	if (c->rcv_buf >> c->wscale % TC_WSCALE_FITS == 0)	/* a window that is always shut */
		c->wscale = TC_WSCALE_FITS;
	c->syn_window = (uint16_t)ONE_OF(sim, 0, 0, 1, 512, 8192, 65535);
	c->answer_window = (uint16_t)ONE_OF(sim, 0, 0, 0, 1, 8192, 65535);
	c->window_in_mss = (uint16_t)ONE_OF(sim, 0, 0, 0, 1, 10, 65535);
	c->iw = (uint8_t)ONE_OF(sim, 0, 0, 1, 10, 255);
	c->rto_min = (tc_time)ONE_OF(sim, 1, 200, 1000) * TC_MS;
	c->rto_initial = (tc_time)ONE_OF(sim, 1, 1, 3) * TC_S;
	c->delack = (tc_time)ONE_OF(sim, 10, 40, 499) * TC_MS;
	c->msl = (tc_time)ONE_OF(sim, 1, 2, 120) * TC_S;
	c->use_ts = below(sim, 2);
	c->use_sack = below(sim, 3);
	c->use_ecn = (uint8_t)below(sim, 3);
	c->ts_hz = (uint16_t)ONE_OF(sim, 1000, 100, 1);
	c->nagle = below(sim, 2);
	c->delayed_ack = below(sim, 2);
	c->ack_with_data = below(sim, 2);
	c->mss_path = (uint16_t)(below(sim, 4) ? c->mss : c->mss / 2 + 1);
	c->keepalive = below(sim, 3) ? 0 : 100 * TC_S;
	c->syn_timeout = 3000 * TC_S;	/* so that only a cut wire times out */
	c->user_timeout = 3000 * TC_S;
}

static void choose_user(struct sim *sim, struct sim_host *h)
{
	h->total = (uint32_t)below(sim, ONE_OF(sim, 1, 40, 2000, 20000, SIM_STREAM));
	if (h->cfg.rcv_buf < 100 || sim->host[!h->id].cfg.rcv_buf < 100)
		h->total %= 100;
	else if (h->cfg.mss < 100)
		h->total %= 8000;
	h->chunk = (uint32_t)ONE_OF(sim, 1, 100, 3000, 30000);
	if (h->total / h->chunk > 2000)
		h->chunk = 100;
	h->bite = (uint32_t)ONE_OF(sim, 10, 700, 10000, SIM_STREAM);
	h->app_gap = (tc_time)ONE_OF(sim, 100, 1000, 20000, 300000) * TC_US;
	h->close_last = !below(sim, 3) && !sim->host[!h->id].close_last;
	h->abort = !below(sim, 40);
	h->brings = (uint8_t)ONE_OF(sim, SIM_NO_COOKIE, SIM_NO_COOKIE, SIM_ASKS,
				    SIM_WRONG_COOKIE, SIM_COOKIE, SIM_COOKIE);
	h->takes = below(sim, 4);
	tc_rng_bytes(&sim->rng, h->stream, h->total);
}

static void choose_wire(struct sim *sim)
{
	struct sim_wire *w = &sim->wire;

	w->delay = (tc_time)ONE_OF(sim, 10, 1000, 30000, 200000) * TC_US;
	w->jitter = below(sim, 2) ? 0 : w->delay * (tc_time)(1 + below(sim, 2)) / 2;
	if (!below(sim, 4))
		return;			/* a good wire */
	w->loss = (unsigned)ONE_OF(sim, 0, 5, 20, 100, 250);
	w->dup = (unsigned)ONE_OF(sim, 0, 5, 50, 300);
	w->corrupt = (unsigned)ONE_OF(sim, 0, 0, 10);
	w->marks = (unsigned)ONE_OF(sim, 0, 5, 100, 500);
	if (!below(sim, 5)) {
		w->mtu = (uint16_t)ONE_OF(sim, 68, 296, 576, 1006);
		w->mtu_at = TC_S + (tc_time)below(sim, 1000) * TC_MS;
		w->mtu_untold = !below(sim, 3);
	}
	if (!below(sim, 30))
		w->cut_at = (tc_time)below(sim, 5) * TC_S + 2 * TC_S;
}

static void choose(struct sim *sim)
{
	bool simultaneous = !below(sim, 4);

	choose_wire(sim);
	for (unsigned i = 0; i < 2; i++) {
		sim->host[i].id = i;
		sim->host[i].passive = i == 1 && !simultaneous;
		choose_config(sim, &sim->host[i].cfg);
	}
	for (unsigned i = 0; i < 2; i++) {
		choose_user(sim, &sim->host[i]);
		sim->host[i].app_at = sim->now + 1;
	}
}

static void open_host(struct sim *sim, struct sim_host *h)
{
	struct tc_event ev = { .type = TC_EV_OPEN };
	uint64_t near_wrap = below(sim, 3);

	ev.open.iss = near_wrap ? (tc_seq)(0u - below(sim, 20000)) :
				  (tc_seq)tc_rng_u64(&sim->rng);
	ev.open.ts_offset = near_wrap ? (uint32_t)(0u - below(sim, 3000000)) : 0;
	ev.open.passive = h->passive;
	if (!h->passive && below(sim, 2))
		ev.open.len = h->queued = (uint32_t)below(sim, h->total + 1);
	if (h->brings)
		ev.cookie = &sim_cookies[h->brings];
	ev.open.peer_mss = (uint16_t)ONE_OF(sim, 0, 64, 1460);
	tc_tcp_init(&h->tcb, &h->cfg);
	sim_event(sim, h, ev, NULL);
}

static bool before(const struct sim_packet *a, const struct sim_packet *b)
{
	return a->at < b->at || (a->at == b->at && a->serial < b->serial);
}

void sim_put_on_wire(struct sim *sim, struct sim_packet p)
{
	unsigned i;

	p.serial = sim->serial++;
	p.at = sim->now + sim->wire.delay + 1;
	if (sim->wire.jitter)
		p.at += (tc_time)below(sim, (uint64_t)sim->wire.jitter);
	if (sim->n_heap == SIM_PACKETS)
		return;
	for (i = sim->n_heap++; i && before(&p, &sim->heap[(i - 1) / 2]); i = (i - 1) / 2)
		sim->heap[i] = sim->heap[(i - 1) / 2];
	sim->heap[i] = p;
}

static struct sim_packet next_packet(struct sim *sim)
{
	struct sim_packet first = sim->heap[0], last = sim->heap[--sim->n_heap];
	unsigned i = 0, child;

	while ((child = 2 * i + 1) < sim->n_heap) {
		if (child + 1 < sim->n_heap &&
		    before(&sim->heap[child + 1], &sim->heap[child]))
			child++;
		if (before(&last, &sim->heap[child]))
			break;
		sim->heap[i] = sim->heap[child];
		i = child;
	}
	sim->heap[i] = last;
	return first;
}

static tc_time first_of(tc_time a, tc_time b)
{
	return !a || (b && b < a) ? b : a;
}

static tc_time next_time(const struct sim *sim)
{
	tc_time at = sim->n_heap ? sim->heap[0].at : 0;

	for (unsigned i = 0; i < 2; i++)
		at = first_of(first_of(at, sim->host[i].timer), sim->host[i].app_at);
	return at;
}

static void arrive(struct sim *sim)
{
	struct sim_packet p = next_packet(sim);
	const struct sim_packet *next = sim->n_heap ? &sim->heap[0] : NULL;
	struct tc_event ev = { .type = TC_EV_SEGMENT, .seg = &p.seg };

	if (p.icmp) {
		ev = (struct tc_event){ .type = TC_EV_ICMP, .icmp = { .family = 4, .type = 3, .code = 4,
					.mtu = p.mtu, .seq = p.seg.seq } };
		sim_event(sim, &sim->host[p.to], ev, NULL);
		return;
	}
	ev.more = next && next->at == sim->now && next->to == p.to && !next->icmp;
	sim_event(sim, &sim->host[p.to], ev, &p);
}

static void do_next(struct sim *sim)
{
	struct sim_host *h;

	if (sim->n_heap && sim->heap[0].at == sim->now) {
		arrive(sim);
		return;
	}
	for (unsigned i = 0; i < 2; i++) {
		h = &sim->host[i];
		if (h->timer == sim->now) {
			sim_event(sim, h, (struct tc_event){ .type = TC_EV_TIMEOUT }, NULL);
			if (h->timer == sim->now)
				sim_fail(sim, h, "the timer stays due");
		} else if (h->app_at == sim->now) {
			sim_user(sim, h);
		}
	}
}

static bool at_rest(const struct sim_host *h)
{
	return h->tcb.state == TC_ST_CLOSED || h->tcb.state == TC_ST_LISTEN;
}

static bool excused(const struct sim *sim)
{
	return sim->host[0].abort || sim->host[1].abort || sim->wire.cut_at;
}

static void check_end(struct sim *sim)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct sim_host *h = &sim->host[i], *peer = &sim->host[!i];

		if (memcmp(h->got, peer->stream, h->n_got))
			sim_fail(sim, h, "received other bytes than were sent");
		if (excused(sim))
			continue;
		if (h->failed)
			sim_fail(sim, h, "an error on a wire that works");
		if (h->n_got != peer->total || !h->peer_closed)
			sim_fail(sim, h, "got %u bytes of %u", h->n_got, peer->total);
	}
}

/* Half a connection may wait for ever for a peer that is gone: its user may not. */
static void lose_patience(struct sim *sim)
{
	if (!excused(sim))
		sim_fail(sim, &sim->host[0], "nothing moves any more");
	for (unsigned i = 0; i < 2; i++)
		if (!at_rest(&sim->host[i]))
			sim_give_up(sim, &sim->host[i]);
}

static void go_on(struct sim *sim)
{
	tc_time at = next_time(sim);

	if (sim->steps > STEPS_MAX)
		sim_fail(sim, &sim->host[0], "it does not end");
	if (!at) {
		lose_patience(sim);
		return;
	}
	sim->now = at;
	do_next(sim);
}

bool sim_run(struct sim *sim, uint64_t seed, bool trace)
{
	memset(sim, 0, sizeof *sim);
	tc_rng_seed(&sim->rng, seed);
	sim->seed = seed;
	sim->trace = trace;
	sim->now = TC_S;
	choose(sim);
	open_host(sim, &sim->host[1]);
	open_host(sim, &sim->host[0]);
	while (!sim->why[0] && !(at_rest(&sim->host[0]) && at_rest(&sim->host[1])))
		go_on(sim);
	if (!sim->why[0])
		check_end(sim);
	return !sim->why[0];
}
