/* SPDX-License-Identifier: BSD-2-Clause */
/* Values as people read them; each reads back (field_text.c). */
#include "base/addr.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/field.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/segment.h>
#include <tcpcraft/tcpopt.h>

#include <inttypes.h>
#include <string.h>

#define HEX_PREFIX "hex:"

static const char *symbol_of(const struct tc_sym *s, tc_value value)
{
	for (; s && s->name; s++)
		if (s->value == value)
			return s->name;
	return NULL;
}

static void print_mac(uint64_t v, struct tc_buf *out)
{
	uint8_t mac[6];

	tc_mac_bytes(mac, v);
	tc_buf_text(out, TC_MAC(mac));
}

static void print_hex(const struct tc_field *f, uint64_t v, struct tc_buf *out)
{
	tc_buf_printf(out, "0x%0*" PRIx64, (f->bits + 3) / 4, v);
}

static void print_ip6(tc_value v, struct tc_buf *out)
{
	const struct tc_field whole = { .bits = 128 };
	struct tc_addr addr = { .family = 6 };

	tc_field_put(&whole, addr.bytes, v);
	tc_buf_text(out, tc_addr_string(&addr, (char[TC_ADDR_STRING]){ 0 }));
}

/* The reserved bits and ae have no letter: then the number. */
static void print_tcpflags(const struct tc_field *f, uint64_t v, struct tc_buf *out)
{
	char text[16];

	if (v > (TC_FLAG_CWR | (TC_FLAG_CWR - 1))) {
		print_hex(f, v, out);
		return;
	}
	tc_flags_print((uint16_t)v, text);
	tc_buf_printf(out, "%s", text);
}

void tc_field_print(const struct tc_field *f, tc_value wide, bool long_form,
		    struct tc_buf *out)
{
	const char *sym = symbol_of(f->syms, wide);
	uint64_t value = (uint64_t)wide;	/* of all kinds but one */

	switch ((enum tc_kind)f->kind) {
	case TC_KIND_UINT:
	case TC_KIND_UINT_LE:
	case TC_KIND_FLAG:
	case TC_KIND_PORT:
		tc_buf_printf(out, "%" PRIu64, value);
		break;
	case TC_KIND_HEX:
	case TC_KIND_HEX_LE:
	case TC_KIND_CSUM:
	case TC_KIND_CSUM_LE:
	case TC_KIND_TCPOPT:
	case TC_KIND_IPOPT:
	case TC_KIND_IP6OPT:
	case TC_KIND_NDOPT:
	case TC_KIND_IP6LIST:
	case TC_KIND_BYTES:
		print_hex(f, value, out);
		break;
	case TC_KIND_IP4:
		tc_buf_text(out, TC_ADDR((uint32_t)value));
		break;
	case TC_KIND_IP6:
		print_ip6(wide, out);
		break;
	case TC_KIND_MAC:
		print_mac(value, out);
		break;
	case TC_KIND_TCPFLAGS:
		print_tcpflags(f, value, out);
		break;
	}
	if (long_form && sym)
		tc_buf_printf(out, " (%s)", sym);
}

/* Text that comes back as the same bytes and does no harm to a terminal. */
static bool is_plain(const uint8_t *bytes, size_t n)
{
	if (n >= strlen(HEX_PREFIX) && memcmp(bytes, HEX_PREFIX, strlen(HEX_PREFIX)) == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (bytes[i] < ' ' || bytes[i] > '~')
			return false;
	return true;
}

static void print_addresses(const uint8_t *bytes, size_t n, struct tc_buf *out)
{
	const struct tc_field whole = { .bits = 128 };

	for (size_t i = 0; i < n; i += 16) {
		tc_buf_text(out, i ? "," : "");
		print_ip6(tc_field_value(&whole, bytes + i), out);
	}
}

void tc_field_print_bytes(const struct tc_field *f, const uint8_t *bytes, size_t n,
			  struct tc_buf *out)
{
	if (n == 0)
		return;
	if (f->kind == TC_KIND_TCPOPT) {
		tc_tcpopt_print(out, bytes, n);
	} else if (f->kind == TC_KIND_IP6LIST && n % 16 == 0) {
		print_addresses(bytes, n, out);
	} else if (f->kind == TC_KIND_BYTES && is_plain(bytes, n)) {
		tc_buf_add(out, bytes, n);
	} else {
		tc_buf_printf(out, HEX_PREFIX);
		tc_hex_encode(out, bytes, n);
	}
}

/* The reserved bits have no letter in tcpdump. */
void tc_flags_print(uint16_t flags, char text[16])
{
	static const char letters[] = "FSRP.UEWe";	/* from bit 0 upwards */
	char *p = text;

	for (unsigned bit = 0; letters[bit]; bit++)
		if (flags & 1u << bit)
			*p++ = letters[bit];
	if (p == text)
		for (const char *none = "none"; *none; none++)
			*p++ = *none;
	*p = '\0';
}
