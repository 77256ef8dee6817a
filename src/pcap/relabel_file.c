/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture copied with another link type in its header; see relabel.h. */
#include "own.h"
#include "relabel.h"

#include <tcpcraft/error.h>
#include "base/outfile.h"
#include <tcpcraft/pcapread.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define PCAP_HEADER 24
#define PCAP_LINKTYPE 20
#define BLOCK_HEAD 8			/* pcapng: type and length */
#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define BLOCK_MOST (16u << 20)		/* what readers take */
#define COPY 65536

/* One copy under way. */
struct copy {
	FILE *in;
	struct tc_outfile *out;
	const char *name;
	int dlt;
	bool little;
	bool changed;		/* a link type that was another */
	const struct tc_relabel_ready *ready;	/* NULL: nobody is told how far it is */
	uint64_t done, size;
	int first;		/* link type of the first interface, -1 before it */
	uint8_t bytes[COPY];
};

static uint32_t get(const struct copy *c, const uint8_t *b, unsigned n)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 8 | b[c->little ? n - 1 - i : i];
	return v;
}

static int put(struct copy *c, size_t n, struct tc_error *err)
{
	return tc_outfile_write(c->out, c->bytes, n, err);
}

static int broken(const struct copy *c, struct tc_error *err)
{
	return tc_fail(err, -EBADMSG, "%s is cut or damaged", c->name);
}

/* The link type at b. Interfaces that differ are right each for itself, or none is known. */
static int replace(struct copy *c, uint8_t *b, struct tc_error *err)
{
	int old = (int)get(c, b, 2);

	if (c->first >= 0 && old != c->first)
		return tc_fail(err, -ENOMSG, "%s has interfaces of different link types (%d and "
			       "%d): one for all would be wrong", c->name, c->first, old);
	c->first = old;
	c->changed |= old != c->dlt;
	b[c->little] = (uint8_t)(c->dlt >> 8);
	b[!c->little] = (uint8_t)c->dlt;
	return 0;
}

/* n bytes as they are, or (without a number) all there are. */
static int copy_rest(struct copy *c, uint64_t n, struct tc_error *err)
{
	bool all = n == UINT64_MAX;
	int rc = 0;

	while (n && rc >= 0) {
		size_t want = n < COPY ? (size_t)n : COPY;
		size_t got = fread(c->bytes, 1, want, c->in);

		rc = put(c, got, err);
		n -= got;
		c->done += got;
		if (c->ready && c->ready->far)
			c->ready->far(c->ready->ctx, true, c->done, c->size);
		if (rc >= 0 && got < want)
			return all && !ferror(c->in) ? 0 : broken(c, err);
	}
	return rc;
}

/* The upper half of the word is flags (FCS). */
static int copy_pcap(struct copy *c, struct tc_error *err)
{
	size_t more = PCAP_HEADER - BLOCK_HEAD;
	int rc;

	if (fread(c->bytes + BLOCK_HEAD, 1, more, c->in) != more)
		return broken(c, err);
	c->little = c->bytes[0] == 0xd4 || c->bytes[0] == 0x4d || c->bytes[0] == 0x34;
	replace(c, c->bytes + PCAP_LINKTYPE + (c->little ? 0 : 2), NULL);
	rc = put(c, PCAP_HEADER, err);
	return rc < 0 ? rc : copy_rest(c, UINT64_MAX, err);
}

/* The block whose head is in c->bytes: a section tells the byte order of what follows. */
static int copy_block(struct copy *c, struct tc_error *err)
{
	static const uint8_t section[4] = { 0x0a, 0x0d, 0x0d, 0x0a };
	bool is_section = memcmp(c->bytes, section, sizeof section) == 0;
	size_t have = BLOCK_HEAD;
	uint32_t len;
	int rc;

	if (fread(c->bytes + have, 1, 4, c->in) != 4)
		return broken(c, err);
	have += 4;
	if (is_section)
		c->little = c->bytes[BLOCK_HEAD] == 0x4d;
	len = get(c, c->bytes + 4, 4);
	if (len < have || len > BLOCK_MOST || len % 4 ||
	    (is_section && get(c, c->bytes + BLOCK_HEAD, 4) != BYTE_ORDER_MAGIC))
		return broken(c, err);
	rc = get(c, c->bytes, 4) == BLOCK_INTERFACE ? replace(c, c->bytes + BLOCK_HEAD, err) : 0;
	if (rc >= 0)
		rc = put(c, have, err);
	return rc < 0 ? rc : copy_rest(c, len - have, err);
}

static int copy_all(struct copy *c, struct tc_error *err)
{
	size_t n = fread(c->bytes, 1, BLOCK_HEAD, c->in);
	int rc = 0;

	if (n == BLOCK_HEAD && c->bytes[0] != 0x0a)
		return copy_pcap(c, err);
	for (; n == BLOCK_HEAD && rc >= 0; n = fread(c->bytes, 1, BLOCK_HEAD, c->in)) {
		rc = copy_block(c, err);
		if (rc < 0)
			return rc;
	}
	return n || ferror(c->in) ? broken(c, err) : rc;
}

/* Why nothing is changed. */
static int no_change(const struct tc_relabel *look, struct tc_error *err)
{
	bool like_another = false;

	for (unsigned i = 0; i < TC_LINK_TYPES_MOST; i++)
		like_another |= look->fits[i] > 0;
	if (look->fits_declared || !look->frames)
		return tc_fail(err, -ENOMSG, "nothing to change: the frames are what link type "
			       "%d says", look->declared);
	if (!like_another)
		return tc_fail(err, -ENOMSG, "nothing to change: no frame holds IPv4, IPv6 or "
			       "ARP, by which link type %d could be judged: --linktype N sets "
			       "one", look->declared);
	return tc_fail(err, -ENOMSG, "the frames are not what link type %d says, nor enough of "
		       "them any other that is known here: --linktype N sets one",
		       look->declared);
}

/* What the first frames say of the link type. */
static int judge(struct tc_pcap_reader *r, int dlt, char said[200], struct tc_error *err)
{
	struct tc_relabel look = { .little_endian = tc_pcap_reader_little_endian(r) };
	const char *why = "as asked for", *name;
	struct tc_frame f;
	bool any = tc_pcap_reader_next(r, &f, NULL) > 0;

	look.declared = tc_pcap_reader_dlt(r);
	while (dlt < 0 && any && look.frames < TC_RELABEL_FRAMES) {
		tc_relabel_look(&look, f.bytes, f.len, f.wire_len);
		any = tc_pcap_reader_next(r, &f, NULL) > 0;
	}
	if (dlt < 0)
		dlt = tc_relabel_verdict(&look, true, &why);
	if (!why)
		return no_change(&look, err);
	name = tc_dlt_name(dlt);
	snprintf(said, 200, "link type %d becomes %d%s%s%s: %s", look.declared, dlt,
		 name ? " (" : "", name ? name : "", name ? ")" : "", why);
	return dlt;
}

/* All that is opened, before anything of the input is read. */
struct relabeling {
	FILE *from, *all;
	struct source *source;		/* of `from` */
	struct tc_outfile *out;
	char again[64];			/* a path of `all` */
};

static int open_all(struct relabeling *r, const char *in, const char *out, bool force,
		    struct tc_error *err)
{
	struct tc_error why;
	int rc;

	r->from = tc_source_open(in, &r->source, err);
	if (!r->from)
		return err->code;
	r->all = tmpfile();
	if (!r->all)
		return tc_fail_errno(err, "cannot copy %s", in);
	snprintf(r->again, sizeof r->again, "/proc/self/fd/%d", fileno(r->all));
	rc = tc_outfile_open(&r->out, out, force, &why);
	if (rc < 0)	/* of the input the same code would mean something else */
		return tc_fail(err, rc == -EEXIST ? rc : -EIO, "%s", why.msg);
	return 0;
}

/* The whole input, to be read twice. */
static int spool(const struct relabeling *r, const char *in,
		 const struct tc_relabel_ready *ready, struct tc_error *err)
{
	char bytes[COPY];
	uint64_t read, of;
	size_t n = 0;
	bool ok = true;

	while (ok && (n = fread(bytes, 1, sizeof bytes, r->from)) > 0) {
		ok = fwrite(bytes, 1, n, r->all) == n;
		read = tc_source_read(r->source, &of);
		if (ready && ready->far)
			ready->far(ready->ctx, false, read, of);
	}
	if (!ok || fflush(r->all) != 0)
		return tc_fail_errno(err, "cannot copy %s", in);
	if (ferror(r->from))
		return tc_fail(err, -EBADMSG, "%s: what gzip packed is cut or damaged", in);
	rewind(r->all);
	return 0;
}

static int judge_all(const struct relabeling *r, const char *in, int dlt, char said[200],
		     struct tc_error *err)
{
	struct tc_pcap_reader *reader;

	if (tc_pcap_reader_open_file(&reader, r->again, err) < 0)
		return tc_fail(err, -EBADMSG, "%s is not a capture, or is empty or cut", in);
	dlt = judge(reader, dlt, said, err);
	tc_pcap_reader_close(reader);
	return dlt;
}

static int copy_to(const struct relabeling *r, const char *in, int dlt,
		   const struct tc_relabel_ready *ready, struct tc_error *err)
{
	struct copy c = { .in = r->all, .out = r->out, .name = in, .dlt = dlt, .first = -1,
			  .ready = ready };
	struct stat st;
	int rc;

	if (fstat(fileno(r->all), &st) == 0)
		c.size = (uint64_t)st.st_size;
	rc = copy_all(&c, err);

	if (rc >= 0 && !c.changed)
		rc = tc_fail(err, -ENOMSG, "nothing to change: %s says link type %d already", in,
			     dlt);
	return rc;
}

int tc_relabel_file(const char *in, const char *out, int dlt, bool force,
		    const struct tc_relabel_ready *ready, char said[200], struct tc_error *err)
{
	struct relabeling r = { 0 };
	int rc = open_all(&r, in, out, force, err);

	if (rc >= 0 && ready)
		rc = ready->fn(ready->ctx, r.again, err);
	if (rc >= 0)
		rc = spool(&r, in, ready, err);
	if (rc >= 0)
		rc = judge_all(&r, in, tc_linktype(dlt), said, err);
	if (rc >= 0)
		rc = copy_to(&r, in, rc, ready, err);
	if (rc >= 0)
		rc = tc_outfile_close(r.out, err);
	else
		tc_outfile_abort(r.out);
	if (r.from)
		fclose(r.from);
	if (r.all)
		fclose(r.all);
	return rc;
}
