/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What makes our TCP look like one system or another, within the RFCs: what is offered is
 * also kept (a segment that lies is a filter's work, not a personality's). Its keys stand in
 * one table; a text such as "mss=1400,wscale=off,ttl=128" or a file of such lines gives some
 * of them, and the rest is what suits the path. Looked at once, when a stack is opened.
 *
 * Values in the units that the structs say, in host order. Nothing is kept of texts and files
 * that are given, and nothing is to be freed. Threads: a struct is its caller's; the table is
 * constant.
 */
#ifndef TCPCRAFT_PERSONALITY_H
#define TCPCRAFT_PERSONALITY_H

#include <tcpcraft/ao.h>
#include <tcpcraft/md5sig.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/syn_order.h>
#include <tcpcraft/tcp.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;

enum tc_ipid {
	TC_IPID_COUNT,
	TC_IPID_ZERO,
	TC_IPID_RANDOM,
	TC_IPID_LATE,		/* 0 in a SYN,ACK, else as COUNT: Linux */
};

enum tc_isn {
	TC_ISN_CLOCK,		/* RFC 9293 3.4.1 and RFC 6528 */
	TC_ISN_RANDOM,		/* of the kernel's random source */
	TC_ISN_FIXED,		/* iss */
};

/* Of our segments what the TCP machine does not say. */
struct tc_ip_config {
	uint8_t ttl;			/* or hop limit */
	uint8_t dscp;			/* 0 to 63 */
	bool df;			/* of IPv4 */
	uint8_t ipid;			/* enum tc_ipid; of IPv4 */
	uint8_t isn;			/* enum tc_isn */
	tc_seq iss;
	bool mss_said;			/* the MSS is of both families; else of the path's alone */
	struct tc_syn_order order;
	struct tc_md5_key md5;		/* asked of the peer too; with tcp.use_md5 */
	bool fastopen;			/* RFC 7413: ask for cookies, and give some; not with md5 */
	struct tc_cookie cookie;	/* that our SYNs begin with; n 0: none yet */
	struct tc_ao_key ao;		/* the same; with tcp.ao */
};

struct tc_personality {
	struct tc_tcp_config tcp;
	struct tc_ip_config ip;
};

/* tc_tcp_config_default, and of the rest what the field tables have. */
void tc_personality_default(struct tc_personality *p, uint8_t family, unsigned mtu);

/* Some keys with their values; all zero: none. */
struct tc_traits {
	uint32_t set;			/* rows of the table */
	struct tc_personality value;
};

/* Set one. -EINVAL, -ERANGE: the line says what is wrong with the value, without the key;
 * -ENOENT: there is no such key, and which was most likely meant. */
int tc_traits_set(struct tc_traits *t, const char *key, const char *value,
		  struct tc_error *err);

/* KEY=VALUE,…, over what t has of them. -EINVAL: a value is wrong, or the text says a key twice,
 * and the line names the key; -ENOMEM. What stood before it is set then. */
int tc_traits_parse(struct tc_traits *t, const char *text, struct tc_error *err);

/* The text of a file: KEY=VALUE a line, # begins a comment. The line of an error begins with
 * "name:LINE: "; a byte 0 in it is one. As tc_traits_parse. */
int tc_traits_read(struct tc_traits *t, const char *name, const void *text, size_t n,
		   struct tc_error *err);

/* Those of `over` are set in t too, and count. */
void tc_traits_over(struct tc_traits *t, const struct tc_traits *over);

bool tc_traits_has(const struct tc_traits *t, const char *key);

/* Put them into p. -EINVAL: they, or they and the rest of p, contradict one another: p is of
 * no use then. */
int tc_traits_apply(const struct tc_traits *t, struct tc_personality *p,
		    struct tc_error *err);

/* Append "KEY=VALUE,…" in the table's order, which parses back to the same. */
void tc_traits_print(const struct tc_traits *t, struct tc_buf *out);

/* A row of the table, in words: "wscale", "on|off|N", what it is. */
struct tc_trait_row {
	const char *key, *arg, *doc;
};

/* The nth from 0; false: there are not so many. */
bool tc_trait_row(unsigned nth, struct tc_trait_row *row);

#endif
