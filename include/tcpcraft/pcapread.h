/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading captures (pcap of either byte order and precision, pcapng with interfaces of any
 * kind) from memory and files, packed by gzip or not, frame by frame. Frames of more than
 * 262144 bytes are damage. Not thread-safe.
 */
#ifndef TCPCRAFT_PCAPREAD_H
#define TCPCRAFT_PCAPREAD_H

#include <tcpcraft/frame.h>

#include <stdbool.h>
#include <stdio.h>

struct tc_error;

struct tc_pcap_reader;

/* Do these bytes begin as a capture does? */
bool tc_pcap_is_capture(const uint8_t *bytes, size_t n);

/* `name` is for messages. The bytes must outlive the reader. -EBADMSG when they are no
 * capture, or one of an unknown version. */
int tc_pcap_reader_open(struct tc_pcap_reader **r, const uint8_t *bytes, size_t n,
			const char *name, struct tc_error *err);
/* The same from a file, "-" for standard input, read as frames are asked for; what gzip
 * packed is unpacked. `path` is borrowed. Also the system's errno, -EISDIR. */
int tc_pcap_reader_open_file(struct tc_pcap_reader **r, const char *path,
			     struct tc_error *err);

/* Of a reader of a file that is a pipe or terminal: call idle before each wait for more. */
void tc_pcap_reader_on_idle(struct tc_pcap_reader *r, void (*idle)(void *ctx), void *ctx);

/* Bytes of the file that were read, packed as they are in it; *of: that it has, 0 where that is
 * not known (a pipe, memory). */
uint64_t tc_pcap_reader_read(const struct tc_pcap_reader *r, uint64_t *of);

/* The bytes of such a file as a stream (to be closed with fclose), unpacked; NULL and *err
 * when it cannot be opened. A damaged packing is an error of the read. */
FILE *tc_capture_stream(const char *path, struct tc_error *err);

void tc_pcap_reader_close(struct tc_pcap_reader *r);	/* NULL is allowed */

/* pcap link type of the frame given last: in pcapng each interface has its own. Before the
 * first it is the file's, -1 for a pcapng file. */
int tc_pcap_reader_dlt(const struct tc_pcap_reader *r);

/* Byte order of the file's own numbers. */
bool tc_pcap_reader_little_endian(const struct tc_pcap_reader *r);

/* The next frame, valid until the next call: 1; 0 at the end; -EBADMSG where the file is
 * cut or damaged ("x.pcap: frame 17: truncated dump file …"); -ENOMEM. */
int tc_pcap_reader_next(struct tc_pcap_reader *r, struct tc_frame *f, struct tc_error *err);

/* The comment that pcapng keeps with the frame given last, until the next call: *n bytes of
 * UTF-8 if it is sound, not ended. NULL: it has none. */
const char *tc_pcap_reader_comment(const struct tc_pcap_reader *r, size_t *n);

/* pcap filter expressions, for frames of one link type. -EINVAL with pcap's reason. */
struct tc_capture_filter;
int tc_capture_filter_open(struct tc_capture_filter **f, const char *expression, int dlt,
			   struct tc_error *err);
bool tc_capture_filter_match(const struct tc_capture_filter *f, const struct tc_frame *frame);
void tc_capture_filter_close(struct tc_capture_filter *f);	/* NULL is allowed */

#endif
