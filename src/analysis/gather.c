/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole capture in memory; see gather.h. */
#include "gather.h"

#include "conversation.h"
#include "base/array.h"
#include "peel/unwrap.h"

#include <tcpcraft/error.h>
#include <tcpcraft/pcapread.h>
#include <tcpcraft/segment.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TELL_EACH 1024u		/* frames */

bool tc_gather_is_capture(const char *path)
{
	uint8_t head[4];
	struct stat st;
	FILE *f;
	bool yes;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	f = tc_capture_stream(path, NULL);
	yes = f && fread(head, 1, sizeof head, f) == sizeof head &&
	      tc_pcap_is_capture(head, sizeof head);
	if (f)
		fclose(f);
	return yes;
}

static void forget(void *ctx, struct tc_convo *c)
{
	(void)ctx, (void)c;
}

static struct tc_gathered_convo *convo_of(struct tc_gathered *g, const struct tc_convo *c)
{
	struct tc_gathered_convo *more;

	while (g->n < c->number) {
		more = TC_ARRAY_ADD(g->convo, g->n);
		if (!more)
			return NULL;
		for (unsigned i = 0; i < 2; i++) {
			more->addr[i] = c->side[i].addr;
			more->port[i] = c->side[i].port;
		}
	}
	return &g->convo[c->number - 1];
}

static int keep(struct tc_gathered *g, const struct tc_convo *c, const struct tc_frame *f,
		const struct tc_rx *rx, unsigned from, struct tc_error *err)
{
	struct tc_gathered_convo *g_c = convo_of(g, c);
	struct tc_gathered_segment *more;
	size_t before = (size_t)(rx->l3 - f->bytes), len = f->len - before;
	uint8_t *copy;

	if (g->segments == TC_GATHER_SEGMENTS || g->bytes + len > TC_GATHER_BYTES)
		return tc_fail(err, -ERANGE, "more than %u segments, or %u MiB of them: cut the "
			       "capture to the connections in question", TC_GATHER_SEGMENTS,
			       TC_GATHER_BYTES >> 20);
	copy = g_c ? malloc(len) : NULL;
	more = copy ? TC_ARRAY_ADD(g_c->segment, g_c->n) : NULL;
	if (!more) {
		free(copy);
		return tc_nomem(err);
	}
	memcpy(copy, rx->l3, len);
	*more = (struct tc_gathered_segment){
		.frame = { copy, len, len + (f->wire_len - f->len), f->stamp, TC_DLT_RAW },
		.from = from,
	};
	g->segments++;
	g->bytes += len;
	return 0;
}

static int take(struct tc_gathered *g, struct tc_convos *t, struct tc_unwrap *u,
		const struct tc_frame *f, struct tc_error *err)
{
	const struct tc_convo *c;
	struct tc_rx rx;
	unsigned from;
	uint32_t tags;

	g->frames++;
	g->last = f->stamp > g->last ? f->stamp : g->last;
	if (tc_unwrap(u, f, &rx, NULL) < 0 || rx.kind != TC_RX_TCP)
		return 0;
	c = tc_convos_segment(t, &rx, f->stamp, NULL, &from, &tags);
	return c ? keep(g, c, u->inside ? &u->frame : f, &rx, from, err) : tc_nomem(err);
}

int tc_gather(struct tc_gathered *g, const char *path,
	      void (*far)(void *ctx, uint64_t read, uint64_t of), void *ctx,
	      struct tc_error *err)
{
	struct tc_unwrap unwrap = { 0 };
	struct tc_pcap_reader *r;
	struct tc_convos *t = NULL;
	struct tc_frame f;
	uint64_t of, read;
	int rc;

	*g = (struct tc_gathered){ 0 };
	rc = tc_pcap_reader_open_file(&r, path, err);
	if (rc < 0)
		return rc;
	rc = tc_convos_open(&t, forget, NULL, err);
	while (rc >= 0 && (rc = tc_pcap_reader_next(r, &f, err)) > 0) {
		rc = take(g, t, &unwrap, &f, err);
		read = far && g->frames % TELL_EACH == 0 ? tc_pcap_reader_read(r, &of) : 0;
		if (read)
			far(ctx, read, of);
	}
	tc_convos_close(t);
	tc_pcap_reader_close(r);
	tc_unwrap_free(&unwrap);
	return rc < 0 ? rc : 0;
}

void tc_gathered_free(struct tc_gathered *g)
{
	for (size_t i = 0; i < g->n; i++) {
		for (size_t k = 0; k < g->convo[i].n; k++)
			free((void *)(uintptr_t)g->convo[i].segment[k].frame.bytes);
		free(g->convo[i].segment);
	}
	free(g->convo);
	*g = (struct tc_gathered){ 0 };
}
