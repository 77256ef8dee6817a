/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host that there is not: an address that nobody has is there, for ARP or neighbour solicitations,
 * until somebody has asked for it, or for SECONDS. Wants the privileges that tcpcraft(8) names.
 *
 *	cc neighbour.c $(pkg-config --cflags --libs tcpcraft)
 *	./a.out 10.0.0.77 02:00:00:00:00:77 10
 */
#include <tcpcraft/clock.h>
#include <tcpcraft/error.h>
#include <tcpcraft/link.h>
#include <tcpcraft/neigh.h>
#include <tcpcraft/route.h>
#include <tcpcraft/segment.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

/* Nobody has it, here or elsewhere on that network, or why it cannot be had. */
static int claim(struct tc_neigh *n, struct tc_path *path, struct tc_error *err)
{
	int rc = tc_path_find(path, n->addrs, NULL, NULL, err);

	if (rc >= 0)
		rc = tc_spare_check(path, n->addrs, err);
	if (rc >= 0)
		rc = tc_spare_check_mac(path, n->mac, err);
	if (rc < 0)
		return rc;
	path->src = *n->addrs;
	path->src_is_ours = false;
	return tc_neigh_probe(n, path, err);
}

/* All that is heard until then is looked at: the first that asks for it is answered. */
static int answer(struct tc_neigh *n, struct tc_link *l, tc_time until, struct tc_error *err)
{
	struct tc_frame f;
	struct tc_rx rx;
	int rc = tc_neigh_announce(n, l, err);

	while (rc >= 0 && !n->seen.answered && tc_clock_monotonic() < until) {
		rc = tc_link_recv(l, &f, err);
		if (rc > 0 && tc_rx_parse(&rx, f.bytes, f.len, f.dlt, NULL) >= 0)
			rc = tc_neigh_answer(n, l, &rx, f.bytes, err);
		else if (rc == 0 && tc_link_sleep(l))
			poll(&(struct pollfd){ .fd = tc_link_fd(l), .events = POLLIN }, 1, 50);
		tc_link_wake(l);
	}
	return rc;
}

int main(int argc, char **argv)
{
	struct tc_error err = { 0 };
	struct tc_link *link = NULL;
	struct tc_addr addr = { 0 };
	struct tc_neigh n = { .addrs = &addr, .n = 1 };
	struct tc_path path;
	struct tc_link_config cfg = { .path = &path, .filter = "arp or icmp6", .immediate = true,
				      .inject = TC_INJECT_LINK, .promiscuous = true };
	int rc = 0;

	if (argc != 4 || sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &n.mac[0], &n.mac[1],
				&n.mac[2], &n.mac[3], &n.mac[4], &n.mac[5]) != 6)
		rc = tc_fail(&err, -1, "usage: neighbour ADDR MAC SECONDS");
	if (rc >= 0)
		rc = tc_host_parse(&addr, argv[1], 0, false, &err);
	if (rc >= 0)
		rc = claim(&n, &path, &err);
	if (rc >= 0)
		rc = tc_link_open(&link, &cfg, &err);
	if (rc >= 0) {
		printf("nobody has %s: it is here\n", argv[1]);
		fflush(stdout);
		rc = answer(&n, link, tc_clock_monotonic() + atoi(argv[3]) * TC_S, &err);
	}
	tc_link_close(link);
	if (rc < 0)
		fprintf(stderr, "neighbour: %s\n", err.msg);
	else
		printf("%s%s\n", n.seen.answered ? "somebody asked for it" : "nobody asked for it",
		       n.seen.conflicts ? ", and another claims it" : "");
	return rc < 0;
}
