/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures with comments; see comments.h. */
#include "comments.h"

#include "base/name.h"
#include "base/text.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/filter.h>
#include <tcpcraft/pcapfile.h>

#include <stdlib.h>
#include <string.h>

#define WAIT_MOST 256u		/* frames */

struct tc_comments {
	struct tc_pcap_writer *writer;
	struct tc_error *failed;
	unsigned begin, n;		/* of the ring */
	struct waiting {
		struct tc_buf bytes, text;
		size_t wire_len;
		tc_time stamp;
		const char *guess;	/* or NULL */
	} ring[WAIT_MOST];
};

static const char *who(const struct tc_story_event *e)
{
	static const char *const names[] = {
		[TC_ORIGIN_US] = "sent by tcpcraft",
		[TC_ORIGIN_KERNEL] = "sent by this host's kernel, not by tcpcraft",
		[TC_ORIGIN_PEER] = "received",
	};

	return TC_NAME(names, e->origin);
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

static void put_payload(struct tc_buf *out, const struct tc_view *v, const struct tc_story_event *e)
{
	struct tc_payload what = v->payload;
	size_t before = out->len;

	if (!e->rx || e->rx->kind != TC_RX_TCP || !e->rx->seg.len)
		return;
	what.surely = what.surely && e->origin != TC_ORIGIN_PEER;
	tc_buf_text(out, "\n");
	if (!tc_payload_describe(out, what, e->rx->payload, e->rx->seg.len - e->rx->cut))
		out->len = before;
}

/* The comment for a frame: a line or a few, no newline at the end. */
static void comment_text(struct tc_buf *out, const struct tc_view *v, const struct tc_story_event *e)
{
	tc_buf_text(out, who(e));
	if (e->about)
		tc_buf_printf(out, ": %s", e->about);
	if (e->tags & TC_TAG_BIT(RETRANSMISSION))
		tc_buf_text(out, ", not for the first time");
	if (e->script && !v->program)
		tc_buf_printf(out, "\nline %u: %s", e->script_line, e->script);
	if (e->note)
		tc_buf_printf(out, "\n%s", e->note);
	if (e->surgery)
		tc_buf_printf(out, "\nchanged on purpose: %s", e->surgery);
	for (unsigned i = 0; i < e->n_mutations; i++)
		tc_buf_printf(out, "\nchanged on purpose: %s %s -> %s", e->mutations[i].field,
			      e->mutations[i].from, e->mutations[i].to);
	put_payload(out, v, e);
	put_news(out, &e->news);
}

int tc_comments_open(struct tc_comments **out, struct tc_pcap_writer *w,
		     struct tc_error *failed, struct tc_error *err)
{
	struct tc_comments *c = calloc(1, sizeof *c);

	if (!c)
		return tc_nomem(err);
	c->writer = w;
	c->failed = failed;
	*out = c;
	return 0;
}

static struct waiting *at(struct tc_comments *c, unsigned i)
{
	return &c->ring[(c->begin + i) % WAIT_MOST];
}

/* Programs that read captures may show a comment as it is, control characters and all, and lines of
 * scripts and names in it are not ours: so they are made visible. The ends of lines alone stay. */
static void put_shown(struct tc_buf *out, const struct tc_buf *text)
{
	const uint8_t *at = text->data, *end;
	size_t left = text->len, n;

	for (; left; at += n, left -= n) {
		end = memchr(at, '\n', left);
		n = end ? (size_t)(end - at) : left;
		tc_text_show_all(out, at, n);
		if (end) {
			tc_buf_add_u8(out, '\n');
			n++;
		}
	}
	tc_buf_add_u8(out, 0);
	out->failed |= text->failed;
}

static void write_first(struct tc_comments *c)
{
	struct waiting *w = at(c, 0);
	struct tc_buf shown = { 0 };

	if (!w->text.len && w->guess)
		tc_buf_text(&w->text, w->guess);
	put_shown(&shown, &w->text);
	if (w->bytes.failed || shown.failed)
		tc_nomem(c->failed);
	else
		tc_pcap_writer_add_comment(c->writer, w->bytes.data, w->bytes.len, w->wire_len,
					   w->stamp, (const char *)shown.data, c->failed);
	tc_buf_free(&shown);
	c->begin = (c->begin + 1) % WAIT_MOST;
	c->n--;
}

void tc_comments_frame(struct tc_comments *c, const struct tc_frame *f, const char *guess)
{
	struct waiting *w;

	if (c->failed->code)
		return;
	if (!tc_pcap_writer_takes_comments(c->writer)) {
		tc_pcap_writer_add(c->writer, f->bytes, f->len, f->wire_len, f->stamp,
				   c->failed);
		return;
	}
	if (c->n == WAIT_MOST)
		write_first(c);
	w = at(c, c->n++);
	w->bytes.len = w->text.len = 0;
	tc_buf_add(&w->bytes, f->bytes, f->len);
	w->guess = guess;
	w->wire_len = f->wire_len;
	w->stamp = f->stamp;
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

static void write_until(struct tc_comments *c, unsigned n)
{
	while (n-- && !c->failed->code)
		write_first(c);
}

void tc_comments_event(void *ctx, struct tc_view *v, const struct tc_story_event *e)
{
	bool on_wire = e->kind == TC_STORY_FATE || e->frame.bytes;
	struct tc_comments *c = ctx;
	unsigned n;

	if (!on_wire || e->tags & TC_TAG_BIT(UNSEEN) || c->failed->code)
		return;
	n = find(c, e->frame.stamp, e->frame.len);
	if (n)
		comment_text(&at(c, n - 1)->text, v, e);
	write_until(c, n);
}

void tc_comments_flush(struct tc_comments *c)
{
	write_until(c, c->n);
}

void tc_comments_free(struct tc_comments *c)
{
	for (unsigned i = 0; c && i < WAIT_MOST; i++) {
		tc_buf_free(&c->ring[i].bytes);
		tc_buf_free(&c->ring[i].text);
	}
	free(c);
}
