/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A segment as people read it: the part of a line that live ladders and captures have in
 * common. Only appends; thread-safe for distinct buffers. Made for captures of millions of
 * segments, so without printf.
 */
#ifndef WIRE_SEGMENT_LINE_H
#define WIRE_SEGMENT_LINE_H

#include <tcpcraft/clock.h>
#include <tcpcraft/payload.h>
#include <tcpcraft/segment.h>

struct tc_buf;

/* Seconds with six decimals, right-aligned in ten columns; before 0 with a minus. */
void tc_line_time(struct tc_buf *out, tc_time since_start);

/* What the line of a segment may be without: bits. */
enum tc_line_part {
	TC_LINE_ISN = 1,	/* behind a SYN: it was told before */
	TC_LINE_PADDING = 2,	/* nop, eol */
	TC_LINE_STAMPS = 4,	/* the timestamp option */
	TC_LINE_PARTIAL = 8,	/* that the checksum is one which a card was to complete */
};

/* "P.   seq 1:33 (32) ack 1 win 512 <nop,nop,TS val 1 ecr 2>" and what is wrong with the
 * checksums: " [checksum bad]". without: enum tc_line_part; options that are malformed are
 * told whole. */
void tc_line_segment(struct tc_buf *out, const struct tc_rx *rx, struct tc_isns isn,
		     unsigned without);

/* " <mss 1460,nop>"; SACK blocks are told from isn. Nothing without options. */
void tc_line_options(struct tc_buf *out, const struct tc_rx *rx, tc_seq isn);

/* "ICMP from 10.0.0.1 type 3 code 1" */
void tc_line_icmp(struct tc_buf *out, const struct tc_rx *rx);

/* A line of its own, indented: the fields of the frame, or the beginning of the text.
 * Nothing without payload. */
void tc_line_payload(struct tc_buf *out, struct tc_payload what, const uint8_t *bytes,
		     size_t n);

#define TC_LINE_INDENT "                 "

#endif
