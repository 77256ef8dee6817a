/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading captures (pcap of either byte order and precision, pcapng) from memory, by
 * libpcap. Not thread-safe.
 */
#ifndef TCPCRAFT_PCAPREAD_H
#define TCPCRAFT_PCAPREAD_H

#include <tcpcraft/link.h>

struct tc_pcap_reader;

/* Do these bytes begin as a capture does? */
bool tc_pcap_is_capture(const uint8_t *bytes, size_t n);

/* `name` is for messages. The bytes must outlive the reader. -EBADMSG when they are no
 * capture, or one of an unknown version. */
int tc_pcap_reader_open(struct tc_pcap_reader **r, const uint8_t *bytes, size_t n,
			const char *name, struct tc_error *err);
void tc_pcap_reader_close(struct tc_pcap_reader *r);	/* NULL is allowed */

/* pcap link type of the frames. */
int tc_pcap_reader_dlt(const struct tc_pcap_reader *r);

/* The next frame, valid until the next call: 1; 0 at the end; -EBADMSG where the file is
 * cut or damaged ("x.pcap: frame 17: truncated dump file …"). */
int tc_pcap_reader_next(struct tc_pcap_reader *r, struct tc_frame *f, struct tc_error *err);

#endif
