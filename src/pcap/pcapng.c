/* SPDX-License-Identifier: BSD-2-Clause */
/* Blocks of pcapng to frames; see pcapng.h. Section numbers are of the draft. */
#include "pcapng.h"
#include "base/opened.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SECTION 0x0a0d0d0au	/* reads the same in either byte order */
#define ORDER_MAGIC 0x1a2b3c4du
#define HEAD 8u			/* of a block: type and length; the length again behind it */
#define FRAME 12u		/* of a block: all that is not its body */
#define BLOCK_MOST (16u << 20)
#define FRAME_MOST 262144u	/* libpcap's MAXIMUM_SNAPLEN */
#define INTERFACES_MOST 65536u

enum block { INTERFACE = 1, PACKET = 2, SIMPLE = 3, ENHANCED = 6 };

enum option { OPT_END = 0, OPT_COMMENT = 1, OPT_TSRESOL = 9, OPT_TSOFFSET = 14 };

struct interface {
	int dlt;
	uint32_t snaplen;	/* 0: no limit */
	uint8_t resolution;	/* if_tsresol (4.2) */
	int64_t offset;		/* if_tsoffset, seconds */
};

struct pcapng {
	FILE *f;
	bool little;
	bool told;		/* an interface was seen, ever */
	int first_dlt;
	struct tc_buf interfaces;	/* struct interface, of this section */
	struct tc_buf body;
	tc_time last;
	size_t options;			/* of the frame given last: where they begin in the body */
};

static uint32_t get(const struct pcapng *p, const uint8_t *b, unsigned n)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 8 | b[p->little ? n - 1 - i : i];
	return v;
}

static uint32_t get32(const struct pcapng *p, const uint8_t *b)
{
	return get(p, b, 4);
}

static int cut(struct tc_error *err)
{
	return tc_fail(err, -EBADMSG, "the file ends inside a block");
}

/* ---- sections and interfaces -------------------------------------------------------- */

/* 4.1; the magic is the first of the body, and tells how the length before it reads. */
static int take_section(struct pcapng *p, struct tc_error *err)
{
	const uint8_t *b = p->body.data;

	if (p->body.len < 16)
		return tc_fail(err, -EBADMSG, "a section header of %zu bytes needs 16",
			       p->body.len);
	if (get(p, b + 4, 2) != 1)
		return tc_fail(err, -EBADMSG, "version %" PRIu32 ".%" PRIu32 " of pcapng is "
			       "not known here", get(p, b + 4, 2), get(p, b + 6, 2));
	p->interfaces.len = 0;
	return 0;
}

/* Options that tell how stamps are counted; `at` is where they begin (3.5). */
static int take_options(const struct pcapng *p, struct interface *i, size_t at,
			struct tc_error *err)
{
	const uint8_t *b = p->body.data;
	size_t end = p->body.len;

	while (end - at >= 4) {
		uint32_t code = get(p, b + at, 2), n = get(p, b + at + 2, 2);

		at += 4;
		if (code == OPT_END)
			break;
		if (n > end - at)
			return tc_fail(err, -EBADMSG, "option %" PRIu32 " of an interface has "
				       "%" PRIu32 " bytes, its block %zu", code, n, end - at);
		if (code == OPT_TSRESOL && n == 1)
			i->resolution = b[at];
		else if (code == OPT_TSOFFSET && n == 8)
			i->offset = (int64_t)((uint64_t)get32(p, b + at + (p->little ? 4 : 0))
					      << 32 | get32(p, b + at + (p->little ? 0 : 4)));
		n = (n + 3) & ~3u;
		at += n < end - at ? n : end - at;
	}
	return 0;
}

/* 4.2 */
static int take_interface(struct pcapng *p, struct tc_error *err)
{
	struct interface i = { .resolution = 6 };
	const uint8_t *b = p->body.data;
	int rc;

	if (p->body.len < 8)
		return tc_fail(err, -EBADMSG, "an interface of %zu bytes needs 8", p->body.len);
	if (p->interfaces.len / sizeof i >= INTERFACES_MOST)
		return tc_fail(err, -EBADMSG, "more than %u interfaces", INTERFACES_MOST);
	i.dlt = (int)get(p, b, 2);
	i.snaplen = get32(p, b + 4);
	rc = take_options(p, &i, 8, err);
	if (rc < 0)
		return rc;
	if (!p->told)
		p->first_dlt = i.dlt;
	p->told = true;
	tc_buf_add(&p->interfaces, &i, sizeof i);
	return p->interfaces.failed ? tc_nomem(err) : 0;
}

static int find_interface(const struct pcapng *p, uint32_t id, struct interface *i,
			  struct tc_error *err)
{
	size_t n = p->interfaces.len / sizeof *i;

	if (id >= n)
		return tc_fail(err, -EBADMSG, "it is of interface %" PRIu32 ", the section has "
			       "%zu", id, n);
	memcpy(i, p->interfaces.data + id * sizeof *i, sizeof *i);
	return 0;
}

/* ---- stamps ------------------------------------------------------------------------- */

/* Seconds, and nanoseconds in *ns: units of 10 to the minus n, with the top bit of 2. */
static uint64_t split(uint64_t stamp, uint8_t resolution, uint64_t *ns)
{
	unsigned n = resolution & 0x7f;
	uint64_t units = 1, rest;

	if (resolution & 0x80) {
		*ns = 0;
		if (n > 63)
			return 0;
		rest = stamp & ((UINT64_C(1) << n) - 1);
		*ns = n > 30 ? (rest >> (n - 30)) * TC_S >> 30 : rest * TC_S >> n;
		return stamp >> n;
	}
	*ns = 0;
	if (n > 19)		/* less than a second fits */
		return 0;
	for (unsigned k = 0; k < n; k++)
		units *= 10;
	rest = stamp % units;
	for (; n > 9; n--)
		rest /= 10;
	for (; n < 9; n++)
		rest *= 10;
	*ns = rest;
	return stamp / units;
}

/* What no clock of ours can show is its first or its last moment. */
static tc_time stamp_of(const struct interface *i, uint32_t high, uint32_t low)
{
	static const int64_t most = INT64_MAX / TC_S - 1;
	uint64_t ns, s = split((uint64_t)high << 32 | low, i->resolution, &ns);
	int64_t t = s > (uint64_t)most ? most : (int64_t)s;

	if (i->offset > most - t)
		return most * TC_S;
	t += i->offset < -most ? -most : i->offset;
	return t < 0 ? 0 : t * TC_S + (tc_time)ns;
}

/* ---- packets ------------------------------------------------------------------------ */

/* A frame of n bytes at `at` of the body, of wire_n on the wire. */
static int give(const struct pcapng *p, struct tc_frame *f, size_t at, uint32_t n,
		uint32_t wire_n, struct tc_error *err)
{
	if (n > p->body.len - at)
		return tc_fail(err, -EBADMSG, "it has %" PRIu32 " bytes, its block %zu", n,
			       p->body.len - at);
	if (n > FRAME_MOST)
		return tc_fail(err, -EBADMSG, "it has %" PRIu32 " bytes, more than the %u that "
			       "are read", n, FRAME_MOST);
	*f = (struct tc_frame){ .bytes = p->body.data + at, .len = n,
				.wire_len = wire_n > n ? wire_n : n, .stamp = p->last };
	return 1;
}

static int short_block(const struct pcapng *p, size_t want, struct tc_error *err)
{
	return tc_fail(err, -EBADMSG, "a packet block of %zu bytes needs %zu", p->body.len,
		       want);
}

/* 4.3, and the obsolete one of appendix A, whose number of the interface is shorter. */
static int take_packet(struct pcapng *p, bool old, struct tc_frame *f, int *dlt,
		       struct tc_error *err)
{
	const uint8_t *b = p->body.data;
	struct interface i;
	int rc;

	if (p->body.len < 20)
		return short_block(p, 20, err);
	if (find_interface(p, get(p, b, old ? 2 : 4), &i, err) < 0)
		return -EBADMSG;
	p->last = stamp_of(&i, get32(p, b + 4), get32(p, b + 8));
	*dlt = i.dlt;
	rc = give(p, f, 20, get32(p, b + 12), get32(p, b + 16), err);
	if (rc > 0)
		p->options = 20 + ((f->len + 3) & ~(size_t)3);
	return rc;
}

/* 3.5. They are for people: one that lies ends the search, not the reading. */
const char *tc_pcapng_comment(const struct pcapng *p, size_t *n)
{
	const uint8_t *b = p->body.data;
	size_t at = p->options, end = p->body.len;

	while (at && at < end && end - at >= 4) {
		uint32_t code = get(p, b + at, 2), len = get(p, b + at + 2, 2);

		at += 4;
		if (code == OPT_END || len > end - at)
			break;
		*n = len;
		if (code == OPT_COMMENT)
			return (const char *)b + at;
		len = (len + 3) & ~3u;
		at += len < end - at ? len : end - at;
	}
	return NULL;
}

/* 4.4: of the first interface, without a stamp: that of the frame before stands. */
static int take_simple(struct pcapng *p, struct tc_frame *f, int *dlt, struct tc_error *err)
{
	struct interface i;
	uint32_t wire, n;

	if (p->body.len < 4)
		return short_block(p, 4, err);
	if (find_interface(p, 0, &i, err) < 0)
		return -EBADMSG;
	n = wire = get32(p, p->body.data);
	if (i.snaplen && n > i.snaplen)
		n = i.snaplen;
	*dlt = i.dlt;
	return give(p, f, 4, n, wire, err);
}

/* ---- blocks ------------------------------------------------------------------------- */

/* The body of a block of `len` bytes whose first `have` bytes were read to its begin. */
static int read_body(struct pcapng *p, uint32_t len, size_t have, struct tc_error *err)
{
	size_t n = len - FRAME, more;
	uint8_t *b;

	if (tc_buf_reserve(&p->body, n + 4 - p->body.len) < 0)
		return tc_nomem(err);
	b = p->body.data;
	more = n + 4 - have;
	if (fread(b + have, 1, more, p->f) != more)
		return cut(err);
	p->body.len = n;
	if (get32(p, b + n) != len)
		return tc_fail(err, -EBADMSG, "a block of %" PRIu32 " bytes says %" PRIu32
			       " at its end", len, get32(p, b + n));
	return 0;
}

/* The next block's type and body: 1; 0 at the end. */
static int read_block(struct pcapng *p, uint32_t *type, struct tc_error *err)
{
	uint8_t head[HEAD + 4];
	size_t have = 0, n = fread(head, 1, HEAD, p->f);
	uint32_t len;
	int rc;

	if (n == 0 && !ferror(p->f))
		return 0;
	if (n < HEAD)
		return cut(err);
	p->body.len = 0;
	*type = get32(p, head);
	if (*type == SECTION) {		/* its byte order is its own */
		have = 4;
		if (fread(head + HEAD, 1, have, p->f) != have)
			return cut(err);
		p->little = head[HEAD] == (ORDER_MAGIC & 0xff);
		if (get32(p, head + HEAD) != ORDER_MAGIC)
			return tc_fail(err, -EBADMSG, "a section without its byte-order magic");
		tc_buf_add(&p->body, head + HEAD, have);
	}
	len = get32(p, head + 4);
	if (len < FRAME + have || len > BLOCK_MOST || len % 4)
		return tc_fail(err, -EBADMSG, "a block of %" PRIu32 " bytes: it needs %zu to %u, "
			       "a multiple of 4", len, FRAME + have, BLOCK_MOST);
	rc = read_body(p, len, have, err);
	return rc < 0 ? rc : 1;
}

int tc_pcapng_next(struct pcapng *p, struct tc_frame *f, int *dlt, struct tc_error *err)
{
	uint32_t type = 0;
	int rc;

	p->options = 0;
	while ((rc = read_block(p, &type, err)) > 0) {
		if (type == ENHANCED || type == PACKET)
			return take_packet(p, type == PACKET, f, dlt, err);
		if (type == SIMPLE)
			return take_simple(p, f, dlt, err);
		if (type == SECTION)
			rc = take_section(p, err);
		else if (type == INTERFACE)
			rc = take_interface(p, err);
		if (rc < 0)
			break;
	}
	return rc;
}

int tc_pcapng_open(struct pcapng **out, FILE *f, struct tc_error *err)
{
	struct pcapng *p = calloc(1, sizeof *p);
	uint32_t type = 0;
	int rc;

	if (!p) {
		fclose(f);
		return tc_nomem(err);
	}
	p->f = f;
	p->first_dlt = -1;
	rc = read_block(p, &type, err);
	if (rc >= 0 && type != SECTION)
		rc = tc_fail(err, -EBADMSG, "it begins with no section header");
	if (rc >= 0)
		rc = take_section(p, err);
	return TC_OPENED(out, p, rc, tc_pcapng_close);
}

void tc_pcapng_close(struct pcapng *p)
{
	if (!p)
		return;
	fclose(p->f);
	tc_buf_free(&p->interfaces);
	tc_buf_free(&p->body);
	free(p);
}

int tc_pcapng_first_dlt(const struct pcapng *p)
{
	return p->first_dlt;
}

bool tc_pcapng_little_endian(const struct pcapng *p)
{
	return p->little;
}
