/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What nmap's data base of systems is asked with, but for the one of UDP: thirteen segments, two
 * echo requests, and the lines that their answers make (Nmap Network Scanning, chapter 8: "TCP/IP Fingerprinting
 * Methods Supported by Nmap"). IPv4.
 */
#ifndef FINGERPRINT_NMAP_H
#define FINGERPRINT_NMAP_H

#include <tcpcraft/buf.h>
#include <tcpcraft/clock.h>
#include <tcpcraft/segment.h>

enum {
	TC_NMAP_SEQ,			/* six of them, TC_NMAP_STEP apart */
	TC_NMAP_ECN = 6,
	TC_NMAP_T2, TC_NMAP_T3, TC_NMAP_T4, TC_NMAP_T5, TC_NMAP_T6, TC_NMAP_T7,
	TC_NMAP_PROBES,			/* all of TCP */
	TC_NMAP_IE = TC_NMAP_PROBES,	/* the first of two echo requests, behind the six of SEQ */
	TC_NMAP_ANSWERS = TC_NMAP_IE + 2,
};

#define TC_NMAP_SEQS 6
#define TC_NMAP_STEP (100 * TC_MS)

struct tc_nmap_probe {
	uint16_t flags, window, urgent;
	bool df;
	bool no_ack;			/* its acknowledgment number is 0, else any other */
	bool closed;			/* to a port on which nobody listens */
	const char *options;
};

extern const struct tc_nmap_probe tc_nmap_probes[TC_NMAP_PROBES];

struct tc_nmap_echo {
	bool df;
	uint8_t dsfield, code;
	uint16_t number;
	size_t len;			/* of zeros */
};

extern const struct tc_nmap_echo tc_nmap_echoes[TC_NMAP_ANSWERS - TC_NMAP_IE];

struct tc_nmap_answer {
	const struct tc_rx *rx;		/* NULL: none came */
	tc_seq seq, ack;		/* of the probe, if it is one of TCP */
	tc_time sent;			/* its stamp */
};

#define TC_NMAP_LINES 12

/* "SEQ", "OPS", … "T7", "IE". */
const char *tc_nmap_line_name(unsigned line);

/* Append one: "T2(R=N)". direct: no router is on the way, so that the TTL that came is the one
 * that was sent; else that is a guess. */
void tc_nmap_line(struct tc_buf *out, unsigned line,
		  const struct tc_nmap_answer a[TC_NMAP_ANSWERS], bool direct);

/* sequence.c: what stands between the parentheses of SEQ. */
void tc_nmap_sequence(struct tc_buf *out, const struct tc_nmap_answer a[TC_NMAP_ANSWERS]);

/* names.c: the systems of a data base whose lines are most like these, the nearest first: how
 * many of best[most] were filled. Its text is nmap's, and may be any bytes. */
struct tc_nmap_name {
	char name[120];
	double percent;			/* of the points that the data base gives */
};

unsigned tc_nmap_nearest(const char *text, size_t n, const struct tc_buf lines[TC_NMAP_LINES],
			 struct tc_nmap_name *best, unsigned most);

#endif
