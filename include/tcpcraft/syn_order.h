/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order in which a SYN carries its options, and how they are padded: what tells one
 * system from another more than any value does. Other segments are not concerned. Threads: a
 * struct is its caller's; nothing is to be freed.
 */
#ifndef TCPCRAFT_SYN_ORDER_H
#define TCPCRAFT_SYN_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;
struct tc_seg_opts;

#define TC_SYN_ORDER_MAX 37	/* 40 bytes: mss, of 4, and nops */

/* Kinds (TC_OPT_…), in order. n 0: as Linux does, which pads with what it leaves out. */
struct tc_syn_order {
	uint8_t n;
	uint8_t kind[TC_SYN_ORDER_MAX];
};

/*
 * Read "mss:nop:wscale:nop:nop:TS:sackOK:eol": any of mss, wscale, sackOK, TS, md5, ao, fastopen
 * once, mss among them (RFC 9293 SHLD-5), nop where one likes, eol at the end. Capitals do not
 * matter. -EINVAL and -EMSGSIZE name the word.
 */
int tc_syn_order_parse(struct tc_syn_order *o, const char *text, struct tc_error *err);

/* The same text, appended; nothing for n 0. */
void tc_syn_order_print(const struct tc_syn_order *o, struct tc_buf *out);

/* The presence bits (TC_HAS_…) of the options that have a place. */
uint8_t tc_syn_order_has(const struct tc_syn_order *o);

/*
 * Write the options of a SYN in this order, n > 0, and return their length, a multiple of 4.
 * One that opts does not have is left out with the nops right before it. What is missing to
 * a 32-bit boundary is filled: by zeros where the order ends in eol, else by nops; where
 * nothing is missing there is no eol. opts has no option without a place, and no SACK blocks.
 */
size_t tc_syn_order_write(const struct tc_syn_order *o, const struct tc_seg_opts *opts,
			  uint8_t out[40]);

#endif
