/* SPDX-License-Identifier: BSD-2-Clause */
/* Text for terminals; see layout.h. */
#include "layout.h"

#include <tcpcraft/buf.h>
#include "wire/segment_line.h"
#include <tcpcraft/verdict.h>

#include <string.h>

#define NARROWEST 20u
#define DEEPER 4u		/* than the line that goes on */
#define TIME_DIGITS 6u		/* behind the point, as tc_line_time has them */

/* What a colour means. It only underlines what stands there as a word or a sign: without
 * colours nothing is lost. */
enum meaning { PLAIN, TIME, OURS, PEERS, KERNELS, CHANGED, AGAIN, FAULT, GOOD, FOUND };

static const char *const colours[] = {
	[PLAIN] = "\033[0m", [TIME] = "\033[2m", [OURS] = "\033[1;36m",
	[PEERS] = "\033[1;32m", [KERNELS] = "\033[1;35m", [CHANGED] = "\033[1;33m",
	[AGAIN] = "\033[33m", [FAULT] = "\033[1;31m", [GOOD] = "\033[1;32m",
	[FOUND] = "\033[1m",
};

struct word {
	const char *text;
	enum meaning meaning;
};

static const struct word arrows[] = {
	{ "--> ", OURS }, { "--x ", FAULT }, { "~~> ", KERNELS }, { "<~~ ", KERNELS },
	{ "<-- ", PEERS },
};

/* Anywhere in a line. */
static const struct word marks[] = {
	{ "[retransmission]", AGAIN }, { "[fast_retransmission]", AGAIN },
	{ "[spurious_retransmission]", AGAIN }, { "[out_of_order]", AGAIN },
	{ "[duplicate_ack]", AGAIN }, { "[lost_segment]", FAULT },
	{ "[ack_lost_segment]", FAULT }, { "[overlap-differs]", FAULT },
	{ "[kernel-reset]", KERNELS }, { "[checksum bad]", FAULT },
	{ "[IP checksum bad]", FAULT }, { "[never seen on the wire]", FAULT },
	{ "BAD, expected", FAULT }, { "Damaged:", FAULT }, { " failed:", FAULT },
	{ ": passed:", GOOD }, { "  ! ", FAULT },
};

/* What a line begins with: the verdict of a case, of a check-up, the kind of a finding. */
static const struct word heads[] = {
	{ "pass  ", GOOD }, { "fail  ", FAULT }, { "ok    ", GOOD }, { "warn  ", AGAIN },
	{ "died: case ", FAULT }, { "hang: case ", FAULT }, { "refuses: case ", FAULT },
	{ "accepted: case ", FAULT }, { "novel: case ", AGAIN },
};

/* At the beginning of a line, behind its indentation: all of it. */
static const struct word lines[] = {
	{ "* ", CHANGED }, { "! ", AGAIN }, { "^ ", KERNELS }, { "failed:", FAULT },
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static size_t spaces(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && text[i] == ' ')
		i++;
	return i;
}

static bool begins(const char *text, size_t n, const char *with)
{
	size_t len = strlen(with);

	return len <= n && memcmp(text, with, len) == 0;
}

static const struct word *find(const struct word *table, size_t count, const char *text,
			       size_t n)
{
	for (size_t i = 0; i < count; i++)
		if (begins(text, n, table[i].text))
			return &table[i];
	return NULL;
}

static bool is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

/* Where the arrow of a ladder's line is: "  0.000123 [7] --> …"; 0: it is none. */
static size_t arrow_at(const char *line, size_t n)
{
	size_t i = spaces(line, n), digits = 0;

	i += i < n && line[i] == '-';
	while (i < n && is_digit(line[i]))
		i++;
	if (i == 0 || i >= n || !is_digit(line[i - 1]) || line[i] != '.')
		return 0;
	while (++i < n && is_digit(line[i]))
		digits++;
	if (digits != TIME_DIGITS || i >= n || line[i] != ' ')
		return 0;
	i++;
	if (i < n && line[i] == '[')
		while (i < n && line[i++] != ' ')
			;
	return find(arrows, COUNT(arrows), line + i, n - i) ? i : 0;
}

/* ---- breaking ------------------------------------------------------------------------ */

/* The word that ends before `end` says what the next one is. */
static bool is_name(const char *line, size_t end)
{
	static const char *const names[] = { "seq", "ack", "win", "urg", "mss", "wscale", "TS",
					     "val", "ecr", "sack", "type", "code", "step", "RFC",
					     "ISN" };
	size_t from = end;

	while (from > 0 && !strchr(" ,<(", line[from - 1]))
		from--;
	for (size_t i = 0; i < COUNT(names); i++)
		if (end - from == strlen(names[i]) &&
		    memcmp(line + from, names[i], end - from) == 0)
			return true;
	return false;
}

/* "TS val 1 ecr 0" and "seq 1:33 (32)" are one each. */
static bool belongs(const char *rest, size_t n)
{
	return begins(rest, n, "ecr ") || (n > 1 && rest[0] == '(' && is_digit(rest[1]));
}

enum place { NEVER, HERE, BEST };

/* May a line end before line[i]? */
static enum place may_break(const char *line, size_t n, size_t i, bool options)
{
	const char *next = line + i + spaces(line + i, n - i);
	size_t left = (size_t)(line + n - next);

	if (options && line[i - 1] == ',')
		return HERE;
	if (line[i] != ' ' || is_name(line, i) || belongs(next, left))
		return NEVER;
	if (left && strchr("<[(", next[0]))
		return BEST;
	return next > line + i + 1 ? BEST : HERE;
}

/* "7| +0 < F. ...": a line of a script, which is read as one. */
static bool is_script(const char *text, size_t n)
{
	size_t digits = 0;

	while (digits < n && is_digit(text[digits]))
		digits++;
	return digits && begins(text + digits, n - digits, "| ");
}

/* Is what stands behind n bytes of text between '<' and '>'? */
static bool inside(const char *text, size_t n, bool before)
{
	for (size_t i = 0; i < n; i++)
		before = text[i] == '<' || (before && text[i] != '>');
	return before;
}

/* Bytes of the line that go into `room` columns; options: it begins among them. */
static size_t cut(const char *line, size_t n, unsigned room, bool options)
{
	size_t here = 0, best = 0, i, from = spaces(line, n);
	bool script = is_script(line + from, n - from);
	unsigned column = 0;

	for (i = 0; i < n; i++) {
		enum place place = i > from ? may_break(line, n, i, options) : NEVER;
		size_t next = i + spaces(line + i, n - i);

		if (script && place == BEST)
			place = HERE;
		script |= place == BEST && is_script(line + next, n - next);
		if (place != NEVER)
			here = i;
		if (place == BEST && column > room / 4)
			best = i;
		if (column == room && ((uint8_t)line[i] & 0xc0) != 0x80)
			break;
		options = inside(line + i, 1, options);
		column += ((uint8_t)line[i] & 0xc0) != 0x80;
	}
	return i == n ? n : best ? best : here ? here : i;
}

/* ---- colours ------------------------------------------------------------------------- */

static void put_coloured(struct tc_buf *out, enum meaning meaning, const char *text, size_t n)
{
	tc_buf_text(out, colours[meaning]);
	tc_buf_add(out, text, n);
	tc_buf_text(out, colours[PLAIN]);
}

static void put_marked(struct tc_buf *out, const char *text, size_t n)
{
	for (size_t i = 0; i < n;) {
		const struct word *mark = find(marks, COUNT(marks), text + i, n - i);
		size_t len = mark ? strlen(mark->text) : 1;

		if (mark)
			put_coloured(out, mark->meaning, text + i, len);
		else
			tc_buf_add(out, text + i, len);
		i += len;
	}
}

/* "reply: …": how a run ended; or another word that a line begins with. */
static size_t verdict(const char *line, size_t n, enum meaning *meaning)
{
	const struct word *head = find(heads, COUNT(heads), line, n);

	if (head) {
		*meaning = head->meaning;
		return strcspn(head->text, ": ");
	}
	for (unsigned v = 0; v < TC_VERDICTS; v++) {
		const char *name = tc_verdict_name((enum tc_verdict)v);
		size_t len = strlen(name);

		if (len && begins(line, n, name) && len < n && line[len] == ':') {
			*meaning = v == TC_VERDICT_REPLY ? GOOD : FAULT;
			return len;
		}
	}
	return 0;
}

/* "10.0.0.2:80 isn: rfc6528: …", "talk      waits: …": what an experiment came to, in a word
 * behind its name. Its length, and where it stands. (What is marked in each line has its own
 * colour.) */
static size_t found(const char *line, size_t n, size_t *at)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t i = 0, len = 0;

	while (i < n && !begins(line + i, n - i, ": ") && !begins(line + i, n - i, "  "))
		i++;
	if (i == 0 || i >= n || begins(line, n, "tcpcraft: ") ||
	    find(marks, COUNT(marks), line + i, n - i))
		return 0;
	i += line[i] == ':';
	if (find(marks, COUNT(marks), line + i, n - i))
		return 0;
	i += spaces(line + i, n - i);
	while (i + len < n && memchr(letters, line[i + len], sizeof letters - 1))
		len++;
	*at = i;
	return len && line[i] >= 'a' && begins(line + i + len, n - i - len, ": ") ? len : 0;
}

/* A piece of a line: all of it in one colour, or the first piece, or a later one. */
static void put_piece(struct tc_buf *out, const char *piece, size_t n, enum meaning whole,
		      bool first)
{
	size_t at = first ? arrow_at(piece, n) : 0, head, len, blank = spaces(piece, n);
	enum meaning meaning = PLAIN;

	if (whole != PLAIN) {
		tc_buf_add(out, piece, blank);
		put_coloured(out, whole, piece + blank, n - blank);
		return;
	}
	if (at) {
		meaning = find(arrows, COUNT(arrows), piece + at, n - at)->meaning;
		head = at + 4;			/* the arrow, and the flags behind it */
		while (head < n && piece[head] != ' ')
			head++;
		put_coloured(out, TIME, piece, at);
		put_coloured(out, meaning, piece + at, head - at);
	} else {
		head = first ? verdict(piece, n, &meaning) : 0;
		if (head) {
			put_coloured(out, meaning, piece, head);
		} else if (first && (len = found(piece, n, &at)) != 0) {
			tc_buf_add(out, piece, at);
			put_coloured(out, FOUND, piece + at, len);
			head = at + len;
		}
	}
	put_marked(out, piece + head, n - head);
}

/* ---- a line -------------------------------------------------------------------------- */

/* "  0.000284          |  bind(3, ..., ...) = 0": where the column of calls begins, behind a time
 * and blanks; 0: it is no such line. */
static size_t bar_at(const char *line, size_t n)
{
	size_t i = 0;

	while (i < n && (line[i] == ' ' || line[i] == '-' || line[i] == '.' || is_digit(line[i])))
		i++;
	return begins(line + i, n - i, "|  ") ? i : 0;
}

/* Blanks before that column, of which the line is too long and without which it is not. */
static size_t too_many(const char *line, size_t n, size_t bar, unsigned width)
{
	size_t columns = 0, blanks = 0;

	for (size_t i = 0; i < n; i++)
		columns += ((uint8_t)line[i] & 0xc0) != 0x80;
	while (blanks < bar && line[bar - 1 - blanks] == ' ')
		blanks++;
	return width && columns > width && columns - width + 2 <= blanks ? columns - width : 0;
}

static void put(struct tc_buf *out, const struct tc_layout *how, const char *piece, size_t n,
		enum meaning whole, bool first)
{
	if (how->colour)
		put_piece(out, piece, n, whole, first);
	else
		tc_buf_add(out, piece, n);
}

static void put_line(struct tc_buf *out, const struct tc_layout *how, const char *line,
		     size_t n)
{
	size_t blank = spaces(line, n), indent, len;
	const struct word *sort = find(lines, COUNT(lines), line + blank, n - blank);
	enum meaning whole = how->colour && sort ? sort->meaning : PLAIN;
	unsigned width = how->width < NARROWEST ? NARROWEST : how->width;
	bool first = true, options = false;
	size_t bar = bar_at(line, n), off = how->width ? too_many(line, n, bar, width) : 0;

	if (off) {
		put(out, how, line, bar - off, whole, true);
		put(out, how, line + bar, n - bar, whole, false);
		return;
	}
	indent = arrow_at(line, n) ? strlen(TC_LINE_INDENT) : blank + DEEPER;
	if (indent > width / 2)
		indent = width / 4;
	do {
		size_t text;

		len = how->width ? cut(line, n, width - (first ? 0 : (unsigned)indent),
				       options) : n;
		options = inside(line, len, options);
		for (size_t i = 0; i < indent && !first; i++)
			tc_buf_add_u8(out, ' ');
		for (text = len; len < n && text && line[text - 1] == ' '; text--)
			;
		put(out, how, line, text, whole, first);
		if (len < n)
			len += spaces(line + len, n - len);
		line += len;
		n -= len;
		first = false;
		if (n)
			tc_buf_add_u8(out, '\n');
	} while (n);
}

void tc_layout(struct tc_buf *out, const struct tc_layout *how, const char *text, size_t n)
{
	const char *end;
	size_t len;

	if (!how->width && !how->colour) {
		tc_buf_add(out, text, n);
		return;
	}
	for (; n; text += len, n -= len) {
		end = memchr(text, '\n', n);
		len = end ? (size_t)(end - text) : n;
		put_line(out, how, text, len);
		if (end) {
			tc_buf_add_u8(out, '\n');
			len++;
		}
	}
}
