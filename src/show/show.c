/* SPDX-License-Identifier: BSD-2-Clause */
/* Showing a capture; see show.h. */
#include "own.h"

#include "base/addr.h"

#include <tcpcraft/error.h>
#include <tcpcraft/ao.h>
#include <tcpcraft/md5sig.h>
#include "pcap/relabel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_EVERY 1024u	/* frames */
/* Connections that are open at once: with their texts 400 MB. A scan has more. */
#define OPEN_MOST 400000u

/* Nothing new on the wire: show what there is. */
static void on_idle(void *ctx)
{
	tc_show_flush(ctx);
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

static void emit(struct tc_show *s, struct tc_convo *c, struct tc_story_event *e)
{
	if (s->o->connection && s->o->connection != c->number)
		return;
	if (!passes(s, &e->frame))
		return;
	s->found = true;
	if (s->o->fingerprint) {
		tc_show_fingerprint(s, c, e);
		return;
	}
	s->is_first = !c->shown;
	c->shown = true;
	s->convo = c;
	e->connection = c->number;
	for (unsigned i = 0; i < 2; i++) {
		e->addr[i] = c->side[i].addr;
		e->port[i] = c->side[i].port;
		e->isn[i] = c->wire.side[i].isn;
	}
	if (e->tags & TC_TAG_BIT(KERNEL_RESET))
		e->origin = TC_ORIGIN_KERNEL;
	tc_tell(&s->sinks, &s->view, e);
	if (s->out.len > SHOW_WRITE_AT)
		tc_show_flush(s);
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

/* What the key says of a segment. */
static uint32_t judge_digest(const struct tc_show_options *o, const struct tc_convo *c,
			     const struct tc_story_event *e)
{
	static const uint32_t md5[] = {
		[TC_SIGN_BAD] = TC_TAG_BIT(MD5_BAD), [TC_SIGN_MISSING] = TC_TAG_BIT(MD5_MISSING),
		[TC_SIGN_OK] = 0, [TC_SIGN_CUT] = 0, [TC_SIGN_UNTOLD] = 0, [TC_SIGN_TWICE] = 0,
	};
	static const uint32_t ao[] = {
		[TC_SIGN_BAD] = TC_TAG_BIT(AO_BAD), [TC_SIGN_MISSING] = TC_TAG_BIT(AO_MISSING),
		[TC_SIGN_TWICE] = TC_TAG_BIT(AO_BAD),
		[TC_SIGN_OK] = 0, [TC_SIGN_CUT] = 0, [TC_SIGN_UNTOLD] = 0,
	};
	const struct tc_ao_way way = tc_convo_ao_way(c, e->from);
	uint8_t right[TC_MD5_BYTES];

	return o->md5 ? md5[tc_md5_check(o->md5, e->rx, right)]
		      : ao[tc_ao_check(o->ao, &way, e->rx, right)];
}

static void on_tcp(struct tc_show *s, struct tc_story_event *e)
{
	struct tc_convo *c = tc_convos_segment(s->convos, e->rx, e->frame.stamp,
					       sender(s, &e->frame), &e->from, &e->tags);

	s->tcp++;
	if (c && c->side[0].segments + c->side[1].segments == 1)
		memcpy(c->around, s->unwrap.tunnel.text, sizeof c->around);
	if (c && (s->o->md5 || s->o->ao)) {
		uint32_t judged = judge_digest(s->o, c, e);

		e->tags |= judged;
		c->tagged += judged != 0;
	}
	if (c)
		emit(s, c, e);
}

static void on_icmp(struct tc_show *s, struct tc_story_event *e)
{
	struct tc_convo *c = tc_convos_quoted(s->convos, e->rx);

	s->other++;
	if (!c)
		return;
	/* who sent it stands where the quoted segment was going */
	e->from = tc_addr_equal(&c->side[0].addr, &e->rx->quoted.local_addr) &&
		  c->side[0].port == e->rx->quoted.local_port;
	emit(s, c, e);
}

/* Counts a frame without a network layer that is read here, by the type that its link header
 * announces. */
static void count_other(struct tc_show *s, const struct tc_story_event *e)
{
	uint16_t type = 0;

	if (e->rx->l3 || tc_link_header(e->frame.bytes, e->frame.len, s->dlt, &type, NULL) < 0)
		s->other++;
	else
		tc_show_unread(s, UNREAD_ETHERTYPE, type, 1);
}

static void on_rx(struct tc_show *s, struct tc_story_event *e)
{
	if (s->unwrap.inside)
		e->whole = &s->unwrap.frame;
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
	case TC_RX_FRAGMENT:	/* others are still to come */
		break;
	case TC_RX_OTHER:
		if (s->unwrap.tunnel.unread && e->rx->l3)
			tc_show_unread(s, UNREAD_ETHERTYPE, s->unwrap.tunnel.unread, 1);
		else if (s->unwrap.tunnel.lost && e->rx->l3)
			tc_show_unread(s, UNREAD_TUNNEL, s->unwrap.tunnel.lost, 1);
		else
			count_other(s, e);
		break;
	}
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
	struct tc_story_event e = { .kind = TC_STORY_SEGMENT, .frame = *f, .rx = &rx, .seen = true,
			      .origin = TC_ORIGIN_PEER, .number = ++s->frames,
			      .file = s->o->name_file ? s->path : NULL };

	if (s->frames == 1)
		s->view.start = f->stamp;
	s->dlt = e.frame.dlt = link_of(s, f->dlt);
	if (tc_unwrap(&s->unwrap, &e.frame, &rx, &why) == 0)
		on_rx(s, &e);
	else if (!tc_dlt_name(s->dlt))
		tc_show_unread(s, UNREAD_LINK, (unsigned)s->dlt, 1);
	else if (!s->bad++)
		snprintf(s->bad_why, sizeof s->bad_why, "frame %llu: %.160s",
			 (unsigned long long)e.number, why.msg);
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
		if (rc > 0 && s->frames % LOOK_EVERY == 0 && s->o->far) {
			uint64_t of, read = tc_pcap_reader_read(r, &of);

			s->o->far(s->o->ctx, read, of);
		}
	}
	return rc;
}

static int finish(struct tc_show *s, const char *path, int rc, struct tc_error *err)
{
	unsigned n = tc_convos_count(s->convos);
	struct tc_error why;

	tc_convos_close(s->convos);
	s->convos = NULL;
	tc_show_held(s);
	tc_show_flush(s);
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
	tc_unwrap_free(&s->unwrap);
	tc_buf_free(&s->out);
	tc_buf_free(&s->held);
	tc_buf_free(&s->row);
}

int tc_show_file(const char *path, const struct tc_show_options *o, struct tc_error *err)
{
	struct tc_show s = {
		.o = o, .path = strcmp(path, "-") ? path : "standard input",
		.width = (int)TC_END_SIZE - 1,
	};
	struct tc_pcap_reader *r;
	struct tc_buf counts = { 0 };
	int rc = tc_pcap_reader_open_file(&r, path, err);

	if (rc < 0)
		return rc;
	rc = tc_convos_open(&s.convos, tc_show_end, &s, err);
	if (rc >= 0)
		tc_convos_limit(s.convos, OPEN_MOST);
	tc_show_sinks(&s);
	tc_pcap_reader_on_idle(r, on_idle, &s);
	if (rc >= 0)
		rc = read_frames(&s, r, err);
	tc_pcap_reader_close(r);
	if (s.convos && rc != -EINVAL) {
		tc_show_unwhole(&s);
		if (o->json && !o->record)
			tc_show_json_counts(&s, &counts);
		else if (!o->connection && !o->record && !o->fingerprint)
			tc_show_counts(&s, &counts);
		rc = finish(&s, path, rc, err);
		if (!s.stopped && counts.len)
			o->write(o->ctx, counts.data, counts.len);
	}
	tc_buf_free(&counts);
	show_free(&s);
	return rc;
}
