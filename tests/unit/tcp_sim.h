/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two TCP machines, two users and a bad wire between them, all out of one seed: sizes,
 * options, how the users write, read and close, delay, loss, duplication, reordering,
 * corruption (a frame with a bad checksum is dropped by any driver). Every step is held
 * against the invariants; the received streams are compared byte by byte.
 */
#ifndef TESTS_TCP_SIM_H
#define TESTS_TCP_SIM_H

#include <tcpcraft/rng.h>
#include <tcpcraft/tcp.h>

#include <stdbool.h>
#include <stdint.h>

#define SIM_STREAM 60000	/* most bytes one way */
#define SIM_PACKETS 4096

struct sim_packet {
	tc_time at;
	uint32_t serial;	/* of those due at one time the first sent comes first */

	unsigned to;		/* host */
	bool icmp;		/* "fragmentation needed", quoting seg */
	uint16_t mtu;
	struct tc_seg seg;
	const uint8_t *payload;
};

enum sim_cookie { SIM_NO_COOKIE, SIM_ASKS, SIM_WRONG_COOKIE, SIM_COOKIE };

struct sim_host {
	struct tc_tcb tcb;
	struct tc_disorder disorder;
	struct tc_tcp_config cfg;
	unsigned id;
	tc_time timer;
	tc_time app_at;		/* the user does something then; 0 = never again */
	tc_time app_gap;	/* longest pause between two deeds */
	uint32_t total, queued, chunk;
	uint32_t unread, bite;	/* delivered, not taken; most taken at once */
	bool passive, connected, closed, close_last;
	uint8_t brings;		/* of Fast Open, to its SYN: enum sim_cookie */
	bool takes;		/* … gives cookies, and takes data that comes with one */
	bool abort;		/* leaves by ABORT somewhere on the way */
	bool opened, over;	/* NOTIFY CLOSED seen */
	bool failed;		/* RESET, REFUSED, TIMED_OUT */
	bool peer_closed;
	uint8_t stream[SIM_STREAM];
	uint8_t got[SIM_STREAM], kept[SIM_STREAM], is_kept[SIM_STREAM];
	uint32_t n_got;
	/* what the invariants remember */
	tc_seq edge;		/* furthest window edge that came in */
	bool edge_known;
	tc_seq rcv_nxt, rcv_adv;
	struct tc_tcb before;
};

struct sim_wire {
	unsigned loss, dup, corrupt, marks;	/* of 1000; marks: of what is ECN-capable */
	tc_time delay, jitter;
	tc_time cut_at;			/* all is lost from then on; 0 = never */
	tc_time mtu_at;			/* from then on it takes mtu bytes; 0 = never */
	uint16_t mtu;
	bool mtu_untold;		/* its ICMP errors say 0 (RFC 1191 section 5) */
};

struct sim {
	struct tc_rng rng;
	uint64_t seed;
	bool trace;
	tc_time now;
	struct sim_wire wire;
	struct sim_host host[2];
	struct sim_packet heap[SIM_PACKETS];
	unsigned n_heap;
	uint32_t serial;

	unsigned steps;
	uint64_t segments, bytes, retransmissions, errors;
	unsigned taken;		/* SYNs whose data was taken */
	unsigned marked, echoed;	/* of data: CE; of segments behind SYNs: ECE */
	char why[200];		/* empty as long as all is well */
};

/* True when the seed ended well; else sim->why says what was wrong. */
bool sim_run(struct sim *sim, uint64_t seed, bool trace);

/* tcp_sim.c */
void sim_put_on_wire(struct sim *sim, struct sim_packet p);
/* tcp_sim_host.c */
void sim_fail(struct sim *sim, const struct sim_host *h, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void sim_event(struct sim *sim, struct sim_host *h, struct tc_event ev,
	       const struct sim_packet *p);
extern const struct tc_cookie sim_cookies[];	/* by enum sim_cookie */
void sim_user(struct sim *sim, struct sim_host *h);
void sim_wake(struct sim *sim, struct sim_host *h);
void sim_give_up(struct sim *sim, struct sim_host *h);
void sim_transmit(struct sim *sim, struct sim_host *from, const struct tc_seg *seg);
/* tcp_sim_check.c: after every step */
void sim_check(struct sim *sim, struct sim_host *h, const struct tc_actions *out);
void sim_check_segment(struct sim *sim, struct sim_host *h, const struct tc_seg *seg);

#endif
