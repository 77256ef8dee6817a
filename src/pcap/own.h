/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that read captures share. */
#ifndef PCAP_OWN_H
#define PCAP_OWN_H

#include <stdint.h>
#include <stdio.h>

struct tc_error;

/* As tc_capture_stream (tcpcraft/pcapread.h); *src is there as long as the stream. */
struct source;
FILE *tc_source_open(const char *path, struct source **src, struct tc_error *err);

/* As tc_pcap_reader_read. */
uint64_t tc_source_read(const struct source *src, uint64_t *of);

#endif
