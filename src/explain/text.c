/* SPDX-License-Identifier: BSD-2-Clause */
/* An explained frame for people. */
#include <tcpcraft/explain.h>

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/tcpopt.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BINARY_MOST 16		/* wider fields are shown in hex */
#define DUMP_BYTES 16		/* a line */
#define ADDR_BYTES 16		/* of IPv6 */

static void put_raw(char *text, size_t cap, const struct tc_explained *x)
{
	size_t n = 0;

	if (x->bits > 64) {
		snprintf(text, cap, "0x%016" PRIx64 "%016" PRIx64, (uint64_t)(x->value >> 64),
			 (uint64_t)x->value);
		return;
	}
	if (x->bits > BINARY_MOST) {
		snprintf(text, cap, "0x%0*" PRIx64, (int)(x->bits + 3) / 4,
			 (uint64_t)x->value);
		return;
	}
	for (unsigned i = x->bits; i-- > 0 && n + 2 < cap;) {
		text[n++] = x->value >> i & 1 ? '1' : '0';
		if (i && i % 4 == 0)
			text[n++] = ' ';
	}
	text[n] = 0;
}

static void put_check(struct tc_buf *out, const struct tc_explained *x)
{
	tc_buf_printf(out, "%s", tc_check_name(x->check));
	if (x->check == TC_CHECK_BAD) {
		tc_buf_printf(out, ", expected ");
		tc_field_print(x->field, x->expected, false, out);
	} else if (x->check == TC_CHECK_PARTIAL) {
		tc_buf_text(out, x->field->autofill == TC_FILL_CSUM_HDR ?
			    ": 0, left to the network card" : ": only the pseudo-header's sum");
	} else if (x->why) {
		tc_buf_printf(out, ": %s", x->why);
	}
	if (x->check != TC_CHECK_NONE)
		tc_buf_printf(out, "; ");
}

static void put_place(struct tc_buf *out, const struct tc_explained *x)
{
	char place[24];

	if (x->bits == 1)
		snprintf(place, sizeof place, "%u", x->bit);
	else
		snprintf(place, sizeof place, "%u-%u", x->bit, x->bit + x->bits - 1);
	tc_buf_printf(out, "  %-24s %-9s ", x->field->name, place);
}

static void put_fixed(struct tc_buf *out, const struct tc_explained *x)
{
	struct tc_buf value = { 0 };
	char raw[40] = "";

	put_place(out, x);
	if (!x->there) {
		tc_buf_printf(out, "missing%*s%s\n", 35, "", x->field->doc);
		return;
	}
	put_raw(raw, sizeof raw, x);
	tc_field_print(x->field, x->value, true, &value);
	if (*x->field->unit)
		tc_buf_printf(&value, " %s", x->field->unit);
	tc_buf_printf(out, "%-19s  %-20s ", raw, value.failed ? "" : (char *)value.data);
	put_check(out, x);
	tc_buf_printf(out, "%s", x->field->doc);
	if (x->field->ref[0] != '-')
		tc_buf_printf(out, " (%s)", x->field->ref);
	tc_buf_printf(out, "\n");
	tc_buf_free(&value);
}

static void put_dump(struct tc_buf *out, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i += DUMP_BYTES) {
		tc_buf_printf(out, "    %04zx  ", i);
		for (size_t k = i; k < i + DUMP_BYTES; k++) {
			if (k < n)
				tc_buf_printf(out, "%02x ", bytes[k]);
			else
				tc_buf_printf(out, "   ");
		}
		tc_buf_printf(out, " ");
		for (size_t k = i; k < i + DUMP_BYTES && k < n; k++)
			tc_buf_printf(out, "%c", bytes[k] >= ' ' && bytes[k] <= '~' ?
				      bytes[k] : '.');
		tc_buf_printf(out, "\n");
	}
}

/* One option a line: its bytes, and what they say. */
static void put_options(struct tc_buf *out, const uint8_t *bytes, size_t n)
{
	struct tc_tcpopt_iter it = { bytes, bytes + n };
	struct tc_error why = { 0 };
	struct tc_tcpopt opt;
	const uint8_t *from = bytes;
	int rc;

	while ((rc = tc_tcpopt_next(&it, &opt, &why)) == 1) {
		tc_buf_printf(out, "    ");
		tc_hex_encode(out, from, opt.len);
		tc_buf_printf(out, "  ");
		tc_tcpopt_print(out, from, opt.len);
		tc_buf_printf(out, "\n");
		from = it.at;
	}
	if (from == bytes + n)
		return;
	tc_buf_printf(out, "    ");
	tc_hex_encode(out, from, (size_t)(bytes + n - from));
	tc_buf_printf(out, "  %s\n",
		      rc < 0 ? why.msg : "the end of the options, and padding");
}

static void put_judged_options(struct tc_buf *out, const struct tc_explained *x)
{
	put_options(out, x->bytes, x->bits / 8);
	if (!x->check)
		return;
	tc_buf_printf(out, "    %s: %s", tc_check_name(x->check), x->why);
	if (x->digest_n) {
		tc_buf_text(out, "; expected ");
		tc_hex_encode(out, x->digest, x->digest_n);
	}
	tc_buf_text(out, "\n");
}

/* RFC 2711 2.1 */
static void put_alert(struct tc_buf *out, const uint8_t *data)
{
	static const char *const of[] = { " (MLD)", " (RSVP)", " (active networks)" };
	unsigned value = tc_get16(data);

	tc_buf_printf(out, ": %u%s", value, value < sizeof of / sizeof *of ? of[value] : "");
}

/* RFC 2675 2, 3 */
static void put_jumbo(struct tc_buf *out, const uint8_t *data)
{
	uint32_t bytes = tc_get32(data);

	tc_buf_printf(out, ": %u bytes%s", bytes,
		      bytes > UINT16_MAX ? "" : ", and it is for more than 65535");
}

/* RFC 2473 4.1.1 */
static void put_limit(struct tc_buf *out, const uint8_t *data)
{
	tc_buf_printf(out, ": %u more headers", data[0]);
}

/* Options of IPv6: with `put`, `len` bytes of data have a meaning. */
static const struct option6 {
	uint8_t type, len;
	const char *name;
	void (*put)(struct tc_buf *out, const uint8_t *data);
} options6[] = {
	{ 0x00, 0, "Pad1", NULL }, { 0x01, 0, "PadN", NULL },
	{ 0x04, 1, "tunnel encapsulation limit (RFC 2473)", put_limit },
	{ 0x05, 2, "router alert (RFC 2711)", put_alert },
	{ 0x07, 0, "CALIPSO (RFC 5570)", NULL }, { 0x26, 0, "quick start (RFC 4782)", NULL },
	{ 0x30, 0, "minimum path MTU (RFC 9268)", NULL }, { 0x63, 0, "RPL (RFC 6553)", NULL },
	{ 0x6d, 0, "MPL (RFC 7731)", NULL },
	{ 0xc2, 4, "jumbo payload (RFC 2675)", put_jumbo },
	{ 0xc9, 0, "home address (RFC 6275)", NULL },
};

/* One that is there whole: len bytes of data. */
static void put_ip6_option(struct tc_buf *out, uint8_t type, const uint8_t *data, size_t len)
{
	for (size_t k = 0; k < sizeof options6 / sizeof *options6; k++) {
		const struct option6 *o = &options6[k];

		if (o->type != type)
			continue;
		tc_buf_text(out, o->name);
		if (o->put && len == o->len)
			o->put(out, data);
		else if (o->put)
			tc_buf_printf(out, ": BAD, %zu bytes of data, it has %u", len, o->len);
		return;
	}
	tc_buf_text(out, "unknown");
}

/* RFC 8200 4.2: type, length, data; Pad1 is a type alone. */
static void put_ip6_options(struct tc_buf *out, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		bool pad1 = bytes[i] == 0;

		len = pad1 ? 1 : i + 1 < n ? bytes[i + 1] + 2u : n + 1;
		tc_buf_printf(out, "    ");
		tc_hex_encode(out, bytes + i, len > n - i ? n - i : len);
		tc_buf_printf(out, "  type %u: ", bytes[i]);
		if (len > n - i)
			tc_buf_text(out, "its length lies");
		else
			put_ip6_option(out, bytes[i], bytes + i + 2, pad1 ? 0 : len - 2);
		tc_buf_text(out, "\n");
	}
}

/* RFC 4861 4.6: type, length in 8 bytes, data. cut: more of them were on the wire. */
static void put_nd_options(struct tc_buf *out, const uint8_t *bytes, size_t n, bool cut)
{
	static const struct { uint8_t type; const char *name; } known[] = {
		{ 1, "source link-layer address" }, { 2, "target link-layer address" },
		{ 3, "prefix information" }, { 4, "redirected header" }, { 5, "MTU" },
		{ 7, "advertisement interval (RFC 6275)" }, { 14, "nonce (RFC 3971)" },
		{ 24, "route information (RFC 4191)" }, { 25, "DNS servers (RFC 8106)" },
		{ 31, "DNS search list (RFC 8106)" }, { 37, "captive portal (RFC 8910)" },
		{ 38, "PREF64 (RFC 8781)" },
	};

	for (size_t i = 0, len; i < n; i += len) {
		const char *name = "unknown";

		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			if (known[k].type == bytes[i])
				name = known[k].name;
		len = i + 1 < n ? 8u * bytes[i + 1] : cut ? n : 0;
		if (len == 0 || len > n - i) {
			name = len && cut ? "cut by the capture" : "its length lies";
			len = n - i;
		}
		tc_buf_printf(out, "    ");
		tc_hex_encode(out, bytes + i, len);
		tc_buf_printf(out, "  type %u: %s\n", bytes[i], name);
	}
}

/* RFC 791 3.1 and its followers: type, length, data. */
static void put_ip_options(struct tc_buf *out, const uint8_t *bytes, size_t n)
{
	static const struct { uint8_t type; const char *name; } known[] = {
		{ 0, "end of the options" }, { 1, "no operation" }, { 7, "record route" },
		{ 68, "timestamp" }, { 130, "security" }, { 131, "loose source route" },
		{ 136, "stream identifier" }, { 137, "strict source route" },
		{ 148, "router alert (RFC 2113)" },
	};

	for (size_t i = 0, len; i < n; i += len) {
		const char *name = "unknown";

		len = bytes[i] <= 1 ? 1 : i + 1 < n ? bytes[i + 1] : 0;
		for (size_t k = 0; k < sizeof known / sizeof *known; k++)
			if (known[k].type == bytes[i])
				name = known[k].name;
		if (len == 0 || (bytes[i] > 1 && len < 2) || len > n - i) {
			len = n - i;
			name = "its length lies";
		} else if (bytes[i] == 0) {
			len = n - i;
		}
		tc_buf_printf(out, "    ");
		tc_hex_encode(out, bytes + i, len);
		tc_buf_printf(out, "  type %u: %s\n", bytes[i], name);
	}
}

/* One a line. */
static void put_addresses(struct tc_buf *out, const struct tc_field *f, const uint8_t *bytes,
			  size_t n)
{
	for (size_t i = 0; i < n; i += ADDR_BYTES) {
		tc_buf_printf(out, "    ");
		tc_field_print_bytes(f, bytes + i, ADDR_BYTES, out);
		tc_buf_printf(out, "\n");
	}
}

static void put_variable(struct tc_buf *out, const struct tc_explained *x, bool cut)
{
	size_t n = x->bits / 8;

	if (n == 0 && !x->check)
		return;
	put_place(out, x);
	tc_buf_printf(out, "%zu byte%s%*s%s", n, n == 1 ? "" : "s", n < 10 ? 35 : 34, "",
		      x->field->doc);
	if (x->field->ref[0] != '-')
		tc_buf_printf(out, " (%s)", x->field->ref);
	tc_buf_printf(out, "\n");
	if (x->field->kind == TC_KIND_TCPOPT)
		put_judged_options(out, x);
	else if (x->field->kind == TC_KIND_IPOPT)
		put_ip_options(out, x->bytes, n);
	else if (x->field->kind == TC_KIND_IP6OPT)
		put_ip6_options(out, x->bytes, n);
	else if (x->field->kind == TC_KIND_NDOPT)
		put_nd_options(out, x->bytes, n, cut);
	else if (x->field->kind == TC_KIND_IP6LIST && n % ADDR_BYTES == 0)
		put_addresses(out, x->field, x->bytes, n);
	else
		put_dump(out, x->bytes, n);
}

static void put_layer(struct tc_buf *out, const struct tc_explain *e, unsigned i,
		      unsigned show)
{
	const struct tc_explain_layer *l = &e->layer[i];
	struct tc_explained x;

	tc_buf_printf(out, "\n%s%s", l->quoted ? "Quoted: " : "", l->hdr->title);
	if (l->len)
		tc_buf_printf(out, ", bytes %zu-%zu", l->at, l->at + l->len - 1);
	tc_buf_printf(out, "%s\n", l->packet || l->around || !l->hdr->head_bytes ? "" :
		      ": cannot be read whole");
	if (show & TC_EXPLAIN_RULER)
		tc_explain_ruler(out, e, i);
	for (unsigned row = 0; row < l->hdr->n_rows; row++) {
		tc_explain_field(e, i, row, &x);
		if (x.field->bits)
			put_fixed(out, &x);
		else if (x.there)
			put_variable(out, &x, e->missing && l->at + l->len == e->n);
	}
}

void tc_explain_text(struct tc_buf *out, const struct tc_explain *e, uint64_t number,
		     unsigned show)
{
	tc_buf_printf(out, "Packet %" PRIu64 ": %zu bytes", number, e->n);
	if (e->missing)
		tc_buf_printf(out, ", %zu more were on the wire", e->missing);
	tc_buf_printf(out, "\n");
	if (e->link_bytes)
		tc_buf_printf(out, "The first %zu bytes are the header of link type %d\n",
			      e->link_bytes, e->dlt);
	for (unsigned i = 0; i < e->n_layers; i++)
		put_layer(out, e, i, show);
	for (unsigned i = 0; i < e->n_layers && show & TC_EXPLAIN_SUMS; i++)
		for (unsigned row = 0; row < e->layer[i].hdr->n_rows; row++)
			if (e->layer[i].packet && e->layer[i].hdr->sum_rows >> row & 1) {
				tc_buf_printf(out, "\n");
				tc_explain_sum(out, e, i, row);
			}
	if (*e->damage)
		tc_buf_printf(out, "\n%s: %s\n", e->missing ? "Cut by the capture" : "Damaged",
			      e->damage);
}
