/* SPDX-License-Identifier: BSD-2-Clause */
/* Showing a capture; see show.h. */
#include "own.h"

#include <tcpcraft/error.h>
#include "page/ladder.h"
#include "script/record.h"
#include "pcap/relabel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITE_AT (256u << 10)

static void flush(struct tc_show *s)
{
	if (s->out.len && !s->stopped && !s->o->write(s->o->ctx, s->out.data, s->out.len))
		s->stopped = true;
	s->out.len = 0;
}

/* Nothing new on the wire: show what there is. */
static void on_idle(void *ctx)
{
	flush(ctx);
}

static void kept_free(struct tc_show_kept *k)
{
	tc_buf_free(&k->row);
	tc_buf_free(&k->ladder);
	free(k);
}

static int by_number(const void *a, const void *b)
{
	const struct tc_show_kept *x = *(struct tc_show_kept *const *)a;
	const struct tc_show_kept *y = *(struct tc_show_kept *const *)b;

	return (x->number > y->number) - (x->number < y->number);
}

static void put_heading(struct tc_show *s)
{
	if (!s->heading)
		tc_show_heading(&s->out);
	s->heading = true;
}

/* Rows of the connections that are forgotten, in order, then their ladders. */
static void write_held(struct tc_show *s)
{
	struct tc_show_kept **k = (struct tc_show_kept **)(void *)s->held.data;
	size_t n = s->held.len / sizeof *k;

	if (n == 0)
		return;
	qsort(k, n, sizeof *k, by_number);
	put_heading(s);
	for (size_t i = 0; i < n; i++)
		tc_buf_add(&s->out, k[i]->row.data, k[i]->row.len);
	for (size_t i = 0; i < n; i++) {
		if (!s->streaming)
			tc_buf_add(&s->out, k[i]->ladder.data, k[i]->ladder.len);
		kept_free(k[i]);
		flush(s);
	}
	s->held.len = 0;
}

/* Too much to keep: what is over is told now, the rest as it comes. */
static void stop_keeping(struct tc_show *s)
{
	s->streaming = true;
	write_held(s);
	if (!s->o->connection && !s->o->table_only)
		s->o->notice(s->o->ctx, "large capture: only its connections are listed; "
			     "--connection N shows one, -v every segment");
}

static void on_end(void *ctx, struct tc_convo *c)
{
	struct tc_show *s = ctx;
	struct tc_show_kept *k = c->owned;

	c->owned = NULL;
	if (s->o->ladder && c->shown)
		tc_html_ladder_outcome(s->o->ladder, c->number,
				       tc_convo_state_name(c->state));
	if (!c->shown || s->o->all || s->o->record) {
		;
	} else if (s->o->json) {
		tc_show_json_connection(s, &s->out, c);
	} else if (s->streaming) {
		put_heading(s);
		tc_show_row(s, &s->out, c);
	} else {
		if (!k)
			k = calloc(1, sizeof *k);
		if (!k)
			return;
		k->number = c->number;
		tc_show_row(s, &k->row, c);
		s->held_bytes += k->row.len + sizeof *k;
		tc_buf_add(&s->held, &k, sizeof(void *));
		if (s->held_bytes > TC_SHOW_KEEP)
			stop_keeping(s);
		return;
	}
	if (k)
		kept_free(k);
}

/* The ladder of a connection, as long as all of it can be kept. */
static void keep_line(struct tc_show *s, struct tc_convo *c, const struct tc_shown *e)
{
	struct tc_show_kept *k = c->owned;
	size_t before;

	if (!k)
		k = c->owned = calloc(1, sizeof *k);
	if (!k)
		return;
	before = k->ladder.len;
	if (before == 0)
		tc_show_ladder_heading(&k->ladder, c);
	tc_show_line(s, &k->ladder, e);
	s->held_bytes += k->ladder.len - before;
	if (s->held_bytes <= TC_SHOW_KEEP)
		return;
	if (s->o->connection)
		tc_buf_add(&s->out, k->ladder.data, k->ladder.len);
	tc_buf_free(&k->ladder);
	stop_keeping(s);
}

/* The expression, compiled for the link type of the frame at hand. */
static const struct tc_capture_filter *filter_for(struct tc_show *s)
{
	unsigned n = s->n_filters < SHOW_FILTERS ? s->n_filters : SHOW_FILTERS;
	unsigned i = 0;

	while (i < n && s->filter[i].dlt != s->dlt)
		i++;
	if (i == n) {
		i = s->n_filters++ % SHOW_FILTERS;
		tc_capture_filter_close(s->filter[i].filter);
		s->filter[i].filter = NULL;
		s->filter[i].dlt = s->dlt;
		tc_capture_filter_open(&s->filter[i].filter, s->o->filter, s->dlt, NULL);
	}
	return s->filter[i].filter;
}

static bool passes(struct tc_show *s, const struct tc_frame *f)
{
	const struct tc_capture_filter *filter = s->o->filter ? filter_for(s) : NULL;

	return !s->o->filter || (filter && tc_capture_filter_match(filter, f));
}

static void emit(struct tc_show *s, struct tc_convo *c, const struct tc_shown *e)
{
	if (s->o->connection && s->o->connection != c->number)
		return;
	if (!passes(s, e->frame))
		return;
	c->shown = s->found = true;
	if (s->o->ladder)
		tc_show_page_event(s, e);
	if (s->o->record && e->rx->kind == TC_RX_TCP)
		tc_record_segment(s->o->record, c->number, e->from == 0, e->frame->stamp,
				  e->rx);
	if (s->o->record)
		;
	else if (s->o->json)
		tc_show_json_line(s, &s->out, e);
	else if (s->o->table_only)
		;
	else if (s->o->all)
		tc_show_listed_line(s, &s->out, e);
	else if (!s->streaming)
		keep_line(s, c, e);
	else if (s->o->connection)
		tc_show_line(s, &s->out, e);
	if (s->out.len > WRITE_AT)
		flush(s);
}

/* The sender's hardware address, where the link type has one. */
static const uint8_t *sender(const struct tc_show *s, const struct tc_frame *f)
{
	switch (s->dlt) {
	case TC_DLT_EN10MB:
	case TC_DLT_LINUX_SLL:
		return f->len >= 12 ? f->bytes + 6 : NULL;
	case TC_DLT_LINUX_SLL2:
		return f->len >= 18 ? f->bytes + 12 : NULL;
	}
	return NULL;
}

static void on_tcp(struct tc_show *s, struct tc_shown *e)
{
	struct tc_convo *c = tc_convos_segment(s->convos, e->rx, e->frame->stamp,
					       sender(s, e->frame), &e->from, &e->tags);

	s->tcp++;
	e->c = c;
	if (c)
		emit(s, c, e);
}

static void on_icmp(struct tc_show *s, struct tc_shown *e)
{
	struct tc_convo *c = tc_convos_quoted(s->convos, e->rx);

	s->other++;
	if (!c)
		return;
	/* who sent it stands where the quoted segment was going */
	e->from = c->side[0].addr == e->rx->quoted.local_addr &&
		  c->side[0].port == e->rx->quoted.local_port;
	e->c = c;
	emit(s, c, e);
}

/* Of no network layer that is read here; its kind is told by what announces it. */
static void count_other(struct tc_show *s, const struct tc_shown *e)
{
	uint16_t type = 0;

	if (e->rx->l3 || tc_link_header(e->frame->bytes, e->frame->len, s->dlt, &type, NULL) < 0)
		s->other++;
	else
		tc_show_unread(s, UNREAD_ETHERTYPE, type);
}

static void on_rx(struct tc_show *s, struct tc_shown *e)
{
	switch (e->rx->kind) {
	case TC_RX_TCP:
		on_tcp(s, e);
		break;
	case TC_RX_ICMP_ERROR:
		on_icmp(s, e);
		break;
	case TC_RX_ARP:
		s->arp++;
		break;
	case TC_RX_FRAGMENT:	/* only inside another */
		s->other++;
		break;
	case TC_RX_OTHER:
		count_other(s, e);
		break;
	}
}

static void count_bad(struct tc_show *s, uint64_t number, const struct tc_error *why)
{
	if (!s->bad++)
		snprintf(s->bad_why, sizeof s->bad_why, "frame %llu: %.160s",
			 (unsigned long long)number, why->msg);
}

/* A datagram whose pieces are all here is shown where the last one was. */
static void on_fragment(struct tc_show *s, struct tc_shown *e, const struct tc_rx *piece)
{
	struct tc_error why;
	struct tc_rx rx;

	s->fragments++;
	if (piece->cut || tc_defrag_take(&s->defrag, piece) != 1)
		return;
	e->rx = &rx;
	e->whole = true;
	if (tc_rx_parse(&rx, s->defrag.whole.data, s->defrag.whole.len, TC_DLT_IPV4, &why) < 0)
		count_bad(s, e->number, &why);
	else
		on_rx(s, e);
}

static int link_of(const struct tc_show *s, int dlt)
{
	if (s->o->dlt >= 0)
		return s->o->dlt;
	return dlt == s->declared ? s->read_as : dlt;
}

static void on_frame(struct tc_show *s, const struct tc_frame *f)
{
	struct tc_error why;
	struct tc_rx rx;
	struct tc_shown e = { .frame = f, .rx = &rx, .number = ++s->frames };

	if (s->frames == 1)
		s->start = f->stamp;
	s->dlt = link_of(s, f->dlt);
	if (!tc_dlt_name(s->dlt))
		tc_show_unread(s, UNREAD_LINK, (unsigned)s->dlt);
	else if (tc_rx_parse_cut(&rx, f->bytes, f->len, f->wire_len, s->dlt, &why) < 0)
		count_bad(s, e.number, &why);
	else if (rx.kind == TC_RX_FRAGMENT)
		on_fragment(s, &e, &rx);
	else
		on_rx(s, &e);
}

/* The first frames, copied: the link type is judged before one is shown. */
struct first {
	struct tc_frame frame[TC_RELABEL_FRAMES];
	struct tc_buf bytes[TC_RELABEL_FRAMES];
	unsigned n;
	int rc;			/* of the read after them */
};

static void read_first(struct first *first, struct tc_pcap_reader *r, struct tc_error *err)
{
	struct tc_frame f;

	for (first->rc = 1; first->n < TC_RELABEL_FRAMES; first->n++) {
		first->rc = tc_pcap_reader_next(r, &f, err);
		if (first->rc <= 0)
			return;
		tc_buf_add(&first->bytes[first->n], f.bytes, f.len);
		if (first->bytes[first->n].failed) {
			first->rc = tc_nomem(err);
			return;
		}
		f.bytes = first->bytes[first->n].data;
		first->frame[first->n] = f;
	}
}

/* The link type of the first frame: is it what the frames are? */
static void choose_dlt(struct tc_show *s, const struct first *first,
		       const struct tc_pcap_reader *r)
{
	struct tc_relabel judge = {
		.declared = first->n ? first->frame[0].dlt : tc_pcap_reader_dlt(r),
		.little_endian = tc_pcap_reader_little_endian(r),
	};
	char line[300];
	const char *why;

	s->declared = judge.declared;
	for (unsigned i = 0; i < first->n; i++)
		if (first->frame[i].dlt == judge.declared)
			tc_relabel_look(&judge, first->frame[i].bytes, first->frame[i].len,
					first->frame[i].wire_len);
	s->read_as = tc_relabel_verdict(&judge, false, &why);
	if (!why || s->o->dlt >= 0)
		return;
	snprintf(line, sizeof line, "the file says link type %d, but %s: read as %s (%d); "
		 "tcpcraft relabel corrects the file", judge.declared, why,
		 tc_dlt_name(s->read_as), s->read_as);
	s->o->notice(s->o->ctx, line);
}

/* An expression that is wrong is told before anything is shown. */
static int check_filter(const struct tc_show *s, struct tc_error *err)
{
	int dlt = link_of(s, s->declared), rc;
	struct tc_capture_filter *filter;
	struct tc_error why;

	if (!s->o->filter)
		return 0;
	rc = tc_capture_filter_open(&filter, s->o->filter, dlt < 0 ? TC_DLT_EN10MB : dlt, &why);
	if (rc < 0)
		return tc_fail(err, rc, "%s", why.msg);
	tc_capture_filter_close(filter);
	return 0;
}

static int read_frames(struct tc_show *s, struct tc_pcap_reader *r, struct tc_error *err)
{
	struct first first = { 0 };
	struct tc_frame f;
	int rc, ok;

	read_first(&first, r, err);
	choose_dlt(s, &first, r);
	ok = check_filter(s, err);
	rc = ok < 0 ? ok : first.rc;
	for (unsigned i = 0; i < first.n; i++) {
		if (ok >= 0)
			on_frame(s, &first.frame[i]);
		tc_buf_free(&first.bytes[i]);
	}
	while (rc > 0 && !s->stopped) {
		rc = tc_pcap_reader_next(r, &f, err);
		if (rc > 0)
			on_frame(s, &f);
	}
	return rc;
}

static int finish(struct tc_show *s, const char *path, int rc, struct tc_error *err)
{
	unsigned n = tc_convos_count(s->convos);
	struct tc_error why;

	tc_convos_close(s->convos);
	s->convos = NULL;
	write_held(s);
	flush(s);
	if (s->stopped)
		return tc_fail(err, -ECANCELED, "%s: the output stopped", path);
	if (rc == -EBADMSG && err) {
		why = *err;
		rc = tc_fail(err, rc, "%s; shown up to there", why.msg);
	}
	if (rc >= 0 && s->o->connection && !s->found)
		rc = tc_fail(err, -ENOENT, "%s has %u connection%s, none with number %u%s", path,
			     n, n == 1 ? "" : "s", s->o->connection,
			     s->o->filter ? " that the filter lets pass" : "");
	return rc;
}

static void show_free(struct tc_show *s)
{
	tc_convos_close(s->convos);
	for (unsigned i = 0; i < SHOW_FILTERS; i++)
		tc_capture_filter_close(s->filter[i].filter);
	tc_defrag_free(&s->defrag);
	tc_buf_free(&s->out);
	tc_buf_free(&s->held);
}

int tc_show_file(const char *path, const struct tc_show_options *o, struct tc_error *err)
{
	struct tc_show s = {
		.o = o, .path = strcmp(path, "-") ? path : "standard input"
	};
	struct tc_pcap_reader *r;
	struct tc_buf counts = { 0 };
	int rc = tc_pcap_reader_open_file(&r, path, err);

	if (rc < 0)
		return rc;
	rc = tc_convos_open(&s.convos, on_end, &s, err);
	tc_pcap_reader_on_idle(r, on_idle, &s);
	if (rc >= 0)
		rc = read_frames(&s, r, err);
	tc_pcap_reader_close(r);
	if (s.convos && rc != -EINVAL) {
		if (o->json && !o->record)
			tc_show_json_counts(&s, &counts);
		else if (!o->connection && !o->record)
			tc_show_counts(&s, &counts);
		rc = finish(&s, path, rc, err);
		if (!s.stopped && counts.len)
			o->write(o->ctx, counts.data, counts.len);
	}
	tc_buf_free(&counts);
	show_free(&s);
	return rc;
}
