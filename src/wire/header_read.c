/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers from text, line by line; see tcpcraft/header_read.h for the language. What needs
 * all rows at once is in header_check.c. */
#include "header_own.h"

#include <tcpcraft/packet.h>

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_MOST 80		/* of a value */

static const char *keep_text(struct reader *r, const char *text, size_t n)
{
	char *copy = tc_header_keep(r, n + 1);

	return copy ? memcpy(copy, text, n) : NULL;
}

void tc_header_free(struct tc_header *h)
{
	struct loaded *l = (struct loaded *)h;

	while (l && l->chunks) {
		struct chunk *next = l->chunks->next;

		free(l->chunks);
		l->chunks = next;
	}
	free(l);
}

/* ---- the line of the header ---------------------------------------------------------- */

static int read_header_line(struct reader *r)
{
	struct word w;
	int rc = tc_header_need_word(r, &w, "the header's name");

	if (rc < 0)
		return rc;
	if (r->l->h.name)
		return tc_header_wrong(r, &w, "a second header: this one is %s", r->l->h.name);
	if (!tc_header_is_name(&w))
		return tc_header_bad_name(r, &w);
	for (enum tc_header_id id = 0; id < TC_HDR_COUNT; id++)
		if (id != TC_HDR_PROT && word_is(&w, tc_header_get(id)->name))
			return tc_header_wrong(r, &w, "%s is a header that is known already: "
					       "choose another name", tc_header_get(id)->name);
	r->l->h.title = r->l->h.name = keep_text(r, w.at, w.len);
	rc = r->l->h.name ? tc_header_word(r, &w) : -ENOMEM;
	if (rc == 1 && !w.quoted)
		return tc_header_wrong(r, &w, "behind the name only a \"TITLE\" may come");
	if (rc == 1)
		r->l->h.title = keep_text(r, w.at, w.len);
	if (rc < 0 || !r->l->h.title)
		return rc < 0 ? rc : -ENOMEM;
	return tc_header_no_more(r);
}

/* ---- a row --------------------------------------------------------------------------- */

/* Clauses of one kind exclude each other. */
enum given {
	G_ORDER = 1, G_SHOW = 2, G_ROLE = 4, G_MAX = 8, G_NAMES = 16,
};

struct row {
	struct word name, bits;
	struct tc_field *f;
	unsigned given;
	struct word at[5];		/* where, by bit number of the above */
	bool little, constant;
	struct word value;		/* of const or default */
	unsigned max;
};

static int read_extra(struct reader *r, struct wish *wish)
{
	const char *before = r->at;
	struct word w;
	uint64_t n = 0;
	int rc = tc_header_word(r, &w);

	if (rc <= 0 || (*w.at != '+' && *w.at != '-')) {
		r->at = before;
		return rc < 0 ? rc : 0;
	}
	w.at++;
	w.len--;
	w.column++;
	if (!w.len)
		return tc_header_wrong(r, &w, "a number of bytes is needed here");
	rc = tc_header_count(r, &w, "length-of", 30000, &n);
	wish->extra = w.at[-1] == '-' ? -(int64_t)n : (int64_t)n;
	return rc;
}

static int read_wish(struct reader *r, struct row *row, enum tc_autofill fill)
{
	struct wish *wish = &r->wishes[r->l->h.n_rows];
	int rc = tc_header_need_word(r, &wish->what, fill == TC_FILL_VAR_LEN ?
			   "what it counts (the payload's name, rest or frame)" :
			   "what it sums (a field, FIRST..LAST, rest or frame)");

	row->f->autofill = (uint8_t)fill;
	wish->row = row->name;
	if (rc == 0 && fill == TC_FILL_VAR_LEN)
		rc = read_extra(r, wish);
	return rc;
}

/* NAME=VALUE, the first of *rest; it is taken away, with its comma. */
static int read_symbol(struct reader *r, unsigned bits, struct word *rest, struct tc_sym *sym)
{
	struct word name = *rest, number = *rest;
	uint64_t value = 0;
	size_t len = 0, eq = 0;
	int rc;

	while (len < rest->len && rest->at[len] != ',')
		len++;
	while (eq < len && rest->at[eq] != '=')
		eq++;
	if (eq == 0 || eq + 1 >= len || isdigit((unsigned char)*rest->at))
		return tc_header_wrong(r, rest, "names: '%.*s' is not NAME=VALUE", (int)len,
				       rest->at);
	name.len = eq;
	number.at += eq + 1;
	number.len = len - eq - 1;
	number.column += (unsigned)eq + 1;
	rc = tc_header_count(r, &number, "names", bits >= 32 ? UINT32_MAX :
			(UINT64_C(1) << bits) - 1, &value);
	sym->value = (uint32_t)value;
	sym->name = rc < 0 ? NULL : keep_text(r, name.at, name.len);
	len += len < rest->len;
	rest->at += len;
	rest->len -= len;
	rest->column += (unsigned)len;
	return rc < 0 ? rc : sym->name ? 0 : -ENOMEM;
}

static int read_names(struct reader *r, struct row *row)
{
	struct tc_sym *syms;
	struct word rest;
	size_t n = 1;
	int rc = tc_header_need_word(r, &rest, "NAME=VALUE,...");

	if (rc < 0)
		return rc;
	for (size_t k = 0; k < rest.len; k++)
		n += rest.at[k] == ',';
	syms = tc_header_keep(r, (n + 1) * sizeof *syms);
	if (!syms)
		return -ENOMEM;
	row->f->syms = syms;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = read_symbol(r, row->f->bits, &rest, &syms[i]);
	return rc;
}

static int read_max(struct reader *r, struct row *row)
{
	struct word w;
	uint64_t n = 0;
	int rc = tc_header_need_word(r, &w, "a number of bytes");

	if (rc == 0)
		rc = tc_header_count(r, &w, "max", TC_PACKET_MAX, &n);
	if (rc == 0 && n == 0)
		rc = tc_header_wrong(r, &w, "max: at least 1");
	row->max = (unsigned)n;
	return rc;
}

static const struct {
	const char *word;
	enum given kind;
	unsigned arg;			/* enum tc_kind, enum tc_autofill */
} clauses[] = {
	{ "big", G_ORDER, 0 }, { "little", G_ORDER, 1 },
	{ "dec", G_SHOW, TC_KIND_UINT }, { "hex", G_SHOW, TC_KIND_HEX },
	{ "flag", G_SHOW, TC_KIND_FLAG }, { "ip4", G_SHOW, TC_KIND_IP4 },
	{ "mac", G_SHOW, TC_KIND_MAC },
	{ "default", G_ROLE, TC_FILL_NONE }, { "const", G_ROLE, TC_FILL_NONE },
	{ "length-of", G_ROLE, TC_FILL_VAR_LEN },
	{ "xor", G_ROLE, TC_FILL_XOR }, { "sum", G_ROLE, TC_FILL_SUM },
	{ "inet", G_ROLE, TC_FILL_INET }, { "crc16", G_ROLE, TC_FILL_CRC16 },
	{ "crc32", G_ROLE, TC_FILL_CRC32 },
	{ "max", G_MAX, 0 }, { "names", G_NAMES, 0 },
};

static int read_clause(struct reader *r, struct row *row, const struct word *w)
{
	size_t i = 0;

	while (i < sizeof clauses / sizeof *clauses && !word_is(w, clauses[i].word))
		i++;
	if (i == sizeof clauses / sizeof *clauses)
		return tc_header_wrong(r, w, "'%.*s' is none of big, little, dec, hex, flag, "
				       "ip4, mac, const, default, names, length-of, xor, sum, "
				       "inet, crc16, crc32, max", (int)w->len, w->at);
	if (row->given & clauses[i].kind)
		return tc_header_wrong(r, w, "'%.*s': the line has a word of that kind already",
				       (int)w->len, w->at);
	row->given |= clauses[i].kind;
	row->at[__builtin_ctz(clauses[i].kind)] = *w;
	switch (clauses[i].kind) {
	case G_ORDER:
		row->little = clauses[i].arg;
		break;
	case G_SHOW:
		row->f->kind = (uint8_t)clauses[i].arg;
		break;
	case G_ROLE:
		if (clauses[i].arg != TC_FILL_NONE)
			return read_wish(r, row, (enum tc_autofill)clauses[i].arg);
		row->constant = word_is(w, "const");
		return tc_header_need_word(r, &row->value, "a value");
	case G_MAX:
		return read_max(r, row);
	case G_NAMES:
		return read_names(r, row);
	}
	return 0;
}

/* What was taken for the payload is a part, for here is another: what stands between them is
 * not its tail. */
static void add_part(struct reader *r)
{
	struct tc_header *h = &r->l->h;

	for (unsigned i = (unsigned)h->var_row + 1; i < h->n_rows; i++)
		r->l->rows[i].off = (uint16_t)(r->l->rows[i].off + 8 * h->head_bytes);
	r->off += 8 * h->head_bytes;
	h->n_parts++;
}

/* A field of any length: bytes, and no number. */
static int finish_payload(struct reader *r, struct row *row)
{
	unsigned allowed = G_MAX | (row->f->autofill || row->constant ? 0 : G_ROLE);
	struct tc_header *h = &r->l->h;

	for (unsigned i = 0; i < 5; i++)
		if (row->given & ~allowed & 1u << i)
			return tc_header_wrong(r, &row->at[i], "the payload takes nothing but "
					       "max N and a \"MEANING\"");
	if (r->off % 8)
		return tc_header_wrong(r, &row->name, "%u bits come before: the payload begins "
				       "with a whole byte", r->off);
	if (r->n_any > TC_PARTS_MAX)
		return tc_header_wrong(r, &row->bits, "more than %d fields of any length",
				       TC_PARTS_MAX + 1);
	if (h->var_row >= 0)
		add_part(r);
	r->any[r->n_any++] = (struct any_length){
		.name = row->name, .value = row->value, .given = row->at[2], .row = h->n_rows,
		.max = row->max,
	};
	h->head_bytes = r->off / 8;
	h->var_max = row->max;
	h->var_row = (int)h->n_rows;
	row->f->kind = TC_KIND_BYTES;
	row->f->mut = TC_MUT_BLOB;
	row->f->off = (uint16_t)r->off;
	r->off = 0;
	return 0;
}

static int check_shown(struct reader *r, const struct row *row)
{
	static const struct { enum tc_kind kind; unsigned bits; } widths[] = {
		{ TC_KIND_FLAG, 1 }, { TC_KIND_IP4, 32 }, { TC_KIND_MAC, 48 },
	};
	const struct tc_field *f = row->f;

	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
		if (f->kind == widths[i].kind && f->bits != widths[i].bits)
			return tc_header_wrong(r, &row->at[1], "that has %u bit%s, not %u",
					       widths[i].bits, widths[i].bits > 1 ? "s" : "",
					       f->bits);
	if (row->given & G_MAX)
		return tc_header_wrong(r, &row->at[3], "max is for the payload (width *)");
	if (row->little && (f->bits % 8 || r->off % 8))
		return tc_header_wrong(r, &row->at[0], "little: %u bits from bit %u are no "
				       "whole bytes", f->bits, r->off);
	if (row->little && (f->kind == TC_KIND_IP4 || f->kind == TC_KIND_MAC))
		return tc_header_wrong(r, &row->at[0], "little is for numbers");
	return 0;
}

/* The kind of row that the clauses make. */
static uint8_t kind_of(const struct row *row)
{
	const struct tc_field *f = row->f;

	if (f->autofill >= TC_FILL_XOR)
		return row->little ? TC_KIND_CSUM_LE : TC_KIND_CSUM;
	if (row->little)
		return f->kind == TC_KIND_HEX ? TC_KIND_HEX_LE : TC_KIND_UINT_LE;
	return f->bits == 1 && !(row->given & G_SHOW) ? TC_KIND_FLAG : f->kind;
}

static int read_value(struct reader *r, struct row *row)
{
	struct tc_error why = { 0 };
	char text[TEXT_MOST];
	tc_value value;

	if (!row->value.at)
		return 0;
	snprintf(text, sizeof text, "%.*s", (int)row->value.len, row->value.at);
	if (row->value.len >= sizeof text ||
	    tc_field_parse(row->f, text, &value, &why) < 0)
		return tc_header_wrong(r, &row->value, "%s",
				       why.msg[0] ? why.msg : "that value is too long");
	row->f->def = (uint64_t)value;
	if (row->constant && r->l->h.var_row < 0)	/* its place does not move */
		r->l->h.mark_rows |= UINT64_C(1) << r->l->h.n_rows;
	return 0;
}

static int finish_row(struct reader *r, struct row *row)
{
	struct tc_field *f = row->f;
	int rc = check_shown(r, row);

	if (rc < 0)
		return rc;
	f->kind = kind_of(row);
	f->mut = f->autofill ? TC_MUT_CALC : f->bits == 1 ? TC_MUT_FLAG : TC_MUT_NUM;
	f->off = (uint16_t)r->off;
	if (f->autofill == TC_FILL_VAR_LEN)
		f->unit = "bytes";
	r->off += f->bits;
	return read_value(r, row);
}

static int read_width(struct reader *r, struct row *row)
{
	uint64_t bits = 0;
	int rc = tc_header_need_word(r, &row->bits, "the width, bits or *,");

	if (rc < 0 || word_is(&row->bits, "*"))
		return rc;
	rc = tc_header_count(r, &row->bits, "width", 64, &bits);
	if (rc == 0 && bits == 0)
		rc = tc_header_wrong(r, &row->bits, "width: 1 to 64 bits, or * for the payload");
	row->f->bits = (uint8_t)bits;
	return rc;
}

static int name_row(struct reader *r, struct row *row)
{
	static const char *const reserved[] = { "frame", "rest", "header" };
	struct tc_header *h = &r->l->h;
	char name[2 * NAME_MOST + 2];
	int n;

	if (!h->name)
		return tc_header_wrong(r, &row->name, "the first line is: header NAME");
	if (!tc_header_is_name(&row->name))
		return tc_header_bad_name(r, &row->name);
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (word_is(&row->name, reserved[i]))
			return tc_header_wrong(r, &row->name, "%s is a word of this language "
					       "and cannot name a field", reserved[i]);
	if (h->n_rows == ROWS_MAX)
		return tc_header_wrong(r, &row->name, "more than %d fields", ROWS_MAX);
	n = snprintf(name, sizeof name, "%s.%.*s", h->name, (int)row->name.len, row->name.at);
	for (unsigned i = 0; i < h->n_rows; i++)
		if (strcmp(r->l->rows[i].name, name) == 0)
			return tc_header_wrong(r, &row->name, "%s is there already", name);
	row->f = &r->l->rows[h->n_rows];
	*row->f = (struct tc_field){ .name = keep_text(r, name, (size_t)n), .unit = "",
				     .ref = "-", .doc = "" };
	return row->f->name ? 0 : -ENOMEM;
}

static int read_row(struct reader *r, const struct word *name)
{
	struct row row = { .name = *name };
	int rc = name_row(r, &row), more;
	struct word w;

	if (rc == 0)
		rc = read_width(r, &row);
	while (rc == 0) {
		more = tc_header_word(r, &w);
		if (more <= 0) {
			rc = more;
			break;
		}
		if (!w.quoted) {
			rc = read_clause(r, &row, &w);
			continue;
		}
		row.f->doc = keep_text(r, w.at, w.len);
		rc = row.f->doc ? tc_header_no_more(r) : -ENOMEM;
		break;
	}
	if (rc == 0)
		rc = row.f->bits ? finish_row(r, &row) : finish_payload(r, &row);
	r->l->h.n_rows++;
	return rc;
}

/* ---- the text ------------------------------------------------------------------------ */

/* No escape sequence shall reach a terminal in a name or a meaning. */
static int check_bytes(const struct reader *r)
{
	struct word w = { .line = 1, .column = 1 };

	for (const char *at = r->at; at < r->end; at++, w.column++) {
		unsigned char c = (unsigned char)*at;

		if (c == '\n') {
			w.line++;
			w.column = 0;
		} else if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f) {
			return tc_header_wrong(r, &w, "byte 0x%02x: this is not text", c);
		}
	}
	return 0;
}

static int read_line(struct reader *r)
{
	struct word w;
	int rc = tc_header_word(r, &w);

	if (rc > 0)
		rc = word_is(&w, "header") ? read_header_line(r) : read_row(r, &w);
	while (r->at < r->end && *r->at != '\n')	/* a comment */
		r->at++;
	r->at += r->at < r->end;
	return rc;
}

int tc_header_read(struct tc_header **h, const char *file, const void *text, size_t n,
		   struct tc_error *err)
{
	struct reader r = { .file = file, .at = n ? text : "", .err = err };
	int rc;

	r.l = calloc(1, sizeof *r.l);
	if (!r.l)
		return tc_nomem(err);
	r.l->h = (struct tc_header){ .rows = r.l->rows, .var_row = -1, .ipproto = -1 };
	r.end = r.at + n;
	if (n >= 3 && memcmp(r.at, "\xef\xbb\xbf", 3) == 0)
		r.at += 3;		/* the mark that some editors begin a text with */
	rc = check_bytes(&r);
	while (rc == 0 && r.at < r.end) {
		r.line++;
		r.line_start = r.at;
		rc = read_line(&r);
	}
	if (rc == 0)
		rc = tc_header_check(&r);
	if (rc < 0) {
		tc_header_free(&r.l->h);
		return rc;
	}
	*h = &r.l->h;
	return 0;
}
