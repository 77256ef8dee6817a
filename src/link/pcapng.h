/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng files, block by block (draft-ietf-opsawg-pcapng): several sections, either byte
 * order, interfaces that differ in link type, snapshot length and time resolution, which
 * libpcap refuses. Options other than those of time are passed over.
 */
#ifndef LINK_PCAPNG_H
#define LINK_PCAPNG_H

#include <tcpcraft/link.h>

#include <stdio.h>

struct pcapng;

/* Takes f over, also when it fails. -EBADMSG: it begins with no section. */
int pcapng_open(struct pcapng **out, FILE *f, struct tc_error *err);
void pcapng_close(struct pcapng *p);

/* The next frame and its link type, valid until the next call: 1; 0 at the end; -EBADMSG
 * with the reason where a block is cut or lies. */
int pcapng_next(struct pcapng *p, struct tc_frame *f, int *dlt, struct tc_error *err);

/* Link type of the first interface, known once frames were read or asked for; the byte
 * order of the section. */
int pcapng_first_dlt(const struct pcapng *p);
bool pcapng_little_endian(const struct pcapng *p);

#endif
