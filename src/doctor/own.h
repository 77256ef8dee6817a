/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the doctor share. Not for others: see doctor.h. */
#ifndef DOCTOR_OWN_H
#define DOCTOR_OWN_H

#include <tcpcraft/buf.h>
#include "doctor.h"
#include <tcpcraft/error.h>
#include <tcpcraft/guard.h>
#include <tcpcraft/route.h>
#include <tcpcraft/verdict.h>

/* rules.c: what the packet filter's rules may do to us, read conservatively. */
enum { MANAGER_UFW, MANAGER_FIREWALLD, MANAGER_DOCKER, MANAGER_LIBVIRT, MANAGER_FAIL2BAN,
       MANAGER_KUBERNETES, MANAGERS };

struct tc_doctor_some {		/* how many rules, and the text of the first */
	unsigned n;
	char first[120];
};

struct tc_doctor_rules {
	unsigned family;		/* 4 or 6: those of this family are read */
	bool nft_tables, legacy_tables;	/* iptables has rules in this back end */
	struct tc_doctor_some out;	/* may drop what we send */
	struct tc_doctor_some in;	/* … what a server on this host is sent */
	struct tc_doctor_some invalid;	/* drop what conntrack calls invalid */
	bool accepts_lo;
	bool managed[MANAGERS];		/* a chain or table of theirs is there */
};

/* Read what iptables-save prints, and what `nft -j list ruleset` prints; with_iptables: leave
 * out the tables that iptables-nft keeps there. */
void tc_doctor_read_iptables(struct tc_doctor_rules *r, const char *text);
void tc_doctor_read_nft(struct tc_doctor_rules *r, const char *text, bool with_iptables);

/* trial.c: the main job in small. A PROT frame to a listener of our own on
 * 127.0.0.1 or ::1, over our own TCP, with a guard or without. */
struct tc_doctor_shake {
	enum tc_guard_mode asked, used;
	struct tc_error err;		/* why it could not be tried; code 0: it was */
	enum tc_verdict verdict;
	uint64_t frames;		/* captured, ours too */
	uint64_t received;		/* segments of the listener */
	uint64_t leaked, blocked;	/* resets of the kernel */
	uint64_t refused;		/* sends, by a firewall */
};

/* ipv6.c: switch IPv6 on in a network of our own. */
void tc_doctor_want_ipv6(void);

/* The trials, in their order: each guard over IPv4, then over IPv6. */
enum tc_doctor_shake_id {
	TC_SHAKE_BARE, TC_SHAKE_RST, TC_SHAKE_SHIELD, TC_SHAKE_NFT,
	TC_SHAKE_BARE6, TC_SHAKE_RST6, TC_SHAKE_SHIELD6, TC_SHAKE_NFT6,
	TC_SHAKES
};

struct tc_doctor_proof {
	unsigned wanted;		/* which of shake[], 1 << its id each */
	bool tried;
	struct tc_error err;		/* why there is no private namespace; code 0: there is */
	bool here;			/* so it was tried in this one */
	unsigned had;			/* which of shake[] came in time */
	struct tc_doctor_shake shake[TC_SHAKES];
};

/* family: 4 or 6. Never longer than until. */
void tc_doctor_try(struct tc_doctor_shake *k, unsigned family, enum tc_guard_mode mode,
		   tc_time until);
void tc_doctor_prove(struct tc_doctor_proof *p, tc_time until);

/* Would an ordinary user get a network of their own? 0, or p->err.code. */
int tc_doctor_try_user(struct tc_doctor_proof *p, tc_time until);

/*
 * spawn.c: run a program, looked for in PATH and the sbin folders, and append what
 * it prints on standard output. Its exit code, or -ENOENT, -ETIMEDOUT (killed at `until`)
 * and other errors of the system. It dies with us.
 */
int tc_doctor_spawn(const char *const *argv, struct tc_buf *out, tc_time until);
bool tc_doctor_has(const char *program);

/* What the checks have in common. */
struct tc_doctor {
	tc_time until;			/* all is done by then */
	bool may_capture, may_filter;	/* CAP_NET_RAW, CAP_NET_ADMIN */
	struct tc_path path;		/* the default route's; ifindex 0: there is none */
	bool rules_read;
	struct tc_doctor_rules rules[2];	/* of IPv4, of IPv6 */
	struct tc_doctor_shake here;	/* on lo, without guard: capture and injection */
	struct tc_doctor_proof proof;
	unsigned shakes;		/* the trials of the check that runs, 1 << id each */
};

typedef void tc_doctor_fn(struct tc_doctor *d, struct tc_checkup *f);

/* host.c, filter.c, proof.c, ipv6.c: the checks of the table in doctor.c. */
tc_doctor_fn tc_doctor_privileges, tc_doctor_libraries, tc_doctor_descriptors,
	tc_doctor_ports, tc_doctor_namespaces, tc_doctor_path, tc_doctor_rp_filter,
	tc_doctor_offloads;
tc_doctor_fn tc_doctor_iptables, tc_doctor_managers, tc_doctor_drops, tc_doctor_conntrack,
	tc_doctor_leftovers;
tc_doctor_fn tc_doctor_capture, tc_doctor_inject, tc_doctor_unguarded, tc_doctor_guard;
tc_doctor_fn tc_doctor_ipv6;

/* doctor.c: write a finding; the cure is the table's unless one is written. */
void tc_doctor_say(struct tc_checkup *f, enum tc_health h, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void tc_doctor_cure(struct tc_checkup *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* What takes so long on a quiet machine may take this long now: as many times as there are
 * processes for each processor (the load of the last minute), ten at most. */
tc_time tc_doctor_time(tc_time quiet);
tc_time tc_doctor_limit(const struct tc_doctor *d, tc_time quiet);	/* from now on */

#endif
