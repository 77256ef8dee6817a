/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last frames of a campaign, for the capture of a finding: two reels, of which the
 * older one is wiped when the newer one is full.
 */
#include "own.h"

#include "wire/find_tcp.h"
#include "wire/place.h"

#include <tcpcraft/bits.h>

#include <string.h>
#include <sys/mman.h>

#define REEL_BYTES (4u << 20)		/* at first */
#define REEL_BYTES_MOST (16u << 20)	/* memory is taken where it is written to */
#define CASE_BYTES 1024			/* some nine frames, with their notes */

struct note {			/* before the bytes of each frame */
	tc_time stamp;
	size_t len, wire_len;
	int dlt;
};

struct reel {
	size_t used;
	uint8_t bytes[REEL_BYTES_MOST];
};

struct tc_fuzz_tape {
	unsigned now;			/* the one that is written */
	size_t size;			/* of each */
	struct reel reel[2];
};

struct tc_fuzz_tape *tc_fuzz_tape_open(void)
{
	struct tc_fuzz_tape *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (t == MAP_FAILED)
		return NULL;
	t->size = REEL_BYTES;
	return t;
}

void tc_fuzz_tape_keep(struct tc_fuzz_tape *t, unsigned cases)
{
	size_t size = (size_t)cases * CASE_BYTES;

	if (size > t->size)
		t->size = size < REEL_BYTES_MOST ? size : REEL_BYTES_MOST;
}

void tc_fuzz_tape_close(struct tc_fuzz_tape *t)
{
	if (t)
		munmap(t, sizeof *t);
}

void tc_fuzz_tape_add(void *tape, const struct tc_frame *f)
{
	struct tc_fuzz_tape *t = tape;
	struct reel *r = &t->reel[t->now];
	struct note note = { f->stamp, f->len, f->wire_len, f->dlt };

	if (r->used + sizeof note + f->len > t->size) {
		t->now ^= 1;
		r = &t->reel[t->now];
		r->used = 0;
	}
	memcpy(r->bytes + r->used, &note, sizeof note);
	memcpy(r->bytes + r->used + sizeof note, f->bytes, f->len);
	r->used += sizeof note + f->len;
}

/* TCP's header, as far as it is there; NULL: none. */
static const uint8_t *tcp_of(const struct tc_frame *f, size_t *left)
{
	uint16_t ethertype;
	int l3 = tc_link_header(f->bytes, f->len, f->dlt, &ethertype, NULL);

	if (l3 < 0 || (ethertype != IP_ETHERTYPE && ethertype != IPV6_ETHERTYPE))
		return NULL;
	return tc_find_tcp(f->bytes + l3, f->len - (size_t)l3, left);
}

static bool quotes(const struct tc_frame *f, uint16_t port)
{
	struct tc_rx rx = { 0 };

	return tc_rx_parse(&rx, f->bytes, f->len, f->dlt, NULL) >= 0 &&
	       rx.kind == TC_RX_ICMP_ERROR &&
	       (rx.quoted.local_port == port || rx.quoted.remote_port == port);
}

/* Headers made wrong are what is to be seen: the ports are where they always are. */
static bool is_of(const struct tc_frame *f, uint16_t port)
{
	size_t left;
	const uint8_t *tcp = tcp_of(f, &left);

	if (!tcp)
		return quotes(f, port);
	return left >= 4 && (tc_get16(PLACE(tcp, TCP_SRCPORT)) == port ||
			     tc_get16(PLACE(tcp, TCP_DSTPORT)) == port);
}

int tc_fuzz_tape_each(const struct tc_fuzz_tape *t, const struct tc_fuzz_outcome *o, bool alone,
		      int (*fn)(void *ctx, const struct tc_frame *f, struct tc_error *err),
		      void *ctx, struct tc_error *err)
{
	int rc = 0;

	for (unsigned i = 0; i < 2; i++) {
		const struct reel *r = &t->reel[t->now ^ !i];

		for (size_t at = 0; at < r->used && rc >= 0;) {
			struct tc_frame f;
			struct note note;

			memcpy(&note, r->bytes + at, sizeof note);
			at += sizeof note;
			f = (struct tc_frame){ r->bytes + at, note.len, note.wire_len,
					       note.stamp, note.dlt };
			at += note.len;
			if (f.stamp >= o->from && f.stamp <= o->to &&
			    (alone || is_of(&f, o->port)))
				rc = fn(ctx, &f, err);
		}
	}
	return rc;
}
