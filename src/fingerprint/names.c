/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for lines, from the text of nmap's data base: "Fingerprint NAME", and below it a line a
 * test with what it allows: "T1(R=Y%DF=N%T=3B-45%S=O|Z)". The section "MatchPoints" says what
 * each is worth. As nmap does it, what one of the two does not say is not counted. Newer ones put
 * numbers inside of a value into brackets: "O1=M[>500]ST11W[1-5]".
 */
#include "nmap.h"

#include <stdio.h>
#include <string.h>

#define NEAR 85.0			/* percent; what is less like it is not named */

struct text {
	const char *at, *end;
};

static struct text cut(const struct text *t, const char *end)
{
	return (struct text){ t->at, end ? end : t->end };
}

/* Up to this byte, which is passed by; false: there is no more. */
static bool next(struct text *rest, char stop, struct text *part)
{
	const char *end;

	if (!rest->at || rest->at > rest->end || (rest->at == rest->end && stop == '\n'))
		return false;
	end = memchr(rest->at, stop, (size_t)(rest->end - rest->at));
	*part = cut(rest, end);
	rest->at = end ? end + 1 : NULL;
	return true;
}

static bool same(const struct text *a, const struct text *b)
{
	return a->end - a->at == b->end - b->at &&
	       memcmp(a->at, b->at, (size_t)(a->end - a->at)) == 0;
}

static bool begins(const struct text *t, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(t->end - t->at) >= n && memcmp(t->at, word, n) == 0;
}

/* "NAME(…)": what is inside, and which of the lines it is; TC_NMAP_LINES: none of them. */
static unsigned split(const struct text *line, struct text *inside)
{
	for (unsigned i = 0; i < TC_NMAP_LINES; i++) {
		size_t n = strlen(tc_nmap_line_name(i));

		if (begins(line, tc_nmap_line_name(i)) && (size_t)(line->end - line->at) > n &&
		    line->at[n] == '(') {
			*inside = (struct text){ line->at + n + 1, line->end };
			*inside = cut(inside, memchr(inside->at, ')', (size_t)(line->end - inside->at)));
			return i;
		}
	}
	return TC_NMAP_LINES;
}

/* The next "KEY=VALUE" of a line. */
static bool next_pair(struct text *rest, struct text *key, struct text *value)
{
	struct text pair;

	if (!next(rest, '%', &pair))
		return false;
	*key = *value = pair;
	if (!next(value, '=', key) || !value->at)
		*value = (struct text){ pair.end, pair.end };
	return true;
}

static bool find(struct text line, const struct text *key, struct text *value)
{
	struct text k;

	while (next_pair(&line, &k, value))
		if (same(&k, key))
			return true;
	return false;
}

/* Negative: it is none of this base. */
static int digit(char c, unsigned base)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *d = memchr(digits, c, base);

	return d ? (int)(d - digits) : -1;
}

/* The whole of it as a number, in this base. */
static bool number(const struct text *t, unsigned base, uint64_t *v)
{
	*v = 0;
	for (const char *p = t->at; p < t->end; p++) {
		int d = digit(*p, base);

		if (d < 0 || *v >> 56)
			return false;
		*v = *v * base + (uint64_t)d;
	}
	return t->at < t->end;
}

/* One of the values that a line allows: itself, "A-B", "<A", ">A". */
static bool allows(struct text one, const struct text *value)
{
	const char sign = one.at < one.end ? *one.at : 0;
	struct text low = one, high;
	uint64_t v, a, b;

	if (same(&one, value))
		return true;
	if (!number(value, 16, &v))
		return false;
	if (sign == '<' || sign == '>') {
		low.at++;
		return number(&low, 16, &a) && (sign == '<' ? v < a : v > a);
	}
	high = one;
	return next(&high, '-', &low) && high.at && number(&low, 16, &a) &&
	       number(&high, 16, &b) && v >= a && v <= b;
}

static bool is_allowed(struct text all, const struct text *value)
{
	struct text one;

	while (next(&all, '|', &one))
		if (allows(one, value))
			return true;
	return false;
}

/* One value with brackets: what is outside of them is itself, each of them stands for all digits
 * that are at its place. */
static bool fits(struct text one, struct text value)
{
	struct text part, inside, digits;

	while (next(&one, '[', &part)) {
		size_t n = (size_t)(part.end - part.at);

		if ((size_t)(value.end - value.at) < n || memcmp(part.at, value.at, n) != 0)
			return false;
		value.at += n;
		if (!one.at)
			return value.at == value.end;
		if (!next(&one, ']', &inside) || !one.at)
			return false;
		digits = (struct text){ value.at, value.at };
		while (digits.end < value.end && digit(*digits.end, 16) >= 0)
			digits.end++;
		if (digits.at == digits.end || !is_allowed(inside, &digits))
			return false;
		value.at = digits.end;
	}
	return value.at == value.end;
}

/* The next of the values that are allowed; a bar inside of brackets parts none. */
static bool next_value(struct text *rest, struct text *one)
{
	const char *p = rest->at;
	bool inside = false;

	if (!p)
		return false;
	for (; p < rest->end && (inside || *p != '|'); p++)
		inside = *p == '[' || (inside && *p != ']');
	*one = cut(rest, p);
	rest->at = p < rest->end ? p + 1 : NULL;
	return true;
}

static bool is_one_of(struct text all, const struct text *value)
{
	struct text one;

	while (next_value(&all, &one))
		if (memchr(one.at, '[', (size_t)(one.end - one.at)) ? fits(one, *value) :
		    allows(one, value))
			return true;
	return false;
}

struct judge {
	struct text ours[TC_NMAP_LINES];
	struct text points[TC_NMAP_LINES];
	struct text *lines;		/* of a section that is wanted: points, or theirs */
	struct text theirs[TC_NMAP_LINES];
	struct text name;		/* of the fingerprint that is being read */
	struct tc_nmap_name *best;
	unsigned n, most;
};

static double likeness(const struct judge *j)
{
	uint64_t points, right = 0, all = 0;
	struct text key, value, worth, allowed;

	for (unsigned i = 0; i < TC_NMAP_LINES; i++) {
		struct text rest = j->ours[i];

		while (next_pair(&rest, &key, &value)) {
			if (!find(j->points[i], &key, &worth) || !number(&worth, 10, &points) ||
			    !find(j->theirs[i], &key, &allowed))
				continue;
			all += points;
			right += is_one_of(allowed, &value) ? points : 0;
		}
	}
	return all ? 100.0 * (double)right / (double)all : 0;
}

/* The place that the one of this name has among the best, where a system has many prints; else the
 * last, or the one behind it. */
static unsigned place(const struct judge *j, const char *name)
{
	for (unsigned i = 0; i < j->n; i++)
		if (strcmp(j->best[i].name, name) == 0)
			return i;
	return j->n < j->most ? j->n : j->most - 1;
}

/* The one that was being read takes its place among the best; of equals the first stays. */
static void finish(struct judge *j)
{
	double percent = j->name.at ? likeness(j) : 0;
	struct tc_nmap_name new = { .percent = percent };
	unsigned i;

	if (percent < NEAR)
		return;
	snprintf(new.name, sizeof new.name, "%.*s", (int)(j->name.end - j->name.at), j->name.at);
	i = place(j, new.name);
	if (i < j->n && j->best[i].percent >= percent)
		return;
	j->n += i == j->n;
	for (; i > 0 && j->best[i - 1].percent < percent; i--)
		j->best[i] = j->best[i - 1];
	j->best[i] = new;
}

static void take(struct judge *j, const struct text *line)
{
	struct text inside;
	unsigned i;

	if (begins(line, "Fingerprint ")) {
		finish(j);
		j->name = (struct text){ line->at + strlen("Fingerprint "), line->end };
		memset(j->theirs, 0, sizeof j->theirs);
		j->lines = j->theirs;
	} else if (begins(line, "MatchPoints")) {
		j->lines = j->points;
	} else if (j->lines && (i = split(line, &inside)) < TC_NMAP_LINES) {
		j->lines[i] = inside;
	}
}

unsigned tc_nmap_nearest(const char *text, size_t n, const struct tc_buf lines[TC_NMAP_LINES],
			 struct tc_nmap_name *best, unsigned most)
{
	struct judge j = { .best = best, .most = most };
	struct text rest = { text, text + n }, line;

	for (unsigned i = 0; i < TC_NMAP_LINES; i++) {
		const char *at = (const char *)lines[i].data;

		line = (struct text){ at, at + lines[i].len };
		if (at)
			split(&line, &j.ours[i]);
	}
	while (next(&rest, '\n', &line))
		take(&j, &line);
	finish(&j);
	return j.n;
}
