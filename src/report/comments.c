/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures with comments; see comments.h. */
#include "comments.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/filter.h>
#include <tcpcraft/pcapfile.h>

#include <errno.h>
#include <stdlib.h>

#define WAIT_MOST 256u		/* frames */

struct tc_comments {
	struct tc_pcap_writer *writer;
	unsigned begin, n;		/* of the ring */
	struct waiting {
		struct tc_buf bytes, text;
		size_t wire_len;
		tc_time stamp;
		const char *guess;	/* or NULL */
	} ring[WAIT_MOST];
};

static const char *who(const struct tc_trace *t)
{
	switch (t->origin) {
	case TC_ORIGIN_US:
		return "sent by tcpcraft";
	case TC_ORIGIN_KERNEL:
		return "sent by this host's kernel, not by tcpcraft";
	case TC_ORIGIN_PEER:
		return "received";
	}
	return "";
}

static void put_news(struct tc_buf *out, const struct tc_news *news)
{
	for (unsigned i = 0; i < news->n_changes; i++)
		tc_buf_printf(out, "\n%s -> %s (%s)", tc_state_name(news->changes[i].from),
			      tc_state_name(news->changes[i].to), news->changes[i].clause);
	if (news->note)
		tc_buf_printf(out, "\n%s%s%s%s", news->note, news->note_clause ? " (" : "",
			      news->note_clause ? news->note_clause : "",
			      news->note_clause ? ")" : "");
}

/* The comment for a frame: a line or a few, no newline at the end. */
static void comment_text(struct tc_buf *out, const struct tc_view *v, const struct tc_trace *t)
{
	struct tc_payload what = v->payload;
	size_t before;

	what.surely = what.surely && t->origin == TC_ORIGIN_US;
	tc_buf_text(out, who(t));
	if (t->retransmission)
		tc_buf_text(out, ", not for the first time");
	if (t->surgery)
		tc_buf_printf(out, "\nchanged on purpose: %s", t->surgery);
	for (unsigned i = 0; i < t->n_mutations; i++)
		tc_buf_printf(out, "\nchanged on purpose: %s %s -> %s", t->mutations[i].field,
			      t->mutations[i].from, t->mutations[i].to);
	if (t->rx && t->rx->kind == TC_RX_TCP && t->rx->seg.len) {
		before = out->len;
		tc_buf_text(out, "\n");
		if (!tc_payload_describe(out, what, t->rx->payload, t->rx->seg.len))
			out->len = before;
	}
	put_news(out, &t->news);
}

int tc_comments_open(struct tc_comments **out, struct tc_pcap_writer *w, struct tc_error *err)
{
	struct tc_comments *c = calloc(1, sizeof *c);

	if (!c)
		return tc_nomem(err);
	c->writer = w;
	*out = c;
	return 0;
}

static struct waiting *at(struct tc_comments *c, unsigned i)
{
	return &c->ring[(c->begin + i) % WAIT_MOST];
}

static int write_first(struct tc_comments *c, struct tc_error *err)
{
	struct waiting *w = at(c, 0);
	int rc;

	if (!w->text.len && w->guess)
		tc_buf_text(&w->text, w->guess);
	tc_buf_add_u8(&w->text, 0);
	if (w->bytes.failed || w->text.failed)
		rc = tc_nomem(err);
	else
		rc = tc_pcap_writer_add_comment(c->writer, w->bytes.data, w->bytes.len,
						w->wire_len, w->stamp,
						(const char *)w->text.data, err);
	c->begin = (c->begin + 1) % WAIT_MOST;
	c->n--;
	return rc;
}

int tc_comments_frame(struct tc_comments *c, const struct tc_frame *f, struct tc_error *err)
{
	struct waiting *w;
	int rc = 0;

	if (!tc_pcap_writer_takes_comments(c->writer))
		return tc_pcap_writer_add(c->writer, f->bytes, f->len, f->wire_len, f->stamp,
					  err);
	if (c->n == WAIT_MOST)
		rc = write_first(c, err);
	w = at(c, c->n++);
	w->bytes.len = w->text.len = 0;
	tc_buf_add(&w->bytes, f->bytes, f->len);
	w->guess = NULL;
	w->wire_len = f->wire_len;
	w->stamp = f->stamp;
	return rc;
}

/* Stories come in the order of the wire: what waits before the one told of has none.
 * Where it waits, from 1, or 0. */
static unsigned find(struct tc_comments *c, tc_time stamp, size_t len)
{
	for (unsigned i = 0; i < c->n; i++)
		if (at(c, i)->stamp == stamp && (!len || at(c, i)->bytes.len == len))
			return i + 1;
	return 0;
}

static int write_until(struct tc_comments *c, unsigned n, struct tc_error *err)
{
	int rc = 0;

	while (n-- && rc >= 0)
		rc = write_first(c, err);
	return rc;
}

int tc_comments_trace(struct tc_comments *c, const struct tc_view *v,
		      const struct tc_trace *t, struct tc_error *err)
{
	unsigned n = t->frame && !t->unseen ? find(c, t->stamp, t->frame_len) : 0;

	if (n)
		comment_text(&at(c, n - 1)->text, v, t);
	return write_until(c, n, err);
}

int tc_comments_say(struct tc_comments *c, tc_time stamp, size_t len, const char *text,
		    struct tc_error *err)
{
	unsigned n = find(c, stamp, len);

	if (n)
		tc_buf_text(&at(c, n - 1)->text, text);
	return write_until(c, n, err);
}

void tc_comments_guess(struct tc_comments *c, const char *text)
{
	if (c->n)
		at(c, c->n - 1)->guess = text;
}

int tc_comments_flush(struct tc_comments *c, struct tc_error *err)
{
	int rc = 0;

	while (c->n && rc >= 0)
		rc = write_first(c, err);
	return rc;
}

void tc_comments_free(struct tc_comments *c)
{
	for (unsigned i = 0; c && i < WAIT_MOST; i++) {
		tc_buf_free(&c->ring[i].bytes);
		tc_buf_free(&c->ring[i].text);
	}
	free(c);
}
