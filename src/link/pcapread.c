/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures, by libpcap, unpacked by zlib; see pcapread.h. */
#include <tcpcraft/pcapread.h>

#include <tcpcraft/bits.h>
#include <tcpcraft/error.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define STREAM_BYTES (256u << 10)

struct tc_pcap_reader {
	pcap_t *pcap;
	const char *name;
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

/* Takes f over; NULL stands for no bytes at all. */
static int open_stream(struct tc_pcap_reader **out, FILE *f, const char *name,
		       struct tc_error *err)
{
	struct tc_pcap_reader *r = calloc(1, sizeof *r);
	char why[PCAP_ERRBUF_SIZE] = "it is empty";

	if (!r) {
		if (f)
			fclose(f);
		return tc_fail(err, -ENOMEM, "out of memory");
	}
	r->name = name;
	if (f)
		r->pcap = pcap_fopen_offline_with_tstamp_precision(f,
				PCAP_TSTAMP_PRECISION_NANO, why);
	if (!r->pcap) {
		if (f)
			fclose(f);
		free(r);
		return tc_fail(err, -EBADMSG, "%s is no capture: %s", name, why);
	}
	*out = r;
	return 0;
}

int tc_pcap_reader_open(struct tc_pcap_reader **out, const uint8_t *bytes, size_t n,
			const char *name, struct tc_error *err)
{
	return open_stream(out, n ? fmemopen((void *)(uintptr_t)bytes, n, "rb") : NULL, name,
			   err);
}

static ssize_t unpack(void *gz, char *bytes, size_t n)
{
	int got = gzread(gz, bytes, n < INT_MAX ? (unsigned)n : INT_MAX);

	if (got < 0)
		errno = EIO;
	return got;
}

static int unpacked(void *gz)
{
	gzclose_r(gz);
	return 0;
}

FILE *tc_capture_stream(const char *path, struct tc_error *err)
{
	static const cookie_io_functions_t io = { .read = unpack, .close = unpacked };
	bool in = strcmp(path, "-") == 0;
	int fd = in ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
		    : open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	FILE *f = NULL;
	gzFile gz;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		tc_fail(err, -EISDIR, "%s is a directory, not a capture", path);
		return NULL;
	}
	gz = fd >= 0 ? gzdopen(fd, "rb") : NULL;
	if (gz) {
		gzbuffer(gz, STREAM_BYTES);
		f = fopencookie(gz, "rb", io);
	} else if (fd >= 0) {
		close(fd);
	}
	if (gz && !f)
		gzclose_r(gz);
	if (f)
		setvbuf(f, NULL, _IOFBF, STREAM_BYTES);
	else
		tc_fail_errno(err, "cannot open %s", in ? "standard input" : path);
	return f;
}

int tc_pcap_reader_open_file(struct tc_pcap_reader **out, const char *path,
			     struct tc_error *err)
{
	FILE *f = tc_capture_stream(path, err);
	int c = f ? getc(f) : EOF;

	if (!f)
		return err ? err->code : -EIO;
	if (c == EOF) {		/* empty, or what gzip packed is damaged */
		fclose(f);
		f = NULL;
	} else {
		ungetc(c, f);
	}
	return open_stream(out, f, strcmp(path, "-") ? path : "standard input", err);
}

void tc_pcap_reader_close(struct tc_pcap_reader *r)
{
	if (!r)
		return;
	pcap_close(r->pcap);		/* and the stream */
	free(r);
}

bool tc_pcap_reader_little_endian(const struct tc_pcap_reader *r)
{
	static const uint16_t one = 1;

	return (*(const uint8_t *)&one == 1) != pcap_is_swapped(r->pcap);
}

int tc_pcap_reader_dlt(const struct tc_pcap_reader *r)
{
	return pcap_datalink(r->pcap);
}

int tc_pcap_reader_next(struct tc_pcap_reader *r, struct tc_frame *f, struct tc_error *err)
{
	struct pcap_pkthdr *h;
	const u_char *bytes;
	int rc = pcap_next_ex(r->pcap, &h, &bytes);

	if (rc == PCAP_ERROR_BREAK)
		return 0;
	r->frames++;
	if (rc != 1)
		return tc_fail(err, -EBADMSG, "%s: frame %llu: %s", r->name,
			       (unsigned long long)r->frames, pcap_geterr(r->pcap));
	*f = (struct tc_frame){
		.bytes = bytes, .len = h->caplen,
		.wire_len = h->len > h->caplen ? h->len : h->caplen,
		.stamp = (tc_time)h->ts.tv_sec * TC_S + h->ts.tv_usec,
	};
	return 1;
}

struct tc_capture_filter {
	struct bpf_program program;
};

int tc_capture_filter_open(struct tc_capture_filter **out, const char *expression, int dlt,
			   struct tc_error *err)
{
	struct tc_capture_filter *f = calloc(1, sizeof *f);
	pcap_t *dead = pcap_open_dead(dlt, 262144);
	int rc = 0;

	if (!f || !dead)
		rc = tc_fail(err, -ENOMEM, "out of memory");
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
