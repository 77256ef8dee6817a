/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values as people write them. A number may come in decimal, 0x…
 * or as hex:… (the field's bytes as on the wire); then the symbols of the row; then
 * what the kind allows. Every refusal names the field, the text and what is allowed.
 */

#include "base/addr.h"
#include "base/text.h"

#include <tcpcraft/error.h>
#include <tcpcraft/packet.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/tcpopt.h>

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HEX_PREFIX "hex:"
#define SYMBOLS_SHOWN 6

/* Outcome of one way to read a text. */
enum reading {
	NOT_THIS,		/* the text is something else */
	READ,
	TOO_BIG,
};

/* All of the text, in decimal or 0x…; 010 is ten. */
static enum reading read_number(const char *text, tc_value *value)
{
	unsigned base = 10, d;
	tc_value v = 0;
	bool over = false;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	if (!*text)
		return NOT_THIS;
	for (; *text; text++) {
		d = (unsigned)tc_hex_digit(*text);	/* no digit: far beyond any base */
		if (d >= base)
			return NOT_THIS;
		over = over || v > (~(tc_value)0 - d) / base;
		v = v * base + d;
	}
	*value = v;
	return over ? TOO_BIG : READ;
}

static enum reading read_ip4(const char *text, tc_value *value)
{
	uint32_t addr;

	if (!tc_addr_read(&addr, text))
		return NOT_THIS;
	*value = addr;
	return READ;
}

/* The field has no place for a scope. */
static enum reading read_ip6(const char *text, tc_value *value)
{
	const struct tc_field whole = { .bits = 128 };
	struct tc_addr addr;

	if (strchr(text, '%') || tc_addr_parse(&addr, text, NULL) < 0 || addr.family != 6)
		return NOT_THIS;
	*value = tc_field_value(&whole, addr.bytes);
	return READ;
}

static enum reading read_mac(const char *text, tc_value *value)
{
	uint64_t mac;

	if (!tc_mac_read(&mac, text))
		return NOT_THIS;
	*value = mac;
	return READ;
}

/* Names that the row's own table lacks are the system's (services(5)). */
static enum reading read_service(const char *text, tc_value *value)
{
	struct servent entry, *found = NULL;
	char space[1024];

	if (getservbyname_r(text, "tcp", &entry, space, sizeof space, &found) || !found)
		return NOT_THIS;
	*value = ntohs((uint16_t)found->s_port);
	return READ;
}

static enum reading read_symbol(const struct tc_sym *syms, const char *text,
				tc_value *value)
{
	for (; syms && syms->name; syms++) {
		if (strcasecmp(syms->name, text) == 0) {
			*value = syms->value;
			return READ;
		}
	}
	return NOT_THIS;
}

/* A bit by its row: the last part of tcp.flags.syn and of its alias. */
static uint64_t flag_named(const char *name, size_t len)
{
	const struct tc_header *tcp = tc_header_get(TC_HDR_TCP);
	unsigned end = TC_TCP_FLAGS_OFF + TC_TCP_FLAGS_BITS;
	const struct tc_field *f;

	for (unsigned i = 0; i < tcp->n_rows; i++) {
		f = &tcp->rows[i];
		if (f->kind != TC_KIND_FLAG)
			continue;
		for (unsigned k = 0; k < 2; k++) {
			const char *last = k ? f->alias : f->name;

			last = last ? strrchr(last, '.') + 1 : "";
			if (len && strncasecmp(last, name, len) == 0 && !last[len])
				return 1u << (end - 1 - f->off);
		}
	}
	return 0;
}

/* syn,ack */
static enum reading read_flag_names(const char *text, tc_value *value)
{
	uint64_t v = 0, bit;
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, ",");
		bit = flag_named(text, len);
		if (!bit)
			return NOT_THIS;
		v |= bit;
		if (!text[len])
			break;
	}
	*value = v;
	return READ;
}

/* SA, S., SEW: the letters of tcpdump, of Scapy (A, P, C) and of tc_flags_print. */
static enum reading read_flag_letters(const char *text, tc_value *value)
{
	static const struct { char letter; uint16_t bit; } letters[] = {
		{ 'F', TC_FLAG_FIN }, { 'S', TC_FLAG_SYN }, { 'R', TC_FLAG_RST },
		{ 'P', TC_FLAG_PSH }, { 'A', TC_FLAG_ACK }, { '.', TC_FLAG_ACK },
		{ 'U', TC_FLAG_URG }, { 'E', TC_FLAG_ECE }, { 'C', TC_FLAG_CWR },
		{ 'W', TC_FLAG_CWR },
	};
	const unsigned n = sizeof letters / sizeof letters[0];
	uint64_t v = 0;
	unsigned i;

	for (; *text; text++) {
		for (i = 0; i < n && letters[i].letter != *text; i++)
			;
		if (i == n)
			return NOT_THIS;
		v |= letters[i].bit;
	}
	*value = v;
	return READ;
}

static enum reading read_tcpflags(const char *text, tc_value *value)
{
	if (strcasecmp(text, "none") == 0 || strcmp(text, "-") == 0) {
		*value = 0;
		return READ;
	}
	if (read_flag_names(text, value) == READ)
		return READ;
	return read_flag_letters(text, value);
}

/* What the kind takes besides numbers and symbols. */
static enum reading read_kind(const struct tc_field *f, const char *text, tc_value *value)
{
	static enum reading (*const readers[])(const char *text, tc_value *value) = {
		[TC_KIND_PORT] = read_service, [TC_KIND_IP4] = read_ip4,
		[TC_KIND_IP6] = read_ip6, [TC_KIND_MAC] = read_mac,
		[TC_KIND_TCPFLAGS] = read_tcpflags,
	};

	if (f->kind >= sizeof readers / sizeof *readers || !readers[f->kind])
		return NOT_THIS;
	return readers[f->kind](text, value);
}

/* hex:…, at most the field's width: its bytes as on the wire, the last one last. */
static int parse_hex(const struct tc_field *f, const char *text, tc_value *value,
		     struct tc_error *err)
{
	const char *digits = text + strlen(HEX_PREFIX);
	uint8_t wire[sizeof *value] = { 0 };
	size_t width = (f->bits + 7u) / 8;
	struct tc_field whole = { .bits = (uint8_t)(8 * width), .kind = f->kind };
	struct tc_error why = { 0 };
	struct tc_buf b = { 0 };
	char shown[QUOTE_MAX];
	int rc;

	tc_quote(shown, text);
	rc = tc_hex_decode(&b, digits, strlen(digits), &why);
	if (rc < 0)
		tc_fail(err, rc, "%s=%s: %s", f->name, shown, why.msg);
	else if (b.len == 0 || b.len > width)
		rc = tc_fail(err, b.len ? -ERANGE : -EINVAL,
			     "%s=%s is %zu bytes, the field holds %zu", f->name, shown,
			     b.len, width);
	else
		memcpy(wire + width - b.len, b.data, b.len);
	tc_buf_free(&b);
	*value = rc < 0 ? 0 : tc_field_value(&whole, wire);
	return rc;
}

/* Bytes in one unit of a field that does not count bytes, else 0. */
static unsigned unit_bytes(const struct tc_field *f)
{
	if (strcmp(f->unit, "32-bit words") == 0)
		return 4;
	if (strcmp(f->unit, "8-byte units") == 0)
		return 8;
	return 0;
}

static int fail_range(const struct tc_field *f, const char *text, tc_value v, bool huge,
		      struct tc_error *err)
{
	unsigned unit = unit_bytes(f);
	char shown[QUOTE_MAX];

	tc_quote(shown, text);
	if (unit && !huge && v % unit == 0 && v / unit <= tc_field_max(f))
		return tc_fail(err, -ERANGE,
			       "%s=%s counts %s: %" PRIu64 " bytes is %" PRIu64,
			       f->name, shown, f->unit, (uint64_t)v, (uint64_t)(v / unit));
	if (f->bits > 64)
		return tc_fail(err, -ERANGE, "%s=%s is out of range: %u bits hold less than "
			       "2^%u", f->name, shown, f->bits, f->bits);
	return tc_fail(err, -ERANGE,
		       "%s=%s is out of range: %u bit%s 0 to %" PRIu64, f->name, shown,
		       f->bits, f->bits == 1 ? " holds" : "s hold",
		       (uint64_t)tc_field_max(f));
}

/* " or a name (icmp, tcp, …)", or nothing. */
static void list_symbols(const struct tc_sym *s, char *out, size_t cap)
{
	size_t at = 0;

	out[0] = '\0';
	for (unsigned i = 0; s && s[i].name && i <= SYMBOLS_SHOWN && at < cap; i++)
		at += (size_t)snprintf(out + at, cap - at, "%s%s",
				       i ? ", " : ", or a name: ",
				       i < SYMBOLS_SHOWN ? s[i].name : "...");
}

static int fail_text(const struct tc_field *f, const char *text, struct tc_error *err)
{
	char shown[QUOTE_MAX], symbols[160];

	tc_quote(shown, text);
	list_symbols(f->syms, symbols, sizeof symbols);
	switch ((enum tc_kind)f->kind) {
	case TC_KIND_IP4:
		return tc_fail(err, -EINVAL,
			       "%s=%s is not an IPv4 address, such as 10.0.0.1",
			       f->name, shown);
	case TC_KIND_IP6:
		return tc_fail(err, -EINVAL,
			       "%s=%s is not an IPv6 address without a scope, such as "
			       "2001:db8::1", f->name, shown);
	case TC_KIND_MAC:
		return tc_fail(err, -EINVAL,
			       "%s=%s is not a hardware address, such as 02:00:00:00:00:01",
			       f->name, shown);
	case TC_KIND_TCPFLAGS:
		return tc_fail(err, -EINVAL,
			       "%s=%s: flags are letters of FSRPAUECW. (SA, S.), "
			       "names (syn,ack), none, or a number up to 0x%" PRIx64,
			       f->name, shown, (uint64_t)tc_field_max(f));
	default:
		break;
	}
	if (!f->bits)
		return tc_fail(err, -EINVAL, "%s=%s: this field has no numeric value",
			       f->name, shown);
	return tc_fail(err, -EINVAL,
		       "%s=%s is not a number: 0 to %" PRIu64 ", as 80, 0x50 or hex:50%s",
		       f->name, shown, (uint64_t)tc_field_max(f), symbols);
}

int tc_field_parse(const struct tc_field *f, const char *text, tc_value *value,
		   struct tc_error *err)
{
	enum reading how;
	tc_value v = 0;
	int rc;

	if (f->bits == 0)
		return fail_text(f, text, err);
	if (!*text)
		return tc_fail(err, -EINVAL, "%s= has no value", f->name);
	if (strncmp(text, HEX_PREFIX, strlen(HEX_PREFIX)) == 0) {
		rc = parse_hex(f, text, &v, err);
		if (rc < 0)
			return rc;
		how = READ;
	} else {
		how = read_number(text, &v);
		if (how == NOT_THIS)
			how = read_symbol(f->syms, text, &v);
		if (how == NOT_THIS)
			how = read_kind(f, text, &v);
	}
	if (how == NOT_THIS)
		return fail_text(f, text, err);
	if (how == TOO_BIG || v > tc_field_max(f))
		return fail_range(f, text, v, how == TOO_BIG || v > UINT64_MAX, err);
	*value = v;
	return 0;
}

/* 2001:db8::1,2001:db8::2 */
static int parse_addresses(struct tc_buf *out, const char *text, struct tc_error *err)
{
	char one[QUOTE_MAX];
	struct tc_addr addr;
	size_t n;

	for (;; text += n + 1) {
		n = strcspn(text, ",");
		snprintf(one, sizeof one, "%.*s", (int)(n < sizeof one ? n : sizeof one), text);
		if (n >= sizeof one || strchr(one, '%') ||
		    tc_addr_parse(&addr, one, NULL) < 0 || addr.family != 6)
			return tc_fail(err, -EINVAL, "addresses are written as "
				       "2001:db8::1,2001:db8::2, other bytes as hex:...");
		tc_buf_add(out, addr.bytes, sizeof addr.bytes);
		if (!text[n])
			return out->failed ? tc_nomem(err) : 0;
	}
}

int tc_field_parse_bytes(const struct tc_field *f, const char *text, struct tc_buf *out,
			 struct tc_error *err)
{
	bool hex = strncmp(text, HEX_PREFIX, strlen(HEX_PREFIX)) == 0;
	struct tc_error why = { 0 };
	char shown[QUOTE_MAX];
	int rc = 0;

	if (f->kind == TC_KIND_TCPOPT) {
		rc = tc_tcpopt_parse_text(out, text, &why);
	} else if (hex) {
		rc = tc_hex_decode_times(out, text + strlen(HEX_PREFIX), TC_PACKET_MAX, &why);
	} else if (f->kind == TC_KIND_IPOPT && *text) {
		rc = tc_fail(&why, -EINVAL, "IP options are written as hex:94040000");
	} else if (f->kind == TC_KIND_IP6OPT && *text) {
		rc = tc_fail(&why, -EINVAL, "IPv6 options are written as hex:05020000");
	} else if (f->kind == TC_KIND_NDOPT && *text) {
		rc = tc_fail(&why, -EINVAL, "options of neighbour discovery are written as "
			     "hex:0101020000000001");
	} else if (f->kind == TC_KIND_IP6LIST && *text) {
		rc = parse_addresses(out, text, &why);
	} else {
		tc_buf_add(out, text, strlen(text));
		rc = out->failed ? tc_nomem(&why) : 0;
	}
	if (rc < 0)
		return tc_fail(err, rc, "%s=%s: %s", f->name, tc_quote(shown, text),
			       why.msg);
	return 0;
}
