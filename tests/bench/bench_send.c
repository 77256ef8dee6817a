/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SYNs a second on one core: made from the template, port and sequence number another
 * each time, and sent in batches on a link; against sendto(2) of such frames, made
 * beforehand, one by one through a packet socket. The link's capture is open for both,
 * as for everybody who wants to see answers.
 *
 *	send TARGET		an address whose host drops what comes
 */
#include "measure.h"

#include <tcpcraft/error.h>
#include <tcpcraft/link.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/route.h>
#include <tcpcraft/segment.h>

#include <netpacket/packet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUNDS 31
#define BATCHES 32
#define BATCH 64
#define FRAMES (BATCHES * BATCH)	/* a round */

struct run {
	struct tc_path path;
	struct tc_template template;
	uint8_t frame[FRAMES][TC_HEAD_MAX];
	struct tc_link *link;
	int fd;				/* for theirs */
	uint32_t n;			/* frames made so far */
};

static int make_template(struct run *r, struct tc_error *err)
{
	struct tc_packet p = { 0 };
	int rc = tc_packet_push(&p, tc_header_get(TC_HDR_ETH), err);

	for (int i = 0; i < 6 && rc >= 0; i++) {
		p.layer[rc].fixed[i] = r->path.next_mac[i];
		p.layer[rc].fixed[6 + i] = r->path.mac[i];
	}
	tc_packet_push(&p, tc_header_get(TC_HDR_IP), err);
	tc_packet_push(&p, tc_header_get(TC_HDR_TCP), err);
	rc = tc_template_init(&r->template, &p, err);
	tc_packet_free(&p);
	return rc;
}

static size_t make_syn(struct run *r, uint8_t *frame)
{
	uint32_t n = r->n++;
	struct tc_flow flow = { r->path.src, r->path.dst, (uint16_t)(1024 + n % 60000), 80 };
	struct tc_seg seg = { .seq = n * 64037, .flags = TC_FLAG_SYN, .wnd = 64240 };

	return tc_template_emit(&r->template, &flow, &seg, (uint16_t)n, NULL, frame);
}

/* Thousands a second. */
static double rate_since(tc_time began)
{
	return FRAMES * 1e6 / (double)(bench_cpu_time() - began);
}

static double our_rate(struct run *r, struct tc_error *err)
{
	tc_time began = bench_cpu_time();
	struct tc_out out[BATCH];
	int rc = 0;

	for (unsigned b = 0; b < BATCHES && rc >= 0; b++) {
		for (unsigned i = 0; i < BATCH; i++)
			out[i] = (struct tc_out){ .bytes = r->frame[i],
						  .len = make_syn(r, r->frame[i]) };
		rc = tc_link_send(r->link, out, BATCH, err);
	}
	return rc < 0 ? -1 : rate_since(began);
}

static double sendto_rate(struct run *r, struct tc_error *err)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = r->path.ifindex };
	tc_time began;
	size_t len = 0;

	for (unsigned i = 0; i < FRAMES; i++)
		len = make_syn(r, r->frame[i]);
	began = bench_cpu_time();
	for (unsigned i = 0; i < FRAMES; i++)
		if (sendto(r->fd, r->frame[i], len, 0, (struct sockaddr *)&to,
			   sizeof to) < 0)
			return tc_fail_errno(err, "sendto");
	return rate_since(began);
}

static int compare(struct run *r, struct bench *b, bool unobserved, struct tc_error *err)
{
	struct tc_link_config cfg = { .path = &r->path, .filter = "tcp and dst port 1024",
				      .unobserved = unobserved };
	double ours, theirs;
	int rc = tc_link_open(&r->link, &cfg, err);

	if (rc < 0)
		return rc;
	for (unsigned i = 0; i < ROUNDS && rc >= 0; i++) {
		ours = our_rate(r, err);
		theirs = sendto_rate(r, err);
		if (ours < 0 || theirs < 0)
			rc = err->code;
		else
			bench_add(b, ours, theirs);
	}
	tc_link_close(r->link);
	return rc;
}

static int measure(struct run *r, const char *what, bool unobserved, double target)
{
	struct bench b = { .what = what, .unit = "k/s", .theirs = "one sendto() each",
			   .target = target };
	struct tc_error err = { 0 };

	if (compare(r, &b, unobserved, &err) < 0) {
		bench_skip(what, "%s", err.msg);
		return 1;
	}
	bench_report(&b);
	return 0;
}

static int prepare(struct run *r, const char *target, struct tc_error *err)
{
	struct tc_addr dst;
	int rc = tc_host_parse(&dst, target, 0, true, err);

	if (rc >= 0)
		rc = tc_path_find(&r->path, &dst, NULL, NULL, err);
	if (rc >= 0)
		rc = tc_path_resolve(&r->path, TC_S, err);
	if (rc >= 0)
		rc = make_template(r, err);
	if (rc < 0)
		return rc;
	r->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	return r->fd < 0 ? tc_fail_errno(err, "socket") : 0;
}

int main(int argc, char **argv)
{
	static struct run r;
	struct tc_error err = { 0 };
	int bad;

	if (argc != 2) {
		fprintf(stderr, "usage: send TARGET\n");
		return 2;
	}
	bench_pin();
	if (prepare(&r, argv[1], &err) < 0) {
		bench_skip("SYNs sent on one core", "%s", err.msg);
		return 1;
	}
	bad = measure(&r, "SYNs sent, one core", true, 1.3);
	bad |= measure(&r, "the same, seen by other captures", false, 0);
	close(r.fd);
	return bad;
}
