/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guard: keeps the kernel, which knows nothing of our connections, from resetting
 * them. The rules are made and removed by the script `rst-guard`, which stays as a child
 * in a session of its own and removes them when this process ends, however it ends; AUTO's
 * table is kept by such a child of our own code, and needs neither iptables nor nft.
 * The scope is the run's own addresses and ports: no other connection is touched.
 *
 * Ports are in host order. A guard belongs to one thread at a time.
 */
#ifndef TCPCRAFT_GUARD_H
#define TCPCRAFT_GUARD_H

#include <stdint.h>

#include <tcpcraft/addr.h>

struct tc_buf;
struct tc_error;
struct tc_guard;

/* Our own resets carry this mark (SO_MARK, on that send only) and pass the rule. */
#define TC_GUARD_MARK 0x7463u

enum tc_guard_mode {
	TC_GUARD_RST,		/* drop the kernel's RST on its way out (iptables, or nft
				 * where iptables is missing) */
	TC_GUARD_SHIELD,	/* hide the peer's segments from the kernel */
	TC_GUARD_NFT,		/* as RST, by an nft table the kernel removes with its owner */
	TC_GUARD_OFF,		/* the user wants none */
	TC_GUARD_NONE,		/* none is needed (an address no kernel owns) */
	TC_GUARD_AUTO,		/* SHIELD, by an nft table that the kernel removes with its owner,
				 * where one peer and our addresses are named and the kernel has
				 * such tables (Linux 5.12); else RST */
};

struct tc_guard_spec {
	enum tc_guard_mode mode;
	/* Of one family, whose rule it is (by ip6tables for IPv6). None (family 0), and
	 * 0.0.0.0 or :: for one family, is any address; where no family is named the rule is
	 * for both. A scope is not looked at. */
	struct tc_addr local;		/* first of our addresses */
	struct tc_addr local_hi;	/* last of them, none = `local` alone */
	struct tc_addr peer;		/* any: listening, or many peers */
	uint16_t port;		/* first of our ports; 0 only as the first of several */
	uint16_t port_hi;	/* last of them, 0 = `port` alone */
	uint16_t peer_port;	/* 0 = any port of the peer */
	uint32_t mark;		/* packets with it pass; 0 = TC_GUARD_MARK */
};

/*
 * Put the rule in force. The script sweeps stale rules first; AUTO's own table, which is made
 * without it, does not. On success *g is the guard, which
 * tc_guard_stop ends; OFF and NONE succeed with *g = NULL. Waits at most 15 s.
 * -EINVAL a bad spec (addresses of two families too), -EPERM no privilege, -EBUSY the
 * xtables lock is held, -TC_ERR_NO_GUARD_SCRIPT, -TC_ERR_NO_IPTABLES (of that family),
 * -TC_ERR_NO_NFT what is missing, -ETIMEDOUT, -EIO otherwise; the message has the script's
 * own line and the cure, and no rule is left. On failure *g is NULL.
 */
int tc_guard_start(struct tc_guard **g, const struct tc_guard_spec *spec,
		   struct tc_error *err);

/*
 * Packets dropped so far: the kernel's resets in modes RST and NFT, the peer's segments
 * in mode SHIELD. Costs the script a look at the rule (some milliseconds). 0 for NULL.
 * -EPIPE when the script has died (the guard may be open; tc_guard_stop still cleans up).
 */
int64_t tc_guard_blocked(struct tc_guard *g, struct tc_error *err);

/*
 * For a process that will not be able to start anything later (seccomp(2)): what removes the
 * rule when the script has been killed is started now, and waits for tc_guard_stop. It ends
 * with this process. Errors as tc_guard_start; 0 for NULL.
 */
int tc_guard_foresee(struct tc_guard *g, struct tc_error *err);

/*
 * Remove the rule and free g (NULL is fine), also where the script was killed. The last
 * count goes to *blocked when not NULL. Bounded: 10 s, after which -ETIMEDOUT says that
 * the script is still at it. Call it on every exit path.
 */
int tc_guard_stop(struct tc_guard *g, uint64_t *blocked, struct tc_error *err);

/* The mode in force, which differs from the one asked for where nft stood in for
 * iptables (RST became NFT), and of AUTO. NONE for NULL. */
enum tc_guard_mode tc_guard_mode(const struct tc_guard *g);

/* "rst", "shield", "nft", "off", "none", "auto"; and back: -EINVAL lists the names. */
const char *tc_guard_mode_name(enum tc_guard_mode mode);
int tc_guard_mode_parse(const char *name, struct tc_error *err);

/*
 * Run `rst-guard VERB` (list, sweep or status) and append what it prints to out.
 * Errors as tc_guard_start. What list prints: one line a rule, see `rst-guard --help`.
 */
int tc_guard_list(struct tc_buf *out, struct tc_error *err);
int tc_guard_sweep(struct tc_buf *out, struct tc_error *err);
int tc_guard_status(struct tc_buf *out, struct tc_error *err);

#endif
