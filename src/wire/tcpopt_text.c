/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP options as text: a table of kinds, each with its way to print and to parse what
 * follows the length byte. To add a kind, add a line.
 */
#include <tcpcraft/tcpopt.h>
#include "ao_text.h"
#include "mptcp_text.h"
#include "base/name.h"
#include "digest.h"
#include "option_words.h"
#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A kind of option. print and parse deal with the bytes after the length byte; print
 * says false, having written nothing, when they do not have the form of this kind. */
struct kind {
	uint8_t kind;
	uint8_t len;		/* whole option in bytes; 0 = as its data say */
	const char *name;
	const char *form;
	bool (*print)(struct tc_buf *out, const uint8_t *data, size_t n);
	int (*parse)(struct tc_buf *out, struct tc_opt_element *el);
};

static void add16(struct tc_buf *out, uint32_t v)
{
	uint8_t b[2];

	tc_put16(b, (uint16_t)v);
	tc_buf_add(out, b, sizeof b);
}

static void add32(struct tc_buf *out, uint32_t v)
{
	uint8_t b[4];

	tc_put32(b, v);
	tc_buf_add(out, b, sizeof b);
}

static bool print_nothing(struct tc_buf *out, const uint8_t *data, size_t n)
{
	(void)out, (void)data, (void)n;
	return true;
}

static int parse_nothing(struct tc_buf *out, struct tc_opt_element *el)
{
	(void)out, (void)el;
	return 0;
}

static bool print_u8(struct tc_buf *out, const uint8_t *data, size_t n)
{
	(void)n;
	tc_buf_printf(out, " %u", data[0]);
	return true;
}

static int parse_u8(struct tc_buf *out, struct tc_opt_element *el)
{
	uint32_t v;
	int rc = tc_opt_number(el, 0, UINT8_MAX, &v);

	if (rc == 0)
		tc_buf_add_u8(out, (uint8_t)v);
	return rc;
}

static bool print_u16(struct tc_buf *out, const uint8_t *data, size_t n)
{
	(void)n;
	tc_buf_printf(out, " %u", tc_get16(data));
	return true;
}

static int parse_u16(struct tc_buf *out, struct tc_opt_element *el)
{
	uint32_t v;
	int rc = tc_opt_number(el, 0, UINT16_MAX, &v);

	if (rc == 0)
		add16(out, v);
	return rc;
}

static bool print_ts(struct tc_buf *out, const uint8_t *data, size_t n)
{
	(void)n;
	tc_buf_text(out, " val ");
	tc_buf_u64(out, tc_get32(data), 0, ' ');
	tc_buf_text(out, " ecr ");
	tc_buf_u64(out, tc_get32(data + 4), 0, ' ');
	return true;
}

static int parse_ts(struct tc_buf *out, struct tc_opt_element *el)
{
	static const char *const words[] = { "val", "ecr" };
	uint32_t v;
	int rc;

	for (int i = 0; i < 2; i++) {
		if (!tc_opt_pass_word(el, words[i]))
			return tc_opt_refuse_form(el);
		rc = tc_opt_number(el, 0, UINT32_MAX, &v);
		if (rc < 0)
			return rc;
		add32(out, v);
	}
	return 0;
}

/* Edges are counted from a number: 0, or the ISN of whose bytes they are. */
static bool print_edges(struct tc_buf *out, const uint8_t *data, size_t n, uint32_t from)
{
	if (n == 0 || n % 8)
		return false;
	for (; n; data += 8, n -= 8)
		tc_buf_printf(out, " %" PRIu32 ":%" PRIu32, tc_get32(data) - from,
			      tc_get32(data + 4) - from);
	return true;
}

static bool print_sack(struct tc_buf *out, const uint8_t *data, size_t n)
{
	return print_edges(out, data, n, 0);
}

/* Ours, "1:100 200:300", and tcpdump's with the count, "2 {1:100}{200:300}". */
static int parse_sack(struct tc_buf *out, struct tc_opt_element *el)
{
	uint32_t left, right, count = 0, blocks = 0;
	bool counted = false;
	int rc;

	for (tc_opt_pass(el, " \t{}"); el->at < el->end; tc_opt_pass(el, " \t{}")) {
		rc = tc_opt_number(el, 0, UINT32_MAX, &left);
		if (rc < 0)
			return rc;
		if (!tc_opt_pass_word(el, ":")) {
			if (counted || blocks)
				return tc_opt_refuse_form(el);
			counted = true;
			count = left;
			continue;
		}
		rc = tc_opt_number(el, 0, UINT32_MAX, &right);
		if (rc < 0)
			return rc;
		add32(out, left);
		add32(out, right);
		blocks++;
	}
	if (blocks == 0 || (counted && count != blocks))
		return tc_opt_refuse_form(el);
	return 0;
}

static bool print_hex(struct tc_buf *out, const uint8_t *data, size_t n)
{
	if (n) {
		tc_buf_printf(out, " ");
		tc_hex_encode(out, data, n);
	}
	return true;
}

/* RFC 5925 2.2; a code of any length, of what is no longer than the header. */
#define AO_FORM "ao keyid N rnextkeyid N mac HEX"

bool tc_ao_print(struct tc_buf *out, const uint8_t *data, size_t n)
{
	if (n < 2)
		return false;
	tc_buf_printf(out, " keyid %u rnextkeyid %u mac", data[0], data[1]);
	return print_hex(out, data + 2, n - 2);
}

static int parse_ao(struct tc_buf *out, struct tc_opt_element *el)
{
	static const char *const words[] = { "keyid", "rnextkeyid" };

	for (int i = 0; i < 2; i++) {
		int rc = tc_opt_pass_word(el, words[i]) ? parse_u8(out, el) : tc_opt_refuse_form(el);

		if (rc < 0)
			return rc;
	}
	return tc_opt_pass_word(el, "mac") ? tc_opt_hex(out, el) : tc_opt_refuse_form(el);
}

static const struct kind kinds[] = {
	{ TC_OPT_EOL,       1,  "eol",      "eol",                 print_nothing, parse_nothing },
	{ TC_OPT_NOP,       1,  "nop",      "nop",                 print_nothing, parse_nothing },
	{ TC_OPT_MSS,       4,  "mss",      "mss BYTES",           print_u16,     parse_u16 },
	{ TC_OPT_WSCALE,    3,  "wscale",   "wscale SHIFT",        print_u8,      parse_u8 },
	{ TC_OPT_SACK_PERM, 2,  "sackOK",   "sackOK",              print_nothing, parse_nothing },
	{ TC_OPT_SACK,      0,  "sack",     "sack LEFT:RIGHT …",   print_sack,    parse_sack },
	{ TC_OPT_TS,        10, "TS",       "TS val N ecr N",      print_ts,      parse_ts },
	{ TC_OPT_MD5,       18, "md5",      "md5 HEX",             print_hex,     tc_opt_hex },
	{ TC_OPT_UTO,       4,  "uto",      "uto N",               print_u16,     parse_u16 },
	{ TC_OPT_AO,        0,  "ao",       AO_FORM,               tc_ao_print,     parse_ao },
	{ TC_OPT_MPTCP,     0,  "mptcp",    TC_MPTCP_FORM,         tc_mptcp_print, tc_mptcp_parse },
	{ TC_OPT_FASTOPEN,  0,  "fastopen", "fastopen HEX",        print_hex,     tc_opt_hex },
};
#define N_KINDS (sizeof kinds / sizeof kinds[0])

/* Any other kind, and a known one whose length is not that of its kind. */
#define UNKNOWN "unknown-"

static void print_option(struct tc_buf *out, const struct tc_tcpopt *opt, uint32_t from)
{
	size_t before = out->len;

	if (opt->kind == TC_OPT_SACK && from && opt->len > 2) {
		tc_buf_text(out, "sack");
		if (print_edges(out, opt->data, opt->len - 2u, from))
			return;
		out->len = before;
	}
	for (const struct kind *k = kinds; k < kinds + N_KINDS; k++) {
		if (k->kind != opt->kind || (k->len && k->len != opt->len))
			continue;
		tc_buf_text(out, k->name);
		if (k->print(out, opt->data, opt->len > 2 ? opt->len - 2u : 0))
			return;
		out->len = before;
	}
	tc_buf_printf(out, UNKNOWN "%u", opt->kind);
	print_hex(out, opt->data, opt->len - 2u);
}

void tc_tcpopt_print_from(struct tc_buf *out, const uint8_t *bytes, size_t n, uint32_t from)
{
	struct tc_tcpopt_iter it = { bytes, n ? bytes + n : bytes };
	struct tc_tcpopt opt;
	const char *comma = "";

	tc_buf_text(out, comma);	/* a string, even of no options */
	for (; tc_tcpopt_next(&it, &opt, NULL) == 1; comma = ",") {
		tc_buf_text(out, comma);
		print_option(out, &opt, from);
	}
	/* What follows an eol is padding, but padding may be anything. */
	for (; it.at < it.end && *it.at == TC_OPT_EOL; it.at++, comma = ",")
		tc_buf_printf(out, "%seol", comma);
	if (it.at < it.end) {
		tc_buf_printf(out, "%shex:", comma);
		tc_hex_encode(out, it.at, (size_t)(it.end - it.at));
	}
}

void tc_tcpopt_print(struct tc_buf *out, const uint8_t *bytes, size_t n)
{
	tc_tcpopt_print_from(out, bytes, n, 0);
}

static int refuse_name(const struct tc_opt_element *el)
{
	char all[180] = "", why[220];

	for (const struct kind *k = kinds; k < kinds + N_KINDS; k++)
		tc_name_add(all, sizeof all, k->name, "");
	snprintf(why, sizeof why, "not one of %s, " UNKNOWN "KIND HEX, hex:BYTES", all);
	return tc_opt_refuse(el, why);
}

static const struct kind *find_kind(struct tc_opt_element *el)
{
	const char *name = el->at;
	size_t n = 0;

	while (name + n < el->end && name[n] != ' ' && name[n] != '\t')
		n++;
	for (const struct kind *k = kinds; k < kinds + N_KINDS; k++)
		if (strlen(k->name) == n && strncasecmp(k->name, name, n) == 0) {
			el->at += n;
			return k;
		}
	return NULL;
}

/* An option of kind and length byte, its data read by `parse`. */
static int add_option(struct tc_buf *out, uint8_t number, struct tc_opt_element *el,
		      int (*parse)(struct tc_buf *, struct tc_opt_element *), size_t want)
{
	size_t start = out->len, len;
	char why[60];
	int rc;

	tc_buf_add_u8(out, number);
	tc_buf_add_u8(out, 0);
	rc = parse(out, el);
	if (rc < 0)
		return rc;
	if (out->failed)
		return tc_nomem(el->err);
	len = out->len - start;
	if (len > UINT8_MAX || (want && len != want)) {
		snprintf(why, sizeof why, "%zu bytes of data, %s %zu", len - 2,
			 want ? "it has" : "at most", want ? want - 2 : UINT8_MAX - 2u);
		return tc_opt_refuse(el, why);
	}
	out->data[start + 1] = (uint8_t)len;
	return 0;
}

static int parse_element(struct tc_buf *out, struct tc_opt_element *el)
{
	const struct kind *k;
	uint32_t number;
	int rc;

	if (tc_opt_pass_word(el, "hex:"))
		return tc_opt_hex(out, el);
	if (tc_opt_pass_word(el, UNKNOWN)) {
		el->form = UNKNOWN "KIND HEX";
		rc = tc_opt_number(el, 2, UINT8_MAX, &number);
		if (rc < 0)
			return rc;
		return add_option(out, (uint8_t)number, el, tc_opt_hex, 0);
	}
	k = find_kind(el);
	if (!k)
		return refuse_name(el);
	el->form = k->form;
	rc = 0;
	if (k->len == 1)
		tc_buf_add_u8(out, k->kind);
	else
		rc = add_option(out, k->kind, el, k->parse, k->len);
	tc_opt_pass(el, " \t");
	return rc == 0 && el->at < el->end ? tc_opt_refuse_form(el) : rc;
}

int tc_tcpopt_parse_text(struct tc_buf *out, const char *text, struct tc_error *err)
{
	struct tc_opt_element el = { .err = err };
	size_t before = out->len;
	const char *comma;
	int rc = 0;

	comma = text + strspn(text, " \t");
	for (bool more = *comma; rc == 0 && more; text = comma + 1) {
		text += strspn(text, " \t");
		comma = text + strcspn(text, ",");
		more = *comma;
		el.text = el.at = text;
		el.end = comma;
		while (el.end > text && strchr(" \t", el.end[-1]))
			el.end--;
		rc = parse_element(out, &el);
	}
	if (rc == 0 && out->failed)
		rc = tc_nomem(err);
	if (rc < 0)
		out->len = before;
	return rc;
}

/* ---- tcp.md5 and tcp.ao ---------------------------------------------------------------- */

#define DIGEST(named, width, source, about) \
	{ .name = (named), .bits = (width), .kind = TC_KIND_BYTES, .autofill = TC_FILL_KEY, \
	  .unit = "", .ref = (source), .doc = (about) }

static const struct tc_digest digests[] = {
	{ DIGEST("tcp.md5", 128, "RFC 2385 2.0", "digest of the MD5 option: hex digits, or bad"),
	  TC_OPT_MD5, 2 },
	{ DIGEST("tcp.ao", 96, "RFC 5925 2.2", "code of the authentication option: hex digits, "
	  "or bad"), TC_OPT_AO, 4 },
};

const struct tc_digest *tc_digest_at(unsigned nth)
{
	return nth < sizeof digests / sizeof *digests ? &digests[nth] : NULL;
}

const struct tc_digest *tc_digest_named(const char *name)
{
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
		if (strcmp(name, digests[i].field.name) == 0)
			return &digests[i];
	return NULL;
}

static bool is_blank(const uint8_t *p, size_t n)
{
	while (n && *p == 0)
		p++, n--;
	return n == 0;
}

int tc_digest_parse(const struct tc_digest *d, const char *text, size_t n, struct tc_buf *bytes,
		    struct tc_error *err)
{
	const size_t from = bytes->len, want = tc_digest_bytes(d);
	int rc = 0;

	if (n == 3 && strncmp(text, "bad", n) == 0)
		for (size_t i = 0; i < want; i++)
			tc_buf_add_u8(bytes, i % 2 ? 0xad : 0x0b);
	else
		rc = tc_hex_decode(bytes, text, n, err);
	if (rc >= 0 && bytes->len - from != want)
		rc = tc_fail(err, -EINVAL, "%s takes bad, or %zu bytes as hex digits, not %zu",
			     d->field.name, want, bytes->len - from);
	if (rc >= 0 && is_blank(bytes->data + from, bytes->len - from))
		rc = tc_fail(err, -EINVAL, "%s of zeros is what a key fills in when the segment goes "
			     "out: bad is wrong", d->field.name);
	return bytes->failed ? tc_nomem(err) : rc;
}

int tc_digest_option(const struct tc_digest *d, const char *text, struct tc_buf *options,
		     struct tc_error *err)
{
	const unsigned n = tc_digest_bytes(d);
	const uint8_t head[4] = { d->kind, (uint8_t)(d->head + n) };

	while ((options->len + d->head + n) % 4)
		tc_buf_add_u8(options, TC_OPT_NOP);
	tc_buf_add(options, head, d->head);
	if (text)
		return tc_digest_parse(d, text, strlen(text), options, err);
	for (unsigned i = 0; i < n; i++)
		tc_buf_add_u8(options, 0);
	return options->failed ? tc_nomem(err) : 0;
}
