/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole capture in memory, by connections: for who has to look at them again and again, or
 * at two files at once. Not thread-safe.
 */
#ifndef ANALYSIS_GATHER_H
#define ANALYSIS_GATHER_H

#include <tcpcraft/addr.h>
#include <tcpcraft/frame.h>

struct tc_error;

#define TC_GATHER_SEGMENTS 2000000u	/* of one file, at most … */
#define TC_GATHER_BYTES (512u << 20)	/* … and bytes of them */

struct tc_gathered_segment {
	struct tc_frame frame;	/* from the IP header on (TC_DLT_RAW); a copy */
	unsigned from;		/* 0: of who opened it, or spoke first */
};

struct tc_gathered_convo {
	struct tc_addr addr[2];
	uint16_t port[2];
	struct tc_gathered_segment *segment;	/* in the order of the file */
	size_t n;
};

struct tc_gathered {
	struct tc_gathered_convo *convo;	/* in order of their first segments */
	size_t n;
	uint64_t frames;	/* all that the file has … */
	tc_time last;		/* … and the latest stamp of one */
	size_t segments, bytes;	/* of connections */
};

/* Read a file ("-": standard input), tunnels and fragments taken apart. far, unless NULL, is told
 * now and then how far it is read, in bytes; of: all, 0 if unknown. -EBADMSG: it is no capture, or
 * damaged: what stands before that is there; -ERANGE: over the limits above; the system's errno.
 * Free also after failure. */
int tc_gather(struct tc_gathered *g, const char *path,
	      void (*far)(void *ctx, uint64_t read, uint64_t of), void *ctx,
	      struct tc_error *err);
void tc_gathered_free(struct tc_gathered *g);

/* Does the file begin as a capture does? False also when it cannot be read. */
bool tc_gather_is_capture(const char *path);

#endif
