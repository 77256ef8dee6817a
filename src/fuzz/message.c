/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request as its text says it: frames one behind the other, each with fields of its own and
 * a body (payload.c), counts and sums right; of all of them perhaps only the beginning.
 */
#include "own.h"

#include <tcpcraft/payload.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SETS_MAX 8

/* The frame that is being read. */
struct part {
	char *sets[SETS_MAX + 1];	/* and what says a body over the limit */
	unsigned n_sets, times;
	char body[TC_FUZZ_PAYLOAD_MAX];
};

struct message {
	struct tc_buf *out;		/* NULL: only whether it can be read */
	const struct tc_header *h;
	const uint8_t *valid;		/* the body of the valid request */
	size_t n_valid;
	struct part part;
	unsigned cut;			/* of all bytes so many are sent; 0: all */
	unsigned frames;		/* so far */
	size_t before;			/* bytes of the last one before its body */
};

static int build(struct message *m, struct tc_buf *frame, struct tc_error *err)
{
	struct part *p = &m->part;
	struct tc_buf body = { 0 };
	char set[TC_FUZZ_SET_MAX];
	int rc = tc_fuzz_body(&body, p->body, m->valid, m->n_valid, err);

	if (rc == 0 && m->h && tc_fuzz_over_limit(m->h, body.len, set))
		p->sets[p->n_sets++] = set;
	if (rc == 0 && m->h)
		rc = tc_payload_build(frame, m->h, body.data, body.len, p->sets, p->n_sets, err);
	if (rc == 0 && m->h)
		m->before = frame->len < m->h->tail_bytes + body.len ? TC_FUZZ_NO_FRAME
				: frame->len - m->h->tail_bytes - body.len;
	else if (rc == 0)
		tc_buf_add(frame, body.data, body.len);
	tc_buf_free(&body);
	return rc;
}

/* The frame is read: as often as it says behind those before it. */
static int end_part(struct message *m, struct tc_error *err)
{
	struct tc_buf frame = { 0 };
	int rc = m->out ? build(m, &frame, err)
			: tc_fuzz_body(&frame, m->part.body, NULL, 0, err);

	if (rc == 0 && m->out && m->out->len + frame.len * (m->part.times + 0ull) >
				 TC_FUZZ_BODY_MAX)
		rc = tc_fail(err, -EMSGSIZE, "a request has at most %d bytes", TC_FUZZ_BODY_MAX);
	for (unsigned i = 0; m->out && rc == 0 && i < m->part.times; i++)
		tc_buf_add(m->out, frame.data, frame.len);
	m->frames += m->part.times;
	tc_buf_free(&frame);
	m->part = (struct part){ .times = 1 };
	return rc;
}

static int add_set(struct message *m, char *word, struct tc_error *err)
{
	if (m->part.n_sets == SETS_MAX)
		return tc_fail(err, -EINVAL, "'%.40s': a frame has %d fields set at most", word,
			       SETS_MAX);
	if (m->out && !m->h)
		return tc_fail(err, -EINVAL, "'%.40s': raw bytes have no fields", word);
	m->part.sets[m->part.n_sets++] = word;
	return 0;
}

/* One of 1 to TC_FUZZ_BODY_MAX, and nothing behind it. */
static bool is_number(const char *word, unsigned *n)
{
	int used = 0;

	return isdigit((unsigned char)*word) && sscanf(word, "%5u%n", n, &used) == 1 &&
	       !word[used] && *n >= 1 && *n <= TC_FUZZ_BODY_MAX;
}

static int take_word(struct message *m, char *word, struct tc_error *err)
{
	size_t used;

	if (m->cut)
		return tc_fail(err, -EINVAL, "'%.40s' stands behind cut:%u, which is the last "
			       "word", word, m->cut);
	if (strcmp(word, "/") == 0)
		return end_part(m, err);
	if (strchr(word, '='))
		return add_set(m, word, err);
	if (*word == 'x') {
		if (is_number(word + 1, &m->part.times))
			return 0;
		return tc_fail(err, -EINVAL, "'%.40s' is not xN, a frame N times", word);
	}
	if (strncmp(word, "cut:", 4) == 0) {
		if (is_number(word + 4, &m->cut))
			return 0;
		return tc_fail(err, -EINVAL, "'%.40s' is not cut:N, the first N bytes", word);
	}
	used = strlen(m->part.body);	/* kept for payload.c */
	snprintf(m->part.body + used, sizeof m->part.body - used, "%s%s", used ? " " : "", word);
	return 0;
}

static int read_message(struct message *m, const char *text, struct tc_error *err)
{
	char words[TC_FUZZ_PAYLOAD_MAX], *save = NULL;
	size_t before = m->out ? m->out->len : 0;
	int rc = 0;

	m->part.times = 1;
	if (snprintf(words, sizeof words, "%s", text) >= (int)sizeof words)
		return tc_fail(err, -EINVAL, "the payload's text has %zu characters, %d at most",
			       strlen(text), TC_FUZZ_PAYLOAD_MAX - 1);
	for (char *w = strtok_r(words, " ", &save); w && rc == 0; w = strtok_r(NULL, " ", &save))
		rc = take_word(m, w, err);
	if (rc == 0)
		rc = end_part(m, err);
	if (rc == 0 && m->out && m->out->failed)
		rc = tc_nomem(err);
	if (rc == 0 && m->out && m->cut && before + m->cut < m->out->len)
		m->out->len = before + m->cut;
	return rc;
}

int tc_fuzz_payload_check(const char *text, struct tc_error *err)
{
	struct message m = { 0 };

	return read_message(&m, text, err);
}

int tc_fuzz_request(struct tc_buf *out, const struct tc_header *h, const char *text,
		    const uint8_t *request, size_t len, size_t *before, struct tc_error *err)
{
	size_t head = h ? tc_header_before(h) : 0, fixed = head + (h ? h->tail_bytes : 0);
	struct message m = { .out = out, .h = h, .valid = request + head };
	int rc;

	if (len < fixed)
		return tc_fail(err, -EINVAL, "the request has %zu bytes, %s needs %zu", len,
			       h->name, fixed);
	m.n_valid = len - fixed;
	rc = read_message(&m, text, err);
	if (before)
		*before = rc == 0 && h && m.frames == 1 && !m.cut ? m.before : TC_FUZZ_NO_FRAME;
	return rc;
}
