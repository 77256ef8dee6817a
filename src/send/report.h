/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Crafted packets and their answers as text: lines for people, JSON lines for programs,
 * and the formats of packets that are only printed. All append to a buffer.
 */
#ifndef SEND_REPORT_H
#define SEND_REPORT_H

#include <tcpcraft/sender.h>
#include <tcpcraft/session.h>

struct tc_buf;

/* One frame as people read it: "10.0.0.1:4000 > 10.0.0.2:80 S seq 1 win 64240 ttl 64
 * <mss 1460>"; for what cannot be read as IP the reason. No newline. */
void tc_report_frame(struct tc_buf *out, const uint8_t *frame, size_t n, int dlt);

/* Formats of printed packets, a line each: one packet a line, as tc_report_frame, the `packet`
 * line, an array; and what is not a text (see pcapfile.h). Who prints it is in report.c. */
#define TC_PACKET_FORMATS(F) \
	F(HEX, "hex", put_hex) \
	F(TEXT, "text", put_text) \
	F(JSON, "json", put_json) \
	F(C, "c", put_c_array) \
	F(PCAP, "pcap", NULL)

#define F(id, name, put) TC_FORMAT_##id,
enum tc_packet_format { TC_PACKET_FORMATS(F) TC_FORMATS };
#undef F

/* -EINVAL lists the names. */
int tc_packet_format_parse(const char *name, struct tc_error *err);
void tc_report_format(struct tc_buf *out, enum tc_packet_format format,
		      const struct tc_craft *craft, const struct tc_crafted *c);

/* What the lines of one run share. */
struct tc_report {
	const struct tc_craft *craft;
	tc_time start;		/* CLOCK_REALTIME of the first packet, 0 before it */
	bool by_hop;		/* ip.ttl changes: a line says who answered, hop by hop */
	tc_time timeout;
};

/* A packet and its answer (rx NULL: none came in time), one line with newline. `unmet`:
 * what was expected instead, or NULL. */
void tc_report_pair(struct tc_buf *out, const struct tc_report *r, const struct tc_probe *p,
		    const struct tc_rx *rx, const char *unmet);

/* "packet 3 tcp.flags=F": which one it is, and what tells it from the others. */
void tc_report_which(struct tc_buf *out, const struct tc_report *r,
		     const struct tc_probe *p);

/* The lines `packet` and `reply`. p->error: the packet was not sent. */
void tc_json_packet(struct tc_buf *out, struct tc_report *r, const struct tc_probe *p);
void tc_json_reply(struct tc_buf *out, struct tc_report *r, const struct tc_probe *p,
		   const struct tc_rx *rx, const struct tc_frame *f, const char *unmet);

struct tc_send_result {
	const char *verdict;		/* "reply", "no-answer", "sent", "interrupted" */
	const char *host;
	uint16_t port;			/* 0: several, or none */
	struct tc_addr source;
	uint16_t source_port;		/* first, 0: none */
	bool expected;			/* expectations were given */
	uint64_t unmet;			/* packets that did not meet them */
	bool flood;
	bool say_seed;			/* to people; programs are always told */
	uint64_t seed;
	int exit;
	const struct tc_sender_stats *stats;
	const struct tc_session_summary *sum;
};

/* The last words: sent, answered, by kind, times. For people (a line or two) and as the
 * `result` line. */
void tc_report_summary(struct tc_buf *out, const struct tc_send_result *r);
void tc_json_send_result(struct tc_buf *out, const struct tc_send_result *r);

#endif
