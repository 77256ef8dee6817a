/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of strace, put together: what a blocked call began and another line ends is one
 * call. Taking a whole line apart is line.c's.
 */
#include "line.h"

#include <tcpcraft/error.h>

#include <stdlib.h>
#include <string.h>

#define LINE_MOST 8192		/* the rest of a longer line is dropped */
#define PENDING_MOST 256	/* calls under way at once, of all processes */

/* A call that has not returned: its first half. */
struct pending {
	int pid;
	tc_time entry;
	char *head;
};

struct tc_strace {
	char line[LINE_MOST + 1];
	size_t len;
	bool skipping;			/* … to the end of a line that is too long */
	struct pending pending[PENDING_MOST];
	size_t n_pending;
	uint64_t odd;
	struct tc_syscall call;
};

int tc_strace_open(struct tc_strace **out, struct tc_error *err)
{
	*out = calloc(1, sizeof **out);
	return *out ? 0 : tc_nomem(err);
}

static void forget(struct tc_strace *s, size_t i)
{
	free(s->pending[i].head);
	memmove(&s->pending[i], &s->pending[i + 1],
		(--s->n_pending - i) * sizeof s->pending[0]);
}

void tc_strace_close(struct tc_strace *s)
{
	while (s && s->n_pending)
		forget(s, s->n_pending - 1);
	free(s);
}

uint64_t tc_strace_odd(const struct tc_strace *s)
{
	return s->odd;
}

static size_t find_pending(const struct tc_strace *s, int pid)
{
	size_t i = 0;

	while (i < s->n_pending && s->pending[i].pid != pid)
		i++;
	return i;
}

/* A process has one call under way; another first half means that its end was lost. */
static void keep_half(struct tc_strace *s, const struct strace_head *h, const char *text,
		      size_t n)
{
	size_t i = find_pending(s, h->pid);
	char *head = strndup(text, n);

	if (i < s->n_pending)
		forget(s, i);
	else if (s->n_pending == PENDING_MOST)
		forget(s, 0);
	if (head)
		s->pending[s->n_pending++] = (struct pending){ h->pid, h->at, head };
}

static void tell_line(struct tc_strace *s, const struct strace_head *h, const char *text,
		      tc_syscall_fn *tell, void *ctx)
{
	if (tc_strace_line(&s->call, h, text))
		tell(ctx, &s->call);
	else
		s->odd++;
}

/* "<... read resumed>" and the rest: behind its first half it is a whole line. */
static void tell_resumed(struct tc_strace *s, const struct strace_head *h, const char *rest,
			 tc_syscall_fn *tell, void *ctx)
{
	struct strace_head whole = *h;
	size_t i = find_pending(s, h->pid), n;
	char text[2 * LINE_MOST + 1];

	if (i == s->n_pending) {
		s->odd++;
		return;
	}
	while (*rest == ' ')	/* " <unfinished ...>) = ?": it ended with its process */
		rest++;
	if (strncmp(rest, "<unfinished ...>", 16) == 0)
		rest += 16;
	n = strlen(s->pending[i].head);
	memcpy(text, s->pending[i].head, n);
	memcpy(text + n, rest, strlen(rest) + 1);
	whole.at = s->pending[i].entry;
	forget(s, i);
	tell_line(s, &whole, text, tell, ctx);
}

/* Where a line says that its call goes on, or NULL. The space before that is strace's word's. */
static const char *unfinished(const char *text)
{
	static const char *const marks[] = { "<unfinished ...>", "<detached ...>" };
	size_t n = strlen(text), m;

	while (n && text[n - 1] == ' ')
		n--;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		m = strlen(marks[i]);
		if (n > m + 1 && strncmp(text + n - m, marks[i], m) == 0)
			return text + n - m - (text[n - m - 1] == ' ');
	}
	return NULL;
}

static void take_line(struct tc_strace *s, tc_syscall_fn *tell, void *ctx)
{
	struct strace_head h;
	const char *text, *end, *rest;

	s->line[s->len] = 0;
	text = tc_strace_head(&h, s->line);
	if (!text) {
		s->odd += s->len > 0;
		return;
	}
	end = unfinished(text);
	if (strncmp(text, "<... ", 5) == 0 && (rest = strstr(text, " resumed>")))
		tell_resumed(s, &h, rest + strlen(" resumed>"), tell, ctx);
	else if (end)
		keep_half(s, &h, text, (size_t)(end - text));
	else
		tell_line(s, &h, text, tell, ctx);
}

void tc_strace_feed(struct tc_strace *s, const uint8_t *bytes, size_t n, tc_syscall_fn *tell,
		    void *ctx)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n') {
			take_line(s, tell, ctx);
			s->len = 0;
			s->skipping = false;
		} else if (s->len == LINE_MOST) {
			s->skipping = true;
		} else if (!s->skipping) {
			/* a NUL would end the line for all who read it */
			s->line[s->len++] = bytes[i] ? (char)bytes[i] : '?';
		}
	}
}

void tc_strace_end(struct tc_strace *s, tc_syscall_fn *tell, void *ctx)
{
	if (s->len)
		take_line(s, tell, ctx);
	s->len = 0;
	while (s->n_pending) {
		struct pending *p = &s->pending[0];
		struct strace_head h = { p->pid, p->entry };

		tell_line(s, &h, p->head, tell, ctx);
		forget(s, 0);
	}
}
