/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP options (RFC 9293 3.2, RFC 7323, RFC 2018, RFC 7413): a table of kinds, an
 * iterator that validates each length once, and text as tcpdump prints it.
 */
#ifndef TCPCRAFT_TCPOPT_H
#define TCPCRAFT_TCPOPT_H

#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_error;

#define TC_OPT_EOL       0
#define TC_OPT_NOP       1
#define TC_OPT_MSS       2
#define TC_OPT_WSCALE    3
#define TC_OPT_SACK_PERM 4
#define TC_OPT_SACK      5
#define TC_OPT_TS        8
#define TC_OPT_MD5       19
#define TC_OPT_UTO       28
#define TC_OPT_AO        29
#define TC_OPT_MPTCP     30
#define TC_OPT_FASTOPEN  34

#define TC_OPTIONS_MAX 40	/* bytes: 15 words less the 5 of the fixed header */

struct tc_tcpopt {
	uint8_t kind;
	uint8_t len;		/* whole option with kind and length bytes; 1 for nop */
	const uint8_t *data;	/* len - 2 bytes inside the caller's buffer; NULL if none */
};

struct tc_tcpopt_iter {
	const uint8_t *at;
	const uint8_t *end;
};

/* Next option: 1 and *opt filled; 0 at eol or the end; -EBADMSG for a length below 2 or
 * beyond the end ("option 8: length 12 but 4 bytes left"). it->at then stays at the eol
 * or at the option whose length lies. That a length fits its kind is not judged here. */
int tc_tcpopt_next(struct tc_tcpopt_iter *it, struct tc_tcpopt *opt, struct tc_error *err);

/*
 * Append the bytes of text such as "mss 1460,nop,wscale 7,sackOK,TS val 1 ecr 0,sack
 * 1:100 200:300" (or tcpdump's "sack 2 {1:100}{200:300}"), also "eol", "md5 HEX",
 * "fastopen HEX", "uto N", "ao keyid N rnextkeyid N mac HEX", "mptcp mp_prio
 * backup" (RFC 8684; also "mptcp HEX"), "unknown-KIND HEX", and "hex:0500" for any bytes
 * (the whole text or one element). Capitals do not matter. Not padded, and not held to
 * TC_OPTIONS_MAX. -EINVAL names the element ("option 'wscale 300': 0 to 255") and
 * leaves *out as it was.
 */
int tc_tcpopt_parse_text(struct tc_buf *out, const char *text, struct tc_error *err);

/* Append text for n bytes of options, in the same form, so that it parses back to the
 * same bytes; what cannot be read as an option comes as "hex:…" to the end, a known kind
 * with a foreign length as "unknown-KIND HEX". */
void tc_tcpopt_print(struct tc_buf *out, const uint8_t *bytes, size_t n);

/* The same for people: SACK edges are counted from `from`, the ISN of the direction whose
 * bytes they name (RFC 2018 3), as the other numbers of a ladder are. */
void tc_tcpopt_print_from(struct tc_buf *out, const uint8_t *bytes, size_t n, uint32_t from);

#endif
