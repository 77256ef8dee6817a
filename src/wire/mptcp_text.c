/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MPTCP's options as text: a table of the forms that each subtype has (RFC 8684 3, and of
 * version 0 RFC 6824 3), bit by bit. What has none of them is bytes.
 */
#include "mptcp_text.h"
#include "option_words.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/buf.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/tcpopt.h>
#include "base/addr.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum part_type {
	PART_END,
	PART_FIXED,		/* these bits, and no word of it */
	PART_WORD,		/* these bits, as a word */
	PART_FLAG,		/* one bit: the word is there or not */
	PART_NUMBER,
	PART_MASK,		/* a number in hexadecimal */
	PART_BYTES,		/* so many, in hexadecimal */
	PART_ADDRESS,
	PART_IDS,		/* a number for each byte that is left */
};

struct part {
	const char *name;
	enum part_type type;
	uint8_t bits, value;
};

#define PARTS_MAX 9

struct form {
	const char *name;
	uint8_t subtype;
	struct part part[PARTS_MAX + 1];
};

#define FIXED(n, v)	{ NULL, PART_FIXED, n, v }
#define WORD(w, n, v)	{ w, PART_WORD, n, v }
#define FLAG(w)		{ w, PART_FLAG, 1, 0 }
#define NUMBER(w, n)	{ w, PART_NUMBER, n, 0 }
#define MASK(w, n)	{ w, PART_MASK, n, 0 }
#define BYTES(w, n)	{ w, PART_BYTES, n, 0 }
#define ADDRESS(n)	{ "addr", PART_ADDRESS, n, 0 }

#define CAPABLE(...) { "mp_capable", 0, { NUMBER("version", 4), MASK("flags", 8), __VA_ARGS__ } }
#define KEYS BYTES("key", 64), BYTES("peer_key", 64)
/* Reserved bits, F, and what m, M, a, A say of the parts that follow. */
#define DSS(has, ...) \
	{ "dss", 2, { FIXED(7, 0), FLAG("fin"), FIXED(4, has), __VA_ARGS__ } }
#define ACK NUMBER("ack", 32)
#define ACK8 NUMBER("ack8", 64)
#define MAP NUMBER("dsn", 32), NUMBER("ssn", 32), NUMBER("len", 16)
#define MAP8 NUMBER("dsn8", 64), NUMBER("ssn", 32), NUMBER("len", 16)
#define SUM MASK("checksum", 16)
#define ADD(...) { "add_addr", 3, { __VA_ARGS__ } }
#define ECHO WORD("echo", 4, 1), NUMBER("id", 8)
#define OLD(v) WORD("version 0", 4, v), NUMBER("id", 8)
#define NEW FIXED(4, 0), NUMBER("id", 8)
#define PORT NUMBER("port", 16)
#define HMAC BYTES("hmac", 64)
#define NONE { NULL, PART_END, 0, 0 }

/* Of two that fit a text the first one counts. */
static const struct form forms[] = {
	CAPABLE(NONE), CAPABLE(BYTES("key", 64)), CAPABLE(KEYS),
	CAPABLE(KEYS, NUMBER("len", 16)), CAPABLE(KEYS, NUMBER("len", 16), SUM),
	{ "mp_join", 1, { FIXED(3, 0), FLAG("backup"), NUMBER("id", 8), BYTES("token", 32),
			  BYTES("nonce", 32) } },
	{ "mp_join", 1, { FIXED(3, 0), FLAG("backup"), NUMBER("id", 8), HMAC,
			  BYTES("nonce", 32) } },
	{ "mp_join", 1, { FIXED(12, 0), BYTES("hmac", 160) } },
	DSS(0, NONE), DSS(1, ACK), DSS(3, ACK8),
	DSS(4, MAP), DSS(4, MAP, SUM), DSS(12, MAP8), DSS(12, MAP8, SUM),
	DSS(5, ACK, MAP), DSS(5, ACK, MAP, SUM), DSS(13, ACK, MAP8), DSS(13, ACK, MAP8, SUM),
	DSS(7, ACK8, MAP), DSS(7, ACK8, MAP, SUM), DSS(15, ACK8, MAP8),
	DSS(15, ACK8, MAP8, SUM),
	ADD(ECHO, ADDRESS(32)), ADD(ECHO, ADDRESS(32), PORT),
	ADD(ECHO, ADDRESS(128)), ADD(ECHO, ADDRESS(128), PORT),
	ADD(NEW, ADDRESS(32), HMAC), ADD(NEW, ADDRESS(32), PORT, HMAC),
	ADD(NEW, ADDRESS(128), HMAC), ADD(NEW, ADDRESS(128), PORT, HMAC),
	ADD(OLD(4), ADDRESS(32)), ADD(OLD(4), ADDRESS(32), PORT),
	ADD(OLD(6), ADDRESS(128)), ADD(OLD(6), ADDRESS(128), PORT),
	{ "remove_addr", 4, { FIXED(4, 0), { "id", PART_IDS, 0, 0 } } },
	{ "mp_prio", 5, { FIXED(3, 0), FLAG("backup") } },
	{ "mp_prio", 5, { FIXED(3, 0), FLAG("backup"), NUMBER("id", 8) } },
	{ "mp_fail", 6, { FIXED(12, 0), NUMBER("dsn", 64) } },
	{ "mp_fastclose", 7, { FIXED(12, 0), BYTES("key", 64) } },
	{ "mp_tcprst", 8, { FIXED(3, 0), FLAG("transient"), NUMBER("reason", 8) } },
};

#define N_FORMS (sizeof forms / sizeof *forms)
#define SUBTYPE_BITS 4
#define DATA_MAX (UINT8_MAX - 2)	/* of an option: more than a header holds */

/* ---- bytes to text ------------------------------------------------------------------ */

/* Are n bytes as long as this, and fixed where it is? */
static bool has_form(const struct form *f, const uint8_t *data, size_t n)
{
	unsigned at = SUBTYPE_BITS;

	if (data[0] >> SUBTYPE_BITS != f->subtype)
		return false;
	for (const struct part *p = f->part; p->type; at += p->bits, p++) {
		if (at + p->bits > 8 * n)
			return false;
		if (p->type == PART_IDS)
			return at < 8 * n;
		if ((p->type == PART_FIXED || p->type == PART_WORD) &&
		    tc_bits_get(data, at, p->bits) != p->value)
			return false;
	}
	return at == 8 * n;
}

static void print_address(struct tc_buf *out, const uint8_t *bytes, unsigned bits)
{
	struct tc_addr a = bits == 32 ? tc_addr_from_v4(tc_get32(bytes)) : tc_addr_from_v6(bytes);

	tc_buf_text(out, " ");
	tc_buf_text(out, TC_HOST(&a));
}

static void print_part(struct tc_buf *out, const struct part *p, const uint8_t *data,
		       unsigned at, size_t n)
{
	const uint64_t v = p->bits && p->bits <= 64 ? tc_bits_get(data, at, p->bits) : 0;

	if (p->type == PART_FIXED || (p->type == PART_FLAG && !v))
		return;
	tc_buf_printf(out, " %s", p->name);
	switch (p->type) {
	case PART_NUMBER:
		tc_buf_printf(out, " %" PRIu64, v);
		break;
	case PART_MASK:
		tc_buf_printf(out, " 0x%0*" PRIx64, p->bits / 4, v);
		break;
	case PART_BYTES:
		tc_buf_text(out, " ");
		tc_hex_encode(out, data + at / 8, p->bits / 8);
		break;
	case PART_ADDRESS:
		print_address(out, data + at / 8, p->bits);
		break;
	case PART_IDS:
		for (size_t i = at / 8; i < n; i++)
			tc_buf_printf(out, " %u", data[i]);
		break;
	case PART_END:
	case PART_FIXED:
	case PART_WORD:
	case PART_FLAG:
		break;
	}
}

bool tc_mptcp_print(struct tc_buf *out, const uint8_t *data, size_t n)
{
	const struct form *f = forms;
	unsigned at = SUBTYPE_BITS;

	while (n && f < forms + N_FORMS && !has_form(f, data, n))
		f++;
	if (!n || f == forms + N_FORMS) {
		tc_buf_text(out, n ? " " : "");
		tc_hex_encode(out, data, n);
		return true;
	}
	tc_buf_printf(out, " %s", f->name);
	for (const struct part *p = f->part; p->type; at += p->bits, p++)
		print_part(out, p, data, at, n);
	return true;
}

/* ---- text to bytes ------------------------------------------------------------------ */

/* A whole word, or two. */
static bool take_word(struct tc_opt_element *el, const char *word)
{
	const char *before = el->at;

	if (tc_opt_pass_word(el, word) && (el->at == el->end || isspace((unsigned char)*el->at)))
		return true;
	el->at = before;
	return false;
}

/* What stands up to the next blank. */
static size_t take_text(struct tc_opt_element *el, char *text, size_t room)
{
	size_t n = 0;

	tc_opt_pass(el, " \t");
	while (el->at < el->end && !isspace((unsigned char)*el->at) && n + 1 < room)
		text[n++] = *el->at++;
	text[n] = '\0';
	return n;
}

static bool parse_bytes(struct tc_opt_element *el, uint8_t *to, size_t n)
{
	struct tc_buf bytes = { 0 };
	char text[2 * TC_OPTIONS_MAX + 2];
	size_t digits = take_text(el, text, sizeof text);
	bool ok = digits == 2 * n && tc_hex_decode(&bytes, text, digits, NULL) >= 0 &&
		  bytes.len == n;

	if (ok)
		memcpy(to, bytes.data, n);
	tc_buf_free(&bytes);
	return ok;
}

static bool parse_address(struct tc_opt_element *el, uint8_t *to, unsigned bits)
{
	char text[64];
	struct tc_addr a;

	take_text(el, text, sizeof text);
	if (tc_addr_parse(&a, text, NULL) < 0 || a.family != (bits == 32 ? 4 : 6))
		return false;
	memcpy(to, a.bytes, bits / 8);
	return true;
}

static bool parse_number(struct tc_opt_element *el, uint64_t most, uint64_t *v)
{
	struct tc_opt_element quiet = *el;

	quiet.err = NULL;
	if (tc_opt_number64(&quiet, 0, most, v) < 0)
		return false;
	el->at = quiet.at;
	return true;
}

static bool parse_ids(struct tc_opt_element *el, uint8_t *data, unsigned *at)
{
	uint64_t v;

	while (*at / 8 < DATA_MAX && parse_number(el, UINT8_MAX, &v)) {
		data[*at / 8] = (uint8_t)v;
		*at += 8;
	}
	return *at > 8;
}

/* Its bits to `at`, which moves on. */
static bool parse_part(struct tc_opt_element *el, const struct part *p, uint8_t *data,
		       unsigned *at)
{
	uint8_t *to = data + *at / 8;
	bool there = p->type == PART_FIXED || take_word(el, p->name);
	uint64_t v = p->type == PART_FLAG ? there : p->value;

	if (!there && p->type != PART_FLAG)
		return false;
	if (p->type == PART_IDS)
		return parse_ids(el, data, at);
	if ((p->type == PART_NUMBER || p->type == PART_MASK) &&
	    !parse_number(el, UINT64_MAX >> (64 - p->bits), &v))
		return false;
	if (p->type == PART_BYTES && !parse_bytes(el, to, p->bits / 8))
		return false;
	if (p->type == PART_ADDRESS && !parse_address(el, to, p->bits))
		return false;
	if (p->type != PART_BYTES && p->type != PART_ADDRESS)
		tc_bits_put(data, *at, p->bits, v);
	*at += p->bits;
	return true;
}

/* Bytes, or 0: the text has not this form. */
static size_t parse_form(struct tc_opt_element *el, const struct form *f,
			 uint8_t data[DATA_MAX])
{
	unsigned at = SUBTYPE_BITS;

	memset(data, 0, DATA_MAX);
	data[0] = (uint8_t)(f->subtype << SUBTYPE_BITS);
	if (!take_word(el, f->name))
		return 0;
	for (const struct part *p = f->part; p->type; p++)
		if (!parse_part(el, p, data, &at))
			return 0;
	tc_opt_pass(el, " \t");
	return el->at == el->end ? at / 8 : 0;
}

int tc_mptcp_parse(struct tc_buf *out, struct tc_opt_element *el)
{
	const char *from = el->at;
	uint8_t data[DATA_MAX];
	bool named = false;

	for (const struct form *f = forms; f < forms + N_FORMS; f++) {
		size_t n = parse_form(el, f, data);

		el->at = from;
		named = named || take_word(el, f->name);
		el->at = from;
		if (!n)
			continue;
		tc_buf_add(out, data, n);
		el->at = el->end;
		return 0;
	}
	tc_opt_pass(el, " \t");
	if (!named && el->end - el->at > 2 && memcmp(el->at, "mp_", 3) == 0)
		return tc_opt_refuse(el, "RFC 8684 has no subtype of that name (man "
				     "tcpcraft-mutate)");
	return named ? tc_opt_refuse(el, "its parts are not those of a form that RFC 8684 knows "
				     "(man tcpcraft-mutate)") : tc_opt_hex(out, el);
}
