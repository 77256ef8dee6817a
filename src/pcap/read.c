/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures, by libpcap, unpacked by zlib; see pcapread.h. */
#include <tcpcraft/pcapread.h>
#include "own.h"
#include "pcapng.h"
#include "wire/link_type.h"

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define STREAM_BYTES (256u << 10)
#define PCAP_HEADER 24
#define PCAP_LINKTYPE 20	/* the lower half of that word; the upper one is flags */

struct tc_pcap_reader {
	pcap_t *pcap;
	struct pcapng *ng;		/* or this one */
	int dlt;			/* of the file; pcapng: of its last frame, -1 before */
	const char *name;
	struct source *source;		/* of a file; its stream owns it */
	uint64_t frames;
};

bool tc_pcap_is_capture(const uint8_t *bytes, size_t n)
{
	static const uint32_t magic[] = {
		0xa1b2c3d4, 0xd4c3b2a1,		/* microseconds, either byte order */
		0xa1b23c4d, 0x4d3cb2a1,		/* nanoseconds */
		0xa1b2cd34, 0x34cdb2a1,		/* with Kuznetzov's longer headers */
		0x0a0d0d0a,			/* pcapng */
	};

	for (size_t i = 0; n >= 4 && i < sizeof magic / sizeof *magic; i++)
		if (tc_get32(bytes) == magic[i])
			return true;
	return false;
}

/* Takes f over. No other capture begins with a pcapng section's first byte. */
static int open_format(struct tc_pcap_reader *r, FILE *f, char why[PCAP_ERRBUF_SIZE])
{
	int c = getc(f);
	struct tc_error of_ng;

	ungetc(c, f);
	if (c == 0x0a) {
		if (tc_pcapng_open(&r->ng, f, &of_ng) >= 0)
			return 0;
		snprintf(why, PCAP_ERRBUF_SIZE, "%.200s", of_ng.msg);
		return -1;
	}
	r->pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, why);
	if (r->pcap)
		return 0;
	fclose(f);
	return -1;
}

/* Takes f over; NULL stands for no bytes at all. */
static int open_stream(struct tc_pcap_reader **out, FILE *f, const char *name,
		       struct tc_error *err)
{
	struct tc_pcap_reader *r = calloc(1, sizeof *r);
	char why[PCAP_ERRBUF_SIZE] = "it is empty";

	if (!r) {
		if (f)
			fclose(f);
		return tc_nomem(err);
	}
	r->name = name;
	r->dlt = -1;
	if (!f || open_format(r, f, why) < 0) {
		free(r);
		return tc_fail(err, -EBADMSG, "%s is not a capture: %s", name, why);
	}
	*out = r;
	return 0;
}

/* What the file says itself: of some types pcap has another number than files. */
static void note_link(struct tc_pcap_reader *r, const uint8_t header[PCAP_HEADER])
{
	const uint8_t *at = header + PCAP_LINKTYPE;

	if (r->pcap)
		r->dlt = tc_pcap_reader_little_endian(r) ? at[0] | at[1] << 8 : tc_get16(at + 2);
}

int tc_pcap_reader_open(struct tc_pcap_reader **out, const uint8_t *bytes, size_t n,
			const char *name, struct tc_error *err)
{
	int rc = open_stream(out, n ? fmemopen((void *)(uintptr_t)bytes, n, "rb") : NULL, name,
			     err);

	if (rc >= 0)
		note_link(*out, bytes);
	return rc;
}

/* Where a stream's bytes come from: a descriptor, through inflate when they begin as gzip
 * packs them. (zlib's own gzread waits for more than is there: no live captures.) */
struct source {
	int fd;
	bool looked, packed, over;
	bool regular;			/* never waits */
	uint64_t read, size;		/* bytes; size 0: not known */
	uint8_t header[PCAP_HEADER];	/* the first that were given */
	size_t header_n;
	void (*idle)(void *ctx);	/* before a read that may wait; may be NULL */
	void *ctx;
	z_stream z;
	uint8_t in[STREAM_BYTES];
};

/* More input, behind what is left of it. */
static ssize_t fill(struct source *src)
{
	ssize_t n;

	memmove(src->in, src->z.next_in, src->z.avail_in);
	src->z.next_in = src->in;
	if (src->idle && !src->regular)
		src->idle(src->ctx);
	do {
		n = read(src->fd, src->in + src->z.avail_in, STREAM_BYTES - src->z.avail_in);
	} while (n < 0 && errno == EINTR);
	if (n > 0) {
		src->z.avail_in += (unsigned)n;
		src->read += (uint64_t)n;
	}
	return n;
}

static int look(struct source *src)
{
	ssize_t n = 1;

	while (src->z.avail_in < 2 && n > 0)
		n = fill(src);
	src->looked = true;
	src->packed = src->z.avail_in >= 2 && src->in[0] == 0x1f && src->in[1] == 0x8b;
	if (src->packed && inflateInit2(&src->z, 15 + 16) != Z_OK) {
		src->packed = false;
		errno = ENOMEM;
		return -1;
	}
	return n < 0 ? -1 : 0;
}

/* A file may be several packed ones behind each other (RFC 1952 2.2). */
static ssize_t inflate_some(struct source *src, char *bytes, size_t n)
{
	src->z.next_out = (uint8_t *)bytes;
	src->z.avail_out = (unsigned)n;
	while (src->z.avail_out == n && !src->over) {
		ssize_t got = src->z.avail_in ? 1 : fill(src);
		int rc = got > 0 ? inflate(&src->z, Z_NO_FLUSH) : Z_OK;

		if (got < 0)
			return -1;
		if (got == 0)
			src->over = true;
		else if (rc == Z_STREAM_END)
			rc = inflateReset(&src->z);
		if (rc != Z_OK) {
			errno = EIO;
			return -1;
		}
	}
	return (ssize_t)(n - src->z.avail_out);
}

static ssize_t give(struct source *src, char *bytes, size_t n)
{
	if (!src->looked && look(src) < 0)
		return -1;
	if (n > STREAM_BYTES)
		n = STREAM_BYTES;
	if (src->packed)
		return inflate_some(src, bytes, n);
	if (!src->z.avail_in && fill(src) < 0)
		return -1;
	if (n > src->z.avail_in)
		n = src->z.avail_in;
	memcpy(bytes, src->z.next_in, n);
	src->z.next_in += n;
	src->z.avail_in -= (unsigned)n;
	return (ssize_t)n;
}

static ssize_t source_read(void *cookie, char *bytes, size_t n)
{
	struct source *src = cookie;
	ssize_t got = give(src, bytes, n);

	for (ssize_t i = 0; i < got && src->header_n < PCAP_HEADER; i++)
		src->header[src->header_n++] = (uint8_t)bytes[i];
	return got;
}

static int source_close(void *cookie)
{
	struct source *src = cookie;

	if (src->packed)
		inflateEnd(&src->z);
	close(src->fd);
	free(src);
	return 0;
}

FILE *tc_source_open(const char *path, struct source **out, struct tc_error *err)
{
	static const cookie_io_functions_t io = { .read = source_read, .close = source_close };
	bool in = strcmp(path, "-") == 0;
	int fd = in ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
		    : open(path, O_RDONLY | O_CLOEXEC);
	struct source *src = NULL;
	struct stat st;
	FILE *f = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		tc_fail(err, -EISDIR, "%s is a directory, not a capture", path);
		return NULL;
	}
	if (fd >= 0)
		src = calloc(1, sizeof *src);
	if (src) {
		src->fd = fd;
		src->regular = S_ISREG(st.st_mode);
		src->size = src->regular ? (uint64_t)st.st_size : 0;
		src->z.next_in = src->in;
		f = fopencookie(src, "rb", io);
	}
	if (f) {
		setvbuf(f, NULL, _IOFBF, STREAM_BYTES);
		*out = src;
		return f;
	}
	tc_fail_errno(err, "cannot open %s", in ? "standard input" : path);
	free(src);
	if (fd >= 0)
		close(fd);
	return NULL;
}

FILE *tc_capture_stream(const char *path, struct tc_error *err)
{
	struct source *src;

	return tc_source_open(path, &src, err);
}

int tc_pcap_reader_open_file(struct tc_pcap_reader **out, const char *path,
			     struct tc_error *err)
{
	struct source *src;
	FILE *f = tc_source_open(path, &src, err);
	int c = f ? getc(f) : EOF, rc;

	if (!f)
		return err ? err->code : -EIO;
	if (c == EOF) {		/* empty, or what gzip packed is damaged */
		fclose(f);
		f = NULL;
	} else {
		ungetc(c, f);
	}
	rc = open_stream(out, f, strcmp(path, "-") ? path : "standard input", err);
	if (rc < 0)
		return rc;
	(*out)->source = src;
	note_link(*out, src->header);
	return 0;
}

uint64_t tc_source_read(const struct source *src, uint64_t *of)
{
	*of = src->size;
	return src->read;
}

uint64_t tc_pcap_reader_read(const struct tc_pcap_reader *r, uint64_t *of)
{
	*of = 0;
	return r->source ? tc_source_read(r->source, of) : 0;
}

void tc_pcap_reader_on_idle(struct tc_pcap_reader *r, void (*idle)(void *ctx), void *ctx)
{
	if (!r->source)
		return;
	r->source->idle = idle;
	r->source->ctx = ctx;
}

void tc_pcap_reader_close(struct tc_pcap_reader *r)
{
	if (!r)
		return;
	if (r->pcap)
		pcap_close(r->pcap);	/* and the stream */
	tc_pcapng_close(r->ng);
	free(r);
}

bool tc_pcap_reader_little_endian(const struct tc_pcap_reader *r)
{
	static const uint16_t one = 1;

	if (r->ng)
		return tc_pcapng_little_endian(r->ng);
	return (*(const uint8_t *)&one == 1) != pcap_is_swapped(r->pcap);
}

int tc_pcap_reader_dlt(const struct tc_pcap_reader *r)
{
	return r->ng && r->dlt < 0 ? tc_pcapng_first_dlt(r->ng) : r->dlt;
}

static int next_of_pcap(struct tc_pcap_reader *r, struct tc_frame *f, struct tc_error *err)
{
	struct pcap_pkthdr *h;
	const u_char *bytes;
	int rc = pcap_next_ex(r->pcap, &h, &bytes);

	if (rc == PCAP_ERROR_BREAK)
		return 0;
	if (rc != 1)
		return tc_fail(err, -EBADMSG, "%s", pcap_geterr(r->pcap));
	*f = (struct tc_frame){
		.bytes = bytes, .len = h->caplen,
		.wire_len = h->len > h->caplen ? h->len : h->caplen,
		.stamp = (tc_time)h->ts.tv_sec * TC_S + h->ts.tv_usec,
	};
	return 1;
}

int tc_pcap_reader_next(struct tc_pcap_reader *r, struct tc_frame *f, struct tc_error *err)
{
	struct tc_error why;
	int rc = r->ng ? tc_pcapng_next(r->ng, f, &r->dlt, &why) : next_of_pcap(r, f, &why);

	r->frames += rc != 0;
	if (rc > 0)
		f->dlt = tc_pcap_reader_dlt(r);
	if (rc < 0)
		return tc_fail(err, rc, "%s: frame %llu: %s", r->name,
			       (unsigned long long)r->frames, why.msg);
	return rc;
}

const char *tc_pcap_reader_comment(const struct tc_pcap_reader *r, size_t *n)
{
	return r->ng ? tc_pcapng_comment(r->ng, n) : NULL;
}

struct tc_capture_filter {
	struct bpf_program program;
};

int tc_capture_filter_open(struct tc_capture_filter **out, const char *expression, int dlt,
			   struct tc_error *err)
{
	struct tc_capture_filter *f = calloc(1, sizeof *f);
	pcap_t *dead = pcap_open_dead(tc_linktype(dlt) == TC_DLT_RAW ? DLT_RAW : dlt, 262144);
	int rc = 0;

	if (!f || !dead)
		rc = tc_nomem(err);
	else if (pcap_compile(dead, &f->program, expression, 1, PCAP_NETMASK_UNKNOWN) < 0)
		rc = tc_fail(err, -EINVAL, "filter '%s': %s", expression, pcap_geterr(dead));
	if (dead)
		pcap_close(dead);
	if (rc < 0)
		free(f);
	else
		*out = f;
	return rc;
}

bool tc_capture_filter_match(const struct tc_capture_filter *f, const struct tc_frame *frame)
{
	struct pcap_pkthdr h = { .caplen = (bpf_u_int32)frame->len,
				 .len = (bpf_u_int32)frame->wire_len };

	return pcap_offline_filter(&f->program, &h, frame->bytes) != 0;
}

void tc_capture_filter_close(struct tc_capture_filter *f)
{
	if (!f)
		return;
	pcap_freecode(&f->program);
	free(f);
}
