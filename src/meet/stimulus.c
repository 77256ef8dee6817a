/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions and the known answers, a row each; see stimulus.h. */
#include "stimulus.h"

#include <string.h>

#define BYTES(text) (text), sizeof(text) - 1

/* A ClientHello as TLS 1.2 has it (RFC 5246 7.4.1.2): every server of TLS answers it, with a
 * ServerHello or an alert. */
static const char hello[] =
	"\x16\x03\x01\x00\x61"		/* a handshake record of 97 bytes, */
	"\x01\x00\x00\x5d"		/* in it a ClientHello of 93: */
	"\x03\x03" "tcpcraft asks what speaks here ?"	/* version, 32 bytes of chance */
	"\x00"				/* no session */
	"\x00\x10\xc0\x2f\xc0\x30\xc0\x2b\xc0\x2c\x00\x9c\x00\x9d\x00\x2f\x00\x35"
	"\x01\x00"			/* no compression */
	"\x00\x24"			/* extensions: groups, forms of points, signatures */
	"\x00\x0a\x00\x08\x00\x06\x00\x1d\x00\x17\x00\x18"
	"\x00\x0b\x00\x02\x01\x00"
	"\x00\x0d\x00\x0e\x00\x0c\x08\x04\x04\x01\x04\x03\x05\x01\x05\x03\x02\x01";

#define SIXTEEN "tcpcraftasksthis"
#define HUNDRED_28 SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN

/* The letters end no line: who reads up to one waits on. */
const struct tc_stimulus tc_stimuli[TC_STIMULUS_COUNT] = {
	[TC_STIMULUS_NOTHING] = { "nothing", "nothing", NULL, 0 },
	[TC_STIMULUS_BYTE] = { "one_byte", "one byte", BYTES("t") },
	[TC_STIMULUS_LINE] = { "line", "a line", BYTES("hello\r\n") },
	[TC_STIMULUS_JSON] = { "json", "JSON", BYTES("{\"command\": \"status\"}\n") },
	[TC_STIMULUS_HTTP] = { "http", "HTTP", BYTES("HEAD / HTTP/1.0\r\n\r\n") },
	[TC_STIMULUS_TLS] = { "tls", "a TLS hello", BYTES(hello) },
	[TC_STIMULUS_LETTERS] = { "letters", "512 letters", BYTES(HUNDRED_28 HUNDRED_28
								  HUNDRED_28 HUNDRED_28) },
};

/* RFC 8446 5.1: of a record, the length of what is behind its five bytes. */
static size_t record_length(const uint8_t *p)
{
	return (size_t)p[3] << 8 | p[4];
}

/* RFC 8446 4, 4.1.3: a client's hello is type 1. Version, random, no session, suite and compression
 * are 38 bytes. */
static bool is_server_hello(const uint8_t *p, size_t n)
{
	return n >= 9 && record_length(p) >= 4 && record_length(p) <= 1u << 14 && p[5] == 2 &&
	       p[6] == 0 && ((size_t)p[7] << 8 | p[8]) >= 38;
}

/* RFC 8446 6: a level, which is 1 or 2, and what is wrong. */
static bool is_alert(const uint8_t *p, size_t n)
{
	return n >= 7 && record_length(p) == 2 && (p[5] == 1 || p[5] == 2);
}

static const struct tc_protocol protocols[] = {
	{ BYTES("SSH-"), "ssh", "SSH (RFC 4253 4.2)", NULL },
	{ BYTES("HTTP/"), "http", "HTTP (RFC 9112 4)", NULL },
	{ BYTES("\x16\x03"), "tls", "TLS (RFC 8446 4.1.3: a ServerHello)", is_server_hello },
	{ BYTES("\x15\x03"), "tls", "TLS (RFC 8446 6: an alert)", is_alert },
	{ BYTES("220 "), "smtp-or-ftp", "SMTP or FTP (RFC 5321 4.2, RFC 959 5.4)", NULL },
	{ BYTES("220-"), "smtp-or-ftp", "SMTP or FTP (RFC 5321 4.2, RFC 959 5.4)", NULL },
	{ BYTES("+OK"), "pop3", "POP3 (RFC 1939 3)", NULL },
	{ BYTES("* OK"), "imap", "IMAP (RFC 9051 7.1)", NULL },
	{ BYTES("RFB "), "rfb", "RFB, VNC's (RFC 6143 7.1.1)", NULL },
	{ BYTES("\xff\xfd"), "telnet", "Telnet (RFC 854: it negotiates)", NULL },
	{ BYTES("\xff\xfb"), "telnet", "Telnet (RFC 854: it negotiates)", NULL },
	{ BYTES("{"), "json", "JSON (RFC 8259)", NULL },
};

const struct tc_protocol *tc_protocol_of(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
		if (n >= protocols[i].n &&
		    memcmp(bytes, protocols[i].begins, protocols[i].n) == 0 &&
		    (!protocols[i].is || protocols[i].is(bytes, n)))
			return &protocols[i];
	return NULL;
}
