/* SPDX-License-Identifier: BSD-2-Clause */
/* One request, and its reply: sent again where it may get lost, believed as far as it can be. */
#include "own.h"

#include "base/format.h"
#include "syscalls/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PATIENCE (3 * TC_S)		/* with one reply */
#define AGAIN (200 * TC_MS)		/* that a datagram may take; twice that each time */
#define EACH (5 * TC_MS)		/* between requests of what is not yet */

/* With the lock held. What has gone wrong first is what is told. */
__attribute__((format(printf, 2, 3)))
static int beyond_help(struct dut_remote *r, const char *fmt, ...)
{
	char text[TC_ERROR_MSG_MAX];

	if (r->fault.code)
		return r->fault.code;
	TC_FORMAT(text, sizeof text, fmt);
	return tc_fail(&r->fault, -TC_ERR_HAND_GONE, "the machine under test (%.80s) %s",
		       r->way.text, text);
}

/* What does not begin with our number is somebody else's, as a console's, or an old reply. */
static bool is_mine(const struct dut_remote *r, struct tc_dut_line *reply, const char *text,
		    size_t n)
{
	char id[12];
	int digits = snprintf(id, sizeof id, "%u ", r->id);

	if (strncmp(text, id, (size_t)digits) != 0)
		return false;
	if (tc_dut_line_read(reply, text, n, NULL) < 0)
		reply->n = 0;		/* ours, and nonsense */
	return true;
}

static int silent(struct dut_remote *r, int rc, const char *request, const char *other)
{
	if (rc == -EPIPE)
		return beyond_help(r, r->way.kind == TC_WAY_EXEC ? "has ended" : "has hung up");
	if (rc == -ECONNREFUSED)
		return beyond_help(r, "is not there (port unreachable)");
	if (*other)
		return beyond_help(r, "answers '%.60s', which is no reply to '%.*s'", other,
				   (int)strcspn(request, "\n"), request);
	return beyond_help(r, "does not answer '%.*s' within %d s", (int)strcspn(request, "\n"),
			   request, (int)(PATIENCE / TC_S));
}

/* With the lock held. */
static int exchange(struct dut_remote *r, const char *request, size_t n,
		    struct tc_dut_line *reply)
{
	tc_time now = tc_clock_monotonic(), end = now + PATIENCE, until = now, gap = AGAIN;
	char text[TC_DUT_LINE], other[64] = "";
	int rc = -ETIMEDOUT;

	while (now < end) {
		if (now >= until && (rc == -ETIMEDOUT || r->lines.datagrams)) {
			rc = tc_lines_put(&r->lines, request, n, end);
			until = r->lines.datagrams && now + gap < end ? now + gap : end;
			gap *= 2;
		}
		if (rc >= 0 || rc == -ETIMEDOUT)
			rc = tc_lines_get(&r->lines, text, until);
		if (rc >= 0 && is_mine(r, reply, text, (size_t)rc))
			return reply->n ? 0 : beyond_help(r, "answers '%.60s'", text);
		if (rc >= 0)
			snprintf(other, sizeof other, "%.63s", text);
		else if (rc != -ETIMEDOUT)
			break;
		now = tc_clock_monotonic();
	}
	return silent(r, rc, request, other);
}

/* ---- what it says ------------------------------------------------------------------- */

void tc_dut_lies(struct dut_remote *r, struct tc_hand_call *c, const char *what,
		 const char *word)
{
	pthread_mutex_lock(&r->lock);
	beyond_help(r, "says '%.60s': %s", word, what);
	c->fault = r->fault;
	pthread_mutex_unlock(&r->lock);
}

static void refused(struct dut_remote *r, struct tc_hand_call *c,
		    const struct tc_dut_line *reply)
{
	if (strcmp(reply->word[0], TC_DUT_UNSUPPORTED) == 0) {
		tc_fail(&c->fault, -TC_ERR_HAND_LACKS, "the machine under test has no such thing%s%.80s",
			reply->n > 1 ? ": " : "", reply->n > 1 ? reply->word[1] : "");
		return;
	}
	c->result = -1;
	if (!tc_call_errno_value(reply->word[0], &c->error))
		tc_dut_lies(r, c, "neither ok nor the name of an error", reply->word[0]);
}

static bool once(struct dut_remote *r, struct tc_hand_call *c, const char *request,
		 struct tc_dut_line *reply)
{
	char line[TC_DUT_LINE];
	int n;

	pthread_mutex_lock(&r->lock);
	r->id++;
	n = snprintf(line, sizeof line, "%u %s\n", r->id, request);
	if (!r->fault.code && (n < 0 || (size_t)n >= sizeof line))
		tc_dut_lacks(c, "a line of more than %u bytes", TC_DUT_LINE);
	else if (r->fault.code || exchange(r, line, (size_t)n, reply) < 0)
		c->fault = r->fault;
	pthread_mutex_unlock(&r->lock);
	return !c->fault.code;
}

bool tc_dut_ask(struct dut_remote *r, struct tc_hand_call *c, bool waits, unsigned words,
		struct tc_dut_line *reply, const char *fmt, ...)
{
	const struct timespec each = { .tv_nsec = EACH };
	char request[TC_DUT_LINE];

	TC_FORMAT(request, sizeof request, fmt);
	while (once(r, c, request, reply) && waits && !r->left &&
	       strcmp(reply->word[0], TC_DUT_WAIT) == 0)
		nanosleep(&each, NULL);
	if (c->fault.code)
		return false;
	if (strcmp(reply->word[0], TC_DUT_OK) != 0)
		refused(r, c, reply);
	else if (reply->n <= words)
		tc_dut_lies(r, c, "there is a word too few", request);
	else
		return true;
	return false;
}
