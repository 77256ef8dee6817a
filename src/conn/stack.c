/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver as a whole: opened, closed, counted. */
#include "own.h"
#include "base/opened.h"

#include "wire/family.h"
#include "wire/place.h"

#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>

#include <errno.h>
#include <stdlib.h>

#define SPIN (30 * TC_US)	/* a frame that comes so soon is worth no sleep */

/* What the personality says of each IP header. */
static int set_ip(struct tc_packet *p, int ip, uint8_t family, const struct tc_ip_config *c,
		  struct tc_error *err)
{
	int rc = tc_packet_set(p, ip, family == 6 ? (unsigned)TC_IPV6_HLIM : TC_IP_TTL, c->ttl,
			       err);

	if (rc >= 0 && family == 4)
		rc = tc_packet_set(p, ip, TC_IP_DF, c->df, err);
	return rc;
}

/* The frame that all others of the family are patched from, built once through the field
 * tables. */
static int make_template(struct tc_stack *s, const struct tc_path *path, uint8_t family,
			 struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int rc = 0;

	if (!s->raw)
		rc = tc_vlan_push(&p, path->next_mac, path->mac, &path->vlan, err);
	if (rc >= 0)
		rc = tc_packet_push(&p, tc_header_ip(family), err);
	if (rc >= 0)
		rc = set_ip(&p, rc, family, &s->ip, err);
	if (rc >= 0)
		rc = tc_packet_push(&p, tc_header_get(TC_HDR_TCP), err);
	if (rc >= 0)
		rc = tc_template_init(&s->template[family == 6], &p, err);
	if (rc >= 0)
		s->template[family == 6].order = s->ip.order;
	tc_packet_free(&p);
	return rc;
}

/* MUST-48, SHLD-21 */
void tc_stack_set_dscp(struct tc_stack *s, uint8_t dscp)
{
	for (unsigned i = 0; i < 2; i++)
		tc_template_set_dsfield(&s->template[i], (uint8_t)(dscp << 2));
}

/* The configuration is for the path's family; where peers of both may come for IPv4. */
static void set_tcp(struct tc_stack *s, const struct tc_tcp_config *tcp)
{
	const unsigned more = tc_family(6)->ip_bytes - tc_family(4)->ip_bytes;

	s->tcp = s->tcp6 = *tcp;
	if (tcp->family == 6)
		return;
	s->tcp6.family = 6;
	if (!s->ip.mss_said)
		s->tcp6.mss = tcp->mss > more ? (uint16_t)(tcp->mss - more) : 1;
	s->tcp6.mss_path = tcp->mss_path > more ? (uint16_t)(tcp->mss_path - more) : 1;
}

static void set_ip_config(struct tc_stack *s, const struct tc_ip_config *ip)
{
	struct tc_personality usual;

	if (!ip) {
		tc_personality_default(&usual, 4, 0);
		ip = &usual.ip;
	}
	s->ip = *ip;
}

/* raw(7) fills a zero in unless DF is set. */
static int check_ipid(const struct tc_stack *s, struct tc_error *err)
{
	if (s->raw && (s->ip.ipid == TC_IPID_ZERO || s->ip.ipid == TC_IPID_LATE) && !s->ip.df)
		return tc_fail(err, -EOPNOTSUPP, "ipid=zero and late cannot be sent on the raw path "
			       "without df=on: the kernel chooses another ID");
	return 0;
}

static uint32_t power_of_two_above(uint32_t n)
{
	uint32_t p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static size_t slot_bytes(const struct tc_stack *s, const struct tc_tcp_config *tcp)
{
	size_t most = s->mtu > tcp->mss_path ? s->mtu : tcp->mss_path;
	size_t merged = (size_t)tcp->merge * tcp->mss_path;

	return TC_HEAD_MAX + (merged > most ? merged : most);
}

int tc_stack_open(struct tc_stack **out, const struct tc_stack_config *cfg,
		  struct tc_error *err)
{
	struct tc_stack *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		return tc_nomem(err);
	tc_rng_seed(&s->rng, cfg->seed);
	s->link = cfg->link;
	set_ip_config(s, cfg->ip);
	set_tcp(s, cfg->tcp);
	s->siblings = cfg->siblings;
	if (cfg->observer)
		s->observer = *cfg->observer;
	s->receiver = (struct tc_receiver){
		.link = cfg->link, .neigh = cfg->neigh, .ops = &tc_stack_receives, .ctx = s,
		.frame = s->observer.frame, .frame_ctx = s->observer.ctx,
		.since = tc_clock_realtime(), .spin = SPIN, .busy = cfg->busy_poll,
	};
	s->own = cfg->path->src;
	s->peer = cfg->path->dst;
	s->port_lo = cfg->port_lo;
	s->port_hi = cfg->port_hi;
	s->raw = !tc_link_sends_ethernet(cfg->link);
	s->learns = !s->raw && tc_addr_is_none(&s->peer);
	s->dlt_sent = tc_link_sends_dlt(s->link);
	s->next_ip_id = (uint16_t)tc_rng_u64(&s->rng);
	s->iss_key = tc_iss_key();
	tc_fastopen_begin(s);
	s->rcv_mask = power_of_two_above(cfg->tcp->rcv_buf) - 1;
	s->mtu = cfg->path->mtu;
	s->slot_bytes = slot_bytes(s, cfg->tcp);
	s->slots = malloc(BATCH * s->slot_bytes);
	s->sent_end = &s->sent;
	rc = s->slots ? check_ipid(s, err) : tc_nomem(err);
	if (rc >= 0)
		rc = make_template(s, cfg->path, 4, err);
	if (rc >= 0)
		rc = make_template(s, cfg->path, 6, err);
	if (rc >= 0)
		tc_stack_set_dscp(s, s->ip.dscp);
	return TC_OPENED(out, s, rc, tc_stack_close);
}

void tc_stack_close(struct tc_stack *s)
{
	if (!s)
		return;
	tc_story_free(s);	/* which counts in the connections what they await */
	for (uint32_t i = 0; i < s->table.cap; i++)
		if (s->table.slot[i])
			tc_conn_destroy(s->table.slot[i]);
	tc_filter_free(s);
	tc_resting_free(&s->resting);
	free(s->table.slot);
	free(s->heap.at);
	free(s->slots);
	free(s);
}

void tc_stack_stats(const struct tc_stack *s, struct tc_stack_stats *out)
{
	*out = s->stats;
	out->resets_leaked = s->receiver.kernel_resets;
	out->icmp_leaked = s->receiver.kernel_icmp;
}
