/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line of strace taken apart:
 *
 *	PID TIME NAME(ARGS) = RESULT[<WHAT IT IS>] [ERRNO (WORDS)] <DURATION>
 *	PID TIME --- SIGNAL {…} ---
 *	PID TIME +++ exited with N +++
 *
 * Strings are quoted and escaped by strace; behind a descriptor -yy names what it is in
 * angle brackets, which are left out of the text that people see.
 */
#include "line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MOST 4000000000ll	/* twice that still fits into a tc_time */

static const char *skip_spaces(const char *at)
{
	while (*at == ' ')
		at++;
	return at;
}

/* "SECONDS.FRACTION", to the nanosecond. NULL when it is none. */
static const char *read_time(tc_time *t, const char *at)
{
	long long seconds = 0;
	tc_time unit = TC_S;

	if (!isdigit((unsigned char)*at))
		return NULL;
	for (; isdigit((unsigned char)*at); at++)
		if ((seconds = seconds * 10 + (*at - '0')) > SECONDS_MOST)
			return NULL;
	if (*at != '.' || !isdigit((unsigned char)at[1]))
		return NULL;
	*t = seconds * TC_S;
	for (at++; isdigit((unsigned char)*at); at++) {
		unit /= 10;
		*t += (*at - '0') * unit;
	}
	return at;
}

static const char *read_pid(int *pid, const char *at)
{
	long n = 0;

	if (!isdigit((unsigned char)*at))
		return NULL;
	for (; isdigit((unsigned char)*at); at++)
		if ((n = n * 10 + (*at - '0')) > 1 << 30)
			return NULL;
	*pid = (int)n;
	return at;
}

const char *tc_strace_head(struct strace_head *h, const char *line)
{
	const char *at = line, *behind;

	*h = (struct strace_head){ 0 };
	if (strncmp(at, "[pid ", 5) == 0) {
		at = read_pid(&h->pid, skip_spaces(at + 5));
		if (!at || *at != ']')
			return NULL;
		at++;
	} else {
		behind = read_pid(&h->pid, at);
		if (behind && *behind == ' ')
			at = behind;
		else
			h->pid = 0;	/* the digits were those of the time */
	}
	at = read_time(&h->at, skip_spaces(at));
	return at && *at == ' ' ? skip_spaces(at) : NULL;
}

/* ---- descriptors and what they are ------------------------------------------------- */

/* The port behind the last colon of [from, to), or 0. */
static uint16_t port_of(const char *from, const char *to)
{
	const char *at = to;
	unsigned long n = 0;

	while (at > from && isdigit((unsigned char)at[-1]))
		at--;
	if (at == from || at == to || at[-1] != ':')
		return 0;
	for (; at < to && n <= 65535; at++)
		n = n * 10 + (unsigned)(*at - '0');
	return n <= 65535 ? (uint16_t)n : 0;
}

/* "TCP:[127.0.0.1:9999->127.0.0.1:40000]", "TCPv6:[[::]:9999]", "TCP:[10112478]". */
static void note_socket(struct tc_syscall *c, const char *what, const char *end, bool result)
{
	const char *arrow, *first;
	struct tc_syscall_socket s = { .is_result = result };

	if (strncmp(what, "TCP:[", 5) == 0)
		first = what + 5;
	else if (strncmp(what, "TCPv6:[", 7) == 0)
		first = what + 7;
	else
		return;
	if (end > first && end[-1] == ']')
		end--;
	for (arrow = first; arrow + 1 < end; arrow++)
		if (arrow[0] == '-' && arrow[1] == '>')
			break;
	if (arrow + 1 < end) {
		s.local = port_of(first, arrow);
		s.remote = port_of(arrow + 2, end);
	} else {
		s.local = port_of(first, end);
	}
	if (c->n_sockets < TC_SYSCALL_SOCKETS)
		c->sockets[c->n_sockets++] = s;
}

/* At a '<' behind a descriptor: the matching '>'. They nest ("</dev/null<char 1:3>>"), and
 * the arrow between two ends is none. NULL: it does not end. */
static const char *end_of_what(const char *at)
{
	int depth = 0;

	for (const char *p = at; *p; p++) {
		if (*p == '<')
			depth++;
		else if (*p == '>' && p[-1] != '-' && --depth == 0)
			return p;
	}
	return NULL;
}

static bool begins_what(const char *text, const char *at)
{
	return *at == '<' && at > text && (isdigit((unsigned char)at[-1]) ||
	       (at - text >= 8 && strncmp(at - 8, "AT_FDCWD", 8) == 0)) &&
	       at[1] != '<' && at[1] != ' ';
}

/* ---- the call ----------------------------------------------------------------------- */

struct copy {
	struct tc_syscall *c;
	const char *text, *at;
	size_t n;
};

static void put(struct copy *k, char ch)
{
	if (k->n + 1 < sizeof k->c->text)
		k->c->text[k->n++] = isprint((unsigned char)ch) ? ch : '?';
	k->c->text[k->n] = 0;
}

/* A quoted string as a whole: nothing in it has a meaning. */
static void copy_string(struct copy *k)
{
	put(k, *k->at++);
	while (*k->at && *k->at != '"') {
		if (*k->at == '\\' && k->at[1])
			put(k, *k->at++);
		put(k, *k->at++);
	}
	if (*k->at)
		put(k, *k->at++);
}

/* One piece of the text: a string, what a descriptor is (not copied), or a character. */
static void copy_one(struct copy *k, bool result)
{
	const char *end;

	if (*k->at == '"') {
		copy_string(k);
	} else if (begins_what(k->text, k->at) && (end = end_of_what(k->at))) {
		note_socket(k->c, k->at + 1, end, result);
		k->at = end + 1;
	} else {
		if (strncmp(k->at, "htons(", 6) == 0 && !k->c->address_port)
			k->c->address_port = (uint16_t)strtoul(k->at + 6, NULL, 10);
		put(k, *k->at++);
	}
}

/* Up to the parenthesis that closes the first. */
static bool copy_args(struct copy *k)
{
	int depth = 0;

	while (*k->at) {
		if (*k->at == '(')
			depth++;
		if (*k->at == ')' && --depth == 0)
			return true;
		copy_one(k, false);
	}
	return false;
}

/* "<0.000012>" at the end of the line. */
static void read_duration(struct tc_syscall *c, const char *text)
{
	const char *open = strrchr(text, '<'), *end;
	tc_time d;

	if (!open || open == text || open[-1] != ' ')
		return;
	end = read_time(&d, open + 1);
	if (end && *end == '>' && !end[1])
		c->duration = d;
}

/* "= 16", "= -1 EAGAIN (Resource …)", "= 0x7f…", "= ?", "= ? ERESTARTSYS (To be …)". */
static void read_result(struct tc_syscall *c, const char *at)
{
	char *end = NULL;
	size_t n;

	c->value = strtoll(at, &end, 0);
	c->returned = end != at;
	at = skip_spaces(c->returned ? end : at + (*at == '?'));
	if (*at != 'E')
		return;
	for (n = 0; isupper((unsigned char)at[n]) || isdigit((unsigned char)at[n]); n++)
		;
	if (n < sizeof c->error)
		memcpy(c->error, at, n);
}

/* Behind the arguments; ends before the duration, which has a field of its own. */
static void copy_result(struct copy *k)
{
	size_t from;

	put(k, *k->at++);
	k->at = skip_spaces(k->at);
	if (*k->at != '=')
		return;
	put(k, ' ');
	put(k, *k->at++);
	from = k->n;
	while (*k->at && !(k->at[0] == ' ' && k->at[1] == '<' && isdigit((unsigned char)k->at[2])))
		copy_one(k, true);
	read_result(k->c, skip_spaces(k->c->text + from));
}

static bool read_call(struct tc_syscall *c, const char *text)
{
	struct copy k = { c, text, text, 0 };
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");

	if (n == 0 || n >= sizeof c->name || text[n] != '(')
		return false;
	memcpy(c->name, text, n);
	c->args = n + 1;
	read_duration(c, text);
	if (copy_args(&k)) {
		c->args_len = k.n > c->args ? k.n - c->args : 0;
		copy_result(&k);
	} else {
		c->args_len = k.n > c->args ? k.n - c->args : 0;
		while (k.n && (c->text[k.n - 1] == ' ' || c->text[k.n - 1] == ','))
			c->text[--k.n] = 0;
		c->args_len = k.n > c->args ? k.n - c->args : 0;
	}
	return true;
}

/* Without what strace says besides ("{si_signo=SIGPIPE, …}"). */
static bool read_signal(struct tc_syscall *c, const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-");
	struct copy k = { c, text, "--- ", 0 };

	if (strncmp(text, "stopped by ", 11) == 0)
		n = 11 + strspn(text + 11, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-");
	if (n == 0 || n >= sizeof c->name)
		return false;
	c->kind = TC_SYSCALL_SIGNAL;
	memcpy(c->name, text, n);
	while (*k.at)
		put(&k, *k.at++);
	for (size_t i = 0; i < n; i++)
		put(&k, text[i]);
	for (k.at = " ---"; *k.at;)
		put(&k, *k.at++);
	return true;
}

static bool read_exit(struct tc_syscall *c, const char *text)
{
	struct copy k = { c, text, text, 0 };

	c->kind = TC_SYSCALL_EXIT;
	strcpy(c->name, "exit");
	while (*k.at)
		put(&k, *k.at++);
	return strncmp(text, "+++ exited ", 11) == 0 || strncmp(text, "+++ killed ", 11) == 0 ||
	       strncmp(text, "+++ superseded ", 15) == 0;
}

bool tc_strace_line(struct tc_syscall *c, const struct strace_head *h, const char *text)
{
	*c = (struct tc_syscall){ .pid = h->pid, .entry = h->at, .duration = -1 };
	if (strncmp(text, "--- ", 4) == 0)
		return read_signal(c, text + 4);
	if (strncmp(text, "+++ ", 4) == 0)
		return read_exit(c, text);
	return read_call(c, text);
}
