/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames as people have them: hex digits, a file of them (one frame a line, # begins a
 * remark), a capture, a file of bare bytes.
 */
#ifndef PCAP_FRAMES_H
#define PCAP_FRAMES_H

#include <tcpcraft/field.h>
#include <tcpcraft/frame.h>
#include <tcpcraft/segment.h>

/* One frame, and its number from 1. Its link type is TC_DLT_UNKNOWN where nothing says it.
 * A negative result ends the reading and is its result. */
typedef int tc_frame_fn(void *ctx, uint64_t number, const struct tc_frame *f,
			struct tc_error *err);

/*
 * Call fn for each frame of `what`: the path of a file that is there, else hex digits (with
 * blanks, ':' and a leading 0x), else a path again; "-" is standard input. -EINVAL for text that is not hex (with its
 * line), -EBADMSG for a damaged capture after the frames before the damage, errors of
 * tc_buf_read_file.
 */
int tc_frames_read(const char *what, tc_frame_fn *fn, void *ctx, struct tc_error *err);

/* What bare bytes most likely begin with: Ethernet when its type is known (also of tags and
 * labels before a datagram) and fits what
 * follows, else IPv4. */
enum tc_header_id tc_frames_guess(const uint8_t *bytes, size_t n);

/* The header that a name (eth, ip, tcp …) stands for. -EINVAL lists the names. */
int tc_frames_header(const char *name, enum tc_header_id *id, struct tc_error *err);

#endif
