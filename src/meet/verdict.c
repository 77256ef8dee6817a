/* SPDX-License-Identifier: BSD-2-Clause */
/* What the findings come to together, and which command to try next: rows of tables. */
#include "meet.h"

#include <stdio.h>
#include <string.h>

static const char *sentence(const struct tc_finding *f)
{
	return f->sentence.data ? (const char *)f->sentence.data : "";
}

static double number(const struct tc_finding *f, const char *name, double otherwise)
{
	const struct tc_fact *fact = f ? tc_finding_fact(f, name) : NULL;

	return fact ? fact->number : otherwise;
}

/* From there it is another server, as it seems: connections stay open. */
static bool opens(const struct tc_meet *m, const char *step)
{
	const struct tc_finding *f = tc_meet_found(m, step);

	return f && f->answered && !tc_meet_is(m, step, "resets") &&
	       !tc_meet_is(m, step, "closes");
}

#define OPENS "(opens)"			/* no verdict is such a word */

/* The first that holds: of each the step, and what that and talk found, or NULL for whatever it
 * is (OPENS: what leaves the connection open). The sentence is the step's, and so is the verdict
 * where there is no other. */
static const struct verdict {
	const char *step, *found, *talk, *verdict, *begin;
} verdicts[] = {
	{ "low-port", OPENS, NULL, "needs-low-port", "it ends connections at once, but not "
	  "those from a port below 1024: " },
	{ "other-address", OPENS, NULL, "needs-other-address", "it ends our connections at once, "
	  "but not those from our other address: " },
	{ "takes", "reads-no-more", NULL, NULL, "" },
	{ "read-size", "fixed-size", "closes-on-data", "fixed-read", "" },
	{ "read-size", "delimiter", NULL, "lines", "" },
	{ "talk", NULL, NULL, NULL, "" },	/* asked only where somebody accepts */
	{ "answers", NULL, NULL, NULL, "" },
};

static bool holds(const struct tc_meet *m, const struct verdict *v)
{
	if (v->talk && !tc_meet_is(m, "talk", v->talk))
		return false;
	if (!v->found)
		return tc_meet_found(m, v->step) != NULL;
	return strcmp(v->found, OPENS) == 0 ? opens(m, v->step) : tc_meet_is(m, v->step, v->found);
}

/* The refusal came over fewer routers than there are to the target, as path found. */
static void put_nearer(const struct tc_meet *m, struct tc_buf *out)
{
	double routers = number(tc_meet_found(m, "answers"), "routers_by_ttl", -1);
	double hops = number(tc_meet_found(m, "path"), "hops", 0);

	if (tc_meet_is(m, "answers", "refused") && routers >= 0 && routers + 1 < hops)
		tc_buf_printf(out, "; the way there has %.0f router%s: something nearer than the "
			      "target sent the reset", hops - 1, hops == 2 ? "" : "s");
}

const char *tc_meet_verdict(const struct tc_meet *m, struct tc_buf *out)
{
	for (size_t i = 0; i < sizeof verdicts / sizeof *verdicts; i++) {
		const struct tc_finding *f = tc_meet_found(m, verdicts[i].step);

		if (!holds(m, &verdicts[i]))
			continue;
		tc_buf_printf(out, "%s%s", verdicts[i].begin, sentence(f));
		put_nearer(m, out);
		return verdicts[i].verdict ? verdicts[i].verdict : f->verdict;
	}
	tc_buf_text(out, "stopped before anything was found");
	return "interrupted";
}

/* ---- what next ------------------------------------------------------------------------ */

#define ANY "accepts"			/* whatever else it does */
#define SAYS "(says)"			/* it ends each connection, and says something before */

/* @: HOST and PORT, with what the command needs besides. $: what ends a line there. */
static const struct {
	const char *verdict, *command, *why;
} nexts[] = {
	{ "refused", "tcpcraft send @ tcp.flags=S,SA,F,none", "which flags are refused, too" },
	{ "refused", "tcpcraft probe path @", "who is on the way" },
	{ "no-answer", "tcpcraft send @ tcp.flags=S,A,F --timeout 2", "is everything dropped?" },
	{ "no-answer", "tcpcraft probe path @ --timeout 2", "where it ends" },
	{ "unreachable", "tcpcraft probe path @", "who says so" },
	{ "needs-low-port", "tcpcraft connect @ -g 1023", "talk to it from such a port" },
	{ "needs-low-port", "tcpcraft probe read-size @ -g 900", "what it reads then" },
	{ SAYS, "tcpcraft connect @ -q", "hear what it says" },
	{ "resets", "tcpcraft probe unprovoked @ --timeout 30", "is it always so?" },
	{ "closes", "tcpcraft probe unprovoked @ --timeout 30", "is it always so?" },
	{ "fixed-read", "tcpcraft connect @ --data-each 1..64 --parallel 16",
	  "what each length does" },
	{ "fixed-read", "tcpcraft teach 9-silent-close", "what closing says of reading" },
	{ "fixed-read", "tcpcraft teach 15-legacy", "how such a server is understood, step by step" },
	{ "closes-on-data", "tcpcraft probe read-size @ --timeout 5", "what its first read takes" },
	{ "closes-on-data", "tcpcraft connect @ --data-each 1..64 --parallel 16",
	  "what each length does" },
	{ "closes-on-data", "tcpcraft teach 9-silent-close", "what closing says of reading" },
	{ "lines", "printf 'hello$' | tcpcraft connect @ -q", "say a line, and hear the answer" },
	{ "replies", "tcpcraft connect @", "talk to it" },
	{ "greets", "tcpcraft connect @", "talk to it" },
	{ "echoes", "tcpcraft probe overlap @ --echo", "which of two overlapping bytes it takes" },
	{ "echoes-in-part", "tcpcraft connect @", "talk to it" },
	{ "http", "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | tcpcraft connect @ -q", "a request" },
	{ "ssh", "printf 'SSH-2.0-tcpcraft\\r\\n' | tcpcraft connect @ -q", "what it offers" },
	{ "smtp-or-ftp", "printf 'HELP\\r\\n' | tcpcraft connect @ -q", "what it knows" },
	{ "pop3", "printf 'CAPA\\r\\n' | tcpcraft connect @ -q", "what it knows" },
	{ "imap", "printf 'a CAPABILITY\\r\\n' | tcpcraft connect @ -q", "what it knows" },
	{ "json", "printf '{}\\n' | tcpcraft connect @ -q", "an object without members" },
	{ "silent", "tcpcraft probe read-size @ --timeout 30", "does it wait for more?" },
	{ "silent", "tcpcraft teach 15-legacy", "how such a server is understood, step by step" },
	{ "reads-no-more", "tcpcraft probe unprovoked @ --timeout 30", "does it ever let go?" },
	{ "reads-no-more", "tcpcraft teach 5-windows", "who may send how much" },
	{ "gone", "tcpcraft probe unprovoked @", "is it back?" },
	{ "tarpit", "tcpcraft probe unprovoked @ --timeout 30", "does it ever let go?" },
	{ ANY, "tcpcraft probe all @ --html probe.html", "how its TCP behaves, with evidence" },
};

/* What printf needs for what read-size found; where it was not asked, our line was answered, which
 * ends as most protocols want it. */
static const char *line_end(const struct tc_meet *m)
{
	static const struct {
		const char *found, *written;
	} ends[] = { { "newline", "\\n" }, { "empty line", "\\r\\n\\r\\n" }, { "NUL", "\\0" } };
	const struct tc_finding *f = tc_meet_found(m, "read-size");
	const struct tc_fact *fact = f ? tc_finding_fact(f, "delimiter") : NULL;

	for (size_t i = 0; fact && i < sizeof ends / sizeof *ends; i++)
		if (strcmp(fact->text, ends[i].found) == 0)
			return ends[i].written;
	return "\\r\\n";
}

static void put_command(struct tc_buf *out, const struct tc_meet *m, const char *command,
			const struct tc_meet_target *t)
{
	while (*command) {
		size_t n = strcspn(command, "@$");

		tc_buf_printf(out, "%.*s", (int)n, command);
		command += n;
		if (*command == '@')
			tc_buf_printf(out, "%s %u%s", t->host, t->port, t->options);
		else if (*command)
			tc_buf_text(out, line_end(m));
		command += *command != '\0';
	}
}

static bool is_next(const struct tc_meet *m, const char *row, const char *verdict)
{
	if (strcmp(row, ANY) == 0)
		return tc_meet_is(m, "answers", "accepts");
	if (strcmp(row, SAYS) == 0)
		return m->usual.bytes && (strcmp(verdict, tc_habit_name(TC_HABIT_CLOSES)) == 0 ||
					  strcmp(verdict, tc_habit_name(TC_HABIT_RESETS)) == 0);
	return strcmp(row, verdict) == 0;
}

bool tc_meet_next(const struct tc_meet *m, const struct tc_meet_target *t, unsigned n,
		  struct tc_buf *out, const char **why)
{
	struct tc_buf unused = { 0 };
	const char *verdict = tc_meet_verdict(m, &unused);
	unsigned at = 0;

	tc_buf_free(&unused);
	for (size_t i = 0; i < sizeof nexts / sizeof *nexts; i++) {
		if (!is_next(m, nexts[i].verdict, verdict))
			continue;
		if (at++ != n)
			continue;
		put_command(out, m, nexts[i].command, t);
		*why = nexts[i].why;
		return true;
	}
	return false;
}
