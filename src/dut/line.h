/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The protocol of tcpcraft-dut(5), as text: a line a request, a line a reply. What both ends
 * read and write. Pure, thread-safe.
 *
 *	request := ID VERB WORD…	reply := ID ok WORD… | ID ERROR | ID unsupported WORD…
 */
#ifndef DUT_LINE_H
#define DUT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;

#define TC_DUT_LINE 2048u	/* bytes of a line, with what ends it */
#define TC_DUT_WORDS 16u
#define TC_DUT_BYTES 1000u	/* that one `receive` may ask for, one `send` spell out */
#define TC_DUT_SOCKETS 64u	/* at a time */

/* Requests behind the last that are old: copies of what was carried out, late on their way. */
#define TC_DUT_OLD 4096u

#define TC_DUT_OK "ok"
#define TC_DUT_UNSUPPORTED "unsupported"
#define TC_DUT_WAIT "EAGAIN"	/* not yet: ask again */
#define TC_DUT_WORD_URGENT "urgent"	/* of send and receive */
#define TC_DUT_WORD_PEEK "peek"		/* of receive */

struct tc_dut_line {
	uint32_t id;
	unsigned n;			/* words behind the id, at least 1 */
	const char *word[TC_DUT_WORDS];	/* in text */
	char text[TC_DUT_LINE];
};

/* -EBADMSG: not a line of the protocol, and why: no id, no word, too many, too long, bytes
 * that are not printable ASCII. A CR and LF at the end are passed over. */
int tc_dut_line_read(struct tc_dut_line *l, const char *text, size_t n, struct tc_error *err);

/* A whole decimal number from least to most; false: it is not. */
bool tc_dut_number(const char *word, long least, long most, long *v);

/* Bytes as a word: "-" for none, hexadecimal digits, or N*HH for N bytes of one value. */
void tc_dut_bytes_put(struct tc_buf *out, const uint8_t *bytes, size_t n);
/* -EBADMSG: it is none of these; -EMSGSIZE: more than `most` bytes. */
int tc_dut_bytes_read(struct tc_buf *out, const char *word, size_t most, struct tc_error *err);

/* Options of sockets: their words are the names of the constants. NULL: not known. */
struct tc_dut_option {
	const char *name;
	int level, number;
};
const struct tc_dut_option *tc_dut_option_named(const char *name);
const struct tc_dut_option *tc_dut_option_of(int level, int number);

/* SO_LINGER alone is no number to the kernel; its word is seconds, -1: off. */
struct linger;
bool tc_dut_option_lingers(const struct tc_dut_option *o);
struct linger tc_dut_linger(int seconds);
int tc_dut_linger_seconds(const struct linger *l);

/* States, as RFC 9293 3.3.2 spells them, to those of <netinet/tcp.h> and back. */
bool tc_dut_state_read(const char *word, int *state);
const char *tc_dut_state(int state);		/* "CLOSED" for one that is none */

#endif
