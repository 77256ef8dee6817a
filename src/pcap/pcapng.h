/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng files, block by block (draft-ietf-opsawg-pcapng): several sections, either byte
 * order, interfaces that differ in link type, snapshot length and time resolution, which
 * libpcap refuses. Options other than those of time and comments are
 * passed over.
 */
#ifndef PCAP_PCAPNG_H
#define PCAP_PCAPNG_H

#include <tcpcraft/frame.h>

#include <stdbool.h>
#include <stdio.h>

struct tc_error;

struct pcapng;

/* Takes f over, also when it fails. -EBADMSG: it begins with no section. */
int tc_pcapng_open(struct pcapng **out, FILE *f, struct tc_error *err);
void tc_pcapng_close(struct pcapng *p);

/* The next frame and its link type, valid until the next call: 1; 0 at the end; -EBADMSG
 * with the reason where a block is cut or lies. */
int tc_pcapng_next(struct pcapng *p, struct tc_frame *f, int *dlt, struct tc_error *err);

/* The comment of the frame given last (the first, where it has several), as long as that; *n
 * bytes, not ended. NULL: it has none. */
const char *tc_pcapng_comment(const struct pcapng *p, size_t *n);

/* Link type of the first interface, known once frames were read or asked for; the byte
 * order of the section. */
int tc_pcapng_first_dlt(const struct pcapng *p);
bool tc_pcapng_little_endian(const struct pcapng *p);

#endif
