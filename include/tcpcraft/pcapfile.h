/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing capture files, with nanosecond stamps: pcapng when the name ends in .pcapng,
 * else classic pcap. The file becomes the target only when it is whole; pipes, devices and
 * "-" (standard output) are written as frames come. Not thread-safe.
 */
#ifndef TCPCRAFT_PCAPFILE_H
#define TCPCRAFT_PCAPFILE_H

#include <tcpcraft/clock.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_error;
struct tc_pcap_writer;

/* -EEXIST when path exists and !force; the system's errno otherwise. */
int tc_pcap_writer_open(struct tc_pcap_writer **w, const char *path, int dlt, bool force,
			struct tc_error *err);

/* The same; pcapng whatever it is called. */
int tc_pcap_writer_open_ng(struct tc_pcap_writer **w, const char *path, int dlt, bool force,
			   struct tc_error *err);

/* wire_len >= len. -ENOSPC and others: the line names the file. */
int tc_pcap_writer_add(struct tc_pcap_writer *w, const uint8_t *frame, size_t len,
		       size_t wire_len, tc_time stamp, struct tc_error *err);

/* pcapng keeps a comment for people with each frame (UTF-8, without newline at its end;
 * NULL for none). In a file of the other kind comments are left out. */
bool tc_pcap_writer_takes_comments(const struct tc_pcap_writer *w);
int tc_pcap_writer_add_comment(struct tc_pcap_writer *w, const uint8_t *frame, size_t len,
			       size_t wire_len, tc_time stamp, const char *comment,
			       struct tc_error *err);

/* Flush and give the file its name; on error nothing is left. w is gone either way. */
int tc_pcap_writer_close(struct tc_pcap_writer *w, struct tc_error *err);

/* Leave no file. NULL is allowed. */
void tc_pcap_writer_abort(struct tc_pcap_writer *w);

#endif
