/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A header from text: for the protocol above TCP that no table describes yet. One line a
 * field, in wire order; '#' begins a comment.
 *
 *	header mbap "Modbus/TCP"
 *	transaction 16 hex default 1       "copied into the reply"
 *	protocol    16 const 0             "0 is Modbus"
 *	length      16 length-of rest      "bytes behind this field"
 *	unit        8  default 255         "the device behind a gateway"
 *	function    8  default 3 names read-holding=3,write-single=6
 *	data        *  max 252             "arguments"
 *
 * NAME BITS CLAUSE… "MEANING". BITS: 1 to 64, or * for the payload: as long as it is, once
 * at most. A clause is one of
 *	big, little		byte order; big is usual
 *	dec, hex, flag, ip4, mac	how the value is written
 *	const V			the same in each frame: other bytes are not this header
 *	default V		the value where nobody sets one
 *	names NAME=V,…		names for values
 *	length-of WHAT [+N|-N]	the bytes of WHAT: the payload's name, rest (behind this
 *				field) or frame (all of it), and N more or less
 *	xor, sum, inet, crc16, crc32 WHAT	a sum over WHAT: a field, FIRST..LAST, rest or
 *				frame; its own bytes count as zero
 *	max N			of the payload, bytes
 *
 * What was read is a header as those of fields.h are, in all functions that take one.
 */
#ifndef TCPCRAFT_HEADER_READ_H
#define TCPCRAFT_HEADER_READ_H

#include <tcpcraft/field.h>

#include <stddef.h>

struct tc_error;

/*
 * Read n bytes of text. The header is the caller's, and nothing of the text is kept.
 * -EINVAL with "FILE:LINE:COLUMN: what is wrong", `file` being only for that; -ENOMEM. No
 * global state: thread-safe.
 */
int tc_header_read(struct tc_header **h, const char *file, const void *text, size_t n,
		   struct tc_error *err);
void tc_header_free(struct tc_header *h);	/* one that was read; NULL is allowed */

#endif
